//! Plans whose seeds find a planted bug within a few simulated seconds.

use bulla_testnet_sim::{Fault, Plan, Report, Sin, Snapshots, World};
use bulla_verify::planted::{Bug, plant};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many seeds a bug may take.
const SEEDS: u64 = 64;
const SECOND_US: u64 = 1_000_000;

/// Seeds of a plan, and words of the check that finds the bug.
#[derive(Clone, Copy)]
pub(crate) struct Seeds {
    pub(crate) plan: fn() -> Plan,
    pub(crate) says: &'static str,
}

impl Seeds {
    /// The first seed that finds a bug, by the check that was named.
    pub(crate) fn find(self, bug: Bug) -> u64 {
        for seed in 0..SEEDS {
            let planted = plant(bug);
            let ran = catch_unwind(AssertUnwindSafe(|| self.run(seed)));
            drop(planted);
            let Err(panic) = ran else { continue };
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default();
            assert!(text.contains(self.says), "{bug:?}, seed {seed}, is found by another check: {text}");
            return seed;
        }
        panic!("{bug:?} is not found by {SEEDS} seeds");
    }

    pub(crate) fn run(self, seed: u64) -> Report {
        World::new(seed, (self.plan)()).run()
    }
}

/// Crashes, power cuts, losses: eight seconds of them.
pub(crate) fn shaky() -> Plan {
    Plan {
        healed_us: 3 * SECOND_US,
        delay_us: 60_000,
        loss_percent: 10,
        twice_percent: 20,
        every_us: [(Fault::Crash, SECOND_US), (Fault::Blackout, 3 * SECOND_US)].into(),
        submit_every_us: 60_000,
        ..Plan::calm(4, 8)
    }
}

/// So many losses that rounds fail, and crashes in between.
pub(crate) fn locks() -> Plan {
    Plan {
        loss_percent: 30,
        every_us: [(Fault::Crash, SECOND_US / 2), (Fault::Blackout, 3 * SECOND_US)].into(),
        ..shaky()
    }
}

/// One node loses its disk, and comes back to heights that it has voted on.
pub(crate) fn wiped() -> Plan {
    Plan { wipe: true, every_us: [(Fault::Crash, SECOND_US)].into(), ..shaky() }
}

/// One proposer breaks the rules of the ledger.
pub(crate) fn invalid_blocks() -> Plan {
    Plan { sins: vec![(1, Sin::InvalidBlock)], healed_us: 3 * SECOND_US, ..Plan::calm(4, 5) }
}

/// One proposer lies about the state.
pub(crate) fn wrong_roots() -> Plan {
    Plan { sins: vec![(1, Sin::WrongRoot)], healed_us: 3 * SECOND_US, ..Plan::calm(4, 5) }
}

/// One validator serves blocks that nobody decided.
pub(crate) fn false_history() -> Plan {
    Plan { sins: vec![(1, Sin::FalseHistory)], healed_us: 3 * SECOND_US, ..Plan::calm(4, 5) }
}

/// One node loses its disk, and joins by a snapshot.
pub(crate) fn joins() -> Plan {
    let snapshots = Some(Snapshots { every: 10, gap: 5, piece_bytes: 4 << 10 });
    Plan { snapshots, loses_disk: Some((2, 6 * SECOND_US)), healed_us: 5 * SECOND_US, ..Plan::calm(4, 8) }
}

/// One node joins by a snapshot, of which one validator serves what is altered or forged.
pub(crate) fn false_snapshots() -> Plan {
    Plan { sins: vec![(1, Sin::FalseSnapshot)], ..joins() }
}
