//! The file of a decided block: its certified header, and what leads to it. It makes a new anchor, and two of them show a fork.
//!
//! ```text
//! "BULLH"  version 1  then, in canonical bytes:
//!    hand-overs   from genesis to the set that decided the block
//!    block        its header, certificate and the set of the next height
//! then 8 bytes: the beginning of the hash of everything before
//! ```

use crate::anchor::{Anchor, PinError};
use crate::canonical;
use crate::handover::{self, BrokenLink, Handover};
use crate::hash::{Context, Hash};
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// What every such file begins with.
pub const MAGIC: [u8; 5] = *b"BULLH";

/// The form of the file that this code knows.
pub const VERSION: u8 = 1;

/// The most bytes of a file: as of a proof file, for the same hand-overs.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

const DIGEST_BYTES: usize = 8;

/// A decided block, as somebody shows it. Nothing about it is known to be true before it is checked.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Decided {
    /// The hand-overs before it.
    pub handovers: Vec<Handover>,
    /// The block's header and certificate, and the set that it hands over to: often the same.
    pub block: Handover,
}

/// Why bytes are no file of a decided block, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// More bytes than such a file can have. Usual cause: another kind of file.
    #[error("{found} bytes, the file of a block's header has at most {MAX_BYTES}")]
    TooLong {
        /// How many bytes there are.
        found: usize,
    },
    /// The file does not begin as one. Usual cause: a proof file.
    #[error("this is no file of a block's header; make one with `bulla proof header`")]
    NotAHeader,
    /// Made by a later program.
    #[error("the file has version {found}, this program knows {VERSION}")]
    Version {
        /// The version found.
        found: u8,
    },
    /// The hash at the end is not that of the rest. Usual cause: a damaged, shortened or edited file.
    #[error("it is damaged or altered: the hash at its end is not that of the rest")]
    Damaged,
    /// The content is not in canonical form.
    #[error("the content is not in canonical form")]
    NotCanonical,
}

impl Decided {
    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        let mut file = [&MAGIC[..], &[VERSION], &canonical::encode(self)].concat();
        let digest = digest_of(&file);
        file.extend(digest);
        file
    }

    /// What a file's bytes say; nothing else about it is known yet.
    pub fn decode(file: &[u8]) -> Result<Decided, FileError> {
        if file.len() > MAX_BYTES {
            return Err(FileError::TooLong { found: file.len() });
        }
        let rest = file.strip_prefix(&MAGIC).ok_or(FileError::NotAHeader)?;
        let version = *rest.first().ok_or(FileError::NotAHeader)?;
        if version != VERSION {
            return Err(FileError::Version { found: version });
        }
        let (content, digest) = file.split_last_chunk().ok_or(FileError::Damaged)?;
        if digest_of(content) != *digest {
            return Err(FileError::Damaged);
        }
        let content = content.get(MAGIC.len().saturating_add(1)..).ok_or(FileError::Damaged)?;
        canonical::decode(content, MAX_BYTES).map_err(|_| FileError::NotCanonical)
    }

    /// The anchor at this block, for one who holds an older anchor that still convinces.
    pub fn pin(&self, anchor: &Anchor, now: Millis) -> Result<Anchor, PinError> {
        let mut all = self.handovers.clone();
        all.push(self.block.clone());
        anchor.pin(&all, now)
    }

    /// The anchor whose set decided the block, once that is checked: hand-overs, header and certificate.
    pub(crate) fn check(&self, anchor: &Anchor) -> Result<Anchor, BrokenLink> {
        let in_force = handover::in_force_at(self.block.header.height(), anchor, &self.handovers)?;
        let place = self.handovers.len();
        handover::follow(&in_force, core::slice::from_ref(&self.block))
            .map_err(|broken| BrokenLink { place: place.saturating_add(broken.place), ..broken })?;
        if self.block.header.height() <= anchor.height() {
            let (height, anchor) = (self.block.header.height(), anchor.height());
            let reason = crate::anchor::Uncertified::BeforeAnchor { height, anchor }.into();
            return Err(BrokenLink { place, reason });
        }
        Ok(in_force)
    }
}

fn digest_of(content: &[u8]) -> [u8; DIGEST_BYTES] {
    let Hash(hash) = Context::ProofFile.hash(content);
    *hash.first_chunk().expect("a hash has 32 bytes")
}
