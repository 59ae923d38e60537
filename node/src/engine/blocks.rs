//! The blocks of the height being decided: named by a proposal, gathered body by body, executed, judged.
//!
//! Only blocks that a signed proposal, a quorum or a decision names are gathered, so their number is bounded by rounds and
//! validators. Names and bodies carry their own proof: whoever brings them need not be trusted.

use crate::engine::Peer;
use crate::wire::{Names, PIECE_BYTES};
use bulla_consensus::Judgement;
use bulla_ledger::Transaction;
use bulla_ledger::execute::{ExecutedBlock, Invalid};
use bulla_verify::chain::{EnvelopeHash, HeaderHash, Height};
use bulla_verify::keys::PublicKey;
use bulla_verify::planted::{self, Bug};
use bulla_verify::transaction::Envelope;
use bulla_verify::validators::ValidatorSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most blocks of one height that are gathered at once; a new one takes the place of the oldest that nobody needs.
pub(super) const MAX_BLOCKS: usize = 16;

/// The blocks of one height.
pub(super) struct Blocks {
    height: Height,
    by_value: BTreeMap<HeaderHash, Gathered>,
    /// The names that came with each validator's last proposal, of this height or the next.
    offers: BTreeMap<PublicKey, Names>,
    arrivals: u64,
}

/// One block, as far as it is known.
pub(super) struct Gathered {
    pub(super) names: Option<Names>,
    bodies: BTreeMap<EnvelopeHash, Transaction>,
    pub(super) verdict: Verdict,
    /// The proposals that wait for its judgement.
    pub(super) asked: Vec<Judgement>,
    /// Whether a proposal came with it that proposes it for the first time.
    pub(super) fresh: bool,
    /// Whether its time was compared with this machine's clock.
    pub(super) timed: bool,
    /// Whether its time was found out of bounds then.
    pub(super) doubted: bool,
    /// Whether a quorum voted for it, so that a doubt about its time is over.
    pub(super) quorum: bool,
    /// Whether it stands in the log with its bodies.
    pub(super) logged: bool,
    /// How often it was asked for.
    tries: usize,
    arrival: u64,
}

/// What executing a block gave.
pub(super) enum Verdict {
    /// Not executed yet.
    Unknown,
    /// Being executed.
    Running,
    /// The header is right.
    Valid(Arc<ExecutedBlock>),
    /// It is not.
    Invalid(Invalid),
}

impl Blocks {
    pub(super) fn new(height: Height) -> Self {
        Blocks { height, by_value: BTreeMap::new(), offers: BTreeMap::new(), arrivals: 0 }
    }

    /// How many blocks are gathered.
    pub(super) fn count(&self) -> usize {
        self.by_value.len()
    }

    /// How many names wait for their proposal.
    pub(super) fn offers(&self) -> usize {
        self.offers.len()
    }

    /// Goes on to a height; offers for it are kept.
    pub(super) fn begin(&mut self, height: Height) {
        self.height = height;
        self.by_value.clear();
        self.offers.retain(|_, names| names.header.height() >= height);
    }

    /// Keeps the names that came with a proposal until the proposal is asked about; one a validator.
    pub(super) fn offer(&mut self, proposer: PublicKey, names: Names, validators: &ValidatorSet) {
        let near = names.header.height() >= self.height && names.header.height() <= self.height.next();
        if near && validators.find(&proposer).is_some() {
            self.offers.insert(proposer, names);
        }
    }

    /// The block of a value, from now on gathered.
    pub(super) fn want(&mut self, value: HeaderHash) -> &mut Gathered {
        if !self.by_value.contains_key(&value) && self.by_value.len() >= MAX_BLOCKS {
            let spare = self.by_value.iter().filter(|(_, block)| !block.quorum).min_by_key(|(_, block)| block.arrival);
            if let Some(value) = spare.map(|(value, _)| *value) {
                self.by_value.remove(&value);
            }
        }
        self.arrivals += 1;
        let arrival = self.arrivals;
        let block = self.by_value.entry(value).or_insert_with(|| Gathered::new(arrival));
        if block.names.is_none() {
            block.names = self.offers.values().find(|names| names.are_of(value)).cloned();
        }
        block
    }

    pub(super) fn find(&mut self, value: &HeaderHash) -> Option<&mut Gathered> {
        self.by_value.get_mut(value)
    }

    pub(super) fn names(&self, value: &HeaderHash) -> Option<&Names> {
        self.by_value.get(value).and_then(|block| block.names.as_ref())
    }

    /// Bodies of a block, as many as fit one answer. An empty `wanted` asks for all.
    pub(super) fn bodies(&self, value: &HeaderHash, wanted: &[EnvelopeHash]) -> Vec<Envelope> {
        let Some(block) = self.by_value.get(value) else { return Vec::new() };
        let mut bytes = 0;
        let all: Vec<EnvelopeHash> = block.names.iter().flat_map(Names::envelopes).collect();
        let wanted = if wanted.is_empty() { &all } else { wanted };
        wanted
            .iter()
            .filter_map(|hash| block.bodies.get(hash))
            .take_while(|body| {
                let first = bytes == 0;
                bytes += body.byte_count();
                first || bytes <= PIECE_BYTES
            })
            .map(|body| body.envelope().clone())
            .collect()
    }

    /// Puts back a block that the log holds whole.
    pub(super) fn restore(&mut self, names: Names, transactions: Vec<Transaction>) {
        let block = self.want(names.header.hash());
        block.names = Some(names);
        block.logged = true;
        block.add(transactions);
    }

    /// Puts in a block that was built here.
    pub(super) fn built(&mut self, executed: Arc<ExecutedBlock>) -> &mut Gathered {
        let block = self.want(executed.header().hash());
        block.names = Some(Names { header: *executed.header(), leaves: executed.leaves().to_vec() });
        block.add(executed.transactions().to_vec());
        block.verdict = Verdict::Valid(executed);
        block
    }

    /// What is missing, and of whom to ask it this time: its proposer first, then the other peers in turn.
    pub(super) fn missing(&mut self, peers: &[Peer]) -> Vec<(Peer, HeaderHash, bool, Vec<EnvelopeHash>)> {
        let mut requests = Vec::new();
        for (value, block) in &mut self.by_value {
            let missing = block.missing();
            if block.names.is_some() && missing.is_empty() {
                continue;
            }
            let mut sources: Vec<Peer> = block.asked.iter().map(|judgement| judgement.proposer).collect();
            sources.extend(peers);
            sources.retain(|source| peers.contains(source));
            if let Some(source) = sources.get(block.tries % sources.len().max(1)) {
                requests.push((*source, *value, block.names.is_none(), missing));
            }
            block.tries += 1;
        }
        requests
    }
}

impl Gathered {
    fn new(arrival: u64) -> Self {
        Gathered {
            names: None,
            bodies: BTreeMap::new(),
            verdict: Verdict::Unknown,
            asked: Vec::new(),
            fresh: false,
            timed: false,
            doubted: false,
            quorum: false,
            logged: false,
            tries: 0,
            arrival,
        }
    }

    /// Adds bodies that its names call for; others are ignored.
    pub(super) fn add(&mut self, transactions: Vec<Transaction>) {
        let Some(names) = &self.names else { return };
        for transaction in transactions {
            if names.envelopes().any(|hash| hash == transaction.hash()) {
                self.bodies.insert(transaction.hash(), transaction);
            }
        }
    }

    /// The bodies that are not here.
    pub(super) fn missing(&self) -> Vec<EnvelopeHash> {
        self.names.iter().flat_map(Names::envelopes).filter(|hash| !self.bodies.contains_key(hash)).collect()
    }

    /// Names and all bodies, in order, once they are here.
    pub(super) fn whole(&self) -> Option<(&Names, Vec<Transaction>)> {
        let names = self.names.as_ref()?;
        if planted::on(Bug::UnsortedIteration) && self.missing().is_empty() {
            return Some((names, self.bodies.values().cloned().collect()));
        }
        let bodies: Option<Vec<_>> = names.envelopes().map(|hash| self.bodies.get(&hash).cloned()).collect();
        Some((names, bodies?))
    }
}
