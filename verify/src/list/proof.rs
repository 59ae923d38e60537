//! That these entries, and no others, stand at places `from` to `from + n` of a list.
//!
//! A proof is the hashes of the largest trees beside the shown places, from left to right. One walk over the tree of the
//! list, from left to right, takes each node from the entries or from the proof; both must then be used up, which their
//! numbers say before anything is hashed.
//!
//! ```text
//! length 7, shown 2 and 3         node            proof: (0 1), (4 5 6)
//!                           ┌──────┴──────┐
//!                          peak        (4 5 6)
//!                      ┌────┴────┐
//!                    (0 1)     ┌─┴─┐
//!                              2   3
//! ```

use super::{Head, inner_hash, root_of};
use crate::canonical::{self, DecodeError};
use crate::hash::Hash;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::ops::Range;
use core::slice;

/// What shows the entries of neighbouring places of a list.
///
/// Which places those are, and of which list, is not in it. The whole list needs no hash at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ListProof {
    /// The largest trees beside the shown places, from left to right. Their number follows from the places and the length.
    pub hashes: Vec<Hash>,
}

/// Why a proof does not show entries at their places, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No entry is shown. That a list has none from its length on, its head says already.
    #[error("no entry is shown")]
    Nothing,
    /// The list is not that long. Usual cause: the head of an earlier time.
    #[error("place {index} of a list of {len}, counted from 0")]
    BeyondEnd {
        /// The last place shown, counted from 0.
        index: u64,
        /// The length of the list.
        len: u64,
    },
    /// Not as many hashes as these places have. Usual cause: the proof of another length.
    #[error("the proof has {found} hashes, and {expected} stand beside those places")]
    Shape {
        /// How many hashes there are.
        found: usize,
        /// How many stand beside the places.
        expected: usize,
    },
    /// The proof leads to another root. Usual cause: another entry, another place, or edited bytes.
    #[error("the proof leads to another root")]
    OtherRoot,
}

impl ListProof {
    /// The most hashes that a proof can have: 63 on each side, where the shown places meet in the middle of 2^64.
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
    check_range(head, index, [*leaf], proof)
}

/// Checks that the leaves with these hashes, in order, are all that stand at the places from `from`, counted from 0, to
/// `from` and their number. If that is the length of the list, then nothing stands after them; from 0 on, it is the whole
/// list.
pub fn check_range<L>(head: &Head, from: u64, leaves: L, proof: &ListProof) -> Result<(), ListError>
where
    L: IntoIterator<Item = Hash, IntoIter: ExactSizeIterator>,
{
    let leaves = leaves.into_iter();
    let more = u64::try_from(leaves.len()).unwrap_or(u64::MAX).checked_sub(1).ok_or(ListError::Nothing)?;
    let last = from.saturating_add(more);
    if last >= head.len {
        return Err(ListError::BeyondEnd { index: last, len: head.len });
    }
    let shown = from..last.saturating_add(1);
    let (found, expected) = (proof.hashes.len(), hashes_beside(&shown, head.len));
    if found != expected {
        return Err(ListError::Shape { found, expected });
    }
    let node = node_of(head.len, shown, leaves, &proof.hashes).ok_or(ListError::OtherRoot)?;
    if root_of(head.len, Some(&node)) == head.root { Ok(()) } else { Err(ListError::OtherRoot) }
}

/// How many largest trees stand beside places of a list of `len` leaves; `shown` ends at 1 at least, and not beyond it.
///
/// Left of its start: one for each one-bit of it, as in a list of that length. Right of its end: on the way from the last
/// place shown up to its peak, one where it turns left; and one for all lower peaks, if there are any. That peak is the one
/// below which the last place and the length first differ.
pub(super) fn hashes_beside(shown: &Range<u64>, len: u64) -> usize {
    let last = shown.end.saturating_sub(1);
    let height = (last ^ len).checked_ilog2().unwrap_or(0);
    let below_peak = 1u64.checked_shl(height).unwrap_or(0).wrapping_sub(1);
    let right = (!last & below_peak).count_ones().saturating_add(u32::from(len & below_peak != 0));
    usize::try_from(shown.start.count_ones().saturating_add(right)).unwrap_or(usize::MAX)
}

/// The topmost node of a list of `len` leaves, at least one, from the leaves at the places shown and the hashes beside them.
/// An empty range parts the list: then all comes from the hashes, none of which stands on both sides of it.
pub(super) fn node_of(
    len: u64,
    shown: Range<u64>,
    leaves: impl Iterator<Item = Hash>,
    beside: &[Hash],
) -> Option<Hash> {
    Walk { shown, leaves, beside: beside.iter() }.node(0..len)
}

struct Walk<'a, L> {
    shown: Range<u64>,
    leaves: L,
    beside: slice::Iter<'a, Hash>,
}

impl<L: Iterator<Item = Hash>> Walk<'_, L> {
    /// The node over these places. Each step down halves them, so it is at most 64 deep.
    fn node(&mut self, places: Range<u64>) -> Option<Hash> {
        if places.end <= self.shown.start || places.start >= self.shown.end {
            return self.beside.next().copied();
        }
        let Some(middle) = middle(&places) else { return self.leaves.next() };
        let left = self.node(places.start..middle)?;
        let right = self.node(middle..places.end)?;
        Some(inner_hash(&left, &right))
    }
}

/// Where the right side of the node over these places begins: all that a prover must know of the shape. None over a leaf.
pub fn middle(places: &Range<u64>) -> Option<u64> {
    let last = places.end.checked_sub(places.start)?.checked_sub(1)?;
    let left = 1u64.checked_shl(last.checked_ilog2()?)?;
    places.start.checked_add(left)
}
