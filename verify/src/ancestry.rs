//! That an old header is of this chain: a later, certified one commits to it.
//!
//! Every header commits to the list of the hashes of all headers before it. So one certificate by validators whom a
//! verifier knows vouches for each block since the first, whose own certificate may be by keys that are long retired, or be
//! kept nowhere. It says nothing of what the state was after the old block but its root. Rules: design D9, D10.

use crate::anchor::{Anchor, Uncertified};
use crate::canonical::{self, DecodeError};
use crate::certificate::Certificate;
use crate::chain::ChainId;
use crate::handover::{self, BrokenLink, Handover};
use crate::header::Header;
use crate::list::{ListError, ListProof};
use borsh::{BorshDeserialize, BorshSerialize};

/// That a header is the one of its height on the chain that a later header is of.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ancestry {
    /// The old header.
    pub header: Header,
    /// Its place in the history of the later one.
    pub proof: ListProof,
    /// The later header.
    pub later: Header,
    /// The decision on the later header.
    pub certificate: Certificate,
}

/// Why a header is not shown to be an ancestor, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AncestryError {
    /// Usual cause: a proof of another network.
    #[error("the later block is of chain {found}, the anchor is of chain {expected}")]
    Chain {
        /// The chain of the later header.
        found: ChainId,
        /// The chain of the anchor.
        expected: ChainId,
    },
    /// The later block has another history. Usual cause: a header of a branch, or edited bytes.
    #[error("the later block does not follow on this one: {0}")]
    History(#[from] ListError),
    /// A hand-over does not hold.
    #[error(transparent)]
    Handover(#[from] BrokenLink),
    /// The later block was not decided by the validators in force.
    #[error("the later block is not certified: {0}")]
    Uncertified(#[from] Uncertified),
}

impl Ancestry {
    /// The longest encoding: two headers, the longest list proof and the longest certificate.
    pub const MAX_BYTES: usize = 2 * 512 + ListProof::MAX_BYTES + 4_200;

    /// A proof from its bytes; nothing else about it is known yet.
    pub fn decode(bytes: &[u8]) -> Result<Ancestry, DecodeError> {
        canonical::decode(bytes, Self::MAX_BYTES)
    }

    /// Checks the proof from an anchor; `handovers` are those from the anchor to the later block. Answers the old header.
    pub fn check(&self, anchor: &Anchor, handovers: &[Handover]) -> Result<&Header, AncestryError> {
        let Header { light, rest } = &self.later;
        if rest.chain != anchor.chain() {
            return Err(AncestryError::Chain { found: rest.chain, expected: anchor.chain() });
        }
        self.later.check_ancestor(self.header.height(), &self.header.hash(), &self.proof)?;
        let in_force = handover::in_force_at(light.height, anchor, handovers)?;
        in_force.check(light, &rest.hash(), &self.certificate)?;
        Ok(&self.header)
    }
}
