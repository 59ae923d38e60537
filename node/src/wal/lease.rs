//! The guard files, `guard.a` and `guard.b`: what is known of the key's signatures if the log is lost.
//!
//! A lease says through which height the log's newest segment allows signatures. It is durable before the first of
//! them, and is written to the two files in turn, each replaced whole. So with every segment gone the node knows that
//! it never signed above the lease, and stays silent through it; and a newest segment older than the lease's is an old
//! log.

use super::guard::SignGuard;
use super::segment::Header;
use super::{last_of, seal};
use crate::disk::{Disk, Fault};
use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::chain::Height;

const NAMES: [&str; 2] = ["guard.a", "guard.b"];
const LABEL: &[u8] = b"bulla guard 1";

/// What a guard file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Lease {
    /// How many leases were written before this one; an even one is in the first file.
    count: u64,
    /// The newest segment that is known to exist; 0 before the first.
    pub(super) segment: u64,
    /// The last height that may be signed in it; none before the first segment.
    pub(super) through: Option<Height>,
    /// The guard when the lease was written.
    pub(super) guard: SignGuard,
}

/// One guard file as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Absent,
    Rotten,
    Sound(Lease),
}

impl Lease {
    /// The lease before any segment.
    pub(super) fn new(guard: SignGuard) -> Lease {
        Lease { guard, ..Lease::default() }
    }

    /// From now on the lease names this segment, and allows what may be signed in it.
    pub(super) fn cover(&mut self, newest: &Header) {
        self.segment = newest.segment;
        self.through = self.through.max(Some(last_of(newest.height)));
    }

    /// The two files as found.
    pub(super) fn find(disk: &impl Disk) -> Result<[Found; 2], Fault> {
        let find = |name| {
            Ok(match disk.read(name)? {
                None => Found::Absent,
                Some(bytes) => seal::open(LABEL, &bytes).map_or(Found::Rotten, Found::Sound),
            })
        };
        let [first, second] = NAMES;
        Ok([find(first)?, find(second)?])
    }

    /// Writes the next lease over the older of the two.
    pub(super) fn renew(&mut self, disk: &mut impl Disk) -> Result<(), Fault> {
        self.count = self.count.saturating_add(1);
        let [first, second] = NAMES;
        disk.replace(if self.count.is_multiple_of(2) { first } else { second }, &seal::seal(LABEL, self))
    }
}

/// The newer of the leases found.
pub(super) fn newest(found: &[Found; 2]) -> Option<&Lease> {
    let sound = found.iter().filter_map(|found| match found {
        Found::Sound(lease) => Some(lease),
        Found::Absent | Found::Rotten => None,
    });
    sound.max_by_key(|lease| lease.count)
}
