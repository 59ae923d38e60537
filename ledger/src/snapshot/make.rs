//! Making a snapshot of the tip, while blocks go on.
//!
//! The rows are those of one moment, and the tree of that moment is held meanwhile. Each part is checked as its receiver will
//! check it before it is given out: what has rotted here is never passed on.

use super::{Item, LEAST_TAIL, MAX_KEYS, Offer, Part, TailBlock, reaches_far_enough};
use crate::block::Leaf;
use crate::ledger::{Current, Ledger};
use crate::store::{Fault, Frozen};
use crate::table::{self, Table};
use crate::tree::StateTree;
use borsh::BorshDeserialize;
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::header::Header;
use bulla_verify::list::Frontier;
use bulla_verify::transaction::{Envelope, Stub};
use bulla_verify::tree::{Path, StateKey, StateProof};
use std::sync::PoisonError;

/// A piece of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Records.
    Part(Part),
    /// Some of the last blocks, newest first, from where the tail before ended.
    Tail(Vec<TailBlock>),
}

/// Why there is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Nobody has certified genesis.
    #[error("there is no block yet; a snapshot is of a block")]
    NoBlock,
    /// The store failed, or a row is not what was written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The pieces could not be kept.
    #[error("a piece of the snapshot cannot be kept: {0}")]
    Sink(String),
}

impl Ledger {
    /// Gives out the pieces of a snapshot of the tip, each of about at most so many bytes: the parts in the order of their keys,
    /// then the tail. Answers the offer that goes with them. Blocks are committed meanwhile as usual, from when `begun` is told
    /// the height.
    pub fn snapshot(
        &self,
        piece_bytes: usize,
        begun: &mut dyn FnMut(Height),
        sink: &mut dyn FnMut(Piece) -> Result<(), String>,
    ) -> Result<Offer, SnapshotError> {
        let (current, rows) = {
            // No commit runs while this is held, so that tree and rows are of one height.
            let broken = self.shared.broken.lock().unwrap_or_else(PoisonError::into_inner);
            if *broken {
                return Err(Fault::Store { reason: "an earlier commit failed".into() }.into());
            }
            (self.shared.current(), self.shared.store.frozen())
        };
        let header = current.tip.header.ok_or(SnapshotError::NoBlock)?;
        let certificate = current.certificate.clone().ok_or(SnapshotError::NoBlock)?;
        begun(header.height());
        let source = Source { current: &current, rows: &*rows, piece_bytes };
        let keys = source.parts(sink)?;
        source.tail(&header, sink)?;
        Ok(Offer {
            header,
            certificate,
            history: current.before.clone(),
            handovers: current.sets.handovers_to(header.height().next()),
            keys,
        })
    }
}

/// The rows of one height, and what is in memory of it.
struct Source<'a> {
    current: &'a Current,
    rows: &'a dyn Frozen,
    piece_bytes: usize,
}

impl Source<'_> {
    /// Gives out the parts, and tells where each begins.
    fn parts(&self, sink: &mut dyn FnMut(Piece) -> Result<(), String>) -> Result<Vec<StateKey>, SnapshotError> {
        let mut cutting = Cutting { source: self, sink, edge: Vec::new(), keys: Vec::new() };
        let mut last: Option<(StateKey, Side)> = None;
        for row in self.rows.scan(Table::Records, &[]) {
            let item = self.item(row?)?;
            let key = item.key;
            if let Some((before, side)) = last.take() {
                let parting = before.first_difference(&key);
                let parting = parting.ok_or_else(|| table::damaged(Table::Records, &key.0, "the key comes twice"))?;
                cutting.close(side, parting)?;
            }
            let bytes = canonical::encode(&item).len();
            last = Some((key, Side::Open { bytes, items: vec![item] }));
        }
        match last {
            Some((_, side)) => cutting.finish(side),
            None => Ok(Vec::new()),
        }
    }

    fn item(&self, (key, value): crate::store::Row) -> Result<Item, Fault> {
        let damaged = || table::damaged(Table::Records, &key, "the key is no state key");
        let key = StateKey(key.as_slice().try_into().map_err(|_| damaged())?);
        let frontier = match self.rows.read(Table::Frontiers, &key.0)? {
            Some(row) => Some(table::decode::<Frontier>(Table::Frontiers, &key.0, &row)?),
            None => None,
        };
        Ok(Item { key, value, frontier })
    }

    /// The way to the one node below which all of these records stand.
    fn way(&self, items: &[Item]) -> Option<Path> {
        let (first, last) = (items.first()?, items.last()?);
        let StateProof::Present { path } = self.current.tree.prove(&first.key) else { return None };
        let parting = first.key.first_difference(&last.key);
        let above = path.steps().iter().take_while(|step| parting.is_none_or(|parting| step.bit < parting));
        Path::new(above.copied().collect()).ok()
    }

    /// Gives out the last blocks, as far back as a receiver needs.
    fn tail(&self, newest: &Header, sink: &mut dyn FnMut(Piece) -> Result<(), String>) -> Result<(), SnapshotError> {
        let window_ms = self.current.tip.parameters.replay_window_ms;
        let (mut blocks, mut bytes, mut height) = (Vec::new(), 0usize, newest.height());
        loop {
            let block = self.tail_block(height)?;
            let size = canonical::encode(&block).len();
            if !blocks.is_empty() && bytes.saturating_add(size) > self.piece_bytes {
                sink(Piece::Tail(std::mem::take(&mut blocks))).map_err(SnapshotError::Sink)?;
                bytes = 0;
            }
            bytes = bytes.saturating_add(size);
            let is_last = reaches_far_enough(&block.header, newest, window_ms);
            blocks.push(block);
            match height.previous().filter(|_| !is_last) {
                Some(before) => height = before,
                None => break,
            }
        }
        sink(Piece::Tail(blocks)).map_err(SnapshotError::Sink)
    }

    fn tail_block(&self, height: Height) -> Result<TailBlock, Fault> {
        let key = table::height_key(height);
        let (header, certificate): (Header, Certificate) = self.row(Table::Headers, &key)?;
        let leaves: Vec<Leaf> = self.row(Table::Leaves, &key)?;
        let has_bodies = self.current.base.is_none_or(|base| height > base.height);
        let stubs: Vec<Stub> = if has_bodies {
            self.row::<Vec<Envelope>>(Table::Bodies, &key)?.iter().map(Envelope::stub).collect()
        } else {
            self.row(Table::Stubs, &key)?
        };
        if !stubs.iter().map(Stub::envelope).eq(leaves.iter().map(|leaf| leaf.envelope)) {
            return Err(table::damaged(Table::Leaves, &key, "the leaves are not those of the block's transactions"));
        }
        let executed = stubs.into_iter().zip(leaves.into_iter().map(|leaf| leaf.outcomes)).collect();
        Ok(TailBlock { header, certificate, executed })
    }

    fn row<T: BorshDeserialize>(&self, table: Table, key: &[u8]) -> Result<T, Fault> {
        let row = self.rows.read(table, key)?.ok_or_else(|| table::damaged(table, key, "the row is missing"))?;
        table::decode(table, key, &row)
    }
}

/// What stands on one side of a node.
enum Side {
    /// Records that may yet become part of a larger part.
    Open { bytes: usize, items: Vec<Item> },
    /// Some of it was given out.
    Given,
}

/// The tree as it is walked, leaf by leaf: of each node whose right side is still growing, its bit and its left side.
struct Cutting<'a, 'b> {
    source: &'a Source<'b>,
    sink: &'a mut dyn FnMut(Piece) -> Result<(), String>,
    edge: Vec<(u8, Side)>,
    keys: Vec<StateKey>,
}

impl Cutting<'_, '_> {
    /// The next key parts from the last one at a bit: every node below that bit is whole.
    fn close(&mut self, mut side: Side, parting: u8) -> Result<(), SnapshotError> {
        while let Some((_, left)) = self.edge.pop_if(|(open, _)| *open > parting) {
            side = self.join(left, side)?;
        }
        self.edge.push((parting, side));
        Ok(())
    }

    fn finish(mut self, mut side: Side) -> Result<Vec<StateKey>, SnapshotError> {
        while let Some((_, left)) = self.edge.pop() {
            side = self.join(left, side)?;
        }
        self.give(side)?;
        Ok(self.keys)
    }

    /// Both sides of a node as one, if they fit; else each is given out by itself.
    fn join(&mut self, left: Side, right: Side) -> Result<Side, SnapshotError> {
        match (left, right) {
            (Side::Open { bytes, mut items }, Side::Open { bytes: more, items: mut others })
                if bytes.saturating_add(more) <= self.source.piece_bytes =>
            {
                items.append(&mut others);
                Ok(Side::Open { bytes: bytes.saturating_add(more), items })
            }
            (left, right) => {
                // What stands further left can become part of nothing larger any more, and comes before these.
                for place in 0..self.edge.len() {
                    let waiting = self.edge.get_mut(place).map(|(_, side)| std::mem::replace(side, Side::Given));
                    self.give(waiting.unwrap_or(Side::Given))?;
                }
                self.give(left)?;
                self.give(right)?;
                Ok(Side::Given)
            }
        }
    }

    fn give(&mut self, side: Side) -> Result<(), SnapshotError> {
        let Side::Open { items, .. } = side else { return Ok(()) };
        let Some(first) = items.first().map(|item| item.key) else { return Ok(()) };
        let no_part =
            || table::damaged(Table::Records, &first.0, "the records from here on are not those of the state tree");
        let part = Part { path: self.source.way(&items).ok_or_else(no_part)?, items };
        part.check(&self.source.current.tip.state_root).map_err(|_| no_part())?;
        if self.keys.len() < MAX_KEYS {
            self.keys.push(first);
        }
        (self.sink)(Piece::Part(part)).map_err(SnapshotError::Sink)
    }
}

// What a tail has at least is what past heights and turns need.
const _: () = assert!(LEAST_TAIL >= crate::past::PAST_HEIGHTS);
