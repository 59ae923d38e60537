//! A store in memory: for tests and the simulator, and for what `fsck` recomputes.
//!
//! What is written is kept as long as the value lives, so a simulated node that crashes opens the same store again. The next
//! write can be made to fail, in either of the ways in which a real one does; and a row can go bad, which a real store notices
//! by its checksum when it reads it.

use super::{Batch, Fault, Frozen, Rows, Store, Write};
use crate::table::{self, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

type Tables = BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>;

/// Tables in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: RwLock<Tables>,
    next_write: Mutex<Option<FailedWrite>>,
    damaged: RwLock<BTreeSet<(Table, Vec<u8>)>>,
}

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedWrite {
    /// Nothing of the batch is there afterwards.
    Lost,
    /// The batch is there afterwards, though the writer was told of a fault.
    Written,
}

impl MemoryStore {
    /// A store with no row.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// Makes the next write report a fault.
    pub fn fail_next_write(&self, how: FailedWrite) {
        *self.failure() = Some(how);
    }

    /// Damages the row at a place of a table, if there is one: it cannot be read until it is written anew.
    pub fn damage(&self, table: Table, place: usize) -> bool {
        let key = self.tables().get(&table).and_then(|rows| rows.keys().nth(place)).cloned();
        let mut damaged = self.damaged.write().unwrap_or_else(PoisonError::into_inner);
        key.is_some_and(|key| damaged.insert((table, key)))
    }

    /// Makes all rows sound again.
    pub fn mend(&self) {
        self.damaged.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether any row is damaged.
    pub fn is_damaged(&self) -> bool {
        !self.damaged.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// How many rows a table has.
    pub fn count(&self, table: Table) -> usize {
        self.tables().get(&table).map_or(0, BTreeMap::len)
    }

    // A thread that panics here leaves whole rows behind, so poison says nothing.
    fn tables(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tables_mut(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, table: Table, key: &[u8]) -> Result<(), Fault> {
        let damaged = self.damaged.read().unwrap_or_else(PoisonError::into_inner);
        if !damaged.is_empty() && damaged.contains(&(table, key.to_vec())) {
            return Err(table::damaged(table, key, "the checksum does not match"));
        }
        Ok(())
    }

    fn failure(&self) -> MutexGuard<'_, Option<FailedWrite>> {
        self.next_write.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let value = self.tables().get(&table).and_then(|rows| rows.get(key)).cloned();
        value.map(|value| self.check(table, key).map(|()| value)).transpose()
    }

    fn scan(&self, table: Table, from: &[u8]) -> Rows<'_> {
        let mut next = Some(Bound::Included(from.to_vec()));
        Box::new(std::iter::from_fn(move || {
            let tables = self.tables();
            let (key, value) = tables.get(&table)?.range((next.take()?, Bound::Unbounded)).next()?;
            let sound = self.check(table, key);
            next = sound.is_ok().then(|| Bound::Excluded(key.clone()));
            Some(sound.map(|()| (key.clone(), value.clone())))
        }))
    }

    fn frozen(&self) -> Box<dyn Frozen + '_> {
        Box::new(self.tables().clone())
    }

    fn write(&self, batch: Batch) -> Result<(), Fault> {
        let failure = self.failure().take();
        if failure != Some(FailedWrite::Lost) {
            let mut tables = self.tables_mut();
            let mut damaged = self.damaged.write().unwrap_or_else(PoisonError::into_inner);
            for write in batch.into_writes() {
                if let Write::Put { table, key, .. } | Write::Delete { table, key } = &write
                    && !damaged.is_empty()
                {
                    damaged.remove(&(*table, key.clone()));
                }
                apply(&mut tables, write);
            }
        }
        match failure {
            None => Ok(()),
            Some(_) => Err(Fault::Store { reason: "this write was made to fail".into() }),
        }
    }
}

impl Frozen for Tables {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.get(&table).and_then(|rows| rows.get(key)).cloned())
    }

    fn scan(&self, table: Table, from: &[u8]) -> Rows<'_> {
        let from = from.to_vec();
        let rows = self.get(&table).into_iter().flat_map(move |rows| rows.range(from.clone()..));
        Box::new(rows.map(|(key, value)| Ok((key.clone(), value.clone()))))
    }
}

fn apply(tables: &mut Tables, write: Write) {
    match write {
        Write::Put { table, key, value } => {
            tables.entry(table).or_default().insert(key, value);
        }
        Write::Delete { table, key } => {
            tables.entry(table).or_default().remove(&key);
        }
        Write::DeleteBelow { table, key } => {
            let rows = tables.entry(table).or_default();
            *rows = rows.split_off(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_what_a_store_promises() {
        crate::store::tests::keeps_its_promises(&MemoryStore::new());
    }

    #[test]
    fn a_damaged_row_is_a_fault_until_it_is_written() {
        let store = MemoryStore::new();
        let mut batch = Batch::default();
        batch.put(Table::Meta, *b"a", *b"1");
        assert_eq!(store.write(batch.clone()), Ok(()));
        assert!(store.damage(Table::Meta, 0) && !store.damage(Table::Meta, 1));
        assert!(matches!(store.read(Table::Meta, b"a"), Err(Fault::Damaged { .. })));
        assert!(store.scan(Table::Meta, b"").any(|row| row.is_err()));
        assert_eq!(store.write(batch), Ok(()));
        assert_eq!(store.read(Table::Meta, b"a"), Ok(Some(b"1".to_vec())));
    }

    #[test]
    fn a_write_that_fails_is_whole_or_nothing() {
        let batch = || {
            let mut batch = Batch::default();
            batch.put(Table::Meta, *b"a", *b"1");
            batch.put(Table::Records, *b"b", *b"2");
            batch
        };
        let store = MemoryStore::new();
        store.fail_next_write(FailedWrite::Lost);
        assert!(store.write(batch()).is_err());
        assert_eq!((store.count(Table::Meta), store.count(Table::Records)), (0, 0));
        store.fail_next_write(FailedWrite::Written);
        assert!(store.write(batch()).is_err());
        assert_eq!((store.count(Table::Meta), store.count(Table::Records)), (1, 1));
        assert_eq!(store.write(batch()), Ok(()));
    }
}
