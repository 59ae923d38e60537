//! Holds on to what is over: in later rounds it proposes and votes for the first block that it was locked on, with that round's
//! proof-of-lock, whatever came since; and now and then it proposes the block of the height before.

use super::{Means, Sinning};
use bulla_node::wire::{Names, PeerMessage};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::vote::{Proposal, SignedProposal, Vote, VoteKind};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct StaleLock {
    /// The first thing that it precommitted at the last height at which it did.
    lock: Option<(Height, Round, HeaderHash)>,
    /// The blocks that it knows the names of.
    known: BTreeMap<HeaderHash, Names>,
    /// In which turns it proposes the block of the height before.
    past: BTreeMap<HeaderHash, Option<Names>>,
}

impl Sinning for StaleLock {
    fn says(&mut self, means: &mut Means<'_>, _to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        self.hears(message);
        if let Some(vote) = means.own_vote(message) {
            if let (VoteKind::Precommit, Some(value)) = (vote.kind, vote.value)
                && self.lock.is_none_or(|(height, ..)| height < vote.height)
            {
                self.lock = Some((vote.height, vote.round, value));
            }
            return match self.held(vote.height, vote.round) {
                Some((_, value)) if vote.value != Some(value) => {
                    vec![means.vote(Vote { value: Some(value), ..vote.clone() })]
                }
                _ => vec![message.clone()],
            };
        }
        match means.own_proposal(message).and_then(|(proposal, _)| self.stale(means, proposal)) {
            Some((proposal, names)) => vec![means.proposal(proposal, names)],
            None => vec![message.clone()],
        }
    }

    fn hears(&mut self, message: &PeerMessage) {
        if let PeerMessage::Proposal(SignedProposal { statement, .. }, names) = message {
            self.known.insert(statement.value, names.clone());
        }
    }
}

impl StaleLock {
    /// The old lock, in a later round of its height.
    fn held(&self, at: Height, later: Round) -> Option<(Round, HeaderHash)> {
        self.lock.filter(|(height, round, _)| *height == at && *round < later).map(|(_, round, value)| (round, value))
    }

    fn stale(&mut self, means: &mut Means<'_>, proposal: &Proposal) -> Option<(Proposal, Names)> {
        if let Some((round, value)) = self.held(proposal.height, proposal.round) {
            let names = self.known.get(&value)?.clone();
            return Some((Proposal { value, valid_round: Some(round), ..proposal.clone() }, names));
        }
        let before = || self.known.values().find(|names| names.header.height().next() == proposal.height).cloned();
        let sins = means.random.below(3) == 0;
        let past = self.past.entry(proposal.value).or_insert_with(|| before().filter(|_| sins));
        let names = past.clone()?;
        Some((Proposal { value: names.header.hash(), ..proposal.clone() }, names))
    }
}
