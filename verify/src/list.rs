//! Append-only lists: what stands at places of a list, that a list is whole, and that it has only grown.
//!
//! A list is the Merkle tree of RFC 6962 and 9162: left of each node stands the largest power of two of leaves that leaves
//! some for the right. The root binds the length to it.
//!
//! ```text
//! length 7                 node                              root = ListRoot(7 as u64 LE ‖ node)
//!                    ┌──────┴──────┐                         node = ListInner(left ‖ right)
//!                  peak          node
//!               ┌───┴───┐      ┌───┴───┐                     peaks: the perfect trees, one for each one-bit of
//!             ┌─┴─┐   ┌─┴─┐   peak   peak                     the length, the highest first
//!      leaf   0   1   2   3   ┌┴┐      │
//!                             4 5      6
//! ```
//!
//! Appending touches the peaks alone, so it costs the same however long the list is. The length is part of the root and
//! fixes the shape, so a proof carries hashes and no directions, exactly one proof is valid for one statement, and no list
//! has the root of a list of another length. For the same reason an inner node can never pass for a leaf, whatever made the
//! leaf hashes: functions here take the *hash* of a leaf. [`leaf_hash`] makes it from content; lists of things that are
//! hashes already (headers) take those as they are.
//!
//! | to show | with | hashes |
//! |---|---|---|
//! | one entry | [`check`] of a [`ListProof`] | at most ⌈log2 n⌉ |
//! | entries a to b, that there are none after, or all | [`check_range`] of a [`ListProof`] | at most 2·⌈log2 n⌉; none for all |
//! | that an older list is the beginning of a newer | [`check_consistency`] of a [`ConsistencyProof`] | at most ⌈log2 n⌉ + 1 |
//!
//! It never says that a head is the right one: that is the state's or the header's to show. Rules: design D5, D9; why this
//! shape, docs/decisions/0011.

mod consistency;
mod proof;

pub use consistency::{ConsistencyError, ConsistencyProof, check_consistency};
pub use proof::{ListError, ListProof, check, check_range, middle};

use crate::hash::{Context, Hash};
use alloc::vec::Vec;
use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};

/// A list in one line: its length and root. Whoever knows it can tell whether a list is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// How many leaves the list has.
    pub len: u64,
    /// The root, which commits the length as well.
    pub root: Hash,
}

impl Head {
    /// The head of the list of exactly these leaf hashes, in order. Comparing it checks a whole list.
    pub fn of<'a>(leaves: impl IntoIterator<Item = &'a Hash>) -> Head {
        let mut frontier = Frontier::default();
        leaves.into_iter().for_each(|leaf| frontier.append(leaf));
        frontier.head()
    }
}

/// The head of the empty list.
impl Default for Head {
    fn default() -> Self {
        Frontier::default().head()
    }
}

/// The hash of a leaf, from its content.
pub fn leaf_hash(content: &[u8]) -> Hash {
    Context::ListLeaf.hash(content)
}

/// The hash of the node above two.
pub fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    Context::ListInner.hash_pair(left, right)
}

/// All that appending needs to know of a list: its length and its peaks, at most 63.
///
/// Encoded as the length and then the peaks, whose number the length gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    len: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The length from which on no list is read: far beyond any that can be made, it keeps counting free of overflow.
    pub const LEN_LIMIT: u64 = 1 << 63;
    /// The longest encoding.
    pub const MAX_BYTES: usize = 8 + 63 * 32;

    /// How many leaves the list has.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the list has no leaf.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a leaf, by its hash, at the end.
    pub fn append(&mut self, leaf: &Hash) {
        self.append_telling(leaf, |_, _, _| ());
    }

    /// Adds a leaf, and tells of every perfect tree that it completes, the lowest first: its level (0 is the leaf's), its
    /// place among those of its level, counted from 0, and its hash.
    pub fn append_telling(&mut self, leaf: &Hash, mut complete: impl FnMut(u32, u64, &Hash)) {
        let place = self.len;
        complete(0, place, leaf);
        let merged = (1..=place.trailing_ones()).fold(*leaf, |node, level| {
            let left = self.peaks.pop().expect("there is a peak for every one-bit of the length");
            let above = inner_hash(&left, &node);
            complete(level, place.checked_shr(level).unwrap_or(0), &above);
            above
        });
        self.peaks.push(merged);
        self.len = place.checked_add(1).expect("a list starts below 2^63 leaves, and 2^63 more cannot be appended");
    }

    /// The length and the root.
    pub fn head(&self) -> Head {
        Head { len: self.len, root: root_of(self.len, bag(&self.peaks).as_ref()) }
    }
}

/// The node over neighbouring peaks of one list, the highest first: each holds all that is right of it.
fn bag(peaks: &[Hash]) -> Option<Hash> {
    peaks.iter().rev().copied().reduce(|right, left| inner_hash(&left, &right))
}

/// The root of a list of so many leaves, of which this is the topmost node; an empty list has none.
fn root_of(len: u64, node: Option<&Hash>) -> Hash {
    let mut hasher = Context::ListRoot.hasher();
    hasher.update(&len.to_le_bytes());
    node.into_iter().for_each(|node| hasher.update(&node.0));
    hasher.finish()
}

impl BorshSerialize for Frontier {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.len.serialize(writer)?;
        self.peaks.iter().try_for_each(|peak| peak.serialize(writer))
    }
}

impl BorshDeserialize for Frontier {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let len = u64::deserialize_reader(reader)?;
        if len >= Self::LEN_LIMIT {
            return Err(Error::new(ErrorKind::InvalidData, "a list has fewer than 2^63 leaves"));
        }
        let peaks = (0..len.count_ones()).map(|_| Hash::deserialize_reader(reader));
        Ok(Frontier { len, peaks: peaks.collect::<IoResult<_>>()? })
    }
}
