//! Of several keys at once, under the root of a known tree: their one true proof is accepted, for the truth, and nothing else
//! for anything.

use super::naive_multi;
use super::state_proof::{KEYS, SCENES, Scene};
use super::tape::{Tape, as_it_stands, to_be_edited};
use super::{Reached, decoded};
use bulla_verify::canonical::encode;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{self, MultiProof, MultiProofError, StateKey, value_hash};
use std::collections::{BTreeMap, BTreeSet};

type Claims = BTreeMap<StateKey, Option<Hash>>;

pub fn judge(input: &[u8]) -> Reached {
    let mut tape = Tape::new(input);
    let scene = tape.one_of(&SCENES);
    let (asked, others) = (keys(tape.number()), keys(tape.number()));
    let wrong = asked.iter().nth(tape.below(asked.len().max(1)));
    let bytes = tape.encoding(&proofs(scene, &[&asked, &others]), &scene.pool);
    let Some(proof) = decoded(&bytes, MultiProof::MAX_BYTES, MultiProof::decode(&bytes)) else {
        return Reached::Refused;
    };
    let truth: Claims = asked.iter().map(|key| (*key, scene.records.get(key).copied())).collect();
    let Some(wrong) = wrong else {
        assert_eq!(tree::check_many(&scene.root, &truth, &proof), Err(MultiProofError::NoClaim));
        return Reached::Decoded;
    };
    let is_present = truth[wrong].is_some();
    for told in [Some(value_hash(&wrong.0)).filter(|_| !is_present), Some(value_hash(b"other"))] {
        let mut claims = truth.clone();
        claims.insert(*wrong, told);
        assert!(tree::check_many(&scene.root, &claims, &proof).is_err(), "{claims:?}: {proof:?}");
    }
    let holds = tree::check_many(&scene.root, &truth, &proof).is_ok();
    assert_eq!(holds, proof == naive_multi::prove(&scene.records, &asked), "{truth:?}: {proof:?}");
    if holds { Reached::Accepted } else { Reached::Decoded }
}

/// One bit for each key.
fn keys(mask: [u8; 2]) -> BTreeSet<StateKey> {
    let mask = u16::from_le_bytes(mask);
    KEYS.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, key)| *key).collect()
}

fn proofs(scene: &Scene, asked: &[&BTreeSet<StateKey>]) -> Vec<Vec<u8>> {
    let some = asked.iter().filter(|keys| !keys.is_empty());
    some.map(|keys| encode(&naive_multi::prove(&scene.records, keys))).collect()
}

pub fn seeds() -> Vec<Vec<u8>> {
    let statement = [4, 0b0011_0011, 0b1000_0001, 0b0000_1110, 0, 0, 0];
    let [low, high] = [statement[1], statement[2]];
    vec![
        to_be_edited(&statement, 0),
        to_be_edited(&statement, 1),
        as_it_stands(&statement, &proofs(&SCENES[4], &[&keys([low, high])])[0]),
        to_be_edited(&[0, 3, 0, 1, 0, 0, 0], 0),
        to_be_edited(&[1, 6, 0, 1, 0, 0, 0], 0),
    ]
}
