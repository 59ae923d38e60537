//! What a node sees around itself, beside its chain: its clock, its disk, and whom it turned away.

use crate::network::RefusedPeer;
use bulla_proto::answer::{Disk, TurnedAway};
use bulla_verify::time::Millis;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many that were turned away are remembered: as many as an operator reads.
const REMEMBERED: usize = 16;

/// The surroundings of one node.
#[derive(Debug)]
pub struct Surroundings {
    data: PathBuf,
    turned_away: Mutex<VecDeque<(String, RefusedPeer, u64)>>,
}

impl Surroundings {
    /// Of a node whose data stand in this directory.
    pub fn new(data: PathBuf) -> Self {
        Surroundings { data, turned_away: Mutex::default() }
    }

    /// Remembers that somebody was turned away; whoever was longest ago is forgotten for it.
    pub fn turn_away(&self, who: String, reason: RefusedPeer) {
        let mut known = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.iter().position(|(other, why, _)| *other == who && *why == reason);
        let count = before.and_then(|place| known.remove(place)).map_or(0, |(_, _, count)| count);
        known.push_back((who, reason, count.saturating_add(1)));
        if known.len() > REMEMBERED {
            known.pop_front();
        }
    }

    /// Whom it turned away lately, the latest last.
    pub(super) fn turned_away(&self) -> Vec<TurnedAway> {
        let known = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        let told = |(who, reason, count): &(String, RefusedPeer, u64)| TurnedAway {
            who: who.clone(),
            reason: reason.to_string(),
            count: *count,
        };
        known.iter().map(told).collect()
    }

    /// This machine's clock.
    pub(super) fn clock(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// The room on the disk; none if the system does not tell.
    pub(crate) fn disk(&self) -> Option<Disk> {
        let told = rustix::fs::statvfs(&self.data).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
        Some(Disk { free_bytes: bytes(told.f_bavail), total_bytes: bytes(told.f_blocks) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_sixteen_are_remembered_each_once() {
        let surroundings = Surroundings::new(PathBuf::from("/"));
        for number in 0..20 {
            surroundings.turn_away(format!("peer {number}"), RefusedPeer::Stranger);
        }
        surroundings.turn_away("peer 10".into(), RefusedPeer::Stranger);
        surroundings.turn_away("peer 10".into(), RefusedPeer::Silent);
        let told = surroundings.turned_away();
        assert_eq!(told.len(), REMEMBERED);
        let last: Vec<_> = told.iter().rev().take(3).map(|one| (one.who.as_str(), one.count)).collect();
        assert_eq!(last, [("peer 10", 1), ("peer 10", 2), ("peer 19", 1)]);
        assert!(told.iter().all(|one| one.who != "peer 4"));
    }

    #[test]
    fn the_disk_has_room_and_a_path_that_is_not_there_has_none() {
        let disk = Surroundings::new(std::env::temp_dir()).disk().unwrap();
        assert!(0 < disk.free_bytes && disk.free_bytes <= disk.total_bytes);
        assert_eq!(Surroundings::new(PathBuf::from("/nowhere/at/all")).disk(), None);
    }
}
