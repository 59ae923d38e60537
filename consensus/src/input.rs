//! What can happen to a validator, and what comes over the wire.

use crate::entry::Entry;
use crate::proposer::Missed;
use crate::quorum::{ChangeKind, Decision, NoQuorum, Polka, RoundChange};
use crate::timer::Timer;
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::validators::ValidatorSet;
use bulla_verify::vote::{Heard, Proposal, SignedProposal, SignedVote, Unheard, Vote};

/// What can happen. What is for a past height, or for a round long past or far ahead, has no effect; whatever comes too
/// early for its height is held by the filter or, if it is no vote and no proposal, dropped.
#[derive(Clone, Debug)]
pub enum Input {
    /// A height begins, or begins again after a crash.
    StartHeight(StartHeight),
    /// The block that was asked for ([`crate::Effect::NeedValue`]), executed and durable. The first for a round counts.
    Propose {
        /// The height asked for.
        height: Height,
        /// The round asked for.
        round: Round,
        /// The block.
        value: HeaderHash,
    },
    /// A vote.
    Vote(Heard<Vote>),
    /// A proposal.
    Proposal(Heard<Proposal>),
    /// A quorum's prevotes for one value.
    Polka(Polka),
    /// Votes that let a round be entered.
    RoundChange(RoundChange),
    /// The host has judged a block. What was judged invalid may be judged valid later; never the other way.
    Judged(Judgement),
    /// A timer has run out.
    Timeout(Timer),
    /// A peer's certificate for the height being decided, whose block has been executed here with the result that the
    /// header names. It decides, also if the block was doubted before.
    Certified(Decision),
}

/// A height to be decided.
#[derive(Clone, Debug)]
pub struct StartHeight {
    /// The height; above all that were started or decided before.
    pub height: Height,
    /// Who decides it.
    pub validators: ValidatorSet,
    /// Who is passed over as proposer.
    pub missed: Missed,
    /// What was logged of this height before a crash, in order; otherwise empty.
    pub log: Vec<Entry>,
}

/// What the host found by executing a block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Judgement {
    /// The block's height.
    pub height: Height,
    /// The round of the proposal that it came with.
    pub round: Round,
    /// That proposal's valid round.
    pub valid_round: Option<Round>,
    /// That proposal's proposer.
    pub proposer: PublicKey,
    /// The block.
    pub value: HeaderHash,
    /// Whether it may be voted for. False also while its time is in doubt.
    pub valid: bool,
}

/// What validators send to one another.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Message {
    /// A vote.
    Vote(SignedVote),
    /// A proposal; the header and the envelope hashes of its block travel with it.
    Proposal(SignedProposal),
    /// A quorum's prevotes for one value.
    Polka(Vec<SignedVote>),
    /// Votes that let a round be entered.
    RoundChange(ChangeKind, Vec<SignedVote>),
}

/// The most bytes of a [`Message`]: 64 votes of 176 bytes, and 6, is 11,270.
pub const MAX_MESSAGE_BYTES: usize = 12 << 10;

/// Why a message is no input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A vote or proposal in it does not hold.
    #[error(transparent)]
    Unheard(#[from] Unheard),
    /// Its votes hold, but prove nothing together.
    #[error(transparent)]
    NoQuorum(#[from] NoQuorum),
}

impl Message {
    /// Checks all signatures in it, against the validator set of its height.
    pub fn check(self, chain: ChainId, validators: &ValidatorSet) -> Result<Input, Refused> {
        let heard = |votes: Vec<SignedVote>| -> Result<Vec<Heard<Vote>>, Unheard> {
            votes.into_iter().map(|vote| vote.check(chain, validators)).collect()
        };
        Ok(match self {
            Message::Vote(vote) => Input::Vote(vote.check(chain, validators)?),
            Message::Proposal(proposal) => Input::Proposal(proposal.check(chain, validators)?),
            Message::Polka(votes) => Input::Polka(Polka::new(heard(votes)?, validators)?),
            Message::RoundChange(kind, votes) => Input::RoundChange(RoundChange::new(kind, heard(votes)?, validators)?),
        })
    }

    /// The height it is about; none for a bundle of no votes.
    pub fn height(&self) -> Option<Height> {
        match self {
            Message::Vote(vote) => Some(vote.statement.height),
            Message::Proposal(proposal) => Some(proposal.statement.height),
            Message::Polka(votes) | Message::RoundChange(_, votes) => votes.first().map(|vote| vote.statement.height),
        }
    }
}
