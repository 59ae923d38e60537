//! Joint issue.

use super::status_at;
use crate::scene::{
    Scene, cosigning, day, held_by, id, joint, key, nation, now, pass, permit, province, scene_of_law, year,
};
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Change, Cosigner, JointIssue, Refusal};
use bulla_verify::operation::Operation;
use bulla_verify::roles::Role;
use bulla_verify::status::Status;
use bulla_verify::verdict::{Finding, of_licence};

fn filed() -> (Scene, LicenceId) {
    let (mut scene, licence) = (scene_of_law(), id(&permit(), "J1", 1));
    scene.issue(now(&licence, joint(&scene, 3)));
    (scene, licence)
}

fn sign(scene: &mut Scene, licence: &LicenceId, by: Uscc) {
    scene.accept(&[&key(by, Role::Issuer)], Operation::Licence(cosigning(licence, by)));
}

#[test]
fn it_is_in_force_from_the_last_signature_that_is_needed() {
    let (mut scene, licence) = filed();
    let until = scene.licence(&licence).lapses_at().unwrap();
    assert_eq!(status_at(&scene, &licence, scene.time), Status::PendingCosign { until, missing: 2 });
    sign(&mut scene, &licence, province());
    let first_at = scene.licence(&licence).issued_at;
    assert_eq!(status_at(&scene, &licence, scene.time), Status::PendingCosign { until, missing: 1 });
    let last_at = scene.time;
    sign(&mut scene, &licence, nation());
    let record = scene.licence(&licence);
    assert_eq!(status_at(&scene, &licence, until), Status::Active { until: Some(day(365)) });
    assert!(first_at < last_at && record.issued_at == last_at);
    assert_eq!(of_licence(&licence, &record, last_at.plus(-1)), Finding::NotYetIssued { issued_at: last_at });
    let joint: JointIssue = crate::read(&scene.state, &licence.base()).unwrap();
    assert!(joint.bodies.iter().all(|Cosigner { signed_at, .. }| signed_at.is_some()));
}

#[test]
fn it_lapses_by_itself_and_nothing_brings_it_back() {
    let (mut scene, licence) = filed();
    let until = scene.licence(&licence).lapses_at().unwrap();
    sign(&mut scene, &licence, province());
    scene.time = until;
    assert_eq!(status_at(&scene, &licence, until), Status::Lapsed { since: until });
    let lapsed = Refusal::Status { found: Status::Lapsed { since: until } };
    let late = scene.refuse(&[&key(nation(), Role::Issuer)], Operation::Licence(cosigning(&licence, nation())));
    assert_eq!(late, lapsed.clone().into());
    for change in [Change::Cancel, crate::scene::reinstatement(), crate::scene::renewal(365, 700)] {
        assert_eq!(scene.issue_refused(now(&licence, change)), lapsed.clone().into());
    }
}

#[test]
fn a_joint_issue_keeps_the_holders_place_until_it_lapses() {
    let (mut scene, licence) = (scene_of_law(), id(&pass(), "J1", 1));
    let Change::IssueJointly { with, needed, until, .. } = joint(&scene, 2) else { unreachable!() };
    scene.issue(now(&licence, Change::IssueJointly { grant: held_by("Ann"), with, needed, until }));
    let other = now(&id(&pass(), "P2", 1), Change::Issue(held_by("Ann")));
    assert_eq!(scene.issue_refused(other.clone()), Refusal::AlreadyHeld { other: licence }.into());
    scene.time = until;
    scene.issue(other);
}

/// Issue 5: batch issue of up to 1,000 under one signature, all or nothing.
#[test]
fn a_thousand_licences_are_issued_in_one_transaction() {
    let mut scene = Scene::new();
    let issue = |number: u32| Operation::Licence(now(&id(&permit(), &format!("B{number}"), 1), Change::Issue(year())));
    let mode = bulla_verify::transaction::Mode::AllOrNothing;
    let tx = scene.sign(&[&key(crate::scene::city(), Role::Issuer)], mode, (0..1_000).map(issue).collect());
    let executed = scene.execute(&tx);
    assert_eq!(executed.refusals, vec![None; 1_000]);
    assert!(status_at(&scene, &id(&permit(), "B999", 1), scene.time).is_active());

    let again = (999..1_999).map(issue).collect();
    let tx = scene.sign(&[&key(crate::scene::city(), Role::Issuer)], mode, again);
    let before = scene.state.without_budgets();
    assert!(scene.execute(&tx).refusals[0].is_some(), "the first of them is issued already");
    assert_eq!(scene.state.without_budgets(), before, "so none is");
}
