//! Who may connect, and what a connection is for: each side opens one stream on it, for what it has to say itself.
//!
//! Whether a peer is on the list is judged when Noise has proved its identity, before any stream is accepted. A chain is named
//! by the streams' protocol, so a node of another chain cannot open one. A second stream is dropped.
//!
//! It is a behaviour of its own because `libp2p-stream` (an alpha) opens a stream on any connection to the peer and drops one
//! that arrives while another waits; here each stream belongs to a connection. The tests' hostile peers use that crate.

use super::{Limits, Multiaddr, PeerId, RefusedPeer, StartError, visible};
use futures::StreamExt;
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::core::{Endpoint, transport::PortUse, upgrade::ReadyUpgrade};
use libp2p::identity::Keypair;
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour, Stream,
    StreamUpgradeError, SubstreamProtocol, SwarmEvent, THandlerInEvent, ToSwarm,
};
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How many strangers may be in a handshake at once; each costs a curve multiplication and some kilobytes.
const MAX_HANDSHAKES: u32 = 64;
/// Connections to one peer that may exist for a moment: one that is dead, one that replaces it, one dialled from each side.
const MAX_PER_PEER: u32 = 4;
/// Two are needed. yamux lets the windows of a connection's streams grow into what this leaves of 1 GiB at 256 KiB each: with
/// 4,032 streams that is 16 MiB, with its own default 896 MiB, which a peer could make this node hold.
const MAX_STREAMS: usize = 4_032;
/// How many streams a peer may be opening at once.
const MAX_OPENING: usize = 4;

/// What the swarm is made of.
#[derive(NetworkBehaviour)]
#[behaviour(to_swarm = "MeshEvent", prelude = "libp2p::swarm::derive_prelude")]
pub(super) struct Rim {
    crowd: connection_limits::Behaviour,
    pub(super) mesh: Mesh,
}

/// The list, and what connections tell.
pub(super) struct Mesh {
    protocol: StreamProtocol,
    handshake: Duration,
    /// Who may connect, and from when on.
    known: BTreeMap<PeerId, Option<Instant>>,
    events: VecDeque<MeshEvent>,
}

/// What became of a connection's streams.
#[derive(Debug)]
pub(super) struct MeshEvent {
    pub(super) peer: PeerId,
    pub(super) connection: ConnectionId,
    pub(super) streams: Streams,
}

/// The streams of a connection.
#[derive(Debug)]
pub(super) enum Streams {
    /// Both are there.
    Open(Box<Pair>),
    /// The peer does not know the protocol of this chain.
    OtherChain,
    /// The connection broke, or the peer does not answer.
    Failed,
}

/// Both streams of a connection.
#[derive(Debug)]
pub(super) struct Pair {
    /// For what this node says.
    pub(super) own: Stream,
    /// For what the peer says.
    pub(super) peers: Stream,
}

/// Why an identity may not connect.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Denied(pub(super) RefusedPeer);

/// A swarm that admits these peers. A panic in one of its tasks ends the process.
pub(super) fn swarm(
    identity: Keypair,
    protocol: StreamProtocol,
    peers: impl Iterator<Item = PeerId>,
    limits: &Limits,
) -> Swarm<Rim> {
    let crowd = ConnectionLimits::default()
        .with_max_pending_incoming(Some(MAX_HANDSHAKES))
        .with_max_established_per_peer(Some(MAX_PER_PEER));
    let known = peers.map(|peer| (peer, None)).collect();
    let mesh = Mesh { protocol, handshake: limits.handshake, known, events: VecDeque::new() };
    let rim = Rim { crowd: connection_limits::Behaviour::new(crowd), mesh };
    let mux = || {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(MAX_STREAMS);
        config
    };
    SwarmBuilder::with_existing_identity(identity)
        .with_tokio()
        .with_tcp(tcp::Config::new().nodelay(true), noise::Config::new, mux)
        .expect("an Ed25519 key signs a Noise key")
        .with_behaviour(|_| rim)
        .unwrap_or_else(|never: Infallible| match never {})
        .with_swarm_config(|_| {
            libp2p::swarm::Config::with_executor(|task| drop(tokio::spawn(visible::panics(task))))
                .with_max_negotiating_inbound_streams(MAX_OPENING)
        })
        .with_connection_timeout(limits.handshake)
        .build()
}

/// Listens, and tells the address with its real port.
pub(super) async fn listen(swarm: &mut Swarm<Rim>, address: Multiaddr) -> Result<Multiaddr, StartError> {
    swarm.listen_on(address.clone()).map_err(|fault| StartError::Listen(address.clone(), fault.to_string()))?;
    loop {
        let event = swarm.select_next_some().await;
        if let SwarmEvent::NewListenAddr { address, .. } = event {
            return Ok(address);
        }
        if let SwarmEvent::ListenerClosed { reason, .. } = event {
            return Err(StartError::Listen(address, format!("{reason:?}")));
        }
    }
}

impl Mesh {
    /// From now on a peer may connect.
    pub(super) fn allow(&mut self, peer: PeerId) {
        self.known.entry(peer).or_default();
    }

    /// From now on a peer is a stranger.
    pub(super) fn forbid(&mut self, peer: &PeerId) {
        self.known.remove(peer);
    }

    /// Refuses a peer's connections until then.
    pub(super) fn bar(&mut self, peer: PeerId, until: Instant) {
        if let Some(since) = self.known.get_mut(&peer) {
            *since = Some(until);
        }
    }

    fn barred_until(&self, peer: &PeerId) -> Result<Option<Instant>, ConnectionDenied> {
        self.known.get(peer).copied().ok_or_else(|| ConnectionDenied::new(Denied(RefusedPeer::Stranger)))
    }
}

impl NetworkBehaviour for Mesh {
    type ConnectionHandler = OneEach;
    type ToSwarm = MeshEvent;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<OneEach, ConnectionDenied> {
        match self.barred_until(&peer)? {
            Some(until) if until > Instant::now() => Err(ConnectionDenied::new(Denied(RefusedPeer::Barred))),
            _ => Ok(OneEach::new(self.protocol.clone(), self.handshake)),
        }
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<OneEach, ConnectionDenied> {
        // When to dial a peer that was refused is the switch's own decision.
        self.barred_until(&peer).map(|_| OneEach::new(self.protocol.clone(), self.handshake))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, streams: Streams) {
        self.events.push_back(MeshEvent { peer, connection, streams });
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<MeshEvent, THandlerInEvent<Self>>> {
        // The swarm polls again after each event of a connection, so nobody need be woken.
        self.events.pop_front().map_or(Poll::Pending, |event| Poll::Ready(ToSwarm::GenerateEvent(event)))
    }
}

impl From<Infallible> for MeshEvent {
    fn from(never: Infallible) -> MeshEvent {
        match never {}
    }
}

/// One connection: opens a stream, awaits the peer's, and hands over both.
pub(super) struct OneEach {
    protocol: StreamProtocol,
    handshake: Duration,
    asked: bool,
    own: Option<Stream>,
    peers: Option<Stream>,
    outcome: Option<Streams>,
    done: bool,
}

impl OneEach {
    fn new(protocol: StreamProtocol, handshake: Duration) -> OneEach {
        OneEach { protocol, handshake, asked: false, own: None, peers: None, outcome: None, done: false }
    }

    fn upgrade(&self) -> SubstreamProtocol<ReadyUpgrade<StreamProtocol>> {
        SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), ()).with_timeout(self.handshake)
    }

    fn conclude(&mut self, outcome: Streams) {
        self.done = true;
        self.outcome = Some(outcome);
    }
}

impl ConnectionHandler for OneEach {
    type FromBehaviour = Infallible;
    type ToBehaviour = Streams;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        self.upgrade()
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), Streams>> {
        if let Some(outcome) = self.outcome.take() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(outcome));
        }
        if !self.asked {
            self.asked = true;
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol: self.upgrade() });
        }
        // The connection polls again after each event, so nobody need be woken.
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, never: Infallible) {
        match never {}
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is not exhaustive; the other events tell nothing here"
    )]
    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>) {
        if self.done {
            return;
        }
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: stream, .. }) => {
                self.peers.get_or_insert(stream);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, .. }) => {
                self.own = Some(stream);
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, .. }) => self.conclude(match error {
                StreamUpgradeError::NegotiationFailed => Streams::OtherChain,
                StreamUpgradeError::Timeout | StreamUpgradeError::Io(_) => Streams::Failed,
                StreamUpgradeError::Apply(never) => match never {},
            }),
            _ => {}
        }
        (self.own, self.peers) = match (self.own.take(), self.peers.take()) {
            (Some(own), Some(peers)) => {
                self.conclude(Streams::Open(Box::new(Pair { own, peers })));
                (None, None)
            }
            one => one,
        };
    }
}
