//! What a credit event is at an instant: one pure function over its record. Rule: design D12.

use super::CreditEvent;
use crate::time::Millis;
use core::fmt;
use serde::Serialize;

/// What a credit event is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Status {
    /// The instant lies before the last act: the record alone cannot tell, its history can.
    BeforeLastAct {
        /// When the last act took effect.
        changed_at: Millis,
    },
    /// The subject was told; nothing is recorded yet.
    Noticed {
        /// Since when.
        since: Millis,
    },
    /// It stands.
    Active {
        /// Whether everyone may see it.
        publicity: Publicity,
        /// Since when an objection waits for its answer.
        disputed: Option<Millis>,
        /// Whether it could be neither confirmed nor refuted.
        unconfirmed: bool,
    },
    /// It was repaired: not published, not shared, and nothing rests on it.
    Repaired {
        /// Since when.
        since: Millis,
    },
    /// It may not be kept any more: its payload is to be destroyed.
    Expired {
        /// Since when.
        since: Millis,
    },
    /// It was found wrong, and should never have been.
    Deleted {
        /// Since when.
        since: Millis,
    },
}

/// Whether everyone may see an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "publicity")]
pub enum Publicity {
    /// It is published.
    Published {
        /// Until when; none for good.
        until: Option<Millis>,
    },
    /// It was published, and is not any more.
    Ended {
        /// Since when.
        since: Millis,
    },
    /// The law does not have it published.
    Never,
}

/// The status of an event at an instant.
pub fn status(event: &CreditEvent, at: Millis) -> Status {
    if at < event.changed_at {
        return Status::BeforeLastAct { changed_at: event.changed_at };
    }
    if let Some(since) = event.deleted {
        return Status::Deleted { since };
    }
    if let Some(since) = event.kept_until.filter(|until| *until <= at) {
        return Status::Expired { since };
    }
    if let Some(since) = event.repaired {
        return Status::Repaired { since };
    }
    if event.recorded.is_none() {
        return Status::Noticed { since: event.changed_at };
    }
    let publicity = match event.published_until {
        _ if !event.published => Publicity::Never,
        Some(since) if since <= at => Publicity::Ended { since },
        until => Publicity::Published { until },
    };
    let disputed = event.objection.map(|objection| objection.filed_at);
    Status::Active { publicity, disputed, unconfirmed: event.unconfirmed }
}

impl Status {
    /// Whether its payload may be given to anyone at all: it stands in every report, with its marks and statements.
    pub fn is_visible(&self) -> bool {
        matches!(self, Status::Active { .. })
    }

    /// Whether everyone may see it.
    pub fn is_published(&self) -> bool {
        matches!(self, Status::Active { publicity: Publicity::Published { .. }, .. })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::BeforeLastAct { changed_at } => write!(f, "changed at {changed_at}, after the instant asked about"),
            Status::Noticed { since } => write!(f, "announced to its subject since {since}, and not recorded"),
            Status::Active { publicity, disputed, unconfirmed } => {
                f.write_str("on record")?;
                match publicity {
                    Publicity::Published { until: Some(until) } => write!(f, ", published until {until}")?,
                    Publicity::Published { until: None } => f.write_str(", published")?,
                    Publicity::Ended { since } => write!(f, ", not published since {since}")?,
                    Publicity::Never => f.write_str(", not published")?,
                }
                if let Some(since) = disputed {
                    write!(f, ", disputed since {since}")?;
                }
                if *unconfirmed { f.write_str(", neither confirmed nor refuted") } else { Ok(()) }
            }
            Status::Repaired { since } => write!(f, "repaired since {since}"),
            Status::Expired { since } => write!(f, "not to be kept since {since}"),
            Status::Deleted { since } => write!(f, "deleted as wrong since {since}"),
        }
    }
}
