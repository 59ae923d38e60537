//! What a verifier starts from: a block whose word it takes, and the validators that vote on the blocks after it.
//!
//! An anchor is genesis, or a later certified header that the verifier pinned. There is no other way to make one, but to
//! read one's own file. It judges blocks of the set it names, and hand-overs lead it on to later sets
//! ([`crate::handover`]). It never judges a block at or before its own height. Rule: design D16.
//!
//! Every anchor grows stale. Whoever collects the keys of validators that have left could sign another branch with them,
//! from this anchor on and with no hand-over in it; so once an anchor is older than the trust period, nothing that begins
//! at it convinces any more, whether or not the file in hand shows a hand-over. The remedy is a newer anchor.

use crate::certificate::{Certificate, CertificateError};
use crate::chain::{ChainId, Height};
use crate::genesis::Genesis;
use crate::handover::{self, BrokenLink, Handover};
use crate::hash::Hash;
use crate::header::{self, Light};
use crate::time::Millis;
use crate::validators::ValidatorSet;
use serde::{Deserialize, Serialize};

/// A block whose word is taken. As JSON it is the file that `bulla anchor` keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    chain: ChainId,
    height: Height,
    time: Millis,
    validators: ValidatorSet,
    trust_period_ms: i64,
}

/// Why a block is not certified from an anchor, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uncertified {
    /// Made by a later program.
    #[error("the header has version {found}, this program knows {known}", known = header::VERSION)]
    Version {
        /// The version found.
        found: u8,
    },
    /// Usual cause: a file from before the anchor was pinned. With an older anchor it may hold.
    #[error("block {height} is not after block {anchor}, from which the anchor judges")]
    BeforeAnchor {
        /// The block's height.
        height: Height,
        /// The anchor's.
        anchor: Height,
    },
    /// Usual cause: the header or the certificate was edited or put in from elsewhere.
    #[error("the certificate is for another block")]
    OtherBlock,
    /// Too few validators signed, or a signature is wrong.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// Why no later block is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Pinning would wash the doubt away. Usual cause: an anchor that was not renewed in time.
    #[error("the anchor of {anchored_at} is older than its trust period; obtain a newer one from somebody you trust")]
    Stale {
        /// The anchor's time.
        anchored_at: Millis,
    },
    /// There is nothing to pin.
    #[error("no certified header is given")]
    Nothing,
    /// A hand-over does not hold.
    #[error(transparent)]
    Broken(#[from] BrokenLink),
}

impl Anchor {
    /// The anchor that everyone has: before the first block, whose validators genesis names.
    pub fn genesis(genesis: &Genesis) -> Anchor {
        Anchor {
            chain: genesis.chain(),
            height: Height(0),
            time: genesis.time,
            validators: genesis.validators.clone(),
            trust_period_ms: genesis.parameters.trust_period_ms,
        }
    }

    /// The anchor at the last of these certified headers, each with the set that it hands over to. To renew an anchor
    /// whose set is still in force, the last may hand over to the same set.
    pub fn pin(&self, handovers: &[Handover], now: Millis) -> Result<Anchor, PinError> {
        if self.is_stale(now) {
            return Err(PinError::Stale { anchored_at: self.time });
        }
        if handovers.is_empty() {
            return Err(PinError::Nothing);
        }
        Ok(handover::follow(self, handovers)?)
    }

    /// The chain.
    pub fn chain(&self) -> ChainId {
        self.chain
    }

    /// The height of the block whose word is taken; 0 is genesis.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The time of that block.
    pub fn time(&self) -> Millis {
        self.time
    }

    /// The validators that vote on the blocks after it, until a hand-over.
    pub fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// For how long after its time it convinces, in milliseconds.
    pub fn trust_period_ms(&self) -> i64 {
        self.trust_period_ms
    }

    /// Whether it convinces no more.
    pub fn is_stale(&self, now: Millis) -> bool {
        now.since(self.time) > self.trust_period_ms
    }

    /// Checks that the validators that this anchor names decided the block with this light half and a rest of this hash.
    pub fn check(&self, light: &Light, rest: &Hash, certificate: &Certificate) -> Result<(), Uncertified> {
        if !header::is_known(light.version) {
            return Err(Uncertified::Version { found: light.version });
        }
        if light.height <= self.height {
            return Err(Uncertified::BeforeAnchor { height: light.height, anchor: self.height });
        }
        if certificate.height != light.height || certificate.value != light.header_hash(rest) {
            return Err(Uncertified::OtherBlock);
        }
        Ok(certificate.check(self.chain, &self.validators)?)
    }

    /// The anchor at a block that [`Anchor::check`] found certified, whose next set is this.
    pub(crate) fn moved_to(&self, light: &Light, validators: &ValidatorSet) -> Anchor {
        Anchor { height: light.height, time: light.time, validators: validators.clone(), ..*self }
    }
}
