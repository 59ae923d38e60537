//! The acts on the catalogue of service items, and on one case.

use super::{CaseId, Rating, ServiceCode, ServiceItem, StopReason};
use crate::chain::Height;
use crate::hash::Hash;
use crate::identifiers::licence_id::LicenceId;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// An act on service items and cases.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// Publishes a version of an item, the first or the next. By a registrar of the implementing body's superior; where the
    /// body is a root, of the body.
    Publish(ServiceItem),
    /// Has nothing accepted any more under an item. By the same. Cases that were accepted go on; a later version opens it again.
    Retire {
        /// The item.
        item: ServiceCode,
    },
    /// Does something to one case.
    Case(CaseAct),
}

/// An act on one case.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct CaseAct {
    /// The case.
    pub case: CaseId,
    /// Who acts.
    pub by: Uscc,
    /// What is done.
    pub change: Change,
}

/// What is done to a case.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Accepts it: its clock starts, and it is in the hands of who accepts. By an intake.
    Accept(Request),
    /// Hands it to another body, which must take it. By an intake of the body that has it.
    HandOver {
        /// The other body.
        to: Uscc,
        /// Commits to what is to be done there.
        task: Hash,
    },
    /// Takes what was handed over: it is in the hands of who takes. By an intake.
    Take,
    /// Takes nothing, or takes back what the other has not taken: it stays where it is. By an intake of either body.
    CallOff {
        /// Commits to the reason.
        reason: Hash,
    },
    /// Asks for a paper of the item that is missing or unfit, and stops the clock for so many working days. Where an active
    /// licence stands for the paper, that is counted. By an intake of the body that has it.
    Ask {
        /// The paper's place among the item's materials.
        material: u8,
        /// For how many working days the clock is stopped.
        days: u16,
    },
    /// Brings what was asked for: the clock goes on. By an intake of any body.
    Supplement(Supplement),
    /// Stops the clock. By an issuer of the body that has it.
    Stop {
        /// Why: a hearing, or an expert review.
        reason: StopReason,
        /// For how many working days.
        days: u16,
    },
    /// Ends a stop before its days are over. By an issuer of the body that has it.
    Resume,
    /// Decides it. By an issuer of the body that decides, which must have it.
    Decide {
        /// Whether what was asked for is granted.
        granted: bool,
        /// Commits to the reasons.
        reasons: Hash,
    },
    /// Delivers what was granted. By an intake of the body that accepted it, or of the one that decided.
    Deliver {
        /// The licence that it results in, where the item does.
        licence: Option<LicenceId>,
    },
    /// Says what who asked thinks of it. By an intake of any body.
    Rate(Rating),
    /// Withdraws it, on behalf of who asked. By an intake of any body.
    Withdraw,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Request {
    /// The item, in its current version.
    pub item: ServiceCode,
    /// Where it is asked for.
    pub region: RegionCode,
    /// A salted commitment to the handle of who asks.
    pub applicant: Hash,
    /// The root over the salted fields of the application.
    pub contents: Hash,
    /// The body that will decide: the implementing one, or one beneath it of the item's levels, for that region.
    pub decider: Uscc,
    /// Licences that stand for papers.
    pub licences: Vec<LicenceId>,
}

/// What is brought when a paper was asked for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Supplement {
    /// The paper.
    Paper {
        /// Commits to it.
        contents: Hash,
    },
    /// A licence that stands for it. If it was active when the paper was asked for, the asking is counted.
    Licence(LicenceId),
}

/// One entry of a case's history: the act as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Entry {
    /// The height of the block that recorded it.
    pub recorded_at: Height,
    /// When it took effect: block time.
    pub at: Millis,
    /// The act.
    pub act: CaseAct,
}

impl CaseAct {
    /// The licences that it names.
    pub fn licences(&self) -> impl Iterator<Item = &LicenceId> {
        let (several, one) = match &self.change {
            Change::Accept(request) => (request.licences.as_slice(), None),
            Change::Supplement(Supplement::Licence(licence)) => (&[][..], Some(licence)),
            Change::Deliver { licence } => (&[][..], licence.as_ref()),
            Change::HandOver { .. }
            | Change::Take
            | Change::CallOff { .. }
            | Change::Ask { .. }
            | Change::Supplement(Supplement::Paper { .. })
            | Change::Stop { .. }
            | Change::Resume
            | Change::Decide { .. }
            | Change::Rate(_)
            | Change::Withdraw => (&[][..], None),
        };
        several.iter().chain(one)
    }
}

impl Act {
    /// What it costs in state writes, at most.
    pub fn cost(&self) -> u32 {
        // The record and its history; beside them what each writes.
        let besides: u32 = match self {
            Act::Publish(_) => return 2,
            Act::Retire { .. } => return 1,
            Act::Case(act) => match act.change {
                Change::HandOver { .. }
                | Change::Take
                | Change::CallOff { .. }
                | Change::Deliver { .. }
                | Change::Rate(_) => 0,
                // The duty.
                Change::Withdraw => 1,
                // The duty and the figure.
                Change::Decide { .. } => 2,
                // The duty, and the list of the day on which it is due.
                Change::Stop { .. } | Change::Resume => 3,
                // The same, and the figure.
                Change::Accept(_) => 4,
                // The same, and the list of violations.
                Change::Ask { .. } | Change::Supplement(_) => 5,
            },
        };
        besides.saturating_add(2)
    }
}
