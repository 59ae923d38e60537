use super::*;
use crate::scene::{
    Scenario, Scene, assert_reached, city, key, nation, neighbour, province, register, register_key, retire_key, roles,
    stranger,
};
use bulla_verify::identifiers::region::Level;
use bulla_verify::keys::{PublicKey, SignatureError, SigningKey};
use bulla_verify::operation::{self, Operation};

fn registrar(of: Uscc) -> SigningKey {
    key(of, Role::Registrar)
}

fn fresh() -> SigningKey {
    SigningKey::from_seed(&[9; 32])
}

fn raw_key(bytes: [u8; 32], roles_of: &[Role]) -> Operation {
    let key = PublicKey::ed25519(bytes);
    Operation::Organisation(Act::RegisterKey { organisation: city(), key, roles: roles(roles_of) })
}

fn role_of(organisation: Uscc) -> operation::Refusal {
    Refusal::Role { role: Role::Registrar, organisation }.into()
}

#[test]
fn every_refusal_is_reached() {
    let scenarios: Vec<Scenario<operation::Refusal>> = vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            let beneath_nobody = register(stranger(2), Level::County, "440301", stranger(1));
            scene.refuse(&[&registrar(nation())], beneath_nobody)
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.refuse(&[&registrar(nation())], register_key(stranger(1), &fresh(), &[Role::Issuer]))
        }),
        (Refusal::NoKey { key: fresh().public() }.into(), |scene| {
            scene.refuse(&[&registrar(city())], retire_key(&fresh()))
        }),
        // Only the superior itself registers a body, not one above the superior.
        (role_of(province()), |scene| {
            let new = register(stranger(1), Level::Municipal, "440500", province());
            scene.refuse(&[&registrar(nation())], new)
        }),
        (role_of(province()), |scene| {
            let new = register(stranger(1), Level::Municipal, "440500", province());
            scene.refuse(&[&key(province(), Role::Issuer)], new)
        }),
        (role_of(city()), |scene| {
            scene.refuse(&[&registrar(neighbour())], register_key(city(), &fresh(), &[Role::Issuer]))
        }),
        (role_of(city()), |scene| scene.refuse(&[&registrar(neighbour())], retire_key(&key(city(), Role::Issuer)))),
        (Refusal::OrganisationExists { uscc: neighbour() }.into(), |scene| {
            let again = register(neighbour(), Level::Municipal, "440300", province());
            scene.refuse(&[&registrar(province())], again)
        }),
        (Refusal::LevelAbove { found: Level::Provincial, parent: Level::Municipal }.into(), |scene| {
            scene.refuse(&[&registrar(city())], register(stranger(1), Level::Provincial, "440300", city()))
        }),
        (
            Refusal::RegionOutside { found: "440400".parse().unwrap(), parent: "440300".parse().unwrap() }.into(),
            |scene| scene.refuse(&[&registrar(city())], register(stranger(1), Level::Municipal, "440400", city())),
        ),
        (Refusal::TooDeep.into(), |scene| {
            // The city is the third of its line; these are the fourth to the sixteenth.
            let mut last = city();
            for number in 4..=16 {
                let next = stranger(number);
                scene.accept(&[&registrar(last)], register(next, Level::County, "440301", last));
                let registrar_of = registrar(last);
                scene.accept(&[&registrar_of], register_key(next, &registrar(next), &[Role::Registrar]));
                last = next;
            }
            assert!(crate::authority::is_or_above(&scene.state, nation(), last), "the root still reaches the last");
            scene.refuse(&[&registrar(last)], register(stranger(17), Level::County, "440301", last))
        }),
        (Refusal::WeakKey { reason: SignatureError::WeakKey }.into(), |scene| {
            let mut identity = [0; 32];
            identity[0] = 1;
            scene.refuse(&[&registrar(city())], raw_key(identity, &[Role::Issuer]))
        }),
        (Refusal::KeyExists { key: key(province(), Role::Issuer).public() }.into(), |scene| {
            let taken = register_key(city(), &key(province(), Role::Issuer), &[Role::Issuer]);
            scene.refuse(&[&registrar(city())], taken)
        }),
        (Refusal::KeyExists { key: key(city(), Role::Issuer).public() }.into(), |scene| {
            scene.accept(&[&registrar(city())], retire_key(&key(city(), Role::Issuer)));
            let back = register_key(city(), &key(city(), Role::Issuer), &[Role::Issuer]);
            scene.refuse(&[&registrar(city())], back)
        }),
        (Refusal::KeyRetired { key: key(city(), Role::Issuer).public() }.into(), |scene| {
            scene.accept(&[&registrar(city())], retire_key(&key(city(), Role::Issuer)));
            scene.refuse(&[&registrar(city())], retire_key(&key(city(), Role::Issuer)))
        }),
        (Refusal::NoRole.into(), |scene| scene.refuse(&[&registrar(city())], register_key(city(), &fresh(), &[]))),
    ];
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}

#[test]
fn a_superior_restores_a_body_that_lost_its_keys() {
    let mut scene = Scene::new();
    scene.accept(&[&registrar(city())], retire_key(&registrar(city())));
    scene.accept(&[&registrar(province())], register_key(city(), &fresh(), &[Role::Registrar]));
    let other = SigningKey::from_seed(&[10; 32]);
    scene.accept(&[&fresh()], register_key(city(), &other, &[Role::Issuer]));
    let grant = read::<KeyGrant>(&scene.state, &other.public()).unwrap();
    assert_eq!((grant.organisation, grant.from, grant.until), (city(), scene.height, None));
}
