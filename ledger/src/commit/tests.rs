use super::*;
use crate::store::Store;
use crate::store::memory::{FailedWrite, MemoryStore};
use crate::world::{World, certificate, certificate_in, document, issue};
use bulla_verify::chain::Round;
use bulla_verify::roles::Role;
use std::sync::Arc;

#[test]
fn the_tip_goes_from_block_to_block() {
    let (mut world, _) = World::new();
    let before = world.ledger.tip();
    let tip = world.issue(0..3);
    assert_eq!(tip, world.ledger.tip());
    assert_eq!((before.height, tip.height), (Height(1), Height(2)));
    assert_eq!(tip.header.unwrap().rest.parent, before.hash);
    assert_eq!(tip.time.since(before.time), 1_000);
    assert_ne!(tip.state_root, before.state_root);
    assert_eq!(world.ledger.validators_at(Height(3)), Some(tip.validators));
    assert_eq!(world.ledger.validators_at(Height(4)), None);
}

#[test]
fn the_same_block_again_changes_nothing() {
    let (mut world, _) = World::new();
    let block = {
        let tx = world.sign(Role::Issuer, vec![issue(0)]);
        world.build(&[tx])
    };
    let tip = world.commit_block(&block);
    let other = certificate_in(block.header(), Round(4));
    assert_eq!(world.ledger.commit(&block, &other), Ok(tip.clone()), "even with another certificate");
    assert_eq!(world.ledger.tip(), tip);
}

#[test]
fn only_the_next_block_is_committed_and_only_with_its_own_certificate() {
    let (mut world, _) = World::new();
    let [first, sibling] = [0, 1].map(|serial| {
        let tx = world.sign(Role::Issuer, vec![issue(serial)]);
        world.build(&[tx])
    });
    let wrong = certificate(sibling.header());
    assert_eq!(world.ledger.commit(&first, &wrong), Err(CommitError::Certificate(sibling.hash())));
    world.commit_block(&first);
    let expected = CommitError::Height { found: Height(2), expected: Height(3) };
    assert_eq!(world.ledger.commit(&sibling, &certificate(sibling.header())), Err(expected));

    let (mut elsewhere, _) = World::new();
    elsewhere.commit_block(&sibling);
    elsewhere.issue(7..8);
    let (header, txs, decided) =
        elsewhere.ledger.block(Height(3)).unwrap().unwrap().open(elsewhere.ledger.tip().chain).unwrap();
    let (other, _) = World::new();
    other.commit_block(&sibling);
    let third = crate::execute::execute(&other.ledger.parent(), &header, txs).unwrap();
    let error = world.ledger.commit(&third, &decided).unwrap_err();
    assert_eq!(error, CommitError::Parent { found: sibling.hash(), expected: first.hash() });
}

/// A write that fails leaves the store at one height or the other, and the open ledger readable and at rest.
#[test]
fn a_failed_write_is_whole_or_nothing_and_the_last() {
    for (how, height) in [(FailedWrite::Lost, Height(2)), (FailedWrite::Written, Height(3))] {
        let (mut world, store) = World::new();
        let before = world.issue(0..2);
        let tx = world.sign(Role::Issuer, vec![issue(2)]);
        let block = world.build(&[tx]);
        store.fail_next_write(how);
        assert!(matches!(world.ledger.commit(&block, &certificate(block.header())), Err(CommitError::Fault(_))));
        assert_eq!(world.ledger.tip(), before, "readers stay where they were");
        let again = world.ledger.commit(&block, &certificate(block.header()));
        assert_eq!(again, Err(CommitError::Broken), "a failed write is never tried again");

        let reopened = Ledger::open(store.clone(), &document()).unwrap();
        assert_eq!(reopened.tip().height, height);
        let tip = reopened.commit(&block, &certificate(block.header())).unwrap();
        assert_eq!(tip.hash, block.hash(), "{how:?}: committed now, if it was not before");
        assert_eq!(crate::fsck::fsck(&*store, &document(), &mut |_| ()).unwrap().finding, None);
    }
}

#[test]
fn ids_are_forgotten_in_memory_and_on_disk_when_they_expire() {
    let (mut world, store) = World::new();
    let tx = world.sign(Role::Issuer, vec![issue(0)]);
    let expires_at = tx.body().expires_at;
    world.commit(std::slice::from_ref(&tx));
    assert!(world.ledger.is_duplicate(&tx));
    assert_eq!(store.count(Table::Ids), 2, "the world's first transaction, and this one");

    let almost = world.build_at(&[], expires_at.plus(-1)).executed;
    world.commit_block(&almost);
    assert!(world.ledger.is_duplicate(&tx));
    let then = world.build_at(&[], expires_at).executed;
    world.commit_block(&then);
    assert!(!world.ledger.is_duplicate(&tx));
    assert_eq!(store.count(Table::Ids), 0);
}

#[test]
fn entries_of_one_list_stand_in_their_order_across_blocks() {
    use bulla_verify::licence::Change;
    let (mut world, _) = World::new();
    world.issue(0..2);
    let acts = |changes: Vec<Change>| changes.into_iter().map(|change| crate::world::act(0, change)).collect();
    let tx = world.sign(Role::Issuer, acts(vec![Change::Revoke, Change::Cancel]));
    world.commit(&[tx]);
    let history = world.ledger.history(&crate::world::licence(0).base(), 0, 10).unwrap();
    let entries = history.value.unwrap();
    let heights: Vec<_> = entries.iter().map(|entry| entry.recorded_at.0).collect();
    assert_eq!(heights, [2, 3, 3]);
    assert_eq!(entries[1].act.change, Change::Revoke);
    assert_eq!(entries[2].act.change, Change::Cancel);
    assert_eq!(world.ledger.history(&crate::world::licence(0).base(), 1, 1).unwrap().value.unwrap(), entries[1..2]);
    assert_eq!(world.ledger.history(&crate::world::licence(0).base(), 3, 9).unwrap().value.unwrap(), []);
}

#[test]
fn what_is_written_is_what_was_executed() {
    let store = Arc::new(MemoryStore::new());
    let mut world = World::on(store.clone());
    world.register_type();
    let tx = world.sign(Role::Issuer, vec![issue(0)]);
    let block = world.build(&[tx]);
    world.commit_block(&block);
    assert!(!block.changes().is_empty());
    for (key, value) in &block.changes().records {
        assert_eq!(store.read(Table::Records, &key.0).unwrap(), *value);
    }
}
