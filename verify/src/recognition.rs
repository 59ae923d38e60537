//! Mutual recognition of licences (证照互认): agreements between the bodies of two regions, and in which region a licence
//! is recognised.
//!
//! A licence is valid in the whole country unless the law limits it to its region; where it is limited, an agreement can have
//! another region recognise it as a licence of its own. Neither changes the licence: [`recognised`] is a pure function of
//! records that stand apart from it. Rules: Administrative Licensing Law, article 41; domain section 4.

mod refusal;

pub use refusal::Refusal;

use crate::catalogue::Dates;
use crate::identifiers::licence_id::LicenceTypeCode;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::Citation;
use crate::licence::Licence;
use crate::numbering::random_names;
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// The most pairs of types that one agreement maps: 2.8 kB of its record.
pub const MAX_MAPPINGS: usize = 64;
/// The most times that one agreement is suspended: 1.1 kB of its record.
pub const MAX_SUSPENSIONS: usize = 32;
/// The most limits that a type has had: 4.6 kB of their record.
pub const MAX_LIMITS: usize = 32;

/// What names an agreement: who proposed it, and 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct AgreementId {
    /// The body that proposed it.
    pub proposer: Uscc,
    /// Random, so that two proposals never meet.
    pub number: [u8; 16],
}

/// A body that agrees, and the region for which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Party {
    /// The body.
    pub organisation: Uscc,
    /// The region: within the body's own.
    pub region: RegionCode,
}

/// What is proposed, and accepted as it is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Terms {
    /// The region for which the proposer agrees.
    pub region: RegionCode,
    /// With whom.
    pub with: Party,
    /// Which types count as which.
    pub mappings: Vec<Mapping>,
    /// When it holds: from its acceptance on, if that is later.
    pub dates: Dates,
}

/// A pair of types that stand for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Mapping {
    /// The type in the proposer's region.
    pub of_proposer: LicenceTypeCode,
    /// The type in the other region; the same where both issue it.
    pub of_other: LicenceTypeCode,
    /// Who recognises whose.
    pub way: Way,
}

/// In which region a licence of the other is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// In both.
    Mutual,
    /// In the proposer's.
    InProposers,
    /// In the other's.
    InOthers,
}

/// An agreement of two bodies that licences of one region count in the other.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct RecognitionAgreement {
    /// Its name.
    pub id: AgreementId,
    /// What was proposed.
    pub terms: Terms,
    /// When it was proposed.
    pub proposed_at: Millis,
    /// When the other accepted it, if it has.
    pub accepted_at: Option<Millis>,
    /// When it rested, in the order in which that began.
    pub suspensions: Vec<Rest>,
    /// Its end before its dates are over, if one of the two ended it; before it was accepted, its withdrawal.
    pub ended: Option<Ended>,
}

/// A time in which an agreement rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Rest {
    /// The body that suspended it, and that alone resumes it.
    pub by: Uscc,
    /// The first instant.
    pub from: Millis,
    /// The instant at which it was resumed, if it was.
    pub until: Option<Millis>,
}

/// That one of the two ended an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Ended {
    /// Which.
    pub by: Uscc,
    /// When.
    pub at: Millis,
}

/// What an agreement is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum AgreementState {
    /// Not accepted.
    Proposed,
    /// Accepted, and not begun.
    NotYetInForce {
        /// When it begins.
        from: Millis,
    },
    /// In force.
    InForce {
        /// When its dates are over, if they ever are.
        until: Option<Millis>,
    },
    /// Accepted, and resting.
    Suspended {
        /// Since when.
        since: Millis,
        /// By which of the two; the first, if by both.
        by: Uscc,
    },
    /// Ended by one of the two.
    Ended {
        /// When.
        since: Millis,
        /// By which.
        by: Uscc,
    },
    /// Its dates are over.
    Over {
        /// Since when.
        since: Millis,
    },
}

impl RecognitionAgreement {
    /// What it is at an instant. All that changed it is in its record, so any instant can be asked.
    pub fn state(&self, at: Millis) -> AgreementState {
        let Dates { from, until } = self.terms.dates;
        if let Some(Ended { by, at: since }) = self.ended.filter(|ended| ended.at <= at) {
            return AgreementState::Ended { since, by };
        }
        if let Some(since) = until.filter(|until| *until <= at) {
            return AgreementState::Over { since };
        }
        if self.accepted_at.is_none_or(|accepted_at| at < accepted_at) {
            return AgreementState::Proposed;
        }
        let resting = |rest: &&Rest| rest.from <= at && rest.until.is_none_or(|until| at < until);
        match self.suspensions.iter().find(resting) {
            Some(Rest { by, from, .. }) => AgreementState::Suspended { since: *from, by: *by },
            None if at < from => AgreementState::NotYetInForce { from },
            None => AgreementState::InForce { until },
        }
    }

    /// Whether a body is one of the two.
    pub fn is_of(&self, organisation: Uscc) -> bool {
        organisation == self.id.proposer || organisation == self.terms.with.organisation
    }

    /// As what a licence of a type, for a region, counts in another by these terms, if it does.
    pub fn counterpart(&self, code: LicenceTypeCode, of: RegionCode, within: RegionCode) -> Option<LicenceTypeCode> {
        let (proposers, others) = (self.terms.region, self.terms.with.region);
        self.terms.mappings.iter().find_map(|mapping| {
            let Mapping { of_proposer, of_other, way } = *mapping;
            let goes_out = way != Way::InProposers && of_proposer == code;
            let comes_in = way != Way::InOthers && of_other == code;
            if goes_out && proposers.contains(of) && others.contains(within) {
                Some(of_other)
            } else if comes_in && others.contains(of) && proposers.contains(within) {
                Some(of_proposer)
            } else {
                None
            }
        })
    }
}

/// When the law limited licences of a type to the region that they were issued for. One record for each type that it ever
/// limited; a type without it is valid in the whole country.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct TerritorialLimits(pub Vec<TerritorialLimit>);

/// That the law limits licences of a type to the region that they were issued for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct TerritorialLimit {
    /// From when until when.
    pub dates: Dates,
    /// The law that says so.
    pub citation: Citation,
}

impl TerritorialLimits {
    /// The limit that holds at an instant, if one does.
    pub fn at(&self, instant: Millis) -> Option<&TerritorialLimit> {
        self.0.iter().find(|limit| limit.dates.contain(instant))
    }
}

/// Whether, and why, a licence is recognised in a region at an instant. It says nothing of whether the licence is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "recognition")]
pub enum Recognition {
    /// It is: no law limits the type to a region. Source: Administrative Licensing Law, article 41.
    Nationwide,
    /// It is: the region is the licence's own, or lies in it.
    Within {
        /// The licence's region.
        region: RegionCode,
    },
    /// It is: by an agreement in force.
    ByAgreement {
        /// Which.
        agreement: AgreementId,
        /// As what it counts there.
        counts_as: LicenceTypeCode,
        /// When the agreement's dates are over, if they ever are.
        until: Option<Millis>,
    },
    /// It is not in all of the region: it is limited to a part of it.
    InPart {
        /// The licence's region.
        region: RegionCode,
    },
    /// It is not: there is an agreement, which is not in force.
    NotNow {
        /// Which.
        agreement: AgreementId,
        /// What became of it.
        state: AgreementState,
    },
    /// It is not: it is limited to another region, and none of the agreements covers it.
    Not {
        /// The licence's region.
        region: RegionCode,
    },
}

impl Recognition {
    /// Whether it is recognised in all of the region.
    pub fn is_full(&self) -> bool {
        match self {
            Recognition::Nationwide | Recognition::Within { .. } | Recognition::ByAgreement { .. } => true,
            Recognition::InPart { .. } | Recognition::NotNow { .. } | Recognition::Not { .. } => false,
        }
    }
}

/// Whether a licence is recognised in a region at an instant, by the limits of its type and the agreements that are given. The
/// first agreement in force counts; where none is, the first that covers it is told.
pub fn recognised(
    licence: &Licence,
    limits: Option<&TerritorialLimits>,
    within: RegionCode,
    agreements: &[RecognitionAgreement],
    at: Millis,
) -> Recognition {
    let (code, region) = (licence.base.type_code, licence.region);
    if limits.and_then(|limits| limits.at(at)).is_none() {
        return Recognition::Nationwide;
    }
    if region.contains(within) {
        return Recognition::Within { region };
    }
    let covers = |agreement: &RecognitionAgreement| {
        let counts_as = agreement.counterpart(code, region, within)?;
        Some((agreement.id, counts_as, agreement.state(at)))
    };
    let in_force = agreements.iter().filter_map(covers).find_map(|(agreement, counts_as, state)| match state {
        AgreementState::InForce { until } => Some(Recognition::ByAgreement { agreement, counts_as, until }),
        AgreementState::Proposed
        | AgreementState::NotYetInForce { .. }
        | AgreementState::Suspended { .. }
        | AgreementState::Ended { .. }
        | AgreementState::Over { .. } => None,
    });
    if let Some(recognition) = in_force {
        return recognition;
    }
    if within.contains(region) {
        return Recognition::InPart { region };
    }
    match agreements.iter().find_map(covers) {
        Some((agreement, _, state)) => Recognition::NotNow { agreement, state },
        None => Recognition::Not { region },
    }
}

/// An act on recognition.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// On an agreement. By a registrar of one of the two bodies.
    Agreement(AgreementAct),
    /// Says that the law limits licences of a type to the region that they were issued for. The first may be older than the
    /// ledger; after it nothing is limited backwards. By a registrar of the type's owner or of a body above it.
    Limit {
        /// The type.
        type_code: LicenceTypeCode,
        /// When, and by which law.
        limit: TerritorialLimit,
    },
    /// Ends the last limit of a type now. By a registrar of the type's owner or of a body above it.
    Lift {
        /// The type.
        type_code: LicenceTypeCode,
    },
}

/// An act on an agreement.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AgreementAct {
    /// Which.
    pub agreement: AgreementId,
    /// The body that acts.
    pub by: Uscc,
    /// What it does.
    pub change: Change,
}

/// What is done to an agreement.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Change {
    /// Proposes it. By the body that names it.
    Propose(Terms),
    /// Accepts it as it was proposed. By the other body.
    Accept,
    /// Lets it rest. By either.
    Suspend,
    /// Ends one's own suspension.
    Resume,
    /// Ends it, or withdraws or declines the proposal. By either.
    End,
}

random_names! { AgreementId: proposer, "agreement"; }

#[cfg(test)]
mod tests;
