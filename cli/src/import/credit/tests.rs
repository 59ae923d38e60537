use super::*;
use bulla_verify::identifiers::region::Level;
use bulla_verify::keys::SigningKey;
use bulla_verify::law::Unit;
use bulla_verify::organisation::Organisation;
use std::collections::BTreeSet;

const FIVE_YEARS: Span = Span { value: 5, unit: Unit::Years };

fn row(number: u32, subject: &str, event: &str, severity: &str, status: &str, dates: [&str; 2]) -> Row {
    let [source, subject_id, event] = ["detroit", subject, event].map(str::to_owned);
    let [severity, status, event_date, resolved_date] = [severity, status, dates[0], dates[1]].map(str::to_owned);
    Row {
        number,
        whole: true,
        source,
        subject_id,
        event,
        severity,
        status,
        event_date,
        resolved_date,
        ..Row::default()
    }
}

fn planned(rows: &[Row], limit: usize) -> Plan<Planned> {
    let superior = Organisation {
        uscc: "11100000000013338W".parse().unwrap(),
        name: "above".parse().unwrap(),
        level: Level::National,
        region: RegionCode::NATIONAL,
        parent: None,
    };
    let key = SigningKey::from_seed(&[1; 32]).public();
    let keys = authority::known(rows.iter().map(|row| &row.source)).into_iter().map(|source| (source, key)).collect();
    let now = "2026-01-01".parse::<Date>().unwrap().start();
    let salts = Salts { secret: &[7; 32], file: Hash([9; 32]) };
    plan(rows, &Authorities::under(&superior, &keys), Catalogue::default(), &salts, limit, (FIVE_YEARS, now))
}

#[test]
fn the_status_says_when_the_behaviour_ended_and_nothing_else_does() {
    let reads = |event, severity, status, dates| read(&row(1, "S", event, severity, status, dates));
    let day = |text: &str| Some(text.parse::<Date>().unwrap());
    let dates = ["2017-08-24", "2017-09-18"];
    let reading = |bearing, grade, ended| Ok(Reading { bearing, grade, ended });
    let negative = Bearing::Negative;
    for (severity, status, expected) in [
        ("Core", "open", reading(negative, Grade::Minor, None)),
        ("Foundation", "resolved", reading(negative, Grade::Ordinary, day("2017-09-18"))),
        ("Priority", "no_correction_required", reading(negative, Grade::Serious, day("2017-08-24"))),
        ("", "in_compliance", reading(Bearing::Positive, Grade::Ordinary, None)),
        ("", "not_in_compliance", reading(negative, Grade::Ordinary, None)),
        ("Center for Tobacco Products", "issued", reading(negative, Grade::Ordinary, None)),
        ("", "settled", reading(negative, Grade::Ordinary, day("2017-08-24"))),
    ] {
        assert_eq!(reads("VIOLATION", severity, status, dates), expected, "{severity} {status}");
    }
    let serious = reads("CONSENT_ORDER|CIVIL_PENALTY", "", "issued", dates).unwrap();
    assert_eq!(serious.grade, Grade::Serious);
    assert_eq!(reads("VIOLATION", "", "resolved", ["2017-09-18", "2017-08-24"]), Err(Unformed::ResolvedBefore));
    let missing = Err(Unformed::BadTerm { column: "resolved_date" });
    assert_eq!(reads("VIOLATION", "", "resolved", ["2017-09-18", ""]), missing);
    assert_eq!(reads("VIOLATION", "", "open", ["", ""]), Err(Unformed::NoDate));
    assert!(matches!(reads("VIOLATION", "", "closed", dates), Err(Unformed::UnknownStatus { .. })));
    assert!(matches!(reads("VIOLATION|GIFT", "", "open", dates), Err(Unformed::UnknownEvent { .. })));
}

#[test]
fn every_row_has_a_fate_and_a_subject_is_registered_once_before_its_events() {
    let rows = [
        row(1, "A", "VIOLATION", "Core", "open", ["2019-01-01", ""]),
        row(2, "B", "VIOLATION", "Core", "resolved", ["2019-01-01", "2019-02-01"]),
        row(3, "A", "VIOLATION", "Core", "resolved", ["2024-01-01", "2024-02-01"]),
        row(4, "", "VIOLATION", "Core", "open", ["2019-01-01", ""]),
        Row { whole: false, ..row(5, "A", "VIOLATION", "Core", "open", ["2019-01-01", ""]) },
    ];
    let plan = planned(&rows, 250);
    let tell = |planned: &Planned| match &planned.fate {
        Fate::Acts { acts, expected, .. } => format!("{acts}{}", if *expected { "" } else { "!" }),
        Fate::EndedByItsTerm => "ended".to_owned(),
        Fate::Unformed(refused) => refused.code().to_string(),
    };
    let told: Vec<_> = plan.rows.iter().map(tell).collect();
    assert_eq!(told, ["register+record", "register+record!", "record", "BUL-0915", "BUL-0901"]);
    // A's three acts, then B's two.
    let kinds: Vec<_> = plan.batches[0].operations.iter().map(|act| matches!(act, Operation::Subject(_))).collect();
    assert_eq!(kinds, [true, false, false, true, false]);
    let defined = plan.setup.iter().filter(|act| matches!(act, Operation::Credit(Act::Define(_)))).count();
    assert_eq!(defined, 1, "one kind, one item");
    let events: BTreeSet<_> = plan.rows.iter().filter_map(|planned| planned.event).collect();
    assert_eq!(events.len(), 3);
}

#[test]
fn what_is_more_than_a_transaction_waits_for_the_one_before() {
    let rows: Vec<_> =
        (1..=5).map(|number| row(number, "A", "VIOLATION", "Core", "open", ["2019-01-01", ""])).collect();
    let plan = planned(&rows, 2);
    let after: Vec<_> = plan.batches.iter().map(|batch| batch.after).collect();
    assert_eq!(after, [None, Some(0), Some(1)]);
    assert_eq!(plan.batches.iter().map(|batch| batch.operations.len()).collect::<Vec<_>>(), [2, 2, 2]);
}
