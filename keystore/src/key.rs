//! A signing key as an encrypted PEM text, and back.

use crate::file::{self, FileError};
use bulla_verify::keys::SigningKey;
use pkcs5::EncryptionScheme as Scheme;
use pkcs5::pbes2::{self, EncryptionScheme, Pbkdf2Prf};
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::der::{Decode, SecretDocument};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef};
use std::path::Path;
use zeroize::Zeroizing;

/// How many rounds of PBKDF2 a new key file has. Source: OWASP's figure for HMAC-SHA-256; about a quarter of a second.
pub const ROUNDS: u32 = 600_000;
/// The most rounds that are done to open one, so that a hostile file cannot hold a program up for minutes.
pub const MAX_ROUNDS: u32 = 5_000_000;

/// Ed25519, RFC 8410.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// What stands before the 32 bytes of the seed: an octet string within an octet string, RFC 8410 section 7.
const SEED_PREFIX: [u8; 2] = [0x04, 0x20];
const SALT_BYTES: usize = 16;

/// Why a key file gives no key, in the order checked.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file itself: missing, or readable by others.
    #[error(transparent)]
    File(#[from] FileError),
    /// Usual cause: another kind of file, or a damaged one.
    #[error("this is no encrypted key file; name a file made by `bulla keys new`, or restore it from a backup")]
    NotAKeyFile,
    /// A secret key that anyone could copy is not used.
    #[error(
        "the key is not encrypted; encrypt it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter {ROUNDS}`, and destroy this file"
    )]
    NotEncrypted,
    /// Usual cause: a key file from another program.
    #[error(
        "the key is encrypted in a way that is not supported; convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter {ROUNDS}`"
    )]
    Scheme,
    /// Usual cause: a file made to keep this program busy.
    #[error(
        "opening the key would take {found} rounds, at most {MAX_ROUNDS} are done; if you trust the file, convert it with openssl"
    )]
    Rounds {
        /// How many the file asks for.
        found: u32,
    },
    /// Usual cause: the passphrase of another key.
    #[error("the passphrase does not open the key; check that it is the passphrase of this very file")]
    Passphrase,
    /// The file opens, and holds another kind of key.
    #[error("the file holds another kind of key; Ed25519 is needed: make one with `bulla keys new`")]
    NotEd25519,
}

/// A new key from the operating system's generator.
pub fn generate() -> SigningKey {
    SigningKey::from_seed(&random::<32>())
}

/// Bytes from the operating system's generator, for salts, nonces and handles.
///
/// # Panics
/// If the generator fails: without it nothing safe can be done.
pub fn random<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut()).expect("the operating system has a source of randomness");
    bytes
}

/// The encrypted PEM text of a key. `rounds` is [`ROUNDS`] but in tests.
///
/// # Panics
/// If `rounds` is 0 or above [`MAX_ROUNDS`]: a bug in the caller.
pub fn seal(key: &SigningKey, passphrase: &str, rounds: u32) -> Zeroizing<String> {
    assert!((1..=MAX_ROUNDS).contains(&rounds), "rounds out of range: {rounds}");
    let (salt, iv) = (random::<SALT_BYTES>(), random::<16>());
    let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, salt.as_ref(), *iv)
        .expect("salt and initial vector have the lengths that the scheme wants");
    let plain = plain(key);
    let encrypted = scheme.encrypt(passphrase, plain.as_bytes()).expect("48 bytes can be encrypted");
    let document = EncryptedPrivateKeyInfoRef {
        encryption_algorithm: Scheme::Pbes2(scheme),
        encrypted_data: OctetStringRef::new(&encrypted).expect("64 bytes are an octet string"),
    };
    let document = SecretDocument::encode_msg(&document).expect("a well-formed document encodes");
    document.to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).expect("a document has a PEM form")
}

/// The key of an encrypted PEM text.
pub fn open(pem: &str, passphrase: &str) -> Result<SigningKey, KeyFileError> {
    let (label, document) = SecretDocument::from_pem(pem).map_err(|_| KeyFileError::NotAKeyFile)?;
    if label == PrivateKeyInfoRef::PEM_LABEL {
        return Err(KeyFileError::NotEncrypted);
    }
    let sealed = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes()).map_err(|_| KeyFileError::NotAKeyFile)?;
    let Scheme::Pbes2(scheme) = &sealed.encryption_algorithm else { return Err(KeyFileError::Scheme) };
    let rounds = scheme.kdf.pbkdf2().filter(|kdf| kdf.prf == Pbkdf2Prf::HmacWithSha256).map(|kdf| kdf.iteration_count);
    let (Some(rounds), EncryptionScheme::Aes256Cbc { .. }) = (rounds, &scheme.encryption) else {
        return Err(KeyFileError::Scheme);
    };
    if rounds > MAX_ROUNDS {
        return Err(KeyFileError::Rounds { found: rounds });
    }
    let plain = Zeroizing::new(
        scheme.decrypt(passphrase, sealed.encrypted_data.as_bytes()).map_err(|_| KeyFileError::Passphrase)?,
    );
    // The padding alone tells a wrong passphrase in 255 of 256 cases; the form of what comes out, in the rest.
    let info = PrivateKeyInfoRef::from_der(&plain).map_err(|_| KeyFileError::Passphrase)?;
    let seed = match (info.algorithm.oid, info.private_key.as_bytes().strip_prefix(&SEED_PREFIX)) {
        (ED25519, Some(seed)) => <[u8; 32]>::try_from(seed).map(Zeroizing::new).ok(),
        _ => None,
    };
    seed.map(|seed| SigningKey::from_seed(&seed)).ok_or(KeyFileError::NotEd25519)
}

/// Writes a new key file: see [`crate::write_new`].
pub fn seal_file(path: &Path, key: &SigningKey, passphrase: &str, rounds: u32) -> Result<(), FileError> {
    file::write_new(path, seal(key, passphrase, rounds).as_bytes())
}

/// Opens a key file: see [`crate::read_private`].
pub fn open_file(path: &Path, passphrase: &str) -> Result<SigningKey, KeyFileError> {
    let bytes = file::read_private(path)?;
    open(std::str::from_utf8(&bytes).map_err(|_| KeyFileError::NotAKeyFile)?, passphrase)
}

/// PKCS#8 v1, without the public key: OpenSSL reads no other form.
fn plain(key: &SigningKey) -> SecretDocument {
    let seed = Zeroizing::new([SEED_PREFIX.as_slice(), key.seed()].concat());
    let info = PrivateKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid: ED25519, parameters: None },
        private_key: OctetStringRef::new(&seed).expect("34 bytes are an octet string"),
        public_key: None,
    };
    SecretDocument::encode_msg(&info).expect("a well-formed document encodes")
}

#[cfg(test)]
mod tests;
