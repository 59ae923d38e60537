use super::*;
use crate::time::DAY_MS;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Noon of a date.
fn noon(text: &str) -> Millis {
    date(text).start().plus(DAY_MS / 2)
}

fn citation() -> Citation {
    Citation { instrument: "征信业管理条例".parse().unwrap(), article: 25, paragraph: 2 }
}

fn span(value: u16, unit: Unit) -> Span {
    Span { value, unit }
}

/// Weekdays, but for the first week of May 2026; its Saturday is worked instead.
fn calendar() -> Calendar {
    let mut working = [0; 46];
    let mut day = date("2026-01-01");
    while day.year() == 2026 {
        let holiday = (date("2026-05-01")..=date("2026-05-05")).contains(&day);
        if (!day.is_weekend() && !holiday) || day == date("2026-05-09") {
            working[usize::from(day.ordinal() / 8)] |= 1 << (day.ordinal() % 8);
        }
        day = day.plus_days(1);
    }
    Calendar { region: RegionCode::NATIONAL, year: 2026, working, citation: citation() }
}

#[test]
fn spans_end_as_the_civil_code_counts() {
    let calendar = calendar();
    let cases = [
        // Text of article 201: the day of the event is not counted.
        (noon("2026-03-02"), span(20, Unit::Days), "2026-03-22", "2026-03-23"),
        (date("2026-03-02").start(), span(20, Unit::Days), "2026-03-22", "2026-03-23"),
        (date("2026-03-02").end().plus(-1), span(20, Unit::Days), "2026-03-22", "2026-03-23"),
        (noon("2026-03-02"), span(0, Unit::Days), "2026-03-02", "2026-03-02"),
        // 30 April is followed by five days of holiday; Saturday 9 May is worked.
        (noon("2026-04-29"), span(2, Unit::WorkingDays), "2026-05-06", "2026-05-06"),
        (noon("2026-05-06"), span(3, Unit::WorkingDays), "2026-05-09", "2026-05-09"),
        (noon("2026-05-06"), span(0, Unit::WorkingDays), "2026-05-06", "2026-05-06"),
        // Article 202: the corresponding day, or the last of the month; article 203: not on a day off.
        (noon("2026-01-31"), span(1, Unit::Months), "2026-02-28", "2026-03-02"),
        (noon("2026-04-01"), span(1, Unit::Months), "2026-05-01", "2026-05-06"),
        (noon("2024-02-29"), span(2, Unit::Years), "2026-02-28", "2026-03-02"),
    ];
    for (from, span, last, due) in cases {
        let mut is_working = |day: Date| calendar.is_working(day);
        assert_eq!(span.end(from, &mut is_working), date(last).end(), "{span} from {from}");
        assert_eq!(span.deadline(from, &mut is_working), date(due).end(), "{span} due from {from}");
    }
}

#[test]
fn a_calendar_with_no_working_day_ends_the_search() {
    let mut never = |_| false;
    assert_eq!(span(3, Unit::Days).deadline(noon("2026-03-02"), &mut never), date("2026-03-05").end());
    let given_up = date("2026-03-02").plus_days(366);
    assert_eq!(span(3, Unit::WorkingDays).end(noon("2026-03-02"), &mut never), given_up.end());
}

#[test]
fn working_days_are_counted_and_days_beyond_the_year_refused() {
    assert_eq!(calendar().working_days(), Some(259));
    let with = |year, at: usize, bits| {
        let mut working = calendar().working;
        working[at] |= bits;
        Calendar { year, working, ..calendar() }.working_days()
    };
    assert_eq!(with(2026, 45, 0b10_0000), None, "2026 has no 366th day");
    assert_eq!(with(2028, 45, 0b10_0000), Some(260), "2028 has");
    assert_eq!(with(2028, 45, 0b100_0000), None, "no year has a 367th");
    assert_eq!(with(0, 0, 0), None, "no such year");
}

#[test]
fn the_last_provision_before_an_instant_holds() {
    let provision = |from, span| Provision { from, span, citation: citation() };
    let (first, second) = (Some(span(20, Unit::Days)), Some(span(15, Unit::WorkingDays)));
    let all = [provision(Millis(10), first), provision(Millis(20), second), provision(Millis(30), None)];
    let all = Provisions(all.into());
    let at = |instant| all.at(Millis(instant)).and_then(|provision| provision.span);
    assert_eq!([9, 10, 19, 20, 29, 30].map(at), [None, first, first, second, second, None]);
}

#[test]
fn every_matter_has_its_own_name_and_a_range() {
    let mut names: Vec<_> = Matter::ALL.iter().map(|matter| std::format!("{matter}")).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), Matter::ALL.len());
    assert!(Matter::ALL.iter().all(|matter| matter.range().0 < matter.range().1));
    assert!(Matter::ALL.is_sorted());
}
