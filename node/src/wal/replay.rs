//! Reads what a disk holds of a log, and judges it, without writing.

use super::frame::wide;
use super::guard::{Said, SignGuard};
use super::lease::{self, Found, Lease};
use super::segment::{Contents, Header};
use super::{Entry, Opened, UNSETTLED, WalError, name_of};
use crate::disk::{Disk, Fault};
use bulla_verify::chain::Height;
use std::collections::BTreeMap;

/// A log as found.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) lease: Lease,
    /// How often the lease has to be written before anything may be signed: for a file that is missing, rotten or
    /// behind.
    pub(super) renewals: u8,
    /// Without gaps, oldest first.
    pub(super) segments: Vec<Contents>,
    pub(super) opened: Opened,
}

impl Replay {
    pub(super) fn read(disk: &impl Disk, if_empty: Option<SignGuard>) -> Result<Replay, WalError> {
        let found = Lease::find(disk)?;
        let segments = read_segments(disk)?;
        let (lease, renewals) = match segments.last() {
            Some(newest) => beside_segments(&found, &newest.header)?,
            None => alone(&found, if_empty)?,
        };
        let mut guard = match segments.last() {
            Some(_) => lease.guard.clone(),
            None => lease.guard.silenced(lease.through),
        };
        for segment in &segments {
            guard.join(&segment.guard)?;
        }
        let newest = segments.last().map(Contents::height);
        let oldest = newest.map(|newest| newest.previous().unwrap_or(newest));
        let unlogged = unlogged(&segments, &guard, oldest);
        // What rotted may have been said, with a lock that nobody remembers: any later vote could break it.
        let rotten = unlogged.filter(|_| segments.last().is_some_and(|segment| segment.rotten));
        // The lease says so before the rot is cut off, or a power cut between the two would hide it.
        let renewals = renewals.max(u8::from(rotten.is_some()));
        let mut guard = guard.silenced(rotten.map(|said| said.at().height));
        if disk.read(UNSETTLED)?.is_some() {
            guard.unsettle();
        }
        let opened = Opened {
            heights: heights(&segments, oldest),
            unlogged,
            torn_bytes: segments.last().map_or(0, |segment| wide(segment.torn)),
            guard,
        };
        Ok(Replay { lease, renewals, segments, opened })
    }
}

fn heights(segments: &[Contents], oldest: Option<Height>) -> BTreeMap<Height, Vec<Entry>> {
    let all = segments.iter().flat_map(|segment| &segment.heights);
    all.filter(|(height, _)| Some(*height) >= oldest).cloned().collect()
}

fn unlogged(segments: &[Contents], guard: &SignGuard, oldest: Option<Height>) -> Option<Said> {
    let logged = segments.iter().rev().find_map(|segment| segment.logged);
    guard.last().filter(|said| oldest.is_some_and(|oldest| said.at().height >= oldest) && logged != Some(*said))
}

fn read_segments(disk: &impl Disk) -> Result<Vec<Contents>, WalError> {
    let numbers = numbers(disk)?;
    let mut segments: Vec<Contents> = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let bytes = disk.read(&name_of(*number))?.ok_or(WalError::Missing { segment: *number })?;
        let next = Contents::read(&bytes, *number, Some(number) == numbers.last())?;
        if let Some(before) = segments.last() {
            let expected = before.header.segment.saturating_add(1);
            if *number != expected {
                return Err(WalError::Missing { segment: expected });
            }
            let follows = (next.header.chain, next.header.sequence) == (before.chain, before.sequence);
            if !follows || next.header.height <= before.height() {
                return Err(WalError::Rot { segment: before.header.segment, offset: wide(before.end) });
            }
        }
        segments.push(next);
    }
    Ok(segments)
}

fn numbers(disk: &impl Disk) -> Result<Vec<u64>, Fault> {
    let number = |name: &String| {
        let number = name.strip_suffix(".wal")?.parse().ok()?;
        (name_of(number) == *name).then_some(number)
    };
    let mut numbers: Vec<u64> = disk.list()?.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The lease of a log that has segments. One file may be damaged, or a step behind; a power loss while a segment begins
/// leaves a segment more than the lease names, never one less; then it is made to name that one, and what it allows.
fn beside_segments(found: &[Found; 2], newest: &Header) -> Result<(Lease, u8), WalError> {
    let mut lease = lease::newest(found).ok_or(WalError::GuardRot)?.clone();
    if newest.segment < lease.segment {
        return Err(WalError::Missing { segment: lease.segment });
    }
    if newest.segment > lease.segment.saturating_add(1) {
        return Err(WalError::GuardRot);
    }
    let whole = newest.segment == lease.segment && found.iter().all(|found| matches!(found, Found::Sound(_)));
    lease.cover(newest);
    Ok((lease, u8::from(!whole)))
}

/// The lease of a directory without segments: of a new one, one whose creation was interrupted, or a lost log, for
/// which both files must be sound, since one alone may be the older.
fn alone(found: &[Found; 2], if_empty: Option<SignGuard>) -> Result<(Lease, u8), WalError> {
    match (found, lease::newest(found)) {
        ([Found::Sound(_), Found::Sound(_)], Some(lease)) => Ok((lease.clone(), 0)),
        ([Found::Absent, Found::Absent], None) => Ok((Lease::new(if_empty.ok_or(WalError::GuardMissing)?), 2)),
        ([Found::Absent, Found::Sound(_)] | [Found::Sound(_), Found::Absent], Some(lease))
            if lease.through.is_none() =>
        {
            let mut lease = lease.clone();
            lease.guard.join(&if_empty.ok_or(WalError::GuardMissing)?)?;
            Ok((lease, 2))
        }
        _ => Err(WalError::GuardRot),
    }
}
