//! Red and black lists: who is entered in one, and the measures that rest on an entry.
//!
//! A black list's entry cites a negative event, and is live as long as that is visible; a measure cites an entry, and is live
//! as long as that is. So a repair, a deletion and an end of keeping end all that rests on an event at the same instant, and
//! nothing is written for it. Sources: domain sections 3 and 5.

use super::{Bearing, CreditEvent, EventId, ItemCode, Pending, Status, status};
use crate::chain::Height;
use crate::hash::Hash;
use crate::holder::Handle;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::{Citation, Span};
use crate::list::Head;
use crate::name::Name;
use crate::numbering::random_names;
use crate::subject::SubjectKind;
use crate::time::Millis;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// A red or black list, as its catalogue has it. Defined once.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct List {
    /// What names it: of the same numbers as items.
    pub code: ItemCode,
    /// Its official name.
    pub name: Name,
    /// Whether it is red or black: what its entries say for or against a subject.
    pub bearing: Bearing,
    /// Who may be entered.
    pub of: SubjectKind,
    /// How long an entry lasts at most; none until it is removed.
    pub term: Option<Span>,
    /// The region in which it is kept.
    pub region: RegionCode,
    /// The law that has it kept.
    pub basis: Citation,
}

/// That a body may take measures against, or for, those in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Joined {
    /// The height of the block from which on it may.
    pub since: Height,
}

/// What names an entry: who made it, and 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct EntryId {
    /// The body that made it, and that answers for it.
    pub keeper: Uscc,
    /// Random, so that it tells nothing.
    pub number: [u8; 16],
}

/// What names a measure: who takes it, and 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct MeasureId {
    /// The body that takes it.
    pub body: Uscc,
    /// Random, so that it tells nothing.
    pub number: [u8; 16],
}

/// That a subject is in a list.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct ListEntry {
    /// The list.
    pub list: ItemCode,
    /// Who is in it.
    pub subject: Handle,
    /// Where: whose law applies.
    pub region: RegionCode,
    /// The event that it rests on. In a black list there is one.
    pub event: Option<EventId>,
    /// Commits to the decision.
    pub decision: Hash,
    /// Since when.
    pub from: Millis,
    /// The first instant at which it is over by itself.
    pub until: Option<Millis>,
    /// When it was removed.
    pub removed: Option<Millis>,
    /// The objection that waits for its answer.
    pub objection: Option<Pending>,
    /// How many objections there have been.
    pub objections: u32,
    /// Whether an objection was answered that it could be neither confirmed nor refuted. Unset by a later answer.
    pub unconfirmed: bool,
    /// When the last act on it took effect.
    pub changed_at: Millis,
    /// The height of the block that recorded the last act.
    pub recorded_at: Height,
    /// The list of all acts on it, each a [`ListRecord`].
    pub history: Head,
}

/// A measure that rests on an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Measure {
    /// The entry.
    pub entry: EntryId,
    /// Commits to the decision.
    pub decision: Hash,
    /// Since when.
    pub from: Millis,
    /// When its body ended it, if it did before the entry was over.
    pub ended: Option<Millis>,
}

/// An act on one entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct EntryAct {
    /// The entry.
    pub entry: EntryId,
    /// Who acts: the keeper, a supervisor's body above it for an answer that is overdue, or whoever files for the subject.
    pub by: Uscc,
    /// What is done.
    pub change: EntryChange,
}

/// What is done to an entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryChange {
    /// Makes it. By a recorder of a body that is competent for the list.
    Enter(Enrolment),
    /// Removes it. By a recorder of the keeper.
    Remove,
    /// Objects: the entry is marked at once, and its keeper owes an answer. By an intake.
    Object {
        /// Commits to what the subject says.
        grounds: Hash,
    },
    /// Answers an objection. By a recorder of the keeper; once it is overdue also by a supervisor above.
    Answer(EntryAnswer),
}

/// What an entry says when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Enrolment {
    /// The list.
    pub list: ItemCode,
    /// Who is entered.
    pub subject: Handle,
    /// Where.
    pub region: RegionCode,
    /// The event that it rests on. In a black list there is one.
    pub event: Option<EventId>,
    /// Commits to the decision.
    pub decision: Hash,
}

/// The lawful answers to an objection to an entry: those to one to an event, where to correct is to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryAnswer {
    /// It is wrong, and removed.
    Removed,
    /// It is right: the mark is taken away.
    Confirmed,
    /// It can be neither confirmed nor refuted.
    Unconfirmed {
        /// Commits to what was found out.
        findings: Hash,
    },
}

/// An act on a measure, by a recorder of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct MeasureAct {
    /// The measure.
    pub measure: MeasureId,
    /// What is done.
    pub change: MeasureChange,
}

/// What is done to a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureChange {
    /// Takes it, on an entry that is live.
    Start {
        /// The entry.
        entry: EntryId,
        /// Commits to the decision.
        decision: Hash,
    },
    /// Ends it before its entry is over.
    End,
}

/// One line of an entry's history: the act as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct ListRecord {
    /// The height of the block that recorded it.
    pub recorded_at: Height,
    /// When it took effect: block time.
    pub at: Millis,
    /// The act.
    pub act: EntryAct,
}

/// What an entry is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum EntryStatus {
    /// The instant lies before the last act: the record alone cannot tell, its history can.
    BeforeLastAct {
        /// When the last act took effect.
        changed_at: Millis,
    },
    /// It stands.
    Live {
        /// Until when, if it ends by itself.
        until: Option<Millis>,
        /// Since when an objection waits for its answer.
        disputed: Option<Millis>,
        /// Whether it could be neither confirmed nor refuted.
        unconfirmed: bool,
    },
    /// It was removed.
    Removed {
        /// Since when.
        since: Millis,
    },
    /// Its time is over.
    Ended {
        /// Since when.
        since: Millis,
    },
    /// What it rests on does not stand any more.
    Baseless {
        /// What the event is.
        event: Status,
    },
}

/// The status of an entry at an instant. `event` is the record of the event that it cites.
pub fn entry_status(entry: &ListEntry, event: Option<&CreditEvent>, at: Millis) -> EntryStatus {
    if at < entry.changed_at {
        return EntryStatus::BeforeLastAct { changed_at: entry.changed_at };
    }
    if let Some(since) = entry.removed {
        return EntryStatus::Removed { since };
    }
    if let Some(since) = entry.until.filter(|until| *until <= at) {
        return EntryStatus::Ended { since };
    }
    if let Some(event) = event.map(|event| status(event, at)).filter(|status| !status.is_visible()) {
        return EntryStatus::Baseless { event };
    }
    let disputed = entry.objection.map(|objection| objection.filed_at);
    EntryStatus::Live { until: entry.until, disputed, unconfirmed: entry.unconfirmed }
}

impl EntryStatus {
    /// Whether it stands, so that something may rest on it.
    pub fn is_live(&self) -> bool {
        matches!(self, EntryStatus::Live { .. })
    }
}

/// Whether a measure is in force at an instant: it was not ended, and its entry, whose status then is given, stands.
pub fn is_in_force(measure: &Measure, entry: &EntryStatus, at: Millis) -> bool {
    let runs = measure.from <= at && measure.ended.is_none_or(|ended| at < ended);
    runs && entry.is_live()
}

impl fmt::Display for EntryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryStatus::BeforeLastAct { changed_at } => {
                write!(f, "changed at {changed_at}, after the instant asked about")
            }
            EntryStatus::Live { until, disputed, unconfirmed } => {
                f.write_str("live")?;
                if let Some(until) = until {
                    write!(f, " until {until}")?;
                }
                if let Some(since) = disputed {
                    write!(f, ", disputed since {since}")?;
                }
                if *unconfirmed { f.write_str(", neither confirmed nor refuted") } else { Ok(()) }
            }
            EntryStatus::Removed { since } => write!(f, "removed since {since}"),
            EntryStatus::Ended { since } => write!(f, "over since {since}"),
            EntryStatus::Baseless { event } => write!(f, "without base: its event is {event}"),
        }
    }
}

random_names! {
    EntryId: keeper, "entry";
    MeasureId: body, "measure";
}
