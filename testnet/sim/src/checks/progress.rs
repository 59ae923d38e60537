//! Nothing grows without bound; and once a quorum is healed, it decides, and nothing that was acknowledged is missing.

use super::Checks;
use crate::clients::Clients;
use crate::faults::{Plan, SECOND_US};
use bulla_ledger::Ledger;
use bulla_node::engine::Queues;

/// By when a healed network has decided a height, in microseconds. Source: promises, row 8.
const FIRST_WITHIN_US: u64 = 10 * SECOND_US;

/// How long before the end a transaction is taken that must be in a block at the end, in microseconds.
const SETTLED_US: u64 = 8 * SECOND_US;

impl Checks {
    /// All queues of a node are as short as they have to be.
    pub(crate) fn queues(&self, node: usize, queues: &Queues) {
        if let Some((queue, length)) = queues.exceeded() {
            panic!("node {node}: the queue of {queue} is {length} long");
        }
    }

    /// The second phase begins.
    pub(crate) fn calm(&mut self, now_us: u64) {
        self.calm = (now_us, self.highest());
    }

    /// The end of the second phase: how many heights it decided, and how long after its beginning the first.
    pub(crate) fn progress(&self, healed: &[(usize, Ledger)], plan: &Plan, clients: &Clients) -> (u64, u64) {
        let (began_us, before) = self.calm;
        let heights = self.highest().0.saturating_sub(before.0);
        let first_us = self.first_healed_us.map_or(plan.healed_us, |first_us| first_us.saturating_sub(began_us));
        let long_enough = plan.healed_us > FIRST_WITHIN_US;
        assert!(!long_enough || first_us <= FIRST_WITHIN_US, "the healed network decided nothing for {first_us} us");
        // A height a second, or one for each two times that transactions come.
        let often_us = SECOND_US.max(2 * plan.submit_every_us * plan.together);
        let least = plan.healed_us.saturating_sub(first_us) / often_us;
        assert!(heights >= least, "the healed network decided {heights} heights, {least} are the least");
        for (node, ledger) in healed {
            assert!(!long_enough || self.has_kept_up(ledger), "node {node} is behind at the end");
            has_all_acknowledged(*node, ledger, clients);
        }
        let sound = |node: &usize| healed.iter().any(|(other, _)| other == node);
        self.has_included_what_was_taken(sound, plan, clients);
        (heights, first_us)
    }

    /// All healed nodes are together at the end. Who only follows asks for what is decided once in two ticks.
    fn has_kept_up(&self, ledger: &Ledger) -> bool {
        let behind = if self.set_changes == 0 { 3 } else { 30 };
        ledger.tip().height.0 + behind >= self.highest().0
    }

    /// What a healed node took in the second phase is in a block, if it had the time.
    fn has_included_what_was_taken(&self, sound: impl Fn(&usize) -> bool, plan: &Plan, clients: &Clients) {
        let end_us = plan.faulty_us + plan.healed_us;
        for (id, (node, at_us)) in &clients.accepted {
            let owed = sound(node) && *at_us >= self.calm.0 && at_us + SETTLED_US < end_us;
            assert!(!owed || self.includes(id), "{id} was taken at {at_us} us, and is in no block at the end");
        }
    }
}

/// What a client was told is final is there, at the height that it was told.
fn has_all_acknowledged(node: usize, ledger: &Ledger, clients: &Clients) {
    let tip = ledger.tip().height;
    for (id, height) in clients.acknowledged.iter().filter(|(_, height)| **height <= tip) {
        let found = ledger.transaction(*id).expect("its rows are sound").map(|found| found.place.height);
        assert_eq!(found, Some(*height), "node {node} has lost {id}, which was acknowledged at height {height}");
    }
}
