//! The server over a real socket, with a real ledger in memory, and the typed client. The tests take the engine's place: they
//! receive what was submitted, and decide blocks.

mod answers;
mod bounds;
mod heights;
mod refusals;
mod town;

use super::*;
use crate::engine::signing::Signing;
use crate::engine::turns::Turns;
use crate::engine::{Engine, Start};
use crate::wal::guard::SignGuard;
use bulla_consensus::Timeouts;
use bulla_verify::chain::Round;
use std::collections::BTreeMap;
use town::{Town, validator_key};

/// A state tree that takes little of the memory that it may take.
const SMALL: (usize, usize) = (8 << 20, 100 << 20);

#[test]
fn a_node_says_why_it_waits() {
    let ledger = town::ledger();
    let mut tip = ledger.tip();
    tip.height = Height(7);
    let mut status = NodeStatus { own: Some(validator_key(1).public()), ..NodeStatus::default() };
    status.peers = BTreeMap::from([(validator_key(2).public(), Height(7))]);
    let missing = [3, 4].map(|number| (validator_key(number).public(), town::organisation(number)));
    let mut missing = missing.to_vec();
    missing.sort_by_key(|(key, _)| *key);
    let names = format!("{}, {}", missing[0].1, missing[1].1);
    let waits = format!("2 of 4 validators are connected, 3 are needed; start or reach: {names}");
    let why = |tip: &_, status: &_, memory| {
        let reasons = super::status::why(tip, status, memory);
        reasons.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(why(&tip, &status, SMALL), [waits]);

    status.peers.insert(validator_key(3).public(), Height(9));
    assert_eq!(why(&tip, &status, SMALL), ["this node is catching up: it has block 7, a peer has block 9"]);

    status.peers.insert(validator_key(3).public(), Height(7));
    assert_eq!(why(&tip, &status, SMALL), Vec::<String>::new());

    status.deciding = Some((Height(8), Round(2)));
    status.pool_bytes = crate::engine::pool::MAX_POOL_BYTES;
    status.pool_count = 5;
    let two = why(&tip, &status, SMALL);
    assert_eq!(two[0], "block 8 is in round 2: rounds before it ended without a decision");
    assert_eq!(two[1], "the pool is nearly full: 5 transactions wait for a block");

    let crowded = why(&tip, &status, (81 << 20, 100 << 20));
    assert!(crowded[2].starts_with("the state tree takes 81 of the 100 MiB"), "{crowded:?}");
}

#[tokio::test]
async fn a_node_tells_how_it_is() {
    let mut town = Town::new().await;
    assert!(matches!(town.client.status().await, Err(bulla_proto::ClientError::Busy { .. })));
    let own = Some(validator_key(1).public());
    let peers = BTreeMap::from([(validator_key(2).public(), Height(1)), (validator_key(9).public(), Height(3))]);
    let deciding = Some((Height(2), Round(0)));
    let passed_over = vec![validator_key(3).public()];
    let (pool_count, pool_bytes) = (3, 900);
    town.status.send_replace(NodeStatus {
        own,
        deciding,
        peers,
        pool_count,
        pool_bytes,
        passed_over,
        present: [2, 9].map(|number| validator_key(number).public()).into(),
        ..NodeStatus::default()
    });
    town.decide(&[]);
    let status = town.client.status().await.unwrap();
    let tip = town.ledger.tip();
    assert_eq!((status.chain, status.height, status.block_time), (tip.chain, Height(1), tip.time));
    assert_eq!((status.state_root, status.header_hash), (tip.state_root, tip.hash));
    assert_eq!((status.deciding, status.pool_count, status.pool_bytes), (deciding, 3, 900));
    assert_eq!(status.peers.len(), 4);
    assert_eq!(status.peers.iter().filter(|peer| peer.connected).count(), 2);
    assert_eq!(status.peers.iter().filter(|peer| peer.organisation.is_none()).count(), 1);
    assert_eq!(status.mute, None);
    assert_eq!(status.why.len(), 2);
    assert_eq!(status.passed_over, [validator_key(3).public()]);
    assert_eq!(status.clock_bound_ms, tip.parameters.clock_bound_ms);
    assert!(status.disk.is_some() && status.turned_away.is_empty());

    town.status.send_modify(|status| status.own = Some(validator_key(8).public()));
    assert!(town.client.status().await.unwrap().mute.is_some());
}

#[tokio::test]
async fn an_answer_says_when_later_blocks_may_have_passed_the_node_by() {
    let town = Town::new().await;
    let nation = town::organisation(1);
    let present = |numbers: &[u8]| numbers.iter().map(|number| validator_key(*number).public()).collect();
    let heard = |numbers: &[u8], tip: Height| NodeStatus {
        own: Some(validator_key(1).public()),
        present: present(numbers),
        peers: numbers.iter().map(|number| (validator_key(*number).public(), tip)).collect(),
        ..NodeStatus::default()
    };
    let cases = [
        (heard(&[2, 3], Height(1)), false),
        (heard(&[2], Height(0)), true),
        (heard(&[2, 9], Height(0)), true),
        (heard(&[2, 3], Height(2)), true),
    ];
    for (status, stale) in cases {
        town.status.send_replace(status.clone());
        let found = town.client.organisation(&nation, false).await.unwrap();
        assert_eq!(found.as_of.stale, stale, "{status:?}");
    }
}

#[tokio::test]
async fn a_node_kept_silent_by_its_guard_says_so_until_it_speaks_again() {
    let mut town = Town::new().await;
    let start = Start {
        tip: town.ledger.tip(),
        turns: Turns::default(),
        signing: Signing::new(validator_key(1), SignGuard::silent_through(Height(2))),
        timeouts: Timeouts::default(),
        log: Vec::new(),
        blocks: Vec::new(),
        recovery: None,
    };
    let (engine, _) = Engine::start(town.ledger.tip().time, start);
    town.status.send_replace(status::of(&engine));
    for height in 0..2 {
        let status = town.client.status().await.unwrap();
        assert_eq!(status.height, Height(height));
        assert!(
            status.mute.unwrap().to_string().contains(
                "log was lost or damaged, and what it signed last is not known: it is silent through block 2"
            ),
            "at height {height}"
        );
        town.decide(&[]);
    }
    let status = town.client.status().await.unwrap();
    assert_eq!((status.height, status.mute), (Height(2), None));
}
