//! Spans of legal time, and where they end.
//!
//! The day on which a span begins is not counted, it is over at the end of its last day, and where that is no working day
//! what is due by then is due at the end of the next working day. Source: Civil Code, articles 201 to 203.

use crate::time::{Date, Millis};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The longest run of days without work that is looked through for a working day: a year.
const MOST_IDLE_DAYS: u16 = 366;

/// In what a span is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Days of the calendar.
    Days,
    /// Days on which offices work.
    WorkingDays,
    /// Months, to the corresponding day or the last of the month.
    Months,
    /// Years, to the corresponding day or the last of the month.
    Years,
}

/// A span of legal time: `20 days`, `5 years`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// How many.
    pub value: u16,
    /// Of what.
    pub unit: Unit,
}

impl Span {
    /// The days that it comes to at most; two for each working day.
    pub fn days(self) -> u32 {
        let days = match self.unit {
            Unit::Days => 1,
            Unit::WorkingDays => 2,
            Unit::Months => 31,
            Unit::Years => 366,
        };
        u32::from(self.value).saturating_mul(days)
    }

    /// The first instant after it: of windows, which end on whatever day it is.
    pub fn end(self, from: Millis, is_working: &mut dyn FnMut(Date) -> bool) -> Millis {
        self.last_day(from, is_working).end()
    }

    /// The instant by which something is due within it: the end of a working day.
    pub fn deadline(self, from: Millis, is_working: &mut dyn FnMut(Date) -> bool) -> Millis {
        let last = self.last_day(from, is_working);
        let mut days = (0..MOST_IDLE_DAYS).map(|later| last.plus_days(later));
        days.find(|day| is_working(*day)).unwrap_or(last).end()
    }

    fn last_day(self, from: Millis, is_working: &mut dyn FnMut(Date) -> bool) -> Date {
        let first = Date::of(from);
        match self.unit {
            Unit::Days => first.plus_days(self.value),
            Unit::Months => first.plus_months(u32::from(self.value)),
            Unit::Years => first.plus_months(u32::from(self.value).saturating_mul(12)),
            Unit::WorkingDays => {
                let (mut day, mut left, mut idle) = (first, self.value, 0);
                while left > 0 && idle < MOST_IDLE_DAYS {
                    day = day.plus_days(1);
                    if is_working(day) {
                        (left, idle) = (left.saturating_sub(1), 0);
                    } else {
                        idle = idle.saturating_add(1);
                    }
                }
                day
            }
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Days => "days",
            Unit::WorkingDays => "working days",
            Unit::Months => "months",
            Unit::Years => "years",
        };
        write!(f, "{} {unit}", self.value)
    }
}
