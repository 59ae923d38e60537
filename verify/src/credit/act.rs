//! The acts on credit: on the catalogue, and on one event.

use super::{EntryAct, EntryChange, EventId, Item, ItemCode, List, MeasureAct, MeasureChange};
use crate::chain::Height;
use crate::hash::Hash;
use crate::holder::Handle;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::time::Millis;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// An act on credit.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// Defines a kind of event. By a registrar of its owner's superior; where the owner is a root, of the owner.
    Define(Item),
    /// Lets a body record events of an item, or make entries of a list, in a region, or no more. By a registrar of its owner or
    /// of a body above it.
    Empower {
        /// The item or list.
        item: ItemCode,
        /// The body.
        organisation: Uscc,
        /// Where; none to end it. Events recorded before stand.
        region: Option<RegionCode>,
    },
    /// Does something to one event.
    Event(EventAct),
    /// Defines a red or black list. By a registrar of its owner's superior; where the owner is a root, of the owner.
    DefineList(List),
    /// Lets a body take measures on the entries of a list, or take no more. By a registrar of the list's owner or of a body
    /// above it.
    Join {
        /// The list.
        list: ItemCode,
        /// The body.
        organisation: Uscc,
        /// Whether it may.
        joins: bool,
    },
    /// Does something to one entry of a list.
    Entry(EntryAct),
    /// Does something to a measure.
    Measure(MeasureAct),
}

/// An act on one event.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct EventAct {
    /// The event.
    pub event: EventId,
    /// Who acts: the recorder, a supervisor's body above it for an answer that is overdue, or for what the subject does
    /// whoever files it.
    pub by: Uscc,
    /// What is done.
    pub change: Change,
}

/// What is done to an event.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Tells that the subject was told of an event that is about to be recorded. By a recorder.
    Notify {
        /// The event's kind.
        item: ItemCode,
        /// Whose it is.
        subject: Handle,
        /// Where it will be recorded.
        region: RegionCode,
        /// Commits to the notice.
        notice: Hash,
    },
    /// Records it. By a recorder.
    Record(Particulars),
    /// Says when the behaviour ended, not later than now: the years for which it may be kept start. By a recorder.
    End {
        /// When it ended.
        at: Millis,
    },
    /// Objects: the event is marked at once, and its recorder owes an answer. By an intake.
    Object {
        /// Commits to what the subject says.
        grounds: Hash,
    },
    /// Answers an objection, in one of the three ways that there are. By a recorder; once it is overdue also by a supervisor
    /// above.
    Answer(Answer),
    /// Adds the subject's statement, which stands as long as the event. By an intake.
    State {
        /// Commits to the statement.
        statement: Hash,
    },
    /// Applies for repair. By an intake.
    Apply {
        /// Commits to the subject's promise.
        promise: Hash,
    },
    /// Repairs it: publication, sharing and all that rests on it end at this height. By a recorder.
    Repair,
    /// Refuses to repair it. By a recorder.
    RefuseRepair {
        /// Commits to the reason.
        reason: Hash,
    },
}

/// What an event says when it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Particulars {
    /// Its kind.
    pub item: ItemCode,
    /// Whose it is.
    pub subject: Handle,
    /// Where it is recorded.
    pub region: RegionCode,
    /// The root over the salted fields of the decision that it rests on.
    pub contents: Hash,
    /// Commits to the subject's written consent.
    pub consent: Option<Hash>,
    /// When the behaviour ended, if it has.
    pub ended_at: Option<Millis>,
}

/// The lawful answers to an objection. Source: 征信业管理条例, article 25.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is wrong or incomplete, and is put right.
    Corrected(Correction),
    /// It is right: the mark is taken away.
    Confirmed,
    /// It can be neither confirmed nor refuted: what was found out stands beside it.
    Unconfirmed {
        /// Commits to what was found out.
        findings: Hash,
    },
}

/// How a wrong event is put right.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// It says something else.
    Amend {
        /// The root over what is right.
        contents: Hash,
        /// When the behaviour ended, if that was wrong or missing.
        ended_at: Option<Millis>,
    },
    /// It should not be.
    Delete,
}

/// One entry of an event's history: the act as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Entry {
    /// The height of the block that recorded it.
    pub recorded_at: Height,
    /// When it took effect: block time.
    pub at: Millis,
    /// The act.
    pub act: EventAct,
}

impl Act {
    /// What it costs in state writes.
    pub fn cost(&self) -> u32 {
        // The record and its history; beside them what each writes.
        let besides: u32 = match self {
            Act::Define(_) | Act::Empower { .. } | Act::DefineList(_) | Act::Join { .. } => return 1,
            // A measure has no history; when it starts, the subject's list tells it.
            Act::Measure(MeasureAct { change: MeasureChange::Start { .. }, .. }) => return 3,
            Act::Measure(MeasureAct { change: MeasureChange::End, .. }) => return 1,
            Act::Entry(act) => match act.change {
                EntryChange::Enter(_) => 2,
                EntryChange::Remove => 0,
                EntryChange::Object { .. } => 3,
                EntryChange::Answer(_) => 1,
            },
            Act::Event(act) => match act.change {
                Change::Notify { .. } | Change::End { .. } | Change::State { .. } => 0,
                // The subject's list, and the figure.
                Change::Record(_) => 3,
                // The duty, and the list of the day on which it is due.
                Change::Object { .. } | Change::Apply { .. } => 3,
                // The duty.
                Change::Answer(_) | Change::Repair | Change::RefuseRepair { .. } => 1,
            },
        };
        besides.saturating_add(2)
    }
}
