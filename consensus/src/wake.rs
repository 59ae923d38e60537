//! When an idle chain starts its next height. Empty blocks are made for the heartbeat alone.

use bulla_verify::chain::Height;

/// What a node knows while no height is being decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The height that would start.
    pub next: Height,
    /// Whether the pool holds a transaction that the next block could include. One that is merely pending wakes nobody, or
    /// a pool of unincludable transactions would make empty blocks for ever.
    pub includable: bool,
    /// The highest height of which a verified message was heard: [`crate::Consensus::heard`].
    pub heard: Height,
    /// The highest tip that a peer has told of.
    pub best_tip: Height,
    /// How long ago the last block was committed here, in milliseconds.
    pub since_block_ms: u64,
    /// The heartbeat (parameter), in milliseconds.
    pub heartbeat_ms: u64,
}

/// Why the next height starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// There is something to put into it.
    Transaction,
    /// Another validator is at it, or beyond.
    Heard,
    /// A peer has decided it.
    Behind,
    /// Nothing has happened for a heartbeat, which is to be on record too.
    Heartbeat,
}

/// Whether the next height starts, and why.
pub fn wake(idle: &Idle) -> Option<Wake> {
    if idle.includable {
        Some(Wake::Transaction)
    } else if idle.best_tip >= idle.next {
        Some(Wake::Behind)
    } else if idle.heard >= idle.next {
        Some(Wake::Heard)
    } else if idle.since_block_ms >= idle.heartbeat_ms {
        Some(Wake::Heartbeat)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Idle = Idle {
        next: Height(8),
        includable: false,
        heard: Height(7),
        best_tip: Height(7),
        since_block_ms: 29_999,
        heartbeat_ms: 30_000,
    };

    #[test]
    fn a_quiet_chain_sleeps_until_the_heartbeat() {
        assert_eq!(wake(&QUIET), None);
        assert_eq!(wake(&Idle { since_block_ms: 30_000, ..QUIET }), Some(Wake::Heartbeat));
    }

    #[test]
    fn each_reason_wakes_alone() {
        assert_eq!(wake(&Idle { includable: true, ..QUIET }), Some(Wake::Transaction));
        assert_eq!(wake(&Idle { heard: Height(8), ..QUIET }), Some(Wake::Heard));
        assert_eq!(wake(&Idle { heard: Height(9), ..QUIET }), Some(Wake::Heard));
        assert_eq!(wake(&Idle { best_tip: Height(8), ..QUIET }), Some(Wake::Behind));
    }
}
