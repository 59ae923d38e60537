//! Promises, row 1.

use crate::Range;
use bulla_testnet_fire::kills;

#[test]
fn thirty_kills_of_one_lose_nothing() {
    let range = Range::alone();
    let summary = kills::one_of_four(range.runs(30)).unwrap();
    assert!(summary.acknowledged > 300 && summary.reads > 100, "{summary:?}");
}

#[test]
fn six_kills_of_all_lose_nothing() {
    let range = Range::alone();
    let summary = kills::all_four(range.runs(6)).unwrap();
    assert!(summary.acknowledged > 60, "{summary:?}");
}

/// A chain of a day and more of busy blocks: a node that is killed is back as fast.
#[test]
fn a_hundred_thousand_blocks_do_not_delay_a_return() {
    let range = Range::alone();
    kills::with_history(range.runs(3), 100_000).unwrap();
}

/// The ledger is what the network has; the log is what only this node knows.
#[test]
fn a_lost_ledger_is_fetched_again_in_silence() {
    let range = Range::alone();
    kills::lost_ledger(range.runs(1)).unwrap();
}
