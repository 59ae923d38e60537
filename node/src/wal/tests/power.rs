//! The power is cut at every step, with every tear.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Goes through courses of choices, one a round: every old and new, and every byte of the first tear in order; of all
/// other tears none, half and all.
#[derive(Default)]
struct Courses {
    taken: Vec<(usize, Vec<u64>)>,
    at: usize,
    in_order: bool,
}

impl Courses {
    fn choose(&mut self, n: u64) -> u64 {
        if self.at == self.taken.len() {
            let first = self.taken.iter().all(|(_, options)| options.len() <= 3);
            let all = n <= 3 || (self.in_order && first);
            self.taken.push((0, if all { (0..n).collect() } else { vec![0, n / 2, n - 1] }));
        }
        let (index, options) = &self.taken[self.at];
        let chosen = options[*index];
        self.in_order = n == 2 && chosen == 0;
        self.at += 1;
        chosen
    }

    /// Whether there is another course.
    fn next(&mut self) -> bool {
        (self.at, self.in_order) = (0, false);
        while let Some((index, options)) = self.taken.last_mut() {
            *index += 1;
            if *index < options.len() {
                return true;
            }
            self.taken.pop();
        }
        false
    }
}

/// A log that opens once opens the same again, and goes on.
fn goes_on(disk: &Memory, opened: &Opened) {
    let (mut log, again) = open(disk).unwrap();
    assert_eq!((again.torn_bytes, &again.heights, &again.guard), (0, &opened.heights, &opened.guard));
    let next = opened.heights.keys().next_back().map_or(Height(1), |height| height.next());
    log.start_height(next).unwrap();
    log.append(b"and so on").unwrap();
    log.sync().unwrap();
    drop(log);
    assert_eq!(payloads(&open(disk).unwrap().1, next.0), [b"and so on"]);
}

#[test]
fn whatever_was_synced_comes_back_after_a_power_loss_at_any_step() {
    let story = Story::of(&[14, 15, 16], 5);
    let (mut halts, mut courses_in_all, mut torn) = (0, 0, 0);
    loop {
        let mut disk = Memory::new();
        disk.halt_after(halts);
        let told = story.tell(&disk);
        let mut courses = Courses::default();
        loop {
            let mut copy = disk.copy();
            copy.power_loss(&mut |n| courses.choose(n));
            let opened = Log::open(copy.clone(), Some(SignGuard::new())).map(|(_, opened)| opened);
            told.check(opened.clone());
            let opened = opened.unwrap();
            torn += u64::from(opened.torn_bytes > 0);
            if courses_in_all % 5 == 0 {
                goes_on(&copy, &opened);
            }
            courses_in_all += 1;
            if !courses.next() {
                break;
            }
        }
        if told.fault.is_none() {
            break;
        }
        halts += 1;
    }
    assert!(halts > 40 && courses_in_all > 2_000 && torn > 1_000, "{halts} halts, {courses_in_all}, {torn} torn");
}

#[test]
fn a_power_loss_while_a_torn_log_is_opened_loses_nothing_either() {
    let story = Story::of(&[14, 15], 6);
    let mut disk = Memory::new();
    let told = story.tell(&disk);
    disk.power_loss(&mut |n| n - 1);
    let name = segments(&disk).pop().unwrap();
    let length = wide(disk.read(&name).unwrap().unwrap().len());
    disk.write(&name, length, b"a torn tail").unwrap();
    disk.sync(&name).unwrap();
    for halts in 0.. {
        let mut halting = disk.copy();
        halting.halt_after(halts);
        let opens = open(&halting).is_ok();
        let mut courses = Courses::default();
        loop {
            let mut copy = halting.copy();
            copy.power_loss(&mut |n| courses.choose(n));
            let opened = open(&copy).map(|(_, opened)| opened);
            told.check(opened.clone());
            goes_on(&copy, &opened.unwrap());
            if !courses.next() {
                break;
            }
        }
        if opens {
            assert!(halts > 3, "opening writes, cuts, marks and syncs");
            return;
        }
    }
}

#[test]
fn a_process_crash_at_any_step_loses_nothing_that_was_synced() {
    let story = Story::of(&[14, 15, 16], 24);
    for halts in 0.. {
        let mut disk = Memory::new();
        disk.halt_after(halts);
        let told = story.tell(&disk);
        disk.crash();
        told.check(Log::open(disk, Some(SignGuard::new())).map(|(_, opened)| opened));
        if told.fault.is_none() {
            assert!(halts > 100);
            return;
        }
    }
}

/// One attempt of a validator to say something.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    height: u64,
    round: u32,
    step: u8,
    value: u8,
    /// The power goes after so many more steps.
    halt: Option<u64>,
    choices: u64,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let position = (0u64..40, 0u32..3, 0u8..3, 0u8..3);
    (position, prop::option::weighted(0.3, 0u64..24), any::<u64>()).prop_map(
        |((ahead, round, step, value), halt, choices)| Attempt {
            height: ahead.saturating_sub(30),
            round,
            step,
            value,
            halt,
            choices,
        },
    )
}

/// Signs, logs and syncs; whatever is returned has left the machine.
fn say(log: &mut Log<Memory>, guard: &mut SignGuard, at: Position, value: Option<HeaderHash>) -> Option<Said> {
    let said = guard.allow(at.height, at.round, at.step, value).ok()?;
    log.start_height(at.height).ok()?;
    log.append_signed(said, b"a vote").ok()?;
    log.sync().ok()?;
    Some(said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_said_twice_differently_wherever_the_power_is_lost(
        attempts in prop::collection::vec(attempt(), 1..60),
    ) {
        let mut disk = Memory::new();
        let (mut log, opened) = Log::open(disk.clone(), Some(SignGuard::new())).unwrap();
        let (mut guard, mut heard, mut height) = (opened.guard, BTreeMap::new(), 1);
        for attempt in attempts {
            height += attempt.height;
            if let Some(halt) = attempt.halt {
                disk.halt_after(halt);
            }
            let step = [Step::Propose, Step::Prevote, Step::Precommit][usize::from(attempt.step)];
            let at = Position { height: Height(height), round: Round(attempt.round), step };
            let value = (attempt.value > 0).then_some(HeaderHash(Hash([attempt.value; 32])));
            if let Some(said) = say(&mut log, &mut guard, at, value) {
                prop_assert_eq!(*heard.entry(said.at()).or_insert(said.value()), said.value());
            }
            if attempt.halt.is_some() {
                let mut seed = attempt.choices;
                disk.power_loss(&mut |n| {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    (seed >> 33) % n
                });
                let opened;
                (log, opened) = open(&disk).unwrap();
                guard = opened.guard;
                prop_assert!(guard.last().map(|said| said.at()) >= heard.last_key_value().map(|(at, _)| *at));
            }
        }
    }
}
