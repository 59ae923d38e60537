//! `bulla doctor`: asks several nodes how they are, compares what they say, and tells what to do.
//!
//! It changes nothing. What it finds are [`findings()`]; with none it ends with 0, with any with 1.

mod findings;

use crate::answer::{Answer, Exit};
use crate::status;
use anyhow::Result;
use bulla_proto::answer::NodeStatus;
use bulla_proto::{Client, ClientError, Timeouts};
use bulla_testnet_local::LocalNetwork;
use findings::{Finding, findings};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Short: a node that is well answers at once, and one that hangs is a finding.
const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(2), answer: Duration::from_secs(5) };

#[derive(clap::Args)]
pub(crate) struct Doctor {
    /// A node to ask; again for each. The more are asked, the more is seen.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7400")]
    node: Vec<String>,
    /// All nodes of the test network in this directory, in place of those.
    #[arg(long, value_name = "DIR")]
    testnet: Option<PathBuf>,
}

/// What came of asking one node.
pub(crate) struct Asked {
    pub(crate) endpoint: String,
    pub(crate) answer: Result<Seen, String>,
}

/// How a node is, and when that was by this machine's clock.
pub(crate) struct Seen {
    pub(crate) status: NodeStatus,
    /// How far its clock is ahead of this machine's, in milliseconds; off by at most the time that the answer took.
    pub(crate) ahead_ms: i64,
    /// How long the answer took, in milliseconds.
    pub(crate) took_ms: i64,
}

impl Doctor {
    pub(crate) async fn run(self) -> Result<Answer> {
        let endpoints = match self.testnet {
            Some(directory) => {
                LocalNetwork::open(&directory)?.nodes().map(|node| format!("http://{}", node.grpc)).collect()
            }
            None => self.node,
        };
        let mut asked = Vec::new();
        for endpoint in endpoints {
            let answer = ask(&endpoint).await.map_err(|error| error.to_string());
            asked.push(Asked { endpoint, answer });
        }
        let findings = findings(&asked);
        let exit = if findings.is_empty() { Exit::Done } else { Exit::Failed };
        Ok(Answer::done(text(&asked, &findings), json_of(&asked, &findings)).exit(exit))
    }
}

async fn ask(endpoint: &str) -> Result<Seen, ClientError> {
    let client = Client::connect(endpoint, TIMEOUTS).await?;
    let began = Instant::now();
    let before_ms = clock_ms();
    let status = client.status().await?;
    let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let ahead_ms = status.clock.0.saturating_sub(before_ms).saturating_sub(took_ms / 2);
    Ok(Seen { status, ahead_ms, took_ms })
}

fn clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn text(asked: &[Asked], findings: &[Finding]) -> String {
    let mut lines: Vec<String> = asked.iter().map(line).collect();
    if findings.is_empty() {
        lines.push("Nothing is wrong as far as these nodes can tell.".into());
    }
    for Finding { name, text, advice } in findings {
        lines.push(format!("\n{name}: {text}.\n  What to do: {advice}."));
    }
    lines.join("\n")
}

fn line(Asked { endpoint, answer }: &Asked) -> String {
    let Ok(Seen { status, ahead_ms, took_ms }) = answer else { return format!("{endpoint}  does not answer") };
    let deciding = match status.deciding {
        Some((height, round)) => format!("deciding block {height} in round {round}"),
        None => "deciding nothing".into(),
    };
    let disk = match status.disk {
        Some(disk) => format!("{} of {} MiB of disk free", disk.free_bytes >> 20, disk.total_bytes >> 20),
        None => "disk unknown".into(),
    };
    format!(
        "{endpoint}  version {}, block {}, {deciding}, clock {ahead_ms} ms ahead of this machine's (within {took_ms} ms), {disk}",
        status.version, status.height
    )
}

fn json_of(asked: &[Asked], findings: &[Finding]) -> Value {
    let node = |Asked { endpoint, answer }: &Asked| match answer {
        Ok(Seen { status, ahead_ms, took_ms }) => json!({
            "endpoint": endpoint, "status": status::json_of(status), "clock_ahead_ms": ahead_ms, "took_ms": took_ms,
        }),
        Err(error) => json!({ "endpoint": endpoint, "error": error }),
    };
    let finding = |Finding { name, text, advice }: &Finding| json!({ "name": name, "text": text, "advice": advice });
    json!({
        "nodes": asked.iter().map(node).collect::<Vec<_>>(),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}
