//! Licences: the record of one, the acts on it, and why an act is refused.
//!
//! One record holds a licence through all its versions: an identifier of an earlier version is answered "superseded by".
//! What is stored is facts and bounds; which state they amount to at an instant is [`crate::status`]'s to say. Who held it is
//! a salted commitment, and what it says is a root over salted fields. Rules: domain section 4, design D11 and D12.

use crate::catalogue::LicenceType;
use crate::chain::Height;
use crate::hash::Hash;
use crate::identifiers::licence_id::{LicenceBase, LicenceId, LicenceTypeCode};
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::list::Head;
use crate::name::Name;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::status::Status;
use crate::time::{DAY_MS, Millis};
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
    /// Its revocation, if it was revoked.
    pub revoked: Option<Ending>,
    /// Its cancellation, the procedural closing, if it was cancelled.
    pub cancelled: Option<Ending>,
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

/// An end before the term's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Ending {
    /// From when.
    pub at: Millis,
    /// Who decided it.
    pub by: Uscc,
}

/// An act on one licence.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Act {
    /// The licence, by the identifier of its current version (or its first, to issue it).
    pub licence: LicenceId,
    /// Who acts: the issuer, or for suspending, resuming and revoking also a body above it.
    pub by: Uscc,
    /// When the act took effect, if before it came to the ledger: a historic act, judged at that instant. It needs a
    /// historical registrar of the body that acts, and is marked in the record for ever.
    pub effective_at: Option<Millis>,
    /// What is done.
    pub change: Change,
}

/// What an act does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
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
}

/// What is granted when a record is opened.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Entry {
    /// The height of the block that recorded it.
    pub recorded_at: Height,
    /// The instant at which it took effect.
    pub at: Millis,
    /// The act.
    pub act: Act,
}

refusals! {
    /// Why an act on a licence is refused, in the order checked.
    pub enum Refusal {
        /// Usual cause: a mistyped identifier.
        501 NoType {
            /// The type's code.
            code: LicenceTypeCode,
        } = "licence type {code} is not registered", "register the type first, or check the identifier";
        /// Usual cause: a body that is not registered.
        502 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Usual cause: another department's licence.
        503 NotYours {
            /// Who acts.
            by: Uscc,
            /// Who issued it.
            issuer: Uscc,
        } = "{by} may not do this to a licence of {issuer}", "have it done by the issuer";
        /// No signer has the role.
        504 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// What takes effect later than now is no historic act. Usual cause: a clock ahead, or a mistyped date.
        505 EffectiveInFuture {
            /// When it is said to have taken effect.
            effective_at: Millis,
            /// The block time.
            now: Millis,
        } = "effective at {effective_at}, later than block time {now}", "leave the date out, or correct it";
        /// Usual cause: a licence that was never registered here.
        506 NoLicence {
            /// The identifier.
            licence: LicenceId,
        } = "licence {licence} does not exist", "check the identifier, or take the licence over";
        /// Usual cause: issued twice.
        507 LicenceExists {
            /// The identifier.
            licence: LicenceId,
        } = "licence {licence} exists already", "take another serial, or renew it";
        /// The first version is 001.
        508 FirstVersion {
            /// The version given.
            found: u16,
        } = "version {found:03} cannot be issued, the first is 001", "use version 001";
        /// Usual cause: an identifier from before a renewal.
        509 NotCurrent {
            /// The version given.
            found: u16,
            /// The current version.
            current: u16,
        } = "version {found:03} is not current, version {current:03} is", "name the current version";
        /// There are 999 versions.
        510 NoVersionLeft = "version 999 is the last", "issue a new licence";
        /// Historic acts of one licence come in the order of their dates.
        511 OutOfOrder {
            /// When it took effect.
            at: Millis,
            /// When the last act took effect.
            last: Millis,
        } = "takes effect at {at}, before the last act of {last}", "record acts in the order in which they took effect";
        /// A record can only be taken over with the date from which it is true.
        512 TakeOverWithoutDate = "a licence can only be taken over with a date", "give the effective date";
        /// Usual cause: no competence was granted.
        513 NoCompetence {
            /// Who acts.
            organisation: Uscc,
            /// The type.
            code: LicenceTypeCode,
        } = "{organisation} is not competent for licence type {code}", "have the competence granted by the type's owner";
        /// Usual cause: the wrong region code.
        514 RegionOutside {
            /// The licence's region.
            found: RegionCode,
            /// The region of the competence.
            allowed: RegionCode,
        } = "region {found} is outside the competence for {allowed}", "have it issued by the body of that region";
        /// Usual cause: the licence has ended or is suspended.
        520 Status {
            /// What it is at the instant of the act.
            found: Status,
        } = "the licence is {found}, and this cannot be done then", "check the licence's status and the date of the act";
        /// A body cannot undo what another decided, unless it stands above that one.
        525 NotYourSuspension {
            /// Who acts.
            by: Uscc,
            /// Who decided the suspension.
            decided_by: Uscc,
        } = "{by} may not undo a suspension that {decided_by} decided", "have it done by that body or one above it";
        /// Usual cause: dates in the wrong order.
        515 EmptyTerm = "the term ends before it begins", "correct the dates";
        /// The type sets a longest term.
        516 TermTooLong {
            /// The longest, in days.
            max_days: u32,
        } = "the term is longer than the {max_days} days that the type allows", "shorten the term";
        /// An amendment may shorten a term but not lengthen it.
        522 TermLengthened = "an amendment cannot lengthen the term", "renew the licence";
        /// A term does not go backwards.
        523 TermBackwards {
            /// When the current term begins.
            current: Millis,
        } = "the new term begins before the current one of {current}", "correct the dates";
        /// Between the two terms it would be neither in force nor expired.
        524 TermGap {
            /// When the current term ends.
            ends: Millis,
        } = "the new term begins after the current one ends at {ends}",
            "begin it where the current one ends, or renew when that has ended";
        /// A suspension cannot begin before it was decided, nor end before it begins.
        521 SuspensionBounds = "the suspension begins before the act or ends before it begins", "correct the dates";
        /// A single-holding type can only be watched with it.
        518 HoldingNeeded = "the type allows one licence a holder, but no holding is given", "give the holding";
        /// It would be a needless link between licences of one holder.
        519 HoldingNotNeeded = "a holding is given, but the type does not limit holders or the holder stays",
            "leave the holding out";
        /// Usual cause: a holder whose other licence of this type was not cancelled.
        517 AlreadyHeld {
            /// The other licence.
            other: LicenceId,
        } = "the holder has licence {other} of this type, which is live", "cancel the other one first";
    }
}
