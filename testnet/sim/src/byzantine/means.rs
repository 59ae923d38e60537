//! What a sinner works with: its key, its ledger and pool, a client who is in league with it, and chance.

use super::Tally;
use crate::random::Random;
use crate::town::Town;
use bulla_consensus::Message;
use bulla_ledger::block::Leaf;
use bulla_ledger::execute::{Caps, ExecutedBlock, build};
use bulla_ledger::{Ledger, Transaction};
use bulla_node::engine::pool::Pool;
use bulla_node::wire::{Names, PIECE_BYTES, PeerMessage};
use bulla_verify::chain::HeaderHash;
use bulla_verify::header::Header;
use bulla_verify::keys::SigningKey;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Envelope;
use bulla_verify::vote::{Heard, Proposal, SignedProposal, Vote};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What all sinners of a run know of one another.
#[derive(Debug, Default)]
pub(crate) struct Conspiracy {
    /// The blocks that they have made, with their bodies.
    crafted: BTreeMap<HeaderHash, (Names, Vec<Envelope>)>,
    /// Their places.
    pub(crate) sinners: BTreeSet<usize>,
    /// Pairs of blocks: what is shown to themselves and to honest nodes of even places, and to those of odd.
    pub(crate) twins: Vec<[HeaderHash; 2]>,
}

/// What one sinner has at hand while it speaks.
pub(crate) struct Means<'a> {
    /// Its place in the set.
    pub(crate) place: usize,
    /// Of how many.
    pub(crate) nodes: usize,
    pub(crate) town: &'a Town,
    pub(crate) ledger: &'a Ledger,
    pub(crate) pool: &'a Pool,
    pub(crate) random: &'a mut Random,
    /// What its clock shows.
    pub(crate) now: Millis,
    pub(crate) conspiracy: &'a mut Conspiracy,
    pub(crate) tally: &'a mut Tally,
}

impl Conspiracy {
    pub(crate) fn of(sinners: impl Iterator<Item = usize>) -> Conspiracy {
        Conspiracy { sinners: sinners.collect(), ..Conspiracy::default() }
    }

    /// Whether a block is of their making.
    pub(crate) fn made(&self, value: &HeaderHash) -> bool {
        self.crafted.contains_key(value)
    }

    /// What a sinner answers to one who asks for such a block.
    pub(crate) fn serve(&self, value: &HeaderHash, message: &PeerMessage) -> Vec<PeerMessage> {
        let (Some((names, bodies)), PeerMessage::WantBlock { names: wanted, missing, .. }) =
            (self.crafted.get(value), message)
        else {
            return Vec::new();
        };
        let (mut answers, mut bytes) = (Vec::new(), 0);
        if *wanted {
            answers.push(PeerMessage::Names(names.clone()));
        }
        let missing = bodies.iter().filter(|body| missing.is_empty() || missing.contains(&body.hash()));
        let fits = |body: &&Envelope| {
            bytes += bulla_verify::canonical::encode(*body).len();
            bytes <= PIECE_BYTES
        };
        let bodies: Vec<_> = missing.take_while(fits).cloned().collect();
        answers.push(PeerMessage::Bodies(*value, bodies));
        answers
    }
}

impl Means<'_> {
    pub(crate) fn key(&self) -> &SigningKey {
        &self.town.validators[self.place]
    }

    /// The vote in a message, if it is the sinner's own.
    pub(crate) fn own_vote<'m>(&self, message: &'m PeerMessage) -> Option<&'m Vote> {
        match message {
            PeerMessage::Consensus(Message::Vote(said)) => {
                Some(&said.statement).filter(|vote| vote.voter == self.key().public())
            }
            _ => None,
        }
    }

    /// The proposal of a new block in a message, with the block's names, if it is the sinner's own.
    pub(crate) fn own_proposal<'m>(&self, message: &'m PeerMessage) -> Option<(&'m Proposal, &'m Names)> {
        match message {
            PeerMessage::Proposal(SignedProposal { statement, .. }, names) => {
                let own = statement.proposer == self.key().public() && statement.valid_round.is_none();
                own.then_some((statement, names))
            }
            _ => None,
        }
    }

    /// A vote of the sinner, signed.
    pub(crate) fn vote(&mut self, vote: Vote) -> Arc<PeerMessage> {
        self.tally.sins += 1;
        Arc::new(PeerMessage::Consensus(Message::Vote(Heard::own(vote, self.key()).into_said())))
    }

    /// A proposal of the sinner, signed.
    pub(crate) fn proposal(&mut self, proposal: Proposal, names: Names) -> Arc<PeerMessage> {
        self.tally.sins += 1;
        Arc::new(PeerMessage::Proposal(Heard::own(proposal, self.key()).into_said(), names))
    }

    /// Makes a block known to all sinners, so that whoever asks for it is answered.
    pub(crate) fn make(&mut self, header: Header, leaves: Vec<Leaf>, bodies: &[Transaction]) -> Names {
        let names = Names { header, leaves };
        let bodies = bodies.iter().map(|body| body.envelope().clone()).collect();
        self.conspiracy.crafted.insert(header.hash(), (names.clone(), bodies));
        names
    }

    /// The bodies of a block of its own, if its pool still has them.
    pub(crate) fn bodies(&self, names: &Names) -> Option<Vec<Transaction>> {
        names.envelopes().map(|hash| self.pool.find(&hash).cloned()).collect()
    }

    /// A block that the ledger builds of these transactions at this time.
    pub(crate) fn build(&self, transactions: &[Transaction], time: Millis) -> Option<Arc<ExecutedBlock>> {
        let (parent, own) = (self.ledger.parent(), self.key().public());
        let caps = Caps::of(&parent.tip().parameters);
        build(&parent, transactions, own, time, caps).ok().map(|built| built.executed)
    }

    /// A transaction of so many licences that a client signs for the sinner.
    pub(crate) fn mint(&mut self, licences: u64, expires_at: Millis) -> Transaction {
        let envelope = self.town.mint(licences, self.now, expires_at, self.random);
        Arc::new(envelope.check(self.town.chain).expect("the town signs what is well formed"))
    }
}
