//! The catalogue of licence types, and who is competent to issue them where.

use crate::chain::Height;
use crate::identifiers::licence_id::LicenceTypeCode;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::name::Name;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::time::Millis;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A kind of licence.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct LicenceType {
    /// Its code; the first 18 characters are its owner's.
    pub code: LicenceTypeCode,
    /// Its official name.
    pub name: Name,
    /// The region in which it may be issued.
    pub region: RegionCode,
    /// The longest term, in days; none if a licence of it may have no end.
    pub max_term_days: Option<u32>,
    /// For how many days after its end a licence may still be renewed; the gap stays visible.
    pub late_renewal_days: u32,
    /// Whether a holder may have only one that is live.
    pub single_holding: bool,
}

/// That an organisation may issue a type in a region.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Competence {
    /// The type.
    pub type_code: LicenceTypeCode,
    /// Who may issue it.
    pub organisation: Uscc,
    /// Where: within the type's region and the organisation's.
    pub region: RegionCode,
}

/// A span of time for which an organisation is competent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Dates {
    /// The first instant.
    pub from: Millis,
    /// The instant at which it is over; none if it goes on.
    pub until: Option<Millis>,
}

impl Dates {
    /// Whether an instant lies in them.
    pub fn contain(self, instant: Millis) -> bool {
        self.from <= instant && self.until.is_none_or(|until| instant < until)
    }

    /// Whether they are not over before they begin.
    pub fn are_sound(self) -> bool {
        self.until.is_none_or(|until| self.from < until)
    }

    /// Whether others lie in them.
    pub fn enclose(self, others: Dates) -> bool {
        let ends_later = |own: Millis| others.until.is_some_and(|until| until <= own);
        self.from <= others.from && self.until.is_none_or(ends_later)
    }
}

/// What stands beside a competence that has dates, or that a superior delegated. A competence without it holds at any instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Tenure {
    /// When it holds.
    pub dates: Dates,
    /// The body above that delegated it: it holds while and where that body's own does. None if the type's owner granted it.
    pub delegated_by: Option<Uscc>,
}

/// That acts on licences of a type are signed by two officers of the body that acts. Rule: domain section 4, drafter ≠ approver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct TwoOfficers {
    /// The block that demanded it.
    pub since: Height,
}

/// An act on the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// Registers a type. By a registrar of its owner's superior; where the owner is a root, of the owner.
    RegisterType(LicenceType),
    /// Makes an organisation competent, or changes its region. By a registrar of the type's owner or of a body above it.
    Grant(Competence),
    /// Ends a competence; licences issued under it stand. By a registrar of the type's owner or of a body above it.
    Withdraw {
        /// The type.
        type_code: LicenceTypeCode,
        /// Who may issue it no more.
        organisation: Uscc,
    },
    /// Demands two officers for each act on licences of a type, or demands them no more. By a registrar of the type's owner or
    /// of a body above it.
    Demand {
        /// The type.
        type_code: LicenceTypeCode,
        /// Whether two officers are needed.
        two_officers: bool,
    },
    /// As [`Act::Grant`], for a span of time.
    GrantFor {
        /// Who may issue what where.
        competence: Competence,
        /// And when.
        dates: Dates,
    },
    /// A body that is competent makes one beneath it competent too, for no more than it has itself. By its registrar. It ends
    /// by [`Act::Withdraw`], which is for that registrar too.
    Delegate {
        /// Who may issue what where.
        competence: Competence,
        /// And when.
        dates: Dates,
        /// The body that delegates.
        by: Uscc,
    },
}

impl Act {
    /// The records that it changes at most: a competence, and its tenure.
    pub fn cost(&self) -> u32 {
        match self {
            Act::RegisterType(_) | Act::Demand { .. } => 1,
            Act::Grant(_) | Act::Withdraw { .. } | Act::GrantFor { .. } | Act::Delegate { .. } => 2,
        }
    }
}

refusals! {
    /// Why an act on the catalogue is refused, in the order checked.
    pub enum Refusal {
        /// Usual cause: a mistyped code.
        401 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Usual cause: signed by the owner, where its superior must.
        402 NotSuperior {
            /// Whose registrar must sign.
            needed: Uscc,
        } = "no signer is an active registrar of {needed}, which must register this", "have it signed by that body";
        /// No signer is a registrar of the owner or of a body above it.
        403 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation} or of a body above it",
            "sign with a key that has the role, or have the role granted";
        /// A type is registered once; changing it is a new type.
        404 TypeExists {
            /// The code.
            code: LicenceTypeCode,
        } = "licence type {code} is registered already", "nothing, or take another number";
        /// Usual cause: a mistyped code.
        405 NoType {
            /// The code.
            code: LicenceTypeCode,
        } = "licence type {code} is not registered", "register the type first";
        /// A body can open a type only where it may act itself.
        406 TypeRegionOutside {
            /// The type's region.
            found: RegionCode,
            /// The owner's region.
            owner: RegionCode,
        } = "the type's region {found} is not within its owner's region {owner}", "choose a region within it";
        /// Usual cause: the wrong region code.
        407 RegionOutside {
            /// The region asked for.
            found: RegionCode,
            /// What it must be within.
            allowed: RegionCode,
        } = "region {found} is not within {allowed}", "choose a region within both the type's and the organisation's";
        /// Usual cause: withdrawn twice.
        408 NoCompetence {
            /// The type.
            code: LicenceTypeCode,
            /// The organisation.
            organisation: Uscc,
        } = "{organisation} is not competent for licence type {code}", "nothing";
        /// Usual cause: the end of one year with the beginning of the next.
        409 EmptyDates = "a competence would be over before it begins", "give a later end";
        /// Only a body that stands above another delegates to it.
        410 NotBeneath {
            /// The body that delegates.
            by: Uscc,
            /// The body that would be competent.
            organisation: Uscc,
        } = "{organisation} is not beneath {by}", "have it granted by the type's owner";
        /// What the owner of the type granted, or another body delegated, is not for this one to replace.
        411 GrantedByOther {
            /// The type.
            code: LicenceTypeCode,
            /// The organisation.
            organisation: Uscc,
        } = "{organisation} has its competence for licence type {code} from another body",
            "have that body withdraw it first";
        /// Nobody delegates more than they have.
        412 BeyondOwn {
            /// The body that delegates.
            by: Uscc,
        } = "{by} is not itself competent for all of these dates and this region", "delegate less, or have more granted";
        /// The drafter of an act is not its approver.
        413 OneOfficer {
            /// The type.
            code: LicenceTypeCode,
            /// The body that acts.
            organisation: Uscc,
        } = "acts on licences of type {code} need two officers of {organisation}, of different pseudonyms",
            "have a second officer sign the same transaction";
    }
}
