//! Time as the ledger knows it: milliseconds of block time, and civil dates at the offset of the law's country.

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Negative before that.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// One second, in milliseconds.
pub const SECOND_MS: i64 = 1_000;
/// One day, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// The offset of civil dates from UTC: +08:00. Rule: design D12.
pub const CIVIL_OFFSET_MS: i64 = 8 * 3_600_000;

impl Millis {
    /// This instant moved by a duration, held at the ends of the range.
    #[must_use]
    pub const fn plus(self, duration_ms: i64) -> Millis {
        Millis(self.0.saturating_add(duration_ms))
    }

    /// How long after `earlier` this is, in milliseconds; negative if it is before.
    pub const fn since(self, earlier: Millis) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A civil date of the proleptic Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A date that exists, from year 1 to 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let date = Date { year, month, day };
        let exists = (1..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1 && day <= date.month_length();
        exists.then_some(date)
    }

    /// The instant at which this date begins, at [`CIVIL_OFFSET_MS`].
    pub fn start(self) -> Millis {
        Millis(self.days_since_epoch().saturating_mul(DAY_MS).saturating_sub(CIVIL_OFFSET_MS))
    }

    /// The instant at which this date is over: the start of the next. Terms that include their last day end here.
    pub fn end(self) -> Millis {
        self.start().plus(DAY_MS)
    }

    /// The date of an instant, at [`CIVIL_OFFSET_MS`]; years outside 1 to 9999 are held at the ends.
    pub fn of(instant: Millis) -> Date {
        let days = instant.plus(CIVIL_OFFSET_MS).0.div_euclid(DAY_MS);
        // Days from 0000-03-01, so that a leap day is the last of its year (after H. Hinnant, "chrono-compatible date
        // algorithms"): eras of 400 years have 146,097 days.
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = year_of_era(day_of_era);
        let day_of_year = day_of_era.saturating_sub(days_before_year_of_era(year_of_era));
        let shifted_month = day_of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
        let day = day_of_year.saturating_sub(days_before_shifted_month(shifted_month)).saturating_add(1);
        let month = if shifted_month < 10 { shifted_month.saturating_add(3) } else { shifted_month.saturating_sub(9) };
        let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(i64::from(month <= 2));
        let date = Date {
            year: u16::try_from(year.clamp(1, 9999)).unwrap_or(9999),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        };
        if year < 1 {
            Date { year: 1, month: 1, day: 1 }
        } else if year > 9999 {
            Date { year: 9999, month: 12, day: 31 }
        } else {
            date
        }
    }

    /// Its year, 1 to 9999.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Which day of its year it is: 0 for 1 January.
    pub fn ordinal(self) -> u16 {
        let first = Date { month: 1, day: 1, ..self };
        u16::try_from(self.days_since_epoch().saturating_sub(first.days_since_epoch())).unwrap_or(0)
    }

    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        // 1 January 1970 was a Thursday: day 2 of the epoch a Saturday.
        matches!(self.days_since_epoch().rem_euclid(7), 2 | 3)
    }

    /// The date so many days later, held at the last there is.
    #[must_use]
    pub fn plus_days(self, days: u16) -> Date {
        Date::of(self.start().plus(i64::from(days).saturating_mul(DAY_MS)))
    }

    /// The same day so many months later; where that month has no such day, its last. Held in the last year there is.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Date {
        let months = u32::from(self.month).saturating_sub(1).saturating_add(months);
        let year = u32::from(self.year).saturating_add(months.div_euclid(12)).min(9999);
        let month = months.rem_euclid(12).saturating_add(1);
        let first = Date { year: u16::try_from(year).unwrap_or(9999), month: u8::try_from(month).unwrap_or(1), day: 1 };
        Date { day: self.day.min(first.month_length()), ..first }
    }

    fn days_since_epoch(self) -> i64 {
        let (month, year) = (i64::from(self.month), i64::from(self.year));
        let shifted_year = if self.month <= 2 { year.saturating_sub(1) } else { year };
        let shifted_month = if self.month > 2 { month.saturating_sub(3) } else { month.saturating_add(9) };
        let era = shifted_year.div_euclid(400);
        let day_of_year =
            days_before_shifted_month(shifted_month).saturating_add(i64::from(self.day)).saturating_sub(1);
        let day_of_era = days_before_year_of_era(shifted_year.rem_euclid(400)).saturating_add(day_of_year);
        era.saturating_mul(146_097).saturating_add(day_of_era).saturating_sub(719_468)
    }

    fn month_length(self) -> u8 {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 31,
        }
    }
}

/// Days in the months before the `month`-th of a year that begins in March.
fn days_before_shifted_month(month: i64) -> i64 {
    month.saturating_mul(153).saturating_add(2).div_euclid(5)
}

/// Days in the years before the `year`-th of an era of 400 years.
fn days_before_year_of_era(year: i64) -> i64 {
    year.saturating_mul(365).saturating_add(year.div_euclid(4)).saturating_sub(year.div_euclid(100))
}

/// The year of an era in which its `day`-th day lies.
fn year_of_era(day: i64) -> i64 {
    let leap_days =
        day.div_euclid(1_460).saturating_sub(day.div_euclid(36_524)).saturating_add(day.div_euclid(146_096));
    day.saturating_sub(leap_days).div_euclid(365)
}

/// `2024-02-29`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no date of the form `2024-02-29`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a date reads YYYY-MM-DD and must exist")]
pub struct NotADate;

impl core::str::FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Date, NotADate> {
        let digits = text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if text.len() != 10 || !digits {
            return Err(NotADate);
        }
        let number = |range: core::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u16>().ok());
        let part = |range| number(range).and_then(|value| u8::try_from(value).ok()).ok_or(NotADate);
        Date::new(number(0..4).ok_or(NotADate)?, part(5..7)?, part(8..10)?).ok_or(NotADate)
    }
}

/// `2024-02-29 08:00:00 +08:00`, for people.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.plus(CIVIL_OFFSET_MS).0.rem_euclid(DAY_MS).div_euclid(SECOND_MS);
        let (hours, minutes, seconds) =
            (of_day.div_euclid(3_600), of_day.rem_euclid(3_600).div_euclid(60), of_day.rem_euclid(60));
        write!(f, "{} {hours:02}:{minutes:02}:{seconds:02} +08:00", Date::of(*self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_begin_at_midnight_of_the_country() {
        let date: Date = "2026-01-01".parse().unwrap();
        assert_eq!(date.start(), Millis(1_767_196_800_000));
        assert_eq!(std::format!("{}", date.start()), "2026-01-01 00:00:00 +08:00");
    }

    #[test]
    fn every_day_of_twelve_centuries_comes_back() {
        let mut instant = "1600-01-01".parse::<Date>().unwrap().start();
        let end = "2800-01-01".parse::<Date>().unwrap().start();
        let mut before = Date::of(instant.plus(-1));
        while instant < end {
            let date = Date::of(instant);
            assert_eq!(date.start(), instant);
            assert_eq!(Date::of(date.end().plus(-1)), date);
            assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
            assert!(before < date);
            before = date;
            instant = date.end();
        }
    }

    #[test]
    fn the_days_of_a_year_are_counted_and_weekends_known() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!((date("2024-01-01").ordinal(), date("2024-12-31").ordinal()), (0, 365));
        assert_eq!(date("2026-12-31").ordinal(), 364);
        let week = ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"];
        assert_eq!(week.map(|day| date(day).is_weekend()), [false, true, true, false]);
        assert_eq!((date("1969-12-27").is_weekend(), date("1969-12-26").is_weekend()), (true, false));
    }

    /// Source: Civil Code, article 202: where there is no corresponding day, the last of the month.
    #[test]
    fn months_later_is_the_corresponding_day_or_the_last_of_the_month() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let cases = [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-02-29", 60, "2029-02-28"),
            ("2026-11-30", 3, "2027-02-28"),
            ("2026-12-15", 1, "2027-01-15"),
            ("2026-05-20", 0, "2026-05-20"),
            ("9999-12-31", 1, "9999-01-31"),
        ];
        for (from, months, expected) in cases {
            assert_eq!(date(from).plus_months(months), date(expected), "{from} and {months} months");
        }
        assert_eq!(date("2024-02-28").plus_days(2), date("2024-03-01"));
        assert_eq!(date("9999-12-31").plus_days(9), date("9999-12-31"));
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in
            ["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-01-32", "24-01-01", "2024-1-1", "+024-01-01"]
        {
            assert_eq!(text.parse::<Date>(), Err(NotADate), "{text}");
        }
    }
}
