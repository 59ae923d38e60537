//! Two votes and two proposals in one place: to a third of the receivers the one, to a third the other, to a third both.

use super::{Means, Sinning};
use bulla_node::wire::{Names, PeerMessage};
use bulla_verify::chain::HeaderHash;
use bulla_verify::vote::{Proposal, Vote};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Equivocate {
    /// The second block beside each of its own: as sound as the first, a millisecond later.
    second: BTreeMap<HeaderHash, Option<Names>>,
}

impl Sinning for Equivocate {
    fn says(&mut self, means: &mut Means<'_>, _to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        let Some(other) = self.contradiction(means, message) else { return vec![message.clone()] };
        match means.random.below(3) {
            0 => vec![message.clone()],
            1 => vec![other],
            _ => vec![message.clone(), other],
        }
    }
}

impl Equivocate {
    fn contradiction(&mut self, means: &mut Means<'_>, message: &PeerMessage) -> Option<Arc<PeerMessage>> {
        if let Some((proposal, names)) = means.own_proposal(message) {
            let second = self.second.entry(proposal.value).or_insert_with(|| later(means, names)).clone()?;
            return Some(means.proposal(Proposal { value: second.header.hash(), ..proposal.clone() }, second));
        }
        let vote = means.own_vote(message)?;
        let second = vote.value.and_then(|value| self.second.get(&value)?.as_ref());
        // For nil there is no other block to name: one that nobody has.
        let other = match vote.value {
            Some(_) => second.map(|names| names.header.hash()),
            None => Some(HeaderHash(bulla_verify::hash::Hash([0xEE; 32]))),
        };
        Some(means.vote(Vote { value: other, ..vote.clone() }))
    }
}

/// The same block, a millisecond later.
pub(super) fn later(means: &mut Means<'_>, names: &Names) -> Option<Names> {
    let bodies = means.bodies(names)?;
    let block = means.build(&bodies, names.header.light.time.plus(1))?;
    Some(means.make(*block.header(), block.leaves().to_vec(), block.transactions()))
}
