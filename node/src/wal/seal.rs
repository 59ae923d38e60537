//! A sealed record: length `u32` LE, CRC32C `u32` LE of (label ‖ length ‖ body), body in canonical bytes.
//!
//! For the fixed records of a log. The label says what the record is and where it belongs, so that a sound record in
//! the wrong place opens as nothing. What follows the body is not looked at.

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::canonical;

/// A record may not be longer than this, so that it never leaves the page it is written to.
const LIMIT: usize = 1024;

/// The bytes of a record.
pub(super) fn seal<T: BorshSerialize>(label: &[u8], record: &T) -> Vec<u8> {
    let body = canonical::encode(record);
    let length = u32::try_from(body.len()).expect("records are short").to_le_bytes();
    [&length[..], &checksum(label, length, &body), &body].concat()
}

/// The record that `bytes` begin with, if it is whole.
pub(super) fn open<T: BorshDeserialize>(label: &[u8], bytes: &[u8]) -> Option<T> {
    let (length, bytes) = bytes.split_first_chunk()?;
    let (sum, bytes) = bytes.split_first_chunk::<4>()?;
    let body = bytes.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    if body.len() > LIMIT || *sum != checksum(label, *length, body) {
        return None;
    }
    canonical::decode(body, LIMIT).ok()
}

fn checksum(label: &[u8], length: [u8; 4], body: &[u8]) -> [u8; 4] {
    let sum = crc32c::crc32c_append(crc32c::crc32c(label), &length);
    crc32c::crc32c_append(sum, body).to_le_bytes()
}
