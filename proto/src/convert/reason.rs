//! Why a node does not vote, and why it waits.

use super::{NotUnderstood, parse};
use crate::answer::{Mute, TooFew, Why};
use crate::v1;
use bulla_verify::chain::{Height, Round};
use v1::{mute, why};

impl From<Mute> for v1::Mute {
    fn from(reason: Mute) -> Self {
        let reason = match reason {
            Mute::Follows => Some(mute::Reason::Follows(mute::Follows {})),
            Mute::Unsettled => Some(mute::Reason::Unsettled(mute::Unsettled {})),
            Mute::LogLost(through) => Some(mute::Reason::LogLost(mute::Silent { through: through.0 })),
            Mute::LedgerLost(through) => Some(mute::Reason::LedgerLost(mute::Silent { through: through.0 })),
            Mute::Copied(height) => Some(mute::Reason::Copied(mute::Copied { height: height.0 })),
            Mute::Cramped { free_bytes, min_bytes } => {
                Some(mute::Reason::Cramped(mute::Cramped { free_bytes, min_bytes }))
            }
            Mute::Other => None,
        };
        v1::Mute { reason }
    }
}

impl From<v1::Mute> for Mute {
    fn from(message: v1::Mute) -> Self {
        match message.reason {
            Some(mute::Reason::Follows(_)) => Mute::Follows,
            Some(mute::Reason::Unsettled(_)) => Mute::Unsettled,
            Some(mute::Reason::LogLost(mute::Silent { through })) => Mute::LogLost(Height(through)),
            Some(mute::Reason::LedgerLost(mute::Silent { through })) => Mute::LedgerLost(Height(through)),
            Some(mute::Reason::Copied(mute::Copied { height })) => Mute::Copied(Height(height)),
            Some(mute::Reason::Cramped(mute::Cramped { free_bytes, min_bytes })) => {
                Mute::Cramped { free_bytes, min_bytes }
            }
            None => Mute::Other,
        }
    }
}

impl From<Why> for v1::Why {
    fn from(reason: Why) -> Self {
        let reason = match reason {
            Why::TooFew(few) => Some(why::Reason::TooFew(few.into())),
            Why::Behind { height, best } => Some(why::Reason::Behind(why::Behind { height: height.0, best: best.0 })),
            Why::FailingRounds { height, round } => {
                Some(why::Reason::FailingRounds(why::FailingRounds { height: height.0, round: round.0 }))
            }
            Why::PoolNearlyFull { count } => Some(why::Reason::PoolNearlyFull(why::PoolNearlyFull { count })),
            Why::TreeNearlyFull { used_bytes, max_bytes } => {
                Some(why::Reason::TreeNearlyFull(why::TreeNearlyFull { used_bytes, max_bytes }))
            }
            Why::Other => None,
        };
        v1::Why { reason }
    }
}

impl TryFrom<v1::Why> for Why {
    type Error = NotUnderstood;

    fn try_from(message: v1::Why) -> Result<Self, NotUnderstood> {
        Ok(match message.reason {
            Some(why::Reason::TooFew(few)) => Why::TooFew(few.try_into()?),
            Some(why::Reason::Behind(why::Behind { height, best })) => {
                Why::Behind { height: Height(height), best: Height(best) }
            }
            Some(why::Reason::FailingRounds(why::FailingRounds { height, round })) => {
                Why::FailingRounds { height: Height(height), round: Round(round) }
            }
            Some(why::Reason::PoolNearlyFull(why::PoolNearlyFull { count })) => Why::PoolNearlyFull { count },
            Some(why::Reason::TreeNearlyFull(why::TreeNearlyFull { used_bytes, max_bytes })) => {
                Why::TreeNearlyFull { used_bytes, max_bytes }
            }
            None => Why::Other,
        })
    }
}

impl From<TooFew> for why::TooFew {
    fn from(few: TooFew) -> Self {
        let TooFew { connected, validators, needed, power, quorum, total_power, missing } = few;
        let missing = missing.iter().map(ToString::to_string).collect();
        why::TooFew { connected, validators, needed, power, quorum, total_power, missing }
    }
}

impl TryFrom<why::TooFew> for TooFew {
    type Error = NotUnderstood;

    fn try_from(message: why::TooFew) -> Result<Self, NotUnderstood> {
        let why::TooFew { connected, validators, needed, power, quorum, total_power, missing } = message;
        let missing = missing.iter().map(|uscc| parse("missing organisation", uscc)).collect::<Result<_, _>>()?;
        Ok(TooFew { connected, validators, needed, power, quorum, total_power, missing })
    }
}
