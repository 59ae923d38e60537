use super::*;
use crate::scene::{
    Scenario, Scene, assert_reached, city, consensus_key, day, key, nation, register_key, retire_key, stranger,
};
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::Operation;
use bulla_verify::refusal::Code;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Mode;

/// What the pool judges and no contract can.
const POOL_FULL: Code = Code(207);

fn registrar() -> SigningKey {
    key(city(), Role::Registrar)
}

/// The city gives itself a key: harmless, and different each time.
fn harmless(number: u32) -> Operation {
    register_key(city(), &key(stranger(number), Role::Operator), &[Role::Operator])
}

/// An operation that is refused: nobody registered the body.
fn hopeless() -> Operation {
    register_key(stranger(1), &registrar(), &[Role::Issuer])
}

fn stale(scene: &mut Scene, keys: &[&SigningKey], expires_in_ms: i64) -> Stale {
    let expires_at = scene.time.plus(expires_in_ms);
    let tx = scene.sign_until(keys, Mode::AllOrNothing, vec![harmless(1)], expires_at);
    admit(&scene.state, &tx, scene.at(), |_| false).expect_err("this is to be refused")
}

#[test]
fn every_staleness_is_reached() {
    // A scene begins on the first of January, and takes one second for each of the 18 transactions that make it.
    let start = Scene::new().time;
    let window = |scene: &Scene| i64::from(parameters(&scene.state, scene.height).replay_window_ms);
    assert_eq!(window(&Scene::new()), 600_000);
    let scenarios: Vec<Scenario<Stale>> = vec![
        (Stale::Expired { expires_at: start, now: start }, |scene| stale(scene, &[&registrar()], 0)),
        (Stale::TooFarAhead { expires_at: start.plus(600_001), latest: start.plus(600_000) }, |scene| {
            stale(scene, &[&registrar()], 600_001)
        }),
        (Stale::Duplicate { id: duplicate(&mut Scene::new()).id() }, |scene| {
            let tx = duplicate(scene);
            admit(&scene.state, &tx, scene.at(), |id| *id == tx.id()).expect_err("its id is known")
        }),
        (Stale::UnknownSigner { key: key(stranger(1), Role::Issuer).public() }, |scene| {
            stale(scene, &[&registrar(), &key(stranger(1), Role::Issuer)], 1)
        }),
        (Stale::ConsensusKey { key: consensus_key(1).public() }, |scene| {
            stale(scene, &[&registrar(), &consensus_key(1)], 1)
        }),
        (Stale::RefusalBudget { organisation: city(), limit: 20 }, |scene| {
            let tx = scene.sign(&[&registrar()], Mode::Independent, vec![hopeless(); 20]);
            scene.execute(&tx);
            stale(scene, &[&registrar()], 1)
        }),
        (Stale::TooCostly { cost: 3, limit: 2 }, |scene| {
            let mut cheap = parameters(&scene.state, scene.height);
            cheap.max_block_cost = 2;
            let mut draft = Draft::over(&scene.state);
            draft.write(&(), &cheap);
            let changes = draft.into_changes();
            scene.state.apply(changes);
            let tx = scene.sign(&[&registrar()], Mode::Independent, vec![harmless(1), harmless(2), harmless(3)]);
            admit(&scene.state, &tx, scene.at(), |_| false).expect_err("it costs three writes")
        }),
    ];
    let judged_here: Vec<_> = Stale::TABLE.iter().copied().filter(|row| row.code != POOL_FULL).collect();
    assert_reached(&judged_here, Stale::code, scenarios);
}

fn duplicate(scene: &mut Scene) -> Verified {
    scene.sign(&[&registrar()], Mode::AllOrNothing, vec![harmless(1)])
}

#[test]
fn a_transaction_is_admitted_to_the_last_millisecond() {
    let mut scene = Scene::new();
    for expires_in_ms in [1, 600_000] {
        let expires_at = scene.time.plus(expires_in_ms);
        let tx = scene.sign_until(&[&registrar()], Mode::AllOrNothing, vec![harmless(1)], expires_at);
        assert_eq!(admit(&scene.state, &tx, scene.at(), |_| false), Ok(()));
    }
}

#[test]
fn a_key_acts_from_the_height_after_its_registration_until_the_height_after_its_retirement() {
    let mut scene = Scene::new();
    let new = key(stranger(1), Role::Operator);
    let admitted = |scene: &mut Scene| {
        let tx = scene.sign(&[&new], Mode::AllOrNothing, vec![hopeless()]);
        admit(&scene.state, &tx, scene.at(), |_| false)
    };
    let unknown = Err(Stale::UnknownSigner { key: new.public() });

    let registering = scene.sign(&[&registrar()], Mode::AllOrNothing, vec![harmless(1)]);
    let height = scene.height;
    scene.execute(&registering);
    let later = std::mem::replace(&mut scene.height, height);
    assert_eq!(admitted(&mut scene), unknown, "in the block that registers it");
    scene.height = later;
    assert_eq!(admitted(&mut scene), Ok(()));

    let retiring = scene.sign(&[&registrar()], Mode::AllOrNothing, vec![retire_key(&new)]);
    let height = scene.height;
    scene.execute(&retiring);
    let later = std::mem::replace(&mut scene.height, height);
    assert_eq!(admitted(&mut scene), Ok(()), "in the block that retires it");
    scene.height = later;
    assert_eq!(admitted(&mut scene), unknown);
}

#[test]
fn a_budget_lasts_an_hour_and_is_the_first_signers_alone() {
    let mut scene = Scene::new();
    let tx = scene.sign(&[&registrar()], Mode::AllOrNothing, [vec![hopeless()], vec![harmless(1); 19]].concat());
    scene.execute(&tx);
    let hour = scene.time.0.div_euclid(HOUR_MS);
    let budget = read::<RefusalBudget>(&scene.state, &city());
    assert_eq!(budget, Some(RefusalBudget { hour, spent: 20 }), "the dropped are charged with the refused");

    let other = scene.sign(&[&key(nation(), Role::Registrar)], Mode::AllOrNothing, vec![harmless(1)]);
    assert_eq!(admit(&scene.state, &other, scene.at(), |_| false), Ok(()));
    scene.time = Millis((hour + 1) * HOUR_MS - 1);
    assert_eq!(stale(&mut scene, &[&registrar()], 1), Stale::RefusalBudget { organisation: city(), limit: 20 });
    scene.time = Millis((hour + 1) * HOUR_MS);
    let tx = scene.sign(&[&registrar()], Mode::AllOrNothing, vec![hopeless()]);
    scene.execute(&tx);
    let budget = read::<RefusalBudget>(&scene.state, &city());
    assert_eq!(budget, Some(RefusalBudget { hour: hour + 1, spent: 1 }));
    assert!(scene.time < day(1));
}
