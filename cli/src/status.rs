//! `bulla status`: how a node is, and what it waits for.

use crate::answer::{Answer, to_json};
use crate::connection::Node;
use anyhow::Result;
use bulla_proto::answer::{NodeStatus, Peer, TurnedAway};
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(clap::Args)]
pub(crate) struct Status {
    #[command(flatten)]
    node: Node,
}

impl Status {
    pub(crate) async fn run(self) -> Result<Answer> {
        let client = self.node.connect().await?;
        let status = client.status().await?;
        Ok(Answer::done(text(client.endpoint(), &status), json_of(&status)))
    }
}

fn text(endpoint: &str, status: &NodeStatus) -> String {
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let mut text = format!(
        "Node {endpoint}, version {}\n  chain {}\n  block {} of {}\n  state root {}\n  {connected} of {} other nodes connected\n  {} transactions wait ({} bytes)",
        status.version,
        status.chain,
        status.height,
        status.block_time,
        status.state_root,
        status.peers.len(),
        status.pool_count,
        status.pool_bytes
    );
    if let Some((height, round)) = status.deciding {
        let _ = write!(text, "\n  deciding block {height}, round {round}");
    }
    for Peer { key, organisation, height, .. } in status.peers.iter().filter(|peer| !peer.connected) {
        let whose = organisation.map_or_else(|| key.to_string(), |organisation| organisation.to_string());
        let _ = write!(text, "\n  not connected: {whose}, last heard of at block {height}");
    }
    if let Some(mute) = &status.mute {
        let _ = write!(text, "\n  it does not vote: {mute}");
    }
    for why in &status.why {
        let _ = write!(text, "\n  note: {why}");
    }
    text
}

/// A node's status as JSON.
pub(crate) fn json_of(status: &NodeStatus) -> Value {
    let peer = |peer: &Peer| {
        json!({
            "key": peer.key, "organisation": peer.organisation, "connected": peer.connected, "height": peer.height,
        })
    };
    let turned_away = |one: &TurnedAway| json!({ "who": one.who, "reason": one.reason, "count": one.count });
    json!({
        "chain": status.chain,
        "version": status.version,
        "key": status.key,
        "height": status.height,
        "block_time_ms": status.block_time,
        "state_root": status.state_root,
        "header_hash": status.header_hash,
        "deciding": status.deciding.map(|(height, round)| json!({ "height": height, "round": round })),
        "peers": status.peers.iter().map(peer).collect::<Vec<_>>(),
        "pool_count": status.pool_count,
        "pool_bytes": status.pool_bytes,
        "mute": status.mute.map(|mute| mute.to_string()),
        "why": status.why.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "clock_ms": status.clock,
        "disk": status.disk.map(|disk| json!({ "free_bytes": disk.free_bytes, "total_bytes": disk.total_bytes })),
        "passed_over": to_json(&status.passed_over),
        "turned_away": status.turned_away.iter().map(turned_away).collect::<Vec<_>>(),
    })
}
