//! Four validators on loopback, and what their processes consume.

use crate::consumed::{self, Consumed};
use anyhow::{Context, Result, ensure};
use bulla_keystore::{open_file, read_passphrase};
use bulla_proto::{Client, Timeouts};
use bulla_testnet_local::{LocalNetwork, Plan, Ports};
use bulla_verify::genesis::Genesis;
use bulla_verify::keys::SigningKey;
use bulla_verify::roles::Role;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The smallest network that outlives a failure.
pub(crate) const NODES: u16 = 4;

/// Away from the ports of a demo that may be running.
const PORTS_UP: u16 = 60;

/// How long anything is waited for before the run fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// The network. It goes down with this value.
pub(crate) struct Town {
    pub(crate) network: LocalNetwork,
    pub(crate) genesis: Genesis,
    /// One for each node.
    pub(crate) clients: Vec<Client>,
    _directory: TempDir,
}

impl Town {
    /// Lays out a network in a directory of its own, and starts it.
    pub(crate) async fn up(bullad: &Path) -> Result<Town> {
        let directory = tempfile::tempdir()?;
        let ports = Ports::default().shifted(PORTS_UP).context("the ports exist")?;
        let plan = Plan { ports, ..Plan::new(directory.path().join("net"), NODES) };
        let network = plan.lay_out(bullad)?;
        let nodes = network.up(bullad)?;
        network.wait_until_ready(&nodes, |node| TcpStream::connect(node.grpc).is_ok(), PATIENCE)?;
        let genesis = serde_json::from_str(&fs::read_to_string(network.genesis())?)?;
        let mut clients = Vec::new();
        for node in network.nodes() {
            clients.push(Client::connect(&node.grpc.to_string(), Timeouts::default()).await?);
        }
        Ok(Town { network, genesis, clients, _directory: directory })
    }

    /// The national body's key with a role.
    pub(crate) fn key(&self, role: Role) -> Result<SigningKey> {
        let passphrase = read_passphrase(&self.network.operator_passphrase())?;
        Ok(open_file(&self.network.operator_key(role), &passphrase)?)
    }

    /// Starts a node that was killed; seconds until it answers.
    pub(crate) async fn start(&self, node: u16, bullad: &Path) -> Result<f64> {
        let began = Instant::now();
        let addresses = self.network.start(node, bullad)?;
        self.network.wait_until_ready(&[addresses], |node| TcpStream::connect(node.grpc).is_ok(), PATIENCE)?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// Waits until the nodes that run have nothing left to do, and refuses if they do not agree.
    pub(crate) async fn settled(&self) -> Result<()> {
        let began = Instant::now();
        loop {
            let mut found = Vec::new();
            for (node, client) in self.network.status()?.iter().zip(&self.clients) {
                // One that has just been started does not answer yet.
                if node.pid.is_some() {
                    found.push(client.status().await.ok());
                }
            }
            let tips: Option<Vec<_>> = found.iter().map(Option::as_ref).collect();
            let tips = tips.unwrap_or_default();
            if let Some((first, others)) = tips.split_first() {
                let level = others.iter().all(|tip| tip.height == first.height);
                ensure!(
                    !level || others.iter().all(|tip| tip.state_root == first.state_root),
                    "the nodes do not agree on the state after height {}",
                    first.height
                );
                if level && tips.iter().all(|tip| tip.pool_count == 0) {
                    return Ok(());
                }
            }
            ensure!(began.elapsed() < PATIENCE, "the nodes do not come to rest; see their logs");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The memory of the largest of the nodes that run, in MiB.
    pub(crate) fn memory_mib(&self) -> Result<f64> {
        let running = self.network.status()?.into_iter().filter_map(|node| node.pid);
        running.map(|pid| consumed::memory_mib(&pid.to_string())).try_fold(0.0, |most, next| Ok(f64::max(most, next?)))
    }

    /// What the nodes that run have consumed, together.
    pub(crate) fn consumed(&self) -> Result<Consumed> {
        let mut sum = Consumed::default();
        for pid in self.network.status()?.into_iter().filter_map(|node| node.pid) {
            sum = sum.and(Consumed::by(&pid.to_string())?);
        }
        Ok(sum)
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        // The figures stand; what still runs is only to be ended.
        let _ = self.network.down(PATIENCE);
    }
}
