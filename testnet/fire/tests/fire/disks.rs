//! Promises, row 5.

use crate::Range;
use bulla_testnet_fire::{full_disk, syscalls};

#[test]
fn sixty_calls_that_fail_lose_nothing() {
    let range = Range::alone();
    if let Some(reason) = syscalls::skipped() {
        return crate::tell(&format!("SKIPPED: failing calls: {reason}"));
    }
    let tally = syscalls::points(range.runs(60)).unwrap();
    assert!(tally.stopped >= 20, "hardly any fault was noticed: {tally:?}");
}

#[test]
fn a_node_that_is_refused_a_thread_ends_or_serves() {
    let range = Range::alone();
    if let Some(reason) = syscalls::skipped() {
        return crate::tell(&format!("SKIPPED: refused threads: {reason}"));
    }
    // The fifth is one of RocksDB's, which waits for ever without it.
    syscalls::threads(range.runs(4)).unwrap();
}

#[test]
fn a_full_file_system_is_named_and_left_behind() {
    let range = Range::alone();
    if let Some(reason) = full_disk::skipped() {
        return crate::tell(&format!("SKIPPED: a full file system: {reason}"));
    }
    full_disk::fill(range.runs(1)).unwrap();
}

#[test]
fn a_node_with_hardly_any_room_rests_and_goes_on_by_itself() {
    let range = Range::alone();
    if let Some(reason) = full_disk::skipped() {
        return crate::tell(&format!("SKIPPED: hardly any room: {reason}"));
    }
    full_disk::cramp(range.runs(1)).unwrap();
}
