//! Whoever joined by a snapshot holds what the others held at its height, and nothing that no certificate covers.

use super::Checks;
use bulla_ledger::Ledger;
use bulla_ledger::fsck::fsck;
use bulla_ledger::store::Store;
use bulla_ledger::store::memory::MemoryStore;
use bulla_ledger::table::Table;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::genesis::Genesis;
use bulla_verify::hash::{Context, Hash};

/// The tables that are the same in all ledgers of one height: the state, the frontiers of its lists, the ids that may not come
/// again. In the others stand the certificates that each node saw, and how far back it remembers.
const SAME: [Table; 3] = [Table::Records, Table::Frontiers, Table::Ids];

impl Checks {
    /// A ledger begins with a snapshot.
    pub(crate) fn joins(
        &mut self,
        node: usize,
        ledger: &Ledger,
        store: &MemoryStore,
        (genesis, same): (&Genesis, Hash),
    ) {
        let tip = ledger.tip();
        let decided = &self.decided[&tip.height];
        assert_eq!(tip.hash, decided.hash, "node {node} joins at a block that was not decided");
        assert_eq!(tip.state_root, decided.state_root, "node {node} joins with another state");
        assert_eq!(same_in_all(store), same, "node {node} joins with other rows than those of height {}", tip.height);
        let report = fsck(store, genesis, &mut |_| ()).expect("it was opened a moment ago");
        assert_eq!(report.finding, None, "node {node} has taken what does not hold");
        for height in ledger.base().map_or(tip.height, |base| base.first).0..=tip.height.0 {
            let header = ledger.header(Height(height)).expect("the tail is there").expect("it is below the tip");
            assert_eq!(header.0.hash(), self.decided[&Height(height)].hash, "node {node} takes another block {height}");
        }
        self.nodes[node].committed = tip.height;
    }

    /// The height of the block that holds the transaction.
    pub(crate) fn recorded_at(&self, id: &TxId) -> Option<Height> {
        self.validity.height_of(id)
    }
}

/// A hash over what all ledgers of one height have in common.
pub(crate) fn same_in_all(store: &MemoryStore) -> Hash {
    let mut hasher = Context::LogFrame.hasher();
    for table in SAME {
        for row in store.scan(table, &[]) {
            let (key, value) = row.expect("no row of this one was damaged");
            for part in [&key, &value] {
                hasher.update(&part.len().to_le_bytes());
                hasher.update(part);
            }
        }
    }
    hasher.finish()
}
