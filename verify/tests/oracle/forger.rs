//! Makes proofs out of true ones and of every hash that a real tree contains.

use super::naive_tree::{self, Records};
use bulla_verify::hash::Hash;
use bulla_verify::tree::{End, Fork, Leaf, MultiProof, Path, StateKey, StateProof, Step, Way, value_hash};

/// What a forger knows of one tree.
pub(crate) struct Forger {
    hashes: Vec<Hash>,
    leaves: Vec<Leaf>,
    /// The true proof of each key.
    pub(crate) singles: Vec<StateProof>,
}

impl Forger {
    pub(crate) fn new(records: &Records, keys: &[StateKey]) -> Forger {
        let leaf = |key: &StateKey| Leaf { key: *key, value_hash: value_hash(&key.0) };
        Forger {
            hashes: if records.is_empty() { vec![naive_tree::root(records)] } else { naive_tree::nodes(records) },
            leaves: keys.iter().map(leaf).collect(),
            singles: keys.iter().map(|key| naive_tree::prove(records, key)).collect(),
        }
    }

    /// The hash of some node.
    pub(crate) fn hash(&self, dice: &mut Dice) -> Hash {
        self.hashes[dice.below(self.hashes.len())]
    }

    /// A proof that might be one of the key at a place.
    pub(crate) fn forge(&self, at: usize, dice: &mut Dice) -> StateProof {
        let donor = if dice.below(2) == 0 { at } else { dice.below(self.singles.len()) };
        let (mut neighbour, mut steps) = match &self.singles[donor] {
            StateProof::Present { path } => (None, path.steps().to_vec()),
            StateProof::Absent { neighbour, path } => (Some(*neighbour), path.steps().to_vec()),
            StateProof::Empty => (None, Vec::new()),
        };
        for _ in 0..1 + dice.below(3) {
            match dice.below(8) {
                0 => neighbour = Some(self.leaf(dice)),
                1 => neighbour = Some(self.leaves[at]),
                2 => neighbour = None,
                3 => {
                    let other = &self.singles[dice.below(self.singles.len())];
                    let (StateProof::Present { path } | StateProof::Absent { path, .. }) = other else { continue };
                    let step = dice.below(steps.len() + 1);
                    steps.truncate(step);
                    steps.extend(path.steps().iter().skip(step));
                }
                _ => self.edit(&mut steps, dice),
            }
        }
        let path = path(steps);
        match neighbour {
            Some(neighbour) => StateProof::Absent { neighbour, path },
            None if dice.below(50) == 0 => StateProof::Empty,
            None => StateProof::Present { path },
        }
    }

    /// A proof that might be what `truth` is, with parts of the proof of other keys.
    pub(crate) fn forge_many(&self, truth: &MultiProof, donor: &MultiProof, dice: &mut Dice) -> MultiProof {
        let (MultiProof::Way(way), true) = (truth, dice.below(100) > 0) else {
            return if dice.below(2) == 0 { MultiProof::Empty } else { donor.clone() };
        };
        let mut forged = way.clone();
        for _ in 0..1 + dice.below(2) {
            // Edits that break the order of bits make no proof at all: the type has none, and decoding is forged bit by bit.
            forged = self.edit_way(&forged, donor, dice).unwrap_or(forged);
        }
        MultiProof::Way(forged)
    }

    fn edit_way(&self, way: &Way, donor: &MultiProof, dice: &mut Dice) -> Option<Way> {
        let (mut steps, mut end) = (way.path().steps().to_vec(), way.end().clone());
        // Most edits belong deeper down.
        if let End::Fork(fork) = &mut end
            && dice.below(4) > 0
        {
            let side = if dice.below(2) == 0 { &mut fork.left } else { &mut fork.right };
            *side = self.edit_way(side, donor, dice)?;
            return Way::new(path(steps), end).ok();
        }
        match (dice.below(10), &mut end) {
            (0, end) => *end = End::Own,
            (1, end) => *end = End::Neighbour(self.leaf(dice)),
            (2, End::Fork(fork)) => std::mem::swap(&mut fork.left, &mut fork.right),
            (3, End::Fork(fork)) => fork.bit = fork.bit.wrapping_add([1, 255, 8][dice.below(3)]),
            (4, _) => return some_way(donor, dice).cloned(),
            // One side of a fork becomes the sibling of a step, as if no key went there.
            (5, End::Fork(fork)) => {
                let sibling = self.hash(dice);
                let rest = if dice.below(2) == 0 { fork.left.clone() } else { fork.right.clone() };
                steps.push(Step { bit: fork.bit, sibling });
                steps.extend(rest.path().steps());
                end = rest.end().clone();
            }
            // The sibling of a step becomes one side of a fork, as if keys went there.
            (6, _) => {
                let step = steps.pop()?;
                let rest = Way::new(Path::default(), end).ok()?;
                let made = Way::new(Path::default(), End::Neighbour(self.leaf(dice))).ok()?;
                let (left, right) = if dice.below(2) == 0 { (rest, made) } else { (made, rest) };
                end = End::Fork(Box::new(Fork { bit: step.bit, left, right }));
            }
            _ => self.edit(&mut steps, dice),
        }
        Way::new(path(steps), end).ok()
    }

    fn edit(&self, steps: &mut Vec<Step>, dice: &mut Dice) {
        let at = dice.below(steps.len() + 1);
        match (dice.below(5), steps.get_mut(at)) {
            (0, _) => steps.truncate(at),
            (1, Some(_)) => drop(steps.drain(at..=at)),
            (2, Some(step)) => step.sibling = self.hash(dice),
            (3, Some(step)) => step.bit = step.bit.wrapping_add([1, 255, 8][dice.below(3)]),
            _ => steps.insert(at, Step { bit: dice.below(256) as u8, sibling: self.hash(dice) }),
        }
    }

    fn leaf(&self, dice: &mut Dice) -> Leaf {
        self.leaves[dice.below(self.leaves.len())]
    }
}

fn some_way<'a>(proof: &'a MultiProof, dice: &mut Dice) -> Option<&'a Way> {
    let MultiProof::Way(top) = proof else { return None };
    let mut way = top;
    while let (End::Fork(fork), true) = (way.end(), dice.below(3) > 0) {
        way = if dice.below(2) == 0 { &fork.left } else { &fork.right };
    }
    Some(way)
}

/// A path of these steps in the order that paths have.
fn path(mut steps: Vec<Step>) -> Path {
    steps.sort_by_key(|step| step.bit);
    steps.dedup_by_key(|step| step.bit);
    Path::new(steps).expect("they were sorted")
}

/// SplitMix64: the forgeries of one seed are always the same.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}
