//! Duties: every statutory clock is a record, so that who is late is visible to all.
//!
//! Other areas open a duty when its clock starts, with the instant by which it is due, and discharge it by the act that it
//! asks for. Whether it is due or overdue is a pure function of the record and an instant: time writes nothing, and no block
//! looks through duties. Each duty stands in the list of the civil day on which it is due; the list of a day and the records
//! that it names are all that was ever due then, with a proof. Rules: design D12, D13; `docs/decisions/0021`.

use crate::chain::Height;
use crate::hash::Hash;
use crate::identifiers::uscc::Uscc;
use crate::list::Head;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::time::{CIVIL_OFFSET_MS, DAY_MS, Millis};
use crate::tree::StateKey;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What must be done. The order is part of the format.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DutyKind {
    /// Answer an objection to a credit event.
    AnswerObjection,
    /// Answer an application for the repair of a credit event.
    AnswerRepair,
    /// Decide a case.
    DecideCase,
    /// Destroy a copy of what an order of erasure names, or restrict it.
    Erase,
    /// Answer a request for data.
    AnswerRequest,
    /// Give the receipt of an access ticket.
    GiveReceipt,
    /// Justify that the glass was broken.
    JustifyGlass,
    /// Put the opening of a sealed line into its subject's list.
    Unseal,
    /// Answer a challenge of data's quality.
    AnswerQuality,
}

/// What names a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct DutyName {
    /// What must be done.
    pub kind: DutyKind,
    /// The record that it is about.
    pub of: StateKey,
    /// Which of its kind on that record, from 1.
    pub turn: u32,
}

/// A duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Duty {
    /// Who must do it.
    pub owing: Uscc,
    /// When its clock started.
    pub opened_at: Millis,
    /// By when it must be done: it is overdue from this instant on.
    pub due: Millis,
    /// When it was done, and by whom.
    pub discharged: Option<Discharge>,
    /// The highest body that was told that it is overdue.
    pub escalated: Option<Escalation>,
}

/// That a duty was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Discharge {
    /// When.
    pub at: Millis,
    /// By whom: who owed it, or a body above.
    pub by: Uscc,
}

/// That a superior took an overdue duty up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Escalation {
    /// When.
    pub at: Millis,
    /// Which body.
    pub to: Uscc,
}

/// All duties that were ever due on one civil day. Its name is [`due_day`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct DueDay {
    /// The list of them, each a [`DutyName`].
    pub head: Head,
    /// The height of the block that last appended to it.
    pub recorded_at: Height,
}

/// The civil day in which the last moment lies at which something due then is not overdue, counted from 1 January 1970.
pub fn due_day(due: Millis) -> i64 {
    due.plus(-1).plus(CIVIL_OFFSET_MS).0.div_euclid(DAY_MS)
}

/// What a duty is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Status {
    /// Its clock runs.
    Due {
        /// By when it must be done.
        by: Millis,
    },
    /// It should have been done.
    Overdue {
        /// Since when.
        since: Millis,
        /// The highest body that was told.
        escalated_to: Option<Uscc>,
    },
    /// It was done.
    Discharged {
        /// When.
        at: Millis,
        /// Whether that was too late.
        late: bool,
    },
}

/// The status of a duty at an instant not before the block that last wrote it.
pub fn status(duty: &Duty, at: Millis) -> Status {
    match duty.discharged {
        Some(Discharge { at, .. }) => Status::Discharged { at, late: duty.due <= at },
        None if at < duty.due => Status::Due { by: duty.due },
        None => Status::Overdue { since: duty.due, escalated_to: duty.escalated.map(|escalation| escalation.to) },
    }
}

/// An act on duties. They are opened and discharged by the acts of other areas.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// Takes an overdue duty up: from the body that owes it to one above, from there to one above that. By a supervisor of
    /// the body that takes it up.
    Escalate {
        /// The duty.
        duty: DutyName,
        /// The body that takes it up.
        to: Uscc,
    },
}

refusals! {
    /// Why an act on a duty is refused, in the order checked.
    pub enum Refusal {
        /// No signer has the role for the body that acts.
        1201 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// Usual cause: a mistyped name.
        1202 NoDuty = "there is no such duty", "check kind, record and turn";
        /// Usual cause: done in the meantime.
        1203 Discharged {
            /// When.
            at: Millis,
        } = "the duty was done at {at}", "nothing";
        /// Usual cause: a clock ahead.
        1204 NotOverdue {
            /// By when it must be done.
            due: Millis,
        } = "the duty is not overdue before {due}", "wait until then";
        /// A duty goes upwards only.
        1205 NotAbove {
            /// The body that takes it up.
            to: Uscc,
            /// The body that has it.
            from: Uscc,
        } = "{to} does not stand above {from}, which has the duty", "have a body above it take it up";
    }
}

impl DutyKind {
    /// Every kind, with the word by which people and files name it.
    pub const ALL: &[(DutyKind, &str)] = &[
        (DutyKind::AnswerObjection, "answer_objection"),
        (DutyKind::AnswerRepair, "answer_repair"),
        (DutyKind::DecideCase, "decide_case"),
        (DutyKind::Erase, "erase"),
        (DutyKind::AnswerRequest, "answer_request"),
        (DutyKind::GiveReceipt, "give_receipt"),
        (DutyKind::JustifyGlass, "justify_glass"),
        (DutyKind::Unseal, "unseal"),
        (DutyKind::AnswerQuality, "answer_quality"),
    ];
}

impl fmt::Display for DutyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = DutyKind::ALL.iter().find(|(kind, _)| kind == self);
        f.write_str(known.map_or("duty", |(_, word)| word))
    }
}

/// What is done, the key of the record that it is about, and the turn: `answer_objection/42…/1`.
impl fmt::Display for DutyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind, Hash(self.of.0), self.turn)
    }
}

/// A text that names no duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a duty's name reads KIND/KEY/TURN, as it was printed")]
pub struct NotADuty;

impl core::str::FromStr for DutyName {
    type Err = NotADuty;

    fn from_str(text: &str) -> Result<Self, NotADuty> {
        let mut parts = text.split('/');
        let (kind, of, turn) = (parts.next(), parts.next(), parts.next());
        let kind = DutyKind::ALL.iter().find(|(_, word)| kind == Some(word)).map(|(kind, _)| *kind);
        let of = of.and_then(|key| key.parse().ok()).map(|Hash(key)| StateKey(key));
        let turn = turn.and_then(|turn| turn.parse().ok());
        match (kind, of, turn, parts.next()) {
            (Some(kind), Some(of), Some(turn), None) => Ok(DutyName { kind, of, turn }),
            _ => Err(NotADuty),
        }
    }
}

impl Serialize for DutyName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Due { by } => write!(f, "due by {by}"),
            Status::Overdue { since, escalated_to: None } => write!(f, "overdue since {since}"),
            Status::Overdue { since, escalated_to: Some(to) } => write!(f, "overdue since {since}, taken up by {to}"),
            Status::Discharged { at, late: false } => write!(f, "done at {at}"),
            Status::Discharged { at, late: true } => write!(f, "done at {at}, too late"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Date;

    fn duty() -> Duty {
        let owing = "11310000000000035N".parse().unwrap();
        Duty { owing, opened_at: Millis(0), due: Millis(100), discharged: None, escalated: None }
    }

    #[test]
    fn a_duty_is_overdue_from_the_instant_on_and_done_late_is_late() {
        let done = |at| status(&Duty { discharged: Some(Discharge { at, by: duty().owing }), ..duty() }, Millis(1_000));
        assert_eq!(status(&duty(), Millis(99)), Status::Due { by: Millis(100) });
        assert_eq!(status(&duty(), Millis(100)), Status::Overdue { since: Millis(100), escalated_to: None });
        assert_eq!(done(Millis(99)), Status::Discharged { at: Millis(99), late: false });
        assert_eq!(done(Millis(100)), Status::Discharged { at: Millis(100), late: true });
    }

    #[test]
    fn a_duty_is_read_as_it_is_written() {
        for (kind, word) in DutyKind::ALL {
            let name = DutyName { kind: *kind, of: StateKey([0x42; 32]), turn: 3 };
            let text = alloc::string::ToString::to_string(&name);
            assert!(text.starts_with(word), "{text}");
            assert_eq!(text.parse(), Ok(name));
        }
        for text in ["", "erase", "erase/42/1", "duty/42/1"] {
            assert_eq!(text.parse::<DutyName>(), Err(NotADuty), "{text}");
        }
    }

    #[test]
    fn what_is_due_at_the_end_of_a_day_is_in_the_list_of_that_day() {
        let date: Date = "1970-01-02".parse().unwrap();
        assert_eq!(due_day(date.end()), 1);
        assert_eq!(due_day(date.start().plus(1)), 1);
        assert_eq!(due_day(date.start()), 0);
    }
}
