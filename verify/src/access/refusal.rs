//! Why an act on access is refused.

use super::{
    Bound, ConsentId, ConsentStatus, RequestId, RequestStatus, ResourceCode, ResourceStatus, SealStatus, TicketId,
};
use crate::hash::Hash;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::Matter;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::time::Millis;

refusals! {
    /// Why an act on access is refused, in the order checked for each kind of act.
    pub enum Refusal {
        /// Usual cause: a mistyped code, or a body that is not registered yet.
        701 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// No signer has the role for the body that acts.
        702 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// Usual cause: the wrong body was named as the one that acts.
        703 NotYours {
            /// Who acts.
            by: Uscc,
            /// Whose it is to do.
            owner: Uscc,
        } = "{by} may not do this, it is for {owner} to do", "have it done by that body";
        /// No region has law of its own here, or none that held then.
        704 NoProvision {
            /// On what.
            matter: Matter,
            /// Where.
            region: RegionCode,
        } = "no law on {matter} holds in region {region}", "have the validators enact it";
        /// Usual cause: the wrong region code.
        705 RegionOutside {
            /// The region asked for.
            found: RegionCode,
            /// What it must be within.
            allowed: RegionCode,
        } = "region {found} is not within {allowed}", "choose a region within it, or have it done by the body of that region";
        /// A resource is registered once.
        711 ResourceExists {
            /// The resource.
            resource: ResourceCode,
        } = "resource {resource} is registered already", "nothing, or take another number";
        /// Usual cause: a mistyped code.
        712 NoResource {
            /// The resource.
            resource: ResourceCode,
        } = "there is no resource {resource}", "check the code";
        /// Fields are numbered from 0, and a set of them is 64 bits.
        713 FieldCount {
            /// How many there are said to be.
            found: u8,
        } = "{found} fields; a resource has 1 to 64", "register parts of it as resources of their own";
        /// Usual cause: not published yet, or published twice, or retired.
        714 ResourceStatus {
            /// What it is.
            found: ResourceStatus,
        } = "the resource is {found}, and this cannot be done then", "check the catalogue";
        /// Source: 政务数据共享条例. Need alone, by breaking the glass, overrides it.
        715 NotShared {
            /// The resource.
            resource: ResourceCode,
        } = "resource {resource} is not shared, since a law says so", "ask its owner to change its sharing class, if the law does";
        /// Usual cause: counting fields from 1.
        716 NoSuchField {
            /// How many the resource has.
            known: u8,
        } = "the resource has {known} fields, numbered from 0, and others are named", "name its own";
        /// Usual cause: sent twice.
        721 RequestExists {
            /// The request.
            request: RequestId,
        } = "request {request} exists already", "nothing, or draw another number";
        /// Usual cause: a mistyped number.
        722 NoRequest {
            /// The request.
            request: RequestId,
        } = "there is no request {request}", "check the number";
        /// Whoever asks for nothing needs no grant.
        723 Nothing {
            /// In which part.
            part: Bound,
        } = "the {part} allow nothing", "say what is needed";
        /// What is asked for must lie in the future.
        724 Over {
            /// The first instant after it.
            until: Millis,
            /// The block time.
            now: Millis,
        } = "it is to hold until {until}, and it is {now}", "choose a later end";
        /// Usual cause: answered already, revoked, not yet begun, or over.
        725 RequestStatus {
            /// What it is.
            found: RequestStatus,
        } = "the request is {found}, and this cannot be done then", "check the request, or file another";
        /// A grant is what was asked for, or less.
        726 BeyondAsked {
            /// In which part.
            part: Bound,
        } = "the {part} of the grant go beyond what was asked for", "grant that or less";
        /// Source: 政务数据共享条例.
        727 Unconditional {
            /// The resource.
            resource: ResourceCode,
        } = "resource {resource} is shared without condition, and its requests are granted", "grant it";
        /// Until then it is for whoever owes it alone.
        728 NotOverdue {
            /// By when it must be done.
            due: Millis,
        } = "it may be done by whoever owes it until {due}", "wait until then, or have it done by that body";
        /// Usual cause: sent twice.
        731 ConsentExists {
            /// The consent.
            consent: ConsentId,
        } = "consent {consent} exists already", "nothing, or draw another number";
        /// Usual cause: a mistyped number.
        732 NoConsent {
            /// The consent.
            consent: ConsentId,
        } = "there is no consent {consent}", "check the number";
        /// Usual cause: a handle that was drawn and not registered.
        733 NoSubject = "a subject's handle is not registered", "have the identity authority register it";
        /// Usual cause: a handle that was replaced.
        734 SubjectClosed = "a subject's handle is closed", "ask the identity authority for the present one";
        /// Usual cause: withdrawn.
        735 ConsentStatus {
            /// What it is.
            found: ConsentStatus,
        } = "the consent is {found}", "ask the subject for another";
        /// Consent is of one subject, to one resource, for one body and some purposes.
        736 ConsentOfElse = "the consent is of another subject, or to another resource, body or purpose", "ask the subject for one to this";
        /// Source: 个人信息保护法, article 13.
        737 ConsentNeeded = "the grant names no law, so that each access needs the subject's consent", "name the consent, or have the grant name the law";
        /// Usual cause: sent twice.
        741 TicketExists {
            /// The ticket.
            ticket: TicketId,
        } = "ticket {ticket} exists already", "nothing, or draw another number";
        /// Usual cause: a mistyped number.
        742 NoTicket {
            /// The ticket.
            ticket: TicketId,
        } = "there is no ticket {ticket}", "open one before anything is released, or check the number";
        /// Usual cause: none, or too many, or one twice.
        743 Subjects {
            /// How many there are.
            found: usize,
        } = "{found} subjects; a ticket has 1 to 1,000, each once and in the order of their handles", "sort them, or split it";
        /// Usual cause: an officer took another purpose from the list.
        744 PurposeOutside {
            /// The purpose.
            found: u8,
        } = "the grant is not for purpose {found}", "ask for a grant for it";
        /// Usual cause: fields of another form.
        745 FieldsOutside = "fields are named that the grant does not allow", "name fewer, or ask for a grant for them";
        /// Each subject of each ticket is one.
        746 BudgetSpent {
            /// How many accesses are left.
            left: u64,
            /// How many these are.
            needed: u64,
        } = "the grant has {left} accesses left, these are {needed}", "ask for another grant";
        /// A number left out, or used twice, would hide an entry of the source's log.
        747 Sequence {
            /// What it is.
            found: u64,
            /// What it must be.
            needed: u64,
        } = "the source's entry has number {found}, the next is {needed}", "send the entries of a source in their order, none left out";
        /// Need is of one person at a time.
        748 GlassOfBatch = "the glass is broken for one subject at a time", "open a ticket for each";
        /// Usual cause: sent twice.
        751 Received {
            /// When.
            at: Millis,
        } = "the ticket has its receipt since {at}", "nothing";
        /// A receipt answers for each subject of its ticket.
        752 NotAsOpened = "subjects or places are not those of the ticket, in its order", "take them from the ticket and the subjects' lists";
        /// What was opened by a grant needs no justification.
        753 NotGlass = "no glass was broken for the ticket", "nothing";
        /// Usual cause: sent twice.
        754 Justified {
            /// When.
            at: Millis,
        } = "the ticket is justified since {at}", "nothing";
        /// Whoever consents knows.
        761 SealWithoutLaw = "only an access that a law allows is sealed, by a grant that names it", "open it unsealed";
        /// Lines of one seal would tell that their subjects belong together.
        762 SealOfBatch = "a sealed ticket is of one subject", "open a ticket for each";
        /// A subject waits no longer than the law has it.
        763 SealTooLong {
            /// Until when it is to be sealed.
            until: Millis,
            /// Until when it may be.
            most: Millis,
        } = "it is to be sealed until {until}, at most until {most} is allowed", "choose an earlier end; it can be extended with a second body";
        /// Usual cause: the wrong ticket.
        764 NotSealed = "the ticket is not sealed", "nothing";
        /// Usual cause: too late, or done already.
        765 SealStatus {
            /// What it is.
            found: SealStatus,
        } = "the line is {found}, and this cannot be done then", "nothing";
        /// Nobody extends a seal of its own.
        766 SecondBody {
            /// The body.
            with: Uscc,
        } = "{with} is the body that sealed it, or one beneath", "have a supervisor of another body sign too";
        /// An extension that shortens is none.
        767 NotLater {
            /// Until when it is to be sealed.
            until: Millis,
            /// Until when it is.
            present: Millis,
        } = "it is to be sealed until {until}, and is until {present}", "choose a later end, or unseal it";
        /// Usual cause: the salt of another ticket.
        768 OpeningDiffers {
            /// What stands in the list.
            sealed: Hash,
        } = "the opening is not that of {sealed}, or not of this subject or place", "take the salt from the sealed ticket";
        /// What was not released cannot be wrong.
        771 NotReceived = "the ticket has no receipt yet", "wait for the data";
        /// Usual cause: fields of another ticket.
        772 NotReleased = "none of the fields, or others than the ticket's, are named", "name fields of the ticket";
        /// One at a time, so that each is answered.
        773 Challenged = "a challenge waits for its answer already", "file it when that one is answered";
        /// Usual cause: answered twice.
        774 NotChallenged = "no challenge waits for an answer", "nothing";
    }
}
