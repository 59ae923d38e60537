//! Hashes: BLAKE3 in `derive_key` mode, one context per kind of thing, all listed here.
//!
//! Two kinds can never collide, since each starts from its own derived key. Leaf and inner hashes differ by context and
//! not by a prefix byte, so that a 64-byte inner node stays one compression.

use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A BLAKE3 hash of 32 bytes under one of the [`Context`]s.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize)]
pub struct Hash(pub [u8; 32]);

macro_rules! contexts {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What is being hashed. The text of each is part of the format: it never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Context { $($(#[$doc])* $name,)* }

        impl Context {
            /// Every context there is; a test holds them apart.
            pub const ALL: &[Context] = &[$(Context::$name,)*];

            /// The BLAKE3 context string.
            pub const fn text(self) -> &'static str {
                match self { $(Context::$name => concat!("bulla v1 ", $text),)* }
            }
        }
    };
}

contexts! {
    /// The genesis document; its hash is the chain id.
    Genesis = "genesis",
    /// A transaction body: its id.
    Transaction = "tx",
    /// What the signers of a transaction sign.
    TransactionSignature = "tx signature",
    /// A body with its signatures: what proposals and leaves name.
    Envelope = "envelope",
    /// A prevote or a precommit.
    Vote = "vote",
    /// A consensus proposal.
    Proposal = "proposal",
    /// The part of a header that every proof carries.
    HeaderLight = "header light",
    /// The part of a header that proofs carry as one hash.
    HeaderRest = "header rest",
    /// The hash of a header, from both halves.
    Header = "header",
    /// A validator set.
    ValidatorSet = "validator set",
    /// The key of a record in the state, from its name.
    StateKey = "state key",
    /// The value of a record in the state.
    StateValue = "state value",
    /// A leaf of the state tree.
    StateLeaf = "state leaf",
    /// An inner node of the state tree; its key is derived once more, by bit.
    StateInner = "state inner",
    /// The root of a state with no record.
    StateEmpty = "state empty",
    /// A leaf of an append-only list.
    ListLeaf = "list leaf",
    /// An inner node of an append-only list.
    ListInner = "list inner",
    /// The root of an append-only list, from its length and topmost node.
    ListRoot = "list root",
    /// One field of a licence's contents, with its salt.
    Field = "field",
    /// The salt of one field, from the record's master salt.
    FieldSalt = "field salt",
    /// A salted commitment to a holder's handle.
    Holder = "holder",
    /// What a holder has of one single-holding type, from the handle.
    Holding = "holding",
    /// The end of a proof file, over all that stands before it.
    ProofFile = "proof file",
    /// A nonce that an importer derives from a file and a row.
    ImportNonce = "import nonce",
    /// The name of an encrypted file in a vault.
    Vault = "vault",
    /// One link of the hash chain of a write-ahead log.
    LogFrame = "log frame",
}

impl Context {
    /// The hash of one run of bytes.
    pub fn hash(self, bytes: &[u8]) -> Hash {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The hash of a value's canonical bytes.
    pub fn hash_of<T: BorshSerialize + ?Sized>(self, value: &T) -> Hash {
        let mut hasher = self.hasher();
        value.serialize(&mut hasher).expect("a hasher accepts every write");
        hasher.finish()
    }

    /// The hash of two hashes: an inner node.
    pub fn hash_pair(self, left: &Hash, right: &Hash) -> Hash {
        let mut hasher = self.hasher();
        hasher.update(&left.0);
        hasher.update(&right.0);
        hasher.finish()
    }

    /// A hasher for bytes that come in pieces.
    pub fn hasher(self) -> Hasher {
        Hasher(blake3::Hasher::new_derive_key(self.text()))
    }
}

/// Hashes bytes that come in pieces.
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was added.
    pub fn finish(self) -> Hash {
        Hash(*self.0.finalize().as_bytes())
    }
}

impl borsh::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> borsh::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> borsh::io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "#{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

impl core::str::FromStr for Hash {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Hash(bytes))
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn every_context_has_its_own_text() {
        let texts: BTreeSet<_> = Context::ALL.iter().map(|context| context.text()).collect();
        assert_eq!(texts.len(), Context::ALL.len());
    }

    #[test]
    fn a_value_hashes_as_its_canonical_bytes() {
        let value = (7u64, [1u8, 2, 3]);
        let bytes = borsh::to_vec(&value).unwrap();
        assert_eq!(Context::Vote.hash_of(&value), Context::Vote.hash(&bytes));
        assert_ne!(Context::Vote.hash(&bytes), Context::Proposal.hash(&bytes));
    }
}
