//! Canonical bytes: borsh, in which every value has exactly one encoding, and nothing else is accepted.
//!
//! Decoding refuses trailing bytes, unsorted or repeated entries of maps and sets, and input longer than the caller's cap
//! before it looks at the first byte. Rule: design D5.

use crate::planted::{self, Bug};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// Why bytes are not the canonical encoding of a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than this kind may ever have. Usual cause: the wrong kind of file.
    #[error("{found} bytes, at most {limit} are allowed")]
    TooLong {
        /// How many bytes there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Not an encoding of this kind: truncated, padded, unsorted, or of another kind altogether.
    #[error("the bytes are not in canonical form")]
    NotCanonical,
}

/// The canonical bytes of a value.
pub fn encode<T: BorshSerialize + ?Sized>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory cannot fail, and no field exceeds a u32 length")
}

/// The value of which `bytes` are the canonical encoding; at most `limit` bytes.
pub fn decode<T: BorshDeserialize>(bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong { found: bytes.len(), limit });
    }
    if planted::on(Bug::AcceptTrailingBytes) {
        return T::deserialize(&mut &*bytes).map_err(|_| DecodeError::NotCanonical);
    }
    borsh::from_slice(bytes).map_err(|_| DecodeError::NotCanonical)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn trailing_bytes_are_refused() {
        let mut bytes = encode(&7u32);
        assert_eq!(decode::<u32>(&bytes, 8), Ok(7));
        bytes.push(0);
        assert_eq!(decode::<u32>(&bytes, 8), Err(DecodeError::NotCanonical));
    }

    #[test]
    fn unsorted_and_repeated_entries_are_refused() {
        let set: BTreeSet<u8> = [1, 2].into();
        let mut bytes = encode(&set);
        assert_eq!(decode(&bytes, 8), Ok(set));
        bytes[4..6].copy_from_slice(&[2, 1]);
        assert_eq!(decode::<BTreeSet<u8>>(&bytes, 8), Err(DecodeError::NotCanonical));
        bytes[4..6].copy_from_slice(&[1, 1]);
        assert_eq!(decode::<BTreeSet<u8>>(&bytes, 8), Err(DecodeError::NotCanonical));
    }

    #[test]
    fn the_cap_is_judged_before_the_content() {
        assert_eq!(decode::<u8>(&[0; 9], 8), Err(DecodeError::TooLong { found: 9, limit: 8 }));
    }
}
