//! Transactions: made before the clock runs, then sent, each until it is final and durable at the node that it was sent to.

use crate::consumed::Consumed;
use crate::town::Town;
use anyhow::{Context, Result, bail, ensure};
use bulla_keystore::random;
use bulla_proto::answer::{Final, Stage, Submitted};
use bulla_proto::{Client, ClientError};
use bulla_testnet_forge::acts::Acts;
use bulla_verify::canonical;
use bulla_verify::chain::ChainId;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::Operation;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Envelope, Mode};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// How long a transaction is waited for.
const WAIT: Duration = Duration::from_secs(60);

/// Until when a transaction may be included: within the replay window of ten minutes.
const EXPIRY_MS: i64 = 540_000;

/// Makes transactions in which the national body issues licences, one serial after the other.
pub(crate) struct Mint {
    chain: ChainId,
    key: SigningKey,
    acts: Acts,
    /// How many licences were issued.
    pub(crate) issued: u32,
}

/// What a load did.
pub(crate) struct Run {
    /// Transactions that are final, every operation of each applied.
    pub(crate) committed: usize,
    pub(crate) took_s: f64,
    bytes: f64,
    nodes: f64,
    consumed: Consumed,
    client: Consumed,
    /// Seconds from submit to final, in ascending order.
    latencies: Vec<f64>,
}

impl Mint {
    /// Registers the type of licence that everything here is about.
    pub(crate) async fn open(town: &Town) -> Result<Mint> {
        let root = town.genesis.organisations.first().context("genesis has a root")?;
        let acts = Acts::of(root.uscc)?;
        let chain = town.genesis.chain();
        let envelope = sign(chain, &town.key(Role::Registrar)?, acts.opening());
        let client = town.clients.first().context("there are nodes")?;
        all_applied(client.submit(&envelope, WAIT).await)?;
        Ok(Mint { chain, key: town.key(Role::Issuer)?, acts, issued: 0 })
    }

    /// So many signed transactions that issue so many licences each.
    pub(crate) fn issue(&mut self, transactions: u32, operations: u32) -> Vec<Envelope> {
        (0..transactions)
            .map(|_| {
                let operations = (0..operations).map(|_| self.next()).collect();
                sign(self.chain, &self.key, operations)
            })
            .collect()
    }

    /// The licence with a serial.
    pub(crate) fn licence(&self, serial: u32) -> LicenceId {
        self.acts.licence(u64::from(serial))
    }

    fn next(&mut self) -> Operation {
        let number = u64::from(self.issued);
        self.issued += 1;
        self.acts.issue(number, now(), Hash(*random()), Hash(*random()))
    }
}

/// Sends all of them, so many at once, in turn to each of the nodes.
pub(crate) async fn as_fast_as_it_goes(
    town: &Town,
    clients: &[Client],
    envelopes: Vec<Envelope>,
    in_flight: usize,
) -> Result<Run> {
    let started = Started::now(town, &envelopes)?;
    let send = |(client, envelope): (&Client, Envelope)| {
        let client = client.clone();
        async move {
            let began = Instant::now();
            all_applied(client.submit(&envelope, WAIT).await)?;
            anyhow::Ok(began.elapsed())
        }
    };
    let turns = clients.iter().cycle().zip(envelopes);
    let latencies = stream::iter(turns).map(send).buffer_unordered(in_flight).try_collect().await?;
    started.ended(town, latencies).await
}

/// Sends so many a second, whether or not the earlier ones are final. The time of each runs from when it was due.
pub(crate) async fn at_rate(town: &Town, envelopes: Vec<Envelope>, per_s: f64) -> Result<Run> {
    let started = Started::now(town, &envelopes)?;
    let mut tasks = JoinSet::new();
    let began = tokio::time::Instant::now();
    for ((place, client), envelope) in (0u32..).zip(town.clients.iter().cycle()).zip(envelopes) {
        let due = began + Duration::from_secs_f64(f64::from(place) / per_s);
        tokio::time::sleep_until(due).await;
        let client = client.clone();
        tasks.spawn(async move {
            all_applied(client.submit(&envelope, WAIT).await)?;
            anyhow::Ok(due.elapsed())
        });
    }
    let latencies = tasks.join_all().await.into_iter().collect::<Result<_>>()?;
    started.ended(town, latencies).await
}

struct Started {
    at: Instant,
    sent: usize,
    bytes: f64,
    consumed: Consumed,
    client: Consumed,
}

impl Started {
    fn now(town: &Town, envelopes: &[Envelope]) -> Result<Started> {
        let bytes: usize = envelopes.iter().map(|envelope| canonical::encode(envelope).len()).sum();
        Ok(Started {
            sent: envelopes.len(),
            bytes: f64::from(u32::try_from(bytes)?),
            consumed: town.consumed()?,
            client: Consumed::by("self")?,
            at: Instant::now(),
        })
    }

    /// Each answer was final, so each transaction is accounted for; the nodes come to rest, and must agree.
    async fn ended(self, town: &Town, latencies: Vec<Duration>) -> Result<Run> {
        let took_s = self.at.elapsed().as_secs_f64();
        ensure!(latencies.len() == self.sent, "{} were sent and {} are final", self.sent, latencies.len());
        town.settled().await?;
        let running = town.network.status()?.iter().filter(|node| node.pid.is_some()).count();
        let mut latencies: Vec<f64> = latencies.iter().map(Duration::as_secs_f64).collect();
        latencies.sort_by(f64::total_cmp);
        Ok(Run {
            committed: self.sent,
            took_s,
            bytes: self.bytes,
            nodes: f64::from(u16::try_from(running)?),
            consumed: town.consumed()?.since(self.consumed),
            client: Consumed::by("self")?.since(self.client),
            latencies,
        })
    }
}

impl Run {
    /// Both, one after the other, without what was between them.
    pub(crate) fn and(self, next: Run) -> Run {
        let mut latencies = [self.latencies, next.latencies].concat();
        latencies.sort_by(f64::total_cmp);
        Run {
            committed: self.committed + next.committed,
            took_s: self.took_s + next.took_s,
            bytes: self.bytes + next.bytes,
            nodes: next.nodes,
            consumed: self.consumed.and(next.consumed),
            client: self.client.and(next.client),
            latencies,
        }
    }

    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.committed).unwrap_or(u32::MAX))
    }

    /// Transactions committed a second, from the first submit to the last acknowledgement.
    pub(crate) fn per_s(&self) -> f64 {
        self.count() / self.took_s
    }

    /// Processor time of all nodes together for each transaction.
    pub(crate) fn cpu_us_per_transaction(&self) -> f64 {
        self.consumed.cpu_s * 1e6 / self.count()
    }

    /// Processor time of this program for each transaction.
    pub(crate) fn client_cpu_us_per_transaction(&self) -> f64 {
        self.client.cpu_s * 1e6 / self.count()
    }

    /// What each node wrote for each transaction, in bytes.
    pub(crate) fn written_bytes_per_transaction(&self) -> f64 {
        self.consumed.written_bytes / self.nodes / self.count()
    }

    /// How long an envelope is, in bytes.
    pub(crate) fn bytes_per_transaction(&self) -> f64 {
        self.bytes / self.count()
    }

    /// The time from submit to final that a share of all (0 to 1) do not exceed, in milliseconds.
    pub(crate) fn latency_ms(&self, share: f64) -> f64 {
        let below = self.latencies.iter().zip(1u32..).find(|(_, place)| f64::from(*place) >= share * self.count());
        below.map_or(f64::NAN, |(latency, _)| latency * 1e3)
    }
}

fn sign(chain: ChainId, key: &SigningKey, operations: Vec<Operation>) -> Envelope {
    let (expires_at, mode) = (now().plus(EXPIRY_MS), Mode::Independent);
    Body { chain, nonce: *random(), expires_at, signers: Vec::new(), mode, operations }.sign(&[key])
}

/// Anything else than "final, and every operation applied" ends the run: a figure over half a load would be none.
fn all_applied(answer: Result<Submitted, ClientError>) -> Result<()> {
    match answer?.stage {
        Stage::Final(Final { outcomes, height, .. }) => {
            let refused = outcomes.iter().find(|outcome| **outcome != Outcome::Applied);
            refused.map_or(Ok(()), |outcome| bail!("an operation was refused at height {height}: {outcome:?}"))
        }
        Stage::Admitted | Stage::Waiting => bail!("a transaction was not final within {WAIT:?}"),
    }
}

pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
