//! Erasure: the salts and values behind a record are destroyed by each body that has a copy; the ledger keeps a root that means
//! nothing any more, and who destroyed what by when.
//!
//! An order names one record and all its custodians. Each owes a receipt by an instant that the law gives, or says that its copy
//! cannot be removed technically: then it is *restricted*, stored and otherwise not processed (个人信息保护法, article 47), until
//! it can be. Rules: domain section 9.5; `docs/rules/erasure.md`.

mod refusal;

pub use refusal::Refusal;

use crate::case::CaseId;
use crate::chain::Height;
use crate::credit::EventId;
use crate::hash::Hash;
use crate::identifiers::licence_id::LicenceBase;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most bodies that may have a copy: their order is one record, of 6 kB at most.
pub const MAX_CUSTODIANS: usize = 32;

/// The record behind whose root everything is destroyed. It names the order: there is one for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A credit event.
    CreditEvent(EventId),
    /// A licence, in all its versions.
    Licence(LicenceBase),
    /// A case.
    Case(CaseId),
}

/// An order to erase.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct ErasureOrder {
    /// Why.
    pub grounds: Grounds,
    /// Commits to the reasons in full.
    pub reasons: Hash,
    /// Who ordered it.
    pub ordered_by: Uscc,
    /// Whose law gave the time.
    pub region: RegionCode,
    /// When.
    pub ordered_at: Millis,
    /// By when each custodian must have answered.
    pub due: Millis,
    /// All who have a copy, in the order in which they were named.
    pub custodians: Vec<Custodian>,
    /// When the last act on it took effect.
    pub changed_at: Millis,
    /// The height of the block that recorded the last act.
    pub recorded_at: Height,
}

/// Why something is erased. Source: 个人信息保护法, article 47.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grounds {
    /// Its purpose is achieved, cannot be achieved, or does not need it any more.
    PurposeOver,
    /// The service was ended, or the time for which it may be kept is over.
    RetentionOver,
    /// Consent was withdrawn.
    ConsentWithdrawn,
    /// It was processed against the law, or what was agreed.
    Unlawful,
    /// Another law says so.
    OtherLaw,
}

/// A body that has a copy, and what it did with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Custodian {
    /// The body.
    pub organisation: Uscc,
    /// That its copy cannot be removed technically, and is stored only.
    pub restricted: Option<Answer>,
    /// That it destroyed salts and values. It may follow a restriction.
    pub receipt: Option<Answer>,
}

/// What a custodian said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Answer {
    /// When.
    pub at: Millis,
    /// Commits to the record of the destruction, or to why it cannot be.
    pub evidence: Hash,
}

/// What a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyState {
    /// Its custodian has not answered.
    Waiting,
    /// Stored only: RESTRICTED.
    Restricted,
    /// Destroyed.
    Destroyed,
}

/// What an order is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Status {
    /// The instant lies before the last act: the record alone does not tell.
    BeforeLastAct {
        /// When the last act took effect.
        changed_at: Millis,
    },
    /// Not every custodian has answered.
    Ordered {
        /// How many have not.
        waiting: u8,
        /// By when they must have.
        due: Millis,
        /// Whether they should have.
        overdue: bool,
    },
    /// Every custodian has destroyed its copy, or restricted it.
    Done {
        /// Since when.
        since: Millis,
        /// How many copies are stored still.
        restricted: u8,
    },
}

/// An act of erasure.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// Orders it. By a steward of the body that answers for the record, or by a supervisor of a body above it.
    Order {
        /// The record.
        of: Target,
        /// Who orders.
        by: Uscc,
        /// Why.
        grounds: Grounds,
        /// Commits to the reasons in full.
        reasons: Hash,
        /// All who have a copy.
        custodians: Vec<Uscc>,
    },
    /// Says that salts and values were destroyed. By a steward of a custodian.
    Receipt {
        /// The record.
        of: Target,
        /// The custodian.
        by: Uscc,
        /// Commits to the record of the destruction.
        evidence: Hash,
    },
    /// Says that a copy cannot be removed technically: it is stored, and otherwise not processed. By a steward of a custodian.
    Restrict {
        /// The record.
        of: Target,
        /// The custodian.
        by: Uscc,
        /// Commits to why.
        reason: Hash,
    },
}

impl Custodian {
    /// What its copy is.
    pub fn state(&self) -> CopyState {
        match (self.receipt, self.restricted) {
            (Some(_), _) => CopyState::Destroyed,
            (None, Some(_)) => CopyState::Restricted,
            (None, None) => CopyState::Waiting,
        }
    }

    /// When it first answered.
    pub fn answered_at(&self) -> Option<Millis> {
        self.restricted.or(self.receipt).map(|answer| answer.at)
    }
}

/// The status of an order at an instant.
pub fn status(order: &ErasureOrder, at: Millis) -> Status {
    if at < order.changed_at {
        return Status::BeforeLastAct { changed_at: order.changed_at };
    }
    let count = |state| {
        let copies = order.custodians.iter().filter(|custodian| custodian.state() == state).count();
        u8::try_from(copies).unwrap_or(u8::MAX)
    };
    match count(CopyState::Waiting) {
        0 => {
            let last = order.custodians.iter().filter_map(Custodian::answered_at).max();
            Status::Done { since: last.unwrap_or(order.ordered_at), restricted: count(CopyState::Restricted) }
        }
        waiting => Status::Ordered { waiting, due: order.due, overdue: order.due <= at },
    }
}

impl Act {
    /// What it costs in state writes, at most.
    pub fn cost(&self) -> u32 {
        match self {
            // The order, and for each custodian its duty in the list of its day.
            Act::Order { custodians, .. } => {
                u32::try_from(custodians.len()).unwrap_or(u32::MAX).saturating_mul(3).saturating_add(1)
            }
            // The order, and the duty.
            Act::Receipt { .. } | Act::Restrict { .. } => 2,
        }
    }

    /// The record.
    pub fn target(&self) -> &Target {
        match self {
            Act::Order { of, .. } | Act::Receipt { of, .. } | Act::Restrict { of, .. } => of,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::CreditEvent(event) => write!(f, "credit event {event}"),
            Target::Licence(base) => write!(f, "licence {}.{}.{}", base.type_code, base.issuer, base.serial),
            Target::Case(case) => write!(f, "case {case}"),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::BeforeLastAct { changed_at } => write!(f, "changed at {changed_at}, after the instant asked about"),
            Status::Ordered { waiting, due, overdue: false } => write!(f, "ordered, {waiting} to answer by {due}"),
            Status::Ordered { waiting, due, overdue: true } => write!(f, "ordered, {waiting} overdue since {due}"),
            Status::Done { since, restricted: 0 } => write!(f, "erased since {since}"),
            Status::Done { since, restricted } => write!(f, "erased since {since}, {restricted} stored only"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(answers: &[(Option<i64>, Option<i64>)]) -> ErasureOrder {
        let organisation: Uscc = "11310000000000035N".parse().unwrap();
        let answer = |at: i64| Answer { at: Millis(at), evidence: Hash([1; 32]) };
        let custodian = |(restricted, receipt): &(Option<i64>, Option<i64>)| Custodian {
            organisation,
            restricted: restricted.map(answer),
            receipt: receipt.map(answer),
        };
        ErasureOrder {
            grounds: Grounds::RetentionOver,
            reasons: Hash([2; 32]),
            ordered_by: organisation,
            region: RegionCode::NATIONAL,
            ordered_at: Millis(0),
            due: Millis(100),
            custodians: answers.iter().map(custodian).collect(),
            changed_at: Millis(0),
            recorded_at: Height(1),
        }
    }

    #[test]
    fn an_order_is_done_when_the_last_has_answered() {
        let at = |answers: &[(Option<i64>, Option<i64>)], at| status(&order(answers), Millis(at));
        let waiting = [(None, None), (Some(5), None), (None, None), (None, Some(7))];
        assert_eq!(at(&waiting, 99), Status::Ordered { waiting: 2, due: Millis(100), overdue: false });
        assert_eq!(at(&waiting, 100), Status::Ordered { waiting: 2, due: Millis(100), overdue: true });
        assert_eq!(at(&waiting, -1), Status::BeforeLastAct { changed_at: Millis(0) });
        assert_eq!(at(&waiting[3..], 200), Status::Done { since: Millis(7), restricted: 0 });
        let later = [(Some(5), Some(50)), (Some(9), None)];
        assert_eq!(at(&later, 60), Status::Done { since: Millis(9), restricted: 1 }, "destroyed after it was done");
    }
}
