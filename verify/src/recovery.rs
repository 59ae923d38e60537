//! The written recovery: how a chain goes on when more validators than it bears have lost the record of what they signed.
//!
//! None of them may vote again, and there is no quorum without them. So all operators agree, outside the chain, on the last
//! block that stands, and on a new key for each validator; a new key never signed anything, and needs no memory. Each signs
//! with the old key and with the new one: whoever holds a later certified block must not. Unanimity is the rule because no
//! smaller number could speak for what the others hold.
//!
//! A [`Recovery`] leads from the set that the last block names to the same organisations with the same powers under their new
//! keys. It stands in the chain as the first act of the next block, and in proofs beside the hand-over of the last.
//! Rule: `docs/decisions/0017`.

use crate::chain::{ChainId, HeaderHash, Height};
use crate::hash::{Context, Hash};
use crate::keys::{PublicKey, Signature, SignatureError, SigningKey};
use crate::validators::{Validator, ValidatorSet, ValidatorSetError};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What the operators agree on, and sign.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The chain.
    pub chain: ChainId,
    /// The height of the last block that stands.
    pub height: Height,
    /// Its header's hash.
    pub last: HeaderHash,
    /// A new key for each validator of the set that the last block names, in the order of their keys until now.
    pub keys: Vec<Renewal>,
}

/// A validator's new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// Its key until now.
    pub from: PublicKey,
    /// Its key from the next height on.
    pub to: PublicKey,
}

/// An agreement that all have signed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Recovery {
    /// What is signed.
    pub agreement: Agreement,
    /// The signatures by each old key and its new one, in the agreement's order.
    pub signatures: Vec<[Signature; 2]>,
}

/// An agreement on its way from operator to operator, with the signatures so far. As JSON it is the file that
/// `bulla governance recover` writes and `bullad recover` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// What is signed.
    pub agreement: Agreement,
    /// Who has signed it.
    pub signatures: BTreeMap<PublicKey, Signature>,
}

/// Why a recovery does not hold, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// Usual cause: the file of another network.
    #[error("the recovery is of chain {found}")]
    Chain {
        /// The chain it is of.
        found: ChainId,
    },
    /// Usual cause: this side holds a later block, or another one.
    #[error("the recovery goes on after block {found} ({last}), not after block {expected}, which is the last here")]
    Block {
        /// The height that it names.
        found: Height,
        /// The block that it names.
        last: HeaderHash,
        /// The height of the last block.
        expected: Height,
    },
    /// Before the first block nothing is lost.
    #[error("no block is decided yet: begin a new network")]
    Genesis,
    /// Every validator needs a new key: whoever keeps an old one may have signed anything with it.
    #[error("validator {key} is given no new key")]
    Missing {
        /// Its key.
        key: PublicKey,
    },
    /// Usual cause: a mistyped key.
    #[error("{key} is named and is no validator's")]
    NotValidator {
        /// The key.
        key: PublicKey,
    },
    /// One agreement has one form.
    #[error("the validators are not named once each, in the order of their keys")]
    Order,
    /// A key that votes already, or is given twice.
    #[error("{key} is no new key: it is or was somebody's already")]
    KeyExists {
        /// The key.
        key: PublicKey,
    },
    /// A weak key would accept votes that its owner never cast.
    #[error("the new keys make no validator set: {0}")]
    Unsound(ValidatorSetError),
    /// All old keys sign, and all new ones.
    #[error("{key} has not signed")]
    NotSigned {
        /// The first key that has not.
        key: PublicKey,
    },
    /// A signature more than there are keys.
    #[error("there are signatures by more keys than it names")]
    TooManySignatures,
    /// A signature does not hold.
    #[error("signature of {key}: {reason}")]
    Signature {
        /// Whose.
        key: PublicKey,
        /// Why.
        reason: SignatureError,
    },
}

impl Agreement {
    /// What each key signs.
    pub fn digest(&self) -> Hash {
        Context::Recovery.hash_of(self)
    }

    /// All keys that sign: each old one, followed by its new one.
    pub fn signers(&self) -> impl Iterator<Item = PublicKey> {
        self.keys.iter().flat_map(|Renewal { from, to }| [*from, *to])
    }

    /// The same validators under their new keys, if these are the keys of all of them.
    pub fn renew(&self, set: &ValidatorSet) -> Result<ValidatorSet, RecoveryError> {
        let is_named = |key: &PublicKey| self.keys.iter().any(|renewal| renewal.from == *key);
        if let Some(missing) = set.as_slice().iter().find(|validator| !is_named(&validator.key)) {
            return Err(RecoveryError::Missing { key: missing.key });
        }
        let mut next = Vec::with_capacity(set.count());
        for Renewal { from, to } in &self.keys {
            let validator = set.find(from).ok_or(RecoveryError::NotValidator { key: *from })?;
            next.push(Validator { key: *to, ..*validator });
        }
        if !self.keys.is_sorted_by(|one, next| one.from < next.from) {
            return Err(RecoveryError::Order);
        }
        let mut seen = BTreeSet::new();
        if let Some(known) = next.iter().find(|one| set.find(&one.key).is_some() || !seen.insert(one.key)) {
            return Err(RecoveryError::KeyExists { key: known.key });
        }
        ValidatorSet::new(next).map_err(RecoveryError::Unsound)
    }

    /// The validators under their keys until now, if these are they under the new ones.
    pub fn before(&self, next: &ValidatorSet) -> Option<ValidatorSet> {
        let old = |Renewal { from, to }: &Renewal| next.find(to).map(|one| Validator { key: *from, ..*one });
        ValidatorSet::new(self.keys.iter().map(old).collect::<Option<_>>()?).ok()
    }
}

impl Recovery {
    /// Checks that it leads on from this block of this chain, which names this set. Answers the set of the next height.
    pub fn check_after(
        &self,
        (chain, height, last): (ChainId, Height, HeaderHash),
        set: &ValidatorSet,
    ) -> Result<ValidatorSet, RecoveryError> {
        let Agreement { height: found, last: named, .. } = self.agreement;
        if self.agreement.chain != chain {
            return Err(RecoveryError::Chain { found: self.agreement.chain });
        }
        if found != height || named != last {
            return Err(RecoveryError::Block { found, last: named, expected: height });
        }
        if height == Height(0) {
            return Err(RecoveryError::Genesis);
        }
        self.check(set)
    }

    /// Checks that all of this set agreed, and that the new keys are theirs. Answers the set under the new keys.
    pub fn check(&self, set: &ValidatorSet) -> Result<ValidatorSet, RecoveryError> {
        let next = self.agreement.renew(set)?;
        self.check_signatures()?;
        Ok(next)
    }

    /// Checks that all keys signed that it names; whose they are is not known yet.
    pub fn check_signatures(&self) -> Result<(), RecoveryError> {
        let mut keys = self.agreement.signers();
        let digest = self.agreement.digest();
        for signature in self.signatures.as_flattened() {
            let key = keys.next().ok_or(RecoveryError::TooManySignatures)?;
            key.verify(&digest, signature).map_err(|reason| RecoveryError::Signature { key, reason })?;
        }
        keys.next().map_or(Ok(()), |key| Err(RecoveryError::NotSigned { key }))
    }
}

impl Paper {
    /// An agreement that nobody has signed yet.
    pub fn new(agreement: Agreement) -> Paper {
        Paper { agreement, signatures: BTreeMap::new() }
    }

    /// Adds the signature of a key; false if the agreement does not name it.
    pub fn sign(&mut self, key: &SigningKey) -> bool {
        let public = key.public();
        let is_named = self.agreement.signers().any(|signer| signer == public);
        if is_named {
            self.signatures.insert(public, key.sign(&self.agreement.digest()));
        }
        is_named
    }

    /// The keys that have not signed yet.
    pub fn missing(&self) -> Vec<PublicKey> {
        self.agreement.signers().filter(|key| !self.signatures.contains_key(key)).collect()
    }

    /// The recovery, if all have signed; whether the signatures hold is not known yet.
    pub fn complete(&self) -> Result<Recovery, RecoveryError> {
        let of = |key: &PublicKey| self.signatures.get(key).copied().ok_or(RecoveryError::NotSigned { key: *key });
        let pair = |renewal: &Renewal| Ok([of(&renewal.from)?, of(&renewal.to)?]);
        let signatures = self.agreement.keys.iter().map(pair).collect::<Result<_, _>>()?;
        Ok(Recovery { agreement: self.agreement.clone(), signatures })
    }
}

#[cfg(test)]
mod tests;
