//! Seeds: two simulated minutes each, with everything that the seed has go wrong, and then progress.
//!
//! What is checked after every event stands in `checks`. To follow one seed:
//! `BULLA_SEED=17 BULLA_NODES=4 cargo test -p bulla-testnet-sim --test seeds one_seed -- --nocapture`.

use bulla_testnet_sim::{Plan, World, latest, seeds};
use std::collections::BTreeMap;

/// How many seeds are run with every change.
const SEEDS: u64 = 256;

/// How often everything that can happen must have happened, over all seeds: a simulator in which nothing happens proves nothing.
const LEAST: u64 = 20;

#[test]
fn every_seed_keeps_every_promise() {
    let sum = seeds::run(0..SEEDS);
    let (heights, transactions) = (seeds::median(&sum.heights), seeds::median(&sum.transactions));
    latest::merge([
        ("seeds", SEEDS.into()),
        ("violations", sum.violations.len().into()),
        ("heights", sum.heights.iter().sum::<u64>().into()),
        ("transactions", sum.transactions.iter().sum::<u64>().into()),
        ("simulated_hours_per_cpu_minute", sum.hours_per_cpu_minute().into()),
    ]);
    println!(
        "{SEEDS} seeds, {:.1} simulated hours in {:.2} minutes of a processor ({:.1} hours a minute); medians: {heights} \
         heights, {transactions} transactions; {:?}",
        sum.hours(),
        sum.cpu_minutes(),
        sum.hours_per_cpu_minute(),
        sum.counts
    );
    assert!(sum.violations.is_empty(), "seeds that break a promise: {:?}", sum.violations);
    assert!(heights >= 100, "the median seed reached height {heights}");
    assert!(transactions >= 1_000, "the median seed recorded {transactions} transactions");
    assert_eq!(sum.rarer_than(LEAST), [], "happened less than {LEAST} times");
}

/// One of `testnet/seeds.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    seed: u64,
    nodes: usize,
    commit: String,
    story: String,
}

/// What once broke a promise is run for ever.
#[test]
fn seeds_that_once_broke_a_promise_keep_it() {
    let path = latest::root().join("testnet/seeds.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut all: BTreeMap<String, Vec<Kept>> = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let kept = all.remove("seed").unwrap_or_default();
    assert!(all.is_empty() && !kept.is_empty(), "seeds.toml holds seeds and nothing else");
    for Kept { seed, nodes, commit, story } in kept {
        println!("seed {seed}, {nodes} nodes, broke a promise at {commit}: {}", story.trim());
        World::new(seed, Plan::of_seed(seed, nodes)).run();
    }
}

/// Follows the seed that the environment names; without one there is nothing to follow.
#[test]
fn one_seed() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let Some(seed) = number("BULLA_SEED") else { return };
    let nodes = number("BULLA_NODES").map_or(seeds::nodes_of(seed), |nodes| usize::try_from(nodes).unwrap_or(4));
    let world = World::new(seed, Plan::of_seed(seed, nodes));
    let world = if number("BULLA_TOLD") == Some(0) { world } else { world.told() };
    println!("{:?}", world.run());
}
