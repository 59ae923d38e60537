//! One simulated validator: the engine, its log on a simulated disk, its ledger on a memory store.
//!
//! Disk and store outlive a crash; the engine and the open log do not.

use crate::town::Town;
use bulla_consensus::{Entry, Timeouts};
use bulla_ledger::Ledger;
use bulla_ledger::store::memory::MemoryStore;
use bulla_node::disk::memory::Memory;
use bulla_node::engine::signing::Signing;
use bulla_node::engine::turns::Turns;
use bulla_node::engine::{Effects, Engine, Start};
use bulla_node::journal;
use bulla_node::wal::Log;
use bulla_node::wal::guard::SignGuard;
use bulla_verify::chain::Height;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::time::Millis;
use std::sync::Arc;

/// A validator, up or down.
pub(crate) struct Node {
    pub(crate) key: PublicKey,
    seed: [u8; 32],
    pub(crate) disk: Memory,
    pub(crate) store: Arc<MemoryStore>,
    /// How far its clock is off, in milliseconds.
    pub(crate) clock_offset_ms: i64,
    /// The guard to begin with where the disk holds none.
    first_guard: SignGuard,
    /// Counts its lives; what was on its way to an earlier one does not arrive.
    pub(crate) life: u64,
    pub(crate) up: Option<Up>,
}

/// What a crash takes away.
pub(crate) struct Up {
    pub(crate) engine: Engine,
    pub(crate) log: Log<Memory>,
    pub(crate) ledger: Ledger,
    /// Until when it is busy with the last event, in microseconds.
    pub(crate) busy_until_us: u64,
}

impl Node {
    pub(crate) fn new(key: &SigningKey, clock_offset_ms: i64) -> Node {
        Node {
            key: key.public(),
            seed: *key.seed(),
            disk: Memory::new(),
            store: Arc::new(MemoryStore::new()),
            clock_offset_ms,
            first_guard: SignGuard::new(),
            life: 0,
            up: None,
        }
    }

    /// Begins a life with what disk and store hold. The effects are still to be logged and done; before them, what the log
    /// held of the height.
    pub(crate) fn start(&mut self, town: &Town, now: Millis) -> (Vec<Entry>, Effects) {
        let ledger = Ledger::open(self.store.clone(), &town.genesis).expect("the store holds what was committed");
        let tip = ledger.tip();
        let next = tip.height.next();
        let (mut log, opened) =
            Log::open(self.disk.clone(), Some(self.first_guard.clone())).expect("a crash leaves a log that opens");
        let restored = journal::restore(&opened, next, town.chain).expect("this version wrote it");
        log.start_height(next).expect("the log is not ahead of the ledger");
        let log_before = restored.log.clone();
        let start = Start {
            turns: Turns::read(&ledger, &tip).expect("a memory store does not fail"),
            tip,
            signing: Signing::new(SigningKey::from_seed(&self.seed), opened.guard),
            timeouts: Timeouts::default(),
            log: restored.log,
            blocks: restored.blocks,
        };
        let (engine, effects) = Engine::start(self.clock(now), start);
        self.life += 1;
        self.up = Some(Up { engine, log, ledger, busy_until_us: 0 });
        (log_before, effects)
    }

    /// Ends a life. The machine goes on: what was written is there.
    pub(crate) fn crash(&mut self) {
        self.up = None;
        self.disk.crash();
    }

    /// The machine loses its disk. The operator starts it as one that may have signed everything up to a height.
    pub(crate) fn wipe(&mut self, silent_through: Height) {
        self.crash();
        (self.disk, self.store) = (Memory::new(), Arc::new(MemoryStore::new()));
        self.first_guard = SignGuard::silent_through(silent_through);
    }

    /// What its clock shows.
    pub(crate) fn clock(&self, now: Millis) -> Millis {
        now.plus(self.clock_offset_ms)
    }
}
