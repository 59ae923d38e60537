//! N engine loops in one thread, from one seed: the same engine, write-ahead log and ledger as the daemon, over simulated
//! time, network and disk.
//!
//! | module | what it does |
//! |---|---|
//! | `world` | the queue of events: who hears what when |
//! | `world/damage` | crashes, power cuts, partitions, and the calm after them |
//! | `node` | one validator: engine, log on a simulated disk, ledger on a memory store |
//! | `faults` | what goes wrong, as the seed has it |
//! | `world/sinning` | where sinners meet the world |
//! | `byzantine` | what sinners do, one file a sin |
//! | `checks` | what must hold after every event |
//! | `town` | the departments, their keys, and the transactions that they submit |
//! | `latest` | where the sum of a run is written |
//! | `random` | the generator: one seed, one run |
//!
//! A run is a function of its seed and [`Plan`]: two runs of one seed have the same [`Report::digest`].

#![expect(clippy::indexing_slicing, reason = "nodes are named by their places; a wrong one is a bug of the simulator")]

mod byzantine;
mod checks;
mod faults;
pub mod latest;
mod node;
mod random;
mod town;
mod world;

pub use byzantine::{Sin, Tally};
pub use faults::Plan;
pub use random::Random;
pub use town::{BEGIN, Town};
pub use world::{Filter, Fork, Report, World};
