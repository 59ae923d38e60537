use super::*;
use crate::scene::{
    Scenario, Scene, appoint, appointment, assert_reached, city, dates, day, delegate, demand, grant_for, id, key,
    nation, neighbour, now, officer_key, pass, permit, province, region, register, register_type, stranger, then, year,
};
use bulla_verify::catalogue::{Competence, Tenure};
use bulla_verify::identifiers::region::Level;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{Change, Refusal as LicenceRefusal};
use bulla_verify::operation::{self, Operation};
use bulla_verify::organisation::{Appointment, Pseudonym};
use bulla_verify::time::Millis;

fn registrar(of: Uscc) -> SigningKey {
    key(of, Role::Registrar)
}

fn of(owner: Uscc, number: u16) -> LicenceTypeCode {
    LicenceTypeCode::new(owner, number).unwrap()
}

fn new_type(owner: Uscc) -> LicenceType {
    LicenceType { code: of(owner, 9), ..permit() }
}

fn competence(type_code: LicenceTypeCode, organisation: Uscc, code: &str) -> Operation {
    Operation::Catalogue(Act::Grant(Competence { type_code, organisation, region: region(code) }))
}

fn withdrawal(type_code: LicenceTypeCode, organisation: Uscc) -> Operation {
    Operation::Catalogue(Act::Withdraw { type_code, organisation })
}

#[test]
fn every_refusal_is_reached() {
    let role = Refusal::Role { role: Role::Registrar, organisation: province() };
    let mut scenarios: Vec<Scenario<operation::Refusal>> = vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.refuse(&[&registrar(nation())], register_type(new_type(stranger(1))))
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.refuse(&[&registrar(province())], competence(permit().code, stranger(1), "440300"))
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.refuse(&[&registrar(nation())], withdrawal(of(stranger(1), 1), city()))
        }),
        // The owner cannot open a type of its own, and a superior's issuer cannot either.
        (Refusal::NotSuperior { needed: nation() }.into(), |scene| {
            scene.refuse(&[&registrar(province())], register_type(new_type(province())))
        }),
        (Refusal::NotSuperior { needed: nation() }.into(), |scene| {
            scene.refuse(&[&key(nation(), Role::Issuer)], register_type(new_type(province())))
        }),
        (Refusal::NotSuperior { needed: province() }.into(), |scene| {
            scene.refuse(&[&registrar(nation())], register_type(new_type(city())))
        }),
        (role.clone().into(), |scene| scene.refuse(&[&registrar(city())], competence(permit().code, city(), "440300"))),
        (role.into(), |scene| scene.refuse(&[&registrar(city())], withdrawal(permit().code, city()))),
        (Refusal::TypeExists { code: permit().code }.into(), |scene| {
            scene.refuse(&[&registrar(nation())], register_type(permit()))
        }),
        (Refusal::NoType { code: of(province(), 9) }.into(), |scene| {
            scene.refuse(&[&registrar(province())], competence(of(province(), 9), city(), "440300"))
        }),
        (Refusal::TypeRegionOutside { found: region("450000"), owner: region("440000") }.into(), |scene| {
            let abroad = LicenceType { region: region("450000"), ..new_type(province()) };
            scene.refuse(&[&registrar(nation())], register_type(abroad))
        }),
        (Refusal::RegionOutside { found: region("440400"), allowed: region("440300") }.into(), |scene| {
            scene.refuse(&[&registrar(province())], competence(permit().code, city(), "440400"))
        }),
        (Refusal::RegionOutside { found: region("450000"), allowed: region("440000") }.into(), |scene| {
            scene.refuse(&[&registrar(province())], competence(permit().code, nation(), "450000"))
        }),
        (Refusal::NoCompetence { code: permit().code, organisation: neighbour() }.into(), |scene| {
            scene.refuse(&[&registrar(province())], withdrawal(permit().code, neighbour()))
        }),
    ];
    scenarios.extend(of_dates_and_delegation());
    scenarios.extend(of_officers());
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}

#[test]
fn a_root_registers_its_own_types() {
    let mut scene = Scene::new();
    scene.accept(&[&registrar(nation())], register_type(new_type(nation())));
    assert_eq!(read(&scene.state, &of(nation(), 9)), Some(new_type(nation())));
}

#[test]
fn a_body_above_the_owner_grants_and_withdraws() {
    let mut scene = Scene::new();
    let name = (pass().code, neighbour());
    scene.accept(&[&registrar(nation())], competence(name.0, name.1, "440400"));
    assert_eq!(read::<Competence>(&scene.state, &name).unwrap().region, region("440400"));
    scene.accept(&[&registrar(nation())], withdrawal(name.0, name.1));
    assert_eq!(read::<Competence>(&scene.state, &name), None);
}

/// The province is competent for the first hundred days, in all of its region.
fn superior(scene: &mut Scene) {
    scene.accept(&[&registrar(province())], grant_for(permit().code, province(), "440000", dates(0, 100)));
}

fn of_dates_and_delegation() -> Vec<Scenario<operation::Refusal>> {
    let code = permit().code;
    vec![
        (Refusal::EmptyDates.into(), |scene| {
            scene.refuse(&[&registrar(province())], grant_for(permit().code, city(), "440300", dates(5, 5)))
        }),
        (Refusal::EmptyDates.into(), |scene| {
            superior(scene);
            scene.refuse(
                &[&registrar(province())],
                delegate(province(), permit().code, neighbour(), "440400", dates(5, 4)),
            )
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.refuse(
                &[&registrar(province())],
                delegate(stranger(1), permit().code, neighbour(), "440400", dates(0, 9)),
            )
        }),
        (Refusal::Role { role: Role::Registrar, organisation: province() }.into(), |scene| {
            superior(scene);
            scene.refuse(
                &[&registrar(nation())],
                delegate(province(), permit().code, neighbour(), "440400", dates(0, 9)),
            )
        }),
        (Refusal::NoType { code: of(province(), 9) }.into(), |scene| {
            let unknown = delegate(province(), of(province(), 9), neighbour(), "440400", dates(0, 9));
            scene.refuse(&[&registrar(province())], unknown)
        }),
        (Refusal::RegionOutside { found: region("440300"), allowed: region("440400") }.into(), |scene| {
            superior(scene);
            scene.refuse(
                &[&registrar(province())],
                delegate(province(), permit().code, neighbour(), "440300", dates(0, 9)),
            )
        }),
        (Refusal::NotBeneath { by: city(), organisation: neighbour() }.into(), |scene| {
            scene.refuse(&[&registrar(city())], delegate(city(), permit().code, neighbour(), "440400", dates(0, 9)))
        }),
        (Refusal::NotBeneath { by: city(), organisation: city() }.into(), |scene| {
            scene.refuse(&[&registrar(city())], delegate(city(), permit().code, city(), "440300", dates(0, 9)))
        }),
        (Refusal::GrantedByOther { code, organisation: city() }.into(), |scene| {
            superior(scene);
            scene.refuse(&[&registrar(province())], delegate(province(), permit().code, city(), "440300", dates(0, 9)))
        }),
        (Refusal::NoCompetence { code, organisation: province() }.into(), |scene| {
            scene.refuse(
                &[&registrar(province())],
                delegate(province(), permit().code, neighbour(), "440400", dates(0, 9)),
            )
        }),
        (Refusal::BeyondOwn { by: province() }.into(), |scene| {
            superior(scene);
            scene.refuse(
                &[&registrar(province())],
                delegate(province(), permit().code, neighbour(), "440400", dates(0, 101)),
            )
        }),
        (Refusal::BeyondOwn { by: city() }.into(), |scene| {
            scene.accept(&[&registrar(city())], register(stranger(1), Level::County, "440305", city()));
            scene.accept(&[&registrar(province())], competence(permit().code, city(), "440304"));
            scene.refuse(&[&registrar(city())], delegate(city(), permit().code, stranger(1), "440305", dates(0, 9)))
        }),
    ]
}

fn of_officers() -> Vec<Scenario<operation::Refusal>> {
    fn demanded(scene: &mut Scene) {
        scene.accept(&[&registrar(province())], demand(permit().code, true));
        scene.appoint(&[1, 2]);
    }
    let one = Refusal::OneOfficer { code: permit().code, organisation: city() };
    vec![
        (Refusal::NoType { code: of(province(), 9) }.into(), |scene| {
            scene.refuse(&[&registrar(province())], demand(of(province(), 9), true))
        }),
        (Refusal::Role { role: Role::Registrar, organisation: province() }.into(), |scene| {
            scene.refuse(&[&registrar(city())], demand(permit().code, true))
        }),
        (one.clone().into(), |scene| {
            demanded(scene);
            scene.refuse(&[&officer_key(1)], issue("A"))
        }),
        // The department's own key is nobody's in particular.
        (one.clone().into(), |scene| {
            demanded(scene);
            scene.refuse(&[&officer_key(1), &key(city(), Role::Issuer)], issue("A"))
        }),
        // Two keys of one person are one officer.
        (one.clone().into(), |scene| {
            demanded(scene);
            let again = Appointment { pseudonym: Pseudonym([1; 16]), ..appointment(3) };
            scene.accept(&[&key(city(), Role::Issuer)], appoint(again));
            scene.refuse(&[&officer_key(1), &officer_key(3)], issue("A"))
        }),
        // An officer of another role, or of another body, approves nothing here.
        (one.clone().into(), |scene| {
            demanded(scene);
            let (under, role) = (key(city(), Role::HistoricalRegistrar), Role::HistoricalRegistrar);
            let roles = [role].into_iter().collect();
            scene.accept(&[&under], appoint(Appointment { under: under.public(), roles, ..appointment(3) }));
            scene.refuse(&[&officer_key(1), &officer_key(3)], issue("A"))
        }),
        (one.into(), |scene| {
            demanded(scene);
            let under = key(neighbour(), Role::Issuer);
            scene.accept(&[&under], appoint(Appointment { under: under.public(), ..appointment(3) }));
            scene.refuse(&[&officer_key(1), &officer_key(3)], issue("A"))
        }),
    ]
}

fn issue(serial: &str) -> Operation {
    Operation::Licence(now(&id(&permit(), serial, 1), Change::Issue(year())))
}

#[test]
fn two_officers_issue_where_the_type_demands_two() {
    let mut scene = Scene::new();
    scene.appoint(&[1, 2]);
    scene.accept(&[&registrar(nation())], demand(permit().code, true));
    scene.accept(&[&officer_key(1), &officer_key(2)], issue("A"));
    scene.accept(&[&registrar(province())], demand(permit().code, false));
    scene.accept(&[&registrar(province())], demand(permit().code, false));
    scene.accept(&[&officer_key(1)], issue("B"));
}

/// What the catalogue says of the neighbour at an instant.
fn holds(scene: &Scene, instant: Millis) -> bool {
    competence_at(&scene.state, permit().code, neighbour(), instant).is_some()
}

#[test]
fn a_competence_holds_on_its_dates() {
    let mut scene = Scene::new();
    let none = operation::Refusal::from(LicenceRefusal::NoCompetence { organisation: city(), code: permit().code });
    scene.accept(&[&registrar(province())], grant_for(permit().code, city(), "440300", dates(10, 20)));
    scene.time = day(10).plus(-1);
    assert_eq!(scene.issue_refused(now(&id(&permit(), "A", 1), Change::Issue(year()))), none);
    scene.time = day(10);
    scene.issue(now(&id(&permit(), "A", 1), Change::Issue(year())));
    scene.time = day(20);
    assert_eq!(scene.issue_refused(now(&id(&permit(), "B", 1), Change::Issue(year()))), none);
    // A historic act is judged at its own date.
    scene.record(then(&id(&permit(), "C", 1), day(19), Change::Issue(year())));
    assert_eq!(scene.record_refused(then(&id(&permit(), "D", 1), day(9), Change::Issue(year()))), none);
    // Granted without dates it holds at any.
    scene.accept(&[&registrar(province())], competence(permit().code, city(), "440300"));
    scene.issue(now(&id(&permit(), "B", 1), Change::Issue(year())));
    assert_eq!(read::<Tenure>(&scene.state, &(permit().code, city())), None);
}

#[test]
fn what_is_delegated_falls_with_what_the_superior_has() {
    let mut scene = Scene::new();
    superior(&mut scene);
    scene.accept(&[&registrar(province())], delegate(province(), permit().code, neighbour(), "440400", dates(5, 50)));
    let at = day(10);
    assert!(holds(&scene, at) && !holds(&scene, day(4)) && !holds(&scene, day(50)));
    // The superior's own ends sooner, lies elsewhere, is gone, and is as it was.
    scene.accept(&[&registrar(province())], grant_for(permit().code, province(), "440000", dates(0, 9)));
    assert!(holds(&scene, day(8)) && !holds(&scene, at));
    scene.accept(&[&registrar(province())], competence(permit().code, province(), "440300"));
    assert!(!holds(&scene, at));
    scene.accept(&[&registrar(province())], withdrawal(permit().code, province()));
    assert!(!holds(&scene, at));
    superior(&mut scene);
    assert!(holds(&scene, at));
    // It may be delegated anew by the same body, and withdrawn by it.
    scene.accept(&[&registrar(province())], delegate(province(), permit().code, neighbour(), "440400", dates(5, 8)));
    assert!(!holds(&scene, at));
    scene.accept(&[&registrar(province())], withdrawal(permit().code, neighbour()));
    assert_eq!(read::<Competence>(&scene.state, &(permit().code, neighbour())), None);
    assert_eq!(read::<Tenure>(&scene.state, &(permit().code, neighbour())), None);
}

#[test]
fn a_body_that_does_not_govern_the_type_withdraws_what_it_delegated() {
    let mut scene = Scene::new();
    let district = stranger(1);
    scene.accept(&[&registrar(city())], register(district, Level::County, "440305", city()));
    scene.accept(&[&registrar(city())], delegate(city(), permit().code, district, "440305", dates(0, 9)));
    assert!(competence_at(&scene.state, permit().code, district, day(3)).is_some());
    scene.accept(&[&registrar(city())], withdrawal(permit().code, district));
    assert_eq!(competence_at(&scene.state, permit().code, district, day(3)), None);
}
