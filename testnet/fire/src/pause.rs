//! A process stopped for ten seconds, as a machine that hangs: the others go on, and what it says when it wakes does no harm.
//! Promises, row 6.

use crate::dice::Dice;
use crate::load::Load;
use crate::town::Town;
use crate::{Runs, tell};
use anyhow::{Context, Result, ensure};
use bulla_testnet_history::Summary;
use std::process::Command;
use std::time::{Duration, Instant};

const PORTS_UP: u16 = 1_200;

/// It votes again so soon after it was woken; meanwhile it fetches what the others decided in its absence.
const BACK: Duration = Duration::from_secs(10);

/// How long it hangs.
const HANGS: Duration = Duration::from_secs(10);

/// Stops one of four after the other, so many times.
pub fn pauses(runs: Runs<'_>) -> Result<Summary> {
    let town = Town::up(runs.bullad, PORTS_UP)?;
    let load = Load::begin(&town, runs.seed, 2)?;
    for seed in runs.seed..runs.seed + runs.count {
        let node = Dice(seed).node();
        let other = (node + 1) % 4;
        let before = town.told(other)?.height;
        signal(&town, node, "-STOP")?;
        std::thread::sleep(HANGS);
        let meanwhile = town.told(other)?.height;
        ensure!(meanwhile.0 > before.0 + 10, "seed {seed}: the others went from height {before} to {meanwhile} only");
        let began = Instant::now();
        signal(&town, node, "-CONT")?;
        let took = town.rejoined(node, meanwhile, began)?;
        ensure!(took <= BACK, "seed {seed}: node {node} voted again after {took:?}");
        tell(&format!(
            "seed {seed}: {} heights without node {node}; it voted again after {took:.2?}",
            meanwhile.0 - before.0
        ));
    }
    town.close(load)
}

/// Sends a signal to a node that runs.
fn signal(town: &Town, node: u16, signal: &str) -> Result<()> {
    let status = town.network.status()?.into_iter().find(|status| status.addresses.node == node);
    let pid = status.and_then(|status| status.pid).context("the node runs")?;
    ensure!(Command::new("kill").args([signal, &pid.to_string()]).status()?.success(), "cannot signal process {pid}");
    Ok(())
}
