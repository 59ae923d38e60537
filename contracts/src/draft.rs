//! A draft: a state as it would be with changes that are not in it yet.
//!
//! Drafts stand on one another: an operation's on its transaction's, that on the block's, that on the store. Each reads what
//! those below it hold; one that is dropped leaves no trace, and one that is absorbed leaves all of its changes.

use crate::changes::Changes;
use crate::view::View;
use bulla_verify::canonical;
use bulla_verify::list::{Frontier, Head, leaf_hash};
use bulla_verify::record::Record;
use bulla_verify::tree::StateKey;

/// A view with its own changes laid over another.
pub struct Draft<'a> {
    below: &'a dyn View,
    changes: Changes,
}

impl<'a> Draft<'a> {
    /// A draft that changes nothing yet.
    pub fn over(below: &'a dyn View) -> Draft<'a> {
        Draft { below, changes: Changes::default() }
    }

    /// Adds changes that were made on top of this draft.
    pub fn absorb(&mut self, changes: Changes) {
        self.changes.absorb(changes);
    }

    /// All changes, against the view below.
    pub fn into_changes(self) -> Changes {
        self.changes
    }

    pub(crate) fn write<R: Record>(&mut self, name: &R::Name, record: &R) {
        self.changes.records.insert(R::key(name), Some(canonical::encode(record)));
    }

    pub(crate) fn remove<R: Record>(&mut self, name: &R::Name) {
        self.changes.records.insert(R::key(name), None);
    }

    /// Appends to a list, and says what the list is then.
    pub(crate) fn append(&mut self, list: StateKey, content: Vec<u8>) -> Head {
        let mut frontier = self.frontier(&list);
        frontier.append(&leaf_hash(&content));
        let head = frontier.head();
        self.changes.frontiers.insert(list, frontier);
        self.changes.entries.push((list, content));
        head
    }
}

impl View for Draft<'_> {
    fn record(&self, key: &StateKey) -> Option<Vec<u8>> {
        match self.changes.records.get(key) {
            Some(changed) => changed.clone(),
            None => self.below.record(key),
        }
    }

    fn frontier(&self, list: &StateKey) -> Frontier {
        match self.changes.frontiers.get(list) {
            Some(changed) => changed.clone(),
            None => self.below.frontier(list),
        }
    }
}

#[cfg(test)]
mod tests;
