//! A tree from its sorted leaves, in one pass, holding no more than the tree's right edge beside it.

use super::{Link, NotAscending};
use bulla_verify::hash::Hash;
use bulla_verify::tree::StateKey;

/// The tree of leaves in ascending order; nothing if there are none.
pub(super) fn build(leaves: impl Iterator<Item = (StateKey, Hash)>) -> Result<Option<Link>, NotAscending> {
    let mut edge = Edge::default();
    let mut last: Option<(StateKey, Link)> = None;
    for (key, value_hash) in leaves {
        if let Some((before, subtree)) = last.take() {
            let parting = before.first_difference(&key).filter(|_| before < key).ok_or(NotAscending { key })?;
            edge.close(subtree, parting);
        }
        last = Some((key, Link::leaf(key, value_hash)));
    }
    Ok(last.map(|(_, subtree)| edge.finish(subtree)))
}

/// The inner nodes whose right side is still growing, from the root down: each with its bit and its finished left side.
#[derive(Default)]
struct Edge(Vec<(u8, Link)>);

impl Edge {
    /// The next key parts from the last one at `bit`: everything below that bit is finished and becomes its left side.
    fn close(&mut self, mut subtree: Link, bit: u8) {
        while let Some((deeper, left)) = self.0.pop_if(|(open, _)| *open > bit) {
            subtree = Link::inner(deeper, left, subtree);
        }
        self.0.push((bit, subtree));
    }

    fn finish(self, subtree: Link) -> Link {
        self.0.into_iter().rfold(subtree, |right, (bit, left)| Link::inner(bit, left, right))
    }
}
