use super::*;
use crate::scene::{
    Scenario, Scene, assert_reached, city, day, duty_of, escalate, nation, neighbour, object, pollution, province,
    record, supervisor,
};
use bulla_verify::credit::{Answer, Change};
use bulla_verify::duty::DutyKind;
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation;

fn first() -> DutyName {
    duty_of(DutyKind::AnswerObjection, 1)
}

/// The city owes the answer to an objection, in 20 days.
fn owing(scene: &mut Scene) {
    scene.prepare_credit();
    scene.credit(city(), record(&pollution()));
    scene.credit(province(), object());
}

fn refused(scene: &mut Scene, to: Uscc) -> operation::Refusal {
    scene.refuse(&[&supervisor(to)], escalate(first(), to))
}

#[test]
fn every_refusal_is_reached() {
    let scenarios: Vec<Scenario<operation::Refusal>> = vec![
        (Refusal::Role { role: Role::Supervisor, organisation: province() }.into(), |scene| {
            owing(scene);
            scene.refuse(&[&supervisor(nation())], escalate(first(), province()))
        }),
        (Refusal::NoDuty.into(), |scene| {
            scene.prepare_credit();
            refused(scene, province())
        }),
        (Refusal::Discharged { at: day(130) }.into(), |scene| {
            owing(scene);
            scene.time = day(130);
            scene.credit(city(), Change::Answer(Answer::Confirmed));
            scene.time = day(200);
            refused(scene, province())
        }),
        (Refusal::NotOverdue { due: day(141) }.into(), |scene| {
            owing(scene);
            scene.time = day(141).plus(-1);
            refused(scene, province())
        }),
        (Refusal::NotAbove { to: neighbour(), from: city() }.into(), |scene| {
            owing(scene);
            scene.time = day(141);
            refused(scene, neighbour())
        }),
        // It goes upwards only, and once to each.
        (Refusal::NotAbove { to: province(), from: nation() }.into(), |scene| {
            owing(scene);
            scene.time = day(141);
            scene.accept(&[&supervisor(nation())], escalate(first(), nation()));
            refused(scene, province())
        }),
        (Refusal::NotAbove { to: province(), from: province() }.into(), |scene| {
            owing(scene);
            scene.time = day(141);
            scene.accept(&[&supervisor(province())], escalate(first(), province()));
            refused(scene, province())
        }),
    ];
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}

#[test]
fn an_overdue_duty_goes_from_superior_to_superior() {
    let mut scene = Scene::new();
    owing(&mut scene);
    let due = day(141);
    assert_eq!(status(&scene.duty(&first()), due.plus(-1)), Status::Due { by: due });
    assert_eq!(status(&scene.duty(&first()), due), Status::Overdue { since: due, escalated_to: None });
    scene.time = due;
    for to in [province(), nation()] {
        scene.accept(&[&supervisor(to)], escalate(first(), to));
        let found = status(&scene.duty(&first()), scene.time);
        assert_eq!(found, Status::Overdue { since: due, escalated_to: Some(to) });
    }
    let at = scene.time;
    scene.credit(city(), Change::Answer(Answer::Confirmed));
    assert_eq!(status(&scene.duty(&first()), at), Status::Discharged { at, late: true });
}

/// The list of a day is all that was ever due on it, whatever has become of it.
#[test]
fn what_is_due_on_a_day_is_the_list_of_that_day() {
    let mut scene = Scene::new();
    owing(&mut scene);
    scene.credit(city(), Change::Answer(Answer::Confirmed));
    scene.credit(province(), object());
    let height = scene.height.previous().unwrap();
    let names = [1, 2].map(|turn| canonical::encode(&duty_of(DutyKind::AnswerObjection, turn)));
    let expected = Head::of(&names.clone().map(|name| leaf_hash(&name)));
    let day = due_day(day(141));
    assert_eq!(read(&scene.state, &day), Some(DueDay { head: expected, recorded_at: height }));
    assert_eq!(scene.state.lists[&DueDay::key(&day)], names);
}
