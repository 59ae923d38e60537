//! What is kept, and how a row of each table reads. One change here is a new [`FORMAT`].
//!
//! | table | key | value |
//! |---|---|---|
//! | meta | `format`, `genesis`, `tip` | a `u32`; the genesis document; height and list of the headers before it |
//! | meta | `base` | of a store that began with a snapshot: its height, and what it holds of before |
//! | meta | `joining` … | while a snapshot is being taken: what was taken already |
//! | records | state key | the record's canonical bytes: all that the state tree commits to |
//! | frontiers | state key of a list | its frontier |
//! | entries | state key of a list ‖ place | the entry's canonical bytes |
//! | past | height ‖ state key | what the key had before that block: a record's bytes, or nothing |
//! | nodes | state key of a list, or zeros for that of the headers ‖ level ‖ place | the hash of a node of it |
//! | headers | height | header and certificate |
//! | begun | state key of a list | its frontier in the snapshot, if it was not empty and the list has grown since |
//! | bodies | height | the block's envelopes |
//! | stubs | height | instead of its bodies, of a block that came with a snapshot |
//! | leaves | height | what came of them: the block's leaves |
//! | transactions | transaction id | height and place in the block |
//! | ids | expiry ‖ transaction id | nothing: the ids that may not come again yet |
//! | validators | height | the set that acts from this height on, and the hand-over to it |
//!
//! Numbers in keys are big-endian, so that rows stand in their order; values are borsh.

use crate::store::Fault;
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::canonical;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::list::Frontier;
use bulla_verify::time::Millis;
use bulla_verify::tree::StateKey;
use core::fmt;

/// The format of all tables together. A store of another format is refused.
pub const FORMAT: u32 = 3;

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Format, genesis and tip.
    Meta,
    /// The records of the state.
    Records,
    /// What appending to each list needs.
    Frontiers,
    /// Where the lists began that had entries before this store did.
    Begun,
    /// The entries of all lists.
    Entries,
    /// The values that the last blocks replaced.
    Past,
    /// The nodes that are kept of lists that are long enough.
    Nodes,
    /// Headers with their certificates.
    Headers,
    /// The envelopes of each block.
    Bodies,
    /// The leaves of each block.
    Leaves,
    /// What is left of the transactions of blocks that came with a snapshot.
    Stubs,
    /// Where each transaction stands.
    Transactions,
    /// The ids of the replay window.
    Ids,
    /// The validator sets.
    Validators,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 14] = [
        Table::Meta,
        Table::Records,
        Table::Frontiers,
        Table::Begun,
        Table::Entries,
        Table::Past,
        Table::Nodes,
        Table::Headers,
        Table::Bodies,
        Table::Leaves,
        Table::Stubs,
        Table::Transactions,
        Table::Ids,
        Table::Validators,
    ];

    /// Its name in the store, and in what people read.
    pub const fn name(self) -> &'static str {
        match self {
            Table::Meta => "meta",
            Table::Records => "records",
            Table::Frontiers => "frontiers",
            Table::Begun => "begun",
            Table::Entries => "entries",
            Table::Past => "past",
            Table::Nodes => "nodes",
            Table::Headers => "headers",
            Table::Bodies => "bodies",
            Table::Leaves => "leaves",
            Table::Stubs => "stubs",
            Table::Transactions => "transactions",
            Table::Ids => "ids",
            Table::Validators => "validators",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The key in [`Table::Meta`] of the format's number.
pub(crate) const META_FORMAT: &[u8] = b"format";
/// The key in [`Table::Meta`] of the genesis document.
pub(crate) const META_GENESIS: &[u8] = b"genesis";
/// The key in [`Table::Meta`] of the [`TipRow`].
pub(crate) const META_TIP: &[u8] = b"tip";
/// The key in [`Table::Meta`] of the [`BaseRow`].
pub(crate) const META_BASE: &[u8] = b"base";

/// How far the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct TipRow {
    /// The last committed height.
    pub(crate) height: Height,
    /// The list of the hashes of all headers before that height's, as its header has it.
    pub(crate) before: Frontier,
}

/// Where a store begins that began with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct BaseRow {
    /// The height of the snapshot: bodies and list entries are held from the next height on.
    pub(crate) height: Height,
    /// The first height of which header and leaves are held.
    pub(crate) first: Height,
    /// The list of the hashes of all headers through the snapshot's.
    pub(crate) history: Frontier,
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// Its block.
    pub height: Height,
    /// Its place in the block, from 0.
    pub index: u32,
}

/// The key of a height.
pub(crate) fn height_key(height: Height) -> [u8; 8] {
    height.0.to_be_bytes()
}

/// The height of a key.
pub(crate) fn height_of(key: &[u8]) -> Option<Height> {
    key.try_into().ok().map(|bytes| Height(u64::from_be_bytes(bytes)))
}

/// The key of an entry of a list.
pub(crate) fn entry_key(list: &StateKey, place: u64) -> Vec<u8> {
    [&list.0[..], &place.to_be_bytes()].concat()
}

/// The list and the place of an entry's key.
pub(crate) fn entry_of(key: &[u8]) -> Option<(StateKey, u64)> {
    let (list, place) = key.split_at_checked(32)?;
    Some((StateKey(list.try_into().ok()?), u64::from_be_bytes(place.try_into().ok()?)))
}

/// What stands for a list's key where the list is that of all headers: the area 0 is no record's.
pub(crate) const HEADERS: StateKey = StateKey([0; 32]);

/// The key of a node of a list.
pub(crate) fn node_key(list: &StateKey, level: u32, place: u64) -> Vec<u8> {
    let level = u8::try_from(level).expect("a list has at most 64 levels");
    [&list.0[..], &[level], &place.to_be_bytes()].concat()
}

/// The list, the level and the place of a node's key.
pub(crate) fn node_of(key: &[u8]) -> Option<(StateKey, u32, u64)> {
    let (list, level, place) = (key.get(..32)?, key.get(32)?, key.get(33..)?);
    Some((StateKey(list.try_into().ok()?), u32::from(*level), u64::from_be_bytes(place.try_into().ok()?)))
}

/// The key of an id in the replay window; the first key of an expiry without one.
pub(crate) fn id_key(expires_at: Millis, id: Option<TxId>) -> Vec<u8> {
    let mut key = order_preserving(expires_at).to_be_bytes().to_vec();
    key.extend(id.iter().flat_map(|id| id.0.0));
    key
}

/// The expiry and the id of a key.
pub(crate) fn id_of(key: &[u8]) -> Option<(Millis, TxId)> {
    let (expiry, id) = key.split_at_checked(8)?;
    let expiry = u64::from_be_bytes(expiry.try_into().ok()?) ^ SIGN;
    Some((Millis(i64::from_be_bytes(expiry.to_be_bytes())), TxId(bulla_verify::hash::Hash(id.try_into().ok()?))))
}

const SIGN: u64 = 1 << 63;

/// Instants before 1970 sort before the others only with their sign bit turned.
fn order_preserving(instant: Millis) -> u64 {
    u64::from_be_bytes(instant.0.to_be_bytes()) ^ SIGN
}

/// What went wrong with a row.
pub(crate) fn damaged(table: Table, key: &[u8], reason: &'static str) -> Fault {
    let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
    Fault::Damaged { table, key, reason }
}

/// The value of a row that the ledger wrote.
pub(crate) fn decode<T: BorshDeserialize>(table: Table, key: &[u8], value: &[u8]) -> Result<T, Fault> {
    canonical::decode(value, usize::MAX).map_err(|_| damaged(table, key, "the row cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::hash::Hash;

    #[test]
    fn keys_come_back_and_stand_in_order() {
        let ids = [-5, -1, 0, 7, i64::MAX].map(|at| id_key(Millis(at), Some(TxId(Hash([9; 32])))));
        assert!(ids.is_sorted());
        assert_eq!(id_of(&ids[1]), Some((Millis(-1), TxId(Hash([9; 32])))));
        assert!(id_key(Millis(7), None) < ids[3] && ids[2] < id_key(Millis(7), None));

        let list = StateKey([6; 32]);
        assert_eq!(entry_of(&entry_key(&list, 258)), Some((list, 258)));
        assert!(entry_key(&list, 255) < entry_key(&list, 256));
        assert_eq!(node_of(&node_key(&list, 12, 258)), Some((list, 12, 258)));
        assert!(node_key(&HEADERS, 60, 1) < node_key(&list, 4, 0) && node_key(&list, 4, 9) < node_key(&list, 8, 0));
        assert_eq!(height_of(&height_key(Height(300))), Some(Height(300)));
        assert_eq!((height_of(b"short"), entry_of(b"short"), id_of(b"sh")), (None, None, None));
        assert_eq!(node_of(&[0; 40]), None);
    }
}
