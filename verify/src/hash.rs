//! Hashes: BLAKE3 in `derive_key` mode, one context per kind of thing, all listed here.
//!
//! Two kinds can never collide, since each starts from its own derived key. Leaf and inner hashes differ by context and
//! not by a prefix byte, so that a 64-byte inner node stays one compression. What `derive_key` makes of each context's text
//! stands beside the text: a hash costs the compressions of its bytes and no more.

use alloc::string::String;
use blake3::hazmat::HasherExt;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A BLAKE3 hash of 32 bytes under one of the [`Context`]s.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize)]
pub struct Hash(pub [u8; 32]);

macro_rules! contexts {
    ($($(#[$doc:meta])* $name:ident = $text:literal / $key:literal,)*) => {
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

            /// The key that BLAKE3 derives from the text: the first of the two hashes of `derive_key`, written out so that
            /// nobody pays for it twice.
            pub const fn key(self) -> &'static [u8; 32] {
                match self { $(Context::$name => const { &from_hex($key) },)* }
            }
        }
    };
}

contexts! {
    // A new one starts with any key: the test below says which is right.
    /// The genesis document; its hash is the chain id.
    Genesis = "genesis" / "c55f9e5d115c1bf922cbf0c66de2dcdd50a85c3b3501a9ec9745e4d7dbc05676",
    /// A transaction body.
    Body = "tx body" / "318a00be5014220d1d431e5704fea0b401320d42a0e825ee91c1291c24714124",
    /// A transaction's expiry and the hash of its body: its id.
    Transaction = "tx" / "67e56844df783bf63ac5d0aa46a8806e5c4282314515713439308a7068c9aee6",
    /// What the signers of a transaction sign.
    TransactionSignature = "tx signature" / "d78439ff8ef5617d1f384e1a8a4565355600fe7d2d5feb0ec4f775bb4b0aadf9",
    /// The signatures of a transaction.
    Signatures = "tx signatures" / "e5899c617d14926fe95d09e1ae3c4ec1a7223cd29fd7b1d8ce0065056523f903",
    /// A transaction's id with the hash of its signatures: what proposals and leaves name.
    Envelope = "envelope" / "5881bf5b863c80d3ea6f7601b5671cdd9cd9084516b32aa3d4fdd9e0b9f106ff",
    /// A prevote or a precommit.
    Vote = "vote" / "92ca0ad40b5692c7f8547d7d8ccae6c6275b70fc78ca48fb2d747ffd2221e8d3",
    /// A consensus proposal.
    Proposal = "proposal" / "738067d4bc1355e9209a077c0ba446081a2cf6f45d8e3a2c8a5952d1bf3a78df",
    /// The part of a header that every proof carries.
    HeaderLight = "header light" / "8b66ff3739dbe179f91d2ea5be5e5e6303c355e7eefbf0b36a3a78f47ded5b10",
    /// The part of a header that proofs carry as one hash.
    HeaderRest = "header rest" / "d2fc672e136a2ae2646641ce7ae482c73c7ec588e9a47bfd8916e990c07c2425",
    /// The hash of a header, from both halves.
    Header = "header" / "01f0911bb1c44d70852a9d37600c1213b553a4f8477b3da20469dfcdd7b5d75f",
    /// A validator set.
    ValidatorSet = "validator set" / "62e23af9260092fc599e2a59aa3e266a9c0b1560f11065dcca086b75bf954c15",
    /// The key of a record in the state, from its name.
    StateKey = "state key" / "876df2dfc8a5a9c8efb292322ee81f3fa383ae3f25582cb575008132c10ce330",
    /// The value of a record in the state.
    StateValue = "state value" / "a23244371ae96f541276b483f98088afdacb8388bad3423edefd8c0196f74015",
    /// A leaf of the state tree.
    StateLeaf = "state leaf" / "e67fd8cc9ccbe29272ff89d93fcc9d5fc82f60a6b09dfeb052cc733fbb59bd8f",
    /// An inner node of the state tree; its key is derived once more, by bit.
    StateInner = "state inner" / "29a6391b616cc146138e076dd3c4376a8ea6a75efe5ef184a156c6a68bc800db",
    /// The root of a state with no record.
    StateEmpty = "state empty" / "e36e253e6ce8843b515605f592cb81dde4be64887af64670491f43dbf6007f04",
    /// A leaf of an append-only list.
    ListLeaf = "list leaf" / "6580173a295d951d4e0ed3a5b38de8e2afe39501a0f5dc81641ddccb16376cb0",
    /// An inner node of an append-only list.
    ListInner = "list inner" / "b6037e62043914f8d9902270acd260656cf25a2296d871a1eef3571726d4e25b",
    /// The root of an append-only list, from its length and topmost node.
    ListRoot = "list root" / "a06e4acfa6d7682497e1797ecbe18e6266467b6b06a63e6628f8b71855453434",
    /// One field of a licence's contents, with its salt.
    Field = "field" / "f5759a975d604bc038bcad6897bd1eb606cdcc63aceafd031d93765fbb948118",
    /// The salt of one field, from the record's master salt.
    FieldSalt = "field salt" / "d5b3276ec7cfc260c7ca57d15de3145afcd26959ff88797a923a9b59bd5e3cc2",
    /// A salted commitment to a holder's handle.
    Holder = "holder" / "de9883f2d13fefe3ca4bbf22c40a9f086283b55ac193eec6495b1f851839b304",
    /// What a holder has of one single-holding type, from the handle.
    Holding = "holding" / "1010f737c62b289f1cf22457703a1630a14e844576ce4318bb0339534feb1320",
    /// A salted commitment to a document.
    Document = "document" / "b9c82fd53a4002b8d9a49a1572ae65859bdd73a63ac8a8f125317fc0b2971cd9",
    /// A salted commitment to another handle of a subject.
    HandleLink = "handle link" / "bb91a19d3617c4e664a181160d4f1014997b7e141b6a04b555bc69ee098dd15f",
    /// A salted commitment to a licence, in the list of its holder.
    LicenceListing = "licence listing" / "73a570398b48846f04a694e2160f72bd6b1e428ae410c60c95f00ac10a1bf45a",
    /// A line of a subject's list of accesses that is sealed.
    Seal = "seal" / "eec9abb4ad198198233cc05dfa05cfda61951540fc48d9516a61244c82412142",
    /// The end of a proof file, over all that stands before it.
    ProofFile = "proof file" / "09c3c78b604c98b68f385de5ea1dd21f631a98945f64029c0fbd6c06525adfca",
    /// A nonce that an importer derives from a file and a row.
    ImportNonce = "import nonce" / "7dc8eb870191f4521ba64c4a313f8a679eb6f7b963ca11f019241dabc5198256",
    /// A nonce that a validator derives from the evidence that it reports.
    EvidenceNonce = "evidence nonce" / "9ca26a40141f1541ac74907f9de4924d50ac9fe935173c697bd7ca1fec09b7eb",
    /// The name of an encrypted file in a vault.
    Vault = "vault" / "976660472c0dc49dfd387854893566c793c11f195e26b78d17a687e698511993",
    /// One link of the hash chain of a write-ahead log.
    LogFrame = "log frame" / "12bccedbf875a985e62763315292948643ff6729afcc0b1a12c7ad7ed9f609c1",
    /// What all operators sign when a chain goes on under new keys.
    Recovery = "recovery" / "4948058084bc2729dd4cc7141d687899b9488274e40469c7806772b8288aed0d",
    /// The key that may follow one, before anybody has seen it.
    NextKey = "next key" / "cd22b2cad29b81ccc24ab6ccce6afb68956c58ccad3ea602d76ed6590f2923dd",
    /// The terms of a motion: its name.
    Motion = "motion" / "760a5233dd68ca2d7d4c73c2ff9b56b5bcff2afe93991bcc6653b6cd37589c77",
    /// The salt of a figure, from that before and the act that is counted.
    Figure = "figure" / "cc5db6c2b109a3d02ecc866d16079e54b1e93bcc84c4f30b43480f963959faf9",
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
        Hasher(blake3::Hasher::new_from_context_key(self.key()))
    }
}

/// 32 bytes from 64 lowercase hexadecimal digits; anything else fails the build.
const fn from_hex(text: &str) -> [u8; 32] {
    const fn digit(byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'a'..=b'f' => byte.wrapping_sub(b'a' - 10),
            _ => panic!("a key is written in lowercase hexadecimal"),
        }
    }
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(pairs.len() == 32 && rest.is_empty(), "a key has 32 bytes");
    let mut bytes = [0; 32];
    let (mut pairs, mut left) = (pairs, bytes.as_mut_slice());
    while let ([[high, low], more @ ..], [byte, after @ ..]) = (pairs, left) {
        *byte = digit(*high) << 4 | digit(*low);
        (pairs, left) = (more, after);
    }
    bytes
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

/// Bytes as hexadecimal digits, for records that programs read.
pub(crate) fn as_hex<const N: usize, S: serde::Serializer>(bytes: &[u8; N], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
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
    fn every_key_is_the_one_that_its_text_gives() {
        for context in Context::ALL {
            let key = Hash(blake3::hazmat::hash_derive_key_context(context.text()));
            assert_eq!(Hash(*context.key()), key, "{context:?} has the key {key}");
            for bytes in [&b""[..], &[7; 64], &[7; 5000]] {
                assert_eq!(context.hash(bytes), Hash(blake3::derive_key(context.text(), bytes)));
            }
        }
    }

    #[test]
    fn a_value_hashes_as_its_canonical_bytes() {
        let value = (7u64, [1u8, 2, 3]);
        let bytes = borsh::to_vec(&value).unwrap();
        assert_eq!(Context::Vote.hash_of(&value), Context::Vote.hash(&bytes));
        assert_ne!(Context::Vote.hash(&bytes), Context::Proposal.hash(&bytes));
    }
}
