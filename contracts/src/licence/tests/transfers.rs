//! Transfers between bodies.

use super::{issued, next, status_at};
use crate::scene::{
    Scene, amendment, arrival, city, day, departure, held_by, id_of, key, neighbour, now, pass, permit, renewal,
};
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::licence::{Act, Change, Entry, Origin};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::history_of;
use bulla_verify::roles::Role;
use bulla_verify::status::{Status, status};

/// A scene in which the neighbour is competent too, and a licence of the city's is offered to it since day 10.
fn offered() -> (Scene, LicenceId) {
    let (mut scene, licence) = issued();
    scene.empower_neighbour();
    scene.time = day(10);
    scene.issue(now(&licence, departure()));
    (scene, licence)
}

fn there() -> LicenceId {
    id_of(neighbour(), &permit(), "N1", 1)
}

#[test]
fn an_offered_licence_is_in_force_until_it_is_taken_over() {
    let (scene, licence) = offered();
    let expected = Status::TransferOutPending { to: neighbour(), until: Some(day(365)) };
    assert_eq!(status_at(&scene, &licence, day(10)), expected);
    assert!(expected.is_active());
    assert_eq!(status_at(&scene, &licence, day(365)), Status::Expired { since: day(365) });
}

#[test]
fn one_act_ends_it_here_and_begins_it_there() {
    let (mut scene, licence) = offered();
    let (at, height) = (scene.time, scene.height);
    let act = arrival(&there(), &licence, &scene);
    scene.accept(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act.clone()));
    let (left, arrived) = (scene.licence(&licence), scene.licence(&there()));
    assert_eq!(status(&left, at), Status::Transferred { since: at, to: neighbour() });
    assert_eq!(status(&arrived, at), Status::Active { until: Some(day(365)) });
    assert_eq!(arrived.origin, Origin::TransferredIn { from: licence.clone() });
    assert_eq!((left.changed_at, left.recorded_at), (arrived.changed_at, arrived.recorded_at));
    // The act stands in both histories.
    let entry = bulla_verify::canonical::encode(&Entry { recorded_at: height, at, act });
    assert_eq!(scene.state.lists[&history_of(&licence)].last(), Some(&entry));
    assert_eq!(scene.state.lists[&history_of(&there())], std::slice::from_ref(&entry));
    assert_eq!(arrived.history, Head::of(&[leaf_hash(&entry)]));
}

#[test]
fn either_side_aborts_and_the_licence_is_as_it_was() {
    for by in [city(), neighbour()] {
        let (mut scene, licence) = offered();
        let act = Act { by, ..now(&licence, Change::AbortTransfer) };
        scene.accept(&[&key(by, Role::Issuer)], Operation::Licence(act));
        assert_eq!(status_at(&scene, &licence, scene.time), Status::Active { until: Some(day(365)) });
        scene.issue(now(&licence, amendment()));
    }
}

#[test]
fn a_penalty_ends_the_offer() {
    let (mut scene, licence) = offered();
    scene.issue(now(&licence, Change::Revoke));
    let act = arrival(&there(), &licence, &scene);
    scene.refuse(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act));
    assert_eq!(scene.licence(&licence).pending, None);
}

#[test]
fn an_offer_that_outlived_its_term_is_gone_with_the_renewal() {
    let (mut scene, licence) = offered();
    scene.time = day(370);
    scene.issue(now(&licence, renewal(365, 700)));
    assert_eq!(status_at(&scene, &next(&licence), scene.time), Status::Active { until: Some(day(700)) });
}

#[test]
fn a_holding_moves_with_the_licence() {
    let (mut scene, first) = (Scene::new(), crate::scene::id(&pass(), "P1", 1));
    scene.empower_neighbour();
    scene.issue(now(&first, Change::Issue(held_by("Ann"))));
    scene.issue(now(&first, departure()));
    let arrived = id_of(neighbour(), &pass(), "N1", 1);
    let act = arrival(&arrived, &first, &scene);
    scene.accept(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act));
    let again = now(&crate::scene::id(&pass(), "P2", 1), Change::Issue(held_by("Ann")));
    let other = bulla_verify::licence::Refusal::AlreadyHeld { other: arrived };
    assert_eq!(scene.issue_refused(again), other.into());
}
