//! Catching up: decided blocks from peers, in order, each checked against the validators of its height before it is executed.

use super::{Action, DecidedBlock, Effects, Engine, Job, Peer};
use crate::wire::PeerMessage;
use bulla_verify::chain::Height;
use bulla_verify::planted::{self, Bug};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most decided blocks that wait to be committed.
pub(super) const MAX_WAITING: usize = 256;

/// After how many ticks a peer that does not answer is given up, and another asked.
const PATIENCE_TICKS: u32 = 10;

/// Where catching up stands.
#[derive(Default)]
pub(super) struct CatchingUp {
    waiting: BTreeMap<Height, DecidedBlock>,
    asked: Option<Peer>,
    ticks: u32,
    /// Who was asked last, so that another is asked next.
    last: Option<Peer>,
    /// The tip at the last tick, if a peer was ahead of it then.
    behind_at: Option<Height>,
    /// Whether a peer was ahead of the same tip for a whole tick: the decision will not come by itself.
    overdue: bool,
    /// Whether what a peer brought did not hold: until the next tick nobody is asked, or one that lies could keep this node asking
    /// as fast as it answers.
    misled: bool,
    /// The block that is being executed or committed.
    pub(super) executing: Option<DecidedBlock>,
}

impl CatchingUp {
    /// Whether decided blocks are on their way into the ledger. What was only asked for is not: whoever tells of a high tip
    /// and then is silent must not hold up this validator.
    pub(super) fn is_under_way(&self) -> bool {
        self.executing.is_some() || !self.waiting.is_empty()
    }

    /// How many decided blocks wait.
    pub(super) fn count(&self) -> usize {
        self.waiting.len()
    }

    /// Takes in that a tick passed at this tip, with this best tip of a peer.
    pub(super) fn tick(&mut self, tip: Height, best_tip: Height) {
        self.ticks = self.ticks.saturating_add(1);
        self.misled = false;
        if self.ticks >= PATIENCE_TICKS {
            self.asked = None;
        }
        self.overdue = best_tip > tip && self.behind_at == Some(tip);
        self.behind_at = (best_tip > tip).then_some(tip);
    }

    /// Forgets what a commit has made past: it may be that consensus decided what was being caught up with.
    pub(super) fn committed(&mut self, tip: Height) {
        self.waiting.retain(|height, _| *height > tip);
        self.executing = self.executing.take().filter(|block| block.header.height() > tip);
    }

    pub(super) fn lost(&mut self, peer: &Peer) {
        if self.asked.as_ref() == Some(peer) {
            self.asked = None;
        }
    }

    /// Which of the peers that are ahead to ask: the one after who was asked last.
    fn next_source(&self, ahead: &[Peer]) -> Option<Peer> {
        let after = ahead.iter().find(|peer| self.last.as_ref().is_none_or(|last| *peer > last));
        after.or(ahead.first()).copied()
    }
}

impl Engine {
    /// Takes in decided blocks of a peer that was asked for them. What nobody asked for, or comes twice, is no answer.
    pub(super) fn take_decided(&mut self, peer: Peer, decided: Vec<DecidedBlock>, out: &mut Effects) {
        if self.catching_up.asked != Some(peer) {
            return;
        }
        self.catching_up.lost(&peer);
        if decided.is_empty() {
            // It told of a tip that it does not serve: not to be asked again before it tells anew.
            self.peers.insert(peer, Height(0));
        }
        // One after the other from the next on: what waits for a block that never comes would hold up this validator.
        let tip = self.tip.height;
        let mut next = tip.next();
        for block in decided.into_iter().skip_while(|block| block.header.height() <= tip).take(MAX_WAITING) {
            if block.header.height() != next {
                self.catching_up.misled = true;
                break;
            }
            self.catching_up.waiting.insert(next, block);
            next = next.next();
        }
        self.catch_up(out);
    }

    /// Executes the next decided block, or asks for more.
    pub(super) fn catch_up(&mut self, out: &mut Effects) {
        if self.catching_up.executing.is_some() || self.committing {
            return;
        }
        let next = self.tip.height.next();
        while let Some(block) = self.catching_up.waiting.remove(&next) {
            let matches = block.certificate.height == next && block.certificate.value == block.header.hash();
            let certified = matches && self.is_certified(&block, out);
            if certified && let Some(at) = self.is_signed_by_another(&block.certificate) {
                self.fall_silent(at, out);
            }
            if matches && (certified || planted::on(Bug::BelieveCatchUp)) {
                out.then.push(Action::Work(Job::Execute(block.header, block.transactions.clone())));
                self.catching_up.executing = Some(block);
                return;
            }
            // Its children are no better.
            self.catching_up.waiting.clear();
            self.catching_up.misled = true;
        }
        let ahead: Vec<Peer> = self.peers.iter().filter(|(_, tip)| **tip >= next).map(|(peer, _)| *peer).collect();
        // One height behind is usual for an instant: then the votes for it are on their way.
        let far = ahead.iter().any(|peer| self.peers.get(peer).is_some_and(|tip| *tip > next));
        if (far || self.catching_up.overdue)
            && !self.catching_up.misled
            && self.catching_up.asked.is_none()
            && let Some(peer) = self.catching_up.next_source(&ahead)
        {
            self.catching_up.asked = Some(peer);
            self.catching_up.last = Some(peer);
            self.catching_up.ticks = 0;
            out.then.push(Action::Send(peer, Arc::new(PeerMessage::WantDecided(next))));
        }
    }
}
