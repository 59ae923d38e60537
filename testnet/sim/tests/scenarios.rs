//! Scripted runs: what a seed would meet too rarely.

use bulla_consensus::Message;
use bulla_node::wire::PeerMessage;
use bulla_testnet_sim::{Plan, World};
use bulla_verify::vote::VoteKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SECOND_US: u64 = 1_000_000;

/// A block has a quorum of prevotes, but for longer than the clock bound (10 s) no precommit arrives anywhere. The block is
/// proposed again with its old header, and so its old time: judging that time again would halt the chain for ever.
#[test]
fn an_old_time_proposed_again_is_not_doubted() {
    let stop_us = 20 * SECOND_US;
    let held = Arc::new(AtomicU64::new(0));
    let counted = held.clone();
    let world = World::new(1, Plan::calm(4, 30)).with_filter(Box::new(move |_, _, message, now_us| {
        let precommit = matches!(
            message,
            PeerMessage::Consensus(Message::Vote(said)) if said.statement.kind == VoteKind::Precommit
        );
        let stopped = precommit && (3 * SECOND_US..stop_us).contains(&now_us);
        counted.fetch_add(u64::from(stopped), Ordering::Relaxed);
        !stopped
    }));
    let report = world.run();
    assert!(held.load(Ordering::Relaxed) > 0, "no precommit was held back");
    assert!(report.failed_rounds > 4, "no block was proposed again");
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
