//! Malachite's type parameters, filled in. Nothing here leaves the crate.
//!
//! The address of a validator is its key; a value and its id are both the header hash, as the payload mode
//! `ProposalAndParts` expects. A signature may be absent: see [`Seal`].

use crate::proposer::{Missed, proposer};
use arc_malachitebft_core_types as malachite;
use bulla_verify::canonical;
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::keys::{PublicKey, Signature};
use bulla_verify::validators::ValidatorSet;
use bulla_verify::vote::{Proposal, Said, Vote, VoteKind};
use malachite::NilOrVal;
use std::fmt;
use std::sync::Arc;

/// The chain that all messages of the core are for.
#[derive(Clone, Debug)]
pub(crate) struct Bulla(pub(crate) ChainId);

/// A signature, or none where the signer refused: such a message counts nowhere and is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seal(pub(crate) Option<Signature>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Voter(pub(crate) PublicKey);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At(pub(crate) Height);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Block(pub(crate) HeaderHash);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    voter: Voter,
    power: u64,
}

/// The validators of a height together with who missed their turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Electorate(Arc<Roll>);

#[derive(Debug, PartialEq, Eq)]
struct Roll {
    set: ValidatorSet,
    members: Vec<Member>,
    missed: Missed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CoreVote {
    pub(crate) vote: Vote,
    value: NilOrVal<Block>,
    voter: Voter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CoreProposal {
    pub(crate) proposal: Proposal,
    value: Block,
    proposer: Voter,
}

/// Bodies travel outside the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoPart {}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scheme;

impl Electorate {
    pub(crate) fn new(set: ValidatorSet, missed: Missed) -> Self {
        let member = |v: &bulla_verify::validators::Validator| Member { voter: Voter(v.key), power: v.power };
        let members = set.as_slice().iter().map(member).collect();
        Electorate(Arc::new(Roll { set, members, missed }))
    }

    pub(crate) fn set(&self) -> &ValidatorSet {
        &self.0.set
    }

    fn member(&self, key: &PublicKey) -> Option<&Member> {
        self.0.set.index_of(key).and_then(|index| self.0.members.get(index))
    }
}

impl From<Vote> for CoreVote {
    fn from(vote: Vote) -> Self {
        let value = vote.value.map_or(NilOrVal::Nil, |value| NilOrVal::Val(Block(value)));
        CoreVote { value, voter: Voter(vote.voter), vote }
    }
}

impl From<Proposal> for CoreProposal {
    fn from(proposal: Proposal) -> Self {
        CoreProposal { value: Block(proposal.value), proposer: Voter(proposal.proposer), proposal }
    }
}

/// A message as the core holds it.
pub(crate) fn sealed<S, M: From<S>>(said: Said<S>) -> malachite::SignedMessage<Bulla, M> {
    malachite::SignedMessage::new(said.statement.into(), Seal(Some(said.signature)))
}

/// A vote as it goes to the wire; none where its seal is empty.
pub(crate) fn said_vote(vote: &malachite::SignedVote<Bulla>) -> Option<Said<Vote>> {
    vote.signature.0.map(|signature| Said { statement: vote.message.vote.clone(), signature })
}

/// A proposal as it goes to the wire; none where its seal is empty.
pub(crate) fn said_proposal(proposal: &malachite::SignedProposal<Bulla>) -> Option<Said<Proposal>> {
    proposal.signature.0.map(|signature| Said { statement: proposal.message.proposal.clone(), signature })
}

pub(crate) fn core_round(round: impl Into<Option<Round>>) -> malachite::Round {
    round.into().map_or(malachite::Round::Nil, |round| malachite::Round::Some(round.0))
}

pub(crate) fn our_round(round: malachite::Round) -> Option<Round> {
    round.as_u32().map(Round)
}

impl Bulla {
    fn vote(&self, at: (At, malachite::Round), value: NilOrVal<Block>, voter: Voter, kind: VoteKind) -> CoreVote {
        let value = match value {
            NilOrVal::Nil => None,
            NilOrVal::Val(Block(value)) => Some(value),
        };
        let round = our_round(at.1).expect("the core votes only in rounds that it has entered");
        Vote { chain: self.0, height: at.0.0, round, kind, value, voter: voter.0 }.into()
    }
}

impl malachite::Context for Bulla {
    type Address = Voter;
    type Height = At;
    type ProposalPart = NoPart;
    type Proposal = CoreProposal;
    type Validator = Member;
    type ValidatorSet = Electorate;
    type Timeouts = malachite::LinearTimeouts;
    type Value = Block;
    type Vote = CoreVote;
    type Extension = ();
    type SigningScheme = Scheme;

    fn select_proposer<'a>(&self, electorate: &'a Electorate, height: At, round: malachite::Round) -> &'a Member {
        let round = our_round(round).unwrap_or_default();
        let chosen = proposer(electorate.set(), height.0, round, &electorate.0.missed);
        electorate.member(&chosen.key).expect("the proposer is chosen from this set")
    }

    fn new_proposal(
        &self,
        height: At,
        round: malachite::Round,
        value: Block,
        pol_round: malachite::Round,
        address: Voter,
    ) -> CoreProposal {
        let round = our_round(round).expect("the core proposes only in rounds that it has entered");
        let (chain, height, valid_round) = (self.0, height.0, our_round(pol_round));
        Proposal { chain, height, round, value: value.0, valid_round, proposer: address.0 }.into()
    }

    fn new_prevote(&self, height: At, round: malachite::Round, value: NilOrVal<Block>, address: Voter) -> CoreVote {
        self.vote((height, round), value, address, VoteKind::Prevote)
    }

    fn new_precommit(&self, height: At, round: malachite::Round, value: NilOrVal<Block>, address: Voter) -> CoreVote {
        self.vote((height, round), value, address, VoteKind::Precommit)
    }
}

impl malachite::Vote<Bulla> for CoreVote {
    fn height(&self) -> At {
        At(self.vote.height)
    }

    fn round(&self) -> malachite::Round {
        core_round(self.vote.round)
    }

    fn value(&self) -> &NilOrVal<Block> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<Block> {
        self.value
    }

    fn vote_type(&self) -> malachite::VoteType {
        match self.vote.kind {
            VoteKind::Prevote => malachite::VoteType::Prevote,
            VoteKind::Precommit => malachite::VoteType::Precommit,
        }
    }

    fn validator_address(&self) -> &Voter {
        &self.voter
    }

    fn extension(&self) -> Option<&malachite::SignedExtension<Bulla>> {
        None
    }

    fn take_extension(&mut self) -> Option<malachite::SignedExtension<Bulla>> {
        None
    }

    fn extend(self, _: malachite::SignedExtension<Bulla>) -> Self {
        self
    }
}

impl malachite::Proposal<Bulla> for CoreProposal {
    fn height(&self) -> At {
        At(self.proposal.height)
    }

    fn round(&self) -> malachite::Round {
        core_round(self.proposal.round)
    }

    fn value(&self) -> &Block {
        &self.value
    }

    fn take_value(self) -> Block {
        self.value
    }

    fn pol_round(&self) -> malachite::Round {
        core_round(self.proposal.valid_round)
    }

    fn validator_address(&self) -> &Voter {
        &self.proposer
    }
}

impl malachite::Validator<Bulla> for Member {
    fn address(&self) -> &Voter {
        &self.voter
    }

    fn public_key(&self) -> &PublicKey {
        &self.voter.0
    }

    fn voting_power(&self) -> u64 {
        self.power
    }
}

impl malachite::ValidatorSet<Bulla> for Electorate {
    fn count(&self) -> usize {
        self.0.members.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.0.set.total_power()
    }

    fn get_by_address(&self, address: &Voter) -> Option<&Member> {
        self.member(&address.0)
    }

    fn get_by_index(&self, index: usize) -> Option<&Member> {
        self.0.members.get(index)
    }
}

impl malachite::Value for Block {
    type Id = Block;

    fn id(&self) -> Block {
        *self
    }
}

impl malachite::Height for At {
    const ZERO: Self = At(Height(0));
    const INITIAL: Self = At(Height(1));

    fn increment_by(&self, n: u64) -> Self {
        At(Height(self.0.0.saturating_add(n)))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.0.checked_sub(n).map(|height| At(Height(height)))
    }

    fn as_u64(&self) -> u64 {
        self.0.0
    }
}

impl malachite::ProposalPart<Bulla> for NoPart {
    fn is_first(&self) -> bool {
        match *self {}
    }

    fn is_last(&self) -> bool {
        match *self {}
    }
}

impl malachite::SigningScheme for Scheme {
    type DecodingError = canonical::DecodeError;
    type Signature = Seal;
    type PublicKey = PublicKey;
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Seal, canonical::DecodeError> {
        canonical::decode(bytes, 65).map(|signature| Seal(Some(signature)))
    }

    fn encode_signature(signature: &Seal) -> Vec<u8> {
        signature.0.as_ref().map(canonical::encode).unwrap_or_default()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, canonical::DecodeError> {
        canonical::decode(bytes, 33)
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        canonical::encode(key)
    }
}

impl malachite::Address for Voter {}

impl fmt::Display for Voter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
