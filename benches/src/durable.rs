//! What a changed record costs until it is durable: the new root, and one synced batch with all rows that hang on it.
//!
//! The batch is that of a commit as far as records go: the new value, the value replaced and, once they are old enough, the
//! deletion of such values. RocksDB's own threads count: times are of the processor, for the whole process, to the end of the
//! last flush and compaction that the blocks caused.

use crate::consumed::Consumed;
use crate::keys::{Dice, key};
use crate::tree::KEPT;
use anyhow::{Context, Result};
use bulla_ledger::past::PAST_HEIGHTS;
use bulla_ledger::store::rocks::{Absent, RocksStore};
use bulla_ledger::store::{Batch, Store};
use bulla_ledger::table::Table;
use bulla_ledger::tree::{StateTree, Tree};
use bulla_verify::canonical;
use bulla_verify::hash::{Context as HashContext, Hash};
use bulla_verify::tree::{StateKey, value_hash};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// Keys that a block changes: half of them new.
const BLOCK: usize = 1_000;

/// Blocks that are measured: more than the 256 after which replaced values begin to be deleted.
const BLOCKS: usize = 320;

/// Bytes of a record.
const RECORD: usize = 200;

/// Records that are written at once before anything is measured.
const FILL: usize = 20_000;

/// What was measured.
pub(crate) struct Durable {
    /// Processor time for each changed key, in microseconds.
    pub(crate) cpu_us: f64,
    /// Bytes written for each changed key.
    pub(crate) written_bytes: f64,
}

/// What a block changes: for each key the value that it has, as execution has read it, and the one that it gets.
type Changes = BTreeMap<StateKey, (Option<Vec<u8>>, Vec<u8>)>;

/// Measures with so many records, in a directory of its own below this one.
pub(crate) fn measure(keys: usize, directory: &Path) -> Result<Durable> {
    let home = tempfile::tempdir_in(directory).context("cannot make a directory")?;
    let store = RocksStore::open(home.path(), Absent::Create)?;
    let mut tree = fill(&store, keys)?;
    let mut dice = Dice(1);
    let blocks: Vec<Changes> = (0..BLOCKS).map(|block| changes(block, keys, &mut dice)).collect();
    let mut versions = VecDeque::new();
    store.settle()?;
    let before = Consumed::by("self")?;
    for (height, changes) in (1..).zip(blocks) {
        versions.push_back(tree.clone());
        tree = tree.apply(&changes.iter().map(|(key, (_, value))| (*key, Some(value_hash(value)))).collect());
        drop((versions.len() > KEPT).then(|| versions.pop_front()));
        store.write(batch(height, changes))?;
    }
    store.settle()?;
    let used = Consumed::by("self")?.since(before);
    let changed = f64::from(u32::try_from(BLOCK * BLOCKS)?);
    Ok(Durable { cpu_us: used.cpu_s * 1e6 / changed, written_bytes: used.written_bytes / changed })
}

fn changes(block: usize, keys: usize, dice: &mut Dice) -> Changes {
    let count = keys + block * BLOCK / 2;
    let old =
        (0..BLOCK / 2).map(|_| dice.below(count)).map(|at| (key(at), (Some(record(at, 0)), record(at, block + 1))));
    let old: Vec<_> = old.collect();
    let new = (count..count + BLOCK / 2).map(|at| (key(at), (None, record(at, block + 1))));
    old.into_iter().chain(new).collect()
}

fn fill(store: &RocksStore, keys: usize) -> Result<Tree> {
    let mut leaves = BTreeMap::new();
    for from in (0..keys).step_by(FILL) {
        let mut batch = Batch::default();
        for at in from..keys.min(from + FILL) {
            let (key, record) = (key(at), record(at, 0));
            leaves.insert(key, value_hash(&record));
            batch.put(Table::Records, key.0, record);
        }
        store.write(batch)?;
    }
    Ok(Tree::from_leaves(leaves)?)
}

/// The rows of a block, as a commit writes them.
fn batch(height: u64, changes: Changes) -> Batch {
    let mut batch = Batch::default();
    for (key, (replaced, value)) in changes {
        let place = [&height.to_be_bytes()[..], &key.0].concat();
        batch.put(Table::Past, place, canonical::encode(&replaced));
        batch.put(Table::Records, key.0, value);
    }
    if height.is_multiple_of(32) {
        batch.delete_below(Table::Past, (height.saturating_sub(PAST_HEIGHTS) + 1).to_be_bytes());
    }
    batch
}

/// Bytes that do not compress, as records are mostly hashes.
fn record(at: usize, version: usize) -> Vec<u8> {
    let parts = (0..).flat_map(|part: u64| {
        let Hash(bytes) =
            HashContext::StateValue.hash(&canonical::encode(&(at.to_le_bytes(), version.to_le_bytes(), part)));
        bytes
    });
    parts.take(RECORD).collect()
}
