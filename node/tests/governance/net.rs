//! The nodes of these tests: engines over memory ledgers, one queue of events, and time that is counted.

use bulla_consensus::Timeouts;
use bulla_ledger::store::memory::MemoryStore;
use bulla_ledger::{Ledger, Tip};
use bulla_node::engine::signing::Signing;
use bulla_node::engine::turns::Turns;
use bulla_node::engine::{Action, Effects, Engine, Event, Halt, Job, Peer, Report, Start, Wake};
use bulla_node::jobs;
use bulla_node::wal::guard::SignGuard;
use bulla_node::wire::PeerMessage;
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::Height;
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::governance::{Act, SetChange};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::proof::Claim;
use bulla_verify::recovery::Recovery;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Mode};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::verdict::{Kind, Policy, verify};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub(crate) const BEGIN: Millis = Millis(1_767_196_800_000);

pub(crate) fn body() -> Uscc {
    "11100000000013338W".parse().unwrap()
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

pub(crate) fn validator(seed: u8) -> Validator {
    Validator { key: public(seed), organisation: body(), power: 1 }
}

pub(crate) fn genesis() -> Genesis {
    let roles = [Role::Registrar].into_iter().collect();
    Genesis {
        version: genesis::VERSION,
        name: "governed".parse().unwrap(),
        time: BEGIN,
        parameters: Parameters { heartbeat_ms: 200, ..Parameters::default() },
        organisations: vec![Organisation {
            uscc: body(),
            name: "National body".parse().unwrap(),
            level: Level::National,
            region: RegionCode::NATIONAL,
            parent: None,
        }],
        keys: vec![KeyGrant { key: public(200), organisation: body(), roles, from: Height(0), until: None }],
        validators: ValidatorSet::new((1..=4).map(validator).collect()).unwrap(),
    }
}

pub(crate) struct Node {
    pub(crate) engine: Engine,
    pub(crate) ledger: Ledger,
    pub(crate) timers: BTreeMap<Wake, u64>,
}

/// Nodes by the seed of their key; one that is taken out is down.
pub(crate) struct Net {
    pub(crate) nodes: BTreeMap<u8, Node>,
    pub(crate) queue: VecDeque<(u8, Event)>,
    pub(crate) now_ms: u64,
    pub(crate) nonce: u128,
    /// How often a round ended without a decision.
    pub(crate) rounds: u64,
}

impl Net {
    pub(crate) fn new(seeds: &[u8]) -> Net {
        let mut net = Net { nodes: BTreeMap::new(), queue: VecDeque::new(), now_ms: 1_000, nonce: 0, rounds: 0 };
        seeds.iter().for_each(|seed| net.start(*seed));
        net
    }

    /// Starts a node with no past, which hears of all others and they of it.
    pub(crate) fn start(&mut self, seed: u8) {
        self.run(seed, empty(), None);
    }

    /// Runs a node with the ledger of one that was stopped, and what its operator told it.
    pub(crate) fn run(&mut self, seed: u8, ledger: Ledger, recovery: Option<&Recovery>) {
        let tip = ledger.tip();
        let start = Start {
            turns: Turns::read(&ledger, &tip).unwrap(),
            tip,
            signing: Signing::new(key(seed), SignGuard::new()),
            timeouts: Timeouts::default(),
            log: Vec::new(),
            blocks: Vec::new(),
            recovery: recovery.cloned().map(Box::new),
        };
        let (engine, effects) = Engine::start(self.clock(), start);
        self.nodes.insert(seed, Node { engine, ledger, timers: BTreeMap::new() });
        self.perform(seed, effects);
        for other in self.nodes.keys().copied().filter(|other| *other != seed).collect::<Vec<_>>() {
            self.queue.push_back((seed, Event::Joined(public(other))));
            self.queue.push_back((other, Event::Joined(public(seed))));
        }
    }

    pub(crate) fn stop(&mut self, seed: u8) {
        self.nodes.remove(&seed);
        for other in self.nodes.keys() {
            self.queue.push_back((*other, Event::Left(public(seed))));
        }
    }

    pub(crate) fn clock(&self) -> Millis {
        BEGIN.plus(i64::try_from(self.now_ms).unwrap())
    }

    /// Goes on until this holds of the net.
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Net) -> bool) {
        let end_ms = self.now_ms + 60_000;
        while !holds(self) {
            assert!(self.now_ms < end_ms, "{what}: not within a minute; at {:?}", self.heights());
            match self.queue.pop_front() {
                Some((seed, event)) => self.happen(seed, event),
                None => self.pass(),
            }
        }
    }

    pub(crate) fn heights(&self) -> Vec<(u8, u64)> {
        self.nodes.iter().map(|(seed, node)| (*seed, node.ledger.tip().height.0)).collect()
    }

    /// Time passes to the next timer.
    pub(crate) fn pass(&mut self) {
        let all = self.nodes.iter().flat_map(|(seed, node)| node.timers.iter().map(|(wake, due)| (*due, *seed, *wake)));
        let (due, seed, wake) = all.min().unwrap();
        self.now_ms = self.now_ms.max(due);
        self.nodes.get_mut(&seed).unwrap().timers.remove(&wake);
        self.queue.push_back((seed, Event::Due(wake)));
    }

    pub(crate) fn happen(&mut self, seed: u8, event: Event) {
        let now = self.clock();
        let Some(node) = self.nodes.get_mut(&seed) else { return };
        let effects = node.engine.handle(now, event);
        self.perform(seed, effects);
    }

    pub(crate) fn perform(&mut self, seed: u8, effects: Effects) {
        for action in effects.then {
            let (now_ms, now) = (self.now_ms, self.clock());
            let Some(node) = self.nodes.get_mut(&seed) else { return };
            match action {
                Action::Send(peer, message) => self.deliver(seed, &peer, &message),
                Action::SendAll(message) => {
                    let others: Vec<Peer> =
                        self.nodes.keys().filter(|other| **other != seed).map(|other| public(*other)).collect();
                    others.iter().for_each(|peer| self.deliver(seed, peer, &message));
                }
                Action::SendDecided(peer, from) => {
                    let decided = jobs::decided(&node.ledger, from).unwrap();
                    self.deliver(seed, &peer, &decided);
                }
                Action::SetTimer(wake, after_ms) => drop(node.timers.insert(wake, now_ms + after_ms)),
                Action::CancelTimer(wake) => drop(node.timers.remove(&wake)),
                Action::CancelTimers => node.timers.retain(|wake, _| !matches!(wake, Wake::Consensus(_))),
                Action::Work(job) => {
                    let own = node.engine.own();
                    let event = match job {
                        Job::Build { round, time, candidates, caps } => {
                            jobs::build(&node.ledger, own, round, time.max(now), &candidates, caps).unwrap()
                        }
                        Job::Execute(header, transactions) => {
                            jobs::execute(&node.ledger, &header, transactions).unwrap()
                        }
                        Job::Commit(block, certificate) => {
                            Some(jobs::commit(&node.ledger, block, &certificate).unwrap())
                        }
                    };
                    self.queue.extend(event.map(|event| (seed, event)));
                }
                Action::Answer(_, answer) => assert_eq!(answer, Ok(())),
                Action::Report(Report::Round(..)) => self.rounds += 1,
                Action::Report(_) => {}
                Action::Halt(halt) => stop_at(&halt),
            }
        }
    }

    pub(crate) fn deliver(&mut self, from: u8, to: &Peer, message: &PeerMessage) {
        let now = self.clock();
        let Some((seed, node)) = self.nodes.iter().find(|(seed, _)| public(**seed) == *to) else { return };
        let event = jobs::receive(&node.ledger, public(from), message.clone(), now);
        self.queue.extend(event.map(|event| (*seed, event)));
    }

    /// Has a node submit an act that these keys sign.
    pub(crate) fn govern(&mut self, at: u8, signers: &[u8], change: SetChange) {
        self.nonce += 1;
        let tip = self.tip(at);
        let operations = vec![Operation::Governance(Act::ChangeValidators(vec![change]))];
        let (nonce, expires_at) = (self.nonce.to_le_bytes(), self.clock().plus(60_000));
        let body =
            Body { chain: tip.chain, nonce, expires_at, signers: Vec::new(), mode: Mode::AllOrNothing, operations };
        let keys: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
        let envelope = body.sign(&keys.iter().collect::<Vec<_>>());
        let transaction = jobs::admit(&self.nodes[&at].ledger, envelope, self.clock()).unwrap();
        self.queue.push_back((at, Event::Submitted(1, transaction)));
    }

    pub(crate) fn tip(&self, seed: u8) -> Tip {
        self.nodes[&seed].ledger.tip()
    }

    /// Goes on until all nodes are so many heights further.
    pub(crate) fn advance(&mut self, what: &str, heights: u64) {
        let most = self.heights().into_iter().map(|(_, height)| height).max().unwrap();
        self.until(what, |net| net.heights().iter().all(|(_, height)| *height >= most + heights));
    }

    pub(crate) fn until_decided_by(&mut self, what: &str, seeds: &[u8]) {
        let set = ValidatorSet::new(seeds.iter().copied().map(validator).collect()).unwrap();
        self.until(what, |net| net.nodes.values().all(|node| node.ledger.tip().validators == set));
    }

    /// The signers of the last ten certificates that a node keeps.
    pub(crate) fn signers(&self, at: u8) -> Vec<PublicKey> {
        let ledger = &self.nodes[&at].ledger;
        let tip = ledger.tip().height.0;
        let of = |height| {
            let (_, certificate) = ledger.header(Height(height)).unwrap().unwrap();
            let set = ledger.validators_at(Height(height)).unwrap();
            certificate.signers.indexes().map(|place| set.at(place).unwrap().key).collect::<Vec<_>>()
        };
        (tip - 9..=tip).flat_map(of).collect()
    }
}

/// A ledger at genesis.
pub(crate) fn empty() -> Ledger {
    Ledger::open(Arc::new(MemoryStore::new()), &genesis()).unwrap()
}

pub(crate) fn stop_at(halt: &Halt) {
    panic!("a node halts: {halt}");
}

pub(crate) fn judge(ledger: &Ledger) -> Kind {
    let proof = ledger.prove(&Claim::Organisation(body())).unwrap().unwrap();
    let policy = Policy { now: ledger.tip().time.plus(5), max_age_ms: 86_400_000, clock_bound_ms: 10_000, at: None };
    verify(&proof.encode(), &Anchor::genesis(&genesis()), &policy).kind()
}
