//! The golden vectors of proofs for several keys: `verify/vectors/multi.json`, about the trees of `tree.json`.
//!
//! They are computed by the oracle, compared with the file, and checked by the code under test.
//! `BULLA_WRITE_VECTORS=1 cargo test -p bulla-verify --test vectors_multi` writes the file anew.
#![allow(unreachable_pub, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "oracle/naive_multi.rs"]
mod naive_multi;
#[path = "oracle/naive_tree.rs"]
mod naive_tree;
#[path = "oracle/settle.rs"]
mod settle;

use bulla_verify::canonical::encode;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{MultiProof, StateKey, check_many, value_hash};
use naive_tree::Records;
use serde_json::{Value, json};
use settle::settle;
use std::collections::{BTreeMap, BTreeSet};

const NOTE: &str = "One proof for several keys under the roots of the trees in tree.json, by their names. Keys and proofs are \
                    hexadecimal, values are UTF-8 text, and null says that the key has none.";

type Values = BTreeMap<StateKey, Option<String>>;

#[test]
fn proofs_of_several_keys_keep_their_vectors() {
    let trees = trees();
    let vectors =
        settle("multi.json", json!({ "note": NOTE, "trees": trees.iter().map(tree_vector).collect::<Vec<_>>() }));
    for ((_, root, _), tree) in trees.iter().zip(vectors["trees"].as_array().unwrap()) {
        let cases = |which: &str| tree[which].as_array().unwrap().clone();
        for case in cases("proofs") {
            assert_eq!(judge(root, &case), Ok(()), "{case}");
        }
        for case in cases("refused") {
            assert!(judge(root, &case).is_err(), "{case}");
        }
    }
}

/// Name, root and records of each tree in `tree.json`.
fn trees() -> Vec<(String, Hash, Values)> {
    let kept = include_str!("../vectors/tree.json");
    let kept: Value = serde_json::from_str(kept).unwrap();
    let tree = |tree: &Value| {
        let record = |record: &Value| (key(&record["key"]), Some(record["value"].as_str().unwrap().to_string()));
        let records = tree["records"].as_array().unwrap().iter().map(record).collect();
        (tree["name"].as_str().unwrap().to_string(), tree["root"].as_str().unwrap().parse().unwrap(), records)
    };
    kept["trees"].as_array().unwrap().iter().map(tree).collect()
}

fn key(text: &Value) -> StateKey {
    StateKey(text.as_str().unwrap().parse::<Hash>().unwrap().0)
}

fn judge(root: &Hash, case: &Value) -> Result<(), String> {
    let proof = MultiProof::decode(&hex::decode(case["proof"].as_str().unwrap()).unwrap());
    let claim = |claim: &Value| (key(&claim["key"]), claim["value"].as_str().map(|value| value_hash(value.as_bytes())));
    let claims = case["claims"].as_array().unwrap().iter().map(claim).collect();
    check_many(root, &claims, &proof.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
}

fn tree_vector((name, _, values): &(String, Hash, Values)) -> Value {
    let hashed = |value: &Option<String>| value_hash(value.as_ref().unwrap().as_bytes());
    let records: Records = values.iter().map(|(key, value)| (*key, hashed(value))).collect();
    // The absent keys: far from all others, and beside the first records, with which they share all but the last bit.
    let beside = values.keys().take(2).map(|key| {
        let mut key = *key;
        key.0[31] ^= 1;
        key
    });
    let absent: Vec<StateKey> = [StateKey([0; 32]), StateKey([0xff; 32])].into_iter().chain(beside).collect();
    let told =
        |keys: &[StateKey]| -> Values { keys.iter().map(|key| (*key, values.get(key).cloned().flatten())).collect() };
    let present: Vec<StateKey> = values.keys().copied().collect();
    let sets = [present.iter().copied().take(2).collect(), absent.clone(), [present, absent].concat()];
    let sets: BTreeSet<Vec<StateKey>> = sets.into_iter().filter(|keys| !keys.is_empty()).collect();
    let mut refused = Vec::new();
    let mut proofs = Vec::new();
    for claims in sets.iter().map(|keys| told(keys)) {
        let proof = encode(&naive_multi::prove(&records, &claims.keys().copied().collect()));
        proofs.push(case(None, &claims, &proof));
        refused.extend(wrong(&records, &claims, &proof));
    }
    json!({ "name": name, "proofs": proofs, "refused": refused })
}

/// The first key told wrong, one key too few and one too many, and bytes that are no encoding.
fn wrong(records: &Records, claims: &Values, proof: &[u8]) -> Vec<Value> {
    let (first, value) = claims.first_key_value().unwrap();
    let with = |key: StateKey, value: Option<&str>| {
        let mut claims = claims.clone();
        claims.insert(key, value.map(str::to_string));
        claims
    };
    let mut cases = vec![
        case(Some("another value"), &with(*first, Some("another value")), proof),
        case(Some("no claim"), &Values::new(), proof),
        case(Some("a byte too many"), claims, &[proof, &[0]].concat()),
        case(Some("a byte too few"), claims, &proof[..proof.len() - 1]),
    ];
    if value.is_some() {
        cases.push(case(Some("a record shown as absent"), &with(*first, None), proof));
    }
    // Keys that take one way to one neighbour have one proof, alone and together.
    let fewer: Values = claims.iter().skip(1).map(|(key, value)| (*key, value.clone())).collect();
    if !fewer.is_empty() && encode(&naive_multi::prove(records, &fewer.keys().copied().collect())) != proof {
        cases.push(case(Some("the proof of one key more"), &fewer, proof));
    }
    cases
}

fn case(why: Option<&str>, claims: &Values, proof: &[u8]) -> Value {
    let claims =
        claims.iter().map(|(key, value)| json!({ "key": key.to_string(), "value": value })).collect::<Vec<_>>();
    let mut case = json!({ "claims": claims, "proof": hex::encode(proof) });
    if let Some(why) = why {
        case["why"] = why.into();
    }
    case
}
