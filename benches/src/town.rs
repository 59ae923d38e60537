//! Four validators on loopback, and what their processes consume.

use anyhow::{Context, Result, ensure};
use bulla_keystore::{open_file, read_passphrase};
use bulla_proto::{Client, Timeouts};
use bulla_testnet_local::{LocalNetwork, Plan, Ports};
use bulla_verify::genesis::Genesis;
use bulla_verify::keys::SigningKey;
use bulla_verify::roles::Role;
use rustix::param::clock_ticks_per_second;
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

/// What processes have consumed since they began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Consumed {
    pub(crate) cpu_s: f64,
    pub(crate) written_bytes: f64,
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

    /// What the nodes that run have consumed, together.
    pub(crate) fn consumed(&self) -> Result<Consumed> {
        let mut sum = Consumed::default();
        for pid in self.network.status()?.into_iter().filter_map(|node| node.pid) {
            let Consumed { cpu_s, written_bytes } = Consumed::by(&pid.to_string())?;
            sum.cpu_s += cpu_s;
            sum.written_bytes += written_bytes;
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

impl Consumed {
    /// What a process has consumed; `self` is this one.
    pub(crate) fn by(process: &str) -> Result<Consumed> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // After the name, which may hold anything, the 12th and 13th field are the ticks of user and system.
        let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat has a name")?;
        let ticks: Vec<f64> = fields.split(' ').skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        let io = fs::read_to_string(format!("/proc/{process}/io"))?;
        let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        Ok(Consumed {
            cpu_s: ticks.iter().sum::<f64>() / f64::from(u32::try_from(clock_ticks_per_second())?),
            written_bytes: written.context("/proc/PID/io tells what was written")?.parse()?,
        })
    }

    pub(crate) fn since(self, before: Consumed) -> Consumed {
        Consumed { cpu_s: self.cpu_s - before.cpu_s, written_bytes: self.written_bytes - before.written_bytes }
    }
}
