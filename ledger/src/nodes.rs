//! The lists that the ledger keeps, as rows: what proofs read, and what a block adds.
//!
//! Leaves come from the rows that are there anyway: entries are hashed from their content, headers from their row. The nodes
//! above them that are kept have a table of their own; [`crate::tree::list`] says which those are, and why.

use crate::store::{Batch, Fault, Store};
use crate::table::{self, HEADERS, Table};
use crate::tree::list::{self, KEPT_EVERY, Nodes};
use bulla_contracts::Changes;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::list::{Frontier, leaf_hash};
use bulla_verify::tree::StateKey;
use std::collections::BTreeMap;

/// A list in a store: that of a record, or with [`HEADERS`] for its key, that of all headers.
pub(crate) struct StoredList<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) list: StateKey,
    /// What is said of a row that is missing, if the store began with a snapshot.
    pub(crate) not_held: Option<Fault>,
}

impl Nodes for StoredList<'_> {
    type Fault = Fault;

    fn node(&self, level: u32, place: u64) -> Result<Hash, Fault> {
        let row = |table, key: &[u8]| {
            let row = self.store.read(table, key)?;
            let missing = || table::damaged(table, key, "the row is missing");
            row.ok_or_else(|| self.not_held.clone().unwrap_or_else(missing))
        };
        if level > 0 {
            let key = table::node_key(&self.list, level, place);
            return table::decode(Table::Nodes, &key, &row(Table::Nodes, &key)?);
        }
        if self.list == HEADERS {
            let key = table::height_key(Height(place).next());
            let (header, _): (Header, Certificate) = table::decode(Table::Headers, &key, &row(Table::Headers, &key)?)?;
            return Ok(header.hash().0);
        }
        Ok(leaf_hash(&row(Table::Entries, &table::entry_key(&self.list, place))?))
    }
}

/// Adds a header's hash to the rows of their list, of which this is the frontier before.
pub(crate) fn put_header(batch: &mut Batch, before: &Frontier, hash: &Hash) {
    list::append(&mut before.clone(), hash, |level, place, node| put(batch, &HEADERS, level, place, node));
}

/// Adds the rows of what changes append to lists. `before` reads a frontier as it was before them: asked only for lists
/// that complete a node, about each sixteenth.
pub(crate) fn put_entries(
    batch: &mut Batch,
    changes: &Changes,
    before: impl Fn(&StateKey) -> Result<Frontier, Fault>,
) -> Result<(), Fault> {
    let mut growing = BTreeMap::new();
    for (list, count) in counts(changes) {
        let after = changes.frontiers.get(&list).expect("a list that was appended to has a frontier");
        let place = after.len().saturating_sub(count);
        let completes_a_node = place.checked_shr(KEPT_EVERY) != after.len().checked_shr(KEPT_EVERY);
        let frontier = if completes_a_node { Some(before(&list)?) } else { None };
        growing.insert(list, (place, frontier));
    }
    for (list, entry) in &changes.entries {
        let (place, frontier) = growing.get_mut(list).expect("every list of an entry was counted");
        batch.put(Table::Entries, table::entry_key(list, *place), entry.as_slice());
        *place = place.saturating_add(1);
        if let Some(frontier) = frontier {
            list::append(frontier, &leaf_hash(entry), |level, place, node| put(batch, list, level, place, node));
        }
    }
    for (list, (_, frontier)) in growing {
        if frontier.is_some_and(|grown| changes.frontiers.get(&list) != Some(&grown)) {
            return Err(table::damaged(Table::Frontiers, &list.0, "the row is not the one that was read before"));
        }
    }
    Ok(())
}

/// How many entries each list gets.
fn counts(changes: &Changes) -> BTreeMap<StateKey, u64> {
    let mut counts: BTreeMap<StateKey, u64> = BTreeMap::new();
    for (list, _) in &changes.entries {
        let count = counts.entry(*list).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

fn put(batch: &mut Batch, list: &StateKey, level: u32, place: u64, node: &Hash) {
    batch.put(Table::Nodes, table::node_key(list, level, place), node.0);
}

#[cfg(test)]
mod tests;
