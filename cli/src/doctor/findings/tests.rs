use super::*;
use bulla_proto::answer::{TooFew, TurnedAway};
use bulla_verify::chain::{ChainId, HeaderHash, Height};
use bulla_verify::hash::Hash;
use bulla_verify::keys::SigningKey;
use bulla_verify::time::Millis;

const CITY: &str = "11310000000000035N";

fn key(number: u8) -> PublicKey {
    SigningKey::from_seed(&[number; 32]).public()
}

/// Node `number` of four that are all well.
fn well(number: u8) -> NodeStatus {
    let others = (1..=4).filter(|other| *other != number);
    let peer = |other| Peer { key: key(other), organisation: CITY.parse().ok(), connected: true, height: Height(7) };
    NodeStatus {
        chain: ChainId(Hash([1; 32])),
        version: "0.1.0".into(),
        key: key(number),
        height: Height(7),
        block_time: Millis(70),
        state_root: Hash([2; 32]),
        header_hash: HeaderHash(Hash([3; 32])),
        deciding: Some((Height(8), Round(0))),
        peers: others.map(peer).collect(),
        pool_count: 0,
        pool_bytes: 0,
        mute: None,
        why: Vec::new(),
        clock: Millis(75),
        clock_bound_ms: 10_000,
        disk: Some(Disk { free_bytes: 60 << 30, total_bytes: 100 << 30 }),
        passed_over: Vec::new(),
        turned_away: Vec::new(),
    }
}

fn two_of_four() -> Why {
    let missing = CITY.parse().into_iter().collect();
    let (connected, validators, needed) = (2, 4, Some(3));
    Why::TooFew(TooFew { connected, validators, needed, power: 2, quorum: 3, total_power: 4, missing })
}

fn asked(number: u8, status: NodeStatus) -> Asked {
    let seen = Seen { status, ahead_ms: i64::from(number), took_ms: 3 };
    Asked { endpoint: format!("http://node-{number}"), answer: Ok(seen) }
}

fn all(change: impl Fn(u8, &mut NodeStatus)) -> Vec<Asked> {
    let changed = |number| {
        let mut status = well(number);
        change(number, &mut status);
        asked(number, status)
    };
    (1..=4).map(changed).collect()
}

fn names(asked: &[Asked]) -> Vec<&'static str> {
    findings(asked).into_iter().map(|finding| finding.name).collect()
}

#[test]
fn a_network_that_is_well_has_no_finding() {
    assert_eq!(findings(&all(|_, _| {})), []);
}

#[test]
fn each_trouble_has_its_finding_and_no_other() {
    type Change = fn(u8, &mut NodeStatus);
    let cases: [(&[&str], Change); 12] = [
        (&["another chain"], |node, status| {
            if node == 3 {
                status.chain = ChainId(Hash([9; 32]));
            }
        }),
        (&["different states"], |node, status| {
            if node == 2 {
                status.state_root = Hash([8; 32]);
            }
        }),
        (&["no quorum"], |node, status| {
            if node == 1 {
                status.why.push(two_of_four());
            }
        }),
        (&["mute"], |node, status| status.mute = (node == 4).then_some(Mute::LogLost(Height(9)))),
        (&["copied key"], |node, status| status.mute = (node == 2).then_some(Mute::Copied(Height(8)))),
        (&["read-only"], |node, status| {
            status.mute = (node == 2).then_some(Mute::Cramped { free_bytes: 5 << 20, min_bytes: 64 << 20 });
        }),
        (&["too many mute", "mute", "mute"], |node, status| {
            status.mute = (node > 2).then_some(Mute::Unsettled);
        }),
        (&["failing rounds"], |node, status| {
            if node == 1 {
                status.deciding = Some((Height(8), Round(3)));
            }
        }),
        (&["disk"], |node, status| {
            if node == 1 {
                status.disk = Some(Disk { free_bytes: 4 << 30, total_bytes: 100 << 30 });
            }
        }),
        (&["missed turns"], |_, status| status.passed_over = vec![key(2)]),
        (&["versions"], |node, status| status.version = if node == 1 { "0.2.0" } else { "0.1.0" }.into()),
        (&["turned away"], |node, status| {
            if node == 1 {
                let (who, reason) = ("12D3Koo".into(), "the peer is not on the list".into());
                status.turned_away.push(TurnedAway { who, reason, count: 5 });
            }
        }),
    ];
    for (expected, change) in cases {
        assert_eq!(names(&all(change)), expected);
    }
}

#[test]
fn where_too_many_are_mute_they_are_named_with_the_way_out() {
    let found = findings(&all(|node, status| status.mute = (node > 2).then_some(Mute::LogLost(Height(9)))));
    assert!(found[0].text.ends_with("2 of 4 validators are mute, and at most 1 may be: http://node-3, http://node-4"));
    assert!(found[0].advice.contains("governance recover propose") && found[0].advice.contains("bullad recover"));
}

#[test]
fn a_clock_is_compared_with_the_others_and_not_with_the_askers() {
    let mut asked = all(|_, _| {});
    for one in &mut asked {
        one.answer.as_mut().unwrap().ahead_ms = 3_600_000;
    }
    assert_eq!(findings(&asked), [], "the asker's own clock is an hour behind");
    asked[0].answer.as_mut().unwrap().ahead_ms += 5_004;
    let found = findings(&asked);
    assert_eq!(found.len(), 1);
    assert!(found[0].text.contains("http://node-1 is 5004 ms ahead"), "{}", found[0].text);
}

#[test]
fn who_is_gone_is_named_though_it_does_not_answer() {
    let mut asked = all(|_, status| {
        for peer in status.peers.iter_mut().filter(|peer| peer.key == key(4)) {
            (peer.connected, peer.height) = (false, Height(5));
        }
    });
    asked[3].answer = Err("connection refused".into());
    let found = findings(&asked);
    assert_eq!(names(&asked), ["no answer", "missing validator"]);
    assert!(found[0].text.contains("connection refused") && found[1].text.contains(CITY), "{found:?}");
    assert!(found[1].text.ends_with("at block 5"), "{}", found[1].text);
}

#[test]
fn a_follower_has_nothing_to_be_silent_about_and_what_a_node_says_stands_in_the_finding() {
    let asked = all(|node, status| {
        (status.mute, status.why) = match node {
            1 => (Some(Mute::Follows), Vec::new()),
            2 => (None, vec![Why::Behind { height: Height(7), best: Height(9) }]),
            3 => (None, vec![two_of_four(), Why::FailingRounds { height: Height(8), round: Round(1) }]),
            _ => (Some(Mute::Other), vec![Why::Other]),
        };
    });
    assert_eq!(names(&asked), ["no quorum", "mute", "behind", "note"]);
    let found = findings(&asked);
    let quorum = format!("http://node-3 waits: 2 of 4 validators are connected, 3 are needed; start or reach: {CITY}");
    assert_eq!(found[0].text, quorum);
    assert!(found[2].text.ends_with("it has block 7, a peer has block 9"), "{}", found[2].text);
}

#[test]
fn a_sentence_of_a_node_is_told_once() {
    let asked = all(|node, status| {
        if node == 2 {
            status.why = vec![Why::PoolNearlyFull { count: 5 }];
        }
    });
    assert_eq!(names(&asked), ["note"]);
}
