//! The numbers that all validators must share, as genesis sets them. What was decided since stands beside them:
//! [`Schedule`](crate::governance::schedule::Schedule).

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Numbers of the chain. They stand in the state, so that a proof can show them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// How far a fresh proposal's time may be from a validator's own clock, in milliseconds.
    pub clock_bound_ms: u32,
    /// How long an idle chain waits before it makes an empty block, in milliseconds.
    pub heartbeat_ms: u32,
    /// How far ahead of block time a transaction may expire, in milliseconds: for so long ids are remembered.
    pub replay_window_ms: u32,
    /// The most bytes of envelopes in a block.
    pub max_block_bytes: u32,
    /// The most state writes in a block.
    pub max_block_cost: u32,
    /// How many refused operations an organisation may cause in an hour.
    pub refusals_per_hour: u32,
    /// The age of a hand-over after which it convinces only with a later anchor, in milliseconds.
    pub trust_period_ms: i64,
}

/// The longest replay window: one hour. Source: design D7.
pub const MAX_REPLAY_WINDOW_MS: u32 = 3_600_000;

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parameter {name} is {found}, allowed is {least} to {most}")]
pub struct OutOfRange {
    /// Which.
    pub name: &'static str,
    /// What it is.
    pub found: i64,
    /// The least allowed.
    pub least: i64,
    /// The most allowed.
    pub most: i64,
}

impl Parameters {
    /// Refuses numbers with which the chain could not live.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let ranges = [
            ("clock_bound_ms", i64::from(self.clock_bound_ms), 100, 600_000),
            ("heartbeat_ms", i64::from(self.heartbeat_ms), 100, 3_600_000),
            ("replay_window_ms", i64::from(self.replay_window_ms), 1_000, i64::from(MAX_REPLAY_WINDOW_MS)),
            ("max_block_bytes", i64::from(self.max_block_bytes), 256 * 1024, 16 * 1024 * 1024),
            ("max_block_cost", i64::from(self.max_block_cost), 3_000, 1_000_000),
            ("refusals_per_hour", i64::from(self.refusals_per_hour), 1, 10_000_000),
            ("trust_period_ms", self.trust_period_ms, 86_400_000, i64::MAX),
        ];
        let outside = ranges.into_iter().find(|(_, found, least, most)| !(least..=most).contains(&found));
        match outside {
            Some((name, found, least, most)) => Err(OutOfRange { name, found, least, most }),
            None => Ok(()),
        }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            clock_bound_ms: 10_000,
            heartbeat_ms: 30_000,
            replay_window_ms: 600_000,
            max_block_bytes: 1024 * 1024,
            max_block_cost: 12_000,
            refusals_per_hour: 100_000,
            trust_period_ms: 365 * 86_400_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range() {
        assert_eq!(Parameters::default().check(), Ok(()));
    }

    /// The bounds, each on both sides.
    #[test]
    fn every_number_is_held_to_its_range() {
        type Set = fn(&mut Parameters, i64);
        let numbers: [(&str, i64, i64, Set); 6] = [
            ("clock_bound_ms", 100, 600_000, |p, value| p.clock_bound_ms = value.try_into().unwrap()),
            ("heartbeat_ms", 100, 3_600_000, |p, value| p.heartbeat_ms = value.try_into().unwrap()),
            ("replay_window_ms", 1_000, 3_600_000, |p, value| p.replay_window_ms = value.try_into().unwrap()),
            ("max_block_bytes", 262_144, 16_777_216, |p, value| p.max_block_bytes = value.try_into().unwrap()),
            ("max_block_cost", 3_000, 1_000_000, |p, value| p.max_block_cost = value.try_into().unwrap()),
            ("refusals_per_hour", 1, 10_000_000, |p, value| p.refusals_per_hour = value.try_into().unwrap()),
        ];
        for (name, least, most, set) in numbers {
            for (found, allowed) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
                let mut parameters = Parameters::default();
                set(&mut parameters, found);
                let expected = if allowed { Ok(()) } else { Err(OutOfRange { name, found, least, most }) };
                assert_eq!(parameters.check(), expected);
            }
        }
        let short = Parameters { trust_period_ms: 86_399_999, ..Parameters::default() };
        assert_eq!(short.check().map_err(|refused| refused.name), Err("trust_period_ms"));
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let json = serde_json::to_string(&Parameters::default()).unwrap();
        assert_eq!(serde_json::from_str::<Parameters>(&json).unwrap(), Parameters::default());
        let more = json.replacen('{', r#"{"heartbeat":1,"#, 1);
        assert!(serde_json::from_str::<Parameters>(&more).is_err());
    }
}
