//! What the network counts, since it was started.

use super::RefusedPeer;
use std::sync::atomic::{AtomicU64, Ordering};

/// Plain counters, read at any time; each only grows.
#[derive(Debug, Default)]
pub struct Counters {
    /// Bytes of frames received, their lengths included.
    pub bytes_in: AtomicU64,
    /// Bytes of frames sent, their lengths included.
    pub bytes_out: AtomicU64,
    /// Frames received.
    pub frames_in: AtomicU64,
    /// Frames sent.
    pub frames_out: AtomicU64,
    /// Messages not sent, for the peer was not there.
    pub dropped_absent: AtomicU64,
    /// Messages not sent, for the peer's queue was full.
    pub dropped_full: AtomicU64,
    /// Messages not sent, for they were longer than a frame may be: a fault of this node.
    pub dropped_oversized: AtomicU64,
    /// Attempts to reach a peer.
    pub dialled: AtomicU64,
    /// Attempts that failed.
    pub dials_failed: AtomicU64,
    /// Conversations begun.
    pub joined: AtomicU64,
    refused: [AtomicU64; RefusedPeer::ALL.len()],
}

impl Counters {
    /// How often somebody was turned away for this reason.
    pub fn refused(&self, reason: RefusedPeer) -> u64 {
        self.of(reason).load(Ordering::Relaxed)
    }

    pub(super) fn refuse(&self, reason: RefusedPeer) {
        self.of(reason).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn of(&self, reason: RefusedPeer) -> &AtomicU64 {
        let mut reasons = RefusedPeer::ALL.iter().zip(&self.refused);
        let (_, counter) = reasons.find(|(each, _)| **each == reason).expect("every reason is in the list of all");
        counter
    }
}
