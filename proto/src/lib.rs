//! The only place where gRPC types exist.
//!
//! | module | says |
//! |---|---|
//! | [`v1`] | the messages and services of `proto/bulla/v1/*.proto`, as they travel |
//! | [`answer`] | what a node answers, in the words of `bulla-verify` |
//! | [`convert`] | from one to the other, in both directions |
//! | [`Client`] | speaks to one node |
//!
//! A record travels as its canonical bytes, with typed fields beside them for other languages. Reading one here decodes the
//! bytes and compares the fields with them: a node cannot show one record to some and another to others.

use std::time::Duration;

pub mod answer;
mod client;
pub mod convert;

pub use client::{Client, ClientError, Timeouts};

/// The messages and services as they travel.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
pub mod v1 {
    tonic::include_proto!("bulla.v1");
}

/// The descriptors of all messages and services, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bulla.v1.descriptors"));

/// The most bytes of a request: an envelope has at most 256 KiB.
pub const MAX_REQUEST_BYTES: usize = 1 << 20;

/// The most bytes of an answer: a page of a history, or of a block, has less than one million.
pub const MAX_ANSWER_BYTES: usize = 4 << 20;

/// The longest that a node waits for a transaction to become final: two heartbeats of an idle chain.
pub const MAX_WAIT: Duration = Duration::from_secs(60);

/// The longest that a node waits for the height of `at_least`: half of what a client waits for an answer. A node that votes has it
/// within a moment.
pub const MAX_BEHIND: Duration = Duration::from_secs(5);

/// The entry of a refusal's metadata that says which block the node has, in decimal.
pub const HEIGHT: &str = "bulla-height";

/// The entry of a refusal's metadata that says which block was asked for, in decimal.
pub const AT_LEAST: &str = "bulla-at-least";

/// The most acts of a licence, or lines of a list, in one answer. Source: promises, "Queries".
pub const MAX_PAGE: u64 = 256;

/// The most bytes of a list's lines in one answer, if they are more than one: a line has as many as a transaction at most.
pub const MAX_PAGE_BYTES: usize = 1 << 20;

/// The most transactions of a block in one answer: at 90 bytes each, a tenth of [`MAX_ANSWER_BYTES`].
pub const MAX_BLOCK_PAGE: u64 = 4_096;
