//! What holds of cases after any sequence of acts, tried over random ones: a few cases that two bodies accept, by bodies that
//! have them and bodies that have not, in blocks hours and weeks apart. Rules: domain section 7.
#![expect(clippy::wildcard_enum_match_arm, reason = "a history is told again by the acts that matter to it")]

use super::date;
use crate::scene::{
    Counts, Memory, Scene, call_off, city, decide, hand_over, hash, informed, issue_result, key, neighbour, province,
    register_key, request, result, shop, standing,
};
use crate::sequences::{Tally, try_sequences};
use crate::{check, execute, read};
use bulla_verify::canonical::decode;
use bulla_verify::case::{
    Act, Case, CaseAct, CaseId, Change, Entry, Rating, Status, StopReason, Supplement, Violation, Violations, clock,
    status,
};
use bulla_verify::duty::{self, DueDay, Duty, DutyKind, DutyName, due_day};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::law::is_working_by_default;
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Clone, Debug)]
struct Step {
    case: CaseId,
    /// None for a body that the state lets act.
    by: Option<Uscc>,
    change: Change,
}

#[derive(Clone, Debug)]
struct Block {
    hours_later: i64,
    mode: Mode,
    steps: Vec<Step>,
}

fn ids() -> impl Iterator<Item = CaseId> {
    [city(), neighbour()].into_iter().flat_map(|acceptor| (0..2).map(move |n| CaseId { acceptor, number: [n; 16] }))
}

fn change() -> impl Strategy<Value = Change> {
    let is = |change: Change| Just(change);
    let body = || prop_oneof![4 => Just(city()), 1 => Just(neighbour()), 1 => Just(province())];
    let days = || prop_oneof![8 => 1..12u16, 1 => Just(0), 1 => Just(31)];
    let reason = prop_oneof![
        5 => Just(StopReason::Hearing),
        5 => Just(StopReason::ExpertReview),
        1 => Just(StopReason::Supplement)
    ];
    prop_oneof![
        8 => is(Change::Accept(request())),
        8 => is(Change::Accept(informed())),
        10 => body().prop_map(hand_over),
        10 => is(Change::Take),
        2 => is(call_off()),
        6 => (0..3u8, days()).prop_map(|(material, days)| Change::Ask { material, days }),
        3 => is(Change::Supplement(Supplement::Paper { contents: hash("paper") })),
        3 => is(Change::Supplement(Supplement::Licence(standing()))),
        5 => (reason, days()).prop_map(|(reason, days)| Change::Stop { reason, days }),
        4 => is(Change::Resume),
        6 => any::<bool>().prop_map(decide),
        4 => is(Change::Deliver { licence: Some(result()) }),
        1 => is(Change::Deliver { licence: None }),
        4 => is(Change::Rate(Rating::Poor)),
        1 => is(Change::Withdraw),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    let step = (
        proptest::sample::select(ids().collect::<Vec<_>>()),
        prop_oneof![8 => Just(None), 1 => Just(Some(city())), 1 => Just(Some(neighbour())), 1 => Just(Some(province()))],
        change(),
    )
        .prop_map(|(case, by, change)| Step { case, by, change });
    let hours_later = prop_oneof![5 => 0..30i64, 3 => 30..200i64, 1 => 200..700i64];
    let mode = prop_oneof![1 => Just(Mode::AllOrNothing), 3 => Just(Mode::Independent)];
    (hours_later, mode, proptest::collection::vec(step, 1..5)).prop_map(|(hours_later, mode, steps)| Block {
        hours_later,
        mode,
        steps,
    })
}

impl Step {
    fn operation(&self, state: &Memory) -> Operation {
        let case: Option<Case> = read(state, &self.case);
        let lets = case.map_or(self.case.acceptor, |case| match self.change {
            Change::Accept(_) => self.case.acceptor,
            Change::Take => case.offered.map_or(case.held_by, |offered| offered.to),
            _ => case.held_by,
        });
        let act = CaseAct { case: self.case, by: self.by.unwrap_or(lets), change: self.change.clone() };
        Operation::Case(Act::Case(act))
    }

    fn name(&self) -> &'static str {
        match &self.change {
            Change::Accept(_) => "accept",
            Change::HandOver { .. } => "hand over",
            Change::Take => "take",
            Change::CallOff { .. } => "call off",
            Change::Ask { .. } => "ask",
            Change::Supplement(Supplement::Paper { .. }) => "supplement",
            Change::Supplement(Supplement::Licence(_)) => "supplement with a licence",
            Change::Stop { .. } => "stop",
            Change::Resume => "resume",
            Change::Decide { granted: true, .. } => "grant",
            Change::Decide { granted: false, .. } => "refuse",
            Change::Deliver { .. } => "deliver",
            Change::Rate(_) => "rate",
            Change::Withdraw => "withdraw",
        }
    }
}

/// A scene in which each body has one key for all acts. It is laid out once: every sequence begins with a copy.
static BEGINNING: LazyLock<(Memory, bulla_verify::chain::Height, Counts)> = LazyLock::new(|| {
    let mut scene = Scene::with_cases();
    scene.issue(issue_result());
    for body in [city(), province(), neighbour()] {
        let all = register_key(body, &all_roles(body), &[Role::Intake, Role::Issuer]);
        scene.accept(&[&key(body, Role::Registrar)], all);
    }
    (scene.state, scene.height, scene.counts)
});

fn all_roles(body: Uscc) -> SigningKey {
    key(body, Role::Operator)
}

fn all(state: &Memory) -> BTreeMap<CaseId, Case> {
    ids().filter_map(|id| Some((id, read(state, &id)?))).collect()
}

fn history(state: &Memory, id: &CaseId) -> Vec<Entry> {
    state.lists[&Case::key(id)].iter().map(|line| decode(line, MAX_RECORD_BYTES).unwrap()).collect()
}

/// What each case's record says of itself, told again from its history alone.
fn check_cases(state: &Memory, now: Millis) {
    for (id, case) in all(state) {
        let lines = &state.lists[&Case::key(&id)];
        assert_eq!(case.history, Head::of(&lines.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()));
        let entries = history(state, &id);
        let (mut held_by, mut offered) = (id.acceptor, None);
        let (mut decisions, mut deliveries, mut granted) = (0, 0, false);
        for entry in &entries {
            match &entry.act.change {
                Change::HandOver { to, .. } => {
                    assert_eq!((entry.act.by, offered), (held_by, None), "whoever has it gives it");
                    offered = Some(*to);
                }
                Change::Take => {
                    assert_eq!(Some(entry.act.by), offered.take(), "whom it is given to takes it");
                    held_by = entry.act.by;
                }
                Change::CallOff { .. } | Change::Withdraw => offered = None,
                Change::Decide { granted: yes, .. } => {
                    assert_eq!((entry.act.by, held_by), (case.decider, case.decider));
                    (decisions, granted) = (decisions + 1, *yes);
                }
                Change::Deliver { .. } => {
                    assert!(granted, "delivered only after a decision to grant");
                    deliveries += 1;
                }
                _ => {}
            }
        }
        assert_eq!((case.held_by, case.offered.map(|offered| offered.to)), (held_by, offered));
        assert!(decisions <= 1 && deliveries <= 1);
        assert_eq!((decisions == 1, deliveries == 1), (case.decision.is_some(), case.delivered.is_some()));
        assert!(case.withdrawn.is_none() || case.decision.is_none());
        check_clock(state, &id, &case, &entries, now);
    }
}

/// The due instant is that of acceptance plus the item's days plus the stops, told again from the history.
fn check_clock(state: &Memory, id: &CaseId, case: &Case, entries: &[Entry], now: Millis) {
    let mut weekdays = is_working_by_default;
    let (mut total, mut stop): (u16, Option<(Millis, u16, bool)>) = (0, None);
    for Entry { at, act, .. } in entries {
        let ends = match (&act.change, stop) {
            (Change::Resume, Some(_)) => true,
            (Change::Supplement(_), Some((_, _, for_paper))) => for_paper,
            _ => false,
        };
        if let Some((from, days, _)) = stop.filter(|_| ends)
            && *at < clock::stop_end(from, days, &mut weekdays)
        {
            total = total - days + clock::days_stopped(from, days, *at, &mut weekdays);
            stop = None;
        }
        match act.change {
            Change::Stop { days, .. } => (total, stop) = (total + days, Some((*at, days, false))),
            Change::Ask { days, .. } => (total, stop) = (total + days, Some((*at, days, true))),
            _ => {}
        }
    }
    assert_eq!(case.stopped_days, total);
    assert!(total <= shop().stop_days);
    assert_eq!(case.due, clock::due(entries[0].at, shop().promised_days, total, &mut weekdays));
    let name = DutyName { kind: DutyKind::DecideCase, of: Case::key(id), turn: 1 };
    let duty: Duty = read(state, &name).unwrap();
    assert_eq!((duty.owing, duty.opened_at, duty.due), (case.decider, entries[0].at, case.due));
    assert_eq!(duty.discharged.is_none(), status(case, now).is_open());
    let overdue = matches!(duty::status(&duty, now), duty::Status::Overdue { .. });
    assert_eq!(status(case, now).is_overdue(), overdue, "overdue is visible");
    assert!(!matches!(status(case, now), Status::Stopped { .. }) || now < case.due);
    let listed = &state.lists[&DueDay::key(&due_day(case.due))];
    assert!(listed.contains(&bulla_verify::canonical::encode(&name)), "it is in the list of its day");
}

/// What is counted of each body is what the cases say, and each violation names a licence and a case of its.
fn check_violations(state: &Memory) {
    let mut counted = 0;
    for body in [city(), neighbour(), province()] {
        let lines = state.lists.get(&Violations::key(&body)).cloned().unwrap_or_default();
        let head = read::<Violations>(state, &body).map_or_else(Head::default, |violations| violations.head);
        assert_eq!(head, Head::of(&lines.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()));
        for line in &lines {
            let violation: Violation = decode(line, 1_000).unwrap();
            assert_eq!(violation.licence, standing().base());
            let is_it = |entry: &Entry| {
                matches!(entry.act.change, Change::Ask { material, .. } if material == violation.material)
                    && entry.act.by == body
            };
            assert!(history(state, &violation.case).iter().any(is_it), "the body asked for that paper in that case");
        }
        counted += lines.len();
    }
    let named: u32 = all(state).values().map(|case| case.violations).sum();
    assert_eq!(counted, usize::try_from(named).unwrap());
}

/// What one block did: what was settled stays as it was.
fn check_progress(before: &Memory, after: &Memory) {
    let now = all(after);
    for (id, was) in all(before) {
        let case = &now[&id];
        assert_eq!((case.accepted_at, case.days, case.decider), (was.accepted_at, was.days, was.decider));
        assert!(was.decision.is_none() || was.decision == case.decision, "a decided case is never decided again");
        assert!(was.delivered.is_none() || was.delivered == case.delivered);
        assert!(was.rating.is_none() || was.rating == case.rating);
        assert!(was.withdrawn.is_none() || was.history == case.history, "nothing happens to what was withdrawn");
    }
}

fn run(blocks: &[Block], tally: &Tally, seen: &RefCell<(u32, u32)>) {
    let mut scene = Scene::at_genesis();
    (scene.state, scene.height, scene.counts) = BEGINNING.clone();
    scene.time = date("2026-06-01");
    let keys = [city(), province(), neighbour()].map(all_roles);
    let keys: Vec<_> = keys.iter().collect();
    for block in blocks {
        scene.time = scene.time.plus(block.hours_later * DAY_MS / 24);
        let operations = block.steps.iter().map(|step| step.operation(&scene.state)).collect();
        let tx = scene.sign(&keys, block.mode, operations);
        let executed = execute(&scene.state, &tx, scene.at());
        if block.mode == Mode::Independent {
            assert_eq!(executed.refusals, check(&scene.state, &tx, scene.at()));
        }
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        let before = scene.state.clone();
        scene.take_in(&tx, &executed);
        check_progress(&before, &scene.state);
        check_cases(&scene.state, scene.time);
        check_violations(&scene.state);
        for case in all(&scene.state).values() {
            let (mut overdue, mut violated) = *seen.borrow();
            overdue += u32::from(status(case, scene.time).is_overdue());
            violated += u32::from(case.violations > 0);
            *seen.borrow_mut() = (overdue, violated);
        }
        scene.height = scene.height.next();
        scene.time = scene.time.plus(1);
        for (step, outcome) in block.steps.iter().zip(&executed.outcomes) {
            tally.count(step.name(), outcome);
        }
    }
    scene.assert_counted();
}

#[test]
fn after_any_acts_cases_their_clocks_and_violations_are_sound() {
    let tally = Tally::default();
    let seen = RefCell::default();
    try_sequences(&proptest::collection::vec(block(), 24), |blocks| run(&blocks, &tally, &seen));
    let seen: (u32, u32) = seen.into_inner();
    assert!(seen.0 > 100 && seen.1 > 100, "hardly any case was overdue or held a violation: {seen:?}");
    let names = [
        "accept",
        "hand over",
        "take",
        "call off",
        "ask",
        "supplement",
        "supplement with a licence",
        "stop",
        "resume",
        "grant",
        "refuse",
        "deliver",
        "rate",
        "withdraw",
    ];
    tally.check(names, [821, 822, 823, 824, 830, 841, 842, 843, 844, 845, 846, 847, 848, 849, 850, 851, 852, 854]);
}
