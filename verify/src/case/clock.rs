//! The one clock of a case: pure functions of instants, numbers of days, and which days are worked.
//!
//! A case is due its item's working days after its acceptance, and later by the working days for which it was stopped,
//! whoever had it in the meantime. Nothing else moves it. Source: 行政许可法, articles 42 and 45; Civil Code, article 201.

use crate::law::{Span, Unit};
use crate::time::{Date, Millis};

/// By when a case is due that was accepted at an instant: the end of a working day.
pub fn due(accepted_at: Millis, days: u16, stopped_days: u16, is_working: &mut dyn FnMut(Date) -> bool) -> Millis {
    working_days(days.saturating_add(stopped_days)).deadline(accepted_at, is_working)
}

/// When a stop is over by itself that begins at an instant.
pub fn stop_end(from: Millis, days: u16, is_working: &mut dyn FnMut(Date) -> bool) -> Millis {
    working_days(days).end(from, is_working)
}

/// How many working days a stop comes to that was for so many days and is ended at an instant within them. The day on which
/// it begins is not counted, as for any span; ended on a day off, it lasts through the next working day, so that no case is
/// overdue on the day on which its clock goes on.
pub fn days_stopped(from: Millis, days: u16, ended_at: Millis, is_working: &mut dyn FnMut(Date) -> bool) -> u16 {
    let (first, last) = (Date::of(from), Date::of(ended_at));
    let (mut day, mut count) = (first, 0u16);
    while day < last && count < days {
        day = day.plus_days(1);
        count = count.saturating_add(u16::from(is_working(day)));
    }
    if last > first && !is_working(last) { count.saturating_add(1).min(days) } else { count }
}

fn working_days(value: u16) -> Span {
    Span { value, unit: Unit::WorkingDays }
}
