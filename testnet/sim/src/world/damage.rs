//! Who is damaged: never more than f nodes at once, but for a power cut of all. And what strikes when; and the calm after it.

use super::{Coming, World};
use crate::faults::{Fault, SECOND_US};
use crate::happenings::Happening;

/// How long a fault waits that found too many nodes damaged already.
const AGAIN_US: u64 = SECOND_US / 2;

impl World {
    pub(super) fn schedule_faults(&mut self) {
        for (fault, every_us) in self.plan.every_us.clone() {
            let at_us = self.random.between(SECOND_US, SECOND_US + 2 * every_us);
            self.at(at_us, Coming::Strike(fault));
        }
    }

    pub(super) fn strike(&mut self, fault: Fault) {
        let Some(every_us) = self.plan.every_us.get(&fault).copied().filter(|_| !self.healed) else { return };
        let struck = match fault {
            Fault::Crash => self.plan_crash(),
            Fault::Blackout => self.blackout(),
            Fault::Partition => self.partition(),
            Fault::Pause => self.pause(),
            Fault::FullDisk => self.fill(),
            Fault::FailedSync => self.fail_sync(),
            Fault::FailedCommit => self.fail_commit(),
            Fault::DamagedRow => self.damage_row(),
            Fault::ClockBack => self.set_back(),
            Fault::ClockOff => self.set_wrong(),
        };
        if struck {
            self.story(|| format!("{fault:?} strikes"));
        }
        let again_us = if struck { self.random.between(1, 2 * every_us) } else { AGAIN_US };
        self.at(self.now_us + again_us, Coming::Strike(fault));
    }

    /// Whether a node does not do its part now, or soon will not.
    pub(super) fn is_damaged(&self, node: usize) -> bool {
        let place = &self.nodes[node];
        let stopped = place.up.is_none() || place.ills.doomed || place.ills.paused_until_us > self.now_us;
        let wrong = place.ills.full || place.clock.wrong_ms != 0 || !self.sinners.is_honest(node);
        stopped || wrong || place.ills.left || self.is_mute(node)
    }

    /// Whether a node will not vote even when it is up: for what it may have said, and may no longer know.
    fn is_mute(&self, node: usize) -> bool {
        let ills = &self.nodes[node].ills;
        ills.rotten || ills.silent_through > self.checks.highest()
    }

    /// How many nodes but this one are damaged.
    fn others(&self, node: usize, damaged: impl Fn(&Self, usize) -> bool) -> usize {
        (0..self.plan.nodes).filter(|other| *other != node && damaged(self, *other)).count()
    }

    /// A node that is up and sound, if one more may be damaged.
    pub(super) fn victim(&mut self) -> Option<usize> {
        let node = self.random.place(self.plan.nodes);
        let allowed = self.others(node, Self::is_damaged) < self.plan.f() && !self.is_damaged(node);
        allowed.then_some(node)
    }

    /// Whether one more node may lose what it knows it has said.
    pub(super) fn may_become_mute(&self, node: usize) -> bool {
        let stays = |world: &Self, other: usize| {
            world.is_mute(other) || world.nodes[other].ills.left || !world.sinners.is_honest(other)
        };
        self.sinners.is_honest(node) && self.others(node, stays) < self.plan.f()
    }

    /// A process ends soon.
    fn plan_crash(&mut self) -> bool {
        let Some(node) = self.victim() else { return false };
        self.doom(node);
        true
    }

    /// At one of the next steps of its log's disk, which may be in the middle of writing what it is about to say; or between
    /// two of the next effects.
    pub(super) fn doom(&mut self, node: usize) {
        self.nodes[node].ills.doomed = true;
        if self.random.percent(50) {
            let steps = self.random.below(12);
            self.nodes[node].disk.halt_after(steps);
        } else {
            self.nodes[node].ills.dies_after = Some(self.random.below(40));
        }
    }

    /// A process stands still; what comes meanwhile it finds afterwards.
    fn pause(&mut self) -> bool {
        let Some(node) = self.victim() else { return false };
        let until_us = self.now_us + self.random.between(SECOND_US / 2, 10 * SECOND_US);
        if let Some(up) = &mut self.nodes[node].up {
            up.busy_until_us = until_us;
        }
        self.nodes[node].ills.paused_until_us = until_us;
        self.counts.count(Happening::Paused);
        true
    }

    fn blackout(&mut self) -> bool {
        self.counts.count(Happening::Blackout);
        for node in 0..self.plan.nodes {
            if !self.nodes[node].is_there() {
                continue;
            }
            if self.plan.blackouts_tear && self.nodes[node].up.is_some() {
                let steps = self.random.below(6);
                self.nodes[node].disk.halt_after(steps);
            } else {
                self.lose_power(node);
            }
        }
        true
    }

    /// The second phase: all is healed but perhaps f nodes, and those may be down, unheard, or wrong about the time.
    pub(super) fn calm(&mut self) {
        self.healed = true;
        self.filter = None;
        (self.plan.loss_percent, self.plan.twice_percent, self.plan.late_per_mille) = (0, 0, 0);
        self.mend(None);
        for node in 0..self.plan.nodes {
            self.nodes[node].disk.halt_after(u64::MAX);
            self.nodes[node].store.mend();
            self.make_room(node);
            self.set_right(node);
            (self.nodes[node].ills.doomed, self.nodes[node].ills.dies_after) = (false, None);
            self.at(self.now_us, Coming::Start { node });
        }
        let node = self.random.place(self.plan.nodes);
        if self.plan.leave_behind && self.may_become_mute(node) {
            self.leave(node);
        }
        self.checks.calm(self.now_us);
    }

    fn leave(&mut self, node: usize) {
        self.nodes[node].ills.left = true;
        self.counts.count(Happening::LeftBehind);
        match self.random.below(3) {
            0 => self.isolate(node),
            1 => self.make_wrong(node),
            _ => self.end_life(node),
        }
    }
}
