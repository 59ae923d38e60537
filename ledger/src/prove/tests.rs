use super::*;
use crate::block::Transaction;
use crate::store::{Batch, Store};
use crate::world::{World, act, day, document, issue, licence, nation, type_code};
use bulla_verify::anchor::Anchor;
use bulla_verify::canonical;
use bulla_verify::licence::Change;
use bulla_verify::list::{Head, check_consistency, check_range, leaf_hash};
use bulla_verify::proof::StatusProof;
use bulla_verify::proven::Recorded;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::status::Status;
use bulla_verify::time::Millis;
use bulla_verify::verdict::{Doubt, Finding, Kind, Policy, Verdict, verify};
use std::sync::atomic::{AtomicBool, Ordering};

fn prove(world: &World, claim: Claim) -> StatusProof {
    world.ledger.prove(&claim).unwrap().unwrap()
}

/// What a stranger says of a proof's bytes, with the genesis file alone.
fn judge(proof: &StatusProof, now: Millis) -> Verdict {
    let policy = Policy { now, max_age_ms: 86_400_000, clock_bound_ms: 10_000, at: None };
    verify(&proof.encode(), &Anchor::genesis(&document()), &policy)
}

#[test]
fn before_the_first_block_nothing_is_certified() {
    let world = World::on(std::sync::Arc::new(crate::store::memory::MemoryStore::new()));
    assert_eq!(world.ledger.prove(&Claim::Organisation(nation())), Ok(None));
}

#[test]
fn presence_and_absence_convince_a_stranger() {
    let (mut world, _) = World::new();
    let tip = world.issue(0..20);
    let now = tip.time.plus(5);
    for (claim, kind) in [
        (Claim::Licence(licence(3)), Kind::Valid),
        (Claim::Licence(licence(20)), Kind::NotValid),
        (Claim::Organisation(nation()), Kind::Valid),
        (Claim::LicenceType(type_code()), Kind::Valid),
    ] {
        let proof = prove(&world, claim);
        let found = judge(&proof, now);
        assert_eq!(found.kind(), kind, "{found:?}");
        let mut edited = proof.clone();
        edited.rest.0[0] ^= 1;
        assert_eq!(judge(&edited, now).kind(), Kind::DoesNotHold);
    }
}

#[test]
fn a_receipt_tells_what_came_of_a_transaction() {
    let (mut world, _) = World::new();
    let txs: Vec<Transaction> = (0..5).map(|nth| world.sign(Role::Issuer, vec![issue(nth / 2)])).collect();
    world.commit(&txs);
    world.issue(50..60);
    for (nth, tx) in txs.iter().enumerate() {
        let receipt = world.ledger.receipt(tx.id()).unwrap().unwrap();
        let outcomes = receipt.check(&Anchor::genesis(&document()), &[]).unwrap();
        assert_eq!(outcomes.len(), 1);
        assert_eq!(outcomes[0] == Outcome::Applied, nth % 2 == 0, "each second one issues what exists");
    }
    let unknown = world.sign(Role::Issuer, vec![issue(99)]);
    assert_eq!(world.ledger.receipt(unknown.id()), Ok(None));
}

/// Suspends and resumes a licence in turn, so many times a block.
fn turns(world: &mut World, blocks: u32, acts: u32) {
    for _ in 0..blocks {
        let change = |at| if at % 2 == 0 { Change::Suspend { from: None, until: None } } else { Change::Resume };
        let tx = world.sign(Role::Issuer, (0..acts).map(|at| act(0, change(at))).collect());
        let block = world.build(&[tx]);
        assert!(block.leaves()[0].outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
        world.commit_block(&block);
    }
}

/// Changes a row, or takes it away.
fn edit(store: &dyn Store, table: Table, key: &[u8], edit: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) {
    let mut batch = Batch::default();
    match edit(store.read(table, key).unwrap().unwrap()) {
        Some(row) => batch.put(table, key, row),
        None => batch.delete(table, key),
    }
    store.write(batch).unwrap();
}

#[test]
fn the_tip_vouches_for_every_header_before_it() {
    let (mut world, store) = World::new();
    world.issue(0..1);
    turns(&mut world, 38, 2);
    let anchor = Anchor::genesis(&document());
    let reopened = Ledger::open(store.clone(), &document()).unwrap();
    for height in (1..40).map(Height) {
        let ancestry = world.ledger.prove_header(height).unwrap().unwrap();
        assert_eq!(ancestry.check(&anchor, &[]), Ok(&world.ledger.header(height).unwrap().unwrap().0));
        assert_eq!(reopened.prove_header(height).unwrap(), Some(ancestry));
    }
    for none in [0, 40, 41, u64::MAX] {
        assert_eq!(world.ledger.prove_header(Height(none)), Ok(None));
    }

    // An old header that was edited, or one beside it, is not served; nor where a node is gone.
    let flip = |mut row: Vec<u8>| {
        row[20] ^= 1;
        Some(row)
    };
    for edited in [3, 4].map(Height) {
        edit(&*store, Table::Headers, &table::height_key(edited), flip);
        assert!(matches!(world.ledger.prove_header(Height(3)), Err(Fault::Damaged { table: Table::Headers, .. })));
        edit(&*store, Table::Headers, &table::height_key(edited), flip);
        assert!(world.ledger.prove_header(Height(3)).is_ok());
    }
    edit(&*store, Table::Nodes, &table::node_key(&HEADERS, 4, 1), |_| None);
    assert!(matches!(world.ledger.prove_header(Height(3)), Err(Fault::Damaged { table: Table::Nodes, .. })));
}

#[test]
fn a_history_is_proved_in_parts_and_as_of_every_length() {
    let (mut world, _) = World::new();
    world.issue(0..2);
    turns(&mut world, 5, 8);
    let licence = licence(0);
    let Some(Recorded::Licence(record)) =
        prove(&world, Claim::Licence(licence.clone())).check(&Anchor::genesis(&document())).unwrap().record().cloned()
    else {
        panic!("it was issued")
    };
    let (base, len) = (licence.base(), record.history.len);
    assert_eq!(len, 41);
    let whole = world.ledger.prove_entries(&base, 0..len, len).unwrap().unwrap();
    let leaves: Vec<Hash> = whole.entries.iter().map(|entry| leaf_hash(&canonical::encode(entry))).collect();
    assert_eq!((Head::of(&leaves), whole.proof.hashes.len()), (record.history, 0));
    for then in 1..=len {
        let head = Head::of(&leaves[..usize::try_from(then).unwrap()]);
        for from in (0..then).step_by(3) {
            for to in [from + 1, then] {
                let part = world.ledger.prove_entries(&base, from..to, then).unwrap().unwrap();
                let shown: Vec<Hash> = part.entries.iter().map(|entry| leaf_hash(&canonical::encode(entry))).collect();
                assert_eq!(check_range(&head, from, shown, &part.proof), Ok(()), "{from}..{to} of {then}");
            }
        }
        let grown = world.ledger.prove_growth(&List::History(base.clone()), then, len).unwrap().unwrap();
        assert_eq!(check_consistency(&head, &record.history, &grown), Ok(()));
    }
    for (places, then) in [(3..3, len), (40..42, len), (0..1, 42), (5..9, 8)] {
        assert_eq!(world.ledger.prove_entries(&base, places, then), Ok(None));
    }
    assert_eq!(world.ledger.prove_growth(&List::History(base), 5, 42), Ok(None));
    assert_eq!(world.ledger.prove_entries(&crate::world::licence(7).base(), 0..1, 1), Ok(None), "never issued");
}

#[test]
fn a_later_history_of_headers_begins_with_an_earlier() {
    let (mut world, _) = World::new();
    world.issue(0..1);
    turns(&mut world, 18, 2);
    let headers = world.ledger.headers(Height(1), 99).unwrap();
    for (older, newer) in (0..headers.len()).flat_map(|newer| (0..=newer).map(move |older| (older, newer))) {
        let [older, newer] = [older, newer].map(|at| headers[at].rest.history);
        let proof = world.ledger.prove_growth(&List::Headers, older.len, newer.len).unwrap().unwrap();
        assert_eq!(check_consistency(&older, &newer, &proof), Ok(()));
    }
    assert_eq!(world.ledger.prove_growth(&List::Headers, 3, 21), Ok(None), "beyond the tip's own header");
    assert_eq!(world.ledger.prove_growth(&List::Headers, 4, 3), Ok(None));
}

/// Design D12: time never writes. 10⁵ licences end at one instant, and nothing happens but that they are expired.
#[test]
fn a_hundred_thousand_licences_end_at_one_instant_and_cost_nothing() {
    const LICENCES: u32 = 100_000;
    let (mut world, store) = World::new();
    for first in (0..LICENCES).step_by(4_000) {
        let thousand = |first: u32| (first..first + 1_000).map(issue).collect();
        let txs: Vec<_> = (0..4).map(|nth| world.sign(Role::Issuer, thousand(first + nth * 1_000))).collect();
        // The largest transactions need not all fit one block.
        let mut left = &txs[..];
        while !left.is_empty() {
            let block = world.build_some(left).executed;
            assert!(block.leaves().iter().all(|leaf| leaf.outcomes.iter().all(|outcome| *outcome == Outcome::Applied)));
            world.commit_block(&block);
            left = &left[block.transactions().len()..];
        }
    }
    let records = store.count(crate::table::Table::Records);
    assert!(records > 100_000);
    let (end, before) = (day(200), world.ledger.tip());
    let active = prove(&world, Claim::Licence(licence(77_777)));
    assert_eq!(judge(&active, before.time).kind(), Kind::Valid);
    assert!(before.time < end);

    let block = world.build_at(&[], end.plus(1)).executed;
    assert!(block.changes().is_empty(), "crossing the instant writes no record and no entry");
    let after = world.commit_block(&block);
    assert_eq!(after.state_root, before.state_root);
    assert_eq!(store.count(crate::table::Table::Records), records);

    for serial in [0, 1, 77_777, LICENCES - 1] {
        let proof = prove(&world, Claim::Licence(licence(serial)));
        let Verdict::NotValid(answer) = judge(&proof, after.time) else { panic!("licence {serial}") };
        assert_eq!(answer.finding, Finding::Current(Status::Expired { since: end }));
        assert_eq!(answer.height, after.height);
        assert!(proof.encode().len() <= 1_800, "{} bytes of proof with 10⁵ licences", proof.encode().len());
    }
}

/// Readers ask and strangers check while blocks are committed: every proof holds, and heights never fall.
#[test]
fn proofs_hold_while_blocks_are_committed() {
    let (mut world, _) = World::new();
    world.issue(0..8);
    let anchor = Anchor::genesis(&document());
    let (ledger, is_over) = (world.ledger.clone(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3u32)
            .map(|number| {
                let (ledger, anchor, is_over) = (&ledger, &anchor, &is_over);
                scope.spawn(move || {
                    let (mut proofs, mut height) = (0, Default::default());
                    // A last round after the writer has ended, so that every reader has asked at least once.
                    let mut last = false;
                    while !last {
                        last = is_over.load(Ordering::SeqCst);
                        for claim in [Claim::Licence(licence(number)), Claim::Licence(licence(1_000_000))] {
                            let proof = ledger.prove(&claim).unwrap().unwrap();
                            proof.check(anchor).unwrap();
                            assert!(proof.stamp.height >= height, "heights never fall");
                            height = proof.stamp.height;
                            proofs += 1;
                        }
                    }
                    (proofs, height)
                })
            })
            .collect();
        // Each block touches the very records that are being read.
        for round in 0..60 {
            let change = || if round % 2 == 0 { Change::Suspend { from: None, until: None } } else { Change::Resume };
            let tx = world.sign(Role::Issuer, (0..8).map(|serial| act(serial, change())).collect());
            let block = world.build(&[tx]);
            assert!(block.leaves()[0].outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
            world.commit_block(&block);
        }
        is_over.store(true, Ordering::SeqCst);
        for reader in readers {
            let (proofs, height) = reader.join().unwrap();
            assert!(proofs >= 2);
            assert_eq!(height, world.ledger.tip().height);
        }
    });
}

#[test]
fn an_old_proof_says_as_of_when_it_is_true() {
    let (mut world, _) = World::new();
    let tip = world.issue(0..1);
    let proof = prove(&world, Claim::Licence(licence(0)));
    let Verdict::CannotTell { doubt: Doubt::TooOld { .. }, then } = judge(&proof, tip.time.plus(90_000_000)) else {
        panic!("25 hours are more than a day")
    };
    assert_eq!(then.as_of, tip.time);
}
