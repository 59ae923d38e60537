//! The daemon: the engine over real time, disk, network and threads.
//!
//! One task owns the engine and its log. It takes one event at a time, writes what is to be logged, and then does what is to be
//! done; nothing is done before. Around it, each with a bounded or naturally small queue:
//!
//! | who | does |
//! |---|---|
//! | `workers` | one thread builds, executes and commits, in the order asked; two check signatures and read blocks for peers |
//! | [`crate::network`] | brings what peers say |
//! | [`crate::rpc`] | brings what clients submit, and reads the ledger by itself |
//! | [`crate::metrics`] | is told numbers, and tells them |
//!
//! A fault of the disk or the ledger ends the process: it is started again and replays its log.

mod join;
mod provision;
mod rest;
mod timers;
mod workers;

pub use provision::{Provision, ProvisionError, WAL, init, log_height, open_ledger, read_genesis, snapshot_directory};

use crate::config::Config;
use crate::disk::files::Files;
use crate::engine::{Action, Effects, Engine, Event, Halt, Peer, Report, Start, Wake};
use crate::journal;
use crate::metrics::Metrics;
use crate::network::{Network, NetworkEvent, PeerId, peer_id_of_key};
use crate::rpc::{self, NodeStatus, Submission, Surroundings};
use crate::wal::{Log, WalError};
use crate::wire::PeerMessage;
use bulla_verify::admission::Stale;
use bulla_verify::chain::Height;
use bulla_verify::governance::Followers;
use bulla_verify::time::Millis;
use rest::{Ears, LOOK_AGAIN};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use timers::Timers;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, error, info, warn};
use workers::{Done, Workers};

/// How many submissions wait for the loop: a tenth of a second's worth at ten thousand a second.
const SUBMISSIONS: usize = 1_024;

/// How many of the network's events wait for the loop.
const NETWORK_EVENTS: usize = 64;

/// Why the daemon ends before it is told to.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// It could not begin.
    #[error(transparent)]
    Provision(#[from] provision::ProvisionError),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] WalError),
    /// The engine refuses to go on.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// A job met a fault.
    #[error("{0}")]
    Fault(String),
    /// The network cannot begin.
    #[error(transparent)]
    Network(#[from] crate::network::StartError),
    /// An endpoint cannot begin.
    #[error("{what} cannot listen on {address}: {reason}; choose another port or stop who has it")]
    Listen {
        /// Which endpoint.
        what: &'static str,
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        reason: std::io::Error,
    },
}

/// Runs a node until `stop` is told, or a fault ends it.
pub async fn run(config: Config, mut stop: oneshot::Receiver<()>) -> Result<(), DaemonError> {
    let opening = provision::open(&config)?;
    let metrics = Arc::new(Metrics::new());
    let (network_events, mut heard) = mpsc::channel(NETWORK_EVENTS);
    let network = Network::start(opening.network(&config), network_events).await?;
    metrics.watch(network.counters().clone());
    let there = match opening.joining(&config)? {
        None => BTreeSet::new(),
        Some(joining) => match join::join(joining, &network, &mut heard, &mut stop).await? {
            Some(there) => there,
            None => return Ok(()),
        },
    };
    let shelf = opening.shelf.clone();
    let mut provision = opening.finish(&config)?;
    let (submissions, submitted) = mpsc::channel(SUBMISSIONS);
    let (commits, committed) = watch::channel(provision.ledger.tip().height);
    let (status, statuses) = watch::channel(NodeStatus::default());
    let surroundings = Arc::new(Surroundings::new(config.data_dir.clone()));
    let state = rpc::RpcState {
        ledger: provision.ledger.clone(),
        submissions,
        commits: committed,
        status: statuses,
        surroundings: surroundings.clone(),
    };
    let rpc = rpc::serve(config.listen_grpc, state).await.map_err(listen("gRPC", config.listen_grpc))?;
    let scrape = crate::metrics::serve(config.listen_metrics, metrics.clone()).await;
    let scrape = scrape.map_err(listen("metrics", config.listen_metrics))?;
    info!(chain = %provision.ledger.tip().chain, height = %provision.ledger.tip().height, "bullad is up");
    let workers = Workers::start(provision.ledger.clone(), metrics.clone(), (shelf, config.snapshot_every));
    let mut node = Node::start(&mut provision, network, metrics, surroundings, (commits, status), workers)?;
    node.min_free_bytes = u64::from(config.min_free_mib) << 20;
    for peer in there {
        node.happen(Event::Joined(peer))?;
    }
    let ended = node.run(heard, submitted, stop).await;
    rpc.stop().await;
    scrape.abort();
    ended
}

fn listen(what: &'static str, address: std::net::SocketAddr) -> impl FnOnce(std::io::Error) -> DaemonError {
    move |reason| DaemonError::Listen { what, address, reason }
}

/// The loop's own things.
struct Node {
    engine: Engine,
    log: Log<Files>,
    /// Nothing is logged through this height: the log holds it already, and the engine is silent.
    unlogged_through: Option<Height>,
    network: Network,
    workers: Workers,
    done: mpsc::UnboundedReceiver<Done>,
    timers: Timers,
    metrics: Arc<Metrics>,
    surroundings: Arc<Surroundings>,
    /// With less room on its disk it rests.
    min_free_bytes: u64,
    commits: watch::Sender<Height>,
    status: watch::Sender<NodeStatus>,
    tickets: BTreeMap<u64, oneshot::Sender<Result<(), Stale>>>,
    next_ticket: u64,
}

impl Node {
    fn start(
        provision: &mut Provision,
        network: Network,
        metrics: Arc<Metrics>,
        surroundings: Arc<Surroundings>,
        (commits, status): (watch::Sender<Height>, watch::Sender<NodeStatus>),
        (workers, done): (Workers, mpsc::UnboundedReceiver<Done>),
    ) -> Result<Node, DaemonError> {
        let Provision { log, start, ahead, .. } = provision;
        if let Some(ahead) = ahead {
            warn!(log = %ahead, "the ledger is behind the log; the node catches up from its peers and signs nothing until it has");
        }
        let start: Start = start.take().expect("a provision starts one node");
        let log = log.take().expect("a provision starts one node");
        let (engine, effects) = Engine::start(now(), start);
        let mut network = network;
        network.admit(admitted(&provision.ledger.tip().followers));
        let mut node = Node {
            engine,
            log,
            unlogged_through: *ahead,
            network,
            workers,
            done,
            timers: Timers::default(),
            metrics,
            surroundings,
            min_free_bytes: 0,
            commits,
            status,
            tickets: BTreeMap::new(),
            next_ticket: 0,
        };
        node.perform(effects)?;
        Ok(node)
    }

    async fn run(
        mut self,
        mut heard: mpsc::Receiver<NetworkEvent>,
        mut submitted: mpsc::Receiver<Submission>,
        mut stop: oneshot::Receiver<()>,
    ) -> Result<(), DaemonError> {
        let mut look = Instant::now();
        loop {
            if look <= Instant::now() {
                let ears = Ears { heard: &mut heard, submitted: &mut submitted, stop: &mut stop };
                if self.rest(ears).await? {
                    break;
                }
                look = Instant::now() + LOOK_AGAIN;
            }
            let due = self.timers.next();
            tokio::select! {
                biased;
                _ = &mut stop => break,
                Some(done) = self.done.recv() => match done {
                    Done::Event(event) => self.happen(event)?,
                    Done::Say(peer, message) => self.network.send(&peer, &message),
                    Done::Fault(fault) => return Err(DaemonError::Fault(fault)),
                },
                () = timers::until(due) => for wake in self.timers.due(Instant::now()) {
                    self.happen(Event::Due(wake))?;
                },
                Some(event) = heard.recv() => self.hear(event)?,
                Some((transaction, answer)) = submitted.recv() => {
                    self.next_ticket += 1;
                    self.tickets.insert(self.next_ticket, answer);
                    self.happen(Event::Submitted(self.next_ticket, transaction))?;
                }
            }
        }
        info!("bullad stops");
        self.log.close()?;
        self.network.hang_up(heard).await;
        Ok(())
    }

    fn hear(&mut self, event: NetworkEvent) -> Result<(), DaemonError> {
        match event {
            NetworkEvent::Joined(peer) => {
                info!(%peer, "peer joined");
                self.happen(Event::Joined(peer))
            }
            NetworkEvent::Left(peer) => {
                info!(%peer, "peer left");
                self.happen(Event::Left(peer))
            }
            NetworkEvent::Refused { who, reason } => {
                warn!(%who, %reason, "turned away");
                self.surroundings.turn_away(who, reason);
                Ok(())
            }
            NetworkEvent::Heard(peer, message) => match message {
                // These carry transactions, whose signatures are checked away from the loop.
                PeerMessage::Transaction(_) | PeerMessage::Bodies(..) | PeerMessage::Decided(_) => {
                    self.workers.check(peer, message);
                    Ok(())
                }
                PeerMessage::WantOffer | PeerMessage::WantPart(..) | PeerMessage::WantTail(..) => {
                    self.workers.serve(peer, message);
                    Ok(())
                }
                PeerMessage::Offer(_) | PeerMessage::Part(..) | PeerMessage::Tail(..) => Ok(()),
                PeerMessage::Consensus(_)
                | PeerMessage::Proposal(..)
                | PeerMessage::Tip(_)
                | PeerMessage::WantBlock { .. }
                | PeerMessage::Names(_)
                | PeerMessage::WantDecided(_) => self.happen(Event::Heard(peer, message)),
            },
        }
    }

    /// Gives the engine one event.
    fn happen(&mut self, event: Event) -> Result<(), DaemonError> {
        if let Event::Committed(block, tip) = &event {
            // The next height's log begins before anything is said about it.
            if !self.is_unlogged(tip.height.next()) {
                self.log.start_height(tip.height.next())?;
            }
            self.metrics.committed(block);
            self.network.admit(admitted(&tip.followers));
            self.commits.send_replace(tip.height);
        }
        let effects = self.engine.handle(now(), event);
        self.perform(effects)
    }

    /// Whether what happens at a height is not logged: nothing of one's own is said there.
    fn is_unlogged(&self, height: Height) -> bool {
        self.unlogged_through.is_some_and(|through| height <= through)
    }

    fn perform(&mut self, effects: Effects) -> Result<(), DaemonError> {
        let began = Instant::now();
        if !self.is_unlogged(self.engine.height().next()) {
            tokio::task::block_in_place(|| journal::write(&mut self.log, &effects))?;
        }
        if effects.sync {
            self.metrics.synced(began.elapsed());
        }
        for action in effects.then {
            self.act(action)?;
        }
        self.metrics.observe(&self.engine);
        let ledger_lost = self.unlogged_through;
        self.status.send_replace(NodeStatus { ledger_lost, ..rpc::status::of(&self.engine) });
        Ok(())
    }

    fn act(&mut self, action: Action) -> Result<(), DaemonError> {
        match action {
            Action::Send(peer, message) => self.network.send(&peer, &message),
            Action::SendAll(message) => self.network.send_all(&message),
            Action::SendDecided(peer, from) => self.workers.read(peer, from),
            Action::SetTimer(wake, after_ms) => self.timers.set(wake, after_ms),
            Action::CancelTimer(wake) => self.timers.cancel(&wake),
            Action::CancelTimers => self.timers.cancel_all(|wake| matches!(wake, Wake::Consensus(_))),
            Action::Work(job) => self.workers.work(job, self.engine.own()),
            Action::Answer(ticket, answer) => {
                if let Some(waiting) = self.tickets.remove(&ticket) {
                    // Whoever asked may have hung up.
                    let _ = waiting.send(answer);
                }
            }
            Action::Report(report) => self.report(&report),
            // Whoever runs the daemon says why it ended.
            Action::Halt(halt) => return Err(DaemonError::Halt(halt)),
        }
        Ok(())
    }

    fn report(&self, report: &Report) {
        match report {
            Report::Round(height, round) => {
                self.metrics.round_failed();
                info!(%height, %round, "a round ended without a decision");
            }
            Report::Equivocation(equivocation) => error!(?equivocation, "a validator signed two different things"),
            Report::Copied(at) => error!(
                %at, "another process signs with this node's key: it signed what this node did not; this node signs nothing more"
            ),
            Report::Withheld(what) => warn!(what, "the sign guard kept this validator silent"),
            Report::Refused(peer, reason) => debug!(%peer, reason, "a message was refused"),
            Report::Dropped(id, stale) => debug!(%id, %stale, "a waiting transaction was dropped"),
            Report::Invalid(value, invalid) => warn!(%value, %invalid, "a proposal is refused"),
            Report::Doubted(value, time) => {
                warn!(%value, %time, "a proposal's time is further from this clock than the bound; check this machine's clock");
            }
        }
    }
}

/// Who may connect beside the configured peers: those that the chain names as followers, validators among them.
fn admitted(followers: &Followers) -> impl Iterator<Item = (Peer, PeerId)> {
    followers.0.iter().filter_map(|one| Some((one.key, peer_id_of_key(&one.network)?)))
}

/// This machine's clock.
fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
