use super::*;
use crate::scene::{
    Scenario, Scene, assert_reached, case_id, city, day, decide, escalate, hand_over, hash, key, neighbour, now,
    pollution, prepare_erasure, province, record, request, standing as licence_of_ann, stranger, supervisor,
};
use crate::sequences::try_sequences;
use crate::{check, execute};
use bulla_verify::case::Change;
use bulla_verify::duty::{self as duties, Duty};
use bulla_verify::erasure::{Status, status as status_of};
use bulla_verify::operation::{self, Operation};
use bulla_verify::refusal::Outcome;
use bulla_verify::time::{DAY_MS, Date, Millis};
use bulla_verify::transaction::Mode;
use std::cell::RefCell;
use std::collections::BTreeMap;

fn date(text: &str) -> Millis {
    text.parse::<Date>().unwrap().start()
}

fn target() -> Target {
    Target::Licence(licence_of_ann().base())
}

fn order_by(by: Uscc, of: Target, custodians: &[Uscc]) -> Operation {
    let (grounds, reasons, custodians) = (Grounds::PurposeOver, hash("reasons"), custodians.to_vec());
    Operation::Erasure(Act::Order { of, by, grounds, reasons, custodians })
}

fn receipt(by: Uscc) -> Operation {
    Operation::Erasure(Act::Receipt { of: target(), by, evidence: hash("log") })
}

fn restrict(by: Uscc) -> Operation {
    Operation::Erasure(Act::Restrict { of: target(), by, reason: hash("cold archive") })
}

fn steward(of: Uscc) -> bulla_verify::keys::SigningKey {
    key(of, Role::Steward)
}

/// A cancelled licence, stewards and the country's law, on 1 June 2026.
fn prepare(scene: &mut Scene) {
    prepare_erasure(scene);
    scene.issue(now(&licence_of_ann(), bulla_verify::licence::Change::Cancel));
    scene.time = date("2026-06-01");
}

/// The same, and its erasure ordered of the city and the neighbour.
fn ordered(scene: &mut Scene) {
    prepare(scene);
    scene.accept(&[&steward(city())], order_by(city(), target(), &[city(), neighbour()]));
}

fn of(scene: &Scene) -> ErasureOrder {
    read(&scene.state, &target()).expect("it was ordered")
}

#[test]
fn an_order_is_done_when_each_custodian_has_destroyed_or_restricted_its_copy() {
    let mut scene = Scene::new();
    ordered(&mut scene);
    // Fifteen working days after Monday 1 June.
    let due = date("2026-06-23");
    assert_eq!(status_of(&of(&scene), scene.time), Status::Ordered { waiting: 2, due, overdue: false });
    scene.accept(&[&steward(neighbour())], restrict(neighbour()));
    assert_eq!(status_of(&of(&scene), due), Status::Ordered { waiting: 1, due, overdue: true });
    let since = scene.time;
    scene.accept(&[&steward(city())], receipt(city()));
    assert_eq!(status_of(&of(&scene), due), Status::Done { since, restricted: 1 });
    for turn in 1..=2 {
        assert!(scene.duty(&duty_of(&target(), turn)).discharged.is_some());
    }
    scene.accept(&[&steward(neighbour())], receipt(neighbour()));
    assert_eq!(status_of(&of(&scene), due), Status::Done { since, restricted: 0 }, "destroyed once that was possible");
}

#[test]
fn a_custodian_that_does_not_answer_is_overdue_and_its_superior_hears_of_it() {
    let mut scene = Scene::new();
    ordered(&mut scene);
    scene.time = date("2026-06-23");
    scene.accept(&[&supervisor(province())], escalate(duty_of(&target(), 2), province()));
    scene.accept(&[&steward(neighbour())], receipt(neighbour()));
    let duty = scene.duty(&duty_of(&target(), 2));
    assert!(matches!(duties::status(&duty, scene.time), duties::Status::Discharged { late: true, .. }));
}

#[test]
fn a_supervisor_above_orders_what_the_answering_body_does_not() {
    let mut scene = Scene::new();
    prepare(&mut scene);
    scene.accept(&[&supervisor(province())], order_by(province(), target(), &[city()]));
    assert_eq!(of(&scene).ordered_by, province());
}

#[test]
fn a_case_is_erased_once_it_is_over_and_a_credit_event_once_it_may_not_be_kept() {
    let mut scene = Scene::new();
    prepare(&mut scene);
    scene.case(neighbour(), Change::Accept(request()));
    scene.case(neighbour(), hand_over(city()));
    scene.case(city(), Change::Take);
    scene.case(city(), decide(false));
    scene.accept(&[&steward(city())], order_by(city(), Target::Case(case_id()), &[city()]));

    let mut scene = Scene::with_credit();
    scene.accept(&[&key(city(), Role::Registrar)], steward_key(city()));
    scene.credit(city(), record(&pollution()));
    scene.credit(city(), crate::scene::end(day(100)));
    scene.time = day(3_000);
    let event = Target::CreditEvent(crate::scene::event_id());
    scene.accept(&[&steward(city())], order_by(city(), event, &[city()]));
}

fn steward_key(of: Uscc) -> Operation {
    crate::scene::register_key(of, &steward(of), &[Role::Steward])
}

#[test]
fn every_refusal_is_reached() {
    assert_reached(Refusal::TABLE, operation::Refusal::code, [ordering(), answering()].concat());
}

type Ways = Vec<Scenario<operation::Refusal>>;

fn refused_order(scene: &mut Scene, custodians: &[Uscc]) -> operation::Refusal {
    prepare(scene);
    scene.refuse(&[&steward(city())], order_by(city(), target(), custodians))
}

fn ordering() -> Ways {
    let region = crate::scene::region("440300");
    let other = || Target::Case(case_id());
    let event = || Target::CreditEvent(crate::scene::event_id());
    let nothing = |of| operation::Refusal::from(Refusal::NoTarget { of });
    let needed = |of| operation::Refusal::from(Refusal::StillNeeded { of });
    let role = |role, organisation| operation::Refusal::from(Refusal::Role { role, organisation });
    vec![
        (nothing(other()), |scene| {
            prepare(scene);
            scene.refuse(&[&steward(city())], order_by(city(), Target::Case(case_id()), &[city()]))
        }),
        (Refusal::NotYours { by: neighbour(), answering: city() }.into(), |scene| {
            prepare(scene);
            scene.refuse(&[&steward(neighbour())], order_by(neighbour(), target(), &[city()]))
        }),
        (role(Role::Steward, city()), |scene| {
            prepare(scene);
            scene.refuse(&[&key(city(), Role::Issuer)], order_by(city(), target(), &[city()]))
        }),
        (role(Role::Supervisor, province()), |scene| {
            prepare(scene);
            scene.refuse(&[&key(province(), Role::Registrar)], order_by(province(), target(), &[city()]))
        }),
        (needed(target()), |scene| {
            prepare_erasure(scene);
            scene.refuse(&[&steward(city())], order_by(city(), target(), &[city()]))
        }),
        (needed(other()), |scene| {
            prepare(scene);
            scene.case(neighbour(), Change::Accept(request()));
            scene.case(neighbour(), hand_over(city()));
            scene.case(city(), Change::Take);
            scene.case(city(), decide(true));
            scene.refuse(&[&steward(city())], order_by(city(), Target::Case(case_id()), &[city()]))
        }),
        (needed(event()), |scene| {
            scene.prepare_credit();
            scene.accept(&[&key(city(), Role::Registrar)], steward_key(city()));
            scene.credit(city(), record(&pollution()));
            let event = Target::CreditEvent(crate::scene::event_id());
            scene.refuse(&[&steward(city())], order_by(city(), event, &[city()]))
        }),
        (Refusal::Ordered { of: target() }.into(), |scene| {
            ordered(scene);
            scene.refuse(&[&steward(city())], order_by(city(), target(), &[city()]))
        }),
        (Refusal::NoCustodian.into(), |scene| refused_order(scene, &[])),
        (Refusal::TooManyCustodians.into(), |scene| refused_order(scene, &[city(); 33])),
        (Refusal::Repeated { uscc: city() }.into(), |scene| refused_order(scene, &[city(), neighbour(), city()])),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| refused_order(scene, &[city(), stranger(1)])),
        (Refusal::NoProvision { matter: Matter::Erasure, region }.into(), |scene| {
            prepare(scene);
            let (region, matter) = (RegionCode::NATIONAL, Matter::Erasure);
            let provision =
                bulla_verify::law::Provision { from: scene.time, span: None, citation: crate::scene::citation() };
            scene.decide(bulla_verify::law::Act::Enact { region, matter, provision, by: None });
            scene.refuse(&[&steward(city())], order_by(city(), target(), &[city()]))
        }),
    ]
}

fn answering() -> Ways {
    vec![
        (Refusal::Role { role: Role::Steward, organisation: city() }.into(), |scene| {
            ordered(scene);
            scene.refuse(&[&key(city(), Role::Issuer)], receipt(city()))
        }),
        (Refusal::Role { role: Role::Steward, organisation: city() }.into(), |scene| {
            ordered(scene);
            scene.refuse(&[&key(city(), Role::Issuer)], restrict(city()))
        }),
        (Refusal::NoOrder { of: target() }.into(), |scene| {
            prepare(scene);
            scene.refuse(&[&steward(city())], receipt(city()))
        }),
        (Refusal::NotCustodian { by: province() }.into(), |scene| {
            ordered(scene);
            scene.refuse(&[&steward(province())], receipt(province()))
        }),
        (Refusal::Destroyed.into(), |scene| {
            ordered(scene);
            scene.accept(&[&steward(city())], receipt(city()));
            scene.refuse(&[&steward(city())], restrict(city()))
        }),
        (Refusal::Restricted.into(), |scene| {
            ordered(scene);
            scene.accept(&[&steward(city())], restrict(city()));
            scene.refuse(&[&steward(city())], restrict(city()))
        }),
    ]
}

fn sound(scene: &Scene, answered: &BTreeMap<Uscc, bool>) {
    let Some(order) = read::<ErasureOrder>(&scene.state, &target()) else {
        assert!(answered.is_empty());
        return;
    };
    let all = order.custodians.iter().all(|custodian| answered.contains_key(&custodian.organisation));
    let found = status_of(&order, scene.time);
    assert_eq!(matches!(found, Status::Done { .. }), all, "done exactly when each has destroyed or restricted");
    let mut overdue = false;
    for (turn, custodian) in (1..).zip(&order.custodians) {
        let duty: Duty = read(&scene.state, &duty_of(&target(), turn)).unwrap();
        assert_eq!((duty.owing, duty.due), (custodian.organisation, order.due));
        let state = match answered.get(&custodian.organisation) {
            Some(true) => CopyState::Destroyed,
            Some(false) => CopyState::Restricted,
            None => CopyState::Waiting,
        };
        assert_eq!(custodian.state(), state);
        assert_eq!(duty.discharged.map(|done| done.at), custodian.answered_at());
        overdue |= matches!(duties::status(&duty, scene.time), duties::Status::Overdue { .. });
    }
    assert_eq!(matches!(found, Status::Ordered { overdue: true, .. }), overdue, "overdue is visible");
}

#[test]
fn after_any_acts_an_order_is_done_exactly_when_each_custodian_has_answered() {
    let mut beginning = Scene::new();
    prepare(&mut beginning);
    let bodies = [city(), neighbour(), province()];
    let (done, overdue) = (RefCell::new(0), RefCell::new(0));
    let step = (0..3usize, 0..5u8, 0..16i64);
    let steps = (1..4usize, proptest::collection::vec(step, 12));
    let run = |(count, steps): (usize, Vec<(usize, u8, i64)>)| {
        let mut scene = Scene::at_genesis();
        (scene.state, scene.height, scene.time) = (beginning.state.clone(), beginning.height, beginning.time);
        let mut answered = BTreeMap::new();
        for (body, what, days) in steps {
            scene.time = scene.time.plus(days * DAY_MS / 2);
            let by = if what < 3 { bodies[body] } else { bodies[body / 2] };
            let operation = match what {
                0 | 1 => receipt(by),
                2 => restrict(by),
                _ => order_by(by, target(), &bodies[..count]),
            };
            let tx = scene.sign(&[&steward(by)], Mode::Independent, vec![operation]);
            assert_eq!(execute(&scene.state, &tx, scene.at()).refusals, check(&scene.state, &tx, scene.at()));
            let executed = execute(&scene.state, &tx, scene.at());
            assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
            scene.state.apply(executed.changes);
            if executed.outcomes == [Outcome::Applied] && what < 3 {
                let was = answered.insert(by, what < 2);
                assert_ne!(was, Some(true), "what is destroyed is never answered for again");
            }
            sound(&scene, &answered);
            scene.height = scene.height.next();
            scene.time = scene.time.plus(1);
        }
        if let Some(order) = read::<ErasureOrder>(&scene.state, &target()) {
            let found = status_of(&order, scene.time);
            *done.borrow_mut() += u32::from(matches!(found, Status::Done { .. }));
            *overdue.borrow_mut() += u32::from(matches!(found, Status::Ordered { overdue: true, .. }));
        }
    };
    try_sequences(&steps, run);
    assert!(done.into_inner() > 10 && overdue.into_inner() > 10, "hardly any order was done, or overdue");
}
