//! The clients of a simulated network: what they submitted, what they were told, and so what may never be lost.

use bulla_ledger::execute::ExecutedBlock;
use bulla_verify::chain::{Height, TxId};
use std::collections::{BTreeMap, BTreeSet};

/// What clients know.
#[derive(Default)]
pub(crate) struct Clients {
    /// Everything that was ever signed.
    submitted: BTreeSet<TxId>,
    /// Whether sinners sign transactions too, of which nobody keeps count.
    more: bool,
    tickets: BTreeMap<u64, TxId>,
    /// What a node took, which one, and when in microseconds.
    pub(crate) accepted: BTreeMap<TxId, (usize, u64)>,
    /// Who waits at which node for an answer.
    waiting: BTreeMap<usize, BTreeSet<TxId>>,
    /// What was said to be final, and at which height.
    pub(crate) acknowledged: BTreeMap<TxId, Height>,
}

impl Clients {
    /// Nobody knows anything yet; `more` is whether others sign transactions too.
    pub(crate) fn new(more: bool) -> Clients {
        Clients { more, ..Clients::default() }
    }

    pub(crate) fn submit(&mut self, ticket: u64, id: TxId) {
        self.submitted.insert(id);
        self.tickets.insert(ticket, id);
    }

    /// Whether anybody ever submitted it.
    pub(crate) fn know(&self, id: &TxId) -> bool {
        self.more || self.submitted.contains(id)
    }

    /// A node answers a submission; who submitted waits there until it is final.
    pub(crate) fn answered(&mut self, node: usize, ticket: u64, taken: bool, now_us: u64) {
        if let (Some(id), true) = (self.tickets.remove(&ticket), taken) {
            self.accepted.insert(id, (node, now_us));
            self.waiting.entry(node).or_default().insert(id);
        }
    }

    /// A block is durable on a node: whoever waits there for one of its transactions is told, and their number returned.
    pub(crate) fn committed(&mut self, node: usize, block: &ExecutedBlock) -> usize {
        let waiting = self.waiting.entry(node).or_default();
        let ids = block.transactions().iter().map(|transaction| transaction.id());
        let told: Vec<TxId> = ids.filter(|id| waiting.remove(id)).collect();
        let height = block.header().height();
        self.acknowledged.extend(told.iter().map(|id| (*id, height)));
        told.len()
    }

    /// A node is gone: nobody is told anything any more.
    pub(crate) fn lost(&mut self, node: usize) {
        self.waiting.remove(&node);
    }
}
