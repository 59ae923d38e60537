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
    /// Room for [`Plan::merge_one`]: slots on the way down, and on which side it goes on.
    way: Vec<(u32, Fork, bool)>,
}

/// An inner node to be made.
pub(super) struct NewInner {
    pub(super) bit: u8,
    pub(super) left: Side,
    pub(super) right: Side,
    /// The slot of the node that it takes the place of, with which the hash of its kept side stands; none where keys newly part.
    pub(super) instead_of: Option<u32>,
}

/// A subtree on one side of a new node.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// It stays as it is, and its hash stands here.
    Kept(Link, Spot),
    /// The new leaf of this number.
    Leaf(u32),
    /// The new inner node of this number.
    Inner(u32),
}

/// Where the hash of a node stands: with the inner node that leads to it, in its slot, for its right side or its left; for the
/// top of the tree, nowhere in the tree.
#[derive(Clone, Copy)]
pub(super) struct Spot(u32);

impl Spot {
    const TOP: Spot = Spot(u32::MAX);

    fn under(slot: u32, is_right: bool) -> Spot {
        Spot(slot << 1 | u32::from(is_right))
    }

    /// The slot, and whether it is its right side; none for the top.
    pub(super) fn place(self) -> Option<(u32, bool)> {
        (self.0 != u32::MAX).then_some((self.0 >> 1, self.0 & 1 == 1))
    }
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
            Some(top) => plan.merge(nodes, top, Spot::TOP, &changes),
            None => plan.plant(&changes),
        };
        plan
    }

    /// The subtree at `link` after the changes that belong to it; none if no leaf is left.
    fn merge(&mut self, nodes: &Nodes, link: Link, spot: Spot, changes: &[Change]) -> Option<Side> {
        match changes {
            [] => return Some(Side::Kept(link, spot)),
            [change] => return self.merge_one(nodes, link, spot, change),
            _ => (),
        }
        let parting = changes.iter().filter_map(|change| Some((change.parts_at?, change.key)));
        let parting = parting.min_by_key(|(bit, _)| *bit);
        match (link.target(), parting) {
            (Target::Inner(slot), None) => self.merge_sides(nodes, slot, nodes.fork(slot), changes),
            (Target::Inner(slot), Some((bit, key))) => match nodes.fork(slot) {
                fork if fork.bit < bit => self.merge_sides(nodes, slot, fork, changes),
                _ => self.merge_above(nodes, link, spot, changes, (bit, &key)),
            },
            (Target::Leaf(_), Some((bit, key))) => self.merge_above(nodes, link, spot, changes, (bit, &key)),
            (Target::Leaf(_), None) => unreachable!("of the keys that end at a leaf one alone does not part from it"),
        }
    }

    fn merge_sides(&mut self, nodes: &Nodes, slot: u32, fork: Fork, changes: &[Change]) -> Option<Side> {
        self.replaced.push(Link::inner(slot));
        let (left, right) = split(changes, fork.bit);
        for (link, side) in [(fork.left, left), (fork.right, right)] {
            // The first search was long ago, as the cache sees it: this one brings the nodes near again, for all keys at once.
            if side.len() <= TOGETHER && changes.len() > TOGETHER {
                search_together(nodes, link, side.iter().map(|change| &change.key));
            }
        }
        let left = self.merge(nodes, fork.left, Spot::under(slot, false), left);
        let right = self.merge(nodes, fork.right, Spot::under(slot, true), right);
        self.join(fork.bit, left, right, Some(slot))
    }

    /// As [`Plan::merge`], for the many subtrees to which one change comes alone.
    fn merge_one(&mut self, nodes: &Nodes, mut link: Link, mut spot: Spot, change: &Change) -> Option<Side> {
        let Change { key, value_hash, parts_at } = change;
        let mut way = std::mem::take(&mut self.way);
        while let Target::Inner(slot) = link.target() {
            let fork = nodes.fork(slot);
            if parts_at.is_some_and(|bit| bit <= fork.bit) {
                break;
            }
            let is_right;
            (link, is_right) = fork.take(key);
            spot = Spot::under(slot, is_right);
            way.push((slot, fork, is_right));
        }
        let mut side = match parts_at {
            None => {
                self.replaced.push(link);
                value_hash.map(|value_hash| self.new_leaf(*key, value_hash))
            }
            Some(bit) => {
                let (new, kept) = (self.plant(std::slice::from_ref(change)), Some(Side::Kept(link, spot)));
                let (left, right) = if key.bit(*bit) { (kept, new) } else { (new, kept) };
                self.join(*bit, left, right, None)
            }
        };
        for (slot, fork, is_right) in way.drain(..).rev() {
            self.replaced.push(Link::inner(slot));
            let other = if is_right { fork.left } else { fork.right };
            let other = Some(Side::Kept(other, Spot::under(slot, !is_right)));
            let (left, right) = if is_right { (other, side) } else { (side, other) };
            side = self.join(fork.bit, left, right, Some(slot));
        }
        self.way = way;
        side
    }

    /// A node at `bit` above `link`: on one side all of `link`, on the other, where `new` is, only new keys.
    fn merge_above(
        &mut self,
        nodes: &Nodes,
        link: Link,
        spot: Spot,
        changes: &[Change],
        (bit, new): (u8, &StateKey),
    ) -> Option<Side> {
        let (left, right) = split(changes, bit);
        let (left, right) = match new.bit(bit) {
            false => (self.plant(left), self.merge(nodes, link, spot, right)),
            true => (self.merge(nodes, link, spot, left), self.plant(right)),
        };
        self.join(bit, left, right, None)
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
        self.join(bit, left, right, None)
    }

    fn new_leaf(&mut self, key: StateKey, value_hash: Hash) -> Side {
        self.leaves.push(Leaf { key, value_hash });
        Side::Leaf(last_number(self.leaves.len()))
    }

    fn join(&mut self, bit: u8, left: Option<Side>, right: Option<Side>, instead_of: Option<u32>) -> Option<Side> {
        let (Some(left), Some(right)) = (left, right) else { return left.or(right) };
        self.inners.push(NewInner { bit, left, right, instead_of });
        Some(Side::Inner(last_number(self.inners.len())))
    }
}

/// The number of the last of so many new nodes.
fn last_number(len: usize) -> u32 {
    u32::try_from(len.saturating_sub(1)).expect("there are at most 2^27 nodes of a kind")
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
    let nearest = changes
        .chunks(TOGETHER)
        .flat_map(|some| search_together(nodes, top, some.iter().map(|(key, _)| key)))
        .zip(changes);
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
const TOGETHER: usize = 32;

/// The slots of the leaves at which the searches for these keys end.
fn search_together<'a>(nodes: &Nodes, top: Link, keys: impl Iterator<Item = &'a StateKey> + Clone) -> [u32; TOGETHER] {
    let mut ends = [0; TOGETHER];
    let mut links = [top; TOGETHER];
    let mut is_under_way = true;
    while is_under_way {
        is_under_way = false;
        for ((link, end), key) in links.iter_mut().zip(&mut ends).zip(keys.clone()) {
            match link.target() {
                Target::Leaf(slot) => *end = slot,
                Target::Inner(slot) => {
                    (*link, _) = nodes.fork(slot).take(key);
                    is_under_way = true;
                }
            }
        }
    }
    ends.iter().zip(keys).for_each(|(slot, _)| nodes.fetch_leaf(*slot));
    ends
}
