//! Disks: full, failing to sync, rotting; and stores that fail a write or lose a row.

use super::{Coming, World};
use crate::faults::SECOND_US;
use crate::happenings::Happening;
use bulla_ledger::store::Fault;
use bulla_ledger::store::memory::FailedWrite;
use bulla_ledger::table::Table;
use bulla_node::disk::Disk;
use bulla_node::wal::WalError;

/// The tables whose rows are read in the life of a node, or at its start.
const READ: [Table; 6] =
    [Table::Records, Table::Frontiers, Table::Headers, Table::Bodies, Table::Leaves, Table::Transactions];

impl World {
    /// A disk has no more room, until the operator makes some.
    pub(super) fn fill(&mut self) -> bool {
        let Some(node) = self.victim() else { return false };
        self.nodes[node].disk.fill(true);
        self.nodes[node].ills.full = true;
        self.counts.count(Happening::FullDisk);
        let length_us = self.random.between(1, 10) * SECOND_US;
        self.at(self.now_us + length_us, Coming::Room { node });
        true
    }

    pub(super) fn make_room(&mut self, node: usize) {
        self.nodes[node].disk.fill(false);
        self.nodes[node].ills.full = false;
    }

    /// One of the next syncs fails.
    pub(super) fn fail_sync(&mut self) -> bool {
        let Some(node) = self.victim() else { return false };
        let good = self.random.below(4);
        self.nodes[node].disk.fail_sync(good);
        self.nodes[node].ills.doomed = true;
        true
    }

    /// The next commit fails; whether what it wrote is there, nobody knows.
    pub(super) fn fail_commit(&mut self) -> bool {
        let Some(node) = self.victim() else { return false };
        let how = if self.random.percent(50) { FailedWrite::Lost } else { FailedWrite::Written };
        self.nodes[node].store.fail_next_write(how);
        self.nodes[node].ills.doomed = true;
        true
    }

    /// A row of a ledger goes bad. The node goes on until it reads it.
    pub(super) fn damage_row(&mut self) -> bool {
        let Some(node) = self.victim() else { return false };
        let table = READ[self.random.place(READ.len())];
        let store = self.nodes[node].store.clone();
        let rows = store.count(table);
        if rows == 0 || !store.damage(table, self.random.place(rows)) {
            return false;
        }
        // Sooner or later it is read at a start.
        self.doom(node);
        true
    }

    /// The log's disk failed, or a crash was planned at this step of it: the process ends.
    pub(super) fn log_failed(&mut self, node: usize, error: &WalError) {
        self.story(|| format!("node {node}: {error:?}"));
        match error {
            WalError::Disk(fault) if fault.is_sync() && fault.reason == "injected" => {
                self.counts.count(Happening::FailedSync);
            }
            WalError::Disk(fault) if fault.kind == std::io::ErrorKind::StorageFull => {}
            WalError::Disk(_) => self.counts.count(Happening::CrashInWrite),
            WalError::Poisoned
            | WalError::Rot { .. }
            | WalError::Missing { .. }
            | WalError::Format { .. }
            | WalError::GuardMissing
            | WalError::GuardRot
            | WalError::Guard(_)
            | WalError::TooLong { .. }
            | WalError::Below { .. }
            | WalError::NoHeight => panic!("node {node} cannot write its log: {error}"),
        }
        self.die(node);
    }

    /// The ledger's store failed: the process ends.
    pub(super) fn ledger_failed(&mut self, node: usize, fault: &Fault) {
        match fault {
            Fault::Store { .. } => self.counts.count(Happening::FailedCommit),
            Fault::Damaged { .. } => self.counts.count(Happening::DamagedRow),
            Fault::Outdated | Fault::NotHeld { .. } | Fault::Upgrade { .. } => panic!("node {node}: {fault}"),
        }
        self.checks.unsure(node);
        self.die(node);
    }

    /// Bytes of a log change while its node is down: a bit, a byte, or a sector.
    pub(super) fn rot(&mut self, node: usize) {
        let random = &mut self.random;
        let disk = &mut self.nodes[node].disk;
        let names = disk.list().unwrap_or_default();
        if names.is_empty() {
            return;
        }
        let name = names[random.place(names.len())].clone();
        let length = disk.read(&name).ok().flatten().map_or(0, |bytes| bytes.len());
        if length == 0 {
            return;
        }
        // Half of the time near the end, where the last words stand.
        let from = if random.percent(50) { length.saturating_sub(2_000) } else { 0 };
        let (place, kind, bit) = (from + random.place(length - from), random.below(3), random.below(8));
        disk.rot(&name, &mut |bytes| match (kind, bytes.get_mut(place..)) {
            (_, None | Some([])) => {}
            (0, Some([byte, ..])) => *byte ^= 1 << bit,
            (1, Some([byte, ..])) => *byte = byte.wrapping_add(1),
            (_, Some(bytes)) => bytes.iter_mut().take(512).for_each(|byte| *byte = 0),
        });
        self.story(|| format!("{name} of node {node} rots"));
        self.nodes[node].ills.rotten = true;
        self.counts.count(Happening::Rot);
    }
}
