//! Twins: a validator whose key two machines hold, each of them honest, is every kind of Byzantine validator that says two
//! things, forgets its lock or speaks to each side of a parted network as that side likes to hear it.
//!
//! A scenario says for each of the first rounds how the network is parted, twin and twin apart or together; after them all is
//! heard. Always: the honest decide one value, each certificate holds, and in the end everyone decides. With two pairs of
//! twins among four, the same search finds forks: so it would find them with one, if there were any.
//!
//! Source: Bano et al., "Twins: BFT Systems Made Robust" (OPODIS 2021).
#![allow(clippy::as_conversions, clippy::indexing_slicing, clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[allow(dead_code, reason = "the network draws more kinds of chance")]
#[path = "../network/seed.rs"]
mod seed;
mod world;

use world::{Found, Scenario, World};

/// How many rounds are parted: enough to lock one value, another on the other side, and to come back to the first.
const PARTED: usize = 4;

fn search(twins: usize, seeds: std::ops::Range<u64>) -> Found {
    let mut all = Found::default();
    for seed in seeds {
        all.add(&World::new(Scenario::drawn(twins, PARTED, seed)).run());
    }
    all
}

#[test]
fn one_pair_of_twins_among_four_never_divides_the_honest() {
    let found = search(1, 0..2_000);
    assert_eq!(found.forks, 0);
    assert!(found.twins_differed > 500, "twins must say two things: {found:?}");
    assert!(found.later_rounds > 600, "rounds must fail: {found:?}");
    assert!(found.proposed_again > 40, "values must be locked and proposed again: {found:?}");
}

#[test]
fn two_pairs_of_twins_among_four_divide_them() {
    let found = search(2, 0..400);
    assert!(found.forks > 0, "this search finds no fork where there are some: {found:?}");
}

/// `make soak PART=twins N=1000000`: scenarios that nobody has searched before, each batch a line of `docs/measured/twins.csv`
/// with the commit that was searched.
#[test]
#[ignore = "as long as one likes"]
fn as_many_scenarios_as_one_likes() {
    let Some(count) = std::env::var("BULLA_SOAK").ok().and_then(|text| text.parse::<u64>().ok()) else { return };
    let commit = std::env::var("BULLA_COMMIT").expect("scripts/soak names the commit");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/measured/twins.csv");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| "commit,first seed,last seed,forks,found\n".into());
    let last = text.lines().filter_map(|line| line.split(',').nth(2)?.parse::<u64>().ok()).max();
    let first = last.map_or(10_000, |last| last + 1);
    let mut lines = text;
    for from in (first..first + count).step_by(5_000) {
        let until = (from + 5_000).min(first + count);
        let found = search(1, from..until);
        let told = format!("{found:?}").replace(',', ";");
        lines += &format!("{commit},{from},{},{},{told}\n", until - 1, found.forks);
        std::fs::write(&path, &lines).unwrap();
    }
}
