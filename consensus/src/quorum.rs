//! Bundles of votes that prove something: a polka, that a round may be entered, a decision.
//!
//! None can be made but by its check against the validator set of its height, from votes that were each heard.

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::certificate::{Certificate, CertificateError};
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::validators::ValidatorSet;
use bulla_verify::vote::{Heard, SignedVote, Vote, VoteKind};
use std::collections::BTreeSet;

/// A quorum's prevotes for one value in one round. It lets a value be proposed again to those who missed the votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polka {
    pub(crate) height: Height,
    pub(crate) round: Round,
    pub(crate) value: HeaderHash,
    pub(crate) votes: Vec<SignedVote>,
}

/// Votes that let a round be entered, so that all validators come to the same round soon after messages get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundChange {
    pub(crate) height: Height,
    pub(crate) round: Round,
    pub(crate) kind: ChangeKind,
    pub(crate) votes: Vec<SignedVote>,
}

/// What the votes of a [`RoundChange`] say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ChangeKind {
    /// More than a third voted, in any way, in the round to be entered: at least one honest validator is there.
    Skip = 1,
    /// A quorum precommitted, in any way, in the round to be left.
    Precommits = 2,
}

/// A certificate that was checked against the validator set of its height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision(Certificate);

/// Why votes prove nothing together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoQuorum {
    /// They differ in height, round, or (where it matters) kind or value; or one validator is counted twice.
    #[error("the votes do not say one thing, once each")]
    Mixed,
    /// Too little power stands behind them.
    #[error("power {found} voted, {needed} is needed")]
    Power {
        /// The power of the voters.
        found: u64,
        /// The least power that proves it.
        needed: u64,
    },
}

impl Polka {
    /// The polka that these votes make: prevotes by a quorum, all for one value in one round.
    pub fn new(votes: Vec<Heard<Vote>>, validators: &ValidatorSet) -> Result<Self, NoQuorum> {
        let first = votes.first().ok_or(NoQuorum::Mixed)?.statement();
        let (height, round, value) = (first.height, first.round, first.value.ok_or(NoQuorum::Mixed)?);
        if votes.iter().any(|vote| vote.statement().kind != VoteKind::Prevote || vote.statement().value != Some(value))
        {
            return Err(NoQuorum::Mixed);
        }
        together(&votes, height, round, validators, validators.quorum())?;
        Ok(Polka { height, round, value, votes: votes.into_iter().map(Heard::into_said).collect() })
    }
}

impl RoundChange {
    /// The change of round that these votes allow.
    pub fn new(kind: ChangeKind, votes: Vec<Heard<Vote>>, validators: &ValidatorSet) -> Result<Self, NoQuorum> {
        let first = votes.first().ok_or(NoQuorum::Mixed)?.statement();
        let (height, round) = (first.height, first.round);
        let needed = match kind {
            ChangeKind::Skip => more_than_a_third(validators.total_power()),
            ChangeKind::Precommits if votes.iter().all(|vote| vote.statement().kind == VoteKind::Precommit) => {
                validators.quorum()
            }
            ChangeKind::Precommits => return Err(NoQuorum::Mixed),
        };
        together(&votes, height, round, validators, needed)?;
        Ok(RoundChange { height, round, kind, votes: votes.into_iter().map(Heard::into_said).collect() })
    }
}

impl Decision {
    /// Checks a certificate, as a peer sends it to one that is behind.
    pub fn check(
        certificate: Certificate,
        chain: ChainId,
        validators: &ValidatorSet,
    ) -> Result<Self, CertificateError> {
        certificate.check(chain, validators)?;
        Ok(Decision(certificate))
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.0
    }

    /// The certificate.
    pub fn into_certificate(self) -> Certificate {
        self.0
    }
}

/// The power of those of these voters who are in the set, each counted once.
pub(crate) fn power_of<'a>(voters: impl Iterator<Item = &'a PublicKey>, validators: &ValidatorSet) -> u64 {
    let voters: BTreeSet<&PublicKey> = voters.collect();
    voters.into_iter().filter_map(|voter| validators.find(voter)).fold(0, |sum, voter| sum.saturating_add(voter.power))
}

pub(crate) fn more_than_a_third(total: u64) -> u64 {
    total.checked_div(3).unwrap_or(0).saturating_add(1)
}

fn together(
    votes: &[Heard<Vote>],
    height: Height,
    round: Round,
    validators: &ValidatorSet,
    needed: u64,
) -> Result<(), NoQuorum> {
    let voters: BTreeSet<&PublicKey> = votes.iter().map(|vote| &vote.statement().voter).collect();
    let elsewhere = |vote: &Heard<Vote>| vote.statement().height != height || vote.statement().round != round;
    if voters.len() != votes.len() || votes.iter().any(elsewhere) {
        return Err(NoQuorum::Mixed);
    }
    let found = power_of(voters.into_iter(), validators);
    if found < needed { Err(NoQuorum::Power { found, needed }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
