//! The engine's log: what is written of its effects before they are done, and what an engine is given back after a crash.

use crate::disk::Disk;
use crate::engine::{Effects, LogEntry};
use crate::wal::{Log, MAX_PAYLOAD, Opened, WalError};
use crate::wire::Names;
use bulla_consensus::Entry;
use bulla_ledger::Transaction;
use bulla_verify::canonical;
use bulla_verify::chain::{ChainId, Height};
use std::sync::Arc;

/// Writes what is to be logged of some effects. When it returns, and not before, may the rest of them be done.
pub fn write<D: Disk>(log: &mut Log<D>, effects: &Effects) -> Result<(), WalError> {
    if effects.unsettled {
        log.unsettle_guard()?;
    }
    if let Some(through) = effects.settled {
        log.settle_guard(through)?;
    }
    for logged in &effects.log {
        let payload = canonical::encode(&logged.entry);
        match logged.signed {
            Some(said) => log.append_signed(said, &payload)?,
            None => log.append(&payload)?,
        };
    }
    if effects.sync { log.sync() } else { Ok(()) }
}

/// What the log holds of the height to be decided.
#[derive(Debug, Default)]
pub struct Restored {
    /// What moved consensus.
    pub log: Vec<Entry>,
    /// The blocks, their bodies checked again.
    pub blocks: Vec<(Names, Vec<Transaction>)>,
}

/// Why a log's entries cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence} of the log is no entry of this version's log; start the version of bullad that wrote it")]
pub struct UnknownEntry {
    /// Its place among all entries.
    pub sequence: u64,
}

/// Reads what a log holds of a height.
pub fn restore(opened: &Opened, next: Height, chain: ChainId) -> Result<Restored, UnknownEntry> {
    let mut restored = Restored::default();
    for entry in opened.heights.get(&next).into_iter().flatten() {
        let unknown = UnknownEntry { sequence: entry.sequence };
        match canonical::decode(&entry.payload, MAX_PAYLOAD).map_err(|_| unknown.clone())? {
            LogEntry::Consensus(entry) => restored.log.push(entry),
            LogEntry::Block(names, envelopes) => {
                let checked = envelopes.into_iter().map(|envelope| envelope.check(chain).map(Arc::new));
                let transactions = checked.collect::<Result<_, _>>().map_err(|_| unknown)?;
                restored.blocks.push((names, transactions));
            }
        }
    }
    Ok(restored)
}
