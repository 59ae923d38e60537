//! The state tree against its definition, over random histories; and lists.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

#[path = "../../verify/tests/oracle/naive_list.rs"]
mod naive_list;
#[path = "../../verify/tests/oracle/naive_tree.rs"]
mod naive_tree;

use bulla_ledger::tree::{NotAscending, StateTree, Tree, list};
use bulla_verify::hash::Hash;
use bulla_verify::list::{check as check_list, leaf_hash};
use bulla_verify::tree::{StateKey, StateProof, check_hash, value_hash};
use naive_tree::Records;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Changes = BTreeMap<StateKey, Option<Hash>>;

/// One of 120 keys: hashes over two areas, and a comb that parts at every bit from 0 to 255.
fn key(at: u8) -> StateKey {
    match at {
        0..60 => StateKey::new(at % 2, &value_hash(&[at])),
        _ => comb((at - 60) * 4),
    }
}

/// The key that is all zero but for one bit.
fn comb(bit: u8) -> StateKey {
    StateKey(std::array::from_fn(|at| if at == usize::from(bit / 8) { 0x80 >> (bit % 8) } else { 0 }))
}

fn change() -> impl Strategy<Value = (StateKey, Option<Hash>)> {
    (0..120u8, prop_oneof![1 => Just(None), 2 => (0..4u8).prop_map(|value| Some(value_hash(&[value])))])
        .prop_map(|(at, value)| (key(at), value))
}

fn history() -> impl Strategy<Value = Vec<Vec<(StateKey, Option<Hash>)>>> {
    prop::collection::vec(prop::collection::vec(change(), 0..40), 0..8)
}

fn keep(records: &mut Records, changes: &Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => drop(records.insert(*key, *value)),
            None => drop(records.remove(key)),
        }
    }
}

fn judge(tree: &Tree, records: &Records) -> Result<(), TestCaseError> {
    let root = naive_tree::root(records);
    prop_assert_eq!(tree.root(), root);
    prop_assert_eq!(tree.len(), u64::try_from(records.len()).unwrap());
    for key in (0..120).step_by(17).map(key).chain(records.keys().copied().step_by(9)) {
        let truth = records.get(&key).copied();
        prop_assert_eq!(tree.value_hash(&key), truth);
        prop_assert_eq!(tree.contains(&key), truth.is_some());
        let proof = tree.prove(&key);
        prop_assert_eq!(check_hash(&root, &key, truth, &proof), Ok(()));
        prop_assert_eq!(proof, naive_tree::prove(records, &key));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// After every block the tree is the one that the definition gives, and the trees before it are what they were.
    #[test]
    fn every_block_gives_the_tree_of_the_definition(history in history()) {
        let mut versions = vec![(Tree::default(), Records::new())];
        for block in history {
            let changes: Changes = block.into_iter().collect();
            let (tree, records) = versions.last().unwrap();
            let (tree, mut records) = (tree.apply(&changes), records.clone());
            keep(&mut records, &changes);
            prop_assert_eq!(Tree::from_leaves(records.clone()).unwrap().root(), tree.root());
            versions.push((tree, records));
        }
        for (tree, records) in &versions {
            judge(tree, records)?;
        }
    }

    /// The last change of each key decides: all at once, one by one, or in any order of keys.
    #[test]
    fn order_and_batches_do_not_matter(before in history(), changes in prop::collection::vec(change(), 0..60), seed: u64) {
        let start = before.into_iter().fold(Tree::default(), |tree, block| tree.apply(&block.into_iter().collect()));
        let changes: Changes = changes.into_iter().collect();
        let whole = start.apply(&changes);
        let mut order: Vec<_> = changes.into_iter().collect();
        order.sort_by_key(|(key, _)| value_hash(&[&key.0[..], &seed.to_le_bytes()].concat()));
        let one_by_one = order.iter().fold(start.clone(), |tree, change| tree.apply(&[*change].into()));
        let in_sevens = order.chunks(7).fold(start, |tree, batch| tree.apply(&batch.iter().copied().collect()));
        prop_assert_eq!((one_by_one.root(), one_by_one.len()), (whole.root(), whole.len()));
        prop_assert_eq!((in_sevens.root(), in_sevens.len()), (whole.root(), whole.len()));
    }

    #[test]
    fn deleting_what_is_not_there_changes_nothing(records in prop::collection::btree_map((0..120u8).prop_map(key), Just(value_hash(b"v")), 0..60)) {
        let tree = Tree::from_leaves(records.clone()).unwrap();
        let absent: Changes = (0..120).map(key).filter(|key| !records.contains_key(key)).map(|key| (key, None)).collect();
        let after = tree.apply(&absent);
        prop_assert_eq!((after.root(), after.len()), (tree.root(), tree.len()));
        let gone = tree.apply(&records.keys().map(|key| (*key, None)).collect());
        prop_assert_eq!((gone.root(), gone.len()), (Tree::default().root(), 0));
    }
}

/// The deepest tree there can be, made, changed, proved and dropped within the stack of a small thread.
#[test]
fn a_chain_of_256_nodes_is_no_danger() {
    let keys: Vec<StateKey> = (0..=255).map(comb).chain([StateKey([0; 32])]).collect();
    let chain = move || {
        let all: Changes = keys.iter().map(|key| (*key, Some(value_hash(&key.0)))).collect();
        let tree = Tree::default().apply(&all);
        let StateProof::Present { path } = tree.prove(&keys[255]) else { panic!("it was put in") };
        assert_eq!(path.steps().len(), 256);
        assert_eq!(check_hash(&tree.root(), &keys[255], all[&keys[255]], &tree.prove(&keys[255])), Ok(()));
        let one_by_one = keys.iter().fold(Tree::default(), |tree, key| tree.apply(&[(*key, all[key])].into()));
        assert_eq!(one_by_one.root(), tree.root());
        let emptied = tree.apply(&keys.iter().map(|key| (*key, None)).collect());
        assert!(emptied.is_empty());
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(chain).unwrap().join().unwrap();
}

#[test]
fn leaves_out_of_order_are_refused_by_name() {
    let value = value_hash(b"v");
    let leaves = |keys: &[u8]| keys.iter().map(|at| (StateKey([*at; 32]), value)).collect::<Vec<_>>();
    assert_eq!(Tree::from_leaves(leaves(&[1, 3, 2])).err(), Some(NotAscending { key: StateKey([2; 32]) }));
    assert_eq!(Tree::from_leaves(leaves(&[1, 1])).err(), Some(NotAscending { key: StateKey([1; 32]) }));
    assert_eq!(Tree::from_leaves(leaves(&[1, 2, 3])).map(|tree| tree.len()), Ok(3));
}

#[test]
fn every_place_of_a_list_is_proved_and_none_beyond() {
    let leaves: Vec<Hash> = (0..70u8).map(|at| leaf_hash(&[at])).collect();
    for len in 0..=leaves.len() {
        let list = &leaves[..len];
        let head = naive_list::head(list);
        for (index, leaf) in list.iter().enumerate() {
            let place = u64::try_from(index).unwrap();
            let proof = list::prove_in(list, place..place + 1).unwrap();
            assert_eq!(proof, naive_list::prove(list, index));
            assert_eq!(check_list(&head, place, leaf, &proof), Ok(()));
        }
        for (from, to) in (0..len).step_by(3).flat_map(|from| [(from, len), (from, (from + 5).min(len))]) {
            let shown = u64::try_from(from).unwrap()..u64::try_from(to).unwrap();
            assert_eq!(list::prove_in(list, shown), Some(naive_list::prove_range(list, from..to)));
        }
        for older in 0..=len {
            let [before, now] = [older, len].map(|len| u64::try_from(len).unwrap());
            let proof = list::prove_consistency(list, before, now);
            assert_eq!(proof, Ok(Some(naive_list::prove_consistency(list, older))));
        }
        let end = u64::try_from(len).unwrap();
        assert_eq!((list::prove_in(list, end..end + 1), list::prove_in(list, end..end)), (None, None));
    }
}
