//! A block whose time is long past when it is proposed again.

#![expect(clippy::wildcard_enum_match_arm, reason = "a scenario names the messages that it stops; all others go on")]

use bulla_consensus::Message;
use bulla_node::wire::PeerMessage;
use bulla_testnet_sim::{Plan, Report, World};
use bulla_verify::chain::{Height, Round};
use bulla_verify::vote::VoteKind;
use std::sync::{Arc, Mutex};

const SECOND_US: u64 = 1_000_000;

/// From when on no proposal of the height arrives, and until when.
const FROM_US: u64 = 3 * SECOND_US;
pub(crate) const UNTIL_US: u64 = 18 * SECOND_US;

/// The height whose first round goes wrong, and who proposed in it.
#[derive(Clone, Default)]
pub(crate) struct Locked {
    pub(crate) height: Option<Height>,
    pub(crate) proposer: usize,
    pub(crate) proposed_again: bool,
    pub(crate) decided_us: u64,
}

/// The proposer alone sees the quorum of prevotes for its block, and for longer than the clock bound (10 s) no proposal of
/// that height arrives anywhere. Then it proposes the block again, with its old header, and so its old time: judging that
/// time again would halt the chain for ever.
pub(crate) fn run() -> (Report, Locked) {
    let locked = Arc::new(Mutex::new(Locked::default()));
    let seen = locked.clone();
    let world = World::new(1, Plan::calm(4, 60)).with_filter(Box::new(move |from, to, message, now_us| {
        let mut locked = seen.lock().expect("nobody panics while holding it");
        let proposal = match message {
            PeerMessage::Proposal(said, _) | PeerMessage::Consensus(Message::Proposal(said)) => Some(&said.statement),
            _ => None,
        };
        if let (None, Some(proposal), true) = (locked.height, proposal, now_us >= FROM_US) {
            (locked.height, locked.proposer) = (Some(proposal.height), from);
        }
        let Some(height) = locked.height else { return true };
        let role = |node: usize| (node + 4 - locked.proposer) % 4;
        match message {
            PeerMessage::Tip(tip) if *tip == height && locked.decided_us == 0 => {
                locked.decided_us = now_us;
                true
            }
            PeerMessage::Consensus(Message::Vote(said)) if now_us < UNTIL_US => {
                let vote = &said.statement;
                let first = vote.height == height && vote.round == Round(0) && vote.kind == VoteKind::Prevote;
                !(first && vote.value.is_some() && matches!((role(from), role(to)), (2, 3) | (3, 2) | (3, 1)))
            }
            PeerMessage::Consensus(Message::Polka(_)) => now_us >= UNTIL_US,
            _ => match proposal.filter(|proposal| proposal.height == height) {
                None => true,
                Some(proposal) if proposal.round == Round(0) => role(to) != 1,
                Some(proposal) => {
                    let again = now_us >= UNTIL_US && proposal.valid_round == Some(Round(0));
                    locked.proposed_again |= again;
                    again
                }
            },
        }
    }));
    let report = world.run();
    let locked = locked.lock().expect("nobody panics while holding it").clone();
    (report, locked)
}
