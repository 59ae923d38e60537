//! The same sins before four real `bullad`: each is turned away and counted under its name, and all four live on and agree.

use super::*;
use bulla_keystore::{open_file, read_passphrase};
use bulla_proto::answer::{NodeStatus, Stage};
use bulla_proto::{Client as Ledger, Timeouts};
use bulla_testnet_local::{LocalNetwork, NodeAddresses, Plan, Ports, department, national_body};
use bulla_verify::genesis::Genesis;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::Act;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Mode};
use client::Client;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BULLAD: &str = env!("CARGO_BIN_EXE_bullad");
/// Away from the ports of other tests' networks.
const PORTS_UP: u16 = 240;
/// The validator that is stopped, and whose key speaks in its place.
const STOPPED: u16 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn real_nodes_turn_away_strangers_and_bad_frames_and_live_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut plan = Plan::new(directory.path().join("net"), 4);
    plan.ports = Ports::default().shifted(PORTS_UP).unwrap();
    let town = Town { network: plan.lay_out(Path::new(BULLAD)).unwrap() };
    town.network.up(Path::new(BULLAD)).unwrap();
    town.agreed().await;

    let mut stranger = town.dial([66; 32], 0).await;
    assert!(stranger.open().await.is_err());
    within("the stranger's connection to be closed", &mut stranger.closed).await.unwrap();
    town.counted(0, RefusedPeer::Stranger).await;

    town.network.kill(STOPPED).unwrap();
    let key = town.network_key(STOPPED);
    let malformed = vec![0; 64];
    let too_long = u32::MAX.to_le_bytes().to_vec();
    let no_message = frame::encode(Frame::Message(&[0xff; 40])).unwrap();
    let sins = [
        (0, malformed, RefusedPeer::Malformed),
        (1, too_long, RefusedPeer::Oversized),
        (2, no_message, RefusedPeer::Undecodable),
    ];
    for (node, bytes, reason) in sins {
        let mut client = town.dial(key, node).await;
        let mut streams = client.streams().await;
        streams.write(&framed(&numbered(0))).await;
        assert_eq!(town.count(node, reason).await, 0, "what it said first was heard");
        streams.write(&bytes).await;
        within("the connection to be closed", client.closed).await.unwrap();
        town.counted(node, reason).await;
    }

    town.act().await;
    town.network.start(STOPPED, Path::new(BULLAD)).unwrap();
    town.agreed().await;
    assert!(town.network.status().unwrap().iter().all(|node| node.pid.is_some()), "a process has ended");
}

/// Four real validators; they end with this value.
struct Town {
    network: LocalNetwork,
}

impl Drop for Town {
    fn drop(&mut self) {
        // The test's own verdict stands; what still runs is only to be ended.
        let _ = self.network.down(PATIENCE);
    }
}

impl Town {
    fn at(&self, node: u16) -> NodeAddresses {
        self.network.nodes().find(|addresses| addresses.node == node).unwrap()
    }

    fn genesis(&self) -> Genesis {
        serde_json::from_slice(&std::fs::read(self.network.genesis()).unwrap()).unwrap()
    }

    /// The seed of a validator's network identity.
    fn network_key(&self, node: u16) -> [u8; 32] {
        let home = self.network.node_directory(node);
        let passphrase = read_passphrase(&home.join("passphrase")).unwrap();
        *open_file(&home.join("network.key"), &passphrase).unwrap().seed()
    }

    /// A connection to a node's port for peers, under an identity.
    async fn dial(&self, identity: [u8; 32], node: u16) -> Client {
        let peers = self.at(node).peers;
        let address = format!("/ip4/{}/tcp/{}", peers.ip(), peers.port()).parse().unwrap();
        let target = peer_id_of(&self.network_key(node));
        Client::connect_as(identity, target, &address, self.genesis().chain()).await
    }

    async fn status(&self, node: u16) -> Option<NodeStatus> {
        let ledger = Ledger::connect(&self.at(node).grpc.to_string(), Timeouts::default()).await.ok()?;
        ledger.status().await.ok()
    }

    /// All four answer, see each other, and have one tip.
    async fn agreed(&self) {
        let agreed = async {
            loop {
                let mut tips = Vec::new();
                for node in 0..4 {
                    let status = self.status(node).await;
                    let status = status.filter(|status| status.peers.iter().all(|peer| peer.connected));
                    tips.extend(status.map(|status| (status.height, status.state_root)));
                }
                if tips.len() == 4 && tips.iter().all(|tip| *tip == tips[0]) {
                    return;
                }
            }
        };
        within("all four to agree", agreed).await;
    }

    /// An act of the national body becomes final.
    async fn act(&self) {
        let passphrase = read_passphrase(&self.network.operator_passphrase()).unwrap();
        let registrar = open_file(&self.network.operator_key(Role::Registrar), &passphrase).unwrap();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let expires_at = Millis(since.as_millis().try_into().unwrap()).plus(300_000);
        let body = department(0);
        let act = Act::Register {
            uscc: body.uscc,
            name: body.name,
            level: Level::National,
            region: RegionCode::NATIONAL,
            parent: national_body().uscc,
        };
        let (chain, operations) = (self.genesis().chain(), vec![Operation::Organisation(act)]);
        let mode = Mode::AllOrNothing;
        let body = Body { chain, nonce: [1; 16], expires_at, signers: Vec::new(), mode, operations };
        let ledger = Ledger::connect(&self.at(0).grpc.to_string(), Timeouts::default()).await.unwrap();
        let submitted = ledger.submit(&body.sign(&[&registrar]), PATIENCE).await.unwrap();
        let Stage::Final(last) = submitted.stage else { panic!("not final: {submitted:?}") };
        assert_eq!(last.outcomes, [Outcome::Applied]);
    }

    /// Waits until a node has counted a refusal, and no second one.
    async fn counted(&self, node: u16, reason: RefusedPeer) {
        within("the refusal to be counted", async { while self.count(node, reason).await == 0 {} }).await;
        assert_eq!(self.count(node, reason).await, 1, "{reason}");
    }

    /// How often a node says that it has turned somebody away for a reason.
    async fn count(&self, node: u16, reason: RefusedPeer) -> u64 {
        let mut stream = TcpStream::connect(self.at(node).metrics).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: bulla\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let counter = format!("bulla_refused_frames_total{{reason=\"{}\"}} ", reason.name());
        let line = text.lines().find_map(|line| line.strip_prefix(&counter)).expect("every reason has a counter");
        line.parse().unwrap()
    }
}
