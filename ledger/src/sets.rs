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
    /// The header that names it, with as few signatures of the set before as decide; none for that of genesis.
    pub(crate) handover: Option<(Header, Certificate)>,
}

impl Sets {
    pub(crate) fn load(store: &dyn Store) -> Result<Sets, Fault> {
        let row = |row: Result<Row, Fault>| {
            let (key, value) = row?;
            let damaged = |reason| table::damaged(Table::Validators, &key, reason);
            let from = table::height_of(&key).ok_or_else(|| damaged("the key is no height"))?;
            let row: SetRow = table::decode(Table::Validators, &key, &value)?;
            let named = row.handover.as_ref().map(|(header, _)| header.height().next());
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
        let of = |row: &Arc<SetRow>| {
            let (header, certificate) = row.handover.clone()?;
            Some(Handover { header, certificate, validators: row.validators.clone() })
        };
        self.0.range(..=height).filter_map(|(_, row)| of(row)).collect()
    }

    /// The sets once this header is decided, if it hands over to another set.
    #[must_use]
    pub(crate) fn after(&self, header: &Header, certificate: &Certificate, validators: &ValidatorSet) -> Sets {
        let next = header.height().next();
        if self.at(next) == Some(validators) {
            return self.clone();
        }
        let certificate = self.at(header.height()).map_or_else(|| certificate.clone(), |set| certificate.trimmed(set));
        let row = SetRow { validators: validators.clone(), handover: Some((*header, certificate)) };
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
    put_row(batch, Height(1), &SetRow { validators: validators.clone(), handover: None });
}

/// Adds the rows of genesis and of all that hand-overs lead to.
pub(crate) fn put_all(batch: &mut Batch, genesis: &ValidatorSet, handovers: Vec<Handover>) {
    put_first(batch, genesis);
    for Handover { header, certificate, validators } in handovers {
        put_row(batch, header.height().next(), &SetRow { validators, handover: Some((header, certificate)) });
    }
}

fn put_row(batch: &mut Batch, from: Height, row: &SetRow) {
    batch.put(Table::Validators, table::height_key(from), canonical::encode(row));
}

#[cfg(test)]
mod tests;
