//! The queue of events: who hears what when, how long work takes. One thread, one order, one seed.

mod damage;
mod sinning;

use crate::byzantine::{Sinners, Tally};
use crate::checks::Checks;
use crate::faults::Plan;
use crate::node::Node;
use crate::random::Random;
use crate::town::{BEGIN, Town};
use bulla_ledger::Ledger;
use bulla_node::engine::{Action, Effects, Event, Job, Report as Told, Wake};
use bulla_node::wire::PeerMessage;
use bulla_node::{jobs, journal};
use bulla_verify::chain::{Height, TxId};
use bulla_verify::hash::{Context, Hasher};
use bulla_verify::keys::PublicKey;
use bulla_verify::time::Millis;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Decides whether a message goes on its way: from which node, to which, what, and at what time in microseconds.
pub type Filter = Box<dyn Fn(usize, usize, &PeerMessage, u64) -> bool>;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// A hash over everything that happened, in order.
    pub digest: String,
    /// The height that all nodes have reached.
    pub height: Height,
    /// How often a node crashed.
    pub crashes: u64,
    /// Rounds that ended without a decision, over all nodes.
    pub failed_rounds: u64,
    /// Transactions submitted to a node that took them.
    pub accepted: usize,
    /// Of these, how many are in a block.
    pub included: usize,
    /// Proposals whose time was doubted.
    pub doubted: u64,
    /// What came of the sins of the run.
    pub sins: Tally,
}

/// What is on its way.
#[expect(clippy::large_enum_variant, reason = "most of what comes is an event")]
enum Coming {
    Message { from: usize, to: usize, life: u64, message: Arc<PeerMessage> },
    Due { node: usize, life: u64, wake: Wake, set: u64 },
    Done { node: usize, life: u64, event: Event },
    Submit,
    Crash { all: bool },
    Start { node: usize },
    Partition,
    Heal,
    Calm,
}

#[expect(clippy::print_stdout, reason = "to follow a seed")]
fn tell(line: &str) {
    println!("{line}");
}

pub use sinning::Fork;

const NO_FAULT: &str = "a memory store does not fail unless it is told to";

/// A network in one thread.
pub struct World {
    plan: Plan,
    random: Random,
    town: Town,
    nodes: Vec<Node>,
    checks: Checks,
    sinners: Sinners,
    now_us: u64,
    queue: BTreeMap<(u64, u64), Coming>,
    queued: u64,
    timers: BTreeMap<(usize, Wake), u64>,
    /// The side that each node is on.
    sides: Vec<u8>,
    filter: Option<Filter>,
    told: bool,
    healed: bool,
    wiped: bool,
    digest: Hasher,
    crashes: u64,
    failed_rounds: u64,
    doubted: u64,
    accepted: BTreeSet<TxId>,
    submitted: BTreeMap<u64, TxId>,
}

impl World {
    /// The network of a seed, before its first event.
    pub fn new(seed: u64, plan: Plan) -> World {
        let town = Town::new(plan.nodes);
        let nodes =
            town.validators.iter().zip(&plan.clock_offsets_ms).map(|(key, offset)| Node::new(key, *offset)).collect();
        let checks = Checks::new(town.chain, town.genesis.validators.clone(), plan.nodes);
        World {
            random: Random::new(seed),
            nodes,
            checks,
            sinners: Sinners::of(&plan.sins),
            town,
            now_us: 0,
            queue: BTreeMap::new(),
            queued: 0,
            timers: BTreeMap::new(),
            sides: vec![0; plan.nodes],
            filter: None,
            told: false,
            healed: false,
            wiped: false,
            digest: Context::LogFrame.hasher(),
            crashes: 0,
            failed_rounds: 0,
            doubted: 0,
            accepted: BTreeSet::new(),
            submitted: BTreeMap::new(),
            plan,
        }
    }

    /// Lets a scenario decide which messages go on their way, until the network is healed.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> World {
        self.filter = Some(filter);
        self
    }

    /// Prints every event, to follow what a seed does.
    #[must_use]
    pub fn told(mut self) -> World {
        self.told = true;
        self
    }

    /// Runs to the end, checking after every event.
    ///
    /// # Panics
    /// Where a promise is broken.
    pub fn run(mut self) -> Report {
        self.begin();
        while self.goes_on() {}
        self.report()
    }

    fn begin(&mut self) {
        for node in 0..self.plan.nodes {
            self.at(0, Coming::Start { node });
        }
        self.at(1_000_000, Coming::Submit);
        self.schedule_faults();
        self.at(self.plan.faulty_us, Coming::Calm);
    }

    /// Lets the next thing happen, unless the time is over.
    fn goes_on(&mut self) -> bool {
        let end_us = self.plan.faulty_us + self.plan.healed_us;
        let next = self.queue.first_entry().filter(|entry| entry.key().0 <= end_us);
        let Some(((at_us, _), coming)) = next.map(|entry| entry.remove_entry()) else { return false };
        self.now_us = at_us;
        self.come(coming);
        true
    }

    fn come(&mut self, coming: Coming) {
        match coming {
            Coming::Message { from, to, life, message } => self.arrive(from, to, life, message),
            Coming::Due { node, life, wake, set } => {
                let current = self.timers.get(&(node, wake)) == Some(&set);
                if current && self.nodes[node].life == life {
                    self.timers.remove(&(node, wake));
                    self.handle(node, Event::Due(wake));
                }
            }
            Coming::Done { node, life, event } => {
                if self.nodes[node].life == life {
                    self.handle(node, event);
                }
            }
            Coming::Submit => self.submit(),
            Coming::Crash { all } => self.crash(all),
            Coming::Start { node } => self.start(node),
            Coming::Partition => self.partition(),
            Coming::Heal => self.reconnect(|_| 0),
            Coming::Calm => self.calm(),
        }
    }

    fn wall(&self) -> Millis {
        BEGIN.plus(i64::try_from(self.now_us / 1_000).expect("runs are short"))
    }

    fn at(&mut self, at_us: u64, coming: Coming) {
        self.queued += 1;
        self.queue.insert((at_us, self.queued), coming);
    }

    /// Gives a node an event, unless it is busy; then later.
    fn handle(&mut self, node: usize, event: Event) {
        let (wall, now_us) = (self.wall(), self.now_us);
        let clock = self.nodes[node].clock(wall);
        let life = self.nodes[node].life;
        let Some(up) = &mut self.nodes[node].up else { return };
        if up.busy_until_us > now_us {
            let at_us = up.busy_until_us;
            return self.at(at_us, Coming::Done { node, life, event });
        }
        let line = format!("{now_us} {node} {event:?}");
        if self.told {
            tell(&line);
        }
        self.digest.update(line.as_bytes());
        let effects = up.engine.handle(clock, event);
        self.perform(node, effects);
    }

    /// Logs, then does. Where a crash was planned, the node dies at the step that chance picks.
    fn perform(&mut self, node: usize, effects: Effects) {
        let Some(up) = &mut self.nodes[node].up else { return };
        if journal::write(&mut up.log, &effects).is_err() {
            return self.die(node);
        }
        self.checks.logged(node, &effects.log, effects.sync);
        let took_us = if effects.sync { self.random.between(500, 8_000) } else { 20 };
        let Some(up) = &mut self.nodes[node].up else { return };
        up.busy_until_us = self.now_us + took_us;
        for action in effects.then {
            if self.nodes[node].up.is_none() {
                break;
            }
            self.act(node, took_us, action);
        }
    }

    fn act(&mut self, node: usize, after_us: u64, action: Action) {
        match action {
            Action::Send(peer, message) => {
                if let Some(to) = self.nodes.iter().position(|other| other.key == peer) {
                    self.send(node, to, after_us, &message);
                }
            }
            Action::SendAll(message) => {
                for to in (0..self.plan.nodes).filter(|to| *to != node) {
                    self.send(node, to, after_us, &message);
                }
            }
            Action::SetTimer(wake, after_ms) => {
                let (set, life) = (self.queued + 1, self.nodes[node].life);
                self.timers.insert((node, wake), set);
                self.at(self.now_us + after_us + after_ms * 1_000, Coming::Due { node, life, wake, set });
            }
            Action::CancelTimer(wake) => {
                self.timers.remove(&(node, wake));
            }
            Action::CancelTimers => {
                self.timers.retain(|(of, wake), _| *of != node || !matches!(wake, Wake::Consensus(_)));
            }
            Action::Answer(ticket, answer) => {
                if let (Some(id), Ok(()), true) = (self.submitted.remove(&ticket), answer, self.sinners.is_honest(node))
                {
                    self.accepted.insert(id);
                }
            }
            Action::Report(told) => match told {
                Told::Round(..) => self.failed_rounds += 1,
                Told::Doubted(..) => self.doubted += 1,
                Told::Invalid(value, invalid) => self.refused(node, value, invalid),
                Told::Equivocation(pair) => self.accused(node, &pair),
                Told::Dropped(..) | Told::Withheld(_) | Told::Refused(..) => {}
            },
            Action::Halt(halt) => panic!("node {node} halts: {halt}"),
            Action::SendDecided(peer, from) => {
                let Some(up) = &self.nodes[node].up else { return };
                let decided = jobs::decided(&up.ledger, from).expect(NO_FAULT);
                self.act(node, after_us, Action::Send(peer, Arc::new(decided)));
            }
            Action::Work(job) => self.work(node, after_us, job),
        }
    }

    /// Does a job: its result comes after the time that it takes.
    fn work(&mut self, node: usize, after_us: u64, job: Job) {
        let Some(up) = &mut self.nodes[node].up else { return };
        let (ledger, own) = (up.ledger.clone(), self.nodes[node].key);
        let (event, took_us) = match job {
            Job::Build { round, time, candidates, caps } => {
                let built = jobs::build(&ledger, own, round, time, &candidates, caps).expect(NO_FAULT);
                (built, self.random.between(500, 20_000))
            }
            Job::Execute(header, transactions) => {
                let executed = jobs::execute(&ledger, &header, transactions).expect(NO_FAULT);
                (executed, self.random.between(500, 20_000))
            }
            Job::Commit(block, certificate) => {
                self.checks.commits(node, &block, &certificate);
                let event = jobs::commit(&ledger, block, &certificate).expect("the engine commits what it decided");
                if self.dies_in_between() {
                    return self.die(node);
                }
                let next = ledger.tip().height.next();
                let Some(up) = &mut self.nodes[node].up else { return };
                if up.log.start_height(next).is_err() {
                    return self.die(node);
                }
                (Some(event), self.random.between(1_000, 10_000))
            }
        };
        let life = self.nodes[node].life;
        if let Some(event) = event {
            self.at(self.now_us + after_us + took_us, Coming::Done { node, life, event });
        }
    }

    fn transmit(&mut self, from: usize, to: usize, after_us: u64, message: &Arc<PeerMessage>) {
        let stopped = self.filter.as_ref().is_some_and(|filter| !filter(from, to, message, self.now_us));
        if stopped || self.sides[from] != self.sides[to] {
            return;
        }
        let copies = if self.random.percent(self.plan.twice_percent) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.random.percent(self.plan.loss_percent) {
                let delay_us = self.random.between(200, self.plan.delay_us);
                let (life, message) = (self.nodes[to].life, message.clone());
                self.at(self.now_us + after_us + delay_us, Coming::Message { from, to, life, message });
            }
        }
    }

    fn arrive(&mut self, from: usize, to: usize, life: u64, message: Arc<PeerMessage>) {
        if self.nodes[to].life != life || self.nodes[to].up.is_none() {
            return;
        }
        let bytes = message.encode();
        let message = PeerMessage::decode(&bytes).expect("peers send what peers can read");
        self.overhear(from, to, &message);
        let wall = self.nodes[to].clock(self.wall());
        let up = self.nodes[to].up.as_ref().expect("it was up a moment ago");
        if let Some(event) = jobs::receive(&up.ledger, self.nodes[from].key, message, wall) {
            self.handle(to, event);
        }
    }

    fn submit(&mut self) {
        let every_us = self.plan.submit_every_us;
        let after_us = self.random.between(1, 2 * every_us);
        if self.now_us + after_us < self.plan.faulty_us + self.plan.healed_us - 3_000_000 {
            self.at(self.now_us + after_us, Coming::Submit);
        }
        let wall = self.wall();
        let envelope = self.town.next(wall, &mut self.random);
        let node = self.random.place(self.plan.nodes);
        let clock = self.nodes[node].clock(wall);
        let Some(up) = &self.nodes[node].up else { return };
        let Ok(transaction) = jobs::admit(&up.ledger, envelope, clock) else { return };
        let ticket = self.queued;
        self.submitted.insert(ticket, transaction.id());
        self.handle(node, Event::Submitted(ticket, transaction));
    }

    fn start(&mut self, node: usize) {
        if self.nodes[node].up.is_some() {
            return;
        }
        let wall = self.wall();
        let (log, effects) = self.nodes[node].start(&self.town, wall);
        let own = self.nodes[node].key;
        self.checks.restored(node, &own, &log);
        let tip = self.nodes[node].up.as_ref().expect("it has just started").engine.height();
        self.checks.starts(node, tip, false);
        self.perform(node, effects);
        self.tell_peers(node, true);
    }

    /// Tells a node of its peers, and its peers of it.
    fn tell_peers(&mut self, node: usize, joined: bool) {
        let tell = |key: PublicKey| if joined { Event::Joined(key) } else { Event::Left(key) };
        for other in (0..self.plan.nodes).filter(|other| *other != node) {
            if self.nodes[other].up.is_none() || self.sides[node] != self.sides[other] {
                continue;
            }
            let (own, others) = (self.nodes[node].key, self.nodes[other].key);
            self.handle(other, tell(own));
            if joined {
                self.handle(node, tell(others));
            }
        }
    }

    /// What the stores hold is what was committed: the state of each is the one that its last header names.
    fn report(mut self) -> Report {
        self.marked();
        for node in &self.nodes {
            let ledger =
                Ledger::open(node.store.clone(), &self.town.genesis).expect("the store holds what was committed");
            let open = node.up.as_ref().expect("all are up at the end");
            assert_eq!(ledger.tip(), open.ledger.tip(), "a store holds another height than its ledger");
        }
        let ledgers: Vec<_> =
            self.nodes.iter().map(|node| node.up.as_ref().expect("all are up at the end").ledger.clone()).collect();
        let height = ledgers.iter().map(|ledger| ledger.tip().height).min().expect("there are nodes");
        let first = ledgers.first().expect("there are nodes");
        let found = |id: &&TxId| first.transaction(**id).expect(NO_FAULT).is_some();
        Report {
            digest: self.digest.finish().to_string(),
            height,
            crashes: self.crashes,
            failed_rounds: self.failed_rounds,
            accepted: self.accepted.len(),
            included: self.accepted.iter().filter(found).count(),
            doubted: self.doubted,
            sins: self.sinners.tally,
        }
    }
}
