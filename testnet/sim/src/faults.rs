//! What goes wrong, as the seed has it: each kind of fault is on or off by coin, then has its own rate.
//!
//! A run has two phases. In the first, anything goes, as long as at most f nodes are damaged at once. In the second, everything
//! is healed, and progress is required.

use crate::byzantine::Sin;
use crate::random::Random;

/// One second of simulated time, in microseconds.
pub(crate) const SECOND_US: u64 = 1_000_000;

/// What a run is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many validators.
    pub nodes: usize,
    /// How long faults go on, in microseconds.
    pub faulty_us: u64,
    /// How long the healed network then runs, in microseconds.
    pub healed_us: u64,
    /// The longest delay of a message, in microseconds.
    pub delay_us: u64,
    /// How many messages of a hundred are lost.
    pub loss_percent: u64,
    /// How many messages of a hundred come twice.
    pub twice_percent: u64,
    /// The mean time between partitions, in microseconds; none if there are none.
    pub partition_every_us: Option<u64>,
    /// The mean time between crashes of one node, in microseconds.
    pub crash_every_us: u64,
    /// The mean time between power cuts of all nodes at once, in microseconds; none if there are none.
    pub blackout_every_us: Option<u64>,
    /// Whether those cuts come while the disks write, each at a step of its own, so that last syncs are torn.
    pub blackouts_tear: bool,
    /// Whether one node loses its disk once.
    pub wipe: bool,
    /// How far each node's clock is off, in milliseconds.
    pub clock_offsets_ms: Vec<i64>,
    /// The mean time between transactions, in microseconds.
    pub submit_every_us: u64,
    /// Who sins, and how.
    pub sins: Vec<(usize, Sin)>,
}

impl Plan {
    /// The plan of a seed: sixty simulated seconds, forty-five of them with faults.
    pub fn of_seed(seed: u64, nodes: usize) -> Plan {
        let mut random = Random::new(seed ^ 0xfa17_5eed);
        let coin = |random: &mut Random| random.percent(50);
        Plan {
            nodes,
            faulty_us: 45 * SECOND_US,
            healed_us: 15 * SECOND_US,
            delay_us: random.between(2, 60) * 1_000,
            loss_percent: if coin(&mut random) { random.between(1, 20) } else { 0 },
            twice_percent: if coin(&mut random) { random.between(1, 30) } else { 0 },
            partition_every_us: coin(&mut random).then(|| random.between(4, 20) * SECOND_US),
            crash_every_us: random.between(3, 12) * SECOND_US,
            blackout_every_us: random.percent(30).then(|| random.between(10, 30) * SECOND_US),
            blackouts_tear: false,
            wipe: random.percent(30),
            clock_offsets_ms: (0..nodes).map(|_| i64::try_from(random.below(4_001)).unwrap_or(0) - 2_000).collect(),
            submit_every_us: random.between(50, 250) * 1_000,
            sins: Vec::new(),
        }
        .tempted(&mut random)
    }

    /// One node sins in some seeds. It takes the place of one that crashes: where f is one, nobody loses a disk beside it.
    fn tempted(mut self, random: &mut Random) -> Plan {
        self.sins = Sin::of_seed(random, self.nodes);
        self.wipe &= self.sins.len() < self.f();
        self
    }

    /// A plan in which nothing goes wrong, for scripted scenarios.
    pub fn calm(nodes: usize, seconds: u64) -> Plan {
        Plan {
            nodes,
            faulty_us: seconds * SECOND_US,
            healed_us: 15 * SECOND_US,
            delay_us: 10_000,
            loss_percent: 0,
            twice_percent: 0,
            partition_every_us: None,
            crash_every_us: u64::MAX / 4,
            blackout_every_us: None,
            blackouts_tear: false,
            wipe: false,
            clock_offsets_ms: vec![0; nodes],
            submit_every_us: 200_000,
            sins: Vec::new(),
        }
    }

    /// How many nodes may be damaged at once: f of n.
    pub fn f(&self) -> usize {
        (self.nodes - 1) / 3
    }
}
