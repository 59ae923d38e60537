//! The validator's key together with its guard: nothing is signed that the guard does not allow, and what it allowed is
//! handed out to be logged before the signature leaves.

use crate::wal::guard::{Position, Said, SignGuard, Step};
use bulla_consensus::{Entry, SignRefused, Signer};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::keys::{PublicKey, Signature, SigningKey};
use bulla_verify::transaction::{Body, Envelope};
use bulla_verify::vote::{Proposal, Statement, Vote, VoteKind};

/// A key and its guard.
pub struct Signing {
    key: SigningKey,
    guard: SignGuard,
    said: Vec<Said>,
}

impl Signing {
    /// A key with what is known of its past.
    pub fn new(key: SigningKey, guard: SignGuard) -> Self {
        Signing { key, guard, said: Vec::new() }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.key.public()
    }

    /// Signs a transaction, which no guard concerns.
    pub fn sign_body(&self, body: Body) -> Envelope {
        body.sign(&[&self.key])
    }

    /// The last height at which nothing is signed, if any.
    pub fn silent_through(&self) -> Option<Height> {
        self.guard.silent()
    }

    /// Whether nothing is signed until more is known.
    pub fn is_unsettled(&self) -> bool {
        self.guard.is_unsettled()
    }

    /// From now on it is known that nothing was signed above a height.
    pub fn settle(&mut self, through: Height) {
        self.guard.settle(through);
    }

    /// What was newly signed in an entry of the log; none if it is another's word, or one's own of before.
    pub fn said_in(&mut self, entry: &Entry) -> Option<Said> {
        let (height, round, step, value) = match entry {
            Entry::Vote(said) => {
                let Vote { height, round, kind, value, .. } = &said.statement;
                (*height, *round, step_of(*kind), *value)
            }
            Entry::Proposal(said) => {
                (said.statement.height, said.statement.round, Step::Propose, Some(said.statement.value))
            }
            Entry::Polka(_) | Entry::Timeout(_) | Entry::Judged(_) => return None,
        };
        let own = match entry {
            Entry::Vote(said) => said.statement.voter == self.public(),
            Entry::Proposal(said) => said.statement.proposer == self.public(),
            Entry::Polka(_) | Entry::Timeout(_) | Entry::Judged(_) => false,
        };
        let at = Position { height, round, step };
        let place = self.said.iter().position(|said| own && said.at() == at && said.value() == value)?;
        Some(self.said.remove(place))
    }

    fn allow(
        &mut self,
        height: Height,
        round: Round,
        step: Step,
        value: Option<HeaderHash>,
    ) -> Result<(), SignRefused> {
        let said = self.guard.allow(height, round, step, value).map_err(|_| SignRefused::Guard)?;
        self.said.push(said);
        Ok(())
    }
}

fn step_of(kind: VoteKind) -> Step {
    match kind {
        VoteKind::Prevote => Step::Prevote,
        VoteKind::Precommit => Step::Precommit,
    }
}

impl Signer for Signing {
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, SignRefused> {
        self.allow(vote.height, vote.round, step_of(vote.kind), vote.value)?;
        Ok(self.key.sign(&vote.digest()))
    }

    fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, SignRefused> {
        self.allow(proposal.height, proposal.round, Step::Propose, Some(proposal.value))?;
        Ok(self.key.sign(&proposal.digest()))
    }
}
