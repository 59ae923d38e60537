//! A validator's machine: what it has in memory, and what is on its disk when it loses that.

use crate::seed::Seed;
use bulla_consensus::{Consensus, Entry, SignRefused, Signer, Timeouts, Timer};
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::keys::{Signature, SigningKey};
use bulla_verify::vote::{Proposal, Statement, Vote};
use std::collections::BTreeMap;

pub(crate) struct Node {
    pub(crate) key: SigningKey,
    /// Says one thing to some and another to others.
    pub(crate) equivocates: bool,
    /// Counts lives, so that what was under way in an earlier one is recognised.
    pub(crate) life: u64,
    /// In memory; none while it is down.
    pub(crate) consensus: Option<Consensus>,
    /// Running timers, and when each ends.
    pub(crate) timers: BTreeMap<Timer, u64>,
    /// The log of the height being decided, of which the first `durable` entries survive any crash.
    pub(crate) log: Vec<Entry>,
    pub(crate) durable: usize,
    /// Committed, from height 1.
    pub(crate) chain: Vec<Certificate>,
}

impl Node {
    pub(crate) fn new(key: SigningKey) -> Self {
        Node {
            key,
            equivocates: false,
            life: 0,
            consensus: None,
            timers: BTreeMap::new(),
            log: Vec::new(),
            durable: 0,
            chain: Vec::new(),
        }
    }

    pub(crate) fn tip(&self) -> Height {
        Height(self.chain.len() as u64)
    }

    pub(crate) fn boot(&mut self, chain: ChainId) {
        self.life += 1;
        self.timers.clear();
        self.consensus = Some(Consensus::new(chain, self.key.public(), self.tip(), Timeouts::default()));
    }

    /// Of what was not yet durable, some beginning is left.
    pub(crate) fn crash(&mut self, chance: &mut Seed) {
        self.consensus = None;
        let left = chance.between(self.durable as u64, self.log.len() as u64);
        self.log.truncate(left as usize);
        self.durable = self.log.len();
    }
}

/// Signs whatever it is asked to, but for some refusals: that nothing conflicting is said is for the log to ensure.
pub(crate) struct Pen<'a> {
    pub(crate) key: &'a SigningKey,
    pub(crate) chance: &'a mut Seed,
    pub(crate) refused_percent: u64,
}

impl Pen<'_> {
    fn sign(&mut self, statement: &impl Statement) -> Result<Signature, SignRefused> {
        if self.chance.percent(self.refused_percent) {
            return Err(SignRefused::Unavailable);
        }
        Ok(self.key.sign(&statement.digest()))
    }
}

impl Signer for Pen<'_> {
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, SignRefused> {
        self.sign(vote)
    }

    fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, SignRefused> {
        self.sign(proposal)
    }
}
