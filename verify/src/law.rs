//! Law is data: the numbers that stand in laws, each from a date, with the article that says so; and the days on which
//! offices work.
//!
//! A number holds for a region and all within it, unless one of those has its own: the nearest region upward that says
//! anything at the instant is followed. What was computed from a number (an instant that a duty is due, a window's end)
//! stands in the record it was computed for, so a later law changes no earlier record. Rules: design D12, D13.

mod span;

pub use span::{Span, Unit};

use crate::credit::Grade;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::name::Name;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::time::{Date, Millis};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most provisions on one matter of one region: their list is one record, of 5 kB at most.
pub const MAX_PROVISIONS: usize = 32;

/// The fewest working days that a year may have. A common year has 250.
pub const LEAST_WORKING_DAYS: u32 = 200;
/// The most working days that a year may have.
pub const MOST_WORKING_DAYS: u32 = 300;

/// What a legal number is about. The order is part of the format.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// How long before its record a person is told of a negative event.
    PriorNotice,
    /// How long whoever recorded an event has to answer an objection.
    ObjectionAnswer,
    /// How long a regulator has to answer a complaint.
    ComplaintAnswer,
    /// How long a negative event is kept after the behaviour ended.
    CreditRetention,
    /// How long an event of a grade is published at least, before it can be repaired.
    PublicityLeast(Grade),
    /// How long an event of a grade is published at most.
    PublicityMost(Grade),
    /// How long whoever determined an event has to answer an application for repair.
    RepairAnswer,
    /// How long a request for data may wait for its answer.
    RequestAnswer,
    /// How long consent lasts that names no end.
    ConsentLapse,
    /// How long after an access ticket its receipt is due.
    TicketReceipt,
    /// How long after breaking the glass its justification is due.
    BreakGlassJustification,
    /// How long a challenge of data's quality may wait for its answer.
    QualityAnswer,
    /// How long the bodies of a joint licence have to sign it.
    JointIssue,
    /// How long custodians have to destroy what an order of erasure names.
    Erasure,
    /// For how long at most an access is sealed before its subject, each time.
    Sealing,
}

impl Matter {
    /// Every matter.
    pub const ALL: &[Matter] = &[
        Matter::PriorNotice,
        Matter::ObjectionAnswer,
        Matter::ComplaintAnswer,
        Matter::CreditRetention,
        Matter::PublicityLeast(Grade::Minor),
        Matter::PublicityLeast(Grade::Ordinary),
        Matter::PublicityLeast(Grade::Serious),
        Matter::PublicityMost(Grade::Minor),
        Matter::PublicityMost(Grade::Ordinary),
        Matter::PublicityMost(Grade::Serious),
        Matter::RepairAnswer,
        Matter::RequestAnswer,
        Matter::ConsentLapse,
        Matter::TicketReceipt,
        Matter::BreakGlassJustification,
        Matter::QualityAnswer,
        Matter::JointIssue,
        Matter::Erasure,
        Matter::Sealing,
    ];

    /// The least and the most days that a number on it may come to: what no law would say is a slip of the pen.
    pub const fn range(self) -> (u32, u32) {
        match self {
            Matter::PriorNotice | Matter::PublicityLeast(_) => (0, 1_830),
            Matter::CreditRetention => (366, 7_320),
            Matter::PublicityMost(_) | Matter::ConsentLapse | Matter::Sealing => (1, 3_660),
            Matter::ObjectionAnswer
            | Matter::ComplaintAnswer
            | Matter::RepairAnswer
            | Matter::RequestAnswer
            | Matter::TicketReceipt
            | Matter::BreakGlassJustification
            | Matter::QualityAnswer
            | Matter::JointIssue
            | Matter::Erasure => (1, 366),
        }
    }
}

/// What a law says on a matter from an instant on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// The first instant at which it holds.
    pub from: Millis,
    /// The number; none where the region says nothing of its own any more.
    pub span: Option<Span>,
    /// Where it stands.
    pub citation: Citation,
}

/// A place in a law.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The law's official title.
    pub instrument: Name,
    /// The article; 0 where the law is cited as a whole.
    pub article: u16,
    /// The paragraph of the article, from 1; 0 where the article is cited as a whole.
    pub paragraph: u8,
}

/// All that a region has said on a matter, in the order of the instants. One record for each region and matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Provisions(pub Vec<Provision>);

impl Provisions {
    /// What holds at an instant, if the region says anything then.
    pub fn at(&self, instant: Millis) -> Option<&Provision> {
        self.0.iter().rev().find(|provision| provision.from <= instant).filter(|provision| provision.span.is_some())
    }
}

/// The body that validators entrusted with a region's own law. One record for each region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Lawmaker {
    /// The body.
    pub organisation: Uscc,
}

/// On which days of a year offices of a region work. Where there is none for a year, from Monday to Friday.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Calendar {
    /// The region.
    pub region: RegionCode,
    /// The year.
    pub year: u16,
    /// One bit for each day from 1 January, the lowest bit of a byte first: set if it is a working day.
    #[serde(serialize_with = "crate::hash::as_hex")]
    pub working: [u8; 46],
    /// Where it stands.
    pub citation: Citation,
}

impl Calendar {
    /// Whether offices work on a day of its year.
    pub fn is_working(&self, date: Date) -> bool {
        let ordinal = date.ordinal();
        let byte = self.working.get(usize::from(ordinal.div_euclid(8))).copied().unwrap_or(0);
        byte >> ordinal.rem_euclid(8) & 1 == 1
    }

    /// How many working days it has; none if it marks one that the year has not, or the year itself cannot be.
    pub fn working_days(&self) -> Option<u32> {
        let days = Date::new(self.year, 12, 31)?.ordinal().saturating_add(1);
        let marked = |ordinal: &u16| {
            let byte = self.working.get(usize::from(ordinal.div_euclid(8))).copied().unwrap_or(0);
            byte >> ordinal.rem_euclid(8) & 1 == 1
        };
        let beyond = (days..368).any(|ordinal| marked(&ordinal));
        let count = (0..days).filter(marked).count();
        if beyond { None } else { u32::try_from(count).ok() }
    }
}

/// Whether offices work on a day for whose year no calendar was set.
pub fn is_working_by_default(date: Date) -> bool {
    !date.is_weekend()
}

/// An act on the law. Where `by` is none it is signed by more than two thirds of the validators' power, with their consensus
/// keys; otherwise by a registrar of the body that is entrusted with the region.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Says what holds on a matter in a region: after all that the region has said, and not from the past on. The
    /// country's first word on a matter may be older than the ledger. One that does not hold yet can be replaced by another
    /// from the same instant.
    Enact {
        /// Where.
        region: RegionCode,
        /// On what.
        matter: Matter,
        /// What, and from when.
        provision: Provision,
        /// Who.
        by: Option<Uscc>,
    },
    /// Sets a year's working days in a region. Of a year that is not over.
    SetCalendar {
        /// The calendar.
        calendar: Calendar,
        /// Who.
        by: Option<Uscc>,
    },
    /// Entrusts a body with a region's own law, or nobody. By the validators.
    Entrust {
        /// Where: not the whole country.
        region: RegionCode,
        /// Whom.
        organisation: Option<Uscc>,
    },
}

impl Act {
    /// Every text in it that a person chose.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let instrument = match self {
            Act::Enact { provision, .. } => Some(provision.citation.instrument.as_str()),
            Act::SetCalendar { calendar, .. } => Some(calendar.citation.instrument.as_str()),
            Act::Entrust { .. } => None,
        };
        instrument.into_iter()
    }
}

refusals! {
    /// Why an act on the law is refused, in the order checked for each kind of act.
    pub enum Refusal {
        /// Usual cause: signatures of too few validators were collected.
        1301 Threshold {
            /// The power that signed.
            found: u64,
            /// The least that may decide.
            needed: u64,
        } = "power {found} of the validators signed, {needed} is needed", "collect the signatures of more validators";
        /// Usual cause: a body that the validators did not entrust, or entrusted with another region.
        1302 NotLawmaker {
            /// Who acts.
            by: Uscc,
            /// For which region.
            region: RegionCode,
        } = "{by} is not entrusted with the law of region {region}", "have the validators entrust it, or decide themselves";
        /// No signer is a registrar of the body that acts.
        1303 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// What holds everywhere is for the validators.
        1304 Country = "the law of the whole country is entrusted to nobody", "have the validators decide it themselves";
        /// Usual cause: a mistyped code, or an organisation that is not registered yet.
        1305 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Usual cause: another unit than was meant.
        1306 OutOfRange {
            /// The days that it comes to at most.
            found: u32,
            /// The least allowed.
            least: u32,
            /// The most allowed.
            most: u32,
        } = "the number comes to {found} days, allowed is {least} to {most}", "check number and unit";
        /// Law is not changed backwards.
        1307 InPast {
            /// From when it is to hold.
            from: Millis,
            /// The block time.
            now: Millis,
        } = "it is to hold from {from}, before block time {now}", "let it hold from a later instant";
        /// Usual cause: a date before that of a provision that is on its way.
        1308 NotAfterLast {
            /// From when it is to hold.
            from: Millis,
            /// From when the last holds.
            last: Millis,
        } = "it is to hold from {from}, and the last provision holds from {last}", "let it hold from a later instant";
        /// Usual cause: a repeal of what was never said.
        1309 NothingToRepeal = "the region says nothing on this matter", "nothing, or check region and matter";
        /// All provisions on a matter stand in one record.
        1310 Full = "the region has said {MAX_PROVISIONS} things on this matter", "have a region above or below say it";
        /// Usual cause: last year's number.
        1311 YearOver {
            /// The year.
            found: u16,
            /// The year of block time.
            now: u16,
        } = "the year {found} is over, it is {now}", "check the year";
        /// Usual cause: the bits counted from the wrong end.
        1312 StrayDays {
            /// The year.
            year: u16,
        } = "the calendar marks days that the year {year} has not, or there is no such year",
            "mark the working days, one bit for each, from 1 January";
        /// Usual cause: a calendar of holidays instead of working days.
        1313 WorkingDays {
            /// How many there are.
            found: u32,
        } = "{found} working days; a year has {LEAST_WORKING_DAYS} to {MOST_WORKING_DAYS}",
            "mark the working days, one bit for each, from 1 January";
    }
}

/// `publicity_least.minor`, as files and commands name it.
impl fmt::Display for Matter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Matter::PriorNotice => f.write_str("prior_notice"),
            Matter::ObjectionAnswer => f.write_str("objection_answer"),
            Matter::ComplaintAnswer => f.write_str("complaint_answer"),
            Matter::CreditRetention => f.write_str("credit_retention"),
            Matter::PublicityLeast(grade) => write!(f, "publicity_least.{grade}"),
            Matter::PublicityMost(grade) => write!(f, "publicity_most.{grade}"),
            Matter::RepairAnswer => f.write_str("repair_answer"),
            Matter::RequestAnswer => f.write_str("request_answer"),
            Matter::ConsentLapse => f.write_str("consent_lapse"),
            Matter::TicketReceipt => f.write_str("ticket_receipt"),
            Matter::BreakGlassJustification => f.write_str("break_glass_justification"),
            Matter::QualityAnswer => f.write_str("quality_answer"),
            Matter::JointIssue => f.write_str("joint_issue"),
            Matter::Erasure => f.write_str("erasure"),
            Matter::Sealing => f.write_str("sealing"),
        }
    }
}

#[cfg(test)]
mod tests;
