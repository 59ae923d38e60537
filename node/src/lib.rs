//! The only place where the outside world exists: the daemon `bullad`.
//!
//! | module | what it does |
//! |---|---|
//! | `engine` | one value that owns a validator's state: `handle(now, event) -> effects`, with no IO and nothing awaited |
//! | `wal`, `disk` | what must be durable before it may be said, and the sign guard |
//! | `wire` | what peers say to one another |
//!
//! The simulator runs these with the feature `daemon` off; all that touches sockets, threads and RocksDB is behind it.

pub mod disk;
pub mod engine;
pub mod jobs;
pub mod journal;
pub mod wal;
pub mod wire;
