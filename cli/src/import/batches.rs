//! Operations into transactions: what belongs together stays together and in order, so that transactions may come to the ledger
//! in any order.

use bulla_verify::canonical;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::operation::Operation;
use bulla_verify::transaction::{MAX_ENVELOPE_BYTES, MAX_OPERATIONS};
use std::collections::BTreeMap;
use std::ops::Range;

/// Room for all of an envelope that is not operations: its head, 16 signers and their signatures take less than 2 KiB.
pub(super) const MAX_BATCH_BYTES: usize = MAX_ENVELOPE_BYTES - 4_096;

/// One transaction of acts, each with its own outcome.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The source whose body signs.
    pub(crate) source: String,
    /// From the file and the first row: see [`nonce`].
    pub(crate) nonce: [u8; 16],
    /// The place of the batch that must be final before: only where what belongs together is more than a transaction.
    pub(crate) after: Option<usize>,
    /// The acts.
    pub(crate) operations: Vec<Operation>,
}

/// The acts of one row.
pub(crate) struct Piece {
    /// The row.
    pub(crate) row: u32,
    /// Its acts, fewer than a transaction may have.
    pub(crate) operations: Vec<Operation>,
}

/// The nonce of the transaction whose first row this is; a resumed import finds it again, and no other row has it.
pub(crate) fn nonce(file: &Hash, first_row: u32) -> [u8; 16] {
    let Hash(bytes) = Context::ImportNonce.hash_of(&(file, first_row));
    let (first, _) = bytes.split_first_chunk().expect("a hash has 32 bytes");
    *first
}

/// Transactions that are being filled.
pub(crate) struct Batches {
    file: Hash,
    limit: usize,
    batches: Vec<Batch>,
    /// By source: the place of the batch that is being filled, and its bytes.
    open: BTreeMap<String, (usize, usize)>,
}

impl Batches {
    /// Of a file, with at most so many acts in a transaction.
    pub(crate) fn of(file: Hash, acts_per_transaction: usize) -> Batches {
        // One row has two acts at most.
        let limit = acts_per_transaction.clamp(2, MAX_OPERATIONS);
        Batches { file, limit, batches: Vec::new(), open: BTreeMap::new() }
    }

    /// All of them.
    pub(crate) fn done(self) -> Vec<Batch> {
        self.batches
    }

    /// Puts acts that belong together into their source's open batch: all together, unless they are too many for any batch.
    /// For each piece, in their order, its batch and its places there.
    pub(crate) fn place(&mut self, source: &str, pieces: Vec<Piece>) -> Vec<(usize, Range<usize>)> {
        let whole = Size::of(&pieces);
        let groups =
            if whole.fits(self.limit) { vec![pieces] } else { pieces.into_iter().map(|piece| vec![piece]).collect() };
        let (mut before, mut places) = (None, Vec::new());
        for group in groups.into_iter().filter(|group| !group.is_empty()) {
            let place = self.batch_for(source, &group, before);
            if let Some(batch) = self.batches.get_mut(place) {
                for piece in group {
                    let start = batch.operations.len();
                    batch.operations.extend(piece.operations);
                    places.push((place, start..batch.operations.len()));
                }
            }
            before = Some(place);
        }
        places
    }

    /// The open batch if there is room in it, else a new one, which follows the batch with the earlier acts.
    fn batch_for(&mut self, source: &str, group: &[Piece], before: Option<usize>) -> usize {
        let more = Size::of(group);
        if let Some((place, bytes)) = self.open.get_mut(source)
            && let Some(batch) = self.batches.get(*place)
        {
            let size = Size { acts: batch.operations.len(), bytes: *bytes }.plus(&more);
            if size.fits(self.limit) {
                *bytes = size.bytes;
                return *place;
            }
        }
        let place = self.batches.len();
        let first_row = group.first().map_or(0, |first| first.row);
        self.batches.push(Batch {
            source: source.to_owned(),
            nonce: nonce(&self.file, first_row),
            after: before,
            operations: Vec::new(),
        });
        self.open.insert(source.to_owned(), (place, more.bytes));
        place
    }
}

/// How much of a transaction acts take.
struct Size {
    acts: usize,
    bytes: usize,
}

impl Size {
    fn of(pieces: &[Piece]) -> Size {
        let operations = || pieces.iter().flat_map(|piece| &piece.operations);
        let bytes = operations().map(|operation| canonical::encode(operation).len()).sum();
        Size { acts: operations().count(), bytes }
    }

    fn plus(&self, more: &Size) -> Size {
        Size { acts: self.acts.saturating_add(more.acts), bytes: self.bytes.saturating_add(more.bytes) }
    }

    fn fits(&self, limit: usize) -> bool {
        self.acts <= limit && self.bytes <= MAX_BATCH_BYTES
    }
}
