//! What the state tree costs, beside the limit of the same run: a dense Merkle tree of as many leaves in flat arrays, which
//! hashes each dirty node once with the same functions and does nothing else.
//!
//! Times are of the processor, for the thread that measures, so that other work on the machine disturbs little. Limit and tree
//! are measured in turns.

use bulla_ledger::tree::{StateTree, Tree};
use bulla_verify::canonical::encode;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::tree::{Leaf, StateKey, StateProof, check_hash, inner_hash, value_hash};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// Keys that a block changes: half of them new, half updates of keys that exist.
const BLOCK: usize = 1_000;

/// Blocks for each figure, in turns of [`TURN`].
const BLOCKS: usize = 300;
const TURN: usize = 30;

/// Proofs for each figure.
const PROOFS: usize = 20_000;

/// What was measured with one number of keys.
#[derive(Clone, Debug)]
pub struct Costs {
    /// Keys at the beginning.
    pub keys: usize,
    /// The limit: the dense tree, for each changed key.
    pub dense_us: f64,
    /// The new root, for each changed key, with so many versions kept; that of dropping the oldest is in it.
    pub roots: Vec<(usize, f64)>,
    /// The tree from its leaves, in seconds.
    pub rebuild_s: f64,
    /// Memory of the tree for each key: by its own count, and by that of the system.
    pub bytes_per_key: (f64, f64),
    /// Presence, then absence.
    pub proofs: [Proofs; 2],
    /// Four keys in one proof: bytes on average, microseconds to make and to check it.
    pub four: (f64, f64, f64),
}

/// Proofs of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Proofs {
    /// Bytes on average.
    pub bytes_mean: f64,
    /// Bytes of all but one of a hundred, at most.
    pub bytes_p99: usize,
    /// Making one, its encoding not counted.
    pub prove_us: f64,
    /// Checking one, its decoding not counted.
    pub check_us: f64,
}

/// Measures with so many keys.
pub fn measure(keys: usize) -> Costs {
    let leaves: BTreeMap<StateKey, Hash> = (0..keys).map(|at| (key(at), value(at))).collect();
    let resident = resident_bytes();
    let before = cpu_us();
    let tree = Tree::from_leaves(leaves.iter().map(|(key, value)| (*key, *value))).expect("a map is in order");
    let rebuild_s = (cpu_us() - before) / 1e6;
    let built = resident_bytes() - resident;
    drop(leaves);

    let mut dense = Dense::new(keys);
    let mut dice = Dice(1);
    let mut state = Grown { tree, keys };
    let (mut dense_us, mut roots) = (0.0, vec![(1, 0.0), (16, 0.0)]);
    for _ in 0..BLOCKS / TURN {
        dense_us += dense.turn(&mut dice);
        for (kept, root_us) in &mut roots {
            *root_us += state.turn(*kept, &mut dice);
        }
    }
    let per_key = |us: f64| us / (BLOCKS * BLOCK) as f64;
    let memory = state.tree.memory();
    Costs {
        keys,
        dense_us: per_key(dense_us),
        roots: roots.into_iter().map(|(kept, us)| (kept, per_key(us))).collect(),
        rebuild_s,
        bytes_per_key: (memory.bytes as f64 / state.keys as f64, built / keys as f64),
        proofs: [0, state.keys].map(|from| state.proofs(from, &mut dice)),
        four: state.four(&mut dice),
    }
}

/// A tree that grows.
struct Grown {
    tree: Tree,
    keys: usize,
}

impl Grown {
    /// Some blocks, of which the last so many versions are kept; microseconds.
    fn turn(&mut self, kept: usize, dice: &mut Dice) -> f64 {
        let (mut versions, mut us) = (VecDeque::new(), 0.0);
        // The first versions only fill the window.
        for block in 0..TURN + kept {
            let new = (self.keys..self.keys + BLOCK / 2).map(key);
            let updated: BTreeSet<usize> = std::iter::repeat_with(|| dice.below(self.keys)).take(BLOCK / 2).collect();
            let changes = new.chain(updated.into_iter().map(key)).map(|key| (key, Some(value(dice.below(usize::MAX)))));
            let changes: BTreeMap<StateKey, Option<Hash>> = changes.collect();
            self.keys += BLOCK / 2;
            let before = cpu_us();
            versions.push_back(std::mem::take(&mut self.tree));
            self.tree = versions.back().expect("one was put in").apply(&changes);
            drop((versions.len() > kept).then(|| versions.pop_front()));
            us += if block < kept { 0.0 } else { cpu_us() - before };
        }
        us
    }

    /// Proofs of random keys, of those that exist or of those from `from` on, which do not.
    fn proofs(&self, from: usize, dice: &mut Dice) -> Proofs {
        let keys: Vec<(StateKey, Option<Hash>)> = (0..PROOFS)
            .map(|_| key(from + dice.below(self.keys)))
            .map(|key| (key, self.tree.value_hash(&key)))
            .collect();
        let before = cpu_us();
        let proofs: Vec<StateProof> = keys.iter().map(|(key, _)| self.tree.prove(key)).collect();
        let proved = cpu_us();
        let root = self.tree.root();
        for ((key, value), proof) in keys.iter().zip(&proofs) {
            assert_eq!(value.is_some(), from == 0, "{key} is of the other kind");
            assert_eq!(check_hash(&root, key, *value, proof), Ok(()));
        }
        let checked = cpu_us();
        let mut bytes: Vec<usize> = proofs.iter().map(|proof| encode(proof).len()).collect();
        bytes.sort_unstable();
        Proofs {
            bytes_mean: bytes.iter().sum::<usize>() as f64 / PROOFS as f64,
            bytes_p99: bytes[PROOFS * 99 / 100],
            prove_us: (proved - before) / PROOFS as f64,
            check_us: (checked - proved) / PROOFS as f64,
        }
    }

    fn four(&self, dice: &mut Dice) -> (f64, f64, f64) {
        let some: Vec<BTreeSet<StateKey>> =
            (0..PROOFS / 4).map(|_| (0..4).map(|_| key(dice.below(self.keys))).collect()).collect();
        let claims: Vec<BTreeMap<StateKey, Option<Hash>>> =
            some.iter().map(|keys| keys.iter().map(|key| (*key, self.tree.value_hash(key))).collect()).collect();
        let before = cpu_us();
        let proofs: Vec<_> =
            some.iter().map(|keys| self.tree.prove_many(keys).expect("four are not too many")).collect();
        let proved = cpu_us();
        for (claims, proof) in claims.iter().zip(&proofs) {
            assert_eq!(bulla_verify::tree::check_many(&self.tree.root(), claims, proof), Ok(()));
        }
        let checked = cpu_us();
        let count = proofs.len() as f64;
        let bytes: usize = proofs.iter().map(|proof| encode(proof).len()).sum();
        (bytes as f64 / count, (proved - before) / count, (checked - proved) / count)
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
            let before = cpu_us();
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
            us += cpu_us() - before;
        }
        us
    }
}

fn key(at: usize) -> StateKey {
    StateKey::new(3, &Context::StateKey.hash(&at.to_le_bytes()))
}

fn value(at: usize) -> Hash {
    value_hash(&at.to_le_bytes())
}

/// What this thread has used of the processor.
fn cpu_us() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    let ns: f64 = stat.split(' ').next().and_then(|ns| ns.parse().ok()).expect("it begins with nanoseconds");
    ns / 1e3
}

/// What this process holds of the machine's memory.
fn resident_bytes() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("pages stand second");
    pages * 4096.0
}

/// SplitMix64: every run measures the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} keys, blocks of {BLOCK}", self.keys)?;
        writeln!(f, "  dense bound            {:7.2} µs per key", self.dense_us)?;
        for (kept, us) in &self.roots {
            writeln!(f, "  root, {kept:2} versions kept {us:7.2} µs per key: {:.2} of the bound", us / self.dense_us)?;
        }
        writeln!(f, "  rebuild                {:7.2} s", self.rebuild_s)?;
        let (own, system) = self.bytes_per_key;
        writeln!(
            f,
            "  memory                 {own:7.1} B per key in use and spare, {system:.1} resident after the rebuild"
        )?;
        for (kind, proofs) in ["presence", "absence"].iter().zip(&self.proofs) {
            let Proofs { bytes_mean, bytes_p99, prove_us, check_us } = proofs;
            writeln!(
                f,
                "  {kind:9}  {bytes_mean:5.0} B, p99 {bytes_p99} B, prove {prove_us:.2} µs, check {check_us:.2} µs"
            )?;
        }
        let (bytes, prove_us, check_us) = self.four;
        write!(f, "  four keys  {bytes:5.0} B, prove {prove_us:.2} µs, check {check_us:.2} µs")
    }
}
