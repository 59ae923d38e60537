//! Commit: a decided block becomes part of the ledger, in one durable batch.
//!
//! The batch holds the header with its certificate, the bodies, the leaves, every record that differs and the value that it
//! replaces, every list entry and node that is new, the index of transactions, the ids of the replay window, and the height.
//! So after a crash at any instant the store is at one height or at the next. A write that fails is never tried again: what the
//! store holds is unknown until it is opened anew.

use crate::execute::ExecutedBlock;
use crate::ledger::{Current, Ledger, Shared, Tip, TooLarge};
use crate::nodes;
use crate::past::{self, Past};
use crate::store::{Batch, Fault, Store};
use crate::table::{self, META_TIP, Place, Table, TipRow};
use bulla_contracts::Changes;
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{HeaderHash, Height};
use bulla_verify::governance::Validators;
use bulla_verify::governance::schedule::Schedule;
use bulla_verify::hash::Hash;
use bulla_verify::list::Frontier;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use bulla_verify::tree::{StateKey, value_hash};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// Why a block is not committed, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// An earlier write failed: nobody knows what the store holds.
    #[error("an earlier commit failed; start the node again")]
    Broken,
    /// Heights are committed one by one.
    #[error("block {found} cannot be committed, block {expected} is next")]
    Height {
        /// The block's height.
        found: Height,
        /// The height after the tip.
        expected: Height,
    },
    /// The block was executed on another parent.
    #[error("the block builds on {found}, the tip is {expected}")]
    Parent {
        /// What it builds on.
        found: HeaderHash,
        /// The tip.
        expected: HeaderHash,
    },
    /// The certificate decides another block.
    #[error("the certificate is for block {0}")]
    Certificate(HeaderHash),
    /// The state tree has outgrown its memory.
    #[error(transparent)]
    Memory(#[from] TooLarge),
    /// The store failed. From now on the ledger is only read.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Ledger {
    /// Makes a decided block durable, and the new tip of all readers. The certificate was checked by the caller. Committing
    /// the tip once more changes nothing.
    pub fn commit(&self, executed: &ExecutedBlock, certificate: &Certificate) -> Result<Tip, CommitError> {
        let mut broken = self.shared.broken.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.shared.current();
        let header = executed.header();
        if *broken {
            return Err(CommitError::Broken);
        }
        if executed.hash() == current.tip.hash {
            return Ok(current.tip.clone());
        }
        let (found, expected) = (header.light.height, current.tip.height.next());
        if found != expected {
            return Err(CommitError::Height { found, expected });
        }
        if header.rest.parent != current.tip.hash {
            return Err(CommitError::Parent { found: header.rest.parent, expected: current.tip.hash });
        }
        if certificate.value != executed.hash() || certificate.height != found {
            return Err(CommitError::Certificate(certificate.value));
        }
        let next = successor(&current, executed, certificate);
        next.check_memory(self.shared.budget.tree_bytes)?;
        let written = batch(&self.shared, &current, &next, executed, certificate).and_then(|batch| {
            self.shared.start(found);
            self.shared.store.write(batch)
        });
        if let Err(fault) = written {
            *broken = true;
            return Err(fault.into());
        }
        let tip = next.tip.clone();
        self.shared.finish(next, |window| {
            window.forget(tip.time);
            executed.transactions().iter().for_each(|tx| window.add(tx.body().expires_at, tx.id(), found));
        });
        Ok(tip)
    }
}

/// The ledger after a block.
fn successor(current: &Current, executed: &ExecutedBlock, certificate: &Certificate) -> Current {
    let header = *executed.header();
    let mut history = current.history.clone();
    history.append(&executed.hash().0);
    let Validators { set, from, offenders } = written(executed.changes()).unwrap_or_else(|| current.tip.roll());
    let schedule: Schedule = written(executed.changes()).unwrap_or_else(|| current.tip.schedule.clone());
    let tip = Tip {
        chain: current.tip.chain,
        height: header.light.height,
        hash: executed.hash(),
        header: Some(header),
        time: header.light.time,
        state_root: header.light.state_root,
        round: certificate.round,
        signers: certificate.signers,
        validators: set,
        validators_from: from,
        offenders,
        followers: written(executed.changes()).unwrap_or_else(|| current.tip.followers.clone()),
        parameters: schedule.parameters_at(&current.tip.founding, header.light.height.next()),
        founding: current.tip.founding.clone(),
        schedule,
    };
    let sets = match executed.recovery() {
        Some(recovery) => {
            let last = current.tip.header.zip(current.certificate.clone()).expect("a recovery follows a decided block");
            let next = recovery.agreement.renew(&current.tip.validators);
            current.sets.recovered(last, recovery, &next.expect("execution checked it"))
        }
        None => current.sets.clone(),
    };
    Current {
        sets: sets.after(&header, certificate, &tip.validators),
        tip,
        tree: executed.tree().clone(),
        certificate: Some(certificate.clone()),
        history,
        before: current.history.clone(),
        base: current.base,
        past: Past::after(current, executed.changes().records.len()),
    }
}

/// The one record of a kind of which there is one, if the changes write it.
pub(crate) fn written<R: Record<Name = ()>>(changes: &Changes) -> Option<R> {
    let bytes = changes.records.get(&R::key(&()))?.as_deref()?;
    Some(canonical::decode(bytes, MAX_RECORD_BYTES).expect("contracts write each record under its kind's keys"))
}

/// The rows of a block.
fn batch(
    shared: &Shared,
    current: &Current,
    next: &Current,
    executed: &ExecutedBlock,
    certificate: &Certificate,
) -> Result<Batch, Fault> {
    let height = next.tip.height;
    let key = table::height_key(height);
    let mut batch = Batch::default();
    let tip = TipRow { height, before: next.before.clone() };
    batch.put(Table::Meta, META_TIP, canonical::encode(&tip));
    batch.put(Table::Headers, key, canonical::encode(&(executed.header(), certificate)));
    batch.put(Table::Leaves, key, canonical::encode(executed.leaves()));
    let envelopes: Vec<_> = executed.transactions().iter().map(|tx| tx.envelope()).collect();
    batch.put(Table::Bodies, key, canonical::encode(&envelopes));
    nodes::put_header(&mut batch, &current.history, &executed.hash().0);
    put_changes(&mut batch, executed.changes(), |list| match shared.store.read(Table::Frontiers, &list.0)? {
        Some(row) => table::decode(Table::Frontiers, &list.0, &row),
        None => Ok(Frontier::default()),
    })?;
    if current.base.is_some() {
        put_begun(&mut batch, &*shared.store, executed.changes())?;
    }
    past::put_replaced(&mut batch, height, executed.replaced());
    if executed.recovery().is_some() {
        next.sets.put(&mut batch, height);
    }
    next.sets.put(&mut batch, height.next());
    if shared.window().has_expired(next.tip.time) {
        batch.delete_below(Table::Ids, table::id_key(next.tip.time.plus(1), None));
    }
    for (index, tx) in (0u32..).zip(executed.transactions()) {
        batch.put(Table::Transactions, tx.id().0.0, canonical::encode(&Place { height, index }));
        batch.put(Table::Ids, table::id_key(tx.body().expires_at, Some(tx.id())), []);
    }
    Ok(batch)
}

/// In a store that began with a snapshot: where lists began of which it does not hold the entries before.
fn put_begun(batch: &mut Batch, store: &dyn Store, changes: &Changes) -> Result<(), Fault> {
    for list in changes.frontiers.keys() {
        let Some(row) = store.read(Table::Frontiers, &list.0)? else { continue };
        let before: Frontier = table::decode(Table::Frontiers, &list.0, &row)?;
        let Some(last) = before.len().checked_sub(1) else { continue };
        let has_last = store.read(Table::Entries, &table::entry_key(list, last))?.is_some();
        if !has_last && store.read(Table::Begun, &list.0)?.is_none() {
            batch.put(Table::Begun, list.0, row);
        }
    }
    Ok(())
}

/// The rows of a state's changes. `before` reads the frontier of a list as it is without them.
pub(crate) fn put_changes(
    batch: &mut Batch,
    changes: &Changes,
    before: impl Fn(&StateKey) -> Result<Frontier, Fault>,
) -> Result<(), Fault> {
    for (key, change) in &changes.records {
        match change {
            Some(value) => batch.put(Table::Records, key.0, value.as_slice()),
            None => batch.delete(Table::Records, key.0),
        }
    }
    for (list, frontier) in &changes.frontiers {
        batch.put(Table::Frontiers, list.0, canonical::encode(frontier));
    }
    nodes::put_entries(batch, changes, before)
}

/// What changes mean to the state tree.
pub(crate) fn value_hashes(changes: &Changes) -> BTreeMap<StateKey, Option<Hash>> {
    changes.records.iter().map(|(key, change)| (*key, change.as_deref().map(value_hash))).collect()
}

#[cfg(test)]
mod tests;
