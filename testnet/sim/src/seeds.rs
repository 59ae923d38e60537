//! Many seeds on all cores: each is run alone, and what all came to is added up.

use crate::{Counts, Happening, Plan, Report, World};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How many nodes a seed has: three of four seeds have the least that tolerates one fault, the others tolerate two.
pub fn nodes_of(seed: u64) -> usize {
    if seed % 4 == 3 { 7 } else { 4 }
}

/// Which seeds are run twice, and must be the same run both times: one in a hundred.
fn is_run_twice(seed: u64) -> bool {
    seed % 100 == 7
}

/// What many seeds came to.
#[derive(Debug, Default)]
pub struct Sum {
    /// Seeds in which a promise was broken.
    pub violations: Vec<u64>,
    /// The height that each other seed reached.
    pub heights: Vec<u64>,
    /// How many transactions each of them recorded.
    pub transactions: Vec<u64>,
    /// How often everything happened, over all.
    pub counts: Counts,
    /// Simulated time, in microseconds.
    pub simulated_us: u64,
    /// Time that processors spent, in nanoseconds.
    pub processor_ns: u64,
}

impl Sum {
    /// Simulated hours in a minute of one processor.
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a rate for people to read")]
    pub fn hours_per_cpu_minute(&self) -> f64 {
        (self.simulated_us as f64 / 3_600e6) / (self.cpu_minutes().max(1e-9))
    }

    /// Simulated hours.
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a number for people to read")]
    pub fn hours(&self) -> f64 {
        self.simulated_us as f64 / 3_600e6
    }

    /// Minutes that processors spent.
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a number for people to read")]
    pub fn cpu_minutes(&self) -> f64 {
        self.processor_ns as f64 / 60e9
    }

    /// What happened less often than `least`.
    pub fn rarer_than(&self, least: u64) -> Vec<(Happening, u64)> {
        let counted = Happening::ALL.iter().map(|what| (*what, self.counts.of(*what)));
        counted.filter(|(_, times)| *times < least).collect()
    }

    fn add(&mut self, seed: u64, report: Option<&Report>) {
        let Some(report) = report else { return self.violations.push(seed) };
        self.heights.push(report.height.0);
        self.transactions.push(u64::try_from(report.included).unwrap_or(0));
        self.counts.add(&report.counts);
    }
}

/// Half of the numbers are at most this one.
pub fn median(numbers: &[u64]) -> u64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Runs seeds on all cores.
pub fn run(seeds: Range<u64>) -> Sum {
    let (next, sum) = (AtomicU64::new(seeds.start), Mutex::new(Sum::default()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let before_ns = thread_ns();
            let report = run_one(seed);
            let mut sum = sum.lock().expect("adding does not panic");
            sum.add(seed, report.as_ref());
            let plan = Plan::of_seed(seed, nodes_of(seed));
            let times = if is_run_twice(seed) { 2 } else { 1 };
            sum.simulated_us += (plan.faulty_us + plan.healed_us) * times;
            sum.processor_ns += thread_ns() - before_ns;
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    sum.into_inner().expect("adding does not panic")
}

/// Runs one seed; none if a promise was broken, and then one line tells how to see it again.
#[expect(clippy::print_stderr, reason = "what a failing seed leaves behind")]
pub fn run_one(seed: u64) -> Option<Report> {
    let nodes = nodes_of(seed);
    let run = || {
        let report = World::new(seed, Plan::of_seed(seed, nodes)).run();
        if is_run_twice(seed) {
            let again = World::new(seed, Plan::of_seed(seed, nodes)).run();
            assert_eq!(report, again, "two runs of seed {seed} differ");
        }
        report
    };
    let done = catch_unwind(AssertUnwindSafe(run));
    if done.is_err() {
        eprintln!(
            "seed {seed} breaks a promise: BULLA_SEED={seed} BULLA_NODES={nodes} \
             cargo test -p bulla-testnet-sim --test seeds one_seed -- --nocapture"
        );
    }
    done.ok()
}

/// How long this thread has had a processor, in nanoseconds; 0 where the system does not tell.
fn thread_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
