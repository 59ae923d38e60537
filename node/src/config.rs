//! The configuration of a node: one TOML file, in which a variable of the environment may overrule a key.
//!
//! `BULLA_LISTEN_GRPC` overrules `listen_grpc`, and `BULLA_LOG__LEVEL` the key `level` of the table `log`. A key that is not
//! known is refused, wherever it comes from, naming the key and the place: a misspelt key must not pass for a setting.
//! Relative paths are relative to the directory of the file, so that a node's directory can be moved.
//! It never opens what it names; whoever uses a path or an address says what is wrong with it.

mod source;

use crate::network::{Multiaddr, PeerId};
use bulla_consensus::Timeouts as Waits;
use bulla_verify::keys::PublicKey;
use serde::{Deserialize, Deserializer};
use source::Source;
use std::fmt::{self, Display};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What a node is told when it starts. A key without a default must be given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The directory of the ledger and the write-ahead log. Made if it is not there.
    pub data_dir: PathBuf,
    /// The genesis document, in JSON.
    pub genesis: PathBuf,
    /// The encrypted key that signs votes. Must be one of the validators'.
    pub consensus_key: PathBuf,
    /// The encrypted key by which peers know this node: another one than that which votes.
    pub network_key: PathBuf,
    /// The file whose one line is the passphrase of both keys.
    pub passphrase_file: PathBuf,
    /// Where clients submit and ask: an IP address and a port, as `127.0.0.1:7400`.
    pub listen_grpc: SocketAddr,
    /// Where peers connect, as `/ip4/127.0.0.1/tcp/7500`.
    #[serde(deserialize_with = "from_text")]
    pub listen_peers: Multiaddr,
    /// Where Prometheus reads: an IP address and a port, as `127.0.0.1:7600`. Anyone who reaches it may read.
    pub listen_metrics: SocketAddr,
    /// Who may connect, and is connected to: the other validators, not this one. Default: nobody, for a network of one.
    #[serde(default)]
    pub peers: Vec<Peer>,
    /// The most MiB of memory that the state tree may take: 136 bytes for each record, and what past heights take. What does
    /// not fit is not started, and a node that outgrows it stops. Default: 4096, for 3 × 10⁷ records.
    #[serde(default = "tree_memory_mib")]
    pub max_tree_memory_mib: NonZeroU32,
    /// The MiB of those for the last 256 heights, which can be proved as the last one is: 1 kB for each change of a record.
    /// Where blocks change more, fewer heights can be. Default: 16, for 64 changes a block; 1,000 changes a block take 256.
    #[serde(default = "past_memory_mib")]
    pub past_memory_mib: u32,
    /// How a node with an empty ledger comes to one: from a `snapshot` of its peers (default), or by `replay` of all blocks, which
    /// leaves it with the whole history.
    #[serde(default)]
    pub join: Join,
    /// How many blocks peers must be ahead for a snapshot to be taken. Default: 10000.
    #[serde(default = "ten_thousand")]
    pub join_gap: u64,
    /// At which heights a snapshot is kept for peers that join: the multiples of this; 0 for never. The same on all nodes, so that
    /// several can serve one. The last two are kept, each as large as all records. Default: 10000.
    #[serde(default = "ten_thousand")]
    pub snapshot_every: u64,
    /// With less room than so many MiB on the disk of `data_dir` the node writes nothing: it does not vote, takes nothing in, and
    /// answers questions; it goes on by itself when there is a quarter more. 0: it never rests, and stops when a write fails.
    /// Default: 64, for what RocksDB writes between two looks.
    #[serde(default = "min_free_mib")]
    pub min_free_mib: u32,
    /// How long each step of a round is waited for. The same on all nodes, or the fast ones wait for the slow.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// What is logged, and how.
    #[serde(default)]
    pub log: Log,
}

/// Another validator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// What people call it, in logs.
    pub name: String,
    /// The key that signs its votes, as `ed25519:` and 64 hexadecimal digits.
    pub validator: PublicKey,
    /// Its network identity, as `12D3Koo…`.
    #[serde(deserialize_with = "from_text")]
    pub peer_id: PeerId,
    /// Where it listens for peers, as `/ip4/192.0.2.7/tcp/7500`.
    #[serde(deserialize_with = "from_text")]
    pub address: Multiaddr,
}

/// How a node with an empty ledger comes to one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// With a snapshot of its peers, if they are far ahead.
    #[default]
    Snapshot,
    /// By executing all blocks.
    Replay,
}

/// How long each step of a round is waited for, in milliseconds. Defaults and reasons: [`bulla_consensus::Timeouts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For a proposal, in round 0. Milliseconds, at least 1.
    pub propose_ms: NonZeroU64,
    /// For agreement of prevotes, in round 0. Milliseconds, at least 1.
    pub prevote_ms: NonZeroU64,
    /// For agreement of precommits, in round 0. Milliseconds, at least 1.
    pub precommit_ms: NonZeroU64,
    /// Before votes are said again. Milliseconds, at least 1.
    pub rebroadcast_ms: NonZeroU64,
    /// How much longer each wait is with each round. Milliseconds; with 0 a slow network might never decide.
    pub growth_ms: NonZeroU64,
    /// The longest wait of all. Milliseconds, at least 1.
    pub longest_ms: NonZeroU64,
}

/// What is logged, on standard error, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` for people (default), or `json` for programs: one object a line.
    pub format: Format,
    /// The least grave that is logged: `error`, `warn`, `info` (default), `debug` or `trace`.
    pub level: Level,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// How grave a log line is, the gravest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something that somebody must repair.
    Error,
    /// Something that may need attention.
    Warn,
    /// What an operator wants to know of a healthy node.
    #[default]
    Info,
    /// What helps to find a fault.
    Debug,
    /// Everything.
    Trace,
}

/// Why a configuration is refused, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Usual cause: a mistyped path.
    #[error("{}: {reason}; name the configuration with --config", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Usual cause: a missing quotation mark.
    #[error("{} is no TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line.
        reason: String,
    },
    /// Usual cause: a misspelt key, or one of a later version.
    #[error("{place}: unknown key `{key}`; known there: {known}")]
    Unknown {
        /// The key, with the tables it is in.
        key: String,
        /// File and line, or the variable.
        place: String,
        /// What could stand there.
        known: String,
    },
    /// Usual cause: a file written by hand.
    #[error("{place}: the key `{key}` is missing; add it")]
    Missing {
        /// The key, with the tables it is in.
        key: String,
        /// The file, and the line of the table that lacks it.
        place: String,
    },
    /// Usual cause: a slip in copying.
    #[error("{place}: `{key}`: {reason}")]
    Value {
        /// The key, with the tables it is in.
        key: String,
        /// File and line, or the variable.
        place: String,
        /// What is wrong.
        reason: String,
    },
}

impl Config {
    /// The configuration of a file, overruled by the environment of this process.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        // A name or value that is not UTF-8 names no key; one of ours would be seen as missing.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Config::read(path, variables)
    }

    fn read(path: &Path, environment: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
        let mut config: Config = Source::open(path, environment)?.extract()?;
        let directory = path.parent().unwrap_or(Path::new(""));
        let Config { data_dir, genesis, consensus_key, network_key, passphrase_file, .. } = &mut config;
        for path in [data_dir, genesis, consensus_key, network_key, passphrase_file] {
            *path = directory.join(path.as_path());
        }
        Ok(config)
    }
}

fn ten_thousand() -> u64 {
    10_000
}

fn past_memory_mib() -> u32 {
    16
}

fn min_free_mib() -> u32 {
    64
}

fn tree_memory_mib() -> NonZeroU32 {
    NonZeroU32::new(4096).expect("it is not 0")
}

impl Default for Timeouts {
    fn default() -> Self {
        let Waits { propose_ms, prevote_ms, precommit_ms, rebroadcast_ms, growth_ms, longest_ms } = Waits::default();
        let some = |ms| NonZeroU64::new(ms).expect("no default wait is 0");
        Timeouts {
            propose_ms: some(propose_ms),
            prevote_ms: some(prevote_ms),
            precommit_ms: some(precommit_ms),
            rebroadcast_ms: some(rebroadcast_ms),
            growth_ms: some(growth_ms),
            longest_ms: some(longest_ms),
        }
    }
}

impl From<Timeouts> for Waits {
    fn from(timeouts: Timeouts) -> Waits {
        Waits {
            propose_ms: timeouts.propose_ms.get(),
            prevote_ms: timeouts.prevote_ms.get(),
            precommit_ms: timeouts.precommit_ms.get(),
            rebroadcast_ms: timeouts.rebroadcast_ms.get(),
            growth_ms: timeouts.growth_ms.get(),
            longest_ms: timeouts.longest_ms.get(),
        }
    }
}

/// Its name, as in the file.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        })
    }
}

fn from_text<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests;
