//! Whether decided blocks hold what they may: judged here anew, by rules that are written down a second time.

use bulla_ledger::Transaction;
use bulla_verify::chain::{ChainId, Height, TxId};
use bulla_verify::time::Millis;
use std::collections::BTreeMap;

/// The transactions of the chain so far.
#[derive(Default)]
pub(super) struct Validity(BTreeMap<TxId, Height>);

impl Validity {
    /// Whether a block holds the transaction.
    pub(super) fn includes(&self, id: &TxId) -> bool {
        self.0.contains_key(id)
    }

    /// The height of the block that holds the transaction.
    pub(super) fn height_of(&self, id: &TxId) -> Option<Height> {
        self.0.get(id).copied()
    }

    /// A block is decided for the first time anywhere.
    pub(super) fn decided(&mut self, chain: ChainId, height: Height, time: Millis, transactions: &[Transaction]) {
        for transaction in transactions {
            let (id, body) = (transaction.id(), transaction.body());
            assert!(body.expires_at > time, "height {height} holds an expired transaction");
            assert_eq!(body.chain, chain, "height {height} holds a transaction of another chain");
            if let Some(before) = self.0.insert(id, height) {
                panic!("heights {before} and {height} execute one transaction twice");
            }
        }
    }
}
