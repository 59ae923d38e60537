//! The log as its engine uses it. [`power`] cuts the power everywhere, [`rot`] damages every byte.

mod power;
mod rot;
mod story;

use super::guard::{Position, Step};
use super::*;
use crate::disk::memory::Memory;
use bulla_verify::chain::{HeaderHash, Round};
use story::{Story, segments};

fn open(disk: &Memory) -> Result<(Log<Memory>, Opened), WalError> {
    Log::open(disk.clone(), None)
}

fn fresh() -> (Memory, Log<Memory>) {
    let disk = Memory::new();
    let (log, opened) = Log::open(disk.clone(), Some(SignGuard::new())).unwrap();
    assert_eq!((opened.heights.len(), opened.torn_bytes, opened.unlogged), (0, 0, None));
    (disk, log)
}

fn payloads(opened: &Opened, height: u64) -> Vec<&[u8]> {
    opened.heights[&Height(height)].iter().map(|entry| entry.payload.as_slice()).collect()
}

#[test]
fn entries_come_back_by_height_with_their_numbers() {
    let (disk, mut log) = fresh();
    log.start_height(Height(1)).unwrap();
    assert_eq!(log.append(b"a").unwrap(), 0);
    log.start_height(Height(2)).unwrap();
    assert_eq!(log.append(b"").unwrap(), 1);
    log.start_height(Height(3)).unwrap();
    log.sync().unwrap();
    log.start_height(Height(3)).unwrap();
    assert_eq!(log.append(b"c").unwrap(), 2);
    log.close().unwrap();
    let (mut log, opened) = open(&disk).unwrap();
    assert_eq!(opened.heights.keys().copied().collect::<Vec<_>>(), [Height(2), Height(3)]);
    assert_eq!((payloads(&opened, 2), payloads(&opened, 3)), (vec![&b""[..]], vec![&b"c"[..]]));
    assert_eq!(opened.heights[&Height(3)][0].sequence, 2);
    assert_eq!(log.append(b"d").unwrap(), 3);
}

#[test]
fn an_entry_that_was_not_synced_is_no_ones_promise() {
    let (mut disk, mut log) = fresh();
    log.start_height(Height(1)).unwrap();
    log.append(b"kept").unwrap();
    log.sync().unwrap();
    log.append(b"lost").unwrap();
    drop(log);
    disk.crash();
    assert_eq!(payloads(&open(&disk).unwrap().1, 1), [b"kept"]);
}

#[test]
fn segments_are_removed_once_the_next_height_needs_them_no_more() {
    let (disk, mut log) = fresh();
    for height in 1..=64 {
        log.start_height(Height(height)).unwrap();
        log.append(&[0; 8]).unwrap();
        log.sync().unwrap();
        let kept = if height < 16 { 1 } else { 2 };
        assert_eq!(segments(&disk).len(), kept, "at height {height}");
    }
    assert_eq!(segments(&disk), ["000000000004.wal", "000000000005.wal"]);
    log.start_height(Height(1000)).unwrap();
    assert_eq!(segments(&disk), ["000000000006.wal"]);
    drop(log);
    let (_, opened) = open(&disk).unwrap();
    assert_eq!(opened.heights.into_iter().collect::<Vec<_>>(), [(Height(1000), vec![])]);
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let (disk, mut log) = fresh();
    assert_eq!(log.append(b"x"), Err(WalError::NoHeight));
    log.start_height(Height(5)).unwrap();
    assert_eq!(log.start_height(Height(4)), Err(WalError::Below { asked: Height(4), at: Height(5) }));
    assert_eq!(log.append(&vec![0; MAX_PAYLOAD + 1]), Err(WalError::TooLong { bytes: MAX_PAYLOAD + 1 }));
    let mut guard = SignGuard::new();
    let later = guard.allow(Height(5), Round(1), Step::Prevote, None).unwrap();
    let earlier = SignGuard::new().allow(Height(5), Round(0), Step::Prevote, None).unwrap();
    log.append_signed(later, b"later").unwrap();
    let refusal = GuardRefusal::Behind { at: earlier.at(), last: later.at() };
    assert_eq!(log.append_signed(earlier, b"earlier"), Err(WalError::Guard(refusal)));
    log.append(&vec![7; MAX_PAYLOAD]).unwrap();
    log.append(b"more").unwrap();
    log.close().unwrap();
    let (_, opened) = open(&disk).unwrap();
    assert_eq!(payloads(&opened, 5).iter().map(|payload| payload.len()).collect::<Vec<_>>(), [5, MAX_PAYLOAD, 4]);
    assert_eq!(opened.guard, guard);
}

/// Tells a story to a disk on which something fails, ever later, until nothing does. Returns how many faults there
/// were.
fn fail_ever_later(fail: impl Fn(&mut Memory, u64)) -> u64 {
    let story = Story::of(&[14, 15, 16], 8);
    for nth in 0.. {
        let mut disk = Memory::new();
        fail(&mut disk, nth);
        let told = story.tell(&disk);
        match &told.fault {
            None => return nth,
            Some(fault) => assert!(matches!(fault, WalError::Disk(_)), "{fault:?}"),
        }
        disk.crash();
        let seen = Log::open(disk.clone(), Some(SignGuard::new())).map(|(_, opened)| opened);
        told.check(seen.clone());
        // What the second process read, though the first one failed to sync it, is durable now.
        disk.power_loss(&mut |_| 0);
        let (seen, after) = (seen.unwrap(), Log::open(disk, Some(SignGuard::new())).unwrap().1);
        assert_eq!((after.heights, after.guard), (seen.heights, seen.guard));
    }
    unreachable!("a story has an end")
}

#[test]
fn a_failed_sync_closes_the_log_and_loses_nothing_that_was_synced() {
    assert!(fail_ever_later(Memory::fail_sync) >= 20);
}

#[test]
fn a_failed_write_closes_the_log_and_loses_nothing_that_was_synced() {
    assert!(fail_ever_later(Memory::fail_write) >= 30);
}

#[test]
fn after_a_fault_nothing_more_is_written() {
    let (mut disk, mut log) = fresh();
    log.start_height(Height(1)).unwrap();
    log.append(b"x").unwrap();
    disk.fail_sync(0);
    assert!(matches!(log.sync(), Err(WalError::Disk(fault)) if fault.is_sync()));
    let steps = disk.steps();
    let said = SignGuard::new().allow(Height(1), Round(0), Step::Prevote, None).unwrap();
    assert_eq!(log.sync(), Err(WalError::Poisoned));
    assert_eq!(log.append(b"y"), Err(WalError::Poisoned));
    assert_eq!(log.append_signed(said, b"y"), Err(WalError::Poisoned));
    assert_eq!(log.start_height(Height(1)), Err(WalError::Poisoned));
    assert_eq!(log.start_height(Height(99)), Err(WalError::Poisoned));
    assert_eq!(log.close(), Err(WalError::Poisoned));
    assert_eq!(disk.steps(), steps);
}

#[test]
fn without_log_and_guard_a_node_has_to_say_what_it_knows() {
    let disk = Memory::new();
    assert_eq!(open(&disk).unwrap_err(), WalError::GuardMissing);
    let silent = SignGuard::silent_through(Height(40));
    let (mut log, opened) = Log::open(disk.clone(), Some(silent.clone())).unwrap();
    assert_eq!(opened.guard, silent);
    log.start_height(Height(30)).unwrap();
    log.close().unwrap();
    assert_eq!(open(&disk).unwrap().1.guard, silent);
}

#[test]
fn a_guard_of_which_nothing_is_known_is_settled_durably_whenever_the_power_goes() {
    let unsettled = |disk: &Memory| Log::open(disk.clone(), Some(SignGuard::unsettled())).unwrap();
    let begun = Memory::new();
    let (mut log, opened) = unsettled(&begun);
    assert!(opened.guard.is_unsettled());
    log.start_height(Height(30)).unwrap();
    log.append(b"heard").unwrap();
    log.sync().unwrap();
    drop(log);
    assert!(open(&begun).unwrap().1.guard.is_unsettled(), "a restart alone settles nothing");

    let (mut log, _) = open(&begun).unwrap();
    log.settle_guard(Height(41)).unwrap();
    drop(log);
    begun.clone().crash();
    let (mut log, opened) = open(&begun).unwrap();
    assert_eq!(opened.guard, SignGuard::silent_through(Height(41)));
    log.start_height(Height(42)).unwrap();
    let mut guard = opened.guard;
    let said = guard.allow(Height(42), Round(0), Step::Prevote, None).unwrap();
    log.append_signed(said, b"vote").unwrap();
    log.sync().unwrap();
    drop(log);
    assert_eq!(open(&begun).unwrap().1.guard, guard);
}

#[test]
fn a_guard_that_is_unsettled_again_stays_so_whenever_the_power_goes_until_it_is_settled() {
    let disk = Memory::new();
    let (mut log, opened) = Log::open(disk.clone(), Some(SignGuard::silent_through(Height(29)))).unwrap();
    let (mut guard, vote) =
        (opened.guard, |guard: &mut SignGuard, height| guard.allow(Height(height), Round(0), Step::Prevote, None));
    log.start_height(Height(30)).unwrap();
    log.append_signed(vote(&mut guard, 30).unwrap(), b"vote").unwrap();
    log.sync().unwrap();
    log.unsettle_guard().unwrap();
    // What came after it was heard from others.
    log.append(b"heard").unwrap();
    log.start_height(Height(48)).unwrap();
    log.sync().unwrap();
    drop(log);
    disk.clone().crash();
    for _ in 0..2 {
        let (log, opened) = open(&disk).unwrap();
        let mut guard = opened.guard;
        assert!(guard.is_unsettled() && guard.last().is_some(), "a start alone settles nothing");
        assert!(matches!(vote(&mut guard, 48), Err(GuardRefusal::Unsettled { .. })));
        log.close().unwrap();
    }
    let (mut log, _) = open(&disk).unwrap();
    log.settle_guard(Height(50)).unwrap();
    drop(log);
    disk.clone().crash();
    let (_, opened) = open(&disk).unwrap();
    let mut guard = opened.guard;
    assert_eq!(guard.silent(), Some(Height(50)));
    assert!(vote(&mut guard, 50).is_err() && vote(&mut guard, 51).is_ok());
}

#[test]
fn with_the_log_gone_the_guard_files_keep_the_node_silent_through_its_lease() {
    let story = Story::of(&[14, 15, 16], 6);
    let disk = Memory::new();
    let told = story.tell(&disk);
    let mut bare = disk.copy();
    segments(&disk).iter().for_each(|name| bare.remove(name).unwrap());
    let (mut log, opened) = open(&bare).unwrap();
    assert_eq!((opened.heights.len(), opened.guard.silent()), (0, Some(Height(31))));
    let mut guard = opened.guard;
    let last = told.said.last().unwrap().at();
    assert!(matches!(
        guard.allow(last.height, last.round, last.step, None),
        Err(GuardRefusal::Silent { through: Height(31), .. })
    ));
    let said = guard.allow(Height(32), Round(0), Step::Propose, None).unwrap();
    log.start_height(Height(32)).unwrap();
    log.append_signed(said, b"again").unwrap();
    log.close().unwrap();
    assert_eq!(segments(&bare), ["000000000003.wal"]);
    assert_eq!(open(&bare).unwrap().1.guard, guard);
}

#[test]
fn guard_files_that_are_gone_or_rotten_are_named() {
    let disk = Memory::new();
    Story::of(&[14, 15, 16], 6).tell(&disk);
    let both = ["guard.a", "guard.b"];
    for name in both {
        let mut one_gone = disk.copy();
        one_gone.remove(name).unwrap();
        let mut no_log = one_gone.copy();
        drop(open(&one_gone).unwrap());
        assert_eq!(one_gone.list().unwrap(), disk.list().unwrap(), "it is written again");
        assert_eq!(open(&one_gone).unwrap().1, open(&disk).unwrap().1);
        segments(&disk).iter().for_each(|name| no_log.remove(name).unwrap());
        assert_eq!(open(&no_log).unwrap_err(), WalError::GuardRot, "the other may be the older");
    }
    let mut both_gone = disk.copy();
    both.iter().for_each(|name| both_gone.remove(name).unwrap());
    assert_eq!(open(&both_gone).unwrap_err(), WalError::GuardRot);
    let mut both_rotten = disk.copy();
    both.iter().for_each(|name| both_rotten.flip(name, 20, 1));
    assert_eq!(open(&both_rotten).unwrap_err(), WalError::GuardRot);
}

/// Seed 158 of the simulator: the newer guard file rotted, was written again from the older, which knew of no segment; then
/// the log was lost, and the node spoke at once.
#[test]
fn a_guard_file_that_is_written_again_allows_for_the_newest_segment() {
    for (heights, through) in [(&[1, 2][..], 15), (&[14, 15, 16], 31)] {
        let disk = Memory::new();
        Story::of(heights, 6).tell(&disk);
        for name in ["guard.a", "guard.b"] {
            let mut bare = disk.copy();
            bare.flip(name, 20, 1);
            drop(open(&bare).unwrap());
            segments(&disk).iter().for_each(|name| bare.remove(name).unwrap());
            let guard = open(&bare).unwrap().1.guard;
            assert_eq!(guard.silent(), Some(Height(through)), "after {name} rotted");
        }
    }
}

#[test]
fn segments_that_are_gone_swapped_or_of_another_format_are_named() {
    let disk = Memory::new();
    Story::of(&[14, 15, 16, 17], 6).tell(&disk);
    let [first, second] = ["000000000001.wal", "000000000002.wal"];
    let without = |name| {
        let mut disk = disk.copy();
        disk.remove(name).unwrap();
        open(&disk).map(|(_, opened)| opened)
    };
    assert_eq!(without(second).unwrap_err(), WalError::Missing { segment: 2 });
    assert_eq!(without(first).unwrap().heights.len(), 2, "an old one may be gone");
    let mut swapped = disk.copy();
    let bytes = swapped.read(first).unwrap().unwrap();
    swapped.replace(second, &bytes).unwrap();
    assert_eq!(open(&swapped).unwrap_err(), WalError::Rot { segment: 2, offset: 0 });
    let mut longer = disk.copy();
    longer.rot(first, &mut |bytes| bytes.extend_from_slice(b"tail"));
    let offset = wide(bytes.len());
    assert_eq!(open(&longer).unwrap_err(), WalError::Rot { segment: 1, offset }, "only the newest may be torn");
    let mut gap = disk.copy();
    gap.replace("000000000004.wal", &bytes).unwrap();
    assert!(open(&gap).is_err());
    let mut later = disk.copy();
    later.flip(second, 8, 1);
    assert_eq!(open(&later).unwrap_err(), WalError::Format { segment: 2, format: 3 });
    let mut other = disk.copy();
    other.replace("notes.wal", b"").unwrap();
    other.replace("1.wal", b"").unwrap();
    assert_eq!(open(&other).unwrap().1, open(&disk).unwrap().1);
}

#[test]
fn an_older_copy_of_one_segment_does_not_follow() {
    let (disk, mut log) = fresh();
    log.start_height(Height(15)).unwrap();
    log.append(b"one").unwrap();
    log.sync().unwrap();
    let old = disk.read("000000000001.wal").unwrap().unwrap();
    log.append(b"two").unwrap();
    log.start_height(Height(16)).unwrap();
    drop(log);
    let mut restored = disk.copy();
    restored.replace("000000000001.wal", &old).unwrap();
    let offset = wide(old.len());
    assert_eq!(open(&restored).unwrap_err(), WalError::Rot { segment: 1, offset });
}

#[test]
fn two_logs_that_contradict_each_other_are_refused() {
    let (disk, mut log) = fresh();
    let one = SignGuard::new().allow(Height(9), Round(0), Step::Precommit, None).unwrap();
    let value = Some(HeaderHash(Hash([1; 32])));
    let other = SignGuard::new().allow(Height(9), Round(0), Step::Precommit, value).unwrap();
    log.start_height(Height(9)).unwrap();
    log.append_signed(one, b"").unwrap();
    log.sync().unwrap();
    let mut copy = disk.copy();
    Lease::new(SignGuard::from(other)).renew(&mut copy).unwrap();
    let mut lease = Lease::new(SignGuard::from(other));
    (0..9).for_each(|_| lease.renew(&mut copy).unwrap());
    assert!(matches!(open(&copy).unwrap_err(), WalError::Guard(GuardRefusal::Conflict { .. })));
}

#[test]
fn the_log_lives_in_a_real_directory() {
    let directory = tempfile::tempdir().unwrap();
    let files = || crate::disk::files::Files::open(directory.path()).unwrap();
    let (mut log, _) = Log::open(files(), Some(SignGuard::new())).unwrap();
    let mut guard = SignGuard::new();
    for height in 1..=40 {
        log.start_height(Height(height)).unwrap();
        let said = guard.allow(Height(height), Round(0), Step::Prevote, None).unwrap();
        log.append(&height.to_le_bytes()).unwrap();
        log.append_signed(said, b"vote").unwrap();
        log.sync().unwrap();
    }
    drop(log);
    let newest = directory.path().join("000000000003.wal");
    let mut bytes = std::fs::read(&newest).unwrap();
    bytes.extend_from_slice(b"torn");
    std::fs::write(&newest, &bytes).unwrap();
    let (log, opened) = Log::open(files(), None).unwrap();
    assert_eq!((opened.torn_bytes, &opened.guard), (4, &guard));
    assert_eq!(payloads(&opened, 40), [&40u64.to_le_bytes()[..], b"vote"]);
    log.close().unwrap();
    assert_eq!(Log::open(files(), None).unwrap().1.torn_bytes, 0);
}
