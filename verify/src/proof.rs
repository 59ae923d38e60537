//! The proof file, `*.bulla`: everything that shows what the ledger holds on one thing, to be checked with an anchor alone.
//!
//! ```text
//! "BULLA"  version 1  then seven sections in this order, each: tag u8, length u32 LE, body
//!  1 chain        its id
//!  2 claim        what the file answers
//!  3 record       the canonical bytes of the record in the state; empty if there is none
//!  4 path         from the record, or from the place where it would be, to the state root
//!  5 header       the light half, then the hash of the rest
//!  6 certificate  of that header, with its signers by place
//!  7 hand-overs   from genesis, or from the anchor it was made for, to the set that signed
//!  8 reserved: the path of the chain's own header in a parent chain (design D18). Refused in version 1, as all others
//! then 32 bytes: the hash of everything before
//! ```
//!
//! All seven stand in every file, once and in order, so that one proof has one encoding. Bodies are canonical bytes.
//! Nothing is read that is longer than its cap. Rules: design D5, D17.
//!
//! The hash at the end finds damage; it protects from nobody, since anyone can compute it. It is there because some bytes
//! of the claim are bound to nothing else: one path shows the absence of many serials, and one record answers for every
//! version. Whoever changes those and computes the hash anew holds a true proof of another claim, which the verdict names.

use crate::canonical;
use crate::catalogue::LicenceType;
use crate::certificate::Certificate;
use crate::chain::ChainId;
use crate::handover::{Handover, MAX_HANDOVERS};
use crate::hash::{Context, Hash};
use crate::header::Light;
use crate::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use crate::identifiers::uscc::Uscc;
use crate::licence::Licence;
use crate::organisation::Organisation;
use crate::record::{MAX_RECORD_BYTES, Record};
use crate::tree::{StateKey, StateProof};
use crate::validators::{MAX_SET_BYTES, MAX_VALIDATORS};
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

/// The most bytes of a file: room for a thousand hand-overs among sixteen validators, at 2.3 kB each. A file with none
/// has at most 17 kB, by the caps of its sections.
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
    /// The light half of the header that holds the state root.
    pub light: Light,
    /// The hash of its other half.
    pub rest: Hash,
    /// The decision on that header.
    pub certificate: Certificate,
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
pub enum Section {
    /// The chain's id.
    Chain,
    /// What the file answers.
    Claim,
    /// The record.
    Record,
    /// The path in the state.
    Path,
    /// The header.
    Header,
    /// The certificate.
    Certificate,
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
    /// The file ends too early.
    #[error("the file ends within its {section}")]
    Truncated {
        /// Where it ends.
        section: Section,
    },
    /// A section is missing, stands elsewhere, or is none that this version knows.
    #[error("tag {found} stands where the {expected} belongs")]
    Order {
        /// What should stand there.
        expected: Section,
        /// The tag that does.
        found: u8,
    },
    /// A section claims to be longer than it can be.
    #[error("the {section} has {found} bytes, at most {limit} are allowed")]
    SectionTooLong {
        /// Which.
        section: Section,
        /// How many bytes it claims.
        found: u32,
        /// How many it may have.
        limit: u32,
    },
    /// A section is not in canonical form.
    #[error("the {section} is not in canonical form")]
    NotCanonical {
        /// Which.
        section: Section,
    },
    /// Something stands after the last section.
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

impl StatusProof {
    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        let mut file = [&MAGIC[..], &[VERSION]].concat();
        let record = self.record.as_deref().unwrap_or_default();
        Section::Chain.write(&mut file, &canonical::encode(&self.chain));
        Section::Claim.write(&mut file, &canonical::encode(&self.claim));
        Section::Record.write(&mut file, record);
        Section::Path.write(&mut file, &canonical::encode(&self.path));
        Section::Header.write(&mut file, &canonical::encode(&(self.light, self.rest)));
        Section::Certificate.write(&mut file, &canonical::encode(&self.certificate));
        Section::Handovers.write(&mut file, &canonical::encode(&self.handovers));
        let digest = Context::ProofFile.hash(&file);
        file.extend(digest.0);
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
        if Context::ProofFile.hash(content) != Hash(*digest) {
            return Err(FileError::Damaged);
        }
        let mut rest = content.get(PREAMBLE..).ok_or(FileError::Damaged)?;
        let chain = Section::Chain.read(&mut rest)?;
        let claim = Section::Claim.read(&mut rest)?;
        let record = Section::Record.read_bytes(&mut rest)?;
        let path = Section::Path.read(&mut rest)?;
        let (light, rest_hash) = Section::Header.read(&mut rest)?;
        let certificate = Section::Certificate.read(&mut rest)?;
        let handovers = Section::Handovers.read(&mut rest)?;
        if !rest.is_empty() {
            return Err(FileError::Trailing { found: rest.len() });
        }
        let record = (!record.is_empty()).then(|| record.to_vec());
        Ok(StatusProof { chain, claim, record, path, light, rest: rest_hash, certificate, handovers })
    }
}

/// Suite tag and 64 bytes for each signer, after height, round, value and bitmap.
const MAX_CERTIFICATE_BYTES: usize = 8 + 4 + 32 + 8 + 1 + 64 * MAX_VALIDATORS;

/// A whole header: the light half, then ids, proposer, two list heads, the next set, round and signers.
const HEADER_BYTES: usize = (1 + 8 + 8 + 32) + (32 + 32 + 33 + 40 + 40 + 32 + 4 + 8);

impl Section {
    /// The most bytes that its body may have.
    const fn limit(self) -> usize {
        match self {
            Section::Chain => 32,
            Section::Claim => 128,
            Section::Record => MAX_RECORD_BYTES,
            Section::Path => StateProof::MAX_BYTES,
            Section::Header => 1 + 8 + 8 + 32 + 32,
            Section::Certificate => MAX_CERTIFICATE_BYTES,
            Section::Handovers => 4 + MAX_HANDOVERS * (HEADER_BYTES + MAX_CERTIFICATE_BYTES + MAX_SET_BYTES),
        }
    }

    fn limit_u32(self) -> u32 {
        u32::try_from(self.limit()).expect("the largest limit is nine million")
    }

    const fn tag(self) -> u8 {
        match self {
            Section::Chain => 1,
            Section::Claim => 2,
            Section::Record => 3,
            Section::Path => 4,
            Section::Header => 5,
            Section::Certificate => 6,
            Section::Handovers => 7,
        }
    }

    fn write(self, file: &mut Vec<u8>, body: &[u8]) {
        let length = u32::try_from(body.len()).expect("a section is far below 4 GiB");
        file.push(self.tag());
        file.extend(length.to_le_bytes());
        file.extend(body);
    }

    fn read<T: BorshDeserialize>(self, file: &mut &[u8]) -> Result<T, FileError> {
        let body = self.read_bytes(file)?;
        canonical::decode(body, self.limit()).map_err(|_| FileError::NotCanonical { section: self })
    }

    fn read_bytes<'a>(self, file: &mut &'a [u8]) -> Result<&'a [u8], FileError> {
        let truncated = FileError::Truncated { section: self };
        let (tag, rest) = file.split_first().ok_or(truncated)?;
        if *tag != self.tag() {
            return Err(FileError::Order { expected: self, found: *tag });
        }
        let (length, rest) = rest.split_first_chunk().ok_or(truncated)?;
        let found = u32::from_le_bytes(*length);
        if found > self.limit_u32() {
            return Err(FileError::SectionTooLong { section: self, found, limit: self.limit_u32() });
        }
        let length = usize::try_from(found).map_err(|_| truncated)?;
        let (body, rest) = rest.split_at_checked(length).ok_or(truncated)?;
        *file = rest;
        Ok(body)
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Section::Chain => "chain id",
            Section::Claim => "claim",
            Section::Record => "record",
            Section::Path => "path",
            Section::Header => "header",
            Section::Certificate => "certificate",
            Section::Handovers => "list of hand-overs",
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
