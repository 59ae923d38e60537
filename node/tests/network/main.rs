//! Peers over real sockets: what is promised to an honest one, and what becomes of the others.
#![cfg(feature = "daemon")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "tests fail by panicking, and a measurement is printed"
)]

mod client;
mod daemon;
mod honest;
mod hostile;

use bulla_node::frame::{self, Frame};
use bulla_node::network::{
    KnownPeer, Limits, Multiaddr, Network, NetworkConfig, NetworkEvent, RefusedPeer, peer_id_of,
};
use bulla_node::wire::PeerMessage;
use bulla_verify::chain::{ChainId, EnvelopeHash, HeaderHash, Height};
use bulla_verify::hash::Hash;
use bulla_verify::keys::PublicKey;
use libp2p::StreamProtocol;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

const CHAIN: ChainId = ChainId(Hash([0xab; 32]));
const PATIENCE: Duration = Duration::from_secs(30);
/// Fewer places than messages in most tests, so that what is said has to wait.
const PLACES: usize = 8;

/// The network of a node, and what it tells. Node `n` has the key and the identity of seed `n`.
struct Node {
    network: Network,
    events: mpsc::Receiver<NetworkEvent>,
}

impl Node {
    async fn start(own: u8, peers: &[(u8, Option<&Multiaddr>)]) -> Node {
        Node::start_with(own, peers, |_| {}).await
    }

    async fn start_with(own: u8, peers: &[(u8, Option<&Multiaddr>)], change: impl FnOnce(&mut NetworkConfig)) -> Node {
        let mut config = NetworkConfig {
            identity: [own; 32],
            listen: fresh(0),
            peers: peers.iter().map(|(peer, address)| known(*peer, *address)).collect(),
            chain: CHAIN,
            limits: Limits::default(),
        };
        change(&mut config);
        let (tell, events) = mpsc::channel(PLACES);
        Node { network: Network::start(config, tell).await.unwrap(), events }
    }

    /// Two nodes that have joined each other: the second one dialled.
    async fn pair(a: u8, b: u8) -> (Node, Node) {
        let mut first = Node::start(a, &[(b, None)]).await;
        let mut second = Node::start(b, &[(a, Some(first.address()))]).await;
        first.joined(b).await;
        second.joined(a).await;
        (first, second)
    }

    fn address(&self) -> &Multiaddr {
        self.network.listening()
    }

    fn say(&self, to: u8, message: &PeerMessage) {
        self.network.send(&key(to), message);
    }

    async fn event(&mut self) -> NetworkEvent {
        within("an event", self.events.recv()).await.expect("the network runs")
    }

    async fn joined(&mut self, peer: u8) {
        while !matches!(self.event().await, NetworkEvent::Joined(who) if who == key(peer)) {}
    }

    async fn left(&mut self, peer: u8) {
        while !matches!(self.event().await, NetworkEvent::Left(who) if who == key(peer)) {}
    }

    async fn heard(&mut self) -> PeerMessage {
        loop {
            if let NetworkEvent::Heard(_, message) = self.event().await {
                return message;
            }
        }
    }

    /// The next refusal, before which nobody may have joined.
    async fn refused(&mut self) -> (String, RefusedPeer) {
        loop {
            match self.event().await {
                NetworkEvent::Refused { who, reason } => return (who, reason),
                NetworkEvent::Joined(who) => panic!("{who} joined"),
                _ => {}
            }
        }
    }
}

/// A listening address that no other test, and no other process, has: each node of each process its own of the 2^24 loopback
/// addresses, so that a port that was given back is there to be taken again.
fn fresh(port: u16) -> Multiaddr {
    static NODES: AtomicU8 = AtomicU8::new(1);
    let [high, low, ..] = std::process::id().to_le_bytes();
    format!("/ip4/127.{}.{high}.{low}/tcp/{port}", NODES.fetch_add(1, Ordering::Relaxed)).parse().unwrap()
}

fn known(peer: u8, address: Option<&Multiaddr>) -> KnownPeer {
    KnownPeer { key: key(peer), peer_id: peer_id_of(&[peer; 32]), address: address.cloned() }
}

fn key(peer: u8) -> PublicKey {
    PublicKey::ed25519([peer; 32])
}

fn protocol(chain: ChainId) -> StreamProtocol {
    StreamProtocol::try_from_owned(format!("/bulla/{}/1", &chain.to_string()[..16])).unwrap()
}

fn numbered(number: u64) -> PeerMessage {
    PeerMessage::Tip(Height(number))
}

/// A message of about so many bytes.
fn long(bytes: usize) -> PeerMessage {
    let missing = vec![EnvelopeHash(Hash([7; 32])); bytes / 32];
    PeerMessage::WantBlock { value: HeaderHash(Hash([1; 32])), names: true, missing }
}

fn framed(message: &PeerMessage) -> Vec<u8> {
    frame::encode(Frame::Message(&message.encode())).unwrap()
}

async fn within<T>(what: &str, task: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, task).await.unwrap_or_else(|_| panic!("{what}: waited in vain"))
}
