//! Some processes of `bullad`, and what can be asked of them.

use crate::load::{Load, Recorded};
use anyhow::{Context, Result, bail, ensure};
use bulla_keystore::{open_file, read_passphrase};
use bulla_proto::answer::{Mute, Why};
use bulla_proto::{Client, Timeouts};
use bulla_testnet_forge::acts::Acts;
use bulla_testnet_history::{Block, Summary, Transaction, check};
use bulla_testnet_local::{LocalNetwork, NodeAddresses, Plan, Ports};
use bulla_verify::chain::{HeaderHash, Height, TxId};
use bulla_verify::genesis::Genesis;
use bulla_verify::hash::Hash;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long anything is waited for before a run fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a node that answers is waited for when it is asked.
const ANSWER: Timeouts = Timeouts { connect: Duration::from_secs(1), answer: Duration::from_secs(5) };

/// How long a node is waited for that one of several is asked.
const QUESTION: Timeouts = Timeouts { connect: Duration::from_secs(1), answer: Duration::from_secs(1) };

/// How often what is waited for is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A network in a directory of its own; it goes down with this value.
pub(crate) struct Town {
    pub(crate) network: LocalNetwork,
    pub(crate) genesis: Genesis,
    pub(crate) runtime: Runtime,
    pub(crate) bullad: PathBuf,
    /// Blocks below this one were forged, and are not asked for again.
    pub(crate) forged: Height,
    /// Where the nodes are if not on loopback: node i has the address 10.77.this.i+1.
    pub(crate) subnet: Option<u8>,
    _directory: Option<TempDir>,
}

/// What a node says that it is.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) height: Height,
    pub(crate) key: PublicKey,
    pub(crate) mute: Option<Mute>,
    pub(crate) why: Vec<Why>,
    pub(crate) pool: u64,
}

impl Town {
    /// Lays out so many nodes; starts none. Tests that run beside one another need ports that are apart.
    pub(crate) fn laid_out(
        bullad: &Path,
        count: u16,
        ports_up: u16,
        begins: impl Fn(Millis) -> Millis,
    ) -> Result<Town> {
        let directory = tempfile::tempdir()?;
        let ports = Ports::default().shifted(ports_up).context("the ports exist")?;
        let plan = Plan { ports, time: begins(clock()), ..Plan::new(directory.path().join("net"), count) };
        let network = plan.lay_out(bullad)?;
        Town::of(network, bullad, Some(directory))
    }

    /// Four that run.
    pub(crate) fn up(bullad: &Path, ports_up: u16) -> Result<Town> {
        let town = Town::laid_out(bullad, 4, ports_up, |now| now)?;
        town.start_all()?;
        Ok(town)
    }

    /// A network in a directory that goes with it, or that somebody else removes.
    pub(crate) fn of(network: LocalNetwork, bullad: &Path, directory: Option<TempDir>) -> Result<Town> {
        let genesis = serde_json::from_slice(&fs::read(network.genesis())?)?;
        let runtime = Runtime::new().context("a runtime begins")?;
        Ok(Town {
            network,
            genesis,
            runtime,
            bullad: bullad.to_owned(),
            forged: Height(0),
            subnet: None,
            _directory: directory,
        })
    }

    pub(crate) fn nodes(&self) -> Vec<u16> {
        self.network.nodes().map(|addresses| addresses.node).collect()
    }

    /// Starts whoever does not run, and waits until they answer.
    pub(crate) fn start_all(&self) -> Result<()> {
        let started = self.network.up(&self.bullad)?;
        self.network.wait_until_ready(&started, |node| self.answers(node), PATIENCE)
    }

    /// Starts a node that was killed, and waits until it answers.
    pub(crate) fn start(&self, node: u16) -> Result<()> {
        self.start_within(node, PATIENCE)
    }

    /// As [`Town::start`], of a node that may take longer.
    pub(crate) fn start_within(&self, node: u16, within: Duration) -> Result<()> {
        let started = self.network.start(node, &self.bullad)?;
        self.network.wait_until_ready(&[started], |node| self.answers(node), within)
    }

    /// Ends all at once.
    pub(crate) fn kill_all(&self) -> Result<()> {
        std::thread::scope(|scope| {
            let kill = |node| scope.spawn(move || self.network.kill(node));
            let killers: Vec<_> = self.nodes().into_iter().map(kill).collect();
            killers.into_iter().try_for_each(|one| one.join().expect("killing does not panic"))
        })
    }

    pub(crate) fn down(&self) -> Result<()> {
        let left = self.network.down(PATIENCE)?;
        ensure!(left.is_empty(), "nodes that were asked to stop still run: {left:?}");
        Ok(())
    }

    fn answers(&self, addresses: &NodeAddresses) -> bool {
        self.runtime.block_on(told(self.grpc(addresses))).is_ok()
    }

    /// Where a node answers.
    fn grpc(&self, addresses: &NodeAddresses) -> SocketAddr {
        let last = u8::try_from(addresses.node.saturating_add(1)).expect("a network here has a few nodes");
        let moved = self.subnet.map(|subnet| SocketAddr::from(([10, 77, subnet, last], addresses.grpc.port())));
        moved.unwrap_or(addresses.grpc)
    }

    fn addresses(&self, node: u16) -> Result<NodeAddresses> {
        self.network.nodes().find(|addresses| addresses.node == node).context("there is such a node")
    }

    /// How a node is.
    pub(crate) fn told(&self, node: u16) -> Result<Told> {
        self.runtime.block_on(told(self.grpc(&self.addresses(node)?)))
    }

    /// Whether a node says of its answers that later blocks may have passed it by.
    pub(crate) fn answers_stale(&self, node: u16) -> Result<bool> {
        let (client, root) =
            (self.client(node)?, self.genesis.organisations.first().context("genesis has a root")?.uscc);
        Ok(self.runtime.block_on(client.organisation(&root, false))?.as_of.stale)
    }

    pub(crate) fn client(&self, node: u16) -> Result<Client> {
        let endpoint = self.grpc(&self.addresses(node)?).to_string();
        Ok(self.runtime.block_on(Client::connect(&endpoint, ANSWER))?)
    }

    /// A client that gives up soon, and asks somebody else.
    pub(crate) fn reader(&self, node: u16) -> Result<Client> {
        let endpoint = self.grpc(&self.addresses(node)?).to_string();
        Ok(self.runtime.block_on(Client::connect(&endpoint, QUESTION))?)
    }

    pub(crate) fn key(&self, role: Role) -> Result<SigningKey> {
        let passphrase = read_passphrase(&self.network.operator_passphrase())?;
        Ok(open_file(&self.network.operator_key(role), &passphrase)?)
    }

    pub(crate) fn acts(&self) -> Result<Acts> {
        Acts::of(self.genesis.organisations.first().context("genesis has a root")?.uscc)
    }

    /// Waits until all that run have one tip and nothing left to do; tells its height.
    pub(crate) fn settled(&self, within: Duration) -> Result<Height> {
        let mut last = String::new();
        let tip = wait_until(within, || {
            let running = self.network.status().ok()?.into_iter().filter(|node| node.pid.is_some());
            let told: Option<Vec<Told>> = running.map(|node| self.told(node.addresses.node).ok()).collect();
            last = format!("{told:?}");
            let told = told?;
            let height = told.first()?.height;
            told.iter().all(|one| one.height == height && one.pool == 0).then_some(height)
        });
        tip.with_context(|| format!("the nodes do not come to rest within {within:?}: {last}"))
    }

    /// Waits until a node has what the others had, speaks, and others count its vote for a block above; tells how long it took
    /// from when it was started.
    pub(crate) fn rejoined(&self, node: u16, above: Height, began: Instant) -> Result<Duration> {
        self.rejoined_within(node, above, began, PATIENCE)
    }

    /// As [`Town::rejoined`], of a node that may take longer.
    pub(crate) fn rejoined_within(
        &self,
        node: u16,
        above: Height,
        began: Instant,
        within: Duration,
    ) -> Result<Duration> {
        let others: Vec<Client> = self.nodes().into_iter().map(|one| self.client(one)).collect::<Result<_>>()?;
        let mut next = above.next();
        let found = wait_until(within, || {
            let own = self.told(node).ok().filter(|own| own.mute.is_none() && own.height >= above)?;
            while next <= own.height {
                let signed = others.iter().any(|client| {
                    let block = self.runtime.block_on(client.block(next, 0)).ok().flatten();
                    block.is_some_and(|block| block.signers.contains(&own.key))
                });
                if signed {
                    return Some(());
                }
                next = next.next();
            }
            None
        });
        found
            .with_context(|| format!("node {node} does not vote above height {above} again: {:?}", self.told(node)))?;
        Ok(began.elapsed())
    }

    /// The chain of each node that runs, as far as a load's transactions go.
    fn chains(&self, recorded: &Recorded) -> Result<Vec<Vec<Block>>> {
        let running = self.network.status()?.into_iter().filter(|node| node.pid.is_some());
        running.map(|node| self.chain(node.addresses.node, recorded)).collect()
    }

    fn chain(&self, node: u16, recorded: &Recorded) -> Result<Vec<Block>> {
        let client = self.client(node)?;
        let unread = || Block { hash: HeaderHash(Hash::default()), transactions: Vec::new() };
        let mut blocks: Vec<Block> = (1..self.forged.0).map(|_| unread()).collect();
        for height in (self.forged.0.max(1)..).map(Height) {
            let (mut hash, mut transactions) = (None, Vec::new());
            loop {
                let first = u64::try_from(transactions.len())?;
                let Some(block) = self.runtime.block_on(client.block(height, first))? else { break };
                hash = Some(block.header.hash());
                let applied = |id: TxId, count: u32| recorded.writes.get(&id).filter(|_| count > 0).copied();
                transactions.extend(
                    block.transactions.iter().map(|one| Transaction {
                        id: one.id,
                        writes: applied(one.id, one.applied).into_iter().collect(),
                    }),
                );
                if u64::try_from(transactions.len())? >= block.transaction_count {
                    break;
                }
            }
            let Some(hash) = hash else { return Ok(blocks) };
            blocks.push(Block { hash, transactions });
        }
        Ok(blocks)
    }

    /// Holds what a load was told against the chains of all.
    pub(crate) fn holds(&self, recorded: &Recorded) -> Result<Summary> {
        let chains = self.chains(recorded)?;
        match check(&recorded.operations, &chains) {
            Ok(summary) => Ok(summary),
            Err(violations) => {
                let first = violations.first().context("a history without violations holds")?;
                bail!("{} violations, the first: {first}", violations.len())
            }
        }
    }

    /// Ends a load, waits for rest, checks the history; then stops all and checks every directory from genesis.
    pub(crate) fn close(&self, load: Load) -> Result<Summary> {
        let recorded = load.end(self);
        self.settled(PATIENCE)?;
        let summary = self.holds(&recorded)?;
        self.down()?;
        self.nodes().into_iter().try_for_each(|node| self.sound(node))?;
        Ok(summary)
    }

    /// `bullad fsck` on a stopped node finds nothing.
    pub(crate) fn sound(&self, node: u16) -> Result<()> {
        let output = fsck(&self.bullad, &self.network.node_directory(node))?;
        ensure!(output.status.success(), "fsck of node {node}: {}", said(&output));
        Ok(())
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        // The run's own verdict stands; what still runs is only to be ended.
        for status in self.network.status().unwrap_or_default().into_iter().filter(|status| status.pid.is_some()) {
            let _ = self.network.kill(status.addresses.node);
        }
    }
}

async fn told(grpc: SocketAddr) -> Result<Told> {
    let client = Client::connect(&grpc.to_string(), ANSWER).await?;
    let status = client.status().await?;
    let (mute, why, pool) = (status.mute, status.why, status.pool_count);
    Ok(Told { height: status.height, key: status.key, mute, why, pool })
}

/// `bullad fsck` in a node's directory.
pub(crate) fn fsck(bullad: &Path, home: &Path) -> Result<Output> {
    Command::new(bullad).arg("fsck").arg(home).output().with_context(|| format!("cannot run {}", bullad.display()))
}

/// All that a program wrote.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).trim_end().to_owned()
}

/// Looks again and again until there is something, or the time is over.
pub(crate) fn wait_until<T>(within: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if began.elapsed() > within {
            return None;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// This machine's clock.
pub(crate) fn clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
