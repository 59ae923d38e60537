//! The validator's key together with its guard: nothing is signed that the guard does not allow, and what it allowed is
//! handed out to be logged before the signature leaves.

use crate::wal::guard::{Said, SignGuard, Step};
use bulla_consensus::{SignRefused, Signer};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::keys::{PublicKey, Signature, SigningKey};
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

    /// What was signed since the last call.
    pub fn take_said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    fn allow(&mut self, height: Height, round: Round, step: Step, value: Option<HeaderHash>) -> Result<(), SignRefused> {
        let said = self.guard.allow(height, round, step, value).map_err(|_| SignRefused::Guard)?;
        self.said.push(said);
        Ok(())
    }
}

impl Signer for Signing {
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, SignRefused> {
        let step = match vote.kind {
            VoteKind::Prevote => Step::Prevote,
            VoteKind::Precommit => Step::Precommit,
        };
        self.allow(vote.height, vote.round, step, vote.value)?;
        Ok(self.key.sign(&vote.digest()))
    }

    fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, SignRefused> {
        self.allow(proposal.height, proposal.round, Step::Propose, Some(proposal.value))?;
        Ok(self.key.sign(&proposal.digest()))
    }
}
