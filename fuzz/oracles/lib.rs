//! What must hold of any bytes that claim to be a proof, a transaction or a part of the chain: one module for each fuzz target,
//! and in each `judge`, which panics if it does not hold.
//!
//! A fuzz target runs `judge` on whatever it makes up; `verify/tests/corpora.rs` includes this file and runs it on what is
//! kept in `fuzz/corpus`. An input is a short statement (which tree, which keys, which clock), and then an encoding: as it
//! stands, or a true one with edits (`tape.rs`). So a fuzzer need not guess hashes to come near an acceptance, and every
//! acceptance is compared with what the oracles of `verify/tests/oracle` say of a small world that is known.

pub mod ancestry;
pub mod canonical;
pub mod list_proof;
pub mod multi_proof;
pub mod receipt;
pub mod state_proof;
pub mod status_proof;
mod tape;
pub mod transaction;

#[path = "../../verify/tests/oracle/naive_list.rs"]
mod naive_list;
#[path = "../../verify/tests/oracle/naive_multi.rs"]
mod naive_multi;
#[path = "../../verify/tests/oracle/specimens.rs"]
#[allow(dead_code, reason = "the vectors name what they list")]
mod specimens;
#[path = "../../verify/tests/oracle/world.rs"]
pub mod world;

use borsh::BorshSerialize;
use bulla_verify::canonical::encode;
use world::naive_tree;

/// How far an input came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// It is no encoding.
    Refused,
    /// It is one, and of nothing true.
    Decoded,
    /// It shows what is true.
    Accepted,
}

/// What is known of one kind of input.
pub struct Oracle {
    /// As the fuzz target and the corpus are called.
    pub name: &'static str,
    /// Panics if what must hold does not.
    pub judge: fn(&[u8]) -> Reached,
    /// Inputs to begin with: true encodings, as they stand and to be edited.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! oracles {
    ($($name:ident),*) => { [$(Oracle { name: stringify!($name), judge: $name::judge, seeds: $name::seeds }),*] };
}

/// One for each fuzz target.
pub const ORACLES: [Oracle; 8] =
    oracles![state_proof, multi_proof, list_proof, status_proof, transaction, receipt, ancestry, canonical];

/// The value that was decoded; its encoding is what it was decoded from, and no longer than the cap.
fn decoded<T: BorshSerialize, E>(bytes: &[u8], limit: usize, outcome: Result<T, E>) -> Option<T> {
    let value = outcome.ok()?;
    assert!(bytes.len() <= limit, "{} bytes were decoded, the cap is {limit}", bytes.len());
    assert!(encode(&value) == bytes, "one value has two encodings");
    Some(value)
}

/// Judges what holds only if a known signer signed exactly this.
fn signed(holds: bool, bytes: &[u8], truths: &[Vec<u8>]) -> Reached {
    let is_true = truths.iter().any(|truth| truth == bytes);
    assert_eq!(holds, is_true, "what was signed and what holds are not the same");
    if holds { Reached::Accepted } else { Reached::Decoded }
}
