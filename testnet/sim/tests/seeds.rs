//! Seeds: sixty simulated seconds each, with everything that the seed has go wrong, and then progress.

use bulla_testnet_sim::{Plan, World};

fn run(seed: u64, nodes: usize) {
    println!("seed {seed}, {nodes} nodes");
    let report = World::new(seed, Plan::of_seed(seed, nodes)).run();
    println!("{report:?}");
    assert!(report.height.0 >= 20, "seed {seed}: only {} heights", report.height);
    assert!(report.crashes >= 1, "seed {seed}: nothing crashed");
}

#[test]
fn four_nodes() {
    (0..5).for_each(|seed| run(seed, 4));
}
