//! The sin of a proposer who puts another block into the place of its own, and votes for it.

use super::{Means, Sinning};
use bulla_ledger::Transaction;
use bulla_ledger::block::Leaf;
use bulla_node::wire::{Names, PeerMessage};
use bulla_verify::chain::HeaderHash;
use bulla_verify::header::Header;
use bulla_verify::vote::{Proposal, Vote};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A block with its bodies.
pub(crate) type Crafted = (Header, Vec<Leaf>, Vec<Transaction>);

/// What makes the other block of the names of the honest one; none to stay honest this time.
pub(crate) type Craft = fn(&mut Means<'_>, &Names) -> Option<Crafted>;

pub(crate) struct Replace {
    craft: Craft,
    /// What was made of each honest block, the same for every receiver.
    made: BTreeMap<HeaderHash, Option<Names>>,
}

impl Replace {
    pub(crate) fn with(craft: Craft) -> Replace {
        Replace { craft, made: BTreeMap::new() }
    }
}

impl Sinning for Replace {
    fn says(&mut self, means: &mut Means<'_>, _to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        if let Some((proposal, names)) = means.own_proposal(message) {
            if !self.made.contains_key(&proposal.value) {
                let crafted = (self.craft)(means, names);
                let made = crafted.map(|(header, leaves, bodies)| means.make(header, leaves, &bodies));
                self.made.insert(proposal.value, made);
            }
            if let Some(Some(names)) = self.made.get(&proposal.value) {
                let proposal = Proposal { value: names.header.hash(), ..proposal.clone() };
                return vec![means.proposal(proposal, names.clone())];
            }
        }
        if let Some(vote) = means.own_vote(message)
            && let Some(Some(names)) = vote.value.and_then(|value| self.made.get(&value))
        {
            return vec![means.vote(Vote { value: Some(names.header.hash()), ..vote.clone() })];
        }
        vec![message.clone()]
    }
}
