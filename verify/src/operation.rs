//! Operations: what a transaction can do, one variant per area.

use crate::keys::PublicKey;
use crate::{
    access, case, catalogue, credit, duty, erasure, governance, law, licence, organisation, recognition, regions,
    subject,
};
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
    /// On the law and its numbers.
    Law(law::Act),
    /// On the handles of subjects and their lists.
    Subject(subject::Act),
    /// On duties.
    Duty(duty::Act),
    /// On credit.
    Credit(credit::Act),
    /// On service items and cases.
    Case(case::Act),
    /// On erasure.
    Erasure(erasure::Act),
    /// On access to data.
    Access(access::Act),
    /// On the registry of regions.
    Regions(regions::Act),
    /// On recognition in other regions.
    Recognition(recognition::Act),
}

macro_rules! from_acts {
    ($($variant:ident: $area:ident,)*) => {$(
        impl From<$area::Act> for Operation {
            fn from(act: $area::Act) -> Operation {
                Operation::$variant(act)
            }
        }
    )*};
}

from_acts! {
    Organisation: organisation,
    Catalogue: catalogue,
    Licence: licence,
    Governance: governance,
    Law: law,
    Subject: subject,
    Duty: duty,
    Credit: credit,
    Case: case,
    Erasure: erasure,
    Access: access,
    Regions: regions,
    Recognition: recognition,
}

impl Operation {
    /// Whether it may be signed with a validator's consensus key: it is theirs to decide.
    pub fn is_of_validators(&self) -> bool {
        match self {
            Operation::Governance(_) | Operation::Law(_) => true,
            Operation::Organisation(_)
            | Operation::Catalogue(_)
            | Operation::Licence(_)
            | Operation::Subject(_)
            | Operation::Duty(_)
            | Operation::Credit(_)
            | Operation::Case(_)
            | Operation::Erasure(_)
            | Operation::Access(_)
            | Operation::Regions(_)
            | Operation::Recognition(_) => false,
        }
    }

    /// The keys that join the validators by it: they sign although nobody knows them yet.
    pub fn joining(&self) -> impl Iterator<Item = PublicKey> {
        let act = match self {
            Operation::Governance(act) => Some(act),
            Operation::Organisation(_)
            | Operation::Catalogue(_)
            | Operation::Licence(_)
            | Operation::Law(_)
            | Operation::Subject(_)
            | Operation::Duty(_)
            | Operation::Credit(_)
            | Operation::Case(_)
            | Operation::Erasure(_)
            | Operation::Access(_)
            | Operation::Regions(_)
            | Operation::Recognition(_) => None,
        };
        act.into_iter().flat_map(governance::Act::joining)
    }

    /// What it costs in state writes: the records and list entries that it changes at most. Rule: design D4.
    pub fn cost(&self) -> u32 {
        match self {
            Operation::Law(_) | Operation::Duty(_) | Operation::Regions(_) | Operation::Recognition(_) => 1,
            Operation::Organisation(act) => act.cost(),
            Operation::Catalogue(act) => act.cost(),
            Operation::Governance(act) => act.cost(),
            Operation::Subject(act) => act.cost(),
            Operation::Credit(act) => act.cost(),
            Operation::Case(act) => act.cost(),
            Operation::Erasure(act) => act.cost(),
            Operation::Access(act) => act.cost(),
            Operation::Licence(act) => {
                // The record and its history; beside them, what the holder of a single-holding type has, the record of a
                // joint issue, the licence that a transfer comes from, and the figure that counts the act.
                let beside = match &act.change {
                    licence::Change::Issue(grant) | licence::Change::TakeOver { grant, .. } => {
                        u32::from(grant.holding.is_some()).saturating_add(1)
                    }
                    licence::Change::IssueJointly { grant, .. } => u32::from(grant.holding.is_some()).saturating_add(1),
                    licence::Change::TransferIn { grant, .. } => u32::from(grant.holding.is_some()).saturating_add(2),
                    licence::Change::Renew { .. }
                    | licence::Change::Reinstate { .. }
                    | licence::Change::Revoke
                    | licence::Change::Cancel
                    | licence::Change::Withdraw { .. }
                    | licence::Change::Annul { .. } => 1,
                    licence::Change::Amend { holding: Some(_), .. } | licence::Change::Cosign => 2,
                    licence::Change::Amend { holding: None, .. }
                    | licence::Change::Suspend { .. }
                    | licence::Change::Resume
                    | licence::Change::Spare { .. }
                    | licence::Change::Correct { .. }
                    | licence::Change::TransferOut { .. }
                    | licence::Change::AbortTransfer => 0,
                };
                beside.saturating_add(2)
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
                    licence::Change::TransferIn { from, .. } => [serial, from.serial().as_str()].into(),
                    licence::Change::Issue(_)
                    | licence::Change::IssueJointly { .. }
                    | licence::Change::Renew { .. }
                    | licence::Change::Amend { .. }
                    | licence::Change::Suspend { .. }
                    | licence::Change::Resume
                    | licence::Change::Revoke
                    | licence::Change::Cancel
                    | licence::Change::Withdraw { .. }
                    | licence::Change::Annul { .. }
                    | licence::Change::Spare { .. }
                    | licence::Change::Reinstate { .. }
                    | licence::Change::Correct { .. }
                    | licence::Change::TransferOut { .. }
                    | licence::Change::AbortTransfer
                    | licence::Change::Cosign => [serial].into(),
                }
            }
            Operation::Law(act) => act.texts().collect(),
            Operation::Governance(act) => act.texts(),
            Operation::Credit(credit::Act::Define(item)) => [item.name.as_str(), item.basis.instrument.as_str()].into(),
            Operation::Credit(credit::Act::DefineList(list)) => {
                [list.name.as_str(), list.basis.instrument.as_str()].into()
            }
            Operation::Access(act) => act.texts(),
            Operation::Regions(act) => match &act.change {
                regions::Change::Enter { period, .. } => [period.name.as_str()].into(),
                regions::Change::Rename { name, .. } => [name.as_str()].into(),
                regions::Change::End { .. } => Vec::new(),
            },
            Operation::Recognition(recognition::Act::Limit { limit, .. }) => {
                [limit.citation.instrument.as_str()].into()
            }
            Operation::Recognition(recognition::Act::Agreement(_) | recognition::Act::Lift { .. }) => Vec::new(),
            Operation::Case(case::Act::Publish(item)) => {
                let materials = item.materials.iter().map(|material| material.name.as_str());
                [item.name.as_str(), item.basis.instrument.as_str()].into_iter().chain(materials).collect()
            }
            // Licences that a case names bear serials that a person chose.
            Operation::Case(case::Act::Case(act)) => act.licences().map(|licence| licence.serial().as_str()).collect(),
            Operation::Erasure(act) => match act.target() {
                erasure::Target::Licence(base) => [base.serial.as_str()].into(),
                erasure::Target::CreditEvent(_) | erasure::Target::Case(_) => Vec::new(),
            },
            Operation::Case(case::Act::Retire { .. })
            | Operation::Subject(_)
            | Operation::Duty(_)
            | Operation::Credit(
                credit::Act::Empower { .. }
                | credit::Act::Event(_)
                | credit::Act::Join { .. }
                | credit::Act::Entry(_)
                | credit::Act::Measure(_),
            )
            | Operation::Organisation(
                organisation::Act::RegisterKey { .. }
                | organisation::Act::RetireKey { .. }
                | organisation::Act::Appoint(_)
                | organisation::Act::Dismiss { .. }
                | organisation::Act::CommitNext { .. }
                | organisation::Act::Rotate { .. }
                | organisation::Act::ReportCompromise { .. },
            )
            | Operation::Catalogue(
                catalogue::Act::Grant(_)
                | catalogue::Act::Withdraw { .. }
                | catalogue::Act::Demand { .. }
                | catalogue::Act::GrantFor { .. }
                | catalogue::Act::Delegate { .. },
            ) => Vec::new(),
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
    /// Of an act on the law.
    #[error(transparent)]
    Law(#[from] law::Refusal),
    /// Of an act on a subject.
    #[error(transparent)]
    Subject(#[from] subject::Refusal),
    /// Of an act on a duty.
    #[error(transparent)]
    Duty(#[from] duty::Refusal),
    /// Of an act on credit.
    #[error(transparent)]
    Credit(#[from] credit::Refusal),
    /// Of an act on service items and cases.
    #[error(transparent)]
    Case(#[from] case::Refusal),
    /// Of an act of erasure.
    #[error(transparent)]
    Erasure(#[from] erasure::Refusal),
    /// Of an act on access.
    #[error(transparent)]
    Access(#[from] access::Refusal),
    /// Of an act on the registry of regions, or for a region that is not in force.
    #[error(transparent)]
    Regions(#[from] regions::Refusal),
    /// Of an act on recognition.
    #[error(transparent)]
    Recognition(#[from] recognition::Refusal),
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> crate::refusal::Code {
        match self {
            Refusal::Organisation(refusal) => refusal.code(),
            Refusal::Catalogue(refusal) => refusal.code(),
            Refusal::Licence(refusal) => refusal.code(),
            Refusal::Governance(refusal) => refusal.code(),
            Refusal::Law(refusal) => refusal.code(),
            Refusal::Subject(refusal) => refusal.code(),
            Refusal::Duty(refusal) => refusal.code(),
            Refusal::Credit(refusal) => refusal.code(),
            Refusal::Case(refusal) => refusal.code(),
            Refusal::Erasure(refusal) => refusal.code(),
            Refusal::Access(refusal) => refusal.code(),
            Refusal::Regions(refusal) => refusal.code(),
            Refusal::Recognition(refusal) => refusal.code(),
        }
    }

    /// What to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Refusal::Organisation(refusal) => refusal.advice(),
            Refusal::Catalogue(refusal) => refusal.advice(),
            Refusal::Licence(refusal) => refusal.advice(),
            Refusal::Governance(refusal) => refusal.advice(),
            Refusal::Law(refusal) => refusal.advice(),
            Refusal::Subject(refusal) => refusal.advice(),
            Refusal::Duty(refusal) => refusal.advice(),
            Refusal::Credit(refusal) => refusal.advice(),
            Refusal::Case(refusal) => refusal.advice(),
            Refusal::Erasure(refusal) => refusal.advice(),
            Refusal::Access(refusal) => refusal.advice(),
            Refusal::Regions(refusal) => refusal.advice(),
            Refusal::Recognition(refusal) => refusal.advice(),
        }
    }
}
