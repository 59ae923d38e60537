//! What chance does to each message on its way: delay, loss, a second copy, a much longer way.

use super::{Coming, Packet, World};
use crate::happenings::Happening;
use bulla_node::jobs;
use bulla_node::wire::PeerMessage;
use std::sync::Arc;

impl World {
    /// Puts a message on its way, at a time in microseconds.
    pub(super) fn post(&mut self, from: usize, to: usize, at_us: u64, packet: &Arc<Packet>) {
        let copies = if self.random.percent(self.plan.twice_percent) { 2 } else { 1 };
        if copies > 1 {
            self.counts.count(Happening::Duplicated);
        }
        for _ in 0..copies {
            if self.random.percent(self.plan.loss_percent) {
                self.counts.count(Happening::Lost);
                continue;
            }
            let mut delay_us = self.random.between(200, self.plan.delay_us);
            if self.random.below(1_000) < self.plan.late_per_mille {
                self.counts.count(Happening::Late);
                delay_us = self.random.between(self.plan.delay_us, self.plan.delay_us * 10);
            }
            let (life, sent, packet) = (self.nodes[to].life, self.queued, packet.clone());
            self.digest.sent(at_us + delay_us, from, to, &packet.hash);
            self.at(at_us + delay_us, Coming::Message { from, to, life, sent, packet });
        }
    }

    pub(super) fn arrive(&mut self, from: usize, to: usize, life: u64, sent: u64, packet: &Packet) {
        if self.nodes[to].life != life || !self.nodes[to].is_there() {
            return;
        }
        if self.links.overtaken(from, to, sent) {
            self.counts.count(Happening::Overtaken);
        }
        let message = PeerMessage::decode(&packet.bytes).expect("peers send what peers can read");
        self.overhear(from, to, &message);
        let Some(message) = self.join_or_serve(from, to, message) else { return };
        let clock = self.clock(to);
        let up = self.nodes[to].up.as_ref().expect("it was up a moment ago");
        if let Some(event) = jobs::receive(&up.ledger, self.nodes[from].key, message, clock) {
            self.handle(to, event);
        }
    }
}
