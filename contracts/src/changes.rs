//! What execution asks of the ledger: the records and list entries that differ afterwards.

use bulla_verify::list::Frontier;
use bulla_verify::tree::StateKey;
use std::collections::BTreeMap;

/// Changes to the state, complete: whoever applies them to the state that was read has the state after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The canonical bytes of each record that was written; none if it was removed.
    pub records: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// What was appended: list and content, in order.
    pub entries: Vec<(StateKey, Vec<u8>)>,
    /// The frontier of each list that was appended to, after the last of its entries.
    pub frontiers: BTreeMap<StateKey, Frontier>,
}

impl Changes {
    /// Whether nothing differs afterwards.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.entries.is_empty()
    }

    /// How many state writes these are. Operations declare at least as many: design D4.
    pub fn writes(&self) -> usize {
        self.records.len().saturating_add(self.entries.len())
    }

    /// Adds changes that were made on top of these.
    pub fn absorb(&mut self, later: Changes) {
        self.records.extend(later.records);
        self.entries.extend(later.entries);
        self.frontiers.extend(later.frontiers);
    }
}
