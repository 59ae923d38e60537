//! The engine's timers over the monotonic clock: at most one of each.

use crate::engine::Wake;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Timers that run.
#[derive(Default)]
pub(super) struct Timers {
    at: BTreeMap<Wake, Instant>,
    order: BTreeSet<(Instant, Wake)>,
}

impl Timers {
    /// Sets a timer; anew if it runs.
    pub(super) fn set(&mut self, wake: Wake, after_ms: u64) {
        self.cancel(&wake);
        let at = Instant::now() + Duration::from_millis(after_ms);
        self.at.insert(wake, at);
        self.order.insert((at, wake));
    }

    /// Stops a timer, if it runs.
    pub(super) fn cancel(&mut self, wake: &Wake) {
        if let Some(at) = self.at.remove(wake) {
            self.order.remove(&(at, *wake));
        }
    }

    /// Stops all timers of a kind.
    pub(super) fn cancel_all(&mut self, kind: impl Fn(&Wake) -> bool) {
        self.at.retain(|wake, _| !kind(wake));
        self.order.retain(|(_, wake)| !kind(wake));
    }

    /// When the next one runs out.
    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes those that have run out, the earliest first.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Wake> {
        let mut due = Vec::new();
        while let Some((at, wake)) = self.order.first().copied().filter(|(at, _)| *at <= now) {
            self.order.remove(&(at, wake));
            self.at.remove(&wake);
            due.push(wake);
        }
        due
    }
}

/// Waits until an instant; for ever if there is none.
pub(super) async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
