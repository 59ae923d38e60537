//! Hand-overs: how a verifier comes from the validators that it knows to those of a later height.
//!
//! A header names the set of the next height by its hash; its certificate, signed by the set in force, is the hand-over.
//! The set in force at a height is the one that the last hand-over before it names. A file that leaves a hand-over out
//! gains nothing: the certificates after it do not hold under the older set. Rule: design D16.

use crate::anchor::{Anchor, Uncertified};
use crate::certificate::Certificate;
use crate::chain::{ChainId, Height};
use crate::header::Header;
use crate::validators::ValidatorSet;
use borsh::{BorshDeserialize, BorshSerialize};

/// The most hand-overs that are followed: eight years of a change every three days.
pub const MAX_HANDOVERS: usize = 1_024;

/// A certified header, with the validator set that it hands over to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Handover {
    /// The header whose `next_validators` names the set.
    pub header: Header,
    /// The decision of the set in force.
    pub certificate: Certificate,
    /// The set of the next height.
    pub validators: ValidatorSet,
}

/// Why a hand-over does not hold, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandoverError {
    /// A set acts from the height after its hand-over.
    #[error("it is not before block {height}, which it is to lead to")]
    Late {
        /// The height of the block that is proved.
        height: Height,
    },
    /// There are too many.
    #[error("more than {MAX_HANDOVERS} hand-overs")]
    TooMany,
    /// Genesis hands over to nobody, and heights ascend.
    #[error("its height {height} is not above that of the one before")]
    Order {
        /// The height.
        height: Height,
    },
    /// Usual cause: a file put together from two networks.
    #[error("it is of chain {found}")]
    Chain {
        /// The chain it is of.
        found: ChainId,
    },
    /// The set that is shown is not the one that the header names.
    #[error("the validators shown are not those that its header names")]
    OtherSet,
    /// The header was not decided by the set in force.
    #[error(transparent)]
    Uncertified(#[from] Uncertified),
}

/// Which hand-over does not hold, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hand-over {place}: {reason}")]
pub struct BrokenLink {
    /// Its place in the file, from 0.
    pub place: usize,
    /// Why.
    pub reason: HandoverError,
}

/// The anchor whose set is in force at a height: the one that the last of these hand-overs, all before it, leads to.
pub fn in_force_at(height: Height, anchor: &Anchor, handovers: &[Handover]) -> Result<Anchor, BrokenLink> {
    match handovers.iter().position(|handover| handover.header.height() >= height) {
        Some(place) => Err(BrokenLink { place, reason: HandoverError::Late { height } }),
        None => follow(anchor, handovers),
    }
}

/// The anchor at the end of a chain of hand-overs: it names the set in force after the last.
///
/// Those at or below the anchor's own height are passed over, since the anchor stands for them: a file made for those who
/// hold genesis serves those who pinned a later block too.
pub fn follow(anchor: &Anchor, handovers: &[Handover]) -> Result<Anchor, BrokenLink> {
    if handovers.len() > MAX_HANDOVERS {
        return Err(BrokenLink { place: MAX_HANDOVERS, reason: HandoverError::TooMany });
    }
    let mut before = Height(0);
    let mut known = anchor.clone();
    for (place, handover) in handovers.iter().enumerate() {
        let broken = |reason| BrokenLink { place, reason };
        let height = handover.header.height();
        if height <= before {
            return Err(broken(HandoverError::Order { height }));
        }
        before = height;
        if height > anchor.height() {
            known = handover.check(&known).map_err(broken)?;
        }
    }
    Ok(known)
}

impl Handover {
    /// The anchor at this hand-over, if it holds from one before it.
    fn check(&self, known: &Anchor) -> Result<Anchor, HandoverError> {
        let Handover { header: Header { light, rest }, certificate, validators } = self;
        if rest.chain != known.chain() {
            return Err(HandoverError::Chain { found: rest.chain });
        }
        if rest.next_validators != validators.hash() {
            return Err(HandoverError::OtherSet);
        }
        known.check(light, &rest.hash(), certificate)?;
        Ok(known.moved_to(light, validators))
    }
}
