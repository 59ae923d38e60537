//! The store on disk: RocksDB, named nowhere else.
//!
//! One column family for each table, all under one write-ahead log, so that a batch over several tables is one. Every write
//! is synced. Checksums are checked on every read. After a power cut the log is replayed up to its first broken frame
//! (`PointInTime`): an ordinary cut leaves a torn tail, which a stricter mode would refuse. Since that mode can also drop
//! synced batches behind rot, whoever opens the store compares its height with what else it knows (promises, row 2).

use super::{Batch, Fault, Frozen, Rows, Store, Write};
use crate::table::Table;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode, Direction,
    Env, ErrorKind, IteratorMode, Options, ReadOptions, Snapshot, WaitForCompactOptions, WriteBatch, WriteOptions,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes of blocks kept in memory for reading, over all tables: 8 MiB. What the system caches of the files is not in them.
const CACHE_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of rows that are kept in memory before they are written in order, over all tables: 80 MiB, in which most values that
/// blocks replace are deleted again before they are written a second time. With 64 MiB twice as much was written.
const BUFFER_BYTES: usize = 80 * 1024 * 1024;
/// Bytes of the write-ahead log after which tables are flushed: 256 MiB, some seconds of replay at start.
const LOG_BYTES: u64 = 256 * 1024 * 1024;
/// Bits of bloom filter for each key: one needless read in a hundred.
const BLOOM_BITS: f64 = 10.0;

/// Tables in a directory.
pub struct RocksStore {
    db: DB,
    /// How a batch is written.
    writing: Writing,
    /// For a table from which rows were deleted below a key: the key below which there are none.
    empty_below: Mutex<BTreeMap<Table, Vec<u8>>>,
}

/// When what is written survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    /// Before [`Store::write`] returns.
    EachBatch,
    /// Once [`RocksStore::settle`] has returned, and nothing of it if the process ends before.
    AllAtOnce,
}

/// Whether a directory with no store in it becomes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It becomes an empty store.
    Create,
    /// It is refused.
    Refuse,
}

/// Why a directory does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RocksError {
    /// Another process has it. Usual cause: the node is running.
    #[error("{} is in use by another process; stop the node that runs there ({reason})", directory.display())]
    InUse {
        /// Which directory.
        directory: PathBuf,
        /// What RocksDB said.
        reason: String,
    },
    /// There is no store. Usual cause: a mistyped directory.
    #[error("there is no ledger in {}; check the directory, or start the node once to make one", directory.display())]
    Missing {
        /// Which directory.
        directory: PathBuf,
    },
    /// Files are damaged or missing.
    #[error(
        "the ledger in {} is damaged: {reason}; move the directory away and let the node catch up from its peers",
        directory.display()
    )]
    Damaged {
        /// Which directory.
        directory: PathBuf,
        /// What RocksDB said.
        reason: String,
    },
    /// The system refused. Usual causes: missing permission, a full disk.
    #[error("the ledger in {} cannot be opened: {reason}; check its owner, its permissions and free space", directory.display())]
    System {
        /// Which directory.
        directory: PathBuf,
        /// What RocksDB said.
        reason: String,
    },
}

impl RocksStore {
    /// Opens the store of a directory. Only one process can have it open.
    pub fn open(directory: &Path, absent: Absent) -> Result<Self, RocksError> {
        RocksStore::open_for(directory, absent, Writing::EachBatch)
    }

    /// Opens a directory to be filled at once, by whoever forges history: nothing is durable before [`RocksStore::settle`], and
    /// a directory that was left before is to be removed. This is no store for a node.
    pub fn open_in_bulk(directory: &Path) -> Result<Self, RocksError> {
        RocksStore::open_for(directory, Absent::Create, Writing::AllAtOnce)
    }

    fn open_for(directory: &Path, absent: Absent, writing: Writing) -> Result<Self, RocksError> {
        let cache = Cache::new_lru_cache(CACHE_BYTES);
        let tables = Table::ALL.map(|table| ColumnFamilyDescriptor::new(table.name(), table_options(&cache)));
        let opened = database_options(absent).and_then(|options| DB::open_cf_descriptors(&options, directory, tables));
        opened
            .map(|db| RocksStore { db, writing, empty_below: Mutex::default() })
            .map_err(|error| open_error(directory, &error))
    }

    /// Waits until all rows are written in order and nothing is left to be merged: for those who measure or
    /// forge.
    pub fn settle(&self) -> Result<(), Fault> {
        for table in Table::ALL {
            self.db.flush_cf(self.table(table)).map_err(|error| fault(&error))?;
        }
        self.db.wait_for_compact(&WaitForCompactOptions::default()).map_err(|error| fault(&error))
    }

    fn table(&self, table: Table) -> &ColumnFamily {
        self.db.cf_handle(table.name()).expect("every table was opened")
    }
}

fn database_options(absent: Absent) -> Result<Options, rocksdb::Error> {
    let mut options = Options::default();
    // Merging tables can wait; a vote cannot.
    let mut environment = Env::new()?;
    environment.lower_thread_pool_cpu_priority();
    environment.lower_high_priority_thread_pool_cpu_priority();
    options.set_env(&environment);
    options.create_if_missing(absent == Absent::Create);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_max_total_wal_size(LOG_BYTES);
    options.set_db_write_buffer_size(BUFFER_BYTES);
    options.set_bytes_per_sync(1024 * 1024);
    options.set_keep_log_file_num(4);
    Ok(options)
}

fn table_options(cache: &Cache) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_bloom_filter(BLOOM_BITS, false);
    let mut options = Options::default();
    options.set_block_based_table_factory(&blocks);
    options.set_compression_type(DBCompressionType::Lz4);
    options
}

fn open_error(directory: &Path, error: &rocksdb::Error) -> RocksError {
    let (directory, reason) = (directory.to_path_buf(), error.to_string());
    // RocksDB has no kinds for these two.
    if reason.contains("lock") {
        return RocksError::InUse { directory, reason };
    }
    if reason.contains("create_if_missing") {
        return RocksError::Missing { directory };
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "RocksDB has more kinds than people can act upon")]
    match error.kind() {
        ErrorKind::Corruption | ErrorKind::InvalidArgument | ErrorKind::NotFound => {
            RocksError::Damaged { directory, reason }
        }
        _ => RocksError::System { directory, reason },
    }
}

fn fault(error: &rocksdb::Error) -> Fault {
    Fault::Store { reason: error.to_string() }
}

fn reading() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_verify_checksums(true);
    options
}

impl Store for RocksStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.db.get_cf_opt(self.table(table), key, &reading()).map_err(|error| fault(&error))
    }

    fn scan(&self, table: Table, from: &[u8]) -> Rows<'_> {
        let mode = IteratorMode::From(from, Direction::Forward);
        let rows = self.db.iterator_cf_opt(self.table(table), reading(), mode);
        Box::new(rows.map(|row| row.map(|(key, value)| (key.into(), value.into())).map_err(|error| fault(&error))))
    }

    fn frozen(&self) -> Box<dyn Frozen + '_> {
        Box::new(FrozenRocks { store: self, rows: self.db.snapshot() })
    }

    fn write(&self, batch: Batch) -> Result<(), Fault> {
        let mut empty_below = self.empty_below.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writes = WriteBatch::default();
        for write in batch.into_writes() {
            match write {
                Write::Put { table, key, value } => {
                    if let Some(bound) = empty_below.get_mut(&table).filter(|bound| key < **bound) {
                        bound.clone_from(&key);
                    }
                    writes.put_cf(self.table(table), key, value);
                }
                Write::Delete { table, key } => writes.delete_cf(self.table(table), key),
                Write::DeleteBelow { table, key } => {
                    // Never from the first key again: of ranges that lie within one another RocksDB keeps each within each, and
                    // ten thousand of them took 6 GiB of memory.
                    let from = empty_below.get(&table).cloned().unwrap_or_default();
                    if from < key {
                        writes.delete_range_cf(self.table(table), from, key.clone());
                        empty_below.insert(table, key);
                    }
                }
            }
        }
        let mut options = WriteOptions::default();
        match self.writing {
            Writing::EachBatch => options.set_sync(true),
            Writing::AllAtOnce => options.disable_wal(true),
        }
        self.db.write_opt(writes, &options).map_err(|error| fault(&error))
    }
}

/// The tables at one moment.
struct FrozenRocks<'a> {
    store: &'a RocksStore,
    rows: Snapshot<'a>,
}

impl Frozen for FrozenRocks<'_> {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.rows.get_cf_opt(self.store.table(table), key, reading()).map_err(|error| fault(&error))
    }

    fn scan(&self, table: Table, from: &[u8]) -> Rows<'_> {
        let mode = IteratorMode::From(from, Direction::Forward);
        let mut options = reading();
        // What is walked once is not to push out what blocks read.
        options.fill_cache(false);
        let rows = self.rows.iterator_cf_opt(self.store.table(table), options, mode);
        Box::new(rows.map(|row| row.map(|(key, value)| (key.into(), value.into())).map_err(|error| fault(&error))))
    }
}

#[cfg(test)]
mod tests;
