//! Transactions that were admitted here and are not final, and who waits for them.
//!
//! One look at each block serves all who wait, however many they are. A transaction that can be in no block any
//! more is remembered for a while, so that whoever asks hears that it lapsed and not that nobody knows it. What is lost when
//! the node stops is only that memory: what is final stands in the ledger.

use bulla_proto::answer::Final;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::hash::Hash;
use bulla_verify::refusal::Outcome;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Verified;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// How many are remembered: a pool of 64 MiB has room for as many of the smallest, 256 bytes. About 60 MB when full.
const MAX_WAITING: usize = 1 << 18;

/// For how long a lapsed transaction is remembered, in milliseconds of block time: as long as the usual replay window.
const MEMORY_MS: i64 = 600_000;

#[derive(Default)]
pub(super) struct Waiting {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    by_id: HashMap<TxId, Entry>,
    by_expiry: BTreeSet<(Millis, TxId)>,
    /// Whatever expires at or before this instant was woken.
    woken_until: Millis,
}

struct Entry {
    expires_at: Millis,
    waiters: Vec<oneshot::Sender<Option<Final>>>,
}

/// A place among those who wait for a transaction.
pub(super) struct Watch {
    /// The block time from which it can be in no block.
    pub(super) expires_at: Millis,
    /// What came of it; nothing, if it expired and the ledger must be asked.
    pub(super) woken: oneshot::Receiver<Option<Final>>,
}

impl Waiting {
    pub(super) fn has_room(&self) -> bool {
        self.table().by_id.len() < MAX_WAITING
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table().by_id.is_empty()
    }

    /// Remembers a transaction that the pool took.
    pub(super) fn add(&self, transaction: &Verified) {
        let (id, expires_at) = (transaction.id(), transaction.body().expires_at);
        let mut table = self.table();
        table.by_id.entry(id).or_insert(Entry { expires_at, waiters: Vec::new() });
        table.by_expiry.insert((expires_at, id));
    }

    /// A place to wait for it, if it was admitted here and is not final. Whoever takes one then asks the ledger: a block that
    /// was committed before is not told of again.
    pub(super) fn watch(&self, id: &TxId) -> Option<Watch> {
        let (waiter, woken) = oneshot::channel();
        let mut table = self.table();
        let entry = table.by_id.get_mut(id)?;
        entry.waiters.retain(|waiter| !waiter.is_closed());
        entry.waiters.push(waiter);
        Some(Watch { expires_at: entry.expires_at, woken })
    }

    /// A block is durable: this came of its transactions, in order. Another envelope of the same body settles it as well.
    pub(super) fn committed(&self, height: Height, outcomes: Vec<(TxId, Vec<Outcome>)>) {
        let mut table = self.table();
        for (index, (id, outcomes)) in (0..).zip(outcomes) {
            let Some(entry) = table.forget(&id) else { continue };
            let last = Final { height, index, outcomes };
            // Whoever waited may have hung up.
            entry.waiters.into_iter().for_each(|waiter| drop(waiter.send(Some(last.clone()))));
        }
    }

    /// Block time is this now, and every block up to it was told of.
    pub(super) fn reached(&self, time: Millis) {
        let after = |instant: Millis| (instant.plus(1), TxId(Hash([0; 32])));
        let mut table = self.table();
        let from = after(table.woken_until);
        if from < after(time) {
            let lapsed: Vec<TxId> = table.by_expiry.range(from..after(time)).map(|(_, id)| *id).collect();
            for id in lapsed {
                let waiters = table.by_id.get_mut(&id).map(|entry| std::mem::take(&mut entry.waiters));
                waiters.into_iter().flatten().for_each(|waiter| drop(waiter.send(None)));
            }
            table.woken_until = time;
        }
        let old: Vec<TxId> = table.by_expiry.range(..after(time.plus(-MEMORY_MS))).map(|(_, id)| *id).collect();
        old.iter().for_each(|id| drop(table.forget(id)));
    }

    // Whoever panics while holding it ends the process.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn forget(&mut self, id: &TxId) -> Option<Entry> {
        let entry = self.by_id.remove(id)?;
        self.by_expiry.remove(&(entry.expires_at, *id));
        Some(entry)
    }
}
