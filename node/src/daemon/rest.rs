//! Resting while the disk has too little room: nothing is written, and so nothing is said.
//!
//! To its peers a node that rests is as one that is paused: what they send is lost, and is asked for again afterwards. Its ledger
//! stays open, so questions are answered, as stale. Its engine is told of nothing meanwhile, but of who is there when it wakes.

use super::workers::Done;
use super::{DaemonError, Node, NodeStatus, rpc};
use crate::engine::Event;
use crate::network::NetworkEvent;
use crate::rpc::Submission;
use crate::rpc::status::Cramped;
use bulla_verify::admission::Stale;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::interval;
use tracing::{info, warn};

/// How often it is looked how much room there is.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// What the loop hears.
pub(super) struct Ears<'a> {
    pub(super) heard: &'a mut mpsc::Receiver<NetworkEvent>,
    pub(super) submitted: &'a mut mpsc::Receiver<Submission>,
    pub(super) stop: &'a mut oneshot::Receiver<()>,
}

impl Node {
    /// Whether the disk has less room than it must have; with `more`, than it must have to go on.
    pub(super) fn cramped(&self, more: bool) -> Option<Cramped> {
        let min_bytes = if more { self.min_free_bytes / 4 * 5 } else { self.min_free_bytes };
        // A disk that does not say how much room it has has enough.
        let free_bytes = self.surroundings.disk()?.free_bytes;
        (free_bytes < min_bytes).then_some(Cramped { free_bytes, min_bytes })
    }

    /// Rests until there is room. Tells whether the node is to stop.
    pub(super) async fn rest(&mut self, ears: Ears<'_>) -> Result<bool, DaemonError> {
        let Some(mut cramped) = self.cramped(false) else { return Ok(false) };
        warn!(
            free_bytes = cramped.free_bytes,
            min_bytes = cramped.min_bytes,
            "too little room on the disk: the node rests"
        );
        let (mut ticks, mut missed) = (interval(LOOK_AGAIN), Vec::new());
        loop {
            let (cramped_now, present) = (Some(cramped), BTreeSet::new());
            self.status.send_replace(NodeStatus { cramped: cramped_now, present, ..rpc::status::of(&self.engine) });
            tokio::select! {
                biased;
                _ = &mut *ears.stop => return Ok(true),
                _ = ticks.tick() => match self.cramped(true) {
                    Some(still) => cramped = still,
                    None => break,
                },
                Some(done) = self.done.recv() => match done {
                    Done::Event(event) => missed.push(event),
                    Done::Say(..) => {}
                    Done::Fault(fault) => return Err(DaemonError::Fault(fault)),
                },
                Some(event) = ears.heard.recv() => match event {
                    NetworkEvent::Joined(peer) => missed.push(Event::Joined(peer)),
                    NetworkEvent::Left(peer) => missed.push(Event::Left(peer)),
                    NetworkEvent::Refused { who, reason } => self.surroundings.turn_away(who, reason),
                    NetworkEvent::Heard(..) => {}
                },
                // Whoever asked may have hung up.
                Some((_, answer)) = ears.submitted.recv() => drop(answer.send(Err(Stale::PoolFull))),
            }
        }
        self.engine.was_away();
        info!("there is room on the disk again: the node goes on");
        for event in missed {
            self.happen(event)?;
        }
        Ok(false)
    }
}
