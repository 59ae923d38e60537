//! What is logged of a height: everything that moves the core, in the order in which it moved it.
//!
//! Run again over the entries, the core comes to where it was and derives the votes that it had cast; they stand in the log
//! too, and the two are compared. Entries hold header hashes; blocks are made durable by the host before it judges them.

use crate::context::{At, Block, Bulla, Voter, core_round, our_round, said_proposal, said_vote, sealed};
use crate::input::{Judgement, Message};
use crate::timer::{Timer, TimerKind};
use arc_malachitebft_core_consensus as core;
use arc_malachitebft_core_types as malachite;
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::keys::PublicKey;
use bulla_verify::vote::{SignedProposal, SignedVote};

/// One entry of a height's log. The bytes are for this node alone, but their order is part of its log's format.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Entry {
    /// A vote, heard or cast.
    Vote(SignedVote),
    /// A proposal, heard or made.
    Proposal(SignedProposal),
    /// A quorum's prevotes for one value, heard in one piece.
    Polka(Vec<SignedVote>),
    /// A timer that ran out.
    Timeout(Timer),
    /// A judgement; that of one's own proposal stands before the proposal.
    Judged(Judgement),
}

impl Entry {
    /// The height whose log it belongs to.
    pub fn height(&self) -> Option<Height> {
        match self {
            Entry::Vote(vote) => Some(vote.statement.height),
            Entry::Proposal(proposal) => Some(proposal.statement.height),
            Entry::Polka(votes) => votes.first().map(|vote| vote.statement.height),
            Entry::Timeout(timer) => Some(timer.height),
            Entry::Judged(judgement) => Some(judgement.height),
        }
    }

    /// The message, if it is one of this validator's own.
    pub(crate) fn said_by(&self, own: &PublicKey) -> Option<Message> {
        match self {
            Entry::Vote(vote) if vote.statement.voter == *own => Some(Message::Vote(vote.clone())),
            Entry::Proposal(proposal) if proposal.statement.proposer == *own => {
                Some(Message::Proposal(proposal.clone()))
            }
            Entry::Vote(_) | Entry::Proposal(_) | Entry::Polka(_) | Entry::Timeout(_) | Entry::Judged(_) => None,
        }
    }

    /// What the core asks to have logged. It asks for nothing else than these.
    pub(crate) fn from_core(input: &core::Input<Bulla>, height: Height, chain: ChainId) -> Option<Self> {
        match input {
            core::Input::Vote(vote) => said_vote(vote).map(Entry::Vote),
            core::Input::Proposal(proposal) => said_proposal(proposal).map(Entry::Proposal),
            core::Input::PolkaCertificate(polka) => {
                Some(Entry::Polka(polka.votes(&Bulla(chain)).filter_map(|vote| said_vote(&vote)).collect()))
            }
            core::Input::TimeoutElapsed(timeout) => timer(*timeout, height).map(Entry::Timeout),
            core::Input::ProposedValue(proposed, _) => Some(Entry::Judged(Judgement {
                height: proposed.height.0,
                round: our_round(proposed.round)?,
                valid_round: our_round(proposed.valid_round),
                proposer: proposed.proposer.0,
                value: proposed.value.0,
                valid: proposed.validity.is_valid(),
            })),
            core::Input::StartHeight(..)
            | core::Input::RoundCertificate(_)
            | core::Input::Propose(_)
            | core::Input::SyncValueResponse(_) => None,
        }
    }

    /// The entry as the core is fed with it.
    pub(crate) fn into_core(self) -> Option<core::Input<Bulla>> {
        Some(match self {
            Entry::Vote(vote) => core::Input::Vote(sealed(vote)),
            Entry::Proposal(proposal) => core::Input::Proposal(sealed(proposal)),
            Entry::Polka(votes) => core::Input::PolkaCertificate(polka(votes)?),
            Entry::Timeout(timer) => core::Input::TimeoutElapsed(timeout(timer)),
            Entry::Judged(judgement) => judged(judgement),
        })
    }
}

/// The polka of these votes, which are known to be prevotes for one value.
pub(crate) fn polka(votes: Vec<SignedVote>) -> Option<malachite::PolkaCertificate<Bulla>> {
    let first = votes.first()?.statement.clone();
    let votes = votes.into_iter().map(sealed).collect();
    Some(malachite::PolkaCertificate::new(At(first.height), core_round(first.round), Block(first.value?), votes))
}

pub(crate) fn judged(judgement: Judgement) -> core::Input<Bulla> {
    let proposed = core::ProposedValue {
        height: At(judgement.height),
        round: core_round(judgement.round),
        valid_round: core_round(judgement.valid_round),
        proposer: Voter(judgement.proposer),
        value: Block(judgement.value),
        validity: malachite::Validity::from_bool(judgement.valid),
    };
    core::Input::ProposedValue(proposed, malachite::ValueOrigin::Consensus)
}

pub(crate) fn timeout(timer: Timer) -> malachite::Timeout {
    let kind = match timer.kind {
        TimerKind::Propose => malachite::TimeoutKind::Propose,
        TimerKind::Prevote => malachite::TimeoutKind::Prevote,
        TimerKind::Precommit => malachite::TimeoutKind::Precommit,
        TimerKind::Rebroadcast => malachite::TimeoutKind::Rebroadcast,
    };
    malachite::Timeout::new(core_round(timer.round), kind)
}

/// The core's timeout as a timer of this height. None for its wait after a decision, which is off without a target time.
pub(crate) fn timer(timeout: malachite::Timeout, height: Height) -> Option<Timer> {
    let kind = match timeout.kind {
        malachite::TimeoutKind::Propose => TimerKind::Propose,
        malachite::TimeoutKind::Prevote => TimerKind::Prevote,
        malachite::TimeoutKind::Precommit => TimerKind::Precommit,
        malachite::TimeoutKind::Rebroadcast => TimerKind::Rebroadcast,
        malachite::TimeoutKind::FinalizeHeight(_) => return None,
    };
    Some(Timer { height, round: our_round(timeout.round)?, kind })
}
