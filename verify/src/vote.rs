//! What validators say to one another, and the exact bytes that they sign.
//!
//! Every signed message names its chain, height, round and speaker, so that no signature means anything elsewhere.
//! A light client checks precommits from these bytes alone.

use crate::chain::{ChainId, HeaderHash, Height, Round};
use crate::hash::{Context, Hash};
use crate::keys::{PublicKey, Signature, SignatureError, SigningKey};
use crate::validators::ValidatorSet;
use borsh::{BorshDeserialize, BorshSerialize};

/// Which of the two votes of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum VoteKind {
    /// The first vote: this value is acceptable to me.
    Prevote = 1,
    /// The second vote: I saw a quorum for this value. A quorum of these decides.
    Precommit = 2,
}

/// A vote for a value, or for none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Vote {
    /// The chain voted on.
    pub chain: ChainId,
    /// The height voted on.
    pub height: Height,
    /// The round voted in.
    pub round: Round,
    /// Prevote or precommit.
    pub kind: VoteKind,
    /// The block voted for; `None` is a vote for no block in this round.
    pub value: Option<HeaderHash>,
    /// Who votes.
    pub voter: PublicKey,
}

/// A proposer's word that a block is its proposal for a round. The header and the bodies travel beside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// The chain proposed on.
    pub chain: ChainId,
    /// The height proposed for.
    pub height: Height,
    /// The round proposed in.
    pub round: Round,
    /// The block proposed.
    pub value: HeaderHash,
    /// The earlier round in which this value had a quorum of prevotes, if it is proposed again.
    pub valid_round: Option<Round>,
    /// Who proposes.
    pub proposer: PublicKey,
}

/// Something that a validator signs.
pub trait Statement {
    /// What the signature is over.
    fn digest(&self) -> Hash;
    /// Whose signature it must be.
    fn speaker(&self) -> &PublicKey;
}

impl Statement for Vote {
    fn digest(&self) -> Hash {
        Context::Vote.hash_of(self)
    }

    fn speaker(&self) -> &PublicKey {
        &self.voter
    }
}

impl Statement for Proposal {
    fn digest(&self) -> Hash {
        Context::Proposal.hash_of(self)
    }

    fn speaker(&self) -> &PublicKey {
        &self.proposer
    }
}

/// A statement as it comes from the wire: whether the signature holds is not known.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Said<S> {
    /// What is said.
    pub statement: S,
    /// The speaker's signature.
    pub signature: Signature,
}

/// A vote as it comes from the wire.
pub type SignedVote = Said<Vote>;

/// A proposal as it comes from the wire.
pub type SignedProposal = Said<Proposal>;

/// A statement whose speaker is a validator of its height and whose signature holds. There is no way to make one but
/// [`Said::check`] and [`Heard::own`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard<S>(Said<S>);

/// Why a vote or proposal is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// Usual cause: a peer configured for another network.
    #[error("the message is for another chain")]
    Chain,
    /// Usual cause: a validator that has left, or a set this node has not reached yet.
    #[error("the speaker is no validator of this height")]
    Stranger,
    /// The signature is wrong.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl<S: Statement + ChainBound> Said<S> {
    /// Checks that the speaker is in the set and signed exactly this.
    pub fn check(self, chain: ChainId, validators: &ValidatorSet) -> Result<Heard<S>, Unheard> {
        if self.statement.chain() != chain {
            return Err(Unheard::Chain);
        }
        let speaker = self.statement.speaker();
        validators.find(speaker).ok_or(Unheard::Stranger)?;
        speaker.verify(&self.statement.digest(), &self.signature)?;
        Ok(Heard(self))
    }
}

impl<S: Statement> Heard<S> {
    /// Signs a statement of one's own.
    ///
    /// # Panics
    /// If the key is not the speaker's: a bug in the caller.
    pub fn own(statement: S, key: &SigningKey) -> Self {
        assert!(*statement.speaker() == key.public(), "a validator signs only its own words");
        let signature = key.sign(&statement.digest());
        Heard(Said { statement, signature })
    }
}

impl<S> Heard<S> {
    /// What was said.
    pub fn statement(&self) -> &S {
        &self.0.statement
    }

    /// The signature over it.
    pub fn signature(&self) -> &Signature {
        &self.0.signature
    }

    /// The statement with its signature, to be sent or logged.
    pub fn said(&self) -> &Said<S> {
        &self.0
    }

    /// The statement with its signature, to be sent or logged.
    pub fn into_said(self) -> Said<S> {
        self.0
    }
}

/// Something that names its chain.
pub trait ChainBound {
    /// The chain that it belongs to.
    fn chain(&self) -> ChainId;
}

impl ChainBound for Vote {
    fn chain(&self) -> ChainId {
        self.chain
    }
}

impl ChainBound for Proposal {
    fn chain(&self) -> ChainId {
        self.chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{decode, encode};
    use crate::validators::Validator;
    use alloc::vec::Vec;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn validators() -> ValidatorSet {
        let organisation = "11310000000000035N".parse().unwrap();
        let validator = |seed| Validator { key: key(seed).public(), organisation, power: 1 };
        ValidatorSet::new((0..4).map(validator).collect()).unwrap()
    }

    fn vote(voter: &SigningKey) -> Vote {
        Vote {
            chain: ChainId(Hash([1; 32])),
            height: Height(5),
            round: Round(0),
            kind: VoteKind::Precommit,
            value: Some(HeaderHash(Hash([2; 32]))),
            voter: voter.public(),
        }
    }

    #[test]
    fn a_vote_is_heard_from_a_validator_of_this_chain() {
        let vote = vote(&key(2));
        let said = Heard::own(vote.clone(), &key(2)).into_said();
        let heard = said.clone().check(vote.chain, &validators()).unwrap();
        assert_eq!((heard.statement(), heard.said()), (&vote, &said));
        assert_eq!(said.check(ChainId(Hash([9; 32])), &validators()), Err(Unheard::Chain));
    }

    #[test]
    fn strangers_and_borrowed_signatures_are_not_heard() {
        let stranger = Heard::own(vote(&key(9)), &key(9)).into_said();
        assert_eq!(stranger.check(ChainId(Hash([1; 32])), &validators()), Err(Unheard::Stranger));
        let signature = *Heard::own(vote(&key(1)), &key(1)).signature();
        let borrowed = Said { statement: vote(&key(2)), signature };
        let refused = borrowed.check(ChainId(Hash([1; 32])), &validators());
        assert_eq!(refused, Err(Unheard::Signature(SignatureError::Mismatch)));
    }

    #[test]
    fn every_field_of_a_vote_and_a_proposal_is_signed() {
        let (vote, other) = (vote(&key(0)), HeaderHash(Hash([3; 32])));
        let votes = [
            vote.clone(),
            Vote { chain: ChainId(Hash([9; 32])), ..vote.clone() },
            Vote { height: Height(6), ..vote.clone() },
            Vote { round: Round(1), ..vote.clone() },
            Vote { kind: VoteKind::Prevote, ..vote.clone() },
            Vote { value: None, ..vote.clone() },
            Vote { value: Some(other), ..vote.clone() },
            Vote { voter: key(1).public(), ..vote.clone() },
        ];
        let Vote { chain, height, round, .. } = vote;
        let proposer = key(0).public();
        let proposal = Proposal { chain, height, round, value: HeaderHash(Hash([2; 32])), valid_round: None, proposer };
        let proposals = [
            proposal.clone(),
            Proposal { chain: ChainId(Hash([9; 32])), ..proposal.clone() },
            Proposal { height: Height(6), ..proposal.clone() },
            Proposal { round: Round(1), ..proposal.clone() },
            Proposal { value: other, ..proposal.clone() },
            Proposal { valid_round: Some(Round(0)), ..proposal.clone() },
            Proposal { proposer: key(1).public(), ..proposal.clone() },
        ];
        let digests: Vec<Hash> =
            votes.iter().map(Statement::digest).chain(proposals.iter().map(Statement::digest)).collect();
        let distinct: alloc::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(distinct.len(), digests.len());
        for vote in votes {
            assert_eq!(decode(&encode(&vote), 256), Ok(vote));
        }
        for proposal in proposals {
            assert_eq!(decode(&encode(&proposal), 256), Ok(proposal));
        }
    }

    #[test]
    #[should_panic(expected = "a validator signs only its own words")]
    fn nobody_signs_for_another() {
        Heard::own(vote(&key(1)), &key(2));
    }
}
