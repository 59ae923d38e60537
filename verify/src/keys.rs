//! Keys and signatures, each with a one-byte suite tag, and the one signature rule.
//!
//! The rule is Ed25519 `verify_strict`, for transactions, votes and receipts alike, one signature at a time. Batch
//! verification never decides: it accepts signatures that `verify_strict` refuses, and two honest nodes that batch
//! differently would split the chain. Rule: design D6.

#[cfg(feature = "memo")]
pub mod memo;

use crate::hash::{Context, Hash};
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// The signature suite that a key belongs to. SM2 with SM3, and ML-DSA, will join as further tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Suite {
    /// Ed25519 with `verify_strict`.
    Ed25519 = 1,
}

/// A public key: suite tag and 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PublicKey {
    /// The suite of the key.
    pub suite: Suite,
    /// The key as its suite encodes it.
    pub bytes: [u8; 32],
}

/// A signature: suite tag and 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature {
    /// The suite of the signature.
    pub suite: Suite,
    /// The signature as its suite encodes it.
    pub bytes: [u8; 64],
}

/// Why a key or a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not a point of the curve, or a point of small order that would accept many signatures.
    #[error("the public key is weak or is no key at all")]
    WeakKey,
    /// The signature is not by this key over these bytes.
    #[error("the signature does not match the key and the content")]
    Mismatch,
}

impl PublicKey {
    /// An Ed25519 key from its 32 bytes; whether it is a sound key is judged by [`PublicKey::check_strength`].
    pub const fn ed25519(bytes: [u8; 32]) -> Self {
        PublicKey { suite: Suite::Ed25519, bytes }
    }

    /// Refuses weak keys. Every key is checked so when it is registered.
    pub fn check_strength(&self) -> Result<(), SignatureError> {
        self.dalek().map(|_| ())
    }

    /// Checks a signature over a digest that a [`Context`] made.
    pub fn verify(&self, digest: &Hash, signature: &Signature) -> Result<(), SignatureError> {
        #[cfg(feature = "memo")]
        return memo::recall(self, digest, signature, || self.verify_strict(digest, signature));
        #[cfg(not(feature = "memo"))]
        self.verify_strict(digest, signature)
    }

    fn verify_strict(&self, digest: &Hash, signature: &Signature) -> Result<(), SignatureError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.bytes);
        #[cfg(feature = "planted")]
        if crate::planted::on(crate::planted::Bug::BatchVerification) {
            #[expect(clippy::disallowed_methods, reason = "planted, to see that tests find it")]
            let batch = ed25519_dalek::verify_batch(&[&digest.0[..]], &[signature], &[self.dalek()?]);
            return batch.map_err(|_| SignatureError::Mismatch);
        }
        self.dalek()?.verify_strict(&digest.0, &signature).map_err(|_| SignatureError::Mismatch)
    }

    fn dalek(&self) -> Result<ed25519_dalek::VerifyingKey, SignatureError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.bytes).map_err(|_| SignatureError::WeakKey)?;
        if key.is_weak() { Err(SignatureError::WeakKey) } else { Ok(key) }
    }
}

/// A secret key together with its public key, so that the two can never be mixed up. Wiped from memory on drop.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of a 32-byte seed, which must come from the operating system's generator (or from a test).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for encrypted storage.
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::ed25519(self.0.verifying_key().to_bytes())
    }

    /// Signs a digest that a [`Context`] made.
    pub fn sign(&self, digest: &Hash) -> Signature {
        use ed25519_dalek::Signer;
        Signature { suite: Suite::Ed25519, bytes: self.0.sign(&digest.0).to_bytes() }
    }

    /// Signs the canonical bytes of a value under a context.
    pub fn sign_value<T: BorshSerialize>(&self, context: Context, value: &T) -> Signature {
        self.sign(&context.hash_of(value))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

/// `ed25519:` and 64 hexadecimal digits.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519:{}", Hash(self.bytes))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {:?}", Hash(self.bytes))
    }
}

/// `ed25519:` and 128 hexadecimal digits.
impl serde::Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("ed25519:{}", hex::encode(self.bytes)))
    }
}

impl<'de> serde::Deserialize<'de> for Signature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        let read = text.strip_prefix("ed25519:").map(|digits| hex::decode_to_slice(digits, &mut bytes));
        match read {
            Some(Ok(())) => Ok(Signature { suite: Suite::Ed25519, bytes }),
            Some(Err(_)) | None => {
                Err(serde::de::Error::custom("a signature reads ed25519: and 128 hexadecimal digits"))
            }
        }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.bytes;
        write!(f, "signature {a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

/// A text that is not `ed25519:` and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a public key reads ed25519: and 64 hexadecimal digits")]
pub struct NotAKey;

impl core::str::FromStr for PublicKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let digits = text.strip_prefix("ed25519:").ok_or(NotAKey)?;
        let Hash(bytes) = digits.parse().map_err(|_| NotAKey)?;
        Ok(PublicKey::ed25519(bytes))
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_point_is_weak() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::ed25519(identity).check_strength(), Err(SignatureError::WeakKey));
    }

    #[test]
    fn a_signature_holds_for_its_digest_alone() {
        let key = SigningKey::from_seed(&[7; 32]);
        let digest = Context::Vote.hash(b"content");
        let signature = key.sign(&digest);
        assert_eq!(key.public().verify(&digest, &signature), Ok(()));
        let other = Context::Proposal.hash(b"content");
        assert_eq!(key.public().verify(&other, &signature), Err(SignatureError::Mismatch));
    }

    #[test]
    fn an_unknown_suite_does_not_decode() {
        let mut bytes = crate::canonical::encode(&SigningKey::from_seed(&[7; 32]).public());
        bytes[0] = 2;
        assert!(crate::canonical::decode::<PublicKey>(&bytes, 64).is_err());
    }
}
