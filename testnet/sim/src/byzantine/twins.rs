//! More than f together: each half of the network is shown a block of its own, and the twins vote for both.

use super::{Means, Sinning, equivocate};
use bulla_node::wire::{Names, PeerMessage};
use bulla_verify::chain::HeaderHash;
use bulla_verify::vote::{Proposal, Vote};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Twins {
    second: BTreeMap<HeaderHash, Option<Names>>,
}

impl Sinning for Twins {
    fn says(&mut self, means: &mut Means<'_>, to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        let second_half = to % 2 == 1 && !means.conspiracy.sinners.contains(&to);
        if let Some((proposal, names)) = means.own_proposal(message) {
            let made = self.second.entry(proposal.value).or_insert_with(|| equivocate::later(means, names));
            if let Some(second) = made.clone() {
                means.conspiracy.twins.push([proposal.value, second.header.hash()]);
                if second_half {
                    let proposal = Proposal { value: second.header.hash(), ..proposal.clone() };
                    return vec![means.proposal(proposal, second)];
                }
            }
        }
        if let Some(vote) = means.own_vote(message)
            && let Some(value) = vote.value
            && let Some(pair) = means.conspiracy.twins.iter().find(|pair| pair.contains(&value))
        {
            let shown = pair[usize::from(second_half)];
            return vec![means.vote(Vote { value: Some(shown), ..vote.clone() })];
        }
        vec![message.clone()]
    }
}
