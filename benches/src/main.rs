//! `make bench`: how fast Bulla is, as ratios against what this machine can do at most, all of it measured in one run.
//!
//! Four real `bullad` on loopback do everything that they would do on four machines, on the processors of this one; so what
//! they reach is to be held against the limits printed beside it, and against nothing measured elsewhere. After each load
//! every transaction is accounted for and the four roots are compared; a run that cannot show both has no figures.
//!
//! | file | what it does |
//! |---|---|
//! | `limits` | what this machine can do at most |
//! | `town` | four validators, the body that issues, and what their processes consume |
//! | `load` | transactions: made, sent as fast as they go or at a rate, each until it is final |
//! | `proofs` | proof files: taken, kept, measured |
//! | `figures` | the figures: printed, and kept in `latest.json` |
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod figures;
mod limits;
mod load;
mod proofs;
mod town;

use anyhow::Result;
use clap::Parser;
use figures::Figures;
use limits::Limits;
use load::{Mint, Run};
use std::path::PathBuf;
use std::time::Instant;
use town::{NODES, Town};

/// Operations in one transaction, where many go under one signature.
const MANY: u32 = 100;

/// How many transactions are on their way at once: some blocks full, so that no block waits for them.
const IN_FLIGHT_SINGLE: usize = 3_600;
const IN_FLIGHT_MANY: usize = 160;

/// Measures a network of four validators on this machine.
#[derive(Parser)]
struct Arguments {
    /// The daemon, built for release.
    #[arg(long)]
    bullad: PathBuf,
    /// A program that prints what checking a signature costs, built without AVX-512: the bound of every ratio.
    #[arg(long)]
    signature: PathBuf,
    /// Where the figures and the proof files go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// How many licences there are before anything else is measured.
    #[arg(long, default_value_t = 100_000)]
    licences: u32,
    /// How many transactions of one licence each.
    #[arg(long, default_value_t = 40_000)]
    singles: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // Each node is started in a directory of its own.
    let bullad = std::path::absolute(&arguments.bullad)?;
    let mut figures = Figures::default();
    let limits = Limits::measure(&arguments.signature, &arguments.out)?;
    limits.tell(&mut figures);
    let town = Town::up(&bullad).await?;
    let mut mint = Mint::open(&town).await?;

    println!("{} licences, {MANY} under each signature …", arguments.licences);
    let transactions = mint.issue(arguments.licences / MANY, MANY);
    let bulk = load::as_fast_as_it_goes(&town, &town.clients, transactions, IN_FLIGHT_MANY).await?;
    tell_bulk(&bulk, &limits, &mut figures);

    println!("{} licences, each under its own …", arguments.singles);
    let transactions = mint.issue(arguments.singles, 1);
    let peak = load::as_fast_as_it_goes(&town, &town.clients, transactions, IN_FLIGHT_SINGLE).await?;
    tell_peak(&peak, &limits, &mut figures);

    println!("the same at half that rate …");
    let half = peak.per_s() / 2.0;
    let transactions = mint.issue(arguments.singles / 2, 1);
    let calm = load::at_rate(&town, transactions, half).await?;
    tell_latency(&calm, half, &mut figures);

    println!("proofs …");
    proofs::measure(&town, &mint, &arguments.out.join("proofs"), &limits, &mut figures).await?;

    println!("one of four down …");
    let (last, others) = (NODES - 1, &town.clients[..usize::from(NODES - 1)]);
    town.network.kill(last)?;
    let transactions = mint.issue(arguments.singles / 2, 1);
    let without_one = load::as_fast_as_it_goes(&town, others, transactions, IN_FLIGHT_SINGLE).await?;
    let began = Instant::now();
    town.network.start(last, &bullad)?;
    town.settled().await?;
    figures.add("tx_per_s_one_down", without_one.per_s(), "committed a second with one of four down");
    figures.add("one_down_over_all_up", without_one.per_s() / peak.per_s(), "… ÷ all up (floor 0.6)");
    let caught_up = without_one.took_s / began.elapsed().as_secs_f64();
    figures.add("catch_up_over_live", caught_up, "catch-up, the start of the node included ÷ live speed (floor 2)");

    figures.write(&arguments.out)?;
    println!("{figures}");
    Ok(())
}

fn tell_bulk(run: &Run, limits: &Limits, figures: &mut Figures) {
    let (of, operations) = (f64::from(MANY), run.per_s() * f64::from(MANY));
    figures.count("bulk_transactions", run.committed);
    figures.add("committed_ops_per_s", operations, "operations committed a second, 100 under each signature");
    figures.add("ops_over_signature_bound", operations / limits.signatures_per_s(), "… ÷ signature bound (floor 0.4)");
    figures.add("cpu_us_per_op", run.cpu_us_per_transaction() / of, "processor time for each, all nodes, µs");
    figures.add("written_bytes_per_op", run.written_bytes_per_transaction() / of, "bytes written for each, each node");
}

fn tell_peak(run: &Run, limits: &Limits, figures: &mut Figures) {
    figures.count("single_transactions", run.committed);
    figures.add("committed_tx_per_s", run.per_s(), "transactions committed a second, one licence each");
    let ratio = run.per_s() / limits.signatures_per_s();
    figures.add("tx_over_signature_bound", ratio, "… ÷ signature bound (floor 0.25)");
    figures.add("cpu_us_per_tx", run.cpu_us_per_transaction(), "processor time for each, all nodes, µs");
    figures.add("client_cpu_us_per_tx", run.client_cpu_us_per_transaction(), "… of this client, µs");
    figures.add("written_bytes_per_tx", run.written_bytes_per_transaction(), "bytes written for each, each node");
    let overhead = run.written_bytes_per_transaction() / run.bytes_per_transaction();
    figures.add("written_over_payload", overhead, "… ÷ payload (floor 6)");
}

fn tell_latency(run: &Run, rate: f64, figures: &mut Figures) {
    let (p50, p99) = (run.latency_ms(0.50), run.latency_ms(0.99));
    figures.count("latency_samples", run.committed);
    figures.add("latency_rate_per_s", rate, "transactions a second offered");
    figures.add("latency_p50_ms", p50, "from submit to final, median, ms");
    figures.add("latency_p99_ms", p99, "from submit to final, of 100 the slowest but one, ms");
    figures.add("latency_p99_over_p50", p99 / p50, "… ÷ median (floor 3)");
}
