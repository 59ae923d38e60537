//! Proofs over append-only lists, made from their stored leaf hashes: the other side of `bulla_verify::list`.
//!
//! It hashes the whole list for each proof: right for lists of records and blocks, which are short, and to be replaced by
//! stored nodes where a list grows long.

use bulla_verify::hash::Hash;
use bulla_verify::list::{ListProof, inner_hash};

/// The proof that the leaf at `index`, counted from 0, stands in the list of these leaf hashes; none beyond its end.
pub fn prove(leaves: &[Hash], index: usize) -> Option<ListProof> {
    leaves.get(index)?;
    let (mut hashes, mut others) = (Vec::new(), Vec::new());
    let (mut rest, mut place) = (leaves, Some(index));
    while let Some((peak, after)) = split_peak(rest) {
        match place {
            Some(at) if at < peak.len() => {
                siblings(peak, at, &mut hashes);
                place = None;
            }
            _ => {
                others.push(node(peak));
                place = place.and_then(|at| at.checked_sub(peak.len()));
            }
        }
        rest = after;
    }
    hashes.extend(others);
    Some(ListProof { hashes })
}

/// The leaves of the highest peak, and the others.
fn split_peak(leaves: &[Hash]) -> Option<(&[Hash], &[Hash])> {
    let size = 1usize.checked_shl(leaves.len().checked_ilog2()?)?;
    leaves.split_at_checked(size)
}

/// Adds the siblings of a leaf of a perfect tree, from the leaf up.
fn siblings(leaves: &[Hash], at: usize, found: &mut Vec<Hash>) {
    let (left, right) = leaves.split_at(leaves.len() / 2);
    if left.is_empty() {
        return;
    }
    match at.checked_sub(left.len()) {
        None => {
            siblings(left, at, found);
            found.push(node(right));
        }
        Some(at) => {
            siblings(right, at, found);
            found.push(node(left));
        }
    }
}

/// The hash of a perfect tree of at least one leaf.
fn node(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            inner_hash(&node(left), &node(right))
        }
    }
}
