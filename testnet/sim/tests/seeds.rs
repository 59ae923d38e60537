//! Seeds: sixty simulated seconds each, with everything that the seed has go wrong, and then progress.
//!
//! What is checked after every event stands in `checks`. To follow one seed:
//! `BULLA_SEED=17 BULLA_NODES=4 cargo test -p bulla-testnet-sim --test seeds one_seed -- --nocapture`.

#![expect(clippy::print_stdout, reason = "what a failing seed leaves behind")]

use bulla_testnet_sim::{Plan, Report, World};

fn run(seed: u64, nodes: usize) -> Report {
    println!("seed {seed}, {nodes} nodes");
    let plan = Plan::of_seed(seed, nodes);
    let damaged = plan.sins.len() >= plan.f();
    let report = World::new(seed, plan).run();
    println!("{report:?}");
    assert!(report.height.0 >= 20, "seed {seed}: only {} heights", report.height);
    assert!(report.crashes >= 1 || damaged, "seed {seed}: nothing crashed");
    report
}

#[test]
fn four_nodes_first_half() {
    (0..75).for_each(|seed| drop(run(seed, 4)));
}

#[test]
fn four_nodes_second_half() {
    (75..150).for_each(|seed| drop(run(seed, 4)));
}

#[test]
fn seven_nodes_first_half() {
    (150..175).for_each(|seed| drop(run(seed, 7)));
}

#[test]
fn seven_nodes_second_half() {
    (175..200).for_each(|seed| drop(run(seed, 7)));
}

#[test]
fn the_same_seed_is_the_same_run() {
    for (seed, nodes) in [(3, 4), (151, 7)] {
        assert_eq!(run(seed, nodes), run(seed, nodes));
    }
    assert_ne!(run(3, 4).digest, run(4, 4).digest);
}

/// Follows the seed that the environment names; without one there is nothing to follow.
#[test]
fn one_seed() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let Some(seed) = number("BULLA_SEED") else { return };
    let nodes = usize::try_from(number("BULLA_NODES").unwrap_or(4)).expect("a small number");
    let report = World::new(seed, Plan::of_seed(seed, nodes)).told().run();
    println!("{report:?}");
}
