//! Transactions: a body of operations, and the envelope of the body with its signatures.
//!
//! The *id* is over the body and serves replay protection. Proposals, block leaves and remembered verdicts name the
//! *envelope hash*: one body with two sets of signatures would otherwise have two outcomes. Both are made from a [`Stub`], so
//! that whoever knows a block's leaves can be shown which ids they stand for, and until when each must be remembered, without
//! the bodies. Rules: design D7, docs/decisions/0016.

use crate::canonical::{self, DecodeError};
use crate::chain::{ChainId, EnvelopeHash, TxId};
use crate::hash::{Context, Hash};
use crate::keys::{PublicKey, Signature, SignatureError, SigningKey};
use crate::operation::Operation;
use crate::personal::{self, Personal};
use crate::refusal::refusals;
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// The most bytes that an envelope may have: 256 KiB, a quarter of a block. Source: design D20.
pub const MAX_ENVELOPE_BYTES: usize = 256 * 1024;
/// The most operations in one transaction. Source: design D7.
pub const MAX_OPERATIONS: usize = 1_000;
/// The most signers of one transaction: more than any two-person or m-of-n rule needs.
pub const MAX_SIGNERS: usize = 16;

/// Whether a transaction's operations stand or fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Mode {
    /// All are applied, or none.
    AllOrNothing = 1,
    /// Each has its own outcome.
    Independent = 2,
}

/// What the signers sign.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Body {
    /// The chain that it is for.
    pub chain: ChainId,
    /// Random, so that two equal acts are two transactions; or derived, so that a resumed import repeats none.
    pub nonce: [u8; 16],
    /// The block time from which it may no longer be included.
    pub expires_at: Millis,
    /// The keys that sign, in strictly ascending order.
    pub signers: Vec<PublicKey>,
    /// Whether operations stand or fall together.
    pub mode: Mode,
    /// What is done, in this order.
    pub operations: Vec<Operation>,
}

/// A body with the signatures of exactly its signers, in their order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Envelope {
    /// What is signed.
    pub body: Body,
    /// One signature for each of the body's signers.
    pub signatures: Vec<Signature>,
}

/// What is left of an envelope without its contents: all that its id and its hash are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Stub {
    /// When the transaction expires.
    pub expires_at: Millis,
    /// The hash of the body's canonical bytes.
    pub body: Hash,
    /// The hash of the signatures' canonical bytes.
    pub signatures: Hash,
}

refusals! {
    /// Why an envelope can never be part of a block, in the order checked.
    pub enum Malformed {
        /// Too long, or not canonical bytes.
        101 Decode {
            /// Why.
            reason: DecodeError,
        } = "{reason}", "use a client of this version";
        /// Usual cause: a client configured for another network.
        102 Chain {
            /// The chain it names.
            found: ChainId,
            /// The chain it came to.
            expected: ChainId,
        } = "the transaction is for chain {found}, this is {expected}", "use this chain's genesis file";
        /// No operation, or too many.
        103 Operations {
            /// How many there are.
            found: usize,
        } = "{found} operations; a transaction has 1 to {MAX_OPERATIONS}", "split it";
        /// No signer, too many, or not in ascending order.
        104 Signers = "signers must be 1 to {MAX_SIGNERS} keys in strictly ascending order", "use a client of this version";
        /// More or fewer signatures than signers.
        105 Signatures {
            /// How many signatures there are.
            found: usize,
            /// How many signers there are.
            expected: usize,
        } = "{found} signatures for {expected} signers", "have each of the named signers sign once";
        /// A text holds what looks like a person's number. Which text is not repeated here.
        106 Personal {
            /// The operation's place in the body.
            operation: usize,
            /// What it looks like.
            kind: Personal,
        } = "operation {operation} holds what looks like a {kind}: personal data is never recorded",
            "take the number out, or choose another serial";
        /// A signature does not hold.
        107 Signature {
            /// Whose.
            signer: PublicKey,
            /// Why.
            reason: SignatureError,
        } = "signature of {signer}: {reason}", "sign again with the key that is named";
    }
}

impl Stub {
    /// The id of the transaction.
    pub fn id(&self) -> TxId {
        TxId(id_of(self.expires_at, &self.body))
    }

    /// The hash that proposals and block leaves name.
    pub fn envelope(&self) -> EnvelopeHash {
        EnvelopeHash(Context::Envelope.hash_pair(&self.id().0, &self.signatures))
    }
}

fn id_of(expires_at: Millis, body: &Hash) -> Hash {
    Context::Transaction.hash_of(&(expires_at, body))
}

impl Body {
    /// The id of the transaction.
    pub fn id(&self) -> TxId {
        TxId(id_of(self.expires_at, &Context::Body.hash_of(self)))
    }

    /// What each signer signs.
    pub fn digest(&self) -> Hash {
        digest_of(&self.id())
    }

    /// Signs with all of the body's signers.
    ///
    /// # Panics
    /// If the keys are not exactly the signers': a bug in the caller.
    pub fn sign(mut self, keys: &[&SigningKey]) -> Envelope {
        let mut keys: Vec<_> = keys.iter().map(|key| (key.public(), *key)).collect();
        keys.sort_by_key(|(public, _)| *public);
        self.signers = keys.iter().map(|(public, _)| *public).collect();
        let digest = self.digest();
        let signatures = keys.iter().map(|(_, key)| key.sign(&digest)).collect();
        Envelope { body: self, signatures }
    }
}

fn digest_of(id: &TxId) -> Hash {
    Context::TransactionSignature.hash(&id.0.0)
}

impl Envelope {
    /// The envelope of canonical bytes; nothing else about it is known yet.
    pub fn decode(bytes: &[u8]) -> Result<Envelope, DecodeError> {
        canonical::decode(bytes, MAX_ENVELOPE_BYTES)
    }

    /// What its id and its hash are made of.
    pub fn stub(&self) -> Stub {
        Stub {
            expires_at: self.body.expires_at,
            body: Context::Body.hash_of(&self.body),
            signatures: Context::Signatures.hash_of(&self.signatures),
        }
    }

    /// The hash that proposals and block leaves name.
    pub fn hash(&self) -> EnvelopeHash {
        self.stub().envelope()
    }

    /// Everything about an envelope that never changes with the state: its shape, what it may not hold, its signatures.
    /// Checks run from cheap to dear.
    pub fn check(self, chain: ChainId) -> Result<Verified, Malformed> {
        self.check_shape(chain)?;
        let stub = self.stub();
        let id = stub.id();
        let digest = digest_of(&id);
        for (signer, signature) in self.body.signers.iter().zip(&self.signatures) {
            #[cfg(feature = "planted")]
            if crate::planted::known(&digest) {
                break;
            }
            signer.verify(&digest, signature).map_err(|reason| Malformed::Signature { signer: *signer, reason })?;
        }
        #[cfg(feature = "planted")]
        if crate::planted::on(crate::planted::Bug::VerdictById) {
            crate::planted::know(digest);
        }
        let bytes = canonical::encode(&self).len();
        Ok(Verified { envelope: self, id, hash: stub.envelope(), bytes })
    }

    fn check_shape(&self, chain: ChainId) -> Result<(), Malformed> {
        let Body { signers, operations, .. } = &self.body;
        if self.body.chain != chain {
            return Err(Malformed::Chain { found: self.body.chain, expected: chain });
        }
        if operations.is_empty() || operations.len() > MAX_OPERATIONS {
            return Err(Malformed::Operations { found: operations.len() });
        }
        if signers.is_empty() || signers.len() > MAX_SIGNERS || !signers.is_sorted_by(|a, b| a < b) {
            return Err(Malformed::Signers);
        }
        if self.signatures.len() != signers.len() {
            return Err(Malformed::Signatures { found: self.signatures.len(), expected: signers.len() });
        }
        for (place, operation) in operations.iter().enumerate() {
            if let Some(kind) = operation.texts().into_iter().find_map(personal::find) {
                return Err(Malformed::Personal { operation: place, kind });
            }
        }
        Ok(())
    }
}

/// An envelope whose shape and signatures hold for this chain. Only [`Envelope::check`] makes one, and execution takes
/// nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    envelope: Envelope,
    id: TxId,
    hash: EnvelopeHash,
    bytes: usize,
}

impl Verified {
    /// What was signed.
    pub fn body(&self) -> &Body {
        &self.envelope.body
    }

    /// The body with its signatures.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The id, for replay protection.
    pub fn id(&self) -> TxId {
        self.id
    }

    /// The hash that proposals and leaves name.
    pub fn hash(&self) -> EnvelopeHash {
        self.hash
    }

    /// The length of the envelope's canonical bytes.
    pub fn byte_count(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests;
