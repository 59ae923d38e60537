//! What an operation of each area costs to execute, the state tree excluded: among ten thousand records of its kind, and among
//! a million. What grows with the number of records would show here: a list that is scanned, a record that is read whole.
//!
//! Contracts execute over real RocksDB, block after block, as the ledger has them execute; only the tree, by which the ledger
//! finds what a record must hash to, and the commit are left out of the time. Every operation must take effect, and
//! write what it declares.

#![expect(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "it counts what it made itself")]

mod country;

use crate::consumed::thread_cpu_us;
use anyhow::{Context, Result, ensure};
use bulla_contracts::{At, Changes, View};
use bulla_ledger::store::rocks::{Absent, RocksStore};
use bulla_ledger::store::{Batch, Store};
use bulla_ledger::table::Table;
use bulla_verify::canonical;
use bulla_verify::chain::Height;
use bulla_verify::list::Frontier;
use bulla_verify::refusal::Outcome;
use bulla_verify::transaction::Verified;
use bulla_verify::tree::StateKey;
use std::path::Path;

pub(crate) use country::{AREAS, Area};

/// Operations of a block, and of a transaction.
const BLOCK: usize = 1_000;
const TRANSACTION: usize = 100;

/// Blocks that are measured at each size.
const BLOCKS: usize = 20;

/// Records of the kind, when measuring begins.
pub(crate) const FEW: usize = 10_000;

/// What was measured of an area, in microseconds of a processor for each operation.
pub(crate) struct Cost {
    /// Among few records.
    pub(crate) few_us: f64,
    /// Among many.
    pub(crate) many_us: f64,
    /// State writes that an operation declares and makes.
    pub(crate) writes: f64,
}

/// Measures one area, in a directory of its own below this one.
pub(crate) fn measure(area: &Area, many: usize, directory: &Path) -> Result<Cost> {
    let home = tempfile::tempdir_in(directory).context("cannot make a directory")?;
    let mut state = State::begin(RocksStore::open(home.path(), Absent::Create)?, area)?;
    state.grow(area, FEW)?;
    let few_us = state.measured(area)?;
    state.grow(area, many)?;
    let many_us = state.measured(area)?;
    Ok(Cost { few_us, many_us, writes: state.writes as f64 / state.records as f64 })
}

/// A state without a tree.
struct State {
    store: RocksStore,
    height: Height,
    /// Records of the area's kind.
    records: usize,
    /// What their operations wrote.
    writes: usize,
}

impl State {
    fn begin(store: RocksStore, area: &Area) -> Result<State> {
        store.write(batch(bulla_contracts::genesis(&country::genesis())))?;
        let mut state = State { store, height: Height(1), records: 0, writes: 0 };
        for (place, transaction) in country::opening(area).into_iter().enumerate() {
            state.block(vec![transaction]).with_context(|| format!("the opening, transaction {place}"))?;
        }
        Ok(state)
    }

    /// Adds blocks until there are so many records.
    fn grow(&mut self, area: &Area, records: usize) -> Result<()> {
        while self.records < records {
            self.add(area)?;
        }
        Ok(self.store.settle()?)
    }

    /// Adds the measured blocks; microseconds for each operation.
    fn measured(&mut self, area: &Area) -> Result<f64> {
        let mut us = 0.0;
        for _ in 0..BLOCKS {
            us += self.add(area)?;
        }
        Ok(us / (BLOCKS * BLOCK) as f64)
    }

    /// Adds one block of the area's operations; microseconds that they took.
    fn add(&mut self, area: &Area) -> Result<f64> {
        let time = country::time(self.height);
        let transactions: Vec<_> = (self.records..self.records + BLOCK)
            .step_by(TRANSACTION)
            .map(|from| country::sign(area, time, from..from + TRANSACTION))
            .collect();
        let (us, writes) = self.block(transactions)?;
        self.records += BLOCK;
        self.writes += writes;
        Ok(us)
    }

    /// Executes a block and writes what it changes; microseconds of execution, and state writes.
    fn block(&mut self, transactions: Vec<Verified>) -> Result<(f64, usize)> {
        let at = At { height: self.height, time: country::time(self.height) };
        let mut block = Block { store: &self.store, changes: Changes::default() };
        let (mut us, mut writes) = (0.0, 0);
        for transaction in &transactions {
            let before = thread_cpu_us();
            let executed = bulla_contracts::execute(&block, transaction, at);
            us += thread_cpu_us() - before;
            let refused = executed.outcomes.iter().find(|outcome| **outcome != Outcome::Applied);
            ensure!(refused.is_none(), "an operation was refused: {:?}", executed.refusals.iter().flatten().next());
            let declared = usize::try_from(executed.cost)?;
            ensure!(executed.changes.writes() <= declared, "operations write more than they declare");
            writes += declared;
            block.add(executed.changes);
        }
        let changes = block.changes;
        self.store.write(batch(changes))?;
        self.height = self.height.next();
        Ok((us, writes))
    }
}

/// The state in the middle of a block.
struct Block<'a> {
    store: &'a RocksStore,
    changes: Changes,
}

impl Block<'_> {
    fn add(&mut self, changes: Changes) {
        self.changes.records.extend(changes.records);
        self.changes.frontiers.extend(changes.frontiers);
    }

    fn row(&self, table: Table, key: &StateKey) -> Option<Vec<u8>> {
        self.store.read(table, &key.0).expect("the database that was just written can be read")
    }
}

impl View for Block<'_> {
    fn record(&self, key: &StateKey) -> Option<Vec<u8>> {
        self.changes.records.get(key).cloned().unwrap_or_else(|| self.row(Table::Records, key))
    }

    fn frontier(&self, list: &StateKey) -> Frontier {
        let written = || self.row(Table::Frontiers, list).map(|row| canonical::decode(&row, 4_096));
        let written = || written().map(|decoded| decoded.expect("it was written here")).unwrap_or_default();
        self.changes.frontiers.get(list).cloned().unwrap_or_else(written)
    }
}

/// The rows of changes, the entries of lists excepted: execution never reads those.
fn batch(changes: Changes) -> Batch {
    let mut batch = Batch::default();
    for (key, value) in changes.records {
        match value {
            Some(value) => batch.put(Table::Records, key.0, value),
            None => batch.delete(Table::Records, key.0),
        }
    }
    for (list, frontier) in changes.frontiers {
        batch.put(Table::Frontiers, list.0, canonical::encode(&frontier));
    }
    batch
}
