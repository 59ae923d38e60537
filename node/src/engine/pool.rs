//! Transactions that wait for a block: bounded in bytes and per organisation's first signer, oldest first.
//!
//! It never holds two envelopes of one id: the first one admitted here is the one proposed here.

use bulla_ledger::Transaction;
use bulla_verify::admission::Stale;
use bulla_verify::chain::{EnvelopeHash, TxId};
use bulla_verify::keys::PublicKey;
use bulla_verify::time::Millis;
use std::collections::BTreeMap;

/// The most bytes of envelopes that wait: 64 MiB, one minute of full blocks at one a second. Source: design D20.
pub const MAX_POOL_BYTES: usize = 64 << 20;

/// The most that one signer's transactions may take of it: a quarter, so that no single key fills it.
pub const MAX_SIGNER_BYTES: usize = MAX_POOL_BYTES / 4;

/// Transactions that wait for a block.
#[derive(Default)]
pub struct Pool {
    by_arrival: BTreeMap<u64, Transaction>,
    arrivals: BTreeMap<EnvelopeHash, u64>,
    ids: BTreeMap<TxId, EnvelopeHash>,
    bytes: usize,
    signer_bytes: BTreeMap<PublicKey, usize>,
    next: u64,
    /// What arrived before this place was here when the last height began.
    seen: u64,
}

impl Pool {
    /// Whether there is nothing to propose.
    pub fn is_empty(&self) -> bool {
        self.by_arrival.is_empty()
    }

    /// How many transactions wait.
    pub fn count(&self) -> usize {
        self.by_arrival.len()
    }

    /// How many bytes of envelopes wait.
    pub fn byte_count(&self) -> usize {
        self.bytes
    }

    /// Adds a transaction that admission has passed. One that waits already is no error.
    pub fn insert(&mut self, transaction: Transaction) -> Result<(), Stale> {
        if self.arrivals.contains_key(&transaction.hash()) {
            return Ok(());
        }
        if self.ids.contains_key(&transaction.id()) {
            return Err(Stale::Duplicate { id: transaction.id() });
        }
        let signer = first_signer(&transaction);
        let of_signer = self.signer_bytes.get(&signer).copied().unwrap_or(0);
        let size = transaction.byte_count();
        if self.bytes + size > MAX_POOL_BYTES || of_signer + size > MAX_SIGNER_BYTES {
            return Err(Stale::PoolFull);
        }
        self.bytes += size;
        self.signer_bytes.insert(signer, of_signer + size);
        self.arrivals.insert(transaction.hash(), self.next);
        self.ids.insert(transaction.id(), transaction.hash());
        self.by_arrival.insert(self.next, transaction);
        self.next += 1;
        Ok(())
    }

    /// The waiting transaction of a hash.
    pub fn find(&self, hash: &EnvelopeHash) -> Option<&Transaction> {
        self.arrivals.get(hash).and_then(|arrival| self.by_arrival.get(arrival))
    }

    /// The oldest transactions, up to about so many bytes.
    pub fn oldest(&self, max_bytes: usize) -> Vec<Transaction> {
        let mut bytes = 0;
        let fits = |transaction: &&Transaction| {
            bytes += transaction.byte_count();
            bytes <= max_bytes
        };
        self.by_arrival.values().take_while(fits).cloned().collect()
    }

    /// The oldest of those that a block has passed over, up to about so many bytes; all others are passed over from now on.
    pub fn left_over(&mut self, max_bytes: usize) -> Vec<Transaction> {
        let mut bytes = 0;
        let before = std::mem::replace(&mut self.seen, self.next);
        let fits = |transaction: &&Transaction| {
            bytes += transaction.byte_count();
            bytes <= max_bytes
        };
        self.by_arrival.range(..before).map(|(_, transaction)| transaction).take_while(fits).cloned().collect()
    }

    /// Takes out a transaction, whichever of its envelopes was executed.
    pub fn remove(&mut self, id: &TxId) {
        let Some(hash) = self.ids.remove(id) else { return };
        let arrival = self.arrivals.remove(&hash).expect("ids, arrivals and by_arrival hold the same transactions");
        let transaction =
            self.by_arrival.remove(&arrival).expect("ids, arrivals and by_arrival hold the same transactions");
        self.bytes -= transaction.byte_count();
        let signer = first_signer(&transaction);
        let left = self.signer_bytes.get(&signer).copied().unwrap_or(0) - transaction.byte_count();
        match left {
            0 => self.signer_bytes.remove(&signer),
            left => self.signer_bytes.insert(signer, left),
        };
    }

    /// Takes out what can no longer be in a block after `now`.
    pub fn expire(&mut self, now: Millis) {
        let expired: Vec<_> = self
            .by_arrival
            .values()
            .filter(|waiting| waiting.body().expires_at <= now)
            .map(|waiting| waiting.id())
            .collect();
        expired.iter().for_each(|id| self.remove(id));
    }
}

fn first_signer(transaction: &Transaction) -> PublicKey {
    *transaction.body().signers.first().expect("a verified transaction has a signer")
}
