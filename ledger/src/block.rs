//! Blocks: as proposed and executed, and as they are kept and sent once decided.

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::header::Header;
use bulla_verify::transaction::{Envelope, Verified};
use std::sync::Arc;

/// A block as proposed: a header, and the transactions whose leaves it commits to, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The transactions, in the order executed.
    pub envelopes: Vec<Arc<Verified>>,
}

/// A decided block, as it is kept and sent to those who catch up. Whoever gets one checks the certificate against the
/// validators of its height, and each envelope, before executing it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CertifiedBlock {
    /// The header.
    pub header: Header,
    /// The envelopes, in the order executed.
    pub envelopes: Vec<Envelope>,
    /// The quorum's precommits for the header.
    pub certificate: Certificate,
}

impl CertifiedBlock {
    /// The longest encoding that is looked at: the largest block that parameters allow, 16 MiB, its envelopes' count, and
    /// 64 KiB for header and certificate.
    pub const MAX_BYTES: usize = 16 * 1024 * 1024 + 64 * 1024;

    /// The number of the block.
    pub fn height(&self) -> Height {
        self.header.light.height
    }
}

/// What a block may cost at most. A proposer passes what it wants to spend; parameters are the bound for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of envelopes.
    pub bytes: u32,
    /// State writes, as operations declare them.
    pub cost: u32,
}
