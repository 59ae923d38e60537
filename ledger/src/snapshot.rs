//! Snapshots: the ledger at one height, in pieces that each prove themselves, for a node that begins there.
//!
//! | travels | is checked against |
//! |---|---|
//! | the header of the height and its certificate | the validators that genesis and the hand-overs lead to |
//! | [`Part`]s: all records below one node of the state tree, with the way from there up | the header's state root |
//! | the frontier of each list of a record, in the same part | the length and root that the record holds |
//! | the frontier of the list of headers | the length and root that the header holds |
//! | [`TailBlock`]s: the last headers with their leaves, newest first | each by its child's parent hash, and its leaves by the header |
//!
//! So it makes no difference who sent a piece, or in what order. That nothing is missing follows from the ways of the parts:
//! after each part the next begins where its way says ([`Part::next`]), up to one after which there is none. The last blocks
//! give the ids that may not come again, exactly; and who missed the last turns.
//!
//! What does not travel: list entries, and blocks, of before the height. A ledger that began with a snapshot says so when it is
//! asked ([`Fault::NotHeld`](crate::store::Fault::NotHeld)). Decision 0016.

mod make;
mod take;

pub use make::{Piece, SnapshotError};
pub(crate) use take::is_begun;
pub use take::{Taking, TakingError, Wanted};

use crate::block::Leaf;
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::anchor::{Anchor, Uncertified};
use bulla_verify::certificate::{Certificate, CertificateError};
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::genesis::Genesis;
use bulla_verify::handover::{self, BrokenLink, Handover};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::list::Frontier;
use bulla_verify::planted::{self, Bug};
use bulla_verify::record::{MAX_RECORD_BYTES, list_head};
use bulla_verify::refusal::Outcome;
use bulla_verify::transaction::Stub;
use bulla_verify::tree::{Leaf as StateLeaf, Path, StateKey, inner_hash, value_hash};
use bulla_verify::validators::ValidatorSet;
use std::collections::BTreeMap;

/// About the most bytes of a part: a few hundredths of a second of a usual line, and of the work to check it. A record with
/// its frontier always fits.
pub const PART_BYTES: usize = 512 << 10;

/// The most parts of which an offer tells where they begin: 2 MiB of keys, for 32 GiB of records. Those after them are found
/// one from the other.
pub const MAX_KEYS: usize = 1 << 16;

/// So many of the last blocks travel even if they are older than the replay window: whoever goes on from a height must know
/// who missed the turns before it.
pub const LEAST_TAIL: u64 = 256;

/// Which snapshot there is, and what its parts are checked with. Nothing about it holds before [`Offer::check`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offer {
    /// The header of its height.
    pub header: Header,
    /// The decision on it.
    pub certificate: Certificate,
    /// The list of the hashes of all headers before it.
    pub history: Frontier,
    /// The hand-overs from genesis to the validators of the next height.
    pub handovers: Vec<Handover>,
    /// The first keys of the parts as the sender has them, ascending: a hint, so that several can be asked for at once.
    pub keys: Vec<StateKey>,
}

/// A record, with the frontier of its list if it has one.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Item {
    /// Where it stands.
    pub key: StateKey,
    /// Its canonical bytes.
    pub value: Vec<u8>,
    /// What appending to its list needs.
    pub frontier: Option<Frontier>,
}

/// All records below one node of the state tree.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// The way from the root to that node.
    pub path: Path,
    /// The records, in ascending order of their keys.
    pub items: Vec<Item>,
}

/// A block of before the snapshot's height, or of it, without its bodies.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TailBlock {
    /// The header.
    pub header: Header,
    /// The decision on it.
    pub certificate: Certificate,
    /// What is left of each transaction, and what came of it, in order.
    pub executed: Vec<(Stub, Vec<Outcome>)>,
}

/// Why an offer is not believed, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// A snapshot of another network.
    #[error("the snapshot is of chain {found}, this is {expected}")]
    Chain {
        /// Which chain.
        found: ChainId,
        /// Of which chain this is.
        expected: ChainId,
    },
    /// A hand-over does not hold.
    #[error(transparent)]
    Handover(#[from] BrokenLink),
    /// The validators did not decide this header.
    #[error("the snapshot's header is not certified: {0}")]
    Uncertified(#[from] Uncertified),
    /// The validators of the next height are not among the hand-overs.
    #[error("the hand-overs do not lead to the validators that the header names for the next height")]
    NextValidators,
    /// The list of headers is another than the header's.
    #[error("the list of headers before it is not the one that the header commits to")]
    History,
    /// Not ascending, or too many.
    #[error("the parts are not told in ascending order, or there are more than {MAX_KEYS}")]
    Keys,
}

/// Why a part is not believed, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// It has no record, or not in ascending order.
    #[error("the part's records do not strictly ascend")]
    Order,
    /// It holds records that the way does not lead to.
    #[error("the part's records do not stand below one node at the end of its way")]
    Way,
    /// A record, or the list that belongs to it, is not what it should be.
    #[error("the list of record {key} is not the one that the record holds the root of")]
    List {
        /// Which record.
        key: StateKey,
    },
    /// Usual cause: a record that was altered, left out or added; or the part of another height.
    #[error("the part leads to another state root")]
    Root,
}

/// Why a block is not one of the last, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TailError {
    /// It is not the parent of the one before.
    #[error("block {0} is not the one that the block after it builds on")]
    Parent(Height),
    /// Other transactions, or other outcomes.
    #[error("the leaves of block {0} are not those of its header")]
    Leaves(Height),
    /// The certificate is of another block.
    #[error("the certificate beside block {0} is of another block")]
    OtherBlock(Height),
    /// The validators did not decide it.
    #[error("the certificate of block {height} does not hold: {reason}")]
    Certificate {
        /// Which block.
        height: Height,
        /// Why.
        reason: CertificateError,
    },
}

impl Offer {
    /// The height of the snapshot.
    pub fn height(&self) -> Height {
        self.header.height()
    }

    /// Checks all of it but the hint, which may say anything in order. Answers the validator sets, by the first height of each.
    pub fn check(&self, genesis: &Genesis) -> Result<BTreeMap<Height, ValidatorSet>, OfferError> {
        let Offer { header, certificate, history, handovers, keys } = self;
        let anchor = Anchor::genesis(genesis);
        let (found, expected) = (header.rest.chain, anchor.chain());
        if found != expected {
            return Err(OfferError::Chain { found, expected });
        }
        let before = handovers.partition_point(|handover| handover.header.height() < header.height());
        let in_force = handover::in_force_at(header.height(), &anchor, handovers.get(..before).unwrap_or_default())?;
        in_force.check(&header.light, &header.rest.hash(), certificate)?;
        let after = handover::follow(&anchor, handovers)?;
        if after.height() > header.height() || after.validators().hash() != header.rest.next_validators {
            return Err(OfferError::NextValidators);
        }
        if history.head() != header.rest.history || header.rest.history.len.checked_add(1) != Some(header.height().0) {
            return Err(OfferError::History);
        }
        if keys.len() > MAX_KEYS || !keys.is_sorted_by(|one, next| one < next) {
            return Err(OfferError::Keys);
        }
        let sets = handovers.iter().map(|one| (one.header.height().next(), one.validators.clone()));
        Ok(std::iter::once((Height(1), genesis.validators.clone())).chain(sets).collect())
    }
}

impl Part {
    /// Checks that these are all records below a node of the tree of this root, and their lists those of the records.
    pub fn check(&self, state_root: &Hash) -> Result<(), PartError> {
        let (Some(first), Some(last)) = (self.items.first(), self.items.last()) else { return Err(PartError::Order) };
        if !self.items.is_sorted_by(|one, next| one.key < next.key) {
            return Err(PartError::Order);
        }
        let parting = first.key.first_difference(&last.key);
        let deepest = self.path.steps().last().map(|step| step.bit);
        if parting.zip(deepest).is_some_and(|(parting, deepest)| parting <= deepest) {
            return Err(PartError::Way);
        }
        for Item { key, value, frontier } in &self.items {
            if value.len() > MAX_RECORD_BYTES || list_head(key, value) != frontier.as_ref().map(Frontier::head) {
                return Err(PartError::List { key: *key });
            }
        }
        let leaves = self.items.iter().map(|item| StateLeaf { key: item.key, value_hash: value_hash(&item.value) });
        let hash = subtree(leaves).ok_or(PartError::Order)?;
        let leads_there = self.path.fold(&first.key, hash) == *state_root || planted::on(Bug::BelievePart);
        if leads_there { Ok(()) } else { Err(PartError::Root) }
    }

    /// Its first key.
    pub fn first(&self) -> Option<StateKey> {
        self.items.first().map(|item| item.key)
    }

    /// From which key on the next part begins; none after the last part.
    pub fn next(&self) -> Option<StateKey> {
        next_after(&self.first()?, &bits_of(&self.path))
    }
}

/// The bits at which a way's nodes part.
pub(crate) fn bits_of(path: &Path) -> Vec<u8> {
    path.steps().iter().map(|step| step.bit).collect()
}

/// The first key that can come after all keys below a node: that of the right side of the last node that the way leaves to the
/// left.
pub(crate) fn next_after(key: &StateKey, bits: &[u8]) -> Option<StateKey> {
    let turn = bits.iter().rev().find(|bit| !key.bit(**bit))?;
    let (byte, place) = (usize::from(turn >> 3), u32::from(turn & 7));
    let set = 0x80u8.wrapping_shr(place);
    let mut next = StateKey([0; 32]);
    for (at, (byte_of_next, of_key)) in next.0.iter_mut().zip(&key.0).take(byte.saturating_add(1)).enumerate() {
        // Above the bit as the key has it; the bit set; zeros below.
        *byte_of_next = if at < byte { *of_key } else { *of_key & !set.wrapping_shl(1).wrapping_sub(1) | set };
    }
    Some(next)
}

/// Whether the search for a key comes to a node: all on its way agrees with the key.
pub(crate) fn leads_to(cursor: &StateKey, key: &StateKey, bits: &[u8]) -> bool {
    bits.iter().all(|bit| cursor.bit(*bit) == key.bit(*bit))
}

/// The hash of the tree of these leaves, which ascend.
fn subtree(leaves: impl Iterator<Item = StateLeaf>) -> Option<Hash> {
    let mut edge: Vec<(u8, Hash)> = Vec::new();
    let mut last: Option<(StateKey, Hash)> = None;
    for leaf in leaves {
        if let Some((before, mut hash)) = last.take() {
            let parting = before.first_difference(&leaf.key)?;
            while let Some((deeper, left)) = edge.pop_if(|(open, _)| *open > parting) {
                hash = inner_hash(deeper, &left, &hash);
            }
            edge.push((parting, hash));
        }
        last = Some((leaf.key, leaf.hash()));
    }
    let (_, hash) = last?;
    Some(edge.into_iter().rfold(hash, |right, (bit, left)| inner_hash(bit, &left, &right)))
}

impl TailBlock {
    /// The leaves of the block.
    pub fn leaves(&self) -> Vec<Leaf> {
        let leaf =
            |(stub, outcomes): &(Stub, Vec<Outcome>)| Leaf { envelope: stub.envelope(), outcomes: outcomes.clone() };
        self.executed.iter().map(leaf).collect()
    }

    /// Checks that it is the block that a later one names as its parent, or the snapshot's own, and that the validators of its
    /// height decided it.
    fn check(&self, parent: &bulla_verify::chain::HeaderHash, validators: &ValidatorSet) -> Result<(), TailError> {
        let (height, hash) = (self.header.height(), self.header.hash());
        if hash != *parent {
            return Err(TailError::Parent(height));
        }
        if Leaf::head(&self.leaves()) != self.header.rest.leaves {
            return Err(TailError::Leaves(height));
        }
        if self.certificate.height != height || self.certificate.value != hash {
            return Err(TailError::OtherBlock(height));
        }
        let checked = self.certificate.check(self.header.rest.chain, validators);
        checked.map_err(|reason| TailError::Certificate { height, reason })
    }
}

/// Whether nothing before this header is needed to go on from the snapshot's: it is the first, or so old that every id before
/// it has expired.
fn reaches_far_enough(oldest: &Header, newest: &Header, window_ms: u32) -> bool {
    let is_far = newest.height().0.saturating_sub(oldest.height().0).saturating_add(1) >= LEAST_TAIL;
    let has_expired = oldest.light.time.plus(i64::from(window_ms)) <= newest.light.time;
    oldest.height() <= Height(1) || is_far && has_expired
}

#[cfg(test)]
pub(crate) mod tests;
