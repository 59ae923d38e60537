//! Operations: what a transaction can do, one variant per area.

use crate::{catalogue, governance, licence, organisation};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// One thing that a transaction does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Operation {
    /// On organisations and their keys.
    Organisation(organisation::Act),
    /// On licence types and competences.
    Catalogue(catalogue::Act),
    /// On a licence.
    Licence(licence::Act),
    /// On who decides and who follows.
    Governance(governance::Act),
}

impl Operation {
    /// What it costs in state writes: the records and list entries that it changes at most. Rule: design D4.
    pub fn cost(&self) -> u32 {
        match self {
            Operation::Organisation(_) | Operation::Catalogue(_) => 1,
            Operation::Governance(act) => act.cost(),
            Operation::Licence(act) => {
                // The record and its history; beside them, what the holder of a single-holding type has.
                let holdings = match &act.change {
                    licence::Change::Issue(grant) | licence::Change::TakeOver { grant, .. } => {
                        u32::from(grant.holding.is_some())
                    }
                    licence::Change::Renew { .. } => 1,
                    licence::Change::Amend { holding: Some(_), .. } => 2,
                    licence::Change::Amend { holding: None, .. }
                    | licence::Change::Suspend { .. }
                    | licence::Change::Resume
                    | licence::Change::Revoke
                    | licence::Change::Cancel => 0,
                };
                holdings.saturating_add(2)
            }
        }
    }

    /// Every text in it that a person chose, for the rule on personal data.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Operation::Organisation(organisation::Act::Register { name, .. }) => [name.as_str()].into(),
            Operation::Catalogue(catalogue::Act::RegisterType(kind)) => [kind.name.as_str()].into(),
            Operation::Licence(act) => {
                let serial = act.licence.serial().as_str();
                match &act.change {
                    licence::Change::TakeOver { from, .. } => [serial, from.as_str()].into(),
                    licence::Change::Issue(_)
                    | licence::Change::Renew { .. }
                    | licence::Change::Amend { .. }
                    | licence::Change::Suspend { .. }
                    | licence::Change::Resume
                    | licence::Change::Revoke
                    | licence::Change::Cancel => [serial].into(),
                }
            }
            Operation::Governance(_)
            | Operation::Organisation(organisation::Act::RegisterKey { .. } | organisation::Act::RetireKey { .. })
            | Operation::Catalogue(catalogue::Act::Grant(_) | catalogue::Act::Withdraw { .. }) => Vec::new(),
        }
    }
}

/// A refusal of any area, as execution reports it. A block records its code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Of an act on organisations and keys.
    #[error(transparent)]
    Organisation(#[from] organisation::Refusal),
    /// Of an act on the catalogue.
    #[error(transparent)]
    Catalogue(#[from] catalogue::Refusal),
    /// Of an act on a licence.
    #[error(transparent)]
    Licence(#[from] licence::Refusal),
    /// Of an act on validators and followers.
    #[error(transparent)]
    Governance(#[from] governance::Refusal),
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> crate::refusal::Code {
        match self {
            Refusal::Organisation(refusal) => refusal.code(),
            Refusal::Catalogue(refusal) => refusal.code(),
            Refusal::Licence(refusal) => refusal.code(),
            Refusal::Governance(refusal) => refusal.code(),
        }
    }

    /// What to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Refusal::Organisation(refusal) => refusal.advice(),
            Refusal::Catalogue(refusal) => refusal.advice(),
            Refusal::Licence(refusal) => refusal.advice(),
            Refusal::Governance(refusal) => refusal.advice(),
        }
    }
}
