//! Every byte of a log of three heights is flipped, zeroed and cut off, one at a time.

use super::story::{Told, entries};
use super::*;
use crate::engine::signing::Signing;
use bulla_consensus::{SignRefused, Signer};
use bulla_verify::chain::ChainId;
use bulla_verify::keys::SigningKey;
use bulla_verify::vote::{Vote, VoteKind};

/// What is done to one byte.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Flip,
    Zero,
    Cut,
}

impl Damage {
    fn on(self, bytes: &mut Vec<u8>, offset: usize) {
        match self {
            Damage::Cut => bytes.truncate(offset),
            Damage::Flip => bytes.iter_mut().skip(offset).take(1).for_each(|byte| *byte ^= 1 << (offset % 8)),
            Damage::Zero => bytes.iter_mut().skip(offset).take(1).for_each(|byte| *byte = 0),
        }
    }
}

/// Reads a log after each damage to each byte of each of its files; `check` is told where. Returns how many cases.
fn damage_everything(disk: &Memory, mut check: impl FnMut(&str, Result<Opened, WalError>)) -> usize {
    let (mut disk, mut cases) = (disk.copy(), 0);
    for name in disk.list().unwrap() {
        let sound = disk.read(&name).unwrap().unwrap();
        for (offset, byte) in sound.iter().enumerate() {
            for damage in [Damage::Flip, Damage::Zero, Damage::Cut] {
                if *byte == 0 && matches!(damage, Damage::Zero) {
                    continue;
                }
                disk.rot(&name, &mut |bytes| damage.on(bytes, offset));
                let place = format!("{damage:?} at {offset} of {name}");
                check(&place, Replay::read(&disk, None).map(|replay| replay.opened));
                disk.rot(&name, &mut |bytes| bytes.clone_from(&sound));
                cases += 1;
            }
        }
    }
    cases
}

fn is_named(error: &WalError) -> bool {
    use WalError::{Format, GuardRot, Missing, Rot};
    matches!(error, Rot { .. } | Format { .. } | Missing { .. } | GuardRot)
}

/// Three heights over two segments.
fn told<'a>(story: &'a Story, disk: &Memory) -> Told<'a> {
    let told = story.tell(disk);
    assert_eq!((told.fault.clone(), segments(disk).len()), (None, 2));
    told
}

#[test]
fn a_damaged_byte_is_refused_by_name_or_changes_nothing() {
    let (story, disk) = (Story::of(&[14, 15, 16], 24), Memory::new());
    let expected = told(&story, &disk).expected(72);
    let guard = open(&disk.copy()).unwrap().1.guard;
    let (mut refused, mut whole) = (0, 0);
    let cases = damage_everything(&disk, |place, opened| match opened {
        Err(error) => {
            assert!(is_named(&error), "{place}: {error:?}");
            refused += 1;
        }
        Ok(opened) => {
            assert_eq!((opened.guard.clone(), opened.unlogged), (guard.clone(), None), "{place}");
            assert_eq!(entries(&opened), expected, "{place}");
            whole += 1;
        }
    });
    assert!(cases > 30_000 && refused > 10_000 && whole > 1_000, "{cases}: {refused} refused, {whole} whole");
}

/// The mark after the last sync is lost with the power: now damage to the entries of that sync looks like a tear.
#[test]
fn damage_right_after_a_power_loss_may_cost_the_last_sync_but_never_the_guard() {
    let (story, mut disk) = (Story::of(&[14, 15, 16], 24), Memory::new());
    let told = told(&story, &disk);
    disk.power_loss(&mut |_| 0);
    let (expected, last) = (told.expected(72), told.said.last().copied());
    let mut torn = 0;
    damage_everything(&disk, |place, opened| match opened {
        Err(error) => assert!(is_named(&error), "{place}: {error:?}"),
        Ok(opened) => {
            assert_eq!(opened.guard.last(), last, "{place}");
            let entries = entries(&opened);
            assert!(entries.len() + 3 >= expected.len() && expected.starts_with(&entries), "{place}");
            if entries.len() < expected.len() - 1 {
                assert_eq!(opened.unlogged, last, "{place}");
            }
            // A file that is cut looks as if the power had gone before its sync returned.
            let rotten = opened.unlogged.filter(|_| !place.starts_with("Cut"));
            assert_eq!(opened.guard.silent(), rotten.map(|said| said.at().height), "{place}");
            torn += usize::from(entries.len() < expected.len());
        }
    });
    assert!(torn > 100, "{torn} torn");
}

/// The own vote of the last sync is lost, and with it perhaps a lock: whatever would be signed of that height could break it.
#[test]
fn a_vote_lost_by_rot_keeps_the_node_silent_at_its_height_and_not_at_the_next() {
    let (mut disk, mut log) = fresh();
    let (mut guard, value) = (SignGuard::new(), HeaderHash(Hash([7; 32])));
    let precommit = guard.allow(Height(5), Round(0), Step::Precommit, Some(value)).unwrap();
    log.start_height(Height(5)).unwrap();
    log.append(b"what others said").unwrap();
    log.sync().unwrap();
    log.append_signed(precommit, b"the lost vote").unwrap();
    log.sync().unwrap();
    drop(log);
    disk.power_loss(&mut |_| 0);
    let end = disk.read("000000000001.wal").unwrap().unwrap().len();
    disk.flip("000000000001.wal", end - 1, 1);
    for life in ["the first after the damage", "the next"] {
        let (mut log, opened) = open(&disk).unwrap();
        assert_eq!(
            (payloads(&opened, 5), opened.unlogged),
            (vec![&b"what others said"[..]], Some(precommit)),
            "{life}"
        );
        let mut signing = Signing::new(SigningKey::from_seed(&[1; 32]), opened.guard);
        let (voter, chain) = (signing.public(), ChainId(Hash([2; 32])));
        let mut vote = |height, round, kind, value| {
            signing.sign_vote(&Vote { chain, height: Height(height), round: Round(round), kind, value, voter })
        };
        for (round, kind) in [(0, VoteKind::Precommit), (1, VoteKind::Prevote), (9, VoteKind::Precommit)] {
            for value in [None, Some(value), Some(HeaderHash(Hash([8; 32])))] {
                assert_eq!(vote(5, round, kind, value), Err(SignRefused::Guard), "{life}: {kind:?} of round {round}");
            }
        }
        vote(6, 0, VoteKind::Prevote, None).unwrap();
        let mut other = SignGuard::from(precommit);
        let prevote = other.allow(Height(5), Round(1), Step::Prevote, None).unwrap();
        let refused = GuardRefusal::Silent { at: prevote.at(), through: Height(5) };
        assert_eq!(log.append_signed(prevote, b""), Err(WalError::Guard(refused)), "{life}: the log refuses it too");
    }
}

/// Opening cuts off what rotted: were that durable before the silence is, the next opening would see a mere tear.
#[test]
fn a_power_loss_while_a_rotten_log_is_opened_leaves_the_node_silent() {
    let (mut disk, mut log) = fresh();
    let precommit = SignGuard::new().allow(Height(5), Round(0), Step::Precommit, None).unwrap();
    log.start_height(Height(5)).unwrap();
    log.append_signed(precommit, b"the lost vote").unwrap();
    log.sync().unwrap();
    drop(log);
    disk.power_loss(&mut |_| 0);
    let end = disk.read("000000000001.wal").unwrap().unwrap().len();
    disk.flip("000000000001.wal", end - 1, 1);
    for (halts, course) in (0..16).flat_map(|halts| (0..64u64).map(move |course| (halts, course))) {
        let mut copy = disk.copy();
        copy.halt_after(halts);
        drop(open(&copy));
        let mut bits = course;
        copy.power_loss(&mut |n| {
            bits = bits.rotate_right(1);
            (bits & 1) * (n - 1)
        });
        let opened = open(&copy).unwrap().1;
        assert_eq!(opened.guard.silent(), Some(Height(5)), "{halts} steps, course {course}");
    }
}

#[test]
fn a_page_that_goes_bad_takes_the_newest_entries_or_a_mark_but_not_the_guard() {
    let (story, mut disk) = (Story::of(&[14, 15, 16], 24), Memory::new());
    let told = told(&story, &disk);
    disk.power_loss(&mut |_| 0);
    for name in segments(&disk) {
        let pages = disk.read(&name).unwrap().unwrap().len().div_ceil(4096);
        for page in 0..pages {
            let mut copy = disk.copy();
            copy.rot(&name, &mut |bytes| bytes.iter_mut().skip(page * 4096).take(4096).for_each(|byte| *byte = 0xa5));
            match open(&copy) {
                Err(error) => assert!(is_named(&error), "{name} page {page}: {error:?}"),
                Ok((_, opened)) => assert_eq!(opened.guard.last(), told.said.last().copied(), "{name} page {page}"),
            }
        }
    }
}

#[test]
fn a_sound_frame_in_the_wrong_place_is_rot() {
    let (disk, mut log) = fresh();
    log.start_height(Height(1)).unwrap();
    let mut ends = vec![FRAMES_AT];
    for payload in [b"same", b"same", b"same"] {
        log.append(payload).unwrap();
        log.sync().unwrap();
        ends.push(log.current.as_ref().unwrap().durable);
    }
    drop(log);
    let [at, next, ..] = ends[..] else { panic!("three frames") };
    let (at, next) = (usize::try_from(at).unwrap(), usize::try_from(next).unwrap());
    let mut moved = disk.copy();
    moved.rot("000000000001.wal", &mut |bytes| bytes.copy_within(next..next + (next - at), at));
    assert_eq!(open(&moved).unwrap_err(), WalError::Rot { segment: 1, offset: FRAMES_AT });
}

/// Frames of the same place in two logs of one beginning: each is whole, and the next does not follow it.
#[test]
fn a_frame_from_another_course_of_the_same_log_is_rot_at_the_next() {
    let course = |first: &[u8]| {
        let (disk, mut log) = fresh();
        log.start_height(Height(1)).unwrap();
        log.append(first).unwrap();
        log.sync().unwrap();
        let end = usize::try_from(log.current.as_ref().unwrap().durable).unwrap();
        log.append(b"the same").unwrap();
        log.sync().unwrap();
        (disk, end)
    };
    let ((mut one, end), (other, _)) = (course(b"one"), course(b"two"));
    let other = other.read("000000000001.wal").unwrap().unwrap();
    let frame = usize::try_from(FRAMES_AT).unwrap()..end;
    one.rot("000000000001.wal", &mut |bytes| bytes[frame.clone()].copy_from_slice(&other[frame.clone()]));
    assert_eq!(open(&one).unwrap_err(), WalError::Rot { segment: 1, offset: wide(end) });
}

/// Both marks that tell of a sync are lost, and a frame written after it is not.
#[test]
fn a_later_frame_proves_that_a_damaged_one_was_synced() {
    let (mut disk, mut log) = fresh();
    log.start_height(Height(1)).unwrap();
    log.append(b"synced").unwrap();
    log.sync().unwrap();
    log.append(b"written").unwrap();
    disk.halt_after(1);
    assert!(matches!(log.sync(), Err(WalError::Disk(_))));
    let mut survives = [1, 0, u64::MAX].into_iter();
    disk.power_loss(&mut |n| survives.next().unwrap().min(n - 1));
    let name = "000000000001.wal";
    let end = disk.read(name).unwrap().unwrap().len();
    let mut later = disk.copy();
    later.flip(name, end - 1, 1);
    assert_eq!(payloads(&open(&later).unwrap().1, 1), [b"synced"]);
    assert_eq!(payloads(&open(&disk.copy()).unwrap().1, 1), [&b"synced"[..], b"written"]);
    disk.flip(name, usize::try_from(FRAMES_AT).unwrap(), 1);
    assert_eq!(open(&disk).unwrap_err(), WalError::Rot { segment: 1, offset: FRAMES_AT });
}

#[test]
fn the_newest_synced_mark_is_never_the_one_written_over() {
    let (mut disk, mut log) = fresh();
    let newest = |disk: &Memory| Replay::read(disk, None).unwrap().segments.pop().unwrap().mark.count;
    log.start_height(Height(1)).unwrap();
    for turn in 0..6 {
        log.append(b"x").unwrap();
        log.sync().unwrap();
        disk.power_loss(&mut |_| 0);
        let synced = newest(&disk);
        disk.halt_after(3);
        open(&disk).unwrap_err();
        disk.power_loss(&mut |n| n / 2);
        assert_eq!(newest(&disk), synced, "turn {turn}: what opening tore was an older one");
        log = open(&disk).unwrap().0;
        assert_eq!(newest(&disk), synced + 2, "turn {turn}: one with the sync, one after it");
    }
}
