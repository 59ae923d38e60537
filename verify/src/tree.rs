//! The state tree, as far as checking goes: whether a key has a value, or none, under a state root.
//!
//! The tree is binary and path-compressed (crit-bit): an inner node stands only where two keys part, and its hash commits
//! the bit at which they do. So one set of records has one tree, and one key has exactly one valid proof under its root,
//! with exactly one encoding. The drawing and the invariants stand at the top of `ledger/src/tree.rs`.
//!
//! | node | hash |
//! |---|---|
//! | value | `derive_key("bulla v1 state value", value)` |
//! | leaf | `derive_key("bulla v1 state leaf", key ‖ value hash)` |
//! | inner, keys parting at `bit` | `keyed_hash(K with its last byte xor bit, left ‖ right)`, `K = derive_key("bulla v1 state inner", "")` |
//! | a state with no record | `derive_key("bulla v1 state empty", "")` |
//!
//! [`StateProof`] is about one key; [`MultiProof`] about several at once, and the inner nodes that they share stand in it once.
//!
//! It never says that a root is the right one: that is the header's and the certificate's to show.
//! Rules: design D5 (canonical bytes), D9 (the state). The vectors in `verify/vectors/` pin the form.

mod multi;

pub use multi::{End, Fork, MultiProof, MultiProofError, Way, check_many};

use crate::canonical::{self, DecodeError};
use crate::hash::{Context, Hash};
use alloc::vec::Vec;
use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// Where a record stands in the state: one byte for its area, then the first 31 bytes of a hash of its name.
///
/// The area comes first, so that the paths of a small area are short. Bit 0 is the most significant bit of byte 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct StateKey(pub [u8; 32]);

impl StateKey {
    /// The key of the record that is called `name` in an area.
    pub fn new(area: u8, name: &Hash) -> Self {
        let mut bytes = [area; 32];
        let ([_, tail @ ..], [head @ .., _]) = (&mut bytes, &name.0);
        *tail = *head;
        StateKey(bytes)
    }

    /// One bit of the key: 0 is the most significant bit of the first byte, 255 the least significant of the last.
    pub fn bit(&self, bit: u8) -> bool {
        bit_of(&self.0, bit)
    }

    /// The first bit at which two keys part; none if they are the same key.
    pub fn first_difference(&self, other: &StateKey) -> Option<u8> {
        let bytes = (0..=u8::MAX).step_by(8).zip(self.0.iter().zip(&other.0));
        let (start, (ours, theirs)) = bytes.into_iter().find(|(_, (ours, theirs))| ours != theirs)?;
        u8::try_from((ours ^ theirs).leading_zeros()).ok().map(|within| start | within)
    }
}

/// A record as the tree knows it: its key, and the hash of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Leaf {
    /// Where the record stands.
    pub key: StateKey,
    /// The [`value_hash`] of its value.
    pub value_hash: Hash,
}

impl Leaf {
    /// The hash of the leaf.
    pub fn hash(&self) -> Hash {
        let mut hasher = Context::StateLeaf.hasher();
        hasher.update(&self.key.0);
        hasher.update(&self.value_hash.0);
        hasher.finish()
    }
}

/// The hash of a record's value bytes.
pub fn value_hash(value: &[u8]) -> Hash {
    Context::StateValue.hash(value)
}

/// The root of a state with no record.
pub fn empty_root() -> Hash {
    Context::StateEmpty.hash(&[])
}

/// `Context::StateInner.hash(b"")`, written out so that no node pays for deriving it; a test compares the two.
const INNER_KEY: [u8; 32] = [
    0x06, 0x47, 0xd2, 0x46, 0x04, 0x2e, 0xd4, 0xce, 0xa2, 0x3e, 0xe0, 0x2c, 0xd7, 0xcd, 0xe4, 0xbe, 0x81, 0xd9, 0x26,
    0x81, 0xd3, 0x25, 0x8c, 0x89, 0x8b, 0xe8, 0x78, 0x0b, 0x57, 0x7d, 0x6b, 0x85,
];

/// The hash of the inner node whose two subtrees part at `bit`: one compression.
///
/// The bit goes into the key of BLAKE3's keyed mode: the last byte of a constant xor the bit. The key is where the
/// compression function starts, so distinct keys are distinct functions, which is all that separates the `derive_key`
/// contexts too; the 256 keys are constants, so nobody can choose among related ones; and the keyed mode has its own flag
/// in every compression, so no leaf, value or other [`Context`] can yield an inner hash. Without the bit in the hash, an
/// absence could be faked by walking a real path with other bits.
pub fn inner_hash(bit: u8, left: &Hash, right: &Hash) -> Hash {
    let mut pair = [0; 64];
    for (byte, from) in pair.iter_mut().zip(left.0.iter().chain(&right.0)) {
        *byte = *from;
    }
    Hash(*blake3::keyed_hash(&inner_key(bit), &pair).as_bytes())
}

/// The key of [`inner_hash`] for a bit, for who hashes many nodes of one bit at once.
pub const fn inner_key(bit: u8) -> [u8; 32] {
    let mut key = INNER_KEY;
    let [.., last] = &mut key;
    *last ^= bit;
    key
}

/// One inner node on the way to a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The bit at which the two subtrees of the node part.
    pub bit: u8,
    /// The hash of the subtree that the way does not enter.
    pub sibling: Hash,
}

/// The way from the root down to a leaf: at most 256 steps, their bits strictly ascending.
///
/// Encoded as a count byte, that many bytes of a bit set (bit 0 is the top bit of the first byte, the last byte is not
/// zero) that name the bits, then the siblings from the root down: order, cap and uniqueness lie in the form itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

/// The bits of a path do not strictly ascend from the root down. Usual cause: steps listed from the leaf up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bits of a path ascend from the root down")]
pub struct PathError;

impl Path {
    /// The longest encoding: 256 steps.
    pub const MAX_BYTES: usize = 1 + 32 + 256 * 32;

    /// A path of these steps, from the root down.
    pub fn new(steps: Vec<Step>) -> Result<Path, PathError> {
        let ascending = steps.iter().zip(steps.iter().skip(1)).all(|(upper, lower)| upper.bit < lower.bit);
        if ascending { Ok(Path { steps }) } else { Err(PathError) }
    }

    /// The steps, from the root down.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The root of the one tree in which this path leads to this leaf.
    pub fn root_of(&self, leaf: &Leaf) -> Hash {
        self.fold(&leaf.key, leaf.hash())
    }

    /// The hash at the top of the path, at the bottom of which, where the search for `key` comes out, stands this hash: of a
    /// leaf, or of the subtree whose keys the path leads to.
    pub fn fold(&self, key: &StateKey, bottom: Hash) -> Hash {
        self.steps.iter().rfold(bottom, |node, step| match key.bit(step.bit) {
            false => inner_hash(step.bit, &node, &step.sibling),
            true => inner_hash(step.bit, &step.sibling, &node),
        })
    }

    /// The first bit on the path at which a search for `key` would leave the way to `leaf`.
    pub fn leaves_at(&self, key: &StateKey, leaf: &StateKey) -> Option<u8> {
        self.steps.iter().map(|step| step.bit).find(|bit| key.bit(*bit) != leaf.bit(*bit))
    }
}

/// What shows that a key has a value, or that it has none.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum StateProof {
    /// The key has a value.
    Present {
        /// The way to its leaf.
        path: Path,
    },
    /// The key has none: the search for it ends at the leaf of another key.
    Absent {
        /// The leaf at which the search ends.
        neighbour: Leaf,
        /// The way to that leaf, which is also the way that the key itself would take.
        path: Path,
    },
    /// The key has none, since the state has no record.
    Empty,
}

/// Why a proof does not show what is claimed, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A value is claimed and the proof is one of absence, or the reverse. Usual cause: the proof of another time.
    #[error("the proof is of another kind than the claim: one is about presence, the other about absence")]
    OtherKind,
    /// A proof of absence whose neighbour is the key itself.
    #[error("the neighbour in a proof of absence is the key itself")]
    NeighbourIsKey,
    /// The search for the key would not end at the neighbour. Usual cause: the proof of another key.
    #[error("at bit {bit} the search for the key leaves the way to the neighbour")]
    NeighbourElsewhere {
        /// Where the ways part.
        bit: u8,
    },
    /// The proof leads to another root. Usual cause: another value, another height, or edited bytes.
    #[error("the proof leads to another root")]
    OtherRoot,
}

impl StateProof {
    /// The longest encoding; nothing longer is looked at.
    pub const MAX_BYTES: usize = 1 + 64 + Path::MAX_BYTES;

    /// A proof from its bytes. Where a proof is part of a larger thing, that thing's own cap holds instead.
    pub fn decode(bytes: &[u8]) -> Result<StateProof, DecodeError> {
        canonical::decode(bytes, Self::MAX_BYTES)
    }
}

/// Checks that `key` has exactly this value under a state root, or that it has none.
pub fn check(root: &Hash, key: &StateKey, value: Option<&[u8]>, proof: &StateProof) -> Result<(), ProofError> {
    check_hash(root, key, value.map(value_hash), proof)
}

/// As [`check`], for who knows the value by its [`value_hash`].
pub fn check_hash(root: &Hash, key: &StateKey, value: Option<Hash>, proof: &StateProof) -> Result<(), ProofError> {
    if root_of(key, value, proof)? == *root { Ok(()) } else { Err(ProofError::OtherRoot) }
}

/// The one state root under which `key` has a value of this [`value_hash`], or none, if the proof shows it under any.
pub fn root_of(key: &StateKey, value: Option<Hash>, proof: &StateProof) -> Result<Hash, ProofError> {
    match (value, proof) {
        (Some(value_hash), StateProof::Present { path }) => Ok(path.root_of(&Leaf { key: *key, value_hash })),
        (None, StateProof::Absent { neighbour, path }) => {
            if neighbour.key == *key {
                return Err(ProofError::NeighbourIsKey);
            }
            if let Some(bit) = path.leaves_at(key, &neighbour.key) {
                return Err(ProofError::NeighbourElsewhere { bit });
            }
            Ok(path.root_of(neighbour))
        }
        (None, StateProof::Empty) => Ok(empty_root()),
        (Some(_), StateProof::Absent { .. } | StateProof::Empty) | (None, StateProof::Present { .. }) => {
            Err(ProofError::OtherKind)
        }
    }
}

fn bit_of(bytes: &[u8; 32], bit: u8) -> bool {
    let byte = bytes.get(usize::from(bit >> 3)).expect("a byte's upper five bits are below 32");
    byte.wrapping_shl(u32::from(bit & 7)) & 0x80 != 0
}

impl BorshSerialize for Path {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        let mut bits = [0u8; 32];
        for step in &self.steps {
            let byte = bits.get_mut(usize::from(step.bit >> 3)).expect("a byte's upper five bits are below 32");
            *byte |= 0x80u8.wrapping_shr(u32::from(step.bit & 7));
        }
        let used = self.steps.last().map_or(0, |deepest| (deepest.bit >> 3).saturating_add(1));
        used.serialize(writer)?;
        bits.iter().take(usize::from(used)).try_for_each(|byte| byte.serialize(writer))?;
        self.steps.iter().try_for_each(|step| step.sibling.serialize(writer))
    }
}

impl BorshDeserialize for Path {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let invalid = |what| Error::new(ErrorKind::InvalidData, what);
        let used = usize::from(u8::deserialize_reader(reader)?);
        let mut bits = [0; 32];
        let set = bits.get_mut(..used).ok_or_else(|| invalid("a path has bits 0 to 255"))?;
        reader.read_exact(set)?;
        if set.last() == Some(&0) {
            return Err(invalid("the bit set of a path has no zero byte at its end"));
        }
        let deeper = (0..=u8::MAX).filter(|bit| bit_of(&bits, *bit));
        let steps = deeper.map(|bit| Ok(Step { bit, sibling: Hash::deserialize_reader(reader)? }));
        Ok(Path { steps: steps.collect::<IoResult<_>>()? })
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hash(self.0).fmt(f)
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Hash(self.0), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::encode;

    #[test]
    fn the_inner_key_is_the_derived_one() {
        assert_eq!(INNER_KEY, Context::StateInner.hash(b"").0);
    }

    #[test]
    fn a_key_is_its_area_and_31_bytes_of_its_name() {
        let name = Context::StateKey.hash(b"name");
        let key = StateKey::new(9, &name);
        assert_eq!(key.0[0], 9);
        assert_eq!(key.0[1..], name.0[..31]);
    }

    #[test]
    fn bits_count_from_the_top_of_the_first_byte() {
        let key = StateKey(core::array::from_fn(|at| if at == 1 { 0b0100_0000 } else { 0 }));
        let set: Vec<u8> = (0..=255).filter(|bit| key.bit(*bit)).collect();
        assert_eq!(set, [9]);
        assert_eq!(key.first_difference(&StateKey([0; 32])), Some(9));
        assert_eq!(StateKey([0; 32]).first_difference(&StateKey([0xff; 32])), Some(0));
        assert_eq!(StateKey([7; 32]).first_difference(&StateKey([7; 32])), None);
    }

    #[test]
    fn every_bit_has_its_own_inner_hash() {
        let (left, right) = (Hash([1; 32]), Hash([2; 32]));
        let hashes: alloc::collections::BTreeSet<_> = (0..=255).map(|bit| inner_hash(bit, &left, &right)).collect();
        assert_eq!(hashes.len(), 256);
        assert!(!hashes.contains(&inner_hash(0, &right, &left)));
    }

    #[test]
    fn a_path_encodes_as_a_bit_set_and_its_siblings() {
        let steps = [3, 8, 15].map(|bit| Step { bit, sibling: Hash([bit; 32]) });
        let path = Path::new(steps.into()).unwrap();
        let mut bytes = [&[2, 0b0001_0000, 0b1000_0001][..], &[3; 32], &[8; 32], &[15; 32]].concat();
        assert_eq!(encode(&path), bytes);
        assert_eq!(canonical::decode(&bytes, Path::MAX_BYTES), Ok(path));
        bytes.splice(0..1, [3]).for_each(drop);
        bytes.insert(3, 0);
        assert_eq!(
            canonical::decode::<Path>(&bytes, Path::MAX_BYTES),
            Err(DecodeError::NotCanonical),
            "zero byte at the end"
        );
        bytes[0] = 33;
        assert_eq!(
            canonical::decode::<Path>(&bytes, Path::MAX_BYTES),
            Err(DecodeError::NotCanonical),
            "33 bytes of bits"
        );
    }

    #[test]
    fn the_longest_proof_is_as_long_as_the_cap() {
        let steps = (0..=255).map(|bit| Step { bit, sibling: Hash([bit; 32]) }).collect();
        let neighbour = Leaf { key: StateKey([0; 32]), value_hash: Hash([1; 32]) };
        let longest = StateProof::Absent { neighbour, path: Path::new(steps).unwrap() };
        let bytes = encode(&longest);
        assert_eq!(bytes.len(), StateProof::MAX_BYTES);
        assert_eq!(StateProof::decode(&bytes), Ok(longest));
        let padded = [&bytes[..], &[0]].concat();
        assert!(matches!(StateProof::decode(&padded), Err(DecodeError::TooLong { .. })));
    }

    #[test]
    fn steps_that_do_not_ascend_are_no_path() {
        let step = |bit| Step { bit, sibling: Hash([0; 32]) };
        assert_eq!(Path::new([step(2), step(2)].into()), Err(PathError));
        assert_eq!(Path::new([step(2), step(1)].into()), Err(PathError));
        assert!(Path::new([step(1), step(2)].into()).is_ok());
    }
}
