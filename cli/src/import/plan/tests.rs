use super::*;
use crate::import::authority::sources;
use crate::import::batches::nonce;
use crate::import::row::{file_hash, rows};
use bulla_verify::chain::ChainId;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::keys::SigningKey;
use bulla_verify::organisation::Organisation;
use bulla_verify::transaction::{Body, MAX_ENVELOPE_BYTES, Mode};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn authorities(rows: &[Row]) -> Authorities {
    let superior = Organisation {
        uscc: "11100000000013338W".parse().unwrap(),
        name: "above".parse().unwrap(),
        level: Level::National,
        region: RegionCode::NATIONAL,
        parent: None,
    };
    let key = SigningKey::from_seed(&[1; 32]).public();
    Authorities::under(&superior, &sources(rows).into_iter().map(|source| (source, key)).collect())
}

fn planned(rows: &[Row], limit: usize) -> Plan {
    plan(rows, &mut authorities(rows), &Salts { secret: &[7; 32], file: Hash([9; 32]) }, limit)
}

/// `EVENT DATE FROM TO` of one licence, `-` for an empty cell.
fn events(lines: &[&str]) -> Vec<Row> {
    let row = |(number, line): (u32, &&str)| {
        let cells: Vec<_> = line.split(' ').map(|cell| if cell == "-" { "" } else { cell }.to_owned()).collect();
        let [event, event_date, valid_from, valid_to] = cells.try_into().unwrap();
        let [source, licence_no, licence_type] = ["nyc", "L-1", "Garage"].map(str::to_owned);
        Row {
            number,
            whole: true,
            source,
            licence_no,
            licence_type,
            event,
            event_date,
            valid_from,
            valid_to,
            ..Row::default()
        }
    };
    (1..).zip(lines).map(row).collect()
}

/// The acts of each row, `!` behind those that the ledger is expected to refuse.
fn acts(lines: &[&str]) -> Vec<String> {
    let tell = |planned: Planned| match planned.fate {
        Fate::Acts { acts, expected, .. } => format!("{acts}{}", if expected { "" } else { "!" }),
        Fate::EndedByItsTerm => "ended".to_owned(),
        Fate::Unformed(refused) => refused.code().to_string(),
    };
    planned(&events(lines), 250).rows.into_iter().map(tell).collect()
}

const ISSUED: &str = "ISSUE 2020-01-01 2020-01-01 2020-12-31";

#[test]
fn every_kind_of_event_has_its_act() {
    let cases = [
        ("RENEW 2020-12-01 2021-01-01 2021-12-31", "renew"),
        ("TERM_SET 2020-12-01 - 2021-12-31", "renew"),
        ("SHORTEN_TERM 2020-03-01 2020-12-31 2020-06-30", "amend"),
        ("CHANGE_LOCATION 2020-03-01 - -", "amend"),
        ("CHANGE_CAPACITY 2020-03-01 2020-03-01 2021-06-30", "renew"),
        ("AMEND_TIER 2020-03-01 - 2020-12-31", "amend"),
        ("CHANGE_HOLDER 2020-03-01 - 2020-12-31", "amend"),
        ("SUSPEND 2020-03-01 2020-01-01 2020-12-31", "suspend"),
        ("INACTIVE 2020-03-01 - 2020-12-31", "suspend"),
        ("TERM_BLANKED 2020-03-01 2020-12-31 -", "suspend"),
        ("REVOKE 2020-03-01 2020-01-01 2020-12-31", "revoke"),
        ("CANCEL 2020-03-01 2020-01-01 2020-12-31", "cancel"),
        ("SURRENDER 2020-03-01 2020-01-01 2020-12-31", "cancel"),
        ("DELIST 2020-03-01 - 2020-12-31", "cancel"),
        ("EXPIRE 2020-12-31 2020-01-01 2020-12-31", "ended"),
        ("INACTIVE 2021-02-01 - 2020-12-31", "ended"),
        ("INACTIVE 2021-02-01 - -", "ended"),
        ("INACTIVE 2021-02-01 - 2021-12-31", "suspend!"),
        ("EXPIRE 2020-03-01 2020-01-01 2020-12-31", "BUL-0913"),
        ("REVOKE 2021-02-01 2020-01-01 2020-12-31", "revoke!"),
        ("REACTIVATE 2020-03-01 - 2020-12-31", "resume!"),
        ("ISSUE 2020-03-01 2020-03-01 2020-12-31", "issue!"),
        ("PRESENT_AT_START 2020-03-01 - 2020-12-31", "take-over!"),
        ("RENEW 2020-12-01 2021-02-01 2021-12-31", "renew!"),
        ("RENEW 2020-12-01 2021-01-01 -", "BUL-0906"),
        ("MELT 2020-03-01 - -", "BUL-0903"),
        ("RENEW - 2021-01-01 2021-12-31", "BUL-0904"),
        ("RENEW 2021-02-29 2021-01-01 2021-12-31", "BUL-0904"),
        ("RENEW 2020-12-01 2021-01-01 2021-13-31", "BUL-0905"),
    ];
    for (line, expected) in cases {
        assert_eq!(acts(&[ISSUED, line]), ["issue", expected], "{line}");
    }
}

#[test]
fn an_unknown_history_is_opened_by_taking_over() {
    let cases = [
        ("PRESENT_AT_START 2020-03-01 - 2020-12-31", "take-over"),
        ("PRESENT_AT_START 2020-03-01 - 2019-12-31", "take-over"),
        ("PRESENT_AT_START 2020-03-01 - -", "take-over+suspend"),
        ("RENEW 2020-03-01 2020-04-01 2020-12-31", "take-over"),
        ("RENEW 2020-03-01 2020-04-01 2020-03-31", "take-over!"),
        ("CHANGE_LOCATION 2020-03-01 2020-04-01 2020-12-31", "take-over"),
        ("AMEND_TIER 2020-03-01 - -", "take-over+suspend"),
        ("SUSPEND 2020-03-01 2020-01-01 2020-12-31", "take-over+suspend"),
        ("INACTIVE 2020-03-01 - 2020-02-01", "take-over"),
        ("INACTIVE 2020-03-01 - -", "take-over+suspend"),
        ("TERM_BLANKED 2020-03-01 2020-02-01 -", "take-over+suspend"),
        ("REACTIVATE 2020-03-01 - 2020-12-31", "take-over"),
        ("REACTIVATE 2020-03-01 - -", "BUL-0906"),
        ("CANCEL 2020-03-01 - -", "take-over+cancel"),
        ("REVOKE 2020-03-01 2019-01-01 2020-12-31", "take-over+revoke"),
        ("REVOKE 2020-03-01 2018-01-01 2019-12-31", "take-over+revoke!"),
        ("EXPIRE 2020-03-01 2019-03-02 2020-03-01", "take-over"),
        ("ISSUE 2020-03-01 2020-03-01 -", "BUL-0906"),
    ];
    for (line, expected) in cases {
        assert_eq!(acts(&[line]), [expected], "{line}");
    }
    let refused_first = ["ISSUE 2020-01-02 2020-01-02 2020-01-01", "RENEW 2021-01-01 2021-01-01 2021-12-31"];
    assert_eq!(acts(&refused_first), ["issue!", "take-over"], "what was not recorded is opened by the next row");
}

#[test]
fn rows_are_taken_by_date_and_within_a_day_by_what_they_mean() {
    let renewal = "RENEW 2021-02-01 2020-12-31 2021-12-31";
    let reactivation = "REACTIVATE 2021-02-01 - 2021-12-31";
    assert_eq!(acts(&[renewal, ISSUED]), ["renew", "issue"], "the later row came first");
    // Suspended and then expired: renewed first, since an expired licence cannot be resumed.
    let inactive = "INACTIVE 2020-06-01 - 2020-12-31";
    assert_eq!(acts(&[ISSUED, inactive, reactivation, renewal]), ["issue", "suspend", "resume", "renew"]);
    // Suspended and still so: resumed first, since a suspended licence cannot be renewed.
    let [early, resumed] = ["RENEW 2020-10-01 2020-12-31 2021-12-31", "REACTIVATE 2020-10-01 - 2021-12-31"];
    assert_eq!(acts(&[ISSUED, inactive, early, resumed]), ["issue", "suspend", "renew", "resume"]);
    assert_eq!(acts(&[ISSUED, inactive, early]), ["issue", "suspend", "renew!"]);
    // Renewed and run out between two looks at the register.
    let [lapsed, short] = ["INACTIVE 2021-06-01 - 2021-04-30", "RENEW 2021-06-01 2020-12-31 2021-04-30"];
    assert_eq!(acts(&[ISSUED, lapsed, short]), ["issue", "ended", "renew"]);
}

#[test]
fn a_blanked_term_is_a_suspension_that_ends_with_the_next_term() {
    let set = |day: &str| format!("TERM_SET {day} - 2021-12-31");
    let blanked = "TERM_BLANKED 2020-12-20 2020-12-31 -";
    assert_eq!(acts(&[ISSUED, blanked, &set("2020-12-24")]), ["issue", "suspend", "resume+renew"]);
    assert_eq!(acts(&[ISSUED, blanked, &set("2021-01-10")]), ["issue", "suspend", "renew+resume"]);
    let suspended = "SUSPEND 2020-12-20 2020-01-01 2020-12-31";
    assert_eq!(acts(&[ISSUED, suspended, &set("2021-01-10")]), ["issue", "suspend", "renew"], "this suspension stands");
    let unseen = "PRESENT_AT_START 2020-03-01 - -";
    assert_eq!(acts(&[unseen, &set("2020-04-01")]), ["take-over+suspend", "resume+renew"]);
}

#[test]
fn later_acts_name_the_version_that_earlier_ones_made() {
    let lines = [
        ISSUED,
        "RENEW 2020-12-01 2021-01-01 2021-12-31",
        "RENEW 2020-12-05 2022-02-01 2022-12-31",
        "CANCEL 2021-05-01 - -",
    ];
    let plan = planned(&events(&lines), 250);
    let versions: Vec<_> = plan.rows.iter().map(|row| row.licence.as_ref().unwrap().version()).collect();
    assert_eq!(versions, [1, 1, 2, 2], "the second renewal leaves a gap and is refused");
}

#[test]
fn rows_that_no_licence_can_be_found_for_are_refused_here() {
    let whole = |change: fn(&mut Row)| {
        let mut row = events(&[ISSUED]).remove(0);
        change(&mut row);
        row
    };
    let cases: [(Row, Unformed); 7] = [
        (whole(|row| row.whole = false), Unformed::Cells),
        (whole(|row| row.source = "New York".into()), Unformed::NoLicence),
        (whole(|row| row.licence_no = String::new()), Unformed::NoLicence),
        (whole(|row| row.licence_no = "13800138000".into()), Unformed::Personal),
        (whole(|row| row.licence_type = String::new()), Unformed::NoType),
        (whole(|row| row.holder_name = "x".repeat(1_025)), Unformed::LongCell),
        (whole(|row| row.valid_from = "2020".into()), Unformed::BadTerm { column: "valid_from" }),
    ];
    for (row, refused) in cases {
        let plan = planned(&[row], 250);
        assert_eq!(plan.rows.into_iter().map(|row| row.fate).collect::<Vec<_>>(), [Fate::Unformed(refused)]);
        assert!(plan.batches.is_empty());
    }
}

#[test]
fn two_numbers_with_one_serial_and_two_types_of_one_number_are_never_one_licence() {
    let mut rows = events(&[ISSUED, "CANCEL 2020-02-01 - -", "CANCEL 2020-02-01 - -"]);
    rows[1].licence_no = "L1".into();
    rows[2].licence_type = "Lot".into();
    let fates: Vec<_> = planned(&rows, 250).rows.into_iter().map(|row| row.fate).collect();
    assert_eq!(fates[1], Fate::Unformed(Unformed::SerialTaken { other: "L-1".into() }));
    assert_eq!(fates[2], Fate::Unformed(Unformed::AnotherType));
}

#[test]
fn a_licence_with_more_acts_than_a_transaction_goes_into_transactions_that_follow_one_another() {
    let day = |number: u8| {
        format!(
            "{} 2020-{:02}-{:02} - -",
            ["SUSPEND", "REACTIVATE"][usize::from(number % 2)],
            1 + number / 28,
            1 + number % 28
        )
    };
    let lines: Vec<_> = (0..60).map(day).collect();
    let rows = events(&[&[ISSUED], &*lines.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    let plan = planned(&rows, 25);
    assert_eq!(plan.batches.iter().map(|batch| batch.after).collect::<Vec<_>>(), [None, Some(0), Some(1)]);
    assert_eq!(plan.batches.iter().map(|batch| batch.operations.len()).collect::<Vec<_>>(), [25, 25, 11]);
    assert_eq!(planned(&rows, 1_000).batches.len(), 1);
}

/// What the whole of a real file comes to. The counts change when the table does, and with nothing else.
#[test]
fn the_rows_of_a_real_file_come_to_these_acts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/licences.dev.csv");
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: there is no {path}");
        return;
    };
    let rows = rows(&bytes).unwrap();
    let mut authorities = authorities(&rows);
    let plan = plan(&rows, &mut authorities, &Salts { secret: &[7; 32], file: file_hash(&bytes) }, 250);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for planned in &plan.rows {
        let kind = match &planned.fate {
            Fate::Acts { acts, expected: true, .. } => acts.clone(),
            Fate::Acts { acts, expected: false, .. } => format!("{acts}!"),
            Fate::EndedByItsTerm => "ended".to_owned(),
            Fate::Unformed(refused) => refused.code().to_string(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    let expected = [
        ("BUL-0904", 14),
        ("BUL-0906", 7),
        ("amend", 113),
        ("amend!", 15),
        ("cancel", 726),
        ("cancel!", 1),
        ("ended", 2992),
        ("issue", 7758),
        ("issue!", 31),
        ("renew", 1809),
        ("renew!", 6),
        ("renew+resume", 89),
        ("resume", 10),
        ("resume!", 147),
        ("resume+renew", 38),
        ("revoke", 9),
        ("revoke!", 88),
        ("suspend", 206),
        ("suspend!", 18),
        ("take-over", 2500),
        ("take-over!", 4),
        ("take-over+suspend", 42),
    ];
    assert_eq!(counts, expected);
    assert_eq!(plan.rows.len(), 16_623);
    assert_sound(&plan, 250);
}

/// Every batch can be a transaction, every act has one row, and a licence's acts are in one batch or in batches in a chain.
fn assert_sound(plan: &Plan, limit: usize) {
    let key = SigningKey::from_seed(&[1; 32]);
    let chain = ChainId(Hash([0; 32]));
    let nonces: BTreeSet<_> = plan.batches.iter().map(|batch| batch.nonce).collect();
    assert_eq!(nonces.len(), plan.batches.len());
    for (place, batch) in plan.batches.iter().enumerate() {
        assert!(batch.operations.len() <= limit && batch.after.is_none_or(|after| after < place));
        let (nonce, operations) = (batch.nonce, batch.operations.clone());
        let expires_at = Millis(0);
        let body = Body { chain, nonce, expires_at, signers: Vec::new(), mode: Mode::Independent, operations };
        let verified = body.sign(&[&key]).check(chain).unwrap();
        assert!(verified.byte_count() <= MAX_ENVELOPE_BYTES);
    }
    let mut acts: Vec<BTreeSet<usize>> = plan.batches.iter().map(|_| BTreeSet::new()).collect();
    let mut batches_of: BTreeMap<LicenceBase, BTreeSet<usize>> = BTreeMap::new();
    for planned in &plan.rows {
        if let Fate::Acts { batch, operations, .. } = &planned.fate {
            assert!(!operations.is_empty() && operations.clone().all(|place| acts[*batch].insert(place)));
            batches_of.entry(planned.licence.as_ref().unwrap().base()).or_default().insert(*batch);
        }
    }
    for (batch, acts) in plan.batches.iter().zip(acts) {
        assert!(acts.into_iter().eq(0..batch.operations.len()));
    }
    for batches in batches_of.values() {
        let chained: BTreeSet<_> = batches.iter().filter(|batch| plan.batches[**batch].after.is_some()).collect();
        assert!(batches.len() == 1 || chained.len() + 1 >= batches.len());
    }
}

fn any_row() -> impl Strategy<Value = Row> {
    let event = prop::sample::select(vec![
        "ISSUE",
        "PRESENT_AT_START",
        "RENEW",
        "TERM_SET",
        "SHORTEN_TERM",
        "CHANGE_LOCATION",
        "CHANGE_HOLDER",
        "SUSPEND",
        "INACTIVE",
        "TERM_BLANKED",
        "REACTIVATE",
        "REVOKE",
        "CANCEL",
        "EXPIRE",
        "MELT",
    ]);
    let date = || {
        prop_oneof![Just(String::new()), (2018..2022, 1..13, 1..32).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}"))]
    };
    let licence = prop::sample::select(vec!["", "A-1", "A1", "B/2", "C", "13800138000"]);
    let source = prop::sample::select(vec!["nyc", "chicago", "", "X"]);
    (event, source, licence, date(), date(), date()).prop_map(
        |(event, source, licence, event_date, valid_from, valid_to)| {
            let [event, source, licence_no, licence_type] = [event, source, licence, "Garage"].map(str::to_owned);
            Row {
                whole: true,
                source,
                licence_no,
                licence_type,
                event,
                event_date,
                valid_from,
                valid_to,
                ..Row::default()
            }
        },
    )
}

proptest! {
    #[test]
    fn no_row_vanishes_whatever_the_file(mut rows in prop::collection::vec(any_row(), 0..60), limit in 2..20usize) {
        (1..).zip(&mut rows).for_each(|(number, row)| row.number = number);
        let plan = planned(&rows, limit);
        prop_assert_eq!(plan.rows.len(), rows.len());
        assert_sound(&plan, limit);
        let again = planned(&rows, limit);
        prop_assert_eq!(plan.batches, again.batches, "a resumed import plans the same");
        prop_assert_eq!(plan.setup, again.setup);
    }

    #[test]
    fn a_nonce_is_of_one_file_and_row(files in any::<([u8; 32], [u8; 32])>(), rows in any::<(u32, u32)>()) {
        let (a, b) = (nonce(&Hash(files.0), rows.0), nonce(&Hash(files.1), rows.1));
        prop_assert_eq!(a == b, (files.0, rows.0) == (files.1, rows.1));
        prop_assert_eq!(a, nonce(&Hash(files.0), rows.0));
        prop_assert_ne!(a, nonce(&Hash(files.0), rows.0.wrapping_add(1)));
    }
}
