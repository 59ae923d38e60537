//! Threads for what must not keep the loop waiting.
//!
//! One thread builds, executes and commits, in the order asked: the engine never has more than a few such jobs out. Two
//! threads check signatures of what peers bring and read blocks for them, from a bounded queue: when it is full, what comes is
//! dropped, and asked for again by whoever needs it.

use crate::disk::files::Files;
use crate::engine::{self, Event, Peer};
use crate::jobs;
use crate::metrics::Metrics;
use crate::shelf::Shelf;
use crate::wire::PeerMessage;
use bulla_ledger::Ledger;
use bulla_verify::chain::Height;
use bulla_verify::keys::PublicKey;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc as queue};
use std::thread;
use std::time::Instant;
use tokio::sync::mpsc;
use tracing::{info, warn};

/// How many messages wait to be checked. One is at most a frame, and usually one transaction of about 400 bytes.
const CHECKS: usize = 2_048;

/// How many threads check: as many as cores in the smallest machine that runs a validator.
const CHECKERS: usize = 2;

/// What a job came to.
pub(super) enum Done {
    /// Its result.
    Event(Event),
    /// Something to send to a peer.
    Say(Peer, PeerMessage),
    /// The ledger failed.
    Fault(String),
}

type Job = Box<dyn FnOnce(&Ledger) -> Result<Option<Done>, String> + Send>;

/// The threads.
pub(super) struct Workers {
    in_order: queue::Sender<Job>,
    checks: queue::SyncSender<Job>,
    metrics: Arc<Metrics>,
    snapshots: Snapshots,
}

/// The snapshots that are kept, and when one is made.
#[derive(Clone)]
struct Snapshots {
    shelf: Arc<Shelf<Files>>,
    every: u64,
    /// Whether one is being made: two at once would only slow each other down.
    busy: Arc<AtomicBool>,
}

impl Workers {
    /// Starts the threads; they end when the workers are dropped.
    pub(super) fn start(
        ledger: Ledger,
        metrics: Arc<Metrics>,
        (shelf, every): (Arc<Shelf<Files>>, u64),
    ) -> (Workers, mpsc::UnboundedReceiver<Done>) {
        let (done, results) = mpsc::unbounded_channel();
        let (in_order, jobs) = queue::channel();
        spawn("ledger", ledger.clone(), Arc::new(Mutex::new(jobs)), done.clone());
        let (checks, jobs) = queue::sync_channel(CHECKS);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..CHECKERS {
            spawn("check", ledger.clone(), jobs.clone(), done.clone());
        }
        let snapshots = Snapshots { shelf, every, busy: Arc::default() };
        (Workers { in_order, checks, metrics, snapshots }, results)
    }

    /// Builds, executes or commits.
    pub(super) fn work(&self, job: engine::Job, own: PublicKey) {
        let (metrics, snapshots) = (self.metrics.clone(), self.snapshots.clone());
        let job: Job = Box::new(move |ledger| {
            let began = Instant::now();
            let event = match job {
                engine::Job::Build { round, time, candidates, caps } => {
                    jobs::build(ledger, own, round, time, &candidates, caps).map_err(|fault| fault.to_string())?
                }
                engine::Job::Execute(header, transactions) => {
                    let executed = jobs::execute(ledger, &header, transactions).map_err(|fault| fault.to_string())?;
                    metrics.executed(began.elapsed());
                    executed
                }
                engine::Job::Commit(block, certificate) => {
                    let committed = jobs::commit(ledger, block, &certificate).map_err(|error| error.to_string())?;
                    metrics.stored(began.elapsed());
                    snapshots.make_if_due(ledger);
                    Some(committed)
                }
            };
            Ok(event.map(Done::Event))
        });
        // The thread ends only when these workers are dropped.
        let _ = self.in_order.send(job);
    }

    /// Checks what a peer brought.
    pub(super) fn check(&self, peer: Peer, message: PeerMessage) {
        let job: Job = Box::new(move |ledger| Ok(jobs::receive(ledger, peer, message, super::now()).map(Done::Event)));
        let _ = self.checks.try_send(job);
    }

    /// Reads a piece of a snapshot for a peer that joins.
    pub(super) fn serve(&self, peer: Peer, message: PeerMessage) {
        let shelf = self.snapshots.shelf.clone();
        let job: Job = Box::new(move |_| {
            Ok(jobs::serve(&shelf, &message)
                .unwrap_or_else(|error| {
                    warn!(%error, "a snapshot cannot be read");
                    None
                })
                .map(|answer| Done::Say(peer, answer)))
        });
        let _ = self.checks.try_send(job);
    }

    /// Reads blocks for a peer that catches up.
    pub(super) fn read(&self, peer: Peer, from: Height) {
        let job: Job = Box::new(move |ledger| {
            let decided = jobs::decided(ledger, from).map_err(|fault| fault.to_string())?;
            Ok(Some(Done::Say(peer, decided)))
        });
        let _ = self.checks.try_send(job);
    }
}

impl Snapshots {
    /// Makes a snapshot beside all else, if it is time for one. The next block is committed only once the rows of this one are
    /// frozen, which takes microseconds.
    fn make_if_due(&self, ledger: &Ledger) {
        let height = ledger.tip().height;
        let is_due = self.every > 0 && height.0.is_multiple_of(self.every);
        if !is_due || self.busy.swap(true, Ordering::SeqCst) {
            return;
        }
        let (frozen, is_frozen) = queue::channel();
        let (ledger, snapshots) = (ledger.clone(), self.clone());
        let work = move || {
            // Nobody waits any more if the process ends.
            let made = snapshots.shelf.make(&ledger, &mut |_| {
                let _ = frozen.send(());
            });
            snapshots.busy.store(false, Ordering::SeqCst);
            match made {
                Ok(height) => info!(%height, "a snapshot was made"),
                Err(error) => warn!(%error, "no snapshot was made"),
            }
        };
        thread::Builder::new().name("snapshot".into()).spawn(work).expect("a process may have a handful of threads");
        // An error says that the thread has ended: there is nothing to wait for.
        let _ = is_frozen.recv();
    }
}

fn spawn(name: &str, ledger: Ledger, jobs: Arc<Mutex<queue::Receiver<Job>>>, done: mpsc::UnboundedSender<Done>) {
    let work = move || {
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            let result = job(&ledger).unwrap_or_else(|fault| Some(Done::Fault(fault)));
            if result.is_some_and(|result| done.send(result).is_err()) {
                return;
            }
        }
    };
    thread::Builder::new().name(name.into()).spawn(work).expect("a process may have a handful of threads");
}

#[cfg(test)]
mod tests;
