//! The authenticated state: a binary path-compressed Merkle trie (crit-bit) over 32-byte keys.
//!
//! It holds keys and the hashes of their values, never values. It does no IO: at start it is built from the leaves that the
//! store keeps, and the caller compares its root with the committed header. What anyone needs to check it is in
//! `bulla_verify::tree`; nothing outside that module and this one knows which tree it is.
//!
//! # The drawing
//!
//! Five keys, of which the first bits are shown (bit 0 is the top bit of byte 0; byte 0 is the record's area):
//!
//! ```text
//!                                  root = hash of ①
//!                                       │
//!                                   ① bit 0
//!                              0 ┌──────┴──────┐ 1
//!                            ② bit 2         ③ bit 1        a node stands only where keys part: ② skips bit 1,
//!                          0 ┌──┴──┐ 1      0 ┌──┴──┐ 1     on which 000…, 00100… and 00101… agree
//!                          000…  ④ bit 4    10…   11…
//!                              0 ┌──┴──┐ 1
//!                             00100… 00101…
//!
//!   leaf   H[state leaf](key ‖ value hash)                 value hash   H[state value](value)
//!   inner  H[state inner, keyed by its bit](left ‖ right)  no record    H[state empty]()
//! ```
//!
//! Key 00101… is present: siblings (③ at bit 0, 000… at bit 2, 00100… at bit 4), read from the root down; the verifier
//! hashes them from the leaf up, on the side that the key's own bit says, and must arrive at the root.
//! Key 0011… is absent: the search for it takes 0 at bit 0, 1 at bit 2, 1 at bit 4, and ends at 00101…, another key. The
//! proof is that leaf and its path, on every bit of which both keys agree.
//!
//! # The invariants
//!
//! 1. All keys below a node agree on every bit before the node's own; left of it they have a 0 there, right of it a 1.
//! 2. Both sides of an inner node have a leaf. So n keys have n − 1 inner nodes, a node that loses one side is replaced by
//!    the other side, and bits strictly ascend on the way down: at most 256 steps.
//! 3. By 1 and 2 one set of records has one tree and one root, whatever the order or the batches in which it came to be.
//! 4. A node's bit is part of its hash. The hash of a node stands with the node that leads to it, so a proof reads only the
//!    nodes of its path, and a change hashes each dirty node once, children first.
//! 5. A node that some version reaches never changes. Applying changes makes new nodes on the paths to them and shares the
//!    rest, so a past root is kept by keeping its `Tree`, and a proposal that is never decided is undone by dropping its own.
//! 6. A slot is in use exactly if a version that somebody holds reaches it: what is dropped is free at once, whatever was built
//!    on it or beside it (`crit_bit/versions.rs`).
//! 7. Reading takes no lock. Who builds the next version, or drops one, waits for nobody who reads.
//!
//! # How a block is applied
//!
//! ```text
//!   changes, sorted by key
//!      │  plan.rs   all searches go down side by side; one walk tells which nodes are replaced and which are needed
//!      ▼
//!   plan: new leaves; new inner nodes, each with its bit and where the hashes of its sides stand; replaced nodes
//!      │  arena.rs  under a lock held for microseconds: slots for the new nodes, a version that knows what it made and replaced
//!      ▼
//!   slots
//!      │  make.rs   from bit 255 up to bit 0: fetch, hash (lanes.rs) and write all nodes of a bit at once
//!      ▼
//!   the new version
//! ```
//!
//! # What it costs
//!
//! Memory: 136 bytes for each key, which are a leaf (64 bytes) and an inner node (64 of hashes, 8 of bit and links), and a chunk
//! of 544 KiB that is partly empty. Each further version that is kept adds about 0.9 kB for each key that it changed: a dozen inner
//! nodes and a leaf, and 8 bytes each to know what to free. There are at most 2^27 nodes of a kind; the budget of the node's
//! memory ends before ([`StateTree::memory`]).
//!
//! Time: at 10^6 keys, blocks of 1,000 keys of which half are new, 2.1 to 2.4 µs for each key whether one version is kept or 16,
//! where a dense tree in flat arrays that hashes one node at a time takes 2.3 to 2.6 µs; at 10^7 keys 3.6 and 3.9 µs. Hashing is
//! a twentieth of it: the rest is waiting for memory, and so nodes are read and written many at a time, searches see the 8
//! bytes of links alone, and hashes lie by themselves, one line of the cache for each node. A proof takes 2 to 4 µs, the tree
//! from its leaves 0.4 s for each 10^6. `make bench` measures it.

mod crit_bit;
pub mod list;

pub use crit_bit::Tree;

use bulla_verify::hash::Hash;
use bulla_verify::tree::{MultiProof, StateKey, StateProof};
use std::collections::{BTreeMap, BTreeSet};

/// An authenticated map from state keys to value hashes, of which every version is a value of its own.
///
/// Cloning costs the same however large the tree is.
pub trait StateTree: Clone + Default {
    /// The tree of these leaves, which come in ascending order of their keys.
    fn from_leaves(leaves: impl IntoIterator<Item = (StateKey, Hash)>) -> Result<Self, NotAscending>;

    /// The tree after these changes: a key gets this value hash, or (`None`) loses its record. Losing what is not there is
    /// no change. This tree stays as it is.
    #[must_use]
    fn apply(&self, changes: &BTreeMap<StateKey, Option<Hash>>) -> Self;

    /// The state root, for the header.
    fn root(&self) -> Hash;

    /// How many keys have a value.
    fn len(&self) -> u64;

    /// Whether no key has a value.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value hash of a key, if it has a value.
    fn value_hash(&self, key: &StateKey) -> Option<Hash>;

    /// Whether a key has a value.
    fn contains(&self, key: &StateKey) -> bool {
        self.value_hash(key).is_some()
    }

    /// The proof that a key has the value that it has, or that it has none.
    fn prove(&self, key: &StateKey) -> StateProof;

    /// One proof for several keys; none for no key, or for more than [`MultiProof::MAX_KEYS`].
    fn prove_many(&self, keys: &BTreeSet<StateKey>) -> Option<MultiProof>;

    /// What this version and all that share nodes with it occupy together.
    fn memory(&self) -> Memory;
}

/// What a family of versions occupies: those that come from one [`StateTree::from_leaves`] by [`StateTree::apply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Leaves that some version reaches; a leaf that several reach counts once.
    pub leaves: usize,
    /// Inner nodes that some version reaches.
    pub inner_nodes: usize,
    /// Bytes taken from the heap: the chunks, whether full or not, and the lists that say what is free.
    pub bytes: usize,
}

/// Leaves that do not come in strictly ascending order of their keys. Usual cause: a damaged store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("leaf {key} does not come after the leaf before it; the store is damaged: run bullad fsck")]
pub struct NotAscending {
    /// The first key that does not come after the one before it.
    pub key: StateKey,
}
