use super::*;
use crate::disk::memory::Memory;
use crate::jobs;
use crate::shelf::Shelf;
use bulla_ledger::execute::{Caps, build};
use bulla_ledger::store::memory::MemoryStore;
use bulla_ledger::{Ledger, OpenError, Transaction};
use bulla_verify::catalogue::{self, Competence, LicenceType};
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::Round;
use bulla_verify::genesis;
use bulla_verify::hash::Context;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{self, Change, Grant, Term};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Mode};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Heard, Vote, VoteKind};
use std::collections::VecDeque;

const GAP: u64 = 5;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn peer(number: u8) -> Peer {
    key(number).public()
}

fn nation() -> Uscc {
    "11100000000013338W".parse().unwrap()
}

fn code() -> LicenceTypeCode {
    LicenceTypeCode::new(nation(), 1).unwrap()
}

fn document() -> Genesis {
    let validator = |number| Validator { key: peer(number), organisation: nation(), power: 1 };
    let roles = [Role::Registrar, Role::Issuer].into_iter().collect();
    let grant = KeyGrant { key: peer(9), organisation: nation(), roles, from: Height(0), until: None };
    let root = Organisation {
        uscc: nation(),
        name: "国家局".parse().unwrap(),
        level: Level::National,
        region: RegionCode::NATIONAL,
        parent: None,
    };
    Genesis {
        version: genesis::VERSION,
        name: "joining".parse().unwrap(),
        time: Millis(1_000_000),
        parameters: Parameters::default(),
        organisations: vec![root],
        keys: vec![grant],
        validators: ValidatorSet::new((1..=4).map(validator).collect()).unwrap(),
    }
}

fn sign(ledger: &Ledger, nonce: u8, operations: Vec<Operation>) -> Transaction {
    let (chain, expires_at) = (ledger.tip().chain, ledger.tip().time.plus(300_000));
    let (mode, signers) = (Mode::Independent, Vec::new());
    let body = Body { chain, nonce: [nonce; 16], expires_at, signers, mode, operations };
    Arc::new(body.sign(&[&key(9)]).check(chain).unwrap())
}

fn issue(serial: u32) -> Operation {
    let hash = Context::Field.hash(b"field");
    let term = Term { from: Millis(0), until: None };
    let grant = Grant { region: RegionCode::NATIONAL, holder: hash, holding: None, contents: hash, term };
    let licence = LicenceId::new(code(), nation(), format!("N{serial}").parse().unwrap(), 1).unwrap();
    Operation::Licence(licence::Act { licence, by: nation(), effective_at: None, change: Change::Issue(grant) })
}

fn commit(ledger: &Ledger, transactions: &[Transaction]) {
    let tip = ledger.tip();
    let built =
        build(&ledger.parent(), transactions, peer(1), tip.time.plus(1_000), Caps::of(&tip.parameters)).unwrap();
    assert_eq!(built.executed.transactions().len(), transactions.len());
    let header = built.executed.header();
    let (height, value, round) = (header.height(), header.hash(), Round(0));
    let (mut signers, mut signatures) = (Signers::default(), Vec::new());
    for place in 0..3 {
        let voter = tip.validators.at(place).unwrap().key;
        let signer = (1..=4).map(key).find(|key| key.public() == voter).unwrap();
        let vote = Vote { chain: tip.chain, height, round, kind: VoteKind::Precommit, value: Some(value), voter };
        signers.insert(place);
        signatures.push(*Heard::own(vote, &signer).signature());
    }
    ledger.commit(&built.executed, &Certificate { height, round, value, signers, signatures }).unwrap();
}

/// A ledger of eight blocks with 2,500 licences: several parts.
fn grown() -> Ledger {
    let ledger = Ledger::open(Arc::new(MemoryStore::new()), &document()).unwrap();
    let kind = LicenceType {
        code: code(),
        name: "许可证".parse().unwrap(),
        region: RegionCode::NATIONAL,
        max_term_days: None,
        late_renewal_days: 90,
        single_holding: false,
    };
    let competence = Competence { type_code: code(), organisation: nation(), region: RegionCode::NATIONAL };
    let acts = [catalogue::Act::RegisterType(kind), catalogue::Act::Grant(competence)];
    commit(&ledger, &[sign(&ledger, 0, acts.map(Operation::Catalogue).into())]);
    for block in 1..=5u8 {
        let from = u32::from(block) * 500;
        commit(&ledger, &[sign(&ledger, block, (from..from + 500).map(issue).collect())]);
    }
    commit(&ledger, &[]);
    commit(&ledger, &[]);
    ledger
}

/// How a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Honest,
    /// Changes a byte of every record and of every tail.
    Alters,
    /// Gives one part for another.
    Confuses,
    /// Offers and then says nothing.
    Silent,
    /// Tells of keys that there are not.
    Misleads,
    /// Has no snapshot.
    Bare,
}

/// Servers around one that joins, in one queue.
struct World {
    ledger: Ledger,
    servers: BTreeMap<Peer, (Shelf<Memory>, Manner)>,
    store: Arc<MemoryStore>,
    joining: Joining,
    queue: VecDeque<(Peer, PeerMessage)>,
    asked: BTreeMap<Peer, usize>,
    reports: Vec<String>,
    ready: bool,
    answered: usize,
}

impl World {
    fn new(manners: &[Manner]) -> World {
        let (ledger, store) = (grown(), Arc::new(MemoryStore::new()));
        let joining = Joining::new(store.clone(), &document(), GAP).unwrap();
        let mut world = World {
            ledger,
            servers: BTreeMap::new(),
            store,
            joining,
            queue: VecDeque::new(),
            asked: BTreeMap::new(),
            reports: Vec::new(),
            ready: false,
            answered: 0,
        };
        for (number, manner) in (1..).zip(manners) {
            let shelf = Shelf::new(Memory::new());
            if *manner != Manner::Bare {
                shelf.make(&world.ledger, &mut |_| ()).unwrap();
            }
            world.servers.insert(peer(number), (shelf, *manner));
        }
        world.meet();
        world
    }

    fn meet(&mut self) {
        let tip = self.ledger.tip().height;
        for peer in self.servers.keys().copied().collect::<Vec<_>>() {
            self.happen(Event::Joined(peer));
            self.queue.push_back((peer, PeerMessage::Tip(tip)));
        }
    }

    fn happen(&mut self, event: Event) {
        for action in self.joining.handle(event).unwrap() {
            match action {
                Action::Send(to, message) => self.answer(to, &message),
                Action::Report(report) => self.reports.push(report.to_string()),
                Action::Ready => self.ready = true,
            }
        }
    }

    fn answer(&mut self, from: Peer, message: &PeerMessage) {
        // As on the wire.
        let message = PeerMessage::decode(&message.encode()).unwrap();
        let (shelf, manner) = &self.servers[&from];
        if matches!(message, PeerMessage::WantPart(..) | PeerMessage::WantTail(..)) {
            *self.asked.entry(from).or_default() += 1;
        }
        let Some(mut answer) = jobs::serve(shelf, &message).unwrap() else { return };
        match (manner, &mut answer) {
            (Manner::Alters, PeerMessage::Part(_, _, Some(part))) => *part.items[0].value.last_mut().unwrap() ^= 1,
            (Manner::Alters, PeerMessage::Tail(_, _, blocks)) => drop(blocks[0].executed.pop()),
            (Manner::Confuses, PeerMessage::Part(height, _, part)) => {
                *part = shelf.part(*height, &bulla_verify::tree::StateKey([0; 32])).unwrap();
            }
            (Manner::Misleads, PeerMessage::Offer(Some(offer))) => {
                offer.keys = (0..200).map(|byte| bulla_verify::tree::StateKey([byte; 32])).collect();
            }
            (Manner::Silent, PeerMessage::Part(..) | PeerMessage::Tail(..)) => return,
            _ => {}
        }
        self.queue.push_back((from, PeerMessage::decode(&answer.encode()).unwrap()));
    }

    /// Until the engine may begin.
    fn run(&mut self) {
        for _ in 0..5_000 {
            if self.ready {
                return;
            }
            match self.queue.pop_front() {
                Some((from, message)) => {
                    self.answered += usize::from(matches!(message, PeerMessage::Part(..)));
                    self.happen(Event::Heard(from, message));
                }
                None => self.happen(Event::Tick),
            }
        }
        panic!("it never ends: {:?}", self.reports);
    }

    fn opened(&self) -> Ledger {
        let joined = Ledger::open(self.store.clone(), &document()).unwrap();
        assert_eq!(joined.tip(), self.ledger.tip());
        assert_eq!(joined.base().map(|base| base.height), Some(self.ledger.tip().height));
        joined
    }
}

#[test]
fn an_empty_node_joins_from_several_and_refuses_what_was_executed_before() {
    let mut world = World::new(&[Manner::Honest; 3]);
    world.run();
    let joined = world.opened();
    assert_eq!(world.asked.len(), 3, "all were asked for pieces: {:?}", world.asked);
    assert_eq!(world.reports.last().unwrap(), "joined at block 8");
    let block = world.ledger.block(Height(3)).unwrap().unwrap();
    let replayed = block.envelopes[0].clone();
    let refused = jobs::admit(&joined, replayed, joined.tip().time).unwrap_err();
    assert!(refused.to_string().contains("has been executed already"), "{refused}");
    assert_eq!(jobs::decided(&joined, Height(1)), Ok(PeerMessage::Decided(Vec::new())), "it has none to give");
}

#[test]
fn who_lies_is_asked_no_more_and_who_is_silent_is_passed_over() {
    for manner in [Manner::Alters, Manner::Confuses, Manner::Silent, Manner::Misleads, Manner::Bare] {
        for place in 0..3 {
            let mut manners = [Manner::Honest; 3];
            manners[place] = manner;
            let mut world = World::new(&manners);
            world.run();
            world.opened();
            let odd = peer(u8::try_from(place).unwrap() + 1);
            let blamed =
                world.reports.iter().any(|line| line.contains(&odd.to_string()) && line.contains("asked no more"));
            assert_eq!(blamed, manner == Manner::Alters, "{manner:?}: {:?}", world.reports);
            if manner == Manner::Alters {
                assert!(world.asked.get(&odd).is_none_or(|asked| *asked <= ASKED_AT_ONCE), "{:?}", world.asked);
            }
        }
    }
}

#[test]
fn a_node_that_is_stopped_goes_on_where_it_was() {
    let mut world = World::new(&[Manner::Honest; 2]);
    let mut lives = 0;
    while !world.ready {
        let answered = world.answered;
        while world.answered == answered && !world.ready {
            match world.queue.pop_front() {
                Some((from, message)) => {
                    world.answered += usize::from(matches!(message, PeerMessage::Part(..)));
                    world.happen(Event::Heard(from, message));
                }
                None => world.happen(Event::Tick),
            }
        }
        if !world.ready {
            assert_eq!(Ledger::open(world.store.clone(), &document()).err(), Some(OpenError::Joining));
            world.joining = Joining::new(world.store.clone(), &document(), GAP).unwrap();
            world.queue.clear();
            world.meet();
            lives += 1;
        }
    }
    world.opened();
    let parts = world.servers[&peer(1)].0.offer(Height(8)).unwrap().unwrap().keys.len();
    assert!(lives >= 2 && parts >= 3, "{lives} lives for {parts} parts");
    assert_eq!(world.answered, parts, "no part came twice");
}

#[test]
fn a_snapshot_that_nobody_has_any_more_gives_way_to_the_next() {
    let mut world = World::new(&[Manner::Honest; 2]);
    while world.answered < 1 {
        let (from, message) = world.queue.pop_front().unwrap();
        world.answered += usize::from(matches!(message, PeerMessage::Part(..)));
        world.happen(Event::Heard(from, message));
    }
    for _ in 0..crate::shelf::KEPT {
        commit(&world.ledger, &[]);
        for (shelf, _) in world.servers.values() {
            shelf.make(&world.ledger, &mut |_| ()).unwrap();
        }
    }
    // What was on its way is lost.
    world.queue.clear();
    world.run();
    world.opened();
    assert!(world.reports.iter().any(|line| line.contains("nobody has the snapshot that was begun")));
}

#[test]
fn near_peers_are_followed_by_blocks_and_so_are_those_without_a_snapshot() {
    let mut world = World::new(&[Manner::Bare; 3]);
    world.run();
    assert_eq!(world.reports.last().unwrap(), "no peer has a snapshot: following by blocks");
    assert_eq!(Ledger::open(world.store.clone(), &document()).unwrap().tip().height, Height(0));

    let mut joining = Joining::new(Arc::new(MemoryStore::new()), &document(), GAP).unwrap();
    let told = (1..=3).flat_map(|number| {
        let tip = PeerMessage::Tip(Height(GAP - 1));
        [Event::Joined(peer(number)), Event::Heard(peer(number), tip)]
    });
    let actions: Vec<_> = told.flat_map(|event| joining.handle(event).unwrap()).collect();
    assert!(matches!(actions.last(), Some(Action::Ready)), "{actions:?}");
}

#[test]
fn one_that_tells_of_a_tip_and_then_says_nothing_holds_nobody_up() {
    let mut world = World::new(&[Manner::Bare; 2]);
    world.servers.insert(peer(3), (Shelf::new(Memory::new()), Manner::Bare));
    world.happen(Event::Joined(peer(3)));
    world.happen(Event::Heard(peer(3), PeerMessage::Tip(Height(1 << 40))));
    for _ in 0..200 {
        world.queue.retain(|(from, _)| *from != peer(3));
        match world.queue.pop_front() {
            Some((from, message)) => world.happen(Event::Heard(from, message)),
            None => world.happen(Event::Tick),
        }
    }
    assert!(world.ready, "{:?}", world.reports);
}

#[test]
fn alone_it_begins_after_a_while() {
    let mut joining = Joining::new(Arc::new(MemoryStore::new()), &document(), GAP).unwrap();
    let mut ticks = 0;
    while joining.handle(Event::Tick).unwrap().is_empty() {
        ticks += 1;
    }
    assert_eq!(ticks + 1, ALONE_TICKS);
}
