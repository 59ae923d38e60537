//! What a test network is to be, and laying it out.
//!
//! ```text
//! DIRECTORY/
//!     genesis.json        what a citizen needs to check proofs
//!     network.json        how many nodes, on which ports
//!     operator/           keys of the national body, one for each role: registrar.key …, and their passphrase
//!     node-0/ …           bullad.toml, genesis.json, consensus.key, network.key, passphrase, data/
//!                         and once it was started: bullad.log, bullad.pid
//! ```

use crate::addresses::Ports;
use crate::bullad;
use crate::configuration::{self, Introduction};
use crate::genesis::genesis;
use crate::identity::peer_id;
use crate::network::{LocalNetwork, Roster};
use anyhow::{Context, Result, ensure};
use bulla_keystore::{generate, random, seal_file, write_new};
use bulla_verify::genesis::Genesis;
use bulla_verify::keys::SigningKey;
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::validators::MAX_VALIDATORS;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// The roles of the national body, with one key each.
pub const OPERATOR_ROLES: [Role; 3] = [Role::Registrar, Role::Issuer, Role::HistoricalRegistrar];

pub(crate) const GENESIS: &str = "genesis.json";
pub(crate) const OPERATOR: &str = "operator";
pub(crate) const CONFIGURATION: &str = "bullad.toml";
pub(crate) const CONSENSUS_KEY: &str = "consensus.key";
pub(crate) const NETWORK_KEY: &str = "network.key";
pub(crate) const PASSPHRASE: &str = "passphrase";
pub(crate) const DATA: &str = "data";

/// How many rounds a passphrase is stretched. It is 128 random bits in a file beside the key, so there is nothing to stretch;
/// the 600,000 rounds of a passphrase that a person chose would cost each node half a second at each start.
const ROUNDS: u32 = 2_000;

/// A test network that is still to be laid out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where: a directory that is empty or not there yet; a relative one is meant from where this program runs.
    pub directory: PathBuf,
    /// How many validators, from 1 to [`MAX_VALIDATORS`]. From 4 on, one may fail.
    pub count: u16,
    /// Where they listen.
    pub ports: Ports,
    /// When the chain begins: not after the first block will be made.
    pub time: Millis,
    /// The numbers that all validators share.
    pub parameters: Parameters,
}

impl Plan {
    /// So many validators that begin now, with the usual ports and parameters.
    pub fn new(directory: impl Into<PathBuf>, count: u16) -> Plan {
        let (ports, parameters) = (Ports::default(), Parameters::default());
        Plan { directory: directory.into(), count, ports, time: now(), parameters }
    }

    /// Makes keys, writes every file, and has a program that is `bullad` make each validator's sign guard: once, for a key
    /// that has never signed. After an error the directory is incomplete and is to be removed.
    pub fn lay_out(&self, program: &Path) -> Result<LocalNetwork> {
        self.check()?;
        let named = || format!("cannot find {}", self.directory.display());
        // Absolute, since each node's program runs in a directory of its own.
        let root = &std::path::absolute(&self.directory).with_context(named)?;
        let nodes: Vec<_> = (0..self.count).map(|node| (self.ports.of(node), generate(), generate())).collect();
        let operators = OPERATOR_ROLES.map(|role| (role, generate()));
        let genesis = self.genesis(&operators, nodes.iter().map(|(_, consensus, _)| consensus))?;
        let genesis = serde_json::to_string_pretty(&genesis)? + "\n";
        make_directory(root)?;
        write(&root.join(GENESIS), &genesis)?;
        let keys = operators.iter().map(|(role, key)| (key_file(*role), key));
        lay_out_keys(&root.join(OPERATOR), keys)?;
        let introduced: Vec<_> = nodes
            .iter()
            .map(|(addresses, consensus, network)| Introduction {
                addresses: *addresses,
                validator: consensus.public(),
                peer_id: peer_id(&network.public()),
            })
            .collect();
        for (addresses, consensus, network) in &nodes {
            let home = node_directory(root, addresses.node);
            lay_out_keys(&home, [(CONSENSUS_KEY.to_owned(), consensus), (NETWORK_KEY.to_owned(), network)])?;
            write(&home.join(GENESIS), &genesis)?;
            write(&home.join(CONFIGURATION), &configuration::text(addresses, &introduced))?;
            bullad::init(program, &home)?;
        }
        let roster = Roster { count: self.count, ports: self.ports };
        // Last, for it is by this file that a network is known: half of one is none.
        roster.write(root)?;
        LocalNetwork::open(root)
    }

    fn check(&self) -> Result<()> {
        let most = MAX_VALIDATORS;
        ensure!((1..=most).contains(&usize::from(self.count)), "{} validators; 1 to {most} are possible", self.count);
        self.ports.check(self.count)?;
        let root = self.directory.display();
        let vacant = match fs::read_dir(&self.directory) {
            Ok(mut entries) => entries.next().is_none(),
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => true,
            Err(fault) => return Err(fault).with_context(|| format!("cannot look into {root}")),
        };
        ensure!(vacant, "{root} is not empty; name another directory, or remove this one if its network is not needed");
        Ok(())
    }

    fn genesis<'a>(
        &self,
        operators: &[(Role, SigningKey)],
        voters: impl Iterator<Item = &'a SigningKey>,
    ) -> Result<Genesis> {
        let roles: Vec<_> = operators.iter().map(|(role, key)| (*role, key.public())).collect();
        let voters: Vec<_> = voters.map(SigningKey::public).collect();
        let genesis = genesis(self.time, self.parameters.clone(), &roles, &voters);
        genesis.check().context("the parameters make no genesis")?;
        Ok(genesis)
    }
}

/// The directory of a node.
pub(crate) fn node_directory(root: &Path, node: u16) -> PathBuf {
    root.join(format!("node-{node}"))
}

/// The file name of the operator's key with a role.
pub(crate) fn key_file(role: Role) -> String {
    format!("{role}.key")
}

/// A directory of keys, all sealed with one new passphrase that lies beside them.
fn lay_out_keys<'a>(directory: &Path, keys: impl IntoIterator<Item = (String, &'a SigningKey)>) -> Result<()> {
    make_directory(directory)?;
    let passphrase = Zeroizing::new(format!("{:032x}", u128::from_be_bytes(*random::<16>())));
    write_new(&directory.join(PASSPHRASE), format!("{}\n", *passphrase).as_bytes())?;
    for (name, key) in keys {
        seal_file(&directory.join(name), key, &passphrase, ROUNDS)?;
    }
    Ok(())
}

/// A directory for its owner alone.
fn make_directory(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock stands after 1970");
    Millis(i64::try_from(since.as_millis()).expect("the clock stands before the year 292 million"))
}

#[cfg(test)]
mod tests;
