//! Carrying out a plan: a new version, of which every new node is hashed once.
//!
//! Nodes of one bit never stand below each other, since bits ascend on the way down. So they are hashed bit by bit from 255 to
//! 0, all nodes of a bit at once: their children are done by then, and the lines of the cache that hold the kept hashes of a
//! whole bit are fetched side by side before the first of them is needed.

use super::Version;
use super::arena::{Fork, Link, Nodes, Pair, index, join};
use super::lanes::Kind;
use super::plan::{NewInner, Plan, Side};
use bulla_verify::hash::Hash;
use bulla_verify::tree;

/// The version that the plan makes of its parent.
pub(super) fn make(parent: &Version, plan: Plan) -> Version {
    let Plan { top, leaves, inners, replaced, .. } = plan;
    let replaced_leaves = replaced.iter().filter(|link| link.is_leaf()).count();
    let mut ground = parent.arena.lock();
    let leaf_slots = ground.take_leaves(leaves.len());
    let inner_slots = ground.take_inners(inners.len());
    let made = leaf_slots.iter().map(|slot| Link::leaf(*slot)).chain(inner_slots.iter().map(|slot| Link::inner(*slot)));
    let id = ground.add_version(parent.id, made.collect(), replaced);
    let nodes = ground.nodes().clone();
    drop(ground);

    let mut maker =
        Maker { nodes: &nodes, root: parent.root, leaf_slots, inner_slots, leaf_hashes: vec![], inner_hashes: vec![] };
    maker.make_leaves(&leaves);
    maker.make_inners(&inners);
    let (top, root) = match top {
        Some(top) => (Some(maker.link(top)), maker.hash(top)),
        None => (None, tree::empty_root()),
    };
    let count = |leaves: usize| u64::try_from(leaves).expect("a count of leaves in memory fits 64 bits");
    let len = parent.len.saturating_add(count(leaves.len())).saturating_sub(count(replaced_leaves));
    Version { arena: parent.arena.clone(), id, nodes, top, root, len }
}

struct Maker<'a> {
    nodes: &'a Nodes,
    /// The root of the parent.
    root: Hash,
    /// By the number of the new leaf: where it lies, and once it is made its hash.
    leaf_slots: Vec<u32>,
    leaf_hashes: Vec<Hash>,
    /// By the number of the new inner node.
    inner_slots: Vec<u32>,
    inner_hashes: Vec<Hash>,
}

impl Maker<'_> {
    fn make_leaves(&mut self, leaves: &[tree::Leaf]) {
        let inputs: Vec<[u8; 64]> = leaves.iter().map(|leaf| join(&leaf.key.0, &leaf.value_hash.0)).collect();
        Kind::Leaf.hash(&inputs, &mut self.leaf_hashes);
        for (slot, leaf) in self.leaf_slots.iter().zip(leaves) {
            self.nodes.put_leaf(*slot, leaf);
        }
    }

    fn make_inners(&mut self, inners: &[NewInner]) {
        self.inner_hashes = vec![Hash::default(); inners.len()];
        let (mut pairs, mut hashes) = (Vec::new(), Vec::new());
        for (bit, numbers) in by_bit(inners) {
            pairs.clear();
            hashes.clear();
            numbers.iter().for_each(|number| self.fetch(*number, of(inners, *number)));
            pairs.extend(numbers.iter().map(|number| self.pair(of(inners, *number))));
            Kind::Inner(bit).hash(&pairs, &mut hashes);
            for ((number, pair), hash) in numbers.iter().zip(&pairs).zip(&hashes) {
                let inner = of(inners, *number);
                let fork = Fork { bit, left: self.link(inner.left), right: self.link(inner.right) };
                self.nodes.put_inner(*of(&self.inner_slots, *number), fork, pair);
                if let Some(place) = self.inner_hashes.get_mut(index(*number)) {
                    *place = *hash;
                }
            }
        }
    }

    /// Brings what making a node reads and writes nearer to the processor. Reads of many lines of memory go side by side if
    /// little stands between them; hashing and writing would wait for one after the other.
    fn fetch(&self, number: u32, inner: &NewInner) {
        self.nodes.fetch(*of(&self.inner_slots, number));
        if let Some(slot) = inner.instead_of {
            self.nodes.fetch_pair(slot);
        }
    }

    fn pair(&self, inner: &NewInner) -> Pair {
        join(&self.hash(inner.left).0, &self.hash(inner.right).0)
    }

    fn link(&self, side: Side) -> Link {
        match side {
            Side::Kept(link, _) => link,
            Side::Leaf(number) => Link::leaf(*of(&self.leaf_slots, number)),
            Side::Inner(number) => Link::inner(*of(&self.inner_slots, number)),
        }
    }

    /// The hash of a side that is kept, or already made.
    fn hash(&self, side: Side) -> Hash {
        match side {
            Side::Kept(_, spot) => spot.place().map_or(self.root, |(slot, is_right)| self.nodes.side(slot, is_right)),
            Side::Leaf(number) => *of(&self.leaf_hashes, number),
            Side::Inner(number) => *of(&self.inner_hashes, number),
        }
    }
}

/// What belongs to the new node of a number.
fn of<T>(all: &[T], number: u32) -> &T {
    all.get(index(number)).expect("a plan numbers its new nodes")
}

/// The numbers of the new nodes of each bit, the deepest bit first.
fn by_bit(inners: &[NewInner]) -> impl Iterator<Item = (u8, Vec<u32>)> {
    let mut groups: [Vec<u32>; 256] = std::array::from_fn(|_| Vec::new());
    for (number, inner) in (0..).zip(inners) {
        if let Some(group) = groups.get_mut(usize::from(inner.bit)) {
            group.push(number);
        }
    }
    (0..=u8::MAX).zip(groups).rev().filter(|(_, group)| !group.is_empty())
}
