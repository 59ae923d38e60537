//! Clocks that go back, and clocks that are wrong by minutes. A clock that is wrong by more than the chain's bound damages its
//! node, since it doubts what all others propose.

use super::{Coming, World};
use crate::faults::SECOND_US;
use crate::happenings::Happening;
use crate::node::Clock;

/// The furthest that a good clock is off, in milliseconds: two such clocks and the network's delay stay well within the bound
/// of ten seconds.
const GOOD_MS: i64 = 2_500;

impl Clock {
    /// How long a wait of so many milliseconds is, in microseconds of true time.
    pub(super) fn wait_us(&self, after_ms: u64) -> u64 {
        let shorter = i128::from(after_ms) * i128::from(self.drift_ppm) / 1_000;
        u64::try_from(i128::from(after_ms) * 1_000 - shorter).unwrap_or(0)
    }
}

impl World {
    /// One clock goes back, and stays as good as the others.
    pub(super) fn set_back(&mut self) -> bool {
        let node = self.random.place(self.plan.nodes);
        let by_ms = i64::try_from(self.random.between(10, 2_000)).expect("a short time");
        let clock = &mut self.nodes[node].clock;
        if clock.offset_ms - by_ms < -GOOD_MS {
            // Then it was slow, and is set right.
            clock.offset_ms = GOOD_MS - by_ms;
            return false;
        }
        clock.offset_ms -= by_ms;
        self.counts.count(Happening::ClockBack);
        true
    }

    /// One clock is wrong by minutes, until somebody sets it right.
    pub(super) fn set_wrong(&mut self) -> bool {
        let Some(node) = self.victim() else { return false };
        self.make_wrong(node);
        let length_us = self.random.between(2, 20) * SECOND_US;
        self.at(self.now_us + length_us, Coming::RightTime { node });
        true
    }

    pub(super) fn make_wrong(&mut self, node: usize) {
        let by_ms = i64::try_from(self.random.between(60_000, 600_000)).expect("minutes");
        self.nodes[node].clock.wrong_ms = if self.random.percent(50) { by_ms } else { -by_ms };
        self.counts.count(Happening::ClockOff);
    }

    pub(super) fn set_right(&mut self, node: usize) {
        if !self.nodes[node].ills.left {
            self.nodes[node].clock.wrong_ms = 0;
        }
    }
}
