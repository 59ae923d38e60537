//! A validator that lost its disk comes back with nothing but its keys: it joins with a snapshot of its peers, is silent until it
//! knows that it may speak, and then votes. A replayed transaction finds no way in through it. And what an operator keeps of a
//! stopped node is a node again elsewhere.

use crate::government::{Government, decided, issue, licence, region};
use crate::town::{Town, tell, wait_until};
use bulla_proto::Client;
use bulla_verify::refusal::Outcome;
use std::fs;
use std::time::{Duration, Instant};

/// Snapshots often, and joining with one even where little is missed.
const OFTEN: &str = "snapshot_every = 20\njoin_gap = 30\n";

/// Blocks before the disk is lost.
const BLOCKS: u64 = 110;

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_validator_joins_with_a_snapshot_is_silent_and_votes_again() {
    let town = Town::up_with(OFTEN);
    let client = town.client(0).await;
    let government = Government::of(&town, &client).await;
    // Executed long before the snapshot, and not expired for minutes after it.
    let executed = government.sign(&government.city, vec![issue("EXECUTED", region("440300"))]);
    decided(&client, &executed).await;
    let mut acts = 0;
    while town.tip(0).unwrap().0 < BLOCKS {
        act(&government, &client, &mut acts).await;
    }
    wait_until("a snapshot is whole on two of the others", || (0..2).all(|node| has_snapshot(&town, node)));

    town.kill(3);
    fs::remove_dir_all(town.path("net/node-3/data")).unwrap();
    let began = Instant::now();
    town.start(3);
    tell(&format!("joined and answering {:.1} s after its start", began.elapsed().as_secs_f64()));
    let log = fs::read_to_string(town.path("net/node-3/bullad.log")).unwrap();
    assert!(log.contains("joining with the snapshot of block"), "{log}");
    assert!(log.contains("joined at block"), "{log}");

    // What was executed before is known to it, and what is older than its beginning is refused in words.
    let joined = town.client(3).await;
    let refused = joined.submit(&executed, Duration::ZERO).await.unwrap_err();
    assert!(refused.to_string().contains("has been executed already"), "{refused}");
    let old = joined.licence_history(&licence("J1"), 0).await.unwrap_err();
    assert!(old.to_string().contains("this node joined at block"), "{old}");

    // The others go on without it, so it comes to the height after which it may speak.
    let mut blocks = 0;
    while !town.status(3).unwrap()["mute"].is_null() {
        act(&government, &client, &mut acts).await;
        blocks += 1;
        assert!(blocks < 50, "still mute: {}", town.status(3).unwrap()["mute"]);
    }
    town.kill(2);
    for _ in 0..5 {
        act(&government, &client, &mut acts).await;
    }
    tell(&format!("it votes again after {blocks} more blocks"));
    town.start(2);
    town.settled();
    town.down();
    town.fsck();
    keeping(&town);
}

/// One more licence, in a block of its own.
async fn act(government: &Government, client: &Client, count: &mut u32) {
    *count += 1;
    let operation = issue(&format!("J{count}"), region("440300"));
    let last = decided(client, &government.sign(&government.city, vec![operation])).await;
    assert_eq!(last.outcomes, [Outcome::Applied]);
}

fn has_snapshot(town: &Town, node: u16) -> bool {
    let entries = fs::read_dir(town.path(&format!("net/node-{node}/data/snapshots"))).into_iter().flatten();
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".offer"))
}

/// Of the stopped network: a snapshot is made and listed; a backup is made, checked, and a node is made of it, which runs.
fn keeping(town: &Town) {
    let made = town.bullad(0, &["snapshot", "create"]);
    let tip = made.split_whitespace().nth(3).unwrap().to_owned();
    assert!(town.bullad(0, &["snapshot", "list"]).lines().any(|line| line == tip), "{made}");
    town.bullad(0, &["backup", "create", "kept"]);
    let again = town.try_bullad(0, &["backup", "create", "kept"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("is not empty; nothing was changed"));
    let genesis = ["backup", "verify", "kept", "--genesis", "net/genesis.json"];
    let holds = town.bullad(1, &genesis);
    assert!(holds.contains(&format!("the backup holds: block {tip}")), "{holds}");
    let names: Vec<_> = fs::read_dir(town.path("kept")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("key")), "{names:?}");

    let taken = town.try_bullad(1, &["backup", "restore", "kept"]);
    assert!(!taken.status.success(), "what is there is not written over");
    fs::remove_dir_all(town.path("net/node-1/data")).unwrap();
    town.bullad(1, &["backup", "restore", "kept"]);
    fs::remove_dir_all(town.path("net/node-2/data")).unwrap();
    town.bullad(2, &["snapshot", "restore", "net/node-0/data/snapshots"]);
    town.fsck();
    for node in 0..4 {
        town.start(node);
    }
    wait_until("the restored nodes say that they are silent", || {
        [1, 2].iter().all(|node| town.status(*node).is_some_and(|status| status["mute"].is_string()))
    });
    town.down();

    let part = town.path("kept").join(format!("{:0>12}.part.00000", tip));
    let mut bytes = fs::read(&part).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&part, bytes).unwrap();
    let rotten = town.try_bullad(1, &genesis);
    assert!(String::from_utf8_lossy(&rotten.stderr).contains("its sum is another"), "{rotten:?}");
}
