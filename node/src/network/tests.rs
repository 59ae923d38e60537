use super::*;
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;
use bulla_verify::keys::PublicKey;
use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Instant;

const SIGABRT: i32 = 6;

fn config() -> NetworkConfig {
    NetworkConfig {
        identity: [1; 32],
        listen: "/ip4/127.0.0.1/tcp/0".parse().unwrap(),
        peers: vec![peer(2), peer(3)],
        chain: ChainId(Hash([0xab; 32])),
        limits: Limits::default(),
    }
}

fn peer(seed: u8) -> KnownPeer {
    let address = "/ip6/::1/tcp/7500".parse().ok();
    KnownPeer { key: PublicKey::ed25519([seed; 32]), peer_id: peer_id_of(&[seed; 32]), address }
}

#[test]
fn a_peer_is_at_a_number_never_at_a_name() {
    assert_eq!(check(&config()), Ok(()));
    let names = ["/dns4/peer.example/tcp/7500", "/ip4/127.0.0.1/udp/7500/quic-v1", "/ip4/127.0.0.1", "/memory/7"];
    for address in names.map(|text| text.parse::<Multiaddr>().unwrap()) {
        let mut config = config();
        config.peers[1].address = Some(address.clone());
        assert_eq!(check(&config), Err(StartError::Address(address.clone())));
        config.peers[1].address = None;
        config.listen = address.clone();
        assert_eq!(check(&config), Err(StartError::Address(address)));
    }
}

#[test]
fn nobody_stands_on_the_list_twice() {
    let twice = |change: fn(&mut NetworkConfig)| {
        let mut config = config();
        change(&mut config);
        check(&config)
    };
    assert_eq!(twice(|config| config.peers[1] = peer(2)), Err(StartError::Twice(peer(2).peer_id)));
    assert_eq!(twice(|config| config.peers[1].key = peer(2).key), Err(StartError::Twice(peer(3).peer_id)));
    assert_eq!(twice(|config| config.identity = [2; 32]), Err(StartError::Twice(peer(2).peer_id)));
}

#[test]
fn an_identity_has_the_text_that_other_libraries_give_it() {
    // RFC 8032, section 7.1, test 1: public key d75a9801…511a. A peer id of an Ed25519 key is the identity multihash of the
    // key's protobuf, in base58: computed apart from libp2p.
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let seed = hex::decode(seed).unwrap().try_into().unwrap();
    let text = peer_id_of(&seed).to_string();
    assert_eq!(text, "12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV");
    assert_eq!(text.parse::<PeerId>().unwrap(), peer_id_of(&seed));
}

#[test]
fn the_protocol_names_the_chain() {
    assert_eq!(protocol(ChainId(Hash([0xab; 32]))).as_ref(), "/bulla/abababababababab/1");
}

#[test]
fn reasons_have_names_of_their_own() {
    let names: BTreeSet<_> = RefusedPeer::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(names.len(), RefusedPeer::ALL.len());
    let counters = Counters::default();
    for reason in RefusedPeer::ALL {
        counters.refuse(reason);
        assert_eq!(counters.refused(reason), 1);
    }
}

/// The test runs itself again, as the process that is to die.
#[tokio::test]
async fn a_panic_in_a_task_ends_the_process() {
    const SIGN: &str = "BULLA_TEST_PANICS";
    if std::env::var_os(SIGN).is_some() {
        let _ = tokio::spawn(visible::panics(async { panic!("as the test wants") })).await;
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "network::tests::a_panic_in_a_task_ends_the_process", "--nocapture"])
        .env(SIGN, "1")
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert!(String::from_utf8_lossy(&output.stderr).contains("as the test wants"), "the panic is seen");
}

/// A daemon stops while peers go on talking, and its queue is full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_says_what_waits_and_is_not_held_up_by_what_it_does_not_hear() {
    let start = |identity, listed: KnownPeer, places| async move {
        let (tell, heard) = mpsc::channel(places);
        let network = Network::start(NetworkConfig { identity, peers: vec![listed], ..config() }, tell).await.unwrap();
        (network, heard)
    };
    let (ours, heard) = start([1; 32], KnownPeer { address: None, ..peer(2) }, 1).await;
    let listening = Some(ours.listening().clone());
    let (theirs, mut heard_there) = start([2; 32], KnownPeer { address: listening, ..peer(1) }, 8).await;
    assert!(matches!(heard_there.recv().await, Some(NetworkEvent::Joined(_))));
    theirs.send(&peer(1).key, &PeerMessage::Tip(Height(1)));
    // The one place is taken by their joining.
    while ours.counters().frames_in.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let last = PeerMessage::Tip(Height(2));
    ours.send(&peer(2).key, &last);
    let began = Instant::now();
    ours.hang_up(heard).await;
    assert!(began.elapsed() < switch::WIND_UP, "it was cut off");
    assert!(matches!(heard_there.recv().await, Some(NetworkEvent::Heard(_, said)) if said == last));
}

#[test]
fn a_key_that_the_chain_names_is_the_identity_of_its_seed() {
    let public = bulla_verify::keys::SigningKey::from_seed(&[7; 32]).public();
    assert_eq!(peer_id_of_key(&public), Some(peer_id_of(&[7; 32])));
}
