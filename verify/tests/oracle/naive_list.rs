//! Append-only lists by their definition (RFC 6962, section 2.1), slowly and with nothing shared with the code under test.
#![allow(dead_code, reason = "no test needs all of it")]

use bulla_verify::hash::Hash;
use bulla_verify::list::{ConsistencyProof, Head, ListProof};
use std::ops::Range;

/// The head of a list of leaf hashes.
pub(crate) fn head(leaves: &[Hash]) -> Head {
    let len = u64::try_from(leaves.len()).expect("small");
    let node = if leaves.is_empty() { vec![] } else { tree(leaves).0.to_vec() };
    Head { len, root: derive("bulla v1 list root", &[&len.to_le_bytes()[..], &node].concat()) }
}

/// The one proof that is valid for a place.
pub(crate) fn prove(leaves: &[Hash], index: usize) -> ListProof {
    prove_range(leaves, index..index + 1)
}

/// The one proof that is valid for places.
pub(crate) fn prove_range(leaves: &[Hash], shown: Range<usize>) -> ListProof {
    ListProof { hashes: beside(leaves, 0, &shown) }
}

/// The one proof that a list of so many of these leaves is their beginning.
pub(crate) fn prove_consistency(leaves: &[Hash], older: usize) -> ConsistencyProof {
    let said_by_heads = older == 0 || older == leaves.len();
    ConsistencyProof { hashes: if said_by_heads { vec![] } else { beside(leaves, 0, &(older..older)) } }
}

/// MTH of the RFC.
fn tree(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = split(leaves);
            derive("bulla v1 list inner", &[tree(left).0, tree(right).0].concat())
        }
    }
}

/// The largest trees that lie left or right of the places shown, from left to right.
fn beside(leaves: &[Hash], start: usize, shown: &Range<usize>) -> Vec<Hash> {
    if start + leaves.len() <= shown.start || shown.end <= start {
        return vec![tree(leaves)];
    }
    if leaves.len() == 1 {
        return vec![];
    }
    let (left, right) = split(leaves);
    [beside(left, start, shown), beside(right, start + left.len(), shown)].concat()
}

/// To the left the largest power of two that is smaller than their number.
fn split(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}

fn derive(context: &str, bytes: &[u8]) -> Hash {
    Hash(blake3::derive_key(context, bytes))
}
