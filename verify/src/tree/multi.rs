//! One proof for several keys under one root: each has its value, or none.
//!
//! It is the part of the tree in which the searches for the keys run. What they share stands there once, and what none of them
//! enters is a hash:
//!
//! ```text
//!   searched: 00100…, present; 00111…, absent; 01…, absent; in the tree that is drawn in ledger/src/tree.rs
//!
//!     bit 0: all take 0 ─────────── step, sibling ③
//!     bit 2: they part ──────────── fork
//!       0: 01… ends at 000… ─────── its neighbour: key and value hash
//!       1: bit 4, they part again ─ fork
//!            0: 00100… ends at the leaf of its own claim: nothing to tell
//!            1: 00111… ends at 00101…, its neighbour
//! ```
//!
//! At every node the keys are told apart by testing its bit. They do not form ranges: bits that the tree skips are not looked
//! at, and keys that go different ways above may lie between each other.
//!
//! For any root whatever there is at most one proof for a set of claims, and of one key not both presence and absence: from the
//! root down the hash of each node fixes its kind and its bit, the bit fixes which keys go where, and the side that no key enters
//! is a sibling, as a node that keys enter on both sides is a fork. The encoding adds nothing to choose: in it the bits ascend
//! from the root down, or it does not decode.

use super::{DecodeError, Hash, Leaf, Path, PathError, StateKey, empty_root, inner_hash};
use crate::canonical;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use borsh::io::{Error, ErrorKind, Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};

/// What shows of several keys that each has its value, or none.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MultiProof {
    /// None has a value, since the state has no record.
    Empty,
    /// The way of all keys, from the root down.
    Way(Way),
}

/// The way that some keys take together, and its end.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Way {
    path: Path,
    end: End,
}

/// Where some keys stop going together.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub enum End {
    /// The leaf of the one among them that has a value, as it is claimed.
    Own,
    /// The leaf of a key that is not among them: none of them has a value.
    Neighbour(Leaf),
    /// An inner node of which they enter both sides.
    Fork(Box<Fork>),
}

/// An inner node of which keys enter both sides.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Fork {
    /// The bit at which they part.
    pub bit: u8,
    /// The way of those that have a 0 there.
    pub left: Way,
    /// The way of those that have a 1 there.
    pub right: Way,
}

/// Why a proof does not show what is claimed of several keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultiProofError {
    /// A proof of nothing.
    #[error("no claim")]
    NoClaim,
    /// More than [`MultiProof::MAX_KEYS`].
    #[error("{found} claims, at most {limit} are allowed", limit = MultiProof::MAX_KEYS)]
    TooManyClaims {
        /// How many there are.
        found: usize,
    },
    /// The keys part at a bit where the proof keeps them together, or the reverse. Usual cause: the proof of other keys.
    #[error("at bit {bit} the proof is not of these keys")]
    OtherKeys {
        /// At which bit.
        bit: u8,
    },
    /// At the end of a way presence is claimed and absence shown, or the reverse, or more than one key has the same leaf. Usual
    /// cause: the proof of another time.
    #[error("the end of the way of {key} is of another kind than the claims")]
    OtherKind {
        /// The first of the keys that go there.
        key: StateKey,
    },
    /// A proof of absence whose neighbour is the key itself.
    #[error("the neighbour in a proof of absence is the key {key} itself")]
    NeighbourIsKey {
        /// That key.
        key: StateKey,
    },
    /// The proof leads to another root. Usual cause: another value, another height, or edited bytes.
    #[error("the proof leads to another root")]
    OtherRoot,
}

impl MultiProof {
    /// The most keys that one proof is about. A status proof names four; 64 leave room for a page of a register.
    pub const MAX_KEYS: usize = 64;

    /// The longest encoding, at most; nothing longer is looked at. Each key adds at most a fork and two ways, with 35 bytes each of
    /// bits and tags, the siblings of 256 steps, and a neighbour.
    pub const MAX_BYTES: usize = 1 + Self::MAX_KEYS * (1 + 2 * 35 + 256 * 32 + 64);

    /// A proof from its bytes. Where a proof is part of a larger thing, that thing's own cap holds instead.
    pub fn decode(bytes: &[u8]) -> Result<MultiProof, DecodeError> {
        canonical::decode(bytes, Self::MAX_BYTES)
    }
}

impl Way {
    /// The way along these steps to this end. A fork stands below the steps, and its own ways below it.
    pub fn new(path: Path, end: End) -> Result<Way, PathError> {
        if let End::Fork(fork) = &end {
            let is_below =
                |upper: Option<u8>, lower: Option<u8>| upper.zip(lower).is_none_or(|(upper, lower)| upper < lower);
            let (deepest, bit) = (path.steps.last().map(|step| step.bit), Some(fork.bit));
            if !(is_below(deepest, bit)
                && is_below(bit, fork.left.first_bit())
                && is_below(bit, fork.right.first_bit()))
            {
                return Err(PathError);
            }
        }
        Ok(Way { path, end })
    }

    fn first_bit(&self) -> Option<u8> {
        let fork = match &self.end {
            End::Fork(fork) => Some(fork.bit),
            End::Own | End::Neighbour(_) => None,
        };
        self.path.steps.first().map(|step| step.bit).or(fork)
    }

    /// The steps that the keys take together.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where they stop going together.
    pub fn end(&self) -> &End {
        &self.end
    }

    /// The root of the one tree in which the searches for the claimed keys run like this.
    fn root_of(&self, claims: &[Claim]) -> Result<Hash, MultiProofError> {
        let (key, _) = claims.first().expect("a way has a key that takes it");
        let parts = |bit: u8| claims.iter().any(|(other, _)| other.bit(bit) != key.bit(bit));
        if let Some(step) = self.path.steps.iter().find(|step| parts(step.bit)) {
            return Err(MultiProofError::OtherKeys { bit: step.bit });
        }
        let end = match &self.end {
            End::Own => own(key, claims)?.hash(),
            End::Neighbour(_) if claims.iter().any(|(_, value_hash)| value_hash.is_some()) => {
                return Err(MultiProofError::OtherKind { key: *key });
            }
            End::Neighbour(leaf) if claims.iter().any(|(key, _)| *key == leaf.key) => {
                return Err(MultiProofError::NeighbourIsKey { key: leaf.key });
            }
            End::Neighbour(leaf) => leaf.hash(),
            End::Fork(fork) => fork.root_of(claims)?,
        };
        Ok(self.path.fold(key, end))
    }
}

impl Fork {
    fn root_of(&self, claims: &[Claim]) -> Result<Hash, MultiProofError> {
        let (right, left): (Vec<Claim>, Vec<Claim>) = claims.iter().partition(|(key, _)| key.bit(self.bit));
        if left.is_empty() || right.is_empty() {
            return Err(MultiProofError::OtherKeys { bit: self.bit });
        }
        Ok(inner_hash(self.bit, &self.left.root_of(&left)?, &self.right.root_of(&right)?))
    }
}

/// A key, and the hash of the value that it has if it has one.
type Claim = (StateKey, Option<Hash>);

/// The leaf of the one key that has a value.
fn own(first: &StateKey, claims: &[Claim]) -> Result<Leaf, MultiProofError> {
    let mut present =
        claims.iter().filter_map(|(key, value_hash)| Some(Leaf { key: *key, value_hash: (*value_hash)? }));
    match (present.next(), present.next()) {
        (Some(leaf), None) => Ok(leaf),
        _ => Err(MultiProofError::OtherKind { key: *first }),
    }
}

/// Checks of each key that under a state root it has the value of exactly this [`value_hash`](super::value_hash), or none.
pub fn check_many(
    root: &Hash,
    claims: &BTreeMap<StateKey, Option<Hash>>,
    proof: &MultiProof,
) -> Result<(), MultiProofError> {
    let claims: Vec<Claim> = claims.iter().map(|(key, value_hash)| (*key, *value_hash)).collect();
    let Some((first, _)) = claims.first() else { return Err(MultiProofError::NoClaim) };
    if claims.len() > MultiProof::MAX_KEYS {
        return Err(MultiProofError::TooManyClaims { found: claims.len() });
    }
    let shown = match proof {
        MultiProof::Way(way) => way.root_of(&claims)?,
        MultiProof::Empty if claims.iter().all(|(_, value_hash)| value_hash.is_none()) => empty_root(),
        MultiProof::Empty => return Err(MultiProofError::OtherKind { key: *first }),
    };
    if shown == *root { Ok(()) } else { Err(MultiProofError::OtherRoot) }
}

impl BorshDeserialize for Way {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        read_below(None, reader)
    }
}

/// A way below a bit. Bits ascend, so it goes at most 256 calls deep, whatever the bytes are.
fn read_below<R: Read>(above: Option<u8>, reader: &mut R) -> IoResult<Way> {
    let invalid = |what| Error::new(ErrorKind::InvalidData, what);
    let path = Path::deserialize_reader(reader)?;
    let is_below = |upper: Option<u8>, lower: u8| upper.is_none_or(|upper| upper < lower);
    if path.steps.first().is_some_and(|step| !is_below(above, step.bit)) {
        return Err(invalid("the steps of a way stand below the fork that it comes from"));
    }
    let end = match u8::deserialize_reader(reader)? {
        0 => End::Own,
        1 => End::Neighbour(Leaf::deserialize_reader(reader)?),
        2 => {
            let bit = u8::deserialize_reader(reader)?;
            if !is_below(path.steps.last().map(|step| step.bit).or(above), bit) {
                return Err(invalid("a fork stands below the way to it"));
            }
            let (left, right) = (read_below(Some(bit), reader)?, read_below(Some(bit), reader)?);
            End::Fork(Box::new(Fork { bit, left, right }))
        }
        _ => return Err(invalid("a way ends at its own leaf, at a neighbour or at a fork")),
    };
    Ok(Way { path, end })
}
