//! What a proof file proves, time apart: that a quorum of the chain's validators decided a block whose state holds this
//! record, or holds none.
//!
//! A [`Proven`] comes out of [`StatusProof::check`] alone. Checks run from cheap to dear: signatures come last.

use crate::anchor::{Anchor, Uncertified};
use crate::canonical::{self, DecodeError};
use crate::catalogue::LicenceType;
use crate::certificate::Signers;
use crate::chain::{ChainId, Height};
use crate::handover::{self, BrokenLink};
use crate::header::Light;
use crate::identifiers::uscc::Uscc;
use crate::licence::Licence;
use crate::organisation::Organisation;
use crate::proof::{Claim, FileError, StatusProof};
use crate::record::MAX_RECORD_BYTES;
use crate::tree::{self, ProofError, value_hash};
use crate::validators::ValidatorSet;
use alloc::boxed::Box;
use alloc::vec::Vec;
use borsh::BorshDeserialize;
use serde::Serialize;

/// Why a proof does not hold, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The bytes are no proof file.
    #[error("the file cannot be read: {0}")]
    File(#[from] FileError),
    /// Usual cause: a file of another network, or the wrong genesis file.
    #[error("the proof is of chain {found}, the anchor is of chain {expected}")]
    Chain {
        /// The chain of the proof.
        found: ChainId,
        /// The chain of the anchor.
        expected: ChainId,
    },
    /// The path shows nothing of the kind claimed, under whatever root.
    #[error("the path does not show what is claimed: {0}")]
    State(#[from] ProofError),
    /// The state holds bytes of another form. Usual cause: a program older than the chain.
    #[error("the record cannot be read: {0}")]
    Record(#[from] DecodeError),
    /// The record is of something else than the claim.
    #[error("the record is not of what was asked about")]
    OtherRecord,
    /// A hand-over does not hold.
    #[error(transparent)]
    Handover(#[from] BrokenLink),
    /// The validators in force did not decide a block with this time and a state that shows this record.
    #[error("the block is not certified: {0}")]
    Uncertified(#[from] Uncertified),
}

/// JSON as text.
impl Serialize for Failure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A record that the state holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// A licence.
    Licence(Box<Licence>),
    /// An organisation.
    Organisation(Organisation),
    /// A licence type.
    LicenceType(LicenceType),
}

/// What a quorum of validators certified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    pub(crate) claim: Claim,
    pub(crate) record: Option<Recorded>,
    pub(crate) chain: ChainId,
    pub(crate) light: Light,
    pub(crate) signed_by: Vec<Uscc>,
    pub(crate) validators: usize,
    pub(crate) recovered_after: Vec<Height>,
}

impl StatusProof {
    /// Checks everything that does not depend on the time at which it is asked.
    pub fn check(&self, anchor: &Anchor) -> Result<Proven, Failure> {
        if self.chain != anchor.chain() {
            return Err(Failure::Chain { found: self.chain, expected: anchor.chain() });
        }
        let value = self.record.as_deref().map(value_hash);
        let light = self.stamp.with_root(tree::root_of(&self.claim.key(), value, &self.path)?);
        let record = self.record.as_deref().map(|bytes| read(&self.claim, bytes)).transpose()?;
        let in_force = handover::in_force_at(light.height, anchor, &self.handovers)?;
        let certificate = self.seal.clone().on(light.height, light.header_hash(&self.rest));
        in_force.check(&light, &self.rest, &certificate)?;
        Ok(Proven {
            claim: self.claim.clone(),
            record,
            chain: self.chain,
            light,
            signed_by: organisations(in_force.validators(), certificate.signers),
            validators: in_force.validators().count(),
            recovered_after: handover::recoveries(anchor, &self.handovers).collect(),
        })
    }
}

impl Proven {
    /// What was asked.
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// What the state held on it, if anything.
    pub fn record(&self) -> Option<&Recorded> {
        self.record.as_ref()
    }

    /// The light half of the certified header.
    pub fn light(&self) -> &Light {
        &self.light
    }
}

/// The record of a claim's kind, if it is the record of this claim.
fn read(claim: &Claim, bytes: &[u8]) -> Result<Recorded, Failure> {
    fn of<T: BorshDeserialize>(bytes: &[u8], is_claimed: impl Fn(&T) -> bool) -> Result<T, Failure> {
        let record = canonical::decode(bytes, MAX_RECORD_BYTES)?;
        if is_claimed(&record) { Ok(record) } else { Err(Failure::OtherRecord) }
    }
    Ok(match claim {
        Claim::Licence(id) => Recorded::Licence(Box::new(of(bytes, |licence: &Licence| licence.base == id.base())?)),
        Claim::Organisation(uscc) => Recorded::Organisation(of(bytes, |body: &Organisation| body.uscc == *uscc)?),
        Claim::LicenceType(code) => Recorded::LicenceType(of(bytes, |kind: &LicenceType| kind.code == *code)?),
    })
}

fn organisations(validators: &ValidatorSet, signers: Signers) -> Vec<Uscc> {
    signers.indexes().filter_map(|index| validators.at(index)).map(|validator| validator.organisation).collect()
}
