//! The jobs that the engine asks for and that must not keep its loop waiting: each a plain function from the ledger and the
//! question to the event that answers it. The daemon runs them on other threads, the simulator in simulated time.

use crate::disk::Disk;
use crate::engine::{DecidedBlock, Event, Peer};
use crate::shelf::{Shelf, ShelfError};
use crate::wire::{PIECE_BYTES, PeerMessage};
use bulla_ledger::block::CertifiedBlock;
use bulla_ledger::commit::CommitError;
use bulla_ledger::execute::{self, Caps, ExecuteError, ExecutedBlock};
use bulla_ledger::store::Fault;
use bulla_ledger::{Ledger, Transaction};
use bulla_verify::admission::Stale;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, Height, Round};
use bulla_verify::header::Header;
use bulla_verify::keys::PublicKey;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Envelope, Malformed};
use std::sync::Arc;

/// Builds a block on the tip. No event if another block was committed meanwhile.
pub fn build(
    ledger: &Ledger,
    own: PublicKey,
    round: Round,
    time: Millis,
    candidates: &[Transaction],
    caps: Caps,
) -> Result<Option<Event>, Fault> {
    match execute::build(&ledger.parent(), candidates, own, time, caps) {
        Ok(built) => Ok(Some(Event::Built(round, built))),
        Err(Fault::Outdated) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Executes a block on the tip. No event if another block was committed meanwhile.
pub fn execute(ledger: &Ledger, header: &Header, transactions: Vec<Transaction>) -> Result<Option<Event>, Fault> {
    let (value, parent) = (header.hash(), ledger.parent());
    // The ledger is ahead of what the engine has heard of it: what was asked for before a commit may come after it.
    if header.height() <= parent.tip().height {
        return Ok(None);
    }
    match execute::execute(&parent, header, transactions) {
        Ok(executed) => Ok(Some(Event::Executed(value, Ok(executed)))),
        Err(ExecuteError::Invalid(invalid)) => Ok(Some(Event::Executed(value, Err(invalid)))),
        Err(ExecuteError::Fault(Fault::Outdated)) => Ok(None),
        Err(ExecuteError::Fault(fault)) => Err(fault),
    }
}

/// Makes a decided block durable. A fault if it is the last that this program knows the protocol of: the node stops.
pub fn commit(ledger: &Ledger, executed: Arc<ExecutedBlock>, certificate: &Certificate) -> Result<Event, CommitError> {
    let tip = ledger.commit(&executed, certificate)?;
    tip.check_version()?;
    Ok(Event::Committed(executed, tip))
}

/// Decided blocks for a peer that catches up, from a height on; none if this node joined above it.
pub fn decided(ledger: &Ledger, from: Height) -> Result<PeerMessage, Fault> {
    match ledger.blocks(from, PIECE_BYTES) {
        Err(Fault::NotHeld { .. }) => Ok(PeerMessage::Decided(Vec::new())),
        blocks => blocks.map(PeerMessage::Decided),
    }
}

/// Why a transaction is not admitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// It can never be in a block.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It cannot be in the next block.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The ledger failed; nothing is known of the transaction.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Checks a transaction's shape and signatures, and whether the next block could include it.
pub fn admit(ledger: &Ledger, envelope: Envelope, now: Millis) -> Result<Transaction, NotAdmitted> {
    let transaction = envelope.check(ledger.tip().chain)?;
    ledger.admit(&transaction, now)??;
    Ok(Arc::new(transaction))
}

/// What a peer's message is to the engine, its signatures checked; none if it is nothing.
pub fn receive(ledger: &Ledger, peer: Peer, message: PeerMessage, now: Millis) -> Option<Event> {
    let chain = ledger.tip().chain;
    match message {
        PeerMessage::Transaction(envelope) => admit(ledger, envelope, now).ok().map(Event::Shared),
        PeerMessage::Bodies(value, envelopes) => Some(Event::Bodies(value, checked(chain, envelopes)?)),
        PeerMessage::Decided(blocks) => {
            let blocks: Option<Vec<_>> = blocks.into_iter().map(|block| opened(chain, block)).collect();
            Some(Event::Decided(peer, blocks.unwrap_or_default()))
        }
        PeerMessage::Consensus(_)
        | PeerMessage::Proposal(..)
        | PeerMessage::Tip(_)
        | PeerMessage::WantBlock { .. }
        | PeerMessage::Names(_)
        | PeerMessage::WantDecided(_) => Some(Event::Heard(peer, message)),
        PeerMessage::WantOffer
        | PeerMessage::WantPart(..)
        | PeerMessage::WantTail(..)
        | PeerMessage::Offer(_)
        | PeerMessage::Part(..)
        | PeerMessage::Tail(..) => None,
    }
}

/// The answer to what a peer that joins asks; none if it is no such question.
pub fn serve<D: Disk>(shelf: &Shelf<D>, message: &PeerMessage) -> Result<Option<PeerMessage>, ShelfError> {
    let answer = match message {
        PeerMessage::WantOffer => {
            let last = shelf.heights()?.last().copied();
            let offer = last.map(|height| shelf.offer(height)).transpose()?.flatten();
            PeerMessage::Offer(offer.map(Box::new))
        }
        PeerMessage::WantPart(height, key) => PeerMessage::Part(*height, *key, shelf.part(*height, key)?),
        PeerMessage::WantTail(height, from) => PeerMessage::Tail(*height, *from, shelf.tail(*height, *from)?),
        PeerMessage::Transaction(_)
        | PeerMessage::Consensus(_)
        | PeerMessage::Proposal(..)
        | PeerMessage::Tip(_)
        | PeerMessage::WantBlock { .. }
        | PeerMessage::Names(_)
        | PeerMessage::Bodies(..)
        | PeerMessage::WantDecided(_)
        | PeerMessage::Decided(_)
        | PeerMessage::Offer(_)
        | PeerMessage::Part(..)
        | PeerMessage::Tail(..) => return Ok(None),
    };
    Ok(Some(answer))
}

fn checked(chain: ChainId, envelopes: Vec<Envelope>) -> Option<Vec<Transaction>> {
    envelopes.into_iter().map(|envelope| envelope.check(chain).ok().map(Arc::new)).collect()
}

fn opened(chain: ChainId, block: CertifiedBlock) -> Option<DecidedBlock> {
    let (header, transactions, certificate) = block.open(chain).ok()?;
    Some(DecidedBlock { header, transactions, certificate })
}
