//! What peers send to one another. Each message is judged by its content alone: which peer brought it decides nothing but whom
//! to ask and whom to answer.
//!
//! A block is named by its header and leaves. The header commits the leaves, so names cannot be forged; the leaves name the
//! envelopes, so bodies cannot be either.

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_consensus::{MAX_MESSAGE_BYTES, Message};
use bulla_ledger::block::{CertifiedBlock, Leaf};
use bulla_ledger::snapshot::{Offer, Part, TailBlock};
use bulla_verify::canonical::{self, DecodeError};
use bulla_verify::chain::{EnvelopeHash, HeaderHash, Height};
use bulla_verify::header::Header;
use bulla_verify::list::Head;
use bulla_verify::transaction::Envelope;
use bulla_verify::tree::StateKey;
use bulla_verify::vote::SignedProposal;

/// The most bytes of one frame: the largest block (16 MiB by parameter is the outer bound; 1 MiB is usual) is sent in pieces
/// of at most [`PIECE_BYTES`], so a frame holds one piece, or one block of the usual size with its certificate and leaves.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// About how many bytes of blocks or bodies are put into one answer; one block or body always fits.
pub const PIECE_BYTES: usize = 1 << 20;

/// A header with the leaves that it commits.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Names {
    /// The header.
    pub header: Header,
    /// Which envelopes, in what order, with what outcomes.
    pub leaves: Vec<Leaf>,
}

impl Names {
    /// The hashes of the envelopes, in order.
    pub fn envelopes(&self) -> impl Iterator<Item = EnvelopeHash> {
        self.leaves.iter().map(|leaf| leaf.envelope)
    }

    /// Whether they are the names of this block and no other.
    pub fn are_of(&self, value: HeaderHash) -> bool {
        let hashes: Vec<_> = self.leaves.iter().map(Leaf::hash).collect();
        self.header.hash() == value && Head::of(&hashes) == self.header.rest.leaves
    }
}

/// One message between peers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PeerMessage {
    /// A transaction, sent to all validators when it is admitted.
    Transaction(Envelope),
    /// A vote, or a bundle of them, or a proposal whose block is asked for if it is unknown.
    Consensus(Message),
    /// A proposal with the names of its block.
    Proposal(SignedProposal, Names),
    /// The sender has committed this height.
    Tip(Height),
    /// Asks for the names of a block, and for the bodies of all of `missing` (of the whole block, if its names are asked for).
    WantBlock {
        /// The block.
        value: HeaderHash,
        /// Whether its names are wanted too.
        names: bool,
        /// Which bodies are wanted.
        missing: Vec<EnvelopeHash>,
    },
    /// The names of a block.
    Names(Names),
    /// Bodies of a block, at most about [`PIECE_BYTES`]; what is left is asked for again.
    Bodies(HeaderHash, Vec<Envelope>),
    /// Asks for decided blocks from a height.
    WantDecided(Height),
    /// Decided blocks, ascending from the height asked for, at most about [`PIECE_BYTES`]; none if the height is not decided.
    Decided(Vec<CertifiedBlock>),
    /// Asks for the last snapshot that the other has.
    WantOffer,
    /// The last snapshot that the sender has, if it has one.
    Offer(Option<Box<Offer>>),
    /// Asks for the part of the snapshot of a height that begins at a key or after it.
    WantPart(Height, StateKey),
    /// The part of that snapshot for that key; none if the sender no longer has it.
    Part(Height, StateKey, Option<Part>),
    /// Asks for the tail of the snapshot of a height, from the second height down.
    WantTail(Height, Height),
    /// Blocks of that tail from that height down; none if the sender no longer has it.
    Tail(Height, Height, Vec<TailBlock>),
}

impl PeerMessage {
    /// The message's canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        canonical::encode(self)
    }

    /// The message of these bytes.
    pub fn decode(bytes: &[u8]) -> Result<PeerMessage, DecodeError> {
        let message = canonical::decode(bytes, MAX_FRAME_BYTES)?;
        // The kind's own byte stands before the message.
        let limit = MAX_MESSAGE_BYTES + 1;
        if matches!(message, PeerMessage::Consensus(_)) && bytes.len() > limit {
            return Err(DecodeError::TooLong { found: bytes.len(), limit });
        }
        Ok(message)
    }
}
