//! The first state tree: shared nodes in memory, copied where they change.
//!
//! Recursion, in changing and in dropping, goes at most one frame deeper with each bit of a key: 256 levels.

mod build;

use super::{NotAscending, StateTree};
use build::build;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{self, Leaf, Path, StateKey, StateProof, Step};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One version of the state, as keys and value hashes.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    root: Option<Link>,
    len: u64,
}

/// What leads to a node: its hash, and the node.
#[derive(Clone, Debug)]
struct Link {
    hash: Hash,
    node: Node,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Arc<Leaf>),
    Inner(Arc<Inner>),
}

#[derive(Debug)]
struct Inner {
    bit: u8,
    left: Link,
    right: Link,
}

/// A change that makes a difference.
struct Change {
    key: StateKey,
    value_hash: Option<Hash>,
    /// Where the key parts from the leaf at which its search ends; none if the key is in the tree.
    parts_at: Option<u8>,
}

impl StateTree for Tree {
    fn from_leaves(leaves: impl IntoIterator<Item = (StateKey, Hash)>) -> Result<Self, NotAscending> {
        let mut len = 0u64;
        let counted = leaves.into_iter().inspect(|_| len = len.saturating_add(1));
        let root = build(counted)?;
        Ok(Tree { root, len })
    }

    fn apply(&self, changes: &BTreeMap<StateKey, Option<Hash>>) -> Self {
        let changes: Vec<Change> = changes.iter().filter_map(|(key, value)| self.difference(key, *value)).collect();
        let inserted = changes.iter().filter(|change| change.parts_at.is_some() || self.root.is_none()).count();
        let deleted = changes.iter().filter(|change| change.value_hash.is_none()).count();
        let count = |keys| u64::try_from(keys).expect("a count of keys in memory fits 64 bits");
        Tree {
            root: match &self.root {
                Some(root) => merge(root, &changes),
                None => build_new(&changes),
            },
            len: self.len.saturating_add(count(inserted)).saturating_sub(count(deleted)),
        }
    }

    fn root(&self) -> Hash {
        self.root.as_ref().map_or_else(tree::empty_root, |root| root.hash)
    }

    fn len(&self) -> u64 {
        self.len
    }

    fn value_hash(&self, key: &StateKey) -> Option<Hash> {
        self.search(key).filter(|leaf| leaf.key == *key).map(|leaf| leaf.value_hash)
    }

    fn prove(&self, key: &StateKey) -> StateProof {
        let mut steps = Vec::with_capacity(32);
        let leaf = self.walk(key, |inner, sibling| steps.push(Step { bit: inner.bit, sibling: sibling.hash }));
        let path = Path::new(steps).expect("bits ascend on the way down");
        match leaf {
            None => StateProof::Empty,
            Some(leaf) if leaf.key == *key => StateProof::Present { path },
            Some(leaf) => StateProof::Absent { neighbour: *leaf, path },
        }
    }
}

impl Tree {
    /// The leaf at which the search for a key ends: its own, or another that agrees with it on every bit of the way.
    fn search(&self, key: &StateKey) -> Option<&Leaf> {
        self.walk(key, |_, _| ())
    }

    fn walk(&self, key: &StateKey, mut visit: impl FnMut(&Inner, &Link)) -> Option<&Leaf> {
        let mut link = self.root.as_ref()?;
        loop {
            match &link.node {
                Node::Leaf(leaf) => return Some(leaf),
                Node::Inner(inner) => {
                    let (taken, sibling) = inner.sides(key);
                    visit(inner, sibling);
                    link = taken;
                }
            }
        }
    }

    /// What of a requested change makes a difference to this tree.
    fn difference(&self, key: &StateKey, value_hash: Option<Hash>) -> Option<Change> {
        let nearest = self.search(key);
        let current = nearest.filter(|leaf| leaf.key == *key).map(|leaf| leaf.value_hash);
        let parts_at = nearest.and_then(|leaf| leaf.key.first_difference(key));
        (current != value_hash).then_some(Change { key: *key, value_hash, parts_at })
    }
}

impl Inner {
    /// The side that a search for `key` takes, and the other.
    fn sides(&self, key: &StateKey) -> (&Link, &Link) {
        if key.bit(self.bit) { (&self.right, &self.left) } else { (&self.left, &self.right) }
    }
}

impl Link {
    fn leaf(key: StateKey, value_hash: Hash) -> Link {
        let leaf = Leaf { key, value_hash };
        Link { hash: leaf.hash(), node: Node::Leaf(Arc::new(leaf)) }
    }

    fn inner(bit: u8, left: Link, right: Link) -> Link {
        let hash = tree::inner_hash(bit, &left.hash, &right.hash);
        Link { hash, node: Node::Inner(Arc::new(Inner { bit, left, right })) }
    }
}

/// The subtree at `link` after the changes that belong to it, sorted by key; nothing if no leaf is left.
fn merge(link: &Link, changes: &[Change]) -> Option<Link> {
    if changes.is_empty() {
        return Some(link.clone());
    }
    let parting = changes.iter().filter(|change| change.parts_at.is_some()).min_by_key(|change| change.parts_at);
    let parting = parting.and_then(|change| Some((change.parts_at?, change.key)));
    match (&link.node, parting) {
        (Node::Inner(inner), None) => merge_sides(inner, changes),
        (Node::Inner(inner), Some((bit, _))) if bit > inner.bit => merge_sides(inner, changes),
        (Node::Inner(_) | Node::Leaf(_), Some((bit, new))) => {
            let (left, right) = split(changes, bit);
            match new.bit(bit) {
                false => join(bit, build_new(left), merge(link, right)),
                true => join(bit, merge(link, left), build_new(right)),
            }
        }
        (Node::Leaf(_), None) => {
            let change = changes.first().filter(|_| changes.len() == 1);
            let change = change.expect("of the keys that end at a leaf, one alone does not part from it");
            change.value_hash.map(|value_hash| Link::leaf(change.key, value_hash))
        }
    }
}

fn merge_sides(inner: &Inner, changes: &[Change]) -> Option<Link> {
    let (left, right) = split(changes, inner.bit);
    join(inner.bit, merge(&inner.left, left), merge(&inner.right, right))
}

/// Sorted changes that agree before a bit, as those with a 0 there and those with a 1.
fn split(changes: &[Change], bit: u8) -> (&[Change], &[Change]) {
    changes.split_at(changes.partition_point(|change| !change.key.bit(bit)))
}

fn join(bit: u8, left: Option<Link>, right: Option<Link>) -> Option<Link> {
    match (left, right) {
        (Some(left), Some(right)) => Some(Link::inner(bit, left, right)),
        (one, other) => one.or(other),
    }
}

/// The subtree of keys that are all new.
fn build_new(changes: &[Change]) -> Option<Link> {
    let leaves = changes.iter().filter_map(|change| Some((change.key, change.value_hash?)));
    build(leaves).expect("changes come sorted out of a map")
}
