//! Dates, instants and durations as people write them.

use bulla_verify::regions::Bound;
use bulla_verify::time::{DAY_MS, Date, Millis, SECOND_MS};
use std::time::{SystemTime, UNIX_EPOCH};

/// This computer's clock.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// `2026-01-31`, its first instant at +08:00; or an instant such as `2026-01-31T09:30:00+08:00`.
pub(crate) fn instant(text: &str) -> Result<Millis, String> {
    read(text, Date::start)
}

/// As [`instant`]; or `1989`, a year of which no day is known.
pub(crate) fn bound(text: &str) -> Result<Bound, String> {
    let is_year = text.len() == 4 && text.bytes().all(|digit| digit.is_ascii_digit());
    match text.parse() {
        Ok(year) if is_year => Ok(Bound::InYear(year)),
        _ => {
            instant(text).map(Bound::At).map_err(|refused| format!("{refused}; a year of which no day is known, 1989"))
        }
    }
}

/// `2026-01-31`, of which the whole day is still within; or the very instant of an end.
pub(crate) fn last_day(text: &str) -> Result<Millis, String> {
    read(text, Date::end)
}

/// `24h`, `30m`, `90s` or `7d`, in milliseconds.
pub(crate) fn duration_ms(text: &str) -> Result<i64, String> {
    let refused = || "a duration reads 90s, 30m, 24h or 7d".to_owned();
    let unit = text.chars().next_back().ok_or_else(refused)?;
    let unit_ms = match unit {
        's' => SECOND_MS,
        'm' => 60 * SECOND_MS,
        'h' => 3_600 * SECOND_MS,
        'd' => DAY_MS,
        _ => return Err(refused()),
    };
    let count = text.strip_suffix(unit).and_then(|count| count.parse::<u32>().ok()).ok_or_else(refused)?;
    i64::from(count).checked_mul(unit_ms).ok_or_else(refused)
}

fn read(text: &str, of_date: fn(Date) -> Millis) -> Result<Millis, String> {
    if let Ok(date) = text.parse::<Date>() {
        return Ok(of_date(date));
    }
    let instant: Result<jiff::Timestamp, _> = text.parse();
    instant
        .map(|instant| Millis(instant.as_millisecond()))
        .map_err(|_| "a date reads 2026-01-31, an instant 2026-01-31T09:30:00+08:00".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_begins_and_ends_at_midnight_of_the_country() {
        let midnight = instant("2026-01-31T00:00:00+08:00").unwrap();
        assert_eq!(instant("2026-01-31"), Ok(midnight));
        assert_eq!(last_day("2026-01-30"), Ok(midnight));
        assert_eq!(last_day("2026-01-30T16:00:00Z"), Ok(midnight), "an instant is taken as it is");
        for text in ["2026-02-29", "31.01.2026", "2026-01-31T09:30:00", "", "now"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bound_is_a_year_or_an_instant() {
        assert_eq!(bound("1989"), Ok(Bound::InYear(1989)));
        assert_eq!(bound("1989-01-01"), Ok(Bound::At(instant("1989-01-01").unwrap())));
        for text in ["989", "19890", "+989", "1989-1-1", ""] {
            assert!(bound(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        assert_eq!(duration_ms("90s"), Ok(90_000));
        assert_eq!(duration_ms("30m"), Ok(1_800_000));
        assert_eq!(duration_ms("24h"), Ok(DAY_MS));
        assert_eq!(duration_ms("7d"), Ok(7 * DAY_MS));
        assert_eq!(duration_ms("0s"), Ok(0));
        for text in ["", "h", "24", "-1h", "1.5h", "24 h", "1y", "24時"] {
            assert!(duration_ms(text).is_err(), "{text}");
        }
    }
}
