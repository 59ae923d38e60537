//! Random sequences of acts: they are the same in each run, as many as are asked for, and must have come to something.

use bulla_verify::refusal::Outcome;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Tries sequences: a thousand, unless the environment says another number (`BULLA_SEQUENCES`).
pub(crate) fn try_sequences<S: Strategy>(sequences: &S, run: impl Fn(S::Value)) {
    let cases = std::env::var("BULLA_SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let run = |sequence| {
        run(sequence);
        Ok(())
    };
    runner.run(sequences, run).unwrap();
}

/// What became of the acts of all sequences.
#[derive(Default)]
pub(crate) struct Tally {
    applied: RefCell<BTreeMap<&'static str, u32>>,
    codes: RefCell<BTreeSet<u16>>,
}

impl Tally {
    /// What became of one act.
    pub(crate) fn count(&self, name: &'static str, outcome: &Outcome) {
        match outcome {
            Outcome::Applied => self.add(name, 1),
            Outcome::Refused(code) => drop(self.codes.borrow_mut().insert(code.0)),
            Outcome::Dropped => {}
        }
    }

    /// Something happened so many times.
    pub(crate) fn add(&self, name: &'static str, times: u32) {
        *self.applied.borrow_mut().entry(name).or_default() += times;
    }

    /// Sequences in which nothing happened prove nothing: each of these acts took effect ten times, each of these refusals was met.
    pub(crate) fn check(self, names: impl IntoIterator<Item = &'static str>, codes: impl IntoIterator<Item = u16>) {
        let (applied, met) = (self.applied.into_inner(), self.codes.into_inner());
        for name in names {
            assert!(applied.get(name).is_some_and(|count| *count >= 10), "{name} hardly ever took effect: {applied:?}");
        }
        for code in codes {
            assert!(met.contains(&code), "BUL-{code:04} was never met: {met:?}");
        }
    }
}
