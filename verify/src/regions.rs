//! Regions as a registry with dates: which code of GB/T 2260 stood for what, from when until when.
//!
//! A code is created, renamed, abolished, and given to another place later; each of these ends a [`Period`] or begins one. Of
//! most changes before the ledger only the year is known, and a period says so rather than invent a day. What a region was at
//! an instant is [`standing`], a pure function; a code that nobody registered is judged by its digits, as ever. Whether one
//! region lies in another is told by the digits too: no period moves a code. Rule: domain sections 2 and 3.

use crate::identifiers::region::{Level, RegionCode};
use crate::identifiers::uscc::Uscc;
use crate::name::Name;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::time::{Date, Millis};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most periods of one code. Since 1981 no code had more than six; these take 4 kB of a record.
pub const MAX_PERIODS: usize = 16;
/// The most regions that one goes on in.
pub const MAX_SUCCESSORS: usize = 16;

/// A region code, and what it has stood for. One record for each code.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Region {
    /// The code. Its digits tell the level.
    pub code: RegionCode,
    /// Its periods, in the order of time; none overlaps another.
    pub periods: Vec<Period>,
}

/// What a code stood for, from one bound to another.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Period {
    /// When it began.
    pub from: Bound,
    /// When it ended; none while it runs.
    pub until: Option<Bound>,
    /// The region's official name.
    pub name: Name,
    /// The region that it stood straight beneath: of provinces, the whole country.
    pub parent: RegionCode,
    /// What it went on as when it ended: the same code if it was only renamed; empty if nobody said.
    pub successors: Vec<RegionCode>,
}

/// When a region changed, as exactly as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// At this instant.
    At(Millis),
    /// At some instant of this year. Usual cause: the change is known from yearly lists.
    InYear(u16),
}

impl Bound {
    /// The first instant that it may be. Bounds are ordered by it.
    pub fn earliest(self) -> Millis {
        match self {
            Bound::At(instant) => instant,
            Bound::InYear(year) => Date::new(year, 1, 1).map_or(Millis(i64::MIN), Date::start),
        }
    }

    /// The last instant that it may be.
    pub fn latest(self) -> Millis {
        match self {
            Bound::At(instant) => instant,
            Bound::InYear(year) => Date::new(year, 12, 31).map_or(Millis(i64::MAX), |last| last.end().plus(-1)),
        }
    }

    /// Whether there is such a year.
    pub fn exists(self) -> bool {
        match self {
            Bound::At(_) => true,
            Bound::InYear(year) => Date::new(year, 1, 1).is_some(),
        }
    }
}

impl Period {
    /// Whether it is not over before it begins.
    pub fn is_sound(&self) -> bool {
        self.until.is_none_or(|until| self.from.earliest() < until.earliest())
    }

    /// Whether it surely ran at an instant.
    pub fn holds(&self, instant: Millis) -> bool {
        self.from.latest() <= instant && self.until.is_none_or(|until| instant < until.earliest())
    }

    /// Whether it may have run at an instant, for all that is known.
    pub fn may_hold(&self, instant: Millis) -> bool {
        self.from.earliest() <= instant && self.until.is_none_or(|until| instant < until.latest())
    }

    /// Whether it may have run at a bound, or ended just there.
    pub fn reaches(&self, bound: Bound) -> bool {
        self.from.earliest() <= bound.latest() && self.until.is_none_or(|until| bound.earliest() <= until.latest())
    }
}

impl Region {
    /// Its level, by its digits.
    pub fn level(&self) -> Level {
        self.code.level()
    }

    /// Whether one of its periods may have run at a bound, or ended just there.
    pub fn reaches(&self, bound: Bound) -> bool {
        self.periods.iter().any(|period| period.reaches(bound))
    }
}

/// What a region code was at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing<'a> {
    /// Nobody registered the code: its digits are all that is known.
    Unregistered,
    /// It stood for this.
    InForce {
        /// The period that ran.
        period: &'a Period,
    },
    /// It changed in the year of the instant, and on which day is not known.
    InYearOfChange {
        /// What it stood for if the change was later; none if it stood for nothing.
        before: Option<&'a Period>,
        /// What it stood for if the change was earlier; none if it stood for nothing.
        after: Option<&'a Period>,
    },
    /// It stood for nothing.
    NotInForce {
        /// The last period before, which says what the region went on as.
        last: Option<&'a Period>,
        /// The next period after.
        next: Option<&'a Period>,
    },
}

/// What a region code was at an instant, by its record, if there is one.
pub fn standing(region: Option<&Region>, instant: Millis) -> Standing<'_> {
    let Some(Region { periods, .. }) = region else { return Standing::Unregistered };
    if let Some(period) = periods.iter().find(|period| period.holds(instant)) {
        return Standing::InForce { period };
    }
    let mut possible = periods.iter().filter(|period| period.may_hold(instant));
    let is_at_end = |period: &&Period| period.until.is_some_and(|until| until.earliest() <= instant);
    let is_at_begin = |period: &&Period| instant < period.from.latest();
    let before = possible.clone().find(is_at_end);
    let after = possible.rfind(is_at_begin);
    if before.is_some() || after.is_some() {
        return Standing::InYearOfChange { before, after };
    }
    Standing::NotInForce {
        last: periods.iter().rfind(|period| period.from.earliest() <= instant),
        next: periods.iter().find(|period| instant < period.from.earliest()),
    }
}

/// An act on the registry. By a registrar of the national body; where it says what was before block time, by a historical
/// registrar of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Act {
    /// The code.
    pub code: RegionCode,
    /// A root organisation of the whole country.
    pub by: Uscc,
    /// What is done to it.
    pub change: Change,
}

/// What is done to a region code.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Change {
    /// Enters what it stands or stood for: a new region, a new use of an old code, or a period of the past.
    Enter {
        /// Its level, as the source has it: that of the digits.
        level: Level,
        /// The period. It may have ended already.
        period: Period,
    },
    /// Gives the region that runs another name.
    Rename {
        /// The name.
        name: Name,
        /// From when.
        from: Bound,
    },
    /// Ends the region that runs. Licences, competences and bodies that name it stand.
    End {
        /// When.
        at: Bound,
        /// What it goes on as.
        successors: Vec<RegionCode>,
    },
}

impl Act {
    /// When what it says began or ended.
    pub fn bound(&self) -> Bound {
        match &self.change {
            Change::Enter { period, .. } => period.from,
            Change::Rename { from, .. } => *from,
            Change::End { at, .. } => *at,
        }
    }

    /// Every bound that it gives.
    pub fn bounds(&self) -> impl Iterator<Item = Bound> {
        let until = match &self.change {
            Change::Enter { period, .. } => period.until,
            Change::Rename { .. } | Change::End { .. } => None,
        };
        core::iter::once(self.bound()).chain(until)
    }

    /// What the region goes on as, if it says that.
    pub fn successors(&self) -> &[RegionCode] {
        match &self.change {
            Change::Enter { period, .. } => &period.successors,
            Change::End { successors, .. } => successors,
            Change::Rename { .. } => &[],
        }
    }
}

refusals! {
    /// Why an act on the registry of regions is refused, in the order checked; the last is of other areas' acts that name a
    /// region.
    pub enum Refusal {
        /// Usual cause: a mistyped code.
        1501 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Codes are given out for the whole country. Usual cause: a province that enters its own counties.
        1502 NotNational {
            /// Who acts.
            by: Uscc,
        } = "{by} is no root organisation of the whole country", "have the national body do it";
        /// No signer has the role. What was before block time is for the historical registrar.
        1503 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// The country has no period.
        1504 Country = "the whole country is no region of the registry", "check the code";
        /// Years are 1 to 9999.
        1505 NoSuchYear = "there is no such year", "check the dates";
        /// Usual cause: the columns of a source mistaken for one another.
        1506 OtherLevel {
            /// The level that was said.
            found: Level,
            /// The level that the digits tell.
            digits: Level,
        } = "the level is said to be {found}, and the digits of the code tell {digits}", "check level and code";
        /// Usual cause: a grandparent of another province.
        1507 NotBeneath {
            /// The parent that was said.
            parent: RegionCode,
        } = "the digits of the code do not put it beneath region {parent}",
            "name the region above: of a province 000000, of a county its municipality, or the province if there is none";
        /// Usual cause: a county that is entered before its municipality.
        1508 UnknownParent {
            /// The parent.
            parent: RegionCode,
        } = "region {parent} is not registered as in force then", "enter the region above first";
        /// Usual cause: the bounds in the wrong order; or a region that was there for less than a year, of which the year alone is known.
        1509 EmptyPeriod = "the period would be over when it begins", "check the dates";
        /// What a code stands for changes by an end and a new period. Usual cause: entered twice.
        1510 Overlap {
            /// When the period begins that it overlaps.
            with: Bound,
        } = "it overlaps the period of the same code that begins {with}", "end that first, or check the dates";
        /// All periods of a code stand in one record.
        1511 Full = "the code has {MAX_PERIODS} periods", "take another code";
        /// Usual cause: a mistyped code.
        1512 NoRegion {
            /// The code.
            code: RegionCode,
        } = "region {code} is not registered", "enter it first";
        /// Usual cause: ended twice.
        1513 NotRunning {
            /// The code.
            code: RegionCode,
        } = "region {code} has ended", "nothing, or enter what it stands for now";
        /// Usual cause: a change of another kind, in which the name stays.
        1514 SameName = "it has this name already", "nothing, or check the name";
        /// Usual cause: successors of a region that goes on.
        1515 SuccessorsOfRunning = "a period that has not ended has no successors", "say when it ended, or leave them out";
        /// More than a region is divided into, or one of them twice.
        1516 Successors {
            /// How many there are.
            found: usize,
        } = "{found} successors; there are at most {MAX_SUCCESSORS}, each named once", "name each once";
        /// A region goes on as one that is there. Usual cause: an end that is recorded before what follows it.
        1517 UnknownSuccessor {
            /// The successor.
            code: RegionCode,
        } = "region {code} is not registered as in force then", "enter the successor first";
        /// A body, type, competence or licence is for a region that stands for nothing at the time. Usual cause: an old code.
        1518 NotInForce {
            /// The code.
            code: RegionCode,
            /// The instant at which it is looked at.
            at: Millis,
        } = "region {code} is not in force at {at}", "take the code of what the region went on as";
    }
}

/// `in 1989`, or `at 2026-01-01 00:00:00 +08:00`.
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::At(instant) => write!(f, "at {instant}"),
            Bound::InYear(year) => write!(f, "in {year}"),
        }
    }
}

#[cfg(test)]
mod tests;
