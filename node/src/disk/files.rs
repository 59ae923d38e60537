//! A real directory, held by one process at a time.
//!
//! A file that was written to stays open until it is replaced or removed: the kernel reports a failed write-back only
//! to those who had the file open when it failed.

use super::{Disk, Fault, Operation};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The files of one directory.
#[derive(Debug)]
pub struct Files {
    directory: PathBuf,
    /// The directory itself, open for syncing; its lock keeps a second process out.
    root: File,
    written: BTreeMap<String, File>,
}

impl Files {
    /// Opens a directory, made if it is missing, and locks it. Fails if another process holds it: two validators on one
    /// key would contradict each other.
    pub fn open(directory: impl AsRef<Path>) -> Result<Files, Fault> {
        let directory = directory.as_ref().to_owned();
        let failed = |error: io::Error| Fault::new(Operation::Open, &directory.display().to_string(), &error);
        make(&directory).map_err(failed)?;
        let root = File::open(&directory).map_err(failed)?;
        match root.try_lock() {
            Ok(()) => Ok(Files { directory, root, written: BTreeMap::new() }),
            Err(TryLockError::WouldBlock) => {
                Err(failed(io::Error::new(ErrorKind::ResourceBusy, "another process uses it; stop that one first")))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    fn written(&mut self, name: &str) -> io::Result<&File> {
        if !self.written.contains_key(name) {
            let file = OpenOptions::new().write(true).open(self.directory.join(name))?;
            self.written.insert(name.to_owned(), file);
        }
        self.written.get(name).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_directory(&self, name: &str) -> Result<(), Fault> {
        self.root.sync_all().map_err(|error| Fault::new(Operation::SyncDirectory, name, &error))
    }
}

/// Makes a directory and every missing one above it durable.
fn make(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = match directory.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Ok(()),
    };
    make(parent)?;
    fs::create_dir(directory)?;
    File::open(parent)?.sync_all()
}

impl Disk for Files {
    fn list(&self) -> Result<Vec<String>, Fault> {
        let failed = |error: io::Error| Fault::new(Operation::Open, &self.directory.display().to_string(), &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if let Ok(name) = entry.file_name().into_string()
                && entry.file_type().map_err(failed)?.is_file()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        match fs::read(self.directory.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::new(Operation::Read, name, &error)),
        }
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.written(name)
            .and_then(|file| file.write_all_at(bytes, offset))
            .map_err(|error| Fault::new(Operation::Write, name, &error))
    }

    fn truncate(&mut self, name: &str, length: u64) -> Result<(), Fault> {
        self.written(name)
            .and_then(|file| file.set_len(length))
            .map_err(|error| Fault::new(Operation::Write, name, &error))
    }

    fn sync(&mut self, name: &str) -> Result<(), Fault> {
        self.written(name).and_then(File::sync_data).map_err(|error| Fault::new(Operation::Sync, name, &error))
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        let aside = self.directory.join(format!("{name}.new"));
        let mut file = File::create(&aside).map_err(|error| Fault::new(Operation::Write, name, &error))?;
        file.write_all(bytes).map_err(|error| Fault::new(Operation::Write, name, &error))?;
        file.sync_all().map_err(|error| Fault::new(Operation::Sync, name, &error))?;
        fs::rename(&aside, self.directory.join(name)).map_err(|error| Fault::new(Operation::Rename, name, &error))?;
        self.written.remove(name);
        self.sync_directory(name)
    }

    fn remove(&mut self, name: &str) -> Result<(), Fault> {
        self.written.remove(name);
        fs::remove_file(self.directory.join(name)).map_err(|error| Fault::new(Operation::Remove, name, &error))?;
        self.sync_directory(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_cut_replaced_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let mut disk = Files::open(directory.path().join("a/b")).unwrap();
        assert_eq!(disk.read("x").unwrap(), None);
        disk.replace("x", b"first").unwrap();
        disk.write("x", 3, b"---").unwrap();
        disk.sync("x").unwrap();
        assert_eq!(disk.read("x").unwrap().unwrap(), b"fir---");
        disk.truncate("x", 4).unwrap();
        disk.sync("x").unwrap();
        assert_eq!(disk.read("x").unwrap().unwrap(), b"fir-");
        disk.replace("x", b"second").unwrap();
        disk.write("x", 0, b"S").unwrap();
        disk.replace("y", b"").unwrap();
        assert_eq!(disk.list().unwrap(), ["x", "y"]);
        assert_eq!(disk.read("x").unwrap().unwrap(), b"Second");
        disk.remove("y").unwrap();
        assert_eq!(disk.list().unwrap(), ["x"]);
    }

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let directory = tempfile::tempdir().unwrap();
        let first = Files::open(directory.path()).unwrap();
        assert_eq!(Files::open(directory.path()).unwrap_err().kind, ErrorKind::ResourceBusy);
        drop(first);
        Files::open(directory.path()).unwrap();
    }

    #[test]
    fn a_fault_names_the_operation_and_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let mut disk = Files::open(directory.path()).unwrap();
        let fault = disk.write("absent", 0, b"x").unwrap_err();
        assert_eq!((fault.operation, fault.name.as_str(), fault.is_sync()), (Operation::Write, "absent", false));
        assert!(disk.sync("absent").unwrap_err().is_sync());
    }
}
