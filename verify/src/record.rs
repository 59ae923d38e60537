//! Where each kind of record stands in the state: key = area byte ‖ hash of its name.
//!
//! Areas begin with different bits, so that a large one is reached in one step or two and not through all the others: `1…`
//! licences; `01…` kept for areas that will grow as large; `00…` all that is small.

use crate::access::{Consent, ConsentId, Request, RequestId, Resource, ResourceCode, Seal, Source, Ticket, TicketId};
use crate::canonical;
use crate::case::{Case, CaseId, Catalogued, ServiceCode, ServiceItem, Violations};
use crate::catalogue::{Competence, LicenceType, Tenure, TwoOfficers};
use crate::chain::Height;
use crate::credit::{self, CreditEvent, EntryId, EventId, Item, ItemCode, Joined, ListEntry, Measure, MeasureId};
use crate::duty::{DueDay, Duty, DutyName};
use crate::erasure::{ErasureOrder, Target};
use crate::figures::{Figure, FigureName};
use crate::governance::motion::{Motion, MotionId};
use crate::governance::schedule::Schedule;
use crate::governance::{Followers, FormerValidator, Validators};
use crate::hash::{Context, Hash};
use crate::holder::Handle;
use crate::identifiers::licence_id::{LicenceBase, LicenceId, LicenceTypeCode};
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::keys::PublicKey;
use crate::law::{Calendar, Lawmaker, Matter, Provisions};
use crate::licence::{JointIssue, Licence};
use crate::list::Head;
use crate::organisation::{Compromise, KeyGrant, Officer, Organisation, Succession};
use crate::parameters::Parameters;
use crate::recognition::{AgreementId, RecognitionAgreement, TerritorialLimits};
use crate::regions::Region;
use crate::subject::{ListKind, Subject, SubjectList};
use crate::tree::StateKey;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// The most bytes that the canonical form of any one record may have: 64 validators, each of them marked, take 6.4 kB.
pub const MAX_RECORD_BYTES: usize = 8_192;

/// A kind of record in the state.
pub trait Record: BorshSerialize + BorshDeserialize {
    /// The first byte of its keys. Never used for another kind.
    const AREA: u8;
    /// What names one record of this kind.
    type Name: BorshSerialize;

    /// The key of the record with a name.
    fn key(name: &Self::Name) -> StateKey {
        StateKey::new(Self::AREA, &Context::StateKey.hash_of(name))
    }
}

impl Record for Parameters {
    const AREA: u8 = 1;
    type Name = ();
}

impl Record for Organisation {
    const AREA: u8 = 2;
    type Name = Uscc;
}

impl Record for KeyGrant {
    const AREA: u8 = 3;
    type Name = PublicKey;
}

impl Record for LicenceType {
    const AREA: u8 = 4;
    type Name = LicenceTypeCode;
}

impl Record for Competence {
    const AREA: u8 = 5;
    type Name = (LicenceTypeCode, Uscc);
}

impl Record for Licence {
    const AREA: u8 = 0x80;
    type Name = LicenceBase;
}

/// Which licence a holder of a single-holding type has: the only one that can be live.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Holding {
    /// The licence.
    pub licence: LicenceBase,
}

impl Record for Holding {
    const AREA: u8 = 7;
    /// With the type, so that no issuer of another type can occupy a holding by copying its hash.
    type Name = (LicenceTypeCode, Hash);
}

/// What an organisation has spent on refused operations in the hour that it last spent any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct RefusalBudget {
    /// The hour: block time in milliseconds divided by 3,600,000.
    pub hour: i64,
    /// Operations of it that took no effect: refused, or dropped because another was.
    pub spent: u32,
}

impl Record for RefusalBudget {
    const AREA: u8 = 8;
    type Name = Uscc;
}

impl Record for Validators {
    const AREA: u8 = 9;
    type Name = ();
}

impl Record for Followers {
    const AREA: u8 = 10;
    type Name = ();
}

impl Record for FormerValidator {
    const AREA: u8 = 11;
    type Name = PublicKey;
}

impl Record for Provisions {
    const AREA: u8 = 12;
    type Name = (RegionCode, Matter);
}

impl Record for Lawmaker {
    const AREA: u8 = 13;
    type Name = RegionCode;
}

impl Record for Calendar {
    const AREA: u8 = 14;
    type Name = (RegionCode, u16);
}

impl Record for Item {
    const AREA: u8 = 15;
    type Name = ItemCode;
}

impl Record for credit::Competence {
    const AREA: u8 = 16;
    type Name = (ItemCode, Uscc);
}

impl Record for credit::List {
    const AREA: u8 = 18;
    type Name = ItemCode;
}

impl Record for Joined {
    const AREA: u8 = 19;
    type Name = (ItemCode, Uscc);
}

impl Record for DueDay {
    const AREA: u8 = 17;
    /// As [`crate::duty::due_day`] counts.
    type Name = i64;
}

impl Record for Officer {
    const AREA: u8 = 32;
    type Name = PublicKey;
}

impl Record for Succession {
    const AREA: u8 = 33;
    type Name = PublicKey;
}

impl Record for Compromise {
    const AREA: u8 = 34;
    type Name = PublicKey;
}

impl Record for TwoOfficers {
    const AREA: u8 = 35;
    type Name = LicenceTypeCode;
}

impl Record for Tenure {
    const AREA: u8 = 36;
    type Name = (LicenceTypeCode, Uscc);
}

impl Record for Resource {
    const AREA: u8 = 21;
    type Name = ResourceCode;
}

impl Record for Request {
    const AREA: u8 = 22;
    type Name = RequestId;
}

impl Record for Source {
    const AREA: u8 = 20;
    /// The body, and which of its sources.
    type Name = (Uscc, u16);
}

impl Record for Subject {
    const AREA: u8 = 0x40;
    type Name = Handle;
}

impl Record for SubjectList {
    const AREA: u8 = 0x41;
    type Name = (Handle, ListKind);
}

impl Record for CreditEvent {
    const AREA: u8 = 0x42;
    type Name = EventId;
}

impl Record for Duty {
    const AREA: u8 = 0x43;
    type Name = DutyName;
}

impl Record for ListEntry {
    const AREA: u8 = 0x44;
    type Name = EntryId;
}

impl Record for Measure {
    const AREA: u8 = 0x45;
    type Name = MeasureId;
}

impl Record for Catalogued {
    const AREA: u8 = 24;
    type Name = ServiceCode;
}

impl Record for ServiceItem {
    const AREA: u8 = 25;
    /// With the version: a case keeps the one under which it was accepted.
    type Name = (ServiceCode, u16);
}

impl Record for Violations {
    const AREA: u8 = 26;
    type Name = Uscc;
}

impl Record for Case {
    const AREA: u8 = 0x48;
    type Name = CaseId;
}

impl Record for ErasureOrder {
    const AREA: u8 = 0x49;
    type Name = Target;
}

impl Record for Consent {
    const AREA: u8 = 0x46;
    type Name = ConsentId;
}

impl Record for Ticket {
    const AREA: u8 = 0x47;
    type Name = TicketId;
}

impl Record for Seal {
    const AREA: u8 = 0x4a;
    /// What stands in the line.
    type Name = Hash;
}

impl Record for JointIssue {
    const AREA: u8 = 0x60;
    type Name = LicenceBase;
}

impl Record for Region {
    const AREA: u8 = 37;
    type Name = RegionCode;
}

impl Record for RecognitionAgreement {
    const AREA: u8 = 38;
    type Name = AgreementId;
}

impl Record for TerritorialLimits {
    const AREA: u8 = 0x61;
    type Name = LicenceTypeCode;
}

impl Record for Motion {
    const AREA: u8 = 39;
    type Name = MotionId;
}

impl Record for Schedule {
    const AREA: u8 = 40;
    type Name = ();
}

impl Record for Figure {
    const AREA: u8 = 0x62;
    type Name = FigureName;
}

/// A list that belongs to a record, and stands under the record's own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its length and root.
    pub head: Head,
    /// The height of the block that last appended to it.
    pub recorded_at: Height,
}

/// The list that belongs to a record, if one does. A value that is no record of its key's area has none.
pub fn list_kept(key: &StateKey, value: &[u8]) -> Option<Kept> {
    fn of<R: Record>(value: &[u8], list: impl FnOnce(&R) -> (Head, Height)) -> Option<Kept> {
        let (head, recorded_at) = canonical::decode(value, MAX_RECORD_BYTES).ok().as_ref().map(list)?;
        Some(Kept { head, recorded_at })
    }
    let StateKey([area, ..]) = key;
    match *area {
        Licence::AREA => of(value, |record: &Licence| (record.history, record.recorded_at)),
        CreditEvent::AREA => of(value, |record: &CreditEvent| (record.history, record.recorded_at)),
        ListEntry::AREA => of(value, |record: &ListEntry| (record.history, record.recorded_at)),
        SubjectList::AREA => of(value, |record: &SubjectList| (record.head, record.recorded_at)),
        DueDay::AREA => of(value, |record: &DueDay| (record.head, record.recorded_at)),
        Case::AREA => of(value, |record: &Case| (record.history, record.recorded_at)),
        Violations::AREA => of(value, |record: &Violations| (record.head, record.recorded_at)),
        _ => None,
    }
}

/// The head of the list that belongs to a record, if one does.
pub fn list_head(key: &StateKey, value: &[u8]) -> Option<Head> {
    list_kept(key, value).map(|kept| kept.head)
}

/// The list of all acts on one licence.
pub fn history_of(licence: &LicenceId) -> StateKey {
    Licence::key(&licence.base())
}
