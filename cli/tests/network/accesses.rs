//! The import of real access logs, stopped in the middle and given again: every line is accounted for, the numbers of both
//! gateways have no gap, and the ledger's lists have a line for each ticket and for each receipt.
//!
//! The logs are read from `../shared/data`, and without them there is nothing to import.

use crate::desks::Office;
use crate::town::{Town, tell, wait_until};
use bulla_proto::Client;
use bulla_verify::access::{Source, Ticket, TicketId};
use bulla_verify::identifiers::uscc::Uscc;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

/// How many lines the file has, and how many of each log.
const ROWS: u64 = 11_766;
const LOGS: [(&str, u64, u64); 3] = [("cloudtrail", 448, 448), ("edgar", 11_260, 11_260), ("xroad", 29, 29)];

fn log() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let directory = std::env::var_os("BULLA_DATA").map_or(beside, PathBuf::from);
    Some(directory.join("access_log.dev.csv")).filter(|file| file.exists())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_import_of_accesses_goes_on_and_every_line_is_accounted_for() {
    let Some(file) = log() else { return };
    let town = Town::up();
    let lawless = import(&town, &file).wait_with_output().unwrap();
    assert_eq!(lawless.status.code(), Some(2), "without a law no clock can run");
    Office { town: &town }.enact().await;

    let began = Instant::now();
    let mut stopped = import(&town, &file);
    let journal = town.path("import/journal");
    let settled = || std::fs::read_to_string(&journal).unwrap_or_default().matches("outcomes").count();
    wait_until("the import is under way", || settled() >= 20);
    stopped.kill().unwrap();
    stopped.wait().unwrap();
    let before = settled();

    let output = import(&town, &file).wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    tell(&format!("{ROWS} lines of logs in {:.0} s: {report}", began.elapsed().as_secs_f64()));
    assert!(settled() > before && before >= 20);
    let numbers =
        ["rows", "accepted", "tickets", "receipts", "refused", "unforeseen"].map(|name| report[name].as_u64());
    let both: u64 = LOGS.iter().map(|(_, tickets, _)| tickets).sum();
    assert_eq!(numbers, [ROWS, ROWS, both, both, 0, 0].map(Some), "{report}");
    let client = town.client(0).await;
    for (source, tickets, receipts) in LOGS {
        let body = report["test_bodies"].as_array().unwrap().iter().find(|body| body["source"] == source).unwrap();
        assert_eq!(count(&client, &body["reader"]).await, tickets, "{source}");
        assert_eq!(count(&client, &body["provider"]).await, receipts, "{source}");
    }
    tickets_have_receipts(&client, &town.path("import/report.csv")).await;
    town.settled();
    town.down();
    town.fsck();
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
    assert_eq!(lines.len(), usize::try_from(ROWS).unwrap());
    for line in lines.iter().step_by(500) {
        let ticket: TicketId = line[place].parse().unwrap();
        let found = client.record::<Ticket>(&ticket).await.unwrap().record;
        assert!(found.is_some_and(|ticket| ticket.receipt.is_some()), "{line:?}");
    }
}

fn import(town: &Town, file: &Path) -> Child {
    town.command(&["import", "access", file.to_str().unwrap(), "--output", "json", "--state", "import"])
        .args(["--genesis", "net/genesis.json", "--node", &Town::address(0)])
        .args(["--key", "net/operator/registrar.key", "--passphrase-file", "net/operator/passphrase"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
