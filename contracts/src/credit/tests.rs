use super::*;
use crate::scene::{
    Scene, ann, apply_for_repair, arrears, award, city, day, default_item, duty_of, empower, end, event_id, hash, key,
    nation, neighbour, notify, object, particulars, pollution, province, record, works,
};
use bulla_verify::credit::{Answer, Correction, EventId, Notice, Particulars, Pending, Publicity};
use bulla_verify::duty::{self, Discharge};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::subject::{Line, ListKind, Listed, SubjectList};
use bulla_verify::time::Date;

mod listing;
mod refusals;
mod resting;
mod sequences;

/// The first instant of a date.
fn date(text: &str) -> Millis {
    text.parse::<Date>().unwrap().start()
}

/// A scene with an event of the works that is published, on 1 May 2026.
fn recorded() -> Scene {
    let mut scene = Scene::with_credit();
    scene.time = date("2026-05-01");
    scene.credit(city(), record(&pollution()));
    scene
}

fn status_at(scene: &Scene, at: Millis) -> Status {
    status(&scene.event(), at)
}

fn standing(publicity: Publicity) -> Status {
    Status::Active { publicity, disputed: None, unconfirmed: false }
}

#[test]
fn a_record_holds_what_the_law_comes_to_for_it() {
    let scene = recorded();
    let event = scene.event();
    // Serious: a year at least, three at most, from the day after the record on.
    assert_eq!(event.published_until, Some(date("2029-05-02")));
    assert_eq!(event.repairable_from, Some(date("2027-05-02")));
    assert_eq!((event.recorded, event.kept_until, event.subject), (Some(date("2026-05-01")), None, works()));
    let height = scene.height.previous().unwrap();
    let line = canonical::encode(&Line { recorded_at: height, what: Listed::CreditEvent(event_id()) });
    let list = (works(), ListKind::Credit);
    let kept: SubjectList = read(&scene.state, &list).unwrap();
    assert_eq!((kept.head, kept.recorded_at), (Head::of(&[leaf_hash(&line)]), height));
    assert_eq!(scene.state.lists[&SubjectList::key(&list)], [line]);
}

#[test]
fn publicity_ends_by_itself_and_the_years_count_from_the_end_of_the_behaviour() {
    let mut scene = recorded();
    let until = date("2029-05-02");
    assert_eq!(status_at(&scene, until.plus(-1)), standing(Publicity::Published { until: Some(until) }));
    assert_eq!(status_at(&scene, date("2049-01-01")), standing(Publicity::Ended { since: until }));
    scene.time = date("2030-02-01");
    scene.credit(city(), end(date("2030-01-15")));
    let since = date("2035-01-16");
    assert_eq!(scene.event().kept_until, Some(since));
    assert!(status_at(&scene, since.plus(-1)).is_visible());
    assert_eq!(status_at(&scene, since), Status::Expired { since });
}

#[test]
fn what_speaks_for_a_subject_is_kept_and_published_for_good() {
    let mut scene = Scene::with_credit();
    let ended_at = Some(day(0));
    scene.credit(city(), Change::Record(Particulars { ended_at, ..particulars(&award()) }));
    assert_eq!(status_at(&scene, date("2090-01-01")), standing(Publicity::Published { until: None }));
}

#[test]
fn a_person_is_told_before_and_has_time_to_answer() {
    let mut scene = Scene::with_credit();
    // A Thursday; three working days later is a Tuesday.
    scene.time = date("2026-05-07");
    scene.credit(city(), notify(&arrears()));
    assert_eq!(status_at(&scene, scene.time), Status::Noticed { since: date("2026-05-07") });
    assert!(read::<SubjectList>(&scene.state, &(ann(), ListKind::Credit)).is_none(), "nothing is recorded of Ann yet");
    let record_from = date("2026-05-13");
    let expected = Notice { at: date("2026-05-07"), commitment: hash("notice"), record_from };
    assert_eq!(scene.event().notice, Some(expected));
    scene.time = record_from;
    scene.credit(city(), record(&arrears()));
    assert_eq!(scene.event().notice, Some(expected));
    assert_eq!(status_at(&scene, scene.time), standing(Publicity::Never));
    assert_eq!(scene.event().repairable_from, Some(record_from), "what is not published needs no publicity");
}

/// Source: 征信业管理条例, article 15.
#[test]
fn what_the_law_has_published_needs_no_notice() {
    let mut scene = Scene::with_credit();
    scene.credit(city(), record(&default_item()));
    assert_eq!(scene.event().notice, None);
}

#[test]
fn an_objection_marks_the_event_in_its_own_block_and_starts_a_clock() {
    let mut scene = recorded();
    let filed_at = scene.time;
    scene.credit(province(), object());
    let due = date("2026-05-22");
    assert_eq!(scene.event().objection, Some(Pending { filed_at, due, commitment: hash("grounds") }));
    let publicity = Publicity::Published { until: Some(date("2029-05-02")) };
    let disputed = Status::Active { publicity, disputed: Some(filed_at), unconfirmed: false };
    assert_eq!(status_at(&scene, filed_at), disputed);
    assert!(disputed.is_visible(), "marked, and still there");
    let duty = scene.duty(&duty_of(DutyKind::AnswerObjection, 1));
    assert_eq!((duty.owing, duty.opened_at, duty.due), (city(), filed_at, due));
}

#[test]
fn an_objection_is_answered_in_one_of_three_ways() {
    let amended = Correction::Amend { contents: hash("right"), ended_at: Some(date("2026-04-01")) };
    let answers = [
        Answer::Confirmed,
        Answer::Unconfirmed { findings: hash("findings") },
        Answer::Corrected(amended),
        Answer::Corrected(Correction::Delete),
    ];
    for answer in answers {
        let mut scene = recorded();
        scene.credit(province(), object());
        let (before, at) = (scene.event(), scene.time);
        scene.credit(city(), Change::Answer(answer.clone()));
        let (after, found) = (scene.event(), status_at(&scene, at));
        assert_eq!(after.objection, None);
        let duty = scene.duty(&duty_of(DutyKind::AnswerObjection, 1));
        assert_eq!(duty.discharged, Some(Discharge { at, by: city() }));
        match answer {
            Answer::Confirmed => assert!(matches!(found, Status::Active { disputed: None, unconfirmed: false, .. })),
            Answer::Unconfirmed { .. } => {
                assert!(matches!(found, Status::Active { disputed: None, unconfirmed: true, .. }));
            }
            Answer::Corrected(Correction::Delete) => assert_eq!(found, Status::Deleted { since: at }),
            Answer::Corrected(Correction::Amend { contents, ended_at }) => {
                assert_eq!((after.contents, after.ended_at, after.corrections), (contents, ended_at, 1));
                assert_eq!(after.kept_until, Some(date("2031-04-02")), "the five years were moved with the end");
                assert_eq!(after.published_until, before.published_until);
            }
        }
    }
}

#[test]
fn a_later_answer_takes_the_mark_of_an_unconfirmed_event_away() {
    let mut scene = recorded();
    scene.credit(province(), object());
    scene.credit(city(), Change::Answer(Answer::Unconfirmed { findings: hash("findings") }));
    scene.credit(province(), object());
    assert!(scene.event().unconfirmed);
    scene.credit(city(), Change::Answer(Answer::Confirmed));
    assert!(!scene.event().unconfirmed);
    assert_eq!(scene.event().objections, 2);
}

#[test]
fn what_the_recorder_left_unanswered_a_supervisor_above_answers() {
    let mut scene = recorded();
    scene.credit(province(), object());
    scene.time = date("2026-05-22");
    scene.credit(nation(), Change::Answer(Answer::Corrected(Correction::Delete)));
    let duty = scene.duty(&duty_of(DutyKind::AnswerObjection, 1));
    assert_eq!(duty.discharged, Some(Discharge { at: date("2026-05-22"), by: nation() }));
    assert!(matches!(duty::status(&duty, scene.time), duty::Status::Discharged { late: true, .. }));
}

/// Also one whose event has left the ledger's reports in the meantime.
#[test]
fn an_objection_and_an_application_are_answered_whatever_became_of_the_event() {
    let mut scene = recorded();
    scene.credit(city(), end(date("2026-04-30")));
    scene.time = date("2031-04-30");
    scene.credit(province(), object());
    scene.credit(province(), apply_for_repair());
    scene.time = date("2031-05-02");
    assert!(matches!(status_at(&scene, scene.time), Status::Expired { .. }));
    scene.credit(city(), Change::Answer(Answer::Corrected(Correction::Delete)));
    scene.credit(city(), Change::RefuseRepair { reason: hash("reason") });
    for name in [duty_of(DutyKind::AnswerObjection, 1), duty_of(DutyKind::AnswerRepair, 1)] {
        assert!(scene.duty(&name).discharged.is_some());
    }
}

#[test]
fn a_statement_stands_in_the_history_and_is_counted() {
    let mut scene = recorded();
    scene.credit(province(), Change::State { statement: hash("statement") });
    assert_eq!(scene.event().statements, 1);
    let last = scene.state.lists[&CreditEvent::key(&event_id())].last().unwrap().clone();
    let entry: Entry = canonical::decode(&last, 1_000).unwrap();
    assert_eq!(entry.act.change, Change::State { statement: hash("statement") });
    assert_eq!(scene.event().history.len, 2);
}

#[test]
fn a_repair_ends_publicity_and_sharing_at_one_height() {
    let mut scene = recorded();
    scene.credit(city(), end(date("2026-05-01")));
    scene.time = date("2027-05-02");
    scene.credit(province(), apply_for_repair());
    let due = scene.event().application.unwrap().due;
    assert_eq!(due, date("2027-05-06"), "applied on a Sunday, three working days");
    let (at, height) = (scene.time, scene.height);
    scene.credit(city(), Change::Repair);
    let event = scene.event();
    assert_eq!((event.repaired, event.recorded_at, event.application), (Some(at), height, None));
    let found = status_at(&scene, at);
    assert!(!found.is_visible() && !found.is_published());
    scene.credit(province(), Change::State { statement: hash("thanks") });
    assert_eq!(scene.duty(&duty_of(DutyKind::AnswerRepair, 1)).discharged, Some(Discharge { at, by: city() }));
}

#[test]
fn who_was_refused_may_apply_again() {
    let mut scene = recorded();
    scene.credit(city(), end(date("2026-05-01")));
    scene.time = date("2027-05-02");
    for turn in 1..=2 {
        scene.credit(province(), apply_for_repair());
        assert_eq!(scene.event().applications, turn);
        scene.credit(city(), Change::RefuseRepair { reason: hash("reason") });
        assert!(status_at(&scene, scene.time).is_visible());
    }
}

#[test]
fn a_body_that_lost_its_competence_still_answers_for_its_events() {
    let mut scene = recorded();
    scene.credit(province(), object());
    scene.accept(&[&key(province(), Role::Registrar)], empower(pollution().code, city(), None));
    scene.credit(city(), Change::Answer(Answer::Confirmed));
    scene.credit(city(), end(date("2026-05-01")));
}

/// Each recorder has its own numbers: none can take another's away.
#[test]
fn another_recorder_may_use_the_same_number() {
    let mut scene = recorded();
    scene.accept(&[&key(province(), Role::Registrar)], empower(pollution().code, neighbour(), Some("440400")));
    let event = EventId { recorder: neighbour(), ..event_id() };
    let particulars = Particulars { region: crate::scene::region("440400"), ..particulars(&pollution()) };
    let act = EventAct { event, by: neighbour(), change: Change::Record(particulars) };
    scene.accept(&[&key(neighbour(), Role::Recorder)], Operation::Credit(Act::Event(act)));
    assert!(read::<CreditEvent>(&scene.state, &event).is_some());
}

/// The law of the day on which a clock starts is the law of that clock.
#[test]
fn a_later_law_moves_no_clock_that_runs() {
    use crate::scene::citation;
    use bulla_verify::law::{self, Provision, Span, Unit};
    let mut scene = recorded();
    scene.credit(province(), object());
    let span = Some(Span { value: 5, unit: Unit::WorkingDays });
    let provision = Provision { from: date("2026-05-10"), span, citation: citation() };
    let (region, matter) = (RegionCode::NATIONAL, Matter::ObjectionAnswer);
    scene.decide(law::Act::Enact { region, matter, provision, by: None });
    scene.time = date("2026-05-12");
    let first = scene.duty(&duty_of(DutyKind::AnswerObjection, 1));
    assert_eq!(duty::status(&first, scene.time), duty::Status::Due { by: date("2026-05-22") });
    scene.credit(city(), Change::Answer(Answer::Confirmed));
    scene.credit(province(), object());
    assert_eq!(scene.duty(&duty_of(DutyKind::AnswerObjection, 2)).due, date("2026-05-20"));
}
