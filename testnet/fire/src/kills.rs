//! Processes killed at any instant: one of four, or all at once. What was acknowledged stays, and whoever was killed votes
//! again by itself within [`REJOIN`], or [`REUNION`]. Promises, row 1.

use crate::dice::Dice;
use crate::load::Load;
use crate::town::{PATIENCE, Town, wait_until};
use crate::{Runs, tell};
use anyhow::{Context, Result, ensure};
use bulla_testnet_forge::{Story, forge, spread};
use bulla_testnet_history::Summary;
use bulla_verify::chain::Height;
use std::fs;
use std::time::{Duration, Instant};

/// A process that was killed votes again so soon, counted from its start.
pub const REJOIN: Duration = Duration::from_secs(5);

/// Four processes that were killed at once all vote again so soon: they have to find one another first.
pub const REUNION: Duration = Duration::from_secs(10);

/// A kill comes at most so long after the last one was over, in milliseconds.
const BETWEEN_MS: u64 = 400;

/// Clients at each node.
const CLIENTS_EACH: u16 = 2;

const PORTS_UP: u16 = 1_000;

/// Kills one node after the other, so many times, in one network under load.
pub fn one_of_four(runs: Runs<'_>) -> Result<Summary> {
    let town = Town::up(runs.bullad, PORTS_UP)?;
    burn(&town, runs, |dice| Some(dice.node()))
}

/// Kills all four at once, so many times, in one network under load.
pub fn all_four(runs: Runs<'_>) -> Result<Summary> {
    let town = Town::up(runs.bullad, PORTS_UP + 10)?;
    burn(&town, runs, |_| None)
}

/// Kills one node after the other in a network that has so many blocks behind it already.
pub fn with_history(runs: Runs<'_>, blocks: u64) -> Result<Summary> {
    let story = Story::of_blocks(blocks);
    let mut town = Town::laid_out(runs.bullad, 4, PORTS_UP + 20, |now| story.begins(now))?;
    town.forged = Height(blocks);
    let forged = forge(&town.network, 0, &story)?;
    spread(&town.network, 0)?;
    let count = f64::from(u32::try_from(blocks).unwrap_or(u32::MAX));
    tell(&format!("forged {blocks} blocks, {:.0} a second", count / forged.took.as_secs_f64()));
    let began = Instant::now();
    town.start_all()?;
    tell(&format!("four nodes with {blocks} blocks answer {:.2} s after their start", began.elapsed().as_secs_f64()));
    ensure!(town.told(3)?.height == Height(blocks), "a node does not go on from what was forged");
    let load = Load::begin(&town, runs.seed, CLIENTS_EACH)?;
    let worst = strike(&town, &load, runs, |dice| Some(dice.node()))?;
    tell(&format!(
        "with {blocks} blocks behind it, a killed node voted again after {:.2} s at most",
        worst.as_secs_f64()
    ));
    let recorded = load.end(&town);
    town.settled(PATIENCE)?;
    town.holds(&recorded)
}

/// A node whose ledger is lost starts on its log alone, is silent, and has all of it again from its peers.
pub fn lost_ledger(runs: Runs<'_>) -> Result<Summary> {
    let town = Town::up(runs.bullad, PORTS_UP + 30)?;
    let load = Load::begin(&town, runs.seed, CLIENTS_EACH)?;
    wait_until(PATIENCE, || (load.acknowledged() > 60).then_some(())).context("the load comes to nothing")?;
    town.network.kill(0)?;
    fs::remove_dir_all(town.network.node_data(0).join("ledger"))?;
    let (above, began) = (town.told(1)?.height, Instant::now());
    town.start(0)?;
    let took = town.rejoined(0, above, began)?;
    tell(&format!("a node whose ledger was lost at height {above} voted again after {:.2} s", took.as_secs_f64()));
    // It began without its log; with it, it goes on.
    town.network.kill(0)?;
    town.start(0)?;
    town.rejoined(0, town.told(1)?.height, Instant::now())?;
    town.close(load)
}

fn burn(town: &Town, runs: Runs<'_>, whom: impl Fn(&mut Dice) -> Option<u16>) -> Result<Summary> {
    let load = Load::begin(town, runs.seed, CLIENTS_EACH)?;
    let worst = strike(town, &load, runs, whom)?;
    let summary = town.close(load)?;
    tell(&format!(
        "{} kills from seed {}: back and voting after {:.2} s at most; {summary:?}",
        runs.count,
        runs.seed,
        worst.as_secs_f64()
    ));
    Ok(summary)
}

/// The kills; tells the longest time until a node voted again.
fn strike(town: &Town, load: &Load, runs: Runs<'_>, whom: impl Fn(&mut Dice) -> Option<u16>) -> Result<Duration> {
    let mut worst = Duration::ZERO;
    for seed in runs.seed..runs.seed + runs.count {
        let mut dice = Dice(seed);
        let acknowledged = load.acknowledged();
        // The instant of the kill is the point: whatever the node is at just then.
        std::thread::sleep(Duration::from_millis(dice.below(BETWEEN_MS)));
        let victim = whom(&mut dice);
        match victim {
            Some(node) => town.network.kill(node)?,
            None => town.kill_all()?,
        }
        let above = match victim {
            Some(node) => town.told((node + 1) % 4)?.height,
            None => Height(0),
        };
        let began = Instant::now();
        let back = match victim {
            Some(node) => {
                town.start(node)?;
                vec![node]
            }
            None => {
                town.start_all()?;
                town.nodes()
            }
        };
        let above = above.max(town.told(0)?.height);
        let promised = if victim.is_some() { REJOIN } else { REUNION };
        for node in back {
            let took = town.rejoined(node, above, began)?;
            ensure!(took <= promised, "seed {seed}: node {node} voted again after {took:?}, {promised:?} are promised");
            worst = worst.max(took);
        }
        wait_until(promised.saturating_sub(began.elapsed()), || (load.acknowledged() > acknowledged).then_some(()))
            .with_context(|| format!("seed {seed}: nothing was acknowledged since the kill before"))?;
    }
    Ok(worst)
}
