//! N engine loops in one thread, from one seed: the same engine, write-ahead log and ledger as the daemon, over simulated
//! time, network and disk.
//!
//! | module | what it does |
//! |---|---|
//! | `world` | the queue of events: who hears what when |
//! | `world/chance`, `partitions` | what happens to messages |
//! | `world/damage` | who is damaged, what strikes when, and the calm after it |
//! | `world/lives`, `disks`, `clocks` | how nodes end and begin anew; what their disks and clocks do |
//! | `world/jobs` | what nodes do beside their loops, and how long it takes |
//! | `world/joins` | nodes that lost their disks take the snapshots that the others keep |
//! | `node` | one validator: engine, log on a simulated disk, ledger on a memory store |
//! | `faults` | what goes wrong, as the seed has it |
//! | `checks` | what must hold after every event, and at the end |
//! | `world/sinning`, `byzantine` | where sinners meet the world, and what they do, one file a sin |
//! | `happenings` | what happened, counted |
//! | `town`, `clients` | the departments, what they submit, and what they were told |
//! | `digest`, `random` | one seed, one run |
//! | `seeds`, `latest` | many seeds on all cores, and where their sum is written |
//!
//! A run is a function of its seed and [`Plan`]: two runs of one seed have the same [`Report::digest`].

#![expect(clippy::indexing_slicing, reason = "nodes are named by their places; a wrong one is a bug of the simulator")]

mod byzantine;
mod checks;
mod clients;
mod digest;
mod faults;
mod happenings;
pub mod latest;
mod node;
mod random;
pub mod seeds;
mod town;
mod world;

pub use byzantine::{Sin, Tally};
pub use faults::{Fault, Plan, Snapshots};
pub use happenings::{Counts, Happening};
pub use random::Random;
pub use town::{BEGIN, Town};
pub use world::{Filter, Fork, Report, World};
