//! Joining over the real network, before there is a ledger to serve from: nothing is answered to clients meanwhile.

use super::DaemonError;
use crate::engine::Peer;
use crate::joining::{Action, Event, Joining, TICK_MS};
use crate::network::{Network, NetworkEvent};
use bulla_ledger::snapshot::TakingError;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

/// After how many ticks the operator is told how far it is: ten seconds.
const TOLD_EVERY: u32 = 100;

/// Runs until the store is a ledger or may become one, and tells who is there then; none if the node is to stop before.
pub(super) async fn join(
    mut joining: Joining,
    network: &Network,
    heard: &mut mpsc::Receiver<NetworkEvent>,
    stop: &mut oneshot::Receiver<()>,
) -> Result<Option<BTreeSet<Peer>>, DaemonError> {
    let (mut there, mut ticks) = (BTreeSet::new(), 0u32);
    let mut ticker = interval(Duration::from_millis(TICK_MS));
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    info!("the ledger is empty: asking peers how far they are");
    loop {
        let event = tokio::select! {
            biased;
            _ = &mut *stop => return Ok(None),
            _ = ticker.tick() => {
                ticks = ticks.wrapping_add(1);
                if let Some((height, taken, of)) = joining.progress().filter(|_| ticks.is_multiple_of(TOLD_EVERY)) {
                    info!(%height, taken, of, "parts of the snapshot have come");
                }
                Event::Tick
            }
            Some(event) = heard.recv() => match event {
                NetworkEvent::Joined(peer) => {
                    there.insert(peer);
                    Event::Joined(peer)
                }
                NetworkEvent::Left(peer) => {
                    there.remove(&peer);
                    Event::Left(peer)
                }
                NetworkEvent::Refused { who, reason } => {
                    warn!(%who, %reason, "turned away");
                    continue;
                }
                NetworkEvent::Heard(peer, message) => Event::Heard(peer, message),
            },
        };
        let actions = tokio::task::block_in_place(|| joining.handle(event));
        for action in actions.map_err(|error: TakingError| DaemonError::Fault(error.to_string()))? {
            match action {
                Action::Send(peer, message) => network.send(&peer, &message),
                Action::Report(report) => info!("{report}"),
                Action::Ready => return Ok(Some(there)),
            }
        }
    }
}
