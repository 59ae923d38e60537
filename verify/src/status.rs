//! What a licence is at an instant: one pure function over its record, used by contracts, queries and the citizen's page.
//!
//! Time never writes: an untouched licence becomes expired, and a suspension with an end is over, because this function says
//! so and not because anything was stored. Rule: design D12.

use crate::identifiers::uscc::Uscc;
use crate::licence::{End, Ending, How, Licence, Pending};
use crate::time::Millis;
use core::fmt;
use serde::Serialize;

/// What a licence is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Status {
    /// The instant lies before the last act: the record alone cannot tell, its history can.
    BeforeLastAct {
        /// When the last act took effect.
        changed_at: Millis,
    },
    /// Its term has not begun.
    NotYetInForce {
        /// When it begins.
        from: Millis,
    },
    /// In force.
    Active {
        /// When its term ends, if it does.
        until: Option<Millis>,
    },
    /// Suspended.
    Suspended {
        /// Since when.
        since: Millis,
        /// Until when, if it ends by itself.
        until: Option<Millis>,
    },
    /// Its term has ended.
    Expired {
        /// Since when.
        since: Millis,
    },
    /// Revoked as a penalty.
    Revoked {
        /// Since when.
        since: Millis,
        /// By whom.
        by: Uscc,
    },
    /// Closed.
    Cancelled {
        /// Since when.
        since: Millis,
        /// By whom.
        by: Uscc,
        /// Whether it had been revoked before.
        after_revocation: bool,
    },
    /// Issued jointly, and not signed by all bodies that must: not in force.
    PendingCosign {
        /// When it lapses by itself.
        until: Millis,
        /// How many bodies are missing.
        missing: u8,
    },
    /// Issued jointly, and not signed in time: never in force.
    Lapsed {
        /// Since when.
        since: Millis,
    },
    /// In force, and offered to the body of another region.
    TransferOutPending {
        /// Which body.
        to: Uscc,
        /// When its term ends, if it does.
        until: Option<Millis>,
    },
    /// Withdrawn, since law or facts have changed.
    Withdrawn {
        /// Since when.
        since: Millis,
        /// By whom.
        by: Uscc,
    },
    /// Annulled.
    Annulled {
        /// From when it is void.
        since: Millis,
        /// When that was decided.
        decided_at: Millis,
        /// By whom.
        by: Uscc,
    },
    /// Gone on with the body of another region.
    Transferred {
        /// Since when.
        since: Millis,
        /// Which body has it.
        to: Uscc,
    },
}

/// The status of a licence at an instant. The first that fits:
///
/// 1. annulled, if it is void at the instant and was not closed since: also before the last act, since an annulment
///    reaches back;
/// 2. before the last act;
/// 3. cancelled; then revoked, withdrawn, annulled or transferred: a licence that ended stays so whatever its term;
/// 4. waiting for cosigners, or lapsed without them;
/// 5. expired; not yet in force; suspended;
/// 6. offered to another body, which is in force still; active.
///
/// That a version is superseded is not its record's to say: the record is of the current one.
pub fn status(licence: &Licence, at: Millis) -> Status {
    let annulled = licence.ended.as_ref().and_then(|end| annulment(end, at));
    if at < licence.changed_at {
        return annulled.unwrap_or(Status::BeforeLastAct { changed_at: licence.changed_at });
    }
    if let Some(Ending { at: since, by }) = licence.cancelled.filter(|ending| ending.at <= at) {
        let after_revocation = licence.revoked().is_some_and(|revoked| revoked.at <= at);
        return Status::Cancelled { since, by, after_revocation };
    }
    if let Some(ended) = annulled.or_else(|| licence.ended.as_ref().filter(|end| end.at <= at).map(end_of)) {
        return ended;
    }
    match licence.pending {
        Some(Pending::Cosigners { until, .. }) if until <= at => return Status::Lapsed { since: until },
        Some(Pending::Cosigners { missing, until }) => return Status::PendingCosign { until, missing },
        Some(Pending::Transfer { .. }) | None => {}
    }
    if let Some(since) = licence.term.until.filter(|until| *until <= at) {
        return Status::Expired { since };
    }
    if at < licence.term.from {
        return Status::NotYetInForce { from: licence.term.from };
    }
    let until = licence.term.until;
    match (licence.suspension, licence.pending) {
        (Some(suspension), _) if suspension.from <= at && suspension.until.is_none_or(|until| at < until) => {
            Status::Suspended { since: suspension.from, until: suspension.until }
        }
        (_, Some(Pending::Transfer { to })) => Status::TransferOutPending { to, until },
        _ => Status::Active { until },
    }
}

/// What an annulment makes of it at an instant, whenever it was decided.
fn annulment(end: &End, at: Millis) -> Option<Status> {
    match end.how {
        How::Annulled { void_from, .. } if void_from <= at => Some(end_of(end)),
        How::Annulled { .. } | How::Revoked | How::Withdrawn { .. } | How::Transferred { .. } => None,
    }
}

/// What an end makes of a licence, once it is decided.
pub(crate) fn end_of(end: &End) -> Status {
    let End { how, at: since, by } = end;
    match how {
        How::Revoked => Status::Revoked { since: *since, by: *by },
        How::Withdrawn { .. } => Status::Withdrawn { since: *since, by: *by },
        How::Annulled { void_from, .. } => Status::Annulled { since: *void_from, decided_at: *since, by: *by },
        How::Transferred { to } => Status::Transferred { since: *since, to: to.issuer },
    }
}

impl Status {
    /// Whether the licence may be relied on. One that is offered to another body may: it ends there as it begins with that.
    pub fn is_active(&self) -> bool {
        matches!(self, Status::Active { .. } | Status::TransferOutPending { .. })
    }

    /// Whether it is in force, suspended or about to begin: not ended in any way.
    pub fn is_live(&self) -> bool {
        match self {
            Status::Active { .. }
            | Status::TransferOutPending { .. }
            | Status::Suspended { .. }
            | Status::NotYetInForce { .. }
            | Status::PendingCosign { .. } => true,
            Status::BeforeLastAct { .. }
            | Status::Expired { .. }
            | Status::Lapsed { .. }
            | Status::Revoked { .. }
            | Status::Withdrawn { .. }
            | Status::Annulled { .. }
            | Status::Transferred { .. }
            | Status::Cancelled { .. } => false,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::BeforeLastAct { changed_at } => write!(f, "changed at {changed_at}, after the instant asked about"),
            Status::NotYetInForce { from } => write!(f, "not in force before {from}"),
            Status::Active { until: Some(until) } => write!(f, "active until {until}"),
            Status::Active { until: None } => f.write_str("active with no end"),
            Status::Suspended { since, until: Some(until) } => write!(f, "suspended since {since} until {until}"),
            Status::Suspended { since, until: None } => write!(f, "suspended since {since}"),
            Status::Expired { since } => write!(f, "expired since {since}"),
            Status::Revoked { since, by } => write!(f, "revoked since {since} by {by}"),
            Status::Cancelled { since, by, after_revocation } => {
                let before = if *after_revocation { " after its revocation" } else { "" };
                write!(f, "cancelled since {since} by {by}{before}")
            }
            Status::PendingCosign { until, missing } => {
                write!(f, "not in force: {missing} more must sign its joint issue before {until}")
            }
            Status::Lapsed { since } => write!(f, "never in force: its joint issue lapsed at {since}"),
            Status::TransferOutPending { to, until: Some(until) } => {
                write!(f, "active until {until}, and offered to {to}")
            }
            Status::TransferOutPending { to, until: None } => write!(f, "active with no end, and offered to {to}"),
            Status::Withdrawn { since, by } => write!(f, "withdrawn since {since} by {by}"),
            Status::Annulled { since, decided_at, by } => {
                write!(f, "annulled: void from {since}, as {by} decided at {decided_at}")
            }
            Status::Transferred { since, to } => write!(f, "transferred to {to} at {since}, and goes on there"),
        }
    }
}

#[cfg(test)]
mod tests;
