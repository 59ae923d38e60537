//! `bulla testnet`: a network of real `bullad` processes on this machine.

use crate::answer::{Answer, Exit, note, with};
use crate::connection::{block_on, read_genesis};
use crate::status;
use anyhow::{Context, Result};
use bulla_proto::answer::NodeStatus;
use bulla_proto::{Client, Timeouts};
use bulla_testnet_local::{LocalNetwork, NodeAddresses, Plan, Ports};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a node may take to become ready: RocksDB opens, and a log is replayed.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a node may take to stop by itself.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

#[derive(clap::Subcommand)]
pub(crate) enum Testnet {
    /// Lay out a network: its genesis file, the keys of a national body, and a directory for each node.
    Init {
        #[command(flatten)]
        place: Place,
        /// How many validators. From 4 on, one may fail.
        #[arg(long, default_value_t = 4)]
        nodes: u16,
        /// Take ports so many further up than 7400, 7500 and 7600: for a second network beside the first.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        ports_further_up: u16,
        #[command(flatten)]
        program: Program,
    },
    /// Start every node that does not run, and wait until they answer.
    Up {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        program: Program,
    },
    /// Say of each node how it is, and of the network why it waits, if it does.
    Status {
        #[command(flatten)]
        place: Place,
    },
    /// End a node as a power cut would.
    Kill {
        /// Which node, from 0.
        node: u16,
        #[command(flatten)]
        place: Place,
    },
    /// Start one node again, and wait until it answers.
    Start {
        /// Which node, from 0.
        node: u16,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        program: Program,
    },
    /// Ask every node to stop, and wait until they have.
    Down {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(clap::Args)]
pub(crate) struct Place {
    /// The network's directory.
    #[arg(long, value_name = "DIR", default_value = "testnet")]
    dir: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Program {
    /// The program `bullad`; the one beside this program, if nothing is said.
    #[arg(long, value_name = "FILE")]
    bullad: Option<PathBuf>,
}

impl Testnet {
    pub(crate) fn run(self) -> Result<Answer> {
        match self {
            Testnet::Init { place, nodes, ports_further_up, program } => {
                init(&place.dir, nodes, ports_further_up, &program.path()?)
            }
            Testnet::Up { place, program } => up(&place.open()?, &program.path()?),
            Testnet::Status { place } => status_of(&place.open()?),
            Testnet::Kill { node, place } => {
                place.open()?.kill(node)?;
                Ok(Answer::done(format!("Node {node} is killed."), json!({ "killed": node })))
            }
            Testnet::Start { node, place, program } => {
                let network = place.open()?;
                let addresses = network.start(node, &program.path()?)?;
                wait(&network, &[addresses])?;
                let json = json!({ "started": [node_json(&addresses)] });
                Ok(Answer::done(format!("Node {node} answers at {}.", url(&addresses)), json))
            }
            Testnet::Down { place } => down(&place.open()?),
        }
    }
}

impl Place {
    fn open(&self) -> Result<LocalNetwork> {
        LocalNetwork::open(&self.dir)
    }
}

impl Program {
    fn path(&self) -> Result<PathBuf> {
        match &self.bullad {
            Some(path) => path.canonicalize().with_context(|| format!("cannot find {}", path.display())),
            None => Ok(std::env::current_exe()
                .context("cannot tell where this program is; name --bullad")?
                .with_file_name("bullad")),
        }
    }
}

fn init(directory: &Path, nodes: u16, further_up: u16, bullad: &Path) -> Result<Answer> {
    // Each node is started in a directory of its own.
    let directory = &std::path::absolute(directory).with_context(|| directory.display().to_string())?;
    let mut plan = Plan::new(directory, nodes);
    plan.ports = Ports::default().shifted(further_up).context("there are no ports so far up; 65535 is the last")?;
    let network = plan.lay_out(bullad)?;
    let genesis = network.genesis();
    let text = format!(
        "A network of {nodes} validators is laid out in {}.\n  genesis file: {}\n  keys of the national body: {}\nStart it with `bulla testnet up --dir {}`.",
        directory.display(),
        genesis.display(),
        network.operator_passphrase().parent().unwrap_or(directory).display(),
        directory.display()
    );
    let nodes: Vec<_> = network.nodes().map(|node| node_json(&node)).collect();
    let json = json!({
        "directory": directory,
        "genesis": genesis,
        "operator_passphrase_file": network.operator_passphrase(),
        "nodes": nodes,
    });
    Ok(Answer::done(text, json))
}

fn up(network: &LocalNetwork, bullad: &Path) -> Result<Answer> {
    let started = network.up(bullad)?;
    note(format_args!("started {} nodes; waiting until they answer", started.len()));
    wait(network, &started)?;
    let lines: Vec<_> = network.nodes().map(|node| format!("\n  node {}: {}", node.node, url(&node))).collect();
    let text = format!("{} nodes started; all that run answer.{}", started.len(), lines.concat());
    Ok(Answer::done(text, json!({ "started": started.iter().map(node_json).collect::<Vec<_>>() })))
}

fn down(network: &LocalNetwork) -> Result<Answer> {
    let running = network.down(STOPPED_WITHIN)?;
    if running.is_empty() {
        return Ok(Answer::done("No node runs.", json!({ "running": [] })));
    }
    let numbers: Vec<_> = running.iter().map(|status| status.addresses.node).collect();
    let text = format!("These nodes have not stopped: {numbers:?}.\nWhat to do: `bulla testnet kill N` for each.");
    Ok(Answer::done(text, json!({ "running": numbers })).exit(Exit::Failed))
}

fn wait(network: &LocalNetwork, nodes: &[NodeAddresses]) -> Result<()> {
    network.wait_until_ready(nodes, |node| ask(node).is_some(), READY_WITHIN)
}

fn ask(node: &NodeAddresses) -> Option<NodeStatus> {
    let timeouts = Timeouts { connect: Duration::from_secs(1), answer: Duration::from_secs(3) };
    block_on(async { Ok(Client::connect(&url(node), timeouts).await?.status().await?) }).ok()
}

fn status_of(network: &LocalNetwork) -> Result<Answer> {
    let genesis = read_genesis(&network.genesis())?;
    let (quorum, all) = (genesis.validators.quorum(), genesis.validators.total_power());
    let mut text = String::new();
    let (mut voting, mut nodes, mut roots) = (0u64, Vec::new(), BTreeMap::new());
    let mut answering = 0usize;
    for it in network.status()? {
        let NodeAddresses { node, .. } = it.addresses;
        let status = it.pid.and_then(|_| ask(&it.addresses));
        let line = line(it.pid, status.as_ref());
        let _ = writeln!(text, "node {node}  {}  {line}", url(&it.addresses));
        if let Some(status) = &status {
            answering = answering.saturating_add(1);
            let power = genesis.validators.find(&status.key).map_or(0, |validator| validator.power);
            voting = voting.saturating_add(if status.mute.is_none() { power } else { 0 });
            roots.entry(status.height).or_insert_with(Vec::new).push(status.state_root);
            status.why.iter().for_each(|why| _ = writeln!(text, "        {why}"));
        }
        let json = with(node_json(&it.addresses), "pid", it.pid);
        nodes.push(with(json, "status", status.as_ref().map(status::json_of)));
    }
    let differs = roots.values().any(|roots| roots.iter().any(|root| Some(root) != roots.first()));
    let conclusion = conclusion(voting, quorum, all, differs);
    let json = json!({
        "nodes": nodes, "voting": voting, "quorum": quorum, "of": all, "goes_on": voting >= quorum && !differs,
        "roots_agree": !differs,
    });
    let exit = if answering == 0 { Exit::Unreachable } else { Exit::Done };
    Ok(Answer::done(format!("{text}{conclusion}"), json).exit(exit))
}

fn line(pid: Option<u32>, status: Option<&NodeStatus>) -> String {
    match (pid, status) {
        (None, _) => "does not run".into(),
        (Some(pid), None) => format!("process {pid} runs and does not answer"),
        (Some(pid), Some(status)) => {
            let connected = status.peers.iter().filter(|peer| peer.connected).count();
            let mute = status.mute.map_or(String::new(), |mute| format!(", does not vote: {mute}"));
            format!(
                "process {pid}, block {} of {}, {connected} of {} others connected, {} transactions wait{mute}",
                status.height,
                status.block_time,
                status.peers.len(),
                status.pool_count
            )
        }
    }
}

fn conclusion(voting: u64, quorum: u64, all: u64, differs: bool) -> String {
    if differs {
        return "Nodes at one height report different states. Stop the network, and run `bullad fsck` on their directories.".into();
    }
    if voting >= quorum {
        return format!("The network goes on: {voting} of {all} validators vote, {quorum} are needed.");
    }
    format!(
        "The network waits: {voting} of {all} validators vote, {quorum} are needed.\nWhat to do: start more of them with `bulla testnet start N`."
    )
}

fn url(node: &NodeAddresses) -> String {
    format!("http://{}", node.grpc)
}

fn node_json(node: &NodeAddresses) -> Value {
    json!({ "node": node.node, "url": url(node), "metrics": format!("http://{}/metrics", node.metrics) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_without_a_quorum_is_said_to_wait() {
        assert!(conclusion(3, 3, 4, false).starts_with("The network goes on"));
        assert!(conclusion(2, 3, 4, false).contains("start N"));
        assert!(conclusion(4, 3, 4, true).contains("fsck"));
    }
}
