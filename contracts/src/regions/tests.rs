use super::*;
use crate::scene::{
    CITY, COUNTY, OTHER_COUNTY, PROVINCE, Scenario, Scene, agreement_act, assert_reached, city, closing, dates, day,
    delegate, entering, grant_for, id, id_of, key, nation, neighbour, now, pass, period, permit, province, region,
    region_act, register, register_type, renaming, since_1981, stranger, terms, then, year,
};
use bulla_verify::catalogue::{Competence, LicenceType};
use bulla_verify::licence::Grant;
use bulla_verify::operation;
use bulla_verify::time::{DAY_MS, Date};

mod public;
mod sequences;

fn at(text: &str) -> Bound {
    Bound::At(text.parse::<Date>().unwrap().start())
}

/// The name that a code surely had.
fn name_at(scene: &Scene, code: &str, date: &str) -> Option<String> {
    let region: Option<Region> = read(&scene.state, &region(code));
    match standing(region.as_ref(), at(date).earliest()) {
        Standing::InForce { period } => Some(period.name.to_string()),
        Standing::Unregistered | Standing::InYearOfChange { .. } | Standing::NotInForce { .. } => None,
    }
}

fn named(name: &str, period: Period) -> Period {
    Period { name: name.parse().unwrap(), ..period }
}

#[test]
fn a_region_is_renamed_ended_and_its_code_used_again() {
    let mut scene = Scene::new();
    scene.map_since_1981();
    scene.map(COUNTY, renaming("矿区", Bound::InYear(1989)));
    scene.map(OTHER_COUNTY, entering(OTHER_COUNTY, named("新区", period(at("2002-06-01"), None, CITY))));
    scene.map(COUNTY, closing(at("2002-06-01"), &[OTHER_COUNTY]));
    scene.map(COUNTY, entering(COUNTY, named("他县", period(at("2010-01-01"), None, CITY))));
    for (date, name) in [
        ("1980-12-31", None),
        ("1985-01-01", Some("县")),
        ("1989-06-01", None),
        ("1990-01-01", Some("矿区")),
        ("2002-05-31", Some("矿区")),
        ("2005-01-01", None),
        ("2026-01-01", Some("他县")),
    ] {
        assert_eq!(name_at(&scene, COUNTY, date).as_deref(), name, "{date}");
    }
    let successors: Vec<_> = scene.region(COUNTY).periods.into_iter().map(|period| period.successors).collect();
    assert_eq!(successors, [vec![region(COUNTY)], vec![region(OTHER_COUNTY)], vec![]]);
}

/// As two codes of Jilin did in 2004.
#[test]
fn two_codes_change_places() {
    let mut scene = Scene::new();
    scene.map_since_1981();
    scene.map(OTHER_COUNTY, entering(OTHER_COUNTY, named("蛟河", since_1981(CITY))));
    let exchange = at("2026-03-01");
    scene.map(COUNTY, closing(exchange, &[OTHER_COUNTY]));
    scene.map(OTHER_COUNTY, closing(exchange, &[COUNTY]));
    scene.map(COUNTY, entering(COUNTY, named("蛟河", period(exchange, None, CITY))));
    scene.map(OTHER_COUNTY, entering(OTHER_COUNTY, named("县", period(exchange, None, CITY))));
    let names = |date| [COUNTY, OTHER_COUNTY].map(|code| name_at(&scene, code, date).unwrap());
    assert_eq!(names("2026-02-28"), ["县", "蛟河"]);
    assert_eq!(names("2026-03-01"), ["蛟河", "县"]);
}

#[test]
fn the_past_is_entered_before_what_is_there_and_between() {
    let mut scene = Scene::new();
    scene.map(PROVINCE, entering(PROVINCE, since_1981("000000")));
    scene.map(CITY, entering(CITY, named("三", period(at("2010-01-01"), None, PROVINCE))));
    let (first, second) = ((Bound::InYear(1981), Bound::InYear(1990)), (Bound::InYear(1990), at("2010-01-01")));
    scene.map(CITY, entering(CITY, named("一", period(first.0, Some(first.1), PROVINCE))));
    scene.map(CITY, entering(CITY, named("二", period(second.0, Some(second.1), PROVINCE))));
    let names: Vec<_> = scene.region(CITY).periods.iter().map(|period| period.name.to_string()).collect();
    assert_eq!(names, ["一", "二", "三"]);
    // What is entered with its end may go on as itself, although nothing of it is there yet.
    let itself = Period { successors: vec![region("440500")], ..period(Bound::InYear(1981), Some(first.1), PROVINCE) };
    scene.map("440500", entering("440500", itself.clone()));
    assert_eq!(scene.region("440500").periods, [itself]);
}

/// A county of a municipality under the central government stands straight beneath it.
#[test]
fn a_county_may_stand_beneath_its_province() {
    let mut scene = Scene::new();
    scene.map("110000", entering("110000", since_1981("000000")));
    scene.map("110101", entering("110101", since_1981("110000")));
    assert_eq!(scene.region("110101").periods[0].parent, region("110000"));
}

fn issue_for(code: &str) -> licence::Act {
    now(&id(&permit(), "A1", 1), LicenceChange::Issue(Grant { region: region(code), ..year() }))
}

/// Every act that makes something for the county, by whoever may.
fn acts_for_county(scene: &mut Scene) -> Vec<(bulla_verify::keys::SigningKey, Operation)> {
    scene.empower_neighbour();
    let registrar = |of| key(of, Role::Registrar);
    let county = region(COUNTY);
    let grant = || Grant { region: county, ..year() };
    let competence = Competence { type_code: pass().code, organisation: city(), region: county };
    let kind = LicenceType { region: county, ..permit() };
    let kind = LicenceType {
        code: bulla_verify::identifiers::licence_id::LicenceTypeCode::new(province(), 9).unwrap(),
        ..kind
    };
    let take_over = LicenceChange::TakeOver { from: "旧".parse().unwrap(), grant: grant() };
    let from = id_of(neighbour(), &permit(), "A7", 1);
    let jointly = LicenceChange::IssueJointly {
        grant: grant(),
        with: vec![province()],
        needed: 2,
        until: scene.time.plus(DAY_MS),
    };
    let propose = recognition::Change::Propose(recognition::Terms { region: county, ..terms() });
    let with = recognition::Party { organisation: neighbour(), region: county };
    let propose_with = recognition::Change::Propose(recognition::Terms { with, ..terms() });
    let licence = |change| Operation::Licence(now(&id(&permit(), "A1", 1), change));
    vec![
        (registrar(city()), register(stranger(1), Level::County, COUNTY, city())),
        (registrar(nation()), register_type(kind)),
        (registrar(province()), Operation::Catalogue(catalogue::Act::Grant(competence))),
        (registrar(province()), grant_for(pass().code, city(), COUNTY, dates(-100, 90))),
        (registrar(province()), delegate(province(), pass().code, city(), COUNTY, dates(-100, 90))),
        (key(city(), Role::Issuer), licence(LicenceChange::Issue(grant()))),
        (key(city(), Role::Issuer), licence(jointly)),
        (key(city(), Role::Issuer), licence(LicenceChange::TransferIn { from, grant: grant() })),
        (key(city(), Role::HistoricalRegistrar), Operation::Licence(then(&id(&permit(), "A1", 1), day(0), take_over))),
        (registrar(city()), agreement_act(city(), propose)),
        (registrar(city()), agreement_act(city(), propose_with)),
    ]
}

#[test]
fn nothing_is_made_for_a_region_that_is_not_in_force() {
    let mut scene = Scene::new();
    scene.map_since_1981();
    scene.map(COUNTY, closing(at("2020-01-01"), &[]));
    for (key, operation) in acts_for_county(&mut scene) {
        let found = scene.refuse(&[&key], operation.clone());
        let historic = matches!(&operation, Operation::Licence(act) if act.effective_at.is_some());
        let instant = if historic { day(0) } else { scene.time.plus(-1_000) };
        assert_eq!(found, Refusal::NotInForce { code: region(COUNTY), at: instant }.into(), "{operation:?}");
    }
}

/// In force, in the year of a change, or not registered at all: each act meets what it would have met without a registry.
#[test]
fn what_is_in_force_or_may_be_or_is_not_registered_passes() {
    let meet = |scene: &mut Scene| {
        let mut met = Vec::new();
        for (key, operation) in acts_for_county(scene) {
            let tx = scene.sign(&[&key], bulla_verify::transaction::Mode::AllOrNothing, vec![operation]);
            met.push(crate::execute(&scene.state, &tx, scene.at()).refusals);
        }
        met
    };
    let unregistered = meet(&mut Scene::new());
    assert!(unregistered.iter().filter(|refusals| **refusals == [None]).count() >= 7, "{unregistered:?}");
    let mut scene = Scene::new();
    scene.map_since_1981();
    assert_eq!(meet(&mut scene), unregistered);
    let mut scene = Scene::new();
    scene.map_since_1981();
    scene.map(COUNTY, closing(Bound::InYear(2026), &[]));
    assert_eq!(meet(&mut scene), unregistered);
}

/// A competence for dates is looked at when it begins, and a licence taken over when it was issued.
#[test]
fn an_act_is_judged_at_the_instant_from_which_it_holds() {
    let mut scene = Scene::new();
    scene.map_since_1981();
    scene.map(COUNTY, closing(Bound::At(day(30)), &[]));
    let grant = |from, until| grant_for(permit().code, city(), COUNTY, dates(from, until));
    let ended = Refusal::NotInForce { code: region(COUNTY), at: day(30) };
    assert_eq!(scene.refuse(&[&key(province(), Role::Registrar)], grant(30, 60)), ended.into());
    scene.accept(&[&key(province(), Role::Registrar)], grant(-60, 60));
    scene.time = day(40);
    let taken =
        LicenceChange::TakeOver { from: "旧".parse().unwrap(), grant: Grant { region: region(COUNTY), ..year() } };
    scene.record(then(&id(&permit(), "A1", 1), day(29), taken));
    let refused = scene.issue_refused(now(&id(&permit(), "A2", 1), issue_for(COUNTY).change));
    assert_eq!(refused, Refusal::NotInForce { code: region(COUNTY), at: scene.time.plus(-1_000) }.into());
    // What is there already goes on.
    let renewal = crate::scene::renewal(365, 730);
    scene.issue(now(&id(&permit(), "A1", 1), renewal));
}

fn refused_by(scene: &mut Scene, by: Uscc, role: Role, change: Change) -> operation::Refusal {
    scene.refuse(&[&key(by, role)], Operation::Regions(region_act(COUNTY, by, change)))
}

fn refused_by_stranger(scene: &mut Scene) -> operation::Refusal {
    let act = region_act(PROVINCE, stranger(1), entering(PROVINCE, since_1981("000000")));
    scene.refuse(&[&key(nation(), Role::HistoricalRegistrar)], Operation::Regions(act))
}

/// A county with as many periods as a record holds, the last of which runs.
fn full(scene: &mut Scene) {
    scene.map_since_1981();
    for year in 1..MAX_PERIODS {
        let name = format!("县{year}");
        scene.map(COUNTY, renaming(&name, Bound::InYear(1_990 + u16::try_from(year).unwrap())));
    }
    assert_eq!(scene.region(COUNTY).periods.len(), MAX_PERIODS);
}

#[test]
fn every_refusal_is_reached() {
    let overlap = |with| Refusal::Overlap { with };
    let (in_1981, in_1990) = (Bound::InYear(1981), Bound::InYear(1990));
    let role = |role| Refusal::Role { role, organisation: nation() };
    let mut scenarios: Vec<Scenario<operation::Refusal>> = vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            let act = region_act(PROVINCE, stranger(1), entering(PROVINCE, since_1981("000000")));
            scene.refuse(&[&key(nation(), Role::Registrar)], Operation::Regions(act))
        }),
        (Refusal::NotNational { by: province() }.into(), |scene| {
            refused_by(scene, province(), Role::Registrar, entering(COUNTY, since_1981(CITY)))
        }),
        // Nor is a ministry of the whole country beneath the root, or a root of one region.
        (Refusal::NotNational { by: stranger(1) }.into(), |scene| {
            let ministry = register(stranger(1), Level::National, "000000", nation());
            scene.accept(&[&key(nation(), Role::Registrar)], ministry);
            refused_by_stranger(scene)
        }),
        (Refusal::NotNational { by: stranger(1) }.into(), |scene| {
            let mut draft = Draft::over(&scene.state);
            let nation: Organisation = read(&draft, &nation()).unwrap();
            let root = Organisation { uscc: stranger(1), region: region(PROVINCE), ..nation };
            draft.write(&root.uscc, &root);
            let changes = draft.into_changes();
            scene.state.apply(changes);
            refused_by_stranger(scene)
        }),
        // What was is for the historical registrar, what is and will be for the registrar.
        (role(Role::HistoricalRegistrar).into(), |scene| {
            refused_by(scene, nation(), Role::Registrar, entering(COUNTY, since_1981(CITY)))
        }),
        (role(Role::Registrar).into(), |scene| {
            let period = period(Bound::At(day(9)), None, CITY);
            refused_by(scene, nation(), Role::HistoricalRegistrar, entering(COUNTY, period))
        }),
        (Refusal::Country.into(), |scene| scene.map_refused("000000", entering("000000", since_1981("000000")))),
        (Refusal::NoSuchYear.into(), |scene| {
            let period = period(Bound::InYear(1981), Some(Bound::InYear(0)), "000000");
            scene.map_refused(PROVINCE, entering(PROVINCE, period))
        }),
        (Refusal::NoSuchYear.into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, closing(Bound::InYear(10_000), &[]))
        }),
        (Refusal::OtherLevel { found: Level::Municipal, digits: Level::County }.into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, Change::Enter { level: Level::Municipal, period: since_1981(CITY) })
        }),
    ];
    // Not another's county, not the county itself, no county straight beneath the country, no province beneath another.
    for (code, parent) in [(COUNTY, "440400"), (COUNTY, COUNTY), (COUNTY, "000000"), (PROVINCE, CITY)] {
        let meet: fn(&mut Scene) -> operation::Refusal = match (code, parent) {
            (COUNTY, "440400") => |scene| scene.map_refused(COUNTY, entering(COUNTY, since_1981("440400"))),
            (COUNTY, COUNTY) => |scene| scene.map_refused(COUNTY, entering(COUNTY, since_1981(COUNTY))),
            (COUNTY, _) => |scene| scene.map_refused(COUNTY, entering(COUNTY, since_1981("000000"))),
            _ => |scene| scene.map_refused(PROVINCE, entering(PROVINCE, since_1981(CITY))),
        };
        scenarios.push((Refusal::NotBeneath { parent: region(parent) }.into(), meet));
    }
    let more: Vec<Scenario<operation::Refusal>> = vec![
        (Refusal::UnknownParent { parent: region(CITY) }.into(), |scene| {
            scene.map_refused(COUNTY, entering(COUNTY, since_1981(CITY)))
        }),
        (Refusal::UnknownParent { parent: region(CITY) }.into(), |scene| {
            scene.map_since_1981();
            scene.map(CITY, closing(Bound::InYear(2000), &[]));
            let period = period(Bound::InYear(2001), None, CITY);
            scene.map_refused(OTHER_COUNTY, entering(OTHER_COUNTY, period))
        }),
        (Refusal::UnknownParent { parent: region(CITY) }.into(), |scene| {
            scene.map_since_1981();
            let period = period(Bound::InYear(1980), None, CITY);
            scene.map_refused(OTHER_COUNTY, entering(OTHER_COUNTY, period))
        }),
        (Refusal::EmptyPeriod.into(), |scene| {
            scene.map_since_1981();
            let period = period(Bound::InYear(1990), Some(Bound::InYear(1990)), CITY);
            scene.map_refused(OTHER_COUNTY, entering(OTHER_COUNTY, period))
        }),
        (Refusal::EmptyPeriod.into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, closing(Bound::InYear(1981), &[]))
        }),
        (Refusal::EmptyPeriod.into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, renaming("矿区", Bound::InYear(1980)))
        }),
        (overlap(in_1981).into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, entering(COUNTY, since_1981(CITY)))
        }),
        (overlap(in_1990).into(), |scene| {
            scene.map_since_1981();
            scene.map(OTHER_COUNTY, entering(OTHER_COUNTY, period(Bound::InYear(1990), None, CITY)));
            let early = period(Bound::InYear(1985), Some(Bound::InYear(1991)), CITY);
            scene.map_refused(OTHER_COUNTY, entering(OTHER_COUNTY, early))
        }),
        (overlap(in_1990).into(), |scene| {
            scene.map_since_1981();
            scene.map(OTHER_COUNTY, entering(OTHER_COUNTY, period(Bound::InYear(1990), None, CITY)));
            scene.map_refused(OTHER_COUNTY, entering(OTHER_COUNTY, period(Bound::InYear(1985), None, CITY)))
        }),
        (Refusal::Full.into(), |scene| {
            full(scene);
            scene.map_refused(COUNTY, renaming("满县", Bound::InYear(2020)))
        }),
        (Refusal::Full.into(), |scene| {
            full(scene);
            scene.map(COUNTY, closing(Bound::InYear(2020), &[]));
            scene.map_refused(COUNTY, entering(COUNTY, period(Bound::InYear(2022), None, CITY)))
        }),
        (Refusal::NoRegion { code: region(COUNTY) }.into(), |scene| {
            scene.map_refused(COUNTY, renaming("矿区", Bound::InYear(1990)))
        }),
        (Refusal::NoRegion { code: region(COUNTY) }.into(), |scene| {
            scene.map_refused(COUNTY, closing(Bound::InYear(1990), &[]))
        }),
        (Refusal::NotRunning { code: region(COUNTY) }.into(), |scene| {
            scene.map_since_1981();
            scene.map(COUNTY, closing(Bound::InYear(1990), &[]));
            scene.map_refused(COUNTY, closing(Bound::InYear(1991), &[]))
        }),
        (Refusal::NotRunning { code: region(COUNTY) }.into(), |scene| {
            scene.map_since_1981();
            scene.map(COUNTY, closing(Bound::InYear(1990), &[]));
            scene.map_refused(COUNTY, renaming("矿区", Bound::InYear(1989)))
        }),
        (Refusal::SameName.into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, renaming("县", Bound::InYear(1990)))
        }),
        (Refusal::SuccessorsOfRunning.into(), |scene| {
            scene.map_since_1981();
            let period = Period { successors: vec![region(COUNTY)], ..since_1981(CITY) };
            scene.map_refused(OTHER_COUNTY, entering(OTHER_COUNTY, period))
        }),
        (Refusal::Successors { found: 2 }.into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, closing(Bound::InYear(1990), &[CITY, CITY]))
        }),
        (Refusal::Successors { found: 17 }.into(), |scene| {
            scene.map_since_1981();
            let codes: Vec<_> = (10..27).map(|number| format!("4403{number}")).collect();
            let codes: Vec<_> = codes.iter().map(String::as_str).collect();
            scene.map_refused(COUNTY, closing(Bound::InYear(1990), &codes))
        }),
        (Refusal::UnknownSuccessor { code: region(OTHER_COUNTY) }.into(), |scene| {
            scene.map_since_1981();
            scene.map_refused(COUNTY, closing(Bound::InYear(1990), &[CITY, OTHER_COUNTY]))
        }),
        // Nor one that is there later, or in a period that is entered with its end.
        (Refusal::UnknownSuccessor { code: region(OTHER_COUNTY) }.into(), |scene| {
            scene.map_since_1981();
            scene.map(OTHER_COUNTY, entering(OTHER_COUNTY, period(Bound::InYear(1991), None, CITY)));
            scene.map_refused(COUNTY, closing(Bound::InYear(1990), &[OTHER_COUNTY]))
        }),
        (Refusal::UnknownSuccessor { code: region(OTHER_COUNTY) }.into(), |scene| {
            scene.map_since_1981();
            let over = period(Bound::InYear(1970), Some(Bound::InYear(1980)), PROVINCE);
            scene.map(PROVINCE, entering(PROVINCE, Period { parent: RegionCode::NATIONAL, ..over.clone() }));
            scene.map_refused(CITY, entering(CITY, Period { successors: vec![region(OTHER_COUNTY)], ..over }))
        }),
        (Refusal::NotInForce { code: region(COUNTY), at: day(90) }.into(), |scene| {
            scene.map_since_1981();
            scene.map(COUNTY, closing(Bound::InYear(2025), &[]));
            scene.time = day(90);
            scene.issue_refused(issue_for(COUNTY))
        }),
    ];
    scenarios.extend(more);
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}
