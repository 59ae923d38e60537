//! An import of real credit events: every row is accounted for, twice over, and the nodes agree.
//!
//! The events are read from `../shared/data`, and without them there is nothing to import.

use crate::clerks::country;
use crate::town::Town;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn events() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let directory = std::env::var_os("BULLA_DATA").map_or(beside, PathBuf::from);
    Some(directory.join("credit_events.dev.csv")).filter(|file| file.exists())
}

/// How many rows of the file have each fate, by docs/import.md and the five years of article 16: the file ends in 2019 for all
/// events whose end it tells.
fn expected(file: &Path) -> BTreeMap<&'static str, u64> {
    let mut fates = BTreeMap::new();
    for row in csv::Reader::from_path(file).unwrap().deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let fate = match row["status"].as_str() {
            "resolved" if row["resolved_date"] < row["event_date"] => "BUL-0916",
            "resolved" | "settled" | "no_correction_required" => "BUL-0633",
            _ => "accepted",
        };
        *fates.entry(fate).or_default() += 1;
    }
    fates
}

fn import(town: &Town, file: &Path) -> Value {
    let mut import =
        town.command(&["import", "credit", file.to_str().unwrap(), "--output", "json", "--state", "events"]);
    import.args(["--genesis", "net/genesis.json", "--node", &Town::address(0)]);
    import.args(["--key", "net/operator/registrar.key", "--passphrase-file", "net/operator/passphrase"]);
    let output = import.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_credit_event_of_a_register_is_accounted_for() {
    let Some(file) = events() else { return };
    let town = Town::up();
    country(&town);
    let report = import(&town, &file);
    let expected = expected(&file);
    assert_eq!(report["rows"], expected.values().sum::<u64>());
    assert_eq!(report["accepted"], expected["accepted"]);
    assert_eq!(report["unforeseen"], 0, "the ledger decided otherwise than the plan");
    for code in ["BUL-0633", "BUL-0916"] {
        assert_eq!(report["refused_by_code"][code], expected[code], "{code}");
    }
    assert_eq!(report["refused_by_code"].as_object().unwrap().len(), 2, "{report}");
    let before = town.settled();
    assert_eq!(import(&town, &file), report, "given again, it does nothing and says the same");
    assert_eq!(town.settled().1, before.1, "no act was done twice");

    // An accepted row is an event that anyone can look at.
    let mut rows = csv::Reader::from_path(town.path("events/report.csv")).unwrap();
    let accepted = rows.deserialize::<BTreeMap<String, String>>().map(Result::unwrap);
    let accepted = { accepted }.find(|row| row["outcome"] == "accepted").unwrap();
    let show = ["credit", "show", &accepted["recorded_as"], "--output", "json", "--node", &Town::address(0)];
    let shown = town.command(&show).output().unwrap();
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(shown["record"]["recorded"].is_i64(), "{shown}");
    town.down();
    town.fsck();
}
