use super::*;
use crate::store::memory::MemoryStore;
use bulla_verify::canonical;
use bulla_verify::list::{Head, check_range};
use proptest::prelude::*;

fn key(of: u8) -> StateKey {
    StateKey([of; 32])
}

/// Appends to lists as contracts do, each append a content of its own.
fn block(frontiers: &mut BTreeMap<StateKey, Frontier>, appends: &[(u8, u8)]) -> Changes {
    let mut changes = Changes::default();
    for list in appends.iter().flat_map(|(list, count)| std::iter::repeat_n(key(*list), usize::from(*count))) {
        let frontier = frontiers.entry(list).or_default();
        let content = canonical::encode(&(list.0, frontier.len()));
        frontier.append(&leaf_hash(&content));
        changes.entries.push((list, content));
        changes.frontiers.insert(list, frontier.clone());
    }
    changes
}

fn commit(store: &MemoryStore, changes: &Changes) -> Result<(), Fault> {
    let mut batch = Batch::default();
    changes.frontiers.iter().for_each(|(list, after)| batch.put(Table::Frontiers, list.0, canonical::encode(after)));
    put_entries(&mut batch, changes, |list| match store.read(Table::Frontiers, &list.0)? {
        Some(row) => table::decode(Table::Frontiers, &list.0, &row),
        None => Ok(Frontier::default()),
    })?;
    store.write(batch)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    /// Whatever blocks append to whatever lists, rows suffice to prove every part, and none is there in vain.
    #[test]
    fn rows_prove_every_part_of_every_list(blocks in prop::collection::vec(prop::collection::vec((1..4u8, 0..40u8), 0..5), 1..20)) {
        let (store, mut frontiers) = (MemoryStore::new(), BTreeMap::new());
        for appends in &blocks {
            commit(&store, &block(&mut frontiers, appends)).unwrap();
        }
        let mut rows = 0;
        for (list, frontier) in &frontiers {
            let (stored, head, len) = (StoredList { store: &store, list: *list, not_held: None }, frontier.head(), frontier.len());
            let leaves: Vec<Hash> = (0..len).map(|place| leaf_hash(&canonical::encode(&(list.0, place)))).collect();
            prop_assert_eq!(Head::of(&leaves), head);
            for place in 0..len {
                let proof = list::prove(&stored, len, place..len).unwrap().unwrap();
                let entries = leaves[usize::try_from(place).unwrap()..].iter().copied();
                prop_assert_eq!(check_range(&head, place, entries, &proof), Ok(()));
            }
            rows += len / 16 + len / 256;
        }
        prop_assert_eq!(u64::try_from(store.count(Table::Nodes)).unwrap(), rows);
    }
}

/// A frontier that is not the one that execution read would keep nodes of another list.
#[test]
fn a_frontier_row_that_went_wrong_meanwhile_is_named() {
    let (store, mut frontiers) = (MemoryStore::new(), BTreeMap::new());
    commit(&store, &block(&mut frontiers, &[(1, 10)])).unwrap();
    let next = block(&mut frontiers, &[(1, 10)]);
    for wrong in [Frontier::default(), block(&mut BTreeMap::new(), &[(2, 10)]).frontiers[&key(2)].clone()] {
        let mut batch = Batch::default();
        batch.put(Table::Frontiers, key(1).0, canonical::encode(&wrong));
        store.write(batch).unwrap();
        let error = commit(&store, &next).unwrap_err();
        assert!(matches!(error, Fault::Damaged { table: Table::Frontiers, .. }), "{error}");
    }
    assert_eq!((store.count(Table::Entries), store.count(Table::Nodes)), (10, 0));
}

/// Most blocks complete no node: then no frontier is read.
#[test]
fn a_frontier_is_read_only_where_a_node_is_completed() {
    let mut frontiers = BTreeMap::new();
    let mut reads = 0;
    for _ in 0..64 {
        let before = frontiers.clone();
        let changes = block(&mut frontiers, &[(1, 1)]);
        let count = std::cell::Cell::new(0);
        put_entries(&mut Batch::default(), &changes, |list| {
            count.set(count.get() + 1);
            Ok(before.get(list).cloned().unwrap_or_default())
        })
        .unwrap();
        reads += count.get();
    }
    assert_eq!(reads, 4);
}
