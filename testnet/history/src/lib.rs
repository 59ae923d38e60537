//! Whether what clients were told and what the chain holds are one history: in linear time, since the chain itself is the order
//! that a search would have to find.
//!
//! It promises that a history which passes is one that a single ledger could have given, taking one transaction after the other:
//!
//! 1. each acknowledged transaction occurs once, at the place that was acknowledged;
//! 2. what was submitted after a height had been seen stands above that height;
//! 3. every read is what replaying the blocks up to its height gives;
//! 4. the heights that one session sees never fall;
//! 5. all nodes have the same block at a height;
//! 6. what has an unknown outcome is there or not, for ever the same;
//! 7. no answer is older than its caller asked for.
//!
//! An answer that says of itself that it is stale is held to all of these but the fourth, and to that one too if its caller asked
//! for a height.
//!
//! It reads no clock and no file: operations with their instants go in, and violations come out. An instant is of one clock that
//! all sessions share and that never goes back. A session speaks to one node. Rule: `README.md`, what it promises.

mod check;
mod model;

pub use check::{Summary, Violation, check};
pub use model::{Block, Key, Standing, Transaction, Write};

use bulla_verify::chain::{HeaderHash, Height, TxId};

/// One call of a client, and what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who called: one client of one node. Its calls follow one another.
    pub session: u32,
    /// When the call was first sent.
    pub start: u64,
    /// When the answer was there, or was given up.
    pub end: u64,
    /// What was asked, and what was told.
    pub told: Told,
    /// The height below which the caller took no answer; 0 if it took any.
    pub at_least: Height,
    /// Whether the answer said that later blocks may have been decided without the node that gave it.
    pub stale: bool,
}

impl Operation {
    /// Whether the answer may be older than what its session has seen: it says so, and its caller took it.
    fn may_be_old(&self) -> bool {
        self.stale && self.at_least == Height(0)
    }
}

/// What a client asked for, and what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A transaction was submitted, and is final.
    Acknowledged(TxId, Place),
    /// A transaction was submitted, and can be in no block any more.
    Refused(TxId),
    /// A transaction was submitted, and nobody said what became of it.
    Unknown(TxId),
    /// What a licence is after a height.
    Read(Key, Option<Standing>, Height),
    /// The block at a height, which a node said was its last.
    Tip(Height, HeaderHash),
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The block.
    pub height: Height,
    /// Its place in the block, from 0.
    pub index: u32,
}

#[cfg(test)]
mod tests;
