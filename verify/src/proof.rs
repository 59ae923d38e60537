//! The proof file, `*.bulla`: everything that shows what the ledger holds on one thing, to be checked with an anchor alone.
//!
//! ```text
//! "BULLA"  version 1  then these, one after the other, each in canonical bytes:
//!    chain        its id
//!    kind         of what the file answers: 0 licence, 1 organisation, 2 licence type
//!    record       the canonical bytes of the record in the state; empty if there is none
//!    name         if there is no record: of what there is none; of a licence that there is: the version shown
//!    path         from the record, or from the place where it would be, to the state root
//!    stamp        of the header: its version, height and time
//!    rest         the hash of the header's other half
//!    seal         the certificate of that header: round, signers by place, signatures
//!    hand-overs   from genesis, or from the anchor it was made for, to the set that signed
//! then 8 bytes: the beginning of the hash of everything before
//! ```
//!
//! Nothing stands there that follows from the rest: record and path give the state root; that, the stamp and the other
//! half's hash give the header's hash; so the certificate needs neither. All of it stands in every file, once and in this
//! order, so that one proof has one encoding; a file that says more (the path of the chain's own header in a parent chain,
//! design D18) will have another version. Nothing is read that is longer than its cap. Rules: design D5, D17;
//! `docs/decisions/0012`.
//!
//! The hash at the end finds damage; it protects from nobody, since anyone can compute it. It is there because some bytes
//! of the claim are bound to nothing else: one path shows the absence of many serials, and one record answers for every
//! version. Whoever changes those and computes the hash anew holds a true proof of another claim, which the verdict names.

use crate::canonical;
use crate::catalogue::LicenceType;
use crate::certificate::Seal;
use crate::chain::ChainId;
use crate::handover::Handover;
use crate::hash::{Context, Hash};
use crate::header::Stamp;
use crate::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use crate::identifiers::uscc::Uscc;
use crate::licence::Licence;
use crate::organisation::Organisation;
use crate::record::{MAX_RECORD_BYTES, Record};
use crate::tree::{StateKey, StateProof};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::Serialize;

/// What every proof file begins with.
pub const MAGIC: [u8; 5] = *b"BULLA";

/// The form of the file that this code knows.
pub const VERSION: u8 = 1;

/// Magic and version.
const PREAMBLE: usize = MAGIC.len() + 1;

/// How many bytes of its hash a file ends with: of 2^64 damaged files, one would pass for whole.
const DIGEST_BYTES: usize = 8;

/// The most bytes of a file: room for a thousand hand-overs among sixteen validators, at 2.3 kB each.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A proof of what the ledger held on one thing at one block. Nothing about it is known to be true before it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusProof {
    /// The chain that it is of.
    pub chain: ChainId,
    /// What it answers.
    pub claim: Claim,
    /// The record's canonical bytes, if there is one.
    pub record: Option<Vec<u8>>,
    /// The way from the record, or from where it would be, to the state root.
    pub path: StateProof,
    /// The light half of the header, without the state root.
    pub stamp: Stamp,
    /// The hash of its other half.
    pub rest: Hash,
    /// The decision on that header.
    pub seal: Seal,
    /// The hand-overs to the set that decided it.
    pub handovers: Vec<Handover>,
}

/// What a proof answers: what does the ledger hold on this?
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// A licence, in the version that its holder shows.
    Licence(LicenceId),
    /// An organisation.
    Organisation(Uscc),
    /// A licence type.
    LicenceType(LicenceTypeCode),
}

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The chain's id.
    Chain,
    /// What the file answers.
    Claim,
    /// The record.
    Record,
    /// The path in the state.
    Path,
    /// The stamp of the header.
    Stamp,
    /// The hash of its other half.
    Rest,
    /// The seal.
    Seal,
    /// The hand-overs.
    Handovers,
}

/// Why bytes are no proof file of this version, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// More bytes than a proof can have. Usual cause: another kind of file.
    #[error("{found} bytes, a proof file has at most {MAX_BYTES}")]
    TooLong {
        /// How many bytes there are.
        found: usize,
    },
    /// The file does not begin as one. Usual cause: another kind of file.
    #[error("this is no proof file")]
    NotAProof,
    /// Made by a later program.
    #[error("the file has version {found}, this program knows {VERSION}")]
    Version {
        /// The version found.
        found: u8,
    },
    /// The hash at the end is not that of the rest. Usual cause: a damaged, shortened or edited file.
    #[error("it is damaged or altered: the hash at its end is not that of the rest")]
    Damaged,
    /// A part is not in canonical form, or the file ends within it.
    #[error("the {part} is not in canonical form, or the file ends within it")]
    NotCanonical {
        /// Which.
        part: Part,
    },
    /// Something stands after the last part.
    #[error("{found} bytes too many at the end")]
    Trailing {
        /// How many bytes.
        found: usize,
    },
}

impl Claim {
    /// Where the record that answers it stands in the state.
    pub fn key(&self) -> StateKey {
        match self {
            Claim::Licence(id) => Licence::key(&id.base()),
            Claim::Organisation(uscc) => Organisation::key(uscc),
            Claim::LicenceType(code) => LicenceType::key(code),
        }
    }
}

/// A claim in a file: what the record says of its name is not said again.
impl Claim {
    fn kind(&self) -> u8 {
        match self {
            Claim::Licence(_) => 0,
            Claim::Organisation(_) => 1,
            Claim::LicenceType(_) => 2,
        }
    }

    fn name(&self, has_record: bool) -> Vec<u8> {
        match (self, has_record) {
            (Claim::Licence(id), true) => canonical::encode(&id.version()),
            (Claim::Organisation(_) | Claim::LicenceType(_), true) => Vec::new(),
            (Claim::Licence(id), false) => canonical::encode(id),
            (Claim::Organisation(uscc), false) => canonical::encode(uscc),
            (Claim::LicenceType(code), false) => canonical::encode(code),
        }
    }

    fn read(kind: u8, record: Option<&[u8]>, parts: &mut &[u8]) -> Result<Claim, FileError> {
        Ok(match (kind, record) {
            (0, Some(record)) => {
                let licence: Licence = Part::Record.decode(record)?;
                let id = licence.base.at_version(Part::Claim.read(parts)?);
                Claim::Licence(id.map_err(|_| FileError::NotCanonical { part: Part::Claim })?)
            }
            (1, Some(record)) => Claim::Organisation(Part::Record.decode::<Organisation>(record)?.uscc),
            (2, Some(record)) => Claim::LicenceType(Part::Record.decode::<LicenceType>(record)?.code),
            (0, None) => Claim::Licence(Part::Claim.read(parts)?),
            (1, None) => Claim::Organisation(Part::Claim.read(parts)?),
            (2, None) => Claim::LicenceType(Part::Claim.read(parts)?),
            _ => return Err(FileError::NotCanonical { part: Part::Claim }),
        })
    }
}

impl StatusProof {
    /// The bytes of the file. A claim that is not the record's is not written.
    pub fn encode(&self) -> Vec<u8> {
        let StatusProof { chain, claim, record, path, stamp, rest, seal, handovers } = self;
        let mut file = [&MAGIC[..], &[VERSION]].concat();
        file.extend(canonical::encode(&(chain, claim.kind(), record.as_deref().unwrap_or_default())));
        file.extend(claim.name(record.is_some()));
        file.extend(canonical::encode(&(path, stamp, rest, seal, handovers)));
        let digest = digest_of(&file);
        file.extend(digest);
        file
    }

    /// The proof of a file's bytes; nothing else about it is known yet.
    pub fn decode(file: &[u8]) -> Result<StatusProof, FileError> {
        if file.len() > MAX_BYTES {
            return Err(FileError::TooLong { found: file.len() });
        }
        let rest = file.strip_prefix(&MAGIC).ok_or(FileError::NotAProof)?;
        let version = *rest.first().ok_or(FileError::NotAProof)?;
        if version != VERSION {
            return Err(FileError::Version { found: version });
        }
        let (content, digest) = file.split_last_chunk().ok_or(FileError::Damaged)?;
        if digest_of(content) != *digest {
            return Err(FileError::Damaged);
        }
        let parts = &mut content.get(PREAMBLE..).ok_or(FileError::Damaged)?;
        let chain = Part::Chain.read(parts)?;
        let kind = Part::Claim.read(parts)?;
        let record = Some(Part::Record.read::<Vec<u8>>(parts)?).filter(|record| !record.is_empty());
        let proof = StatusProof {
            chain,
            claim: Claim::read(kind, record.as_deref(), parts)?,
            record,
            path: Part::Path.read(parts)?,
            stamp: Part::Stamp.read(parts)?,
            rest: Part::Rest.read(parts)?,
            seal: Part::Seal.read(parts)?,
            handovers: Part::Handovers.read(parts)?,
        };
        if parts.is_empty() { Ok(proof) } else { Err(FileError::Trailing { found: parts.len() }) }
    }
}

fn digest_of(content: &[u8]) -> [u8; DIGEST_BYTES] {
    let Hash(hash) = Context::ProofFile.hash(content);
    *hash.first_chunk().expect("a hash has 32 bytes")
}

impl Part {
    fn decode<T: BorshDeserialize>(self, bytes: &[u8]) -> Result<T, FileError> {
        canonical::decode(bytes, MAX_RECORD_BYTES).map_err(|_| FileError::NotCanonical { part: self })
    }

    /// Borsh reserves 1 MiB at most for what a length claims, and beyond that only for what is there.
    fn read<T: BorshDeserialize>(self, parts: &mut &[u8]) -> Result<T, FileError> {
        T::deserialize(parts).map_err(|_| FileError::NotCanonical { part: self })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Chain => "chain id",
            Part::Claim => "claim",
            Part::Record => "record",
            Part::Path => "path",
            Part::Stamp => "stamp of the header",
            Part::Rest => "hash of the header's other half",
            Part::Seal => "seal",
            Part::Handovers => "list of hand-overs",
        })
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Licence(id) => write!(f, "licence {id}"),
            Claim::Organisation(uscc) => write!(f, "organisation {uscc}"),
            Claim::LicenceType(code) => write!(f, "licence type {code}"),
        }
    }
}
