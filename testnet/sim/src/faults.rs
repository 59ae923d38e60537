//! What goes wrong, as the seed has it: each kind of fault is on or off by coin, then has its own rate.
//!
//! A run has two phases. In the first, anything goes, as long as at most f nodes are damaged at once. In the second, all are
//! healed but perhaps f, and progress is required.

use crate::byzantine::Sin;
use crate::random::Random;
use std::collections::BTreeMap;

/// One second of simulated time, in microseconds.
pub(crate) const SECOND_US: u64 = 1_000_000;

/// A kind of fault that strikes now and then. What a network does to each message has rates of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// One process ends: in the middle of a write, or between two effects.
    Crash,
    /// All machines lose power.
    Blackout,
    /// Some nodes no longer hear others, for a while.
    Partition,
    /// One process stands still for a while.
    Pause,
    /// One disk is full for a while.
    FullDisk,
    /// One sync fails.
    FailedSync,
    /// One commit of a ledger fails.
    FailedCommit,
    /// One row of a ledger goes bad.
    DamagedRow,
    /// One clock goes back a little.
    ClockBack,
    /// One clock is wrong by minutes, for a while.
    ClockOff,
}

impl Fault {
    /// Every kind, with the least and the longest mean time between two of it, in seconds.
    const RATES: [(Fault, u64, u64); 10] = [
        (Fault::Crash, 3, 12),
        (Fault::Blackout, 15, 60),
        (Fault::Partition, 5, 30),
        (Fault::Pause, 5, 30),
        (Fault::FullDisk, 10, 60),
        (Fault::FailedSync, 10, 60),
        (Fault::FailedCommit, 10, 60),
        (Fault::DamagedRow, 20, 60),
        (Fault::ClockBack, 5, 30),
        (Fault::ClockOff, 20, 60),
    ];
}

/// What a run is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many validators.
    pub nodes: usize,
    /// How long faults go on, in microseconds.
    pub faulty_us: u64,
    /// How long the healed network then runs, in microseconds.
    pub healed_us: u64,
    /// The longest usual delay of a message, in microseconds.
    pub delay_us: u64,
    /// How many messages of a thousand take up to ten times as long.
    pub late_per_mille: u64,
    /// How many messages of a hundred are lost.
    pub loss_percent: u64,
    /// How many messages of a hundred come twice.
    pub twice_percent: u64,
    /// The mean time between faults of each kind, in microseconds; a kind that is not here does not strike.
    pub every_us: BTreeMap<Fault, u64>,
    /// Whether power cuts of all come while the disks write, each at a step of its own, so that last syncs are torn.
    pub blackouts_tear: bool,
    /// Whether disks are lost.
    pub wipe: bool,
    /// Whether logs rot.
    pub rot: bool,
    /// Whether a node is left broken in the second phase.
    pub leave_behind: bool,
    /// How far each node's clock is off at the beginning, in milliseconds.
    pub clock_offsets_ms: Vec<i64>,
    /// How much faster each node's clock runs, in millionths.
    pub drifts_ppm: Vec<i64>,
    /// How long a node takes to execute a transaction, in microseconds.
    pub transaction_us: u64,
    /// The mean time between transactions, in microseconds.
    pub submit_every_us: u64,
    /// How many of them come together, to one node: a department sends the acts of a morning at once.
    pub together: u64,
    /// Who sins, and how.
    pub sins: Vec<(usize, Sin)>,
    /// Whether a sinner's own engine heeds what is said beside it with its key, as that of a validator that was copied.
    pub copies_heeded: bool,
    /// Whether a validator leaves the set, by an act of the others.
    pub leaves: bool,
    /// Whether signatures that were checked once in this run are not checked again.
    pub memo: bool,
    /// The snapshots that nodes keep; without them, who lost its disk follows by blocks.
    pub snapshots: Option<Snapshots>,
    /// Whose disk is lost at which time in microseconds, whatever else is damaged then; else chance picks both.
    pub loses_disk: Option<(usize, u64)>,
}

/// The snapshots of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshots {
    /// One is made at each height that is a multiple of this.
    pub every: u64,
    /// How many heights others must be ahead for one to be taken.
    pub gap: u64,
    /// About how many bytes a piece has.
    pub piece_bytes: usize,
}

impl Plan {
    /// The plan of a seed: two simulated minutes, ninety seconds of them with faults.
    pub fn of_seed(seed: u64, nodes: usize) -> Plan {
        let mut random = Random::new(seed ^ 0xfa17_5eed);
        let coin = |random: &mut Random| random.percent(50);
        let signed = |random: &mut Random, most: i64| {
            i64::try_from(random.below(2 * most.unsigned_abs() + 1)).unwrap_or(0) - most
        };
        let mut every_us = BTreeMap::new();
        for (fault, least, most) in Fault::RATES {
            if coin(&mut random) {
                every_us.insert(fault, random.between(least, most) * SECOND_US);
            }
        }
        let mut plan = Plan {
            nodes,
            faulty_us: 90 * SECOND_US,
            healed_us: 30 * SECOND_US,
            delay_us: random.between(2, 80) * 1_000,
            late_per_mille: if coin(&mut random) { random.between(1, 20) } else { 0 },
            loss_percent: if coin(&mut random) { random.between(1, 30) } else { 0 },
            twice_percent: if coin(&mut random) { random.between(1, 50) } else { 0 },
            every_us,
            blackouts_tear: coin(&mut random),
            wipe: coin(&mut random),
            rot: coin(&mut random),
            leave_behind: coin(&mut random),
            clock_offsets_ms: (0..nodes).map(|_| signed(&mut random, 2_000)).collect(),
            drifts_ppm: (0..nodes).map(|_| signed(&mut random, 500)).collect(),
            transaction_us: random.between(20, 500),
            submit_every_us: random.between(45, 95) * 1_000,
            together: [20, 5, 20, 5, 20, 1, 20, 1][usize::try_from(seed % 8).unwrap_or(0)],
            sins: Sin::of_seed(&mut random, nodes),
            copies_heeded: false,
            leaves: nodes > 4 && seed % 8 != 3,
            memo: seed % 20 != 13,
            snapshots: None,
            loses_disk: None,
        };
        plan.draw_snapshots(&mut random);
        plan
    }

    /// Drawn after all else, so that a seed without snapshots is what it was before there were any.
    fn draw_snapshots(&mut self, random: &mut Random) {
        let drawn = self.wipe && random.percent(50);
        // Where all that may be damaged sin already, no disk is lost.
        if !drawn || self.sins.len() >= self.f() {
            return;
        }
        // One in twelve to twenty-five seconds, as fast as blocks come.
        let block_us = (self.submit_every_us * self.together).max(SECOND_US / 5);
        let every = random.between(12, 25) * SECOND_US / block_us;
        let gap = random.between(2, every);
        let piece_bytes = usize::try_from(random.between(8, 64) << 10).expect("a few kilobytes");
        self.snapshots = Some(Snapshots { every, gap, piece_bytes });
        // With one who lies, one more may lose its disk where two may be damaged.
        if self.sins.is_empty() && self.f() > 1 && random.percent(50) {
            self.sins = vec![(random.place(self.nodes), Sin::FalseSnapshot)];
        }
    }

    /// A plan in which nothing goes wrong, for scripted scenarios.
    pub fn calm(nodes: usize, seconds: u64) -> Plan {
        Plan {
            nodes,
            faulty_us: seconds * SECOND_US,
            healed_us: 15 * SECOND_US,
            delay_us: 10_000,
            late_per_mille: 0,
            loss_percent: 0,
            twice_percent: 0,
            every_us: BTreeMap::new(),
            blackouts_tear: false,
            wipe: false,
            rot: false,
            leave_behind: false,
            clock_offsets_ms: vec![0; nodes],
            drifts_ppm: vec![0; nodes],
            transaction_us: 100,
            submit_every_us: 200_000,
            together: 1,
            sins: Vec::new(),
            copies_heeded: false,
            leaves: false,
            memo: true,
            snapshots: None,
            loses_disk: None,
        }
    }

    /// How many nodes may be damaged at once: f of n, of those that are left if one leaves.
    pub fn f(&self) -> usize {
        (self.nodes - 1 - usize::from(self.leaves)) / 3
    }
}
