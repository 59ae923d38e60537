use super::*;
use crate::scene::{
    Scene, amendment, city, day, ending, hash, held_by, id, key, nation, now, pass, permit, province, renewal,
    suspension, term, then, transfer, year,
};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::licence::{Change, Ending, Grant, Origin, Suspension};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::Holding;
use bulla_verify::status::{Status, status};

mod endings;
mod joint;
mod refusals;
mod transfers;

/// A scene with a licence for the year, and the licence.
fn issued() -> (Scene, LicenceId) {
    let (mut scene, licence) = (Scene::new(), id(&permit(), "A1", 1));
    scene.issue(now(&licence, Change::Issue(year())));
    (scene, licence)
}

fn status_at(scene: &Scene, licence: &LicenceId, at: Millis) -> Status {
    status(&scene.licence(licence), at)
}

/// The next version of an identifier.
fn next(licence: &LicenceId) -> LicenceId {
    licence.base().at_version(licence.version() + 1).unwrap()
}

#[test]
fn an_issue_records_what_was_granted() {
    let (mut scene, time) = (Scene::new(), day(3));
    scene.time = time;
    let (licence, height) = (id(&permit(), "A1", 1), scene.height);
    let act = now(&licence, Change::Issue(year()));
    scene.issue(act.clone());
    let entry = canonical::encode(&Entry { recorded_at: height, at: time, act });
    let expected = Licence {
        base: licence.base(),
        version: 1,
        region: "440300".parse().unwrap(),
        origin: Origin::Issued,
        holder: hash("holder"),
        holding: None,
        contents: hash("contents"),
        issued_at: time,
        term: term(0, 365),
        suspension: None,
        ended: None,
        cancelled: None,
        pending: None,
        corrected: false,
        spared: false,
        historic: false,
        changed_at: time,
        recorded_at: height,
        history: Head::of(&[leaf_hash(&entry)]),
    };
    assert_eq!(scene.licence(&licence), expected);
    assert_eq!(scene.state.lists[&history_of(&licence)], [entry]);
}

#[test]
fn a_licence_expires_by_its_term_alone() {
    let (scene, licence) = issued();
    assert_eq!(status_at(&scene, &licence, day(365).plus(-1)), Status::Active { until: Some(day(365)) });
    assert_eq!(status_at(&scene, &licence, day(365)), Status::Expired { since: day(365) });
}

/// Design, issue 2: a historic act is judged at its own date.
#[test]
fn an_act_on_a_licence_whose_term_had_not_ended_then_is_valid_now() {
    let (mut scene, licence) = issued();
    scene.time = day(400);
    let suspending = suspension(day(100), None);
    assert_eq!(
        scene.issue_refused(now(&licence, suspending.clone())),
        Refusal::Status { found: Status::Expired { since: day(365) } }.into()
    );
    let (height, act) = (scene.height, then(&licence, day(100), suspending));
    scene.record(act);
    let after = scene.licence(&licence);
    assert!(after.historic);
    assert_eq!((after.changed_at, after.recorded_at), (day(100), height));
    assert_eq!(status(&after, day(100)), Status::Suspended { since: day(100), until: None });
    assert_eq!(status(&after, scene.time), Status::Expired { since: day(365) });
}

#[test]
fn historic_is_never_unset() {
    let mut scene = Scene::new();
    let licence = id(&permit(), "A1", 1);
    scene.record(then(&licence, day(-10), Change::Issue(year())));
    scene.issue(now(&licence, amendment()));
    assert!(scene.licence(&licence).historic);
}

#[test]
fn a_licence_is_taken_over_at_the_version_it_has() {
    let mut scene = Scene::new();
    let licence = id(&permit(), "A1", 7);
    let from = "旧登记册".parse::<bulla_verify::name::Name>().unwrap();
    scene.record(then(&licence, day(-10), Change::TakeOver { from: from.clone(), grant: year() }));
    let record = scene.licence(&licence);
    assert_eq!((record.version, &record.origin, record.issued_at), (7, &Origin::TakenOver { from }, day(-10)));
    assert_eq!(status(&record, day(-10)), Status::NotYetInForce { from: day(0) });
}

#[test]
fn a_licence_renewed_ahead_of_time_stays_in_force() {
    let (mut scene, licence) = issued();
    scene.time = day(300);
    scene.issue(now(&licence, renewal(365, 730)));
    let renewed = scene.licence(&licence);
    assert_eq!((renewed.version, renewed.contents), (2, hash("renewed")));
    for at in [day(300), day(365).plus(-1), day(365), day(730).plus(-1)] {
        assert_eq!(status(&renewed, at), Status::Active { until: Some(day(730)) });
    }
    assert_eq!(status(&renewed, day(730)), Status::Expired { since: day(730) });
}

#[test]
fn a_late_renewal_leaves_its_gap_visible() {
    let (mut scene, licence) = issued();
    let last_moment = day(365 + 90).plus(-1);
    scene.time = last_moment;
    scene.issue(now(&licence, renewal(460, 800)));
    let renewed = scene.licence(&licence);
    assert_eq!(status(&renewed, last_moment), Status::NotYetInForce { from: day(460) });
    assert_eq!(status(&renewed, day(460)), Status::Active { until: Some(day(800)) });
}

#[test]
fn a_suspension_outlives_term_and_renewal() {
    let (mut scene, licence) = issued();
    scene.time = day(360);
    scene.issue(now(&licence, suspension(day(361), None)));
    scene.time = day(366);
    scene.issue(now(&licence, renewal(366, 700)));
    assert_eq!(status_at(&scene, &licence, day(366)), Status::Suspended { since: day(361), until: None });
    scene.issue(now(&next(&licence), Change::Resume));
    assert_eq!(status_at(&scene, &licence, day(367)), Status::Active { until: Some(day(700)) });
}

#[test]
fn a_suspension_without_a_beginning_begins_with_the_act() {
    let at_once = Change::Suspend { from: None, until: Some(day(20)) };
    let (mut scene, licence) = issued();
    scene.time = day(10);
    scene.issue(now(&licence, at_once.clone()));
    let status = Status::Suspended { since: day(10), until: Some(day(20)) };
    assert_eq!(status_at(&scene, &licence, day(10)), status);

    // A historic one at its own date; and one that would be over by then is none.
    let (mut scene, licence) = issued();
    scene.time = day(30);
    assert_eq!(scene.issue_refused(now(&licence, at_once.clone())), Refusal::SuspensionBounds.into());
    scene.record(then(&licence, day(10), at_once));
    assert_eq!(status_at(&scene, &licence, day(10)), status);
}

#[test]
fn a_suspension_that_is_over_is_replaced() {
    let (mut scene, licence) = issued();
    scene.time = day(10);
    scene.issue(now(&licence, suspension(day(10), Some(day(20)))));
    assert_eq!(
        status_at(&scene, &licence, day(20).plus(-1)),
        Status::Suspended { since: day(10), until: Some(day(20)) }
    );
    scene.time = day(20);
    scene.issue(now(&licence, suspension(day(30), None)));
    assert_eq!(status_at(&scene, &licence, day(30).plus(-1)), Status::Active { until: Some(day(365)) });
    assert_eq!(status_at(&scene, &licence, day(30)), Status::Suspended { since: day(30), until: None });
}

#[test]
fn bodies_above_the_issuer_suspend_resume_and_revoke() {
    let (mut scene, licence) = issued();
    let issuer = |of| key(of, Role::Issuer);
    let above = |by, change| Operation::Licence(Act { by, ..now(&licence, change) });
    scene.time = day(10);
    scene.accept(&[&issuer(province())], above(province(), suspension(day(10), None)));
    let expected = Suspension { from: day(10), until: None, by: province() };
    assert_eq!(scene.licence(&licence).suspension, Some(expected));
    assert_eq!(
        scene.issue_refused(now(&licence, Change::Resume)),
        Refusal::NotYourSuspension { by: city(), decided_by: province() }.into()
    );
    scene.accept(&[&issuer(nation())], above(nation(), Change::Resume));
    assert_eq!(scene.licence(&licence).suspension, None);
    let at = scene.time;
    scene.accept(&[&issuer(nation())], above(nation(), Change::Revoke));
    assert_eq!(scene.licence(&licence).revoked(), Some(Ending { at, by: nation() }));
}

#[test]
fn a_cancellation_keeps_the_revocation_before_it() {
    let (mut scene, licence) = issued();
    scene.issue(now(&licence, Change::Revoke));
    let since = scene.time;
    scene.issue(now(&licence, Change::Cancel));
    let expected = Status::Cancelled { since, by: city(), after_revocation: true };
    assert_eq!(status_at(&scene, &licence, since), expected);
}

#[test]
fn what_has_expired_or_not_begun_can_be_cancelled() {
    for time in [day(-10), day(400)] {
        let (mut scene, licence) = (Scene::new(), id(&permit(), "A1", 1));
        scene.time = day(-20);
        scene.issue(now(&licence, Change::Issue(year())));
        scene.time = time;
        scene.issue(now(&licence, Change::Cancel));
        assert!(matches!(status_at(&scene, &licence, time), Status::Cancelled { after_revocation: false, .. }));
    }
}

#[test]
fn an_amendment_shortens_the_term() {
    let (mut scene, licence) = issued();
    scene.issue(now(&licence, ending(100)));
    let amended = scene.licence(&licence);
    assert_eq!((amended.version, amended.term, amended.contents), (2, term(0, 100), hash("amended")));
    assert_eq!(amended.holder, hash("holder"), "the holder stays");
}

/// The licence that a holder has of the single-holding type.
fn held(scene: &Scene, holder: &str) -> Option<LicenceId> {
    let holding: Hash = held_by(holder).holding.unwrap();
    let licence = read::<Holding>(&scene.state, &(pass().code, holding))?.licence;
    Some(licence.at_version(1).unwrap())
}

/// A scene in which Ann has a pass for the year.
fn passed() -> (Scene, LicenceId) {
    let (mut scene, licence) = (Scene::new(), id(&pass(), "P1", 1));
    scene.issue(now(&licence, Change::Issue(held_by("Ann"))));
    (scene, licence)
}

#[test]
fn a_holder_has_another_once_the_first_is_not_live() {
    let second = id(&pass(), "P2", 1);
    let issue_second = now(&second, Change::Issue(held_by("Ann")));
    for end in [Change::Cancel, Change::Revoke] {
        let (mut scene, first) = passed();
        scene.issue(now(&first, end));
        scene.issue(issue_second.clone());
        assert_eq!(held(&scene, "Ann"), Some(second.clone()));
    }
    let (mut scene, _) = passed();
    scene.time = day(365);
    scene.issue(issue_second);
    assert_eq!(held(&scene, "Ann"), Some(second));
}

#[test]
fn a_transfer_moves_the_holding() {
    let (mut scene, first) = passed();
    scene.issue(now(&first, transfer("Bob")));
    assert_eq!((held(&scene, "Ann"), held(&scene, "Bob")), (None, Some(first.clone())));
    let record = scene.licence(&first);
    assert_eq!((record.holder, record.holding), (hash("Bob"), held_by("Bob").holding));
    scene.issue(now(&id(&pass(), "P2", 1), Change::Issue(held_by("Ann"))));
}

#[test]
fn a_late_renewal_takes_the_holding_back_if_it_is_free() {
    let (mut scene, first) = passed();
    scene.time = day(366);
    let second = id(&pass(), "P2", 1);
    scene.issue(now(&second, Change::Issue(Grant { term: term(366, 700), ..held_by("Ann") })));
    let renew = now(&first, renewal(367, 700));
    assert_eq!(scene.issue_refused(renew.clone()), Refusal::AlreadyHeld { other: second.clone() }.into());
    scene.issue(now(&second, Change::Cancel));
    scene.issue(renew);
    assert_eq!(held(&scene, "Ann"), Some(first.clone()));
    let third = now(&id(&pass(), "P3", 1), Change::Issue(held_by("Ann")));
    assert_eq!(scene.issue_refused(third), Refusal::AlreadyHeld { other: next(&first) }.into());
}

/// Of the other licence only what it is after its last act is known; it is judged there.
#[test]
fn a_historic_issue_before_a_live_licence_of_the_holder_is_refused() {
    let mut scene = Scene::new();
    scene.time = day(100);
    let (later, earlier) = (id(&pass(), "P2", 1), id(&pass(), "P1", 1));
    scene.issue(now(&later, Change::Issue(held_by("Ann"))));
    let issue = then(&earlier, day(1), Change::Issue(held_by("Ann")));
    assert_eq!(scene.record_refused(issue), Refusal::AlreadyHeld { other: later }.into());
}
