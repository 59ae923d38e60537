//! The frame around what a peer says, and the only module that knows bincode: unmaintained, and not canonical unless it is held
//! to be. Nobody hashes a frame; what it carries is canonical already.
//!
//! On a stream: the length of the rest (u32, little-endian), a version byte, and a bincode record of fixed-width integers,
//! which has one form per value: kind (u8), length of the payload (u64), payload. A length is judged before a byte of the rest
//! is read; a record must be used up to its last byte.

use crate::wire::MAX_FRAME_BYTES;
use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::{BorrowDecode, Encode};

/// How many bytes tell the length of the rest.
pub const PREFIX_BYTES: usize = 4;
/// What the rest of a frame has beside its payload: version 1, kind 1, length of the payload 8.
pub const OVERHEAD_BYTES: usize = 10;
/// The most bytes that may follow the length.
pub const MAX_REST_BYTES: usize = MAX_FRAME_BYTES + OVERHEAD_BYTES;

const VERSION: u8 = 1;
const KIND_ALIVE: u8 = 0;
const KIND_MESSAGE: u8 = 1;
const RECORD: Configuration<LittleEndian, Fixint, Limit<MAX_REST_BYTES>> =
    bincode::config::standard().with_fixed_int_encoding().with_limit::<MAX_REST_BYTES>();

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Nothing: the sender is there, and has had nothing to say for a while.
    Alive,
    /// The canonical bytes of a [`PeerMessage`](crate::wire::PeerMessage).
    Message(&'a [u8]),
}

/// Why bytes are no frame, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More bytes than a frame may have. Usual cause: something else than a peer of Bulla speaks.
    #[error("a frame of {found} bytes; at most {limit} are read")]
    TooLong {
        /// How many are announced, or would have to be sent.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Fewer bytes than any frame has.
    #[error("a frame of {found} bytes; the shortest has {OVERHEAD_BYTES}")]
    TooShort {
        /// How many there are.
        found: usize,
    },
    /// Another version of the frame. Usual cause: a peer that runs a newer release.
    #[error("frame version {0}, this node speaks {VERSION}")]
    Version(u8),
    /// The record does not end where the frame ends, or is no record.
    #[error("the record in the frame is malformed")]
    Record,
    /// A kind of frame that this version does not have, or one with a payload that it may not have.
    #[error("frame of kind {0}")]
    Kind(u8),
}

#[derive(Encode, BorrowDecode)]
struct Record<'a> {
    kind: u8,
    payload: &'a [u8],
}

/// The whole frame, its length first. A payload above [`MAX_FRAME_BYTES`] is refused: the peer would hang up.
pub fn encode(frame: Frame<'_>) -> Result<Vec<u8>, FrameError> {
    let record = match frame {
        Frame::Alive => Record { kind: KIND_ALIVE, payload: &[] },
        Frame::Message(payload) => Record { kind: KIND_MESSAGE, payload },
    };
    let rest = record.payload.len().saturating_add(OVERHEAD_BYTES);
    let prefix = u32::try_from(rest).ok().filter(|_| rest <= MAX_REST_BYTES);
    let prefix = prefix.ok_or(FrameError::TooLong { found: rest, limit: MAX_REST_BYTES })?;
    let mut bytes = Vec::with_capacity(PREFIX_BYTES + rest);
    bytes.extend_from_slice(&prefix.to_le_bytes());
    bytes.push(VERSION);
    bincode::encode_into_std_write(record, &mut bytes, RECORD)
        .expect("a record of integers and bytes fits into memory");
    Ok(bytes)
}

/// How many bytes follow the length, if they may.
pub fn rest_of(prefix: [u8; PREFIX_BYTES]) -> Result<usize, FrameError> {
    let found = usize::try_from(u32::from_le_bytes(prefix)).unwrap_or(usize::MAX);
    match found {
        0..OVERHEAD_BYTES => Err(FrameError::TooShort { found }),
        OVERHEAD_BYTES..=MAX_REST_BYTES => Ok(found),
        _ => Err(FrameError::TooLong { found, limit: MAX_REST_BYTES }),
    }
}

/// The frame of the bytes that followed a length. The payload is not copied.
pub fn decode(rest: &[u8]) -> Result<Frame<'_>, FrameError> {
    if rest.len() > MAX_REST_BYTES {
        return Err(FrameError::TooLong { found: rest.len(), limit: MAX_REST_BYTES });
    }
    let (version, record) = rest.split_first().ok_or(FrameError::TooShort { found: 0 })?;
    if *version != VERSION {
        return Err(FrameError::Version(*version));
    }
    let (Record { kind, payload }, read) =
        bincode::borrow_decode_from_slice(record, RECORD).map_err(|_| FrameError::Record)?;
    match kind {
        _ if read != record.len() => Err(FrameError::Record),
        KIND_ALIVE if payload.is_empty() => Ok(Frame::Alive),
        KIND_MESSAGE => Ok(Frame::Message(payload)),
        other => Err(FrameError::Kind(other)),
    }
}

#[cfg(test)]
mod tests;
