//! `make bench`: how fast Bulla is, as ratios against what this machine can do at most, all of it measured in one run.
//!
//! Four real `bullad` on loopback do everything that they would do on four machines, on the processors of this one; so what
//! they reach is to be held against the limits printed beside it, and against nothing measured elsewhere. After each load
//! every transaction is accounted for and the four roots are compared; a run that cannot show both has no figures.
//!
//! | file | what it does |
//! |---|---|
//! | `limits` | what this machine can do at most |
//! | `tree` | the state tree by itself, beside a dense one |
//! | `areas` | what an operation of each area costs to execute, among few records and among many |
//! | `durable` | a changed record until it is durable |
//! | `keys` | keys of records that do not exist |
//! | `town` | four validators, and the clients that speak to them |
//! | `load` | transactions: made, sent as fast as they go or at a rate, each until it is final |
//! | `proofs` | proof files: taken, kept, measured |
//! | `consumed` | what processes consume |
//! | `figures` | the figures: printed, and kept in `latest.json` |
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod areas;
mod consumed;
mod durable;
mod figures;
mod keys;
mod limits;
mod load;
mod proofs;
mod town;
mod tree;

use anyhow::{Context, Result};
use clap::Parser;
use figures::Figures;
use limits::Limits;
use load::{Mint, Run};
use std::path::{Path, PathBuf};
use std::time::Instant;
use town::{NODES, Town};

const MILLION: usize = 1_000_000;
const TEN_MILLION: usize = 10 * MILLION;

/// Operations in one transaction, where many go under one signature.
const MANY: u32 = 100;

/// How many such transactions are made before the clock runs: as many as fit into some memory.
const MADE_AT_ONCE: u32 = 1_000;

/// How many transactions are on their way at once: some blocks full, so that no block waits for them.
const IN_FLIGHT_SINGLE: usize = 3_600;
const IN_FLIGHT_MANY: usize = 160;

/// Measures the state tree, and a network of four validators, on this machine.
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
    /// How many licences there are before anything else of the network is measured.
    #[arg(long, default_value_t = 1_000_000)]
    licences: u32,
    /// How many transactions of one licence each.
    #[arg(long, default_value_t = 60_000)]
    singles: u32,
    /// How many records of an area there are, when its operations are measured among many.
    #[arg(long, default_value_t = MILLION)]
    records: usize,
    /// What is measured: all of it, if nothing is said.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Part::Tree, Part::Areas, Part::Network])]
    parts: Vec<Part>,
    /// How many keys the state tree has, each time it is measured.
    #[arg(long, value_delimiter = ',', default_values_t = [MILLION, TEN_MILLION])]
    keys: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Tree,
    Areas,
    Network,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // Each node is started in a directory of its own.
    let bullad = std::path::absolute(&arguments.bullad)?;
    let mut figures = Figures::default();
    let limits = Limits::measure(&arguments.signature, &arguments.out)?;
    limits.tell(&mut figures);
    let is_asked = |part| arguments.parts.contains(&part);
    for keys in arguments.keys.iter().filter(|_| is_asked(Part::Tree)) {
        println!("the state tree with {keys} keys …");
        measure_tree(*keys, &arguments.out, &mut figures)?;
    }
    for area in areas::AREAS.iter().filter(|_| is_asked(Part::Areas)) {
        println!("{} among {} records …", area.name, arguments.records);
        measure_area(area, arguments.records, &arguments.out, &mut figures)?;
    }
    if is_asked(Part::Network) {
        measure_network(&arguments, &bullad, &limits, &mut figures).await?;
    }
    figures.write(&arguments.out)?;
    println!("{figures}");
    Ok(())
}

/// What executing an operation of an area costs, among few records and among many.
fn measure_area(area: &areas::Area, records: usize, out: &Path, figures: &mut Figures) -> Result<()> {
    let cost = areas::measure(area, records, out).with_context(|| format!("the area {}", area.name))?;
    let mut add = |name: &str, value, says| figures.add(format!("{}_{name}", area.name), value, says);
    add("few_us", cost.few_us, "executing an operation among ten thousand records, the tree excluded, µs");
    add("many_us", cost.many_us, "… among as many as were asked for, µs");
    add("many_over_few", cost.many_us / cost.few_us, "… ÷ among ten thousand (at most 1.5)");
    add("writes", cost.writes, "state writes that it declares");
    Ok(())
}

/// The tree by itself, then with the database beneath it. The first is measured in a process of its own size: before the
/// database has filled the caches.
fn measure_tree(keys: usize, out: &Path, figures: &mut Figures) -> Result<()> {
    let costs = tree::measure(keys);
    let durable = durable::measure(keys, out)?;
    let [present, absent] = costs.proofs;
    let size = match keys {
        MILLION => "_1e6",
        TEN_MILLION => "_1e7",
        _ => "_other",
    };
    let mut add = |name: &str, value, says| figures.add(format!("{name}{size}"), value, says);
    add("dense_us", costs.dense_us, "a changed key of a dense tree in memory: the bound, µs");
    add("root_us", costs.root_us, "… of the state tree, 16 versions kept, µs");
    add("root_over_bound", costs.root_us / costs.dense_us, "… ÷ bound (floor 1.5)");
    add("durable_us", durable.cpu_us, "… of the state tree and its database, durable, µs");
    add("tree_over_bound", durable.cpu_us / costs.dense_us, "… ÷ bound (floor 5 at 10^6, 8 at 10^7)");
    add("tree_memory_per_key", costs.bytes_per_key, "bytes of memory for each key (floor 150)");
    add("tree_rebuild_s", costs.rebuild_s, "to build the tree from its leaves, s");
    add("proof_bytes_mean", present.bytes_mean, "proof of a key, mean, bytes (floor 700 at 10^6)");
    add("proof_bytes_p99", present.bytes_p99, "… of a hundred the longest but one (floor 780 at 10^6)");
    add("absence_bytes_mean", absent.bytes_mean, "proof of absence, mean, bytes");
    add("four_keys_proof_bytes", costs.four_bytes, "one proof of four keys, mean, bytes");
    // Whoever says nothing of the size means a million.
    let size = if keys == MILLION { "" } else { size };
    let mut add = |name: &str, value, says| figures.add(format!("{name}{size}"), value, says);
    add("tree_bytes_written_per_key", durable.written_bytes, "bytes written for each, of a record of 200 (floor 1300)");
    add("prove_us", present.prove_us, "to make a proof, µs (floor 5)");
    add("check_us", present.check_us, "to check a proof, µs (floor 4)");
    Ok(())
}

async fn measure_network(arguments: &Arguments, bullad: &Path, limits: &Limits, figures: &mut Figures) -> Result<()> {
    let town = Town::up(bullad).await?;
    let mut mint = Mint::open(&town).await?;

    println!("{} licences, {MANY} under each signature …", arguments.licences);
    let bulk = issue_many(&town, &mut mint, arguments.licences / MANY).await?;
    tell_bulk(&bulk, limits, figures);
    figures.add("node_memory_mib_1e6", town.memory_mib()?, "memory of the largest node then, MiB (floor 400)");

    println!("{} licences, each under its own …", arguments.singles);
    let transactions = mint.issue(arguments.singles, 1);
    let peak = load::as_fast_as_it_goes(&town, &town.clients, transactions, IN_FLIGHT_SINGLE).await?;
    tell_peak(&peak, limits, figures);

    println!("the same at half that rate …");
    let half = peak.per_s() / 2.0;
    let transactions = mint.issue(arguments.singles / 2, 1);
    let calm = load::at_rate(&town, transactions, half).await?;
    tell_latency(&calm, half, figures);

    println!("proofs …");
    proofs::measure(&town, &mint, &arguments.out.join("proofs"), limits, figures).await?;

    println!("one of four down …");
    let last = NODES - 1;
    let (_, others) = town.clients.split_last().context("there are nodes")?;
    town.network.kill(last)?;
    let transactions = mint.issue(arguments.singles / 2, 1);
    let without_one = load::as_fast_as_it_goes(&town, others, transactions, IN_FLIGHT_SINGLE).await?;
    let start_s = town.start(last, bullad).await?;
    let began = Instant::now();
    town.settled().await?;
    figures.add("tx_per_s_one_down", without_one.per_s(), "committed a second with one of four down");
    figures.add("one_down_over_all_up", without_one.per_s() / peak.per_s(), "… ÷ all up (floor 0.6)");
    figures.add("start_s_1e6", start_s, "from its start until a killed node answers, s (floor 3)");
    let caught_up = without_one.took_s / began.elapsed().as_secs_f64();
    figures.add("catch_up_over_live", caught_up, "catch-up after that ÷ live speed (floor 2)");
    Ok(())
}

async fn issue_many(town: &Town, mint: &mut Mint, mut transactions: u32) -> Result<Run> {
    let mut sum: Option<Run> = None;
    while transactions > 0 {
        let now = transactions.min(MADE_AT_ONCE);
        let run = load::as_fast_as_it_goes(town, &town.clients, mint.issue(now, MANY), IN_FLIGHT_MANY).await?;
        sum = Some(match sum {
            Some(sum) => sum.and(run),
            None => run,
        });
        transactions -= now;
    }
    sum.context("at least one transaction's worth of licences")
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
