//! The validator sets of a chain, and the hand-overs from each to the next: what leads a reader from genesis to any height.
//!
//! A row of them is written with the block that names a new set: all that a proof needs of the past stands there, whatever
//! becomes of the blocks.

use crate::store::{Batch, Fault, Row, Store};
use crate::table::{self, Table};
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::handover::Handover;
use bulla_verify::header::Header;
use bulla_verify::recovery::Recovery;
use bulla_verify::validators::ValidatorSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The sets by the first height that each decides. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Sets(Arc<BTreeMap<Height, Arc<SetRow>>>);

/// A row: a set, and how it came to be.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct SetRow {
    /// The set.
    pub(crate) validators: ValidatorSet,
    /// What leads to it.
    pub(crate) origin: Origin,
}

/// How a set came to be. A certificate has as few signatures of the set before as decide.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Origin {
    /// Genesis names it.
    Genesis,
    /// A header names it.
    Named(Header, Certificate),
    /// A header names the same validators under other keys, and all of them agreed on these.
    Recovered(Header, Certificate, Box<Recovery>),
}

impl Sets {
    pub(crate) fn load(store: &dyn Store) -> Result<Sets, Fault> {
        let row = |row: Result<Row, Fault>| {
            let (key, value) = row?;
            let damaged = |reason| table::damaged(Table::Validators, &key, reason);
            let from = table::height_of(&key).ok_or_else(|| damaged("the key is no height"))?;
            let row: SetRow = table::decode(Table::Validators, &key, &value)?;
            let named = row.handover().map(|handover| handover.header.height().next());
            if named.unwrap_or(Height(1)) != from {
                return Err(damaged("the set is handed over at another height"));
            }
            Ok((from, Arc::new(row)))
        };
        store.scan(Table::Validators, &[]).map(row).collect::<Result<_, _>>().map(|sets| Sets(Arc::new(sets)))
    }

    /// The set that decides a height.
    pub(crate) fn at(&self, height: Height) -> Option<&ValidatorSet> {
        self.0.range(..=height).next_back().map(|(_, row)| &row.validators)
    }

    /// The hand-overs that lead from genesis to the set of a height.
    pub(crate) fn handovers_to(&self, height: Height) -> Vec<Handover> {
        self.0.range(..=height).filter_map(|(_, row)| row.handover()).collect()
    }

    /// The recovery by which a height has its set, if there was one.
    pub(crate) fn recovery_at(&self, height: Height) -> Option<Box<Recovery>> {
        self.0.get(&height)?.handover()?.recovery
    }

    /// The sets once a recovery has led from the set that a header names to the same under other keys.
    #[must_use]
    pub(crate) fn recovered(&self, last: (Header, Certificate), recovery: &Recovery, next: &ValidatorSet) -> Sets {
        let (header, certificate) = last;
        let certificate = self.at(header.height()).map_or_else(|| certificate.clone(), |set| certificate.trimmed(set));
        let origin = Origin::Recovered(header, certificate, Box::new(recovery.clone()));
        let mut sets = (*self.0).clone();
        // If the header named a set that was new, that one has decided nothing.
        sets.insert(header.height().next(), Arc::new(SetRow { validators: next.clone(), origin }));
        Sets(Arc::new(sets))
    }

    /// The sets once this header is decided, if it hands over to another set.
    #[must_use]
    pub(crate) fn after(&self, header: &Header, certificate: &Certificate, validators: &ValidatorSet) -> Sets {
        let next = header.height().next();
        if self.at(next) == Some(validators) {
            return self.clone();
        }
        let certificate = self.at(header.height()).map_or_else(|| certificate.clone(), |set| certificate.trimmed(set));
        let row = SetRow { validators: validators.clone(), origin: Origin::Named(*header, certificate) };
        let mut sets = (*self.0).clone();
        sets.insert(next, Arc::new(row));
        Sets(Arc::new(sets))
    }

    /// Adds the row of the set that begins at a height, if one does.
    pub(crate) fn put(&self, batch: &mut Batch, from: Height) {
        if let Some(row) = self.0.get(&from) {
            put_row(batch, from, row);
        }
    }
}

/// Adds the row of genesis.
pub(crate) fn put_first(batch: &mut Batch, validators: &ValidatorSet) {
    put_row(batch, Height(1), &SetRow { validators: validators.clone(), origin: Origin::Genesis });
}

/// Adds the rows of genesis and of all that hand-overs lead to.
pub(crate) fn put_all(batch: &mut Batch, genesis: &ValidatorSet, handovers: Vec<Handover>) {
    put_first(batch, genesis);
    for Handover { header, certificate, validators, recovery } in handovers {
        let origin = match recovery {
            Some(recovery) => Origin::Recovered(header, certificate, recovery),
            None => Origin::Named(header, certificate),
        };
        put_row(batch, header.height().next(), &SetRow { validators, origin });
    }
}

impl SetRow {
    /// The hand-over to it; none for that of genesis.
    pub(crate) fn handover(&self) -> Option<Handover> {
        let (header, certificate, recovery) = match self.origin.clone() {
            Origin::Genesis => return None,
            Origin::Named(header, certificate) => (header, certificate, None),
            Origin::Recovered(header, certificate, recovery) => (header, certificate, Some(recovery)),
        };
        Some(Handover { header, certificate, validators: self.validators.clone(), recovery })
    }
}

fn put_row(batch: &mut Batch, from: Height, row: &SetRow) {
    batch.put(Table::Validators, table::height_key(from), canonical::encode(row));
}

#[cfg(test)]
mod tests;
