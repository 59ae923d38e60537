//! Blocks: their transactions, their leaves, and how they are kept and sent once decided.

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, EnvelopeHash, Height};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::list::Head;
use bulla_verify::receipt;
use bulla_verify::refusal::Outcome;
use bulla_verify::transaction::{Envelope, Malformed, Verified};
use std::sync::Arc;

/// A transaction whose signatures were checked here, once, and which all who need it share.
pub type Transaction = Arc<Verified>;

/// What a block commits of one transaction: the envelope, and one outcome for each of its operations in their order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Leaf {
    /// Which envelope.
    pub envelope: EnvelopeHash,
    /// What came of each of its operations.
    pub outcomes: Vec<Outcome>,
}

impl Leaf {
    /// The hash that the header's list of leaves holds.
    pub fn hash(&self) -> Hash {
        receipt::leaf_hash(&self.envelope, &self.outcomes)
    }

    /// The head of the list of these leaves, as a header commits it.
    pub fn head(leaves: &[Leaf]) -> Head {
        let hashes: Vec<Hash> = leaves.iter().map(Leaf::hash).collect();
        Head::of(&hashes)
    }
}

/// A decided block, as it is kept and sent to those who catch up. Nothing about it is known to hold before
/// [`CertifiedBlock::open`] and a check of its certificate.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CertifiedBlock {
    /// The header.
    pub header: Header,
    /// Its leaves, in order.
    pub leaves: Vec<Leaf>,
    /// Its envelopes, in order.
    pub envelopes: Vec<Envelope>,
    /// A quorum's precommits for the header.
    pub certificate: Certificate,
}

/// Why a block's parts do not belong together, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotABlock {
    /// The certificate is for another block.
    #[error("the certificate is for another block")]
    Certificate,
    /// The leaves are not those that the header commits.
    #[error("the leaves are not those of the header")]
    Leaves,
    /// The envelopes are not those that the leaves name.
    #[error("the envelopes are not those of the leaves")]
    Envelopes,
    /// An envelope can be in no block of this chain.
    #[error("transaction {index}: {reason}")]
    Malformed {
        /// Its place, from 0.
        index: usize,
        /// Why.
        reason: Malformed,
    },
}

impl CertifiedBlock {
    /// The number of the block.
    pub fn height(&self) -> Height {
        self.header.light.height
    }

    /// Checks that its parts belong together, and the signatures of its transactions: not those of its certificate, which
    /// need the validators of its height. From cheap to dear.
    pub fn open(self, chain: ChainId) -> Result<(Header, Vec<Transaction>, Certificate), NotABlock> {
        let CertifiedBlock { header, leaves, envelopes, certificate } = self;
        if certificate.value != header.hash() || certificate.height != header.light.height {
            return Err(NotABlock::Certificate);
        }
        if Leaf::head(&leaves) != header.rest.leaves {
            return Err(NotABlock::Leaves);
        }
        if !leaves.iter().map(|leaf| leaf.envelope).eq(envelopes.iter().map(Envelope::hash)) {
            return Err(NotABlock::Envelopes);
        }
        let check = |(index, envelope): (usize, Envelope)| {
            envelope.check(chain).map(Arc::new).map_err(|reason| NotABlock::Malformed { index, reason })
        };
        let transactions: Result<Vec<_>, _> = envelopes.into_iter().enumerate().map(check).collect();
        Ok((header, transactions?, certificate))
    }
}
