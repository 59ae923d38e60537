//! More than a million forged proofs of the state tree: every bit flipped, cut, padded, recombined out of everything that real
//! trees contain. Of a true claim one proof is accepted, in one encoding; of a false one none.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

#[path = "oracle/forger.rs"]
mod forger;
#[path = "oracle/naive_multi.rs"]
mod naive_multi;
#[path = "oracle/naive_tree.rs"]
mod naive_tree;

use bulla_verify::canonical::encode;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{self, MultiProof, StateKey, StateProof};
use forger::{Dice, Forger};
use naive_tree::Records;
use std::collections::{BTreeMap, BTreeSet};

/// Together they are above a million; each test counts its own.
const SINGLE_BITS: usize = 300_000;
const SINGLE_FORGED: usize = 400_000;
const MULTI_BITS: usize = 300_000;
const MULTI_FORGED: usize = 300_000;

type Claims = BTreeMap<StateKey, Option<Hash>>;

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

/// The first so many keys of the pool, each with a value of its own.
fn records(count: usize) -> Records {
    pool().into_iter().take(count).map(|key| (key, tree::value_hash(&key.0))).collect()
}

/// Every byte string that differs from these bytes in one bit, or in its end.
fn spoiled(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flipped = (0..bytes.len() * 8).map(|at| {
        let mut edited = bytes.to_vec();
        edited[at / 8] ^= 1 << (at % 8);
        edited
    });
    let padded = [0, 1, 0xff].map(|byte| [bytes, &[byte]].concat());
    flipped.chain((0..bytes.len()).map(|end| bytes[..end].to_vec())).chain(padded)
}

#[test]
fn every_bit_of_a_proof_counts() {
    let mut refused = 0;
    for count in [0, 1, 2, 3, 24, 40, 47] {
        let (records, root) = (records(count), naive_tree::root(&records(count)));
        for key in pool() {
            let bytes = encode(&naive_tree::prove(&records, &key));
            let accepted = |bytes: &[u8]| {
                let Ok(proof) = StateProof::decode(bytes) else { return false };
                [None, Some(tree::value_hash(&key.0))]
                    .iter()
                    .any(|claim| tree::check_hash(&root, &key, *claim, &proof).is_ok())
            };
            assert!(accepted(&bytes));
            for edited in spoiled(&bytes) {
                assert!(!accepted(&edited), "of {key:?} among {count}: {}", hex::encode(edited));
                refused += 1;
            }
        }
    }
    assert!(refused >= SINGLE_BITS, "{refused}");
}

#[test]
fn only_the_one_true_proof_of_a_key_is_accepted() {
    let (mut refused, pool, mut dice) = (0, pool(), Dice(1));
    while refused < SINGLE_FORGED {
        let records: Records = records(48).into_iter().filter(|_| dice.below(2) == 0).collect();
        let root = naive_tree::root(&records);
        let forger = Forger::new(&records, &pool);
        for _ in 0..4_000 {
            let at = dice.below(pool.len());
            let (key, proof) = (pool[at], forger.forge(at, &mut dice));
            let is_true_proof = proof == forger.singles[at];
            for claim in [None, Some(tree::value_hash(&key.0)), Some(forger.hash(&mut dice))] {
                let accepted = tree::check_hash(&root, &key, claim, &proof).is_ok();
                let is_right = is_true_proof && claim == records.get(&key).copied();
                assert_eq!(accepted, is_right, "{claim:?} for {key:?}: {proof:?}");
            }
            refused += usize::from(!is_true_proof);
        }
    }
}

/// What may be claimed of some keys: the truth, and one key told wrong in each of the ways there are.
fn claims(records: &Records, keys: &BTreeSet<StateKey>, wrong: &StateKey) -> [Claims; 3] {
    let truth: Claims = keys.iter().map(|key| (*key, records.get(key).copied())).collect();
    let told = |value: Option<Hash>| {
        let mut told = truth.clone();
        told.insert(*wrong, value);
        told
    };
    let other_kind = if truth[wrong].is_some() { None } else { Some(tree::value_hash(&wrong.0)) };
    [told(other_kind), told(Some(Hash([9; 32]))), truth]
}

#[test]
fn every_bit_of_a_proof_of_several_keys_counts() {
    let (mut refused, pool, mut dice) = (0, pool(), Dice(2));
    while refused < MULTI_BITS {
        let records = records([1, 2, 5, 40][dice.below(4)]);
        let root = naive_tree::root(&records);
        let keys: BTreeSet<StateKey> = (0..1 + dice.below(6)).map(|_| pool[dice.below(pool.len())]).collect();
        let bytes = encode(&naive_multi::prove(&records, &keys));
        let claims = claims(&records, &keys, keys.first().unwrap());
        let accepted = |bytes: &[u8]| {
            let Ok(proof) = MultiProof::decode(bytes) else { return false };
            claims.iter().any(|claims| tree::check_many(&root, claims, &proof).is_ok())
        };
        assert!(accepted(&bytes));
        for edited in spoiled(&bytes) {
            assert!(!accepted(&edited), "of {keys:?}: {}", hex::encode(edited));
            refused += 1;
        }
    }
}

#[test]
fn only_the_one_true_proof_of_several_keys_is_accepted() {
    let (mut refused, pool, mut dice) = (0, pool(), Dice(3));
    while refused < MULTI_FORGED {
        let records: Records = records(48).into_iter().filter(|_| dice.below(2) == 0).collect();
        let root = naive_tree::root(&records);
        let forger = Forger::new(&records, &pool);
        for _ in 0..40 {
            let keys: BTreeSet<StateKey> = (0..1 + dice.below(6)).map(|_| pool[dice.below(pool.len())]).collect();
            let others: BTreeSet<StateKey> = (0..1 + dice.below(6)).map(|_| pool[dice.below(pool.len())]).collect();
            let wrong = keys.iter().nth(dice.below(keys.len())).unwrap();
            let claims = claims(&records, &keys, wrong);
            let (truth, donor) = (naive_multi::prove(&records, &keys), naive_multi::prove(&records, &others));
            for _ in 0..100 {
                let forged = forger.forge_many(&truth, &donor, &mut dice);
                let is_true_proof = forged == truth;
                for (at, claims) in claims.iter().enumerate() {
                    let accepted = tree::check_many(&root, claims, &forged).is_ok();
                    assert_eq!(accepted, is_true_proof && at == 2, "{claims:?}: {forged:?}");
                }
                refused += usize::from(!is_true_proof);
            }
        }
    }
}
