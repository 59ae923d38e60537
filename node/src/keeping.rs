//! What an operator keeps of a stopped node, and makes a node of again: snapshots and backups.
//!
//! A backup is the snapshot of the last block in a directory of its own, with a list of the BLAKE3 sums of its files in the
//! form that `b3sum --check` reads. It holds records, the headers and ids of the last blocks, certificates and hand-overs; never
//! keys, nor the record of what was signed: a validator that is restored is silent until it knows better. Its history of before
//! is with the others.
//!
//! Nothing in a directory is believed for its sums. They tell a rotten file from a wrong one; what holds is checked against
//! genesis, as if a stranger had sent it.

use crate::disk;
use crate::disk::files::Files;
use crate::shelf::{Shelf, ShelfError};
use bulla_ledger::snapshot::{Taking, TakingError, Wanted};
use bulla_ledger::store::Store;
use bulla_ledger::store::memory::MemoryStore;
use bulla_ledger::{Ledger, OpenError, Tip};
use bulla_verify::chain::Height;
use bulla_verify::genesis::Genesis;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The list of sums, in a backup.
const SUMS: &str = "B3SUMS";

/// Why something cannot be kept, or made a node of.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Usual cause: a mistyped path.
    #[error("{} holds no whole snapshot; name a directory that `bullad snapshot` or `bullad backup` made", .0.display())]
    Nothing(PathBuf),
    /// What is there is not written over.
    #[error("{} is not empty; nothing was changed. Name an empty directory, or move what is there away", .0.display())]
    NotEmpty(PathBuf),
    /// The directory lacks a piece.
    #[error("the snapshot lacks the piece {0:?}; it was not copied whole, or its files are damaged")]
    Lacks(Wanted),
    /// A file is not the one that was written.
    #[error("{name} is missing, or not the file that was written: its sum is another; take another copy of the backup")]
    Sum {
        /// Which file.
        name: String,
    },
    /// The list of sums is none, or does not list all files.
    #[error("{} does not list the sums of all files; take another copy of the backup", .0.display())]
    Sums(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The directory cannot be opened.
    #[error(transparent)]
    Disk(#[from] disk::Fault),
    /// The snapshot's files.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The snapshot does not hold.
    #[error(transparent)]
    Taking(#[from] TakingError),
    /// What came of it is no ledger.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// The whole snapshots of a directory, ascending.
pub fn list(directory: &Path) -> Result<Vec<Height>, KeepError> {
    Ok(shelf(directory)?.heights()?)
}

/// Makes a ledger of the last snapshot of a directory, in a store that is empty.
pub fn restore(directory: &Path, store: Arc<dyn Store>, genesis: &Genesis) -> Result<Tip, KeepError> {
    let shelf = shelf(directory)?;
    let height = shelf.heights()?.pop().ok_or_else(|| KeepError::Nothing(directory.into()))?;
    let offer = shelf.offer(height)?.ok_or_else(|| KeepError::Nothing(directory.into()))?;
    let mut taking = Taking::begin(store.clone(), genesis, offer)?;
    while let Some(wanted) = taking.wanted(1).pop() {
        match wanted {
            Wanted::Part(key) => {
                let part = shelf.part(height, &key)?.ok_or(KeepError::Lacks(wanted))?;
                taking.take_part(&key, &part)?;
            }
            Wanted::Tail(from) => taking.take_tail(&shelf.tail(height, from)?)?,
        }
        // What was wanted is there now, or the directory does not hold it.
        if taking.wanted(1).contains(&wanted) {
            return Err(KeepError::Lacks(wanted));
        }
    }
    taking.finish()?;
    Ok(Ledger::open(store, genesis)?.tip())
}

/// Writes a backup of a ledger into a directory that is empty or not there.
pub fn back_up(ledger: &Ledger, directory: &Path) -> Result<Height, KeepError> {
    must_be_empty(directory)?;
    let shelf = Shelf::new(Files::open(directory)?);
    let height = shelf.make(ledger, &mut |_| ())?;
    let mut sums = String::new();
    for name in names(directory)? {
        sums.push_str(&format!("{}  {name}\n", sum(&directory.join(&name))?));
    }
    let path = directory.join(SUMS);
    fs::write(&path, sums).map_err(|reason| KeepError::File { path, reason })?;
    Ok(height)
}

/// Checks a backup with nothing but the genesis document: every file's sum, and that a whole ledger comes of it. It takes as much
/// memory as the ledger.
pub fn verify(directory: &Path, genesis: &Genesis) -> Result<Tip, KeepError> {
    check_sums(directory)?;
    restore(directory, Arc::new(MemoryStore::new()), genesis)
}

/// Checks the sums of a backup's files.
pub fn check_sums(directory: &Path) -> Result<(), KeepError> {
    let path = directory.join(SUMS);
    let text = fs::read_to_string(&path).map_err(|reason| KeepError::File { path: path.clone(), reason })?;
    let listed: Option<Vec<(&str, &str)>> = text.lines().map(|line| line.split_once("  ")).collect();
    let listed = listed.ok_or_else(|| KeepError::Sums(path.clone()))?;
    for (expected, name) in &listed {
        let is_plain = !name.contains(['/', '\\']);
        if !is_plain || sum(&directory.join(name)).ok().as_deref() != Some(expected) {
            return Err(KeepError::Sum { name: (*name).to_owned() });
        }
    }
    let all = names(directory)?.into_iter().filter(|name| name != SUMS).collect::<Vec<_>>();
    let is_whole = all.iter().all(|name| listed.iter().any(|(_, listed)| listed == name));
    if is_whole { Ok(()) } else { Err(KeepError::Sums(path)) }
}

/// Refuses a directory that has anything in it.
pub fn must_be_empty(directory: &Path) -> Result<(), KeepError> {
    match fs::read_dir(directory).map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => Err(KeepError::NotEmpty(directory.into())),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(reason) => Err(KeepError::File { path: directory.into(), reason }),
    }
}

fn shelf(directory: &Path) -> Result<Shelf<Files>, KeepError> {
    // Opening makes a directory, which is not what a mistyped path asks for.
    if !directory.is_dir() {
        return Err(KeepError::Nothing(directory.into()));
    }
    Ok(Shelf::new(Files::open(directory)?))
}

fn names(directory: &Path) -> Result<Vec<String>, KeepError> {
    let failed = |reason| KeepError::File { path: directory.into(), reason };
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn sum(path: &Path) -> Result<String, KeepError> {
    let bytes = fs::read(path).map_err(|reason| KeepError::File { path: path.into(), reason })?;
    Ok(blake3::hash(&bytes).to_string())
}
