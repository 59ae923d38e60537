//! The text that configures one node: `bullad.toml`, whose keys `bullad` documents.

use crate::addresses::NodeAddresses;
use crate::plan::{CONSENSUS_KEY, DATA, GENESIS, NETWORK_KEY, PASSPHRASE};
use bulla_verify::keys::PublicKey;
use std::fmt::Write;
use std::net::SocketAddr;

/// What the others must know of a node.
#[derive(Clone, Debug)]
pub(crate) struct Introduction {
    /// Where it listens.
    pub(crate) addresses: NodeAddresses,
    /// The key that signs its votes.
    pub(crate) validator: PublicKey,
    /// Its network identity.
    pub(crate) peer_id: String,
}

/// The configuration of a node among these, which may name it too.
pub(crate) fn text(own: &NodeAddresses, all: &[Introduction]) -> String {
    let NodeAddresses { node, grpc, peers, metrics } = own;
    let listen_peers = multiaddr(peers);
    let mut text = format!(
        r#"# Node {node} of a test network. Paths are relative to this file. `bullad` says what each key means.
data_dir = "{DATA}"
genesis = "{GENESIS}"
consensus_key = "{CONSENSUS_KEY}"
network_key = "{NETWORK_KEY}"
passphrase_file = "{PASSPHRASE}"
listen_grpc = "{grpc}"
listen_peers = "{listen_peers}"
listen_metrics = "{metrics}"

[log]
format = "text"
level = "info"
"#
    );
    for Introduction { addresses, validator, peer_id } in all.iter().filter(|peer| peer.addresses.node != *node) {
        let (number, address) = (addresses.node, multiaddr(&addresses.peers));
        write!(
            text,
            r#"
[[peers]]
name = "node-{number}"
validator = "{validator}"
peer_id = "{peer_id}"
address = "{address}"
"#
        )
        .expect("a string takes any text");
    }
    text
}

fn multiaddr(address: &SocketAddr) -> String {
    let version = if address.is_ipv4() { "ip4" } else { "ip6" };
    format!("/{version}/{}/tcp/{}", address.ip(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::Ports;
    use crate::identity::peer_id;
    use bulla_verify::keys::SigningKey;

    /// The same file is read by the tests of bullad's configuration, so that the two agree though neither knows the other.
    #[test]
    fn the_text_is_the_one_that_bullad_is_tested_with() {
        let introduced = |node: u16| {
            let key = |seed: u16| SigningKey::from_seed(&[u8::try_from(seed).unwrap(); 32]).public();
            let (validator, network) = (key(node), key(100 + node));
            Introduction { addresses: Ports::default().of(node), validator, peer_id: peer_id(&network) }
        };
        let all: Vec<_> = (0..3).map(introduced).collect();
        assert_eq!(text(&Ports::default().of(1), &all), include_str!("configuration/node-1-of-3.toml"));
    }
}
