//! Checking a stopped node's store: all blocks are executed again from genesis, and every row is compared with what follows.
//!
//! Blocks are believed for their certificates, each checked against the validators of its height, and for nothing else. What
//! is recomputed stands in memory beside the store, which is only read. The first row that differs is named, in words where
//! it can be read: blocks first, in the order of heights, then the tables, each in the order of its keys.
//!
//! A store that began with a snapshot has no state to execute from: `joined` says what it is checked against.

mod joined;
mod words;

use crate::block::{CertifiedBlock, NotABlock};
use crate::execute::{ExecuteError, Invalid, execute};
use crate::ledger::{Ledger, OpenError, Tip};
use crate::store::memory::MemoryStore;
use crate::store::{Batch, Fault, Row, Rows, Store};
use crate::table::{self, META_BASE, META_FORMAT, META_GENESIS, META_TIP, Table, TipRow};
use borsh::BorshDeserialize;
use bulla_verify::certificate::CertificateError;
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use bulla_verify::hash::Hash;
use core::cmp::Ordering;
use core::fmt;
use std::sync::Arc;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The height up to which blocks were executed.
    pub height: Height,
    /// The state root there.
    pub state_root: Hash,
    /// How many transactions were executed.
    pub transactions: u64,
    /// How many rows were compared and are right.
    pub rows: u64,
    /// The first row that is not right; none if all are.
    pub finding: Option<Finding>,
}

/// A row that is not what the blocks give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, {what}{}: {problem}", Recorded(*height))]
pub struct Finding {
    /// Its table.
    pub table: Table,
    /// Its key, in hexadecimal.
    pub key: String,
    /// What the row is of, in words; the key, if it cannot be read.
    pub what: String,
    /// The height that wrote it, as far as that can be told.
    pub height: Option<Height>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The blocks give a row here, and there is none.
    #[error("the row is missing")]
    Missing,
    /// The blocks give no such row.
    #[error("the row should not be there")]
    Unexpected,
    /// The value is another. Usual causes: a failing disk, or somebody edited it.
    #[error("the value is not the one that the blocks give")]
    Differs,
    /// The value is none of this table.
    #[error("the row cannot be read")]
    Unreadable,
    /// The block's parts do not belong together.
    #[error(transparent)]
    Block(#[from] NotABlock),
    /// The validators did not decide this.
    #[error("the certificate does not hold: {0}")]
    Certificate(#[from] CertificateError),
    /// The block was decided, and is wrong by the rules of this program.
    #[error("executing it gives something else: {0}")]
    Invalid(#[from] Invalid),
    /// The store could not read on.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This block of so many was executed.
    Block(Height, Height),
    /// This table is being compared.
    Table(Table),
}

/// Checks a store against the genesis document of its chain. It must be that of no running node.
pub fn fsck(store: &dyn Store, genesis: &Genesis, progress: &mut dyn FnMut(Progress)) -> Result<Report, OpenError> {
    if store.read(Table::Meta, META_BASE)?.is_some() {
        return joined::fsck(store, genesis);
    }
    let memory = Arc::new(MemoryStore::new());
    let ledger = Ledger::open(memory.clone(), genesis)?;
    let mut check = Check { store, memory: &memory, ledger, transactions: 0, rows: 0 };
    let finding = check.run(progress).err().map(|finding| *finding);
    let Tip { height, state_root, .. } = check.ledger.tip();
    Ok(Report { height, state_root, transactions: check.transactions, rows: check.rows, finding })
}

/// The first row that is not right ends a check.
type Found<T> = Result<T, Box<Finding>>;

struct Check<'a> {
    store: &'a dyn Store,
    memory: &'a MemoryStore,
    ledger: Ledger,
    transactions: u64,
    rows: u64,
}

/// The tables of which every height has a row, and which the blocks themselves are made of.
const OF_BLOCKS: [Table; 3] = [Table::Headers, Table::Leaves, Table::Bodies];

impl Check<'_> {
    fn run(&mut self, progress: &mut dyn FnMut(Progress)) -> Found<()> {
        [META_FORMAT, META_GENESIS].into_iter().try_for_each(|key| self.compare_row(Table::Meta, key))?;
        let tip = self.tip()?;
        let [mut headers, mut leaves, mut bodies] = OF_BLOCKS.map(|table| self.store.scan(table, &[]));
        let mut height = Height(1);
        while height <= tip {
            let (header, certificate) = next_of(Table::Headers, &mut headers, height)?;
            let leaves = next_of(Table::Leaves, &mut leaves, height)?;
            let envelopes = next_of(Table::Bodies, &mut bodies, height)?;
            self.execute(height, CertifiedBlock { header, leaves, envelopes, certificate })?;
            progress(Progress::Block(height, tip));
            height = height.next();
        }
        for (table, mut rows) in OF_BLOCKS.into_iter().zip([headers, leaves, bodies]) {
            if let Some(row) = rows.next() {
                let problem = row.as_ref().err().map_or(Problem::Unexpected, |fault| fault.clone().into());
                let (key, value) = row.unwrap_or_default();
                return Err(self.finding(table, &key, &value, problem));
            }
        }
        for table in Table::ALL.into_iter().filter(|table| !OF_BLOCKS.contains(table)) {
            progress(Progress::Table(table));
            self.compare(table)?;
        }
        Ok(())
    }

    /// The height that the store says it is at.
    fn tip(&self) -> Found<Height> {
        let found = |problem, value: &[u8]| self.finding(Table::Meta, META_TIP, value, problem);
        let row = self.store.read(Table::Meta, META_TIP).map_err(|fault| found(fault.into(), &[]))?;
        let row = row.ok_or_else(|| found(Problem::Missing, &[]))?;
        let tip: TipRow = read(&row).ok_or_else(|| found(Problem::Unreadable, &row))?;
        Ok(tip.height)
    }

    /// Executes a block on what the blocks before it gave.
    fn execute(&mut self, height: Height, block: CertifiedBlock) -> Found<()> {
        let key = table::height_key(height);
        let found = |table, problem| {
            Box::new(Finding {
                table,
                key: words::hex(&key),
                what: format!("block {height}"),
                height: Some(height),
                problem,
            })
        };
        let tip = self.ledger.tip();
        let (header, transactions, certificate) = block.open(tip.chain).map_err(|reason| {
            let table = match reason {
                NotABlock::Certificate => Table::Headers,
                NotABlock::Leaves => Table::Leaves,
                NotABlock::Envelopes | NotABlock::Malformed { .. } => Table::Bodies,
            };
            found(table, reason.into())
        })?;
        let deciding = tip.recovered_by(&transactions).unwrap_or(tip);
        certificate.check(deciding.chain, &deciding.validators).map_err(|reason| found(Table::Headers, reason.into()))?;
        let executed = execute(&self.ledger.parent(), &header, transactions).map_err(|error| match error {
            ExecuteError::Invalid(invalid) => found(Table::Headers, invalid.into()),
            ExecuteError::Fault(fault) => found(Table::Headers, fault.into()),
        })?;
        self.ledger
            .commit(&executed, &certificate)
            .expect("a block just executed on the tip is next, and memory is writable");
        let count = u64::try_from(executed.leaves().len()).expect("a length in memory fits 64 bits");
        self.transactions = self.transactions.saturating_add(count);
        self.rows = self.rows.saturating_add(3);
        self.forget(height);
        Ok(())
    }

    /// The parts of a block have been compared: only what follows from them is still needed.
    fn forget(&self, height: Height) {
        let mut batch = Batch::default();
        [Table::Leaves, Table::Bodies].into_iter().for_each(|table| batch.delete(table, table::height_key(height)));
        self.memory.write(batch).expect("memory is writable");
    }

    fn compare_row(&self, table: Table, key: &[u8]) -> Found<()> {
        let expected = self.memory.read(table, key).expect("memory is readable");
        let problem = match self.store.read(table, key) {
            Ok(found) if found == expected => return Ok(()),
            Ok(Some(_)) => Problem::Differs,
            Ok(None) => Problem::Missing,
            Err(fault) => fault.into(),
        };
        Err(self.finding(table, key, &[], problem))
    }

    /// Walks both stores' rows of a table side by side.
    fn compare(&mut self, table: Table) -> Found<()> {
        let compared = compare(self.store, self.memory, table, &mut self.rows);
        compared.map_err(|one| self.finding(table, &one.0.0, &one.0.1, one.1))
    }

    fn finding(&self, table: Table, key: &[u8], value: &[u8], problem: Problem) -> Box<Finding> {
        let words::Words { what, height } = words::of(self.memory, table, key, value);
        Box::new(Finding { table, key: words::hex(key), what, height, problem })
    }
}

/// Walks two stores' rows of a table side by side, and counts them; the first that differs, and how, if one does.
fn compare(store: &dyn Store, expected: &dyn Store, table: Table, count: &mut u64) -> Result<(), Box<(Row, Problem)>> {
    let (mut found, mut expected) = (store.scan(table, &[]), expected.scan(table, &[]));
    let step = |rows: &mut Rows<'_>| rows.next().transpose().map_err(|fault| Box::new((Row::default(), fault.into())));
    loop {
        match (step(&mut found)?, step(&mut expected)?) {
            (None, None) => return Ok(()),
            (Some(row), None) => return Err(Box::new((row, Problem::Unexpected))),
            (None, Some(row)) => return Err(Box::new((row, Problem::Missing))),
            (Some(row), Some(wanted)) => match row.0.cmp(&wanted.0) {
                Ordering::Less => return Err(Box::new((row, Problem::Unexpected))),
                Ordering::Greater => return Err(Box::new((wanted, Problem::Missing))),
                Ordering::Equal if row.1 != wanted.1 => return Err(Box::new((wanted, Problem::Differs))),
                Ordering::Equal => *count = count.saturating_add(1),
            },
        }
    }
}

/// The next row of a table of blocks, which must be that of a height.
fn next_of<T: BorshDeserialize>(table: Table, rows: &mut Rows<'_>, height: Height) -> Found<T> {
    let wanted = table::height_key(height);
    let found = |problem| {
        Box::new(Finding {
            table,
            key: words::hex(&wanted),
            what: format!("block {height}"),
            height: Some(height),
            problem,
        })
    };
    match rows.next().transpose().map_err(|fault| found(fault.into()))? {
        Some((key, value)) if key == wanted => read(&value).ok_or_else(|| found(Problem::Unreadable)),
        Some(_) | None => Err(found(Problem::Missing)),
    }
}

fn read<T: BorshDeserialize>(row: &[u8]) -> Option<T> {
    borsh::from_slice(row).ok()
}

/// ", recorded at height 7", where the height is known.
struct Recorded(Option<Height>);

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |height| write!(f, ", recorded at height {height}"))
    }
}

#[cfg(test)]
mod tests;
