//! The header of a block, in two halves.
//!
//! `hash = H(light ‖ H(rest))`. A proof about the state carries the light half and one hash; the rest is for those who
//! follow the chain. Rule: design D10.

use crate::certificate::Signers;
use crate::chain::{ChainId, HeaderHash, Height, Round};
use crate::hash::{Context, Hash};
use crate::keys::PublicKey;
use crate::list::{self, Head, ListError, ListProof};
use crate::time::Millis;
use borsh::{BorshDeserialize, BorshSerialize};

/// The last version of the protocol that this code knows. A node halts before a block of a later one.
pub const VERSION: u8 = 1;

/// Whether this code knows a version of the protocol.
pub fn is_known(version: u8) -> bool {
    (1..=VERSION).contains(&version)
}

/// The parent of the first block: genesis has no header.
pub const NO_PARENT: HeaderHash = HeaderHash(Hash([0; 32]));

/// The half that every proof carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Light {
    /// The version of the protocol, and of this header's form.
    pub version: u8,
    /// The number of the block.
    pub height: Height,
    /// The proposer's clock when it built the block; later than the parent's.
    pub time: Millis,
    /// The root of the state tree after the block.
    pub state_root: Hash,
}

/// A light half without its state root: all that a proof says of it, since its path leads to the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Stamp {
    /// The form of the header.
    pub version: u8,
    /// The number of the block.
    pub height: Height,
    /// The block's time.
    pub time: Millis,
}

/// The half that proofs carry as one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Rest {
    /// The chain.
    pub chain: ChainId,
    /// The block before; [`NO_PARENT`] at height 1.
    pub parent: HeaderHash,
    /// Who built the block.
    pub proposer: PublicKey,
    /// The list of the block's leaves: each the hash of an envelope and its outcomes, in the order executed.
    pub leaves: Head,
    /// The list of the hashes of all headers before this one, from height 1.
    pub history: Head,
    /// The validator set of the next height: this header's certificate hands over to it.
    pub next_validators: Hash,
    /// The round in which the parent was decided, as the proposer's certificate has it; 0 at height 1.
    pub parent_round: Round,
    /// Who signed that certificate, by place in the parent's set.
    pub parent_signers: Signers,
}

/// A whole header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// The half that every proof carries.
    pub light: Light,
    /// The half that proofs carry as one hash.
    pub rest: Rest,
}

impl Stamp {
    /// The light half that has this state root.
    pub fn with_root(self, state_root: Hash) -> Light {
        let Stamp { version, height, time } = self;
        Light { version, height, time, state_root }
    }
}

impl Light {
    /// All of it but the state root.
    pub fn stamp(&self) -> Stamp {
        let Light { version, height, time, state_root: _ } = *self;
        Stamp { version, height, time }
    }

    /// The hash of the header that has this light half and a rest of this hash.
    pub fn header_hash(&self, rest: &Hash) -> HeaderHash {
        HeaderHash(Context::Header.hash_pair(&Context::HeaderLight.hash_of(self), rest))
    }
}

impl Rest {
    /// The hash that stands for this half.
    pub fn hash(&self) -> Hash {
        Context::HeaderRest.hash_of(self)
    }
}

impl Header {
    /// The hash that consensus decides on.
    pub fn hash(&self) -> HeaderHash {
        self.light.header_hash(&self.rest.hash())
    }

    /// The number of the block.
    pub fn height(&self) -> Height {
        self.light.height
    }

    /// Checks that the block of this hash stands at a height of the history that this header commits to: it is of the same
    /// chain, and before this one.
    pub fn check_ancestor(&self, height: Height, hash: &HeaderHash, proof: &ListProof) -> Result<(), ListError> {
        let history = &self.rest.history;
        // Genesis has no header; a place that no list has says so.
        let index = height.previous().map_or(u64::MAX, |before| before.0);
        list::check(history, index, &hash.0, proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{DecodeError, decode, encode};

    fn header() -> Header {
        let light = Light { version: VERSION, height: Height(7), time: Millis(1_000), state_root: Hash([1; 32]) };
        let rest = Rest {
            chain: ChainId(Hash([2; 32])),
            parent: HeaderHash(Hash([3; 32])),
            proposer: PublicKey::ed25519([4; 32]),
            leaves: Head { len: 5, root: Hash([5; 32]) },
            history: Head { len: 6, root: Hash([6; 32]) },
            next_validators: Hash([7; 32]),
            parent_round: Round(8),
            parent_signers: Signers(9),
        };
        Header { light, rest }
    }

    #[test]
    fn the_hash_commits_to_every_byte_of_both_halves() {
        let bytes = encode(&header());
        assert_eq!(decode(&bytes, 512), Ok(header()));
        let suite = 1 + 8 + 8 + 32 + 32 + 32;
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            match decode::<Header>(&changed, 512) {
                Ok(changed) => assert_ne!(changed.hash(), header().hash(), "byte {at}"),
                Err(error) => assert_eq!((at, error), (suite, DecodeError::NotCanonical)),
            }
        }
    }

    #[test]
    fn the_light_half_and_one_hash_give_the_header_hash() {
        let Header { light, rest } = header();
        assert_eq!(light.header_hash(&rest.hash()), header().hash());
        assert_ne!(light.header_hash(&Hash([0; 32])), header().hash());
    }
}
