//! Prints what the state tree costs: `cargo run --release -p bulla-ledger --example tree_costs 100000 1000000`.
#![allow(
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it measures and prints"
)]

#[path = "../../benches/src/tree.rs"]
mod tree;

fn main() {
    for keys in std::env::args().skip(1) {
        println!("{}", tree::measure(keys.parse().unwrap()));
    }
}
