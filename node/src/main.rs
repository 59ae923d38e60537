//! `bullad`: one node.

use anyhow::Context;
use bulla_ledger::fsck::{self, Progress};
use bulla_ledger::store::rocks::Absent;
use bulla_node::config::Config;
use bulla_node::daemon;
use bulla_verify::chain::Height;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
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
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match command(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bullad: {error:#}");
            ExitCode::FAILURE
        }
    }
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
