//! Append-only lists: that a leaf stands at a place of a list, and that a list is whole.
//!
//! A list is a Merkle mountain range: as many perfect binary trees ("peaks") as its length has one-bits, the highest first.
//!
//! ```text
//! length 7 = 0b111        peak        peak   peak         root = ListRoot(7 as u64 LE ‖ peak ‖ peak ‖ peak)
//!                       ┌──┴──┐      ┌─┴─┐    │           node = ListInner(left ‖ right)
//!                     ┌─┴┐  ┌─┴┐     │   │    │
//!              leaf   0  1  2  3     4   5    6
//! ```
//!
//! Appending touches the peaks alone, so it costs the same however long the list is. The length is part of the root and
//! fixes the shape, so a proof carries hashes and no directions, and exactly one proof is valid for one place. For the
//! same reason an inner node can never pass for a leaf, whatever made the leaf hashes: functions here take the *hash* of
//! a leaf. [`leaf_hash`] makes it from content; lists of things that are hashes already (headers) take those as they are.
//!
//! It never says that a head is the right one: that is the state's or the header's to show. Rules: design D5, D9.

use crate::canonical::{self, DecodeError};
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
        let merged = (0..self.len.trailing_ones()).fold(*leaf, |node, _| {
            let left = self.peaks.pop().expect("there is a peak for every one-bit of the length");
            inner_hash(&left, &node)
        });
        self.peaks.push(merged);
        self.len = self.len.checked_add(1).expect("a list starts below 2^63 leaves, and 2^63 more cannot be appended");
    }

    /// The length and the root.
    pub fn head(&self) -> Head {
        Head { len: self.len, root: root_of(self.len, &self.peaks) }
    }
}

/// What shows that a leaf stands at a place of a list.
///
/// The siblings on the way from the leaf up to its peak, then the other peaks, highest first. Their number follows from
/// the place and the length.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ListProof {
    /// Siblings from the leaf up, then the other peaks from the highest down.
    pub hashes: Vec<Hash>,
}

/// Why a proof does not show that a leaf stands at its place, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The list is not that long. Usual cause: the head of an earlier time.
    #[error("place {index} of a list of {len}, counted from 0")]
    BeyondEnd {
        /// The place asked for, counted from 0.
        index: u64,
        /// The length of the list.
        len: u64,
    },
    /// Not as many hashes as this place has. Usual cause: the proof of another length.
    #[error("the proof has {found} hashes, and {expected} lead to that place")]
    Shape {
        /// How many hashes there are.
        found: usize,
        /// How many lead from that place to the root.
        expected: usize,
    },
    /// The proof leads to another root. Usual cause: another leaf, another place, or edited bytes.
    #[error("the proof leads to another root")]
    OtherRoot,
}

impl ListProof {
    /// The most hashes that a proof can have: 63 siblings and 63 other peaks are never reached together.
    pub const MAX_HASHES: usize = 63 + 63;
    /// The longest encoding that is looked at.
    pub const MAX_BYTES: usize = 4 + Self::MAX_HASHES * 32;

    /// A proof from its bytes. Where a proof is part of a larger thing, that thing's own cap holds instead.
    pub fn decode(bytes: &[u8]) -> Result<ListProof, DecodeError> {
        canonical::decode(bytes, Self::MAX_BYTES)
    }
}

/// Checks that the leaf with this hash stands at `index`, counted from 0, in the list of this head.
pub fn check(head: &Head, index: u64, leaf: &Hash, proof: &ListProof) -> Result<(), ListError> {
    let place = Place::of(index, head.len).ok_or(ListError::BeyondEnd { index, len: head.len })?;
    let found = proof.hashes.len();
    let expected = place.height.saturating_add(place.before).saturating_add(place.after);
    if found != expected {
        return Err(ListError::Shape { found, expected });
    }
    let (siblings, others) = proof.hashes.split_at_checked(place.height).expect("the proof has these and the peaks");
    let (before, after) = others.split_at_checked(place.before).expect("the proof has both kinds of peaks");
    let mut turns = index;
    let peak = siblings.iter().fold(*leaf, |node, sibling| {
        let on_the_right = turns & 1 == 1;
        turns >>= 1;
        if on_the_right { inner_hash(sibling, &node) } else { inner_hash(&node, sibling) }
    });
    let shown = root_of(head.len, before.iter().chain([&peak]).chain(after));
    if shown == head.root { Ok(()) } else { Err(ListError::OtherRoot) }
}

fn root_of<'a>(len: u64, peaks: impl IntoIterator<Item = &'a Hash>) -> Hash {
    let mut hasher = Context::ListRoot.hasher();
    hasher.update(&len.to_le_bytes());
    peaks.into_iter().for_each(|peak| hasher.update(&peak.0));
    hasher.finish()
}

/// Where a leaf stands among the peaks.
struct Place {
    /// The height of its peak: as many siblings lead there.
    height: usize,
    /// How many peaks are higher.
    before: usize,
    /// How many peaks are lower.
    after: usize,
}

impl Place {
    /// `index` and `len` agree above the leaf's own peak; there, `len` has a one and `index` a zero.
    fn of(index: u64, len: u64) -> Option<Place> {
        if index >= len {
            return None;
        }
        let height = (index ^ len).checked_ilog2()?;
        let peak = 1u64.checked_shl(height)?;
        let lower = peak.wrapping_sub(1);
        let count = |bits: u64| usize::try_from(bits.count_ones()).ok();
        Some(Place {
            height: usize::try_from(height).ok()?,
            before: count(len & !(peak | lower))?,
            after: count(len & lower)?,
        })
    }
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
