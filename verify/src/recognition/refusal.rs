//! Why an act on recognition is refused.

use super::{AgreementId, MAX_LIMITS, MAX_MAPPINGS, MAX_SUSPENSIONS};
use crate::identifiers::licence_id::LicenceTypeCode;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::time::Millis;

refusals! {
    /// Why an act on recognition is refused, in the order checked: of an agreement, and from 1580 on of a type's limits.
    pub enum Refusal {
        /// Usual cause: a mistyped code, or a body that is not registered yet.
        1551 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// No signer has the role for the body that acts.
        1552 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// Usual cause: a proposal in another body's name.
        1553 NotProposer {
            /// The body that acts.
            by: Uscc,
            /// The body that the name of the agreement names.
            proposer: Uscc,
        } = "{by} cannot propose in the name of {proposer}", "name the agreement by the body that proposes it";
        /// Usual cause: proposed twice.
        1554 AgreementExists {
            /// Its name.
            agreement: AgreementId,
        } = "agreement {agreement} is there already", "nothing, or take another number";
        /// Nobody agrees with themselves.
        1555 WithSelf = "the two bodies of the agreement are one", "name the body of the other region";
        /// A body agrees for the region in which it may act.
        1556 RegionOutside {
            /// The region.
            found: RegionCode,
            /// What it must be within.
            allowed: RegionCode,
        } = "region {found} is not within {allowed}", "choose a region within the body's own";
        /// In a region within the other a licence is recognised already.
        1557 RegionsOverlap {
            /// One region.
            one: RegionCode,
            /// The other.
            other: RegionCode,
        } = "one of the regions {one} and {other} lies in the other", "agree between two regions beside one another";
        /// None, more than a record holds, or one twice.
        1558 Mappings {
            /// How many there are.
            found: usize,
        } = "{found} pairs of types; there are 1 to {MAX_MAPPINGS}, each once", "name each once, or make another agreement";
        /// Usual cause: a mistyped code.
        1559 NoType {
            /// The type.
            code: LicenceTypeCode,
        } = "licence type {code} is not registered", "register the type first";
        /// Usual cause: the dates in the wrong order.
        1560 EmptyDates = "the agreement would be over before it begins", "give a later end";
        /// Nothing is proposed or accepted for the past.
        1561 OverAlready {
            /// When its dates are over.
            until: Millis,
            /// The block time.
            now: Millis,
        } = "its dates are over at {until}, it is {now}", "propose another with a later end";
        /// A body agrees on types that are its own to issue there. Usual cause: another body of the region is competent.
        1562 NoAuthority {
            /// The body.
            organisation: Uscc,
            /// The type.
            code: LicenceTypeCode,
            /// The region.
            region: RegionCode,
        } = "{organisation} neither governs licence type {code} nor is competent for it in region {region}",
            "have the competent body agree, or have competence granted";
        /// Usual cause: a mistyped number.
        1563 NoAgreement {
            /// Its name.
            agreement: AgreementId,
        } = "there is no agreement {agreement}", "check the number";
        /// Usual cause: the proposer accepts, or a third body acts.
        1564 NotParty {
            /// The body that acts.
            by: Uscc,
        } = "this is not for {by} to do", "have a body of the agreement do it; to accept, the one that did not propose";
        /// One of the two ended it.
        1565 HasEnded {
            /// When.
            since: Millis,
        } = "the agreement has ended at {since}", "nothing, or propose another";
        /// Usual cause: accepted twice.
        1566 AcceptedAlready = "the agreement is accepted already", "nothing";
        /// What is only proposed does not hold, so it cannot rest.
        1567 NotAccepted = "the agreement is not accepted", "have the other body accept it first";
        /// Usual cause: suspended twice.
        1568 SuspendedAlready {
            /// The body that suspended it.
            by: Uscc,
        } = "{by} has suspended the agreement already", "nothing";
        /// Usual cause: the other body suspended it.
        1569 NotSuspended {
            /// The body that acts.
            by: Uscc,
        } = "the agreement is not suspended by {by}", "have the body that suspended it resume it";
        /// All suspensions of an agreement stand in its record.
        1570 TooOften = "the agreement has been suspended {MAX_SUSPENSIONS} times", "end it, and propose another";
        /// Usual cause: a body that is competent for the type, and does not govern it.
        1580 NotGoverned {
            /// The type's owner.
            owner: Uscc,
        } = "no signer is an active registrar of {owner} or of a body above it", "have it signed by one of them";
        /// Usual cause: the dates in the wrong order.
        1581 EmptyLimit = "the limit would be over before it begins", "give a later end";
        /// After a type's first limit nothing is limited backwards.
        1582 InPast {
            /// From when it is to hold.
            from: Millis,
            /// The block time.
            now: Millis,
        } = "it is to hold from {from}, before block time {now}", "let it hold from a later instant";
        /// Usual cause: limited twice.
        1583 LimitedAlready = "the type is limited then already", "nothing, or lift that limit first";
        /// All limits of a type stand in one record.
        1584 TooManyLimits = "the type has had {MAX_LIMITS} limits", "register another type";
        /// Usual cause: lifted twice.
        1585 NotLimited = "the type is not limited, now or later", "nothing";
    }
}
