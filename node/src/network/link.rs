//! One peer's conversation: joined, what it says in order, left, and again with the next connection.
//!
//! A link reads no further while the engine has no place for what it has read, so a slow engine slows the peer, and a peer's
//! flood is held back by its own connection. Speaking goes on meanwhile.

use super::counters::Counters;
use super::mesh::Pair;
use super::outbox::Outbox;
use super::{Limits, NetworkEvent, PeerId, RefusedPeer};
use crate::engine::Peer;
use crate::frame::{self, Frame, FrameError, PREFIX_BYTES};
use crate::wire::PeerMessage;
use futures::io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use libp2p::Stream;
use libp2p::swarm::ConnectionId;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How much is read or written at once: a yamux frame's worth of votes.
const BUFFER_BYTES: usize = 16 << 10;
/// How much of a read buffer is kept for the next frame: above what votes and transactions need, far below the longest frame.
const KEPT_BYTES: usize = 512 << 10;
/// How long the peer's last words are waited for once it no longer listens.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// A peer with nothing to say shows that it is there so many times within the silence that others bear.
const SIGNS_PER_SILENCE: u32 = 4;

/// One connection to talk over.
pub(super) struct Session {
    pub(super) connection: ConnectionId,
    pub(super) pair: Box<Pair>,
    /// Told when this node closes the connection for a newer one.
    pub(super) hung_up: oneshot::Receiver<()>,
}

/// A conversation is over.
pub(super) struct Ended {
    pub(super) peer: PeerId,
    pub(super) connection: ConnectionId,
    /// Whether the peer was at fault.
    pub(super) refused: bool,
}

/// What is needed to talk with one peer.
pub(super) struct Link {
    pub(super) key: Peer,
    pub(super) peer_id: PeerId,
    pub(super) outbox: Arc<Outbox>,
    pub(super) events: mpsc::Sender<NetworkEvent>,
    pub(super) counters: Arc<Counters>,
    pub(super) limits: Limits,
}

/// Why a conversation ended.
enum End {
    /// The connection is gone, or the peer hung up.
    Closed,
    /// This node stops, or its engine is gone.
    Stopped,
    /// The peer is at fault.
    Refused(RefusedPeer),
}

impl Link {
    /// Talks over one connection after the other, until there will be no more.
    pub(super) async fn run(self, mut sessions: mpsc::Receiver<Session>, ended: mpsc::Sender<Ended>) {
        while let Some(session) = sessions.recv().await {
            let connection = session.connection;
            self.outbox.open();
            Counters::add(&self.counters.joined, 1);
            let end = match self.events.send(NetworkEvent::Joined(self.key)).await {
                Ok(()) => self.converse(session).await,
                Err(_) => End::Stopped,
            };
            self.outbox.shut();
            let refused = matches!(end, End::Refused(_));
            // The switch takes this at any time; without it there is no connection to close either.
            let _ = ended.send(Ended { peer: self.peer_id, connection, refused }).await;
            if let End::Refused(reason) = end {
                self.counters.refuse(reason);
                let _ = self.events.send(NetworkEvent::Refused { who: self.key.to_string(), reason }).await;
            }
            // Who does not listen any more need not be told.
            let _ = self.events.send(NetworkEvent::Left(self.key)).await;
        }
    }

    async fn converse(&self, Session { pair, mut hung_up, .. }: Session) -> End {
        let Pair { own, peers } = *pair;
        let mut speaking = pin!(self.speak(own));
        let mut listening = pin!(self.listen(peers));
        let spoken = tokio::select! {
            end = &mut listening => return end,
            Ok(()) = &mut hung_up => return End::Closed,
            end = &mut speaking => end,
        };
        match spoken {
            End::Closed => timeout(LAST_WORDS, listening).await.unwrap_or(End::Closed),
            End::Stopped | End::Refused(_) => spoken,
        }
    }

    async fn speak(&self, own: Stream) -> End {
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, own);
        let alive: Arc<[u8]> = frame::encode(Frame::Alive).expect("the shortest frame is short enough").into();
        loop {
            let frame = match self.outbox.take() {
                Some(frame) => frame,
                None => {
                    match timeout(self.limits.frame, out.flush()).await {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) => return End::Closed,
                        Err(_) => return End::Refused(RefusedPeer::Stalled),
                    }
                    match timeout(self.limits.silence / SIGNS_PER_SILENCE, self.outbox.next()).await {
                        Ok(Some(frame)) => frame,
                        Ok(None) => {
                            // A peer that does not hear the goodbye notices the end of the connection.
                            let _ = timeout(LAST_WORDS, out.close()).await;
                            return End::Stopped;
                        }
                        Err(_) => Arc::clone(&alive),
                    }
                }
            };
            match timeout(self.limits.frame, out.write_all(&frame)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return End::Closed,
                Err(_) => return End::Refused(RefusedPeer::Stalled),
            }
            Counters::add(&self.counters.frames_out, 1);
            Counters::add(&self.counters.bytes_out, frame.len());
        }
    }

    async fn listen(&self, peers: Stream) -> End {
        let mut from = BufReader::with_capacity(BUFFER_BYTES, peers);
        let mut rest = Vec::new();
        loop {
            let message = match self.hear(&mut from, &mut rest).await {
                Ok(Some(message)) => message,
                Ok(None) => continue,
                Err(end) => return end,
            };
            if self.events.send(NetworkEvent::Heard(self.key, message)).await.is_err() {
                return End::Stopped;
            }
        }
    }

    /// The next frame's message, if it carries one.
    async fn hear(&self, from: &mut BufReader<Stream>, rest: &mut Vec<u8>) -> Result<Option<PeerMessage>, End> {
        let mut prefix = [0; PREFIX_BYTES];
        match timeout(self.limits.silence, from.read_exact(&mut prefix)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(End::Closed),
            Err(_) => return Err(End::Refused(RefusedPeer::Silent)),
        }
        let length = frame::rest_of(prefix).map_err(refused)?;
        rest.clear();
        rest.shrink_to(KEPT_BYTES);
        match timeout(self.limits.frame, read_rest(from, rest, length)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(End::Closed),
            Err(_) => return Err(End::Refused(RefusedPeer::Silent)),
        }
        Counters::add(&self.counters.frames_in, 1);
        Counters::add(&self.counters.bytes_in, PREFIX_BYTES.saturating_add(length));
        match frame::decode(rest).map_err(refused)? {
            Frame::Alive => Ok(None),
            Frame::Message(bytes) => match PeerMessage::decode(bytes) {
                Ok(message) => Ok(Some(message)),
                Err(_) => Err(End::Refused(RefusedPeer::Undecodable)),
            },
        }
    }
}

/// Reads so many bytes. Memory is taken as bytes arrive, not as they are announced.
async fn read_rest(from: &mut BufReader<Stream>, rest: &mut Vec<u8>, length: usize) -> std::io::Result<()> {
    while rest.len() < length {
        let read = rest.len();
        rest.resize(length.min(read.saturating_add(BUFFER_BYTES)), 0);
        from.read_exact(rest.get_mut(read..).unwrap_or_default()).await?;
    }
    Ok(())
}

fn refused(error: FrameError) -> End {
    End::Refused(match error {
        FrameError::TooLong { .. } => RefusedPeer::Oversized,
        FrameError::Version(_) => RefusedPeer::Version,
        FrameError::TooShort { .. } | FrameError::Record | FrameError::Kind(_) => RefusedPeer::Malformed,
    })
}
