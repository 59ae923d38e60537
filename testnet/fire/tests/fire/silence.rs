//! Promises, rows 6 and 8.

use crate::Range;
use bulla_testnet_fire::{partitions, pause};

#[test]
fn a_node_that_hangs_for_ten_seconds_does_no_harm() {
    let range = Range::alone();
    pause::pauses(range.runs(1)).unwrap();
}

#[test]
fn four_partitions_fork_nothing_and_heal() {
    let range = Range::alone();
    if let Some(reason) = partitions::skipped() {
        return crate::tell(&format!("SKIPPED: partitions: {reason}"));
    }
    partitions::partitions(range.runs(4)).unwrap();
}
