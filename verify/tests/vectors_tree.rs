//! The golden vectors of the state tree and of lists: `verify/vectors/tree.json` and `list.json`.
//!
//! They are computed by the oracles, compared with the files, and checked by the code under test.
//! `BULLA_WRITE_VECTORS=1 cargo test -p bulla-verify --test vectors_tree` writes the files anew.
#![allow(unreachable_pub, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "oracle/naive_list.rs"]
mod naive_list;
#[path = "oracle/naive_tree.rs"]
mod naive_tree;
#[path = "oracle/settle.rs"]
mod settle;

use bulla_verify::canonical::encode;
use bulla_verify::hash::Hash;
use bulla_verify::list::{self, ConsistencyProof, Frontier, Head, ListProof};
use bulla_verify::tree::{self, Path, StateKey, StateProof, Step};
use naive_tree::Records;
use serde_json::{Value, json};
use settle::settle;

const NOTE: &str =
    "Provisional until issue 3 closes (design D5). Hashes, keys and proofs are hexadecimal, values are UTF-8 text.";

#[test]
fn the_state_tree_keeps_its_vectors() {
    let vectors = settle("tree.json", tree_vectors());
    for tree in array(&vectors["trees"]) {
        let root = hash(&tree["root"]);
        for record in array(&tree["records"]) {
            assert_eq!(tree::value_hash(text(&record["value"]).as_bytes()), hash(&record["value_hash"]));
        }
        for case in array(&tree["proofs"]) {
            assert_eq!(judge_state(&root, case), Ok(()), "{case}");
        }
        for case in array(&tree["refused"]) {
            assert!(judge_state(&root, case).is_err(), "{case}");
        }
    }
}

#[test]
fn lists_keep_their_vectors() {
    let vectors = settle("list.json", list_vectors());
    for list in array(&vectors["lists"]) {
        let leaves: Vec<Hash> =
            array(&list["leaves"]).iter().map(|leaf| list::leaf_hash(text(leaf).as_bytes())).collect();
        let head = Head { len: list["len"].as_u64().unwrap(), root: hash(&list["root"]) };
        assert_eq!(Head::of(&leaves), head);
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|leaf| frontier.append(leaf));
        assert_eq!(hex::encode(encode(&frontier)), text(&list["frontier"]));
        for case in array(&list["proofs"]) {
            assert_eq!(judge_entries(&head, &leaves, case), Ok(()), "{case}");
        }
        for case in array(&list["refused"]) {
            assert!(judge_entries(&head, &leaves, case).is_err(), "{case}");
        }
        for case in array(&list["consistency"]) {
            let older = Head { len: case["older"].as_u64().unwrap(), root: hash(&case["older_root"]) };
            let proof = ConsistencyProof::decode(&bytes(&case["proof"])).unwrap();
            assert_eq!(list::check_consistency(&older, &head, &proof), Ok(()), "{case}");
        }
    }
}

/// The places of a case show the leaves there, or the claimed ones where it says so.
fn judge_entries(head: &Head, leaves: &[Hash], case: &Value) -> Result<(), String> {
    let place = |name: &str| case[name].as_u64().unwrap();
    let shown = match case["leaves"].as_array() {
        Some(claimed) => claimed.iter().map(|leaf| list::leaf_hash(text(leaf).as_bytes())).collect(),
        None => leaves[usize::try_from(place("from")).unwrap()..usize::try_from(place("to")).unwrap()].to_vec(),
    };
    let proof = ListProof::decode(&bytes(&case["proof"])).map_err(|error| error.to_string())?;
    let [len, from] = [case["len"].as_u64().unwrap_or(head.len), place("from")];
    list::check_range(&Head { len, ..*head }, from, shown, &proof).map_err(|error| error.to_string())
}

fn judge_state(root: &Hash, case: &Value) -> Result<(), String> {
    let proof = StateProof::decode(&bytes(&case["proof"])).map_err(|error| error.to_string())?;
    let value = case["value"].as_str().map(str::as_bytes);
    tree::check(root, &StateKey(hash(&case["key"]).0), value, &proof).map_err(|error| error.to_string())
}

fn tree_vectors() -> Value {
    let spread =
        |count: u8| (0..count).map(|at| StateKey::new(at % 3, &Hash([at.wrapping_mul(37).wrapping_add(9); 32])));
    let comb = [0x00, 0x01, 0x03, 0x80].map(|last| StateKey(std::array::from_fn(|at| if at == 31 { last } else { 5 })));
    let trees = [
        ("no record", vec![]),
        ("one record", spread(1).collect()),
        ("two records", spread(2).collect()),
        ("nine records in three areas", spread(9).collect()),
        ("four keys that part in their last byte only", comb.to_vec()),
    ];
    let absent = [StateKey([0; 32]), StateKey([0x55; 32]), StateKey([0xff; 32])];
    json!({
        "note": NOTE,
        "hashes": {
            "empty root": tree::empty_root(),
            "value hash of 'a'": tree::value_hash(b"a"),
            "inner node at bit 0 of 11.. and 22..": tree::inner_hash(0, &Hash([0x11; 32]), &Hash([0x22; 32])),
            "inner node at bit 255 of 11.. and 22..": tree::inner_hash(255, &Hash([0x11; 32]), &Hash([0x22; 32])),
        },
        "trees": trees.map(|(name, keys)| tree_vector(name, &keys, &absent)),
    })
}

fn tree_vector(name: &str, keys: &[StateKey], absent: &[StateKey]) -> Value {
    let value = |at: usize| format!("value {at}");
    let values: Vec<(StateKey, String)> = keys.iter().enumerate().map(|(at, key)| (*key, value(at))).collect();
    let records: Records = values.iter().map(|(key, value)| (*key, tree::value_hash(value.as_bytes()))).collect();
    let case = |key: &StateKey, value: Option<&str>, proof: &StateProof| json!({"key": key.to_string(), "value": value, "proof": hex::encode(encode(proof))});
    let of_records = values.iter().map(|(key, value)| case(key, Some(value), &naive_tree::prove(&records, key)));
    let of_absent = absent.iter().map(|key| case(key, None, &naive_tree::prove(&records, key)));
    json!({
        "name": name,
        "records": values.iter().map(|(key, value)| json!({
            "key": key.to_string(), "value": value, "value_hash": records[key],
        })).collect::<Vec<_>>(),
        "root": naive_tree::root(&records),
        "proofs": of_records.chain(of_absent).collect::<Vec<_>>(),
        "refused": refused(&records, &values, absent),
    })
}

/// For each tree: its first record shown with another value, as absent, with a bit lied about, and padded.
fn refused(records: &Records, values: &[(StateKey, String)], absent: &[StateKey]) -> Vec<Value> {
    let case = |why: &str, key: &StateKey, value: Option<&str>, proof: Vec<u8>| json!({"why": why, "key": key.to_string(), "value": value, "proof": hex::encode(proof)});
    let mut cases = Vec::new();
    if let Some((key, value)) = values.first() {
        let proof = naive_tree::prove(records, key);
        cases.push(case("another value", key, Some("another value"), encode(&proof)));
        cases.push(case("a record shown as absent", key, None, encode(&proof)));
        cases.push(case("an empty state claimed", key, None, encode(&StateProof::Empty)));
        cases.push(case("a byte too many", key, Some(value), [encode(&proof), vec![0]].concat()));
        if let StateProof::Present { path } = &proof
            && let [upper @ .., last] = path.steps()
        {
            let bit = last.bit.checked_add(1).unwrap_or(0);
            let steps = upper.iter().copied().chain([Step { bit, ..*last }]).collect();
            let lie = Path::new(steps).map(|path| encode(&StateProof::Present { path }));
            cases.extend(lie.map(|lie| case("a bit lied about", key, Some(value), lie)));
        }
    }
    for key in absent {
        cases.push(case("a record that there is not", key, Some(""), encode(&naive_tree::prove(records, key))));
    }
    cases
}

fn list_vectors() -> Value {
    let lists = [0usize, 1, 2, 3, 7, 8, 13].map(|len| {
        let contents: Vec<String> = (0..len).map(|at| format!("leaf {at}")).collect();
        let leaves: Vec<Hash> = contents.iter().map(|content| list::leaf_hash(content.as_bytes())).collect();
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|leaf| frontier.append(leaf));
        json!({
            "leaves": contents,
            "len": len,
            "root": naive_list::head(&leaves).root,
            "frontier": hex::encode(encode(&frontier)),
            "proofs": ranges(len).map(|(from, to)| json!({
                "from": from, "to": to, "proof": hex::encode(encode(&naive_list::prove_range(&leaves, from..to))),
            })).collect::<Vec<_>>(),
            "refused": refused_entries(&leaves),
            "consistency": (0..=len).map(|older| json!({
                "older": older, "older_root": naive_list::head(&leaves[..older]).root,
                "proof": hex::encode(encode(&naive_list::prove_consistency(&leaves, older))),
            })).collect::<Vec<_>>(),
        })
    });
    json!({ "note": NOTE, "leaf hash of 'leaf 0'": list::leaf_hash(b"leaf 0"), "lists": lists })
}

/// Each place alone, each suffix, and the inner third; the whole list is the first suffix.
fn ranges(len: usize) -> impl Iterator<Item = (usize, usize)> {
    let suffixes = (0..len.saturating_sub(1)).map(move |from| (from, len));
    (0..len).map(|at| (at, at + 1)).chain(suffixes).chain((len > 3).then_some((len / 3, 2 * len / 3)))
}

/// The last leaf of each list: changed, elsewhere, of another length, cut, padded, and twice.
fn refused_entries(leaves: &[Hash]) -> Vec<Value> {
    let Some(last) = leaves.len().checked_sub(1) else { return vec![] };
    let proof = encode(&naive_list::prove(leaves, last));
    let case = |why: &str, from: usize, len: usize, proof: &[u8], leaf: &[String]| {
        json!({
            "why": why, "from": from, "to": from + leaf.len(), "len": len, "leaves": leaf, "proof": hex::encode(proof),
        })
    };
    let [own, other] = [format!("leaf {last}"), "another leaf".into()].map(|leaf| [leaf]);
    let len = leaves.len();
    let padded = encode(&[&naive_list::prove(leaves, last).hashes[..], &[Hash([7; 32])]].concat());
    vec![
        case("another leaf", last, len, &proof, &other),
        case("another place", last + 1, len, &proof, &own),
        case("another length", last, len + 1, &proof, &own),
        case("a hash too many", last, len, &padded, &own),
        case("a byte too many", last, len, &[&proof[..], &[0]].concat(), &own),
        case("a byte too few", last, len, &proof[..proof.len() - 1], &own),
        case("no entry", last, len, &proof, &[]),
        case("the leaf twice", last, len, &proof, &[own[0].clone(), own[0].clone()]),
    ]
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn hash(value: &Value) -> Hash {
    text(value).parse().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).unwrap()
}
