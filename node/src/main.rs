//! `bullad`: one node.

use anyhow::Context;
use bulla_ledger::Ledger;
use bulla_ledger::fsck::{self, Progress};
use bulla_ledger::store::rocks::Absent;
use bulla_node::config::Config;
use bulla_node::disk::files::Files;
use bulla_node::recovery::Told;
use bulla_node::search::Search;
use bulla_node::shelf::Shelf;
use bulla_node::{daemon, keeping, recovery};
use bulla_verify::chain::Height;
use clap::{Parser, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// One node of a Bulla ledger.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// The node's configuration.
    #[arg(long, global = true, default_value = "bullad.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the sign guard of a new validator; once, before its first start.
    Init {
        /// For a validator whose disk was lost: it signs nothing up to this height, which must be above the highest tip of any
        /// other validator by two.
        #[arg(long)]
        silent_through: Option<u64>,
    },
    /// Runs the node until it is told to stop (SIGTERM or SIGINT).
    Run,
    /// Recomputes a stopped node's ledger from genesis and names the first record that differs, or what its log has and it lacks.
    Fsck {
        /// The node's directory, which holds its bullad.toml.
        directory: PathBuf,
    },
    /// Looks for texts that should be nowhere, such as a person's name, in all that a stopped node keeps: each row of its database,
    /// and each file. Says where each that is found stands first, and ends with 1 if there is any.
    Search {
        /// The node's directory, which holds its bullad.toml.
        directory: PathBuf,
        /// A file with the texts, one a line, each as it would be written.
        #[arg(long)]
        texts: PathBuf,
    },
    /// Tells a stopped node what all operators agreed on (`bulla governance recover`): it goes on from the last block that they
    /// let stand, with its new consensus key. Its old log is put aside.
    Recover {
        /// The record that all have signed.
        file: PathBuf,
    },
    /// Snapshots of a stopped node, from which others join. A running node makes them by itself.
    Snapshot {
        #[command(subcommand)]
        act: SnapshotAct,
    },
    /// Backups: a stopped node's ledger in a directory of files, without keys.
    Backup {
        #[command(subcommand)]
        act: BackupAct,
    },
}

#[derive(Subcommand)]
enum SnapshotAct {
    /// Makes a snapshot of the last block, beside those that the node has.
    Create,
    /// Lists the heights of the snapshots that the node has.
    List,
    /// Makes the node's ledger, which must be empty, of the last snapshot in a directory.
    Restore {
        /// The directory: another node's `data/snapshots`, or a copy.
        directory: PathBuf,
    },
}

#[derive(Subcommand)]
enum BackupAct {
    /// Writes a backup of the last block.
    Create {
        /// The directory to make, or an empty one.
        directory: PathBuf,
    },
    /// Checks a backup: needs the genesis file and no node.
    Verify {
        /// The backup.
        directory: PathBuf,
        /// The genesis file; that of the configuration if it is not given.
        #[arg(long)]
        genesis: Option<PathBuf>,
    },
    /// Makes a node's data directory, which must be empty, of a backup. A validator is silent when it starts with it, until it
    /// has heard from the others.
    Restore {
        /// The backup.
        directory: PathBuf,
    },
}

fn main() -> ExitCode {
    end_at_a_panic();
    let arguments = Arguments::parse();
    match command(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bullad: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// A panic in any thread ends the process, however it was built: half a node is worse than none.
fn end_at_a_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        std::process::abort();
    }));
}

/// What happened, with its causes, each told once: some errors name their cause in their own words.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        before if before.contains(&cause) => said,
        before => format!("{before}: {cause}"),
    })
}

fn command(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Init { silent_through } => {
            let config = Config::load(&arguments.config)?;
            daemon::init(&config, silent_through.map(Height))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Run => {
            let config = Config::load(&arguments.config)?;
            bulla_node::logs::start(&config.log);
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(run(config))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Fsck { directory } => check(&Config::load(&directory.join("bullad.toml"))?),
        Command::Search { directory, texts } => search(directory, texts),
        Command::Recover { file } => recover(&Config::load(&arguments.config)?, file),
        Command::Snapshot { act } => snapshot(&Config::load(&arguments.config)?, act),
        Command::Backup { act } => backup(&arguments.config, act),
    }
}

async fn run(config: Config) -> anyhow::Result<()> {
    let (stop, stopped) = oneshot::channel();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // The node may have ended by itself.
        let _ = stop.send(());
    });
    daemon::run(config, stopped).await.context("the node stopped")
}

#[expect(clippy::print_stdout, reason = "what was made is the command's answer")]
fn snapshot(config: &Config, act: &SnapshotAct) -> anyhow::Result<ExitCode> {
    let kept = daemon::snapshot_directory(config);
    match act {
        SnapshotAct::Create => {
            let (store, genesis) = daemon::open_ledger(config, Absent::Refuse)?;
            let height = Shelf::new(Files::open(&kept)?).make(&Ledger::open(store, &genesis)?, &mut |_| ())?;
            println!("snapshot of block {height} in {}", kept.display());
        }
        SnapshotAct::List if !kept.is_dir() => {}
        SnapshotAct::List => keeping::list(&kept)?.iter().for_each(|height| println!("{height}")),
        SnapshotAct::Restore { directory } => {
            let (store, genesis) = daemon::open_ledger(config, Absent::Create)?;
            let tip = keeping::restore(directory, store, &genesis)?;
            println!("the ledger begins at block {}, state root {}", tip.height, tip.state_root);
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "what was made is the command's answer")]
fn backup(config: &Path, act: &BackupAct) -> anyhow::Result<ExitCode> {
    match act {
        BackupAct::Create { directory } => {
            let (store, genesis) = daemon::open_ledger(&Config::load(config)?, Absent::Refuse)?;
            let height = keeping::back_up(&Ledger::open(store, &genesis)?, directory)?;
            println!("backup of block {height} in {}", directory.display());
        }
        BackupAct::Verify { directory, genesis } => {
            let genesis = match genesis {
                Some(path) => daemon::read_genesis(path)?,
                None => daemon::read_genesis(&Config::load(config)?.genesis)?,
            };
            let tip = keeping::verify(directory, &genesis)?;
            println!("the backup holds: block {}, state root {}", tip.height, tip.state_root);
        }
        BackupAct::Restore { directory } => {
            let config = Config::load(config)?;
            keeping::must_be_empty(&config.data_dir)?;
            keeping::check_sums(directory)?;
            let (store, genesis) = daemon::open_ledger(&config, Absent::Create)?;
            let tip = keeping::restore(directory, store, &genesis)?;
            println!("restored: block {}, state root {}", tip.height, tip.state_root);
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "what is to be done next is the command's answer")]
fn recover(config: &Config, file: &Path) -> anyhow::Result<ExitCode> {
    match recovery::recover(config, file)? {
        Told::Ready(last) => println!(
            "the node goes on after block {last} under its new key, with a new log; the old one is put aside.\nWhat to do: \
             start it. Once a quorum of the others is started too, the next block begins with the record. Then destroy the old \
             key with `bulla keys destroy`."
        ),
        Told::Behind(last) => println!(
            "the node has no block {last} yet: it fetches what it lacks, checks the record against it, and goes on under its new \
             key.\nWhat to do: start it, and one that has that block."
        ),
        Told::Already(last) => println!("the node was told before to go on after block {last}; nothing was changed"),
        Told::Over(last) => {
            println!("the chain has gone on after block {last} by this record; nothing was changed. Start the node.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the report is the command's answer")]
fn check(config: &Config) -> anyhow::Result<ExitCode> {
    let (store, genesis) = daemon::open_ledger(config, Absent::Refuse)?;
    let report = fsck::fsck(&*store, &genesis, &mut |_: Progress| {})?;
    // A store that is damaged at its end opens without it, and what is left is right.
    let log = daemon::log_height(config)?.filter(|log| *log > report.height.next());
    match (&report.finding, log) {
        (None, Some(log)) => {
            println!(
                "the ledger ends at height {}, and the log was at height {log}: its end is lost; start the node, and it fetches it \
                 from its peers",
                report.height
            );
            Ok(ExitCode::FAILURE)
        }
        (None, None) => {
            println!(
                "height {}, state root {}, {} rows: all as recomputed from genesis",
                report.height, report.state_root, report.rows
            );
            Ok(ExitCode::SUCCESS)
        }
        (Some(finding), _) => {
            println!("{finding}");
            Ok(ExitCode::FAILURE)
        }
    }
}

#[expect(clippy::print_stdout, reason = "the report is the command's answer")]
fn search(directory: &Path, texts: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::load(&directory.join("bullad.toml"))?;
    let texts = fs::read_to_string(texts).with_context(|| format!("cannot read {}", texts.display()))?;
    let mut search = Search::of(texts.lines().map(str::to_owned).collect())?;
    let (store, _) = daemon::open_ledger(&config, Absent::Refuse)?;
    search.rows(&*store)?;
    search.files(directory)?;
    if !config.data_dir.starts_with(directory) {
        search.files(&config.data_dir)?;
    }
    let report = search.report();
    for (text, place) in &report.found {
        println!("{text}: {place}");
    }
    println!("{} rows and {} files: {} of the texts found", report.rows, report.files, report.found.len());
    Ok(if report.found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_node::daemon::DaemonError;
    use bulla_node::disk::{Fault, Operation};
    use bulla_node::wal::WalError;
    use std::io;

    #[test]
    fn a_fatal_message_names_each_cause_once() {
        let full = io::Error::other("no space left on the device");
        let (operation, name, kind, reason) = (Operation::Write, "0.wal".into(), full.kind(), full.to_string());
        let fault = WalError::Disk(Fault { operation, name, kind, reason });
        let error = anyhow::Error::from(DaemonError::Log(fault)).context("the node stopped");
        let said = told(&error);
        assert_eq!(said.matches("no space left").count(), 1, "{said}");
        let apart = anyhow::Error::from(full).context("cannot write the file").context("the node stopped");
        assert_eq!(told(&apart), "the node stopped: cannot write the file: no space left on the device");
    }
}
