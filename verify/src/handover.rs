//! Hand-overs: how a verifier comes from the validators that it knows to those of a later height.
//!
//! A header names the set of the next height by its hash; its certificate, signed by the set in force, is the hand-over.
//! The set in force at a height is the one that the last hand-over before it names. A file that leaves a hand-over out
//! gains nothing: the certificates after it do not hold under the older set. Rule: design D16.
//!
//! Where all operators went on under new keys ([`crate::recovery`]), their record stands with the hand-over of the last block
//! that they agreed on, and leads from the set that its header names to the same under the new keys.

use crate::anchor::{Anchor, Uncertified};
use crate::certificate::Certificate;
use crate::chain::{ChainId, Height};
use crate::header::{Header, Light, Rest};
use crate::recovery::{Recovery, RecoveryError};
use crate::validators::ValidatorSet;
use alloc::boxed::Box;
use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};

/// The most hand-overs that are followed: eight years of a change every three days.
pub const MAX_HANDOVERS: usize = 1_024;

/// A certified header, with the validator set that it hands over to.
///
/// Its bytes are the three parts; where there is a recovery, it stands before them, behind a 0 where else the header's version
/// is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The header whose `next_validators` names the set, or the set before the recovery.
    pub header: Header,
    /// The decision of the set in force.
    pub certificate: Certificate,
    /// The set of the next height.
    pub validators: ValidatorSet,
    /// By which the next height has that set and not the one that the header names.
    pub recovery: Option<Box<Recovery>>,
}

/// Stands where a header's version would: before a recovery. No header has this version.
const RECOVERED: u8 = 0;

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
    /// Not all validators agreed to go on under these new keys.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
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
/// hold genesis serves those who pinned a later block too. A recovery after the anchor's own block may have come later than
/// the anchor, and counts.
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
        } else if handover.is_recovery_from(anchor) {
            known = handover.renew(known).map_err(broken)?;
        }
    }
    Ok(known)
}

/// The heights after which the chain went on by a recovery, of those hand-overs that an anchor does not stand for.
pub fn recoveries<'a>(anchor: &'a Anchor, handovers: &'a [Handover]) -> impl Iterator<Item = Height> + 'a {
    handovers.iter().filter(|one| one.is_recovery_from(anchor)).map(|one| one.header.height())
}

impl Handover {
    /// The anchor at this hand-over, if it holds from one before it.
    fn check(&self, known: &Anchor) -> Result<Anchor, HandoverError> {
        let Handover { header: Header { light, rest }, certificate, .. } = self;
        if rest.chain != known.chain() {
            return Err(HandoverError::Chain { found: rest.chain });
        }
        let named = self.named().ok_or(HandoverError::OtherSet)?;
        if rest.next_validators != named.hash() {
            return Err(HandoverError::OtherSet);
        }
        known.check(light, &rest.hash(), certificate)?;
        self.renew(known.moved_to(light, &named))
    }

    /// The set that its header names, if it is the right one: before the recovery, if there was one.
    pub fn named(&self) -> Option<ValidatorSet> {
        match &self.recovery {
            Some(recovery) => recovery.agreement.before(&self.validators),
            None => Some(self.validators.clone()),
        }
    }

    /// Whether it holds a recovery for which an anchor does not stand.
    fn is_recovery_from(&self, anchor: &Anchor) -> bool {
        let height = self.header.height();
        let is_later = height == anchor.height() && self.validators != *anchor.validators();
        self.recovery.is_some() && (height > anchor.height() || is_later)
    }

    /// Checks that all of the set that the header names agreed on the recovery, if there was one.
    pub fn check_recovery(&self, chain: ChainId, named: &ValidatorSet) -> Result<(), HandoverError> {
        let Some(recovery) = &self.recovery else { return Ok(()) };
        let next = recovery.check_after((chain, self.header.height(), self.header.hash()), named)?;
        if next == self.validators { Ok(()) } else { Err(HandoverError::OtherSet) }
    }

    /// From the set that the header names to that of the next height.
    fn renew(&self, known: Anchor) -> Result<Anchor, HandoverError> {
        self.check_recovery(known.chain(), known.validators())?;
        Ok(known.moved_to(&self.header.light, &self.validators))
    }
}

impl BorshSerialize for Handover {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        if let Some(recovery) = &self.recovery {
            (RECOVERED, recovery).serialize(writer)?;
        }
        (&self.header, &self.certificate, &self.validators).serialize(writer)
    }
}

impl BorshDeserialize for Handover {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let mut version = u8::deserialize_reader(reader)?;
        let mut recovery = None;
        if version == RECOVERED {
            recovery = Some(Box::new(Recovery::deserialize_reader(reader)?));
            version = u8::deserialize_reader(reader)?;
        }
        let (height, time, state_root) = BorshDeserialize::deserialize_reader(reader)?;
        let light = Light { version, height, time, state_root };
        let header = Header { light, rest: Rest::deserialize_reader(reader)? };
        let (certificate, validators) = BorshDeserialize::deserialize_reader(reader)?;
        Ok(Handover { header, certificate, validators, recovery })
    }
}
