//! What blocks do, as simply as it can be told: each transaction gives licences a standing.

use bulla_verify::chain::{HeaderHash, Height, TxId};
use std::collections::BTreeMap;

/// A licence, by the number that its caller knows it by.
pub type Key = u64;

/// What a licence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Issued, or resumed.
    InForce,
    /// Suspended.
    Suspended,
    /// Revoked or cancelled.
    Ended,
}

/// A block of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its hash.
    pub hash: HeaderHash,
    /// Its transactions, in order.
    pub transactions: Vec<Transaction>,
}

/// A transaction of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Its id.
    pub id: TxId,
    /// What those of its operations did that took effect.
    pub writes: Vec<Write>,
}

/// What one operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// To which licence.
    pub key: Key,
    /// What it is from then on.
    pub standing: Standing,
}

/// Every standing that each licence ever had, with the height from which on it had it, ascending.
pub(crate) struct Register(BTreeMap<Key, Vec<(Height, Standing)>>);

impl Register {
    /// Replays blocks, the first at height 1.
    pub(crate) fn of(blocks: &[Block]) -> Register {
        let mut register: BTreeMap<Key, Vec<(Height, Standing)>> = BTreeMap::new();
        for (height, block) in (1..).map(Height).zip(blocks) {
            for write in block.transactions.iter().flat_map(|transaction| &transaction.writes) {
                register.entry(write.key).or_default().push((height, write.standing));
            }
        }
        Register(register)
    }

    /// What a licence was after a height.
    pub(crate) fn at(&self, key: Key, height: Height) -> Option<Standing> {
        let standings = self.0.get(&key)?;
        let until = standings.partition_point(|(from, _)| *from <= height);
        standings.get(until.checked_sub(1)?).map(|(_, standing)| *standing)
    }
}
