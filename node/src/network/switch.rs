//! The task that owns the connections. To each peer one lives at a time; when there is none, the peer is dialled.
//!
//! Two peers may dial each other at one instant. Both then keep the connection that the smaller identity dialled, so both
//! keep the same one. A connection that has stood for a while gives way to any newer one: its peer would not connect again if
//! it still had it, which is how a node finds out that the other machine lost power.

use super::counters::Counters;
use super::link::{Ended, Link, Session};
use super::mesh::{Denied, MeshEvent, Rim, Streams};
use super::outbox::Outbox;
use super::{KnownPeer, Limits, Multiaddr, NetworkEvent, PeerId, RefusedPeer, redial, visible};
use crate::engine::Peer;
use futures::StreamExt;
use libp2p::Swarm;
use libp2p::connection_limits::Exceeded;
use libp2p::core::ConnectedPoint;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionDenied, ConnectionId, DialError, ListenError, SwarmEvent};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

/// How long a node that stops waits for its last words to be on their way.
pub(super) const WIND_UP: Duration = Duration::from_secs(1);
/// How long a switch with nothing to wait for sleeps.
const IDLE: Duration = Duration::from_secs(3_600);

/// All that the task owns.
pub(super) struct Switch {
    pub(super) own: PeerId,
    pub(super) swarm: Swarm<Rim>,
    pub(super) lines: BTreeMap<PeerId, Line>,
    pub(super) endings: mpsc::Receiver<Ended>,
    /// For the links that are still to be made.
    pub(super) ended: mpsc::Sender<Ended>,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) events: mpsc::Sender<NetworkEvent>,
    pub(super) counters: Arc<Counters>,
    pub(super) limits: Limits,
    pub(super) links: JoinSet<()>,
    pub(super) stopped: oneshot::Receiver<()>,
}

/// A change to the list of peers.
pub(super) enum Order {
    /// This one may connect.
    Admit(KnownPeer, Arc<Outbox>),
    /// This one may connect no more.
    Dismiss(PeerId),
}

/// What is known of one peer.
pub(super) struct Line {
    key: Peer,
    address: Option<Multiaddr>,
    outbox: Arc<Outbox>,
    sessions: mpsc::Sender<Session>,
    stagger: Duration,
    live: Option<Live>,
    dialling: bool,
    /// How often in a row no conversation that lasted came about.
    failures: u32,
    dial_at: Instant,
}

/// The connection that lives.
struct Live {
    connection: ConnectionId,
    dialler: PeerId,
    since: Instant,
    stage: Stage,
}

/// How far a connection has come.
enum Stage {
    /// Its streams are not both open yet.
    Opening,
    /// It is spoken on, until this tells the link to hang up: yamux does not wake who reads from a connection closed here.
    Talking(oneshot::Sender<()>),
    /// The peer serves another chain, and is given the time to find out the same.
    Useless,
}

impl Line {
    pub(super) fn new(
        key: Peer,
        address: Option<Multiaddr>,
        outbox: Arc<Outbox>,
        sessions: mpsc::Sender<Session>,
        stagger: Duration,
    ) -> Line {
        let dial_at = Instant::now() + stagger;
        Line { key, address, outbox, sessions, stagger, live: None, dialling: false, failures: 0, dial_at }
    }

    /// When something is to be done about this peer, if nothing else happens.
    fn due(&self, limits: &Limits) -> Option<Instant> {
        match &self.live {
            Some(live) => (!live.talks()).then_some(live.since + limits.handshake),
            None => (self.address.is_some() && !self.dialling).then_some(self.dial_at),
        }
    }

    fn failed(&mut self, limits: &Limits) {
        self.failures = self.failures.saturating_add(1);
        self.dial_later(limits);
    }

    fn dial_later(&mut self, limits: &Limits) {
        self.dial_at = Instant::now() + redial::wait(self.failures, limits) + self.stagger;
    }

    fn lives(&self, connection: ConnectionId) -> bool {
        self.live.as_ref().is_some_and(|live| live.connection == connection)
    }
}

impl Switch {
    /// Runs until it is told to stop, or the network is dropped.
    pub(super) async fn run(mut self) {
        loop {
            let due = self.lines.values().filter_map(|line| line.due(&self.limits)).min();
            let due = due.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm(event),
                Some(ended) = self.endings.recv() => self.on_ended(&ended),
                Some(order) = self.orders.recv() => match order {
                    Order::Admit(peer, outbox) => self.admit(peer, outbox),
                    Order::Dismiss(peer) => self.dismiss(peer),
                },
                () = sleep_until(due.into()) => self.on_time(),
                stop = &mut self.stopped => {
                    if stop.is_ok() {
                        // Who takes longer is cut off.
                        let _ = timeout(WIND_UP, self.wind_up()).await;
                    }
                    return;
                }
            }
        }
    }

    /// Puts a peer on the list.
    pub(super) fn admit(&mut self, KnownPeer { key, peer_id, address }: KnownPeer, outbox: Arc<Outbox>) {
        let (sessions, waiting) = mpsc::channel(1);
        let link = Link {
            key,
            peer_id,
            outbox: Arc::clone(&outbox),
            events: self.events.clone(),
            counters: Arc::clone(&self.counters),
            limits: self.limits.clone(),
        };
        self.links.spawn(visible::panics(link.run(waiting, self.ended.clone())));
        let place = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        let stagger = redial::stagger(self.own, peer_id, place, &self.limits);
        self.lines.insert(peer_id, Line::new(key, address, outbox, sessions, stagger));
        self.swarm.behaviour_mut().mesh.allow(peer_id);
    }

    /// Takes a peer off the list, and hangs up.
    fn dismiss(&mut self, peer: PeerId) {
        self.swarm.behaviour_mut().mesh.forbid(&peer);
        let Some(line) = self.lines.remove(&peer) else { return };
        if let Some(Stage::Talking(hang_up)) = line.live.map(|live| live.stage) {
            // A link that has hung up already need not be told.
            let _ = hang_up.send(());
        }
        // Whoever is gone by now need not be disconnected.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    fn on_time(&mut self) {
        let now = Instant::now();
        let late = |line: &Line| line.due(&self.limits).is_some_and(|due| due <= now);
        let due: Vec<PeerId> = self.lines.iter().filter(|(_, line)| late(line)).map(|(peer, _)| *peer).collect();
        for peer in due {
            match self.lines.get(&peer).and_then(|line| line.live.as_ref()) {
                None => self.dial(peer),
                Some(Live { stage: Stage::Useless, connection, .. }) => drop(self.swarm.close_connection(*connection)),
                Some(live) => self.refuse_silent(peer, live.connection),
            }
        }
    }

    fn dial(&mut self, peer: PeerId) {
        let Some(line) = self.lines.get_mut(&peer) else { return };
        let Some(address) = line.address.clone() else { return };
        Counters::add(&self.counters.dialled, 1);
        // A port of its own: two nodes that dial each other from the ports they listen on would become one connection with
        // two callers.
        let options = DialOpts::peer_id(peer)
            .addresses(vec![address])
            .condition(PeerCondition::Always)
            .allocate_new_port()
            .build();
        match self.swarm.dial(options) {
            Ok(()) => line.dialling = true,
            Err(_) => {
                Counters::add(&self.counters.dials_failed, 1);
                line.failed(&self.limits);
            }
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is not exhaustive; the other events need nothing done"
    )]
    fn on_swarm(&mut self, event: SwarmEvent<MeshEvent>) {
        match event {
            SwarmEvent::Behaviour(MeshEvent { peer, connection, streams }) => {
                self.on_streams(peer, connection, streams)
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_connected(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, .. } => self.on_closed(peer_id, connection_id),
            SwarmEvent::IncomingConnectionError { error, peer_id, send_back_addr, .. } => {
                let who =
                    peer_id.map_or_else(|| send_back_addr.to_string(), |peer| format!("{peer} at {send_back_addr}"));
                self.refuse(who, refused_at_the_door(&error));
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => self.on_dial_failed(peer, &error),
            SwarmEvent::ListenerClosed { reason, .. } => tracing::error!(?reason, "no longer listening for peers"),
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "accepting a connection failed"),
            _ => {}
        }
    }

    fn on_connected(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let Some(line) = self.lines.get_mut(&peer) else { return };
        let dialler = if endpoint.is_dialer() { self.own } else { peer };
        if dialler == self.own {
            line.dialling = false;
        }
        let newer = Live { connection, dialler, since: Instant::now(), stage: Stage::Opening };
        let loser = match line.live.take() {
            None => {
                line.live = Some(newer);
                return;
            }
            Some(old) if old.yields_to(dialler, self.own.min(peer), &self.limits) => {
                line.live = Some(newer);
                old
            }
            Some(old) => {
                line.live = Some(old);
                newer
            }
        };
        if let Stage::Talking(hang_up) = loser.stage {
            // A link that has hung up already need not be told.
            let _ = hang_up.send(());
        }
        self.swarm.close_connection(loser.connection);
    }

    fn on_streams(&mut self, peer: PeerId, connection: ConnectionId, streams: Streams) {
        let Some(line) = self.lines.get_mut(&peer) else { return };
        let Some(live) = line.live.as_mut().filter(|live| live.connection == connection) else { return };
        match streams {
            Streams::Open(pair) => {
                let (hang_up, hung_up) = oneshot::channel();
                live.stage = Stage::Talking(hang_up);
                // A conversation that waits already, behind one whose last words the engine has not taken, goes first.
                if line.sessions.try_send(Session { connection, pair, hung_up }).is_err() {
                    self.swarm.close_connection(connection);
                }
            }
            Streams::OtherChain => {
                live.stage = Stage::Useless;
                let who = line.key.to_string();
                self.refuse(who, RefusedPeer::OtherChain);
            }
            Streams::Failed => {
                self.swarm.close_connection(connection);
            }
        }
    }

    fn on_ended(&mut self, ended: &Ended) {
        if ended.refused {
            self.bar(ended.peer);
        }
        self.swarm.close_connection(ended.connection);
    }

    fn on_closed(&mut self, peer: PeerId, connection: ConnectionId) {
        let Some(line) = self.lines.get_mut(&peer).filter(|line| line.lives(connection)) else { return };
        let lasted =
            line.live.take().is_some_and(|live| live.talks() && live.since.elapsed() >= self.limits.redial_most);
        if lasted {
            line.failures = 0;
        }
        line.failed(&self.limits);
    }

    fn on_dial_failed(&mut self, peer: PeerId, error: &DialError) {
        Counters::add(&self.counters.dials_failed, 1);
        if let Some(line) = self.lines.get_mut(&peer) {
            line.dialling = false;
            line.failed(&self.limits);
        }
        if let DialError::WrongPeerId { obtained, address } = error {
            self.refuse(format!("{obtained} at {address}"), RefusedPeer::Impostor);
        }
    }

    fn refuse_silent(&mut self, peer: PeerId, connection: ConnectionId) {
        if let Some(line) = self.lines.get(&peer) {
            let who = line.key.to_string();
            self.refuse(who, RefusedPeer::Silent);
        }
        self.bar(peer);
        self.swarm.close_connection(connection);
    }

    /// Counts, and reports if there is room: a stranger must not be able to hold the engine up.
    fn refuse(&self, who: String, reason: RefusedPeer) {
        self.counters.refuse(reason);
        let _ = self.events.try_send(NetworkEvent::Refused { who, reason });
    }

    /// A peer at fault may come back when it would be dialled next.
    fn bar(&mut self, peer: PeerId) {
        if let Some(line) = self.lines.get(&peer) {
            let failures = line.failures.saturating_add(1);
            let until = Instant::now() + redial::wait(failures, &self.limits);
            self.swarm.behaviour_mut().mesh.bar(peer, until);
        }
    }

    async fn wind_up(&mut self) {
        for line in std::mem::take(&mut self.lines).into_values() {
            line.outbox.finish();
        }
        let mut talking = true;
        while talking || self.swarm.network_info().num_peers() > 0 {
            tokio::select! {
                _ = self.swarm.select_next_some() => {}
                Some(_) = self.endings.recv() => {}
                link = self.links.join_next(), if talking => talking = link.is_some(),
            }
            if !talking {
                let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
                for peer in peers {
                    // Whoever is gone by now need not be disconnected.
                    let _ = self.swarm.disconnect_peer_id(peer);
                }
            }
        }
    }
}

impl Live {
    fn talks(&self) -> bool {
        matches!(self.stage, Stage::Talking(_))
    }

    /// Whether it gives way to a newer connection, dialled by `dialler`; of two made at once the `preferred` one's stays.
    fn yields_to(&self, dialler: PeerId, preferred: PeerId, limits: &Limits) -> bool {
        self.dialler == dialler || dialler == preferred || self.since.elapsed() >= limits.handshake
    }
}

fn refused_at_the_door(error: &ListenError) -> RefusedPeer {
    let judge = |cause: &ConnectionDenied| match cause.downcast_ref::<Denied>() {
        Some(Denied(reason)) => *reason,
        None if cause.downcast_ref::<Exceeded>().is_some() => RefusedPeer::Crowded,
        None => RefusedPeer::Handshake,
    };
    match error {
        ListenError::Denied { cause } => judge(cause),
        ListenError::LocalPeerId { .. } => RefusedPeer::Impostor,
        ListenError::Aborted | ListenError::WrongPeerId { .. } | ListenError::Transport(_) => RefusedPeer::Handshake,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::peer_id_of;

    fn dialled_by(dialler: PeerId, age: Duration) -> Live {
        let since = Instant::now().checked_sub(age).unwrap();
        Live { connection: ConnectionId::new_unchecked(0), dialler, since, stage: Stage::Opening }
    }

    #[test]
    fn of_two_made_at_once_both_ends_keep_the_same() {
        let (smaller, greater) = (peer_id_of(&[1; 32]), peer_id_of(&[2; 32]));
        let smaller_of_both = smaller.min(greater);
        for (old, newer) in [(smaller, greater), (greater, smaller)] {
            let yields = dialled_by(old, Duration::ZERO).yields_to(newer, smaller_of_both, &Limits::default());
            assert_eq!(if yields { newer } else { old }, smaller_of_both);
        }
    }

    #[test]
    fn one_that_stood_for_a_while_or_was_dialled_again_yields() {
        let (a, b) = (peer_id_of(&[1; 32]), peer_id_of(&[2; 32]));
        let limits = Limits::default();
        for (old, newer) in [(a, b), (b, a), (a, a), (b, b)] {
            assert!(dialled_by(old, limits.handshake).yields_to(newer, a, &limits));
        }
        assert!(dialled_by(b, Duration::ZERO).yields_to(b, a, &limits), "who dials again has lost the first one");
    }
}
