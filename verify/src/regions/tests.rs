use super::*;
use crate::canonical::encode;
use crate::record::MAX_RECORD_BYTES;
use crate::time::DAY_MS;
use alloc::vec;

fn date(text: &str) -> Millis {
    text.parse::<Date>().unwrap().start()
}

fn period(from: Bound, until: Option<Bound>, name: &str) -> Period {
    let successors = Vec::new();
    Period { from, until, name: name.parse().unwrap(), parent: "650100".parse().unwrap(), successors }
}

/// As the lists of 1988 to 1999 have it, and an end on a day.
fn nanshan() -> Region {
    let (first, second, end) = (Bound::InYear(1989), Bound::InYear(1999), Bound::At(date("2002-06-01")));
    let periods = vec![
        period(Bound::InYear(1980), Some(first), "南山区"),
        period(first, Some(second), "南山矿区"),
        period(second, Some(end), "南泉区"),
        period(Bound::At(date("2010-01-01")), None, "新区"),
    ];
    Region { code: "650107".parse().unwrap(), periods }
}

fn name_at(region: &Region, instant: Millis) -> Option<&str> {
    match standing(Some(region), instant) {
        Standing::InForce { period } => Some(period.name.as_str()),
        Standing::Unregistered | Standing::InYearOfChange { .. } | Standing::NotInForce { .. } => None,
    }
}

#[test]
fn a_code_stands_for_what_its_period_says_and_for_nothing_between_two() {
    let region = nanshan();
    assert_eq!(standing(None, date("1990-01-01")), Standing::Unregistered);
    for (day, name) in [
        ("1988-12-31", Some("南山区")),
        ("1990-01-01", Some("南山矿区")),
        ("1998-12-31", Some("南山矿区")),
        ("2002-05-31", Some("南泉区")),
        ("2002-06-01", None),
        ("2009-12-31", None),
        ("2010-01-01", Some("新区")),
    ] {
        assert_eq!(name_at(&region, date(day)), name, "{day}");
    }
    let [.., third, fourth] = &region.periods[..] else { panic!("it has four periods") };
    let between = Standing::NotInForce { last: Some(third), next: Some(fourth) };
    assert_eq!(standing(Some(&region), date("2002-06-01")), between);
    let never_yet = Standing::NotInForce { last: None, next: Some(&region.periods[0]) };
    assert_eq!(standing(Some(&region), date("1980-01-01").plus(-1)), never_yet);
}

#[test]
fn within_the_year_of_a_change_both_sides_are_told() {
    let region = nanshan();
    let [first, second, ..] = &region.periods[..] else { panic!("it has four periods") };
    let both = Standing::InYearOfChange { before: Some(first), after: Some(second) };
    for instant in [date("1989-01-01"), date("1989-07-01"), date("1990-01-01").plus(-2)] {
        assert_eq!(standing(Some(&region), instant), both);
    }
    let begun = Standing::InYearOfChange { before: None, after: Some(first) };
    assert_eq!(standing(Some(&region), date("1980-05-01")), begun);
    let ended = Region { periods: vec![first.clone()], ..region.clone() };
    let ending = Standing::InYearOfChange { before: Some(first), after: None };
    assert_eq!(standing(Some(&ended), date("1989-12-31")), ending);
    let over = Standing::NotInForce { last: Some(first), next: None };
    assert_eq!(standing(Some(&ended), date("1990-01-01")), over);
}

/// Whatever is asked, a period that surely ran may have run, and the answer agrees with both.
#[test]
fn what_surely_holds_may_hold() {
    let region = nanshan();
    let mut instant = date("1979-01-01");
    while instant < date("2012-01-01") {
        let sure = region.periods.iter().filter(|period| period.holds(instant)).count();
        let possible = region.periods.iter().filter(|period| period.may_hold(instant)).count();
        assert!(sure <= 1 && sure <= possible);
        match standing(Some(&region), instant) {
            Standing::InForce { period } => assert!(period.holds(instant)),
            Standing::InYearOfChange { before, after } => {
                assert_eq!((sure, possible), (0, usize::from(before.is_some()) + usize::from(after.is_some())));
            }
            Standing::NotInForce { .. } => assert_eq!(possible, 0),
            Standing::Unregistered => panic!("it is registered"),
        }
        instant = instant.plus(10 * DAY_MS);
    }
}

#[test]
fn years_that_cannot_be_do_not_exist() {
    for (year, exists) in [(0, false), (1, true), (9999, true), (10_000, false)] {
        assert_eq!(Bound::InYear(year).exists(), exists, "{year}");
    }
    let year = Bound::InYear(2024);
    assert_eq!((year.earliest(), year.latest()), (date("2024-01-01"), date("2025-01-01").plus(-1)));
    assert!(!period(year, Some(year), "局").is_sound());
    assert!(period(year, Some(Bound::At(date("2024-01-02"))), "局").is_sound());
}

#[test]
fn the_longest_record_fits() {
    let mut longest = period(Bound::At(Millis(0)), Some(Bound::At(Millis(1))), &"区".repeat(40));
    longest.successors = vec![RegionCode::NATIONAL; MAX_SUCCESSORS];
    let region = Region { periods: vec![longest; MAX_PERIODS], ..nanshan() };
    assert!(encode(&region).len() <= MAX_RECORD_BYTES);
}
