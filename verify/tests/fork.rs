//! Forks: two decided blocks of one height name those who lied, and never anyone else.
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

use bulla_verify::anchor::{PinError, Uncertified};
use bulla_verify::certificate::CertificateError;
use bulla_verify::chain::{Height, Round};
use bulla_verify::decision::{Decided, FileError};
use bulla_verify::fork::{NothingShown, Verdict, judge};
use bulla_verify::handover::{BrokenLink, Handover, HandoverError};
use bulla_verify::keys::PublicKey;
use world::{Committee, HOUR_MS, START, World};

/// A block of a height, told apart by its time, decided by these.
fn block(world: &World, by: &Committee, height: u64, later_ms: i64, round: u32, signers: &[usize]) -> Decided {
    let mut header = world.header(height, &by.set);
    header.light.time = header.light.time.plus(later_ms);
    let certificate = by.decide_in(Round(round), &header, signers);
    Decided { handovers: Vec::new(), block: Handover { header, certificate, validators: by.set.clone(), recovery: None } }
}

fn named(verdict: &Verdict) -> Vec<PublicKey> {
    match verdict {
        Verdict::Equivocation { signed_both, .. } => signed_both.iter().map(|validator| validator.key).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn of_one_round_exactly_those_that_signed_both_are_named() {
    let world = World::new(7);
    let key = |at: usize| world.first.keys[at].public();
    for (one, other, both) in [
        ([0, 1, 2, 3, 4], [2, 3, 4, 5, 6], vec![2, 3, 4]),
        ([0, 1, 2, 3, 6], [0, 1, 4, 5, 6], vec![0, 1, 6]),
        ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], vec![0, 1, 2, 3, 4]),
    ] {
        let files = [block(&world, &world.first, 9, 0, 2, &one), block(&world, &world.first, 9, 7, 2, &other)];
        let verdict = judge(&world.anchor(), [&files[0], &files[1]]).unwrap();
        assert_eq!(named(&verdict), both.iter().map(|at| key(*at)).collect::<Vec<_>>());
        assert!(3 * both.len() > 7, "more than a third");
        assert!(matches!(verdict, Verdict::Equivocation { height: Height(9), round: Round(2), .. }));
    }
}

#[test]
fn of_different_rounds_nobody_is_named() {
    let world = World::new(4);
    let files = [block(&world, &world.first, 9, 0, 0, &[0, 1, 2]), block(&world, &world.first, 9, 7, 3, &[0, 1, 2])];
    let verdict = judge(&world.anchor(), [&files[0], &files[1]]).unwrap();
    assert_eq!(verdict, Verdict::VotesNeeded { height: Height(9), rounds: [Round(0), Round(3)] });
}

#[test]
fn one_block_decided_twice_is_no_fork() {
    let world = World::new(4);
    let files = [block(&world, &world.first, 9, 0, 0, &[0, 1, 2]), block(&world, &world.first, 9, 0, 3, &[1, 2, 3])];
    assert_eq!(judge(&world.anchor(), [&files[0], &files[1]]), Ok(Verdict::Same { height: Height(9) }));
}

#[test]
fn what_was_not_decided_shows_nothing() {
    let world = World::new(4);
    let anchor = world.anchor();
    let good = block(&world, &world.first, 9, 0, 0, &[0, 1, 2]);
    let other_height = block(&world, &world.first, 8, 0, 0, &[0, 1, 2]);
    assert_eq!(judge(&anchor, [&good, &other_height]), Err(NothingShown::Heights([Height(9), Height(8)])));
    // Signatures of one block, put under another.
    let mut forged = block(&world, &world.first, 9, 7, 0, &[0, 1, 2]);
    forged.block.certificate.signatures = good.block.certificate.signatures.clone();
    let few = block(&world, &world.first, 9, 7, 0, &[0, 1]);
    let strangers = block(&world, &Committee::new(2, 4), 9, 7, 0, &[0, 1, 2]);
    for bad in [&forged, &few, &strangers] {
        for (place, files) in [(0, [bad, &good]), (1, [&good, bad])] {
            let Err(NothingShown::Undecided { place: found, reason }) = judge(&anchor, files) else {
                panic!("it was not decided")
            };
            let certificate = matches!(
                reason.reason,
                HandoverError::Uncertified(Uncertified::Certificate(
                    CertificateError::Signature { .. } | CertificateError::Quorum { .. },
                ))
            );
            assert!(found == place && certificate, "{reason}");
        }
    }
    let mut other_set = good.clone();
    other_set.block.validators = Committee::new(3, 4).set;
    let reason = BrokenLink { place: 0, reason: HandoverError::OtherSet };
    assert_eq!(judge(&anchor, [&other_set, &good]), Err(NothingShown::Undecided { place: 0, reason }));
    // Who pinned that height already takes its word.
    let pinned = good.pin(&anchor, START.plus(10 * HOUR_MS)).unwrap();
    assert!(matches!(judge(&pinned, [&good, &good]), Err(NothingShown::Undecided { place: 0, .. })));
}

/// A branch by keys that have left: each side is judged by its own hand-overs, and only who signed both is named.
#[test]
fn after_a_hand_over_each_side_is_judged_by_its_own_set() {
    let world = World::new(4);
    let second = Committee::new(2, 4);
    let handover = world.handover(3, &world.first, &second);
    let mut honest = block(&world, &second, 9, 0, 0, &[0, 1, 2]);
    honest.handovers = vec![handover];
    let branch = block(&world, &world.first, 9, 7, 0, &[0, 1, 2]);
    let verdict = judge(&world.anchor(), [&honest, &branch]).unwrap();
    assert!(matches!(verdict, Verdict::Equivocation { .. }));
    assert_eq!(named(&verdict), []);
}

#[test]
fn a_file_comes_back_and_every_flipped_bit_is_found() {
    let world = World::new(4);
    let decided = block(&world, &world.first, 9, 0, 0, &[0, 1, 2]);
    let file = decided.encode();
    assert_eq!(Decided::decode(&file), Ok(decided.clone()));
    for at in 0..file.len() {
        let mut edited = file.clone();
        edited[at] ^= 1;
        assert!(Decided::decode(&edited).is_err(), "byte {at}");
        assert!(Decided::decode(&file[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(Decided::decode(b"BULLA\x01"), Err(FileError::NotAHeader));
    assert_eq!(Decided::decode(b"BULLH\x02rest"), Err(FileError::Version { found: 2 }));
}

#[test]
fn a_later_block_is_pinned_while_the_anchor_convinces() {
    let world = World::new(4);
    let decided = block(&world, &world.first, 9, 0, 0, &[0, 1, 2]);
    let pinned = decided.pin(&world.anchor(), START.plus(10 * HOUR_MS)).unwrap();
    assert_eq!((pinned.height(), pinned.validators()), (Height(9), &world.first.set));
    let late = START.plus(world.anchor().trust_period_ms() + 1);
    assert_eq!(decided.pin(&world.anchor(), late), Err(PinError::Stale { anchored_at: START }));
}
