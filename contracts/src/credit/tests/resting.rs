//! What holds of all that rests on events after any sequence of acts, tried over random ones: no measure is in force without a
//! live entry, no entry of a black list is live without its event, and what is over stays over. Rule: domain section 5.

use super::date;
use super::sequences::{all_roles, beginning};
use crate::execute;
use crate::scene::{
    Memory, Scene, arrears, award, blacklist, city, hash, neighbour, particulars, pollution, province, redlist, region,
    works,
};
use crate::sequences::{Tally, try_sequences};
use bulla_verify::canonical::decode;
use bulla_verify::credit::{
    Act, Answer, Bearing, Change, Correction, CreditEvent, Enrolment, EntryAct, EntryAnswer, EntryChange, EntryId,
    EventAct, EventId, List, ListEntry, ListRecord, Measure, MeasureAct, MeasureChange, MeasureId, Particulars,
    entry_status, is_in_force, status,
};
use bulla_verify::duty::{Duty, DutyKind, DutyName};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// On one of a few events of the city's, of entries of the city's, or of measures of the neighbour's and the city's.
#[derive(Clone, Debug)]
enum Step {
    Record { event: u8, item: usize },
    OnEvent { event: u8, change: Change },
    Enter { entry: u8, list: usize, event: Option<u8> },
    OnEntry { entry: u8, change: EntryChange },
    Start { measure: u8, entry: u8, joined: bool },
    End { measure: u8 },
}

fn event_id(number: u8) -> EventId {
    EventId { recorder: city(), number: [number; 16] }
}

fn entry_id(number: u8) -> EntryId {
    EntryId { keeper: city(), number: [number; 16] }
}

fn measure_id(number: u8, joined: bool) -> MeasureId {
    MeasureId { body: if joined { neighbour() } else { city() }, number: [number; 16] }
}

fn step() -> impl Strategy<Value = Step> {
    let on_event = prop_oneof![
        3 => Just(Change::Object { grounds: hash("grounds") }),
        1 => Just(Change::Answer(Answer::Confirmed)),
        1 => Just(Change::Answer(Answer::Corrected(Correction::Delete))),
        3 => Just(Change::Apply { promise: hash("promise") }),
        3 => Just(Change::Repair),
    ];
    let on_entry = prop_oneof![
        1 => Just(EntryChange::Remove),
        3 => Just(EntryChange::Object { grounds: hash("grounds") }),
        1 => Just(EntryChange::Answer(EntryAnswer::Confirmed)),
        1 => Just(EntryChange::Answer(EntryAnswer::Unconfirmed { findings: hash("findings") })),
        1 => Just(EntryChange::Answer(EntryAnswer::Removed)),
    ];
    let list = || prop_oneof![4 => Just(0usize), 1 => Just(1usize)];
    let cited = proptest::option::weighted(0.8, 0..3u8);
    prop_oneof![
        4 => (0..3u8, 0..3usize).prop_map(|(event, item)| Step::Record { event, item }),
        5 => (0..3u8, on_event).prop_map(|(event, change)| Step::OnEvent { event, change }),
        6 => (0..4u8, list(), cited).prop_map(|(entry, list, event)| Step::Enter { entry, list, event }),
        4 => (0..4u8, on_entry).prop_map(|(entry, change)| Step::OnEntry { entry, change }),
        6 => (0..4u8, 0..4u8, proptest::bool::weighted(0.9))
            .prop_map(|(measure, entry, joined)| Step::Start { measure, entry, joined }),
        1 => (0..4u8).prop_map(|measure| Step::End { measure }),
    ]
}

fn lists() -> [List; 2] {
    [blacklist(), redlist()]
}

impl Step {
    fn operation(&self, now: Millis) -> Operation {
        let by = city();
        Operation::Credit(match self.clone() {
            Step::Record { event, item } => {
                // The behaviour ended long ago, so that some may soon not be kept any more.
                let ended_at = Some(now.plus(-1_500 * DAY_MS));
                let item = [pollution(), award(), arrears()][item].clone();
                let change = Change::Record(Particulars { ended_at, ..particulars(&item) });
                Act::Event(EventAct { event: event_id(event), by, change })
            }
            Step::OnEvent { event, change } => Act::Event(EventAct { event: event_id(event), by, change }),
            Step::Enter { entry, list, event } => {
                let (list, event) = (lists()[list].code, event.map(event_id));
                let (region, decision) = (region("440300"), hash("decision"));
                let enrolment = Enrolment { list, subject: works(), region, event, decision };
                Act::Entry(EntryAct { entry: entry_id(entry), by, change: EntryChange::Enter(enrolment) })
            }
            Step::OnEntry { entry, change } => Act::Entry(EntryAct { entry: entry_id(entry), by, change }),
            Step::Start { measure, entry, joined } => {
                let change = MeasureChange::Start { entry: entry_id(entry), decision: hash("measure") };
                Act::Measure(MeasureAct { measure: measure_id(measure, joined), change })
            }
            Step::End { measure } => {
                Act::Measure(MeasureAct { measure: measure_id(measure, true), change: MeasureChange::End })
            }
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Step::Record { .. } => "record",
            Step::OnEvent { .. } => "on event",
            Step::Enter { .. } => "enter",
            Step::OnEntry { change: EntryChange::Remove, .. } => "remove",
            Step::OnEntry { change: EntryChange::Object { .. }, .. } => "object",
            Step::OnEntry { .. } => "answer",
            Step::Start { .. } => "start",
            Step::End { .. } => "end",
        }
    }
}

/// What was seen of entries and measures: what is over stays over.
#[derive(Default)]
struct Over {
    entries: BTreeSet<EntryId>,
    measures: BTreeSet<MeasureId>,
    /// Of each measure, why it ended without an act on it or its entry.
    by_event: u32,
}

impl Over {
    fn check(&mut self, state: &Memory, now: Millis) {
        for number in 0..4 {
            self.check_entry(state, now, entry_id(number));
            [true, false].into_iter().for_each(|joined| self.check_measure(state, now, measure_id(number, joined)));
        }
    }

    fn check_entry(&mut self, state: &Memory, now: Millis, id: EntryId) {
        let Some(entry) = crate::read::<ListEntry>(state, &id) else { return };
        let lines = &state.lists[&ListEntry::key(&id)];
        assert_eq!(entry.history, Head::of(&lines.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()));
        let count = |is: fn(&EntryChange) -> bool| {
            let acts = lines.iter().map(|line| decode::<ListRecord>(line, MAX_RECORD_BYTES).unwrap().act.change);
            acts.filter(is).count()
        };
        let objections = count(|change| matches!(change, EntryChange::Object { .. }));
        let answers = count(|change| matches!(change, EntryChange::Answer(_)));
        assert_eq!(objections - answers, usize::from(entry.objection.is_some()), "each but the last is answered");
        for turn in 1..=entry.objections {
            let name = DutyName { kind: DutyKind::AnswerObjection, of: ListEntry::key(&id), turn };
            let waits = turn == entry.objections && entry.objection.is_some();
            assert_eq!(crate::read::<Duty>(state, &name).unwrap().discharged.is_none(), waits);
        }
        let event = entry.event.map(|event| crate::read::<CreditEvent>(state, &event).unwrap());
        let is_live = entry_status(&entry, event.as_ref(), now).is_live();
        let list = crate::read::<List>(state, &entry.list).unwrap();
        if is_live {
            assert!(event.is_some() || list.bearing == Bearing::Positive);
            assert!(entry.until.is_none_or(|until| now < until) && entry.removed.is_none());
            if let Some(event) = event {
                assert!(status(&event, now).is_visible());
                assert_eq!((event.subject, event.bearing), (entry.subject, list.bearing));
            }
            assert!(!self.entries.contains(&id), "{id} came back");
        } else {
            self.entries.insert(id);
        }
    }

    fn check_measure(&mut self, state: &Memory, now: Millis, id: MeasureId) {
        let Some(measure) = crate::read::<Measure>(state, &id) else { return };
        assert_eq!(id.body, neighbour(), "who has not joined takes no measure");
        let entry = crate::read::<ListEntry>(state, &measure.entry).unwrap();
        let event = entry.event.and_then(|event| crate::read::<CreditEvent>(state, &event));
        let found = entry_status(&entry, event.as_ref(), now);
        let in_force = is_in_force(&measure, &found, now);
        assert!(!in_force || (found.is_live() && measure.ended.is_none()));
        assert!(!in_force || !self.measures.contains(&id), "{id} came back");
        if !in_force && self.measures.insert(id) && entry.removed.is_none() && measure.ended.is_none() {
            self.by_event += 1;
        }
    }
}

fn run(blocks: &[(i64, Vec<Step>)], tally: &Tally) {
    let mut scene = Scene::at_genesis();
    (scene.state, scene.height) = beginning();
    scene.time = date("2026-05-01");
    let keys = [city(), province(), neighbour()].map(all_roles);
    let keys: Vec<_> = keys.iter().collect();
    let mut over = Over::default();
    for (days_later, steps) in blocks {
        scene.time = scene.time.plus(days_later * DAY_MS);
        let operations = steps.iter().map(|step| step.operation(scene.time)).collect();
        let tx = scene.sign(&keys, Mode::Independent, operations);
        let executed = execute(&scene.state, &tx, scene.at());
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        scene.state.apply(executed.changes);
        over.check(&scene.state, scene.time);
        scene.height = scene.height.next();
        scene.time = scene.time.plus(1);
        for (step, outcome) in steps.iter().zip(&executed.outcomes) {
            tally.count(step.name(), outcome);
        }
    }
    tally.add("end with the event", over.by_event);
}

#[test]
fn no_measure_is_in_force_without_its_entry_and_no_entry_without_its_event() {
    let tally = Tally::default();
    let days = prop_oneof![4 => 0..10i64, 2 => 10..120i64, 1 => 300..500i64];
    let blocks = proptest::collection::vec((days, proptest::collection::vec(step(), 1..5)), 16);
    try_sequences(&blocks, |blocks| run(&blocks, &tally));
    let names = ["record", "on event", "enter", "remove", "object", "answer", "start", "end", "end with the event"];
    tally.check(names, [622, 643, 644, 662, 663, 664, 665, 666, 667, 671, 672, 673, 674]);
}
