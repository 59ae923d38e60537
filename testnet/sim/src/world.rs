//! The queue of events: who hears what when, how long work takes. One thread, one order, one seed.

mod chance;
mod clocks;
mod damage;
mod disks;
mod jobs;
mod joins;
mod lives;
mod partitions;
mod report;
mod sinning;

pub(crate) use joins::Joiner;
pub use report::Report;
pub use sinning::Fork;

use crate::byzantine::Sinners;
use crate::checks::Checks;
use crate::clients::Clients;
use crate::digest::Digest;
use crate::faults::{Fault, Plan};
use crate::happenings::{Counts, Happening};
use crate::node::{Clock, Node};
use crate::random::Random;
use crate::town::{BEGIN, Town};
use bulla_node::engine::{Action, Effects, Event, Job, Report as Told, Wake};
use bulla_node::journal;
use bulla_node::wire::PeerMessage;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::keys::memo::Memo;
use bulla_verify::time::Millis;
use joins::Joins;
use partitions::Links;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Decides whether a message goes on its way: from which node, to which, what, and at what time in microseconds.
pub type Filter = Box<dyn Fn(usize, usize, &PeerMessage, u64) -> bool>;

/// What is on its way.
#[expect(clippy::large_enum_variant, reason = "most of what comes is an event")]
enum Coming {
    Message { from: usize, to: usize, life: u64, sent: u64, packet: Arc<Packet> },
    Due { node: usize, life: u64, wake: Wake, set: u64 },
    Job { node: usize, life: u64, job: Job, took_us: u64 },
    Done { node: usize, life: u64, event: Event },
    Ready { node: usize, life: u64 },
    Submit,
    Leave,
    Strike(Fault),
    Start { node: usize },
    Heal { node: Option<usize> },
    Room { node: usize },
    RightTime { node: usize },
    Tick { node: usize, life: u64 },
    LoseDisk { node: Option<usize> },
    Calm,
}

/// A message with its bytes, which are made once.
struct Packet {
    message: Arc<PeerMessage>,
    bytes: Vec<u8>,
    hash: Hash,
}

#[expect(clippy::print_stdout, reason = "to follow a seed")]
fn tell(line: &str) {
    println!("{line}");
}

/// A network in one thread.
pub struct World {
    plan: Plan,
    random: Random,
    town: Town,
    nodes: Vec<Node>,
    checks: Checks,
    sinners: Sinners,
    clients: Clients,
    now_us: u64,
    queue: BTreeMap<(u64, u64), Box<Coming>>,
    queued: u64,
    timers: BTreeMap<(usize, Wake), u64>,
    links: Links,
    joins: Joins,
    /// The packet made last: a message to all is encoded once.
    packet: Option<Arc<Packet>>,
    filter: Option<Filter>,
    told: bool,
    healed: bool,
    digest: Digest,
    counts: Counts,
}

impl World {
    /// The network of a seed, before its first event.
    pub fn new(seed: u64, plan: Plan) -> World {
        let town = Town::new(plan.nodes);
        let clocks = plan.clock_offsets_ms.iter().zip(&plan.drifts_ppm);
        let clocks = clocks.map(|(offset, drift)| Clock { offset_ms: *offset, wrong_ms: 0, drift_ppm: *drift });
        let mut nodes: Vec<Node> =
            town.validators.iter().zip(clocks).map(|(key, clock)| Node::new(key, clock)).collect();
        plan.sins.iter().for_each(|(place, _)| nodes[*place].watched = plan.copies_heeded);
        let checks = Checks::new(town.chain, town.genesis.validators.clone(), plan.nodes);
        World {
            random: Random::new(seed),
            nodes,
            checks,
            sinners: Sinners::of(&plan.sins),
            clients: Clients::new(!plan.sins.is_empty()),
            town,
            now_us: 0,
            queue: BTreeMap::new(),
            queued: 0,
            timers: BTreeMap::new(),
            links: Links::new(plan.nodes),
            joins: Joins::new(seed),
            packet: None,
            filter: None,
            told: false,
            healed: false,
            digest: Digest::new(),
            counts: Counts::default(),
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
        let _memo = self.plan.memo.then(Memo::begin);
        self.begin();
        while self.goes_on() {}
        self.report()
    }

    fn begin(&mut self) {
        self.story(|| format!("{:?}", self.plan));
        for node in 0..self.plan.nodes {
            self.at(0, Coming::Start { node });
        }
        self.at(1_000_000, Coming::Submit);
        self.schedule_faults();
        if self.plan.leaves {
            let leave_us = self.random.between(10_000_000, 40_000_000);
            self.at(leave_us, Coming::Leave);
        }
        self.schedule_lost_disk();
        self.at(self.plan.faulty_us, Coming::Calm);
    }

    /// Lets the next thing happen, unless the time is over.
    fn goes_on(&mut self) -> bool {
        let end_us = self.plan.faulty_us + self.plan.healed_us;
        let next = self.queue.first_entry().filter(|entry| entry.key().0 <= end_us);
        let Some(((at_us, _), coming)) = next.map(|entry| entry.remove_entry()) else { return false };
        self.now_us = at_us;
        self.come(*coming);
        true
    }

    fn come(&mut self, coming: Coming) {
        match coming {
            Coming::Message { from, to, life, sent, packet } => self.arrive(from, to, life, sent, &packet),
            Coming::Due { node, life, wake, set } => {
                let current = self.timers.get(&(node, wake)) == Some(&set);
                if current && self.nodes[node].life == life {
                    self.timers.remove(&(node, wake));
                    self.handle(node, Event::Due(wake));
                }
            }
            Coming::Job { node, life, job, took_us } => {
                if self.nodes[node].life == life {
                    self.do_job(node, job, took_us);
                }
            }
            Coming::Done { node, life, event } => {
                if self.nodes[node].life == life {
                    self.handle(node, event);
                }
            }
            Coming::Ready { node, life } => self.ready(node, life),
            Coming::Submit => self.submit(),
            Coming::Leave => self.let_one_leave(),
            Coming::Strike(fault) => self.strike(fault),
            Coming::Start { node } => self.start(node),
            Coming::Heal { node } => self.mend(node),
            Coming::Room { node } => self.make_room(node),
            Coming::RightTime { node } => self.set_right(node),
            Coming::Tick { node, life } => self.tick_joining(node, life),
            Coming::LoseDisk { node } => self.lose_disk(node),
            Coming::Calm => self.calm(),
        }
    }

    /// Says what strikes, when somebody follows the run.
    fn story(&self, line: impl FnOnce() -> String) {
        if self.told {
            tell(&format!("{} ! {}", self.now_us, line()));
        }
    }

    fn clock(&self, node: usize) -> Millis {
        self.nodes[node].clock(BEGIN, self.now_us)
    }

    fn at(&mut self, at_us: u64, coming: Coming) {
        self.queued += 1;
        self.queue.insert((at_us, self.queued), Box::new(coming));
    }

    /// Gives a node an event, or if it is busy puts it where the node will find it.
    fn handle(&mut self, node: usize, event: Event) {
        let (now_us, life) = (self.now_us, self.nodes[node].life);
        let Some(up) = &mut self.nodes[node].up else { return };
        if up.busy_until_us <= now_us && up.inbox.is_empty() {
            return self.take(node, event);
        }
        up.inbox.push_back(event);
        if !std::mem::replace(&mut up.to_be_woken, true) {
            let at_us = up.busy_until_us.max(now_us);
            self.at(at_us, Coming::Ready { node, life });
        }
    }

    /// A node is no longer busy: it takes what came first meanwhile.
    fn ready(&mut self, node: usize, life: u64) {
        let now_us = self.now_us;
        if life != self.nodes[node].life {
            return;
        }
        let Some(up) = &mut self.nodes[node].up else { return };
        let event = if up.busy_until_us <= now_us { up.inbox.pop_front() } else { None };
        if let Some(event) = event {
            self.take(node, event);
        }
        if life != self.nodes[node].life {
            return;
        }
        let Some(up) = &mut self.nodes[node].up else { return };
        up.to_be_woken = !up.inbox.is_empty();
        if up.to_be_woken {
            let at_us = up.busy_until_us.max(now_us);
            self.at(at_us, Coming::Ready { node, life });
        }
    }

    fn take(&mut self, node: usize, event: Event) {
        let clock = self.clock(node);
        if self.told {
            tell(&format!("{} {node} {event:?}", self.now_us));
        }
        self.digest.event(self.now_us, node, &event);
        self.note(node, &event);
        let Some(up) = &mut self.nodes[node].up else { return };
        let effects = up.engine.handle(clock, event);
        self.checks.queues(node, &up.engine.queues());
        self.perform(node, effects);
    }

    /// Logs, then does. Where a crash was planned, the node dies at the step that chance picks.
    fn perform(&mut self, node: usize, effects: Effects) {
        self.digest.effects(&effects);
        let Some(up) = &mut self.nodes[node].up else { return };
        if let Err(error) = journal::write(&mut up.log, &effects) {
            return self.log_failed(node, &error);
        }
        if let Some(through) = effects.settled {
            self.nodes[node].ills.silent_through = through;
            self.counts.count(Happening::Settled);
        }
        self.checks.logged(node, &effects.log, effects.sync);
        let took_us = if effects.sync { self.random.between(500, 8_000) } else { 20 };
        let Some(up) = &mut self.nodes[node].up else { return };
        up.busy_until_us = self.now_us + took_us;
        for action in effects.then {
            if !self.outlives(node) {
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
                let due_us = self.now_us + after_us + self.nodes[node].clock.wait_us(after_ms);
                self.at(due_us, Coming::Due { node, life, wake, set });
            }
            Action::CancelTimer(wake) => {
                self.timers.remove(&(node, wake));
            }
            Action::CancelTimers => {
                self.timers.retain(|(of, wake), _| *of != node || !matches!(wake, Wake::Consensus(_)));
            }
            Action::Answer(ticket, answer) => {
                let taken = answer.is_ok() && self.sinners.is_honest(node);
                self.clients.answered(node, ticket, taken, self.now_us);
            }
            Action::Report(told) => match told {
                Told::Round(..) => self.counts.count(Happening::FailedRound),
                Told::Doubted(value, _) => {
                    self.counts.count(Happening::Doubted);
                    self.story(|| format!("node {node} doubts {value}"));
                }
                Told::Invalid(value, invalid) => self.refused(node, value, invalid),
                Told::Equivocation(pair) => self.accused(node, &pair),
                Told::Copied(at) => self.copied(node, at),
                Told::Dropped(..) | Told::Withheld(_) | Told::Refused(..) => {}
            },
            Action::Halt(halt) => self.halted(node, &halt),
            Action::SendDecided(peer, from) => {
                if let Some(decided) = self.decided(node, from) {
                    self.act(node, after_us, Action::Send(peer, Arc::new(decided)));
                }
            }
            Action::Work(job) => self.work(node, after_us, job),
        }
    }

    fn transmit(&mut self, from: usize, to: usize, after_us: u64, message: &Arc<PeerMessage>) {
        let stopped = self.filter.as_ref().is_some_and(|filter| !filter(from, to, message, self.now_us));
        if !stopped && self.links.hears(from, to) {
            let packet = self.packet(message);
            self.post(from, to, self.now_us + after_us, &packet);
        }
    }

    /// A message as it travels.
    fn packet(&mut self, message: &Arc<PeerMessage>) -> Arc<Packet> {
        if let Some(packet) = self.packet.as_ref().filter(|packet| Arc::ptr_eq(&packet.message, message)) {
            return packet.clone();
        }
        let bytes = message.encode();
        let hash = Context::LogFrame.hash(&bytes);
        let packet = Arc::new(Packet { message: message.clone(), bytes, hash });
        self.packet = Some(packet.clone());
        packet
    }
}
