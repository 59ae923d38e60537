//! The validator's key together with its guard: nothing is signed that the guard does not allow, and what it allowed is
//! handed out to be logged before the signature leaves.

use crate::wal::guard::{Position, Said, SignGuard, Step};
use bulla_consensus::{Entry, SignRefused, Signer};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::keys::{PublicKey, Signature, SigningKey};
use bulla_verify::transaction::{Body, Envelope};
use bulla_verify::vote::{Proposal, Statement, Vote, VoteKind};
use std::collections::BTreeSet;

/// A key and its guard.
pub struct Signing {
    key: SigningKey,
    guard: SignGuard,
    said: Vec<Said>,
    /// All that was said at the height being decided.
    here: BTreeSet<(Position, Option<HeaderHash>)>,
    /// Whether words of this key that were not said here are heeded.
    watched: bool,
}

impl Signing {
    /// A key with what is known of its past.
    pub fn new(key: SigningKey, guard: SignGuard) -> Self {
        Signing { key, guard, said: Vec::new(), here: BTreeSet::new(), watched: true }
    }

    /// As [`Signing::new`], of one that does not mind that another signs with its key: the simulator's liars say beside their
    /// engines what these never said.
    pub fn unwatched(key: SigningKey, guard: SignGuard) -> Self {
        Signing { watched: false, ..Signing::new(key, guard) }
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

    /// From now on nothing is known of what was signed.
    pub fn unsettle(&mut self) {
        self.guard.unsettle();
    }

    /// Takes in what the log holds of one's own words.
    pub(super) fn recall(&mut self, log: &[Entry]) {
        let own = self.public();
        self.here.extend(log.iter().filter_map(|entry| word_of(&own, entry)));
    }

    /// Forgets what was said below a height.
    pub(super) fn forget_below(&mut self, height: Height) {
        self.here.retain(|(at, _)| at.height >= height);
    }

    /// Whether it is certain that this process, or one before it with the same log, did not sign this at a height that is not
    /// decided yet.
    pub(super) fn did_not_say(&self, at: Position, value: Option<HeaderHash>) -> bool {
        let is_known = self.guard.silent().is_none_or(|through| at.height > through);
        self.watched && is_known && !self.here.contains(&(at, value))
    }

    /// From now on it is known that nothing was signed above a height.
    pub fn settle(&mut self, through: Height) {
        self.guard.settle(through);
    }

    /// What was newly signed in an entry of the log; none if it is another's word, or one's own of before.
    pub fn said_in(&mut self, entry: &Entry) -> Option<Said> {
        let (at, value) = word_of(&self.public(), entry)?;
        let place = self.said.iter().position(|said| said.at() == at && said.value() == value)?;
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
        self.here.insert((said.at(), said.value()));
        Ok(())
    }
}

/// What a key says in an entry of the log, if anything.
fn word_of(own: &PublicKey, entry: &Entry) -> Option<(Position, Option<HeaderHash>)> {
    match entry {
        Entry::Vote(said) if said.statement.voter == *own => {
            let Vote { height, round, kind, value, .. } = &said.statement;
            Some((Position { height: *height, round: *round, step: (*kind).into() }, *value))
        }
        Entry::Proposal(said) if said.statement.proposer == *own => {
            let Proposal { height, round, value, .. } = &said.statement;
            Some((Position { height: *height, round: *round, step: Step::Propose }, Some(*value)))
        }
        Entry::Vote(_) | Entry::Proposal(_) | Entry::Polka(_) | Entry::Timeout(_) | Entry::Judged(_) => None,
    }
}

impl From<VoteKind> for Step {
    fn from(kind: VoteKind) -> Step {
        match kind {
            VoteKind::Prevote => Step::Prevote,
            VoteKind::Precommit => Step::Precommit,
        }
    }
}

impl Signer for Signing {
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, SignRefused> {
        self.allow(vote.height, vote.round, vote.kind.into(), vote.value)?;
        Ok(self.key.sign(&vote.digest()))
    }

    fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, SignRefused> {
        self.allow(proposal.height, proposal.round, Step::Propose, Some(proposal.value))?;
        Ok(self.key.sign(&proposal.digest()))
    }
}
