//! The engine: one value that owns the state of a validator, `handle(now, event) -> effects`, with nothing awaited inside.
//!
//! Two drivers run it: `daemon` over tokio, sockets and RocksDB, and the simulator over one seeded queue of events. Both owe
//! it the same, in this order: append [`Effects::log`] to the write-ahead log; if [`Effects::sync`], make it durable; then do
//! [`Effects::then`]. A vote cannot be sent before it is logged, because it stands in `then`.
//!
//! | file | what it does |
//! |---|---|
//! | `exchange` | what engine and driver say to one another |
//! | `deciding` | performs what consensus asks for: say, time, judge, build, commit |
//! | `blocks` | the blocks of the height being decided: named, gathered, executed, judged |
//! | `catching_up` | decided blocks from peers, checked and committed in order |
//! | `pool` | transactions that wait |
//! | `queues` | how long everything is that grows with what others say |
//! | `turns` | who is passed over: those that missed the last turns, and those that are marked |
//! | `evidence` | reports those that signed two different things |
//! | `signing` | the key and its guard |
//! | `copies` | whether another process signs with this key |
//! | `recovering` | going on under new keys on which all operators agreed |
//! | `muteness` | how a validator whose guard was lost learns when it may sign again |
//!
//! It never blocks, reads no clock and draws no random number. Executing, building, committing and checking transactions'
//! signatures are jobs: an action asks for one, an event brings its result.

mod blocks;
mod catching_up;
mod copies;
mod deciding;
mod evidence;
mod exchange;
mod muteness;
pub mod pool;
mod queues;
mod recovering;
pub mod signing;
pub mod turns;

pub use exchange::{Action, DecidedBlock, Effects, Event, Halt, Job, LogEntry, Logged, Peer, Report, Start, Wake};

use crate::wal::guard::Position;
use crate::wire::PeerMessage;
use blocks::Blocks;
use bulla_consensus::{Consensus, Entry, Idle, StartHeight, Timeouts, wake};
use bulla_ledger::execute::Caps;
use bulla_ledger::{Tip, Transaction};
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{EnvelopeHash, HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::recovery::Recovery;
use bulla_verify::time::Millis;
use catching_up::CatchingUp;
use evidence::Reports;
use muteness::Muteness;
use pool::Pool;
pub use queues::Queues;
use signing::Signing;
use std::collections::BTreeMap;
use std::sync::Arc;
use turns::Turns;

/// How often a peer is asked again for what is missing, and told of one's tip, in milliseconds: about the round trip between
/// two provinces under load, ten times over.
const TICK_MS: u64 = 300;

/// For how many ticks a peer may say nothing and still counts as there: three seconds.
const PRESENT_TICKS: u32 = 10;

/// One validator, or follower.
pub struct Engine {
    own: PublicKey,
    timeouts: Timeouts,
    tip: Tip,
    turns: Turns,
    signing: Signing,
    muteness: Muteness,
    consensus: Consensus,
    pool: Pool,
    blocks: Blocks,
    catching_up: CatchingUp,
    /// Peers that are there, with the highest tip that each has told of.
    peers: BTreeMap<Peer, Height>,
    /// For how many ticks each of them has said nothing.
    quiet: BTreeMap<Peer, u32>,
    /// The log of the height to be started, until it is.
    log: Vec<Entry>,
    reports: Reports,
    /// The word of this key that was not said here, if one was heard.
    copied: Option<Position>,
    /// What all operators agreed on, until the block is past with which it begins.
    recovery: Option<Box<Recovery>>,
    heartbeat_due: bool,
    /// The decision that is being committed, or waits for its block.
    decided: Option<Certificate>,
    committing: bool,
    caps: Caps,
}

impl Engine {
    /// An engine at its tip, and what it does first.
    pub fn start(now: Millis, start: Start) -> (Engine, Effects) {
        let Start { tip, turns, mut signing, timeouts, log, blocks, recovery } = start;
        let own = signing.public();
        signing.recall(&log);
        let mut engine = Engine {
            own,
            timeouts,
            consensus: Consensus::new(tip.chain, own, tip.height, timeouts),
            caps: Caps::of(&tip.parameters),
            blocks: Blocks::new(tip.height.next()),
            turns,
            signing,
            muteness: Muteness::default(),
            pool: Pool::default(),
            catching_up: CatchingUp::default(),
            peers: BTreeMap::new(),
            quiet: BTreeMap::new(),
            reports: Reports::default(),
            copied: None,
            recovery,
            heartbeat_due: log.is_empty() && tip.height == Height(0),
            log,
            decided: None,
            committing: false,
            tip,
        };
        let mut out = Effects::default();
        engine.recover(&mut out);
        for (names, transactions) in blocks {
            engine.blocks.restore(names, transactions);
        }
        engine.idle(&mut out);
        out.then.push(Action::SetTimer(Wake::Tick, TICK_MS));
        engine.settle(now, &mut out);
        (engine, out)
    }

    /// Takes one event in and tells what came of it. `now` is this machine's clock.
    pub fn handle(&mut self, now: Millis, event: Event) -> Effects {
        let mut out = Effects::default();
        match event {
            Event::Submitted(ticket, transaction) => self.submitted(ticket, transaction, &mut out),
            Event::Shared(transaction) => drop(self.pool.insert(transaction)),
            Event::Heard(peer, message) => self.heard(now, peer, message, &mut out),
            Event::Bodies(value, transactions) => self.bodies(now, value, transactions, &mut out),
            Event::Decided(peer, decided) => self.take_decided(peer, decided, &mut out),
            Event::Joined(peer) => {
                self.peers.entry(peer).or_default();
                // It counts as there when it has told its tip: until then nobody knows who is behind whom.
                self.quiet.insert(peer, PRESENT_TICKS);
                out.then.push(Action::Send(peer, Arc::new(PeerMessage::Tip(self.tip.height))));
            }
            Event::Left(peer) => {
                self.peers.remove(&peer);
                self.quiet.remove(&peer);
                self.catching_up.lost(&peer);
            }
            Event::Due(wake) => self.due(now, wake, &mut out),
            Event::Built(round, built) => self.built(now, round, built, &mut out),
            Event::Executed(value, result) => self.executed(now, value, result, &mut out),
            Event::Committed(block, tip) => self.committed(*block.header(), tip, block.transactions(), &mut out),
        }
        self.settle(now, &mut out);
        out
    }

    /// The key by which this node is known on the chain.
    pub fn own(&self) -> PublicKey {
        self.own
    }

    /// The height of the last committed block.
    pub fn height(&self) -> Height {
        self.tip.height
    }

    /// The height and round being decided, if any.
    pub fn deciding(&self) -> Option<(Height, Round)> {
        self.consensus.deciding()
    }

    /// The last height at which the guard keeps this validator silent, if any.
    pub fn silent_through(&self) -> Option<Height> {
        self.signing.silent_through()
    }

    /// The peers that were heard from lately. Each tells its tip at every tick, so whoever misses ten is cut off, or hangs.
    pub fn present(&self) -> impl Iterator<Item = Peer> {
        self.quiet.iter().filter(|(_, ticks)| **ticks < PRESENT_TICKS).map(|(peer, _)| *peer)
    }

    /// Nothing was brought for a while: whoever is there counts as there when it is heard again.
    pub fn was_away(&mut self) {
        self.quiet.values_mut().for_each(|ticks| *ticks = PRESENT_TICKS);
    }

    /// The validators that missed their last turns, and are passed over at the next height.
    pub fn passed_over(&self) -> Vec<PublicKey> {
        let places = self.turns.passed_over(self.tip.height.next(), &self.tip.roll()).0;
        places.into_iter().filter_map(|place| Some(self.tip.validators.at(place)?.key)).collect()
    }

    /// Whether this validator signs nothing because nobody knows yet what it may have signed before.
    pub fn is_unsettled(&self) -> bool {
        self.signing.is_unsettled()
    }

    /// The transactions that wait.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The peers that are there, with the highest tip that each has told of.
    pub fn peers(&self) -> &BTreeMap<Peer, Height> {
        &self.peers
    }

    fn submitted(&mut self, ticket: u64, transaction: Transaction, out: &mut Effects) {
        let known = self.pool.find(&transaction.hash()).is_some();
        let answer = self.pool.insert(transaction.clone());
        if answer.is_ok() && !known {
            out.then.push(Action::SendAll(Arc::new(PeerMessage::Transaction(transaction.envelope().clone()))));
        }
        out.then.push(Action::Answer(ticket, answer));
    }

    fn heard(&mut self, now: Millis, peer: Peer, message: PeerMessage, out: &mut Effects) {
        if let Some(ticks) = self.quiet.get_mut(&peer) {
            *ticks = 0;
        }
        match message {
            PeerMessage::Consensus(message) => self.listen(now, peer, message, out),
            PeerMessage::Proposal(said, names) => {
                self.blocks.offer(said.statement.proposer, names, &self.tip.validators);
                self.listen(now, peer, bulla_consensus::Message::Proposal(said), out);
            }
            PeerMessage::Tip(height) => {
                let tip = self.peers.entry(peer).or_default();
                *tip = height.max(*tip);
                self.muteness.heard(peer, height);
            }
            PeerMessage::WantBlock { value, names, missing } => self.serve_block(peer, value, names, &missing, out),
            PeerMessage::Names(names) => self.named(now, names, out),
            PeerMessage::WantDecided(from) => out.then.push(Action::SendDecided(peer, from)),
            // The driver checks the signatures in these and brings them as events of their own.
            PeerMessage::Transaction(_) | PeerMessage::Bodies(..) | PeerMessage::Decided(_) => {}
            // The driver answers what is asked of snapshots; answers come too late, for this node has its ledger.
            PeerMessage::WantOffer
            | PeerMessage::WantPart(..)
            | PeerMessage::WantTail(..)
            | PeerMessage::Offer(_)
            | PeerMessage::Part(..)
            | PeerMessage::Tail(..) => {}
        }
    }

    fn due(&mut self, now: Millis, wake: Wake, out: &mut Effects) {
        match wake {
            Wake::Consensus(timer) => self.step(now, bulla_consensus::Input::Timeout(timer), out),
            Wake::Heartbeat => self.heartbeat_due = true,
            Wake::Tick => {
                self.quiet.values_mut().for_each(|ticks| *ticks = ticks.saturating_add(1));
                self.catching_up.tick(self.tip.height, self.best_tip());
                self.ask_for_blocks(out);
                out.then.push(Action::SendAll(Arc::new(PeerMessage::Tip(self.tip.height))));
                out.then.push(Action::SetTimer(Wake::Tick, TICK_MS));
            }
        }
    }

    /// Whatever can begin, begins: catching up before the next height, for who is behind has nothing to say about it.
    fn settle(&mut self, now: Millis, out: &mut Effects) {
        if self.committing {
            return;
        }
        if self.signing.is_unsettled()
            && self.copied.is_none()
            && let Some(through) = self.muteness.settled(&self.own, &self.tip)
        {
            self.signing.settle(through);
            out.settled = Some(through);
        }
        self.catch_up(out);
        let next = self.tip.height.next();
        if self.consensus.deciding().is_some() || self.decided.is_some() || self.catching_up.is_under_way() {
            return;
        }
        let idle = Idle {
            next,
            includable: !self.pool.is_empty() || self.is_recovering(),
            heard: self.consensus.heard(),
            best_tip: self.best_tip(),
            since_block_ms: u64::from(self.heartbeat_due),
            heartbeat_ms: 1,
        };
        if self.log.is_empty() && wake(&idle).is_none() {
            return;
        }
        out.then.push(Action::CancelTimer(Wake::Heartbeat));
        let log = std::mem::take(&mut self.log);
        let missed = self.turns.passed_over(next, &self.tip.roll());
        let start = StartHeight { height: next, validators: self.tip.validators.clone(), missed, log };
        self.step(now, bulla_consensus::Input::StartHeight(start), out);
    }

    fn best_tip(&self) -> Height {
        self.peers.values().copied().max().unwrap_or_default()
    }

    fn idle(&mut self, out: &mut Effects) {
        let heartbeat_ms = u64::from(self.tip.parameters.heartbeat_ms);
        out.then.push(Action::SetTimer(Wake::Heartbeat, heartbeat_ms));
    }

    fn serve_block(&self, peer: Peer, value: HeaderHash, names: bool, missing: &[EnvelopeHash], out: &mut Effects) {
        if names && let Some(names) = self.blocks.names(&value) {
            out.then.push(Action::Send(peer, Arc::new(PeerMessage::Names(names.clone()))));
        }
        let bodies = self.blocks.bodies(&value, missing);
        if !bodies.is_empty() {
            out.then.push(Action::Send(peer, Arc::new(PeerMessage::Bodies(value, bodies))));
        }
    }
}
