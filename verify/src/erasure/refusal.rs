//! Why an act of erasure is refused.

use super::{MAX_CUSTODIANS, Target};
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::Matter;
use crate::refusal::refusals;
use crate::roles::Role;

refusals! {
    /// Why an act of erasure is refused, in the order checked for each kind of act.
    pub enum Refusal {
        /// Usual cause: a mistyped number.
        1401 NoTarget {
            /// What was named.
            of: Target,
        } = "there is no {of}", "check the number";
        /// Usual cause: a custodian that orders where it has to answer.
        1402 NotYours {
            /// Who acts.
            by: Uscc,
            /// Who answers for the record.
            answering: Uscc,
        } = "{by} may not order this of a record of {answering}", "have it ordered by that body, or by one above it";
        /// No signer has the role for the body that acts.
        1403 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// What stands is not erased.
        1404 StillNeeded {
            /// The record.
            of: Target,
        } = "{of} has not ended", "end, delete or close it first, or wait until it need not be kept";
        /// One order for each record.
        1405 Ordered {
            /// The record.
            of: Target,
        } = "the erasure of {of} is ordered already", "nothing";
        /// Nobody would have to do anything.
        1406 NoCustodian = "the order names no custodian", "name all who have a copy, also who orders";
        /// An order is one record.
        1407 TooManyCustodians = "the order names more than {MAX_CUSTODIANS} custodians",
            "name the bodies that have a copy of their own";
        /// Each answers once.
        1408 Repeated {
            /// Who is named twice.
            uscc: Uscc,
        } = "{uscc} is named twice", "name each custodian once";
        /// Usual cause: a mistyped code.
        1409 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "check the code";
        /// The law that the ledger knows says nothing that this could be judged by.
        1410 NoProvision {
            /// On what.
            matter: Matter,
            /// Where.
            region: RegionCode,
        } = "no law on {matter} holds in region {region}", "have the validators enact it";
        /// Usual cause: a mistyped number.
        1411 NoOrder {
            /// The record.
            of: Target,
        } = "the erasure of {of} is not ordered", "check the number";
        /// Usual cause: a body that the order does not name.
        1412 NotCustodian {
            /// Who acts.
            by: Uscc,
        } = "the order does not name {by}", "nothing; destroy the copy all the same";
        /// What is destroyed stays destroyed.
        1413 Destroyed = "the custodian's copy is destroyed already", "nothing";
        /// It is said once; what may follow is its destruction.
        1414 Restricted = "the custodian's copy is restricted already", "destroy it as soon as that is possible";
    }
}
