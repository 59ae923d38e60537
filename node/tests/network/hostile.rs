//! Strangers, and peers that break the rules.

use super::*;
use client::Client;
use libp2p::multiaddr::Protocol;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_stranger_is_turned_away_before_it_can_open_a_stream() {
    let mut node = Node::start(1, &[(2, None)]).await;
    let mut stranger = Client::connect(66, 1, node.address(), CHAIN).await;
    let (who, reason) = node.refused().await;
    assert_eq!(reason, RefusedPeer::Stranger);
    assert!(who.starts_with(&peer_id_of(&[66; 32]).to_string()), "{who}");
    assert!(stranger.open().await.is_err());
    within("the connection to be closed", &mut stranger.closed).await.unwrap();
    assert_eq!(node.network.counters().refused(RefusedPeer::Stranger), 1);
    assert_eq!(node.network.counters().joined.load(Ordering::Relaxed), 0);
}

/// Each by a peer on the list, on a stream of its own; meanwhile an honest peer talks on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_with_a_bad_frame_is_hung_up_on() {
    let good = framed(&numbered(1));
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = good.clone();
        bytes.splice(at..at + to.len(), to.iter().copied());
        bytes
    };
    let not_canonical = frame::encode(Frame::Message(&[0xff; 40])).unwrap();
    let trailing = frame::encode(Frame::Message(&[numbered(1).encode(), vec![0]].concat())).unwrap();
    let longest = u32::try_from(frame::MAX_REST_BYTES).unwrap();
    let cases = [
        (b"GET / HTTP/1.1\r\nHost: bulla\r\n\r\n".to_vec(), RefusedPeer::Oversized),
        (vec![0; 64], RefusedPeer::Malformed),
        ((longest + 1).to_le_bytes().to_vec(), RefusedPeer::Oversized),
        (u32::MAX.to_le_bytes().to_vec(), RefusedPeer::Oversized),
        (changed(4, &[2]), RefusedPeer::Version),
        (changed(5, &[7]), RefusedPeer::Malformed),
        (changed(6, &u64::MAX.to_le_bytes()), RefusedPeer::Malformed),
        (changed(6, &8u64.to_le_bytes()), RefusedPeer::Malformed),
        (not_canonical, RefusedPeer::Undecodable),
        (trailing, RefusedPeer::Undecodable),
    ];
    let names: Vec<u8> = (100..).take(cases.len()).collect();
    let list: Vec<_> = names.iter().map(|name| (*name, None)).chain([(2, None)]).collect();
    let mut node = Node::start(1, &list).await;
    let honest = Node::start(2, &[(1, Some(node.address()))]).await;
    node.joined(2).await;
    for (name, (bytes, reason)) in names.into_iter().zip(cases) {
        let mut client = Client::connect(name, 1, node.address(), CHAIN).await;
        let mut streams = client.streams().await;
        node.joined(name).await;
        streams.write(&framed(&numbered(5))).await;
        assert_eq!(node.heard().await, numbered(5), "it is heard until it errs");
        let before = node.network.counters().refused(reason);
        streams.write(&bytes).await;
        assert_eq!(node.refused().await, (key(name).to_string(), reason), "{bytes:?}");
        node.left(name).await;
        within("the connection to be closed", client.closed).await.unwrap();
        assert_eq!(node.network.counters().refused(reason), before + 1);
        honest.say(1, &numbered(u64::from(name)));
        assert_eq!(node.heard().await, numbered(u64::from(name)));
    }
}

#[tokio::test]
async fn the_longest_frame_is_read_and_memory_follows_what_arrives() {
    let mut node = Node::start(1, &[(2, None)]).await;
    let mut client = Client::connect(2, 1, node.address(), CHAIN).await;
    let mut streams = client.streams().await;
    node.joined(2).await;
    let filled = long(bulla_node::wire::MAX_FRAME_BYTES - 64);
    streams.write(&framed(&filled)).await;
    assert_eq!(node.heard().await, filled);
}

#[tokio::test]
async fn a_peer_of_another_chain_cannot_open_a_stream() {
    let mut here = Node::start(1, &[(2, None)]).await;
    let elsewhere = |config: &mut NetworkConfig| config.chain = ChainId(Hash([0xcd; 32]));
    let mut there = Node::start_with(2, &[(1, Some(here.address()))], elsewhere).await;
    // Whoever notices first hangs up; the peer comes back, so the other notices too.
    assert_eq!(here.refused().await.1, RefusedPeer::OtherChain);
    assert_eq!(there.network.counters().joined.load(Ordering::Relaxed), 0);
    let mut client = Client::connect(2, 1, here.address(), ChainId(Hash([0xcd; 32]))).await;
    assert!(client.open().await.is_err());
    assert_eq!(within("a refusal", there.refused()).await.1, RefusedPeer::OtherChain);
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_given_up() {
    let brief = |config: &mut NetworkConfig| {
        config.limits.silence = Duration::from_millis(200);
        config.limits.handshake = Duration::from_millis(400);
    };
    let mut node = Node::start_with(1, &[(2, None), (3, None)], brief).await;
    let mut mute = Client::connect(2, 1, node.address(), CHAIN).await;
    let mut streams = mute.streams().await;
    node.joined(2).await;
    assert_eq!(node.refused().await, (key(2).to_string(), RefusedPeer::Silent));
    // Its own signs of life it has sent: whole frames, and no message among them.
    let alive = frame::encode(Frame::Alive).unwrap();
    let said = streams.read_to_end().await;
    assert!(!said.is_empty() && said.chunks(alive.len()).all(|frame| frame == alive));
    // One that never opens its stream.
    let unwilling = Client::connect(3, 1, node.address(), CHAIN).await;
    assert_eq!(node.refused().await, (key(3).to_string(), RefusedPeer::Silent));
    within("the connection to be closed", unwilling.closed).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_was_refused_must_wait() {
    let long_wait = |config: &mut NetworkConfig| {
        config.limits.redial_first = PATIENCE;
        config.limits.redial_most = PATIENCE;
    };
    let mut node = Node::start_with(1, &[(2, None)], long_wait).await;
    let mut client = Client::connect(2, 1, node.address(), CHAIN).await;
    let mut streams = client.streams().await;
    node.joined(2).await;
    streams.write(&[0; 64]).await;
    node.left(2).await;
    let _again = Client::connect(2, 1, node.address(), CHAIN).await;
    assert_eq!(node.refused().await.1, RefusedPeer::Barred);
}

#[tokio::test]
async fn another_identity_at_a_peers_address_is_no_peer() {
    let elsewhere = Node::start(3, &[(1, None)]).await;
    let mut node = Node::start(1, &[(2, Some(elsewhere.address()))]).await;
    let (who, reason) = node.refused().await;
    assert_eq!(reason, RefusedPeer::Impostor);
    assert!(who.starts_with(&peer_id_of(&[3; 32]).to_string()), "{who}");
}

#[tokio::test]
async fn what_does_not_speak_noise_is_turned_away() {
    let mut node = Node::start(1, &[(2, None)]).await;
    let mut scanner = TcpStream::connect(socket(&node)).await.unwrap();
    scanner.write_all(&[0xff; 4_096]).await.unwrap();
    assert_eq!(node.refused().await.1, RefusedPeer::Handshake);
    let mut answer = Vec::new();
    let _ = within("the connection to be closed", scanner.read_to_end(&mut answer)).await;
}

#[tokio::test]
async fn connections_being_set_up_are_bounded() {
    let mut node = Node::start(1, &[(2, None)]).await;
    let mut idle = Vec::new();
    for _ in 0..70 {
        idle.push(TcpStream::connect(socket(&node)).await.unwrap());
    }
    assert_eq!(node.refused().await.1, RefusedPeer::Crowded);
}

fn socket(node: &Node) -> SocketAddr {
    let parts: Vec<_> = node.address().iter().collect();
    match parts[..] {
        [Protocol::Ip4(host), Protocol::Tcp(port)] => SocketAddr::from((host, port)),
        _ => panic!("{} is no address of ours", node.address()),
    }
}
