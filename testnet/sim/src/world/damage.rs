//! What goes wrong in a world, when the seed has it: crashes, power cuts, a lost disk, partitions; and the calm after them.

use super::{Coming, World};
use bulla_node::engine::Event;
use bulla_verify::chain::Height;

impl World {
    pub(super) fn schedule_faults(&mut self) {
        if self.plan.crash_every_us < u64::MAX / 8 {
            // Early enough that every run has one.
            let crash_us = self.random.between(2_000_000, self.plan.faulty_us / 2);
            self.at(crash_us, Coming::Crash { all: false });
        }
        if let Some(every_us) = self.plan.blackout_every_us {
            let at_us = self.random.between(1, 2 * every_us);
            self.at(at_us, Coming::Crash { all: true });
        }
        if let Some(every_us) = self.plan.partition_every_us {
            let at_us = self.random.between(1, 2 * every_us);
            self.at(at_us, Coming::Partition);
        }
    }

    pub(super) fn crash(&mut self, all: bool) {
        if self.healed {
            return;
        }
        if all {
            let every_us = self.plan.blackout_every_us.unwrap_or(u64::MAX / 4);
            let again_us = self.random.between(1, 2 * every_us);
            self.at(self.now_us + again_us, Coming::Crash { all });
            for node in 0..self.plan.nodes {
                if self.nodes[node].up.is_some() && self.plan.blackouts_tear {
                    let steps = self.random.below(6);
                    self.nodes[node].disk.halt_after(steps);
                } else if self.nodes[node].up.take().is_some() {
                    self.lose_power(node);
                }
            }
            return;
        }
        let node = self.random.place(self.plan.nodes);
        let possible = self.damaged() < self.plan.f() && self.nodes[node].up.is_some();
        let every_us = if possible { self.plan.crash_every_us } else { 500_000 };
        let again_us = self.random.between(1, every_us.saturating_mul(2));
        self.at(self.now_us.saturating_add(again_us), Coming::Crash { all });
        if !possible {
            return;
        }
        // At one of the next steps of its log's disk, which may be in the middle of writing what it is about to say.
        let steps = self.random.below(12);
        self.nodes[node].disk.halt_after(steps);
    }

    pub(super) fn dies_in_between(&mut self) -> bool {
        !self.healed
            && self.plan.crash_every_us < u64::MAX / 8
            && self.random.below(400) == 0
            && self.damaged() < self.plan.f()
    }

    fn damaged(&self) -> usize {
        self.sinners.count() + self.nodes.iter().filter(|node| node.up.is_none()).count()
    }

    /// A process dies: of a crash, of a power cut, and once in a run with its whole disk.
    pub(super) fn die(&mut self, node: usize) {
        self.nodes[node].up = None;
        let last = self.checks.height_of(node);
        if self.plan.wipe && !self.wiped && last > Height(3) && self.random.percent(50) {
            self.wiped = true;
            let through = Height(self.checks.highest().0 + 2);
            self.nodes[node].wipe(through);
            self.checks.starts(node, Height(0), true);
            self.come_back(node);
        } else if self.plan.blackouts_tear || self.random.percent(50) {
            self.lose_power(node);
        } else {
            self.nodes[node].crash();
            self.come_back(node);
        }
    }

    fn lose_power(&mut self, node: usize) {
        let random = &mut self.random;
        self.nodes[node].disk.power_loss(&mut |bound| random.below(bound));
        self.come_back(node);
    }

    fn come_back(&mut self, node: usize) {
        self.crashes += 1;
        self.nodes[node].life += 1;
        self.timers.retain(|(of, _), _| *of != node);
        self.tell_peers(node, false);
        let after_us = self.random.between(10_000, 4_000_000);
        self.at(self.now_us + after_us, Coming::Start { node });
    }

    pub(super) fn partition(&mut self) {
        let every_us = self.plan.partition_every_us.unwrap_or(u64::MAX / 4);
        let (again_us, length_us) = (self.random.between(1, 2 * every_us), self.random.between(200_000, 8_000_000));
        if self.healed {
            return;
        }
        self.at(self.now_us + again_us, Coming::Partition);
        self.at(self.now_us + length_us, Coming::Heal);
        let mut random = self.random.clone();
        self.random.bits();
        self.reconnect(|_| u8::try_from(random.below(2)).unwrap_or(0));
    }

    pub(super) fn reconnect(&mut self, mut side: impl FnMut(usize) -> u8) {
        let before = self.sides.clone();
        self.sides = (0..self.plan.nodes).map(&mut side).collect();
        for node in 0..self.plan.nodes {
            for other in (0..self.plan.nodes).filter(|other| *other != node) {
                let (was, is) = (before[node] == before[other], self.sides[node] == self.sides[other]);
                let key = self.nodes[other].key;
                if was && !is {
                    self.handle(node, Event::Left(key));
                } else if !was && is && self.nodes[other].up.is_some() {
                    self.handle(node, Event::Joined(key));
                }
            }
        }
    }

    pub(super) fn calm(&mut self) {
        self.healed = true;
        self.filter = None;
        (self.plan.loss_percent, self.plan.twice_percent) = (0, 0);
        self.reconnect(|_| 0);
        for node in 0..self.plan.nodes {
            self.nodes[node].disk.halt_after(u64::MAX);
            self.at(self.now_us, Coming::Start { node });
        }
    }
}
