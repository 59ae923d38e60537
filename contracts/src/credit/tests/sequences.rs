//! What holds of credit events after any sequence of acts, tried over random ones: a few events of a few subjects, by bodies
//! that may and bodies that may not, in blocks days and months apart. Rules: domain section 5.

use super::date;
use crate::scene::{
    Memory, Scene, ann, arrears, award, city, default_item, empower, hash, key, neighbour, particulars, pollution,
    province, region, register_key, tax, works,
};
use crate::sequences::{Tally, try_sequences};
use crate::{check, execute};
use bulla_verify::canonical::decode;
use bulla_verify::chain::Height;
use bulla_verify::credit::{
    Act, Answer, Bearing, Change, Competence, Correction, CreditEvent, Entry, EventAct, EventId, Item, Particulars,
    status,
};
use bulla_verify::duty::{self, Duty, DutyKind, DutyName};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use bulla_verify::roles::Role;
use bulla_verify::subject::{Line, ListKind, Listed, SubjectKind, SubjectList};
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

#[derive(Clone, Debug)]
struct Step {
    event: u8,
    recorder: Uscc,
    by: Uscc,
    what: What,
}

/// An act, with what it says of time as days before the block.
#[derive(Clone, Debug)]
enum What {
    Notify(usize),
    Record { item: usize, consent: bool, ended_days_ago: Option<i64> },
    End { days_ago: i64 },
    Escalate { turn: u32 },
    As(Change),
    Amend { ended_days_ago: Option<i64> },
}

#[derive(Clone, Debug)]
struct Block {
    days_later: i64,
    mode: Mode,
    steps: Vec<Step>,
}

fn items() -> [Item; 5] {
    [pollution(), arrears(), default_item(), tax(), award()]
}

fn what() -> impl Strategy<Value = What> {
    let days_ago = || prop_oneof![8 => 0..400i64, 1 => -5..0i64, 1 => 1_700..2_200i64];
    let as_is = |change: Change| Just(What::As(change));
    let record = (0..5usize, proptest::bool::weighted(0.8), proptest::option::weighted(0.4, days_ago()));
    prop_oneof![
        3 => (0..5usize).prop_map(What::Notify),
        8 => record.prop_map(|(item, consent, ended_days_ago)| What::Record { item, consent, ended_days_ago }),
        4 => days_ago().prop_map(|days_ago| What::End { days_ago }),
        6 => as_is(Change::Object { grounds: hash("grounds") }),
        2 => as_is(Change::Answer(Answer::Confirmed)),
        2 => as_is(Change::Answer(Answer::Unconfirmed { findings: hash("findings") })),
        1 => as_is(Change::Answer(Answer::Corrected(Correction::Delete))),
        2 => proptest::option::of(days_ago()).prop_map(|ended_days_ago| What::Amend { ended_days_ago }),
        2 => as_is(Change::State { statement: hash("statement") }),
        9 => as_is(Change::Apply { promise: hash("promise") }),
        6 => as_is(Change::Repair),
        3 => as_is(Change::RefuseRepair { reason: hash("reason") }),
        3 => (1..3u32).prop_map(|turn| What::Escalate { turn }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let recorder = prop_oneof![6 => Just(city()), 1 => Just(neighbour())];
    let by = prop_oneof![8 => Just(None), 1 => Just(Some(province())), 1 => Just(Some(neighbour()))];
    (0..3u8, recorder, by, what()).prop_map(|(event, recorder, by, what)| Step {
        event,
        recorder,
        by: by.unwrap_or(recorder),
        what,
    })
}

fn block() -> impl Strategy<Value = Block> {
    let days_later = prop_oneof![3 => 0..5i64, 3 => 5..60i64, 2 => 200..500i64];
    let mode = prop_oneof![1 => Just(Mode::AllOrNothing), 3 => Just(Mode::Independent)];
    (days_later, mode, proptest::collection::vec(step(), 1..5)).prop_map(|(days_later, mode, steps)| Block {
        days_later,
        mode,
        steps,
    })
}

impl Step {
    fn event(&self) -> EventId {
        EventId { recorder: self.recorder, number: [self.event; 16] }
    }

    fn operation(&self, now: Millis) -> Operation {
        let ago = |days: i64| now.plus(-days * DAY_MS);
        let within = region(if self.recorder == city() { "440300" } else { "440400" });
        let change = match &self.what {
            What::Notify(item) => {
                let Particulars { item, subject, .. } = particulars(&items()[*item]);
                Change::Notify { item, subject, region: within, notice: hash("notice") }
            }
            What::Record { item, consent, ended_days_ago } => Change::Record(Particulars {
                region: within,
                consent: consent.then(|| hash("consent")),
                ended_at: ended_days_ago.map(ago),
                ..particulars(&items()[*item])
            }),
            What::End { days_ago } => Change::End { at: ago(*days_ago) },
            What::Amend { ended_days_ago } => Change::Answer(Answer::Corrected(Correction::Amend {
                contents: hash("right"),
                ended_at: ended_days_ago.map(ago),
            })),
            What::As(change) => change.clone(),
            What::Escalate { turn } => {
                let of = CreditEvent::key(&self.event());
                let duty = DutyName { kind: DutyKind::AnswerObjection, of, turn: *turn };
                return Operation::Duty(duty::Act::Escalate { duty, to: province() });
            }
        };
        Operation::Credit(Act::Event(EventAct { event: self.event(), by: self.by, change }))
    }

    fn name(&self) -> &'static str {
        match &self.what {
            What::Notify(_) => "notify",
            What::Record { .. } => "record",
            What::End { .. } => "end",
            What::Escalate { .. } => "escalate",
            What::Amend { .. } => "correct",
            What::As(change) => match change {
                Change::Object { .. } => "object",
                Change::Answer(Answer::Confirmed) => "confirm",
                Change::Answer(Answer::Unconfirmed { .. }) => "leave unconfirmed",
                Change::Answer(Answer::Corrected(_)) => "delete",
                Change::State { .. } => "state",
                Change::Apply { .. } => "apply",
                Change::Repair => "repair",
                Change::RefuseRepair { .. } => "refuse repair",
                Change::Notify { .. } | Change::Record(_) | Change::End { .. } => unreachable!("these have their own"),
            },
        }
    }
}

static BEGINNING: LazyLock<(Memory, Height)> = LazyLock::new(|| {
    let mut scene = Scene::with_credit();
    scene.accept(&[&key(province(), Role::Registrar)], empower(pollution().code, neighbour(), Some("440400")));
    for body in [city(), province(), neighbour()] {
        let all = register_key(body, &all_roles(body), &[Role::Recorder, Role::Supervisor, Role::Intake]);
        scene.accept(&[&key(body, Role::Registrar)], all);
    }
    (scene.state, scene.height)
});

/// A scene in which each body has one key for all acts. It is laid out once: every sequence begins with a copy.
pub(super) fn beginning() -> (Memory, Height) {
    BEGINNING.clone()
}

pub(super) fn all_roles(body: Uscc) -> SigningKey {
    key(body, Role::Operator)
}

fn events(state: &Memory) -> BTreeMap<EventId, CreditEvent> {
    let ids = [city(), neighbour()]
        .into_iter()
        .flat_map(|recorder| (0..3).map(move |number| EventId { recorder, number: [number; 16] }));
    ids.filter_map(|id| Some((id, crate::read(state, &id)?))).collect()
}

/// What each event's record says of itself at an instant, and over the instants to come.
fn check_events(state: &Memory, now: Millis) {
    for (id, event) in events(state) {
        let item = crate::read::<Item>(state, &event.item).unwrap();
        let lines = &state.lists[&CreditEvent::key(&id)];
        assert_eq!(event.history, Head::of(&lines.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()));
        let entries: Vec<Entry> = lines.iter().map(|line| decode(line, MAX_RECORD_BYTES).unwrap()).collect();
        let count = |is: fn(&Change) -> bool| entries.iter().filter(|entry| is(&entry.act.change)).count();
        let objections = count(|change| matches!(change, Change::Object { .. }));
        let answers = count(|change| matches!(change, Change::Answer(_)));
        assert_eq!(objections, usize::try_from(event.objections).unwrap());
        assert_eq!(objections - answers, usize::from(event.objection.is_some()), "each but the last is answered");
        assert_eq!(count(|change| matches!(change, Change::State { .. })), usize::try_from(event.statements).unwrap());
        // A person's negative event that the law does not have published was announced, in time.
        if let Some(recorded) = event.recorded.filter(|_| item.needs_notice()) {
            assert!(event.notice.is_some_and(|notice| notice.record_from <= recorded), "{event:?}");
        }
        assert!(event.recorded.is_none() || !item.needs_consent() || event.consent.is_some());
        assert_eq!(event.kept_until.is_some(), event.ended_at.is_some() && item.bearing == Bearing::Negative);
        assert!(event.ended_at.is_none_or(|ended| ended <= now));
        assert!(event.repaired.is_none() || (item.repairable && event.repairable_from <= event.repaired));
        // What is hidden once is hidden for ever, and nothing hidden is published.
        let later = [Some(now), event.published_until, event.kept_until].into_iter().flatten().filter(|at| *at >= now);
        let later: BTreeSet<_> = later.flat_map(|at| [at, at.plus(-1).max(now), at.plus(1)]).collect();
        let found: Vec<_> = later.iter().map(|at| status(&event, *at)).collect();
        assert!(found.is_sorted_by_key(|status| !status.is_visible()) || event.recorded.is_none(), "{found:?}");
        assert!(found.is_sorted_by_key(|status| !status.is_published()), "{found:?}");
        assert!(found.iter().all(|status| status.is_visible() || !status.is_published()));
        let over =
            event.kept_until.is_some_and(|until| until <= now) || event.repaired.is_some() || event.deleted.is_some();
        assert!(!over || !status(&event, now).is_visible());
        check_duties(state, &id, &event, now);
    }
}

/// Each objection and application has its duty, which is done exactly if it was answered; else it is due or overdue.
fn check_duties(state: &Memory, id: &EventId, event: &CreditEvent, now: Millis) {
    let filed = [
        (DutyKind::AnswerObjection, event.objections, event.objection),
        (DutyKind::AnswerRepair, event.applications, event.application),
    ];
    for (kind, count, pending) in filed {
        for turn in 1..=count {
            let duty: Duty = crate::read(state, &DutyName { kind, of: CreditEvent::key(id), turn }).unwrap();
            let waits = turn == count && pending.is_some();
            assert_eq!(duty.discharged.is_none(), waits);
            assert_eq!(duty.owing, id.recorder);
            let Some(pending) = pending.filter(|_| waits) else { continue };
            assert_eq!((duty.opened_at, duty.due), (pending.filed_at, pending.due));
            let overdue = matches!(duty::status(&duty, now), duty::Status::Overdue { .. });
            assert_eq!(overdue, pending.due <= now);
        }
    }
}

/// A report of a subject's list has every event that was ever recorded of it, once.
fn check_lists(state: &Memory) {
    for subject in [ann(), works()] {
        let name = (subject, ListKind::Credit);
        let lines = state.lists.get(&SubjectList::key(&name)).cloned().unwrap_or_default();
        let head = crate::read::<SubjectList>(state, &name).map_or_else(Head::default, |list| list.head);
        assert_eq!(head, Head::of(&lines.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()));
        let listed: Vec<_> = lines.iter().map(|line| decode::<Line>(line, 200).unwrap().what).collect();
        let mut ids: Vec<_> = listed
            .iter()
            .map(|what| match what {
                Listed::CreditEvent(id) => *id,
                Listed::Licence(_)
                | Listed::Handle(_)
                | Listed::ListEntry(_)
                | Listed::Measure(_)
                | Listed::Access(_)
                | Listed::Sealed(_)
                | Listed::Receipt { .. }
                | Listed::Unsealed { .. } => panic!("no such line in the list of credit"),
            })
            .collect();
        ids.sort();
        let recorded =
            events(state).into_iter().filter(|(_, event)| event.recorded.is_some() && event.subject == subject);
        assert_eq!(ids, recorded.map(|(id, _)| id).collect::<Vec<_>>());
    }
}

/// What one block did: facts are not taken back, and nobody acted without competence.
fn check_progress(before: &Memory, after: &Memory) {
    let earlier = events(before);
    for (id, event) in events(after) {
        let was = earlier.get(&id);
        if event.recorded.is_some() && was.is_none_or(|was| was.recorded.is_none()) {
            let name = (event.item, id.recorder);
            let competence = crate::read::<Competence>(before, &name).expect("it was empowered");
            assert!(competence.region.contains(event.region));
            let kind = if event.subject == ann() { SubjectKind::Natural } else { SubjectKind::Legal };
            assert_eq!(crate::read::<Item>(before, &event.item).unwrap().of, kind);
        }
        let Some(was) = was else { continue };
        let settled = |event: &CreditEvent| (event.recorded, event.repaired, event.deleted);
        let (then, now) = (settled(was), settled(&event));
        assert!(then.0.is_none() || then.0 == now.0);
        assert!(then.1.is_none() || then.1 == now.1);
        assert!(then.2.is_none() || then.2 == now.2);
        if was.ended_at.is_some() && was.ended_at != event.ended_at {
            assert!(event.corrections > was.corrections, "an end is moved by the answer to an objection alone");
        }
    }
    assert!(earlier.keys().all(|id| events(after).contains_key(id)), "no event's record is removed");
}

fn run(blocks: &[Block], tally: &Tally) {
    let mut scene = Scene::at_genesis();
    (scene.state, scene.height) = beginning();
    scene.time = date("2026-05-01");
    let keys = [city(), province(), neighbour()].map(all_roles);
    let keys: Vec<_> = keys.iter().collect();
    let mut hidden = BTreeSet::new();
    for block in blocks {
        scene.time = scene.time.plus(block.days_later * DAY_MS);
        let operations = block.steps.iter().map(|step| step.operation(scene.time)).collect();
        let tx = scene.sign(&keys, block.mode, operations);
        let executed = execute(&scene.state, &tx, scene.at());
        if block.mode == Mode::Independent {
            assert_eq!(executed.refusals, check(&scene.state, &tx, scene.at()));
        }
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        let before = scene.state.clone();
        scene.take_in(&tx, &executed);
        check_progress(&before, &scene.state);
        check_events(&scene.state, scene.time);
        check_lists(&scene.state);
        for (id, event) in events(&scene.state).into_iter().filter(|(_, event)| event.recorded.is_some()) {
            let is_visible = status(&event, scene.time).is_visible();
            assert!(!is_visible || !hidden.contains(&id), "{id} came back: {event:?}");
            hidden.extend((!is_visible).then_some(id));
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
fn after_any_acts_events_duties_and_lists_are_sound() {
    let tally = Tally::default();
    try_sequences(&proptest::collection::vec(block(), 24), |blocks| run(&blocks, &tally));
    let names = [
        "notify",
        "record",
        "end",
        "object",
        "confirm",
        "leave unconfirmed",
        "correct",
        "delete",
        "state",
        "apply",
        "repair",
        "refuse repair",
        "escalate",
    ];
    tally.check(
        names,
        [613, 621, 622, 623, 627, 628, 629, 630, 632, 633, 641, 642, 643, 644, 645, 651, 652, 653, 654, 655],
    );
}
