//! Reaching a node, and the file by which its network is known.

use anyhow::{Context, Result, ensure};
use bulla_proto::answer::AsOf;
use bulla_proto::{Client, ClientError, Timeouts};
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use serde_json::{Value, json};
use std::path::Path;

/// Which node is asked.
#[derive(clap::Args)]
pub(crate) struct Node {
    /// The node to speak with.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7400")]
    node: String,
}

impl Node {
    /// Connects to it.
    pub(crate) async fn connect(&self) -> Result<Client, ClientError> {
        Client::connect(&self.node, Timeouts::default()).await
    }
}

/// Which node is asked about the ledger, and how new its answer must be.
#[derive(clap::Args)]
pub(crate) struct Reading {
    #[command(flatten)]
    node: Node,
    /// Only an answer that knows of this block: the one in which another command said that something is recorded. A node that
    /// does not have it waits for it a few seconds, and then refuses.
    #[arg(long, value_name = "HEIGHT")]
    at_least: Option<u64>,
}

impl Reading {
    /// Connects to it.
    pub(crate) async fn connect(&self) -> Result<Client, ClientError> {
        let client = self.node.connect().await?;
        Ok(self.at_least.map_or_else(|| client.clone(), |height| client.at_least(Height(height))))
    }
}

/// Runs what speaks with a node, on this thread.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start")?.block_on(command)
}

/// The genesis document of a file, fit to begin a chain.
pub(crate) fn read_genesis(path: &Path) -> Result<Genesis> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}; name the network's genesis file", path.display()))?;
    let genesis: Genesis = serde_json::from_str(&text)
        .with_context(|| format!("{} is no genesis file; name the network's genesis file", path.display()))?;
    genesis.check().with_context(|| format!("no chain can begin with {}", path.display()))?;
    Ok(genesis)
}

/// Refuses a node of another network than the one meant.
pub(crate) async fn check_chain(client: &Client, genesis: &Genesis) -> Result<()> {
    let (found, expected) = (client.status().await?.chain, genesis.chain());
    ensure!(
        found == expected,
        "node {} is of chain {found}, the genesis file is of chain {expected}; use that network's genesis file, or another node",
        client.endpoint()
    );
    Ok(())
}

/// Of when an answer is, as JSON.
pub(crate) fn as_of_json(as_of: AsOf) -> Value {
    json!({ "height": as_of.height, "time_ms": as_of.time, "stale": as_of.stale })
}

/// Of when an answer is, and how much it is worth.
pub(crate) fn as_of_text(as_of: AsOf) -> String {
    let AsOf { height, time, stale } = as_of;
    let stale =
        if stale { "\n  stale: this node is cut off or behind, and later blocks may have been decided" } else { "" };
    format!("  as of {time}, block {height}: the word of this node alone; for a proof, `bulla proof save`{stale}")
}
