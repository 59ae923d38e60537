//! One simulated validator: the engine, its log on a simulated disk, its ledger on a memory store.
//!
//! Disk and store outlive a crash; the engine and the open log do not.

use crate::town::Town;
use crate::world::Joiner;
use bulla_consensus::{Entry, Timeouts};
use bulla_ledger::store::memory::MemoryStore;
use bulla_ledger::{Ledger, OpenError};
use bulla_node::disk::Disk;
use bulla_node::disk::memory::Memory;
use bulla_node::engine::signing::Signing;
use bulla_node::engine::turns::Turns;
use bulla_node::engine::{Effects, Engine, Event, Start};
use bulla_node::journal;
use bulla_node::wal::guard::SignGuard;
use bulla_node::wal::{Log, WalError};
use bulla_verify::chain::Height;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::time::Millis;
use std::collections::VecDeque;
use std::sync::Arc;

/// A validator, up or down.
pub(crate) struct Node {
    pub(crate) key: PublicKey,
    seed: [u8; 32],
    pub(crate) disk: Memory,
    pub(crate) store: Arc<MemoryStore>,
    /// Where it keeps snapshots for peers.
    pub(crate) snapshots: Memory,
    pub(crate) clock: Clock,
    /// The guard to begin with where the disk holds none.
    first_guard: SignGuard,
    /// Counts its lives; what was on its way to an earlier one does not arrive.
    pub(crate) life: u64,
    pub(crate) up: Option<Up>,
    /// It takes a snapshot, and its engine has not begun.
    pub(crate) joiner: Option<Joiner>,
    pub(crate) ills: Ills,
    /// Whether its engine heeds words of its key that it did not say.
    pub(crate) watched: bool,
}

/// What a crash takes away.
pub(crate) struct Up {
    pub(crate) engine: Engine,
    pub(crate) log: Log<Memory>,
    pub(crate) ledger: Ledger,
    /// Until when it is busy with the last event, in microseconds.
    pub(crate) busy_until_us: u64,
    /// What came while it was busy.
    pub(crate) inbox: VecDeque<Event>,
    /// Whether it is to be told when it is no longer busy.
    pub(crate) to_be_woken: bool,
    /// Until when the thread beside its loop is busy, in microseconds.
    pub(crate) working_until_us: u64,
}

/// What is wrong with a node, or soon will be.
#[derive(Debug, Default)]
pub(crate) struct Ills {
    /// A crash is planned.
    pub(crate) doomed: bool,
    /// After how many more effects it comes, if it comes between two.
    pub(crate) dies_after: Option<u64>,
    /// Bytes of its log changed, and it has not read them yet.
    pub(crate) rotten: bool,
    /// Through which height it signs nothing.
    pub(crate) silent_through: Height,
    pub(crate) paused_until_us: u64,
    pub(crate) full: bool,
    /// It is not healed any more.
    pub(crate) left: bool,
}

/// A clock.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// How far it is off, in milliseconds.
    pub(crate) offset_ms: i64,
    /// How far it is off beyond that, for a while.
    pub(crate) wrong_ms: i64,
    /// How much faster it runs, in millionths.
    pub(crate) drift_ppm: i64,
}

/// Why a node does not start.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// Its log does not open.
    Log(WalError),
    /// Its ledger does not open.
    Ledger(OpenError),
}

/// A node that has started.
pub(crate) struct Started {
    /// What its log held of the height.
    pub(crate) log: Vec<Entry>,
    /// How many bytes of its log were cut off.
    pub(crate) torn_bytes: u64,
    /// What it begins with, still to be logged and done.
    pub(crate) effects: Effects,
}

impl Node {
    pub(crate) fn new(key: &SigningKey, clock: Clock) -> Node {
        Node {
            key: key.public(),
            seed: *key.seed(),
            disk: Memory::new(),
            store: Arc::new(MemoryStore::new()),
            snapshots: Memory::new(),
            clock,
            first_guard: SignGuard::new(),
            watched: true,
            life: 0,
            up: None,
            joiner: None,
            ills: Ills::default(),
        }
    }

    /// Whether peers can connect to it.
    pub(crate) fn is_there(&self) -> bool {
        self.up.is_some() || self.joiner.is_some()
    }

    /// Begins a life with what disk and store hold.
    pub(crate) fn start(&mut self, town: &Town, clock: Millis) -> Result<Started, NotStarted> {
        let (mut log, opened) =
            Log::open(self.disk.clone(), Some(self.first_guard.clone())).map_err(NotStarted::Log)?;
        let ledger = Ledger::open(self.store.clone(), &town.genesis).map_err(NotStarted::Ledger)?;
        let tip = ledger.tip();
        let next = tip.height.next();
        let restored = journal::restore(&opened, next, town.chain).expect("this version wrote it");
        log.start_height(next).map_err(NotStarted::Log)?;
        let turns = Turns::read(&ledger, &tip).map_err(|fault| NotStarted::Ledger(fault.into()))?;
        self.ills.silent_through = opened.guard.silent().unwrap_or_default();
        let log_before = restored.log.clone();
        let signing = if self.watched { Signing::new } else { Signing::unwatched };
        let start = Start {
            turns,
            tip,
            signing: signing(SigningKey::from_seed(&self.seed), opened.guard),
            timeouts: Timeouts::default(),
            log: restored.log,
            blocks: restored.blocks,
            recovery: None,
        };
        let (engine, effects) = Engine::start(clock, start);
        self.life += 1;
        self.ills.rotten = false;
        let (busy_until_us, working_until_us, to_be_woken) = (0, 0, false);
        self.up =
            Some(Up { engine, log, ledger, busy_until_us, inbox: VecDeque::new(), to_be_woken, working_until_us });
        Ok(Started { log: log_before, torn_bytes: opened.torn_bytes, effects })
    }

    /// Ends a life. The machine goes on: what was written is there.
    pub(crate) fn crash(&mut self) {
        self.up = None;
        self.disk.crash();
    }

    /// The machine loses its disk. It starts again as one that may have signed anything.
    pub(crate) fn wipe(&mut self) {
        self.crash();
        (self.disk, self.store, self.snapshots) = (Memory::new(), Arc::new(MemoryStore::new()), Memory::new());
        self.first_guard = SignGuard::unsettled();
        self.ills.silent_through = self.first_guard.silent().unwrap_or_default();
        (self.ills.rotten, self.ills.full) = (false, false);
    }

    /// The operator moves the log aside and leaves the guard.
    pub(crate) fn move_log_aside(&mut self) {
        for name in self.disk.list().unwrap_or_default().iter().filter(|name| name.ends_with(".wal")) {
            self.disk.remove(name).expect("its faults were taken away");
        }
    }

    /// What its clock shows, so long after the beginning.
    pub(crate) fn clock(&self, begin: Millis, now_us: u64) -> Millis {
        let now_us = i64::try_from(now_us).expect("runs are short");
        let Clock { offset_ms, wrong_ms, drift_ppm } = self.clock;
        begin.plus(now_us / 1_000 + offset_ms + wrong_ms + now_us / 1_000 * drift_ppm / 1_000_000)
    }
}
