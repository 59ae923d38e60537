use super::*;
use crate::scene::{
    OFFICE_HOURS, Scenario, Scene, amendment, appoint, appointment, assert_reached, city, commit_next, compromise, day,
    dismiss, id, key, nation, neighbour, next_key, now, officer_key, permit, province, register, register_key,
    retire_key, roles, rotate, stranger, year,
};
use crate::{admit, check};
use bulla_verify::admission::Stale;
use bulla_verify::identifiers::region::Level;
use bulla_verify::keys::{PublicKey, SignatureError, SigningKey};
use bulla_verify::licence::Change;
use bulla_verify::operation::{self, Operation};
use bulla_verify::organisation::{Appointment, Compromise, Hours, Officer, Succession};
use bulla_verify::transaction::Mode;

mod sequences;

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
    let mut scenarios: Vec<Scenario<operation::Refusal>> = vec![
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
    scenarios.extend(of_officers());
    scenarios.extend(of_succession());
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

fn issuer() -> SigningKey {
    key(city(), Role::Issuer)
}

fn appoint_refused(scene: &mut Scene, appointment: Appointment) -> operation::Refusal {
    scene.refuse(&[&issuer()], appoint(appointment))
}

fn of_officers() -> Vec<Scenario<operation::Refusal>> {
    let under = issuer().public();
    let taken = key(province(), Role::Issuer).public();
    vec![
        (Refusal::NoKey { key: fresh().public() }.into(), |scene| {
            appoint_refused(scene, Appointment { under: fresh().public(), ..appointment(1) })
        }),
        // A registrar of the body is not the key, and an officer appoints nobody beneath itself.
        (Refusal::NotByKey { under }.into(), |scene| scene.refuse(&[&registrar(city())], appoint(appointment(1)))),
        (Refusal::NoKey { key: officer_key(1).public() }.into(), |scene| {
            scene.appoint(&[1]);
            let beneath = Appointment { under: officer_key(1).public(), ..appointment(2) };
            scene.refuse(&[&officer_key(1)], appoint(beneath))
        }),
        (Refusal::KeyExists { key: taken }.into(), |scene| {
            appoint_refused(scene, Appointment { key: key(province(), Role::Issuer).public(), ..appointment(1) })
        }),
        (Refusal::KeyExists { key: officer_key(1).public() }.into(), |scene| {
            scene.appoint(&[1]);
            scene.refuse(&[&registrar(city())], register_key(city(), &officer_key(1), &[Role::Issuer]))
        }),
        (Refusal::WeakKey { reason: SignatureError::WeakKey }.into(), |scene| {
            let mut identity = [0; 32];
            identity[0] = 1;
            appoint_refused(scene, Appointment { key: PublicKey::ed25519(identity), ..appointment(1) })
        }),
        (Refusal::NoRole.into(), |scene| appoint_refused(scene, Appointment { roles: roles(&[]), ..appointment(1) })),
        (Refusal::BeyondKey.into(), |scene| {
            appoint_refused(scene, Appointment { roles: roles(&[Role::Issuer, Role::Steward]), ..appointment(1) })
        }),
        (Refusal::BeyondKey.into(), |scene| {
            let under = registrar(city()).public();
            let maker = Appointment { under, roles: roles(&[Role::Registrar]), ..appointment(1) };
            scene.refuse(&[&registrar(city())], appoint(maker))
        }),
        (Refusal::NoSuchHours { from: 600, until: 600 }.into(), |scene| {
            appoint_refused(scene, Appointment { hours: Some(Hours { from: 600, until: 600 }), ..appointment(1) })
        }),
        (Refusal::ExpiredAlready { expires_at: day(3), now: day(3) }.into(), |scene| {
            scene.time = day(3);
            appoint_refused(scene, Appointment { expires_at: day(3), ..appointment(1) })
        }),
        (Refusal::NoOfficer { key: issuer().public() }.into(), |scene| {
            let act = Act::Dismiss { key: issuer().public() };
            scene.refuse(&[&registrar(city())], Operation::Organisation(act))
        }),
        (role_of(city()), |scene| {
            scene.appoint(&[1]);
            scene.refuse(&[&registrar(neighbour())], dismiss(1))
        }),
        (Refusal::KeyRetired { key: officer_key(1).public() }.into(), |scene| {
            scene.appoint(&[1]);
            scene.accept(&[&issuer()], dismiss(1));
            scene.refuse(&[&registrar(province())], dismiss(1))
        }),
    ]
}

/// The city's issuing key with a next one.
fn committed(scene: &mut Scene) {
    scene.accept(&[&registrar(city())], commit_next(issuer().public(), &next_key(1)));
}

fn of_succession() -> Vec<Scenario<operation::Refusal>> {
    let key = issuer().public();
    vec![
        (role_of(city()), |scene| {
            // A thief of the key says nothing of what follows it.
            scene.refuse(&[&issuer()], commit_next(issuer().public(), &next_key(1)))
        }),
        (Refusal::KeyRetired { key }.into(), |scene| {
            scene.accept(&[&registrar(city())], retire_key(&issuer()));
            scene.refuse(&[&registrar(city())], commit_next(issuer().public(), &next_key(1)))
        }),
        (Refusal::NextCommitted { key }.into(), |scene| {
            committed(scene);
            scene.refuse(&[&registrar(province())], commit_next(issuer().public(), &next_key(2)))
        }),
        (Refusal::NoneCommitted { key }.into(), |scene| {
            scene.refuse(&[&issuer()], rotate(issuer().public(), &next_key(1), None))
        }),
        (Refusal::NotTheNext { to: next_key(2).public() }.into(), |scene| {
            committed(scene);
            scene.refuse(&[&issuer()], rotate(issuer().public(), &next_key(2), None))
        }),
        (Refusal::NotTheNext { to: next_key(1).public() }.into(), |scene| {
            committed(scene);
            scene.refuse(&[&issuer()], rotate(issuer().public(), &next_key(1), None))
        }),
        (Refusal::KeyRetired { key }.into(), |scene| {
            committed(scene);
            scene.accept(&[&registrar(city())], retire_key(&issuer()));
            scene.refuse(&[&next_key(1)], rotate(issuer().public(), &next_key(1), None))
        }),
        // Retired, and found to be in wrong hands later: nothing follows it either.
        (Refusal::KeyRetired { key }.into(), |scene| {
            committed(scene);
            scene.accept(&[&registrar(city())], retire_key(&issuer()));
            scene.accept(&[&registrar(city())], compromise(issuer().public(), day(0)));
            scene.refuse(&[&next_key(1)], rotate(issuer().public(), &next_key(1), None))
        }),
        (Refusal::KeyRetired { key }.into(), |scene| {
            committed(scene);
            let rotation = rotate(issuer().public(), &next_key(1), None);
            scene.accept(&[&next_key(1)], rotation.clone());
            scene.refuse(&[&registrar(city()), &next_key(1)], rotation)
        }),
        (Refusal::KeyExists { key: next_key(1).public() }.into(), |scene| {
            committed(scene);
            scene.accept(&[&registrar(province())], register_key(province(), &next_key(1), &[Role::Issuer]));
            scene.refuse(&[&next_key(1)], rotate(issuer().public(), &next_key(1), None))
        }),
        (Refusal::NoKey { key: fresh().public() }.into(), |scene| {
            scene.refuse(&[&registrar(city())], compromise(fresh().public(), day(0)))
        }),
        (role_of(city()), |scene| scene.refuse(&[&registrar(neighbour())], compromise(issuer().public(), day(0)))),
        (Refusal::SinceInFuture { since: day(9).plus(1), now: day(9) }.into(), |scene| {
            scene.time = day(9);
            scene.refuse(&[&issuer()], compromise(issuer().public(), day(9).plus(1)))
        }),
        (Refusal::SinceLater { known: day(0) }.into(), |scene| {
            scene.accept(&[&issuer()], compromise(issuer().public(), day(0)));
            scene.refuse(&[&registrar(city())], compromise(issuer().public(), day(0)))
        }),
    ]
}

fn issue(serial: &str) -> Operation {
    Operation::Licence(now(&id(&permit(), serial, 1), Change::Issue(year())))
}

/// What admission says of an act by one key.
fn admitted(scene: &mut Scene, by: &SigningKey) -> Result<(), Stale> {
    let tx = scene.sign(&[by], Mode::AllOrNothing, vec![issue("Z")]);
    let admitted = admit(&scene.state, &tx, scene.at(), |_| false);
    let would_be_refused = check(&scene.state, &tx, scene.at()) != [None];
    assert_eq!(admitted.is_err(), would_be_refused, "whoever is not admitted could do nothing");
    admitted
}

fn unknown(key: &SigningKey) -> Result<(), Stale> {
    Err(Stale::UnknownSigner { key: key.public() })
}

#[test]
fn an_officer_acts_as_its_department_within_hours_until_its_end() {
    let mut scene = Scene::new();
    let clerk = officer_key(1);
    let hired = Appointment { hours: Some(OFFICE_HOURS), expires_at: day(30), ..appointment(1) };
    let tx = scene.sign(&[&issuer()], Mode::AllOrNothing, vec![appoint(hired)]);
    let appointed_in = scene.at();
    assert_eq!(scene.execute(&tx).refusals, [None]);
    let at_nine = |days: i64| day(days).plus(9 * 3_600_000);
    let early = scene.sign(&[&clerk], Mode::AllOrNothing, vec![issue("A")]);
    let signers = Signers::of(&scene.state, early.body(), appointed_in);
    assert_eq!(signers.payer(), None, "not in the block that appoints it");
    for (time, expected) in [
        (at_nine(5), Ok(())),
        (at_nine(5).plus(-1), unknown(&clerk)),
        (day(5).plus(17 * 3_600_000), unknown(&clerk)),
        (at_nine(29), Ok(())),
        (at_nine(30), unknown(&clerk)),
    ] {
        scene.time = time;
        assert_eq!(admitted(&mut scene, &clerk), expected, "{time}");
    }
    scene.time = at_nine(6);
    scene.accept(&[&clerk], issue("A"));
    scene.accept(&[&registrar(city())], dismiss(1));
    assert_eq!(admitted(&mut scene, &clerk), unknown(&clerk));
}

#[test]
fn an_officer_ends_with_the_key_that_it_is_under() {
    type End = fn(&mut Scene);
    let ends: [End; 3] = [
        |scene| scene.accept(&[&registrar(city())], retire_key(&issuer())),
        |scene| scene.accept(&[&registrar(city())], compromise(issuer().public(), day(0))),
        |scene| scene.accept(&[&next_key(1)], rotate(issuer().public(), &next_key(1), None)),
    ];
    for end in ends {
        let mut scene = Scene::new();
        committed(&mut scene);
        scene.appoint(&[1]);
        assert_eq!(admitted(&mut scene, &officer_key(1)), Ok(()));
        end(&mut scene);
        assert_eq!(admitted(&mut scene, &officer_key(1)), unknown(&officer_key(1)));
        assert_eq!(admitted(&mut scene, &issuer()), unknown(&issuer()));
    }
}

#[test]
fn a_stolen_key_is_ended_and_its_next_takes_its_place() {
    let mut scene = Scene::new();
    committed(&mut scene);
    let (old, next) = (issuer(), next_key(1));
    assert_eq!(admitted(&mut scene, &next), unknown(&next));
    let reported_at = scene.height;
    scene.accept(&[&old], compromise(old.public(), day(0)));
    assert_eq!(admitted(&mut scene, &old), unknown(&old));
    let stands = read::<Compromise>(&scene.state, &old.public());
    assert_eq!(stands, Some(Compromise { since: day(0), reported_at, ended_before: false }));
    // Earlier than was thought.
    scene.accept(&[&registrar(province())], compromise(old.public(), day(-2)));
    let stands = read::<Compromise>(&scene.state, &old.public());
    assert_eq!(stands, Some(Compromise { since: day(-2), reported_at, ended_before: false }));
    scene.accept(&[&next], rotate(old.public(), &next, Some(&next_key(2))));
    let grant = read::<KeyGrant>(&scene.state, &next.public()).unwrap();
    assert_eq!((grant.organisation, grant.roles, grant.until), (city(), roles(&[Role::Issuer]), None));
    assert_eq!(read::<KeyGrant>(&scene.state, &old.public()).unwrap().until, Some(reported_at.next()));
    assert_eq!(read::<Succession>(&scene.state, &old.public()).unwrap().followed_by, Some(next.public()));
    scene.accept(&[&next], issue("A"));
    // And so on down the line, although nothing is in wrong hands.
    scene.accept(&[&next_key(2)], rotate(next.public(), &next_key(2), None));
    assert_eq!(admitted(&mut scene, &next), unknown(&next));
    scene.accept(&[&next_key(2)], Operation::Licence(now(&id(&permit(), "A", 1), amendment())));
}

#[test]
fn an_officer_in_wrong_hands_ends_alone() {
    let mut scene = Scene::new();
    scene.appoint(&[1, 2]);
    scene.accept(&[&officer_key(1)], compromise(officer_key(1).public(), day(0)));
    assert_eq!(admitted(&mut scene, &officer_key(1)), unknown(&officer_key(1)));
    assert_eq!(admitted(&mut scene, &officer_key(2)), Ok(()));
    assert!(read::<Officer>(&scene.state, &officer_key(1).public()).unwrap().until.is_some());
}
