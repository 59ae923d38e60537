//! A validator that lost its disk, with a million licences behind it: it joins with a snapshot of its peers and votes again, in
//! [`FASTER`] times less than by executing all blocks again. Promises, rows 1 and 4; decision 0016.

use crate::load::Load;
use crate::town::{Town, said};
use crate::{Runs, tell};
use anyhow::{Result, ensure};
use bulla_testnet_forge::{Story, forge, spread};
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// By so much joining beats executing again.
pub const FASTER: u32 = 5;

/// How many licences the network has when the disk is lost.
const LICENCES: u64 = 1_000_000;

/// Executing a million licences again takes some minutes on two cores that four validators share.
const WITHIN: Duration = Duration::from_secs(1_200);

const WIPED: u16 = 3;

const PORTS_UP: u16 = 1_200;

/// Loses the disk of one of four twice: it comes back by a snapshot, and then by executing again. So many times.
pub fn joins(runs: Runs<'_>) -> Result<()> {
    for _ in 0..runs.count {
        compare(runs)?;
    }
    Ok(())
}

fn compare(runs: Runs<'_>) -> Result<()> {
    let story = Story::of_licences(LICENCES);
    let town = Town::laid_out(runs.bullad, 4, PORTS_UP, |now| story.begins(now))?;
    let forged = forge(&town.network, 0, &story)?;
    spread(&town.network, 0)?;
    tell(&format!("forged {} licences in {:.1} s", forged.licences, forged.took.as_secs_f64()));
    for node in (0..4).filter(|node| *node != WIPED) {
        snapshot(&town, node)?;
    }
    town.start_all()?;
    let load = Load::begin(&town, runs.seed, 1)?;
    // Whoever is a thousand blocks behind would execute them, were it not told to join.
    configure(&town, "join_gap = 10\n")?;
    let joined = lose_disk(&town)?;
    configure(&town, "join = \"replay\"\n")?;
    let executed = lose_disk(&town)?;
    tell(&format!(
        "with {LICENCES} licences, a wiped validator voted again {:.1} s after its start by a snapshot, and after {:.1} s by executing all again",
        joined.as_secs_f64(),
        executed.as_secs_f64()
    ));
    load.end(&town);
    ensure!(executed >= joined * FASTER, "joining took {joined:?}, executing again {executed:?}");
    town.settled(WITHIN)?;
    town.down()?;
    town.nodes().into_iter().try_for_each(|node| town.sound(node))
}

/// The time from the start of a node with nothing but its keys until others count its vote.
fn lose_disk(town: &Town) -> Result<Duration> {
    town.network.kill(WIPED)?;
    fs::remove_dir_all(town.network.node_data(WIPED))?;
    let (above, began) = (town.told(0)?.height, Instant::now());
    town.start_within(WIPED, WITHIN)?;
    tell(&format!("node {WIPED} answers {:.1} s after its start", began.elapsed().as_secs_f64()));
    town.rejoined_within(WIPED, above, began, WITHIN)
}

/// Puts a line before the configuration that the wiped node had when it was laid out.
fn configure(town: &Town, line: &str) -> Result<()> {
    let path = town.network.node_directory(WIPED).join("bullad.toml");
    let text = fs::read_to_string(&path)?;
    let kept =
        text.lines().filter(|line| !line.starts_with("join")).fold(String::new(), |kept, line| kept + line + "\n");
    Ok(fs::write(path, format!("{line}{kept}"))?)
}

/// `bullad snapshot create` for a stopped node.
fn snapshot(town: &Town, node: u16) -> Result<()> {
    let configuration = town.network.node_directory(node).join("bullad.toml");
    let mut command = Command::new(&town.bullad);
    let output = command.arg("--config").arg(configuration).args(["snapshot", "create"]).output()?;
    ensure!(output.status.success(), "no snapshot of node {node}: {}", said(&output));
    Ok(())
}
