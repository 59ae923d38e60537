//! That a list has only grown: the older list is the beginning of the newer.
//!
//! A proof is the hashes of the largest trees on either side of the older list's end, from left to right. Those left of it
//! are the older list's peaks, so they give its root; all of them together give the newer's.

use super::proof::{hashes_beside, node_of};
use super::{Head, bag, root_of};
use crate::canonical::{self, DecodeError};
use crate::hash::Hash;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::iter;

/// What shows that an older list is the beginning of a newer.
///
/// It has no hash where the heads alone say it: where the older list is empty, or as long as the newer.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsistencyProof {
    /// The older list's peaks, the highest first, and then the largest trees of what came after, from left to right.
    pub hashes: Vec<Hash>,
}

/// Why a proof does not show that a list has only grown, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// Usual cause: the heads in the wrong order.
    #[error("the older list has {older} entries, the newer {newer}")]
    Shorter {
        /// The length of the older list.
        older: u64,
        /// The length of the newer.
        newer: u64,
    },
    /// Not as many hashes as these lengths have. Usual cause: the proof of other lengths.
    #[error("the proof has {found} hashes, and {expected} lead from {older} entries to {newer}")]
    Shape {
        /// How many hashes there are.
        found: usize,
        /// How many there must be.
        expected: usize,
        /// The length of the older list.
        older: u64,
        /// The length of the newer.
        newer: u64,
    },
    /// The proof leads to another older list. Usual cause: edited bytes, or another list.
    #[error("the proof leads to another root of the older list")]
    OtherOlder,
    /// The proof leads to another newer list. Usual cause: an entry was changed or taken out, which must not happen.
    #[error("the proof leads to another root of the newer list")]
    OtherNewer,
}

impl ConsistencyProof {
    /// The most hashes that a proof can have: the older list's lowest peak, and one beside each node on its way up.
    pub const MAX_HASHES: usize = 1 + 64;
    /// The longest encoding that is looked at.
    pub const MAX_BYTES: usize = 4 + Self::MAX_HASHES * 32;

    /// A proof from its bytes. Where a proof is part of a larger thing, that thing's own cap holds instead.
    pub fn decode(bytes: &[u8]) -> Result<ConsistencyProof, DecodeError> {
        canonical::decode(bytes, Self::MAX_BYTES)
    }
}

/// Checks that the list of the newer head begins with the list of the older.
pub fn check_consistency(older: &Head, newer: &Head, proof: &ConsistencyProof) -> Result<(), ConsistencyError> {
    let (end, len) = (older.len, newer.len);
    if end > len {
        return Err(ConsistencyError::Shorter { older: end, newer: len });
    }
    let is_said_by_heads = end == 0 || end == len;
    let (found, expected) = (proof.hashes.len(), if is_said_by_heads { 0 } else { hashes_beside(&(end..end), len) });
    if found != expected {
        return Err(ConsistencyError::Shape { found, expected, older: end, newer: len });
    }
    if end == 0 {
        return if *older == Head::default() { Ok(()) } else { Err(ConsistencyError::OtherOlder) };
    }
    if end == len {
        return if older.root == newer.root { Ok(()) } else { Err(ConsistencyError::OtherNewer) };
    }
    let peaks = usize::try_from(end.count_ones()).ok().and_then(|count| proof.hashes.get(..count));
    if peaks.and_then(bag).is_none_or(|node| root_of(end, Some(&node)) != older.root) {
        return Err(ConsistencyError::OtherOlder);
    }
    let node = node_of(len, end..end, iter::empty(), &proof.hashes);
    if node.is_none_or(|node| root_of(len, Some(&node)) != newer.root) {
        return Err(ConsistencyError::OtherNewer);
    }
    Ok(())
}
