//! Frames: what a segment holds after its marks, one behind the other.
//!
//! | bytes | field |
//! |---|---|
//! | 4 | length of the payload, LE |
//! | 4 | CRC32C, LE, of (chain at the segment's start ‖ segment ‖ offset ‖ every other byte of the frame) |
//! | 8 | through which offset the file was durable when the frame was written, LE |
//! | 8 | link: the first bytes of the chain after this frame |
//! | 1 | kind |
//! | n | payload |
//!
//! The chain is a hash under [`Context::LogFrame`] over (chain before ‖ kind ‖ payload). The CRC finds a whole frame,
//! the link shows that it follows the one before. Neither is a defence against someone who can write the file.

use bulla_verify::hash::{Context, Hash};

/// The bytes of a frame before its payload.
pub(super) const HEAD: usize = 25;

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A height begins: the payload is its number, `u64` LE.
    Height,
    /// An entry.
    Entry,
    /// An entry behind the record of what was signed.
    Signed,
}

/// One frame as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The file was durable through this offset when the frame was written.
    pub(super) durable: u64,
    link: [u8; 8],
    pub(super) kind: Kind,
    pub(super) payload: &'a [u8],
}

/// Which segment a frame belongs to: the start of its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seed(u32);

impl Seed {
    pub(super) fn new(chain: &Hash, segment: u64) -> Seed {
        Seed(crc32c::crc32c_append(crc32c::crc32c(&chain.0), &segment.to_le_bytes()))
    }

    /// The label of a sealed record of the same segment.
    pub(super) fn label(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }
}

/// Appends a frame that will stand at `offset` of its file, and returns the chain after it.
pub(super) fn encode(
    to: &mut Vec<u8>,
    seed: Seed,
    offset: u64,
    durable: u64,
    chain: &Hash,
    (kind, payload): (Kind, &[&[u8]]),
) -> Hash {
    let length: usize = payload.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).expect("the log caps its payloads").to_le_bytes();
    let kind = kind.byte();
    let next = follow(chain, kind, payload);
    let link = Frame::link_of(&next);
    let mut sum = checksum(seed, offset, [&length, &durable.to_le_bytes(), &link, &[kind]]);
    for part in payload {
        sum = crc32c::crc32c_append(sum, part);
    }
    for part in [&length[..], &sum.to_le_bytes(), &durable.to_le_bytes(), &link, &[kind]] {
        to.extend_from_slice(part);
    }
    payload.iter().for_each(|part| to.extend_from_slice(part));
    next
}

impl<'a> Frame<'a> {
    /// The frame at `offset` of a file, if there is a whole one.
    pub(super) fn decode(file: &'a [u8], offset: usize, seed: Seed) -> Option<Frame<'a>> {
        Frame::decode_if(file, offset, seed, |_| true)
    }

    /// Through which offset the file was durable, by the whole frames that stand anywhere behind `bad`. A frame that
    /// was written after the bytes at `bad` were synced proves that they were.
    pub(super) fn durable_behind(file: &[u8], bad: usize, seed: Seed) -> u64 {
        let beyond = |durable, offset| durable > wide(bad) && durable <= wide(offset);
        let behind = bad.saturating_add(1)..file.len();
        let claims =
            behind.filter_map(|offset| Frame::decode_if(file, offset, seed, |durable| beyond(durable, offset)));
        claims.map(|frame| frame.durable).max().unwrap_or(0)
    }

    fn decode_if(file: &'a [u8], offset: usize, seed: Seed, plausible: impl Fn(u64) -> bool) -> Option<Frame<'a>> {
        let bytes = file.get(offset..)?;
        let (length, bytes) = bytes.split_first_chunk()?;
        let (sum, bytes) = bytes.split_first_chunk()?;
        let (durable, bytes) = bytes.split_first_chunk()?;
        let (link, bytes) = bytes.split_first_chunk()?;
        let (byte, bytes) = bytes.split_first()?;
        let (kind, payload) = (Kind::of(*byte)?, bytes.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?);
        if !plausible(u64::from_le_bytes(*durable)) {
            return None;
        }
        let found = crc32c::crc32c_append(checksum(seed, wide(offset), [length, durable, link, &[*byte]]), payload);
        (found == u32::from_le_bytes(*sum)).then_some(Frame {
            durable: u64::from_le_bytes(*durable),
            link: *link,
            kind,
            payload,
        })
    }

    /// The chain after this frame, if it follows `chain`.
    pub(super) fn follows(&self, chain: &Hash) -> Option<Hash> {
        let next = follow(chain, self.kind.byte(), &[self.payload]);
        (Frame::link_of(&next) == self.link).then_some(next)
    }

    /// How many bytes it takes in the file.
    pub(super) fn size(&self) -> usize {
        HEAD.saturating_add(self.payload.len())
    }

    fn link_of(chain: &Hash) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = chain.0;
        [a, b, c, d, e, f, g, h]
    }
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Kind::Height => 0,
            Kind::Entry => 1,
            Kind::Signed => 2,
        }
    }

    fn of(byte: u8) -> Option<Kind> {
        [Kind::Height, Kind::Entry, Kind::Signed].into_iter().find(|kind| kind.byte() == byte)
    }
}

fn follow(chain: &Hash, kind: u8, payload: &[&[u8]]) -> Hash {
    let mut hasher = Context::LogFrame.hasher();
    hasher.update(&chain.0);
    hasher.update(&[kind]);
    payload.iter().for_each(|part| hasher.update(part));
    hasher.finish()
}

fn checksum(seed: Seed, offset: u64, head: [&[u8]; 4]) -> u32 {
    let start = crc32c::crc32c_append(seed.0, &offset.to_le_bytes());
    head.into_iter().fold(start, crc32c::crc32c_append)
}

/// An offset in memory as one in a file.
pub(super) fn wide(offset: usize) -> u64 {
    u64::try_from(offset).expect("a usize has at most 64 bits")
}
