//! What a licence is at an instant.

use super::{NotUnderstood, parse, required};
use crate::v1;
use bulla_verify::status::Status;
use bulla_verify::time::Millis;
use v1::status::{
    Active, Annulled, BeforeLastAct, Cancelled, Expired, Lapsed, NotYetInForce, PendingCosign, Revoked, State,
    Suspended, TransferOutPending, Transferred, Withdrawn,
};

impl From<&Status> for v1::Status {
    fn from(status: &Status) -> Self {
        let state = match status {
            Status::BeforeLastAct { changed_at } => State::BeforeLastAct(BeforeLastAct { changed_at_ms: changed_at.0 }),
            Status::NotYetInForce { from } => State::NotYetInForce(NotYetInForce { from_ms: from.0 }),
            Status::Active { until } => State::Active(Active { until_ms: until.map(|until| until.0) }),
            Status::Suspended { since, until } => {
                State::Suspended(Suspended { since_ms: since.0, until_ms: until.map(|until| until.0) })
            }
            Status::Expired { since } => State::Expired(Expired { since_ms: since.0 }),
            Status::Revoked { since, by } => State::Revoked(Revoked { since_ms: since.0, by: by.to_string() }),
            Status::Cancelled { since, by, after_revocation } => {
                let after_revocation = *after_revocation;
                State::Cancelled(Cancelled { since_ms: since.0, by: by.to_string(), after_revocation })
            }
            Status::PendingCosign { until, missing } => {
                State::PendingCosign(PendingCosign { until_ms: until.0, missing: u32::from(*missing) })
            }
            Status::Lapsed { since } => State::Lapsed(Lapsed { since_ms: since.0 }),
            Status::TransferOutPending { to, until } => State::TransferOutPending(TransferOutPending {
                to: to.to_string(),
                until_ms: until.map(|until| until.0),
            }),
            Status::Withdrawn { since, by } => State::Withdrawn(Withdrawn { since_ms: since.0, by: by.to_string() }),
            Status::Annulled { since, decided_at, by } => {
                State::Annulled(Annulled { since_ms: since.0, decided_at_ms: decided_at.0, by: by.to_string() })
            }
            Status::Transferred { since, to } => {
                State::Transferred(Transferred { since_ms: since.0, to: to.to_string() })
            }
        };
        v1::Status { text: status.to_string(), state: Some(state) }
    }
}

impl TryFrom<&v1::Status> for Status {
    type Error = NotUnderstood;

    fn try_from(message: &v1::Status) -> Result<Self, NotUnderstood> {
        Ok(match required("status", message.state.as_ref())? {
            State::BeforeLastAct(state) => Status::BeforeLastAct { changed_at: Millis(state.changed_at_ms) },
            State::NotYetInForce(state) => Status::NotYetInForce { from: Millis(state.from_ms) },
            State::Active(state) => Status::Active { until: state.until_ms.map(Millis) },
            State::Suspended(state) => {
                Status::Suspended { since: Millis(state.since_ms), until: state.until_ms.map(Millis) }
            }
            State::Expired(state) => Status::Expired { since: Millis(state.since_ms) },
            State::Revoked(state) => Status::Revoked { since: Millis(state.since_ms), by: parse("status", &state.by)? },
            State::Cancelled(state) => Status::Cancelled {
                since: Millis(state.since_ms),
                by: parse("status", &state.by)?,
                after_revocation: state.after_revocation,
            },
            State::PendingCosign(state) => Status::PendingCosign {
                until: Millis(state.until_ms),
                missing: u8::try_from(state.missing).map_err(|_| NotUnderstood::Contradiction { field: "status" })?,
            },
            State::Lapsed(state) => Status::Lapsed { since: Millis(state.since_ms) },
            State::TransferOutPending(state) => {
                Status::TransferOutPending { to: parse("status", &state.to)?, until: state.until_ms.map(Millis) }
            }
            State::Withdrawn(state) => {
                Status::Withdrawn { since: Millis(state.since_ms), by: parse("status", &state.by)? }
            }
            State::Annulled(state) => Status::Annulled {
                since: Millis(state.since_ms),
                decided_at: Millis(state.decided_at_ms),
                by: parse("status", &state.by)?,
            },
            State::Transferred(state) => {
                Status::Transferred { since: Millis(state.since_ms), to: parse("status", &state.to)? }
            }
        })
    }
}
