//! `bulla-fire PART N`: the long form of a part, in steps, each noted as a row once it is over; so that what was interrupted
//! goes on where it was.

use anyhow::{Context, Result, ensure};
use bulla_testnet_fire::{Runs, flips, full_disk, joins, kills, partitions, pause, syscalls};
use clap::{Parser, ValueEnum};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Real processes under fire.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// What is to go wrong.
    part: Part,
    /// Up to which kill, point, flip or partition, those noted before included.
    count: u64,
    /// The program of the daemon; by default the one beside this.
    #[arg(long)]
    bullad: Option<PathBuf>,
    /// Where each step is noted.
    #[arg(long, default_value = "docs/measured/fire.csv")]
    rows: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Part {
    /// One of four is killed, again and again.
    Kills,
    /// All four are killed at once.
    Blackouts,
    /// Calls to the file system fail.
    Faults,
    /// Bits of a node's files change.
    Flips,
    /// Nodes cannot hear one another.
    Partitions,
    /// A node hangs for ten seconds.
    Pauses,
    /// A file system is full.
    FullDisk,
    /// A validator loses its disk with a million licences behind it.
    Joins,
}

const HEAD: &str = "commit,part,first seed,last seed,result,seconds";

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Kills => "kills",
            Part::Blackouts => "blackouts",
            Part::Faults => "faults",
            Part::Flips => "flips",
            Part::Partitions => "partitions",
            Part::Pauses => "pauses",
            Part::FullDisk => "full-disk",
            Part::Joins => "joins",
        }
    }

    /// How many are noted at once: some minutes.
    fn step(self) -> u64 {
        match self {
            Part::Flips => 250,
            Part::Faults | Part::Kills => 100,
            Part::Blackouts => 40,
            Part::Partitions => 12,
            Part::Pauses => 10,
            Part::FullDisk | Part::Joins => 1,
        }
    }

    fn skipped(self) -> Option<String> {
        match self {
            Part::Faults => syscalls::skipped(),
            Part::Partitions => partitions::skipped(),
            Part::FullDisk => full_disk::skipped(),
            Part::Kills | Part::Blackouts | Part::Flips | Part::Pauses | Part::Joins => None,
        }
    }

    fn run(self, runs: Runs<'_>) -> Result<()> {
        match self {
            Part::Kills => kills::one_of_four(runs).map(drop),
            Part::Blackouts => kills::all_four(runs).map(drop),
            Part::Faults => syscalls::points(runs).map(drop),
            Part::Flips => flips::flips(runs).map(drop),
            Part::Partitions => partitions::partitions(runs).map(drop),
            Part::Pauses => pause::pauses(runs).map(drop),
            Part::FullDisk => full_disk::fill(runs).map(drop),
            Part::Joins => joins::joins(runs),
        }
    }
}

fn main() -> Result<()> {
    let Arguments { part, count, bullad, rows } = Arguments::parse();
    let bullad =
        bullad.map_or_else(|| Ok(std::env::current_exe()?.with_file_name("bullad")), |path| path.canonicalize())?;
    ensure!(bullad.exists(), "{} is not built", bullad.display());
    if let Some(reason) = part.skipped() {
        eprintln!("SKIPPED: {}: {reason}", part.name());
        return Ok(());
    }
    let commit = commit()?;
    let mut seed = next_seed(&rows, part);
    while seed <= count {
        let step = part.step().min(count - seed + 1);
        let began = Instant::now();
        let result = part.run(Runs { bullad: &bullad, seed, count: step });
        let word = if result.is_ok() { "held" } else { "BROKEN" };
        let seconds = began.elapsed().as_secs();
        note(&rows, &format!("{commit},{},{seed},{},{word},{seconds}", part.name(), seed + step - 1))?;
        result.with_context(|| format!("{} from seed {seed}, {step} of them", part.name()))?;
        seed += step;
    }
    Ok(())
}

/// The commit that is checked out, marked if something was changed since.
fn commit() -> Result<String> {
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output()?;
    let commit = String::from_utf8(output.stdout)?;
    // The rows themselves are no change of the program.
    let unchanged =
        Command::new("git").args(["diff", "--quiet", "HEAD", "--", ".", ":(exclude)docs/measured"]).status()?;
    Ok(format!("{}{}", commit.trim(), if unchanged.success() { "" } else { "+" }))
}

/// The seed after the last that held for this part, whatever the commit: sittings add up.
fn next_seed(rows: &Path, part: Part) -> u64 {
    let text = fs::read_to_string(rows).unwrap_or_default();
    let last = text.lines().filter_map(|row| match row.split(',').collect::<Vec<_>>()[..] {
        [_, name, _, last, "held", _] if name == part.name() => last.parse::<u64>().ok(),
        _ => None,
    });
    last.max().unwrap_or_default() + 1
}

fn note(rows: &Path, row: &str) -> Result<()> {
    let fresh = !rows.exists();
    if let Some(directory) = rows.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = File::options().create(true).append(true).open(rows).context("the rows can be written")?;
    if fresh {
        writeln!(file, "{HEAD}")?;
    }
    writeln!(file, "{row}")?;
    Ok(file.sync_all()?)
}
