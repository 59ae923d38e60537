//! Certified history: blocks that the keys of a test network's validators signed, written straight through `ledger` into a
//! node's directory, with no network, no consensus and no sync.
//!
//! It promises that what it writes is what those validators would have decided: every transaction is signed and checked, every
//! block executed, every certificate a quorum's; `bullad fsck` finds nothing, and `bullad run` goes on from it. The same network
//! and the same [`Story`] give the same blocks.
//! It refuses a node that has a past. It never touches the log of what a node signed: whoever has signed nothing has nothing to
//! remember, and a node begins its log at the height after its tip.
//!
//! | file | what it does |
//! |---|---|
//! | `acts` | the operations that fill the blocks |
//! | `keys` | what signs: the validators and the national body of a network that was laid out |
//! | `writing` | transactions on one thread, blocks on the other |
//! | `spread` | the same history for the other nodes |

pub mod acts;
mod keys;
mod spread;
mod writing;

pub use spread::spread;
pub use writing::{Forged, forge};

use bulla_verify::time::Millis;

/// How far one block is from the next, in milliseconds.
pub const STEP_MS: i64 = 100;

/// What is to be forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Story {
    /// Whatever is drawn is drawn from this.
    pub seed: u64,
    /// How many blocks; the first registers the type of licence and issues none.
    pub blocks: u64,
    /// How many transactions each further block has.
    pub transactions: u32,
    /// How many licences each transaction issues: at most 1,000, and a block must have room for all.
    pub operations: u32,
}

impl Story {
    /// So many blocks with one licence each.
    pub fn of_blocks(blocks: u64) -> Story {
        Story { seed: 1, blocks, transactions: 1, operations: 1 }
    }

    /// At least so many licences, a thousand in a block.
    pub fn of_licences(licences: u64) -> Story {
        Story { seed: 1, blocks: licences.div_ceil(1_000).saturating_add(1), transactions: 1, operations: 1_000 }
    }

    /// When the network's genesis has to be, so that the last block is in the past of a clock that shows `now`.
    pub fn begins(&self, now: Millis) -> Millis {
        let blocks = i64::try_from(self.blocks).unwrap_or(i64::MAX);
        now.plus(blocks.saturating_add(10).saturating_mul(STEP_MS).saturating_neg())
    }
}
