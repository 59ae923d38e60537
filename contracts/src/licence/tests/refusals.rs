//! A way to every refusal of an act on a licence.

use crate::scene::{
    Scenario, Scene, amendment, assert_reached, city, day, ending, hash, held_by, id, key, nation, neighbour, now,
    pass, permit, province, region, renewal, stranger, suspension, term, then, transfer, year,
};
use bulla_verify::catalogue;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::licence::{Act, Change, Grant, Refusal, Term};
use bulla_verify::operation::{self, Operation};
use bulla_verify::roles::Role;
use bulla_verify::status::Status;

mod beyond;

type Ways = Vec<Scenario<operation::Refusal>>;

#[test]
fn every_refusal_is_reached() {
    assert_reached(Refusal::TABLE, operation::Refusal::code, ways());
}

/// Those of this file, and those of the acts beyond the plain course of a licence.
fn ways() -> Ways {
    let plain = [who_and_when(), which(), where_and_what(), terms(), holdings(), statuses()].concat();
    [plain, beyond::ways().concat()].concat()
}

fn first() -> LicenceId {
    id(&permit(), "A1", 1)
}

fn second_version() -> LicenceId {
    id(&permit(), "A1", 2)
}

fn ann() -> LicenceId {
    id(&pass(), "P1", 1)
}

fn issue(grant: Grant) -> Act {
    now(&first(), Change::Issue(grant))
}

fn with_term(term: Term) -> Act {
    issue(Grant { term, ..year() })
}

fn take_over() -> Change {
    Change::TakeOver { from: "旧登记册".parse().unwrap(), grant: year() }
}

/// The refusal of an act by the city's issuer on a licence for the year, at a time of it.
fn refused(scene: &mut Scene, days: i64, change: Change) -> operation::Refusal {
    scene.issue(issue(year()));
    scene.time = day(days);
    scene.issue_refused(now(&first(), change))
}

fn who_and_when() -> Ways {
    let unknown = LicenceTypeCode::new(province(), 9).unwrap();
    let role = |role| operation::Refusal::from(Refusal::Role { role, organisation: city() });
    vec![
        (Refusal::NoType { code: unknown }.into(), |scene| {
            let code = LicenceTypeCode::new(province(), 9).unwrap();
            let licence = LicenceId::new(code, city(), "A1".parse().unwrap(), 1).unwrap();
            scene.issue_refused(now(&licence, Change::Issue(year())))
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            scene.issue_refused(Act { by: stranger(1), ..issue(year()) })
        }),
        // Nobody issues in the name of a body below, and a neighbour suspends nothing.
        (Refusal::NotYours { by: nation(), issuer: city() }.into(), |scene| {
            let act = Act { by: nation(), ..issue(year()) };
            scene.refuse(&[&key(nation(), Role::Issuer)], Operation::Licence(act))
        }),
        (Refusal::NotYours { by: neighbour(), issuer: city() }.into(), |scene| {
            scene.issue(issue(year()));
            let act = Act { by: neighbour(), ..now(&first(), Change::Revoke) };
            scene.refuse(&[&key(neighbour(), Role::Issuer)], Operation::Licence(act))
        }),
        (Refusal::NotYours { by: province(), issuer: city() }.into(), |scene| {
            scene.issue(issue(year()));
            let act = Act { by: province(), ..now(&first(), Change::Cancel) };
            scene.refuse(&[&key(province(), Role::Issuer)], Operation::Licence(act))
        }),
        (role(Role::Issuer), |scene| {
            scene.refuse(&[&key(city(), Role::HistoricalRegistrar)], Operation::Licence(issue(year())))
        }),
        (role(Role::Issuer), |scene| scene.refuse(&[&key(nation(), Role::Issuer)], Operation::Licence(issue(year())))),
        (role(Role::HistoricalRegistrar), |scene| scene.issue_refused(then(&first(), day(-1), Change::Issue(year())))),
        (Refusal::EffectiveInFuture { effective_at: day(1), now: day(1).plus(-1) }.into(), |scene| {
            scene.time = day(1).plus(-1);
            scene.record_refused(then(&first(), day(1), Change::Issue(year())))
        }),
    ]
}

fn which() -> Ways {
    vec![
        (Refusal::NoLicence { licence: first() }.into(), |scene| scene.issue_refused(now(&first(), Change::Cancel))),
        (Refusal::LicenceExists { licence: first() }.into(), |scene| refused(scene, 1, Change::Issue(year()))),
        // A cancelled licence's number is not given again.
        (Refusal::LicenceExists { licence: first() }.into(), |scene| {
            scene.issue(issue(year()));
            scene.issue(now(&first(), Change::Cancel));
            scene.record_refused(then(&first(), day(-1), take_over()))
        }),
        (Refusal::FirstVersion { found: 2 }.into(), |scene| {
            scene.issue_refused(now(&second_version(), Change::Issue(year())))
        }),
        (Refusal::NotCurrent { found: 1, current: 2 }.into(), |scene| {
            scene.issue(issue(year()));
            scene.issue(now(&first(), amendment()));
            scene.issue_refused(now(&first(), amendment()))
        }),
        (Refusal::NotCurrent { found: 2, current: 1 }.into(), |scene| {
            scene.issue(issue(year()));
            scene.issue_refused(now(&second_version(), Change::Revoke))
        }),
        (Refusal::NoVersionLeft.into(), |scene| {
            let last = id(&permit(), "A1", 999);
            scene.record(then(&last, day(0), take_over()));
            scene.issue_refused(now(&last, renewal(1, 365)))
        }),
        (Refusal::OutOfOrder { at: day(9), last: day(10) }.into(), |scene| {
            scene.issue(issue(year()));
            scene.time = day(20);
            scene.record(then(&first(), day(10), amendment()));
            scene.record_refused(then(&second_version(), day(9), Change::Revoke))
        }),
        (Refusal::TakeOverWithoutDate.into(), |scene| scene.issue_refused(now(&first(), take_over()))),
    ]
}

fn where_and_what() -> Ways {
    let none = operation::Refusal::from(Refusal::NoCompetence { organisation: city(), code: permit().code });
    fn withdraw(scene: &mut Scene) {
        let act = catalogue::Act::Withdraw { type_code: permit().code, organisation: city() };
        scene.accept(&[&key(province(), Role::Registrar)], Operation::Catalogue(act));
    }
    fn without(scene: &mut Scene, change: Change) -> operation::Refusal {
        scene.issue(issue(year()));
        withdraw(scene);
        scene.issue_refused(now(&first(), change))
    }
    vec![
        (none.clone(), |scene| {
            withdraw(scene);
            scene.issue_refused(issue(year()))
        }),
        (none.clone(), |scene| without(scene, renewal(1, 365))),
        (none, |scene| without(scene, amendment())),
        (Refusal::RegionOutside { found: region("440400"), allowed: region("440300") }.into(), |scene| {
            scene.issue_refused(issue(Grant { region: region("440400"), ..year() }))
        }),
        (Refusal::RegionOutside { found: region("440000"), allowed: region("440300") }.into(), |scene| {
            scene.issue_refused(issue(Grant { region: region("440000"), ..year() }))
        }),
    ]
}

fn terms() -> Ways {
    let too_long = operation::Refusal::from(Refusal::TermTooLong { max_days: 3_650 });
    let bounds = operation::Refusal::from(Refusal::SuspensionBounds);
    vec![
        (Refusal::EmptyTerm.into(), |scene| scene.issue_refused(with_term(term(1, 1)))),
        (Refusal::EmptyTerm.into(), |scene| refused(scene, 10, renewal(20, 19))),
        (Refusal::EmptyTerm.into(), |scene| refused(scene, 10, ending(0))),
        (too_long.clone(), |scene| scene.issue_refused(with_term(term(0, 3_651)))),
        (too_long.clone(), |scene| scene.issue_refused(with_term(Term { from: day(0), until: None }))),
        (too_long, |scene| refused(scene, 10, renewal(365, 365 + 3_651))),
        (Refusal::TermLengthened.into(), |scene| refused(scene, 10, ending(366))),
        (Refusal::TermBackwards { current: day(0) }.into(), |scene| refused(scene, 10, renewal(-1, 700))),
        (Refusal::TermGap { ends: day(365) }.into(), |scene| refused(scene, 10, renewal(366, 700))),
        (bounds.clone(), |scene| refused(scene, 10, suspension(day(10).plus(-1), None))),
        (bounds, |scene| refused(scene, 10, suspension(day(10), Some(day(10))))),
    ]
}

fn holdings() -> Ways {
    fn ann_amended(scene: &mut Scene, change: Change) -> operation::Refusal {
        scene.issue(now(&ann(), Change::Issue(held_by("Ann"))));
        scene.issue_refused(now(&ann(), change))
    }
    fn to(holder: Option<&str>, holding: Option<&str>) -> Change {
        Change::Amend { contents: hash("c"), until: None, holder: holder.map(hash), holding: holding.map(hash) }
    }
    vec![
        (Refusal::HoldingNeeded.into(), |scene| scene.issue_refused(now(&ann(), Change::Issue(year())))),
        (Refusal::HoldingNeeded.into(), |scene| ann_amended(scene, to(Some("Bob"), None))),
        (Refusal::HoldingNotNeeded.into(), |scene| scene.issue_refused(issue(held_by("Ann")))),
        (Refusal::HoldingNotNeeded.into(), |scene| ann_amended(scene, to(None, Some("holding")))),
        (Refusal::HoldingNotNeeded.into(), |scene| refused(scene, 1, to(Some("Bob"), Some("holding")))),
        (Refusal::AlreadyHeld { other: ann() }.into(), |scene| {
            scene.issue(now(&ann(), Change::Issue(held_by("Ann"))));
            scene.issue_refused(now(&id(&pass(), "P2", 1), Change::Issue(held_by("Ann"))))
        }),
        (Refusal::AlreadyHeld { other: ann() }.into(), |scene| {
            scene.issue(now(&ann(), Change::Issue(held_by("Ann"))));
            let bob = id(&pass(), "P2", 1);
            scene.issue(now(&bob, Change::Issue(held_by("Bob"))));
            scene.issue_refused(now(&bob, transfer("Ann")))
        }),
    ]
}

fn statuses() -> Ways {
    let found = |found| operation::Refusal::from(Refusal::Status { found });
    let active = found(Status::Active { until: Some(day(365)) });
    let expired = found(Status::Expired { since: day(365) });
    let suspended = found(Status::Suspended { since: day(10), until: None });
    let future = found(Status::NotYetInForce { from: day(0) });
    let cancelled = found(Status::Cancelled { since: day(10), by: city(), after_revocation: false });
    fn suspended_then(scene: &mut Scene, change: Change) -> operation::Refusal {
        scene.issue(issue(year()));
        scene.time = day(10);
        scene.issue(now(&first(), suspension(day(10), None)));
        scene.issue_refused(now(&first(), change))
    }
    fn cancelled_then(scene: &mut Scene, change: Change) -> operation::Refusal {
        scene.issue(issue(year()));
        scene.time = day(10);
        scene.issue(now(&first(), Change::Cancel));
        scene.issue_refused(now(&first(), change))
    }
    fn before_it_begins(scene: &mut Scene, change: Change) -> operation::Refusal {
        scene.time = day(-10);
        scene.issue(issue(year()));
        scene.issue_refused(now(&first(), change))
    }
    vec![
        // The grace of 90 days ends with its last millisecond.
        (expired.clone(), |scene| refused(scene, 365 + 90, renewal(500, 700))),
        (suspended.clone(), |scene| suspended_then(scene, renewal(365, 700))),
        (cancelled.clone(), |scene| cancelled_then(scene, renewal(365, 700))),
        (future.clone(), |scene| before_it_begins(scene, renewal(0, 700))),
        (expired.clone(), |scene| refused(scene, 365, amendment())),
        (future.clone(), |scene| before_it_begins(scene, amendment())),
        (expired.clone(), |scene| refused(scene, 365, suspension(day(365), None))),
        (suspended, |scene| suspended_then(scene, suspension(day(11), None))),
        (future.clone(), |scene| before_it_begins(scene, suspension(day(0), None))),
        (active, |scene| refused(scene, 1, Change::Resume)),
        (expired.clone(), |scene| refused(scene, 365, Change::Revoke)),
        (future, |scene| before_it_begins(scene, Change::Revoke)),
        (cancelled.clone(), |scene| cancelled_then(scene, Change::Revoke)),
        (cancelled, |scene| cancelled_then(scene, Change::Cancel)),
        // Suspended, it expired meanwhile.
        (expired, |scene| {
            scene.issue(issue(year()));
            scene.time = day(10);
            scene.issue(now(&first(), suspension(day(10), None)));
            scene.time = day(365);
            scene.issue_refused(now(&first(), Change::Resume))
        }),
        // The province's suspension has not begun, and the city cannot replace it.
        (Refusal::NotYourSuspension { by: city(), decided_by: province() }.into(), |scene| {
            scene.issue(issue(year()));
            let act = Act { by: province(), ..now(&first(), suspension(day(20), None)) };
            scene.accept(&[&key(province(), Role::Issuer)], Operation::Licence(act));
            scene.time = day(19);
            scene.issue_refused(now(&first(), suspension(day(19), Some(day(19).plus(1)))))
        }),
    ]
}
