//! What readers ask. Every answer about the state says of which height it is; readers run while blocks are committed.

use crate::block::{CertifiedBlock, Leaf};
use crate::ledger::{Current, Ledger};
use crate::store::Fault;
use crate::table::{self, Place, Table};
use crate::view::StateView;
use borsh::BorshDeserialize;
use bulla_contracts::View;
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::header::Header;
use bulla_verify::identifiers::licence_id::LicenceBase;
use bulla_verify::licence::{Entry, Licence};
use bulla_verify::list::{Frontier, Head};
use bulla_verify::record::{MAX_RECORD_BYTES, Record, list_head};
use bulla_verify::refusal::Outcome;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Envelope;
use bulla_verify::tree::StateKey;
use std::sync::Arc;

/// How often a reader that a commit overtook begins again. It waits for that commit each time, so each further attempt needs
/// another whole commit to happen while a few records are read: twice in a row is rare already.
const ATTEMPTS: usize = 16;

/// An answer about the state, and which state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf<T> {
    /// The answer.
    pub value: T,
    /// The height after which it was so.
    pub height: Height,
    /// The block time of that height.
    pub time: Millis,
}

/// A transaction that was executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxRecord {
    /// Where it stands.
    pub place: Place,
    /// Its envelope, and what came of its operations.
    pub leaf: Leaf,
}

/// Lines of a list, and the record that keeps its length and root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The record's canonical bytes, if there is such a record.
    pub record: Option<Vec<u8>>,
    /// The list; empty where there is none.
    pub head: Head,
    /// The canonical bytes of the lines.
    pub lines: Vec<Vec<u8>>,
}

impl Ledger {
    /// The record with a name, if there is one.
    pub fn record<R: Record>(&self, name: &R::Name) -> Result<AsOf<Option<R>>, Fault> {
        let key = R::key(name);
        self.read(|_, view| match view.record(&key) {
            Some(bytes) => match canonical::decode(&bytes, MAX_RECORD_BYTES) {
                Ok(record) => Ok(Some(record)),
                Err(_) => Err(table::damaged(Table::Records, &key.0, "the record is of another kind than its key")),
            },
            None => Ok(None),
        })
    }

    /// The canonical bytes of the record under a key, if there is one.
    pub fn record_bytes(&self, key: &StateKey) -> Result<AsOf<Option<Vec<u8>>>, Fault> {
        self.read(|_, view| Ok(view.record(key)))
    }

    /// The canonical bytes of at most `limit` lines of the list that the record under a key keeps, oldest first, from the place
    /// `from` on; as many as have at most `bytes` together, but one in any case. None where no record is, or it keeps no list.
    pub fn lines(&self, key: &StateKey, from: u64, limit: u64, bytes: usize) -> Result<AsOf<Page>, Fault> {
        let AsOf { value: record, height, time } = self.record_bytes(key)?;
        let head = record.as_ref().and_then(|record| list_head(key, record));
        let head = head.unwrap_or_else(|| Head::of(&[]));
        // Entries are only ever appended, so those of an earlier length are the same for ever.
        let end = head.len.min(from.saturating_add(limit));
        let (mut lines, mut left) = (Vec::new(), bytes);
        for place in from..end {
            let line = self.held_line(key, place)?;
            if !lines.is_empty() && line.len() > left {
                break;
            }
            left = left.saturating_sub(line.len());
            lines.push(line);
        }
        Ok(AsOf { value: Page { record, head, lines }, height, time })
    }

    /// At most `limit` acts on a licence, oldest first, from the place `from` on; none if there is no such licence.
    pub fn history(&self, licence: &LicenceBase, from: u64, limit: u64) -> Result<AsOf<Option<Vec<Entry>>>, Fault> {
        let AsOf { value, height, time } = self.record::<Licence>(licence)?;
        let Some(licence) = value else { return Ok(AsOf { value: None, height, time }) };
        // Entries are only ever appended, so those of an earlier length are the same for ever.
        let end = licence.history.len.min(from.saturating_add(limit));
        let list = Licence::key(&licence.base);
        let entry = |place| self.held_entry(&list, place);
        let entries: Result<Vec<Entry>, Fault> = (from..end).map(entry).collect();
        Ok(AsOf { value: Some(entries?), height, time })
    }

    /// The header of a height with the certificate that is kept here, if the height is committed.
    pub fn header(&self, height: Height) -> Result<Option<(Header, Certificate)>, Fault> {
        if self.has(height) { self.held_row(Table::Headers, height).map(Some) } else { Ok(None) }
    }

    /// The headers from a height to the tip, at most `limit`, ascending.
    pub fn headers(&self, from: Height, limit: u64) -> Result<Vec<Header>, Fault> {
        let tip = self.shared.current().tip.height;
        let end = tip.next().0.min(from.0.saturating_add(limit));
        let header = |height| {
            let (header, _): (Header, Certificate) = self.held_row(Table::Headers, Height(height))?;
            Ok(header)
        };
        (from.0.max(1)..end).map(header).collect()
    }

    /// The last headers, at most `limit`, ascending.
    pub fn recent_headers(&self, limit: u64) -> Result<Vec<Header>, Fault> {
        let current = self.shared.current();
        let next = current.tip.height.next().0;
        let first = current.base.map_or(Height(1), |base| base.first);
        self.headers(Height(next.saturating_sub(limit)).max(first), limit)
    }

    /// The block of a height, if it is committed.
    pub fn block(&self, height: Height) -> Result<Option<CertifiedBlock>, Fault> {
        if !self.has(height) {
            return Ok(None);
        }
        // Of the last blocks before a snapshot all is held but this, so it is asked for first.
        let envelopes = self.held_row(Table::Bodies, height)?;
        let (header, certificate) = self.held_row(Table::Headers, height)?;
        let leaves = self.held_row(Table::Leaves, height)?;
        Ok(Some(CertifiedBlock { header, leaves, envelopes, certificate }))
    }

    /// Blocks from a height on, ascending, as many as have at most `bytes` together; the first in any case, if it is
    /// committed.
    pub fn blocks(&self, from: Height, bytes: usize) -> Result<Vec<CertifiedBlock>, Fault> {
        let (mut blocks, mut left, mut height) = (Vec::new(), bytes, from);
        while let Some(block) = self.block(height)? {
            let size = canonical::encode(&block).len();
            if !blocks.is_empty() && size > left {
                break;
            }
            left = left.saturating_sub(size);
            blocks.push(block);
            height = height.next();
        }
        Ok(blocks)
    }

    /// Where a transaction stands and what came of it, if it was executed.
    pub fn transaction(&self, id: TxId) -> Result<Option<TxRecord>, Fault> {
        let Some(row) = self.shared.store.read(Table::Transactions, &id.0.0)? else { return Ok(None) };
        let place: Place = table::decode(Table::Transactions, &id.0.0, &row)?;
        let Some(leaves) = self.leaves(place.height)? else { return Ok(None) };
        let index = usize::try_from(place.index).ok();
        let leaf = index.and_then(|index| leaves.into_iter().nth(index));
        let leaf = leaf.ok_or_else(|| table::damaged(Table::Transactions, &id.0.0, "the block has no such place"))?;
        Ok(Some(TxRecord { place, leaf }))
    }

    /// The leaves of a block, in order, if it is committed.
    pub fn leaves(&self, height: Height) -> Result<Option<Vec<Leaf>>, Fault> {
        if self.has(height) { self.held_row(Table::Leaves, height).map(Some) } else { Ok(None) }
    }

    /// What came of a block's transactions, by their ids, in order; of none, if the height is not committed.
    pub fn outcomes(&self, height: Height) -> Result<Vec<(TxId, Vec<Outcome>)>, Fault> {
        let Some(leaves) = self.leaves(height)? else { return Ok(Vec::new()) };
        let envelopes: Vec<Envelope> = self.held_row(Table::Bodies, height)?;
        Ok(envelopes.iter().map(|one| one.body.id()).zip(leaves.into_iter().map(|leaf| leaf.outcomes)).collect())
    }

    /// Asks the state of the tip; again, if a commit came in between.
    pub(crate) fn read<T>(
        &self,
        ask: impl Fn(&Arc<Current>, &StateView<'_>) -> Result<T, Fault>,
    ) -> Result<AsOf<T>, Fault> {
        for _ in 0..ATTEMPTS {
            let current = self.shared.current();
            let view = StateView::new(&current, &self.shared);
            let answer = ask(&current, &view);
            match view.check().and(answer) {
                Ok(value) => return Ok(AsOf { value, height: current.tip.height, time: current.tip.time }),
                Err(Fault::Outdated) => self.shared.wait_for_writer()?,
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::Outdated)
    }

    fn has(&self, height: Height) -> bool {
        (Height(1)..=self.shared.current().tip.height).contains(&height)
    }

    /// The row of a committed height, unless it is of before the snapshot with which this store began.
    fn held_row<T: BorshDeserialize>(&self, table: Table, height: Height) -> Result<T, Fault> {
        let key = table::height_key(height);
        match self.shared.current().base {
            Some(base) if height <= base.height && self.shared.store.read(table, &key)?.is_none() => {
                Err(Fault::NotHeld { begins: base.height })
            }
            Some(_) | None => self.row(table, &key),
        }
    }

    /// An entry of a list, unless it is of before the snapshot with which this store began.
    pub(crate) fn held_entry<T: BorshDeserialize>(&self, list: &StateKey, place: u64) -> Result<T, Fault> {
        table::decode(Table::Entries, &table::entry_key(list, place), &self.held_line(list, place)?)
    }

    /// The canonical bytes of an entry of a list, on the same condition.
    fn held_line(&self, list: &StateKey, place: u64) -> Result<Vec<u8>, Fault> {
        let key = table::entry_key(list, place);
        match self.shared.current().base {
            Some(base) if !self.is_held(list, place)? => Err(Fault::NotHeld { begins: base.height }),
            Some(_) | None => self.row_bytes(Table::Entries, &key),
        }
    }

    /// Whether an entry came after the snapshot with which this store began: as long as its list has not grown since, none of
    /// its entries did.
    fn is_held(&self, list: &StateKey, place: u64) -> Result<bool, Fault> {
        if let Some(row) = self.shared.store.read(Table::Begun, &list.0)? {
            let begun: Frontier = table::decode(Table::Begun, &list.0, &row)?;
            return Ok(place >= begun.len());
        }
        Ok(self.shared.store.read(Table::Entries, &table::entry_key(list, 0))?.is_some())
    }

    /// A row that must be there.
    pub(crate) fn row<T: BorshDeserialize>(&self, table: Table, key: &[u8]) -> Result<T, Fault> {
        table::decode(table, key, &self.row_bytes(table, key)?)
    }

    fn row_bytes(&self, table: Table, key: &[u8]) -> Result<Vec<u8>, Fault> {
        let row = self.shared.store.read(table, key)?;
        row.ok_or_else(|| table::damaged(table, key, "the row is missing"))
    }
}

#[cfg(test)]
mod tests;
