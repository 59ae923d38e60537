//! The only place where the outside world exists: the daemon `bullad`.
//!
//! | module | what it does |
//! |---|---|
//! | `engine` | one value that owns a validator's state: `handle(now, event) -> effects`, with no IO and nothing awaited |
//! | `wal`, `disk` | what must be durable before it may be said, and the sign guard |
//! | `jobs`, `journal` | what the engine asks for beside its loop, and what its log is written and read with |
//! | `joining`, `shelf` | how an empty node takes a snapshot from its peers, and what they keep for it |
//! | `wire` | what peers say to one another |
//! | `daemon` | the engine over real time, disk, network and threads |
//! | `network`, `frame` | the mesh of peers, and its frames |
//! | `rpc` | what clients submit, and what they ask |
//! | `keeping` | what an operator keeps of a stopped node: snapshots and backups |
//! | `search` | whether texts that should be nowhere stand in what a stopped node keeps |
//! | `recovery` | how an operator tells a stopped node what all agreed on |
//! | `config`, `metrics`, `logs` | what an operator sets and sees |
//!
//! The simulator runs these with the feature `daemon` off; all that touches sockets, threads and RocksDB is behind it.

#[cfg(feature = "daemon")]
pub mod config;
#[cfg(feature = "daemon")]
pub mod daemon;
pub mod disk;
pub mod engine;
#[cfg(feature = "daemon")]
pub mod frame;
pub mod jobs;
pub mod joining;
pub mod journal;
#[cfg(feature = "daemon")]
pub mod keeping;
#[cfg(feature = "daemon")]
pub mod logs;
#[cfg(feature = "daemon")]
pub mod metrics;
#[cfg(feature = "daemon")]
pub mod network;
#[cfg(feature = "daemon")]
pub mod recovery;
#[cfg(feature = "daemon")]
pub mod rpc;
#[cfg(feature = "daemon")]
pub mod search;
pub mod shelf;
pub mod wal;
pub mod wire;
