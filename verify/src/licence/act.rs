//! The acts on a licence, and how its history keeps them.

use super::{Ground, Term};
use crate::chain::Height;
use crate::hash::Hash;
use crate::identifiers::licence_id::LicenceId;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::name::Name;
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// An act on one licence.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Act {
    /// The licence, by the identifier of its current version (or its first, to issue it).
    pub licence: LicenceId,
    /// Who acts: the issuer; for some changes also a body above it, or another that the licence names.
    pub by: Uscc,
    /// When the act took effect, if before it came to the ledger: a historic act, judged at that instant. It needs a
    /// historical registrar of the body that acts, and is marked in the record for ever.
    pub effective_at: Option<Millis>,
    /// What is done.
    pub change: Change,
}

/// What an act does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Issues it, as version 1.
    Issue(Grant),
    /// Opens the record of a licence that another register issued, at the version it has. Always historic.
    TakeOver {
        /// The register.
        from: Name,
        /// The licence as it is taken over.
        grant: Grant,
    },
    /// Gives it a new term, as the next version. If it is in force, the new version is so from the act on, even where the
    /// new term begins later. A suspension stands.
    Renew {
        /// The new term.
        term: Term,
        /// The root over the fields of the new version.
        contents: Hash,
    },
    /// Changes what it says, as the next version.
    Amend {
        /// The root over the fields of the new version.
        contents: Hash,
        /// A new end of the term, not later than the old.
        until: Option<Millis>,
        /// A new holder.
        holder: Option<Hash>,
        /// What the new holder has of a single-holding type: given with `holder`, and never without.
        holding: Option<Hash>,
    },
    /// Suspends it, in place of a suspension that is over or has not begun.
    Suspend {
        /// From when, not before the act; from the act on if it is not said.
        from: Option<Millis>,
        /// Until when, if it ends by itself.
        until: Option<Millis>,
    },
    /// Ends a suspension. By the body that decided it, or one above.
    Resume,
    /// Ends it as a penalty.
    Revoke,
    /// Closes it.
    Cancel,
    /// Takes it back from the act on, since law or facts have changed. By the issuer.
    Withdraw {
        /// A salted commitment to the decision.
        decision: Hash,
        /// Whether its holder is compensated.
        compensation: bool,
    },
    /// Makes it void from an instant on, which may be that of its issue. By the issuer or a body above it.
    Annul {
        /// On which ground.
        ground: Ground,
        /// From when, not after the act.
        void_from: Millis,
        /// A salted commitment to the decision.
        decision: Hash,
    },
    /// Leaves it standing although there is a ground to annul it, since to annul it would do the public great harm
    /// (article 69, paragraph 3). By the issuer or a body above it.
    Spare {
        /// The ground that was found.
        ground: Ground,
        /// A salted commitment to the decision.
        decision: Hash,
    },
    /// Gives it its force again from the act on, since a decision against it was overturned. By the issuer.
    Reinstate {
        /// Who overturned it.
        review: Review,
        /// A salted commitment to that decision.
        decision: Hash,
    },
    /// Puts a clerical slip right, in the same version. By the issuer.
    Correct {
        /// What slip it was.
        slip: Slip,
        /// The root over the fields as they should have been.
        contents: Hash,
    },
    /// Offers it to the body of another region. By the issuer.
    TransferOut {
        /// Which body.
        to: Uscc,
    },
    /// Takes over what another body offered, as version 1 of a licence of one's own: that one ends as this one begins.
    TransferIn {
        /// The version that is taken over.
        from: LicenceId,
        /// What is granted; term and holding as they were.
        grant: Grant,
    },
    /// Ends the offer. By the issuer, or by the body that it was made to.
    AbortTransfer,
    /// Issues it as version 1 if enough bodies sign; the issuer has, by this.
    IssueJointly {
        /// What is granted.
        grant: Grant,
        /// The other bodies.
        with: Vec<Uscc>,
        /// How many of them all must sign, the issuer counted.
        needed: u8,
        /// When it lapses: no later than the law allows.
        until: Millis,
    },
    /// Signs a joint issue. By a body that was asked to.
    Cosign,
}

/// Who overturned a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// A court.
    Court,
    /// The body that reconsiders administrative acts.
    Reconsideration,
}

/// What slip a correction puts right. Anything else is an amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slip {
    /// A character in a word.
    Spelling,
    /// A figure or a date, against what was decided.
    Figure,
    /// Something that was decided and is not in it.
    Omission,
    /// The layout of the document.
    Layout,
}

impl Change {
    /// Whether it opens a record.
    pub fn opens(&self) -> bool {
        matches!(
            self,
            Change::Issue(_) | Change::TakeOver { .. } | Change::TransferIn { .. } | Change::IssueJointly { .. }
        )
    }

    /// Whether it makes a new version of a licence that is there.
    pub fn makes_a_version(&self) -> bool {
        matches!(self, Change::Renew { .. } | Change::Amend { .. })
    }

    /// Whether it may have taken effect before it came to the ledger. Where two bodies must agree on the state at one
    /// instant, that instant is block time.
    pub fn may_be_historic(&self) -> bool {
        !matches!(
            self,
            Change::TransferOut { .. }
                | Change::TransferIn { .. }
                | Change::AbortTransfer
                | Change::IssueJointly { .. }
                | Change::Cosign
        )
    }
}

/// What is granted when a record is opened.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Grant {
    /// The region that it is for.
    pub region: RegionCode,
    /// A salted commitment to the holder's handle.
    pub holder: Hash,
    /// What the holder has of a single-holding type.
    pub holding: Option<Hash>,
    /// The root over its salted fields.
    pub contents: Hash,
    /// Its term.
    pub term: Term,
}

/// One entry of a licence's history: the act as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Entry {
    /// The height of the block that recorded it.
    pub recorded_at: Height,
    /// The instant at which it took effect.
    pub at: Millis,
    /// The act.
    pub act: Act,
}
