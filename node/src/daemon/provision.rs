//! What a node starts with: its keys, its ledger, its log, and what they say together.

use crate::config::{Config, Join};
use crate::disk::files::Files;
use crate::engine::Start;
use crate::engine::signing::Signing;
use crate::engine::turns::Turns;
use crate::joining::Joining;
use crate::journal;
use crate::network::{KnownPeer, Limits, NetworkConfig};
use crate::recovery::{self, RecoverError};
use crate::shelf::Shelf;
use crate::wal::guard::SignGuard;
use crate::wal::{Log, WalError};
use bulla_keystore::{FileError, KeyFileError};
use bulla_ledger::snapshot::TakingError;
use bulla_ledger::store::Fault;
use bulla_ledger::store::rocks::{Absent, RocksError, RocksStore};
use bulla_ledger::{Budget, Ledger, OpenError};
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use bulla_verify::keys::SigningKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The genesis file cannot be read.
    #[error("genesis {}: {reason}; check the path and the file", path.display())]
    Genesis {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A key cannot be opened.
    #[error("key {}: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: KeyFileError,
    },
    /// The passphrase cannot be read.
    #[error(transparent)]
    Passphrase(#[from] FileError),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] RocksError),
    /// The ledger does not open.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The log's directory.
    #[error(transparent)]
    Disk(#[from] crate::disk::Fault),
    /// The log does not open.
    #[error(transparent)]
    Log(#[from] WalError),
    /// The log's entries cannot be used.
    #[error(transparent)]
    Entry(#[from] journal::UnknownEntry),
    /// A snapshot that was begun cannot be gone on with.
    #[error(transparent)]
    Joining(#[from] TakingError),
    /// What all operators agreed on cannot be read.
    #[error(transparent)]
    Recovery(#[from] Box<RecoverError>),
    /// A key that already has a past gets no new guard.
    #[error("{} holds a sign guard already; nothing was changed", .0.display())]
    Provisioned(PathBuf),
}

/// The log's directory, in the data directory.
pub const WAL: &str = "wal";

/// What a node opens first: enough to speak to its peers, and a store that may be empty.
pub(super) struct Opening {
    consensus_key: SigningKey,
    identity: SigningKey,
    store: Arc<RocksStore>,
    genesis: Genesis,
    /// The snapshots that are kept for peers.
    pub(super) shelf: Arc<Shelf<Files>>,
}

/// All that a node starts with.
pub struct Provision {
    /// The ledger, open.
    pub ledger: Ledger,
    /// The log, open at the height after the tip, or above it.
    pub(super) log: Option<Log<Files>>,
    /// The height of the log, if it is above the one after the tip: the ledger was damaged and lost its end, or was moved away.
    /// Nothing is signed or logged before that height is over.
    pub(super) ahead: Option<Height>,
    /// What the engine is told.
    pub(super) start: Option<Start>,
}

/// Makes a new validator's sign guard: of a key that has never signed, or of one that may have signed everything through a
/// height.
pub fn init(config: &Config, silent_through: Option<Height>) -> Result<(), ProvisionError> {
    let directory = log_directory(config);
    let disk = Files::open(&directory)?;
    match Log::open(disk, None) {
        Err(WalError::GuardMissing) => {}
        Ok(_) => return Err(ProvisionError::Provisioned(directory)),
        Err(error) => return Err(error.into()),
    }
    let guard = silent_through.map_or_else(SignGuard::new, SignGuard::silent_through);
    let (log, _) = Log::open(Files::open(&directory)?, Some(guard))?;
    log.close()?;
    Ok(())
}

/// Opens a node's ledger.
pub fn open_ledger(config: &Config, absent: Absent) -> Result<(Arc<RocksStore>, Genesis), ProvisionError> {
    let genesis = read_genesis(&config.genesis)?;
    let store = RocksStore::open(&config.data_dir.join("ledger"), absent)?;
    Ok((Arc::new(store), genesis))
}

/// The height at which a stopped node's log stands, if there is one: at most one above its ledger's, unless the ledger has lost
/// its end.
pub fn log_height(config: &Config) -> Result<Option<Height>, ProvisionError> {
    let directory = log_directory(config);
    if !directory.is_dir() {
        return Ok(None);
    }
    Ok(Log::inspect(&Files::open(&directory)?)?)
}

/// Opens what is needed to speak to peers.
pub(super) fn open(config: &Config) -> Result<Opening, ProvisionError> {
    let passphrase = bulla_keystore::read_passphrase(&config.passphrase_file)?;
    let key = |path: &Path| {
        let opened = bulla_keystore::open_file(path, &passphrase);
        opened.map_err(|reason| ProvisionError::Key { path: path.into(), reason })
    };
    let (consensus_key, identity) = (key(&config.consensus_key)?, key(&config.network_key)?);
    let (store, genesis) = open_ledger(config, Absent::Create)?;
    let shelf = Arc::new(Shelf::new(Files::open(snapshot_directory(config))?));
    Ok(Opening { consensus_key, identity, store, genesis, shelf })
}

impl Opening {
    /// How to come to a ledger, if there is none yet and it is not to be made from genesis.
    pub(super) fn joining(&self, config: &Config) -> Result<Option<Joining>, ProvisionError> {
        let is_empty = !Ledger::is_in(&*self.store)?;
        if !is_empty || config.peers.is_empty() || config.join == Join::Replay {
            return Ok(None);
        }
        Ok(Some(Joining::new(self.store.clone(), &self.genesis, config.join_gap)?))
    }

    /// Opens the rest.
    pub(super) fn finish(self, config: &Config) -> Result<Provision, ProvisionError> {
        let bytes = |mib: u32| usize::try_from(u64::from(mib) << 20).unwrap_or(usize::MAX);
        let (tree, past) = (config.max_tree_memory_mib.get(), config.past_memory_mib);
        let budget = Budget { tree_bytes: bytes(tree), past_bytes: bytes(past) };
        let ledger = Ledger::open_within(self.store, &self.genesis, budget)?;
        let tip = ledger.tip();
        let next = tip.height.next();
        // A new validator's guard is made by `bullad init`. Who has none was wiped or restored, and may have signed anything.
        let (mut log, opened) = Log::open(Files::open(log_directory(config))?, Some(SignGuard::unsettled()))?;
        let restored = journal::restore(&opened, next, tip.chain)?;
        // What was signed at the log's height, and why, is known again once the ledger has caught up and the node is started
        // anew; until then the chain is followed in silence.
        let ahead = log.height().filter(|height| *height > next);
        if ahead.is_none() {
            log.start_height(next)?;
        }
        let recovery = recovery::told(&config.data_dir).map_err(Box::new)?;
        let recovery = recovery.filter(|recovery| recovery.agreement.height >= tip.height);
        let start = Start {
            turns: Turns::read(&ledger, &tip)?,
            tip,
            signing: Signing::new(self.consensus_key, opened.guard.silenced(ahead)),
            timeouts: config.timeouts.into(),
            log: restored.log,
            blocks: restored.blocks,
            recovery,
        };
        Ok(Provision { ledger, log: Some(log), ahead, start: Some(start) })
    }

    /// The network as the configuration has it.
    pub(super) fn network(&self, config: &Config) -> NetworkConfig {
        let peers = config.peers.iter().map(|peer| KnownPeer {
            key: peer.validator,
            peer_id: peer.peer_id,
            address: Some(peer.address.clone()),
        });
        NetworkConfig {
            identity: *self.identity.seed(),
            listen: config.listen_peers.clone(),
            peers: peers.collect(),
            chain: self.genesis.chain(),
            limits: Limits::default(),
        }
    }
}

/// Where snapshots are kept.
pub fn snapshot_directory(config: &Config) -> PathBuf {
    config.data_dir.join("snapshots")
}

fn log_directory(config: &Config) -> PathBuf {
    config.data_dir.join(WAL)
}

/// The genesis document of a file, sound.
pub fn read_genesis(path: &Path) -> Result<Genesis, ProvisionError> {
    let refused = |reason: String| ProvisionError::Genesis { path: path.into(), reason };
    let text = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let genesis: Genesis = serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))?;
    genesis.check().map_err(|error| refused(error.to_string()))?;
    Ok(genesis)
}
