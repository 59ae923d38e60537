//! Withdrawn, annulled, spared, reinstated, corrected.

use super::{issued, next, status_at};
use crate::scene::{
    Scene, amendment, annulment, city, correction, day, hash, held_by, id, key, now, pass, permit, province,
    reinstatement, renewal, sparing, suspension, then, withdrawal, year,
};
use bulla_verify::licence::{Act, Change, End, Ground, How, Refusal};
use bulla_verify::operation::Operation;
use bulla_verify::roles::Role;
use bulla_verify::status::{Status, status};
use bulla_verify::verdict::{Finding, of_licence};

#[test]
fn a_withdrawal_takes_effect_with_the_act_and_says_whether_the_holder_is_compensated() {
    for suspended in [false, true] {
        let (mut scene, licence) = issued();
        scene.time = day(10);
        if suspended {
            scene.issue(now(&licence, suspension(day(10), None)));
        }
        let at = scene.time;
        scene.issue(now(&licence, withdrawal()));
        assert_eq!(status_at(&scene, &licence, at), Status::Withdrawn { since: at, by: city() });
        assert_eq!(status_at(&scene, &licence, at.plus(-1)), Status::BeforeLastAct { changed_at: at });
        let how = How::Withdrawn { compensation: true };
        assert_eq!(scene.licence(&licence).ended, Some(End { how, at, by: city() }));
        scene.issue(now(&licence, Change::Cancel));
        assert!(scene.licence(&licence).ended.is_some(), "a cancellation keeps the end before it");
    }
}

/// Void from the issue on: what relied on it in between is told so, whatever was valid then as it was known then.
#[test]
fn an_annulment_reaches_back_to_the_issue() {
    let (mut scene, licence) = (Scene::new(), id(&permit(), "A1", 1));
    let issued_at = scene.time;
    scene.issue(now(&licence, Change::Issue(year())));
    scene.time = day(400);
    let decided_at = scene.time;
    scene.issue(now(&licence, annulment(issued_at)));
    let annulled = Status::Annulled { since: issued_at, decided_at, by: city() };
    for at in [issued_at, day(100), day(364), day(400), day(4_000)] {
        assert_eq!(status_at(&scene, &licence, at), annulled);
        assert_eq!(of_licence(&licence, &scene.licence(&licence), at), Finding::Current(annulled));
    }
    assert_eq!(of_licence(&licence, &scene.licence(&licence), issued_at.plus(-1)), Finding::NotYetIssued { issued_at });
}

#[test]
fn an_annulment_may_leave_the_time_before_it() {
    let (mut scene, licence) = issued();
    scene.time = day(200);
    scene.issue(now(&licence, annulment(day(100))));
    assert_eq!(status_at(&scene, &licence, day(100).plus(-1)), Status::BeforeLastAct { changed_at: day(200) });
    assert!(matches!(status_at(&scene, &licence, day(100)), Status::Annulled { .. }));
}

#[test]
fn a_body_above_annuls_and_the_issuer_closes() {
    let (mut scene, licence) = issued();
    let act = Act { by: province(), ..now(&licence, annulment(day(1))) };
    scene.time = day(1);
    scene.accept(&[&key(province(), Role::Issuer)], Operation::Licence(act));
    scene.issue(now(&licence, Change::Cancel));
    let record = scene.licence(&licence);
    assert!(matches!(status(&record, scene.time), Status::Cancelled { after_revocation: false, .. }));
    assert!(matches!(record.ended.unwrap().how, How::Annulled { ground: Ground::Fraud, .. }));
}

#[test]
fn what_is_spared_for_the_publics_sake_stands_and_says_so_for_ever() {
    let (mut scene, licence) = issued();
    scene.time = day(10);
    scene.issue(now(&licence, sparing()));
    scene.issue(now(&licence, amendment()));
    let record = scene.licence(&licence);
    assert!(record.spared && status(&record, scene.time).is_active());
    assert_eq!(record.history.len, 3);
}

#[test]
fn a_reinstatement_gives_force_from_its_act_on_and_the_gap_stays_in_the_history() {
    for end in [Change::Revoke, withdrawal(), annulment(day(2)), Change::Cancel] {
        let (mut scene, licence) = issued();
        scene.time = day(10);
        scene.issue(now(&licence, end.clone()));
        scene.time = day(20);
        scene.issue(now(&licence, reinstatement()));
        let record = scene.licence(&licence);
        assert_eq!((record.ended.clone(), record.cancelled), (None, None));
        assert_eq!(status(&record, day(20)), Status::Active { until: Some(day(365)) });
        assert_eq!(status(&record, day(20).plus(-1)), Status::BeforeLastAct { changed_at: day(20) });
        assert_eq!(record.history.len, 3);
    }
}

#[test]
fn a_reinstated_licence_is_what_its_suspension_and_its_term_leave_of_it() {
    let (mut scene, licence) = issued();
    scene.time = day(10);
    scene.issue(now(&licence, suspension(day(10), None)));
    scene.issue(now(&licence, Change::Revoke));
    scene.issue(now(&licence, reinstatement()));
    assert_eq!(status_at(&scene, &licence, scene.time), Status::Suspended { since: day(10), until: None });
    scene.issue(now(&licence, Change::Revoke));
    scene.time = day(370);
    scene.issue(now(&licence, reinstatement()));
    assert_eq!(status_at(&scene, &licence, day(370)), Status::Expired { since: day(365) });
}

#[test]
fn a_reinstatement_takes_the_holding_back_if_it_is_free() {
    let (mut scene, first) = (Scene::new(), id(&pass(), "P1", 1));
    scene.issue(now(&first, Change::Issue(held_by("Ann"))));
    scene.issue(now(&first, Change::Revoke));
    let second = id(&pass(), "P2", 1);
    scene.issue(now(&second, Change::Issue(held_by("Ann"))));
    let refused = scene.issue_refused(now(&first, reinstatement()));
    assert_eq!(refused, Refusal::AlreadyHeld { other: second.clone() }.into());
    scene.issue(now(&second, Change::Cancel));
    scene.issue(now(&first, reinstatement()));
    let refused = scene.issue_refused(now(&second, reinstatement()));
    assert_eq!(refused, Refusal::AlreadyHeld { other: first }.into());
}

#[test]
fn a_correction_changes_what_it_says_and_marks_the_version() {
    let (mut scene, licence) = issued();
    scene.time = day(20);
    scene.record(then(&licence, day(10), correction("corrected")));
    let record = scene.licence(&licence);
    assert_eq!((record.version, record.contents, record.corrected), (1, hash("corrected"), true));
    assert_eq!(status(&record, day(20)), Status::Active { until: Some(day(365)) });
    scene.issue(now(&licence, renewal(365, 700)));
    assert!(!scene.licence(&licence).corrected, "the next version has no slip that was corrected");
    let finding = of_licence(&licence, &scene.licence(&licence), scene.time);
    assert_eq!(finding, Finding::SupersededBy { current: next(&licence) });
}
