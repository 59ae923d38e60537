//! The connections to one's peers: a full mesh over libp2p (TCP, Noise, yamux), each peer known beforehand by its identity.
//!
//! It promises that what one peer says arrives in order, at most once, from who it is said to be from, and is canonical; that a
//! peer that is slow, silent or hostile costs the others nothing; and that every byte that waits is counted against a bound.
//! A message may be lost: with a connection, with a full queue, or while the peer is away. The engine asks again.
//! It refuses whoever is not on its list, before any stream is accepted, and hangs up on a peer whose frame it cannot read.
//! It never looks up a name, learns an address from a peer, or forwards what a peer said.
//!
//! | file | what it does |
//! |---|---|
//! | `mesh` | who may connect; one stream each way on each connection |
//! | `switch` | the task that owns the connections: which one to each peer lives, when to dial again |
//! | `link` | one peer's conversation, from joined to left |
//! | `outbox` | what waits to be said to one peer |
//! | `redial` | how long to wait before the next attempt |
//! | `counters` | what metrics read |
//! | `visible` | a panic in any of these tasks ends the process |

pub mod counters;
mod link;
mod mesh;
mod outbox;
mod redial;
mod switch;
mod visible;

use crate::engine::Peer;
use crate::frame::{self, Frame};
use crate::wire::PeerMessage;
use bulla_verify::chain::ChainId;
use bulla_verify::keys::PublicKey;
use counters::Counters;
pub use libp2p::{Multiaddr, PeerId};
use libp2p::{StreamProtocol, identity::Keypair, multiaddr::Protocol};
use outbox::Outbox;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use switch::{Order, Switch};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

/// How many hexadecimal digits of the chain id the name of the protocol has: 64 bits, enough that two chains never meet.
const CHAIN_DIGITS: usize = 16;

/// What a network is started with.
pub struct NetworkConfig {
    /// The seed of this node's network identity (Ed25519): another key than the one that votes.
    pub identity: [u8; 32],
    /// Where to listen, as `/ip4/127.0.0.1/tcp/7500`.
    pub listen: Multiaddr,
    /// Everyone who may connect.
    pub peers: Vec<KnownPeer>,
    /// The chain; a node of another one cannot open a stream.
    pub chain: ChainId,
    /// Bounds and waits.
    pub limits: Limits,
}

/// A peer on the list.
#[derive(Clone, Debug)]
pub struct KnownPeer {
    /// The key by which it is known on the chain.
    pub key: Peer,
    /// Its network identity, as [`peer_id_of`] makes it.
    pub peer_id: PeerId,
    /// Where it listens, as `/ip4/192.0.2.7/tcp/7500`; with none it is not dialled, but may dial.
    pub address: Option<Multiaddr>,
}

/// Bounds on memory, and how long things are waited for.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many messages wait for one peer at most.
    pub queue_frames: usize,
    /// How many bytes wait for one peer at most. Sixteen megabytes are four of the longest frames, and 240 MiB for 15 peers.
    pub queue_bytes: usize,
    /// After how long without a frame a peer is given up. A peer with nothing to say sends a frame four times as often.
    pub silence: Duration,
    /// How long one frame may take on its way: four megabytes in thirty seconds are a megabit a second.
    pub frame: Duration,
    /// How long a connection may take to be set up, and then to be spoken on.
    pub handshake: Duration,
    /// How long to wait after the first failed attempt; each further one doubles it.
    pub redial_first: Duration,
    /// The longest wait between attempts: below the 10 s within which a network that lost all its nodes is to go on.
    pub redial_most: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            queue_frames: 8_192,
            queue_bytes: 16 << 20,
            silence: Duration::from_secs(10),
            frame: Duration::from_secs(30),
            handshake: Duration::from_secs(5),
            redial_first: Duration::from_millis(100),
            redial_most: Duration::from_secs(2),
        }
    }
}

/// What the network tells. For one peer: `Joined`, what it said in order, `Left`, and again.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "an event is moved once, through a channel of few places")]
pub enum NetworkEvent {
    /// A peer can be spoken to.
    Joined(Peer),
    /// A peer is gone; what waited for it is dropped.
    Left(Peer),
    /// A peer said something.
    Heard(Peer, PeerMessage),
    /// Somebody was turned away. If nobody listens fast enough the report is dropped; the counter is exact.
    Refused {
        /// A peer's key, or a stranger's identity and address.
        who: String,
        /// Why.
        reason: RefusedPeer,
    },
}

/// Why somebody is turned away, from the first contact to the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum RefusedPeer {
    /// As many connections as may be are being set up already. Usual cause: a flood from outside.
    #[error("too many connections are being set up")]
    Crowded,
    /// It does not speak Noise and yamux. Usual cause: a port scanner.
    #[error("the connection could not be set up")]
    Handshake,
    /// Its identity is not on the list. Usual cause: a new validator whom this node's configuration does not name yet.
    #[error("the peer is not on the list")]
    Stranger,
    /// At a peer's address another identity answered. Usual cause: a stale address, or two nodes' addresses swapped.
    #[error("another peer answers at this address")]
    Impostor,
    /// It was refused a moment ago and comes back too early.
    #[error("the peer was refused a moment ago")]
    Barred,
    /// It serves another chain. Usual cause: a node of the test network with an address of the real one.
    #[error("the peer serves another chain")]
    OtherChain,
    /// A frame announced more bytes than a frame may have.
    #[error("a frame is too long")]
    Oversized,
    /// A frame of another version.
    #[error("a frame has another version")]
    Version,
    /// A frame that is none.
    #[error("a frame is malformed")]
    Malformed,
    /// A frame whose content is no canonical message.
    #[error("a message is not canonical")]
    Undecodable,
    /// Nothing came for too long. Usual cause: the other machine lost power, or the line is cut.
    #[error("nothing was heard for too long")]
    Silent,
    /// It takes nothing. Usual cause: its engine hangs, or the line is too slow for what is to be said.
    #[error("the peer does not read")]
    Stalled,
}

impl RefusedPeer {
    /// All of them.
    pub const ALL: [RefusedPeer; 12] = [
        RefusedPeer::Crowded,
        RefusedPeer::Handshake,
        RefusedPeer::Stranger,
        RefusedPeer::Impostor,
        RefusedPeer::Barred,
        RefusedPeer::OtherChain,
        RefusedPeer::Oversized,
        RefusedPeer::Version,
        RefusedPeer::Malformed,
        RefusedPeer::Undecodable,
        RefusedPeer::Silent,
        RefusedPeer::Stalled,
    ];

    /// A name that stays: for metrics, logs and tests.
    pub const fn name(self) -> &'static str {
        match self {
            RefusedPeer::Crowded => "crowded",
            RefusedPeer::Handshake => "handshake",
            RefusedPeer::Stranger => "stranger",
            RefusedPeer::Impostor => "impostor",
            RefusedPeer::Barred => "barred",
            RefusedPeer::OtherChain => "other_chain",
            RefusedPeer::Oversized => "frame_oversized",
            RefusedPeer::Version => "frame_version",
            RefusedPeer::Malformed => "frame_malformed",
            RefusedPeer::Undecodable => "message_undecodable",
            RefusedPeer::Silent => "silent",
            RefusedPeer::Stalled => "stalled",
        }
    }
}

/// Why a network cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// An address that is none of a TCP port at an IP address. Usual cause: a name where a number belongs.
    #[error("{0} is no peer address; write it as /ip4/192.0.2.7/tcp/7500")]
    Address(Multiaddr),
    /// Two peers, or a peer and this node, with one key or one identity.
    #[error("peer {0} stands on the list twice, or is this node; remove one entry")]
    Twice(PeerId),
    /// The port cannot be listened on. Usual cause: another process has it.
    #[error("cannot listen on {0}: {1}; choose another port or stop who has it")]
    Listen(Multiaddr, String),
}

/// A node's network identity, from its seed. Its text (`12D3Koo…`) is what other nodes' configuration names.
pub fn peer_id_of(seed: &[u8; 32]) -> PeerId {
    keypair(*seed).public().to_peer_id()
}

/// The running network. Dropped, it stops at once; closed, it says first what waits.
pub struct Network {
    outboxes: BTreeMap<Peer, Arc<Outbox>>,
    peers: Peers,
    order: mpsc::UnboundedSender<Order>,
    counters: Arc<Counters>,
    listening: Multiaddr,
    stop: oneshot::Sender<()>,
    switch: JoinHandle<()>,
}

impl Network {
    /// Listens, and begins to dial.
    ///
    /// The places in `events` are shared by all peers, in turn: each has at most one message in line, so that a flood from one
    /// delays another's message by the places in the channel and no more. Few places (tens) serve best; each may hold a
    /// message of [`MAX_FRAME_BYTES`](crate::wire::MAX_FRAME_BYTES).
    pub async fn start(config: NetworkConfig, events: mpsc::Sender<NetworkEvent>) -> Result<Network, StartError> {
        check(&config)?;
        let NetworkConfig { identity, listen, peers, chain, limits } = config;
        let own = peer_id_of(&identity);
        let counters = Arc::new(Counters::default());
        let (ended, endings) = mpsc::channel(peers.len().max(1));
        let (order, orders) = mpsc::unbounded_channel();
        let mut swarm = mesh::swarm(keypair(identity), protocol(chain), peers.iter().map(|peer| peer.peer_id), &limits);
        let listening = mesh::listen(&mut swarm, listen).await?;
        let (stop, stopped) = oneshot::channel();
        let (lines, links, counted) = (BTreeMap::new(), JoinSet::new(), Arc::clone(&counters));
        let bounds = limits.clone();
        let mut switch =
            Switch { own, swarm, lines, endings, ended, orders, events, counters: counted, limits, links, stopped };
        let mut network_peers = Peers { own, configured: BTreeMap::new(), admitted: BTreeMap::new(), limits: bounds };
        let mut outboxes = BTreeMap::new();
        for peer in peers {
            let outbox = network_peers.outbox();
            network_peers.configured.insert(peer.key, peer.peer_id);
            outboxes.insert(peer.key, Arc::clone(&outbox));
            switch.admit(peer, outbox);
        }
        let switch = tokio::spawn(visible::panics(switch.run()));
        Ok(Network { outboxes, peers: network_peers, order, counters, listening, stop, switch })
    }

    /// Admits these peers beside the configured ones, and no others any more. They are not dialled: they dial.
    ///
    /// One that has the key or the identity of a configured peer, or this node's own, is passed over.
    pub fn admit(&mut self, peers: impl IntoIterator<Item = (Peer, PeerId)>) {
        let wanted: BTreeMap<Peer, PeerId> =
            peers.into_iter().filter(|(key, peer_id)| self.peers.is_new(key, peer_id)).collect();
        let gone: Vec<_> = self
            .peers
            .admitted
            .iter()
            .filter(|(key, peer_id)| wanted.get(key) != Some(*peer_id))
            .map(|(k, p)| (*k, *p))
            .collect();
        for (key, peer_id) in gone {
            self.peers.admitted.remove(&key);
            self.outboxes.remove(&key);
            // A switch that is gone has no peers.
            let _ = self.order.send(Order::Dismiss(peer_id));
        }
        for (key, peer_id) in wanted {
            if self.peers.admitted.insert(key, peer_id).is_none() {
                let outbox = self.peers.outbox();
                self.outboxes.insert(key, Arc::clone(&outbox));
                let _ = self.order.send(Order::Admit(KnownPeer { key, peer_id, address: None }, outbox));
            }
        }
    }

    /// Says something to one peer: now, if it is there and its queue has room, or not at all.
    pub fn send(&self, peer: &Peer, message: &PeerMessage) {
        if let Some(outbox) = self.outboxes.get(peer) {
            self.put(&[outbox], message);
        }
    }

    /// Says something to all peers; it is encoded once.
    pub fn send_all(&self, message: &PeerMessage) {
        self.put(&self.outboxes.values().collect::<Vec<_>>(), message);
    }

    /// What metrics read.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Where it listens; the port is the real one, even where the configuration said 0.
    pub fn listening(&self) -> &Multiaddr {
        &self.listening
    }

    /// Says what waits, within a second, and hangs up.
    pub async fn close(self) {
        // A switch that is gone already has nothing left to stop.
        let _ = self.stop.send(());
        if let Err(fault) = self.switch.await {
            tracing::error!(%fault, "the network did not stop in order");
        }
    }

    /// Closes as one who no longer listens: what still comes is thrown away. A queue that nobody empties holds up the goodbye
    /// until it is cut off; one that is dropped cuts it short, for a conversation ends where nobody hears it.
    pub async fn hang_up(self, mut events: mpsc::Receiver<NetworkEvent>) {
        let unheard = async { while events.recv().await.is_some() {} };
        tokio::join!(self.close(), unheard);
    }

    fn put(&self, outboxes: &[&Arc<Outbox>], message: &PeerMessage) {
        let there: Vec<_> = outboxes.iter().filter(|outbox| outbox.is_open()).collect();
        Counters::add(&self.counters.dropped_absent, outboxes.len().saturating_sub(there.len()));
        if there.is_empty() {
            return;
        }
        let frame: Arc<[u8]> = match frame::encode(Frame::Message(&message.encode())) {
            Ok(bytes) => bytes.into(),
            Err(refused) => {
                tracing::error!(%refused, "a message of this node is longer than peers accept; it is not sent");
                Counters::add(&self.counters.dropped_oversized, there.len());
                return;
            }
        };
        // A flood of transactions must not crowd out the votes that would settle them.
        let share =
            if matches!(message, PeerMessage::Transaction(_)) { outbox::Share::Half } else { outbox::Share::All };
        for outbox in there {
            match outbox.put(Arc::clone(&frame), share) {
                Ok(()) => {}
                Err(outbox::Dropped::Absent) => Counters::add(&self.counters.dropped_absent, 1),
                Err(outbox::Dropped::Full) => Counters::add(&self.counters.dropped_full, 1),
            }
        }
    }
}

/// Who is on the list.
struct Peers {
    own: PeerId,
    configured: BTreeMap<Peer, PeerId>,
    admitted: BTreeMap<Peer, PeerId>,
    limits: Limits,
}

impl Peers {
    fn is_new(&self, key: &Peer, peer_id: &PeerId) -> bool {
        let known = self.configured.contains_key(key) || self.configured.values().any(|known| known == peer_id);
        !known && *peer_id != self.own
    }

    fn outbox(&self) -> Arc<Outbox> {
        Arc::new(Outbox::new(self.limits.queue_frames, self.limits.queue_bytes))
    }
}

/// The network identity of a key that the chain names; none if it is no key.
pub fn peer_id_of_key(key: &PublicKey) -> Option<PeerId> {
    let key = libp2p::identity::ed25519::PublicKey::try_from_bytes(&key.bytes).ok()?;
    Some(libp2p::identity::PublicKey::from(key).to_peer_id())
}

fn keypair(mut seed: [u8; 32]) -> Keypair {
    Keypair::ed25519_from_bytes(&mut seed).expect("any 32 bytes are an Ed25519 seed")
}

fn protocol(chain: ChainId) -> StreamProtocol {
    let digits: String = chain.to_string().chars().take(CHAIN_DIGITS).collect();
    StreamProtocol::try_from_owned(format!("/bulla/{digits}/1")).expect("it begins with a slash")
}

fn check(config: &NetworkConfig) -> Result<(), StartError> {
    let addresses = config.peers.iter().filter_map(|peer| peer.address.as_ref());
    for address in addresses.chain([&config.listen]) {
        let parts: Vec<_> = address.iter().collect();
        if !matches!(parts.as_slice(), [Protocol::Ip4(_) | Protocol::Ip6(_), Protocol::Tcp(_)]) {
            return Err(StartError::Address(address.clone()));
        }
    }
    let mut identities = vec![peer_id_of(&config.identity)];
    let mut keys = Vec::new();
    for peer in &config.peers {
        if identities.contains(&peer.peer_id) || keys.contains(&peer.key) {
            return Err(StartError::Twice(peer.peer_id));
        }
        identities.push(peer.peer_id);
        keys.push(peer.key);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
