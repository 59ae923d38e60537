//! Proofs over append-only lists: the other side of `bulla_verify::list`.
//!
//! A proof needs the hashes of a few large trees of leaves. Which of them are kept beside the leaves, and which are hashed
//! anew for each proof, is decided here, for the lists of records and of headers; the leaves of a block stand in one row,
//! and are hashed whole.
//!
//! # Which nodes are kept
//!
//! Every perfect tree of 16, 256, 4,096 … leaves: each fourth level, once it is complete. It never changes after that, so
//! proofs for every earlier length come from the same rows. Between kept levels at most 8 rows give a node.
//!
//! | kept: every … level | rows written per entry | bytes, at 75 a row | rows read for a place, n = 10^6; n = 2^20 − 1 |
//! |---|---|---|---|
//! | first | 1 | 75 | 24; 37 |
//! | second | 1/3 | 25 | 35; 55 |
//! | **fourth** | 1/15 | 5 | 84; 133 |
//! | eighth | 1/255 | 0.3 | 650; 1,018 |
//!
//! An entry has about 300 bytes, so the fourth costs 2 % in writing, and a list of fewer than 16 entries, which nearly every
//! licence has, keeps nothing at all. Keeping all levels would cost 25 % in writing, and keeping the eighth alone would make
//! proofs eight times as dear, since most of what they read then is whole entries or headers.
//!
//! Appending touches the frontier and, after each sixteenth entry, one more row; after each 256th two.

use bulla_verify::hash::Hash;
use bulla_verify::list::{ConsistencyProof, Frontier, ListProof, inner_hash, middle};
use core::ops::Range;

/// Of how many levels one is kept.
pub const KEPT_EVERY: u32 = 4;

/// The hashes of a list of which proofs are made.
pub trait Nodes {
    /// Why there is no hash where there must be one.
    type Fault;

    /// The hash over 2^`level` leaves, of which `place` times as many stand before them. Asked for levels that are kept,
    /// and for level 0, the leaves; only within the list.
    fn node(&self, level: u32, place: u64) -> Result<Hash, Self::Fault>;
}

/// The proof of what stands at places of the list of the first `len` leaves; none if there is no place, or one beyond them.
pub fn prove<N: Nodes + ?Sized>(nodes: &N, len: u64, shown: Range<u64>) -> Result<Option<ListProof>, N::Fault> {
    if shown.is_empty() || shown.end > len {
        return Ok(None);
    }
    let mut hashes = Vec::new();
    beside(nodes, 0..len, &shown, &mut hashes)?;
    Ok(Some(ListProof { hashes }))
}

/// The proof that the list of the first `older` leaves is the beginning of that of the first `newer`; none if it is longer.
pub fn prove_consistency<N: Nodes + ?Sized>(
    nodes: &N,
    older: u64,
    newer: u64,
) -> Result<Option<ConsistencyProof>, N::Fault> {
    if older > newer {
        return Ok(None);
    }
    let mut hashes = Vec::new();
    if older != 0 && older != newer {
        beside(nodes, 0..newer, &(older..older), &mut hashes)?;
    }
    Ok(Some(ConsistencyProof { hashes }))
}

/// The proof of what stands at places of the list of these leaf hashes; none if there is no place, or one beyond them.
pub fn prove_in(leaves: &[Hash], shown: Range<u64>) -> Option<ListProof> {
    let len = u64::try_from(leaves.len()).ok()?;
    prove(leaves, len, shown).ok()?
}

/// Adds a leaf to a list, and tells of each node that is to be kept from now on: its level, its place and its hash.
pub fn append(frontier: &mut Frontier, leaf: &Hash, mut keep: impl FnMut(u32, u64, &Hash)) {
    frontier.append_telling(leaf, |level, place, hash| {
        if level > 0 && level.is_multiple_of(KEPT_EVERY) {
            keep(level, place, hash);
        }
    });
}

/// Adds the largest trees beside the shown places, from left to right; where none is shown, those on either side of there.
fn beside<N: Nodes + ?Sized>(
    nodes: &N,
    places: Range<u64>,
    shown: &Range<u64>,
    found: &mut Vec<Hash>,
) -> Result<(), N::Fault> {
    if places.end <= shown.start || places.start >= shown.end {
        found.push(tree(nodes, places)?);
    } else if let Some(middle) = middle(&places) {
        beside(nodes, places.start..middle, shown, found)?;
        beside(nodes, middle..places.end, shown, found)?;
    }
    Ok(())
}

/// The hash over these places, which are those of a node.
fn tree<N: Nodes + ?Sized>(nodes: &N, places: Range<u64>) -> Result<Hash, N::Fault> {
    let size = places.end.saturating_sub(places.start);
    let level = size.trailing_zeros();
    match middle(&places) {
        Some(middle) if !size.is_power_of_two() || !level.is_multiple_of(KEPT_EVERY) => {
            Ok(inner_hash(&tree(nodes, places.start..middle)?, &tree(nodes, middle..places.end)?))
        }
        _ => nodes.node(level, places.start.checked_shr(level).unwrap_or(0)),
    }
}

/// There is no such node in the leaves at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list has no such node")]
pub struct Beyond;

/// Leaves at hand, all other nodes being hashed from them.
impl Nodes for [Hash] {
    type Fault = Beyond;

    fn node(&self, level: u32, place: u64) -> Result<Hash, Beyond> {
        let whole = |place: u64| usize::try_from(place.checked_shl(level)?).ok();
        let (start, end) = (whole(place), place.checked_add(1).and_then(whole));
        let leaves = start.zip(end).and_then(|(start, end)| self.get(start..end)).ok_or(Beyond)?;
        let mut level = leaves.to_vec();
        while level.len() > 1 {
            level = level.as_chunks().0.iter().map(|[left, right]| inner_hash(left, right)).collect();
        }
        level.first().copied().ok_or(Beyond)
    }
}

#[cfg(test)]
mod tests;
