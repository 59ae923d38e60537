//! Where rows are kept: ordered tables, atomic and durable batches.
//!
//! A store promises three things: a batch is written whole or not at all, whatever happens; when [`Store::write`] returns, it
//! survives a power cut; and a row that it cannot read back as written is a [`Fault`], never other bytes. It knows nothing of
//! what rows mean: that is [`crate::table`]'s to say. RocksDB is named in [`rocks`] and nowhere else.

pub mod memory;
#[cfg(feature = "rocksdb")]
pub mod rocks;

use crate::table::Table;
use bulla_verify::chain::Height;

/// A row: its key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Rows in ascending order of their keys. After a fault there are no more.
pub type Rows<'a> = Box<dyn Iterator<Item = Result<Row, Fault>> + 'a>;

/// Ordered tables of rows. Readers run while the one writer writes; each read sees whole batches only.
pub trait Store: Send + Sync {
    /// The value of a key, if there is one.
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// The rows from a key on. Rows that are written while they are walked may be missing or seen.
    fn scan(&self, table: Table, from: &[u8]) -> Rows<'_>;

    /// All rows as they are now, whatever is written from now on. It costs space until it is dropped.
    fn frozen(&self) -> Box<dyn Frozen + '_>;

    /// Writes a batch, whole and durably. After a fault nobody knows whether it was written: stop, and open the store anew.
    fn write(&self, batch: Batch) -> Result<(), Fault>;
}

/// The rows of one moment.
pub trait Frozen {
    /// The value that a key had, if there was one.
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// The rows from a key on.
    fn scan(&self, table: Table, from: &[u8]) -> Rows<'_>;
}

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The key gets this value.
    Put {
        /// Where.
        table: Table,
        /// Which row.
        key: Vec<u8>,
        /// What it holds from now on.
        value: Vec<u8>,
    },
    /// The key loses its row, if it has one.
    Delete {
        /// Where.
        table: Table,
        /// Which row.
        key: Vec<u8>,
    },
    /// All keys below this one lose their rows.
    DeleteBelow {
        /// Where.
        table: Table,
        /// The first key that stays.
        key: Vec<u8>,
    },
}

/// Changes that are written together or not at all, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    writes: Vec<Write>,
}

impl Batch {
    /// Gives a key a value.
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.writes.push(Write::Put { table, key: key.into(), value: value.into() });
    }

    /// Takes a key's row away.
    pub fn delete(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.writes.push(Write::Delete { table, key: key.into() });
    }

    /// Takes all rows below a key away.
    pub fn delete_below(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.writes.push(Write::DeleteBelow { table, key: key.into() });
    }

    /// The changes, in order.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// The changes, in order, to keep.
    pub fn into_writes(self) -> Vec<Write> {
        self.writes
    }
}

/// What went wrong beneath the ledger. It is never the fault of a block or of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The store could not do it. Usual causes: a full disk, a failing disk, missing permission.
    #[error("the store failed: {reason}; free space or replace the disk, then start the node again")]
    Store {
        /// What the store said.
        reason: String,
    },
    /// A row is not what was written. Usual causes: a failing disk, or somebody edited the files.
    #[error("table {table}, key {key}: {reason}; stop the node and run bullad fsck")]
    Damaged {
        /// Which table.
        table: Table,
        /// Which row, in hexadecimal.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The store began with a snapshot, and does not hold what was before it. Usual cause: a question about old history to a
    /// node that joined later.
    #[error(
        "this node joined at block {begins} and does not hold what was asked for from before it; ask a node that has more"
    )]
    NotHeld {
        /// The height of the snapshot.
        begins: Height,
    },
    /// A later block was committed while an earlier state was read: the answer would mix the two. Ask again.
    #[error("a later block was committed meanwhile; ask again")]
    Outdated,
    /// The validators decided a version of the protocol from this height on that this program does not know. It stops before
    /// it, and guesses nothing.
    #[error(
        "from block {height} on the chain is of version {version}, and this program knows {known} at most; \
         install one that knows it and start the node again",
        known = bulla_verify::header::VERSION
    )]
    Upgrade {
        /// The first block that this program does not know.
        height: Height,
        /// Its version.
        version: u8,
    },
}

#[cfg(test)]
mod tests;
