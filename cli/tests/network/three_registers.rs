//! Three registers go into one network at the same time: licences, credit events and the logs of gateways. Every row of each
//! is accounted for, whichever of the others' acts lie between its own, and the nodes agree.

use crate::files::{file, import, licences_are_accounted_for, report};
use crate::town::{Town, tell, wait_until};
use bulla_proto::Client;
use bulla_verify::access::{Source, Ticket, TicketId};
use bulla_verify::identifiers::uscc::Uscc;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Instant;

/// How many lines the logs have: of all, and of each.
const LINES: u64 = 11_766;
const LOGS: [(&str, u64, u64); 3] = [("cloudtrail", 448, 448), ("edgar", 11_260, 11_260), ("xroad", 29, 29)];

#[tokio::test(flavor = "multi_thread")]
async fn three_registers_are_imported_at_once_and_every_row_is_accounted_for() {
    let files = [file("licences.dev.csv"), file("credit_events.dev.csv"), file("access_log.dev.csv")];
    let [Some(licences), Some(events), Some(logs)] = files else { return };
    let town = Town::up();
    let lawless = import(&town, "access", &logs).wait_with_output().unwrap();
    assert_eq!(lawless.status.code(), Some(2), "without a law no clock can run");
    town.enact();

    let began = Instant::now();
    let of_licences = import(&town, "licences", &licences);
    let of_events = import(&town, "credit", &events);
    let of_logs = stopped_and_given_again(&town, &logs);
    licences_are_accounted_for(&report(of_licences));
    let credit = report(of_events);
    events_are_accounted_for(&credit, &events);
    lines_are_accounted_for(&town.client(0).await, &report(of_logs)).await;
    tickets_have_receipts(&town.client(0).await, &town.path("access/report.csv")).await;
    tell(&format!("three registers in {:.0} s", began.elapsed().as_secs_f64()));

    let before = town.settled();
    assert_eq!(report(import(&town, "credit", &events)), credit, "given again, it does nothing and says the same");
    assert_eq!(town.settled().1, before.1, "no act was done twice");
    an_event_can_be_looked_at(&town);
    town.down();
    town.fsck();
    nobody_stands_in_the_databases(&town, &[&licences, &events, &logs]);
}

/// Whoever holds a licence, is told of, or looked: the rows name them, and nothing that a node keeps does.
fn nobody_stands_in_the_databases(town: &Town, registers: &[&PathBuf]) {
    let naming = ["holder_id", "holder_name", "case_id", "subject_id", "subject_name", "requester"];
    let mut named = BTreeSet::new();
    for register in registers {
        for row in csv::Reader::from_path(register).unwrap().deserialize::<BTreeMap<String, String>>() {
            named.extend(
                row.unwrap().into_iter().filter(|(column, _)| naming.contains(&column.as_str())).map(|(_, cell)| cell),
            );
        }
    }
    // A shorter one is found by chance.
    named.retain(|cell| cell.len() >= 6);
    assert!(named.len() > 10_000, "{}", named.len());
    town.keeps_none_of(named.iter().map(String::as_str));
    let (found, told) = town.search(0, &["Limited Business License"]);
    assert!(found, "a type of licence is public, and stands there: {told}");
}

/// The import of the logs is killed in the middle, and goes on.
fn stopped_and_given_again(town: &Town, logs: &Path) -> Child {
    let mut stopped = import(town, "access", logs);
    let journal = town.path("access/journal");
    let settled = || std::fs::read_to_string(&journal).unwrap_or_default().matches("outcomes").count();
    wait_until("the import is under way", || settled() >= 20);
    stopped.kill().unwrap();
    stopped.wait().unwrap();
    assert!(settled() >= 20);
    import(town, "access", logs)
}

/// The numbers of both gateways of each log have no gap.
async fn lines_are_accounted_for(client: &Client, report: &Value) {
    let numbers =
        ["rows", "accepted", "tickets", "receipts", "refused", "unforeseen"].map(|name| report[name].as_u64());
    let both: u64 = LOGS.iter().map(|(_, tickets, _)| tickets).sum();
    assert_eq!(numbers, [LINES, LINES, both, both, 0, 0].map(Some), "{report}");
    for (source, tickets, receipts) in LOGS {
        let body = report["test_bodies"].as_array().unwrap().iter().find(|body| body["source"] == source).unwrap();
        assert_eq!(count(client, &body["reader"]).await, tickets, "{source}");
        assert_eq!(count(client, &body["provider"]).await, receipts, "{source}");
    }
}

/// How far the gateway of a body has come.
async fn count(client: &Client, body: &Value) -> u64 {
    let body: Uscc = body.as_str().unwrap().parse().unwrap();
    client.record::<Source>(&(body, 1)).await.unwrap().record.unwrap().count
}

/// Some lines of the report, as the ledger has them.
async fn tickets_have_receipts(client: &Client, report: &Path) {
    let mut reader = csv::Reader::from_path(report).unwrap();
    let header = reader.headers().unwrap().clone();
    let place = header.iter().position(|column| column == "ticket").unwrap();
    let lines: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), usize::try_from(LINES).unwrap());
    for line in lines.iter().step_by(500) {
        let ticket: TicketId = line[place].parse().unwrap();
        let found = client.record::<Ticket>(&ticket).await.unwrap().record;
        assert!(found.is_some_and(|ticket| ticket.receipt.is_some()), "{line:?}");
    }
}

fn events_are_accounted_for(report: &Value, file: &Path) {
    let fates = fates(file);
    assert_eq!(report["rows"], fates.values().sum::<u64>());
    assert_eq!(report["accepted"], fates["accepted"]);
    assert_eq!(report["unforeseen"], 0, "the ledger decided otherwise than the plan");
    for code in ["BUL-0633", "BUL-0916"] {
        assert_eq!(report["refused_by_code"][code], fates[code], "{code}");
    }
    assert_eq!(report["refused_by_code"].as_object().unwrap().len(), 2, "{report}");
}

/// How many rows of the file have each fate, by docs/import.md and the five years of article 16: the file ends in 2019 for all
/// events whose end it tells.
fn fates(file: &Path) -> BTreeMap<&'static str, u64> {
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

/// An accepted row is an event that anyone can look at.
fn an_event_can_be_looked_at(town: &Town) {
    let mut rows = csv::Reader::from_path(town.path("credit/report.csv")).unwrap();
    let accepted = rows.deserialize::<BTreeMap<String, String>>().map(Result::unwrap);
    let accepted = { accepted }.find(|row| row["outcome"] == "accepted").unwrap();
    let show = ["credit", "show", &accepted["recorded_as"], "--output", "json", "--node", &Town::address(0)];
    let shown = town.command(&show).output().unwrap();
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(shown["record"]["recorded"].is_i64(), "{shown}");
}
