//! Admission, and waiting until a transaction is final.
//!
//! In this order: the bytes are an envelope of this chain with good signatures; the next block could include it; the engine's
//! pool has room. Only then is it "admitted". Rules: design D7, D14, D20.

use super::Rpc;
use super::waiting::Watch;
use bulla_ledger::query::TxRecord;
use bulla_ledger::{Tip, Transaction};
use bulla_proto::answer::{Checked, Final, Progress, Refusal, Stage, Submitted};
use bulla_proto::{MAX_WAIT, v1};
use bulla_verify::admission::Stale;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Envelope, Malformed};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};
use tonic::Status;

/// What admission finds of an envelope's bytes.
enum Judged {
    Malformed(Malformed),
    Stale(Transaction, Stale),
    Admissible(Transaction),
}

/// What is known of a transaction that was admitted here.
enum Settled {
    Final(Final),
    /// It is in no block and can be in none any more.
    Lapsed(Stale),
    Waiting,
}

impl Rpc {
    pub(super) async fn submit(&self, message: v1::SubmitRequest) -> Result<v1::SubmitResponse, Status> {
        let wait = wait_of(message.wait_ms);
        match self.judge(message.envelope).await? {
            Judged::Malformed(refusal) => Ok(v1::SubmitResponse::refusing(None, (&refusal).into())),
            Judged::Stale(transaction, refusal) => self.answer_stale(&transaction, &refusal, wait).await,
            Judged::Admissible(transaction) => self.admit(transaction, wait).await,
        }
    }

    pub(super) async fn check(&self, message: v1::CheckRequest) -> Result<v1::CheckResponse, Status> {
        let mut refusals = Vec::new();
        let transaction = match self.judge(message.envelope).await? {
            Judged::Malformed(refusal) => {
                let parent = self.ledger.parent();
                let as_of = self.as_of(parent.tip().height, parent.tip().time);
                return Ok(Checked { refusals: vec![(&refusal).into()], as_of }.into());
            }
            Judged::Stale(transaction, refusal) => {
                refusals.push(Refusal::from(&refusal));
                transaction
            }
            Judged::Admissible(transaction) => transaction,
        };
        let found = self.read(move |ledger| ledger.check(&transaction, clock())).await?;
        let of_operation = |(place, refusal)| Option::as_ref(refusal).map(|one| Refusal::of_operation(place, one));
        refusals.extend(found.value.iter().enumerate().filter_map(of_operation));
        let as_of = self.as_of(found.height, found.time);
        Ok(Checked { refusals, as_of }.into())
    }

    pub(super) async fn transaction(&self, message: v1::TransactionRequest) -> Result<v1::TransactionResponse, Status> {
        let id = message.transaction_id.as_slice().try_into().map(|bytes| TxId(bulla_verify::hash::Hash(bytes)));
        let id = id.map_err(|_| Status::invalid_argument("a transaction id has 32 bytes"))?;
        let wait = wait_of(message.wait_ms);
        let Some(watch) = self.waiting.watch(&id) else { return Ok(self.find(id, wait).await?.into()) };
        // After the place was taken: a block between the two would be missed otherwise.
        let mut settled = self.look(id, watch.expires_at).await?;
        if matches!(settled, Settled::Waiting) && !wait.is_zero() {
            settled = self.settle(id, watch, wait).await?;
        }
        let progress = match settled {
            Settled::Final(last) => Progress::Final(last),
            Settled::Lapsed(refusal) => Progress::Refused((&refusal).into()),
            Settled::Waiting => Progress::Waiting,
        };
        Ok(progress.into())
    }

    /// Tells those who wait what each block brought, for as long as the node commits any.
    pub(super) async fn follow(&self) {
        let mut commits = self.commits.clone();
        let mut next = self.ledger.tip().height.next();
        while commits.changed().await.is_ok() {
            let Tip { height, time, .. } = self.ledger.tip();
            // Whoever begins to wait after this asks the ledger, which has all of these blocks.
            if self.waiting.is_empty() {
                next = height.next();
                continue;
            }
            while next <= height {
                let outcomes = self.read(move |ledger| ledger.outcomes(next)).await;
                let Ok(outcomes) = outcomes.inspect_err(|fault| tracing::error!(%fault, "a block cannot be read"))
                else {
                    break;
                };
                self.waiting.committed(next, outcomes);
                next = next.next();
            }
            self.waiting.reached(time);
        }
        // No block will come any more; calls under way end by themselves.
        std::future::pending().await
    }

    async fn judge(&self, bytes: Vec<u8>) -> Result<Judged, Status> {
        let chain = self.chain;
        self.read(move |ledger| {
            let checked = Envelope::decode(&bytes).map_err(|reason| Malformed::Decode { reason });
            let transaction = match checked.and_then(|envelope| envelope.check(chain)) {
                Ok(transaction) => Arc::new(transaction),
                Err(refusal) => return Ok(Judged::Malformed(refusal)),
            };
            Ok(match ledger.admit(&transaction, clock())? {
                Ok(()) => Judged::Admissible(transaction),
                Err(refusal) => Judged::Stale(transaction, refusal),
            })
        })
        .await
    }

    /// Whoever waits for the outcome of what was executed already, in this very envelope, is told it, however late.
    async fn answer_stale(
        &self,
        transaction: &Transaction,
        refusal: &Stale,
        wait: Duration,
    ) -> Result<v1::SubmitResponse, Status> {
        let id = transaction.id();
        let executed = if wait.is_zero() { None } else { self.executed(id).await? };
        Ok(match executed.filter(|record| record.leaf.envelope == transaction.hash()) {
            Some(record) => Submitted { id, stage: Stage::Final(last_of(record)) }.into(),
            None => v1::SubmitResponse::refusing(Some(id), refusal.into()),
        })
    }

    async fn admit(&self, transaction: Transaction, wait: Duration) -> Result<v1::SubmitResponse, Status> {
        let id = transaction.id();
        let refusing = |refusal: &Stale| Ok(v1::SubmitResponse::refusing(Some(id), refusal.into()));
        if self.status.borrow().cramped.is_some() {
            return Err(Status::unavailable(
                "the disk of this node has too little room, and it takes nothing in; ask another node",
            ));
        }
        if !self.waiting.has_room() {
            return refusing(&Stale::PoolFull);
        }
        let (answer, answered) = oneshot::channel();
        match self.submissions.try_send((transaction.clone(), answer)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return refusing(&Stale::PoolFull),
            Err(TrySendError::Closed(_)) => return Err(stopping()),
        }
        if let Err(refusal) = answered.await.map_err(|_| stopping())? {
            return refusing(&refusal);
        }
        self.waiting.add(&transaction);
        let stage = match wait.is_zero() {
            true => Stage::Admitted,
            false => match self.await_final(&transaction, wait).await? {
                Settled::Final(last) => Stage::Final(last),
                Settled::Lapsed(refusal) => return refusing(&refusal),
                Settled::Waiting => Stage::Waiting,
            },
        };
        Ok(Submitted { id, stage }.into())
    }

    async fn await_final(&self, transaction: &Transaction, wait: Duration) -> Result<Settled, Status> {
        let (id, expires_at) = (transaction.id(), transaction.body().expires_at);
        let watch = self.waiting.watch(&id);
        // After the place was taken: a block between the two would be missed otherwise.
        let is_executed = watch.is_none() || self.ledger.is_duplicate(transaction);
        let settled = if is_executed { self.look(id, expires_at).await? } else { Settled::Waiting };
        match (settled, watch) {
            (Settled::Waiting, Some(watch)) => self.settle(id, watch, wait).await,
            (settled, _) => Ok(settled),
        }
    }

    async fn settle(&self, id: TxId, watch: Watch, wait: Duration) -> Result<Settled, Status> {
        let Watch { expires_at, woken } = watch;
        if self.ledger.tip().time < expires_at {
            tokio::select! {
                woken = woken => if let Ok(Some(last)) = woken { return Ok(Settled::Final(last)) },
                () = sleep(wait) => {}
                () = self.stopped() => {}
            }
        }
        self.look(id, expires_at).await
    }

    async fn look(&self, id: TxId, expires_at: Millis) -> Result<Settled, Status> {
        // The time before the place: no later block can hold what has expired by then.
        let now = self.ledger.tip().time;
        Ok(match self.executed(id).await? {
            Some(record) => Settled::Final(last_of(record)),
            None if now >= expires_at => Settled::Lapsed(Stale::Expired { expires_at, now }),
            None => Settled::Waiting,
        })
    }

    /// Of a transaction that was not admitted here, only the ledger knows.
    async fn find(&self, id: TxId, wait: Duration) -> Result<Progress, Status> {
        let deadline = Instant::now() + wait;
        let mut commits = self.commits.clone();
        loop {
            commits.borrow_and_update();
            if let Some(record) = self.executed(id).await? {
                return Ok(Progress::Final(last_of(record)));
            }
            let committed = tokio::select! {
                committed = commits.changed() => committed.is_ok(),
                () = sleep_until(deadline) => false,
                () = self.stopped() => false,
            };
            if !committed {
                return Ok(Progress::Unknown);
            }
        }
    }

    async fn executed(&self, id: TxId) -> Result<Option<TxRecord>, Status> {
        self.read(move |ledger| ledger.transaction(id)).await
    }

    pub(super) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // An error says that the handle was dropped: that too is the end.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

fn last_of(record: TxRecord) -> Final {
    let height: Height = record.place.height;
    Final { height, index: record.place.index, outcomes: record.leaf.outcomes }
}

fn wait_of(wait_ms: u32) -> Duration {
    Duration::from_millis(wait_ms.into()).min(MAX_WAIT)
}

fn stopping() -> Status {
    Status::unavailable("the node is stopping; of the transaction nothing is known, send it again")
}

/// This machine's clock.
fn clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
