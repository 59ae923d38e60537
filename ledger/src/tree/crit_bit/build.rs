//! A tree from its sorted leaves, in one pass, holding no more than the tree's right edge beside it.

use super::super::NotAscending;
use super::arena::{Arena, Fork, Ground, Link, join};
use bulla_verify::hash::Hash;
use bulla_verify::tree::{Leaf, StateKey, inner_hash};

/// The top of a tree of leaves in ascending order, in an arena that is empty, with its hash, and how many leaves there are;
/// no top if there are none.
pub(super) fn build(
    arena: &Arena,
    leaves: impl Iterator<Item = (StateKey, Hash)>,
) -> Result<(Option<Subtree>, u64), NotAscending> {
    let mut ground = arena.lock();
    let (mut edge, mut last, mut len) = (Edge::default(), None::<(StateKey, Subtree)>, 0u64);
    for (key, value_hash) in leaves {
        if let Some((before, subtree)) = last.take() {
            let parting = before.first_difference(&key).filter(|_| before < key).ok_or(NotAscending { key })?;
            edge.close(&mut ground, subtree, parting);
        }
        last = Some((key, Subtree::leaf(&mut ground, &Leaf { key, value_hash })));
        len = len.saturating_add(1);
    }
    Ok((last.map(|(_, subtree)| edge.finish(&mut ground, subtree)), len))
}

/// A finished part of the tree.
pub(super) struct Subtree {
    pub(super) link: Link,
    pub(super) hash: Hash,
}

impl Subtree {
    fn leaf(ground: &mut Ground, leaf: &Leaf) -> Subtree {
        let slot = ground.take_leaves(1).pop().expect(TAKEN);
        ground.nodes().put_leaf(slot, leaf);
        Subtree { link: Link::leaf(slot), hash: leaf.hash() }
    }

    fn inner(ground: &mut Ground, bit: u8, left: Subtree, right: Subtree) -> Subtree {
        let slot = ground.take_inners(1).pop().expect(TAKEN);
        let fork = Fork { bit, left: left.link, right: right.link };
        ground.nodes().put_inner(slot, fork, &join(&left.hash.0, &right.hash.0));
        Subtree { link: Link::inner(slot), hash: inner_hash(bit, &left.hash, &right.hash) }
    }
}

const TAKEN: &str = "one was asked for";

/// The inner nodes whose right side is still growing, from the root down: each with its bit and its finished left side.
#[derive(Default)]
struct Edge(Vec<(u8, Subtree)>);

impl Edge {
    /// The next key parts from the last one at `bit`: everything below that bit is finished and becomes its left side.
    fn close(&mut self, ground: &mut Ground, mut subtree: Subtree, bit: u8) {
        while let Some((deeper, left)) = self.0.pop_if(|(open, _)| *open > bit) {
            subtree = Subtree::inner(ground, deeper, left, subtree);
        }
        self.0.push((bit, subtree));
    }

    fn finish(self, ground: &mut Ground, subtree: Subtree) -> Subtree {
        self.0.into_iter().rfold(subtree, |right, (bit, left)| Subtree::inner(ground, bit, left, right))
    }
}
