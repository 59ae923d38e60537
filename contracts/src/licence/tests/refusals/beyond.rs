//! A way to every refusal of ends and their undoing, of transfers, and of joint issue.

use super::{Ways, first, issue, refused};
use crate::scene::{
    Scene, annulment, arrival, assert_reached, city, correction, cosigning, day, departure, held_by, id, id_of, joint,
    key, nation, neighbour, now, pass, permit, province, region, reinstatement, renewal, scene_of_law, sparing,
    stranger, suspension, term, then, withdrawal, year,
};
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Act, Change, Grant, MAX_JOINT, Refusal};
use bulla_verify::operation::{self, Operation};
use bulla_verify::roles::Role;
use bulla_verify::status::Status;
use bulla_verify::time::DAY_MS;

/// The same as [`super::every_refusal_is_reached`], for the rows of `docs/rules` whose ways stand here.
#[test]
fn every_refusal_here_is_reached() {
    assert_reached(Refusal::TABLE, operation::Refusal::code, super::ways());
}

pub(super) fn ways() -> [Ways; 4] {
    [ends(), undone(), transfers(), joint_issue()]
}

fn found(found: Status) -> operation::Refusal {
    Refusal::Status { found }.into()
}

fn by(scene: &mut Scene, by: Uscc, change: Change) -> operation::Refusal {
    scene.refuse(&[&key(by, Role::Issuer)], Operation::Licence(Act { by, ..now(&first(), change) }))
}

fn ends() -> Ways {
    let expired = found(Status::Expired { since: day(365) });
    let void = |found| Refusal::VoidFrom { found, earliest: day(0), latest: day(10) }.into();
    let yours = |by| operation::Refusal::from(Refusal::NotYours { by, issuer: city() });
    vec![
        (expired, |scene| refused(scene, 365, withdrawal())),
        (void(day(0).plus(-1)), |scene| {
            scene.time = day(0);
            refused(scene, 10, annulment(day(0).plus(-1)))
        }),
        (void(day(10).plus(1)), |scene| {
            scene.time = day(0);
            refused(scene, 10, annulment(day(10).plus(1)))
        }),
        // Only what is live or expired is annulled, or spared.
        (found(Status::Withdrawn { since: day(10), by: city() }), |scene| ended_then(scene, annulment(day(10)))),
        (found(Status::Withdrawn { since: day(10), by: city() }), |scene| ended_then(scene, sparing())),
        (found(Status::Withdrawn { since: day(10), by: city() }), |scene| ended_then(scene, Change::Revoke)),
        (yours(province()), |scene| {
            scene.issue(issue(year()));
            by(scene, province(), withdrawal())
        }),
        (yours(province()), |scene| {
            scene.issue(issue(year()));
            by(scene, province(), reinstatement())
        }),
        (yours(neighbour()), |scene| {
            scene.issue(issue(year()));
            let from = scene.time;
            by(scene, neighbour(), annulment(from))
        }),
    ]
}

/// The refusal of an act on a licence that was withdrawn on day 10.
fn ended_then(scene: &mut Scene, change: Change) -> operation::Refusal {
    scene.issue(issue(year()));
    scene.time = day(10);
    scene.issue(now(&first(), withdrawal()));
    scene.issue_refused(now(&first(), change))
}

fn undone() -> Ways {
    let active = found(Status::Active { until: Some(day(365)) });
    let expired = found(Status::Expired { since: day(365) });
    let withdrawn = found(Status::Withdrawn { since: day(10), by: city() });
    vec![
        (active, |scene| refused(scene, 10, reinstatement())),
        (expired.clone(), |scene| refused(scene, 365, reinstatement())),
        (expired, |scene| refused(scene, 365, correction("corrected"))),
        (withdrawn.clone(), |scene| ended_then(scene, correction("corrected"))),
        (withdrawn.clone(), |scene| ended_then(scene, renewal(20, 400))),
        (withdrawn.clone(), |scene| ended_then(scene, suspension(day(20), None))),
        (withdrawn, |scene| ended_then(scene, Change::Resume)),
        (Refusal::NothingCorrected.into(), |scene| refused(scene, 10, correction("contents"))),
    ]
}

fn there() -> LicenceId {
    id_of(neighbour(), &permit(), "N1", 1)
}

/// The refusal of an act of the neighbour's on a licence of its own, once the city's is offered to it.
fn arrival_refused(scene: &mut Scene, change: fn(&mut Act)) -> operation::Refusal {
    scene.empower_neighbour();
    scene.issue(issue(year()));
    scene.issue(now(&first(), departure()));
    let mut act = arrival(&there(), &first(), scene);
    change(&mut act);
    scene.refuse(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act))
}

fn grant_of(act: &mut Act) -> &mut Grant {
    let Change::TransferIn { grant, .. } = &mut act.change else { unreachable!("an arrival transfers in") };
    grant
}

fn from_of(act: &mut Act) -> &mut LicenceId {
    let Change::TransferIn { from, .. } = &mut act.change else { unreachable!("an arrival transfers in") };
    from
}

fn transfers() -> Ways {
    let active = found(Status::Active { until: Some(day(365)) });
    let offered = found(Status::TransferOutPending { to: neighbour(), until: Some(day(365)) });
    fn offered_then(scene: &mut Scene, change: Change) -> operation::Refusal {
        scene.empower_neighbour();
        scene.issue(issue(year()));
        scene.issue(now(&first(), departure()));
        scene.issue_refused(now(&first(), change))
    }
    let none = Refusal::NoCompetence { organisation: neighbour(), code: permit().code };
    vec![
        (Refusal::NotHistoric.into(), |scene| {
            scene.issue(issue(year()));
            scene.time = day(10);
            scene.record_refused(then(&first(), day(9), departure()))
        }),
        (Refusal::TransferToSelf.into(), |scene| refused(scene, 1, Change::TransferOut { to: city() })),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            refused(scene, 1, Change::TransferOut { to: stranger(1) })
        }),
        (none.into(), |scene| refused(scene, 1, departure())),
        (Refusal::SuspensionAhead { from: day(20) }.into(), |scene| {
            scene.empower_neighbour();
            scene.issue(issue(year()));
            scene.issue(now(&first(), suspension(day(20), None)));
            scene.issue_refused(now(&first(), departure()))
        }),
        // While it is offered, nothing is done to it but to end it.
        (offered.clone(), |scene| offered_then(scene, renewal(365, 700))),
        (offered.clone(), |scene| offered_then(scene, crate::scene::amendment())),
        (offered.clone(), |scene| offered_then(scene, correction("corrected"))),
        (offered.clone(), |scene| offered_then(scene, suspension(day(20), None))),
        (offered.clone(), |scene| offered_then(scene, Change::Cancel)),
        (offered.clone(), |scene| offered_then(scene, withdrawal())),
        (offered, |scene| offered_then(scene, departure())),
        (active.clone(), |scene| refused(scene, 1, Change::AbortTransfer)),
        (Refusal::NotOffered { by: province(), to: neighbour() }.into(), |scene| {
            scene.empower_neighbour();
            scene.issue(issue(year()));
            scene.issue(now(&first(), departure()));
            by(scene, province(), Change::AbortTransfer)
        }),
        // To take over.
        (Refusal::FirstVersion { found: 2 }.into(), |scene| {
            arrival_refused(scene, |act| act.licence = act.licence.base().at_version(2).unwrap())
        }),
        (Refusal::NoLicence { licence: id(&permit(), "A9", 1) }.into(), |scene| {
            arrival_refused(scene, |act| *from_of(act) = id(&permit(), "A9", 1))
        }),
        (Refusal::NotCurrent { found: 2, current: 1 }.into(), |scene| {
            arrival_refused(scene, |act| *from_of(act) = id(&permit(), "A1", 2))
        }),
        (Refusal::OtherType { found: pass().code, offered: permit().code }.into(), |scene| {
            arrival_refused(scene, |act| act.licence = id_of(neighbour(), &pass(), "N1", 1))
        }),
        (active, |scene| {
            scene.empower_neighbour();
            scene.issue(issue(year()));
            let act = arrival(&there(), &first(), scene);
            scene.refuse(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act))
        }),
        (Refusal::NotOffered { by: city(), to: neighbour() }.into(), |scene| {
            scene.empower_neighbour();
            scene.issue(issue(year()));
            scene.issue(now(&first(), departure()));
            let act = arrival(&there(), &first(), scene);
            scene.issue_refused(Act { by: city(), licence: id(&permit(), "A2", 1), ..act })
        }),
        (Refusal::RegionOutside { found: region("440300"), allowed: region("440400") }.into(), |scene| {
            arrival_refused(scene, |act| grant_of(act).region = region("440300"))
        }),
        (Refusal::NotAsOffered.into(), |scene| arrival_refused(scene, |act| grant_of(act).term = term(0, 366))),
        (Refusal::NotAsOffered.into(), |scene| {
            arrival_refused(scene, |act| grant_of(act).holding = held_by("Ann").holding)
        }),
        (Refusal::LicenceExists { licence: there() }.into(), |scene| {
            scene.empower_neighbour();
            scene.issue(issue(year()));
            scene.issue(now(&first(), departure()));
            let act = arrival(&there(), &first(), scene);
            scene.accept(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act.clone()));
            scene.refuse(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act))
        }),
        // What was transferred is not closed or given back here.
        (found(Status::Transferred { since: day(10), to: neighbour() }), |scene| {
            transferred_then(scene, Change::Cancel)
        }),
        (found(Status::Transferred { since: day(10), to: neighbour() }), |scene| {
            transferred_then(scene, reinstatement())
        }),
        (found(Status::Transferred { since: day(10), to: neighbour() }), |scene| {
            transferred_then(scene, annulment(day(10)))
        }),
    ]
}

fn transferred_then(scene: &mut Scene, change: Change) -> operation::Refusal {
    scene.empower_neighbour();
    scene.issue(issue(year()));
    scene.issue(now(&first(), departure()));
    scene.time = day(10);
    let act = arrival(&there(), &first(), scene);
    scene.accept(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act));
    scene.issue_refused(now(&first(), change))
}

/// The refusal of a joint issue by the city, in a scene with law, after something was changed in it.
fn joint_refused(scene: &mut Scene, change: fn(&mut Vec<Uscc>, &mut Grant)) -> operation::Refusal {
    *scene = scene_of_law();
    let Change::IssueJointly { mut grant, mut with, needed, until } = joint(scene, 2) else { unreachable!() };
    change(&mut with, &mut grant);
    scene.issue_refused(now(&first(), Change::IssueJointly { grant, with, needed, until }))
}

fn joint_until(scene: &mut Scene, days: i64) -> operation::Refusal {
    *scene = scene_of_law();
    let Change::IssueJointly { grant, with, needed, .. } = joint(scene, 2) else { unreachable!() };
    let until = scene.time.plus(days * DAY_MS);
    scene.issue_refused(now(&first(), Change::IssueJointly { grant, with, needed, until }))
}

/// A joint issue by the city of which two of three must sign.
fn filed(scene: &mut Scene, needed: u8) {
    *scene = scene_of_law();
    let change = joint(scene, needed);
    scene.issue(now(&first(), change));
}

fn joint_issue() -> Ways {
    // 45 days after the day on which the scene of law begins, the last of them counted whole.
    let latest = day(crate::scene::LAWFUL_DAY + 46);
    let bodies = operation::Refusal::from(Refusal::JointBodies);
    vec![
        (bodies.clone(), |scene| joint_refused(scene, |with, _| with.clear())),
        (bodies.clone(), |scene| joint_refused(scene, |with, _| with.push(city()))),
        (bodies.clone(), |scene| joint_refused(scene, |with, _| with.push(province()))),
        (bodies, |scene| joint_refused(scene, |with, _| with.extend((0..).map(stranger).take(MAX_JOINT - 2)))),
        (Refusal::JointNeeded { needed: 1, of: 3 }.into(), |scene| joint_of(scene, 1)),
        (Refusal::JointNeeded { needed: 4, of: 3 }.into(), |scene| joint_of(scene, 4)),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            joint_refused(scene, |with, _| with.push(stranger(1)))
        }),
        (Refusal::RegionOutside { found: region("440300"), allowed: region("440400") }.into(), |scene| {
            joint_refused(scene, |with, _| with.push(neighbour()))
        }),
        (Refusal::NoDeadlineInLaw.into(), |scene| {
            let change = joint(scene, 2);
            scene.issue_refused(now(&first(), change))
        }),
        (Refusal::JointDeadline { latest }.into(), |scene| joint_until(scene, 0)),
        (Refusal::JointDeadline { latest }.into(), |scene| joint_until(scene, 47)),
        (Refusal::FirstVersion { found: 2 }.into(), |scene| {
            let change = joint(scene, 2);
            scene.issue_refused(now(&super::second_version(), change))
        }),
        (Refusal::LicenceExists { licence: first() }.into(), |scene| {
            let change = joint(scene, 2);
            refused(scene, 1, change)
        }),
        (Refusal::NotACosigner { by: neighbour() }.into(), |scene| {
            filed(scene, 2);
            by(scene, neighbour(), Change::Cosign)
        }),
        (Refusal::SignedAlready { by: city() }.into(), |scene| {
            filed(scene, 2);
            by(scene, city(), Change::Cosign)
        }),
        (Refusal::SignedAlready { by: province() }.into(), |scene| {
            filed(scene, 3);
            scene.accept(&[&key(province(), Role::Issuer)], Operation::Licence(cosigning(&first(), province())));
            by(scene, province(), Change::Cosign)
        }),
        // Enough have signed.
        (found(Status::Active { until: Some(day(365)) }), |scene| {
            filed(scene, 2);
            scene.accept(&[&key(province(), Role::Issuer)], Operation::Licence(cosigning(&first(), province())));
            by(scene, nation(), Change::Cosign)
        }),
        (Refusal::Role { role: Role::Issuer, organisation: province() }.into(), |scene| {
            filed(scene, 2);
            let act = cosigning(&first(), province());
            scene.refuse(&[&key(city(), Role::Issuer)], Operation::Licence(act))
        }),
    ]
}

fn joint_of(scene: &mut Scene, needed: u8) -> operation::Refusal {
    *scene = scene_of_law();
    let change = joint(scene, needed);
    scene.issue_refused(now(&first(), change))
}
