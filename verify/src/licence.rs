//! Licences: the record of one, the acts on it, and why an act is refused.
//!
//! One record holds a licence through all its versions: an identifier of an earlier version is answered "superseded by".
//! What is stored is facts and bounds; which state they amount to at an instant is [`crate::status`]'s to say. Who held it is
//! a salted commitment, and what it says is a root over salted fields. Rules: domain section 4, design D11 and D12.

mod act;
mod refusal;

pub use act::{Act, Change, Entry, Grant, Review, Slip};
pub use refusal::Refusal;

use crate::catalogue::LicenceType;
use crate::chain::Height;
use crate::hash::Hash;
use crate::identifiers::licence_id::{LicenceBase, LicenceId};
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::list::Head;
use crate::name::Name;
use crate::time::{DAY_MS, Millis};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A licence, in all its versions.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Licence {
    /// The part of its identifier that no version changes.
    pub base: LicenceBase,
    /// The current version, from 1.
    pub version: u16,
    /// The region that it is for.
    pub region: RegionCode,
    /// How it came to the ledger.
    pub origin: Origin,
    /// A salted commitment to the holder's handle.
    pub holder: Hash,
    /// For a single-holding type: what the holder has of this type, one value per holder and type.
    pub holding: Option<Hash>,
    /// The root over the salted fields of the current version.
    pub contents: Hash,
    /// When it was first in the issuer's books: the instant of the first act.
    pub issued_at: Millis,
    /// The current term; renewed ahead of time, it begins with the act of renewal.
    pub term: Term,
    /// The last suspension, if it was not resumed.
    pub suspension: Option<Suspension>,
    /// How it ended before its term did, if so: revoked, withdrawn, annulled or transferred.
    pub ended: Option<End>,
    /// Its cancellation, the procedural closing, if it was cancelled. What it ended by before stays in `ended`.
    pub cancelled: Option<Ending>,
    /// What it waits for, if anything.
    pub pending: Option<Pending>,
    /// Whether what the current version says was corrected.
    pub corrected: bool,
    /// Whether a ground to annul it was found, and it was left standing for the public's sake. Never unset.
    pub spared: bool,
    /// Whether any act on it was recorded later than it took effect. Never unset.
    pub historic: bool,
    /// The instant at which the last act took effect.
    pub changed_at: Millis,
    /// The height of the block that recorded the last act.
    pub recorded_at: Height,
    /// The list of all acts on it, each an [`Entry`].
    pub history: Head,
}

/// How a licence came to the ledger.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Its issue is recorded.
    Issued,
    /// It was taken over from another register; what happened before is not recorded.
    TakenOver {
        /// The register.
        from: Name,
    },
    /// It was transferred in from the body of another region; what happened before stands with the licence left there.
    TransferredIn {
        /// The version that was transferred.
        from: LicenceId,
    },
}

/// A term: from its first instant until its end, exclusive; none if it has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Term {
    /// The first instant.
    pub from: Millis,
    /// The first instant after it.
    pub until: Option<Millis>,
}

impl Term {
    /// Whether its end is at or before an instant.
    pub fn has_ended(&self, at: Millis) -> bool {
        self.until.is_some_and(|until| until <= at)
    }

    /// Whether a type allows it.
    pub fn fits(&self, kind: &LicenceType) -> bool {
        let longest_ms = kind.max_term_days.map(|days| i64::from(days).saturating_mul(DAY_MS));
        match (self.until, longest_ms) {
            (_, None) => true,
            (Some(until), Some(longest_ms)) => until.since(self.from) <= longest_ms,
            (None, Some(_)) => false,
        }
    }
}

/// A suspension: from its first instant until its end, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Suspension {
    /// The first instant.
    pub from: Millis,
    /// The first instant after it, if it ends by itself.
    pub until: Option<Millis>,
    /// Who decided it.
    pub by: Uscc,
}

/// A procedural end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Ending {
    /// From when.
    pub at: Millis,
    /// Who decided it.
    pub by: Uscc,
}

/// An end before the term's. A licence has one at most; a reinstatement takes it away, and its history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct End {
    /// How.
    pub how: How,
    /// From when; for an annulment, when it was decided.
    pub at: Millis,
    /// Who decided it.
    pub by: Uscc,
}

/// In which way a licence ended before its term did.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum How {
    /// Revoked as a penalty (吊销).
    Revoked,
    /// Withdrawn (撤回): it was lawful, and law or facts have changed since.
    Withdrawn {
        /// Whether its holder is compensated.
        compensation: bool,
    },
    /// Annulled (撤销): it should never have been, and is void from an instant that lies before the decision.
    Annulled {
        /// On which ground.
        ground: Ground,
        /// From when.
        void_from: Millis,
    },
    /// Transferred to the body of another region, with which it goes on.
    Transferred {
        /// As what.
        to: LicenceBase,
    },
}

/// Why a licence is annulled: Administrative Licensing Law, article 69, paragraph 1, items 1 to 5, and paragraph 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Officers abused or neglected their office.
    Abuse,
    /// The body went beyond its powers.
    BeyondPowers,
    /// The procedure was not followed.
    Procedure,
    /// The holder did not meet the conditions.
    Unqualified,
    /// Another that a law names.
    OtherLawful,
    /// The holder obtained it by fraud or bribery.
    Fraud,
}

/// What a licence waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum Pending {
    /// For further bodies to sign its joint issue. Until then it is not in force.
    Cosigners {
        /// How many are missing.
        missing: u8,
        /// When the issue lapses, if they are missing still.
        until: Millis,
    },
    /// For the body of another region to take it over. Until then it is in force where it is.
    Transfer {
        /// Which body.
        to: Uscc,
    },
}

impl Licence {
    /// Its revocation, if it was revoked.
    pub fn revoked(&self) -> Option<Ending> {
        let End { how, at, by } = self.ended.as_ref()?;
        (*how == How::Revoked).then_some(Ending { at: *at, by: *by })
    }

    /// What its issue lapses at, if it still waits for cosigners.
    pub fn lapses_at(&self) -> Option<Millis> {
        match self.pending {
            Some(Pending::Cosigners { until, .. }) => Some(until),
            Some(Pending::Transfer { .. }) | None => None,
        }
    }
}

/// The state of a joint issue: which bodies have signed. Kept when all that are needed have.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct JointIssue {
    /// How many of the bodies must sign.
    pub needed: u8,
    /// The issuer, then the others in the order of the act.
    pub bodies: Vec<Cosigner>,
}

/// A body that is asked to sign a joint issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Cosigner {
    /// The body.
    pub organisation: Uscc,
    /// When it signed, if it has.
    pub signed_at: Option<Millis>,
}

/// The most bodies that issue one licence together.
pub const MAX_JOINT: usize = 16;
