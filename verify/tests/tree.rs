//! No proof of a false claim passes, and of a true claim exactly one does, in exactly one encoding.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "oracle/naive_tree.rs"]
mod naive_tree;

use bulla_verify::canonical::encode;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{self, Leaf, Path, ProofError, StateKey, StateProof, Step};
use naive_tree::Records;
use proptest::prelude::*;

#[test]
fn each_refusal_says_what_is_wrong() {
    let [a, b, c] = [0x00, 0x40, 0x80].map(|top| StateKey([top; 32]));
    let records = [(a, tree::value_hash(b"A")), (c, tree::value_hash(b"C"))].into();
    let root = naive_tree::root(&records);
    let (of_a, of_b, of_c) = (prove(&records, a), prove(&records, b), prove(&records, c));
    assert_eq!(tree::check(&root, &a, Some(b"A"), &of_a), Ok(()));
    assert_eq!(tree::check(&root, &b, None, &of_b), Ok(()));
    assert_eq!(tree::check(&root, &a, Some(b"B"), &of_a), Err(ProofError::OtherRoot));
    assert_eq!(tree::check(&root, &a, None, &of_a), Err(ProofError::OtherKind));
    assert_eq!(tree::check(&root, &a, Some(b"A"), &of_b), Err(ProofError::OtherKind));
    assert_eq!(tree::check(&root, &a, Some(b"A"), &of_c), Err(ProofError::OtherRoot));
    assert_eq!(tree::check(&root, &a, None, &of_b), Err(ProofError::NeighbourIsKey));
    assert_eq!(tree::check(&root, &c, None, &of_b), Err(ProofError::NeighbourElsewhere { bit: 0 }));
    assert_eq!(tree::check(&root, &a, None, &StateProof::Empty), Err(ProofError::OtherRoot));
    assert_eq!(tree::check(&tree::empty_root(), &a, None, &StateProof::Empty), Ok(()));
    assert_eq!(tree::check(&tree::empty_root(), &a, Some(b"A"), &StateProof::Empty), Err(ProofError::OtherKind));
}

/// Were the bit not in the hash, a real path walked with other bits would end at a neighbour and fake an absence.
#[test]
fn a_lie_about_bits_cannot_hide_a_key() {
    let keys = [0x00, 0x20, 0x80].map(|top| StateKey([top; 32]));
    let records: Records = keys.map(|key| (key, tree::value_hash(&key.0))).into();
    let root = naive_tree::root(&records);
    let StateProof::Present { path } = prove(&records, keys[0]) else { panic!("a record is present") };
    let neighbour = Leaf { key: keys[0], value_hash: records[&keys[0]] };
    assert_eq!(path.root_of(&neighbour), root);
    // The search for keys[1] follows keys[0] on every bit but bit 2; bit 3 they share.
    for (told, verdict) in [(2, Err(ProofError::NeighbourElsewhere { bit: 2 })), (3, Err(ProofError::OtherRoot))] {
        let mut steps = path.steps().to_vec();
        steps[1].bit = told;
        let forged = StateProof::Absent { neighbour, path: Path::new(steps).unwrap() };
        assert_eq!(tree::check(&root, &keys[1], None, &forged), verdict);
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    for size in [0, 1, 2, 40] {
        let pool = pool();
        let records: Records = pool.iter().take(size).map(|key| (*key, tree::value_hash(&key.0))).collect();
        let root = naive_tree::root(&records);
        for key in pool.iter().step_by(3) {
            let bytes = encode(&prove(&records, *key));
            let accepted = |bytes: &[u8]| {
                let Ok(proof) = StateProof::decode(bytes) else { return false };
                let present = tree::check(&root, key, Some(&key.0), &proof).is_ok();
                present || tree::check(&root, key, None, &proof).is_ok()
            };
            assert!(accepted(&bytes));
            for at in 0..bytes.len() * 8 {
                let mut edited = bytes.clone();
                edited[at / 8] ^= 1 << (at % 8);
                assert!(!accepted(&edited), "bit {at} of the proof of {key:?} among {size}");
            }
            assert!((0..bytes.len()).all(|end| !accepted(&bytes[..end])));
            assert!(!accepted(&[&bytes[..], &[0]].concat()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// 200 forgeries for each of 256 trees: raise `PROPTEST_CASES` for more.
    #[test]
    fn only_the_one_true_proof_is_accepted(chosen in prop::collection::vec(any::<bool>(), 48), seed: u64) {
        let mut dice = Dice(seed);
        let pool = pool();
        let records: Records =
            pool.iter().zip(&chosen).filter(|(_, taken)| **taken).map(|(key, _)| (*key, tree::value_hash(&key.0))).collect();
        let root = naive_tree::root(&records);
        let proofs: Vec<StateProof> = pool.iter().map(|key| naive_tree::prove(&records, key)).collect();
        let forger = Forger {
            hashes: if records.is_empty() { vec![root] } else { naive_tree::nodes(&records) },
            leaves: pool.iter().map(|key| Leaf { key: *key, value_hash: tree::value_hash(&key.0) }).collect(),
            proofs,
        };
        for (key, proof) in pool.iter().zip(&forger.proofs) {
            prop_assert_eq!(tree::check_hash(&root, key, records.get(key).copied(), proof), Ok(()));
        }
        for _ in 0..200 {
            let at = dice.below(pool.len());
            let (key, proof) = (pool[at], forger.forge(at, &mut dice));
            let claims = [None, Some(tree::value_hash(&key.0)), Some(forger.hashes[dice.below(forger.hashes.len())])];
            for claim in claims {
                let accepted = tree::check_hash(&root, &key, claim, &proof).is_ok();
                let right = claim == records.get(&key).copied() && proof == forger.proofs[at];
                prop_assert_eq!(accepted, right, "{:?} for {:?}: {:?}", claim, key, proof);
            }
        }
    }
}

/// Makes proofs out of true ones and of every hash that a real tree contains.
struct Forger {
    hashes: Vec<Hash>,
    leaves: Vec<Leaf>,
    proofs: Vec<StateProof>,
}

impl Forger {
    fn forge(&self, at: usize, dice: &mut Dice) -> StateProof {
        let donor = if dice.below(2) == 0 { at } else { dice.below(self.proofs.len()) };
        let (mut neighbour, mut steps) = match &self.proofs[donor] {
            StateProof::Present { path } => (None, path.steps().to_vec()),
            StateProof::Absent { neighbour, path } => (Some(*neighbour), path.steps().to_vec()),
            StateProof::Empty => (None, Vec::new()),
        };
        for _ in 0..dice.below(4) {
            let step = dice.below(steps.len() + 1);
            let other = &self.proofs[dice.below(self.proofs.len())];
            match dice.below(9) {
                0 => neighbour = Some(self.leaves[dice.below(self.leaves.len())]),
                1 => neighbour = Some(self.leaves[at]),
                2 => neighbour = None,
                3 => steps.truncate(step),
                4 if step < steps.len() => drop(steps.remove(step)),
                5 if step < steps.len() => steps[step].sibling = self.hashes[dice.below(self.hashes.len())],
                6 if step < steps.len() => steps[step].bit = steps[step].bit.wrapping_add([1, 255, 8][dice.below(3)]),
                7 => {
                    let (StateProof::Present { path } | StateProof::Absent { path, .. }) = other else { continue };
                    steps.truncate(step);
                    steps.extend(path.steps().iter().skip(step));
                }
                _ => {
                    let bit = dice.below(256) as u8;
                    steps.insert(step, Step { bit, sibling: self.hashes[dice.below(self.hashes.len())] });
                }
            }
        }
        steps.sort_by_key(|step| step.bit);
        steps.dedup_by_key(|step| step.bit);
        let path = Path::new(steps).expect("they were sorted");
        match neighbour {
            Some(neighbour) => StateProof::Absent { neighbour, path },
            None if dice.below(50) == 0 => StateProof::Empty,
            None => StateProof::Present { path },
        }
    }
}

/// SplitMix64: the forgeries of one seed are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// 48 keys: half spread by hashing over three areas, half a comb in which each parts from the next one bit deeper.
fn pool() -> Vec<StateKey> {
    let spread = (0..24u8).map(|at| StateKey::new(at % 3, &tree::value_hash(&[at])));
    let comb = (0..24u8).map(|at| {
        let mut key = [3; 32];
        key[31 - usize::from(at / 8)] ^= 1 << (at % 8);
        StateKey(key)
    });
    spread.zip(comb).flat_map(|(one, other)| [one, other]).collect()
}

fn prove(records: &Records, key: StateKey) -> StateProof {
    naive_tree::prove(records, &key)
}
