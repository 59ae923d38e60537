use super::*;
use crate::chain::Height;
use crate::hash::Hash;
use crate::licence::{Ground, Origin, Suspension, Term};
use crate::list::Head;
use std::vec::Vec;

fn issuer() -> Uscc {
    "11330105002500287C".parse().unwrap()
}

fn above() -> Uscc {
    "11430000006122244L".parse().unwrap()
}

/// In force from 100 until 200, and changed at 50.
fn licence() -> Licence {
    Licence {
        base: crate::identifiers::licence_id::LicenceBase {
            type_code: "11100000000013338W011".parse().unwrap(),
            issuer: issuer(),
            serial: "A1".parse().unwrap(),
        },
        version: 1,
        region: "440300".parse().unwrap(),
        origin: Origin::Issued,
        holder: Hash::default(),
        holding: None,
        contents: Hash::default(),
        issued_at: Millis(50),
        term: Term { from: Millis(100), until: Some(Millis(200)) },
        suspension: None,
        ended: None,
        cancelled: None,
        pending: None,
        corrected: false,
        spared: false,
        historic: false,
        changed_at: Millis(50),
        recorded_at: Height(1),
        history: Head::default(),
    }
}

fn suspended(from: i64, until: Option<i64>) -> Option<Suspension> {
    Some(Suspension { from: Millis(from), until: until.map(Millis), by: issuer() })
}

fn closed(at: i64, by: Uscc) -> Option<Ending> {
    Some(Ending { at: Millis(at), by })
}

fn ended(how: How, at: i64, by: Uscc) -> Option<End> {
    Some(End { how, at: Millis(at), by })
}

fn void_from(void_from: i64) -> How {
    How::Annulled { ground: Ground::Fraud, void_from: Millis(void_from) }
}

const UNKNOWN: Status = Status::BeforeLastAct { changed_at: Millis(50) };
const FUTURE: Status = Status::NotYetInForce { from: Millis(100) };
const ACTIVE: Status = Status::Active { until: Some(Millis(200)) };
const ENDLESS: Status = Status::Active { until: None };
const EXPIRED: Status = Status::Expired { since: Millis(200) };

fn suspension(since: i64, until: Option<i64>) -> Status {
    Status::Suspended { since: Millis(since), until: until.map(Millis) }
}

fn revoked(since: i64, by: Uscc) -> Status {
    Status::Revoked { since: Millis(since), by }
}

fn cancelled(since: i64, after_revocation: bool) -> Status {
    Status::Cancelled { since: Millis(since), by: issuer(), after_revocation }
}

const LAPSED: Status = Status::Lapsed { since: Millis(120) };

fn waiting() -> Status {
    Status::PendingCosign { until: Millis(120), missing: 2 }
}

fn offered() -> Status {
    Status::TransferOutPending { to: above(), until: Some(Millis(200)) }
}

fn withdrawn(since: i64) -> Status {
    Status::Withdrawn { since: Millis(since), by: issuer() }
}

fn annulled(since: i64, decided_at: i64) -> Status {
    Status::Annulled { since: Millis(since), decided_at: Millis(decided_at), by: above() }
}

/// What a record is called here, the record, and what it is at instants.
type Row = (&'static str, Licence, Vec<(i64, Status)>);

/// Records at instants, to the millisecond on both sides of every bound.
fn table() -> Vec<Row> {
    let unfinished = |licence: Licence| Licence { term: Term { until: None, ..licence.term }, ..licence };
    [
        (
            "untouched",
            licence(),
            [(i64::MIN, UNKNOWN), (49, UNKNOWN), (50, FUTURE), (99, FUTURE), (100, ACTIVE), (199, ACTIVE)]
                .into_iter()
                .chain([(200, EXPIRED), (i64::MAX, EXPIRED)])
                .collect(),
        ),
        ("with no end", unfinished(licence()), [(99, FUTURE), (100, ENDLESS), (i64::MAX, ENDLESS)].into()),
        (
            "changed after its term",
            Licence { changed_at: Millis(300), ..licence() },
            [(299, Status::BeforeLastAct { changed_at: Millis(300) }), (300, EXPIRED)].into(),
        ),
        (
            "suspended without end",
            Licence { suspension: suspended(120, None), ..licence() },
            [(119, ACTIVE), (120, suspension(120, None)), (199, suspension(120, None)), (200, EXPIRED)].into(),
        ),
        (
            "suspended for a time",
            Licence { suspension: suspended(120, Some(130)), ..licence() },
            [(119, ACTIVE), (120, suspension(120, Some(130))), (129, suspension(120, Some(130))), (130, ACTIVE)].into(),
        ),
        (
            "suspended beyond its term",
            Licence { suspension: suspended(120, Some(900)), ..licence() },
            [(199, suspension(120, Some(900))), (200, EXPIRED), (899, EXPIRED)].into(),
        ),
        (
            "suspended before it begins",
            Licence { suspension: suspended(60, None), ..licence() },
            [(99, FUTURE), (100, suspension(60, None))].into(),
        ),
        (
            "revoked",
            Licence { ended: ended(How::Revoked, 150, above()), suspension: suspended(120, None), ..licence() },
            [(149, suspension(120, None)), (150, revoked(150, above())), (200, revoked(150, above()))].into(),
        ),
        (
            "cancelled before it begins",
            Licence { cancelled: closed(60, issuer()), ..licence() },
            [(59, FUTURE), (60, cancelled(60, false)), (100, cancelled(60, false))].into(),
        ),
        (
            "cancelled after it expired",
            Licence { cancelled: closed(250, issuer()), ..licence() },
            [(199, ACTIVE), (249, EXPIRED), (250, cancelled(250, false))].into(),
        ),
        (
            "revoked, then cancelled",
            Licence { ended: ended(How::Revoked, 150, above()), cancelled: closed(160, issuer()), ..licence() },
            [(150, revoked(150, above())), (159, revoked(150, above())), (160, cancelled(160, true))].into(),
        ),
        (
            "withdrawn",
            Licence { ended: ended(How::Withdrawn { compensation: true }, 150, issuer()), ..licence() },
            [(149, ACTIVE), (150, withdrawn(150)), (200, withdrawn(150))].into(),
        ),
        (
            "annulled from its beginning, after its term",
            Licence { ended: ended(void_from(100), 250, above()), changed_at: Millis(250), ..licence() },
            [
                (99, Status::BeforeLastAct { changed_at: Millis(250) }),
                (100, annulled(100, 250)),
                (300, annulled(100, 250)),
            ]
            .into(),
        ),
        (
            "annulled, then cancelled",
            Licence {
                ended: ended(void_from(100), 150, above()),
                cancelled: closed(160, issuer()),
                changed_at: Millis(160),
                ..licence()
            },
            [(99, Status::BeforeLastAct { changed_at: Millis(160) }), (100, annulled(100, 150))]
                .into_iter()
                .chain([(159, annulled(100, 150)), (160, cancelled(160, false))])
                .collect(),
        ),
        (
            "waiting for cosigners",
            Licence { pending: Some(Pending::Cosigners { missing: 2, until: Millis(120) }), ..licence() },
            [(50, waiting()), (119, waiting()), (120, LAPSED), (200, LAPSED)].into(),
        ),
        (
            "offered",
            Licence { pending: Some(Pending::Transfer { to: above() }), ..licence() },
            [(99, FUTURE), (100, offered()), (199, offered()), (200, EXPIRED)].into(),
        ),
        (
            "transferred",
            Licence { ended: ended(How::Transferred { to: licence().base }, 150, above()), ..licence() },
            [(149, ACTIVE), (150, Status::Transferred { since: Millis(150), to: issuer() })]
                .into_iter()
                .chain([(200, Status::Transferred { since: Millis(150), to: issuer() })])
                .collect(),
        ),
    ]
    .into()
}

#[test]
fn every_bound_holds_to_the_millisecond() {
    for (name, licence, instants) in table() {
        for (at, expected) in instants {
            assert_eq!(status(&licence, Millis(at)), expected, "{name} at {at}");
        }
    }
}

#[test]
fn only_active_may_be_relied_on_and_only_what_has_not_ended_is_live() {
    for (name, licence, instants) in table() {
        for (at, expected) in instants {
            let found = status(&licence, Millis(at));
            assert_eq!(found.is_active(), [ACTIVE, ENDLESS, offered()].contains(&expected), "{name} at {at}");
            let live = match expected {
                Status::Active { .. }
                | Status::Suspended { .. }
                | Status::NotYetInForce { .. }
                | Status::PendingCosign { .. }
                | Status::TransferOutPending { .. } => true,
                Status::BeforeLastAct { .. }
                | Status::Lapsed { .. }
                | Status::Withdrawn { .. }
                | Status::Annulled { .. }
                | Status::Transferred { .. }
                | Status::Expired { .. }
                | Status::Revoked { .. }
                | Status::Cancelled { .. } => false,
            };
            assert_eq!(found.is_live(), live, "{name} at {at}");
        }
    }
}

#[test]
fn what_is_not_live_stays_so_without_an_act() {
    for (name, licence, _) in table() {
        let live: Vec<bool> = (licence.changed_at.0..1_000).map(|at| status(&licence, Millis(at)).is_live()).collect();
        assert!(live.is_sorted_by(|earlier, later| earlier >= later), "{name}");
    }
}
