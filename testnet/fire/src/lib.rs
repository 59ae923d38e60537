//! Real `bullad` processes under fire: what the table of promises in `README.md` says of crashes, failing disks, flipped bytes and
//! partitions, held against the program itself.
//!
//! Each part draws its faults from a seed, records what clients were told meanwhile, checks it with `bulla-testnet-history`
//! against the chains of all nodes, and runs `bullad fsck` on every directory. `tests/` runs the short forms; `bulla-fire PART N`
//! runs as long as it is told and notes each run.
//!
//! | file | what it does |
//! |---|---|
//! | `kills` | processes killed at any instant, one of four or all |
//! | `pause` | a process stopped for ten seconds |
//! | `syscalls` | calls to the file system that fail |
//! | `flips` | bytes of a stopped node's files that change |
//! | `partitions` | nodes in network namespaces that cannot hear one another |
//! | `full_disk` | a file system with no space left |
//! | `joins` | a validator that lost its disk, with a million licences behind it |
//! | `town` | four processes, and what can be asked of them |
//! | `load` | clients that write down all they were told |
//! | `dice` | what a seed gives |

mod dice;
pub mod flips;
pub mod full_disk;
pub mod joins;
pub mod kills;
mod load;
pub mod partitions;
pub mod pause;
pub mod syscalls;
mod town;

/// Which runs: so many, from a seed on, with the program that is `bullad`.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    /// The program.
    pub bullad: &'a std::path::Path,
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub count: u64,
}

/// Says something that is to be read even if a test passes: the test harness keeps back what goes the usual ways.
fn tell(line: &str) {
    use std::io::Write;
    // Who listens no more need not be told.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
