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

/// Whether each is above the one before, so that no two are the same.
const fn ascend(areas: &[u8]) -> bool {
    match areas {
        [one, next, ..] if *one >= *next => false,
        [_, rest @ ..] => ascend(rest),
        [] => true,
    }
}

/// The kinds of records in the order of their areas, each with what names one of its kind.
macro_rules! records {
    ($($area:literal $record:ty: $name:ty;)*) => {
        $(impl Record for $record {
            const AREA: u8 = $area;
            type Name = $name;
        })*

        const _: () = assert!(ascend(&[$($area),*]), "areas must ascend");
    };
}

records! {
    0x01 Parameters: ();
    0x02 Organisation: Uscc;
    0x03 KeyGrant: PublicKey;
    0x04 LicenceType: LicenceTypeCode;
    0x05 Competence: (LicenceTypeCode, Uscc);
    // With the type, so that no issuer of another type can occupy a holding by copying its hash.
    0x07 Holding: (LicenceTypeCode, Hash);
    0x08 RefusalBudget: Uscc;
    0x09 Validators: ();
    0x0a Followers: ();
    0x0b FormerValidator: PublicKey;
    0x0c Provisions: (RegionCode, Matter);
    0x0d Lawmaker: RegionCode;
    0x0e Calendar: (RegionCode, u16);
    0x0f Item: ItemCode;
    0x10 credit::Competence: (ItemCode, Uscc);
    // As [`crate::duty::due_day`] counts.
    0x11 DueDay: i64;
    0x12 credit::List: ItemCode;
    0x13 Joined: (ItemCode, Uscc);
    // The body, and which of its sources.
    0x14 Source: (Uscc, u16);
    0x15 Resource: ResourceCode;
    0x16 Request: RequestId;
    0x18 Catalogued: ServiceCode;
    // With the version: a case keeps the one under which it was accepted.
    0x19 ServiceItem: (ServiceCode, u16);
    0x1a Violations: Uscc;
    0x20 Officer: PublicKey;
    0x21 Succession: PublicKey;
    0x22 Compromise: PublicKey;
    0x23 TwoOfficers: LicenceTypeCode;
    0x24 Tenure: (LicenceTypeCode, Uscc);
    0x25 Region: RegionCode;
    0x26 RecognitionAgreement: AgreementId;
    0x27 Motion: MotionId;
    0x28 Schedule: ();
    0x40 Subject: Handle;
    0x41 SubjectList: (Handle, ListKind);
    0x42 CreditEvent: EventId;
    0x43 Duty: DutyName;
    0x44 ListEntry: EntryId;
    0x45 Measure: MeasureId;
    0x46 Consent: ConsentId;
    0x47 Ticket: TicketId;
    0x48 Case: CaseId;
    0x49 ErasureOrder: Target;
    // What stands in the line.
    0x4a Seal: Hash;
    0x60 JointIssue: LicenceBase;
    0x61 TerritorialLimits: LicenceTypeCode;
    0x62 Figure: FigureName;
    0x80 Licence: LicenceBase;
}

/// Which licence a holder of a single-holding type has: the only one that can be live.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Holding {
    /// The licence.
    pub licence: LicenceBase,
}

/// What an organisation has spent on refused operations in the hour that it last spent any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct RefusalBudget {
    /// The hour: block time in milliseconds divided by 3,600,000.
    pub hour: i64,
    /// Operations of it that took no effect: refused, or dropped because another was.
    pub spent: u32,
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
