//! Past heights: what the state was after each of the last 256 blocks, proved as the tip's is.
//!
//! The store keeps, for each block, the values that it replaced: so what a key had after a height is what the first block
//! above replaced, or else what it has now. Memory keeps the tree of each height, which shares with the next one all that did
//! not change; at start they are made again from the replaced values, and each root is compared with its header. Where blocks
//! change much, memory holds fewer trees than that, the latest. An older date is proved from a licence's own history.

use crate::ledger::Current;
use crate::store::{Batch, Fault, Store};
use crate::table::{self, Table};
use crate::tree::{StateTree, Tree};
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::header::Header;
use bulla_verify::tree::{StateKey, value_hash};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How many heights before the tip can be proved: at one block a second over four minutes, and the time that a reader needs
/// to ask for a second proof at the height of the first.
pub const PAST_HEIGHTS: u64 = 256;

/// Replaced values are deleted for so many heights at once: a deletion of a range is cheap to write and dear to keep.
const DELETED_AT_ONCE: u64 = 32;

/// What a changed key keeps of nodes, in a version that memory holds: about 0.9 kB at 10⁶ keys.
const CHANGE_BYTES: usize = 1024;

/// The values that a block replaced; none where a key had no record.
pub(crate) type Replaced = BTreeMap<StateKey, Option<Vec<u8>>>;

/// The state after a block.
pub(crate) struct Version {
    pub(crate) header: Header,
    pub(crate) certificate: Certificate,
    pub(crate) tree: Tree,
    /// How many keys the next block changed: what this version keeps that the next one does not.
    changes: usize,
}

/// The versions before the tip that memory holds, the oldest first.
#[derive(Clone)]
pub(crate) struct Past {
    versions: VecDeque<Arc<Version>>,
    /// The sum over all versions.
    changes: usize,
    /// How large that may become.
    most: usize,
}

impl Past {
    /// The version of a height, if memory holds it.
    pub(crate) fn find(&self, height: Height) -> Option<&Arc<Version>> {
        let oldest = self.versions.front()?.header.light.height;
        let place = usize::try_from(height.0.checked_sub(oldest.0)?).ok()?;
        self.versions.get(place)
    }

    /// The oldest height that memory holds.
    pub(crate) fn oldest(&self) -> Option<Height> {
        self.versions.front().map(|version| version.header.light.height)
    }

    /// The versions that memory holds once a block with so many changes is the tip after `current`.
    pub(crate) fn after(current: &Current, changes: usize) -> Past {
        let mut past = current.past.clone();
        if let (Some(header), Some(certificate)) = (current.tip.header, &current.certificate) {
            let (certificate, tree) = (certificate.clone(), current.tree.clone());
            past.changes = past.changes.saturating_add(changes);
            past.versions.push_back(Arc::new(Version { header, certificate, tree, changes }));
        }
        while past.is_too_much() {
            past.changes = past.changes.saturating_sub(past.versions.pop_front().map_or(0, |oldest| oldest.changes));
        }
        past
    }

    /// Makes the versions before a tip again, from the first height of the store on, in so many bytes of memory.
    pub(crate) fn load(
        store: &dyn Store,
        (first, tip): (Height, Height),
        tree: &Tree,
        max_bytes: usize,
    ) -> Result<Past, Fault> {
        let mut past = Past { versions: VecDeque::new(), changes: 0, most: max_bytes / CHANGE_BYTES };
        let (mut tree, mut above) = (tree.clone(), tip);
        // What leads further back than the oldest of them may be deleted.
        let oldest = Height(tip.0.saturating_sub(PAST_HEIGHTS)).max(first);
        while let Some(height) = above.0.checked_sub(1).map(Height).filter(|height| *height >= oldest) {
            let replaced = replaced_by(store, above)?;
            let changes = replaced.len();
            past.changes = past.changes.saturating_add(changes);
            let key = table::height_key(height);
            let row = store.read(Table::Headers, &key)?;
            let row = row.ok_or_else(|| table::damaged(Table::Headers, &key, "the row is missing"))?;
            let (header, certificate): (Header, Certificate) = table::decode(Table::Headers, &key, &row)?;
            let hashes = replaced.iter().map(|(key, value)| (*key, value.as_deref().map(value_hash))).collect();
            tree = tree.apply(&hashes);
            if tree.root() != header.light.state_root {
                let key = table::height_key(above);
                return Err(table::damaged(
                    Table::Past,
                    &key,
                    "what this block replaced does not give the state before",
                ));
            }
            past.versions.push_front(Arc::new(Version { header, certificate, tree: tree.clone(), changes }));
            if past.is_too_much() {
                past.versions.pop_front();
                past.changes = past.changes.saturating_sub(changes);
                break;
            }
            above = height;
        }
        Ok(past)
    }

    fn is_too_much(&self) -> bool {
        let count = u64::try_from(self.versions.len()).expect("a length in memory fits 64 bits");
        count > PAST_HEIGHTS || self.changes > self.most
    }
}

/// Adds the rows of what a block replaces, and takes away those that no proof needs any more.
pub(crate) fn put_replaced(batch: &mut Batch, height: Height, replaced: &Replaced) {
    for (key, value) in replaced {
        batch.put(Table::Past, past_key(height, key), bulla_verify::canonical::encode(value));
    }
    if height.0.is_multiple_of(DELETED_AT_ONCE) {
        // What the block after height h replaced leads to h.
        let oldest = height.0.saturating_sub(PAST_HEIGHTS);
        batch.delete_below(Table::Past, table::height_key(Height(oldest).next()));
    }
}

/// What a key had after a height, of which `tip` is a later one; none if no block since has changed it.
pub(crate) fn value_after(
    store: &dyn Store,
    height: Height,
    tip: Height,
    key: &StateKey,
) -> Result<Option<Option<Vec<u8>>>, Fault> {
    let mut above = height.next();
    while above <= tip {
        let place = past_key(above, key);
        if let Some(row) = store.read(Table::Past, &place)? {
            return table::decode(Table::Past, &place, &row).map(Some);
        }
        above = above.next();
    }
    Ok(None)
}

/// Whether a value is the one that a version's tree commits to.
pub(crate) fn is_of(version: &Version, key: &StateKey, value: Option<&[u8]>) -> bool {
    version.tree.value_hash(key) == value.map(value_hash)
}

fn replaced_by(store: &dyn Store, height: Height) -> Result<Replaced, Fault> {
    let mut replaced = Replaced::new();
    for row in store.scan(Table::Past, &table::height_key(height)) {
        let (place, value) = row?;
        let (found, key) =
            past_of(&place).ok_or_else(|| table::damaged(Table::Past, &place, "the key is no height and key"))?;
        if found != height {
            break;
        }
        replaced.insert(key, table::decode(Table::Past, &place, &value)?);
    }
    Ok(replaced)
}

fn past_key(height: Height, key: &StateKey) -> Vec<u8> {
    [&table::height_key(height)[..], &key.0].concat()
}

/// The block and the state key of a row's key.
pub(crate) fn past_of(key: &[u8]) -> Option<(Height, StateKey)> {
    let (height, key) = key.split_at_checked(8)?;
    Some((table::height_of(height)?, StateKey(key.try_into().ok()?)))
}

#[cfg(test)]
mod tests;
