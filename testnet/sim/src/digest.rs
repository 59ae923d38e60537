//! The digest of a run: two runs of one seed that differ anywhere differ in it.
//!
//! It takes in every message as it arrives, with its bytes; every event with what names it; and the number of things that came
//! of it. What is left out (the order within an effect, the text of a report) shows in what is sent next.

use bulla_node::engine::{Effects, Event, Wake};
use bulla_verify::canonical;
use bulla_verify::hash::{Context, Hash, Hasher};

/// A hash over everything that happened, in order.
pub(crate) struct Digest(Hasher);

impl Digest {
    pub(crate) fn new() -> Digest {
        Digest(Context::LogFrame.hasher())
    }

    /// Some bytes go from one node to another, to arrive at this time.
    pub(crate) fn sent(&mut self, at_us: u64, from: usize, to: usize, bytes: &Hash) {
        self.places(at_us, from, to);
        self.0.update(&bytes.0);
    }

    /// A node takes in an event.
    pub(crate) fn event(&mut self, now_us: u64, node: usize, event: &Event) {
        let (kind, name): (usize, Hash) = match event {
            Event::Submitted(_, transaction) => (0, transaction.hash().0),
            Event::Shared(transaction) => (1, transaction.hash().0),
            Event::Heard(peer, _) => (2, Hash(peer.bytes)),
            Event::Bodies(value, _) => (3, value.0),
            Event::Decided(peer, _) => (4, Hash(peer.bytes)),
            Event::Joined(peer) => (5, Hash(peer.bytes)),
            Event::Left(peer) => (6, Hash(peer.bytes)),
            Event::Due(Wake::Heartbeat) => (7, Hash::default()),
            Event::Due(Wake::Tick) => (8, Hash::default()),
            Event::Due(Wake::Consensus(timer)) => (9, Context::LogFrame.hash(&canonical::encode(timer))),
            Event::Built(_, built) => (10, built.executed.hash().0),
            Event::Executed(value, Ok(_)) => (11, value.0),
            Event::Executed(value, Err(_)) => (12, value.0),
            Event::Committed(block, _) => (13, block.hash().0),
        };
        self.places(now_us, node, kind);
        self.0.update(&name.0);
    }

    /// So much came of it.
    pub(crate) fn effects(&mut self, effects: &Effects) {
        self.places(u64::from(effects.sync), effects.log.len(), effects.then.len());
    }

    pub(crate) fn finish(self) -> String {
        self.0.finish().to_string()
    }

    fn places(&mut self, number: u64, first: usize, second: usize) {
        for part in [number, wide(first), wide(second)] {
            self.0.update(&part.to_le_bytes());
        }
    }
}

fn wide(place: usize) -> u64 {
    u64::try_from(place).expect("a place in a list")
}
