//! Between peers that keep the rules, on machines and lines that may not.

use super::*;
use client::Client;
use std::sync::atomic::AtomicU64;

const MIB: usize = 1 << 20;
const NEVER: Duration = Duration::from_secs(3_600);

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_peer_says_arrives_whole_and_in_order() {
    let (mut a, mut b) = Node::pair(1, 2).await;
    for (from, to) in [(&a, 2), (&b, 1)] {
        (0..500).for_each(|number| from.say(to, &numbered(number)));
        from.say(to, &long(MIB));
        (500..1_000).for_each(|number| from.say(to, &numbered(number)));
    }
    for node in [&mut a, &mut b] {
        for number in 0..1_000 {
            if number == 500 {
                assert_eq!(node.heard().await, long(MIB));
            }
            assert_eq!(node.heard().await, numbered(number));
        }
    }
    assert_eq!(count(&a.network.counters().frames_out), 1_001);
    assert_eq!(count(&b.network.counters().frames_in), 1_001);
    assert_eq!(count(&b.network.counters().bytes_in), count(&a.network.counters().bytes_out));
}

#[tokio::test]
async fn a_message_to_all_reaches_all() {
    let mut hub = Node::start(1, &[(2, None), (3, None), (4, None)]).await;
    let mut others = Vec::new();
    for own in [2, 3] {
        let mut other = Node::start(own, &[(1, Some(hub.address()))]).await;
        hub.joined(own).await;
        other.joined(1).await;
        others.push(other);
    }
    hub.network.send_all(&numbered(7));
    for other in &mut others {
        assert_eq!(other.heard().await, numbered(7));
    }
    assert_eq!(count(&hub.network.counters().dropped_absent), 1, "the fourth is not there");
}

/// The runtime has one thread, so the queue is not emptied while it is filled.
#[tokio::test]
async fn a_full_queue_drops_the_newest() {
    let mut a = Node::start_with(1, &[(2, None)], |config| config.limits.queue_frames = 5).await;
    let mut b = Node::start(2, &[(1, Some(a.address()))]).await;
    a.joined(2).await;
    (0..12).for_each(|number| a.say(2, &numbered(number)));
    assert_eq!(count(&a.network.counters().dropped_full), 7);
    for number in 0..5 {
        assert_eq!(b.heard().await, numbered(number));
    }
    a.say(2, &numbered(99));
    assert_eq!(b.heard().await, numbered(99));
}

#[tokio::test]
async fn a_message_that_no_peer_would_read_is_not_sent() {
    let (a, mut b) = Node::pair(1, 2).await;
    a.say(2, &long(5 * MIB));
    a.say(2, &numbered(1));
    assert_eq!(b.heard().await, numbered(1));
    assert_eq!(count(&a.network.counters().dropped_oversized), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_read_holds_up_nobody() {
    let mut a = Node::start(1, &[(2, None), (3, None)]).await;
    let mut deaf = Client::connect(3, 1, a.address(), CHAIN).await;
    let _streams = deaf.streams().await;
    a.joined(3).await;
    let mut b = Node::start(2, &[(1, Some(a.address()))]).await;
    a.joined(2).await;
    for _ in 0..40 {
        a.network.send_all(&long(MIB));
        assert_eq!(b.heard().await, long(MIB));
    }
    // Of forty megabytes at most the queue and yamux's windows hold some for the peer that does not read.
    assert!(count(&a.network.counters().dropped_full) >= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_engine_holds_the_flood_back_and_hears_everyone() {
    let mut slow = Node::start(1, &[(2, None), (3, None)]).await;
    let mut flood = Node::start(2, &[(1, Some(slow.address()))]).await;
    slow.joined(2).await;
    flood.joined(1).await;
    // Nobody takes events: what is said waits in the windows, then with who says it, and then is dropped there.
    let dropped = |node: &Node| count(&node.network.counters().dropped_full);
    within("the flood to be held back", async {
        while dropped(&flood) == 0 {
            flood.say(1, &long(MIB));
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut quiet = Node::start(3, &[(1, Some(slow.address()))]).await;
    let flooding = async {
        loop {
            flood.say(1, &long(MIB));
            tokio::task::yield_now().await;
        }
    };
    let hearing = async {
        slow.joined(3).await;
        quiet.joined(1).await;
        quiet.say(1, &numbered(3));
        while slow.heard().await != numbered(3) {}
    };
    tokio::select! {
        () = flooding => {}
        () = hearing => {}
    }
}

#[tokio::test]
async fn who_restarts_is_there_again() {
    let (mut a, mut b) = Node::pair(1, 2).await;
    let address = a.address().clone();
    for closes in [true, false] {
        // The one that dials.
        if closes {
            b.network.close().await
        } else {
            drop(b)
        }
        a.left(2).await;
        a.say(2, &numbered(0));
        b = Node::start(2, &[(1, Some(&address))]).await;
        a.joined(2).await;
        b.joined(1).await;
        a.say(2, &numbered(1));
        assert_eq!(b.heard().await, numbered(1), "what was said while it was away is not said now");
    }
    // The one that is dialled: its port is taken again at once.
    a.network.close().await;
    b.left(1).await;
    let mut a = Node::start_with(1, &[(2, None)], |config| config.listen = address).await;
    b.joined(1).await;
    a.joined(2).await;
    b.say(1, &numbered(2));
    assert_eq!(a.heard().await, numbered(2));
    assert!(count(&b.network.counters().dials_failed) < 20, "it waits between attempts");
}

/// As after a power cut, of which the connection that stood tells nothing.
#[tokio::test]
async fn who_comes_back_takes_the_place_of_its_former_self() {
    let patient = |config: &mut NetworkConfig| config.limits.silence = NEVER;
    let mut node = Node::start_with(1, &[(2, None)], patient).await;
    let mut former = Client::connect(2, 1, node.address(), CHAIN).await;
    let _dead = former.streams().await;
    node.joined(2).await;
    let mut back = Client::connect(2, 1, node.address(), CHAIN).await;
    let mut streams = back.streams().await;
    assert!(matches!(node.event().await, NetworkEvent::Left(who) if who == key(2)));
    node.joined(2).await;
    streams.write(&framed(&numbered(1))).await;
    assert_eq!(node.heard().await, numbered(1));
    within("the former connection to be closed", former.closed).await.unwrap();
}

#[tokio::test]
async fn a_node_that_stops_says_first_what_waits() {
    let (a, mut b) = Node::pair(1, 2).await;
    (0..8).for_each(|_| a.say(2, &long(MIB)));
    a.say(2, &numbered(8));
    let closing = tokio::spawn(a.network.close());
    for _ in 0..8 {
        assert_eq!(b.heard().await, long(MIB));
    }
    assert_eq!(b.heard().await, numbered(8));
    b.left(1).await;
    closing.await.unwrap();
}

/// Both dial at their first instant. Whatever connections come of it, one is kept, and both mean the same one. Nothing else ends
/// a connection here: nobody shows signs of life, and nobody misses them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_dial_each_other_keep_one_connection() {
    const PORT: u16 = 7_599;
    for _ in 0..10 {
        let [at_a, at_b] = [fresh(PORT), fresh(PORT)];
        let at = |address: &Multiaddr| {
            let listen = address.clone();
            move |config: &mut NetworkConfig| {
                config.listen = listen;
                config.limits.redial_first = Duration::from_micros(1);
                config.limits.silence = NEVER;
                config.limits.handshake = NEVER;
            }
        };
        let (to_b, to_a) = ([(2, Some(&at_b))], [(1, Some(&at_a))]);
        let (mut a, mut b) = tokio::join!(Node::start_with(1, &to_b, at(&at_a)), Node::start_with(2, &to_a, at(&at_b)));
        within("one connection", async {
            while !(exchanged(&mut a, &mut b, 2).await && exchanged(&mut b, &mut a, 1).await) {}
        })
        .await;
    }
}

/// Whether a hundred messages arrive in order on one connection. Those said on the other one are lost with it.
async fn exchanged(from: &mut Node, to: &mut Node, name: u8) -> bool {
    let mark = count(&from.network.counters().frames_out) << 32;
    (mark..mark + 100).for_each(|number| from.say(name, &numbered(number)));
    let mut next = mark;
    while next < mark + 100 {
        let patience = if next == mark { Duration::from_millis(50) } else { PATIENCE };
        let event = tokio::select! {
            event = to.events.recv() => event,
            // An engine that took nothing would hold its peer up.
            _ = from.events.recv() => continue,
            () = tokio::time::sleep(patience) => return false,
        };
        match event {
            Some(NetworkEvent::Heard(_, message)) if message == numbered(next) => next += 1,
            Some(NetworkEvent::Heard(_, PeerMessage::Tip(Height(old)))) if old < mark => {}
            _ => return false,
        }
    }
    true
}

/// How fast, on loopback; run by hand with `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn round_trips() {
    let (mut a, mut b) = Node::pair(1, 2).await;
    for (what, message, rounds) in [("a vote's size", long(160), 2_000), ("1 MiB", long(MIB), 100)] {
        let mut times = Vec::new();
        for _ in 0..rounds {
            let start = std::time::Instant::now();
            a.say(2, &message);
            b.heard().await;
            b.say(1, &message);
            a.heard().await;
            times.push(start.elapsed());
        }
        times.sort();
        println!(
            "{what}, {} bytes framed: round trip p50 {:?}, p99 {:?}",
            framed(&message).len(),
            times[rounds / 2],
            times[rounds * 99 / 100]
        );
    }
    let start = std::time::Instant::now();
    for number in 0..100_000u64 {
        a.say(2, &numbered(number));
        if number % 1_000 == 999 {
            for _ in 0..1_000 {
                b.heard().await;
            }
        }
    }
    println!("100,000 short messages in {:?}", start.elapsed());
}

/// A newcomer dials until the others' chain names it; when it names it no more, they hang up.
#[tokio::test]
async fn whom_the_chain_names_may_connect_for_as_long_as_it_does() {
    let mut member = Node::start(1, &[(3, None)]).await;
    let mut newcomer = Node::start(2, &[(1, Some(member.address()))]).await;
    assert_eq!(member.refused().await.1, RefusedPeer::Stranger);

    let named = (key(2), peer_id_of(&[2; 32]));
    member.network.admit([named]);
    member.joined(2).await;
    newcomer.joined(1).await;
    member.say(2, &numbered(1));
    newcomer.say(1, &numbered(2));
    assert_eq!((newcomer.heard().await, member.heard().await), (numbered(1), numbered(2)));

    // Named again, it stays; a configured peer, and this node itself, are not taken twice.
    member.network.admit([
        named,
        (key(3), peer_id_of(&[9; 32])),
        (key(8), peer_id_of(&[3; 32])),
        (key(1), peer_id_of(&[1; 32])),
    ]);
    member.say(2, &numbered(3));
    assert_eq!(newcomer.heard().await, numbered(3));

    member.network.admit([]);
    member.left(2).await;
    newcomer.left(1).await;
    assert_eq!(member.refused().await.1, RefusedPeer::Stranger);
    member.network.admit([named]);
    member.joined(2).await;
}
