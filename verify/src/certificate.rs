//! A certificate: a quorum's precommits for one block, which makes it final for anyone.
//!
//! Certificates differ from node to node, since each sees another quorum first; none is ever hashed. A certificate with one
//! bad signature is refused whole, even if a quorum would be left without it.

use crate::chain::{ChainId, HeaderHash, Height, Round};
use crate::keys::{Signature, SignatureError, Suite};
use crate::planted::{self, Bug};
use crate::validators::{MAX_VALIDATORS, ValidatorSet};
use crate::vote::{Statement, Vote, VoteKind};
use alloc::vec::Vec;
use borsh::io::{ErrorKind, Read, Result as IoResult, Write};
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

/// A certificate beside the header that it decides, which says the height and the block already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The round in which it was decided.
    pub round: Round,
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

impl Seal {
    /// The certificate that this makes for a block.
    pub fn on(self, height: Height, value: HeaderHash) -> Certificate {
        let Seal { round, signers, signatures } = self;
        Certificate { height, round, value, signers, signatures }
    }
}

impl Certificate {
    /// As few of its signatures as decide, those of the first places: a proof needs no more.
    pub fn trimmed(&self, validators: &ValidatorSet) -> Certificate {
        let (mut power, mut signers, mut signatures) = (0u64, Signers::default(), Vec::new());
        for (index, signature) in self.signers.indexes().zip(&self.signatures) {
            if power >= validators.quorum() {
                break;
            }
            power = power.saturating_add(validators.at(index).map_or(0, |validator| validator.power));
            signers.insert(index);
            signatures.push(*signature);
        }
        Certificate { signers, signatures, ..*self }
    }

    /// All of it but what its header says.
    pub fn seal(&self) -> Seal {
        Seal { round: self.round, signers: self.signers, signatures: self.signatures.clone() }
    }

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
                .or_else(|reason| if planted::on(Bug::TolerateBadSignature) { Ok(()) } else { Err(reason) })
                .map_err(|reason| CertificateError::Signature { index, reason })?;
        }
        Ok(())
    }

    fn precommit(&self, chain: ChainId, voter: crate::keys::PublicKey) -> Vote {
        let (height, round, value) = (self.height, self.round, Some(self.value));
        Vote { chain, height, round, kind: VoteKind::Precommit, value, voter }
    }
}

impl BorshSerialize for Certificate {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        (self.height, self.round, self.value).serialize(writer)?;
        write_signatures(self.signers, &self.signatures, writer)
    }
}

impl BorshDeserialize for Certificate {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let (height, round, value) = BorshDeserialize::deserialize_reader(reader)?;
        let (signers, signatures) = read_signatures(reader)?;
        Ok(Certificate { height, round, value, signers, signatures })
    }
}

impl BorshSerialize for Seal {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.round.serialize(writer)?;
        write_signatures(self.signers, &self.signatures, writer)
    }
}

impl BorshDeserialize for Seal {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let round = Round::deserialize_reader(reader)?;
        let (signers, signatures) = read_signatures(reader)?;
        Ok(Seal { round, signers, signatures })
    }
}

/// The suite stands once, and the number of signatures follows from the signers.
fn write_signatures<W: Write>(signers: Signers, signatures: &[Signature], writer: &mut W) -> IoResult<()> {
    if signatures.len() != signers.count() {
        return Err(ErrorKind::InvalidInput.into());
    }
    (signers, Suite::Ed25519).serialize(writer)?;
    signatures.iter().try_for_each(|signature| signature.bytes.serialize(writer))
}

fn read_signatures<R: Read>(reader: &mut R) -> IoResult<(Signers, Vec<Signature>)> {
    let (signers, suite) = <(Signers, Suite)>::deserialize_reader(reader)?;
    let signature = |_| <[u8; 64]>::deserialize_reader(reader).map(|bytes| Signature { suite, bytes });
    let signatures = signers.indexes().map(signature).collect::<IoResult<_>>()?;
    Ok((signers, signatures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{DecodeError, decode, encode};
    use crate::hash::Hash;
    use crate::keys::SigningKey;
    use crate::validators::Validator;

    const CHAIN: ChainId = ChainId(Hash([1; 32]));

    /// A set of these powers, and a certificate of these signers.
    fn certified(powers: &[u64], signers: &[usize]) -> (ValidatorSet, Certificate) {
        let organisation = "11310000000000035N".parse().unwrap();
        let mut keys: Vec<_> = (0u8..).take(powers.len()).map(|seed| SigningKey::from_seed(&[seed; 32])).collect();
        keys.sort_by_key(SigningKey::public);
        let validators =
            keys.iter().zip(powers).map(|(key, power)| Validator { key: key.public(), organisation, power: *power });
        let set = ValidatorSet::new(validators.collect()).unwrap();
        let mut certificate = Certificate {
            height: Height(5),
            round: Round(2),
            value: HeaderHash(Hash([2; 32])),
            signers: Signers::default(),
            signatures: Vec::new(),
        };
        for at in signers {
            certificate.signers.insert(*at);
            let vote = certificate.precommit(CHAIN, keys[*at].public());
            certificate.signatures.push(keys[*at].sign(&vote.digest()));
        }
        (set, certificate)
    }

    #[test]
    fn signers_are_bits_from_the_lowest() {
        let mut signers = Signers::default();
        [0, 5, 63].into_iter().for_each(|at| signers.insert(at));
        assert_eq!(signers.0, 1 | 1 << 5 | 1 << 63);
        assert_eq!(signers.indexes().collect::<Vec<_>>(), [0, 5, 63]);
        assert_eq!(signers.count(), 3);
        assert!(signers.contains(63) && !signers.contains(64) && !signers.contains(usize::MAX));
    }

    #[test]
    fn a_quorum_of_power_certifies_and_less_does_not() {
        for count in 1..=10 {
            let needed = count * 2 / 3 + 1;
            let powers = alloc::vec![1; count];
            let (set, certificate) = certified(&powers, &(count - needed..count).collect::<Vec<_>>());
            assert_eq!(certificate.check(CHAIN, &set), Ok(()), "{count} validators");
            let (set, certificate) = certified(&powers, &(1..needed).collect::<Vec<_>>());
            let (found, needed) = (set.quorum() - 1, set.quorum());
            assert_eq!(certificate.check(CHAIN, &set), Err(CertificateError::Quorum { found, needed }));
        }
        let (set, certificate) = certified(&[10, 1, 1, 1], &[0]);
        assert_eq!(certificate.check(CHAIN, &set), Ok(()), "power counts, not heads");
        let (set, certificate) = certified(&[10, 1, 1, 1], &[1, 2, 3]);
        assert_eq!(certificate.check(CHAIN, &set), Err(CertificateError::Quorum { found: 3, needed: 9 }));
    }

    #[test]
    fn one_bad_signature_spoils_a_quorum() {
        let (set, mut certificate) = certified(&[1; 4], &[0, 1, 2, 3]);
        certificate.signatures[3].bytes[63] ^= 1;
        let reason = SignatureError::Mismatch;
        assert_eq!(certificate.check(CHAIN, &set), Err(CertificateError::Signature { index: 3, reason }));
    }

    #[test]
    fn a_place_outside_the_set_and_a_wrong_count_are_refused() {
        let (set, mut certificate) = certified(&[1; 4], &[0, 1, 2]);
        certificate.signers.insert(4);
        assert_eq!(certificate.check(CHAIN, &set), Err(CertificateError::Count { found: 3, expected: 4 }));
        certificate.signatures.push(certificate.signatures[0]);
        assert_eq!(certificate.check(CHAIN, &set), Err(CertificateError::Index { index: 4, count: 4 }));
    }

    #[test]
    fn a_certificate_holds_for_its_block_round_height_and_chain_alone() {
        let (set, certificate) = certified(&[1; 4], &[0, 1, 2]);
        let other = HeaderHash(Hash([3; 32]));
        for changed in [
            Certificate { height: Height(6), ..certificate.clone() },
            Certificate { round: Round(3), ..certificate.clone() },
            Certificate { value: other, ..certificate.clone() },
        ] {
            assert!(matches!(changed.check(CHAIN, &set), Err(CertificateError::Signature { index: 0, .. })));
        }
        assert!(certificate.check(ChainId(Hash([9; 32])), &set).is_err());
    }

    #[test]
    fn the_number_of_signatures_follows_from_the_signers() {
        let (_, certificate) = certified(&[1; 4], &[0, 2, 3]);
        let mut bytes = encode(&certificate);
        assert_eq!(bytes.len(), 8 + 4 + 32 + 8 + 1 + 3 * 64);
        assert_eq!(decode(&bytes, 300), Ok(certificate));
        bytes[44] |= 0b10;
        assert_eq!(decode::<Certificate>(&bytes, 300), Err(DecodeError::NotCanonical), "a fourth signer, no signature");
        bytes[44] = 0b1;
        assert_eq!(decode::<Certificate>(&bytes, 300), Err(DecodeError::NotCanonical), "one signer, three signatures");
        bytes[44] = 0b1101;
        bytes[52] = 2;
        assert_eq!(decode::<Certificate>(&bytes, 300), Err(DecodeError::NotCanonical), "a suite that is not known");
    }
}
