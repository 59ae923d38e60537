//! Append-only lists by their definition, slowly and with nothing shared with the code under test.

use bulla_verify::hash::Hash;
use bulla_verify::list::{Head, ListProof};

/// The head of a list of leaf hashes.
pub(crate) fn head(leaves: &[Hash]) -> Head {
    let len = u64::try_from(leaves.len()).expect("small");
    let peaks = peaks(leaves).into_iter().flat_map(|peak| node(peak).0);
    let root = derive("bulla v1 list root", &len.to_le_bytes().into_iter().chain(peaks).collect::<Vec<u8>>());
    Head { len, root }
}

/// The one proof that is valid for a place.
pub(crate) fn prove(leaves: &[Hash], index: usize) -> ListProof {
    let (mut siblings, mut others, mut start) = (Vec::new(), Vec::new(), 0);
    for peak in peaks(leaves) {
        match index.checked_sub(start).filter(|at| *at < peak.len()) {
            Some(at) => siblings = path(peak, at),
            None => others.push(node(peak)),
        }
        start += peak.len();
    }
    siblings.extend(others);
    ListProof { hashes: siblings }
}

/// The largest power of two of leaves first, then the same of the rest.
fn peaks(leaves: &[Hash]) -> Vec<&[Hash]> {
    if leaves.is_empty() {
        return Vec::new();
    }
    let mut size = 1;
    while size * 2 <= leaves.len() {
        size *= 2;
    }
    let (first, rest) = leaves.split_at(size);
    [vec![first], peaks(rest)].concat()
}

fn node(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            derive("bulla v1 list inner", &[node(left).0, node(right).0].concat())
        }
    }
}

/// Siblings from the leaf up.
fn path(leaves: &[Hash], at: usize) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len() / 2);
    match at.checked_sub(left.len()) {
        None => [path(left, at), vec![node(right)]].concat(),
        Some(at) => [path(right, at), vec![node(left)]].concat(),
    }
}

fn derive(context: &str, bytes: &[u8]) -> Hash {
    Hash(blake3::derive_key(context, bytes))
}
