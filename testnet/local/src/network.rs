//! Starting, watching, killing and stopping the nodes of a network that was laid out.

use crate::addresses::{NodeAddresses, Ports};
use crate::bullad;
use crate::plan::{DATA, GENESIS, OPERATOR, PASSPHRASE, key_file, node_directory};
use crate::process::Process;
use anyhow::{Context, Result, bail, ensure};
use bulla_verify::roles::Role;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ROSTER: &str = "network.json";
const LOG: &str = "bullad.log";
const PID: &str = "bullad.pid";

/// How often a node that is not ready yet is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(50);
/// How long the system may take to end a process that was killed: it may be writing to a slow disk.
const KILLED_WITHIN: Duration = Duration::from_secs(30);
/// How many lines of its log a node that ended by itself is quoted with.
const LAST_WORDS: usize = 15;

/// A network in its directory. Nothing is held open: any program can take it up again.
#[derive(Clone, Debug)]
pub struct LocalNetwork {
    root: PathBuf,
    roster: Roster,
}

/// Whether a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// Which node, and where it listens.
    pub addresses: NodeAddresses,
    /// The number of its process, if it runs.
    pub pid: Option<u32>,
}

impl LocalNetwork {
    /// The network that was laid out in a directory.
    pub fn open(directory: &Path) -> Result<LocalNetwork> {
        let path = directory.join(ROSTER);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("{} holds no test network; lay one out with `bulla testnet init`", directory.display())
        })?;
        let roster: Roster = serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
        roster.ports.check(roster.count)?;
        let root = directory.canonicalize().with_context(|| format!("cannot find {}", directory.display()))?;
        Ok(LocalNetwork { root, roster })
    }

    /// Where each node listens, node 0 first.
    pub fn nodes(&self) -> impl Iterator<Item = NodeAddresses> {
        let ports = self.roster.ports;
        (0..self.roster.count).map(move |node| ports.of(node))
    }

    /// The genesis document.
    pub fn genesis(&self) -> PathBuf {
        self.root.join(GENESIS)
    }

    /// The national body's key with one of [`OPERATOR_ROLES`](crate::OPERATOR_ROLES).
    pub fn operator_key(&self, role: Role) -> PathBuf {
        self.root.join(OPERATOR).join(key_file(role))
    }

    /// The passphrase of the national body's keys.
    pub fn operator_passphrase(&self) -> PathBuf {
        self.root.join(OPERATOR).join(PASSPHRASE)
    }

    /// The directory of a node: its configuration, keys and log.
    pub fn node_directory(&self, node: u16) -> PathBuf {
        node_directory(&self.root, node)
    }

    /// What a node has stored.
    pub fn node_data(&self, node: u16) -> PathBuf {
        self.node_directory(node).join(DATA)
    }

    /// What a node has said.
    pub fn node_log(&self, node: u16) -> PathBuf {
        self.node_directory(node).join(LOG)
    }

    /// Whether each node runs, node 0 first.
    pub fn status(&self) -> Result<Vec<NodeStatus>> {
        self.nodes()
            .map(|addresses| {
                let pid = self.process(addresses.node)?.map(|process| process.pid());
                Ok(NodeStatus { addresses, pid })
            })
            .collect()
    }

    /// Starts every node that does not run, with a program that is `bullad`; says which. If a port is taken, none is started.
    pub fn up(&self, program: &Path) -> Result<Vec<NodeAddresses>> {
        let resting: Vec<_> =
            self.status()?.into_iter().filter(|status| status.pid.is_none()).map(|status| status.addresses).collect();
        resting.iter().try_for_each(check_ports)?;
        resting.iter().try_for_each(|node| self.spawn(node.node, program))?;
        Ok(resting)
    }

    /// Starts one node, with a program that is `bullad`.
    pub fn start(&self, node: u16, program: &Path) -> Result<NodeAddresses> {
        let addresses = self.node(node)?;
        if let Some(process) = self.process(node)? {
            bail!("node {node} runs already, as process {}", process.pid());
        }
        check_ports(&addresses)?;
        self.spawn(node, program)?;
        Ok(addresses)
    }

    /// Waits until all of these nodes are ready, for so long at most. `ready` asks one node, and answers soon.
    ///
    /// # Errors
    /// If one of them does not run or ends meanwhile, quoting its log; if the time is over.
    pub fn wait_until_ready(
        &self,
        nodes: &[NodeAddresses],
        ready: impl Fn(&NodeAddresses) -> bool,
        patience: Duration,
    ) -> Result<()> {
        let deadline = Instant::now() + patience;
        for addresses in nodes {
            let node = addresses.node;
            let Some(process) = self.process(node)? else { bail!(self.ended(node)) };
            while !ready(addresses) {
                let (log, waited) = (self.node_log(node), patience.as_secs());
                let in_time = Instant::now() < deadline;
                ensure!(in_time, "node {node} is not ready after {waited} s; its log {} may say why", log.display());
                if process.ends_within(ASK_AGAIN)? {
                    bail!(self.ended(node));
                }
            }
        }
        Ok(())
    }

    /// Ends a node as a power cut would: it has no chance to write anything more. It is gone when this returns.
    pub fn kill(&self, node: u16) -> Result<()> {
        self.node(node)?;
        let Some(process) = self.process(node)? else { bail!("node {node} does not run") };
        process.signal(Signal::KILL)?;
        let pid = process.pid();
        ensure!(process.ends_within(KILLED_WITHIN)?, "process {pid} of node {node} was killed and does not end");
        Ok(())
    }

    /// Asks every node to stop, and waits until they are gone, for so long at most. Those that still run are named.
    pub fn down(&self, patience: Duration) -> Result<Vec<NodeStatus>> {
        let deadline = Instant::now() + patience;
        let mut stopping = Vec::new();
        for node in 0..self.roster.count {
            stopping.extend(self.process(node)?);
        }
        stopping.iter().try_for_each(|process| process.signal(Signal::TERM))?;
        for process in &stopping {
            process.ends_within(deadline.saturating_duration_since(Instant::now()))?;
        }
        Ok(self.status()?.into_iter().filter(|status| status.pid.is_some()).collect())
    }

    fn node(&self, node: u16) -> Result<NodeAddresses> {
        let Roster { count, ports } = self.roster;
        ensure!(node < count, "there is no node {node}; this network has {count}, from 0");
        Ok(ports.of(node))
    }

    fn process(&self, node: u16) -> Result<Option<Process>> {
        Process::recall(&self.node_directory(node).join(PID))
    }

    /// The child is not waited for here: it is to outlive this program, and [`Process`] waits for it.
    fn spawn(&self, node: u16, program: &Path) -> Result<()> {
        let path = self.node_log(node);
        let log = File::options().create(true).append(true).open(&path);
        let log = log.with_context(|| format!("cannot write {}", path.display()))?;
        let mut command = bullad::run(program, &self.node_directory(node));
        command.stdout(log.try_clone()?).stderr(log);
        let mut child = command.spawn().with_context(|| bullad::cannot_start(program))?;
        let remembered = Process::remember(&child, &self.node_directory(node).join(PID));
        if remembered.is_err() {
            // Nobody could ever stop it.
            child.kill()?;
            child.wait()?;
        }
        remembered
    }

    fn ended(&self, node: u16) -> String {
        let path = self.node_log(node);
        let log = fs::read(&path).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LAST_WORDS)..).unwrap_or_default().join("\n");
        format!("node {node} has ended; its log {} closes with:\n{last}", path.display())
    }
}

fn check_ports(addresses: &NodeAddresses) -> Result<()> {
    let NodeAddresses { node, .. } = addresses;
    if let Some(taken) = addresses.taken() {
        bail!("node {node} is to listen on {taken}, where another process does; stop that one, or lay out other ports");
    }
    Ok(())
}

/// What is remembered of a plan.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roster {
    /// How many nodes.
    pub(crate) count: u16,
    /// Where they listen.
    pub(crate) ports: Ports,
}

impl Roster {
    /// Writes it into a network's directory.
    pub(crate) fn write(&self, root: &Path) -> Result<()> {
        let path = root.join(ROSTER);
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
pub(crate) mod tests;
