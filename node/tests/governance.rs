//! Validators change while the chain goes on: engines over memory ledgers, one queue of events, and time that is counted.
//!
//! Nothing is lost or late here: that is the simulator's. What is shown is that everyone agrees on who decides.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

use bulla_consensus::{Message, Timeouts};
use bulla_ledger::store::memory::MemoryStore;
use bulla_ledger::{Ledger, Tip};
use bulla_node::engine::signing::Signing;
use bulla_node::engine::turns::Turns;
use bulla_node::engine::{Action, Effects, Engine, Event, Halt, Job, Peer, Report, Start, Wake};
use bulla_node::jobs;
use bulla_node::wal::guard::SignGuard;
use bulla_node::wire::PeerMessage;
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::genesis::{self, Genesis};
use bulla_verify::governance::{Act, SetChange};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::proof::Claim;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Mode};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::verdict::{Kind, Policy, verify};
use bulla_verify::vote::{Heard, Vote, VoteKind};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const BEGIN: Millis = Millis(1_767_196_800_000);

fn body() -> Uscc {
    "11100000000013338W".parse().unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

fn validator(seed: u8) -> Validator {
    Validator { key: public(seed), organisation: body(), power: 1 }
}

fn genesis() -> Genesis {
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

struct Node {
    engine: Engine,
    ledger: Ledger,
    timers: BTreeMap<Wake, u64>,
}

/// Nodes by the seed of their key; one that is taken out is down.
struct Net {
    nodes: BTreeMap<u8, Node>,
    queue: VecDeque<(u8, Event)>,
    now_ms: u64,
    nonce: u128,
    /// How often a round ended without a decision.
    rounds: u64,
}

impl Net {
    fn new(seeds: &[u8]) -> Net {
        let mut net = Net { nodes: BTreeMap::new(), queue: VecDeque::new(), now_ms: 1_000, nonce: 0, rounds: 0 };
        seeds.iter().for_each(|seed| net.start(*seed));
        net
    }

    /// Starts a node with no past, which hears of all others and they of it.
    fn start(&mut self, seed: u8) {
        let ledger = Ledger::open(Arc::new(MemoryStore::new()), &genesis()).unwrap();
        self.run(seed, ledger, key(seed), SignGuard::new());
    }

    fn run(&mut self, seed: u8, ledger: Ledger, key: SigningKey, guard: SignGuard) {
        let tip = ledger.tip();
        let start = Start {
            turns: Turns::read(&ledger, &tip).unwrap(),
            tip,
            signing: Signing::new(key, guard),
            timeouts: Timeouts::default(),
            log: Vec::new(),
            blocks: Vec::new(),
        };
        let (engine, effects) = Engine::start(self.clock(), start);
        self.nodes.insert(seed, Node { engine, ledger, timers: BTreeMap::new() });
        self.perform(seed, effects);
        for other in self.nodes.keys().copied().filter(|other| *other != seed).collect::<Vec<_>>() {
            self.queue.push_back((seed, Event::Joined(public(other))));
            self.queue.push_back((other, Event::Joined(public(seed))));
        }
    }

    fn stop(&mut self, seed: u8) {
        self.nodes.remove(&seed);
        for other in self.nodes.keys() {
            self.queue.push_back((*other, Event::Left(public(seed))));
        }
    }

    fn clock(&self) -> Millis {
        BEGIN.plus(i64::try_from(self.now_ms).unwrap())
    }

    /// Goes on until this holds of the net.
    fn until(&mut self, what: &str, holds: impl Fn(&Net) -> bool) {
        let end_ms = self.now_ms + 60_000;
        while !holds(self) {
            assert!(self.now_ms < end_ms, "{what}: not within a minute; at {:?}", self.heights());
            match self.queue.pop_front() {
                Some((seed, event)) => self.happen(seed, event),
                None => self.pass(),
            }
        }
    }

    fn heights(&self) -> Vec<(u8, u64)> {
        self.nodes.iter().map(|(seed, node)| (*seed, node.ledger.tip().height.0)).collect()
    }

    /// Time passes to the next timer.
    fn pass(&mut self) {
        let all = self.nodes.iter().flat_map(|(seed, node)| node.timers.iter().map(|(wake, due)| (*due, *seed, *wake)));
        let (due, seed, wake) = all.min().unwrap();
        self.now_ms = self.now_ms.max(due);
        self.nodes.get_mut(&seed).unwrap().timers.remove(&wake);
        self.queue.push_back((seed, Event::Due(wake)));
    }

    fn happen(&mut self, seed: u8, event: Event) {
        let now = self.clock();
        let Some(node) = self.nodes.get_mut(&seed) else { return };
        let effects = node.engine.handle(now, event);
        self.perform(seed, effects);
    }

    fn perform(&mut self, seed: u8, effects: Effects) {
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

    fn deliver(&mut self, from: u8, to: &Peer, message: &PeerMessage) {
        let now = self.clock();
        let Some((seed, node)) = self.nodes.iter().find(|(seed, _)| public(**seed) == *to) else { return };
        let event = jobs::receive(&node.ledger, public(from), message.clone(), now);
        self.queue.extend(event.map(|event| (*seed, event)));
    }

    /// Has a node submit an act that these keys sign.
    fn govern(&mut self, at: u8, signers: &[u8], change: SetChange) {
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

    fn tip(&self, seed: u8) -> Tip {
        self.nodes[&seed].ledger.tip()
    }

    /// Goes on until all nodes are so many heights further.
    fn advance(&mut self, what: &str, heights: u64) {
        let most = self.heights().into_iter().map(|(_, height)| height).max().unwrap();
        self.until(what, |net| net.heights().iter().all(|(_, height)| *height >= most + heights));
    }

    fn until_decided_by(&mut self, what: &str, seeds: &[u8]) {
        let set = ValidatorSet::new(seeds.iter().copied().map(validator).collect()).unwrap();
        self.until(what, |net| net.nodes.values().all(|node| node.ledger.tip().validators == set));
    }

    /// The signers of the last ten certificates that a node keeps.
    fn signers(&self, at: u8) -> Vec<PublicKey> {
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

fn stop_at(halt: &Halt) {
    panic!("a node halts: {halt}");
}

fn judge(ledger: &Ledger) -> Kind {
    let proof = ledger.prove(&Claim::Organisation(body())).unwrap().unwrap();
    let policy = Policy { now: ledger.tip().time.plus(5), max_age_ms: 86_400_000, clock_bound_ms: 10_000, at: None };
    verify(&proof.encode(), &Anchor::genesis(&genesis()), &policy).kind()
}

#[test]
fn one_joins_one_leaves_and_one_changes_its_key_while_the_chain_goes_on() {
    let mut net = Net::new(&[1, 2, 3, 4]);
    net.advance("before", 5);
    let before = net.nodes[&1].ledger.prove(&Claim::Organisation(body())).unwrap().unwrap();

    // A newcomer follows, and votes once its key is in.
    net.start(5);
    net.advance("a newcomer catches up", 3);
    net.govern(2, &[1, 2, 3, 5], SetChange::Join(validator(5)));
    net.until_decided_by("the join", &[1, 2, 3, 4, 5]);
    net.stop(1);
    net.advance("five validators, one down", 12);
    assert!(net.signers(2).contains(&public(5)), "the newcomer votes: four of five must");

    net.govern(5, &[2, 3, 4, 5], SetChange::Leave(public(1)));
    net.until_decided_by("the leave", &[2, 3, 4, 5]);
    let rounds = net.rounds;
    net.advance("four validators, all up", 12);
    assert_eq!(net.rounds, rounds, "who has left is given no turn");

    // The operator has the new key sign too, and starts the node with it once the change acts.
    net.govern(3, &[2, 3, 4, 6], SetChange::Rotate { from: public(4), to: public(6) });
    net.until_decided_by("the rotation", &[2, 3, 5, 6]);
    net.advance("the old key says nothing, and three decide", 3);
    let ledger = net.nodes[&4].ledger.clone();
    net.stop(4);
    net.run(6, ledger, key(6), SignGuard::new());
    net.advance("the new key is there", 12);
    net.stop(5);
    net.advance("it is needed", 12);
    assert!(net.signers(2).contains(&public(6)));
    assert!(!net.signers(2).contains(&public(4)) && !net.signers(2).contains(&public(1)));

    for node in net.nodes.values() {
        assert_eq!(judge(&node.ledger), Kind::Valid);
    }
    let policy = Policy { now: before.stamp.time, max_age_ms: 86_400_000, clock_bound_ms: 10_000, at: None };
    assert_eq!(verify(&before.encode(), &Anchor::genesis(&genesis()), &policy).kind(), Kind::Valid);
}

/// A validator that is down: what it says is said here, in its name.
fn equivocate(net: &mut Net, of: u8) -> Height {
    let tip = net.tip(1);
    let height = tip.height.next();
    let vote = |value: Option<HeaderHash>| {
        let vote =
            Vote { chain: tip.chain, height, round: Round(0), kind: VoteKind::Prevote, value, voter: public(of) };
        Heard::own(vote, &key(of)).into_said()
    };
    for value in [None, Some(HeaderHash(Hash([7; 32])))] {
        for to in net.nodes.keys().copied().collect::<Vec<_>>() {
            let message = PeerMessage::Consensus(Message::Vote(vote(value)));
            net.queue.push_back((to, Event::Heard(public(of), message)));
        }
    }
    height
}

#[test]
fn an_equivocator_is_marked_within_a_few_heights_and_proposes_no_more() {
    let mut net = Net::new(&[1, 2, 3]);
    net.advance("three of four", 3);
    let height = equivocate(&mut net, 4);
    let marked =
        |net: &Net| net.nodes.values().all(|node| node.ledger.tip().offenders.iter().any(|one| one.key == public(4)));
    net.until("the mark", marked);
    let from = net.tip(1).offenders[0].from;
    assert!(from.0 <= height.0 + 4, "seen at {height}, marked from {from}");
    assert_eq!(net.tip(1).validators.count(), 4, "four is the least");
    // The next epoch gives all turns again, and not that one.
    net.until("an epoch", |net| net.tip(1).height > Height(256));
    let rounds = net.rounds;
    net.advance("after the epoch", 8);
    assert_eq!(net.rounds, rounds, "nobody waits for one that is marked");
    for node in net.nodes.values() {
        assert!(node.engine.pool().is_empty(), "no report is left over");
    }
}

#[test]
fn an_equivocator_of_five_leaves_at_once() {
    let mut net = Net::new(&[1, 2, 3, 4, 5]);
    net.govern(1, &[1, 2, 3, 4, 5], SetChange::Join(validator(5)));
    net.until_decided_by("the join", &[1, 2, 3, 4, 5]);
    net.stop(5);
    equivocate(&mut net, 5);
    net.until_decided_by("the removal", &[1, 2, 3, 4]);
    net.advance("four go on", 5);
    assert_eq!(net.tip(1).offenders, []);
    assert_eq!(judge(&net.nodes[&2].ledger), Kind::Valid);
}
