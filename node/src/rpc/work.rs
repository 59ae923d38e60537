//! Checking signatures and reading the store, away from the tasks that move bytes: as many at once as there are processors,
//! and the others wait their turn. How many can wait is bounded by connections and calls.

use super::{Rpc, failed};
use bulla_ledger::Ledger;
use bulla_ledger::store::Fault;
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::Semaphore;
use tonic::Status;

pub(super) struct Work {
    turns: Arc<Semaphore>,
}

impl Work {
    pub(super) fn new() -> Work {
        let processors = available_parallelism().map_or(1, |processors| processors.get());
        Work { turns: Arc::new(Semaphore::new(processors)) }
    }

    pub(super) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
        let turn = self.turns.clone().acquire_owned().await.expect("nobody closes it");
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            job()
        });
        // A job that panics ends the process, so one that brings nothing was not begun.
        done.await.map_err(|_| Status::unavailable("the node is stopping"))
    }
}

impl Rpc {
    /// Asks the ledger.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Ledger) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Status> {
        let ledger = self.ledger.clone();
        self.work.run(move || ask(&ledger)).await?.map_err(|fault| failed(&fault))
    }
}
