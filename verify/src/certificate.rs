//! A certificate: a quorum's precommits for one block, which makes it final for anyone.
//!
//! Certificates differ from node to node, since each sees another quorum first; none is ever hashed. A certificate with one
//! bad signature is refused whole, even if a quorum would be left without it.

use crate::chain::{ChainId, HeaderHash, Height, Round};
use crate::keys::{Signature, SignatureError, Suite};
use crate::validators::{MAX_VALIDATORS, ValidatorSet};
use crate::vote::{Statement, Vote, VoteKind};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// Places in a validator set, one bit each; bit 0 is the first validator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signers(pub u64);

impl Signers {
    /// Whether a place is among them.
    pub fn contains(self, index: usize) -> bool {
        Self::bit(index).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Adds a place below [`MAX_VALIDATORS`].
    pub fn insert(&mut self, index: usize) {
        self.0 |= Self::bit(index).expect("a validator's place is below MAX_VALIDATORS");
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.indexes().count()
    }

    /// The places, ascending.
    pub fn indexes(self) -> impl Iterator<Item = usize> {
        (0..MAX_VALIDATORS).filter(move |index| self.contains(*index))
    }

    fn bit(index: usize) -> Option<u64> {
        u32::try_from(index).ok().and_then(|index| 1u64.checked_shl(index))
    }
}

/// A quorum's precommits for one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The height decided.
    pub height: Height,
    /// The round in which it was decided.
    pub round: Round,
    /// The block decided.
    pub value: HeaderHash,
    /// Who signed, by place in the validator set of the height.
    pub signers: Signers,
    /// Their signatures, in the order of their places; all of one suite.
    pub signatures: Vec<Signature>,
}

/// Why a certificate proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It names a place that the set does not have.
    #[error("signer {index} is not in a set of {count}")]
    Index {
        /// The place named.
        index: usize,
        /// How many validators there are.
        count: usize,
    },
    /// As many signatures as signers are needed.
    #[error("{found} signatures for {expected} signers")]
    Count {
        /// How many signatures there are.
        found: usize,
        /// How many signers are named.
        expected: usize,
    },
    /// Too little power signed.
    #[error("power {found} signed, {needed} is needed")]
    Quorum {
        /// The power of the signers.
        found: u64,
        /// The least power that decides.
        needed: u64,
    },
    /// One signature does not hold.
    #[error("signer {index}: {reason}")]
    Signature {
        /// Whose.
        index: usize,
        /// Why.
        reason: SignatureError,
    },
}

impl Certificate {
    /// Checks the certificate against the validator set of its height.
    pub fn check(&self, chain: ChainId, validators: &ValidatorSet) -> Result<(), CertificateError> {
        let expected = self.signers.count();
        if self.signatures.len() != expected {
            return Err(CertificateError::Count { found: self.signatures.len(), expected });
        }
        let mut power = 0u64;
        for index in self.signers.indexes() {
            let count = validators.count();
            let validator = validators.at(index).ok_or(CertificateError::Index { index, count })?;
            power = power.saturating_add(validator.power);
        }
        if power < validators.quorum() {
            return Err(CertificateError::Quorum { found: power, needed: validators.quorum() });
        }
        for (index, signature) in self.signers.indexes().zip(&self.signatures) {
            let voter = validators.at(index).expect("every place was found above").key;
            voter
                .verify(&self.precommit(chain, voter).digest(), signature)
                .map_err(|reason| CertificateError::Signature { index, reason })?;
        }
        Ok(())
    }

    fn precommit(&self, chain: ChainId, voter: crate::keys::PublicKey) -> Vote {
        let (height, round, value) = (self.height, self.round, Some(self.value));
        Vote { chain, height, round, kind: VoteKind::Precommit, value, voter }
    }
}

/// On the wire the suite stands once, and the number of signatures follows from the signers.
impl BorshSerialize for Certificate {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        if self.signatures.len() != self.signers.count() {
            return Err(borsh::io::ErrorKind::InvalidInput.into());
        }
        (self.height, self.round, self.value, self.signers, Suite::Ed25519).serialize(writer)?;
        self.signatures.iter().try_for_each(|signature| signature.bytes.serialize(writer))
    }
}

impl BorshDeserialize for Certificate {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let (height, round, value, signers, suite) =
            <(Height, Round, HeaderHash, Signers, Suite)>::deserialize_reader(reader)?;
        let signatures: borsh::io::Result<Vec<_>> = signers
            .indexes()
            .map(|_| <[u8; 64]>::deserialize_reader(reader).map(|bytes| Signature { suite, bytes }))
            .collect();
        Ok(Certificate { height, round, value, signers, signatures: signatures? })
    }
}
