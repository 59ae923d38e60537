//! The validators of a height, their powers, and what a quorum of them is.

use crate::canonical;
use crate::hash::{Context, Hash};
use crate::identifiers::uscc::Uscc;
use crate::keys::{PublicKey, SignatureError};
use crate::planted::{self, Bug};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The most validators that one set may have: a certificate's bitmap is one `u64`.
pub const MAX_VALIDATORS: usize = 64;

/// The most power that one validator may have; 64 of these still fit a `u64` three times over.
pub const MAX_POWER: u64 = 1 << 32;

/// A department that votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Validator {
    /// The key that signs its votes and proposals.
    pub key: PublicKey,
    /// The organisation that runs it.
    pub organisation: Uscc,
    /// Its weight in a quorum, from 1 to [`MAX_POWER`].
    pub power: u64,
}

/// The validators of one height, in the order of their keys. Certificates name signers by their place in it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, Serialize)]
#[serde(transparent)]
pub struct ValidatorSet(Vec<Validator>);

/// Why a list of validators is not a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// No validator, or more than a certificate can name.
    #[error("{found} validators; a set has 1 to {MAX_VALIDATORS}")]
    Size {
        /// How many there are.
        found: usize,
    },
    /// Not in strictly ascending order of keys. Usual cause: one key given twice.
    #[error("validators are not in strictly ascending order of their keys")]
    Order,
    /// No power, or more than the maximum.
    #[error("validator {key} has power {found}; 1 to {MAX_POWER} is allowed")]
    Power {
        /// Whose power it is.
        key: PublicKey,
        /// What it is.
        found: u64,
    },
    /// A weak key would accept votes that its owner never cast.
    #[error("validator key {key}: {reason}")]
    Key {
        /// The key.
        key: PublicKey,
        /// Why it is refused.
        reason: SignatureError,
    },
}

impl ValidatorSet {
    /// A set of validators given in any order.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        validators.sort_by_key(|validator| validator.key);
        Self::sorted(validators)
    }

    fn sorted(validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        if validators.is_empty() || validators.len() > MAX_VALIDATORS {
            return Err(ValidatorSetError::Size { found: validators.len() });
        }
        if !validators.is_sorted_by(|a, b| a.key < b.key) {
            return Err(ValidatorSetError::Order);
        }
        for Validator { key, power, .. } in &validators {
            if !(1..=MAX_POWER).contains(power) {
                return Err(ValidatorSetError::Power { key: *key, found: *power });
            }
            key.check_strength().map_err(|reason| ValidatorSetError::Key { key: *key, reason })?;
        }
        Ok(ValidatorSet(validators))
    }

    /// The validators, in the order of their keys.
    pub fn as_slice(&self) -> &[Validator] {
        &self.0
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The validator at a place, if there is one.
    pub fn at(&self, index: usize) -> Option<&Validator> {
        self.0.get(index)
    }

    /// The place of a key.
    pub fn index_of(&self, key: &PublicKey) -> Option<usize> {
        self.0.binary_search_by_key(key, |validator| validator.key).ok()
    }

    /// The validator with a key.
    pub fn find(&self, key: &PublicKey) -> Option<&Validator> {
        self.index_of(key).and_then(|index| self.0.get(index))
    }

    /// The sum of all powers.
    pub fn total_power(&self) -> u64 {
        self.0.iter().fold(0, |sum, validator| sum.saturating_add(validator.power))
    }

    /// The least power that is a quorum: ⌊2n/3⌋+1. (2f+1 would be wrong where n ≠ 3f+1.)
    pub fn quorum(&self) -> u64 {
        self.total_power()
            .saturating_mul(2)
            .checked_div(3)
            .unwrap_or(0)
            .saturating_add(u64::from(!planted::on(Bug::OffByOneQuorum)))
    }

    /// The hash that headers name a set by.
    pub fn hash(&self) -> Hash {
        Context::ValidatorSet.hash_of(self)
    }
}

impl BorshDeserialize for ValidatorSet {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let count = u32::deserialize_reader(reader)?;
        if usize::try_from(count).map_or(true, |count| count > MAX_VALIDATORS) {
            return Err(borsh::io::ErrorKind::InvalidData.into());
        }
        let validators: Result<Vec<_>, _> = (0..count).map(|_| Validator::deserialize_reader(reader)).collect();
        Self::sorted(validators?).map_err(|_| borsh::io::ErrorKind::InvalidData.into())
    }
}

impl<'de> Deserialize<'de> for ValidatorSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let validators = <Vec<Validator> as Deserialize>::deserialize(deserializer)?;
        Self::new(validators).map_err(serde::de::Error::custom)
    }
}

/// The most bytes that a set's canonical form may have.
pub const MAX_SET_BYTES: usize = 4 + MAX_VALIDATORS * (33 + 18 + 8);

impl ValidatorSet {
    /// The set of these canonical bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, canonical::DecodeError> {
        canonical::decode(bytes, MAX_SET_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::encode;
    use crate::identifiers::uscc::Uscc;
    use crate::keys::SigningKey;

    fn validator(seed: u8, power: u64) -> Validator {
        let organisation: Uscc = "11310000000000035N".parse().unwrap();
        Validator { key: SigningKey::from_seed(&[seed; 32]).public(), organisation, power }
    }

    #[test]
    fn a_quorum_is_more_than_two_thirds() {
        let quorums = [1, 2, 3, 3, 4, 5, 5, 6, 7, 7];
        for (count, quorum) in (1..=10u8).zip(quorums) {
            let set = ValidatorSet::new((0..count).map(|seed| validator(seed, 1)).collect()).unwrap();
            assert_eq!(set.quorum(), quorum, "{count} validators");
            assert!(3 * quorum > 2 * set.total_power() && 3 * (quorum - 1) <= 2 * set.total_power());
        }
        let heaviest = (0..64).map(|seed| validator(seed, MAX_POWER)).collect();
        assert_eq!(ValidatorSet::new(heaviest).unwrap().quorum(), (64 << 32) * 2 / 3 + 1);
    }

    #[test]
    fn a_set_stands_in_the_order_of_its_keys() {
        let set = ValidatorSet::new((0..9).map(|seed| validator(seed, 1)).collect()).unwrap();
        for (place, validator) in set.as_slice().iter().enumerate() {
            assert_eq!(set.index_of(&validator.key), Some(place));
            assert_eq!(set.at(place), Some(validator));
        }
        assert_eq!(set.find(&validator(9, 1).key), None);
        assert_eq!(set.at(9), None);
        let bytes = encode(&set);
        assert_eq!(ValidatorSet::decode(&bytes), Ok(set.clone()));
        let reversed: Vec<_> = set.as_slice().iter().rev().copied().collect();
        assert_eq!(ValidatorSet::decode(&encode(&reversed)), Err(canonical::DecodeError::NotCanonical));
        assert_eq!(ValidatorSet::new(reversed), Ok(set));
    }

    #[test]
    fn what_is_no_set_is_refused_from_every_side() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let weak = Validator { key: PublicKey::ed25519(identity), ..validator(0, 1) };
        let reason = SignatureError::WeakKey;
        let key = validator(0, 1).key;
        let cases = [
            (Vec::new(), ValidatorSetError::Size { found: 0 }),
            ((0..65).map(|seed| validator(seed, 1)).collect(), ValidatorSetError::Size { found: 65 }),
            ([validator(0, 1), validator(0, 2)].into(), ValidatorSetError::Order),
            ([validator(0, 0)].into(), ValidatorSetError::Power { key, found: 0 }),
            ([validator(0, MAX_POWER + 1)].into(), ValidatorSetError::Power { key, found: MAX_POWER + 1 }),
            ([weak].into(), ValidatorSetError::Key { key: weak.key, reason }),
        ];
        for (validators, error) in cases {
            let mut sorted = validators.clone();
            sorted.sort_by_key(|validator| validator.key);
            assert!(ValidatorSet::decode(&encode(&sorted)).is_err(), "{error}");
            assert!(serde_json::from_str::<ValidatorSet>(&serde_json::to_string(&sorted).unwrap()).is_err(), "{error}");
            assert_eq!(ValidatorSet::new(validators), Err(error));
        }
    }

    #[test]
    fn the_longest_set_is_as_long_as_the_cap() {
        let set = ValidatorSet::new((0..64).map(|seed| validator(seed, 1)).collect()).unwrap();
        assert_eq!(encode(&set).len(), MAX_SET_BYTES);
    }
}
