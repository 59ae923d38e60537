//! What a licence is at an instant.

use super::{NotUnderstood, parse, required};
use crate::v1;
use bulla_verify::status::Status;
use bulla_verify::time::Millis;
use v1::status::{Active, BeforeLastAct, Cancelled, Expired, NotYetInForce, Revoked, State, Suspended};

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
        })
    }
}
