//! Nodes that lost their disks take the snapshots that the others keep, by the same code as the daemon: `shelf` makes and serves
//! them on a disk of its own, `joining` takes them over the same bad network, and before its ledger is there no engine begins.
//!
//! It has chance of its own, so that seeds without snapshots are moved by nothing here.

use super::{Coming, World};
use crate::checks::same_in_all;
use crate::faults::{Plan, SECOND_US};
use crate::happenings::Happening;
use crate::random::Random;
use crate::town::BEGIN;
use bulla_ledger::Ledger;
use bulla_ledger::snapshot::TakingError;
use bulla_ledger::store::memory::FailedWrite;
use bulla_ledger::table::Table;
use bulla_node::disk::memory::Memory;
use bulla_node::engine;
use bulla_node::jobs::{self, NotAdmitted};
use bulla_node::joining::{Action, Event, Joining, Report, TICK_MS};
use bulla_node::shelf::Shelf;
use bulla_node::wire::PeerMessage;
use bulla_verify::admission::Stale;
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Envelope;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How many times of a hundred a process ends while it takes a snapshot, and how many pieces it takes at most until then.
const DIES_PERCENT: u64 = 75;
const DIES_WITHIN: u64 = 8;

/// How many times of a hundred the making of a snapshot breaks off.
const BREAKS_OFF_PERCENT: u64 = 10;

/// A node that joins: what a crash takes away.
pub(crate) struct Joiner {
    joining: Joining,
    /// After how many more pieces its process ends, if it does.
    dies_after: Option<u64>,
    /// Whether it goes on with what was begun in an earlier life.
    resumes: bool,
}

/// What joins are made of and judged by.
pub(super) struct Joins {
    random: Random,
    /// What all ledgers of a height with a snapshot have in common.
    made: BTreeMap<Height, Hash>,
    /// What clients have submitted lately.
    submitted: VecDeque<Envelope>,
}

impl Joins {
    pub(super) fn new(seed: u64) -> Joins {
        Joins { random: Random::new(seed ^ 0x1017_5eed), made: BTreeMap::new(), submitted: VecDeque::new() }
    }

    /// A client submits a transaction; some will do it again.
    pub(super) fn submitted(&mut self, plan: &Plan, envelope: &Envelope) {
        if plan.snapshots.is_some() {
            self.submitted.push_back(envelope.clone());
        }
    }

    pub(super) fn lose_power(&mut self, snapshots: &mut Memory) {
        snapshots.power_loss(&mut |bound| self.random.below(bound));
    }

    /// Those that have not expired.
    fn replayable(&mut self, now: Millis) -> impl Iterator<Item = &Envelope> {
        let long_gone = BEGIN.plus(now.since(BEGIN) - 60_000);
        self.submitted.retain(|envelope| envelope.body.expires_at > long_gone);
        self.submitted.iter().filter(move |envelope| envelope.body.expires_at > now)
    }
}

impl World {
    /// Where there are snapshots, a disk is lost when there are some.
    pub(super) fn schedule_lost_disk(&mut self) {
        if let Some((node, at_us)) = self.plan.loses_disk {
            self.at(at_us, Coming::LoseDisk { node: Some(node) });
        } else if self.plan.snapshots.is_some() {
            let at_us = self.joins.random.between(30 * SECOND_US, 80 * SECOND_US);
            self.at(at_us, Coming::LoseDisk { node: None });
        }
    }

    /// A disk is lost: of the node that the plan names, or of one that may be damaged, as soon as there is one.
    pub(super) fn lose_disk(&mut self, node: Option<usize>) {
        let Some(node) = node.or_else(|| self.victim().filter(|node| self.may_become_mute(*node))) else {
            if !self.healed {
                self.at(self.now_us + SECOND_US / 2, Coming::LoseDisk { node });
            }
            return;
        };
        self.end_life(node);
        self.wipe(node);
        self.come_back(node);
    }

    /// Whether a node has no ledger, and is to come to one before its engine begins.
    pub(super) fn is_to_join(&self, node: usize) -> bool {
        let is_empty = || !Ledger::is_in(&*self.nodes[node].store).expect("no fault strikes this row");
        self.plan.snapshots.is_some() && is_empty()
    }

    pub(super) fn begin_joining(&mut self, node: usize) {
        let Some(snapshots) = self.plan.snapshots else { return };
        let place = &mut self.nodes[node];
        let resumes = place.store.count(Table::Meta) > 0;
        let joining = Joining::new(place.store.clone(), &self.town.genesis, snapshots.gap);
        let joining = joining.expect("what was taken can be read again");
        let dies = !self.healed && self.joins.random.percent(DIES_PERCENT);
        let dies_after = dies.then(|| self.joins.random.below(DIES_WITHIN));
        place.joiner = Some(Joiner { joining, dies_after, resumes });
        place.life += 1;
        let life = place.life;
        self.story(|| format!("node {node} joins{}", if resumes { " where it was" } else { "" }));
        self.at(self.now_us, Coming::Tick { node, life });
        self.notice_links();
    }

    pub(super) fn tick_joining(&mut self, node: usize, life: u64) {
        if self.nodes[node].life == life && self.nodes[node].joiner.is_some() {
            let next_us = self.now_us + self.nodes[node].clock.wait_us(TICK_MS);
            self.at(next_us, Coming::Tick { node, life });
            self.join(node, Event::Tick);
        }
    }

    /// A peer of a node comes or goes.
    pub(super) fn meet(&mut self, node: usize, event: engine::Event) {
        match event {
            engine::Event::Joined(peer) if self.nodes[node].joiner.is_some() => self.join(node, Event::Joined(peer)),
            engine::Event::Left(peer) if self.nodes[node].joiner.is_some() => self.join(node, Event::Left(peer)),
            event => self.handle(node, event),
        }
    }

    /// A message has come. One who joins takes it; a question of one who joins is answered; all else is the engine's.
    pub(super) fn join_or_serve(&mut self, from: usize, to: usize, message: PeerMessage) -> Option<PeerMessage> {
        if self.nodes[to].joiner.is_some() {
            let peer = self.nodes[from].key;
            self.join(to, Event::Heard(peer, message));
            return None;
        }
        let Some(snapshots) = self.plan.snapshots else { return Some(message) };
        let shelf = Shelf::with_pieces_of(snapshots.piece_bytes, self.nodes[to].snapshots.clone());
        let Some(answer) = jobs::serve(&shelf, &message).expect("what is whole can be read") else {
            return Some(message);
        };
        let paused_us = self.nodes[to].ills.paused_until_us.saturating_sub(self.now_us);
        let read_us = self.joins.random.between(200, 5_000);
        self.send(to, from, paused_us + read_us, &Arc::new(answer));
        None
    }

    /// Gives a node that joins one event.
    fn join(&mut self, node: usize, event: Event) {
        if let Event::Heard(_, PeerMessage::Part(..) | PeerMessage::Tail(..)) = &event
            && !self.outlives_piece(node)
        {
            return;
        }
        let Some(joiner) = &mut self.nodes[node].joiner else { return };
        let actions = match joiner.joining.handle(event) {
            Ok(actions) => actions,
            // A write failed, as it was made to.
            Err(TakingError::Fault(_)) => return self.stop_joining(node),
            Err(error) => panic!("node {node} cannot join: {error}"),
        };
        for action in actions {
            match action {
                Action::Send(peer, message) => {
                    if let Some(to) = self.nodes.iter().position(|other| other.key == peer) {
                        self.send(node, to, 0, &message);
                    }
                }
                Action::Report(report) => self.note_joining(node, &report),
                Action::Ready => {
                    self.nodes[node].joiner = None;
                    // Its engine hears anew who is there; and where it does not begin, nobody is.
                    self.links.forget(node);
                    self.begin_life(node);
                    self.notice_links();
                }
            }
        }
    }

    /// Whether a node that joins goes on after one more piece. If not, its process ends here, or at the next write, which then
    /// is there or is not.
    fn outlives_piece(&mut self, node: usize) -> bool {
        let Some(joiner) = &mut self.nodes[node].joiner else { return false };
        match joiner.dies_after {
            None => return true,
            Some(0) => joiner.dies_after = None,
            Some(left) => {
                joiner.dies_after = Some(left - 1);
                return true;
            }
        }
        match self.joins.random.below(4) {
            0 => self.stop_joining(node),
            1 => self.lose_power(node),
            2 => self.nodes[node].store.fail_next_write(FailedWrite::Lost),
            _ => self.nodes[node].store.fail_next_write(FailedWrite::Written),
        }
        self.nodes[node].joiner.is_some()
    }

    fn stop_joining(&mut self, node: usize) {
        self.story(|| format!("node {node} ends while it joins"));
        self.end_life(node);
        self.nodes[node].crash();
        self.come_back(node);
    }

    fn note_joining(&mut self, node: usize, report: &Report) {
        self.story(|| format!("node {node}: {report}"));
        let Some(joiner) = &mut self.nodes[node].joiner else { return };
        match report {
            Report::Blamed(peer, why) => {
                let place = self.nodes.iter().position(|other| other.key == *peer);
                let sinned = place.is_some_and(|place| !self.sinners.is_honest(place));
                assert!(sinned, "node {node} blames an honest peer: {why}");
                self.sinners.tally.blamed += 1;
            }
            Report::Joined(_) if joiner.resumes => self.counts.count(Happening::JoiningResumed),
            Report::Abandoned(_) => joiner.resumes = false,
            Report::NotFar | Report::NoSnapshot | Report::Begun(_) | Report::Joined(_) => {}
        }
    }

    /// A node makes a snapshot of the block that it has committed, if it is time for one.
    pub(super) fn keep_snapshot(&mut self, node: usize, ledger: &Ledger) {
        let Some(snapshots) = self.plan.snapshots else { return };
        let height = self.checks.height_of(node);
        // What cannot be read is passed on to nobody.
        if !height.0.is_multiple_of(snapshots.every) || self.nodes[node].store.is_damaged() {
            return;
        }
        let place = &mut self.nodes[node];
        self.joins.made.entry(height).or_insert_with(|| same_in_all(&place.store));
        if self.joins.random.percent(BREAKS_OFF_PERCENT) {
            place.snapshots.halt_after(self.joins.random.below(20));
        }
        let shelf = Shelf::with_pieces_of(snapshots.piece_bytes, place.snapshots.clone());
        // The next is made all the same.
        let made = shelf.make(ledger, &mut |_| ());
        place.snapshots.crash();
        self.story(|| format!("node {node} keeps a snapshot: {made:?}"));
    }

    /// A ledger that begins with a snapshot is what the others had at its height, and refuses what was recorded before.
    pub(super) fn note_joined(&mut self, node: usize) {
        let Some(up) = &self.nodes[node].up else { return };
        let ledger = up.ledger.clone();
        let Some(base) = ledger.base().filter(|base| base.height > self.checks.height_of(node)) else { return };
        self.counts.count(Happening::JoinedBySnapshot);
        let (clock, tip_time) = (self.clock(node), ledger.tip().time);
        let checks = &self.checks;
        let recorded =
            |envelope: &&Envelope| checks.recorded_at(&envelope.body.id()).is_some_and(|at| at <= base.height);
        let mut refused = false;
        for envelope in self.joins.replayable(clock.max(tip_time)).filter(recorded) {
            let admitted = jobs::admit(&ledger, envelope.clone(), clock);
            let is_duplicate = matches!(admitted, Err(NotAdmitted::Stale(Stale::Duplicate { .. })));
            assert!(is_duplicate, "node {node} has joined, and a replay is not refused: {admitted:?}");
            refused = true;
        }
        if refused {
            self.counts.count(Happening::ReplayRefused);
        }
        let same = self.joins.made.get(&base.height).copied().expect("whoever serves a snapshot has made it");
        self.checks.joins(node, &ledger, &self.nodes[node].store, (&self.town.genesis, same));
    }
}
