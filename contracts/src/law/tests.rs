use super::*;
use crate::scene::{
    Scenario, Scene, assert_reached, citation, city, consensus_key, country, day, key, nation, province, region,
    stranger,
};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Unit;
use bulla_verify::operation::{self, Operation};

const MATTER: Matter = Matter::ObjectionAnswer;

fn days(value: u16) -> Option<Span> {
    Some(Span { value, unit: Unit::Days })
}

fn provision(from: Millis, span: Option<Span>) -> Provision {
    Provision { from, span, citation: citation() }
}

fn national(from: Millis, span: Option<Span>) -> Act {
    Act::Enact { region: RegionCode::NATIONAL, matter: MATTER, provision: provision(from, span), by: None }
}

fn provincial(from: Millis, span: Option<Span>, by: Uscc) -> Act {
    let region = region("440000");
    Act::Enact { region, matter: MATTER, provision: provision(from, span), by: Some(by) }
}

fn entrust_province() -> Act {
    Act::Entrust { region: region("440000"), organisation: Some(province()) }
}

/// All days of the first weeks of a year.
fn calendar(year: u16, working_days: u16) -> Calendar {
    let mut working = [0; 46];
    for ordinal in 0..working_days {
        working[usize::from(ordinal / 8)] |= 1 << (ordinal % 8);
    }
    Calendar { region: RegionCode::NATIONAL, year, working, citation: citation() }
}

fn set(calendar: Calendar) -> Act {
    Act::SetCalendar { calendar, by: None }
}

fn by_registrar(scene: &mut Scene, of: Uscc, act: Act) -> operation::Refusal {
    scene.refuse(&[&key(of, Role::Registrar)], Operation::Law(act))
}

#[test]
fn every_refusal_is_reached() {
    let too_few = Refusal::Threshold { found: 2, needed: 3 };
    fn two_of_four(scene: &mut Scene, act: Act) -> operation::Refusal {
        let keys = [1, 2].map(consensus_key);
        scene.refuse(&keys.iter().collect::<Vec<_>>(), Operation::Law(act))
    }
    let not_entrusted = Refusal::NotLawmaker { by: province(), region: region("440000") };
    let scenarios: Vec<Scenario<operation::Refusal>> = vec![
        (too_few.clone().into(), |scene| two_of_four(scene, national(day(1), days(20)))),
        (too_few.clone().into(), |scene| two_of_four(scene, set(calendar(2026, 250)))),
        (too_few.into(), |scene| two_of_four(scene, entrust_province())),
        (not_entrusted.clone().into(), |scene| {
            by_registrar(scene, province(), provincial(day(1), days(9), province()))
        }),
        // Nor does another region's law, or one that was taken away, entitle to it.
        (not_entrusted.clone().into(), |scene| {
            scene.decide(Act::Entrust { region: region("440300"), organisation: Some(province()) });
            by_registrar(scene, province(), provincial(day(1), days(9), province()))
        }),
        (not_entrusted.into(), |scene| {
            scene.decide(entrust_province());
            scene.decide(Act::Entrust { region: region("440000"), organisation: None });
            by_registrar(scene, province(), provincial(day(1), days(9), province()))
        }),
        (Refusal::NotLawmaker { by: nation(), region: RegionCode::NATIONAL }.into(), |scene| {
            let act = Act::SetCalendar { calendar: calendar(2026, 250), by: Some(nation()) };
            by_registrar(scene, nation(), act)
        }),
        (Refusal::Role { role: Role::Registrar, organisation: province() }.into(), |scene| {
            scene.decide(entrust_province());
            let act = provincial(day(1), days(9), province());
            scene.refuse(&[&key(province(), Role::Issuer), &key(city(), Role::Registrar)], Operation::Law(act))
        }),
        (Refusal::Country.into(), |scene| {
            scene.decide_refused(Act::Entrust { region: RegionCode::NATIONAL, organisation: Some(nation()) })
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.decide_refused(Act::Entrust { region: region("440000"), organisation: Some(stranger(1)) })
        }),
        (Refusal::OutOfRange { found: 367, least: 1, most: 366 }.into(), |scene| {
            scene.decide_refused(national(day(1), days(367)))
        }),
        (Refusal::OutOfRange { found: 0, least: 1, most: 366 }.into(), |scene| {
            scene.decide_refused(national(day(1), days(0)))
        }),
        (Refusal::InPast { from: day(9), now: day(10) }.into(), |scene| {
            scene.decide(national(day(-900), days(20)));
            scene.time = day(10);
            scene.decide_refused(national(day(9), days(15)))
        }),
        // A region has no law that is older than the ledger.
        (Refusal::InPast { from: day(9), now: day(10) }.into(), |scene| {
            scene.decide(entrust_province());
            scene.time = day(10);
            by_registrar(scene, province(), provincial(day(9), days(9), province()))
        }),
        (Refusal::NotAfterLast { from: day(19), last: day(20) }.into(), |scene| {
            scene.decide(national(day(20), days(20)));
            scene.decide_refused(national(day(19), days(15)))
        }),
        (Refusal::NotAfterLast { from: day(20), last: day(20) }.into(), |scene| {
            scene.decide(national(day(20), days(20)));
            scene.time = day(20);
            scene.decide_refused(national(day(20), days(15)))
        }),
        (Refusal::NothingToRepeal.into(), |scene| scene.decide_refused(national(day(20), None))),
        (Refusal::NothingToRepeal.into(), |scene| {
            scene.decide(national(day(20), days(20)));
            scene.decide(national(day(30), None));
            scene.decide_refused(national(day(40), None))
        }),
        (Refusal::Full.into(), |scene| {
            (1..=32).for_each(|number| scene.decide(national(day(number), days(20))));
            scene.decide_refused(national(day(33), days(20)))
        }),
        (Refusal::YearOver { found: 2025, now: 2026 }.into(), |scene| scene.decide_refused(set(calendar(2025, 250)))),
        (Refusal::StrayDays { year: 2027 }.into(), |scene| scene.decide_refused(set(calendar(2027, 366)))),
        (Refusal::WorkingDays { found: 199 }.into(), |scene| scene.decide_refused(set(calendar(2026, 199)))),
        (Refusal::WorkingDays { found: 301 }.into(), |scene| scene.decide_refused(set(calendar(2026, 301)))),
    ];
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}

#[test]
fn the_nearest_region_that_says_anything_is_followed_from_its_instant_on() {
    let mut scene = Scene::new();
    let said = |scene: &Scene, code: &str, at| span(&scene.state, region(code), MATTER, at);
    scene.decide(national(day(-900), days(20)));
    scene.decide(entrust_province());
    let registrar = key(province(), Role::Registrar);
    scene.accept(&[&registrar], Operation::Law(provincial(day(10), days(9), province())));
    scene.accept(&[&registrar], Operation::Law(provincial(day(20), None, province())));
    assert_eq!(said(&scene, "440300", day(-901)), None);
    assert_eq!(said(&scene, "440300", day(10).plus(-1)), days(20));
    assert_eq!(said(&scene, "440300", day(10)), days(9), "the province's, for its city");
    assert_eq!(said(&scene, "450300", day(10)), days(20), "not for another's");
    assert_eq!(said(&scene, "440300", day(20)), days(20), "the province has said so no more");
}

#[test]
fn what_does_not_hold_yet_can_be_replaced() {
    let mut scene = Scene::new();
    scene.decide(national(day(-900), days(20)));
    scene.decide(national(day(20), days(15)));
    scene.decide(national(day(20), days(10)));
    let said = |at| span(&scene.state, RegionCode::NATIONAL, MATTER, at);
    assert_eq!((said(day(19)), said(day(20))), (days(20), days(10)));
}

#[test]
fn deadlines_follow_the_calendar_of_the_nearest_region() {
    let mut scene = Scene::new();
    scene.decide(national(day(-900), days(3)));
    let due = |scene: &Scene, code: &str| deadline(&scene.state, region(code), MATTER, day(0)).unwrap();
    // 1 January 2026 is a Thursday: three days later is a Sunday, so it is due on Monday.
    assert_eq!(due(&scene, "440300"), day(5));
    let until_3_january = Calendar { region: region("440000"), ..calendar(2026, 3) };
    let mut working = until_3_january.working;
    working[10..40].fill(0xff);
    let sparse = Calendar { working, ..until_3_january };
    scene.decide(entrust_province());
    let set = Act::SetCalendar { calendar: sparse, by: Some(province()) };
    scene.accept(&[&key(province(), Role::Registrar)], Operation::Law(set));
    assert_eq!(due(&scene, "440300"), day(81), "the province works again on its 81st day");
    assert_eq!(due(&scene, "450000"), day(5));
    let window = window(&scene.state, region("440300"), MATTER, day(0), day(0));
    assert_eq!(window, Some(day(4)), "a window ends on whatever day it is");
    assert_eq!(deadline(&scene.state, region("440300"), Matter::Erasure, day(0)), None);
}

/// What an operator enacts first says something on every matter, each where the law's day has come.
#[test]
fn the_countrys_law_says_something_on_every_matter() {
    let mut scene = Scene::new();
    scene.enact_country();
    for matter in Matter::ALL {
        assert!(span(&scene.state, region("440300"), *matter, day(120)).is_some(), "{matter}");
    }
    assert!(country().iter().all(|row| ["L", "M"].contains(&row.mark.as_str())));
    assert_eq!(country().len(), Matter::ALL.len());
}
