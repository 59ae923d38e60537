//! The state of one height as contracts read it, each record compared with what the state tree says of it, and read once.
//!
//! A record that is not what the tree says is never believed: it is damage, or it was written by a later commit. Reading
//! cannot answer with a fault, so the first one is remembered, and whoever made the view asks for it before using anything
//! that came out of it.

use crate::ledger::{Current, Shared};
use crate::store::Fault;
use crate::table::{self, Table};
use crate::tree::StateTree;
use bulla_contracts::View;
use bulla_verify::canonical;
use bulla_verify::governance::Validators;
use bulla_verify::hash::Hash;
use bulla_verify::list::Frontier;
use bulla_verify::parameters::Parameters;
use bulla_verify::record::Record;
use bulla_verify::tree::{StateKey, value_hash};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

/// The state of one height.
pub(crate) struct StateView<'a> {
    current: &'a Current,
    shared: &'a Shared,
    parameters: StateKey,
    validators: StateKey,
    /// What was read: every transaction of a block asks for the same organisations, keys and types.
    read: RefCell<BTreeMap<StateKey, Option<Vec<u8>>>>,
    fault: OnceCell<Fault>,
}

impl<'a> StateView<'a> {
    pub(crate) fn new(current: &'a Current, shared: &'a Shared) -> Self {
        StateView {
            current,
            shared,
            parameters: Parameters::key(&()),
            validators: Validators::key(&()),
            read: RefCell::default(),
            fault: OnceCell::new(),
        }
    }

    /// Whether everything that was read is the state of this height.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.fault.get().map_or(Ok(()), |fault| Err(fault.clone()))
    }

    fn note(&self, fault: Fault) {
        // Later faults follow from the first.
        let _ = self.fault.set(fault);
    }

    fn row(&self, table: Table, key: &StateKey) -> Option<Vec<u8>> {
        self.shared.store.read(table, &key.0).unwrap_or_else(|fault| {
            self.note(fault);
            None
        })
    }

    /// The record, if it is the one with this hash. One of a later height is answered as it is, so that contracts find whole
    /// records; what they make of it is dropped.
    fn read_checked(&self, key: &StateKey, expected: Hash) -> Option<Vec<u8>> {
        let value = self.row(Table::Records, key);
        if value.as_deref().map(value_hash) == Some(expected) {
            return value;
        }
        if self.shared.has_started_after(self.current.tip.height) {
            self.note(Fault::Outdated);
            return value;
        }
        self.note(table::damaged(Table::Records, &key.0, "the record is not the one that the state tree commits to"));
        None
    }
}

impl View for StateView<'_> {
    fn record(&self, key: &StateKey) -> Option<Vec<u8>> {
        // Contracts may take for granted that these are there, and every transaction needs the parameters.
        if *key == self.parameters {
            return Some(canonical::encode(&self.current.tip.founding));
        }
        if *key == self.validators {
            return Some(canonical::encode(&self.current.tip.roll()));
        }
        if let Some(value) = self.read.borrow().get(key) {
            return value.clone();
        }
        let value = self.current.tree.value_hash(key).and_then(|expected| self.read_checked(key, expected));
        self.read.borrow_mut().insert(*key, value.clone());
        value
    }

    fn frontier(&self, list: &StateKey) -> Frontier {
        let Some(row) = self.row(Table::Frontiers, list) else { return Frontier::default() };
        table::decode(Table::Frontiers, &list.0, &row).unwrap_or_else(|fault| {
            self.note(fault);
            Frontier::default()
        })
    }
}
