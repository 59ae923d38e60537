//! Credit events: what is recorded of a subject's conduct, by which rules, and for how long it may be shown.
//!
//! A catalogue says which kinds of event there are, of whom, of what grade, and with what standing in law. An event's record
//! holds facts and bounds, and everything that the law's clocks come to for it, as computed when they started; what it amounts
//! to at an instant is [`status`]'s to say. Of persons more is forbidden than of enterprises: some contents always, others
//! without written consent, and a negative event without notice before. Rules: domain sections 1 and 5; `docs/rules/credit.md`.

mod act;
mod listing;
mod refusal;
mod status;

pub use act::{Act, Answer, Change, Correction, Entry, EventAct, Particulars};
pub use listing::{
    Enrolment, EntryAct, EntryAnswer, EntryChange, EntryId, EntryStatus, Joined, List, ListEntry, ListRecord, Measure,
    MeasureAct, MeasureChange, MeasureId, entry_status, is_in_force,
};
pub use refusal::Refusal;
pub use status::{Publicity, Status, status};

use crate::chain::Height;
use crate::hash::Hash;
use crate::holder::Handle;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::Citation;
use crate::list::Head;
use crate::name::Name;
use crate::numbering::{catalogue_names, random_names};
use crate::subject::SubjectKind;
use crate::time::Millis;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// A kind of event: the body that keeps the catalogue, and its number there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ItemCode {
    /// The body.
    pub owner: Uscc,
    /// The number.
    pub number: u16,
}

/// One kind of event, as its catalogue has it. Defined once: what changes is a new one.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Item {
    /// What names it.
    pub code: ItemCode,
    /// Its official name.
    pub name: Name,
    /// What its events tell of a subject.
    pub content: Content,
    /// Of whom there may be events of it.
    pub of: SubjectKind,
    /// Whether its events speak for or against a subject.
    pub bearing: Bearing,
    /// How grave they are.
    pub grade: Grade,
    /// Whether the law has its events published. A negative event that it has published needs no notice before.
    pub published: bool,
    /// Whether its events can be repaired.
    pub repairable: bool,
    /// The region in which it may be recorded.
    pub region: RegionCode,
    /// The law by which it is recorded at all.
    pub basis: Citation,
}

/// What events tell of a subject, as far as the law makes a difference. Source: 征信业管理条例, article 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Anything on which the law says nothing.
    Ordinary,
    /// Belief. Never of persons.
    Religion,
    /// Genes. Never of persons.
    Genes,
    /// Fingerprints. Never of persons.
    Fingerprints,
    /// Blood type. Never of persons.
    BloodType,
    /// Disease and its history. Never of persons.
    Disease,
    /// Income. Of persons by written consent.
    Income,
    /// Deposits. Of persons by written consent.
    Deposits,
    /// Securities. Of persons by written consent.
    Securities,
    /// Insurance. Of persons by written consent.
    Insurance,
    /// Real estate. Of persons by written consent.
    RealEstate,
    /// Tax paid. Of persons by written consent.
    Tax,
}

/// Whether an event speaks for or against a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearing {
    /// For.
    Positive,
    /// Against.
    Negative,
}

/// How grave an event is. Source: 信用修复管理办法.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 轻微.
    Minor,
    /// 一般.
    Ordinary,
    /// 严重.
    Serious,
}

/// That a body may record events of an item in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Competence {
    /// Where: within the item's region and the organisation's.
    pub region: RegionCode,
}

/// What names an event: who recorded it, and 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct EventId {
    /// The body that recorded it, and that answers for it.
    pub recorder: Uscc,
    /// Random, so that it tells nothing.
    pub number: [u8; 16],
}

/// A credit event, through all that becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct CreditEvent {
    /// Its kind.
    pub item: ItemCode,
    /// Whose it is.
    pub subject: Handle,
    /// Where it is recorded: whose law applies.
    pub region: RegionCode,
    /// Whether it speaks for or against the subject, as the item says.
    pub bearing: Bearing,
    /// Whether it can be repaired, as the item says.
    pub repairable: bool,
    /// The notice that went before its record, if one did.
    pub notice: Option<Notice>,
    /// When it was recorded; none while the subject has only been told.
    pub recorded: Option<Millis>,
    /// The root over the salted fields of the decision that it rests on; corrected, of what is right.
    pub contents: Hash,
    /// Commits to the subject's written consent, where it needs one.
    pub consent: Option<Hash>,
    /// When the behaviour ended. Set once; moved by the answer to an objection alone.
    pub ended_at: Option<Millis>,
    /// Whether everyone may see it, as the item says.
    pub published: bool,
    /// The first instant at which it is not published any more; none for what the law has published for good.
    pub published_until: Option<Millis>,
    /// The first instant at which it may be repaired.
    pub repairable_from: Option<Millis>,
    /// The first instant at which it may not be kept any more, once the behaviour has ended.
    pub kept_until: Option<Millis>,
    /// The objection that waits for its answer.
    pub objection: Option<Pending>,
    /// How many objections there have been.
    pub objections: u32,
    /// Whether an objection was answered that it could be neither confirmed nor refuted. Unset by a later answer.
    pub unconfirmed: bool,
    /// How often an objection had it corrected.
    pub corrections: u32,
    /// When an objection had it deleted.
    pub deleted: Option<Millis>,
    /// How many statements the subject has made on it: they stand in the history.
    pub statements: u32,
    /// The application for repair that waits for its answer.
    pub application: Option<Pending>,
    /// How many applications for repair there have been.
    pub applications: u32,
    /// When it was repaired.
    pub repaired: Option<Millis>,
    /// When the last act on it took effect.
    pub changed_at: Millis,
    /// The height of the block that recorded the last act.
    pub recorded_at: Height,
    /// The list of all acts on it, each an [`Entry`].
    pub history: Head,
}

/// That a subject was told before a negative event is recorded. Source: 征信业管理条例, article 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Notice {
    /// When.
    pub at: Millis,
    /// Commits to the notice.
    pub commitment: Hash,
    /// The first instant at which the event may be recorded.
    pub record_from: Millis,
}

/// What a subject asked for and waits for: an objection's answer, or a repair's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Pending {
    /// When it was filed.
    pub filed_at: Millis,
    /// By when it must be answered.
    pub due: Millis,
    /// Commits to what was filed.
    pub commitment: Hash,
}

impl Content {
    /// Whether nobody may record it of a person.
    pub fn is_forbidden_of_persons(self) -> bool {
        match self {
            Content::Religion | Content::Genes | Content::Fingerprints | Content::BloodType | Content::Disease => true,
            Content::Ordinary
            | Content::Income
            | Content::Deposits
            | Content::Securities
            | Content::Insurance
            | Content::RealEstate
            | Content::Tax => false,
        }
    }

    /// Whether it may be recorded of a person with written consent alone.
    pub fn needs_consent_of_persons(self) -> bool {
        match self {
            Content::Income
            | Content::Deposits
            | Content::Securities
            | Content::Insurance
            | Content::RealEstate
            | Content::Tax => true,
            Content::Ordinary
            | Content::Religion
            | Content::Genes
            | Content::Fingerprints
            | Content::BloodType
            | Content::Disease => false,
        }
    }
}

impl Item {
    /// Whether an event of it may be recorded only of a subject that was told before.
    pub fn needs_notice(&self) -> bool {
        self.of == SubjectKind::Natural && self.bearing == Bearing::Negative && !self.published
    }

    /// Whether an event of it may be recorded only with the subject's written consent.
    pub fn needs_consent(&self) -> bool {
        self.of == SubjectKind::Natural && self.content.needs_consent_of_persons()
    }
}

catalogue_names! { ItemCode: owner; }

random_names! { EventId: recorder, "event"; }

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Grade::Minor => "minor",
            Grade::Ordinary => "ordinary",
            Grade::Serious => "serious",
        })
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Content::Ordinary => "ordinary conduct",
            Content::Religion => "belief",
            Content::Genes => "genes",
            Content::Fingerprints => "fingerprints",
            Content::BloodType => "blood type",
            Content::Disease => "disease",
            Content::Income => "income",
            Content::Deposits => "deposits",
            Content::Securities => "securities",
            Content::Insurance => "insurance",
            Content::RealEstate => "real estate",
            Content::Tax => "tax paid",
        })
    }
}

#[cfg(test)]
mod tests;
