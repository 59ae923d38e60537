//! What a write-ahead log needs from the world, and nothing more: one directory of named files.
//!
//! [`files::Files`] is a real directory; [`memory::Memory`] is the simulator's, which loses power on request. Only what
//! [`Disk::sync`], [`Disk::replace`] and [`Disk::remove`] have returned from is durable. A failed sync is never
//! retried: the kernel may have dropped the very pages it failed to write and call the next sync a success
//! (PostgreSQL's "fsyncgate"), so whoever sees one stops using the disk for good.

pub mod files;
pub mod memory;

use std::fmt;
use std::io;

/// One directory of files. Names are plain: no separators, no `.` in front.
pub trait Disk {
    /// The names of all files, sorted.
    fn list(&self) -> Result<Vec<String>, Fault>;

    /// The whole of a file, or nothing if there is none of that name.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// Writes at a byte offset of an existing file and extends it as needed. Not durable before [`Disk::sync`]; a power
    /// loss may keep any part of it.
    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), Fault>;

    /// Cuts a file to `length` bytes. Not durable before [`Disk::sync`].
    fn truncate(&mut self, name: &str, length: u64) -> Result<(), Fault>;

    /// Makes everything written to a file durable.
    fn sync(&mut self, name: &str) -> Result<(), Fault>;

    /// Makes a file hold exactly these bytes, created if need be, durably: after a power loss the name has its old
    /// content or the new, whole. For small files; it costs two syncs.
    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), Fault>;

    /// Removes a file, durably.
    fn remove(&mut self, name: &str) -> Result<(), Fault>;
}

/// What was asked of a disk that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Open or lock the directory, or list it.
    Open,
    /// Read a file.
    Read,
    /// Write or cut a file.
    Write,
    /// Sync a file.
    Sync,
    /// Put a file in the place of another.
    Rename,
    /// Remove a file.
    Remove,
    /// Sync the directory itself.
    SyncDirectory,
}

/// A disk did not do what was asked. Usual causes: no space left, a failing device, missing permissions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {operation} {name}: {reason}")]
pub struct Fault {
    /// What was asked.
    pub operation: Operation,
    /// Of which file or directory.
    pub name: String,
    /// The class of the system's error; `StorageFull` is the one from which a node recovers.
    pub kind: io::ErrorKind,
    /// The system's words.
    pub reason: String,
}

impl Fault {
    /// Whether a sync failed: what was written since the last one is lost, whatever a later sync may claim.
    pub fn is_sync(&self) -> bool {
        matches!(self.operation, Operation::Sync | Operation::SyncDirectory)
    }

    fn new(operation: Operation, name: &str, error: &io::Error) -> Fault {
        Fault { operation, name: name.to_owned(), kind: error.kind(), reason: error.to_string() }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Open => "open",
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::Sync => "sync",
            Operation::Rename => "rename",
            Operation::Remove => "remove",
            Operation::SyncDirectory => "sync the directory of",
        })
    }
}
