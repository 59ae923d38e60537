//! What the state tree costs, beside the limit of the same run: a dense Merkle tree of as many leaves in flat arrays, which
//! hashes each dirty node once with the same functions and does nothing else.
//!
//! Times are of the processor, for the thread that measures, so that other work on the machine disturbs little. Limit and tree
//! are measured in turns.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "it counts what it made itself"
)]

use crate::consumed::thread_cpu_us;
use crate::keys::{Dice, key};
use bulla_ledger::tree::{StateTree, Tree};
use bulla_verify::canonical::encode;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{Leaf, StateKey, StateProof, check_hash, check_many, inner_hash, value_hash};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Keys that a block changes: half of them new, half updates of keys that exist.
const BLOCK: usize = 1_000;

/// Blocks for each figure, in turns of [`TURN`].
const BLOCKS: usize = 300;
const TURN: usize = 30;

/// Versions that are kept meanwhile.
pub(crate) const KEPT: usize = 16;

/// Proofs for each figure.
const PROOFS: usize = 20_000;

/// What was measured with one number of keys.
#[derive(Clone, Debug)]
pub(crate) struct Costs {
    /// The limit: the dense tree, for each changed key.
    pub(crate) dense_us: f64,
    /// The new root, for each changed key; dropping the oldest version is in it.
    pub(crate) root_us: f64,
    /// The tree from its leaves, in seconds.
    pub(crate) rebuild_s: f64,
    /// Memory of the tree for each key, in use and spare.
    pub(crate) bytes_per_key: f64,
    /// Presence, then absence.
    pub(crate) proofs: [Proofs; 2],
    /// Bytes of one proof of four keys, on average.
    pub(crate) four_bytes: f64,
}

/// Proofs of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proofs {
    /// Bytes on average.
    pub(crate) bytes_mean: f64,
    /// Bytes of all but one of a hundred, at most.
    pub(crate) bytes_p99: f64,
    /// Making one, its encoding not counted.
    pub(crate) prove_us: f64,
    /// Checking one, its decoding not counted.
    pub(crate) check_us: f64,
}

/// Measures with so many keys.
pub(crate) fn measure(keys: usize) -> Costs {
    let leaves: BTreeMap<StateKey, Hash> = (0..keys).map(|at| (key(at), value(at))).collect();
    let before = thread_cpu_us();
    let tree = Tree::from_leaves(leaves.iter().map(|(key, value)| (*key, *value))).expect("a map is in order");
    let rebuild_s = (thread_cpu_us() - before) / 1e6;
    drop(leaves);

    let mut dense = Dense::new(keys);
    let mut dice = Dice(1);
    let mut state = Grown { tree, keys };
    let (mut dense_us, mut root_us) = (0.0, 0.0);
    for _ in 0..BLOCKS / TURN {
        dense_us += dense.turn(&mut dice);
        root_us += state.turn(&mut dice);
    }
    let per_key = |us: f64| us / (BLOCKS * BLOCK) as f64;
    let memory = state.tree.memory();
    Costs {
        dense_us: per_key(dense_us),
        root_us: per_key(root_us),
        rebuild_s,
        bytes_per_key: memory.bytes as f64 / state.keys as f64,
        proofs: [0, state.keys].map(|from| state.proofs(from, &mut dice)),
        four_bytes: state.four(&mut dice),
    }
}

/// A tree that grows.
struct Grown {
    tree: Tree,
    keys: usize,
}

impl Grown {
    /// Some blocks; microseconds.
    fn turn(&mut self, dice: &mut Dice) -> f64 {
        let (mut versions, mut us) = (VecDeque::new(), 0.0);
        // The first versions only fill the window.
        for block in 0..TURN + KEPT {
            let new = (self.keys..self.keys + BLOCK / 2).map(key);
            let updated: BTreeSet<usize> = std::iter::repeat_with(|| dice.below(self.keys)).take(BLOCK / 2).collect();
            let changes = new.chain(updated.into_iter().map(key)).map(|key| (key, Some(value(dice.below(usize::MAX)))));
            let changes: BTreeMap<StateKey, Option<Hash>> = changes.collect();
            self.keys += BLOCK / 2;
            let before = thread_cpu_us();
            versions.push_back(std::mem::take(&mut self.tree));
            self.tree = versions.back().expect("one was put in").apply(&changes);
            drop((versions.len() > KEPT).then(|| versions.pop_front()));
            us += if block < KEPT { 0.0 } else { thread_cpu_us() - before };
        }
        us
    }

    /// Proofs of random keys, of those that exist or of those from `from` on, which do not.
    fn proofs(&self, from: usize, dice: &mut Dice) -> Proofs {
        let keys: Vec<(StateKey, Option<Hash>)> = (0..PROOFS)
            .map(|_| key(from + dice.below(self.keys)))
            .map(|key| (key, self.tree.value_hash(&key)))
            .collect();
        let before = thread_cpu_us();
        let proofs: Vec<StateProof> = keys.iter().map(|(key, _)| self.tree.prove(key)).collect();
        let proved = thread_cpu_us();
        let root = self.tree.root();
        for ((key, value), proof) in keys.iter().zip(&proofs) {
            assert_eq!(value.is_some(), from == 0, "{key} is of the other kind");
            assert_eq!(check_hash(&root, key, *value, proof), Ok(()));
        }
        let checked = thread_cpu_us();
        let mut bytes: Vec<usize> = proofs.iter().map(|proof| encode(proof).len()).collect();
        bytes.sort_unstable();
        Proofs {
            bytes_mean: bytes.iter().sum::<usize>() as f64 / PROOFS as f64,
            bytes_p99: bytes[PROOFS * 99 / 100] as f64,
            prove_us: (proved - before) / PROOFS as f64,
            check_us: (checked - proved) / PROOFS as f64,
        }
    }

    fn four(&self, dice: &mut Dice) -> f64 {
        let bytes = (0..PROOFS / 4).map(|_| {
            let keys: BTreeSet<StateKey> = (0..4).map(|_| key(dice.below(self.keys))).collect();
            let claims = keys.iter().map(|key| (*key, self.tree.value_hash(key))).collect();
            let proof = self.tree.prove_many(&keys).expect("four are not too many");
            assert_eq!(check_many(&self.tree.root(), &claims, &proof), Ok(()));
            encode(&proof).len()
        });
        bytes.sum::<usize>() as f64 / (PROOFS / 4) as f64
    }
}

/// A perfect binary tree over leaves in a row: level 0 is their hashes, the last level the root.
struct Dense {
    leaves: Vec<Leaf>,
    levels: Vec<Vec<Hash>>,
}

impl Dense {
    /// Of as many leaves, rounded up to a power of two.
    fn new(keys: usize) -> Dense {
        let leaves: Vec<Leaf> =
            (0..keys.next_power_of_two()).map(|at| Leaf { key: key(at), value_hash: value(at) }).collect();
        let mut levels = vec![leaves.iter().map(Leaf::hash).collect::<Vec<_>>()];
        while levels[levels.len() - 1].len() > 1 {
            let (bit, below) = (levels.len() as u8, &levels[levels.len() - 1]);
            levels.push(below.chunks(2).map(|pair| inner_hash(bit, &pair[0], &pair[1])).collect());
        }
        Dense { leaves, levels }
    }

    /// Some blocks of random leaves; microseconds.
    fn turn(&mut self, dice: &mut Dice) -> f64 {
        let mut us = 0.0;
        for _ in 0..TURN {
            let changes: BTreeMap<usize, Hash> =
                (0..BLOCK).map(|_| (dice.below(self.leaves.len()), value(dice.below(usize::MAX)))).collect();
            let before = thread_cpu_us();
            let mut dirty: Vec<usize> = Vec::with_capacity(BLOCK);
            for (at, value_hash) in &changes {
                self.leaves[*at].value_hash = *value_hash;
                self.levels[0][*at] = self.leaves[*at].hash();
                dirty.push(*at);
            }
            for level in 1..self.levels.len() {
                dirty.iter_mut().for_each(|at| *at /= 2);
                dirty.dedup();
                for at in &dirty {
                    let below = &self.levels[level - 1];
                    self.levels[level][*at] = inner_hash(level as u8, &below[at * 2], &below[at * 2 + 1]);
                }
            }
            us += thread_cpu_us() - before;
        }
        us
    }
}

fn value(at: usize) -> Hash {
    value_hash(&at.to_le_bytes())
}
