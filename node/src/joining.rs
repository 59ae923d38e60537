//! Joining: how a node whose ledger is empty comes to one, before its engine begins. One value, `handle(event) -> actions`.
//!
//! It asks its peers for their tips. If none is far ahead, blocks are the way, and the engine knows that one. Else it asks for
//! their snapshots, takes the highest that is certified, and asks all who have it for its pieces, a few at a time each. Every
//! piece proves itself, so who sent it decides only who is asked no more: whoever sent a wrong one, and whoever three times
//! did not answer. What was taken is in the store, so a node that is stopped goes on where it was. If nobody has that snapshot
//! any more, the next one is taken from the beginning.
//!
//! It reads no clock: [`TICK_MS`] after each [`Event::Tick`] it is owed the next. It ends with [`Action::Ready`].

mod report;

pub use report::Report;

use crate::engine::Peer;
use crate::wire::PeerMessage;
use bulla_ledger::snapshot::{Offer, Taking, TakingError, Wanted};
use bulla_ledger::store::Store;
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a tick is, in milliseconds.
pub const TICK_MS: u64 = 100;

/// How many pieces each peer is asked for at once: while one is on its way, the next is being read.
const ASKED_AT_ONCE: usize = 2;

/// For how many ticks tips and offers are waited for, once the first has come.
const PATIENCE_TICKS: u32 = 10;

/// For how many ticks nobody is heard of before the engine begins without.
const ALONE_TICKS: u32 = 50;

/// How often offers are asked for, if nothing was begun, before blocks are followed instead.
const MAX_ROUNDS: u32 = 5;

/// After how many ticks a piece is asked of another peer: five seconds, for half a megabyte over a slow line.
const PIECE_TICKS: u32 = 50;

/// How often a peer may fail to answer.
const MAX_STRIKES: u32 = 3;

/// What can happen to a node that joins.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "an event is moved once")]
pub enum Event {
    /// A peer is there.
    Joined(Peer),
    /// A peer is gone.
    Left(Peer),
    /// A peer sent this.
    Heard(Peer, PeerMessage),
    /// [`TICK_MS`] have passed since the last.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send to one peer.
    Send(Peer, Arc<PeerMessage>),
    /// Tell the operator.
    Report(Report),
    /// The store is a ledger now, or is to become one from genesis: the engine may begin.
    Ready,
}

/// A node that joins.
pub struct Joining {
    store: Arc<dyn Store>,
    genesis: Genesis,
    /// How far ahead peers must be for a snapshot to be taken.
    gap: u64,
    /// Peers that are there, and what is known of each.
    peers: BTreeMap<Peer, Known>,
    /// Peers that sent what does not hold.
    liars: BTreeSet<Peer>,
    step: Step,
    ticks: u32,
    /// How often offers were asked for.
    rounds: u32,
}

/// What is known of a peer.
#[derive(Default)]
struct Known {
    tip: Option<Height>,
    /// What it answered when it was asked for its snapshot.
    offer: Option<Option<Box<Offer>>>,
    strikes: u32,
}

enum Step {
    /// Waiting for tips.
    Asking,
    /// Waiting for offers. A snapshot that was begun before may be at hand.
    Choosing(Option<Box<Taking>>),
    /// Pieces are coming: of whom each was asked, and for how many ticks.
    Taking(Box<Taking>, BTreeMap<Wanted, (Peer, u32)>),
    Done,
}

impl Joining {
    /// A node that joins with an empty store, or with one in which a snapshot was begun. `gap` is how many heights peers must
    /// be ahead of it for a snapshot to be taken.
    pub fn new(store: Arc<dyn Store>, genesis: &Genesis, gap: u64) -> Result<Joining, TakingError> {
        let step = match Taking::resume(store.clone(), genesis)? {
            Some(taking) => Step::Choosing(Some(Box::new(taking))),
            None => Step::Asking,
        };
        let genesis = genesis.clone();
        Ok(Joining { store, genesis, gap, peers: BTreeMap::new(), liars: BTreeSet::new(), step, ticks: 0, rounds: 0 })
    }

    /// How many parts were taken, and of how many that are known of.
    pub fn progress(&self) -> Option<(Height, usize, usize)> {
        match &self.step {
            Step::Taking(taking, _) => Some((taking.offer().height(), taking.taken(), taking.offer().keys.len())),
            Step::Asking | Step::Choosing(_) | Step::Done => None,
        }
    }

    /// Takes one event in and tells what is to be done. An error is a fault of the store: nothing more can be done.
    pub fn handle(&mut self, event: Event) -> Result<Vec<Action>, TakingError> {
        let mut out = Vec::new();
        match event {
            Event::Joined(peer) => {
                self.peers.entry(peer).or_default();
                // On the first day of a network all are empty, and nobody is to wait for the others.
                out.push(Action::Send(peer, Arc::new(PeerMessage::Tip(Height(0)))));
                if matches!(self.step, Step::Choosing(_)) {
                    ask_for_offer(peer, &mut out);
                }
            }
            Event::Left(peer) => self.lost(&peer),
            Event::Heard(peer, message) => self.heard(peer, message, &mut out)?,
            Event::Tick => self.tick(),
        }
        self.advance(&mut out)?;
        Ok(out)
    }

    fn heard(&mut self, peer: Peer, message: PeerMessage, out: &mut Vec<Action>) -> Result<(), TakingError> {
        match message {
            PeerMessage::Tip(height) => {
                let known = self.peers.entry(peer).or_default();
                known.tip = known.tip.max(Some(height));
            }
            PeerMessage::Offer(offer) => {
                let is_sound = offer.as_ref().is_none_or(|offer| offer.check(&self.genesis).is_ok());
                if !is_sound {
                    self.blame(peer, "its snapshot is not certified", out);
                }
                self.peers.entry(peer).or_default().offer = Some(offer.filter(|_| is_sound));
            }
            PeerMessage::Part(height, key, part) => {
                let wanted = Wanted::Part(key);
                if self.answers(&peer, height, wanted) {
                    let Step::Taking(taking, _) = &mut self.step else { return Ok(()) };
                    match part.map(|part| taking.take_part(&key, &part)).transpose() {
                        Ok(Some(true)) => {}
                        // Another has the same, or it does not lead on.
                        Ok(Some(false)) => self.strike(peer),
                        Ok(None) => self.has_none(&peer),
                        Err(refused) => self.refuse(peer, refused, out)?,
                    }
                }
            }
            PeerMessage::Tail(height, from, blocks) => {
                if self.answers(&peer, height, Wanted::Tail(from)) {
                    let Step::Taking(taking, _) = &mut self.step else { return Ok(()) };
                    if blocks.is_empty() {
                        self.has_none(&peer);
                    } else if let Err(refused) = taking.take_tail(&blocks) {
                        self.refuse(peer, refused, out)?;
                    }
                }
            }
            // The engine will ask for these again.
            PeerMessage::Transaction(_)
            | PeerMessage::Consensus(_)
            | PeerMessage::Proposal(..)
            | PeerMessage::WantBlock { .. }
            | PeerMessage::Names(_)
            | PeerMessage::Bodies(..)
            | PeerMessage::WantDecided(_)
            | PeerMessage::Decided(_)
            | PeerMessage::WantOffer
            | PeerMessage::WantPart(..)
            | PeerMessage::WantTail(..) => {}
        }
        Ok(())
    }

    /// Whether this peer was asked for this piece of the snapshot that is being taken; if so, it is no longer.
    fn answers(&mut self, peer: &Peer, height: Height, wanted: Wanted) -> bool {
        let Step::Taking(taking, asked) = &mut self.step else { return false };
        let is_asked = asked.get(&wanted).is_some_and(|(of, _)| of == peer) && taking.offer().height() == height;
        is_asked && asked.remove(&wanted).is_some()
    }

    fn tick(&mut self) {
        self.ticks = self.ticks.saturating_add(1);
        let Step::Taking(_, asked) = &mut self.step else { return };
        asked.values_mut().for_each(|(_, ticks)| *ticks = ticks.saturating_add(1));
        let late: Vec<_> = asked.extract_if(.., |_, (_, ticks)| *ticks > PIECE_TICKS).collect();
        for (_, (peer, _)) in late {
            self.strike(peer);
        }
    }

    fn strike(&mut self, peer: Peer) {
        let strikes = self.peers.get_mut(&peer).map_or(0, |known| {
            known.strikes = known.strikes.saturating_add(1);
            known.strikes
        });
        if strikes >= MAX_STRIKES {
            self.has_none(&peer);
        }
    }

    /// The peer no longer has the snapshot, or does not give it.
    fn has_none(&mut self, peer: &Peer) {
        if let Some(known) = self.peers.get_mut(peer) {
            (known.offer, known.strikes) = (Some(None), 0);
        }
        self.forget_asked(peer);
    }

    fn lost(&mut self, peer: &Peer) {
        self.peers.remove(peer);
        self.forget_asked(peer);
    }

    fn forget_asked(&mut self, peer: &Peer) {
        if let Step::Taking(_, asked) = &mut self.step {
            asked.retain(|_, (of, _)| of != peer);
        }
    }

    fn refuse(&mut self, peer: Peer, refused: TakingError, out: &mut Vec<Action>) -> Result<(), TakingError> {
        match refused {
            TakingError::Part(_) | TakingError::Tail(_) | TakingError::Offer(_) => {
                self.blame(peer, &refused.to_string(), out);
                Ok(())
            }
            TakingError::NotEmpty | TakingError::Incomplete | TakingError::Fault(_) => Err(refused),
        }
    }

    fn blame(&mut self, peer: Peer, reason: &str, out: &mut Vec<Action>) {
        out.push(Action::Report(Report::Blamed(peer, reason.to_owned())));
        self.liars.insert(peer);
        self.has_none(&peer);
    }

    /// Takes the next step that can be taken.
    fn advance(&mut self, out: &mut Vec<Action>) -> Result<(), TakingError> {
        match &mut self.step {
            Step::Asking => self.decide(out),
            Step::Choosing(_) => self.choose(out)?,
            Step::Taking(..) | Step::Done => {}
        }
        if let Step::Taking(taking, asked) = &mut self.step {
            let asked_of: Vec<Peer> = servers(&self.peers, &self.liars, taking.offer());
            if asked_of.is_empty() {
                self.begin_choosing(out);
                return Ok(());
            }
            ask(taking, asked, &asked_of, out);
            if asked.is_empty() && taking.wanted(1).is_empty() {
                self.finish(out)?;
            }
        }
        Ok(())
    }

    /// Whether to take a snapshot, once enough tips are known.
    fn decide(&mut self, out: &mut Vec<Action>) {
        let tips: Vec<Height> = self.peers.values().filter_map(|known| known.tip).collect();
        let others = self.genesis.validators.count().saturating_sub(1);
        let is_patient = match tips.len() {
            0 => self.ticks < ALONE_TICKS && others > 0,
            told => told < others && self.ticks < PATIENCE_TICKS,
        };
        if tips.iter().any(|tip| tip.0 >= self.gap) {
            self.step = Step::Choosing(None);
            self.begin_choosing(out);
        } else if !is_patient {
            out.push(Action::Report(Report::NotFar));
            self.ready(out);
        }
    }

    /// Asks everyone for the last snapshot.
    fn begin_choosing(&mut self, out: &mut Vec<Action>) {
        let before = std::mem::replace(&mut self.step, Step::Done);
        self.step = Step::Choosing(match before {
            Step::Taking(taking, _) => Some(taking),
            Step::Choosing(begun) => begun,
            Step::Asking | Step::Done => None,
        });
        self.ticks = 0;
        self.rounds = self.rounds.saturating_add(1);
        for (peer, known) in &mut self.peers {
            known.offer = None;
            ask_for_offer(*peer, out);
        }
    }

    /// Takes the highest snapshot that is offered; what was begun goes on, if somebody has it.
    fn choose(&mut self, out: &mut Vec<Action>) -> Result<(), TakingError> {
        let Step::Choosing(begun) = &mut self.step else { return Ok(()) };
        if let Some(taking) = begun.take_if(|taking| !servers(&self.peers, &self.liars, taking.offer()).is_empty()) {
            self.step = Step::Taking(taking, BTreeMap::new());
            return Ok(());
        }
        let asked: Vec<_> = self.peers.iter().filter(|(peer, _)| !self.liars.contains(peer)).collect();
        let all_answered = !asked.is_empty() && asked.iter().all(|(_, known)| known.offer.is_some());
        if !all_answered && self.ticks < PATIENCE_TICKS {
            return Ok(());
        }
        let offers = asked.iter().filter_map(|(_, known)| known.offer.as_ref()?.as_deref());
        match offers.max_by_key(|offer| offer.height()).cloned() {
            Some(offer) => {
                if let Some(taking) = begun.take() {
                    out.push(Action::Report(Report::Abandoned(taking.offer().height())));
                    Taking::abandon(&*self.store)?;
                }
                out.push(Action::Report(Report::Begun(offer.height())));
                let taking = Taking::begin(self.store.clone(), &self.genesis, offer)?;
                self.step = Step::Taking(Box::new(taking), BTreeMap::new());
                self.rounds = 0;
            }
            None if begun.is_none() && (all_answered || self.rounds >= MAX_ROUNDS) => {
                out.push(Action::Report(Report::NoSnapshot));
                self.ready(out);
            }
            // Somebody will come.
            None => self.begin_choosing(out),
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<Action>) -> Result<(), TakingError> {
        if let Step::Taking(taking, _) = std::mem::replace(&mut self.step, Step::Done) {
            let height = taking.offer().height();
            taking.finish()?;
            out.push(Action::Report(Report::Joined(height)));
            out.push(Action::Ready);
        }
        Ok(())
    }

    fn ready(&mut self, out: &mut Vec<Action>) {
        self.step = Step::Done;
        out.push(Action::Ready);
    }
}

fn ask_for_offer(peer: Peer, out: &mut Vec<Action>) {
    out.push(Action::Send(peer, Arc::new(PeerMessage::WantOffer)));
}

/// Who has a snapshot, as far as they say.
fn servers(peers: &BTreeMap<Peer, Known>, liars: &BTreeSet<Peer>, offer: &Offer) -> Vec<Peer> {
    let value = offer.header.hash();
    let has =
        |known: &Known| known.offer.as_ref().and_then(Option::as_ref).is_some_and(|one| one.header.hash() == value);
    peers.iter().filter(|(peer, known)| has(known) && !liars.contains(peer)).map(|(peer, _)| *peer).collect()
}

/// Asks for what is wanted and was not asked for yet: always of whom the least is awaited.
fn ask(taking: &Taking, asked: &mut BTreeMap<Wanted, (Peer, u32)>, servers: &[Peer], out: &mut Vec<Action>) {
    let height = taking.offer().height();
    let most = servers.len().saturating_mul(ASKED_AT_ONCE);
    for wanted in taking.wanted(most) {
        if asked.contains_key(&wanted) {
            continue;
        }
        let awaited = |peer: &Peer| asked.values().filter(|(of, _)| of == peer).count();
        let Some(peer) = servers.iter().min_by_key(|peer| awaited(peer)).copied() else { return };
        if awaited(&peer) >= ASKED_AT_ONCE {
            return;
        }
        asked.insert(wanted, (peer, 0));
        let message = match wanted {
            Wanted::Part(key) => PeerMessage::WantPart(height, key),
            Wanted::Tail(from) => PeerMessage::WantTail(height, from),
        };
        out.push(Action::Send(peer, Arc::new(message)));
    }
}

#[cfg(test)]
mod tests;
