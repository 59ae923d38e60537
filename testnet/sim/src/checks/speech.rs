//! What validators say: nothing before it is durable, and nothing that contradicts what they said before.

use super::Checks;
use bulla_consensus::{Entry, Message};
use bulla_node::engine::Logged;
use bulla_node::wal::guard::{Position, Said, Step};
use bulla_node::wire::PeerMessage;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::vote::{Proposal, Vote, VoteKind};
use std::collections::BTreeMap;

/// One thing said: by whom, where, what, and whether it is a block that is proposed again.
struct Statement {
    speaker: PublicKey,
    at: Position,
    value: Option<HeaderHash>,
    again: bool,
}

impl Checks {
    /// A node's log returned from writing these; `synced` is whether it said that all of it is durable now.
    pub(crate) fn logged(&mut self, node: usize, logged: &[Logged], synced: bool) {
        let seen = &mut self.nodes[node];
        let signed = logged.iter().filter_map(|logged| logged.signed);
        seen.logged.extend(signed.map(|said: Said| (said.at(), said.value())));
        if synced {
            let durable = std::mem::take(&mut seen.logged);
            seen.durable.extend(durable);
        }
    }

    /// A node begins a life with this log: opening it made durable whatever it still held, and what it lost was never said.
    /// Whatever was durable is there, unless the log has rotted.
    pub(crate) fn restored(&mut self, node: usize, own: &PublicKey, log: &[Entry], rotted: bool) {
        let said = log.iter().filter_map(|entry| match entry {
            Entry::Vote(said) => Some(of_vote(&said.statement)),
            Entry::Proposal(said) => Some(of_proposal(&said.statement)),
            Entry::Polka(_) | Entry::Timeout(_) | Entry::Judged(_) => None,
        });
        let restored: BTreeMap<_, _> =
            said.filter(|said| said.speaker == *own).map(|said| (said.at, said.value)).collect();
        let seen = &mut self.nodes[node];
        if rotted {
            seen.durable.clear();
        }
        let next = position(seen.committed.next(), Round(0), Step::Propose);
        for (at, value) in seen.durable.range(next..) {
            assert_eq!(restored.get(at), Some(value), "node {node} lost from its log what it said in {at}");
        }
        seen.durable.extend(restored);
        seen.logged.clear();
    }

    /// A node says something.
    pub(crate) fn says(&mut self, node: usize, own: &PublicKey, message: &PeerMessage) {
        if let Some(said) = statement(message).filter(|said| said.speaker == *own) {
            self.is_durable_and_said_once(node, &said);
            if said.again {
                self.recovered.insert((said.speaker, said.at));
            }
        }
    }

    /// A sinner says something, to which nothing but its signature binds it.
    pub(crate) fn hears(&mut self, message: &PeerMessage) {
        if let Some(Statement { speaker, at, value, .. }) = statement(message) {
            self.locks.hears(speaker, at, value);
        }
    }

    /// What was said once is public: a node that lost its disk may hear it from others and say it again.
    fn is_durable_and_said_once(&mut self, node: usize, said: &Statement) {
        let Statement { speaker, at, value, .. } = *said;
        let durable = self.nodes[node].durable.get(&at);
        let locks = &mut self.locks;
        let first = *self.said.entry((speaker, at)).or_insert_with(|| {
            assert_eq!(durable, Some(&value), "node {node} said {at} before it was durable");
            locks.says(node, speaker, at, value);
            value
        });
        assert_eq!(first, value, "node {node} said two things at {at}");
    }
}

fn statement(message: &PeerMessage) -> Option<Statement> {
    match message {
        PeerMessage::Proposal(said, _) | PeerMessage::Consensus(Message::Proposal(said)) => {
            Some(of_proposal(&said.statement))
        }
        PeerMessage::Consensus(Message::Vote(said)) => Some(of_vote(&said.statement)),
        PeerMessage::Consensus(Message::Polka(_) | Message::RoundChange(..))
        | PeerMessage::Transaction(_)
        | PeerMessage::Tip(_)
        | PeerMessage::WantBlock { .. }
        | PeerMessage::Names(_)
        | PeerMessage::Bodies(..)
        | PeerMessage::WantDecided(_)
        | PeerMessage::WantOffer
        | PeerMessage::Offer(_)
        | PeerMessage::WantPart(..)
        | PeerMessage::Part(..)
        | PeerMessage::WantTail(..)
        | PeerMessage::Tail(..)
        | PeerMessage::Decided(_) => None,
    }
}

fn of_proposal(proposal: &Proposal) -> Statement {
    let at = position(proposal.height, proposal.round, Step::Propose);
    let (value, again) = (Some(proposal.value), proposal.valid_round.is_some());
    Statement { speaker: proposal.proposer, at, value, again }
}

fn of_vote(vote: &Vote) -> Statement {
    let step = match vote.kind {
        VoteKind::Prevote => Step::Prevote,
        VoteKind::Precommit => Step::Precommit,
    };
    let at = position(vote.height, vote.round, step);
    Statement { speaker: vote.voter, at, value: vote.value, again: false }
}

fn position(height: Height, round: Round, step: Step) -> Position {
    Position { height, round, step }
}
