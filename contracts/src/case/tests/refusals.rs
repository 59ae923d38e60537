//! A way to every refusal of an act on service items and cases.

use super::date;
use crate::scene::{
    Scenario, Scene, assert_reached, call_off, case_act, case_id, city, day, decide, deliver, hand_over, id, informed,
    issue_result, key, nation, neighbour, now, permit, province, rate, region, request, result, shop, standing,
    stranger, year,
};
use bulla_verify::case::{
    Act, CaseAct, CaseId, Change, Channel, Material, Refusal, Request, ServiceCode, ServiceItem, Status, StopReason,
    Supplement,
};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence;
use bulla_verify::operation::{self, Operation};
use bulla_verify::roles::Role;

type Ways = Vec<Scenario<operation::Refusal>>;

#[test]
fn every_refusal_is_reached() {
    let ways = [publishing(), who(), accepting(), papers(), handing(), stopping(), asking(), ending()];
    assert_reached(Refusal::TABLE, operation::Refusal::code, ways.concat());
}

fn published(scene: &mut Scene, item: ServiceItem) -> operation::Refusal {
    scene.refuse(&[&key(nation(), Role::Registrar)], Operation::Case(Act::Publish(item)))
}

/// The refusal of an acceptance by the neighbour.
fn accepted(scene: &mut Scene, request: Request) -> operation::Refusal {
    scene.prepare_cases();
    scene.case_refused(neighbour(), Change::Accept(request))
}

/// A case in the hands of the neighbour, on 1 June 2026.
fn prepared(scene: &mut Scene) {
    scene.prepare_cases();
    scene.time = date("2026-06-01");
    scene.case(neighbour(), Change::Accept(request()));
}

/// A case in the hands of the city.
fn begun(scene: &mut Scene) {
    prepared(scene);
    scene.case(neighbour(), hand_over(city()));
    scene.case(city(), Change::Take);
}

fn hearing(days: u16) -> Change {
    Change::Stop { reason: StopReason::Hearing, days }
}

fn publishing() -> Ways {
    fn nowhere() -> LicenceTypeCode {
        LicenceTypeCode::new(province(), 99).unwrap()
    }
    fn days(promised: u16, statutory: u16, stops: u16) -> ServiceItem {
        ServiceItem { promised_days: promised, statutory_days: statutory, stop_days: stops, ..shop() }
    }
    fn with(replaced_by: Vec<LicenceTypeCode>) -> Material {
        Material { replaced_by, ..shop().materials.remove(0) }
    }
    let wrong = |promised, statutory, stops| Refusal::Days { promised, statutory, stops }.into();
    vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            published(scene, ServiceItem { code: ServiceCode { body: stranger(1), number: 1 }, ..shop() })
        }),
        (Refusal::NotSuperior { needed: nation() }.into(), |scene| {
            scene.refuse(&[&key(province(), Role::Registrar)], Operation::Case(Act::Publish(shop())))
        }),
        (Refusal::NotSuperior { needed: nation() }.into(), |scene| {
            scene.prepare_cases();
            scene.refuse(&[&key(province(), Role::Registrar)], Operation::Case(Act::Retire { item: shop().code }))
        }),
        (Refusal::NotNextVersion { found: 2, next: 1 }.into(), |scene| {
            published(scene, ServiceItem { version: 2, ..shop() })
        }),
        (Refusal::NotNextVersion { found: 1, next: 2 }.into(), |scene| {
            scene.prepare_cases();
            published(scene, shop())
        }),
        (Refusal::RegionOutside { found: region("450000"), allowed: region("440000") }.into(), |scene| {
            published(scene, ServiceItem { region: region("450000"), ..shop() })
        }),
        (Refusal::NoLevel.into(), |scene| published(scene, ServiceItem { levels: Vec::new(), ..shop() })),
        (wrong(0, 20, 30), |scene| published(scene, days(0, 20, 30))),
        (wrong(21, 20, 30), |scene| published(scene, days(21, 20, 30))),
        (wrong(10, 251, 30), |scene| published(scene, days(10, 251, 30))),
        (wrong(10, 20, 251), |scene| published(scene, days(10, 20, 251))),
        (Refusal::TooManyMaterials.into(), |scene| {
            published(scene, ServiceItem { materials: vec![with(Vec::new()); 17], ..shop() })
        }),
        (Refusal::TooManyMaterials.into(), |scene| {
            published(scene, ServiceItem { materials: vec![with(vec![permit().code; 9])], ..shop() })
        }),
        (Refusal::NoType { code: nowhere() }.into(), |scene| {
            published(scene, ServiceItem { materials: vec![with(vec![nowhere()])], ..shop() })
        }),
        (Refusal::NoType { code: nowhere() }.into(), |scene| {
            published(scene, ServiceItem { result: Some(nowhere()), ..shop() })
        }),
        (Refusal::NoItem { item: ServiceCode { body: province(), number: 9 } }.into(), |scene| {
            let item = ServiceCode { body: province(), number: 9 };
            scene.refuse(&[&key(nation(), Role::Registrar)], Operation::Case(Act::Retire { item }))
        }),
        (Refusal::Retired { item: shop().code }.into(), |scene| {
            scene.prepare_cases();
            let retire = Operation::Case(Act::Retire { item: shop().code });
            scene.accept(&[&key(nation(), Role::Registrar)], retire.clone());
            scene.refuse(&[&key(nation(), Role::Registrar)], retire)
        }),
    ]
}

fn who() -> Ways {
    fn by_another_key(scene: &mut Scene, by: Uscc, role: Role, change: Change) -> operation::Refusal {
        begun(scene);
        scene.refuse(&[&key(by, role)], case_act(by, change))
    }
    let role = |role, organisation| operation::Refusal::from(Refusal::Role { role, organisation });
    let not_yours = |by, needed| operation::Refusal::from(Refusal::NotYours { by, needed });
    vec![
        (role(Role::Intake, city()), |scene| by_another_key(scene, city(), Role::Issuer, hand_over(province()))),
        (role(Role::Intake, province()), |scene| by_another_key(scene, province(), Role::Issuer, Change::Withdraw)),
        (role(Role::Issuer, city()), |scene| by_another_key(scene, city(), Role::Intake, decide(true))),
        (role(Role::Issuer, city()), |scene| by_another_key(scene, city(), Role::Intake, hearing(1))),
        (not_yours(city(), neighbour()), |scene| {
            scene.prepare_cases();
            scene.case_refused(city(), Change::Accept(request()))
        }),
        (not_yours(province(), city()), |scene| {
            prepared(scene);
            scene.case(neighbour(), hand_over(city()));
            scene.case_refused(province(), Change::Take)
        }),
        (not_yours(province(), city()), |scene| {
            prepared(scene);
            scene.case(neighbour(), hand_over(city()));
            scene.case_refused(province(), call_off())
        }),
        // Neither who accepted nor a body above decides.
        (not_yours(neighbour(), city()), |scene| {
            prepared(scene);
            scene.case_refused(neighbour(), decide(true))
        }),
        (not_yours(province(), city()), |scene| {
            begun(scene);
            scene.case(city(), hand_over(province()));
            scene.case(province(), Change::Take);
            scene.case_refused(province(), decide(true))
        }),
        (not_yours(province(), city()), |scene| {
            begun(scene);
            scene.case(city(), decide(true));
            scene.case_refused(province(), deliver())
        }),
        (Refusal::NotInHands { by: city(), held_by: neighbour() }.into(), |scene| {
            prepared(scene);
            scene.case_refused(city(), decide(true))
        }),
        (Refusal::NotInHands { by: neighbour(), held_by: city() }.into(), |scene| {
            begun(scene);
            scene.case_refused(neighbour(), hand_over(province()))
        }),
        (Refusal::NotInHands { by: neighbour(), held_by: city() }.into(), |scene| {
            begun(scene);
            scene.case_refused(neighbour(), hearing(1))
        }),
        (Refusal::NotInHands { by: neighbour(), held_by: city() }.into(), |scene| {
            begun(scene);
            scene.case_refused(neighbour(), Change::Ask { material: 1, days: 1 })
        }),
        (Refusal::NotInHands { by: neighbour(), held_by: city() }.into(), |scene| {
            begun(scene);
            scene.case_refused(neighbour(), Change::Resume)
        }),
        (Refusal::NoCase { case: case_id() }.into(), |scene| {
            scene.prepare_cases();
            scene.case_refused(city(), Change::Withdraw)
        }),
    ]
}

fn accepting() -> Ways {
    fn through(scene: &mut Scene, channel: Channel) -> operation::Refusal {
        scene.prepare_cases();
        scene.publish(ServiceItem { version: 2, channel, ..shop() });
        scene.case_refused(neighbour(), Change::Accept(request()))
    }
    let not_decider = |decider| operation::Refusal::from(Refusal::NotDecider { decider });
    vec![
        (Refusal::NoItem { item: ServiceCode { body: city(), number: 1 } }.into(), |scene| {
            accepted(scene, Request { item: ServiceCode { body: city(), number: 1 }, ..request() })
        }),
        (Refusal::Retired { item: shop().code }.into(), |scene| {
            scene.prepare_cases();
            let retire = Operation::Case(Act::Retire { item: shop().code });
            scene.accept(&[&key(nation(), Role::Registrar)], retire);
            scene.case_refused(neighbour(), Change::Accept(request()))
        }),
        (Refusal::CaseExists { case: case_id() }.into(), |scene| {
            prepared(scene);
            scene.case_refused(neighbour(), Change::Accept(request()))
        }),
        (Refusal::RegionOutside { found: region("450000"), allowed: region("440000") }.into(), |scene| {
            accepted(scene, Request { region: region("450000"), ..request() })
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            accepted(scene, Request { decider: stranger(1), ..request() })
        }),
        // Of another region; above the item's levels; not beneath the implementing body.
        (not_decider(neighbour()), |scene| accepted(scene, Request { decider: neighbour(), ..request() })),
        (not_decider(province()), |scene| accepted(scene, Request { decider: province(), ..request() })),
        (not_decider(nation()), |scene| accepted(scene, Request { decider: nation(), ..request() })),
        (Refusal::Channel { channel: Channel::SameCity }.into(), |scene| through(scene, Channel::SameCity)),
        (Refusal::Channel { channel: Channel::Nearby }.into(), |scene| through(scene, Channel::Nearby)),
    ]
}

/// The licences that a case names.
fn papers() -> Ways {
    fn naming(scene: &mut Scene, licence: bulla_verify::identifiers::licence_id::LicenceId) -> operation::Refusal {
        scene.case_refused(neighbour(), Change::Accept(Request { licences: vec![licence], ..request() }))
    }
    let suspended = bulla_verify::status::Status::Suspended { since: date("2026-06-01"), until: None };
    vec![
        (Refusal::TooManyLicences.into(), |scene| {
            accepted(scene, Request { licences: vec![standing(); 17], ..request() })
        }),
        (Refusal::NoLicence { licence: result() }.into(), |scene| {
            scene.prepare_cases();
            naming(scene, result())
        }),
        (Refusal::NoLicence { licence: id(&crate::scene::pass(), "P1", 2) }.into(), |scene| {
            scene.prepare_cases();
            naming(scene, id(&crate::scene::pass(), "P1", 2))
        }),
        (Refusal::LicenceStatus { found: suspended }.into(), |scene| {
            scene.prepare_cases();
            scene.time = date("2026-06-01");
            scene.issue(now(&standing(), licence::Change::Suspend { from: None, until: None }));
            naming(scene, standing())
        }),
        (Refusal::StandsForNothing { code: permit().code }.into(), |scene| {
            scene.prepare_cases();
            scene.issue(issue_result());
            naming(scene, result())
        }),
        (Refusal::StandsForNothing { code: standing().type_code() }.into(), |scene| {
            begun(scene);
            scene.case(city(), Change::Ask { material: 1, days: 1 });
            scene.case_refused(neighbour(), Change::Supplement(Supplement::Licence(standing())))
        }),
        (Refusal::NoLicence { licence: result() }.into(), |scene| {
            begun(scene);
            scene.case(city(), Change::Ask { material: 0, days: 1 });
            scene.case_refused(neighbour(), Change::Supplement(Supplement::Licence(result())))
        }),
        (Refusal::TooManyLicences.into(), |scene| {
            scene.prepare_cases();
            let licences = vec![standing(); 16];
            let other = id(&crate::scene::pass(), "P2", 1);
            scene.issue(now(&other, licence::Change::Issue(crate::scene::held_by("another"))));
            scene.case(neighbour(), Change::Accept(Request { licences, ..informed() }));
            scene.case(neighbour(), Change::Ask { material: 0, days: 1 });
            scene.case_refused(neighbour(), Change::Supplement(Supplement::Licence(other)))
        }),
    ]
}

fn handing() -> Ways {
    vec![
        (Refusal::Offered { to: city() }.into(), |scene| {
            prepared(scene);
            scene.case(neighbour(), hand_over(city()));
            scene.case_refused(neighbour(), hand_over(province()))
        }),
        (Refusal::Offered { to: province() }.into(), |scene| {
            begun(scene);
            scene.case(city(), hand_over(province()));
            scene.case_refused(city(), decide(true))
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            prepared(scene);
            scene.case_refused(neighbour(), hand_over(stranger(1)))
        }),
        (Refusal::SameBody.into(), |scene| {
            prepared(scene);
            scene.case_refused(neighbour(), hand_over(neighbour()))
        }),
        (Refusal::NotOffered.into(), |scene| {
            prepared(scene);
            scene.case_refused(city(), Change::Take)
        }),
        (Refusal::NotOffered.into(), |scene| {
            prepared(scene);
            scene.case_refused(neighbour(), call_off())
        }),
    ]
}

fn stopping() -> Ways {
    fn stopped(scene: &mut Scene) {
        begun(scene);
        scene.time = date("2026-06-03");
        scene.case(city(), hearing(5));
    }
    let until = date("2026-06-11");
    let overdue = operation::Refusal::from(Refusal::Overdue { due: date("2026-06-16") });
    let too_long = |days, left| operation::Refusal::from(Refusal::StopTooLong { days, left });
    vec![
        (Refusal::Stopped { until }.into(), |scene| {
            stopped(scene);
            scene.case_refused(city(), hearing(1))
        }),
        (Refusal::Stopped { until }.into(), |scene| {
            stopped(scene);
            scene.case_refused(city(), Change::Ask { material: 1, days: 1 })
        }),
        (Refusal::Stopped { until }.into(), |scene| {
            stopped(scene);
            scene.time = date("2026-06-11").plus(-1);
            scene.case_refused(city(), decide(false))
        }),
        (overdue.clone(), |scene| {
            begun(scene);
            scene.time = date("2026-06-16");
            scene.case_refused(city(), hearing(1))
        }),
        (overdue, |scene| {
            begun(scene);
            scene.time = date("2026-06-16");
            scene.case_refused(city(), Change::Ask { material: 1, days: 1 })
        }),
        (too_long(0, 30), |scene| {
            begun(scene);
            scene.case_refused(city(), hearing(0))
        }),
        (too_long(31, 30), |scene| {
            begun(scene);
            scene.case_refused(city(), Change::Ask { material: 1, days: 31 })
        }),
        (too_long(26, 25), |scene| {
            stopped(scene);
            scene.time = date("2026-06-11");
            scene.case_refused(city(), hearing(26))
        }),
        (Refusal::NotStopped.into(), |scene| {
            begun(scene);
            scene.case_refused(city(), Change::Resume)
        }),
        (Refusal::NotStopped.into(), |scene| {
            stopped(scene);
            scene.time = date("2026-06-11");
            scene.case_refused(city(), Change::Resume)
        }),
        (Refusal::UnnamedPaper.into(), |scene| {
            begun(scene);
            scene.case_refused(city(), Change::Stop { reason: StopReason::Supplement, days: 1 })
        }),
    ]
}

fn asking() -> Ways {
    vec![
        (Refusal::NoMaterial { material: 2 }.into(), |scene| {
            begun(scene);
            scene.case_refused(city(), Change::Ask { material: 2, days: 1 })
        }),
        (Refusal::NotAsked.into(), |scene| {
            begun(scene);
            scene.case_refused(neighbour(), Change::Supplement(Supplement::Licence(standing())))
        }),
        (Refusal::NotAsked.into(), |scene| {
            begun(scene);
            scene.case(city(), Change::Ask { material: 0, days: 1 });
            scene.case(neighbour(), Change::Supplement(Supplement::Licence(standing())));
            scene.case_refused(neighbour(), Change::Supplement(Supplement::Licence(standing())))
        }),
    ]
}

fn ending() -> Ways {
    fn decided(scene: &mut Scene, granted: bool) {
        begun(scene);
        scene.time = date("2026-06-03");
        scene.case(city(), decide(granted));
    }
    let (granted, refused) =
        (Status::Granted { since: date("2026-06-03") }, Status::Refused { since: date("2026-06-03"), rating: None });
    let withdrawn = Status::Withdrawn { since: date("2026-06-03") };
    vec![
        (Refusal::Status { found: granted }.into(), |scene| {
            decided(scene, true);
            scene.case_refused(city(), decide(false))
        }),
        (Refusal::Status { found: granted }.into(), |scene| {
            decided(scene, true);
            scene.case_refused(neighbour(), Change::Withdraw)
        }),
        (Refusal::Status { found: granted }.into(), |scene| {
            decided(scene, true);
            scene.case_refused(city(), hand_over(province()))
        }),
        (Refusal::Status { found: granted }.into(), |scene| {
            decided(scene, true);
            scene.case_refused(neighbour(), rate())
        }),
        (Refusal::Status { found: refused }.into(), |scene| {
            decided(scene, false);
            scene.case_refused(city(), deliver())
        }),
        (Refusal::Status { found: withdrawn }.into(), |scene| {
            begun(scene);
            scene.case(city(), hand_over(province()));
            scene.time = date("2026-06-03");
            scene.case(neighbour(), Change::Withdraw);
            scene.case_refused(province(), Change::Take)
        }),
        (Refusal::ResultNeeded { code: permit().code }.into(), |scene| {
            decided(scene, true);
            scene.case_refused(neighbour(), Change::Deliver { licence: None })
        }),
        (Refusal::WrongResult { found: standing().type_code() }.into(), |scene| {
            decided(scene, true);
            scene.case_refused(neighbour(), Change::Deliver { licence: Some(standing()) })
        }),
        (Refusal::NoLicence { licence: result() }.into(), |scene| {
            decided(scene, true);
            scene.case_refused(neighbour(), deliver())
        }),
        (Refusal::LicenceStatus { found: bulla_verify::status::Status::Expired { since: day(365) } }.into(), |scene| {
            decided(scene, true);
            scene.issue(now(&result(), licence::Change::Issue(year())));
            scene.time = day(365);
            scene.case_refused(neighbour(), deliver())
        }),
        (Refusal::WrongResult { found: permit().code }.into(), |scene| {
            scene.prepare_cases();
            scene.publish(ServiceItem { version: 2, result: None, ..shop() });
            let case = CaseId { acceptor: city(), ..case_id() };
            let act = |change| Operation::Case(Act::Case(CaseAct { case, by: city(), change }));
            scene.accept(&[&key(city(), Role::Intake)], act(Change::Accept(request())));
            scene.accept(&[&key(city(), Role::Issuer)], act(decide(true)));
            scene.refuse(&[&key(city(), Role::Intake)], act(deliver()))
        }),
        (Refusal::Rated.into(), |scene| {
            decided(scene, false);
            scene.case(neighbour(), rate());
            scene.case_refused(neighbour(), rate())
        }),
    ]
}
