//! Files that hold a secret: written whole or not at all, with mode 0600, never over another; refused if others may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The most bytes of a file that is read: a key file has 400, a vault's record a few thousand.
const MAX_BYTES: u64 = 256 * 1024;
/// What group and world may do.
const OTHERS: u32 = 0o077;

/// Why a file is not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Usual cause: a mistyped path.
    #[error("{path}: {reason}; check the path and who owns it")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// Whoever can read it has the secret.
    #[error("{path} can be read or written by others (mode {mode:03o}); run `chmod 600 {path}`")]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Usual cause: another kind of file.
    #[error("{path} is longer than any file of this kind; check the path")]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A secret that is overwritten is lost.
    #[error("{path} exists already, and is not overwritten; choose another name, or move it away first")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Usual cause: an empty file, or one of another kind.
    #[error("{path} holds no passphrase; write it there as one line of text")]
    NoPassphrase {
        /// The file.
        path: PathBuf,
    },
}

/// The content of a file that nobody else may read.
pub fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let io = |reason| FileError::Io { path: path.into(), reason };
    let file = File::open(path).map_err(io)?;
    let mode = file.metadata().map_err(io)?.mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(FileError::Readable { path: path.into(), mode });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let read = file.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
    if u64::try_from(read).map_or(true, |read| read > MAX_BYTES) {
        return Err(FileError::TooLong { path: path.into() });
    }
    Ok(bytes)
}

/// The one line of a file that nobody else may read.
pub fn read_passphrase(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let bytes = read_private(path)?;
    let line = std::str::from_utf8(&bytes).ok().map(|text| text.strip_suffix('\n').unwrap_or(text));
    let line = line.map(|line| line.strip_suffix('\r').unwrap_or(line)).filter(|line| !line.contains('\n'));
    match line {
        Some(line) if !line.is_empty() => Ok(Zeroizing::new(line.into())),
        _ => Err(FileError::NoPassphrase { path: path.into() }),
    }
}

/// Overwrites a file with zeros, durably, and removes it. Where the disk or the file system keeps old blocks elsewhere, what
/// stood there may still be found: the passphrase is what protects it then.
pub fn destroy_file(path: &Path) -> Result<(), FileError> {
    let io = |reason| FileError::Io { path: path.into(), reason };
    let mut file = OpenOptions::new().write(true).open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    io::copy(&mut io::repeat(0).take(length), &mut file).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::remove_file(path).map_err(io)
}

/// Writes a new file of mode 0600, durable when this returns. After a crash it is there whole, or not at all.
pub fn write_new(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let nonce: [u8; 8] = *crate::random::<8>();
    let draft = parent.join(format!(".bulla-{:016x}.new", u64::from_le_bytes(nonce)));
    let written = write_synced(&draft, content).and_then(|()| fs::hard_link(&draft, path));
    // The draft is another name of the same file; if it cannot be removed, the file still stands.
    let _ = fs::remove_file(&draft);
    written.and_then(|()| File::open(parent)?.sync_all()).map_err(|reason| {
        if reason.kind() == io::ErrorKind::AlreadyExists {
            FileError::Exists { path: path.into() }
        } else {
            FileError::Io { path: path.into(), reason }
        }
    })
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_written_for_its_owner_alone_and_never_twice() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        write_new(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(write_new(&path, b"two"), Err(FileError::Exists { .. })));
        assert_eq!(*read_private(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn what_others_may_read_or_write_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        write_new(&path, b"one").unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = read_private(&path).unwrap_err();
            assert!(matches!(&refused, FileError::Readable { mode: found, .. } if *found == mode));
            assert!(refused.to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn a_passphrase_is_one_line_that_is_not_empty() {
        let directory = tempfile::tempdir().unwrap();
        for (name, content, expected) in [
            ("plain", "a phrase", Some("a phrase")),
            ("newline", "a phrase\n", Some("a phrase")),
            ("windows", "a phrase\r\n", Some("a phrase")),
            ("padded", " a \n", Some(" a ")),
            ("empty", "", None),
            ("blank", "\n", None),
            ("two lines", "a\nb\n", None),
        ] {
            let path = directory.path().join(name);
            write_new(&path, content.as_bytes()).unwrap();
            let found = read_passphrase(&path).ok();
            assert_eq!(found.as_deref().map(String::as_str), expected, "{name}");
        }
    }

    #[test]
    fn an_endless_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("long");
        write_new(&path, &vec![b'a'; 256 * 1024 + 1]).unwrap();
        assert!(matches!(read_private(&path), Err(FileError::TooLong { .. })));
    }
}
