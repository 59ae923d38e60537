//! What a node counts and measures, in Prometheus' text form; each name begins with `bulla_`.
//!
//! The loop tells numbers as they change, and the network's own counters are read when somebody asks. Reading never waits for
//! the loop, and the loop never waits for a reader. No label has values that a stranger chooses.
//!
//! | file | what it does |
//! |---|---|
//! | `endpoint` | answers `GET /metrics` |

mod endpoint;

pub use endpoint::serve;

use crate::engine::Engine;
use crate::network::RefusedPeer;
use crate::network::counters::Counters;
use bulla_ledger::execute::ExecutedBlock;
use bulla_verify::refusal::Outcome;
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The numbers of one node, from its start.
pub struct Metrics {
    registry: Registry,
    network: OnceLock<Arc<Counters>>,
    /// The last block that is durable here.
    pub height: IntGauge,
    /// The round of the height being decided; 0 between heights.
    pub round: IntGauge,
    /// Peers that can be spoken to.
    pub peers_connected: IntGauge,
    /// Whether another process signs with this node's key: 1 if so.
    pub copied: IntGauge,
    /// Transactions that wait for a block.
    pub pool_transactions: IntGauge,
    /// The bytes of their envelopes.
    pub pool_bytes: IntGauge,
    /// Transactions in blocks, every operation of which took effect.
    pub transactions_applied: IntCounter,
    /// Transactions in blocks with an operation that was refused, by the code of the first such.
    pub transactions_refused: IntCounterVec,
    /// Rounds that ended without a decision.
    pub rounds_failed: IntCounter,
    /// How long the log took to make something durable.
    pub wal_sync_seconds: Histogram,
    /// How long a block took to be committed durably.
    pub commit_seconds: Histogram,
    /// How long a block took to be executed.
    pub execute_seconds: Histogram,
}

impl Metrics {
    /// All at nought.
    pub fn new() -> Metrics {
        let registry = Registry::new();
        let refused = Opts::new(
            "bulla_transactions_refused_total",
            "Transactions in blocks with a refused operation, by the code of the first such.",
        );
        let refused = IntCounterVec::new(refused, &["code"]).expect("a name and a label of letters");
        Metrics {
            height: gauge(&registry, "bulla_height", "The last block that is durable here."),
            round: gauge(&registry, "bulla_round", "The round of the height being decided."),
            peers_connected: gauge(&registry, "bulla_peers_connected", "Peers that can be spoken to."),
            copied: gauge(
                &registry,
                "bulla_key_copied",
                "Whether another process was heard to sign with this node's key.",
            ),
            pool_transactions: gauge(&registry, "bulla_pool_transactions", "Transactions that wait for a block."),
            pool_bytes: gauge(&registry, "bulla_pool_bytes", "Bytes of the transactions that wait for a block."),
            transactions_applied: counter(
                &registry,
                "bulla_transactions_applied_total",
                "Transactions in blocks, every operation of which took effect.",
            ),
            transactions_refused: registered(&registry, refused),
            rounds_failed: counter(&registry, "bulla_rounds_failed_total", "Rounds that ended without a decision."),
            wal_sync_seconds: duration(&registry, "bulla_wal_sync_seconds", "Making the log durable."),
            commit_seconds: duration(&registry, "bulla_commit_seconds", "Committing a block durably."),
            execute_seconds: duration(&registry, "bulla_execute_seconds", "Executing a block."),
            network: OnceLock::new(),
            registry,
        }
    }

    /// From now on the text tells what the network counts; the first network told of is the one.
    pub fn watch(&self, network: Arc<Counters>) {
        let _ = self.network.set(network);
    }

    /// A block is durable here.
    pub fn committed(&self, block: &ExecutedBlock) {
        self.height.set(signed(block.header().light.height.0));
        block.leaves().iter().for_each(|leaf| self.settled(&leaf.outcomes));
    }

    /// What the engine holds after an event.
    pub fn observe(&self, engine: &Engine) {
        let round = engine.deciding().map_or(0, |(_, round)| u64::from(round.0));
        self.round.set(signed(round));
        self.copied.set(i64::from(engine.copied().is_some()));
        self.peers_connected.set(signed(engine.peers().len()));
        self.pool_transactions.set(signed(engine.pool().count()));
        self.pool_bytes.set(signed(engine.pool().byte_count()));
    }

    /// A round ended without a decision.
    pub fn round_failed(&self) {
        self.rounds_failed.inc();
    }

    /// The log made something durable.
    pub fn synced(&self, took: Duration) {
        self.wal_sync_seconds.observe(took.as_secs_f64());
    }

    /// A block was executed.
    pub fn executed(&self, took: Duration) {
        self.execute_seconds.observe(took.as_secs_f64());
    }

    /// A block was committed durably.
    pub fn stored(&self, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Everything, in Prometheus' text form, version 0.0.4.
    pub fn text(&self) -> String {
        let mut families = self.registry.gather();
        families.extend(self.network.get().map(|counters| network_families(counters)).unwrap_or_default());
        TextEncoder::new().encode_to_string(&families).expect("every family was made here, and a string takes any text")
    }

    fn settled(&self, outcomes: &[Outcome]) {
        let refused = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Refused(code) => Some(code),
            Outcome::Applied | Outcome::Dropped => None,
        });
        match refused {
            None => self.transactions_applied.inc(),
            Some(code) => self.transactions_refused.with_label_values(&[code.to_string()]).inc(),
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

/// The network counts by itself. Its numbers are copied into counters of this one answer, so that two readers at once cannot
/// add anything twice.
fn network_families(counters: &Counters) -> Vec<prometheus::proto::MetricFamily> {
    let registry = Registry::new();
    let copy = |name, help, source: &AtomicU64| {
        counter(&registry, name, help).inc_by(source.load(Ordering::Relaxed));
    };
    copy("bulla_frames_in_total", "Frames received from peers.", &counters.frames_in);
    copy("bulla_frames_out_total", "Frames sent to peers.", &counters.frames_out);
    copy("bulla_bytes_in_total", "Bytes of frames received from peers.", &counters.bytes_in);
    copy("bulla_bytes_out_total", "Bytes of frames sent to peers.", &counters.bytes_out);
    copy("bulla_dials_total", "Attempts to reach a peer.", &counters.dialled);
    copy("bulla_dials_failed_total", "Attempts to reach a peer that failed.", &counters.dials_failed);
    let dropped = Opts::new("bulla_messages_dropped_total", "Messages to peers that were not sent, by reason.");
    let dropped =
        registered(&registry, IntCounterVec::new(dropped, &["reason"]).expect("a name and a label of letters"));
    for (reason, source) in [
        ("absent", &counters.dropped_absent),
        ("queue_full", &counters.dropped_full),
        ("oversized", &counters.dropped_oversized),
    ] {
        dropped.with_label_values(&[reason]).inc_by(source.load(Ordering::Relaxed));
    }
    let refused = Opts::new("bulla_refused_frames_total", "Connections and frames that were turned away, by reason.");
    let refused =
        registered(&registry, IntCounterVec::new(refused, &["reason"]).expect("a name and a label of letters"));
    for reason in RefusedPeer::ALL {
        refused.with_label_values(&[reason.name()]).inc_by(counters.refused(reason));
    }
    registry.gather()
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    registered(registry, IntGauge::new(name, help).expect("a name of letters"))
}

fn counter(registry: &Registry, name: &str, help: &str) -> IntCounter {
    registered(registry, IntCounter::new(name, help).expect("a name of letters"))
}

/// From half a millisecond, doubling, to two seconds: a sync of 3 ms lies in the middle, and above two seconds it matters
/// only that it was too long.
fn duration(registry: &Registry, name: &str, help: &str) -> Histogram {
    let buckets = prometheus::exponential_buckets(0.000_5, 2.0, 13).expect("growing bounds above nought");
    let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets));
    registered(registry, histogram.expect("a name of letters"))
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    registry.register(Box::new(collector.clone())).expect("no two collectors have one name");
    collector
}

fn signed(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
