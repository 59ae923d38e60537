//! Where sinners meet the world: what they say instead of what their engines say, and what is said of them.

use super::World;
use crate::byzantine::Means;
use bulla_consensus::Equivocation;
use bulla_ledger::execute::Invalid;
use bulla_node::engine::Halt;
use bulla_node::wal::guard::Position;
use bulla_node::wire::PeerMessage;
use bulla_verify::chain::{HeaderHash, Height};
use bulla_verify::decision::Decided;
use bulla_verify::genesis::Genesis;
use bulla_verify::handover::Handover;
use bulla_verify::keys::PublicKey;
use std::sync::Arc;

/// How far above its own height an honest validator holds votes and proposals.
const HELD_AHEAD: u64 = bulla_consensus::HEIGHTS_AHEAD;

/// When sins begin, in microseconds: before that there is nothing on the chain to sin with.
const SINS_FROM_US: u64 = 2_500_000;

/// Two decided blocks of one height, and who made them possible.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The beginning of the chain: all that a stranger holds.
    pub genesis: Genesis,
    /// What two validators have committed.
    pub decided: [Decided; 2],
    /// Who has really sinned.
    pub sinners: Vec<PublicKey>,
}

impl World {
    /// Runs until more than f sinners have brought two honest validators to commit different blocks at one height; none if the
    /// time is over before. Honest validators may then contradict one another, and all else is checked.
    pub fn fork(mut self) -> Option<Fork> {
        assert!(self.sinners.count() > self.plan.f(), "f and fewer cannot fork a chain");
        self.checks.expect_fork();
        self.begin();
        while self.checks.fork().is_none() && self.goes_on() {}
        let genesis = self.town.genesis.clone();
        let validators = &genesis.validators;
        let decided = self.checks.fork()?.map(|(header, certificate)| {
            let block = Handover { header, certificate, validators: validators.clone(), recovery: None };
            Decided { handovers: Vec::new(), block }
        });
        let sinners = (0..self.plan.nodes).filter(|node| !self.sinners.is_honest(*node));
        let sinners = sinners.map(|node| self.nodes[node].key).collect();
        Some(Fork { genesis, decided, sinners })
    }

    /// A node's engine sends something: as it is from an honest node, as the sin has it from a sinner.
    pub(super) fn send(&mut self, from: usize, to: usize, after_us: u64, message: &Arc<PeerMessage>) {
        let now = self.clock(from);
        let sin = if self.now_us < SINS_FROM_US { None } else { self.sinners.take(from) };
        let Some(mut sin) = sin else {
            let own = self.nodes[from].key;
            self.checks.says(from, &own, message);
            return self.transmit(from, to, after_us, message);
        };
        let said = match &self.nodes[from].up {
            None => vec![message.clone()],
            Some(up) => {
                let mut means = Means {
                    place: from,
                    nodes: self.plan.nodes,
                    town: &self.town,
                    ledger: &up.ledger,
                    pool: up.engine.pool(),
                    now,
                    random: &mut self.random,
                    conspiracy: &mut self.sinners.conspiracy,
                    tally: &mut self.sinners.tally,
                };
                sin.says(&mut means, to, message)
            }
        };
        self.sinners.put_back(from, sin);
        for message in said {
            self.checks.hears(&message);
            self.transmit(from, to, after_us, &message);
        }
    }

    /// A message has come to a node: a sinner takes it in first, and serves the blocks that it made.
    pub(super) fn overhear(&mut self, from: usize, to: usize, message: &PeerMessage) {
        if self.sinners.is_honest(to) {
            let tip = self.checks.height_of(to);
            let last = Height(tip.0 + 1 + HELD_AHEAD);
            let beyond = matches!(message, PeerMessage::Consensus(said) if said.height().is_some_and(|at| at > last));
            if !self.sinners.is_honest(from) && beyond {
                self.sinners.tally.beyond_bounds += 1;
            }
            return;
        }
        self.sinners.hears(to, message);
        if let PeerMessage::WantBlock { value, .. } = message {
            for answer in self.sinners.conspiracy.serve(value, message) {
                self.transmit(to, from, 0, &Arc::new(answer));
            }
        }
    }

    /// A node's ledger refuses a block: of a sinner's making, or a promise is broken.
    pub(super) fn refused(&mut self, node: usize, value: HeaderHash, invalid: Invalid) {
        assert!(self.sinners.conspiracy.made(&value), "an honest block {value} is refused: {invalid}");
        if self.sinners.is_honest(node) {
            self.sinners.tally.refused.push(invalid);
        }
    }

    /// A node's engine refuses to go on. A sinner's may: from others it hears what it said beside its engine, and its log then
    /// contradicts itself.
    pub(super) fn halted(&mut self, node: usize, halt: &Halt) {
        assert!(!self.sinners.is_honest(node), "node {node} halts: {halt}");
        self.nodes[node].ills.left = true;
        self.end_life(node);
    }

    /// A node's engine hears a word of its key that it did not say: a sinner's, that was said beside it.
    pub(super) fn copied(&mut self, node: usize, at: Position) {
        assert!(!self.sinners.is_honest(node), "node {node} does not know its own word: {at}");
        self.sinners.tally.copied += 1;
    }

    /// Whom the chain has marked as offenders: sinners and nobody else.
    pub(super) fn marked(&mut self) {
        let Some(up) = &self.nodes[0].up else { return };
        for offender in up.ledger.tip().offenders {
            let place = self.nodes.iter().position(|node| node.key == offender.key);
            let place = place.filter(|place| !self.sinners.is_honest(*place)).expect("whoever is marked has sinned");
            let reported = self.sinners.reported.get(&place).expect("whoever is marked was reported");
            // The height that reports it is decided; the mark acts from the height after the one that holds it.
            self.sinners.tally.marked.insert(place, offender.from.0 - 1 - reported.0);
        }
    }

    /// A node reports two messages that contradict each other: a sinner's, or a promise is broken.
    pub(super) fn accused(&mut self, node: usize, pair: &Equivocation) {
        let culprit = match pair {
            Equivocation::Votes(vote, _) => vote.statement.voter,
            Equivocation::Proposals(proposal, _) => proposal.statement.proposer,
        };
        let place = self.nodes.iter().position(|node| node.key == culprit);
        let place = place.filter(|place| !self.sinners.is_honest(*place));
        let place = place.unwrap_or_else(|| panic!("an honest validator equivocated: {pair:?}"));
        let height = self.checks.height_of(node).next();
        self.sinners.reported.entry(place).or_insert(height);
        if self.sinners.is_honest(node) {
            self.sinners.tally.equivocations += 1;
        }
    }
}
