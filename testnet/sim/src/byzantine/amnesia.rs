//! Forgets its lock: where its engine votes nil in a later round because it is locked on another block, it votes for what that
//! round proposes.

use super::{Means, Sinning};
use bulla_consensus::Message;
use bulla_node::wire::PeerMessage;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::vote::{Vote, VoteKind};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Amnesia {
    /// What it precommitted last.
    lock: Option<(Height, Round, HeaderHash)>,
    /// What was proposed.
    proposed: BTreeMap<(Height, Round), HeaderHash>,
}

impl Sinning for Amnesia {
    fn says(&mut self, means: &mut Means<'_>, _to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        let Some(vote) = means.own_vote(message) else { return vec![message.clone()] };
        if let (VoteKind::Precommit, Some(value)) = (vote.kind, vote.value) {
            self.lock = Some((vote.height, vote.round, value));
        }
        let locked = self.lock.filter(|(height, round, _)| *height == vote.height && *round < vote.round);
        match (locked, self.proposed.get(&(vote.height, vote.round))) {
            (Some((.., lock)), Some(value)) if vote.value.is_none() && *value != lock => {
                vec![means.vote(Vote { value: Some(*value), ..vote.clone() })]
            }
            _ => vec![message.clone()],
        }
    }

    fn hears(&mut self, message: &PeerMessage) {
        let (PeerMessage::Proposal(said, _) | PeerMessage::Consensus(Message::Proposal(said))) = message else {
            return;
        };
        let proposal = &said.statement;
        self.proposed.insert((proposal.height, proposal.round), proposal.value);
    }
}
