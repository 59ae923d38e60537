//! Checking a store that began with a snapshot: there is no state to execute its blocks on, so each row is checked against what a
//! quorum signed.
//!
//! | rows | must give |
//! |---|---|
//! | headers | each the parent of the next; each decided by the validators of its height, who follow from genesis by hand-overs |
//! | leaves, bodies, stubs | what the headers and the leaves commit to |
//! | records | the state root of the last header |
//! | frontiers | the length and root that the records hold |
//! | entries, from where a list began here | the frontiers |
//! | transactions, ids, nodes | what follows from all these, row by row |
//! | past | the state roots of the headers before |
//!
//! So an edited byte of what is held is named, as in a store that began at genesis; an edited record only as one of all records.
//! What it cannot tell is whether executing the blocks of before gave what was signed: a quorum says so.

use super::{Check, Finding, Found, OF_BLOCKS, Problem, Report, read, words};
use crate::block::{Leaf, NotABlock};
use crate::ledger::{Ledger, OpenError};
use crate::past::Past;
use crate::sets::SetRow;
use crate::store::memory::MemoryStore;
use crate::store::{Batch, Row, Store};
use crate::table::{self, BaseRow, HEADERS, META_BASE, META_FORMAT, META_GENESIS, META_TIP, Place, Table, TipRow};
use crate::tree::{StateTree, Tree, list};
use borsh::BorshDeserialize;
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use bulla_verify::handover::Handover;
use bulla_verify::header::Header;
use bulla_verify::list::{Frontier, leaf_hash};
use bulla_verify::record::{list_head, list_kept};
use bulla_verify::transaction::{Envelope, Stub};
use bulla_verify::tree::{StateKey, value_hash};
use bulla_verify::validators::ValidatorSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// As [`super::fsck`], of a store that began with a snapshot.
pub(super) fn fsck(store: &dyn Store, genesis: &Genesis) -> Result<Report, OpenError> {
    let memory = Arc::new(MemoryStore::new());
    // What a ledger of this chain has in any case, and what words are found with.
    let ledger = Ledger::open(memory.clone(), genesis)?;
    let check = Check { store, memory: &memory, ledger, transactions: 0, rows: 0 };
    let mut joined = Joined { check, genesis, expected: MemoryStore::new(), tip: None };
    let finding = joined.run().err().map(|finding| *finding);
    let (height, state_root) =
        joined.tip.map_or_else(Default::default, |header| (header.height(), header.light.state_root));
    Ok(Report { height, state_root, transactions: joined.check.transactions, rows: joined.check.rows, finding })
}

struct Joined<'a> {
    check: Check<'a>,
    genesis: &'a Genesis,
    /// The rows that follow from others.
    expected: MemoryStore,
    tip: Option<Header>,
}

impl Joined<'_> {
    fn run(&mut self) -> Found<()> {
        [META_FORMAT, META_GENESIS].into_iter().try_for_each(|key| self.check.compare_row(Table::Meta, key))?;
        let base: BaseRow = self.must(Table::Meta, META_BASE)?;
        let tip: TipRow = self.must(Table::Meta, META_TIP)?;
        let sets = self.sets()?;
        let newest = self.blocks(&base, tip.height, &sets)?;
        let mut history = tip.before.clone();
        history.append(&newest.hash().0);
        let mut since = base.history.clone();
        for height in base.height.0..tip.height.0 {
            let hash = self.header(Height(height).next())?.0.hash().0;
            self.keep(&HEADERS, &mut since, &hash);
        }
        if tip.before.head() != newest.rest.history || since != history {
            return Err(self.found(Table::Meta, META_TIP, Problem::Differs));
        }
        self.records(&newest)?;
        self.lists(base.height)?;
        let tree = self.tree()?;
        let oldest = Past::load(self.check.store, (base.height, tip.height), &tree, usize::MAX);
        oldest.map_err(|fault| self.found(Table::Past, &table::height_key(tip.height), fault.into()))?;
        self.tip = Some(newest);
        for table in [Table::Transactions, Table::Ids, Table::Nodes] {
            super::compare(self.check.store, &self.expected, table, &mut self.check.rows)
                .map_err(|one| self.check.finding(table, &one.0.0, &one.0.1, one.1))?;
        }
        Ok(())
    }

    /// The validator sets: that of genesis, and each that a header names which the set before decided.
    fn sets(&mut self) -> Found<BTreeMap<Height, ValidatorSet>> {
        let mut sets: BTreeMap<Height, ValidatorSet> = BTreeMap::new();
        for (key, value) in self.rows(Table::Validators)? {
            let unreadable = || self.found(Table::Validators, &key, Problem::Unreadable);
            let from = table::height_of(&key).ok_or_else(unreadable)?;
            let row: SetRow = read(&value).ok_or_else(unreadable)?;
            let differs = || self.found(Table::Validators, &key, Problem::Differs);
            match (row.handover(), sets.last_key_value()) {
                (None, None) if from == Height(1) && row.validators == self.genesis.validators => {}
                (Some(handover), Some((_, deciding))) => {
                    let Handover { header, certificate, .. } = &handover;
                    self.certified(header, certificate, deciding)?;
                    let named = handover.named().filter(|named| named.hash() == header.rest.next_validators);
                    let led = named.filter(|named| handover.check_recovery(self.genesis.chain(), named).is_ok());
                    if led.is_none() || header.height().next() != from {
                        return Err(differs());
                    }
                }
                _ => return Err(differs()),
            }
            sets.insert(from, row.validators);
        }
        Ok(sets)
    }

    /// The blocks that are held, oldest first. Answers the last header.
    fn blocks(&mut self, base: &BaseRow, tip: Height, sets: &BTreeMap<Height, ValidatorSet>) -> Found<Header> {
        let now = self.header(tip)?.0.light.time;
        let mut before: Option<Header> = None;
        let mut height = base.first;
        while height <= tip {
            let (header, certificate) = self.header(height)?;
            let key = table::height_key(height);
            let set = sets.range(..=height).next_back().map(|(_, set)| set);
            let set = set.ok_or_else(|| self.found(Table::Validators, &key, Problem::Missing))?;
            self.certified(&header, &certificate, set)?;
            if before.is_some_and(|before| header.rest.parent != before.hash()) || header.height() != height {
                return Err(self.found(Table::Headers, &key, Problem::Differs));
            }
            let leaves: Vec<Leaf> = self.must(Table::Leaves, &key)?;
            if Leaf::head(&leaves) != header.rest.leaves {
                return Err(self.found(Table::Leaves, &key, NotABlock::Leaves.into()));
            }
            let table = if height > base.height { Table::Bodies } else { Table::Stubs };
            let stubs: Vec<Stub> = if height > base.height {
                self.must::<Vec<Envelope>>(table, &key)?.iter().map(Envelope::stub).collect()
            } else {
                self.must(table, &key)?
            };
            if !stubs.iter().map(Stub::envelope).eq(leaves.iter().map(|leaf| leaf.envelope)) {
                return Err(self.found(table, &key, NotABlock::Envelopes.into()));
            }
            self.check.rows = self.check.rows.saturating_add(3);
            let mut batch = Batch::default();
            for (index, stub) in (0u32..).zip(&stubs) {
                batch.put(Table::Transactions, stub.id().0.0, canonical::encode(&Place { height, index }));
                if stub.expires_at > now {
                    batch.put(Table::Ids, table::id_key(stub.expires_at, Some(stub.id())), []);
                }
                self.check.transactions = self.check.transactions.saturating_add(1);
            }
            self.expected.write(batch).expect("memory is writable");
            before = Some(header);
            height = height.next();
        }
        self.no_others(base, tip)?;
        before.ok_or_else(|| self.found(Table::Headers, &table::height_key(tip), Problem::Missing))
    }

    /// No block is held but those.
    fn no_others(&self, base: &BaseRow, tip: Height) -> Found<()> {
        for table in OF_BLOCKS.into_iter().chain([Table::Stubs]) {
            for row in self.check.store.scan(table, &[]) {
                let (key, value) = row.map_err(|fault| self.found(table, &[], fault.into()))?;
                let begin = if table == Table::Bodies { base.height.next() } else { base.first };
                let end = if table == Table::Stubs { base.height } else { tip };
                if !table::height_of(&key).is_some_and(|height| (begin..=end).contains(&height)) {
                    return Err(self.check.finding(table, &key, &value, Problem::Unexpected));
                }
            }
        }
        Ok(())
    }

    /// The records give the root, and each frontier is the one of its record.
    fn records(&mut self, newest: &Header) -> Found<()> {
        let root = self.tree()?.root();
        if root != newest.light.state_root {
            let mut all = self.found(Table::Records, &[], Problem::Differs);
            all.what = "one of the records".into();
            return Err(all);
        }
        let mut expected = MemoryStore::new();
        for (key, value) in self.rows(Table::Records)? {
            let state_key = self.state_key(Table::Records, &key)?;
            self.check.rows = self.check.rows.saturating_add(1);
            let Some(head) = list_head(&state_key, &value) else { continue };
            let frontier: Frontier = self.must(Table::Frontiers, &key)?;
            if frontier.head() != head {
                return Err(self.check.finding(Table::Frontiers, &key, &[], Problem::Differs));
            }
            put(&mut expected, Table::Frontiers, &key, canonical::encode(&frontier));
        }
        super::compare(self.check.store, &expected, Table::Frontiers, &mut self.check.rows)
            .map_err(|one| self.check.finding(Table::Frontiers, &one.0.0, &one.0.1, one.1))
    }

    /// The entries of each list, after what it had when this store began, give its frontier.
    fn lists(&mut self, base: Height) -> Found<()> {
        let mut grown: BTreeMap<StateKey, Frontier> = BTreeMap::new();
        for (key, value) in self.rows(Table::Begun)? {
            let list = self.state_key(Table::Begun, &key)?;
            let begun = read(&value).ok_or_else(|| self.found(Table::Begun, &key, Problem::Unreadable))?;
            grown.insert(list, begun);
            self.check.rows = self.check.rows.saturating_add(1);
        }
        for (key, value) in self.rows(Table::Entries)? {
            let unexpected = || self.check.finding(Table::Entries, &key, &value, Problem::Unexpected);
            let (list, place) = table::entry_of(&key).ok_or_else(unexpected)?;
            let frontier = grown.entry(list).or_default();
            if frontier.len() != place {
                return Err(unexpected());
            }
            let mut after = frontier.clone();
            self.keep(&list, &mut after, &leaf_hash(&value));
            grown.insert(list, after);
            self.check.rows = self.check.rows.saturating_add(1);
        }
        for (key, value) in self.rows(Table::Records)? {
            let list = self.state_key(Table::Records, &key)?;
            let is_since = last_act(&list, &value).is_some_and(|height| height > base);
            if is_since && !grown.contains_key(&list) {
                return Err(self.found(Table::Entries, &table::entry_key(&list, 0), Problem::Missing));
            }
        }
        for (list, frontier) in grown {
            if self.must::<Frontier>(Table::Frontiers, &list.0)? != frontier {
                return Err(self.found(Table::Entries, &table::entry_key(&list, frontier.len()), Problem::Differs));
            }
        }
        Ok(())
    }

    /// Adds a leaf to a list, and expects the nodes that are kept of it.
    fn keep(&self, list: &StateKey, frontier: &mut Frontier, leaf: &bulla_verify::hash::Hash) {
        let mut batch = Batch::default();
        list::append(frontier, leaf, |level, place, node| {
            batch.put(Table::Nodes, table::node_key(list, level, place), node.0);
        });
        self.expected.write(batch).expect("memory is writable");
    }

    fn tree(&self) -> Found<Tree> {
        let mut leaves = Vec::new();
        for (key, value) in self.rows(Table::Records)? {
            leaves.push((self.state_key(Table::Records, &key)?, value_hash(&value)));
        }
        Tree::from_leaves(leaves).map_err(|error| self.found(Table::Records, &error.key.0, Problem::Unexpected))
    }

    fn certified(&self, header: &Header, certificate: &Certificate, set: &ValidatorSet) -> Found<()> {
        let key = table::height_key(header.height());
        if certificate.height != header.height() || certificate.value != header.hash() {
            return Err(self.found(Table::Headers, &key, NotABlock::Certificate.into()));
        }
        let checked = certificate.check(self.genesis.chain(), set);
        checked.map_err(|reason| self.found(Table::Headers, &key, reason.into()))
    }

    fn header(&self, height: Height) -> Found<(Header, Certificate)> {
        self.must(Table::Headers, &table::height_key(height))
    }

    fn must<T: BorshDeserialize>(&self, table: Table, key: &[u8]) -> Found<T> {
        let row = self.check.store.read(table, key).map_err(|fault| self.found(table, key, fault.into()))?;
        let row = row.ok_or_else(|| self.found(table, key, Problem::Missing))?;
        read(&row).ok_or_else(|| self.found(table, key, Problem::Unreadable))
    }

    fn rows(&self, table: Table) -> Found<Vec<Row>> {
        let rows: Result<Vec<Row>, _> = self.check.store.scan(table, &[]).collect();
        rows.map_err(|fault| self.found(table, &[], fault.into()))
    }

    fn state_key(&self, table: Table, key: &[u8]) -> Found<StateKey> {
        key.try_into().map(StateKey).map_err(|_| self.found(table, key, Problem::Unexpected))
    }

    fn found(&self, table: Table, key: &[u8], problem: Problem) -> Box<Finding> {
        let words::Words { what, height } = words::of(self.check.memory, table, key, &[]);
        Box::new(Finding { table, key: words::hex(key), what, height, problem })
    }
}

/// When a record's list was last appended to, if it has one.
fn last_act(key: &StateKey, value: &[u8]) -> Option<Height> {
    list_kept(key, value).map(|kept| kept.recorded_at)
}

fn put(store: &mut MemoryStore, table: Table, key: &[u8], value: Vec<u8>) {
    let mut batch = Batch::default();
    batch.put(table, key, value);
    store.write(batch).expect("memory is writable");
}
