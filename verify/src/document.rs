//! Documents behind acts: a notice, a decision, grounds, a consent. They stay with whoever wrote them; the ledger holds a
//! commitment that tells nothing without its salt.
//!
//! ```text
//! digest     = BLAKE3 of the file's bytes, as `b3sum` prints it
//! commitment = Document(digest ‖ salt)                          salt: 32 random bytes, fresh for each
//! ```
//!
//! Whoever is given file and salt can tell that it is what the act was about. Whoever destroys the salt leaves a commitment
//! that says nothing: even a document that everyone has cannot be recognised in it. Rule: design D11; `docs/decisions/0028`.

use crate::hash::{Context, Hash};

/// The digest of a document: BLAKE3 of its bytes.
pub fn digest(bytes: &[u8]) -> Hash {
    Hash(*blake3::hash(bytes).as_bytes())
}

/// What the ledger holds of a document.
pub fn commitment(digest: &Hash, salt: &[u8; 32]) -> Hash {
    Context::Document.hash_of(&(digest, salt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_digest_is_what_b3sum_prints() {
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(digest(b"").to_string(), empty);
    }

    #[test]
    fn a_commitment_holds_for_one_document_and_one_salt() {
        let one = commitment(&digest(b"one"), &[1; 32]);
        assert_eq!(one, commitment(&digest(b"one"), &[1; 32]));
        assert_ne!(one, commitment(&digest(b"one"), &[2; 32]));
        assert_ne!(one, commitment(&digest(b"two"), &[1; 32]));
    }
}
