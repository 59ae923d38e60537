use super::*;
use crate::scene::{
    Scene, call_off, case_act, case_id, city, decide, decision_duty, deliver, hand_over, hash, informed, issue_result,
    key, neighbour, province, rate, request, result, shop, standing, supervisor,
};
use bulla_verify::case::{Asked, Catalogued, Rating, Request, StopReason, Supplement, Violation, Violations};
use bulla_verify::duty::{self, Discharge, DueDay, due_day};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::time::Millis;

mod refusals;
mod sequences;

/// The first instant of a date.
fn date(text: &str) -> Millis {
    text.parse::<Date>().unwrap().start()
}

/// A scene with a case that the neighbour accepted on Monday 1 June 2026: due when 15 June is over.
fn accepted(request: Request) -> Scene {
    let mut scene = Scene::with_cases();
    scene.time = date("2026-06-01");
    scene.case(neighbour(), Change::Accept(request));
    scene
}

/// The same in the hands of the city, which decides.
fn begun(request: Request) -> Scene {
    let mut scene = accepted(request);
    scene.case(neighbour(), hand_over(city()));
    scene.case(city(), Change::Take);
    scene
}

fn status_at(scene: &Scene, at: Millis) -> Status {
    status(&scene.the_case(), at)
}

const DUE: &str = "2026-06-16";

#[test]
fn whoever_accepts_a_case_its_decider_owes_the_decision_from_then_on() {
    let scene = accepted(request());
    let (case, duty) = (scene.the_case(), scene.duty(&decision_duty()));
    assert_eq!((case.held_by, case.decider, case.due), (neighbour(), city(), date(DUE)));
    assert_eq!((duty.owing, duty.opened_at, duty.due), (city(), date("2026-06-01"), date(DUE)));
    assert_eq!(status_at(&scene, scene.time), Status::Accepted { due: date(DUE), overdue: false });
    assert!(status_at(&scene, date(DUE)).is_overdue());
}

#[test]
fn a_hand_over_is_signed_by_both_and_moves_no_clock() {
    let mut scene = accepted(request());
    scene.time = date("2026-06-08");
    scene.case(neighbour(), hand_over(city()));
    assert_eq!(scene.the_case().held_by, neighbour(), "it stays where it is until it is taken");
    scene.case(city(), Change::Take);
    let case = scene.the_case();
    assert_eq!((case.held_by, case.hand_overs, case.offered, case.due), (city(), 1, None, date(DUE)));
    assert!(matches!(status_at(&scene, scene.time), Status::InProgress { overdue: false, .. }));
    scene.case(city(), hand_over(province()));
    scene.case(province(), Change::Take);
    assert!(matches!(status_at(&scene, scene.time), Status::InProgress { .. }), "for a task");
    assert_eq!((scene.the_case().held_by, scene.the_case().due), (province(), date(DUE)));
    assert_eq!(scene.duty(&decision_duty()).owing, city());
}

#[test]
fn a_hand_over_is_called_off_by_either_body() {
    for by in [neighbour(), city()] {
        let mut scene = accepted(request());
        scene.case(neighbour(), hand_over(city()));
        scene.case(by, call_off());
        assert_eq!((scene.the_case().held_by, scene.the_case().offered), (neighbour(), None));
        scene.case(neighbour(), hand_over(province()));
    }
}

#[test]
fn a_stop_moves_the_clock_and_an_early_end_takes_back_what_is_left() {
    let mut scene = begun(request());
    scene.time = date("2026-06-03");
    scene.case(city(), Change::Stop { reason: StopReason::Hearing, days: 5 });
    // Five working days after Wednesday 3 June: until Wednesday 10 June is over.
    let until = date("2026-06-11");
    assert_eq!(status_at(&scene, scene.time), Status::Stopped { reason: StopReason::Hearing, until });
    let due = date("2026-06-23");
    assert_eq!((scene.the_case().due, scene.duty(&decision_duty()).due), (due, due));
    let days = [date(DUE), due].map(|due| scene.state.lists[&DueDay::key(&due_day(due))].clone());
    assert_eq!(days, [[canonical::encode(&decision_duty())], [canonical::encode(&decision_duty())]]);
    scene.time = date("2026-06-05");
    scene.case(city(), Change::Resume);
    let case = scene.the_case();
    assert_eq!((case.stopped_days, case.due), (2, date("2026-06-18")));
    assert_eq!(scene.duty(&decision_duty()).due, case.due);
    assert!(matches!(status_at(&scene, scene.time), Status::InProgress { .. }));
    scene.case(city(), Change::Stop { reason: StopReason::ExpertReview, days: 28 });
    assert_eq!(scene.the_case().stopped_days, 30);
}

#[test]
fn a_paper_is_asked_for_and_brought() {
    let mut scene = begun(request());
    scene.case(city(), Change::Ask { material: 1, days: 10 });
    assert!(matches!(status_at(&scene, scene.time), Status::Stopped { reason: StopReason::Supplement, .. }));
    assert_eq!(scene.the_case().due, date("2026-06-30"));
    scene.time = date("2026-06-04");
    scene.case(province(), Change::Supplement(Supplement::Paper { contents: hash("plan") }));
    let case = scene.the_case();
    assert_eq!((case.supplements, case.asked, case.stopped_days, case.due), (1, None, 3, date("2026-06-19")));
    assert_eq!((case.violations, read::<Violations>(&scene.state, &city())), (0, None));
}

/// What is brought after its days are over is brought all the same.
#[test]
fn a_supplement_that_comes_late_moves_nothing() {
    let mut scene = begun(request());
    scene.case(city(), Change::Ask { material: 1, days: 2 });
    let due = scene.the_case().due;
    scene.time = date("2026-06-10");
    scene.case(province(), Change::Supplement(Supplement::Paper { contents: hash("plan") }));
    assert_eq!((scene.the_case().supplements, scene.the_case().due), (1, due));
}

/// Source: 国务院令716, article 7.
#[test]
fn asking_for_a_paper_that_an_active_licence_stands_for_is_counted() {
    let mut scene = begun(informed());
    let recorded_at = scene.height;
    scene.case(city(), Change::Ask { material: 0, days: 2 });
    let violation = Violation { recorded_at, case: case_id(), material: 0, licence: standing().base() };
    let line = canonical::encode(&violation);
    let expected = Violations { head: Head::of(&[leaf_hash(&line)]), recorded_at };
    assert_eq!(read::<Violations>(&scene.state, &city()), Some(expected));
    assert_eq!(scene.state.lists[&Violations::key(&city())], [line]);
    assert!(matches!(scene.the_case().asked, Some(Asked { counted: true, .. })));
    scene.case(province(), Change::Supplement(Supplement::Licence(standing())));
    assert_eq!((scene.the_case().violations, scene.the_case().licences), (1, vec![standing().base()]), "counted once");
    scene.time = date("2026-06-10");
    scene.case(city(), Change::Ask { material: 1, days: 2 });
    assert_eq!(scene.the_case().violations, 1, "nothing stands for the second paper");
}

#[test]
fn a_licence_that_is_brought_afterwards_is_counted_if_it_was_active_when_the_paper_was_asked_for() {
    let mut scene = begun(request());
    scene.case(city(), Change::Ask { material: 0, days: 2 });
    assert_eq!(scene.the_case().violations, 0, "nobody named it");
    scene.case(province(), Change::Supplement(Supplement::Licence(standing())));
    assert_eq!((scene.the_case().violations, scene.the_case().licences), (1, vec![standing().base()]));
    assert_eq!(read::<Violations>(&scene.state, &city()).unwrap().head.len, 1);

    use crate::scene::{held_by, id, now, pass};
    let mut scene = begun(request());
    scene.case(city(), Change::Ask { material: 0, days: 2 });
    let later = id(&pass(), "P2", 1);
    scene.issue(now(&later, bulla_verify::licence::Change::Issue(held_by("who asks later"))));
    scene.case(province(), Change::Supplement(Supplement::Licence(later)));
    assert_eq!(scene.the_case().violations, 0, "it was not there yet");
}

/// A licence that is suspended stands for nothing: the paper may be asked for.
#[test]
fn a_licence_that_is_not_active_any_more_counts_for_nothing() {
    use crate::scene::now;
    let mut scene = begun(informed());
    scene.issue(now(&standing(), bulla_verify::licence::Change::Suspend { from: None, until: None }));
    scene.case(city(), Change::Ask { material: 0, days: 2 });
    assert_eq!(scene.the_case().violations, 0);
}

#[test]
fn a_case_is_granted_delivered_and_rated() {
    let mut scene = begun(request());
    let at = scene.time;
    scene.case(city(), decide(true));
    assert_eq!(status_at(&scene, scene.time), Status::Granted { since: at });
    assert_eq!(scene.duty(&decision_duty()).discharged, Some(Discharge { at, by: city() }));
    scene.issue(issue_result());
    let since = scene.time;
    scene.case(neighbour(), deliver());
    assert_eq!(scene.the_case().delivered.unwrap().licence, Some(result().base()));
    scene.case(province(), rate());
    assert_eq!(status_at(&scene, scene.time), Status::Delivered { since, rating: Some(Rating::Good) });
    let entries: Vec<Entry> =
        scene.state.lists[&Case::key(&case_id())].iter().map(|line| canonical::decode(line, 1_000).unwrap()).collect();
    assert_eq!(entries.len(), 6);
    assert_eq!(entries.last().unwrap().act.change, rate());
}

#[test]
fn what_was_refused_is_rated_too() {
    let mut scene = begun(request());
    let since = scene.time;
    scene.case(city(), decide(false));
    scene.case(province(), Change::Rate(Rating::VeryPoor));
    assert_eq!(status_at(&scene, scene.time), Status::Refused { since, rating: Some(Rating::VeryPoor) });
}

#[test]
fn a_case_is_withdrawn_wherever_it_is_and_owes_nothing_more() {
    let mut scene = accepted(request());
    scene.case(neighbour(), hand_over(city()));
    let since = scene.time;
    scene.case(province(), Change::Withdraw);
    assert_eq!(status_at(&scene, scene.time), Status::Withdrawn { since });
    assert_eq!(scene.the_case().offered, None);
    assert_eq!(scene.duty(&decision_duty()).discharged, Some(Discharge { at: since, by: province() }));
}

#[test]
fn an_overdue_case_reaches_the_superior_and_is_decided_late() {
    let mut scene = begun(request());
    scene.time = date(DUE);
    assert!(status_at(&scene, scene.time).is_overdue());
    scene.accept(&[&supervisor(province())], crate::scene::escalate(decision_duty(), province()));
    scene.case(city(), decide(false));
    let duty = scene.duty(&decision_duty());
    assert!(matches!(duty::status(&duty, scene.time), duty::Status::Discharged { late: true, .. }));
}

#[test]
fn a_case_keeps_the_version_under_which_it_was_accepted() {
    let mut scene = begun(request());
    scene.publish(ServiceItem { version: 2, materials: Vec::new(), promised_days: 3, ..shop() });
    assert_eq!(read(&scene.state, &shop().code), Some(Catalogued { version: 2, retired: None }));
    scene.case(city(), Change::Ask { material: 1, days: 1 });
    assert_eq!((scene.the_case().version, scene.the_case().days), (1, 10));
}

#[test]
fn a_retired_item_is_opened_again_by_its_next_version() {
    let mut scene = begun(request());
    let retire = bulla_verify::operation::Operation::Case(Act::Retire { item: shop().code });
    let at = scene.time;
    scene.accept(&[&key(crate::scene::nation(), Role::Registrar)], retire);
    assert_eq!(read(&scene.state, &shop().code), Some(Catalogued { version: 1, retired: Some(at) }));
    scene.case(city(), decide(true));
    scene.publish(ServiceItem { version: 2, ..shop() });
    let case = CaseId { number: [8; 16], ..case_id() };
    let act = Act::Case(CaseAct { case, by: neighbour(), change: Change::Accept(request()) });
    scene.accept(&[&key(neighbour(), Role::Intake)], bulla_verify::operation::Operation::Case(act));
    assert_eq!(read::<Case>(&scene.state, &case).unwrap().version, 2);
}

/// The acts that declare no more than they write.
#[test]
fn an_acceptance_writes_what_it_declares() {
    let mut scene = Scene::with_cases();
    let act = case_act(neighbour(), Change::Accept(request()));
    let tx = scene.sign(&[&key(neighbour(), Role::Intake)], bulla_verify::transaction::Mode::AllOrNothing, vec![act]);
    let executed = scene.execute(&tx);
    assert_eq!(executed.changes.writes(), usize::try_from(executed.cost).unwrap());
}
