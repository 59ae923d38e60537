//! A vault's record, sealed under the vault's own key: AES-256-GCM, with a fresh key for each file.
//!
//! ```text
//! "BULLAVLT"  version 1  salt [16]  nonce [12]  ciphertext with its tag [16]
//! ```
//!
//! The file's key comes from the vault's seed and the salt by one round of PBKDF2, that is one HMAC: the seed is random, so
//! there is nothing to guess. The name under which a record is kept goes into the key too, so that one file put in the place of
//! another does not open.

use bulla_verify::hash::Context;
use bulla_verify::keys::SigningKey;
use pkcs5::pbes2::{EncryptionScheme, Kdf, Parameters, Pbkdf2Params};
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"BULLAVLT\x01";
const SALT: usize = 16;
const NONCE: usize = 12;

/// Why a vault's record does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Usual cause: another kind of file.
    #[error("this is no record of a vault; check the vault's directory")]
    NotARecord,
    /// Usual cause: a record of another vault, one that was renamed, or a damaged file.
    #[error("the record does not open with this vault's key; restore it from a backup, or use the vault it belongs to")]
    Sealed,
}

/// The bytes of a file that keeps `content` under `name`.
pub fn seal_record(vault: &SigningKey, name: &[u8], content: &[u8]) -> Vec<u8> {
    let (salt, nonce) = (crate::random::<SALT>(), crate::random::<NONCE>());
    let scheme = scheme(salt.as_ref(), *nonce);
    let sealed = scheme.encrypt(file_key(vault, name), content).expect("a record is far below the cipher's bound");
    [MAGIC, salt.as_ref(), nonce.as_ref(), &sealed].concat()
}

/// What [`seal_record`] sealed.
pub fn open_record(vault: &SigningKey, name: &[u8], file: &[u8]) -> Result<Zeroizing<Vec<u8>>, RecordError> {
    let rest = file.strip_prefix(MAGIC).ok_or(RecordError::NotARecord)?;
    let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or(RecordError::NotARecord)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(RecordError::NotARecord)?;
    let opened = scheme(salt, *nonce).decrypt(file_key(vault, name), sealed);
    opened.map(Zeroizing::new).map_err(|_| RecordError::Sealed)
}

fn scheme(salt: &[u8], nonce: [u8; NONCE]) -> Parameters {
    let kdf = Pbkdf2Params::hmac_sha256(1, salt).expect("a salt of 16 bytes is accepted");
    Parameters { kdf: Kdf::Pbkdf2(kdf), encryption: EncryptionScheme::Aes256Gcm { nonce } }
}

fn file_key(vault: &SigningKey, name: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut hasher = Context::Vault.hasher();
    hasher.update(vault.seed());
    hasher.update(name);
    Zeroizing::new(hasher.finish().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_to_its_vault_and_name_alone() {
        let (vault, other) = (crate::generate(), crate::generate());
        let file = seal_record(&vault, b"one", b"content");
        assert_eq!(*open_record(&vault, b"one", &file).unwrap(), b"content");
        assert_eq!(open_record(&vault, b"two", &file), Err(RecordError::Sealed));
        assert_eq!(open_record(&other, b"one", &file), Err(RecordError::Sealed));
        assert_ne!(seal_record(&vault, b"one", b"content"), file, "salt and nonce are fresh");
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let vault = crate::generate();
        let file = seal_record(&vault, b"one", b"content");
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(open_record(&vault, b"one", &changed).is_err(), "byte {place}");
            assert!(open_record(&vault, b"one", &file[..place]).is_err(), "cut at {place}");
        }
    }
}
