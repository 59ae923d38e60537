//! `bulla-forge`: a test network with a past.

use anyhow::{Context, Result};
use bulla_testnet_forge::{Story, forge, spread};
use bulla_testnet_local::{Plan, Ports};
use bulla_verify::time::Millis;
use clap::Parser;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Lays out a network of four whose nodes have a history, all the same.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where: a directory that is empty or not there yet.
    directory: PathBuf,
    /// The program of the daemon.
    #[arg(long, default_value = "bullad")]
    bullad: PathBuf,
    /// How many blocks, with one licence each.
    #[arg(long, default_value_t = 100_000, conflicts_with = "licences")]
    blocks: u64,
    /// How many licences, a thousand in a block.
    #[arg(long)]
    licences: Option<u64>,
    /// Whatever is drawn is drawn from this.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// All ports so many further up.
    #[arg(long, default_value_t = 0)]
    ports_further_up: u16,
}

#[expect(clippy::print_stdout, reason = "the figures are the command's answer")]
fn main() -> Result<()> {
    let Arguments { directory, bullad, blocks, licences, seed, ports_further_up } = Arguments::parse();
    // Each node's program is started in a directory of its own.
    let bullad = if bullad.components().count() > 1 { bullad.canonicalize()? } else { bullad };
    let story = licences.map_or_else(|| Story::of_blocks(blocks), Story::of_licences);
    let story = Story { seed, ..story };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let time = story.begins(Millis(i64::try_from(now)?));
    let ports = Ports::default().shifted(ports_further_up).context("the ports exist")?;
    let network = Plan { ports, time, ..Plan::new(directory, 4) }.lay_out(&bullad)?;
    let forged = forge(&network, 0, &story)?;
    spread(&network, 0)?;
    let seconds = forged.took.as_secs_f64();
    let per_s = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds;
    let (height, licences) = (forged.tip.height, forged.licences);
    println!(
        "{height} blocks with {licences} licences in {seconds:.1} s: {:.0} blocks/s, {:.0} licences/s",
        per_s(height.0),
        per_s(licences)
    );
    Ok(())
}
