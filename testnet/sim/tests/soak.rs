//! A long run: seeds that nobody has run before, in batches, each of which is one more line of `docs/measured/sim.csv`.
//!
//! `make soak PART=sim N=1000`. It may be stopped at any time; the next one goes on after the last line.

#![expect(clippy::print_stdout, reason = "what a run leaves behind")]

use bulla_testnet_sim::{latest, seeds};
use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;

/// How many seeds make a line.
const BATCH: u64 = 256;

const HEAD: &str =
    "commit,first seed,last seed,nodes,violations,heights,transactions,simulated hours,cpu minutes,failing seeds";

#[test]
#[ignore = "runs as long as it is told to"]
fn more_seeds() {
    let Some(count) = std::env::var("BULLA_SOAK").ok().and_then(|text| text.parse::<u64>().ok()) else { return };
    let first = next_seed();
    let mut failing = Vec::new();
    for from in (first..first + count).step_by(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
        let batch = from..(from + BATCH).min(first + count);
        let sum = seeds::run(batch.clone());
        append(&batch, &sum);
        failing.extend(sum.violations);
    }
    assert!(failing.is_empty(), "seeds that break a promise: {failing:?}");
}

fn path() -> PathBuf {
    latest::root().join("docs/measured/sim.csv")
}

/// The seed after the last line.
fn next_seed() -> u64 {
    let text = std::fs::read_to_string(path()).unwrap_or_default();
    let last = text.lines().filter_map(|line| line.split(',').nth(2)?.parse::<u64>().ok()).max();
    last.map_or(0, |last| last + 1)
}

fn append(batch: &Range<u64>, sum: &seeds::Sum) {
    let path = path();
    let new = !path.exists();
    std::fs::create_dir_all(latest::root().join("docs/measured")).expect("the checkout can be written");
    let mut file = std::fs::File::options().create(true).append(true).open(path).expect("the checkout can be written");
    let failing: Vec<String> = sum.violations.iter().map(u64::to_string).collect();
    let line = format!(
        "{},{},{},7 where seed % 4 = 3 and else 4,{},{},{},{:.1},{:.2},{}",
        latest::commit(),
        batch.start,
        batch.end - 1,
        sum.violations.len(),
        sum.heights.iter().sum::<u64>(),
        sum.transactions.iter().sum::<u64>(),
        sum.hours(),
        sum.cpu_minutes(),
        failing.join(" ")
    );
    println!("{line}");
    let text = if new { format!("{HEAD}\n{line}\n") } else { format!("{line}\n") };
    file.write_all(text.as_bytes()).expect("the checkout can be written");
}
