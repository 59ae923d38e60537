//! Lives of nodes: how they end, what is there afterwards, and what the operator does to begin the next.

use super::{Coming, World};
use crate::faults::SECOND_US;
use crate::happenings::Happening;
use crate::node::NotStarted;
use bulla_consensus::Entry;
use bulla_node::wal::WalError;
use bulla_verify::chain::Height;
use bulla_verify::vote::VoteKind;

impl World {
    /// Whether a node goes on after one more effect.
    pub(super) fn outlives(&mut self, node: usize) -> bool {
        match self.nodes[node].ills.dies_after {
            _ if self.nodes[node].up.is_none() => return false,
            None => return true,
            Some(0) => {}
            Some(left) => {
                self.nodes[node].ills.dies_after = Some(left - 1);
                return true;
            }
        }
        self.counts.count(Happening::CrashInEffects);
        self.die(node);
        false
    }

    /// A process ends: alone, with its machine, or with its whole disk.
    pub(super) fn die(&mut self, node: usize) {
        let last = self.checks.height_of(node);
        if self.plan.wipe && last > Height(3) && self.random.percent(20) && self.may_become_mute(node) {
            self.end_life(node);
            self.wipe(node);
            self.come_back(node);
        } else if self.plan.blackouts_tear || self.random.percent(50) {
            self.lose_power(node);
        } else {
            self.story(|| format!("node {node} crashes"));
            self.end_life(node);
            self.nodes[node].crash();
            self.come_back(node);
        }
        if self.plan.rot && !self.nodes[node].ills.rotten && self.random.percent(25) && self.may_become_mute(node) {
            self.rot(node);
        }
    }

    pub(super) fn lose_power(&mut self, node: usize) {
        self.end_life(node);
        let random = &mut self.random;
        self.nodes[node].disk.power_loss(&mut |bound| random.below(bound));
        self.joins.lose_power(&mut self.nodes[node].snapshots);
        self.counts.count(Happening::PowerLoss);
        self.story(|| format!("node {node} loses power"));
        self.come_back(node);
    }

    /// The process is gone.
    pub(super) fn end_life(&mut self, node: usize) {
        let place = &mut self.nodes[node];
        (place.up, place.joiner) = (None, None);
        place.life += 1;
        (place.ills.doomed, place.ills.dies_after, place.ills.paused_until_us) = (false, None, 0);
        self.timers.retain(|(of, _), _| *of != node);
        self.clients.lost(node);
        self.links.forget(node);
        self.notice_links();
    }

    pub(super) fn come_back(&mut self, node: usize) {
        let after_us = self.random.between(10_000, 4 * SECOND_US);
        self.at(self.now_us + after_us, Coming::Start { node });
    }

    /// A disk is lost with all that is on it.
    pub(super) fn wipe(&mut self, node: usize) {
        self.counts.count(Happening::Wiped);
        self.story(|| format!("node {node} loses its disk"));
        self.nodes[node].wipe();
        self.checks.wiped(node);
    }

    pub(super) fn start(&mut self, node: usize) {
        if self.nodes[node].is_there() || self.nodes[node].ills.left {
            return;
        }
        if self.is_to_join(node) { self.begin_joining(node) } else { self.begin_life(node) }
    }

    /// A node's engine begins with what disk and store hold.
    pub(super) fn begin_life(&mut self, node: usize) {
        // What a sinner said beside its engine comes back to it in what others say.
        let rotted = self.nodes[node].ills.rotten || !self.sinners.is_honest(node);
        let clock = self.clock(node);
        match self.nodes[node].start(&self.town, clock) {
            Ok(started) => {
                self.story(|| format!("node {node} starts, {} bytes torn", started.torn_bytes));
                let own = self.nodes[node].key;
                let tip = self.nodes[node].up.as_ref().expect("it has just started").engine.height();
                self.note_joined(node);
                self.checks.starts(node, tip);
                self.checks.restored(node, &own, &started.log, rotted);
                self.note_start(node, &started.log, started.torn_bytes);
                self.perform(node, started.effects);
                self.notice_links();
            }
            Err(reason) => self.repair(node, &reason),
        }
    }

    /// What the operator does, as the error says.
    fn repair(&mut self, node: usize, reason: &NotStarted) {
        self.story(|| format!("node {node} does not start: {reason:?}"));
        self.nodes[node].crash();
        match reason {
            // No room, or a step at which the power fails: the next start may fare better.
            NotStarted::Log(WalError::Disk(_)) => {}
            NotStarted::Log(WalError::Rot { .. } | WalError::Missing { .. }) if self.nodes[node].ills.rotten => {
                self.counts.count(Happening::RotRefused);
                self.nodes[node].move_log_aside();
            }
            NotStarted::Log(error) => {
                assert!(self.nodes[node].ills.rotten, "node {node}: a crash leaves a log that opens, not {error}");
                self.counts.count(Happening::RotRefused);
                return self.replace(node);
            }
            NotStarted::Ledger(error) => {
                assert!(self.nodes[node].store.is_damaged(), "node {node} cannot open its ledger: {error}");
                self.counts.count(Happening::DamagedRow);
                return self.replace(node);
            }
        }
        self.at(self.now_us + SECOND_US, Coming::Start { node });
    }

    /// A machine that is beyond repair is replaced, as soon as no other one is mute.
    fn replace(&mut self, node: usize) {
        if self.may_become_mute(node) {
            self.wipe(node);
        }
        self.at(self.now_us + SECOND_US, Coming::Start { node });
    }

    fn note_start(&mut self, node: usize, log: &[Entry], torn_bytes: u64) {
        if torn_bytes > 0 {
            self.counts.count(Happening::TornLog);
        }
        if self.nodes[node].ills.silent_through > self.checks.height_of(node) {
            self.counts.count(Happening::Silenced);
        }
        let own = self.nodes[node].key;
        let locked = log.iter().any(|entry| match entry {
            Entry::Vote(said) => {
                let vote = &said.statement;
                vote.voter == own && vote.kind == VoteKind::Precommit && vote.value.is_some()
            }
            Entry::Proposal(_) | Entry::Polka(_) | Entry::Timeout(_) | Entry::Judged(_) => false,
        });
        if locked {
            self.counts.count(Happening::LockRestored);
        }
    }
}
