//! One proof for several keys: the part of the tree in which the searches for them run.

use super::arena::{Link, Nodes, Target};
use bulla_verify::tree::{End, Fork, MultiProof, Path, StateKey, Step, Way};
use std::collections::BTreeSet;

/// The proof for these keys in the tree below `top`; none for no key, or for too many.
pub(super) fn prove(nodes: &Nodes, top: Option<Link>, keys: &BTreeSet<StateKey>) -> Option<MultiProof> {
    if keys.is_empty() || keys.len() > MultiProof::MAX_KEYS {
        return None;
    }
    let Some(top) = top else { return Some(MultiProof::Empty) };
    Some(MultiProof::Way(way(nodes, top, keys.iter().copied().collect())))
}

/// The way of these keys from `link` down.
fn way(nodes: &Nodes, mut link: Link, keys: Vec<StateKey>) -> Way {
    let mut steps = Vec::new();
    let end = loop {
        match link.target() {
            Target::Leaf(slot) => {
                let leaf = nodes.leaf(slot);
                break if keys.contains(&leaf.key) { End::Own } else { End::Neighbour(leaf) };
            }
            Target::Inner(slot) => {
                let fork = nodes.fork(slot);
                let (right, left): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.bit(fork.bit));
                if !left.is_empty() && !right.is_empty() {
                    let (left, right) = (way(nodes, fork.left, left), way(nodes, fork.right, right));
                    break End::Fork(Box::new(Fork { bit: fork.bit, left, right }));
                }
                let is_right = left.is_empty();
                steps.push(Step { bit: fork.bit, sibling: nodes.side(slot, !is_right) });
                link = if is_right { fork.right } else { fork.left };
            }
        }
    };
    let path = Path::new(steps).expect("bits ascend on the way down");
    Way::new(path, end).expect("bits ascend on the way down")
}
