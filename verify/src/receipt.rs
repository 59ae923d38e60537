//! Receipts: that a transaction was executed in a certain block, and with what outcome.
//!
//! A block's leaf binds an envelope to the outcomes of its operations, so that a refused act has a receipt of its refusal
//! and of nothing else. A receipt never says what the state is now. Rules: design D7, D10.

use crate::anchor::{Anchor, Uncertified};
use crate::canonical::{self, DecodeError};
use crate::certificate::Certificate;
use crate::chain::{ChainId, EnvelopeHash};
use crate::handover::{self, BrokenLink, Handover};
use crate::hash::Hash;
use crate::header::Header;
use crate::list::{self, ListError, ListProof};
use crate::refusal::Outcome;
use crate::transaction::MAX_OPERATIONS;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// The hash of a block's leaf: an envelope, and one outcome for each of its operations in their order.
pub fn leaf_hash(envelope: &EnvelopeHash, outcomes: &[Outcome]) -> Hash {
    list::leaf_hash(&canonical::encode(&(envelope, outcomes)))
}

/// That an envelope was executed in a block with these outcomes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// The envelope.
    pub envelope: EnvelopeHash,
    /// What became of each of its operations.
    pub outcomes: Vec<Outcome>,
    /// Its place in the block, from 0.
    pub index: u64,
    /// The way from its leaf to the header's list of leaves.
    pub proof: ListProof,
    /// The header of the block.
    pub header: Header,
    /// The decision on it.
    pub certificate: Certificate,
}

/// Why a receipt does not hold, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Usual cause: a receipt of another network.
    #[error("the receipt is of chain {found}, the anchor is of chain {expected}")]
    Chain {
        /// The chain of the receipt.
        found: ChainId,
        /// The chain of the anchor.
        expected: ChainId,
    },
    /// The block has no such leaf at that place: another envelope, or other outcomes.
    #[error("the block does not show this outcome: {0}")]
    Leaf(#[from] ListError),
    /// A hand-over does not hold.
    #[error(transparent)]
    Handover(#[from] BrokenLink),
    /// The block was not decided by the validators in force.
    #[error("the block is not certified: {0}")]
    Uncertified(#[from] Uncertified),
}

impl Receipt {
    /// The longest encoding: 1,000 outcomes of 3 bytes, the longest list proof, a header and the longest certificate.
    pub const MAX_BYTES: usize = 32 + 4 + 3 * MAX_OPERATIONS + 8 + ListProof::MAX_BYTES + 512 + 4_200;

    /// A receipt from its bytes; nothing else about it is known yet.
    pub fn decode(bytes: &[u8]) -> Result<Receipt, DecodeError> {
        canonical::decode(bytes, Self::MAX_BYTES)
    }

    /// Checks the receipt from an anchor; `handovers` are those from the anchor to its block. Answers what became of
    /// each operation: an envelope that was executed may still have been refused.
    pub fn check(&self, anchor: &Anchor, handovers: &[Handover]) -> Result<&[Outcome], ReceiptError> {
        let Header { light, rest } = &self.header;
        if rest.chain != anchor.chain() {
            return Err(ReceiptError::Chain { found: rest.chain, expected: anchor.chain() });
        }
        list::check(&rest.leaves, self.index, &leaf_hash(&self.envelope, &self.outcomes), &self.proof)?;
        let in_force = handover::in_force_at(light.height, anchor, handovers)?;
        in_force.check(light, &rest.hash(), &self.certificate)?;
        Ok(&self.outcomes)
    }
}
