//! Why an act on service items and cases is refused.

use super::{CaseId, Channel, MAX_DAYS, MAX_MATERIALS, MAX_REPLACING, ServiceCode, Status};
use crate::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::time::Millis;

refusals! {
    /// Why an act on service items and cases is refused, in the order checked for each kind of act.
    pub enum Refusal {
        /// Usual cause: a mistyped code, or a body that is not registered yet.
        801 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Usual cause: signed by the implementing body, where its superior must.
        802 NotSuperior {
            /// Whose registrar must sign.
            needed: Uscc,
        } = "no signer is an active registrar of {needed}, which must publish this", "have it signed by that body";
        /// No signer has the role for the body that acts.
        803 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// Usual cause: published twice, or a version left out.
        804 NotNextVersion {
            /// The version given.
            found: u16,
            /// The version that comes next.
            next: u16,
        } = "version {found} cannot be published, the next is {next}", "take that version";
        /// Usual cause: the wrong region code.
        805 RegionOutside {
            /// The region asked for.
            found: RegionCode,
            /// What it must be within.
            allowed: RegionCode,
        } = "region {found} is not within {allowed}", "choose a region within it";
        /// Nobody could decide it.
        806 NoLevel = "the item names no level of bodies that decide it", "name one at least";
        /// Usual cause: promised and statutory days confused.
        807 Days {
            /// The days promised.
            promised: u16,
            /// The days that the law gives.
            statutory: u16,
            /// The days of all stops.
            stops: u16,
        } = "{promised} working days promised, {statutory} statutory, {stops} of stops: 1 to {MAX_DAYS}, promised not more \
             than statutory, stops not more than {MAX_DAYS}", "correct the numbers";
        /// An item is one record.
        808 TooManyMaterials = "more than {MAX_MATERIALS} materials, or {MAX_REPLACING} licences that stand for one",
            "join materials, or make two items";
        /// Usual cause: a mistyped code.
        809 NoType {
            /// The type's code.
            code: LicenceTypeCode,
        } = "licence type {code} is not registered", "register the type first, or check the code";
        /// Usual cause: a mistyped code.
        811 NoItem {
            /// The item.
            item: ServiceCode,
        } = "service item {item} is not published", "publish it first, or check the code";
        /// Usual cause: another item took its place.
        812 Retired {
            /// The item.
            item: ServiceCode,
        } = "service item {item} is retired", "take the item that took its place";
        /// Usual cause: a case of another body.
        821 NotYours {
            /// Who acts.
            by: Uscc,
            /// Who may.
            needed: Uscc,
        } = "{by} may not do this to the case, {needed} may", "have it done by that body";
        /// Usual cause: a mistyped number.
        822 NoCase {
            /// The case.
            case: CaseId,
        } = "there is no case {case}", "check the number";
        /// Usual cause: accepted twice.
        823 CaseExists {
            /// The case.
            case: CaseId,
        } = "case {case} exists already", "nothing, or draw another number";
        /// A case is in one body's hands.
        824 NotInHands {
            /// Who acts.
            by: Uscc,
            /// Who has it.
            held_by: Uscc,
        } = "{by} does not have the case, {held_by} has", "have it handed over first";
        /// Usual cause: a body beside the implementing one, of another level or for another region.
        825 NotDecider {
            /// Who was named.
            decider: Uscc,
        } = "{decider} does not decide this item in that region", "name the implementing body, or one beneath it of the \
             item's levels whose region has the case's";
        /// Usual cause: a counter outside the region that the item's channel has.
        826 Channel {
            /// Where the item may be handed in.
            channel: Channel,
        } = "the item is accepted {channel} alone", "have it accepted there";
        /// A case is one record.
        827 TooManyLicences = "a case names at most {MAX_MATERIALS} licences", "name those that stand for papers alone";
        /// Usual cause: a mistyped identifier.
        828 NoLicence {
            /// The identifier.
            licence: LicenceId,
        } = "licence {licence} does not exist, or another version is current", "check the identifier";
        /// A licence that is not active stands for nothing, and is no result.
        829 LicenceStatus {
            /// What it is.
            found: crate::status::Status,
        } = "the licence is {found}", "name one that is active";
        /// Usual cause: another licence of the same holder.
        830 StandsForNothing {
            /// The type of the licence.
            code: LicenceTypeCode,
        } = "a licence of type {code} does not stand for the paper", "leave it out, or bring the paper";
        /// Usual cause: decided, delivered or withdrawn already, or not decided yet.
        841 Status {
            /// What it is.
            found: Status,
        } = "the case is {found}, and this cannot be done then", "check the case's status";
        /// One hand-over at a time.
        842 Offered {
            /// To whom.
            to: Uscc,
        } = "the case was handed to {to}, which has not taken it yet", "have it taken, or called off";
        /// Usual cause: called off in the meantime.
        843 NotOffered = "the case is not on its way to another body", "have it handed over first";
        /// It has it already.
        844 SameBody = "a body does not hand a case to itself", "nothing";
        /// One stop at a time; and a clock that stands still leads to no decision.
        845 Stopped {
            /// Until when.
            until: Millis,
        } = "the clock stands still until {until}", "wait until then, or end the stop first";
        /// What should have been decided is not stopped any more.
        846 Overdue {
            /// Since when.
            due: Millis,
        } = "the case is overdue since {due}", "decide it";
        /// The item says how long a case may be stopped in all.
        847 StopTooLong {
            /// The days asked for.
            days: u16,
            /// The days that are left.
            left: u16,
        } = "a stop of {days} working days; 1 to {left} are left", "stop it for less, or decide it";
        /// Usual cause: over by itself in the meantime.
        848 NotStopped = "the clock does not stand still", "nothing";
        /// A supplement is asked for by naming the paper.
        849 UnnamedPaper = "a stop for a supplement names no paper", "ask for the paper";
        /// Usual cause: counted from 1.
        850 NoMaterial {
            /// The place given.
            material: u8,
        } = "the item has no material {material}", "name its place among the item's materials, from 0";
        /// Usual cause: brought twice.
        851 NotAsked = "no paper is asked for", "nothing";
        /// The item results in a licence.
        852 ResultNeeded {
            /// Of which type.
            code: LicenceTypeCode,
        } = "the item results in a licence of type {code}", "issue it first, and name it";
        /// Usual cause: the licence of another case.
        853 WrongResult {
            /// The type of the licence named.
            found: LicenceTypeCode,
        } = "the item does not result in a licence of type {found}", "name the licence that was granted, or none";
        /// It is said once.
        854 Rated = "the case is rated already", "nothing";
    }
}
