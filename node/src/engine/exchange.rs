//! What the engine and its driver say to one another: events in, effects out.

use super::signing::Signing;
use super::turns::Turns;
use crate::wal::guard::{Position, Said};
use crate::wire::{Names, PeerMessage};
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_consensus::{Entry, Equivocation, Timeouts, Timer};
use bulla_ledger::execute::{Built, Caps, ExecutedBlock, Invalid};
use bulla_ledger::{Tip, Transaction};
use bulla_verify::admission::Stale;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{HeaderHash, Height, Round, TxId};
use bulla_verify::header::Header;
use bulla_verify::keys::PublicKey;
use bulla_verify::recovery::{Recovery, RecoveryError};
use bulla_verify::time::Millis;
use bulla_verify::transaction::Envelope;
use std::sync::Arc;

/// The key by which a peer is known on the chain: a validator's own.
pub type Peer = PublicKey;

/// What the write-ahead log holds of the height being decided.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum LogEntry {
    /// What moved consensus.
    Consensus(Entry),
    /// A block with its bodies, before this validator votes for it.
    Block(Names, Vec<Envelope>),
}

/// An entry together with what it signs, which the guard must remember with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The entry.
    pub entry: LogEntry,
    /// What this validator signed in it.
    pub signed: Option<Said>,
}

/// What can happen to a validator.
#[derive(Debug)]
pub enum Event {
    /// A transaction of a client, which admission has passed. It is answered with the same ticket.
    Submitted(u64, Transaction),
    /// A transaction that a peer admitted, and admission here has passed too.
    Shared(Transaction),
    /// Anything else that a peer sent, but bodies and decided blocks.
    Heard(Peer, PeerMessage),
    /// Bodies of a block, their signatures checked.
    Bodies(HeaderHash, Vec<Transaction>),
    /// Decided blocks, their signatures and leaves checked, ascending; the certificates are not checked yet.
    Decided(Peer, Vec<DecidedBlock>),
    /// A peer is there.
    Joined(Peer),
    /// A peer is gone.
    Left(Peer),
    /// A timer ran out.
    Due(Wake),
    /// The result of [`Job::Build`].
    Built(Round, Built),
    /// The result of [`Job::Execute`].
    Executed(HeaderHash, Result<Arc<ExecutedBlock>, Invalid>),
    /// [`Job::Commit`] is durable: the block, and the new tip.
    Committed(Arc<ExecutedBlock>, Tip),
}

/// A block that a peer says is decided.
#[derive(Clone, Debug)]
pub struct DecidedBlock {
    /// Its header.
    pub header: Header,
    /// Its transactions, in order.
    pub transactions: Vec<Transaction>,
    /// The certificate that came with it.
    pub certificate: Certificate,
}

/// What came of an event.
#[derive(Debug, Default)]
#[must_use]
pub struct Effects {
    /// Through which height the guard is to be silent, now that this is known; durable before anything in `then` is done.
    pub settled: Option<Height>,
    /// Whether the guard is to know nothing any more of what its key signed; durable before anything in `then` is done.
    pub unsettled: bool,
    /// To be appended to the log, in order.
    pub log: Vec<Logged>,
    /// Whether all of that must be durable before anything in `then` is done.
    pub sync: bool,
    /// To be done in order.
    pub then: Vec<Action>,
}

/// Something that the driver owes.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send to one peer.
    Send(Peer, Arc<PeerMessage>),
    /// Send to all peers.
    SendAll(Arc<PeerMessage>),
    /// Send this peer decided blocks from a height.
    SendDecided(Peer, Height),
    /// Bring [`Event::Due`] after so many milliseconds; anew if it is running already.
    SetTimer(Wake, u64),
    /// Stop a timer, if it is running.
    CancelTimer(Wake),
    /// Stop all timers of consensus.
    CancelTimers,
    /// Do a job beside the loop, in the order asked, and bring its event.
    Work(Job),
    /// Answer a client.
    Answer(u64, Result<(), Stale>),
    /// Tell the operator.
    Report(Report),
    /// Stop the process: to go on would be worse.
    Halt(Halt),
}

/// What takes longer than a loop may wait.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a job is moved twice, a few times a height")]
pub enum Job {
    /// Build a block on the tip, and bring [`Event::Built`].
    Build {
        /// For which round.
        round: Round,
        /// The block's time.
        time: Millis,
        /// What could go into it, in order.
        candidates: Vec<Transaction>,
        /// How much may go into it.
        caps: Caps,
    },
    /// Execute a block on the tip, and bring [`Event::Executed`].
    Execute(Header, Vec<Transaction>),
    /// Commit a block durably, and bring [`Event::Committed`]; before that the next height's log is begun.
    Commit(Arc<ExecutedBlock>, Certificate),
}

/// What can wake the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    /// A wait of consensus.
    Consensus(Timer),
    /// The chain has been idle for a heartbeat.
    Heartbeat,
    /// Ask again for what is missing, and tell peers one's tip.
    Tick,
}

/// What an operator should know.
#[derive(Clone, Debug)]
pub enum Report {
    /// A round ended without a decision; this one has begun.
    Round(Height, Round),
    /// A validator signed two different things at one place.
    Equivocation(Box<Equivocation>),
    /// This validator's key signed something here that this process did not: another one has the key. Nothing is signed any more.
    Copied(Position),
    /// This validator's guard kept it from signing.
    Withheld(String),
    /// A peer's message was refused.
    Refused(Peer, String),
    /// A waiting transaction can no longer be in a block.
    Dropped(TxId, Stale),
    /// A proposal is refused by the ledger.
    Invalid(HeaderHash, Invalid),
    /// A proposal's time is further from this clock than the bound.
    Doubted(HeaderHash, Millis),
}

/// Why the process stops.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Halt {
    /// A quorum decided a block that this node's ledger refuses: it, or more than two thirds of the others, are broken.
    #[error("height {0} is decided, but executing it here gives another result ({1}); run bullad fsck on this node")]
    Diverged(Height, Invalid),
    /// All operators agreed to go on from another block, or this node's record of it is none.
    #[error(
        "{0}; compare this node's last block with the others', and sign the record anew, or restore this node from one of them"
    )]
    Recovery(RecoveryError),
    /// Consensus stopped.
    #[error(transparent)]
    Consensus(#[from] bulla_consensus::Fault),
}

/// What an engine is told at its start.
pub struct Start {
    /// What the ledger has committed last.
    pub tip: Tip,
    /// Who missed the last turns.
    pub turns: Turns,
    /// The key with its guard.
    pub signing: Signing,
    /// How long the steps of a round are waited for.
    pub timeouts: Timeouts,
    /// What the write-ahead log holds of the height after the tip, with the blocks' bodies checked.
    pub log: Vec<Entry>,
    /// The blocks that it holds.
    pub blocks: Vec<(Names, Vec<Transaction>)>,
    /// What all operators agreed on, if this node was told: it is followed once its last block is the tip.
    pub recovery: Option<Box<Recovery>>,
}
