//! Whole networks of validators in one thread: every fault, every delay and every value comes from one seed.
//!
//! What is asserted always: no two nodes decide differently, every certificate holds, and no honest validator says two
//! different things for one height, round and step, whatever crashes it went through. What is asserted after the faults
//! have ended: everyone decides every height.
#![allow(clippy::as_conversions, clippy::indexing_slicing, clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod node;
mod record;
mod seed;
mod world;

use world::{Plan, World};

const CALM: Plan = Plan {
    validators: 4,
    heights: 4,
    loss_percent: 0,
    delay_ms: 20,
    heal_ms: 0,
    partitions: false,
    crashes: false,
    equivocator: false,
    refused_percent: 0,
    doubted_percent: 0,
};

const STORM: Plan = Plan {
    loss_percent: 10,
    delay_ms: 120,
    heal_ms: 6_000,
    partitions: true,
    crashes: true,
    doubted_percent: 20,
    ..CALM
};

fn run(plan: Plan, seeds: std::ops::Range<u64>) -> Vec<record::Record> {
    seeds.map(|seed| World::new(plan, seed).run()).collect()
}

fn sum(records: &[record::Record], of: impl Fn(&record::Record) -> u64) -> u64 {
    records.iter().map(of).sum()
}

#[test]
fn a_calm_network_decides_every_height_in_round_0() {
    for record in run(CALM, 0..10) {
        assert_eq!((record.rounds_beyond_0, record.crashes, record.equivocations), (0, 0, 0));
    }
}

#[test]
fn four_validators_agree_through_loss_partitions_crashes_and_doubts() {
    let records = run(STORM, 0..150);
    assert!(sum(&records, |r| r.crashes) > 300, "the storm must crash nodes: {}", sum(&records, |r| r.crashes));
    assert!(sum(&records, |r| r.replayed) > 300, "crashes must leave logs: {}", sum(&records, |r| r.replayed));
    assert!(sum(&records, |r| r.rounds_beyond_0) > 50, "{}", sum(&records, |r| r.rounds_beyond_0));
    assert!(sum(&records, |r| r.certified) > 50, "some must catch up: {}", sum(&records, |r| r.certified));
    assert!(sum(&records, |r| r.proposed_again) > 5, "{}", sum(&records, |r| r.proposed_again));
}

#[test]
fn four_validators_agree_though_one_says_two_things() {
    let records = run(Plan { equivocator: true, ..STORM }, 1_000..1_100);
    assert!(sum(&records, |r| r.equivocations) > 50, "it must be noticed: {}", sum(&records, |r| r.equivocations));
}

#[test]
fn seven_validators_agree_though_one_says_two_things() {
    run(Plan { validators: 7, equivocator: true, ..STORM }, 2_000..2_030);
}

#[test]
fn signers_that_refuse_at_times_delay_and_harm_nothing() {
    let records = run(Plan { refused_percent: 20, ..STORM }, 3_000..3_050);
    assert!(sum(&records, |r| r.withheld) > 50, "{}", sum(&records, |r| r.withheld));
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_another() {
    let digests = |seed| World::new(Plan { equivocator: true, ..STORM }, seed).run().digest;
    for seed in 4_000..4_005 {
        assert_eq!(digests(seed), digests(seed));
        assert_ne!(digests(seed), digests(seed + 100));
    }
}

/// The vote that a signer had refused was signed when its log was replayed, and led to another than the one in the log.
#[test]
fn the_seed_that_found_replay_signing_what_had_been_refused() {
    run(Plan { refused_percent: 50, ..STORM }, 10_976..10_977);
}

/// Shows that the assertion can fail: a validator that forgets its log says two different things.
#[test]
#[should_panic(expected = "said two different things")]
fn a_validator_that_loses_its_log_is_caught() {
    for seed in 5_000..5_100 {
        let mut world = World::new(STORM, seed);
        world.forgetful = true;
        world.run();
    }
}

/// Many seeds, when something is to be believed: `BULLA_SEEDS=20000 cargo test -p bulla-consensus -- --ignored`.
#[test]
#[ignore = "as long as one likes"]
fn as_many_seeds_as_one_likes() {
    let seeds = std::env::var("BULLA_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    for seed in 0..seeds {
        let validators = [4, 5, 6, 7][seed as usize % 4];
        let refused_percent = if seed % 8 == 0 { 30 } else { 0 };
        let equivocator = seed % 8 >= 4;
        run(Plan { validators, refused_percent, equivocator, ..STORM }, 10_000 + seed..10_001 + seed);
    }
}
