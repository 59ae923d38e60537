//! What came of an input: what the host must log, and what it must then do.

use crate::entry::Entry;
use crate::input::Message;
use crate::signer::SignRefused;
use crate::timer::Timer;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::vote::{Proposal, SignedProposal, SignedVote, Vote, VoteKind};

/// What came of one input. A vote cannot be said before it is logged, because it stands in `then`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// To be appended to the height's log, in order, before anything in `then` is done.
    pub log: Vec<Entry>,
    /// Whether the log must be durable before anything in `then` is done: a message of one's own is in it. What others said
    /// may be lost in a crash; they say it again.
    pub sync: bool,
    /// To be done in order.
    pub then: Vec<Effect>,
}

/// Something that the host owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A round begins. The last round is over without a decision if this is not round 0: make smaller blocks.
    EnterRound {
        /// The height.
        height: Height,
        /// The round.
        round: Round,
        /// Whose turn it is.
        proposer: PublicKey,
    },
    /// Say it to all validators and followers. With a proposal goes the header and the envelope hashes of its block. It may
    /// be a message of another validator, which is said again for those who missed it.
    Say(Message),
    /// Answer with [`crate::Input::Timeout`] after so many milliseconds; anew if it is running already.
    SetTimer {
        /// Which.
        timer: Timer,
        /// In how many milliseconds.
        after_ms: u64,
    },
    /// Stop a timer, if it is running.
    CancelTimer(Timer),
    /// Stop all timers.
    CancelAllTimers,
    /// It is this validator's turn: build and execute a block, make its bodies durable, and answer with
    /// [`crate::Input::Propose`].
    NeedValue {
        /// For this height.
        height: Height,
        /// For this round.
        round: Round,
        /// After so many milliseconds this validator gives up its turn; the others do so too, counted from when they came
        /// to the round.
        timeout_ms: u64,
    },
    /// The round's proposer proposes this and its block is unknown here: get its header and bodies, execute, and answer with
    /// [`crate::Input::Judged`]. The bound on time is judged only where the proposal's valid round is none.
    Judge(Proposal),
    /// A quorum voted for a block that is not judged valid here. If it is unknown: get it from any of the voters. If only its
    /// time was in doubt: it no longer is; judge it again, as valid. If executing it gave another result: this node, or more
    /// than two thirds of the validators, are broken; halt before it.
    Quorum {
        /// The height.
        height: Height,
        /// The round of the votes.
        round: Round,
        /// The block voted for.
        value: HeaderHash,
    },
    /// An old value is proposed again. Send its header and bodies to whoever lacks them.
    Restream {
        /// The height.
        height: Height,
        /// The round it is proposed in.
        round: Round,
        /// The block.
        value: HeaderHash,
        /// The earlier round of its quorum of prevotes.
        valid_round: Option<Round>,
    },
    /// The signer refused, so this was not said. The height goes on; a vote is asked for again while its round lasts.
    Withheld {
        /// What would have been signed.
        message: Unsigned,
        /// Why it was not.
        reason: SignRefused,
    },
    /// A validator signed two different things for one height, round and step. Reported when the height ends. Put it into a
    /// transaction.
    Equivocation(Equivocation),
    /// The height is decided: commit the block with this certificate. The log of the height may go once that is durable.
    Decide(Certificate),
}

/// What a signer is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// A vote.
    Vote(Vote),
    /// A proposal.
    Proposal(Proposal),
}

impl Unsigned {
    /// What no two things may be signed for: a round and a step of it; none is the proposal.
    pub(crate) fn place(&self) -> (Round, Option<VoteKind>) {
        match self {
            Unsigned::Vote(vote) => (vote.round, Some(vote.kind)),
            Unsigned::Proposal(proposal) => (proposal.round, None),
        }
    }
}

/// Two signed messages of one validator that no honest validator signs both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Equivocation {
    /// Two votes of one kind in one round.
    Votes(SignedVote, SignedVote),
    /// Two proposals in one round.
    Proposals(SignedProposal, SignedProposal),
}
