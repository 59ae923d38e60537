//! Scripted runs: what a seed would meet too rarely.

#![expect(clippy::wildcard_enum_match_arm, reason = "a scenario names the messages that it stops; all others go on")]

use bulla_node::wire::PeerMessage;
use bulla_testnet_sim::{Fault, Plan, Sin, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SECOND_US: u64 = 1_000_000;

#[path = "scenarios/old_time.rs"]
mod old_time;

#[test]
fn an_old_time_proposed_again_is_not_doubted() {
    let (report, locked) = old_time::run();
    assert!(locked.proposed_again, "no block was proposed again: {report:?}");
    assert!((old_time::UNTIL_US..60 * SECOND_US).contains(&locked.decided_us), "decided at {} us", locked.decided_us);
    assert_eq!(report.doubted, 0, "a value that was proposed again had its time judged");
    assert!(report.height.0 >= 20 && report.accepted == report.included, "{report:?}");
}

/// A proposer lets exactly f+1 others have a block's bodies: transactions reach only it, and it answers only them. Whoever
/// voted serves the bodies, so the decided block is executed by all.
#[test]
fn bodies_that_reach_only_f_and_one_are_served_by_those_who_voted() {
    const PROPOSER: usize = 0;
    let asked_elsewhere = Arc::new(AtomicBool::new(false));
    let noted = asked_elsewhere.clone();
    let world = World::new(2, Plan::calm(4, 30)).with_filter(Box::new(move |from, to, message, _| match message {
        PeerMessage::Transaction(_) => false,
        PeerMessage::Bodies(..) => {
            noted.fetch_or(from != PROPOSER, Ordering::Relaxed);
            from != PROPOSER || to <= 2
        }
        _ => true,
    }));
    let report = world.run();
    assert!(asked_elsewhere.load(Ordering::Relaxed), "nobody but the proposer served a body");
    assert!(report.height.0 >= 20 && report.accepted == report.included, "{report:?}");
}

/// Somebody says, with the key of one of four, what that one's own process does not say. It hears so from the others, and signs
/// nothing more: what contradicts it ends with it. The others go on.
#[test]
fn a_validator_whose_key_another_uses_falls_silent() {
    let sins = vec![(1, Sin::Equivocate)];
    let unheeded = World::new(4, Plan { sins: sins.clone(), ..Plan::calm(4, 30) }).run();
    assert!(unheeded.sins.copied == 0 && unheeded.sins.equivocations > 20, "{unheeded:?}");
    let report = World::new(4, Plan { sins, copies_heeded: true, ..Plan::calm(4, 30) }).run();
    assert_eq!(report.sins.copied, 1, "{report:?}");
    assert!(report.sins.equivocations <= 6, "it went on signing: {report:?}");
    assert!(report.height.0 >= 20 && report.accepted == report.included, "{report:?}");
}

/// Two of four are cut off from the other two: nobody decides. When the wall falls, all go on.
#[test]
fn half_a_network_waits() {
    let decided = Arc::new(AtomicU64::new(0));
    let seen = decided.clone();
    let (from_us, until_us) = (5 * SECOND_US, 20 * SECOND_US);
    let world = World::new(3, Plan::calm(4, 25)).with_filter(Box::new(move |from, to, message, now_us| {
        let wall = (from_us + SECOND_US..until_us).contains(&now_us);
        if let (true, PeerMessage::Tip(height)) = (wall, message) {
            let first = seen.compare_exchange(0, height.0, Ordering::Relaxed, Ordering::Relaxed).is_ok();
            assert!(first || seen.load(Ordering::Relaxed) + 1 >= height.0, "half a network decided {height}");
        }
        !(from_us..until_us).contains(&now_us) || (from < 2) == (to < 2)
    }));
    let report = world.run();
    assert!(decided.load(Ordering::Relaxed) > 0, "nobody told of a tip");
    assert!(report.height.0 >= 20, "{report:?}");
}

/// All lose power while they write what they are about to say. What no sync returned for was never said: whoever were silent
/// about it for the rest of the height would leave it without a quorum, for ever.
#[test]
fn validators_that_lose_power_together_in_the_middle_of_a_sync_go_on() {
    for seed in [46, 92] {
        let plan = Plan {
            every_us: [(Fault::Blackout, 4 * SECOND_US)].into(),
            blackouts_tear: true,
            delay_us: 30_000,
            loss_percent: 5,
            ..Plan::calm(4, 120)
        };
        let while_faulty = Arc::new(AtomicU64::new(0));
        let (seen, until_us) = (while_faulty.clone(), plan.faulty_us);
        let world = World::new(seed, plan).with_filter(Box::new(move |_, _, message, now_us| {
            if let (true, PeerMessage::Tip(height)) = (now_us < until_us, message) {
                seen.fetch_max(height.0, Ordering::Relaxed);
            }
            true
        }));
        let (report, then) = (world.run(), while_faulty.load(Ordering::Relaxed));
        assert!(then > 0 && report.height.0 >= then + 5, "seed {seed}: stood at {then}: {report:?}");
        assert!(report.crashes >= 20, "seed {seed}: {report:?}");
    }
}
