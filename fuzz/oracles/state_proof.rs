//! Of one key, under the root of a known tree: its one true proof is accepted, for the truth, and nothing else for anything.

use super::naive_tree::{self, Records};
use super::tape::{Tape, as_it_stands, to_be_edited};
use super::{Reached, decoded};
use bulla_verify::canonical::encode;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{self, ProofError, StateKey, StateProof, value_hash};
use std::sync::LazyLock;

/// A tree, and what a forger knows of it.
pub struct Scene {
    pub records: Records,
    pub root: Hash,
    /// Of each key of [`KEYS`] its proof.
    proofs: Vec<StateProof>,
    encodings: Vec<Vec<u8>>,
    /// All hashes and keys that there are.
    pub pool: Vec<Hash>,
}

/// Half spread by hashing over three areas, half a comb in which each parts from the next one bit deeper.
pub static KEYS: LazyLock<Vec<StateKey>> = LazyLock::new(|| {
    let spread = (0..8u8).map(|at| StateKey::new(at % 3, &value_hash(&[at])));
    let comb = (0..8u8).map(|at| {
        let mut key = [3; 32];
        key[31 - usize::from(at / 4)] ^= 1 << (2 * (at % 4));
        StateKey(key)
    });
    spread.zip(comb).flat_map(|(one, other)| [one, other]).collect()
});

/// Trees of the first so many keys, the value of each of which is its own bytes.
pub static SCENES: LazyLock<Vec<Scene>> = LazyLock::new(|| [0, 1, 2, 5, 12].map(scene).into());

fn scene(count: usize) -> Scene {
    let records: Records = KEYS.iter().take(count).map(|key| (*key, value_hash(&key.0))).collect();
    let proofs: Vec<StateProof> = KEYS.iter().map(|key| naive_tree::prove(&records, key)).collect();
    let nodes = if records.is_empty() { vec![] } else { naive_tree::nodes(&records) };
    let told = KEYS.iter().flat_map(|key| [Hash(key.0), value_hash(&key.0)]);
    Scene {
        root: naive_tree::root(&records),
        encodings: proofs.iter().map(encode).collect(),
        pool: nodes.into_iter().chain(told).collect(),
        proofs,
        records,
    }
}

pub fn judge(input: &[u8]) -> Reached {
    let mut tape = Tape::new(input);
    let scene = tape.one_of(&SCENES);
    let bytes = tape.encoding(&scene.encodings, &scene.pool);
    let Some(proof) = decoded(&bytes, StateProof::MAX_BYTES, StateProof::decode(&bytes)) else {
        return Reached::Refused;
    };
    let mut reached = Reached::Decoded;
    for (key, truth) in KEYS.iter().zip(&scene.proofs) {
        let is_present = scene.records.contains_key(key);
        for (value, is_right) in [(None, !is_present), (Some(&key.0[..]), is_present), (Some(b"other"), false)] {
            let holds = tree::check(&scene.root, key, value, &proof).is_ok();
            assert_eq!(holds, is_right && proof == *truth, "{value:?} for {key:?}: {proof:?}");
            if holds {
                reached = Reached::Accepted;
            }
        }
        never_both(key, &proof);
    }
    if let StateProof::Absent { neighbour, .. } = &proof {
        assert_eq!(tree::root_of(&neighbour.key, None, &proof), Err(ProofError::NeighbourIsKey));
    }
    reached
}

/// Under no root whatever does one proof show that a key has a value and that it has none.
fn never_both(key: &StateKey, proof: &StateProof) {
    let present = tree::root_of(key, Some(value_hash(&key.0)), proof);
    let absent = tree::root_of(key, None, proof);
    assert!(present.is_err() || absent.is_err(), "{key:?} is there and is not: {proof:?}");
}

pub fn seeds() -> Vec<Vec<u8>> {
    let [present, absent] = [1, 15];
    let raw = &SCENES[4].encodings;
    vec![
        to_be_edited(&[0], 0),
        to_be_edited(&[4], 1),
        as_it_stands(&[4], &raw[present]),
        as_it_stands(&[4], &raw[absent]),
        as_it_stands(&[3], &raw[present]),
    ]
}
