//! One segment file: a header, three marks, frames.
//!
//! Each of header and marks has a page of its own, so that one bad page spares the others; frames begin at
//! [`FRAMES_AT`]. The file appears whole, with header and first mark ([`Disk::replace`](crate::disk::Disk::replace)).
//! A mark says through which offset the file is durable and what is signed. One is written with each sync and one after
//! it; of three in turn at most two are not synced at any time, so a power loss leaves at least one.

use super::frame::{Frame, Kind, Seed, wide};
use super::guard::{Said, SignGuard};
use super::seal;
use super::{Entry, WalError};
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;

/// The unit in which disks go bad: marks that share none fail one by one.
const PAGE: u64 = 4096;
const MARKS: u64 = 3;

/// Where frames begin.
pub(super) const FRAMES_AT: u64 = PAGE * (1 + MARKS);

const FORMAT: u16 = 2;
const MAGIC: &[u8; 8] = b"bullawal";

/// What a segment begins with, from byte 10: the eight bytes `bullawal` and the format's number, `u16` LE, come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Header {
    /// Its number, from 1.
    pub(super) segment: u64,
    /// The height it begins with.
    pub(super) height: Height,
    /// The number of its first entry.
    pub(super) sequence: u64,
    /// The hash chain at its start.
    pub(super) chain: Hash,
}

/// What is known to be durable.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Mark {
    /// How many marks were written to this segment before.
    pub(super) count: u64,
    /// Everything before this offset of the file is synced.
    pub(super) durable: u64,
    /// How long the file is at least, once the sync that this mark is written for has returned.
    pub(super) through: u64,
    /// The guard, with what the frames being synced along with this mark signed.
    pub(super) guard: SignGuard,
}

/// A segment as read.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    pub(super) header: Header,
    /// The newest whole mark.
    pub(super) mark: Mark,
    /// The latest guard of all marks and frames.
    pub(super) guard: SignGuard,
    /// The last thing signed that a frame holds.
    pub(super) logged: Option<Said>,
    /// The heights that begin here, with their entries.
    pub(super) heights: Vec<(Height, Vec<Entry>)>,
    /// The chain after the last frame.
    pub(super) chain: Hash,
    /// The number of the next entry.
    pub(super) sequence: u64,
    /// What the frames hold behind the offset that the mark vouches for.
    pub(super) unsure: Vec<u8>,
    /// Where the last frame ends.
    pub(super) end: usize,
    /// How many bytes follow that are no frame.
    pub(super) torn: usize,
    /// Whether a frame cannot be read though the file is as long as its last sync made it: bytes that a power cut kept from
    /// the disk leave the file shorter.
    pub(super) rotten: bool,
}

impl Header {
    pub(super) fn seed(&self) -> Seed {
        Seed::new(&self.chain, self.segment)
    }

    /// The bytes of a segment with one mark and no frame.
    pub(super) fn file(&self, mark: &Mark) -> Vec<u8> {
        let mut file = vec![0; usize::try_from(FRAMES_AT).expect("a few pages")];
        let header = [&MAGIC[..], &FORMAT.to_le_bytes(), &seal::seal(MAGIC, self)].concat();
        let place = usize::try_from(mark.offset()).expect("a page number is small");
        for (offset, part) in [(0, header), (place, mark.bytes(self.seed()))] {
            let room = file.get_mut(offset..).expect("both places are in the file");
            room.iter_mut().zip(part).for_each(|(room, byte)| *room = byte);
        }
        file
    }

    fn read(bytes: &[u8], segment: u64) -> Result<Header, WalError> {
        let rot = WalError::Rot { segment, offset: 0 };
        let Some((magic, bytes)) = bytes.split_first_chunk::<8>() else { return Err(rot) };
        let Some((format, bytes)) = bytes.split_first_chunk::<2>() else { return Err(rot) };
        match (magic == MAGIC, u16::from_le_bytes(*format)) {
            (false, _) => Err(rot),
            (true, FORMAT) => seal::open(MAGIC, bytes).filter(|header: &Header| header.segment == segment).ok_or(rot),
            (true, format) => Err(WalError::Format { segment, format }),
        }
    }
}

impl Mark {
    /// Where in the file it belongs.
    pub(super) fn offset(&self) -> u64 {
        PAGE * (1 + self.count % MARKS)
    }

    pub(super) fn bytes(&self, seed: Seed) -> Vec<u8> {
        seal::seal(&seed.label(), self)
    }

    fn read_all(bytes: &[u8], seed: Seed) -> Vec<Mark> {
        let page = usize::try_from(PAGE).expect("a page is small");
        let places = bytes.chunks(page).skip(1).take(usize::try_from(MARKS).expect("three"));
        places.filter_map(|place| seal::open(&seed.label(), place)).collect()
    }
}

impl Contents {
    /// Reads a segment. Of the newest one a torn tail may follow the last frame; anything else that is not as it was
    /// written is rot.
    pub(super) fn read(bytes: &[u8], segment: u64, newest: bool) -> Result<Contents, WalError> {
        let rot = |offset| WalError::Rot { segment, offset };
        let header = Header::read(bytes, segment)?;
        if wide(bytes.len()) < FRAMES_AT {
            return Err(rot(wide(bytes.len())));
        }
        let marks = Mark::read_all(bytes, header.seed());
        let mark = marks.iter().max_by_key(|mark| mark.count).ok_or(rot(PAGE))?.clone();
        let mut contents = Contents::new(header, mark);
        for mark in &marks {
            contents.guard.join(&mark.guard)?;
        }
        while let Some(frame) = Frame::decode(bytes, contents.end, header.seed()) {
            contents.take(&frame)?.ok_or(rot(wide(contents.end)))?;
        }
        contents.torn = bytes.len().saturating_sub(contents.end);
        contents.rotten = contents.torn > 0 && wide(bytes.len()) >= contents.mark.through;
        let claimed = match contents.torn {
            0 => 0,
            _ => Frame::durable_behind(bytes, contents.end, header.seed()),
        };
        if wide(contents.end) < claimed.max(contents.mark.durable) || (contents.torn > 0 && !newest) {
            return Err(rot(wide(contents.end)));
        }
        let sure = usize::try_from(contents.mark.durable).map_err(|_| rot(PAGE))?;
        contents.unsure = bytes.get(sure..contents.end).unwrap_or_default().to_vec();
        Ok(contents)
    }

    /// The last height that began in it.
    pub(super) fn height(&self) -> Height {
        self.heights.last().map_or(self.header.height, |(height, _)| *height)
    }

    fn new(header: Header, mark: Mark) -> Contents {
        Contents {
            guard: SignGuard::new(),
            logged: None,
            heights: vec![(header.height, Vec::new())],
            chain: header.chain,
            sequence: header.sequence,
            unsure: Vec::new(),
            end: usize::try_from(FRAMES_AT).expect("a few pages"),
            torn: 0,
            rotten: false,
            header,
            mark,
        }
    }

    /// Takes the frame at the end, or none if it does not belong there.
    fn take(&mut self, frame: &Frame<'_>) -> Result<Option<()>, WalError> {
        let Some(chain) = frame.follows(&self.chain) else { return Ok(None) };
        let mut payload = frame.payload;
        match frame.kind {
            Kind::Height => match payload.try_into().map(u64::from_le_bytes).map(Height) {
                Ok(height) if height > self.height() => self.heights.push((height, Vec::new())),
                Ok(_) | Err(_) => return Ok(None),
            },
            Kind::Signed => match Said::deserialize(&mut payload) {
                Ok(said) => {
                    self.guard.join(&said.into())?;
                    self.logged = Some(said);
                    self.enter(payload);
                }
                Err(_) => return Ok(None),
            },
            Kind::Entry => self.enter(payload),
        }
        self.chain = chain;
        self.end = self.end.saturating_add(frame.size());
        Ok(Some(()))
    }

    fn enter(&mut self, payload: &[u8]) {
        let entry = Entry { sequence: self.sequence, payload: payload.to_vec() };
        self.heights.last_mut().expect("the header names a height").1.push(entry);
        self.sequence = self.sequence.saturating_add(1);
    }
}
