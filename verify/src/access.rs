//! Access to data: what a body has, who may ask for it and why, and every single access to a subject's data.
//!
//! The data stays with its owner; the ledger holds who may see what, and the proof that somebody did. A ticket stands in the
//! list of each subject that it is about *before* anything is released, and its receipt is a second line that names the
//! first: an access without a receipt is seen as one, and a release without a ticket has none. What a request, a consent or
//! a seal is at an instant is a pure function of its record. Rules: domain section 6; `docs/rules/access.md`.

mod act;
mod refusal;
mod status;

pub use act::{
    Act, Answer, ConsentAct, ConsentChange, Giving, Opening, Particulars, Released, RequestAct, RequestChange,
    ResourceAct, ResourceChange, Sealing, TicketAct, TicketChange,
};
pub use refusal::Refusal;
pub use status::{
    ConsentStatus, RequestStatus, ResourceStatus, SealStatus, consent_status, request_status, resource_status,
    seal_status,
};

use crate::canonical;
use crate::chain::Height;
use crate::hash::{Context, Hash};
use crate::holder::Handle;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::Citation;
use crate::list::{Head, leaf_hash};
use crate::name::Name;
use crate::numbering::{catalogue_names, random_names};
use crate::time::Millis;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most subjects of one ticket: their lines are 2,000 writes, and a block of the smallest budget has 3,000.
pub const MAX_SUBJECTS: usize = 1_000;

/// The most fields that a resource has, and the purposes that there are: each set of them is 64 bits.
pub const MAX_FIELDS: u8 = 64;

/// A resource of the catalogue: the body that has the data, and its number there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ResourceCode {
    /// The body that has the data.
    pub owner: Uscc,
    /// The number.
    pub number: u16,
}

/// Data that a body has, as the catalogue knows it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Resource {
    /// What names it.
    pub code: ResourceCode,
    /// Its official name.
    pub name: Name,
    /// Where it is of.
    pub region: RegionCode,
    /// How many fields it has, numbered from 0.
    pub fields: u8,
    /// Who may have it.
    pub sharing: Sharing,
    /// When it was published: nobody asks for it before.
    pub published: Option<Millis>,
    /// When it was retired: nobody asks for it from then on.
    pub retired: Option<Millis>,
    /// The height of the block that recorded the last act on it.
    pub recorded_at: Height,
}

/// Who may have the data of a resource. Source: 政务数据共享条例.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// 无条件共享: whoever asks. A request is granted.
    Unconditional,
    /// 有条件共享: who fulfils conditions; and each access needs the subject's consent or a law.
    Conditional {
        /// Commits to the conditions.
        conditions: Hash,
    },
    /// 不予共享: nobody, since a law says so. There is none without that law.
    NotShared {
        /// The law.
        basis: Citation,
    },
}

/// A set of a resource's fields, one bit each, field 0 the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Fields(pub u64);

/// A set of purposes, one bit for each of the 64 codes of the list that the validators agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Purposes(pub u64);

/// What is asked for, and what is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Terms {
    /// For which purposes.
    pub purposes: Purposes,
    /// Which fields.
    pub fields: Fields,
    /// Where: data on subjects and affairs of this region.
    pub region: RegionCode,
    /// The first instant.
    pub from: Millis,
    /// The first instant after.
    pub until: Millis,
    /// How many accesses: each subject of each ticket is one.
    pub budget: u64,
    /// Whether the data may be given to others.
    pub onward: bool,
}

/// One part of [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Purposes.
    Purposes,
    /// Fields.
    Fields,
    /// Region.
    Region,
    /// Dates.
    Dates,
    /// Budget.
    Budget,
    /// Onward sharing.
    Onward,
}

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident, $body:ident, $(#[$body_doc:meta])* $word:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
        pub struct $name {
            $(#[$body_doc])*
            pub $body: Uscc,
            /// Random, so that it tells nothing.
            pub number: [u8; 16],
        }

        random_names! { $name: $body, $word; }
    };
}

numbered! {
    /// What names a request, and the grant that it became.
    RequestId, requester,
    /// The body that asks.
    "request"
}
numbered! {
    /// What names a consent.
    ConsentId, filed_by,
    /// The body that filed it.
    "consent"
}
numbered! {
    /// What names a ticket.
    TicketId, requester,
    /// The body that has access.
    "ticket"
}

/// A request for the data of a resource, and the grant that it became.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Request {
    /// Of which resource.
    pub resource: ResourceCode,
    /// What is asked for.
    pub asked: Terms,
    /// When.
    pub filed_at: Millis,
    /// By when it must be answered.
    pub due: Millis,
    /// What was granted.
    pub grant: Option<Grant>,
    /// When it was refused.
    pub refused: Option<Millis>,
    /// How much of the budget is spent.
    pub spent: u64,
    /// Since when the grant is suspended.
    pub suspended: Option<Millis>,
    /// When it was revoked.
    pub revoked: Option<Millis>,
    /// The height of the block that recorded the last act on it.
    pub recorded_at: Height,
}

/// What was granted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Grant {
    /// When.
    pub at: Millis,
    /// What: nothing that was not asked for.
    pub terms: Terms,
    /// The law by which the data may be used without the subject's consent.
    pub basis: Option<Citation>,
}

/// A subject's consent that a body sees data of a resource for some purposes. Sources: 个人信息保护法, articles 13 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Consent {
    /// Whose.
    pub subject: Handle,
    /// To the data of which resource.
    pub resource: ResourceCode,
    /// For which body.
    pub requester: Uscc,
    /// For which purposes.
    pub purposes: Purposes,
    /// Commits to what the subject signed.
    pub paper: Hash,
    /// When it was given.
    pub given_at: Millis,
    /// The first instant at which it holds no more.
    pub until: Millis,
    /// When it was withdrawn.
    pub withdrawn: Option<Millis>,
    /// The height of the block that recorded the last act on it.
    pub recorded_at: Height,
}

/// The place of an entry in the log of one source: a gateway of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Serial {
    /// Which of the body's sources.
    pub source: u16,
    /// The number, from 1 and without a gap.
    pub number: u64,
}

/// How far a source of a body has come: whoever has an entry of its log with a later number has shown a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Source {
    /// How many of its entries are on the ledger.
    pub count: u64,
}

/// By what a ticket was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// A grant.
    Grant(RequestId),
    /// Nothing but need: the glass was broken, and the body owes a justification.
    Glass {
        /// Of which resource.
        resource: ResourceCode,
        /// Commits to the need.
        need: Hash,
    },
}

/// That a body is about to see data of subjects, and then, that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Ticket {
    /// By what.
    pub authority: Authority,
    /// Of which resource: its owner owes the receipt.
    pub resource: ResourceCode,
    /// The consent that it rests on.
    pub consent: Option<ConsentId>,
    /// For which purpose.
    pub purpose: u8,
    /// Which fields.
    pub fields: Fields,
    /// Where: whose law applies.
    pub region: RegionCode,
    /// Commits to the case that it is for.
    pub case: Option<Hash>,
    /// Commits to the officer.
    pub officer: Hash,
    /// Its place in the log of the requester's source.
    pub serial: Serial,
    /// The list of its subjects, in order, each with the place of its line: [`subjects`].
    pub subjects: Head,
    /// When it was opened.
    pub opened_at: Millis,
    /// What was released.
    pub receipt: Option<Receipt>,
    /// When breaking the glass was justified.
    pub justified: Option<Millis>,
    /// What stands in the subject's list in its place, where it is sealed.
    pub seal: Option<Hash>,
    /// The challenge of the data's quality that waits for its answer.
    pub challenge: Option<Challenge>,
    /// How many challenges there have been.
    pub challenges: u32,
    /// How many of them had the data corrected.
    pub corrections: u32,
    /// The height of the block that recorded the last act on it.
    pub recorded_at: Height,
}

/// That the data of a ticket was released, or that there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Receipt {
    /// When.
    pub at: Millis,
    /// Commits to all that was released.
    pub digest: Hash,
    /// Its place in the log of the provider's source.
    pub serial: Serial,
}

/// What an access came to for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Data was released.
    Hit,
    /// There was none.
    Nothing,
    /// It failed: nothing was released.
    Failed,
}

/// A challenge of data's quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Challenge {
    /// When it was filed.
    pub filed_at: Millis,
    /// By when it must be answered.
    pub due: Millis,
    /// Which fields are said to be wrong.
    pub fields: Fields,
    /// Commits to what is wrong.
    pub grounds: Hash,
}

/// A line of a subject's list that does not say yet who looked. Its name is what stands in the line: [`seal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Seal {
    /// When it was sealed.
    pub sealed_at: Millis,
    /// The first instant at which it is sealed no more, whatever anybody does.
    pub until: Millis,
    /// How often it was extended, each time by a second body too.
    pub extensions: u32,
    /// When its opening was put into the list.
    pub unsealed: Option<Millis>,
    /// The height of the block that recorded the last act on it.
    pub recorded_at: Height,
}

/// What stands in a subject's list in place of a ticket that is sealed.
pub fn seal(ticket: &TicketId, subject: &Handle, salt: &[u8; 32]) -> Hash {
    Context::Seal.hash_of(&(ticket, subject, salt))
}

/// The head of a ticket's list of subjects, each with the place of the ticket's line in the subject's list of accesses.
pub fn subjects<'a>(lines: impl IntoIterator<Item = (&'a Handle, u64)>) -> Head {
    let leaves: alloc::vec::Vec<_> = lines.into_iter().map(|line| leaf_hash(&canonical::encode(&line))).collect();
    Head::of(&leaves)
}

impl Fields {
    /// The first so many fields.
    pub fn first(count: u8) -> Fields {
        Fields(u64::MAX.checked_shr(64_u32.saturating_sub(u32::from(count))).unwrap_or(0))
    }

    /// Whether each of them is among others.
    pub fn are_within(self, others: Fields) -> bool {
        self.0 & !others.0 == 0
    }
}

impl Purposes {
    /// Whether each of them is among others.
    pub fn are_within(self, others: Purposes) -> bool {
        self.0 & !others.0 == 0
    }

    /// Whether a purpose is among them. Only the codes from 0 to 63 can be.
    pub fn contain(self, purpose: u8) -> bool {
        self.0.checked_shr(u32::from(purpose)).is_some_and(|rest| rest & 1 == 1)
    }
}

impl Terms {
    /// A part in which they allow nothing at all, if there is one.
    pub fn nothing_in(&self) -> Option<Bound> {
        let empty = [
            (Bound::Purposes, self.purposes.0 == 0),
            (Bound::Fields, self.fields.0 == 0),
            (Bound::Dates, self.until <= self.from),
            (Bound::Budget, self.budget == 0),
        ];
        empty.into_iter().find_map(|(bound, is_empty)| is_empty.then_some(bound))
    }

    /// A part in which they go beyond others, if there is one.
    pub fn beyond(&self, others: &Terms) -> Option<Bound> {
        let beyond = [
            (Bound::Purposes, !self.purposes.are_within(others.purposes)),
            (Bound::Fields, !self.fields.are_within(others.fields)),
            (Bound::Region, !others.region.contains(self.region)),
            (Bound::Dates, self.from < others.from || others.until < self.until),
            (Bound::Budget, others.budget < self.budget),
            (Bound::Onward, self.onward && !others.onward),
        ];
        beyond.into_iter().find_map(|(bound, is_beyond)| is_beyond.then_some(bound))
    }
}

catalogue_names! { ResourceCode: owner; }

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Bound::Purposes => "purposes",
            Bound::Fields => "fields",
            Bound::Region => "region",
            Bound::Dates => "dates",
            Bound::Budget => "budget",
            Bound::Onward => "onward sharing",
        })
    }
}

#[cfg(test)]
mod tests;
