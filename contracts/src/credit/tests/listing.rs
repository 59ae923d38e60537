//! Lists and measures: what ends with an event ends at the same instant.

use super::date;
use crate::scene::{
    Scene, apply_for_repair, award, blacklist, city, end, enrolment, entry_act, entry_id, event_id, hash, key,
    measure_id, nation, neighbour, object, pollution, province, record, redlist, start, works,
};
use crate::view::read;
use bulla_verify::canonical;
use bulla_verify::credit::{
    Answer, Change, Correction, CreditEvent, EntryAnswer, EntryChange, EntryStatus, ListEntry, Measure, MeasureChange,
    Status, entry_status, is_in_force,
};
use bulla_verify::duty::{self, DutyKind, DutyName};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::{Line, ListKind, Listed, SubjectList};
use bulla_verify::time::Millis;

/// A scene in which the works are in the black list for an event of 1 May 2026, and the neighbour takes a measure on it.
fn measured() -> Scene {
    let mut scene = Scene::with_credit();
    scene.time = date("2026-05-01");
    scene.credit(city(), record(&pollution()));
    scene.credit(city(), end(date("2026-05-01")));
    scene.entry(city(), EntryChange::Enter(enrolment(&blacklist(), Some(event_id()))));
    scene.measure(start());
    scene
}

fn entry_at(scene: &Scene, at: Millis) -> EntryStatus {
    let entry: ListEntry = read(&scene.state, &entry_id()).unwrap();
    let event = entry.event.and_then(|event| read::<CreditEvent>(&scene.state, &event));
    entry_status(&entry, event.as_ref(), at)
}

fn in_force(scene: &Scene, at: Millis) -> bool {
    is_in_force(&read::<Measure>(&scene.state, &measure_id()).unwrap(), &entry_at(scene, at), at)
}

fn filed() -> EntryChange {
    EntryChange::Object { grounds: hash("grounds") }
}

#[test]
fn an_entry_and_its_measures_stand_in_the_subjects_list() {
    let scene = measured();
    let name = (works(), ListKind::Credit);
    let lines = &scene.state.lists[&SubjectList::key(&name)];
    let listed: Vec<_> = lines.iter().map(|line| canonical::decode::<Line>(line, 200).unwrap().what).collect();
    let expected = [Listed::CreditEvent(event_id()), Listed::ListEntry(entry_id()), Listed::Measure(measure_id())];
    assert_eq!(listed, expected);
    let head = Head::of(&lines.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>());
    assert_eq!(read::<SubjectList>(&scene.state, &name).unwrap().head, head);
    let entry: ListEntry = read(&scene.state, &entry_id()).unwrap();
    let acts = &scene.state.lists[&ListEntry::key(&entry_id())];
    assert_eq!(entry.history, Head::of(&acts.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()));
}

#[test]
fn an_entry_ends_by_its_term_and_its_measures_with_it() {
    let scene = measured();
    let until = date("2029-05-02");
    let live = EntryStatus::Live { until: Some(until), disputed: None, unconfirmed: false };
    assert_eq!(entry_at(&scene, until.plus(-1)), live);
    assert!(in_force(&scene, until.plus(-1)));
    assert_eq!(entry_at(&scene, until), EntryStatus::Ended { since: until });
    assert!(!in_force(&scene, until));
}

/// Domain section 5: publicity, sharing and measures stop at one height.
#[test]
fn a_repair_ends_entry_and_measures_with_the_event() {
    let mut scene = measured();
    scene.time = date("2027-05-02");
    scene.credit(province(), apply_for_repair());
    assert!(in_force(&scene, scene.time));
    let (since, before) = (scene.time, scene.state.clone());
    scene.credit(city(), Change::Repair);
    assert_eq!(entry_at(&scene, since), EntryStatus::Baseless { event: Status::Repaired { since } });
    assert!(!in_force(&scene, since));
    let [entry, measure] = [ListEntry::key(&entry_id()), Measure::key(&measure_id())];
    assert_eq!(
        [&before.records[&entry], &before.records[&measure]],
        [entry, measure].map(|key| &scene.state.records[&key])
    );
}

#[test]
fn what_rests_on_a_deleted_or_expired_event_is_over() {
    let mut scene = measured();
    scene.credit(province(), object());
    let since = scene.time;
    scene.credit(city(), Change::Answer(Answer::Corrected(Correction::Delete)));
    assert!(!in_force(&scene, since));
    let mut scene = Scene::with_credit();
    scene.time = date("2028-05-01");
    let recorded = Change::Record(bulla_verify::credit::Particulars {
        ended_at: Some(date("2024-05-01")),
        ..crate::scene::particulars(&pollution())
    });
    scene.credit(city(), recorded);
    scene.entry(city(), EntryChange::Enter(enrolment(&blacklist(), Some(event_id()))));
    scene.measure(start());
    let since = date("2029-05-02");
    assert!(in_force(&scene, since.plus(-1)), "before the entry's own term is over");
    assert_eq!(entry_at(&scene, since), EntryStatus::Baseless { event: Status::Expired { since } });
    assert!(!in_force(&scene, since));
}

#[test]
fn a_removal_ends_the_measures_and_a_measure_may_end_before() {
    let mut scene = measured();
    let since = scene.time;
    scene.measure(MeasureChange::End);
    assert!(in_force(&scene, since.plus(-1)) && !in_force(&scene, since));
    assert!(entry_at(&scene, since).is_live());
    let mut scene = measured();
    let since = scene.time;
    scene.entry(city(), EntryChange::Remove);
    assert_eq!(entry_at(&scene, since), EntryStatus::Removed { since });
    assert!(!in_force(&scene, since));
}

#[test]
fn an_entry_is_objected_to_and_answered_as_an_event_is() {
    let answers =
        [EntryAnswer::Confirmed, EntryAnswer::Unconfirmed { findings: hash("findings") }, EntryAnswer::Removed];
    for answer in answers {
        let mut scene = measured();
        let filed_at = scene.time;
        scene.entry(province(), filed());
        let marked =
            EntryStatus::Live { until: Some(date("2029-05-02")), disputed: Some(filed_at), unconfirmed: false };
        assert_eq!(entry_at(&scene, filed_at), marked);
        let name = DutyName { kind: DutyKind::AnswerObjection, of: ListEntry::key(&entry_id()), turn: 1 };
        assert_eq!((scene.duty(&name).owing, scene.duty(&name).due), (city(), date("2026-05-22")));
        scene.time = date("2026-05-22");
        scene.entry(nation(), EntryChange::Answer(answer));
        let found = entry_at(&scene, date("2026-05-22"));
        match answer {
            EntryAnswer::Confirmed => {
                assert!(matches!(found, EntryStatus::Live { disputed: None, unconfirmed: false, .. }))
            }
            EntryAnswer::Unconfirmed { .. } => {
                assert!(matches!(found, EntryStatus::Live { disputed: None, unconfirmed: true, .. }));
            }
            EntryAnswer::Removed => assert_eq!(found, EntryStatus::Removed { since: date("2026-05-22") }),
        }
        assert!(matches!(duty::status(&scene.duty(&name), scene.time), duty::Status::Discharged { late: true, .. }));
    }
}

/// An answer never moves an end that stands already.
#[test]
fn an_entry_that_was_removed_keeps_its_date() {
    let mut scene = measured();
    scene.entry(province(), filed());
    let since = scene.time;
    scene.entry(city(), EntryChange::Remove);
    scene.time = date("2026-05-10");
    scene.entry(city(), EntryChange::Answer(EntryAnswer::Removed));
    assert_eq!(entry_at(&scene, scene.time), EntryStatus::Removed { since });
}

#[test]
fn a_red_list_needs_no_event_and_takes_one_that_speaks_for_the_subject() {
    for with_event in [false, true] {
        let mut scene = Scene::with_credit();
        scene.credit(city(), record(&award()));
        let event = with_event.then(event_id);
        scene.entry(city(), EntryChange::Enter(enrolment(&redlist(), event)));
        let live = EntryStatus::Live { until: None, disputed: None, unconfirmed: false };
        assert_eq!(entry_at(&scene, date("2090-01-01")), live);
    }
}

/// A body that joined may take measures everywhere in its work; the entry stays the keeper's.
#[test]
fn who_takes_measures_makes_no_entries() {
    let mut scene = measured();
    let remove = entry_act(neighbour(), EntryChange::Remove);
    let refused = scene.refuse(&[&key(neighbour(), Role::Recorder)], remove);
    let expected = bulla_verify::credit::Refusal::NotYours { by: neighbour(), recorder: city() };
    assert_eq!(refused, expected.into());
}
