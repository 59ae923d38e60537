use super::*;
use crate::scene::{
    Scene, amendment, city, day, held_by, id, key, neighbour, now, pass, permit, province, register_key, retire_key,
    year,
};
use bulla_verify::figures::Figure;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::licence::{Change, Licence};
use bulla_verify::organisation::KeyGrant;
use bulla_verify::record::{Record, RefusalBudget};
use bulla_verify::refusal::Code;
use bulla_verify::roles::Role;
use bulla_verify::tree::StateKey;

fn first() -> LicenceId {
    id(&permit(), "A1", 1)
}

fn issue() -> Operation {
    Operation::Licence(now(&first(), Change::Issue(year())))
}

fn amend() -> Operation {
    Operation::Licence(now(&first(), amendment()))
}

/// The areas of the records that were written.
fn areas(changes: &Changes) -> Vec<u8> {
    changes.records.keys().map(|StateKey(bytes)| bytes[0]).collect()
}

#[test]
fn later_operations_see_earlier_ones() {
    let mut scene = Scene::new();
    let second = Operation::Licence(now(&id(&permit(), "A1", 2), Change::Revoke));
    let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::AllOrNothing, vec![issue(), amend(), second]);
    let executed = scene.execute(&tx);
    assert_eq!(executed.outcomes, [Outcome::Applied; 3]);
    assert_eq!(
        areas(&executed.changes),
        [Figure::AREA, Figure::AREA, Licence::AREA],
        "an issue and an end are counted"
    );
    assert_eq!(executed.changes.entries.len(), 3);
    assert_eq!(executed.cost, 8);
    assert_eq!(scene.licence(&first()).history.len, 3);
}

#[test]
fn one_refusal_of_all_or_nothing_drops_the_others() {
    let mut scene = Scene::new();
    let operations = vec![issue(), amend(), amend(), issue()];
    let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::AllOrNothing, operations);
    let executed = execute(&scene.state, &tx, scene.at());
    let refused = Outcome::Refused(Code(509));
    assert_eq!(executed.outcomes, [Outcome::Dropped, Outcome::Dropped, refused, Outcome::Dropped]);
    assert_eq!(executed.refusals.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true, false]);
    assert_eq!(areas(&executed.changes), [RefusalBudget::AREA]);
    assert!(executed.changes.entries.is_empty() && executed.changes.frontiers.is_empty());
    assert_eq!(executed.cost, 10, "what was declared is paid for");
}

#[test]
fn independent_operations_have_their_own_outcomes() {
    let mut scene = Scene::new();
    let operations = vec![amend(), issue(), amend(), amend(), issue()];
    let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::Independent, operations);
    let executed = scene.execute(&tx);
    let refused = |code| Outcome::Refused(Code(code));
    assert_eq!(executed.outcomes, [refused(506), Outcome::Applied, Outcome::Applied, refused(509), refused(507)]);
    assert_eq!(scene.licence(&first()).version, 2);
    let budget = crate::view::read::<RefusalBudget>(&scene.state, &city());
    assert_eq!(budget.map(|budget| budget.spent), Some(3));
}

#[test]
fn a_check_tells_every_refusal_of_a_batch_and_changes_nothing() {
    let mut scene = Scene::new();
    let operations = vec![amend(), issue(), amend(), amend(), issue()];
    for mode in [Mode::AllOrNothing, Mode::Independent] {
        let tx = scene.sign(&[&key(city(), Role::Issuer)], mode, operations.clone());
        let codes: Vec<_> =
            check(&scene.state, &tx, scene.at()).iter().map(|refusal| refusal.as_ref().map(Refusal::code)).collect();
        assert_eq!(codes, [Some(Code(506)), None, None, Some(Code(509)), Some(Code(507))]);
    }
    let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::Independent, operations);
    let checked = check(&scene.state, &tx, scene.at());
    assert_eq!(checked, execute(&scene.state, &tx, scene.at()).refusals);
}

#[test]
fn a_signer_that_admission_would_refuse_has_no_authority_and_no_budget() {
    let mut scene = Scene::new();
    let issuer = key(city(), Role::Issuer);
    scene.accept(&[&key(city(), Role::Registrar)], retire_key(&issuer));
    let tx = scene.sign(&[&issuer], Mode::AllOrNothing, vec![issue()]);
    let executed = execute(&scene.state, &tx, scene.at());
    assert_eq!(executed.outcomes, [Outcome::Refused(Code(504))]);
    assert!(executed.changes.is_empty());
}

#[test]
fn each_of_several_signers_brings_its_own_authority() {
    let mut scene = Scene::new();
    let new = key(neighbour(), Role::Operator);
    let operations = vec![issue(), register_key(neighbour(), &new, &[Role::Operator])];
    let (issuer, registrar) = (key(city(), Role::Issuer), key(neighbour(), Role::Registrar));
    for alone in [&issuer, &registrar] {
        let tx = scene.sign(&[alone], Mode::AllOrNothing, operations.clone());
        assert!(check(&scene.state, &tx, scene.at()).iter().any(Option::is_some));
    }
    let tx = scene.sign(&[&issuer, &registrar], Mode::AllOrNothing, operations);
    assert_eq!(scene.execute(&tx).outcomes, [Outcome::Applied; 2]);
}

#[test]
fn the_dearest_act_writes_exactly_what_it_declares() {
    let mut scene = Scene::new();
    let licence = id(&pass(), "P1", 1);
    let issuing = Operation::Licence(now(&licence, Change::Issue(held_by("Ann"))));
    let transfer = Operation::Licence(now(&licence, crate::scene::transfer("Bob")));
    for (operation, writes) in [(issuing, 4), (transfer, 4)] {
        assert_eq!(operation.cost(), writes);
        let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::AllOrNothing, vec![operation]);
        assert_eq!(u32::try_from(scene.execute(&tx).changes.writes()), Ok(writes));
    }
}

#[test]
fn time_writes_nothing() {
    let mut scene = Scene::new();
    scene.issue(now(&first(), Change::Issue(year())));
    let before = scene.state.clone();
    let touch = |scene: &mut Scene, number: u8| {
        let new = bulla_verify::keys::SigningKey::from_seed(&[number; 32]);
        let tx = scene.sign(
            &[&key(province(), Role::Registrar)],
            Mode::AllOrNothing,
            vec![register_key(province(), &new, &[Role::Operator])],
        );
        areas(&scene.execute(&tx).changes)
    };
    for (number, time) in [(31, day(365).plus(-1)), (32, day(365)), (33, day(9_000))] {
        scene.time = time;
        assert_eq!(
            touch(&mut scene, number),
            [KeyGrant::AREA],
            "blocks around the end of a term write their acts alone"
        );
    }
    assert_eq!(scene.state.lists, before.lists);
}
