//! What a case is at an instant: one pure function over its record. Rule: design D12.

use super::{Case, Rating, StopReason};
use crate::time::Millis;
use core::fmt;
use serde::Serialize;

/// What a case is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Status {
    /// The instant lies before the last act: the record alone cannot tell, its history can.
    BeforeLastAct {
        /// When the last act took effect.
        changed_at: Millis,
    },
    /// It was accepted, and the body that decides has not had it yet.
    Accepted {
        /// By when it must be decided.
        due: Millis,
        /// Whether it should have been.
        overdue: bool,
    },
    /// The body that decides has it, or had it and gave it to another for a task.
    InProgress {
        /// By when it must be decided.
        due: Millis,
        /// Whether it should have been.
        overdue: bool,
    },
    /// Its clock stands still.
    Stopped {
        /// Why.
        reason: StopReason,
        /// Until when, if nothing ends it before.
        until: Millis,
    },
    /// What was asked for is granted, and not delivered yet.
    Granted {
        /// Since when.
        since: Millis,
    },
    /// What was asked for is refused.
    Refused {
        /// Since when.
        since: Millis,
        /// What who asked thinks of it.
        rating: Option<Rating>,
    },
    /// The result was delivered.
    Delivered {
        /// Since when.
        since: Millis,
        /// What who asked thinks of it.
        rating: Option<Rating>,
    },
    /// It was withdrawn by who asked.
    Withdrawn {
        /// Since when.
        since: Millis,
    },
}

/// The status of a case at an instant.
pub fn status(case: &Case, at: Millis) -> Status {
    if at < case.changed_at {
        return Status::BeforeLastAct { changed_at: case.changed_at };
    }
    if let Some(since) = case.withdrawn {
        return Status::Withdrawn { since };
    }
    if let Some(delivery) = &case.delivered {
        return Status::Delivered { since: delivery.at, rating: case.rating };
    }
    match case.decision {
        Some(decision) if decision.granted => return Status::Granted { since: decision.at },
        Some(decision) => return Status::Refused { since: decision.at, rating: case.rating },
        None => {}
    }
    if let Some(stop) = case.stop.filter(|stop| at < stop.until) {
        return Status::Stopped { reason: stop.reason, until: stop.until };
    }
    let (due, overdue) = (case.due, case.due <= at);
    if case.begun.is_some() { Status::InProgress { due, overdue } } else { Status::Accepted { due, overdue } }
}

impl Status {
    /// Whether it waits for a decision.
    pub fn is_open(&self) -> bool {
        matches!(self, Status::Accepted { .. } | Status::InProgress { .. } | Status::Stopped { .. })
    }

    /// Whether it should have been decided.
    pub fn is_overdue(&self) -> bool {
        matches!(self, Status::Accepted { overdue: true, .. } | Status::InProgress { overdue: true, .. })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |overdue: &bool| if *overdue { "overdue since" } else { "due by" };
        match self {
            Status::BeforeLastAct { changed_at } => write!(f, "changed at {changed_at}, after the instant asked about"),
            Status::Accepted { due, overdue } => write!(f, "accepted, {} {due}", clock(overdue)),
            Status::InProgress { due, overdue } => write!(f, "in progress, {} {due}", clock(overdue)),
            Status::Stopped { reason, until } => write!(f, "stopped for {reason} until {until}"),
            Status::Granted { since } => write!(f, "granted at {since}"),
            Status::Refused { since, .. } => write!(f, "refused at {since}"),
            Status::Delivered { since, .. } => write!(f, "delivered at {since}"),
            Status::Withdrawn { since } => write!(f, "withdrawn at {since}"),
        }
    }
}
