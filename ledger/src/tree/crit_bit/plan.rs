//! What a set of changes means to a tree: which nodes it loses, and which new ones, not yet hashed, it needs.
//!
//! Each changed key is searched first: it is in the tree, or it parts from the leaf at which its search ends at some bit, and
//! so from all of the tree below the place where a node of that bit belongs. Then one walk from the root down carries the
//! sorted changes, splits them at each node by its bit, and puts a new node where keys part.
//!
//! Neither reads a hash, and so both stay within the 8 bytes of each inner node that say where it leads: of the hashes that are
//! kept it is noted where they stand.

use super::arena::{Fork, Link, Nodes, Target};
use bulla_verify::hash::Hash;
use bulla_verify::tree::{Leaf, StateKey};

/// What has to be done for a set of changes.
#[derive(Default)]
pub(super) struct Plan {
    /// What stands at the top afterwards; none if no key is left.
    pub(super) top: Option<Side>,
    /// New leaves, each with a value that its key did not have before.
    pub(super) leaves: Vec<Leaf>,
    /// New inner nodes, each after those below it.
    pub(super) inners: Vec<NewInner>,
    /// The nodes that stand in the tree no more.
    pub(super) replaced: Vec<Link>,
}

/// An inner node to be made.
pub(super) struct NewInner {
    pub(super) bit: u8,
    pub(super) left: Side,
    pub(super) right: Side,
}

/// A subtree on one side of a new node.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// It stays as it is, and its hash stands here.
    Kept(Link, Spot),
    /// The new leaf of this number.
    Leaf(usize),
    /// The new inner node of this number.
    Inner(usize),
}

/// Where the hash of a node stands.
#[derive(Clone, Copy)]
pub(super) enum Spot {
    /// The version itself has it.
    Root,
    /// With the inner node in this slot, which leads to it, for its left or its right side.
    Under {
        /// The slot of the inner node.
        slot: u32,
        /// Which side.
        is_right: bool,
    },
}

/// A change that makes a difference.
struct Change {
    key: StateKey,
    value_hash: Option<Hash>,
    /// Where the key parts from the leaf at which its search ends; none if the key is in the tree.
    parts_at: Option<u8>,
}

impl Plan {
    /// The plan for changes in ascending order of their keys.
    pub(super) fn new(nodes: &Nodes, top: Option<Link>, changes: &[(StateKey, Option<Hash>)]) -> Plan {
        let mut plan = Plan::default();
        let changes = differences(nodes, top, changes);
        plan.top = match top {
            Some(top) => plan.merge(nodes, top, Spot::Root, &changes),
            None => plan.plant(&changes),
        };
        plan
    }

    /// The subtree at `link` after the changes that belong to it; none if no leaf is left.
    fn merge(&mut self, nodes: &Nodes, link: Link, spot: Spot, changes: &[Change]) -> Option<Side> {
        if changes.is_empty() {
            return Some(Side::Kept(link, spot));
        }
        let parting =
            changes.iter().filter_map(|change| Some((change.parts_at?, change.key))).min_by_key(|(bit, _)| *bit);
        match (link.target(), parting) {
            (Target::Inner(slot), None) => self.merge_sides(nodes, slot, nodes.fork(slot), changes),
            (Target::Inner(slot), Some((bit, key))) => match nodes.fork(slot) {
                fork if fork.bit < bit => self.merge_sides(nodes, slot, fork, changes),
                _ => self.merge_above(nodes, link, spot, changes, bit, &key),
            },
            (Target::Leaf(_), Some((bit, key))) => self.merge_above(nodes, link, spot, changes, bit, &key),
            (Target::Leaf(_), None) => {
                let [change] = changes else {
                    unreachable!("of the keys that end at a leaf one alone does not part from it")
                };
                self.replaced.push(link);
                change.value_hash.map(|value_hash| self.new_leaf(change.key, value_hash))
            }
        }
    }

    fn merge_sides(&mut self, nodes: &Nodes, slot: u32, fork: Fork, changes: &[Change]) -> Option<Side> {
        self.replaced.push(Link::inner(slot));
        let (left, right) = split(changes, fork.bit);
        let left = self.merge(nodes, fork.left, Spot::Under { slot, is_right: false }, left);
        let right = self.merge(nodes, fork.right, Spot::Under { slot, is_right: true }, right);
        self.join(fork.bit, left, right)
    }

    /// A node at `bit` above `link`: on one side all of `link`, on the other, where `new` is, only new keys.
    fn merge_above(
        &mut self,
        nodes: &Nodes,
        link: Link,
        spot: Spot,
        changes: &[Change],
        bit: u8,
        new: &StateKey,
    ) -> Option<Side> {
        let (left, right) = split(changes, bit);
        let (left, right) = match new.bit(bit) {
            false => (self.plant(left), self.merge(nodes, link, spot, right)),
            true => (self.merge(nodes, link, spot, left), self.plant(right)),
        };
        self.join(bit, left, right)
    }

    /// The subtree of keys that are all new.
    fn plant(&mut self, changes: &[Change]) -> Option<Side> {
        let [first, .., last] = changes else {
            let new = changes.first()?;
            return new.value_hash.map(|value_hash| self.new_leaf(new.key, value_hash));
        };
        let bit = first.key.first_difference(&last.key).expect("the keys of a map are distinct");
        let (left, right) = split(changes, bit);
        let (left, right) = (self.plant(left), self.plant(right));
        self.join(bit, left, right)
    }

    fn new_leaf(&mut self, key: StateKey, value_hash: Hash) -> Side {
        self.leaves.push(Leaf { key, value_hash });
        Side::Leaf(self.leaves.len().saturating_sub(1))
    }

    fn join(&mut self, bit: u8, left: Option<Side>, right: Option<Side>) -> Option<Side> {
        let (Some(left), Some(right)) = (left, right) else { return left.or(right) };
        self.inners.push(NewInner { bit, left, right });
        Some(Side::Inner(self.inners.len().saturating_sub(1)))
    }
}

/// Sorted changes that agree before a bit, as those with a 0 there and those with a 1.
fn split(changes: &[Change], bit: u8) -> (&[Change], &[Change]) {
    changes.split_at(changes.partition_point(|change| !change.key.bit(bit)))
}

/// What of the requested changes makes a difference to a tree.
fn differences(nodes: &Nodes, top: Option<Link>, changes: &[(StateKey, Option<Hash>)]) -> Vec<Change> {
    let Some(top) = top else {
        let new = changes.iter().filter(|(_, value_hash)| value_hash.is_some());
        return new.map(|(key, value_hash)| Change { key: *key, value_hash: *value_hash, parts_at: None }).collect();
    };
    let nearest = changes.chunks(TOGETHER).flat_map(|some| search_together(nodes, top, some)).zip(changes);
    nearest
        .filter_map(|(leaf, (key, value_hash))| {
            let leaf = nodes.leaf(leaf);
            let parts_at = leaf.key.first_difference(key);
            let current = parts_at.is_none().then_some(leaf.value_hash);
            (current != *value_hash).then_some(Change { key: *key, value_hash: *value_hash, parts_at })
        })
        .collect()
}

/// Searches that go down step by step side by side, so that the processor waits for their nodes at once and not in turn.
const TOGETHER: usize = 16;

/// The slots of the leaves at which the searches for these keys end.
fn search_together(nodes: &Nodes, top: Link, keys: &[(StateKey, Option<Hash>)]) -> [u32; TOGETHER] {
    let mut ends = [0; TOGETHER];
    let mut links = [top; TOGETHER];
    let mut is_under_way = true;
    while is_under_way {
        is_under_way = false;
        for ((link, end), (key, _)) in links.iter_mut().zip(&mut ends).zip(keys) {
            match link.target() {
                Target::Leaf(slot) => *end = slot,
                Target::Inner(slot) => {
                    (*link, _) = nodes.fork(slot).take(key);
                    is_under_way = true;
                }
            }
        }
    }
    ends
}
