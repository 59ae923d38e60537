//! The write-ahead log of consensus: what is said was durable before, and after a restart is known.
//!
//! It promises that every entry whose [`Log::sync`] returned comes back from [`Log::open`], in order and unaltered,
//! after any process crash or power loss; and that the sign guard comes back with it, never older than what was synced.
//! It refuses to open when synced bytes are damaged or gone: it never guesses. It cuts, and reports, only what no sync
//! had covered. An entry that was appended and not synced may be lost by a mere process crash.
//!
//! Segments `000000000001.wal`, … (`wal/segment.rs`) hold frames (`wal/frame.rs`) of one hash chain; each covers up to
//! [`SEGMENT_HEIGHTS`] heights, and those more than one height old are removed whole. One sync is one `fdatasync` of
//! one file: the entries, a mark that says how far the file was durable before, and the guard in that mark, go
//! together.
//!
//! **Torn or rotten.** A frame that cannot be read is torn if no mark or later frame says that its bytes were synced,
//! and rot otherwise. The mark that follows each sync is itself not synced: after a power loss within the seconds until
//! the kernel writes it, damage to the entries of the very last sync looks like a tear. Then entries are lost, but not
//! the guard: the mark that was synced *with* them stands in a page of its own and names what they signed. That case
//! shows as [`Opened::unlogged`]. If the file is as long as that sync was to make it, its bytes were on the disk and
//! rotted: then the guard is silent through that height, for the node may have said what it no longer knows, and why it
//! said it (a lock). If it is shorter, the sync never returned and nothing was said; to be silent all the same would halt
//! a chain whose validators lose power together.
//!
//! **The log lost.** The guard files (`wal/lease.rs`) bound what it could have signed: the node is silent through that
//! height.

pub mod guard;

mod frame;
mod lease;
mod replay;
mod seal;
mod segment;

#[cfg(test)]
mod tests;

use crate::disk::{Disk, Fault};
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;
use bulla_verify::planted::{self, Bug};
use frame::{Kind, wide};
use guard::{GuardRefusal, Said, SignGuard};
use lease::Lease;
use replay::Replay;
use segment::{FRAMES_AT, Header, Mark};
use std::collections::{BTreeMap, VecDeque};

/// A payload may not be longer: sixteen times the block of the genesis parameters (1 MiB).
pub const MAX_PAYLOAD: usize = 16 << 20;

/// How many heights a segment covers at most, aligned: 16, so that the syncs that begin a segment (five) are under one
/// in ten, and a node that lost its log is silent for at most 16 heights.
pub const SEGMENT_HEIGHTS: u64 = 16;

/// A height begins a new segment once the current one is longer: 64 MiB are read and hashed in well under a second.
const SEGMENT_BYTES: u64 = 64 << 20;

/// A file that stands beside the guard files as long as nothing is known of what the key signed, although they say otherwise.
const UNSETTLED: &str = "guard.unsettled";

/// Why a log does not open or goes no further. Apart from [`WalError::TooLong`], [`WalError::Below`] and
/// [`WalError::NoHeight`], which change nothing, an error while writing is the last thing that a log does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalError {
    /// The disk failed. After a failed sync the process must end: what was written since the last one is lost. Usual
    /// causes: no space left, a failing device.
    #[error("{0}; the log is closed. Check the space and the health of the disk, then start the node again")]
    Disk(#[from] Fault),
    /// An earlier operation failed, and nothing is written after that.
    #[error("the log was closed by an earlier fault; start the node again")]
    Poisoned,
    /// Bytes that were synced are damaged or gone. Usual causes: a failing disk, a file edited or restored by hand.
    #[error(
        "segment {segment:012}.wal is damaged at byte {offset}, in what was synced. Check the disk; then move all \
         *.wal files aside, leave guard.a and guard.b where they are, and start again: the node signs nothing until \
         the heights of the lost log are over"
    )]
    Rot {
        /// The segment's number.
        segment: u64,
        /// The offset in its file.
        offset: u64,
    },
    /// A segment is gone that the guard files or its neighbours name. Usual cause: an old copy of the log was restored.
    #[error(
        "segment {segment:012}.wal is missing. Put it back, or move all *.wal files aside, leave guard.a and guard.b \
         where they are, and start again: the node signs nothing until the heights of the lost log are over"
    )]
    Missing {
        /// The segment's number.
        segment: u64,
    },
    /// A segment has a format that this version does not know. Usual cause: an older program on a newer log.
    #[error("segment {segment:012}.wal has format {format}; start the version of bullad that wrote it")]
    Format {
        /// The segment's number.
        segment: u64,
        /// The number of its format.
        format: u16,
    },
    /// There is neither a log nor a guard, and the caller has no guard to begin with. Usual cause: a data directory
    /// restored without its log.
    #[error(
        "neither log nor guard files: the node may have signed anything, and has to be silent until it knows better"
    )]
    GuardMissing,
    /// The guard files are damaged, or one or both are gone. Usual causes: a failing disk, a file deleted by hand.
    #[error(
        "guard.a and guard.b do not hold what they should. Put them back; or, if they are lost, move the whole log \
         directory aside and start again: the node is then silent until it has seen a certificate above what it signed"
    )]
    GuardRot,
    /// Two records of the guard contradict each other, or an entry is signed that the guard never allowed.
    #[error("the records of what was signed contradict each other: {0}")]
    Guard(#[from] GuardRefusal),
    /// The payload exceeds [`MAX_PAYLOAD`].
    #[error("an entry of {bytes} bytes, at most {MAX_PAYLOAD} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The log stands at a later height. Usual cause: a database older than the log; let it catch up first.
    #[error("the log stands at height {at}, asked to begin {asked}; catch up to {at} first")]
    Below {
        /// The height asked for.
        asked: Height,
        /// The height of the log.
        at: Height,
    },
    /// An entry before any [`Log::start_height`].
    #[error("no height was begun")]
    NoHeight,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place among all entries, from 0, without gaps. It begins anew if the log is lost.
    pub sequence: u64,
    /// Its bytes, as appended.
    pub payload: Vec<u8>,
}

/// What a log held when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The last height begun and the one before, if still there, with their entries in order.
    pub heights: BTreeMap<Height, Vec<Entry>>,
    /// What was signed; the engine signs through this one from now on.
    pub guard: SignGuard,
    /// How many bytes were cut that no sync had covered.
    pub torn_bytes: u64,
    /// Something signed at one of these heights that no entry holds. After a power cut in the middle of a sync it was
    /// never sent; after rot of the last entries it may have been, and the guard is silent through that height.
    pub unlogged: Option<Said>,
}

/// The log, open for appending.
#[derive(Debug)]
pub struct Log<D> {
    disk: D,
    lease: Lease,
    guard: SignGuard,
    /// Segments before the current one, oldest first, with the last height of each.
    older: VecDeque<(u64, Height)>,
    current: Option<Segment>,
    /// Frames that are not written yet: what one sync writes is one write.
    batch: Vec<u8>,
    poisoned: bool,
}

/// The segment that is being written.
#[derive(Debug)]
struct Segment {
    header: Header,
    height: Height,
    chain: Hash,
    sequence: u64,
    /// Everything before this offset is synced; the batch goes there.
    durable: u64,
    marks: u64,
}

impl<D: Disk> Log<D> {
    /// Opens the log of a disk and makes durable whatever it returns. `if_empty` is the guard to begin with where there
    /// is neither a log nor a guard: [`SignGuard::new`] for a key that has never signed, [`SignGuard::silent_through`]
    /// for one of which the chain shows how far it may have, [`SignGuard::unsettled`] for one that is to find that out, none to
    /// refuse with [`WalError::GuardMissing`].
    pub fn open(disk: D, if_empty: Option<SignGuard>) -> Result<(Log<D>, Opened), WalError> {
        let Replay { lease, renewals, mut segments, opened } = Replay::read(&disk, if_empty)?;
        let newest = segments.pop();
        let older = segments.iter().map(|segment| (segment.header.segment, segment.height())).collect();
        let guard = opened.guard.clone();
        let mut log = Log { disk, lease, guard, older, current: None, batch: Vec::new(), poisoned: false };
        for _ in 0..renewals {
            log.renew_lease()?;
        }
        if let Some(contents) = newest {
            let segment = Segment {
                header: contents.header,
                height: contents.height(),
                chain: contents.chain,
                sequence: contents.sequence,
                durable: contents.mark.durable,
                marks: contents.mark.count.saturating_add(1),
            };
            log.settle(segment, &contents.unsure)?;
        }
        Ok((log, opened))
    }

    /// The height begun last in the log of a disk, if any, with all that opening it would refuse; nothing is written.
    pub fn inspect(disk: &D) -> Result<Option<Height>, WalError> {
        match Replay::read(disk, None) {
            Ok(replay) => Ok(replay.segments.last().map(|segment| segment.height())),
            Err(WalError::GuardMissing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The height begun last, if any.
    pub fn height(&self) -> Option<Height> {
        self.current.as_ref().map(|segment| segment.height)
    }

    /// Begins a height; entries belong to it from now on. Removes segments that end more than one height below. Does
    /// nothing if this is the height begun last.
    pub fn start_height(&mut self, height: Height) -> Result<(), WalError> {
        match &self.current {
            _ if self.poisoned => Err(WalError::Poisoned),
            Some(segment) if height < segment.height => Err(WalError::Below { asked: height, at: segment.height }),
            Some(segment) if height == segment.height => Ok(()),
            Some(segment) if height <= last_of(segment.header.height) && segment.durable < SEGMENT_BYTES => {
                self.attempt(|log| log.push(Kind::Height, &[&height.0.to_le_bytes()]))?;
                self.current.as_mut().expect("matched above").height = height;
                Ok(())
            }
            Some(_) | None => self.attempt(|log| log.begin_segment(height)),
        }
    }

    /// Appends an entry and returns its sequence number. Durable after the next [`Log::sync`].
    pub fn append(&mut self, payload: &[u8]) -> Result<u64, WalError> {
        self.admit(payload)?;
        self.enter(Kind::Entry, &[payload])
    }

    /// Appends an entry together with what it signs. Both are durable after the next [`Log::sync`]; not before may the
    /// signature leave.
    pub fn append_signed(&mut self, said: Said, payload: &[u8]) -> Result<u64, WalError> {
        self.admit(payload)?;
        self.guard.take(said)?;
        self.enter(Kind::Signed, &[&bulla_verify::canonical::encode(&said), payload])
    }

    /// Makes every entry appended so far durable.
    pub fn sync(&mut self) -> Result<(), WalError> {
        self.attempt(Log::flush)
    }

    /// Settles an unsettled guard: it is known from now on that nothing was signed above a height. Durable when it returns.
    pub fn settle_guard(&mut self, through: Height) -> Result<(), WalError> {
        self.attempt(|log| {
            log.flush()?;
            log.guard.settle(through);
            log.renew_lease()?;
            log.renew_lease()?;
            // Last: as long as it stands, nothing is known.
            match log.disk.read(UNSETTLED)? {
                Some(_) => Ok(log.disk.remove(UNSETTLED)?),
                None => Ok(()),
            }
        })
    }

    /// Unsettles a guard: nothing is known any more of what its key signed. Durable when it returns.
    pub fn unsettle_guard(&mut self) -> Result<(), WalError> {
        self.attempt(|log| {
            log.flush()?;
            log.disk.replace(UNSETTLED, b"another process signed with this key\n")?;
            log.guard.unsettle();
            Ok(())
        })
    }

    /// Syncs and writes the guard files: a clean stop.
    pub fn close(mut self) -> Result<(), WalError> {
        self.attempt(|log| {
            log.flush()?;
            log.renew_lease()
        })
    }

    /// Every operation that writes runs in here: the first that fails is the last.
    fn attempt<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, WalError>) -> Result<T, WalError> {
        if std::mem::replace(&mut self.poisoned, true) {
            return Err(WalError::Poisoned);
        }
        let done = act(self)?;
        self.poisoned = false;
        Ok(done)
    }

    fn admit(&self, payload: &[u8]) -> Result<(), WalError> {
        match payload.len() {
            _ if self.poisoned => Err(WalError::Poisoned),
            _ if self.current.is_none() => Err(WalError::NoHeight),
            bytes if bytes > MAX_PAYLOAD => Err(WalError::TooLong { bytes }),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, kind: Kind, payload: &[&[u8]]) -> Result<u64, WalError> {
        self.attempt(|log| {
            if log.batch.len() > MAX_PAYLOAD {
                log.flush()?;
            }
            log.push(kind, payload)?;
            let segment = log.current.as_mut().ok_or(WalError::NoHeight)?;
            let sequence = segment.sequence;
            segment.sequence = sequence.saturating_add(1);
            Ok(sequence)
        })
    }

    fn push(&mut self, kind: Kind, payload: &[&[u8]]) -> Result<(), WalError> {
        let segment = self.current.as_mut().ok_or(WalError::NoHeight)?;
        let offset = segment.durable.saturating_add(wide(self.batch.len()));
        let (seed, durable) = (segment.header.seed(), segment.durable);
        segment.chain = frame::encode(&mut self.batch, seed, offset, durable, &segment.chain, (kind, payload));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WalError> {
        let Some(segment) = self.current.as_mut().filter(|_| !self.batch.is_empty()) else { return Ok(()) };
        self.disk.write(&segment.name(), segment.durable, &self.batch)?;
        segment.sync(&mut self.disk, &self.guard, wide(self.batch.len()))?;
        self.batch.clear();
        Ok(())
    }

    /// Makes a segment that was read current and durable. What no mark vouches for is written once more: a process that
    /// died of a failed sync leaves bytes that can be read and that no further sync would write.
    fn settle(&mut self, mut segment: Segment, unsure: &[u8]) -> Result<(), WalError> {
        let (name, length) = (segment.name(), wide(unsure.len()));
        self.disk.write(&name, segment.durable, unsure)?;
        self.disk.truncate(&name, segment.durable.saturating_add(length))?;
        segment.sync(&mut self.disk, &self.guard, length)?;
        self.current = Some(segment);
        Ok(())
    }

    fn begin_segment(&mut self, height: Height) -> Result<(), WalError> {
        self.flush()?;
        let (number, sequence, chain) = match &self.current {
            Some(segment) => (segment.header.segment, segment.sequence, segment.chain),
            None => (self.lease.segment, 0, Hash::default()),
        };
        let header = Header { segment: number.saturating_add(1), height, sequence, chain };
        let mark = Mark { count: 0, durable: FRAMES_AT, through: FRAMES_AT, guard: self.guard.clone() };
        let segment = Segment { header, height, chain, sequence, durable: FRAMES_AT, marks: 1 };
        self.disk.replace(&segment.name(), &header.file(&mark))?;
        if let Some(done) = self.current.replace(segment) {
            self.older.push_back((done.header.segment, done.height));
        }
        self.lease.cover(&header);
        self.renew_lease()?;
        while let Some((number, _)) = self.older.pop_front_if(|(_, last)| last.next() < height) {
            self.disk.remove(&name_of(number))?;
        }
        Ok(())
    }

    fn renew_lease(&mut self) -> Result<(), WalError> {
        self.lease.guard = self.guard.clone();
        Ok(self.lease.renew(&mut self.disk)?)
    }
}

impl Segment {
    fn name(&self) -> String {
        name_of(self.header.segment)
    }

    /// Syncs what was written behind the durable offset, with the guard, and notes that it is durable.
    fn sync(&mut self, disk: &mut impl Disk, guard: &SignGuard, length: u64) -> Result<(), WalError> {
        let through = self.durable.saturating_add(length);
        self.mark(disk, guard, through)?;
        if !planted::on(Bug::AcknowledgeBeforeSync) {
            disk.sync(&self.name())?;
        }
        self.durable = through;
        self.mark(disk, guard, through)
    }

    fn mark(&mut self, disk: &mut impl Disk, guard: &SignGuard, through: u64) -> Result<(), WalError> {
        let mark = Mark { count: self.marks, durable: self.durable, through, guard: guard.clone() };
        disk.write(&self.name(), mark.offset(), &mark.bytes(self.header.seed()))?;
        self.marks = self.marks.saturating_add(1);
        Ok(())
    }
}

fn name_of(segment: u64) -> String {
    format!("{segment:012}.wal")
}

/// The last height of a segment that begins with this one.
fn last_of(height: Height) -> Height {
    Height(height.0 | (SEGMENT_HEIGHTS - 1))
}
