//! The simulator's disk: it forgets what a real one may forget, as a chooser decides.

use super::{Disk, Fault, Operation};
use bulla_verify::planted::{self, Bug};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

/// A directory in memory. A clone is the same disk; [`Memory::copy`] is another with the same content.
///
/// # The fault model
///
/// - **Process crash**: everything written survives, synced or not ([`Memory::crash`]).
/// - **Power loss** ([`Memory::power_loss`]): per file, what was written since its last sync survives either as a
///   prefix in order, torn at any byte, or write by write, each torn at any byte on its own; what a lost write would
///   have covered beyond the old end reads as zeros. What was synced survives. A directory entry that was created,
///   renamed or removed without a sync of the directory is, entry by entry, new or old.
/// - **Failed sync** ([`Memory::fail_sync`]): the writes it should have made durable stay readable until power is lost,
///   are never written, and a later sync succeeds nevertheless.
/// - **Failed write** ([`Memory::fail_write`]): the first half of it is there.
/// - **Full disk** ([`Memory::fill`]): every write fails as a failed one does, until there is room again.
/// - **Power cut at a step** ([`Memory::halt_after`]): each write, sync, rename and unlink is a step, also those inside
///   [`Disk::replace`] and [`Disk::remove`]; from the chosen step on nothing happens any more.
/// - **Rot** ([`Memory::rot`]): any change to stored bytes, synced or not.
///
/// Not modelled: reads that fail or differ from one another, and writes that land in another file.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    files: BTreeMap<u64, File>,
    entries: BTreeMap<String, u64>,
    durable_entries: BTreeMap<String, u64>,
    made: u64,
    steps: u64,
    halt_at: Option<u64>,
    failing_sync: Option<u64>,
    failing_write: Option<u64>,
    full: bool,
}

#[derive(Clone, Debug, Default)]
struct File {
    /// What the process reads.
    seen: Vec<u8>,
    /// What is there after a power loss that keeps nothing else.
    durable: Vec<u8>,
    /// What was written since the last sync, in order.
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

impl Memory {
    /// An empty disk.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Another disk in the same state, with the same planned faults.
    #[must_use]
    pub fn copy(&self) -> Memory {
        Memory(Arc::new(Mutex::new(self.state().clone())))
    }

    /// How many steps were taken so far.
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Lets this many more steps happen, and none after.
    pub fn halt_after(&mut self, steps: u64) {
        let mut state = self.state();
        state.halt_at = Some(state.steps.saturating_add(steps));
    }

    /// Fails the sync after the next `good` ones, of a file or of the directory, once.
    pub fn fail_sync(&mut self, good: u64) {
        self.state().failing_sync = Some(good);
    }

    /// Fails the write after the next `good` ones, once.
    pub fn fail_write(&mut self, good: u64) {
        self.state().failing_write = Some(good);
    }

    /// Takes the room for further writes away, or gives it back. A crash changes nothing of it.
    pub fn fill(&mut self, full: bool) {
        self.state().full = full;
    }

    /// Changes the stored bytes of a file behind the back of whoever uses it.
    pub fn rot(&mut self, name: &str, change: &mut dyn FnMut(&mut Vec<u8>)) {
        if let Ok(file) = self.state().file(Operation::Write, name) {
            change(&mut file.seen);
            change(&mut file.durable);
        }
    }

    /// Inverts the bits of `mask` in one byte of a file.
    pub fn flip(&mut self, name: &str, offset: usize, mask: u8) {
        self.rot(name, &mut |bytes| {
            if let Some(byte) = bytes.get_mut(offset) {
                *byte ^= mask;
            }
        });
    }

    /// The process ends and the machine goes on: every write survives, planned faults are over.
    pub fn crash(&mut self) {
        let mut state = self.state();
        (state.halt_at, state.failing_sync, state.failing_write) = (None, None, None);
    }

    /// The machine loses power. `choose(n)` returns a number below `n` and so decides what survives.
    pub fn power_loss(&mut self, choose: &mut dyn FnMut(u64) -> u64) {
        self.crash();
        self.state().lose_power(choose);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no operation panics while it holds the disk")
    }
}

impl Disk for Memory {
    fn list(&self) -> Result<Vec<String>, Fault> {
        Ok(self.state().entries.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.state().file(Operation::Read, name).ok().map(|file| file.seen.clone()))
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.state().write(name, offset, bytes)
    }

    fn truncate(&mut self, name: &str, length: u64) -> Result<(), Fault> {
        let length = usize::try_from(length).map_err(|_| fault(Operation::Write, name, "too long for memory"))?;
        let mut state = self.state();
        state.step(Operation::Write, name)?;
        state.file(Operation::Write, name)?.change(Change::Cut { length });
        Ok(())
    }

    fn sync(&mut self, name: &str) -> Result<(), Fault> {
        self.state().sync(name)
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        let mut state = self.state();
        let aside = format!("{name}.new");
        let number = state.made;
        state.step(Operation::Write, &aside)?;
        state.made = number.saturating_add(1);
        state.files.insert(number, File::default());
        state.entries.insert(aside.clone(), number);
        state.write(&aside, 0, bytes)?;
        state.sync(&aside)?;
        state.step(Operation::Rename, name)?;
        state.entries.remove(&aside);
        state.entries.insert(name.to_owned(), number);
        if planted::on(Bug::MissingDirectorySync) { Ok(()) } else { state.sync_directory(name) }
    }

    fn remove(&mut self, name: &str) -> Result<(), Fault> {
        let mut state = self.state();
        state.step(Operation::Remove, name)?;
        if state.entries.remove(name).is_none() {
            return Err(fault(Operation::Remove, name, "no such file"));
        }
        state.sync_directory(name)
    }
}

impl State {
    fn step(&mut self, operation: Operation, name: &str) -> Result<(), Fault> {
        if self.halt_at.is_some_and(|at| self.steps >= at) {
            return Err(fault(operation, name, "the power is off"));
        }
        self.steps = self.steps.saturating_add(1);
        Ok(())
    }

    fn file(&mut self, operation: Operation, name: &str) -> Result<&mut File, Fault> {
        let number = self.entries.get(name);
        number.and_then(|number| self.files.get_mut(number)).ok_or_else(|| fault(operation, name, "no such file"))
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        let offset = usize::try_from(offset).map_err(|_| fault(Operation::Write, name, "too long for memory"))?;
        self.step(Operation::Write, name)?;
        let full = self.full;
        let failing = comes_due(&mut self.failing_write) || full;
        let file = self.file(Operation::Write, name)?;
        let kept = if failing { bytes.split_at(bytes.len() / 2).0 } else { bytes };
        file.change(Change::Write { offset, bytes: kept.to_vec() });
        match (failing, full) {
            (false, _) => Ok(()),
            (true, true) => Err(Fault::new(Operation::Write, name, &io::ErrorKind::StorageFull.into())),
            (true, false) => Err(fault(Operation::Write, name, "injected")),
        }
    }

    fn sync(&mut self, name: &str) -> Result<(), Fault> {
        self.step(Operation::Sync, name)?;
        let failing = comes_due(&mut self.failing_sync);
        let file = self.file(Operation::Sync, name)?;
        let pending = std::mem::take(&mut file.pending);
        if failing {
            return Err(fault(Operation::Sync, name, "injected"));
        }
        pending.iter().for_each(|change| change.apply(&mut file.durable, change.size()));
        Ok(())
    }

    fn sync_directory(&mut self, name: &str) -> Result<(), Fault> {
        self.step(Operation::SyncDirectory, name)?;
        if comes_due(&mut self.failing_sync) {
            return Err(fault(Operation::SyncDirectory, name, "injected"));
        }
        self.durable_entries.clone_from(&self.entries);
        let used: BTreeSet<u64> = self.entries.values().copied().collect();
        self.files.retain(|number, _| used.contains(number));
        Ok(())
    }

    fn lose_power(&mut self, choose: &mut dyn FnMut(u64) -> u64) {
        let names: BTreeSet<String> = self.entries.keys().chain(self.durable_entries.keys()).cloned().collect();
        for name in names {
            let (new, old) = (self.entries.get(&name).copied(), self.durable_entries.get(&name).copied());
            let kept = if new != old && choose(2) == 0 { old } else { new };
            match kept {
                Some(number) => self.entries.insert(name, number),
                None => self.entries.remove(&name),
            };
        }
        self.durable_entries.clone_from(&self.entries);
        let used: BTreeSet<u64> = self.entries.values().copied().collect();
        self.files.retain(|number, _| used.contains(number));
        self.files.values_mut().for_each(|file| file.lose_power(choose));
    }
}

impl File {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen, change.size());
        self.pending.push(change);
    }

    fn lose_power(&mut self, choose: &mut dyn FnMut(u64) -> u64) {
        let pending = std::mem::take(&mut self.pending);
        let mut up_to = |size: usize| {
            let choices = u64::try_from(size).map_or(u64::MAX, |size| size.saturating_add(1));
            usize::try_from(choose(choices)).map_or(size, |chosen| chosen.min(size))
        };
        if !pending.is_empty() && up_to(1) == 0 {
            let mut left = up_to(pending.iter().map(Change::size).sum());
            for change in &pending {
                change.apply(&mut self.durable, left.min(change.size()));
                left = left.saturating_sub(change.size());
            }
        } else {
            pending.iter().for_each(|change| change.apply(&mut self.durable, up_to(change.size())));
        }
        self.seen.clone_from(&self.durable);
    }
}

impl Change {
    /// How many bytes of it can be torn apart; a cut happens or does not.
    fn size(&self) -> usize {
        match self {
            Change::Write { bytes, .. } => bytes.len(),
            Change::Cut { .. } => 1,
        }
    }

    fn apply(&self, to: &mut Vec<u8>, survives: usize) {
        match self {
            _ if survives == 0 => {}
            Change::Cut { length } => to.resize(*length, 0),
            Change::Write { offset, bytes } => {
                let bytes = bytes.get(..survives).unwrap_or(bytes);
                if to.len() < *offset {
                    to.resize(*offset, 0);
                }
                let (over, beyond) = bytes.split_at(bytes.len().min(to.len().saturating_sub(*offset)));
                if let Some(old) = to.get_mut(*offset..).and_then(|old| old.get_mut(..over.len())) {
                    old.copy_from_slice(over);
                }
                to.extend_from_slice(beyond);
            }
        }
    }
}

/// Whether a planned fault is due now; counts it down otherwise.
fn comes_due(plan: &mut Option<u64>) -> bool {
    match plan {
        Some(0) => plan.take().is_some(),
        Some(good) => {
            *good = good.saturating_sub(1);
            false
        }
        None => false,
    }
}

fn fault(operation: Operation, name: &str, reason: &str) -> Fault {
    Fault::new(operation, name, &io::Error::other(reason))
}

#[cfg(test)]
mod tests;
