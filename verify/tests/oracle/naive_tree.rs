//! The state tree by its definition, slowly and with nothing shared with the code under test but the shapes of proofs.

use bulla_verify::hash::Hash;
use bulla_verify::tree::{Leaf, Path, StateKey, StateProof, Step};
use std::collections::BTreeMap;

/// The records of a state, each by its key and value hash.
pub(crate) type Records = BTreeMap<StateKey, Hash>;

type Sorted<'a> = &'a [(StateKey, Hash)];

/// The root over records.
#[allow(dead_code, reason = "not every test that includes the oracle asks for it")]
pub(crate) fn root(records: &Records) -> Hash {
    if records.is_empty() { derive("bulla v1 state empty", &[]) } else { node(&sorted(records)) }
}

/// The one proof that is valid for a key.
pub(crate) fn prove(records: &Records, key: &StateKey) -> StateProof {
    let sorted = sorted(records);
    let (mut rest, mut steps) = (&sorted[..], Vec::new());
    while let Some((bit, left, right)) = halves(rest) {
        let (taken, other) = if bit_of(key, bit) { (right, left) } else { (left, right) };
        steps.push(Step { bit, sibling: node(other) });
        rest = taken;
    }
    let path = Path::new(steps).expect("every half shares one more bit");
    match rest.first() {
        None => StateProof::Empty,
        Some((found, _)) if found == key => StateProof::Present { path },
        Some((found, value_hash)) => {
            StateProof::Absent { neighbour: Leaf { key: *found, value_hash: *value_hash }, path }
        }
    }
}

/// The hash of every node, for forgers.
#[allow(dead_code, reason = "not every test that includes the oracle forges")]
pub(crate) fn nodes(records: &Records) -> Vec<Hash> {
    fn below(leaves: Sorted) -> Vec<Hash> {
        let sides = halves(leaves).map(|(_, left, right)| [below(left), below(right)].concat());
        [vec![node(leaves)], sides.unwrap_or_default()].concat()
    }
    below(&sorted(records))
}

fn sorted(records: &Records) -> Vec<(StateKey, Hash)> {
    records.iter().map(|(key, value)| (*key, *value)).collect()
}

fn node(leaves: Sorted) -> Hash {
    match halves(leaves) {
        None => derive("bulla v1 state leaf", &[leaves[0].0.0, leaves[0].1.0].concat()),
        Some((bit, left, right)) => {
            let mut key = blake3::derive_key("bulla v1 state inner", &[]);
            key[31] ^= bit;
            Hash(blake3::keyed_hash(&key, &[node(left).0, node(right).0].concat()).into())
        }
    }
}

/// Where the smallest and the largest key part, with the leaves that have a 0 there and those that have a 1.
fn halves(leaves: Sorted) -> Option<(u8, Sorted, Sorted)> {
    let ((first, _), (last, _)) = (leaves.first()?, leaves.last()?);
    let bit = (0..=255).find(|bit| bit_of(first, *bit) != bit_of(last, *bit))?;
    let (left, right) = leaves.split_at(leaves.iter().filter(|(key, _)| !bit_of(key, bit)).count());
    Some((bit, left, right))
}

fn bit_of(key: &StateKey, bit: u8) -> bool {
    key.0[usize::from(bit / 8)] >> (7 - bit % 8) & 1 == 1
}

fn derive(context: &str, bytes: &[u8]) -> Hash {
    Hash(blake3::derive_key(context, bytes))
}
