//! A libp2p node that is none of ours: it opens raw streams and writes what it likes.

use crate::{protocol, within};
use bulla_node::network::{Multiaddr, PeerId, peer_id_of};
use bulla_verify::chain::ChainId;
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::swarm::SwarmEvent;
use libp2p::{Stream, SwarmBuilder, identity::Keypair, noise, tcp, yamux};
use libp2p_stream::{Control, IncomingStreams};
use tokio::sync::oneshot;

pub(crate) struct Client {
    chain: ChainId,
    target: PeerId,
    control: Control,
    incoming: IncomingStreams,
    /// Resolves when the connection is gone.
    pub(crate) closed: oneshot::Receiver<()>,
}

/// Both streams of a connection.
pub(crate) struct Streams {
    /// What the client says.
    pub(crate) own: Stream,
    /// What the node says.
    pub(crate) nodes: Stream,
}

impl Client {
    /// Connects: the handshake is over, whatever the node thinks of it.
    pub(crate) async fn connect(seed: u8, target: u8, address: &Multiaddr, chain: ChainId) -> Client {
        Client::connect_as([seed; 32], peer_id_of(&[target; 32]), address, chain).await
    }

    /// As [`Client::connect`], with any identity to any node.
    pub(crate) async fn connect_as(identity: [u8; 32], target: PeerId, address: &Multiaddr, chain: ChainId) -> Client {
        let mut swarm = SwarmBuilder::with_existing_identity(Keypair::ed25519_from_bytes(identity).unwrap())
            .with_tokio()
            .with_tcp(tcp::Config::new(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| libp2p_stream::Behaviour::new())
            .unwrap()
            .build();
        let mut control = swarm.behaviour().new_control();
        let incoming = control.accept(protocol(chain)).unwrap();
        swarm.dial(address.clone()).unwrap();
        within("a connection", async {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { .. } => break,
                    SwarmEvent::OutgoingConnectionError { error, .. } => panic!("{error}"),
                    _ => {}
                }
            }
        })
        .await;
        let (gone, closed) = oneshot::channel();
        tokio::spawn(async move {
            let mut gone = Some(gone);
            loop {
                if let SwarmEvent::ConnectionClosed { .. } = swarm.select_next_some().await {
                    gone.take().map(|gone| gone.send(()));
                }
            }
        });
        Client { chain, target, control, incoming, closed }
    }

    /// Opens its stream, if the node lets it.
    pub(crate) async fn open(&mut self) -> Result<Stream, libp2p_stream::OpenStreamError> {
        let opening = self.control.open_stream(self.target, protocol(self.chain));
        within("a stream, or its refusal", opening).await
    }

    /// Opens its stream and takes the node's.
    pub(crate) async fn streams(&mut self) -> Streams {
        let own = self.open().await.unwrap();
        let (_, nodes) = within("the node's stream", self.incoming.next()).await.unwrap();
        Streams { own, nodes }
    }
}

impl Streams {
    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        within("writing", async {
            // A node that has read enough may have hung up.
            let _ = self.own.write_all(bytes).await;
            let _ = self.own.flush().await;
        })
        .await;
    }

    /// Reads until the node hangs up.
    pub(crate) async fn read_to_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = within("the node to hang up", self.nodes.read_to_end(&mut bytes)).await;
        bytes
    }
}
