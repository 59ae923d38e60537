//! What a licence is at an instant: one pure function over its record, used by contracts, queries and the citizen's page.
//!
//! Time never writes: an untouched licence becomes expired, and a suspension with an end is over, because this function says
//! so and not because anything was stored. Rule: design D12.

use crate::identifiers::uscc::Uscc;
use crate::licence::{Ending, Licence};
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
}

/// The status of a licence at an instant.
pub fn status(licence: &Licence, at: Millis) -> Status {
    let begun = |ending: &Option<Ending>| ending.filter(|ending| ending.at <= at);
    if at < licence.changed_at {
        return Status::BeforeLastAct { changed_at: licence.changed_at };
    }
    let revoked = begun(&licence.revoked);
    if let Some(Ending { at: since, by }) = begun(&licence.cancelled) {
        return Status::Cancelled { since, by, after_revocation: revoked.is_some() };
    }
    if let Some(Ending { at: since, by }) = revoked {
        return Status::Revoked { since, by };
    }
    if let Some(since) = licence.term.until.filter(|until| *until <= at) {
        return Status::Expired { since };
    }
    if at < licence.term.from {
        return Status::NotYetInForce { from: licence.term.from };
    }
    match licence.suspension {
        Some(suspension) if suspension.from <= at && suspension.until.is_none_or(|until| at < until) => {
            Status::Suspended { since: suspension.from, until: suspension.until }
        }
        _ => Status::Active { until: licence.term.until },
    }
}

impl Status {
    /// Whether the licence may be relied on.
    pub fn is_active(&self) -> bool {
        matches!(self, Status::Active { .. })
    }

    /// Whether it is in force, suspended or about to begin: not ended in any way.
    pub fn is_live(&self) -> bool {
        matches!(self, Status::Active { .. } | Status::Suspended { .. } | Status::NotYetInForce { .. })
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
        }
    }
}

#[cfg(test)]
mod tests;
