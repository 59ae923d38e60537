//! Snapshots as files, for peers that join: each piece is a file, and an offer, written last, says that a snapshot is whole.
//!
//! ```text
//! 000000012000.part.00000   a part, and so on
//! 000000012000.tail.000000012000   blocks of the tail, from the height that its name ends with, down
//! 000000012000.offer        there only when all the others are
//! ```
//!
//! What is read is sent as it is: whoever gets it checks it.

use crate::disk::{Disk, Fault};
use borsh::BorshDeserialize;
use bulla_ledger::Ledger;
use bulla_ledger::snapshot::{Offer, PART_BYTES, Part, Piece, SnapshotError, TailBlock};
use bulla_verify::canonical;
use bulla_verify::chain::Height;
use bulla_verify::tree::StateKey;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many whole snapshots are kept: who joins may take longer over one than it takes until the next.
pub const KEPT: usize = 2;

/// The longest file: an offer with as many keys as it may have.
const MAX_FILE_BYTES: usize = 4 << 20;

/// The snapshots of a directory. It is read while one is being made.
#[derive(Debug)]
pub struct Shelf<D> {
    disk: Mutex<D>,
    piece_bytes: usize,
}

/// Why a snapshot is not made, or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShelfError {
    /// The ledger gives none.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] Fault),
    /// A file is not what was written.
    #[error("{name} cannot be read as a piece of a snapshot; remove the snapshot's files, and make it anew")]
    Damaged {
        /// Which file.
        name: String,
    },
}

impl<D: Disk> Shelf<D> {
    /// The snapshots of a directory.
    pub fn new(disk: D) -> Self {
        Shelf::with_pieces_of(PART_BYTES, disk)
    }

    /// As [`Shelf::new`]; what is made has pieces of about so many bytes. A small ledger has several of them only so.
    pub fn with_pieces_of(piece_bytes: usize, disk: D) -> Self {
        Shelf { disk: Mutex::new(disk), piece_bytes }
    }

    /// The heights of the whole snapshots, ascending.
    pub fn heights(&self) -> Result<Vec<Height>, Fault> {
        let names = self.disk().list()?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(".offer")?.parse().ok().map(Height)).collect())
    }

    /// Makes a snapshot of the tip, and tells its height as soon as blocks may follow. Older ones than the last [`KEPT`], and what
    /// was left unfinished, are removed.
    pub fn make(&self, ledger: &Ledger, begun: &mut dyn FnMut(Height)) -> Result<Height, ShelfError> {
        let mut parts = 0usize;
        // Told before the first piece.
        let at = std::cell::Cell::new(Height(0));
        let offer = ledger.snapshot(
            self.piece_bytes,
            &mut |frozen| {
                at.set(frozen);
                begun(frozen);
            },
            &mut |piece| {
                let height = at.get();
                let (name, bytes) = match &piece {
                    Piece::Part(part) => {
                        parts = parts.saturating_add(1);
                        (part_name(height, parts.saturating_sub(1)), canonical::encode(part))
                    }
                    Piece::Tail(blocks) => (tail_name(height, blocks), canonical::encode(blocks)),
                };
                self.disk().replace(&name, &bytes).map_err(|fault| fault.to_string())
            },
        )?;
        let height = offer.height();
        self.disk().replace(&offer_name(height), &canonical::encode(&offer))?;
        self.prune()?;
        Ok(height)
    }

    /// The offer of a height.
    pub fn offer(&self, height: Height) -> Result<Option<Offer>, ShelfError> {
        self.read(&offer_name(height))
    }

    /// The first part that begins at a key or after it.
    pub fn part(&self, height: Height, from: &StateKey) -> Result<Option<Part>, ShelfError> {
        let Some(offer) = self.offer(height)? else { return Ok(None) };
        let place = offer.keys.partition_point(|key| key < from);
        self.read(&part_name(height, place))
    }

    /// Blocks of the tail from a height down, as many as are in one file.
    pub fn tail(&self, height: Height, from: Height) -> Result<Vec<TailBlock>, ShelfError> {
        let prefix = format!("{:012}.tail.", height.0);
        let names = self.names(&prefix)?;
        let top = |name: &String| name.strip_prefix(&prefix).and_then(|top| top.parse::<u64>().ok());
        let Some(name) = names.iter().find(|name| top(name) >= Some(from.0)) else { return Ok(Vec::new()) };
        let mut blocks: Vec<TailBlock> = self.read(name)?.unwrap_or_default();
        blocks.retain(|block| block.header.height() <= from);
        Ok(blocks)
    }

    /// Removes all but the last whole snapshots.
    fn prune(&self) -> Result<(), Fault> {
        let heights = self.heights()?;
        let kept: Vec<String> = heights.iter().rev().take(KEPT).map(|height| format!("{:012}.", height.0)).collect();
        let mut names = self.names("")?;
        // Without its offer a snapshot is nothing: that goes first.
        names.sort_by_key(|name| !name.ends_with(".offer"));
        for name in names.iter().filter(|name| !kept.iter().any(|prefix| name.starts_with(prefix))) {
            self.disk().remove(name)?;
        }
        Ok(())
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        Ok(self.disk().list()?.into_iter().filter(|name| name.starts_with(prefix)).collect())
    }

    fn read<T: BorshDeserialize>(&self, name: &str) -> Result<Option<T>, ShelfError> {
        let Some(bytes) = self.disk().read(name)? else { return Ok(None) };
        let decoded = canonical::decode(&bytes, MAX_FILE_BYTES);
        decoded.map(Some).map_err(|_| ShelfError::Damaged { name: name.to_owned() })
    }

    // Whoever panics while holding the lock leaves a whole value behind, so poison says nothing.
    fn disk(&self) -> MutexGuard<'_, D> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn offer_name(height: Height) -> String {
    format!("{:012}.offer", height.0)
}

fn part_name(height: Height, place: usize) -> String {
    format!("{:012}.part.{place:05}", height.0)
}

fn tail_name(height: Height, blocks: &[TailBlock]) -> String {
    let top = blocks.first().map_or(0, |block| block.header.height().0);
    format!("{:012}.tail.{top:012}", height.0)
}
