//! The network: a queue of events in simulated time, and the faults that are drawn into it.

use crate::node::{Node, Pen};
use crate::record::Record;
use crate::seed::Seed;
use bulla_consensus::{
    Decision, Effect, Effects, Idle, Input, Judgement, Message, Missed, StartHeight, Timer, proposer, wake,
};
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::keys::SigningKey;
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Heard, Proposal, Said, Vote};
use std::collections::BTreeMap;

const CHAIN: ChainId = ChainId(Hash([1; 32]));
const TIPS_EVERY_MS: u64 = 300;
/// Simulated time after the last fault in which every height must be decided.
const PATIENCE_MS: u64 = 120_000;

#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) validators: u8,
    pub(crate) heights: u64,
    pub(crate) loss_percent: u64,
    pub(crate) delay_ms: u64,
    /// When all faults end.
    pub(crate) heal_ms: u64,
    pub(crate) partitions: bool,
    pub(crate) crashes: bool,
    pub(crate) equivocator: bool,
    /// How often the signers refuse.
    pub(crate) refused_percent: u64,
    /// How many proposals a node doubts until a quorum does not.
    pub(crate) doubted_percent: u64,
}

pub(crate) struct World {
    plan: Plan,
    chance: Seed,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), (usize, u64, Event)>,
    events: u64,
    validators: ValidatorSet,
    /// The validators, and one follower.
    nodes: Vec<Node>,
    /// The side on which each node is while the network is parted.
    sides: Vec<u64>,
    /// Messages checked once for all who get them.
    checked: BTreeMap<Vec<u8>, Input>,
    /// Crashes lose logs.
    pub(crate) forgetful: bool,
    record: Record,
}

/// What happens at a node. All but deliveries and boots belong to one life of it.
enum Event {
    Boot,
    Start,
    Deliver(Packet),
    Timer(Timer),
    Built { height: Height, round: Round },
    Judged(Judgement),
    TellTip,
    Part,
}

#[derive(Clone)]
enum Packet {
    Message(Message),
    Tip { from: usize, tip: Height },
    Certificate(Certificate),
}

impl World {
    pub(crate) fn new(plan: Plan, seed: u64) -> Self {
        let mut keys: Vec<_> = (1..=plan.validators).map(|byte| SigningKey::from_seed(&[byte; 32])).collect();
        keys.sort_by_key(SigningKey::public);
        let organisation = "91350100M000100Y43".parse().unwrap();
        let validator = |key: &SigningKey| Validator { key: key.public(), organisation, power: 1 };
        let validators = ValidatorSet::new(keys.iter().map(validator).collect()).unwrap();
        keys.push(SigningKey::from_seed(&[99; 32]));
        let mut nodes: Vec<_> = keys.into_iter().map(Node::new).collect();
        nodes[0].equivocates = plan.equivocator;
        let sides = vec![0; nodes.len()];
        let (chance, record) = (Seed::new(seed), Record::new(seed));
        let (queue, checked) = (BTreeMap::new(), BTreeMap::new());
        World { plan, chance, now_ms: 0, queue, events: 0, validators, nodes, sides, checked, forgetful: false, record }
    }

    /// Until every node has committed every height.
    pub(crate) fn run(mut self) -> Record {
        for node in 0..self.nodes.len() {
            self.after(0, node, Event::Boot);
        }
        if self.plan.partitions {
            self.after(200, 0, Event::Part);
        }
        while self.nodes.iter().any(|node| node.tip().0 < self.plan.heights) {
            let ((at_ms, _), (node, life, event)) = self.queue.pop_first().expect("timers run while a height does");
            self.now_ms = at_ms;
            let seed = self.record.seed;
            assert!(at_ms < self.plan.heal_ms + PATIENCE_MS, "seed {seed}: no decision in two minutes without faults");
            self.happen(node, life, event);
        }
        self.record
    }

    fn happen(&mut self, node: usize, life: u64, event: Event) {
        let alive = self.nodes[node].consensus.is_some();
        match event {
            Event::Boot => self.boot(node),
            Event::Part => self.part(),
            Event::Deliver(packet) if alive => self.deliver(node, packet),
            _ if !alive || self.nodes[node].life != life => {}
            Event::Deliver(_) => {}
            Event::Start => self.start(node),
            Event::Timer(timer) => {
                if self.nodes[node].timers.get(&timer) == Some(&self.now_ms) {
                    self.nodes[node].timers.remove(&timer);
                    self.step(node, Input::Timeout(timer));
                }
            }
            Event::Built { height, round } => {
                let value = self.fresh_value();
                self.step(node, Input::Propose { height, round, value });
            }
            Event::Judged(judgement) => self.step(node, Input::Judged(judgement)),
            Event::TellTip => self.tell_tip(node),
        }
    }

    fn boot(&mut self, node: usize) {
        self.nodes[node].boot(CHAIN);
        if self.forgetful {
            self.nodes[node].log.clear();
            self.nodes[node].durable = 0;
        }
        self.after(0, node, Event::Start);
        self.after(TIPS_EVERY_MS, node, Event::TellTip);
    }

    /// Starts the next height if the chain is not idle; here it never is, for want of a transaction, before the last height.
    fn start(&mut self, node: usize) {
        let this = &self.nodes[node];
        let consensus = this.consensus.as_ref().expect("only those alive start");
        let next = this.tip().next();
        let includable = next.0 <= self.plan.heights;
        let best_tip = this.tip();
        let heard = consensus.heard();
        let idle = Idle { next, includable, heard, best_tip, since_block_ms: 0, heartbeat_ms: 1 };
        if consensus.deciding().is_some() || wake(&idle).is_none() {
            return;
        }
        let log = this.log.clone();
        self.record.replayed += log.len() as u64;
        let validators = self.validators.clone();
        self.step(node, Input::StartHeight(StartHeight { height: next, validators, missed: Missed::default(), log }));
    }

    fn deliver(&mut self, node: usize, packet: Packet) {
        match packet {
            Packet::Message(message) => {
                let bytes = canonical::encode(&message);
                self.record.note(self.now_ms, &bytes);
                let validators = &self.validators;
                let input = self
                    .checked
                    .entry(bytes)
                    .or_insert_with(|| message.check(CHAIN, validators).expect("all that is said here holds"));
                let input = input.clone();
                self.step(node, input);
            }
            Packet::Tip { from, tip } => {
                if let Some(certificate) = self.nodes[node].chain.get(tip.0 as usize).cloned() {
                    self.send(node, from, Packet::Certificate(certificate));
                }
            }
            Packet::Certificate(certificate) => {
                let consensus = self.nodes[node].consensus.as_ref().expect("only those alive get anything");
                if consensus.deciding().is_some_and(|(height, _)| height == certificate.height) {
                    self.record.certified += 1;
                    let decision = Decision::check(certificate, CHAIN, &self.validators).unwrap();
                    self.step(node, Input::Certified(decision));
                }
            }
        }
    }

    fn step(&mut self, node: usize, input: Input) {
        let this = &mut self.nodes[node];
        let refused_percent = if self.now_ms < self.plan.heal_ms { self.plan.refused_percent } else { 0 };
        let mut pen = Pen { key: &this.key, chance: &mut self.chance, refused_percent };
        let consensus = this.consensus.as_mut().expect("only those alive take a step");
        let effects = consensus.step(input, &mut pen).unwrap_or_else(|fault| {
            panic!("seed {}: {fault}", self.record.seed);
        });
        self.perform(node, effects);
    }

    /// Does what is owed, in order; a crash may come before any of it.
    fn perform(&mut self, node: usize, effects: Effects) {
        let owed = effects.log.len() + effects.then.len();
        let stormy = self.plan.crashes && self.now_ms < self.plan.heal_ms && !self.nodes[node].equivocates;
        let crash_at =
            (stormy && owed > 0 && self.chance.next() % 100 < 2).then(|| self.chance.between(0, owed as u64));
        let mut left = crash_at.unwrap_or(u64::MAX);
        for entry in effects.log {
            if left == 0 {
                return self.crash(node);
            }
            left -= 1;
            self.nodes[node].log.push(entry);
        }
        if effects.sync {
            self.nodes[node].durable = self.nodes[node].log.len();
        }
        for effect in effects.then {
            if left == 0 {
                return self.crash(node);
            }
            left -= 1;
            self.do_one(node, effect);
        }
        if crash_at.is_some() {
            self.crash(node);
        }
    }

    fn do_one(&mut self, node: usize, effect: Effect) {
        match effect {
            Effect::Say(message) => self.say(node, message),
            Effect::SetTimer { timer, after_ms } => {
                self.nodes[node].timers.insert(timer, self.now_ms + after_ms);
                self.after(after_ms, node, Event::Timer(timer));
            }
            Effect::CancelTimer(timer) => drop(self.nodes[node].timers.remove(&timer)),
            Effect::CancelAllTimers => self.nodes[node].timers.clear(),
            Effect::NeedValue { height, round, .. } => {
                let build_ms = self.chance.between(1, 30);
                self.after(build_ms, node, Event::Built { height, round });
            }
            Effect::Judge(proposal) => {
                let Proposal { height, round, valid_round, proposer, value, .. } = proposal;
                let fresh = valid_round.is_none() && self.now_ms < self.plan.heal_ms;
                let valid = !(fresh && self.chance.percent(self.plan.doubted_percent));
                self.judge(node, Judgement { height, round, valid_round, proposer, value, valid });
            }
            Effect::Quorum { height, round, value } => {
                let proposer = proposer(&self.validators, height, round, &Missed::default()).key;
                self.judge(node, Judgement { height, round, valid_round: None, proposer, value, valid: true });
            }
            Effect::Decide(certificate) => self.commit(node, certificate),
            Effect::Equivocation(_) => self.record.equivocations += 1,
            Effect::Withheld { .. } => self.record.withheld += 1,
            Effect::EnterRound { .. } | Effect::Restream { .. } => {}
        }
    }

    fn judge(&mut self, node: usize, judgement: Judgement) {
        let execute_ms = self.chance.between(1, 30);
        self.after(execute_ms, node, Event::Judged(judgement));
    }

    fn commit(&mut self, node: usize, certificate: Certificate) {
        certificate.check(CHAIN, &self.validators).expect("a decision's certificate holds");
        self.record.decided(&certificate);
        self.record.note(self.now_ms, &canonical::encode(&certificate));
        let this = &mut self.nodes[node];
        assert_eq!(certificate.height, this.tip().next());
        this.chain.push(certificate);
        this.log.clear();
        this.durable = 0;
        let commit_ms = self.chance.between(1, 10);
        self.after(commit_ms, node, Event::Start);
    }

    fn say(&mut self, node: usize, message: Message) {
        let two_faced = self.nodes[node].equivocates;
        if !two_faced {
            self.record.said(node, &message);
        }
        let other = if two_faced { self.contradict(node, &message) } else { None };
        for to in (0..self.nodes.len()).filter(|to| *to != node) {
            match &other {
                Some(other) if to % 2 == 0 => self.send(node, to, Packet::Message(other.clone())),
                _ => self.send(node, to, Packet::Message(message.clone())),
            }
            // Now and then both, so that it can be caught.
            if let Some(other) = &other
                && self.chance.percent(20)
            {
                self.send(node, to, Packet::Message(other.clone()));
            }
        }
    }

    /// Another thing that the equivocator might have said instead.
    fn contradict(&mut self, node: usize, message: &Message) -> Option<Message> {
        let key = SigningKey::from_seed(self.nodes[node].key.seed());
        match message {
            Message::Vote(Said { statement, .. }) if statement.voter == key.public() => {
                let value = if statement.value.is_some() { None } else { Some(self.fresh_value()) };
                Some(Message::Vote(Heard::own(Vote { value, ..statement.clone() }, &key).into_said()))
            }
            Message::Proposal(Said { statement, .. }) if statement.proposer == key.public() => {
                let value = self.fresh_value();
                Some(Message::Proposal(Heard::own(Proposal { value, ..statement.clone() }, &key).into_said()))
            }
            _ => None,
        }
    }

    fn send(&mut self, from: usize, to: usize, packet: Packet) {
        let stormy = self.now_ms < self.plan.heal_ms;
        let parted = stormy && self.sides[from] != self.sides[to];
        if parted || (stormy && self.chance.percent(self.plan.loss_percent)) {
            return;
        }
        let delay_ms = self.chance.between(1, self.plan.delay_ms);
        self.after(delay_ms, to, Event::Deliver(packet));
    }

    fn tell_tip(&mut self, node: usize) {
        let tip = self.nodes[node].tip();
        for to in (0..self.nodes.len()).filter(|to| *to != node) {
            self.send(node, to, Packet::Tip { from: node, tip });
        }
        self.after(TIPS_EVERY_MS, node, Event::TellTip);
    }

    /// Parts the network anew, or joins it again, until the faults end.
    fn part(&mut self) {
        let parted = self.chance.percent(50);
        for side in 0..self.sides.len() {
            self.sides[side] = if parted { self.chance.next() % 2 } else { 0 };
        }
        if self.now_ms < self.plan.heal_ms {
            let lasts_ms = self.chance.between(200, 1_500);
            self.after(lasts_ms, 0, Event::Part);
        }
    }

    fn crash(&mut self, node: usize) {
        self.record.crashes += 1;
        self.nodes[node].crash(&mut self.chance);
        let down_ms = self.chance.between(10, 1_500);
        self.after(down_ms, node, Event::Boot);
    }

    fn fresh_value(&mut self) -> HeaderHash {
        HeaderHash(Context::Header.hash(&self.chance.next().to_le_bytes()))
    }

    fn after(&mut self, ms: u64, node: usize, event: Event) {
        self.events += 1;
        let life = self.nodes[node].life;
        self.queue.insert((self.now_ms + ms, self.events), (node, life, event));
    }
}
