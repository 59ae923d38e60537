//! Why an act on credit is refused.

use super::{Content, EntryId, EntryStatus, EventId, ItemCode, MeasureId, Status};
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::Matter;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::subject::SubjectKind;
use crate::time::Millis;

refusals! {
    /// Why an act on credit is refused, in the order checked for each kind of act.
    pub enum Refusal {
        /// Usual cause: a mistyped code, or a body that is not registered yet.
        601 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Usual cause: signed by the owner, where its superior must.
        602 NotSuperior {
            /// Whose registrar must sign.
            needed: Uscc,
        } = "no signer is an active registrar of {needed}, which must define this", "have it signed by that body";
        /// No signer has the role for the body that acts.
        603 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// An item is defined once; what changes is a new one.
        604 ItemExists {
            /// The item.
            item: ItemCode,
        } = "item {item} is defined already", "nothing, or take another number";
        /// A body can define an item only where it may act itself.
        605 ItemRegionOutside {
            /// The item's region.
            found: RegionCode,
            /// The owner's region.
            owner: RegionCode,
        } = "the item's region {found} is not within its owner's region {owner}", "choose a region within it";
        /// Source: 征信业管理条例, article 14.
        606 Forbidden {
            /// What it would tell.
            content: Content,
        } = "{content} of natural persons is never recorded", "do not collect it";
        /// Good conduct needs no repair.
        607 PositiveRepairable = "a positive event cannot be repaired", "define it as not repairable";
        /// Usual cause: a mistyped code.
        611 NoItem {
            /// The item.
            item: ItemCode,
        } = "item {item} is not defined", "define it first, or check the code";
        /// Usual cause: the wrong region code.
        612 RegionOutside {
            /// The region asked for.
            found: RegionCode,
            /// What it must be within.
            allowed: RegionCode,
        } = "region {found} is not within {allowed}", "have it done by the body of that region";
        /// Usual cause: nobody empowered it, or it was ended.
        613 NoCompetence {
            /// Who acts.
            organisation: Uscc,
            /// The item.
            item: ItemCode,
        } = "{organisation} may not record events of item {item}", "have it empowered by the item's owner";
        /// An event is its recorder's.
        621 NotYours {
            /// Who acts.
            by: Uscc,
            /// Who recorded it.
            recorder: Uscc,
        } = "{by} may not do this to an event of {recorder}", "have it done by the recorder";
        /// Usual cause: a mistyped number.
        622 NoEvent {
            /// The event.
            event: EventId,
        } = "there is no event {event}", "check the number";
        /// Usual cause: recorded twice.
        623 EventExists {
            /// The event.
            event: EventId,
        } = "event {event} exists already", "nothing, or draw another number";
        /// Usual cause: a handle that was drawn and not registered.
        624 NoSubject = "the subject's handle is not registered", "have the identity authority register it";
        /// Usual cause: a handle that was replaced.
        625 SubjectClosed = "the subject's handle is closed", "ask the identity authority for the present one";
        /// The rules for persons and enterprises are apart, and so are their items.
        626 WrongKind {
            /// What the subject is.
            found: SubjectKind,
            /// Of whom the item is.
            needed: SubjectKind,
        } = "the subject is a {found}, the item is of a {needed}", "take the item for this kind of subject";
        /// Source: 征信业管理条例, article 14.
        627 ConsentNeeded {
            /// What it tells.
            content: Content,
        } = "{content} of natural persons is recorded with written consent alone", "commit to the written consent";
        /// Source: 征信业管理条例, article 15.
        628 NoticeNeeded = "a negative event of a natural person needs notice to the person before", "notify first";
        /// A person must have time to answer.
        629 NoticeTooRecent {
            /// When it may be recorded.
            record_from: Millis,
        } = "the notice is too recent, the event may be recorded from {record_from} on", "wait until then";
        /// What is recorded is what the person was told.
        630 NotAsNoticed = "item, subject or region are not those of the notice", "record what was announced, or notify anew";
        /// The law that the ledger knows says nothing that this could be judged by.
        631 NoProvision {
            /// On what.
            matter: Matter,
            /// Where.
            region: RegionCode,
        } = "no law on {matter} holds in region {region}", "have the validators enact it";
        /// What has not happened yet is not recorded.
        632 EndInFuture {
            /// When it is said to have ended.
            ended_at: Millis,
            /// The block time.
            now: Millis,
        } = "the behaviour is said to have ended at {ended_at}, later than block time {now}", "correct the date";
        /// Source: 征信业管理条例, article 16.
        633 TooOld {
            /// Until when it could be kept.
            kept_until: Millis,
        } = "the behaviour ended so long ago that the event could be kept until {kept_until} alone", "do not record it";
        /// Usual cause: repaired, deleted, expired, or not recorded yet.
        641 Status {
            /// What it is.
            found: Status,
        } = "the event is {found}, and this cannot be done then", "check the event's status";
        /// It is set once; only an answer to an objection moves it.
        642 EndedAlready {
            /// When it ended.
            ended_at: Millis,
        } = "the behaviour has ended at {ended_at} already", "nothing; if that is wrong, answer an objection";
        /// One at a time, so that each is answered.
        643 Disputed = "an objection waits for its answer already", "file it when that one is answered";
        /// Usual cause: answered twice.
        644 NotDisputed = "no objection waits for an answer", "nothing";
        /// Until then it is the recorder's alone.
        645 AnswerNotOverdue {
            /// By when it must be answered.
            due: Millis,
        } = "the recorder may answer until {due}", "wait until then, or have the recorder answer";
        /// Usual cause: an item that the law excludes.
        651 NotRepairable = "events of this item cannot be repaired", "nothing";
        /// Who goes on cannot repair.
        652 NotEnded = "the behaviour has not ended", "have the recorder mark its end first";
        /// Source: 信用修复管理办法.
        653 PublishedTooBriefly {
            /// When it may be repaired.
            repairable_from: Millis,
        } = "it must be published until {repairable_from} before it can be repaired", "apply then";
        /// One at a time.
        654 Applied = "an application for repair waits for its answer already", "wait for the answer";
        /// Usual cause: answered twice, or never applied.
        655 NotApplied = "no application for repair waits for an answer", "have the subject apply first";
        /// Usual cause: a mistyped code.
        661 NoList {
            /// The list.
            list: ItemCode,
        } = "list {list} is not defined", "define it first, or check the code";
        /// Usual cause: a mistyped number.
        662 NoEntry {
            /// The entry.
            entry: EntryId,
        } = "there is no entry {entry}", "check the number";
        /// Usual cause: entered twice.
        663 EntryExists {
            /// The entry.
            entry: EntryId,
        } = "entry {entry} exists already", "nothing, or draw another number";
        /// Nobody is put into a black list for nothing.
        664 EventNeeded = "an entry of a black list rests on an event", "cite the event";
        /// Usual cause: another subject's event, or one that speaks the other way.
        665 EventOfOther = "the event is of another subject, or speaks the other way than the list",
            "cite an event of the subject that speaks as the list does";
        /// Usual cause: repaired, deleted or expired.
        666 EventStatus {
            /// What it is.
            found: Status,
        } = "the event is {found}, nothing rests on it", "do not enter the subject for it";
        /// Usual cause: removed, or ended with its event.
        667 EntryOver {
            /// What it is.
            found: EntryStatus,
        } = "the entry is {found}, and this cannot be done then", "check the entry's status";
        /// Usual cause: a body that did not join the list's measures.
        671 NotJoined {
            /// The body.
            organisation: Uscc,
            /// The list.
            list: ItemCode,
        } = "{organisation} has not joined the measures of list {list}", "have it joined by the list's owner";
        /// Usual cause: a mistyped number.
        672 NoMeasure {
            /// The measure.
            measure: MeasureId,
        } = "there is no measure {measure}", "check the number";
        /// Usual cause: started twice.
        673 MeasureExists {
            /// The measure.
            measure: MeasureId,
        } = "measure {measure} exists already", "nothing, or draw another number";
        /// Usual cause: ended twice.
        674 MeasureEnded {
            /// Since when.
            ended: Millis,
        } = "the measure has ended at {ended}", "nothing";
    }
}
