//! The schedule: what the validators have decided of the chain's numbers and the protocol's version, each from a height on.
//!
//! What is in force at a height is a pure function of genesis' parameters, this one record and the height: no block writes
//! because a height has come. What is decided must keep the chain alive at every height to come: the ranges of a change are
//! narrower than those of genesis, and all heights that the schedule names are tried before anything is added to it or taken
//! out of it. Rules: `docs/decisions/0027`.

use super::Refusal;
use super::motion::MotionId;
use crate::chain::Height;
use crate::parameters::{MAX_REPLAY_WINDOW_MS, Parameters};
use crate::transaction::{MAX_ENVELOPE_BYTES, MAX_OPERATIONS};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The version of the protocol that a chain begins with.
pub const FIRST_VERSION: u8 = 1;

/// The most decisions that may be on their way: the schedule is one record.
pub const MAX_COMING: usize = 32;

/// The most state writes that an operation declares, save those whose cost grows with what they name, of which a transaction
/// can hold fewer.
pub const DEAREST_OPERATION: u32 = 9;

/// The most bytes of envelopes that a block may be allowed by a change: with its header, leaves and certificate it must fit
/// one frame of 4 MiB, or nobody could catch up.
pub const MOST_BLOCK_BYTES: u32 = 3 << 20;

/// A number of the chain that validators may change. The trust period is none: verifiers know it from genesis alone.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// [`Parameters::clock_bound_ms`].
    ClockBoundMs,
    /// [`Parameters::heartbeat_ms`].
    HeartbeatMs,
    /// [`Parameters::replay_window_ms`], which only grows.
    ReplayWindowMs,
    /// [`Parameters::max_block_bytes`].
    MaxBlockBytes,
    /// [`Parameters::max_block_cost`].
    MaxBlockCost,
    /// [`Parameters::refusals_per_hour`].
    RefusalsPerHour,
}

/// A number and what it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Which number.
    pub parameter: Parameter,
    /// What it is to be, in the parameter's own unit.
    pub value: u32,
}

/// All that was decided and is or will be in force, in the order of heights. One record; none is a schedule of nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Schedule(pub Vec<Decided>);

/// One thing that was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Decided {
    /// The first height that it governs.
    pub from: Height,
    /// What.
    pub what: What,
    /// The motion that was carried.
    pub by: MotionId,
}

/// What can be decided from a height on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A number of the chain.
    Set(Setting),
    /// The version of the protocol.
    Version(u8),
}

impl Parameter {
    /// Every one of them.
    pub const ALL: &[Parameter] = &[
        Parameter::ClockBoundMs,
        Parameter::HeartbeatMs,
        Parameter::ReplayWindowMs,
        Parameter::MaxBlockBytes,
        Parameter::MaxBlockCost,
        Parameter::RefusalsPerHour,
    ];

    /// The least and the most that it may be changed to: with these the chain goes on, whoever runs it.
    ///
    /// Clocks of departments differ by less than a second; a block takes any one transaction, of as many bytes and operations
    /// as there may be; an organisation can err now and then and still vote.
    pub fn range(self) -> (u32, u32) {
        let count = |limit: usize| u32::try_from(limit).unwrap_or(u32::MAX);
        match self {
            Parameter::ClockBoundMs => (1_000, 60_000),
            Parameter::HeartbeatMs => (1_000, 600_000),
            Parameter::ReplayWindowMs => (60_000, MAX_REPLAY_WINDOW_MS),
            Parameter::MaxBlockBytes => (count(MAX_ENVELOPE_BYTES), MOST_BLOCK_BYTES),
            Parameter::MaxBlockCost => (count(MAX_OPERATIONS).saturating_mul(DEAREST_OPERATION), 100_000),
            Parameter::RefusalsPerHour => (100, 10_000_000),
        }
    }

    /// Its name in files, commands and messages.
    pub const fn text(self) -> &'static str {
        match self {
            Parameter::ClockBoundMs => "clock_bound_ms",
            Parameter::HeartbeatMs => "heartbeat_ms",
            Parameter::ReplayWindowMs => "replay_window_ms",
            Parameter::MaxBlockBytes => "max_block_bytes",
            Parameter::MaxBlockCost => "max_block_cost",
            Parameter::RefusalsPerHour => "refusals_per_hour",
        }
    }

    fn place(self, parameters: &mut Parameters) -> &mut u32 {
        match self {
            Parameter::ClockBoundMs => &mut parameters.clock_bound_ms,
            Parameter::HeartbeatMs => &mut parameters.heartbeat_ms,
            Parameter::ReplayWindowMs => &mut parameters.replay_window_ms,
            Parameter::MaxBlockBytes => &mut parameters.max_block_bytes,
            Parameter::MaxBlockCost => &mut parameters.max_block_cost,
            Parameter::RefusalsPerHour => &mut parameters.refusals_per_hour,
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Schedule {
    /// The chain's numbers at a height: those of genesis, with what was decided.
    pub fn parameters_at(&self, genesis: &Parameters, height: Height) -> Parameters {
        let mut parameters = genesis.clone();
        for decided in self.0.iter().filter(|decided| decided.from <= height) {
            if let What::Set(Setting { parameter, value }) = decided.what {
                *parameter.place(&mut parameters) = value;
            }
        }
        parameters
    }

    /// The protocol's version at a height.
    pub fn version_at(&self, height: Height) -> u8 {
        self.versions().take_while(|(from, _)| *from <= height).last().map_or(FIRST_VERSION, |(_, version)| version)
    }

    /// Adds numbers that hold from a height on, decided in another.
    pub fn set(
        &mut self,
        genesis: &Parameters,
        (now, from): (Height, Height),
        settings: &[Setting],
        by: MotionId,
    ) -> Result<(), Refusal> {
        let is_repeated = |one: &Setting| settings.iter().filter(|other| other.parameter == one.parameter).count() > 1;
        if settings.is_empty() || settings.iter().any(is_repeated) {
            return Err(Refusal::Settings);
        }
        for Setting { parameter, value } in settings {
            let (least, most) = parameter.range();
            if !(least..=most).contains(value) {
                return Err(Refusal::OutOfRange { parameter: *parameter, found: *value, least, most });
            }
        }
        for setting in settings {
            self.insert(now, Decided { from, what: What::Set(*setting), by })?;
        }
        self.check(genesis, now)
    }

    /// Adds the next version of the protocol, from a height on, decided in another.
    pub fn upgrade(&mut self, (now, from): (Height, Height), version: u8, by: MotionId) -> Result<(), Refusal> {
        let (last_from, last) = self.versions().last().unwrap_or((Height(0), FIRST_VERSION));
        let expected = last.saturating_add(1);
        if version != expected || last == u8::MAX {
            return Err(Refusal::NextVersion { found: version, expected });
        }
        if from <= last_from {
            return Err(Refusal::VersionOrder { from, last: last_from });
        }
        self.insert(now, Decided { from, what: What::Version(version), by })
    }

    /// Takes out what a motion decided and what governs nothing yet.
    pub fn call_off(&mut self, genesis: &Parameters, now: Height, by: MotionId) -> Result<(), Refusal> {
        let is_coming = |decided: &Decided| decided.by == by && decided.from > now;
        if !self.0.iter().any(is_coming) {
            return Err(Refusal::NotComing { id: by });
        }
        let mut version = self.version_at(now);
        self.0.retain(|decided| !is_coming(decided));
        for (_, found) in self.versions().filter(|(from, _)| *from > now) {
            version = version.saturating_add(1);
            if found != version {
                return Err(Refusal::NextVersion { found, expected: version });
            }
        }
        self.check(genesis, now)
    }

    /// Whether the chain lives at every height from the next one on.
    fn check(&self, genesis: &Parameters, now: Height) -> Result<(), Refusal> {
        let mut before = self.parameters_at(genesis, now);
        for height in self.0.iter().map(|decided| decided.from).filter(|from| *from > now) {
            let then = self.parameters_at(genesis, height);
            let (found, needed) = (then.replay_window_ms, then.clock_bound_ms.saturating_mul(2));
            // Whoever joins by a snapshot is given the ids of one window, and must know all that are not expired.
            if found < before.replay_window_ms {
                return Err(Refusal::Shrinks { found, before: before.replay_window_ms });
            }
            if found < needed {
                return Err(Refusal::ShortLived { height, found, needed });
            }
            before = then;
        }
        Ok(())
    }

    fn insert(&mut self, now: Height, new: Decided) -> Result<(), Refusal> {
        self.forget(now);
        if self.0.iter().filter(|decided| decided.from > now).count() >= MAX_COMING {
            return Err(Refusal::Crowded);
        }
        // What was decided later comes after what was decided earlier for the same height, and holds.
        let place = self.0.partition_point(|decided| decided.from <= new.from);
        self.0.insert(place, new);
        Ok(())
    }

    /// Drops what something later has replaced, both in force.
    fn forget(&mut self, now: Height) {
        let in_force: Vec<Decided> = self.0.iter().filter(|decided| decided.from <= now).copied().collect();
        let mut place = 0_usize;
        self.0.retain(|decided| {
            place = place.saturating_add(1);
            let mut later = in_force.iter().skip(place);
            decided.from > now || !later.any(|other| other.what.replaces(decided.what))
        });
    }

    fn versions(&self) -> impl Iterator<Item = (Height, u8)> {
        self.0.iter().filter_map(|decided| match decided.what {
            What::Version(version) => Some((decided.from, version)),
            What::Set(_) => None,
        })
    }
}

impl What {
    fn replaces(self, earlier: What) -> bool {
        match (self, earlier) {
            (What::Set(one), What::Set(other)) => one.parameter == other.parameter,
            (What::Version(_), What::Version(_)) => true,
            (What::Set(_), What::Version(_)) | (What::Version(_), What::Set(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests;
