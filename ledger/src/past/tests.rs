use super::*;
use crate::Ledger;
use crate::prove::NotKept;
use crate::store::memory::MemoryStore;
use crate::world::{World, act, document, issue, licence, nation};
use bulla_verify::licence::Change;
use bulla_verify::operation::Operation;
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::roles::Role;

/// More blocks than can be proved; the tip, one higher, is a height at which replaced values are deleted.
const BLOCKS: u32 = 351;

fn claims() -> [Claim; 4] {
    let licence = |serial| Claim::Licence(licence(serial));
    [licence(0), licence(7), licence(BLOCKS), Claim::Organisation(nation())]
}

/// What each block changes: a new licence, and the first one suspended or resumed.
fn operations(round: u32) -> Vec<Operation> {
    let toggle = if round % 2 == 1 { Change::Suspend { from: None, until: None } } else { Change::Resume };
    match round {
        0 => vec![issue(0)],
        round => vec![issue(round), act(0, toggle)],
    }
}

/// The world after so many blocks, and the proofs that were taken at each height from 2 on.
fn grown(blocks: u32) -> (World, Arc<MemoryStore>, Vec<[StatusProof; 4]>) {
    let (mut world, store) = World::new();
    let proofs = (0..blocks).map(|round| {
        let tx = world.sign(Role::Issuer, operations(round));
        world.commit(&[tx]);
        claims().map(|claim| world.ledger.prove(&claim).unwrap().unwrap())
    });
    let proofs = proofs.collect();
    (world, store, proofs)
}

fn height_of(place: usize) -> Height {
    Height(u64::try_from(place).unwrap() + 2)
}

fn proves_as_then(ledger: &Ledger, proofs: &[[StatusProof; 4]]) {
    let tip = ledger.tip().height;
    let oldest = Height(tip.0 - PAST_HEIGHTS);
    for (place, then) in proofs.iter().enumerate() {
        let height = height_of(place);
        for (claim, then) in claims().iter().zip(then) {
            let found = ledger.prove_at(claim, height).unwrap();
            let expected = if height < oldest { Err(NotKept { height, oldest, tip }) } else { Ok(then.clone()) };
            assert_eq!(found, expected, "{claim} at {height}");
        }
    }
    let height = tip.next();
    assert_eq!(ledger.prove_at(&claims()[0], height), Ok(Err(NotKept { height, oldest, tip })));
}

#[test]
fn each_of_the_last_heights_is_proved_as_it_was_then() {
    let (world, store, proofs) = grown(BLOCKS);
    assert!(world.ledger.tip().height.0.is_multiple_of(DELETED_AT_ONCE), "the oldest height has just what it needs");
    proves_as_then(&world.ledger, &proofs);
    // The trees are made again from what the store keeps.
    proves_as_then(&Ledger::open(store, &document()).unwrap(), &proofs);
}

#[test]
fn what_no_proof_needs_is_deleted() {
    let (_, store, _) = grown(BLOCKS);
    let rows = store.scan(Table::Past, &[]).map(|row| past_of(&row.unwrap().0).unwrap().0);
    let heights: std::collections::BTreeSet<Height> = rows.collect();
    let (least, most) = (PAST_HEIGHTS, PAST_HEIGHTS + DELETED_AT_ONCE);
    let count = u64::try_from(heights.len()).unwrap();
    assert!((least..=most).contains(&count), "{count} heights");
}

#[test]
fn a_replaced_value_that_is_not_what_the_tree_had_stops_the_start_by_name() {
    let (world, store, _) = grown(5);
    let tip = world.ledger.tip().height;
    let (mut place, value) = store.scan(Table::Past, &table::height_key(tip)).next().unwrap().unwrap();
    let mut batch = Batch::default();
    batch.delete(Table::Past, place.clone());
    place[39] ^= 1;
    batch.put(Table::Past, place, value);
    store.write(batch).unwrap();
    let error = Ledger::open(store, &document()).err().unwrap().to_string();
    assert!(error.contains("table past"), "{error}");
}

#[test]
fn memory_holds_the_latest_trees_that_fit() {
    let (world, _, _) = grown(3);
    let mut current = world.ledger.shared.current();
    let half = world.ledger.shared.current().past.most / 2;
    for changes in [half, half, 1] {
        let next = Past::after(&current, changes);
        assert!(next.changes <= next.most);
        let Current { tip, tree, certificate, history, sets, .. } = &*current;
        let (tip, tree, certificate) = (tip.clone(), tree.clone(), certificate.clone());
        let (history, sets) = (history.clone(), sets.clone());
        current = Arc::new(Current {
            tip,
            tree,
            certificate,
            before: history.clone(),
            history,
            base: None,
            past: next,
            sets,
        });
    }
    // Each push was of the same tip; the ones that came first are gone.
    assert_eq!(current.past.changes, half + 1);
    assert_eq!(current.past.versions.len(), 2);
}
