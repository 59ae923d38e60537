//! `bullad recover`: a stopped node is told what all operators agreed on, and goes on under its new key when it is started.
//!
//! The record is checked against the ledger; a node whose ledger has not come to the last block yet checks it when it has. The
//! log and the guard of the old key are put aside, since nothing that they hold is the new key's; the new key never signed, so
//! that its guard allows everything. The record is written last: whatever a crash leaves before, the command is run again, and
//! once it is there nothing is changed any more, for the new key may have signed since.

use crate::config::Config;
use crate::daemon::{self, ProvisionError, WAL};
use crate::disk::files::Files;
use crate::disk::{self, Disk};
use bulla_keystore::KeyFileError;
use bulla_ledger::store::rocks::Absent;
use bulla_ledger::{Ledger, OpenError};
use bulla_verify::canonical;
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::keys::PublicKey;
use bulla_verify::recovery::{Paper, Recovery, RecoveryError, Renewal};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The record, in the data directory.
const RECORD: &str = "recovery";

/// The most bytes of a record: 64 validators take 13 kB.
const MAX_BYTES: usize = 64 << 10;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The node goes on from its last block, with the next.
    Ready(Height),
    /// The node is not at the last block yet, and goes on once it has it.
    Behind(Height),
    /// It was told before.
    Already(Height),
    /// The chain has gone on by this record: its ledger holds the block.
    Over(Height),
}

/// Why a node is told nothing, in the order checked.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// Usual cause: a mistyped path.
    #[error("{} cannot be used: {reason}; name the file that `bulla governance recover` wrote", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is of another network, goes on from another block, or not all have signed.
    #[error("the record does not hold: {0}; nothing was changed")]
    Record(#[from] RecoveryError),
    /// The node would go on with a key that may have signed anything.
    #[error(
        "the record gives this node's validator another key than {found}; set consensus_key in bullad.toml to the new one"
    )]
    Key {
        /// The key of its configuration.
        found: PublicKey,
    },
    /// Peers are known by their validators' keys.
    #[error("bullad.toml names peers by their old keys; replace them, on every node:{}", lines(.0))]
    Peers(Vec<Renewal>),
    /// Somebody decided on: the record must not be used.
    #[error(
        "this node's last block is {tip}, above block {last} of the record: what was decided would be given up. Use no such \
         record; show the others this block, and sign one that goes on from it"
    )]
    Ahead {
        /// The last height here.
        tip: Height,
        /// The height that the record lets stand.
        last: Height,
    },
    /// The node's own things.
    #[error(transparent)]
    Node(#[from] ProvisionError),
    /// The ledger does not open.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// The consensus key.
    #[error("the consensus key: {0}")]
    OwnKey(#[from] KeyFileError),
    /// A directory cannot be opened or written. Usual cause: the node is running.
    #[error(transparent)]
    Disk(#[from] disk::Fault),
    /// The old log cannot be put aside.
    #[error("{} cannot be put aside: {reason}", path.display())]
    Aside {
        /// The log's directory.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
}

/// Tells a stopped node. Whatever is wrong, nothing is changed; told twice, it changes nothing either.
pub fn recover(config: &Config, file: &Path) -> Result<Told, RecoverError> {
    let recovery = read(file)?;
    let last = recovery.agreement.height;
    check_configuration(config, &recovery)?;
    let (store, genesis) = daemon::open_ledger(config, Absent::Create)?;
    check_chain(&recovery, genesis.chain())?;
    // The store is held open, and so the node is kept from starting.
    let ledger = match Ledger::is_in(&*store).map_err(ProvisionError::from)? {
        true => Some(Ledger::open(store.clone(), &genesis)?),
        false => None,
    };
    let tip = ledger.as_ref().map_or(Height(0), |ledger| ledger.tip().height);
    let mut directory = Files::open(&config.data_dir)?;
    match &ledger {
        Some(ledger) if tip > last => {
            let next = ledger.validators_at(last.next());
            let is_over = next.is_some_and(|set| recovery.agreement.keys.iter().all(|one| set.find(&one.to).is_some()));
            return if is_over { Ok(Told::Over(last)) } else { Err(RecoverError::Ahead { tip, last }) };
        }
        Some(ledger) if tip == last => drop(ledger.parent().recovered(&recovery)?),
        Some(_) | None => recovery.check_signatures()?,
    }
    let record = canonical::encode(&recovery);
    if directory.read(RECORD)?.as_ref() == Some(&record) {
        return Ok(Told::Already(last));
    }
    put_aside(&config.data_dir, last)?;
    daemon::init(config, None)?;
    directory.replace(RECORD, &record)?;
    Ok(if tip == last { Told::Ready(last) } else { Told::Behind(last) })
}

/// What a node was told, if it was.
pub fn told(data_dir: &Path) -> Result<Option<Box<Recovery>>, RecoverError> {
    let path = data_dir.join(RECORD);
    let unreadable = |reason: String| RecoverError::File { path: path.clone(), reason };
    match fs::read(&path) {
        Ok(bytes) => {
            let recovery = canonical::decode(&bytes, MAX_BYTES).map_err(|error| unreadable(error.to_string()))?;
            Ok(Some(Box::new(recovery)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

fn read(path: &Path) -> Result<Recovery, RecoverError> {
    let unusable = |reason: String| RecoverError::File { path: path.into(), reason };
    let text = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let paper: Paper = serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))?;
    Ok(paper.complete()?)
}

fn check_chain(recovery: &Recovery, chain: ChainId) -> Result<(), RecoveryError> {
    let found = recovery.agreement.chain;
    if found == chain { Ok(()) } else { Err(RecoveryError::Chain { found }) }
}

/// The configuration must know the new keys alone.
fn check_configuration(config: &Config, recovery: &Recovery) -> Result<(), RecoverError> {
    let passphrase = bulla_keystore::read_passphrase(&config.passphrase_file).map_err(ProvisionError::from)?;
    let found = bulla_keystore::open_file(&config.consensus_key, &passphrase)?.public();
    let keys = &recovery.agreement.keys;
    if keys.iter().all(|one| one.to != found) {
        return Err(RecoverError::Key { found });
    }
    let is_peer = |one: &&Renewal| config.peers.iter().any(|peer| peer.validator == one.from);
    let old: Vec<Renewal> = keys.iter().filter(is_peer).copied().collect();
    if old.is_empty() { Ok(()) } else { Err(RecoverError::Peers(old)) }
}

/// The log of the old key, under a name that none has yet.
fn put_aside(data_dir: &Path, last: Height) -> Result<(), RecoverError> {
    let path = data_dir.join(WAL);
    let aside = |reason| RecoverError::Aside { path: path.clone(), reason };
    if !path.is_dir() {
        return Ok(());
    }
    let name = |number: u32| data_dir.join(format!("{WAL}.before-block-{}.{number}", last.next()));
    let free = (0..).map(name).find(|name| !name.exists()).expect("there are more numbers than names");
    fs::rename(&path, free).map_err(aside)?;
    fs::File::open(data_dir).and_then(|directory| directory.sync_all()).map_err(aside)
}

fn lines(keys: &[Renewal]) -> String {
    keys.iter().fold(String::new(), |mut lines, Renewal { from, to }| {
        let _ = write!(lines, "\n  {from} by {to}");
        lines
    })
}
