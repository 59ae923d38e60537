//! A recovery in proofs: what was decided before it and what is after both hold from one anchor, and the reader is told.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

#[path = "oracle/world.rs"]
mod world;

use bulla_verify::anchor::Anchor;
use bulla_verify::canonical::{decode, encode};
use bulla_verify::chain::{Height, Round};
use bulla_verify::decision::Decided;
use bulla_verify::fork::{self, judge};
use bulla_verify::handover::{BrokenLink, Handover, HandoverError};
use bulla_verify::hash::Hash;
use bulla_verify::proof::Claim;
use bulla_verify::proven::Failure;
use bulla_verify::recovery::RecoveryError;
use bulla_verify::verdict::{Kind, Policy, Verdict, verify};
use world::{Committee, HOUR_MS, START, World, licence, licence_id};

const POLICY: Policy =
    Policy { now: START.plus(9 * HOUR_MS), max_age_ms: 24 * HOUR_MS, clock_bound_ms: 10_000, at: None };

/// A second committee after block 3; all of it goes on as a third after block 5, which hands over to a fourth after block 7.
struct Recovered {
    world: World,
    second: Committee,
    third: Committee,
    fourth: Committee,
    handovers: Vec<Handover>,
}

fn recovered() -> Recovered {
    let mut world = World::new(4);
    world.issue(&licence("A"));
    let [second, third, fourth] = [2, 3, 4].map(|name| Committee::new(name, 4));
    let handovers = vec![
        world.handover(3, &world.first, &second),
        world.recovery(5, &second, &third),
        world.handover(7, &third, &fourth),
    ];
    Recovered { world, second, third, fourth, handovers }
}

impl Recovered {
    fn verdict(&self, height: u64, by: &Committee, handovers: &[Handover], anchor: &Anchor) -> Verdict {
        let claim = Claim::Licence(licence_id("A", 1));
        let file = self.world.prove_by(claim, height, by, handovers.to_vec()).encode();
        verify(&file, anchor, &POLICY)
    }

    fn broken(&self, recovery: Handover) -> HandoverError {
        let handovers = [self.handovers[0].clone(), recovery];
        match self.verdict(6, &self.third, &handovers, &self.world.anchor()) {
            Verdict::DoesNotHold { failure: Failure::Handover(BrokenLink { place: 1, reason }) } => reason,
            verdict => panic!("{verdict}"),
        }
    }
}

#[test]
fn proofs_from_before_and_after_hold_from_genesis_and_say_that_there_was_one() {
    let c = recovered();
    let (anchor, all) = (c.world.anchor(), &c.handovers[..]);
    let before = c.verdict(5, &c.second, &all[..1], &anchor);
    assert_eq!(before.answer().unwrap().recovered_after, []);
    assert!(before.kind() == Kind::Valid && !before.to_string().contains("recovered"), "{before}");
    for (height, by, handovers) in [(6, &c.third, &all[..2]), (7, &c.third, &all[..2]), (8, &c.fourth, all)] {
        let after = c.verdict(height, by, handovers, &anchor);
        assert_eq!(after.kind(), Kind::Valid, "{after}");
        assert_eq!(after.answer().unwrap().recovered_after, [Height(5)]);
        assert!(after.to_string().contains("after block 5 too many validators had lost"), "{after}");
        assert_eq!(serde_json::to_value(&after).unwrap()["recovered_after"], serde_json::json!([5]));
    }
    // Each set speaks for its own heights alone.
    for (height, by, handovers) in [(6, &c.second, &all[..2]), (6, &c.third, &all[..1]), (5, &c.third, &all[..2])] {
        assert_eq!(c.verdict(height, by, handovers, &anchor).kind(), Kind::DoesNotHold, "block {height}");
    }
}

#[test]
fn an_anchor_from_before_it_follows_and_one_from_after_it_stands_for_it() {
    let c = recovered();
    let now = START.plus(6 * HOUR_MS);
    let last = Handover { validators: c.second.set.clone(), recovery: None, ..c.handovers[1].clone() };
    let before = c.world.anchor().pin(&[c.handovers[0].clone(), last], now).unwrap();
    assert_eq!((before.height(), before.validators()), (Height(5), &c.second.set));
    let verdict = c.verdict(6, &c.third, &c.handovers[..2], &before);
    assert_eq!(verdict.kind(), Kind::Valid, "pinned at the last block that stands, before the recovery: {verdict}");
    assert_eq!(verdict.answer().unwrap().recovered_after, [Height(5)]);

    let after = c.world.anchor().pin(&c.handovers[..2], now).unwrap();
    assert_eq!((after.height(), after.validators()), (Height(5), &c.third.set));
    let verdict = c.verdict(8, &c.fourth, &c.handovers, &after);
    assert_eq!(verdict.kind(), Kind::Valid, "{verdict}");
    assert_eq!(verdict.answer().unwrap().recovered_after, [], "the anchor stands for it");

    let mut forged = c.handovers[1].clone();
    forged.recovery.as_mut().unwrap().signatures[0][0].bytes[0] ^= 1;
    let verdict = c.verdict(6, &c.third, &[c.handovers[0].clone(), forged], &before);
    assert_eq!(verdict.kind(), Kind::DoesNotHold, "from its own block on, too");
}

#[test]
fn a_hand_over_with_a_recovery_is_forged_in_no_part() {
    let c = recovered();
    let good = &c.handovers[1];
    let edit = |change: &dyn Fn(&mut Handover)| {
        let mut edited = good.clone();
        change(&mut edited);
        c.broken(edited)
    };
    let stranger = Committee::new(9, 4);
    assert_eq!(edit(&|one| one.validators = stranger.set.clone()), HandoverError::OtherSet);
    assert_eq!(edit(&|one| one.validators = c.second.set.clone()), HandoverError::OtherSet);
    assert_eq!(edit(&|one| one.recovery = None), HandoverError::OtherSet);
    let by_departed = c.broken(c.world.recovery(5, &c.world.first, &c.third));
    assert!(matches!(by_departed, HandoverError::Uncertified(_)), "{by_departed}");
    let short = edit(&|one| one.recovery.as_mut().unwrap().signatures.truncate(3));
    assert!(matches!(short, HandoverError::Recovery(RecoveryError::NotSigned { .. })), "{short}");
    let elsewhere = edit(&|one| one.recovery.as_mut().unwrap().agreement.last.0 = Hash::default());
    assert!(matches!(elsewhere, HandoverError::Recovery(RecoveryError::Block { .. })), "{elsewhere}");
    let renamed = edit(&|one| one.recovery.as_mut().unwrap().agreement.keys.swap(0, 1));
    assert!(matches!(renamed, HandoverError::Recovery(RecoveryError::Order)), "{renamed}");
}

#[test]
fn a_decided_block_that_was_given_up_is_a_fork_that_names_nobody() {
    let c = recovered();
    let decided = |by: &Committee, later_ms: i64, handovers: &[Handover]| {
        let mut header = c.world.header(6, &by.set);
        header.light.time = header.light.time.plus(later_ms);
        let certificate = by.decide_in(Round(0), &header, &by.quorum());
        let block = Handover { header, certificate, validators: by.set.clone(), recovery: None };
        Decided { handovers: handovers.to_vec(), block }
    };
    let given_up = decided(&c.second, 7, &c.handovers[..1]);
    let stands = decided(&c.third, 0, &c.handovers[..2]);
    let expected = fork::Verdict::GivenUp { height: Height(6), recovered_after: Height(5) };
    for files in [[&given_up, &stands], [&stands, &given_up]] {
        assert_eq!(judge(&c.world.anchor(), files), Ok(expected.clone()));
    }
    // Two branches after one recovery are judged as ever.
    let other = decided(&c.third, 9, &c.handovers[..2]);
    let verdict = judge(&c.world.anchor(), [&stands, &other]).unwrap();
    let fork::Verdict::Equivocation { signed_both, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!(signed_both.len(), 3);
}

#[test]
fn the_bytes_of_a_hand_over_are_those_of_ever_unless_there_was_one() {
    let c = recovered();
    let [plain, recovered] = [&c.handovers[0], &c.handovers[1]];
    let parts = encode(&(&plain.header, &plain.certificate, &plain.validators));
    assert_eq!(encode(plain), parts);
    let bytes = encode(recovered);
    assert_eq!(decode(&bytes, bytes.len()).as_ref(), Ok(recovered));
    assert_eq!((bytes[0], parts[0]), (0, 1));
}
