//! The catalogue of licence types, and who is competent to issue them where.

use crate::identifiers::licence_id::LicenceTypeCode;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::name::Name;
use crate::refusal::refusals;
use crate::roles::Role;
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
    }
}
