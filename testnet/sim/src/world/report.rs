//! What a run came to; and what is counted on the way.

use super::{Coming, World};
use crate::byzantine::Tally as Sins;
use crate::faults::SECOND_US;
use crate::happenings::{Counts, Happening};
use crate::town::BEGIN;
use bulla_ledger::Ledger;
use bulla_node::engine::{DecidedBlock, Event};
use bulla_node::jobs;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::transaction::Envelope;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// A hash over everything that happened, in order.
    pub digest: String,
    /// The height that all healed nodes have reached.
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
    /// How many heights were decided in the second phase, and how long after its beginning the first, in microseconds.
    pub healed: (u64, u64),
    /// What came of the sins of the run.
    pub sins: Sins,
    /// How often everything happened.
    pub counts: Counts,
}

impl World {
    /// A client submits to some node as many transactions as come together.
    pub(super) fn submit(&mut self) {
        let every_us = self.plan.submit_every_us * self.plan.together;
        let after_us = self.random.between(1, 2 * every_us);
        if self.now_us + after_us < self.end_us() - 3 * SECOND_US {
            self.at(self.now_us + after_us, Coming::Submit);
        }
        let now = BEGIN.plus(i64::try_from(self.now_us / 1_000).expect("runs are short"));
        let envelopes: Vec<_> = (0..self.plan.together).map(|_| self.town.next(now, &mut self.random)).collect();
        self.submit_to_some(envelopes);
    }

    /// The validators let one of them go, unless that was done; they ask again until it is.
    pub(super) fn let_one_leave(&mut self) {
        let place = self.plan.nodes - 1;
        let tips = self.nodes.iter().filter_map(|node| Some(node.up.as_ref()?.ledger.tip()));
        let Some(tip) = tips.max_by_key(|tip| tip.height) else {
            return self.at(self.now_us + SECOND_US, Coming::Leave);
        };
        let key = self.nodes[place].key;
        if tip.validators.find(&key).is_some() && !self.healed {
            let now = BEGIN.plus(i64::try_from(self.now_us / 1_000).expect("runs are short"));
            let envelope = self.town.leave(&tip.validators, key, now, &mut self.random);
            self.submit_to_some(vec![envelope]);
            self.at(self.now_us + 5 * SECOND_US, Coming::Leave);
        }
    }

    fn submit_to_some(&mut self, envelopes: Vec<Envelope>) {
        let node = self.random.place(self.plan.nodes);
        envelopes.into_iter().for_each(|envelope| self.submit_to(node, envelope));
    }

    fn submit_to(&mut self, node: usize, envelope: Envelope) {
        let clock = self.clock(node);
        let Some(up) = &self.nodes[node].up else { return };
        let Ok(transaction) = jobs::admit(&up.ledger, envelope, clock) else { return };
        self.queued += 1;
        let ticket = self.queued;
        self.clients.submit(ticket, transaction.id());
        self.joins.submitted(&self.plan, transaction.envelope());
        self.handle(node, Event::Submitted(ticket, transaction));
    }

    /// Counts what an event says about the run.
    pub(super) fn note(&mut self, node: usize, event: &Event) {
        match event {
            Event::Committed(block, _) => {
                for _ in 0..self.clients.committed(node, block) {
                    self.counts.count(Happening::Acknowledged);
                }
            }
            Event::Decided(_, blocks) => self.checks.offered(node, blocks.iter().map(certificate)),
            Event::Submitted(..)
            | Event::Shared(_)
            | Event::Heard(..)
            | Event::Bodies(..)
            | Event::Joined(_)
            | Event::Left(_)
            | Event::Due(_)
            | Event::Built(..)
            | Event::Executed(..) => {}
        }
    }

    pub(super) fn note_caught_up(&mut self, node: usize, certificate: &Certificate) {
        if self.checks.was_offered(node, certificate) {
            self.counts.count(Happening::CaughtUp);
        }
    }

    fn end_us(&self) -> u64 {
        self.plan.faulty_us + self.plan.healed_us
    }

    /// Whether a node is one of those that have to decide at the end.
    fn is_to_decide(&self, node: usize) -> bool {
        !self.nodes[node].ills.left && self.sinners.is_honest(node)
    }

    /// What a store holds is what was committed: its state is the one that the last header names.
    fn has_stored(&self, node: usize, ledger: &Ledger) {
        let stored = Ledger::open(self.nodes[node].store.clone(), &self.town.genesis);
        let stored = stored.expect("the store holds what was committed");
        assert_eq!(stored.tip(), ledger.tip(), "the store of node {node} holds another height than its ledger");
    }

    pub(super) fn report(mut self) -> Report {
        self.marked();
        let healed: Vec<usize> = (0..self.plan.nodes).filter(|node| self.is_to_decide(*node)).collect();
        let ledgers: Vec<(usize, Ledger)> = healed
            .iter()
            .map(|node| (*node, self.nodes[*node].up.as_ref().expect("all are up at the end").ledger.clone()))
            .collect();
        ledgers.iter().for_each(|(node, ledger)| self.has_stored(*node, ledger));
        let healed = self.checks.progress(&ledgers, &self.plan, &self.clients);
        let height = ledgers.iter().map(|(_, ledger)| ledger.tip().height).min().expect("there are nodes");
        let found = |id: &&TxId| self.checks.includes(id);
        let counts = &mut self.counts;
        for _ in 0..self.checks.locks_recovered() {
            counts.count(Happening::LockRecovered);
        }
        for _ in 0..self.checks.set_changes() {
            counts.count(Happening::SetChanged);
        }
        let crashes = [Happening::CrashInWrite, Happening::CrashInEffects, Happening::PowerLoss];
        Report {
            digest: self.digest.finish(),
            height,
            crashes: crashes.iter().map(|what| counts.of(*what)).sum(),
            failed_rounds: counts.of(Happening::FailedRound),
            accepted: self.clients.accepted.len(),
            included: self.clients.accepted.keys().filter(found).count(),
            doubted: counts.of(Happening::Doubted),
            healed,
            sins: self.sinners.tally,
            counts: self.counts,
        }
    }
}

fn certificate(block: &DecidedBlock) -> &Certificate {
    &block.certificate
}
