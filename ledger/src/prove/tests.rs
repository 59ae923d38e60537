use super::*;
use crate::block::Transaction;
use crate::world::{World, act, day, document, issue, licence, nation, type_code};
use bulla_verify::anchor::Anchor;
use bulla_verify::licence::Change;
use bulla_verify::proof::StatusProof;
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
