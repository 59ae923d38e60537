//! How long each step of a round is waited for. Durations are arguments; whoever has a clock measures them.

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::chain::{Height, Round};

/// One wait. A host has at most one running per timer; setting it again starts it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Timer {
    /// The height it belongs to; when the height is over it means nothing.
    pub height: Height,
    /// The round it belongs to.
    pub round: Round,
    /// What is waited for.
    pub kind: TimerKind,
}

/// What a timer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum TimerKind {
    /// A proposal and a judgement of it; then nil is prevoted.
    Propose = 1,
    /// A quorum of prevotes for one value, once a quorum has prevoted; then nil is precommitted.
    Prevote = 2,
    /// A quorum of precommits for one value, once a quorum has precommitted; then the next round begins.
    Precommit = 3,
    /// Any progress; then one's last votes are said again.
    Rebroadcast = 4,
}

/// How long to wait, in milliseconds of the host's clock. Each round waits longer, so that some round is long enough for
/// whatever the network's delay turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a proposal, in round 0.
    pub propose_ms: u64,
    /// For agreement of prevotes, in round 0.
    pub prevote_ms: u64,
    /// For agreement of precommits, in round 0.
    pub precommit_ms: u64,
    /// Before votes are said again.
    pub rebroadcast_ms: u64,
    /// How much longer each wait is with each round.
    pub growth_ms: u64,
    /// The longest wait of all.
    pub longest_ms: u64,
}

/// 500, 250 and 250 ms gave seven heights a second with one validator of four dead; Malachite's own 3, 1 and 1 s make each
/// absent proposer cost four seconds. Votes are repeated after a second, the sum of the three. No wait is over two seconds: after a
/// bad hour a healed network is to decide within ten seconds (promises, row 8), whatever round it has come to.
impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            propose_ms: 500,
            prevote_ms: 250,
            precommit_ms: 250,
            rebroadcast_ms: 1_000,
            growth_ms: 250,
            longest_ms: 2_000,
        }
    }
}

impl Timeouts {
    /// How long a timer runs, in milliseconds.
    pub fn after_ms(&self, kind: TimerKind, round: Round) -> u64 {
        let first = match kind {
            TimerKind::Propose => self.propose_ms,
            TimerKind::Prevote => self.prevote_ms,
            TimerKind::Precommit => self.precommit_ms,
            TimerKind::Rebroadcast => self.rebroadcast_ms,
        };
        first.saturating_add(self.growth_ms.saturating_mul(u64::from(round.0))).min(self.longest_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_by_round_up_to_the_longest() {
        let timeouts = Timeouts::default();
        assert_eq!(timeouts.after_ms(TimerKind::Propose, Round(0)), 500);
        assert_eq!(timeouts.after_ms(TimerKind::Prevote, Round(3)), 1_000);
        assert_eq!(timeouts.after_ms(TimerKind::Precommit, Round(u32::MAX)), 2_000);
        let endless = Timeouts { growth_ms: u64::MAX, ..timeouts };
        assert_eq!(endless.after_ms(TimerKind::Rebroadcast, Round(u32::MAX)), 2_000);
    }
}
