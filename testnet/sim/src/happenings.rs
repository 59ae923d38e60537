//! What happened in a run, counted where it happened and not where it was planned.

use std::collections::BTreeMap;

macro_rules! happenings {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Something that happens to a network, or that a network does about it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Happening { $($(#[$doc])* $name,)* }

        impl Happening {
            /// All of them.
            pub const ALL: &[Happening] = &[$(Happening::$name,)*];
        }
    };
}

happenings! {
    /// A message was lost.
    Lost,
    /// A message came twice.
    Duplicated,
    /// A message took ten times as long as the longest usual delay.
    Late,
    /// A message came before one that had been sent earlier on the same way.
    Overtaken,
    /// The network fell into two halves.
    Halves,
    /// What some nodes say was not heard by others, who were heard.
    OneWay,
    /// Each node heard its two neighbours alone.
    Ring,
    /// Two halves heard one node that heard both, and not each other.
    Bridge,
    /// Nodes were cut off one after the other, and came back in another order.
    Clog,
    /// A process ended at a step of its disk.
    CrashInWrite,
    /// A process ended between two effects of one event.
    CrashInEffects,
    /// A machine lost power.
    PowerLoss,
    /// All machines lost power at once.
    Blackout,
    /// A log was opened with a torn end.
    TornLog,
    /// A disk was lost with all that was on it.
    Wiped,
    /// A node that had lost its disk took a snapshot of its peers, part by part, and its engine began there.
    JoinedBySnapshot,
    /// A node that was stopped while it took a snapshot took the rest of it afterwards.
    JoiningResumed,
    /// A transaction of before the snapshot, submitted again to a node that had just joined, was refused as a duplicate.
    ReplayRefused,
    /// Bytes of a log changed while its node was down.
    Rot,
    /// A node refused to start on a log that had rotted.
    RotRefused,
    /// A node stayed silent about heights that it may have signed.
    Silenced,
    /// A node that had lost its guard learned from a quorum's tips when it may speak again.
    Settled,
    /// A disk had no more room.
    FullDisk,
    /// A sync failed, and the process ended.
    FailedSync,
    /// A commit failed, and the process ended.
    FailedCommit,
    /// A row of the ledger could not be read, and the process ended.
    DamagedRow,
    /// A clock went back.
    ClockBack,
    /// A clock was wrong by minutes.
    ClockOff,
    /// A process stood still, and went on.
    Paused,
    /// A node was left broken in the second phase.
    LeftBehind,
    /// A round ended without a decision.
    FailedRound,
    /// A block was proposed again with the proof that it was locked.
    LockRecovered,
    /// A node was locked when it began a life.
    LockRestored,
    /// A decided block of a peer was committed.
    CaughtUp,
    /// A proposal's time was doubted.
    Doubted,
    /// Another set of validators came into force.
    SetChanged,
    /// A transaction was acknowledged as final.
    Acknowledged,
}

/// How often each thing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Happening, u64>);

impl Counts {
    /// It happened once more.
    pub fn count(&mut self, what: Happening) {
        *self.0.entry(what).or_default() += 1;
    }

    /// How often it happened.
    pub fn of(&self, what: Happening) -> u64 {
        self.0.get(&what).copied().unwrap_or_default()
    }

    /// Adds what happened elsewhere.
    pub fn add(&mut self, other: &Counts) {
        for (what, times) in &other.0 {
            *self.0.entry(*what).or_default() += times;
        }
    }
}
