//! How long everything in an engine is that grows with what others say, and how long it may get.

use super::Engine;
use super::blocks::MAX_BLOCKS;
use super::catching_up::MAX_WAITING;
use super::pool::MAX_POOL_BYTES;
use bulla_consensus::MAX_HELD;

/// The lengths, at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queues {
    /// Bytes of transactions that wait for a block.
    pub pool_bytes: usize,
    /// Blocks of the height being decided.
    pub blocks: usize,
    /// Names of blocks that came before the proposal was asked about.
    pub offers: usize,
    /// Decided blocks that wait to be executed.
    pub decided: usize,
    /// Messages for later heights.
    pub held: usize,
    /// Validators of the next height.
    pub validators: usize,
}

impl Queues {
    /// The first queue that is longer than it may be.
    pub fn exceeded(&self) -> Option<(&'static str, usize)> {
        let bounds = [
            ("pool", self.pool_bytes, MAX_POOL_BYTES),
            ("blocks", self.blocks, MAX_BLOCKS),
            ("offers", self.offers, self.validators),
            ("decided", self.decided, MAX_WAITING),
            ("held", self.held, MAX_HELD.saturating_mul(self.validators)),
        ];
        bounds.into_iter().find(|(_, length, most)| length > most).map(|(name, length, _)| (name, length))
    }
}

impl Engine {
    /// How long its queues are.
    pub fn queues(&self) -> Queues {
        Queues {
            pool_bytes: self.pool.byte_count(),
            blocks: self.blocks.count(),
            offers: self.blocks.offers(),
            decided: self.catching_up.count(),
            held: self.consensus.held(),
            validators: self.tip.validators.count(),
        }
    }
}
