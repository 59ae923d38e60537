//! Bugs that tests plant, to see that the tests find them.
//!
//! Each stands in one line at the place of the rule that it breaks. Without the feature `planted`, which only the tests of
//! `testnet/sim` turn on, [`on`] is a constant `false` and the compiler removes the line; with it, a bug is on in one thread
//! while the value lives that planted it.

macro_rules! bugs {
    ($($(#[$doc:meta])* $bug:ident,)*) => {
        /// A rule that a test can break.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $($(#[$doc])* $bug,)*
        }

        impl Bug {
            /// Every one.
            pub const ALL: [Bug; [$(Bug::$bug),*].len()] = [$(Bug::$bug),*];
        }
    };
}

bugs! {
    /// What is said leaves before it is durable in the log.
    SendBeforeLog,
    /// Whoever starts again from its log has forgotten what it is locked on.
    SkipLockCheck,
    /// After a restart the guard allows a second vote in one place.
    ForgetGuard,
    /// A quorum is two thirds, not more than two thirds.
    OffByOneQuorum,
    /// A certificate with a bad signature counts if enough good ones are left.
    TolerateBadSignature,
    /// The log says that entries are durable before the disk has said so.
    AcknowledgeBeforeSync,
    /// Bytes behind a value are ignored.
    AcceptTrailingBytes,
    /// Whoever executes a block that others made does not look at expiry.
    IgnoreExpiry,
    /// Bodies are executed in the order of the map that holds them, not in the block's.
    UnsortedIteration,
    /// Two messages that contradict each other are seen, and not reported.
    ForgetEvidence,
    /// What is read of one height may be of a later one.
    StaleView,
    /// A file is put in the place of another, and the directory is not synced.
    MissingDirectorySync,
    /// Ids leave the replay window before their transactions expire.
    PruneTooEarly,
    /// Signatures are checked as batches are.
    BatchVerification,
    /// The clock bound is judged on values that are proposed again.
    ClockOnReproposal,
    /// The verdict on a transaction is remembered by its id, whichever signatures come with it.
    VerdictById,
    /// Whoever catches up does not look at the certificates of the blocks that it is sent.
    BelieveCatchUp,
    /// A header's state root is not compared with what execution gives.
    BelieveStateRoot,
    /// Whoever joins by a snapshot does not take over the ids of the replay window.
    ForgetIdsOnJoining,
    /// A part of a snapshot is believed wherever its way leads.
    BelievePart,
}

/// Whether a bug is planted: never, outside the tests that plant it.
#[cfg(not(feature = "planted"))]
#[must_use]
pub const fn on(_bug: Bug) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use switch::{Planted, know, known, on, plant};

#[cfg(feature = "planted")]
mod switch {
    extern crate std;

    use super::Bug;
    use crate::hash::Hash;
    use alloc::collections::BTreeSet;
    use core::cell::{Cell, RefCell};

    std::thread_local! {
        static BUG: Cell<Option<Bug>> = const { Cell::new(None) };
        static KNOWN: RefCell<BTreeSet<Hash>> = const { RefCell::new(BTreeSet::new()) };
    }

    /// A planted bug: as long as this lives, and in this thread.
    #[must_use = "the bug is on as long as this lives"]
    #[derive(Debug)]
    pub struct Planted(());

    /// Plants a bug in this thread, in the place of one that is there.
    pub fn plant(bug: Bug) -> Planted {
        BUG.set(Some(bug));
        KNOWN.take();
        Planted(())
    }

    /// Whether a bug is planted in this thread.
    #[must_use]
    pub fn on(bug: Bug) -> bool {
        BUG.get() == Some(bug)
    }

    /// Remembers something for a bug that remembers too much.
    pub fn know(hash: Hash) {
        KNOWN.with_borrow_mut(|known| known.insert(hash));
    }

    /// Whether it is remembered.
    #[must_use]
    pub fn known(hash: &Hash) -> bool {
        KNOWN.with_borrow(|known| known.contains(hash))
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            BUG.set(None);
            KNOWN.take();
        }
    }
}
