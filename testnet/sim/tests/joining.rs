//! Whoever lost its disk joins by a snapshot, among honest peers and among liars.

use bulla_consensus::Message;
use bulla_node::wire::PeerMessage;
use bulla_testnet_sim::{Happening, Plan, Report, Sin, Snapshots, World};
use bulla_verify::chain::Height;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const SECOND_US: u64 = 1_000_000;

/// Who loses its disk, and when.
const LOSER: usize = 2;
const LOST_US: u64 = 6 * SECOND_US;

/// Nothing else goes wrong, but what joining itself meets.
fn plan(nodes: usize) -> Plan {
    let snapshots = Some(Snapshots { every: 10, gap: 5, piece_bytes: 1 << 10 });
    Plan { snapshots, loses_disk: Some((LOSER, LOST_US)), healed_us: 8 * SECOND_US, ..Plan::calm(nodes, 17) }
}

fn has_joined(report: &Report) {
    for what in [Happening::JoinedBySnapshot, Happening::ReplayRefused, Happening::Settled] {
        assert_eq!(report.counts.of(what), 1, "{what:?}: {report:?}");
    }
    assert!(report.height.0 >= 60, "{report:?}");
}

/// Those that it had taken transactions of may have lost them with it; what was acknowledged is there, as always.
#[test]
fn who_lost_its_disk_joins_asks_for_no_block_of_before_and_votes_again() {
    let mut resumed = 0;
    for seed in 0..4 {
        let (asked_from, voted_at, known) =
            (Arc::new(AtomicU64::new(u64::MAX)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (asked, voted, tips) = (asked_from.clone(), voted_at.clone(), known.clone());
        let world = World::new(seed, plan(4)).with_filter(Box::new(move |from, _, message, now_us| {
            if let PeerMessage::Tip(Height(tip)) = message
                && now_us < LOST_US
            {
                tips.fetch_max(*tip, Ordering::Relaxed);
            }
            if from == LOSER && now_us > LOST_US {
                if let PeerMessage::WantDecided(Height(first)) = message {
                    asked.fetch_min(*first, Ordering::Relaxed);
                }
                if let PeerMessage::Consensus(Message::Vote(said)) = message {
                    voted.fetch_max(said.statement.height.0, Ordering::Relaxed);
                }
            }
            true
        }));
        let report = world.run();
        has_joined(&report);
        resumed += report.counts.of(Happening::JoiningResumed);
        let [asked_from, voted_at, known] = [asked_from, voted_at, known].map(|value| value.load(Ordering::Relaxed));
        assert!(asked_from > known / 10 * 10, "seed {seed}: at {known} it asked for block {asked_from}");
        assert!(voted_at > known, "seed {seed}: it has not voted since height {known}");
    }
    assert!(resumed >= 1, "{resumed} were stopped in the middle and went on");
}

/// One liar of four, two of seven: forged headers, altered parts, old snapshots, tips that nobody has.
#[test]
fn forged_snapshots_are_believed_by_nobody_and_hold_nobody_up() {
    for liars in [vec![1], vec![1, 5]] {
        let mut blamed = 0;
        for seed in 0..4 {
            let sins = liars.iter().map(|place| (*place, Sin::FalseSnapshot)).collect();
            let report = World::new(seed, Plan { sins, ..plan(if liars.len() > 1 { 7 } else { 4 }) }).run();
            has_joined(&report);
            assert!(report.sins.sins > 0, "seed {seed}: no sin was committed: {report:?}");
            blamed += report.sins.blamed;
        }
        assert!(blamed >= 2, "of {liars:?}, only {blamed} lies were seen");
    }
}
