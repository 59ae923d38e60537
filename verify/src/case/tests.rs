use super::*;
use crate::time::{DAY_MS, Date};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Noon of a date.
fn noon(text: &str) -> Millis {
    date(text).start().plus(DAY_MS / 2)
}

fn weekdays(day: Date) -> bool {
    !day.is_weekend()
}

/// Accepted at noon of Monday 1 June 2026, for five working days.
fn case() -> Case {
    let body: Uscc = "11310000000000035N".parse().unwrap();
    let accepted_at = noon("2026-06-01");
    Case {
        item: ServiceCode { body, number: 1 },
        version: 1,
        applicant: Hash([1; 32]),
        region: RegionCode::NATIONAL,
        contents: Hash([2; 32]),
        licences: Vec::new(),
        accepted_at,
        decider: body,
        held_by: body,
        offered: None,
        hand_overs: 0,
        begun: None,
        days: 5,
        stopped_days: 0,
        due: clock::due(accepted_at, 5, 0, &mut weekdays),
        stop: None,
        asked: None,
        supplements: 0,
        violations: 0,
        decision: None,
        delivered: None,
        rating: None,
        withdrawn: None,
        changed_at: accepted_at,
        recorded_at: Height(3),
        history: Head::default(),
    }
}

#[test]
fn a_case_is_due_at_the_end_of_its_last_working_day_and_stops_move_it() {
    let due = |stopped| clock::due(noon("2026-06-01"), 5, stopped, &mut weekdays);
    assert_eq!(due(0), date("2026-06-08").end());
    assert_eq!(due(4), date("2026-06-12").end());
    assert_eq!(due(5), date("2026-06-15").end(), "over the weekend");
}

#[test]
fn a_stop_counts_the_working_days_after_its_first() {
    let stopped = |ended| clock::days_stopped(noon("2026-06-03"), 4, noon(ended), &mut weekdays);
    // Wednesday; Friday; Saturday and Sunday, through Monday; Tuesday; never more than it was for.
    let cases = [("2026-06-03", 0), ("2026-06-04", 1), ("2026-06-05", 2), ("2026-06-06", 3), ("2026-06-07", 3)];
    for (ended, count) in cases.into_iter().chain([("2026-06-08", 3), ("2026-06-09", 4), ("2026-07-01", 4)]) {
        assert_eq!(stopped(ended), count, "ended on {ended}");
    }
    assert_eq!(clock::stop_end(noon("2026-06-03"), 4, &mut weekdays), date("2026-06-09").end());
}

/// However a stop is ended, its case is not overdue when its clock goes on, if it was not when it began.
#[test]
fn no_case_is_overdue_when_its_clock_goes_on() {
    let accepted_at = noon("2026-06-01");
    for days in 1..6 {
        for begun in 0..12 {
            let from = accepted_at.plus(i64::from(begun) * DAY_MS);
            if clock::due(accepted_at, days, 0, &mut weekdays) <= from {
                continue;
            }
            for ended in 0..15 {
                let now = from.plus(i64::from(ended) * DAY_MS);
                let used = clock::days_stopped(from, 6, now, &mut weekdays);
                let over = clock::stop_end(from, 6, &mut weekdays) <= now;
                assert!(over || now < clock::due(accepted_at, days, used, &mut weekdays), "{days} {begun} {ended}");
            }
        }
    }
}

#[test]
fn a_case_becomes_overdue_by_itself_and_does_not_while_it_is_stopped() {
    let due = date("2026-06-08").end();
    let at = |case: &Case, instant| status(case, instant);
    assert_eq!(at(&case(), noon("2026-05-31")), Status::BeforeLastAct { changed_at: noon("2026-06-01") });
    assert_eq!(at(&case(), due.plus(-1)), Status::Accepted { due, overdue: false });
    assert!(at(&case(), due).is_overdue() && at(&case(), due).is_open());
    let begun = Case { begun: Some(noon("2026-06-01")), ..case() };
    assert_eq!(at(&begun, due), Status::InProgress { due, overdue: true });
    let (reason, until) = (StopReason::Hearing, date("2026-06-10").end());
    let stop = Some(Stop { reason, from: noon("2026-06-01"), until, days: 7 });
    let stopped = Case { stop, due: date("2026-06-17").end(), ..begun };
    assert_eq!(at(&stopped, until.plus(-1)), Status::Stopped { reason, until });
    assert_eq!(at(&stopped, until), Status::InProgress { due: stopped.due, overdue: false });
}

#[test]
fn what_was_decided_is_no_longer_open() {
    let decided = |granted| {
        let decision = Decision { at: noon("2026-06-01"), granted, reasons: Hash([3; 32]) };
        Case { decision: Some(decision), rating: Some(Rating::Fair), ..case() }
    };
    let since = noon("2026-06-01");
    let at = |case: &Case| status(case, noon("2026-07-01"));
    assert_eq!(at(&decided(true)), Status::Granted { since });
    assert_eq!(at(&decided(false)), Status::Refused { since, rating: Some(Rating::Fair) });
    let delivered = Some(Delivery { at: since, by: case().decider, licence: None });
    let all = [decided(true), decided(false), Case { delivered, ..decided(true) }];
    assert!(all.iter().all(|case| !at(case).is_open() && !at(case).is_overdue()));
    assert_eq!(at(&Case { withdrawn: Some(since), ..case() }), Status::Withdrawn { since });
}

#[test]
fn a_channel_admits_by_region() {
    let region = |code: &str| code.parse::<RegionCode>().unwrap();
    let admits = |channel: Channel, acceptor: &str| channel.admits(region(acceptor), region("440305"));
    let by = |channel| ["440305", "440306", "440300", "440400", "110000"].map(|code| admits(channel, code));
    assert_eq!(by(Channel::Nearby), [true, false, false, false, false]);
    assert_eq!(by(Channel::SameCity), [true, true, true, false, false]);
    assert_eq!(by(Channel::Anywhere), [true; 5]);
    assert!(Channel::SameCity.admits(region("440300"), region("440000")), "no city: the region itself");
}
