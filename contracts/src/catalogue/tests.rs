use super::*;
use crate::scene::{
    Scenario, Scene, assert_reached, city, key, nation, neighbour, pass, permit, province, region, register_type,
    stranger,
};
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::{self, Operation};

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
    let scenarios: Vec<Scenario<operation::Refusal>> = vec![
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
