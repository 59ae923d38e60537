//! Where nodes lie: in chunks of a fixed size, each at an address of 28 bits, and never moved.
//!
//! A node is written once, before the version that makes it can be seen by anyone, and stays as it is until no version
//! reaches it; then its slot is written anew. So whoever holds a version reads without a lock: the words are atomic only
//! because the same slot serves many nodes in its life, and relaxed because whatever hands a version, or a freed slot, from one
//! thread to another (a lock, an `Arc`) orders the words too.
//!
//! | chunk of | holds for each slot |
//! |---|---|
//! | leaves | key ‖ value hash: 64 bytes, one line of the cache |
//! | inner nodes | left hash ‖ right hash: 64 bytes, what is hashed; apart from them 8 bytes of bit, left link and right link, which is all that a search reads |

use super::versions::{VersionId, Versions};
use bulla_verify::hash::Hash;
use bulla_verify::tree::{Leaf, StateKey};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Slots of a chunk: 256 KiB of leaves, 288 KiB of inner nodes. A new one costs a tenth of a block's time at most, and comes with
/// each eighth block of 500 new keys. Tests grow often.
const CHUNK: usize = if cfg!(test) { 4 } else { 1 << 12 };

/// Slots of each kind that there can be: 27 bits of address, one more for the kind, two addresses and a bit in 8 bytes.
pub(super) const MAX_SLOTS: u32 = 1 << 27;

/// The address of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link(u32);

/// What a link leads to, by its slot among those of its kind.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Leaf(u32),
    Inner(u32),
}

/// Where an inner node leads.
#[derive(Clone, Copy)]
pub(super) struct Fork {
    pub(super) bit: u8,
    pub(super) left: Link,
    pub(super) right: Link,
}

/// What the hash of an inner node is over: the left hash, then the right one.
pub(super) type Pair = [u8; 64];

/// The chunks that there were when a version was made, which hold all that it reaches.
#[derive(Clone, Default)]
pub(super) struct Nodes {
    leaves: Vec<Arc<[Line]>>,
    forks: Vec<Arc<[AtomicU64]>>,
    pairs: Vec<Arc<[Line]>>,
}

/// One line of the cache.
#[derive(Default)]
#[repr(align(64))]
struct Line([AtomicU64; 8]);

/// The nodes of all versions that come from one beginning, and which of their slots are free.
#[derive(Default)]
pub(super) struct Arena(Mutex<Ground>);

#[derive(Default)]
pub(super) struct Ground {
    nodes: Arc<Nodes>,
    leaves: Slots,
    inners: Slots,
    versions: Versions,
}

/// The slots of one kind.
#[derive(Default)]
struct Slots {
    /// All slots from here on have never been taken.
    fresh: u32,
    /// Taken once, and free again.
    freed: Vec<u32>,
}

impl Link {
    const IS_LEAF: u32 = MAX_SLOTS;
    const BITS: u32 = MAX_SLOTS.ilog2().wrapping_add(1);
    const MASK: u32 = (MAX_SLOTS << 1).wrapping_sub(1);

    pub(super) fn leaf(slot: u32) -> Link {
        Link(slot | Self::IS_LEAF)
    }

    pub(super) fn inner(slot: u32) -> Link {
        Link(slot)
    }

    /// A number that is small where the slot is.
    pub(super) fn number(self) -> u32 {
        (self.0 & !Self::IS_LEAF) << 1 | u32::from(self.is_leaf())
    }

    /// The link of a [`Link::number`].
    pub(super) fn numbered(number: u32) -> Link {
        if number & 1 == 1 { Link::leaf(number >> 1) } else { Link::inner(number >> 1) }
    }

    pub(super) fn is_leaf(self) -> bool {
        self.0 & Self::IS_LEAF != 0
    }

    pub(super) fn target(self) -> Target {
        if self.is_leaf() { Target::Leaf(self.0 & !Self::IS_LEAF) } else { Target::Inner(self.0) }
    }
}

impl Fork {
    /// The side that a search for `key` takes, and whether it is the right one.
    pub(super) fn take(&self, key: &StateKey) -> (Link, bool) {
        if key.bit(self.bit) { (self.right, true) } else { (self.left, false) }
    }

    fn pack(self) -> u64 {
        u64::from(self.bit) << (2 * Link::BITS) | u64::from(self.left.0) << Link::BITS | u64::from(self.right.0)
    }

    fn unpack(word: u64) -> Fork {
        let link = |word: u64| Link(u32::try_from(word & u64::from(Link::MASK)).expect("the mask leaves 28 bits"));
        let bit = u8::try_from(word >> (2 * Link::BITS)).expect("8 bits stand above two links");
        Fork { bit, left: link(word >> Link::BITS), right: link(word) }
    }
}

impl Nodes {
    pub(super) fn leaf(&self, slot: u32) -> Leaf {
        let (key, value_hash) = halves(&at(&self.leaves, slot).load());
        Leaf { key: StateKey(key), value_hash: Hash(value_hash) }
    }

    pub(super) fn fork(&self, slot: u32) -> Fork {
        Fork::unpack(at(&self.forks, slot).load(Ordering::Relaxed))
    }

    /// The hash of one side of an inner node.
    pub(super) fn side(&self, slot: u32, is_right: bool) -> Hash {
        let (left, right) = at(&self.pairs, slot).0.split_at(4);
        let mut bytes = [0; 32];
        load(if is_right { right } else { left }, &mut bytes);
        Hash(bytes)
    }

    /// Reads a word of all that an inner node has, and forgets it: the rest of the line is at hand then.
    pub(super) fn fetch(&self, slot: u32) {
        at(&self.forks, slot).load(Ordering::Relaxed);
        self.fetch_pair(slot);
    }

    /// As [`Nodes::fetch`], of a leaf.
    pub(super) fn fetch_leaf(&self, slot: u32) {
        at(&self.leaves, slot).0.first().map(|word| word.load(Ordering::Relaxed));
    }

    /// As [`Nodes::fetch`], of the hashes alone.
    pub(super) fn fetch_pair(&self, slot: u32) {
        at(&self.pairs, slot).0.first().map(|word| word.load(Ordering::Relaxed));
    }

    /// Fills a slot that was taken and that nobody reaches yet.
    pub(super) fn put_leaf(&self, slot: u32, leaf: &Leaf) {
        at(&self.leaves, slot).store(&join(&leaf.key.0, &leaf.value_hash.0));
    }

    /// Fills a slot that was taken and that nobody reaches yet.
    pub(super) fn put_inner(&self, slot: u32, fork: Fork, pair: &Pair) {
        at(&self.forks, slot).store(fork.pack(), Ordering::Relaxed);
        at(&self.pairs, slot).store(pair);
    }
}

fn at<T>(chunks: &[Arc<[T]>], slot: u32) -> &T {
    let slot = index(slot);
    let chunk = chunks.get(slot / CHUNK).expect("a version has the chunks of all that it reaches");
    chunk.get(slot % CHUNK).expect("the place is below the size of a chunk")
}

/// A slot or a number as a place in a row.
pub(super) fn index(slot: u32) -> usize {
    usize::try_from(slot).expect("this is no 16-bit machine")
}

/// So many chunks, of which those that are new hold nothing.
fn grow<T: Default>(chunks: &mut Vec<Arc<[T]>>, count: usize) {
    chunks.resize_with(count, || (0..CHUNK).map(|_| T::default()).collect());
}

impl Line {
    fn load(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        load(&self.0, &mut bytes);
        bytes
    }

    fn store(&self, bytes: &[u8; 64]) {
        let (words, _) = bytes.as_chunks::<8>();
        for (from, word) in words.iter().zip(&self.0) {
            word.store(u64::from_le_bytes(*from), Ordering::Relaxed);
        }
    }
}

fn load(from: &[AtomicU64], bytes: &mut [u8]) {
    let (words, _) = bytes.as_chunks_mut::<8>();
    for (to, word) in words.iter_mut().zip(from) {
        *to = word.load(Ordering::Relaxed).to_le_bytes();
    }
}

/// Two times 32 bytes as one run.
pub(super) fn join(left: &[u8; 32], right: &[u8; 32]) -> [u8; 64] {
    let mut bytes = [0; 64];
    let (first, second) = bytes.split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    bytes
}

fn halves(bytes: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (halves, _) = bytes.as_chunks::<32>();
    let [left, right] = halves else { unreachable!("64 bytes are two times 32") };
    (*left, *right)
}

impl Arena {
    // Whoever panics while holding this lock leaves at worst slots that nobody frees, so poison says nothing.
    pub(super) fn lock(&self) -> MutexGuard<'_, Ground> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ground {
    pub(super) fn nodes(&self) -> &Arc<Nodes> {
        &self.nodes
    }

    /// Slots for so many leaves; new chunks for those that lie in none.
    pub(super) fn take_leaves(&mut self, count: usize) -> Vec<u32> {
        let slots = self.leaves.take(count);
        if self.leaves.chunks() > self.nodes.leaves.len() {
            grow(&mut Arc::make_mut(&mut self.nodes).leaves, self.leaves.chunks());
        }
        slots
    }

    /// Slots for so many inner nodes; new chunks for those that lie in none.
    pub(super) fn take_inners(&mut self, count: usize) -> Vec<u32> {
        let slots = self.inners.take(count);
        if self.inners.chunks() > self.nodes.pairs.len() {
            let nodes = Arc::make_mut(&mut self.nodes);
            grow(&mut nodes.forks, self.inners.chunks());
            grow(&mut nodes.pairs, self.inners.chunks());
        }
        slots
    }

    /// A version joins that reaches what its parent does, without what it replaced, and what it made.
    pub(super) fn add_version(&mut self, parent: VersionId, made: Vec<Link>, replaced: Vec<Link>) -> VersionId {
        self.versions.add(parent, made, replaced)
    }

    /// Nobody holds this version any more.
    pub(super) fn drop_version(&mut self, version: VersionId) {
        for link in self.versions.release(version) {
            match link.target() {
                Target::Leaf(slot) => self.leaves.freed.push(slot),
                Target::Inner(slot) => self.inners.freed.push(slot),
            }
        }
    }

    /// Leaves and inner nodes that some version reaches.
    pub(super) fn in_use(&self) -> (usize, usize) {
        (self.leaves.in_use(), self.inners.in_use())
    }

    /// What all of this occupies, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let leaves = self.nodes.leaves.len().saturating_mul(size_of::<[Line; CHUNK]>());
        let inners = self
            .nodes
            .pairs
            .len()
            .saturating_mul(size_of::<[Line; CHUNK]>().saturating_add(size_of::<[AtomicU64; CHUNK]>()));
        let freed = self.leaves.freed.capacity().saturating_add(self.inners.freed.capacity());
        let freed = freed.saturating_mul(size_of::<u32>());
        [leaves, inners, freed, self.versions.bytes()].into_iter().fold(0, usize::saturating_add)
    }
}

impl Slots {
    fn take(&mut self, count: usize) -> Vec<u32> {
        let mut taken = self.freed.split_off(self.freed.len().saturating_sub(count));
        let fresh = u32::try_from(count.saturating_sub(taken.len())).ok();
        let end = fresh.and_then(|fresh| self.fresh.checked_add(fresh)).filter(|end| *end <= MAX_SLOTS);
        let end = end.expect("the budget of the tree's memory is below 2^27 nodes of each kind");
        taken.extend(self.fresh..end);
        self.fresh = end;
        taken
    }

    /// How many chunks hold every slot that was ever taken.
    fn chunks(&self) -> usize {
        index(self.fresh).div_ceil(CHUNK)
    }

    fn in_use(&self) -> usize {
        index(self.fresh).saturating_sub(self.freed.len())
    }
}
