//! What a node answers, in the words of `bulla-verify`. Nothing here is proved: that is what proof files are for.

mod reason;

pub use reason::{Mute, TooFew, Why};

use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, EnvelopeHash, HeaderHash, Height, Round, TxId};
use bulla_verify::governance::{Followers, Validators};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::licence::{Entry, Licence};
use bulla_verify::list::Head;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::status::{Status, status};
use bulla_verify::time::Millis;

/// Why something is refused, of whatever area.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}; {advice}")]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// The name of the rule.
    pub name: String,
    /// What was expected and found.
    pub text: String,
    /// What to do.
    pub advice: String,
    /// The place of the refused operation in the transaction, from 0; none if the whole transaction is meant.
    pub operation: Option<u32>,
}

/// A transaction that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The id by which to ask for it.
    pub id: TxId,
    /// How far it is.
    pub stage: Stage,
}

/// How far a transaction is that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for a block.
    Admitted,
    /// As admitted, and the time to wait is over. It may still become final: ask for it by its id.
    Waiting,
    /// It is final, and durable at the node.
    Final(Final),
}

/// Where a transaction stands for ever, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Final {
    /// The block.
    pub height: Height,
    /// Its place in the block, from 0.
    pub index: u32,
    /// One for each of its operations, in their order. They may have been refused.
    pub outcomes: Vec<Outcome>,
}

/// What a node knows of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is not final, and was not admitted at this node. It may wait at another.
    Unknown,
    /// It was admitted at this node and is not final.
    Waiting,
    /// It is final, and durable at this node.
    Final(Final),
    /// It was admitted at this node, is in no block, and can be in none any more.
    Refused(Refusal),
}

/// The block after which an answer about the state was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The height; 0 before the first block.
    pub height: Height,
    /// Its block time.
    pub time: Millis,
    /// Whether later blocks may have been decided without the node that answers: it has not heard from a quorum lately, or
    /// knows that a peer is more than a block ahead.
    pub stale: bool,
}

/// What a transaction would meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// First the refusals of the whole transaction, then those of its operations. If it is malformed, that alone.
    pub refusals: Vec<Refusal>,
    /// The state that was asked.
    pub as_of: AsOf,
}

/// What the ledger holds under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<R> {
    /// The record, if there is one.
    pub record: Option<R>,
    /// The state that was asked.
    pub as_of: AsOf,
    /// If asked for: the bytes of a proof file (`*.bulla`), of the record or of its absence.
    pub proof: Option<Vec<u8>>,
}

impl Found<Licence> {
    /// The licence's status at the block time of the answer, if there is such a licence.
    pub fn status(&self) -> Option<Status> {
        self.record.as_ref().map(|licence| status(licence, self.as_of.time))
    }
}

/// Acts on a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The licence, if it was ever issued; it says how many acts there are.
    pub licence: Option<Licence>,
    /// The acts from the first wanted.
    pub acts: Vec<Entry>,
    /// The state that was asked.
    pub as_of: AsOf,
}

/// Lines of a list whose length and root stand in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The canonical bytes of the record; none if there is no such record, and so no line.
    pub record: Option<Vec<u8>>,
    /// The list, as the record has it.
    pub head: Head,
    /// The canonical bytes of the lines from the first wanted.
    pub lines: Vec<Vec<u8>>,
    /// The state that was asked.
    pub as_of: AsOf,
}

/// A block that is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its header.
    pub header: Header,
    /// The decision on it, as this node keeps it.
    pub certificate: Certificate,
    /// The validators that signed the decision.
    pub signers: Vec<PublicKey>,
    /// How many validators there were.
    pub validators: u32,
    /// How many transactions it has.
    pub transaction_count: u64,
    /// The transactions from the first wanted.
    pub transactions: Vec<BlockTransaction>,
}

/// A transaction of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockTransaction {
    /// Its id.
    pub id: TxId,
    /// The hash of its envelope.
    pub envelope: EnvelopeHash,
    /// How many of its operations took effect.
    pub applied: u32,
    /// How many were refused.
    pub refused: u32,
    /// How many fell because another was refused.
    pub dropped: u32,
}

/// Who decides blocks, and who only follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governed {
    /// The validators of the next height, with their marks.
    pub validators: Validators,
    /// The nodes that may connect and do not vote.
    pub followers: Followers,
    /// The state that was asked.
    pub as_of: AsOf,
}

/// How a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// The chain.
    pub chain: ChainId,
    /// The version of its program.
    pub version: String,
    /// Its own key on the chain.
    pub key: PublicKey,
    /// The last block that is durable there; 0 before the first.
    pub height: Height,
    /// Its time.
    pub block_time: Millis,
    /// The root of the state after it.
    pub state_root: Hash,
    /// The hash of its header.
    pub header_hash: HeaderHash,
    /// What is being decided, if anything is.
    pub deciding: Option<(Height, Round)>,
    /// The other nodes that it is configured to speak with.
    pub peers: Vec<Peer>,
    /// How many transactions wait for a block.
    pub pool_count: u64,
    /// How many bytes of envelopes they have.
    pub pool_bytes: u64,
    /// Why it does not vote, if it does not.
    pub mute: Option<Mute>,
    /// Why it is waiting, or what else an operator should look at. Empty if all is well.
    pub why: Vec<Why>,
    /// Its own clock when it answered.
    pub clock: Millis,
    /// How far a fresh proposal's time may be from a validator's clock, in milliseconds.
    pub clock_bound_ms: u32,
    /// The file system that its data stand on, if it could be asked.
    pub disk: Option<Disk>,
    /// The validators that missed their last turns to propose, and are passed over.
    pub passed_over: Vec<PublicKey>,
    /// Whom it turned away lately, at most sixteen, the latest last.
    pub turned_away: Vec<TurnedAway>,
}

/// A file system's room, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What the node may still write.
    pub free_bytes: u64,
    /// All that there is.
    pub total_bytes: u64,
}

/// Somebody who was turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// A peer's key, or a stranger's identity and address.
    pub who: String,
    /// Why, in words.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// Another node, as the one that answers sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its key on the chain.
    pub key: PublicKey,
    /// The organisation that runs it, if it is a validator of the next height.
    pub organisation: Option<Uscc>,
    /// Whether it is connected.
    pub connected: bool,
    /// The highest block that it has told of.
    pub height: Height,
}
