//! What waits to be said to one peer: bounded in messages and in bytes. When it is full the newest message is dropped, for the
//! older ones are what the newer ones build on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A queue that one peer's link empties.
pub(super) struct Outbox {
    frames: usize,
    bytes: usize,
    waiting: Mutex<Waiting>,
    changed: Notify,
}

/// How much of the queue a message may find taken before it is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Half of it.
    Half,
    /// All of it.
    All,
}

/// Why a message does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// The peer is not there.
    Absent,
    /// As much waits as may.
    Full,
}

#[derive(Default)]
struct Waiting {
    stage: Stage,
    queue: VecDeque<Arc<[u8]>>,
    bytes: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// The peer is not there.
    #[default]
    Shut,
    /// The peer is there.
    Open,
    /// What waits is still said, and nothing more: this node stops.
    Finishing,
}

impl Outbox {
    /// A queue of so many messages and bytes, shut.
    pub(super) fn new(frames: usize, bytes: usize) -> Outbox {
        Outbox { frames, bytes, waiting: Mutex::default(), changed: Notify::new() }
    }

    /// Whether the peer is there.
    pub(super) fn is_open(&self) -> bool {
        self.waiting().stage == Stage::Open
    }

    /// Lets messages wait from now on. A node that stops opens none again.
    pub(super) fn open(&self) {
        let mut waiting = self.waiting();
        if waiting.stage == Stage::Shut {
            waiting.stage = Stage::Open;
        }
    }

    /// Forgets what waits; until it is opened again, nothing does.
    pub(super) fn shut(&self) {
        let mut waiting = self.waiting();
        let stage = if waiting.stage == Stage::Finishing { Stage::Finishing } else { Stage::Shut };
        *waiting = Waiting { stage, ..Waiting::default() };
    }

    /// Lets what waits be said, and nothing more.
    pub(super) fn finish(&self) {
        self.waiting().stage = Stage::Finishing;
        self.changed.notify_one();
    }

    /// Lets a frame wait.
    pub(super) fn put(&self, frame: Arc<[u8]>, share: Share) -> Result<(), Dropped> {
        let mut waiting = self.waiting();
        if waiting.stage != Stage::Open {
            return Err(Dropped::Absent);
        }
        let (frames, bytes) = match share {
            Share::Half => (self.frames / 2, self.bytes / 2),
            Share::All => (self.frames, self.bytes),
        };
        let after = waiting.bytes.saturating_add(frame.len());
        if waiting.queue.len() >= frames || after > bytes {
            return Err(Dropped::Full);
        }
        waiting.bytes = after;
        waiting.queue.push_back(frame);
        drop(waiting);
        self.changed.notify_one();
        Ok(())
    }

    /// The next frame, if one waits.
    pub(super) fn take(&self) -> Option<Arc<[u8]>> {
        let mut waiting = self.waiting();
        let frame = waiting.queue.pop_front()?;
        waiting.bytes = waiting.bytes.saturating_sub(frame.len());
        Some(frame)
    }

    /// The next frame, waited for; none when this node stops and all has been said.
    pub(super) async fn next(&self) -> Option<Arc<[u8]>> {
        loop {
            if let Some(frame) = self.take() {
                return Some(frame);
            }
            if self.waiting().stage == Stage::Finishing {
                return None;
            }
            self.changed.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in here can panic half-way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: usize) -> Arc<[u8]> {
        vec![0; bytes].into()
    }

    #[test]
    fn the_newest_is_dropped_when_as_many_wait_as_may() {
        let outbox = Outbox::new(2, 100);
        assert_eq!(outbox.put(frame(1), Share::All), Err(Dropped::Absent));
        outbox.open();
        for bytes in [1, 2] {
            assert_eq!(outbox.put(frame(bytes), Share::All), Ok(()));
        }
        assert_eq!(outbox.put(frame(3), Share::All), Err(Dropped::Full));
        assert_eq!([outbox.take(), outbox.take(), outbox.take()], [Some(frame(1)), Some(frame(2)), None]);
        assert_eq!(outbox.put(frame(3), Share::All), Ok(()));
    }

    #[test]
    fn bytes_are_bounded_and_given_back() {
        let outbox = Outbox::new(9, 10);
        outbox.open();
        assert_eq!(outbox.put(frame(6), Share::All), Ok(()));
        assert_eq!(outbox.put(frame(5), Share::All), Err(Dropped::Full));
        assert_eq!(outbox.put(frame(4), Share::All), Ok(()));
        assert_eq!(outbox.take(), Some(frame(6)));
        assert_eq!(outbox.put(frame(6), Share::All), Ok(()));
    }

    #[test]
    fn half_a_share_leaves_room_for_the_rest() {
        let outbox = Outbox::new(4, 100);
        outbox.open();
        let half: Vec<_> = (0..3).map(|_| outbox.put(frame(1), Share::Half)).collect();
        assert_eq!(half, [Ok(()), Ok(()), Err(Dropped::Full)]);
        assert_eq!(outbox.put(frame(1), Share::All), Ok(()));
    }

    #[test]
    fn nothing_waits_for_a_peer_that_left() {
        let outbox = Outbox::new(4, 100);
        outbox.open();
        assert_eq!(outbox.put(frame(1), Share::All), Ok(()));
        outbox.shut();
        outbox.open();
        assert_eq!(outbox.take(), None);
    }

    #[tokio::test]
    async fn a_node_that_stops_says_what_waits_and_no_more() {
        let outbox = Outbox::new(4, 100);
        outbox.open();
        assert_eq!(outbox.put(frame(1), Share::All), Ok(()));
        outbox.finish();
        outbox.open();
        assert_eq!(outbox.put(frame(2), Share::All), Err(Dropped::Absent));
        assert_eq!([outbox.next().await, outbox.next().await], [Some(frame(1)), None]);
    }
}
