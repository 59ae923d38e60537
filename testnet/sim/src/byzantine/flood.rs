//! With every vote come votes and a proposal of heights and rounds that are far ahead, up to the last that there are.

use super::{Means, Sinning};
use bulla_consensus::Message;
use bulla_node::wire::PeerMessage;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::hash::Hash;
use bulla_verify::vote::{Heard, Proposal, Vote, VoteKind};
use std::sync::Arc;

pub(super) struct Flood;

impl Sinning for Flood {
    fn says(&mut self, means: &mut Means<'_>, _to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        let mut out = vec![message.clone()];
        let Some(vote) = means.own_vote(message) else { return out };
        let height = match means.random.below(4) {
            0 => Height(u64::MAX - means.random.below(3)),
            1 => vote.height,
            _ => Height(vote.height.0 + 1 + means.random.below(1_000)),
        };
        let round = Round(1 + u32::try_from(means.random.below(u64::from(u32::MAX))).expect("below a u32"));
        let value = Some(HeaderHash(Hash([0xF1; 32])));
        for kind in [VoteKind::Prevote, VoteKind::Precommit] {
            out.push(means.vote(Vote { height, round, kind, value, ..vote.clone() }));
        }
        let (chain, proposer) = (vote.chain, vote.voter);
        let proposal =
            Proposal { chain, height, round, value: HeaderHash(Hash([0xF2; 32])), valid_round: None, proposer };
        let said = Heard::own(proposal, means.key()).into_said();
        means.tally.sins += 1;
        out.push(Arc::new(PeerMessage::Consensus(Message::Proposal(said))));
        out
    }
}
