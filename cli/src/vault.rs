//! What stays off the ledger: the fields of a licence with their salt, and its holder; the salt of a document. One encrypted
//! file for each record.
//!
//! ```text
//! DIRECTORY/
//!     vault.key   the vault's own key, encrypted with the passphrase of whoever made it
//!     <hash>      a record, under the hash of licence, version and contents, or of a document's commitment
//! ```
//!
//! A record is written before the act is sent, for without its salt a root can never be opened; its name holds the root,
//! so that attempts never meet, and the ledger says which one counts. One that surely was not recorded is removed.
//! Who deletes a record erases what it says: the ledger keeps nothing that could be read. Rules: design D11, D20.

use crate::answer::Usage;
use anyhow::{Context, Result, bail};
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_keystore::{
    FileError, ROUNDS, generate, open_record, random, read_private, seal_file, seal_record, write_new,
};
use bulla_verify::canonical;
use bulla_verify::document;
use bulla_verify::fields::{Contents, Field};
use bulla_verify::hash::{Context as Hashing, Hash};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::keys::SigningKey;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const KEY: &str = "vault.key";
/// The form of a record that this code knows.
const VERSION: u8 = 1;
/// The most bytes of a record: sixteen fields of 1,100 bytes, and what names them.
const MAX_RECORD_BYTES: usize = 32 * 1024;

/// An open vault.
pub(crate) struct Vault {
    directory: PathBuf,
    key: SigningKey,
}

/// What is kept of one version of a licence.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The version.
    pub(crate) licence: LicenceId,
    /// What it says.
    pub(crate) contents: Contents,
    /// Who holds it; none where this vault was never told.
    pub(crate) holder: Option<Holder>,
}

/// A holder, and the salt under which the ledger knows them.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Holder {
    /// The handle.
    pub(crate) handle: Handle,
    salt: [u8; 32],
}

/// What opens a commitment to something that is not kept here: a document, another handle, a licence.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Paper {
    /// What the ledger holds.
    pub(crate) commitment: Hash,
    /// Of what: BLAKE3 of a document's bytes, or of an identifier.
    pub(crate) digest: Hash,
    /// Fresh for each commitment.
    pub(crate) salt: [u8; 32],
}

impl Paper {
    /// Of a document, with a fresh salt.
    pub(crate) fn of(document: &[u8]) -> Paper {
        let (digest, salt) = (document::digest(document), *random());
        Paper { commitment: document::commitment(&digest, &salt), digest, salt }
    }
}

#[derive(BorshSerialize, BorshDeserialize)]
struct Stored {
    version: u8,
    licence: LicenceId,
    salt: [u8; 32],
    fields: Vec<Field>,
    holder: Option<Holder>,
}

impl Holder {
    /// With a fresh salt, so that two licences of one holder cannot be linked.
    pub(crate) fn new(handle: Handle) -> Holder {
        Holder { handle, salt: *random() }
    }

    /// What the ledger holds.
    pub(crate) fn commitment(&self) -> Hash {
        self.handle.commitment(&self.salt)
    }
}

impl Vault {
    /// The vault of a directory; a new one if there is none.
    pub(crate) fn open_or_new(directory: &Path, passphrase: &str) -> Result<Vault> {
        let path = directory.join(KEY);
        if !path.exists() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
            made.with_context(|| format!("cannot make the vault {}", directory.display()))?;
            match seal_file(&path, &generate(), passphrase, ROUNDS) {
                // Another command has just made it.
                Ok(()) | Err(FileError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Vault::open(directory, passphrase)
    }

    /// The vault of a directory.
    pub(crate) fn open(directory: &Path, passphrase: &str) -> Result<Vault> {
        let path = directory.join(KEY);
        let key = crate::keys::open(&path, passphrase).with_context(|| {
            format!(
                "the vault {} opens with the passphrase of the key that it was made with; name another with --vault",
                directory.display()
            )
        })?;
        Ok(Vault { directory: directory.into(), key })
    }

    /// Keeps a record; durable when this returns.
    pub(crate) fn put(&self, kept: &Kept) -> Result<PathBuf> {
        let name = name(&kept.licence, &kept.contents.root());
        let stored = Stored {
            version: VERSION,
            licence: kept.licence.clone(),
            salt: *kept.contents.salt(),
            fields: kept.contents.fields().to_vec(),
            holder: kept.holder.clone(),
        };
        let path = self.directory.join(name.to_string());
        write_new(&path, &seal_record(&self.key, &name.0, &canonical::encode(&stored)))?;
        Ok(path)
    }

    /// What is kept of a version of a licence with these contents, if anything.
    pub(crate) fn find(&self, licence: &LicenceId, contents: &Hash) -> Result<Option<Kept>> {
        let name = name(licence, contents);
        let path = self.directory.join(name.to_string());
        if !path.exists() {
            return Ok(None);
        }
        let opened = open_record(&self.key, &name.0, &read_private(&path)?);
        let opened = opened.with_context(|| path.display().to_string())?;
        let stored: Stored = canonical::decode(&opened, MAX_RECORD_BYTES)?;
        if stored.version != VERSION {
            bail!("{} was made by another version of this program; use that one", path.display());
        }
        let contents = Contents::new(licence.type_code(), stored.salt, stored.fields)?;
        Ok(Some(Kept { licence: stored.licence, contents, holder: stored.holder }))
    }

    /// As [`Vault::find`], where there is no going on without.
    pub(crate) fn need(&self, licence: &LicenceId, contents: &Hash) -> Result<Kept> {
        let absent = || Usage(format!("the vault {} has no fields of {licence}", self.directory.display()));
        Ok(self.find(licence, contents)?.ok_or_else(absent)?)
    }

    /// Keeps what opens a commitment; durable when this returns.
    pub(crate) fn put_paper(&self, paper: &Paper) -> Result<()> {
        let name = paper_name(&paper.commitment);
        let sealed = seal_record(&self.key, &name.0, &canonical::encode(&(VERSION, paper.digest, paper.salt)));
        write_new(&self.directory.join(name.to_string()), &sealed)?;
        Ok(())
    }

    /// What opens a commitment.
    pub(crate) fn paper(&self, commitment: &Hash) -> Result<Paper> {
        let name = paper_name(commitment);
        let path = self.directory.join(name.to_string());
        if !path.exists() {
            bail!(Usage(format!("the vault {} opens no commitment {commitment}", self.directory.display())));
        }
        let opened = open_record(&self.key, &name.0, &read_private(&path)?);
        let opened = opened.with_context(|| path.display().to_string())?;
        let (version, digest, salt): (u8, Hash, [u8; 32]) = canonical::decode(&opened, MAX_RECORD_BYTES)?;
        if version != VERSION {
            bail!("{} was made by another version of this program; use that one", path.display());
        }
        Ok(Paper { commitment: *commitment, digest, salt })
    }

    /// Forgets what opens a commitment.
    pub(crate) fn remove_paper(&self, paper: &Paper) -> Result<()> {
        let path = self.directory.join(paper_name(&paper.commitment).to_string());
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }

    /// Forgets a record.
    pub(crate) fn remove(&self, kept: &Kept) -> Result<()> {
        let path = self.directory.join(name(&kept.licence, &kept.contents.root()).to_string());
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }
}

fn name(licence: &LicenceId, contents: &Hash) -> Hash {
    Hashing::Vault.hash_of(&(licence, contents))
}

fn paper_name(commitment: &Hash) -> Hash {
    Hashing::Vault.hash_of(commitment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(value: &str) -> Kept {
        let type_code = "11100000000013338W011".parse().unwrap();
        let issuer = "11430000006122244L".parse().unwrap();
        let licence = LicenceId::new(type_code, issuer, "20230000403".parse().unwrap(), 1).unwrap();
        let field = Field { name: "area".into(), value: value.into() };
        let contents = Contents::new(type_code, *random(), vec![field]).unwrap();
        Kept { licence, contents, holder: Some(Holder::new(Handle(*random()))) }
    }

    #[test]
    fn what_is_kept_comes_back_by_what_the_ledger_holds() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault");
        let vault = Vault::open_or_new(&path, "phrase").unwrap();
        let [one, two] = ["120", "121"].map(kept);
        vault.put(&one).unwrap();
        vault.put(&two).unwrap();
        let again = Vault::open_or_new(&path, "phrase").unwrap();
        for kept in [&one, &two] {
            assert!(again.find(&kept.licence, &kept.contents.root()).unwrap().as_ref() == Some(kept));
        }
        vault.remove(&one).unwrap();
        assert!(again.find(&one.licence, &one.contents.root()).unwrap().is_none());
        assert!(Vault::open(&path, "another").is_err());
    }

    #[test]
    fn a_commitment_is_opened_until_it_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_new(directory.path(), "phrase").unwrap();
        let paper = Paper::of(b"grounds");
        vault.put_paper(&paper).unwrap();
        assert!(vault.paper(&paper.commitment).unwrap() == paper);
        vault.remove_paper(&paper).unwrap();
        assert!(vault.paper(&paper.commitment).is_err());
    }

    #[test]
    fn nothing_of_it_can_be_read_without_the_key() {
        let directory = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_new(directory.path(), "phrase").unwrap();
        let kept = kept("a very personal value");
        let file = fs::read(vault.put(&kept).unwrap()).unwrap();
        for secret in ["very personal".as_bytes(), b"area", b"20230000403", &kept.contents.salt()[..8]] {
            assert!(!file.windows(secret.len()).any(|bytes| bytes == secret));
        }
    }

    #[test]
    fn the_largest_record_fits() {
        let directory = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_new(directory.path(), "phrase").unwrap();
        let field = |at| Field { name: format!("{at:064}"), value: "v".repeat(1_024) };
        let contents = Contents::new(kept("").licence.type_code(), [1; 32], (0..16).map(field).collect()).unwrap();
        let largest = Kept { contents, ..kept("") };
        vault.put(&largest).unwrap();
        assert!(vault.find(&largest.licence, &largest.contents.root()).unwrap() == Some(largest));
    }
}
