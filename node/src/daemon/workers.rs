//! Threads for what must not keep the loop waiting.
//!
//! One thread builds, executes and commits, in the order asked: the engine never has more than a few such jobs out. Two
//! threads check signatures of what peers bring and read blocks for them, from a bounded queue: when it is full, what comes is
//! dropped, and asked for again by whoever needs it.

use crate::engine::{self, Event, Peer};
use crate::jobs;
use crate::metrics::Metrics;
use crate::wire::PeerMessage;
use bulla_ledger::Ledger;
use bulla_verify::chain::Height;
use bulla_verify::keys::PublicKey;
use std::sync::{Arc, Mutex, PoisonError, mpsc as queue};
use std::thread;
use std::time::Instant;
use tokio::sync::mpsc;

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
}

impl Workers {
    /// Starts the threads; they end when the workers are dropped.
    pub(super) fn start(ledger: Ledger, metrics: Arc<Metrics>) -> (Workers, mpsc::UnboundedReceiver<Done>) {
        let (done, results) = mpsc::unbounded_channel();
        let (in_order, jobs) = queue::channel();
        spawn("ledger", ledger.clone(), Arc::new(Mutex::new(jobs)), done.clone());
        let (checks, jobs) = queue::sync_channel(CHECKS);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..CHECKERS {
            spawn("check", ledger.clone(), jobs.clone(), done.clone());
        }
        (Workers { in_order, checks, metrics }, results)
    }

    /// Builds, executes or commits.
    pub(super) fn work(&self, job: engine::Job, own: PublicKey) {
        let metrics = self.metrics.clone();
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

    /// Reads blocks for a peer that catches up.
    pub(super) fn read(&self, peer: Peer, from: Height) {
        let job: Job = Box::new(move |ledger| {
            let decided = jobs::decided(ledger, from).map_err(|fault| fault.to_string())?;
            Ok(Some(Done::Say(peer, decided)))
        });
        let _ = self.checks.try_send(job);
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
