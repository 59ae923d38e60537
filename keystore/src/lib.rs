//! Secrets on disk: encrypted key files, and the rules for every file that holds a secret.
//!
//! A key file is PKCS#8 v1 in PEM, encrypted with PBES2 (PBKDF2 with HMAC-SHA-256, then AES-256-CBC), so that OpenSSL reads
//! it. A vault's record is sealed with AES-256-GCM under the vault's own key. Files are written whole, with mode 0600, and
//! never over another; a file that others may read is refused. Where a passphrase comes from is the caller's matter: a file
//! or a terminal, never an argument or an environment variable. Rule: design D19.

mod file;
mod key;
mod record;

pub use file::{FileError, destroy_file, read_passphrase, read_private, write_new};
pub use key::{KeyFileError, MAX_ROUNDS, ROUNDS, generate, open, open_file, random, seal, seal_file};
pub use record::{RecordError, open_record, seal_record};
