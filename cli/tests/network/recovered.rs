//! Two of four lose the record of what they signed, and the network stands still: `doctor` says so and names the steps; all operators
//! sign a record with new keys; and the network goes on, with everything that was acknowledged.

use crate::governed::{bulla, key_file, passphrase, public};
use crate::government::{Government, decided, issue, licence, region};
use crate::town::{PATIENCE, Town, tell, wait_until};
use bulla_keystore::{open_file, read_passphrase};
use bulla_proto::Client;
use bulla_proto::answer::{Progress, Stage};
use bulla_verify::chain::{ChainId, HeaderHash, TxId};
use bulla_verify::recovery::{Agreement, Paper};
use bulla_verify::refusal::Outcome;
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};

/// Long enough for ten blocks of a network that goes on.
const SHORT: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn two_of_four_lose_what_they_signed_and_all_go_on_under_new_keys() {
    let town = Town::up();
    let client = town.client(0).await;
    let government = Government::of(&town, &client).await;
    let mut acknowledged = Vec::new();
    act(&government, &client, &mut acknowledged, 5).await;
    town.kill(2);
    town.bullad(2, &["backup", "create", "kept"]);
    town.start(2);
    act(&government, &client, &mut acknowledged, 10).await;
    let id = licence("R1").to_string();
    bulla(&town, &["proof", "save", &id, "before.bulla", "--node", &Town::address(0)]);

    stand_still(&town);
    let waits = government.sign(&government.city, vec![issue("WAITS", region("440300"))]);
    assert_eq!(client.submit(&waits, SHORT).await.unwrap().stage, Stage::Waiting, "two of four decided something");
    let last = town.settled().0;
    let began = Instant::now();
    let keys = write_down(&town);
    town.down();
    let told = tell_all(&town, &keys);
    assert!(told[3].contains(&format!("the node has no block {last} yet")), "{told:?}");

    // Node 2 is told nothing, and follows.
    [0, 1, 3].into_iter().for_each(|node| town.start(node));
    let client = town.client(0).await;
    act(&government, &client, &mut acknowledged, 3).await;
    tell(&format!("blocks are decided {:.1} s after the record was begun", began.elapsed().as_secs_f64()));
    town.start(2);
    town.settled();
    town.kill(2);
    configure(&town, 2, &keys);
    let over = town.bullad(2, &["recover", "record.json"]);
    assert!(over.contains(&format!("the chain has gone on after block {last}")), "{over}");
    town.start(2);
    act(&government, &client, &mut acknowledged, 3).await;
    town.kill(1);
    act(&government, &client, &mut acknowledged, 3).await;
    town.start(1);
    town.settled();

    proofs(&town, &id, last);
    for id in acknowledged {
        let Progress::Final(last) = client.transaction(id, PATIENCE).await.unwrap() else { panic!("{id} is lost") };
        assert_eq!(last.outcomes, [Outcome::Applied]);
    }
    let destroy = ["keys", "destroy", &key_file(0, "consensus"), "--confirm", &keys[0].0];
    bulla(&town, &[&destroy[..], &["--passphrase-file", &passphrase(0)]].concat());
    town.down();
    town.fsck();
}

/// So many licences, each acknowledged.
async fn act(government: &Government, client: &Client, acknowledged: &mut Vec<TxId>, count: usize) {
    for _ in 0..count {
        let serial = format!("R{}", acknowledged.len());
        let act = government.sign(&government.city, vec![issue(&serial, region("440300"))]);
        assert_eq!(decided(client, &act).await.outcomes, [Outcome::Applied]);
        acknowledged.push(act.body.id());
    }
}

/// Node 2 is restored from an old backup, node 3 comes back with nothing; both are mute, and doctor says what that means.
fn stand_still(town: &Town) {
    for node in [2, 3] {
        town.kill(node);
        fs::remove_dir_all(town.path(&format!("net/node-{node}/data"))).unwrap();
    }
    town.bullad(2, &["backup", "restore", "kept"]);
    [2, 3].into_iter().for_each(|node| town.start(node));
    town.settled();
    wait_until("both say that they are silent", || {
        [2, 3].iter().all(|node| town.status(*node).is_some_and(|status| status["mute"].is_string()))
    });
    let doctor = town.command(&["doctor", "--testnet", "net", "--output", "json"]).output().unwrap();
    assert!(!doctor.status.success());
    let found: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let findings = found["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["name"] == "too many mute").unwrap();
    let (text, advice) = (finding["text"].as_str().unwrap(), finding["advice"].as_str().unwrap());
    assert!([2, 3].iter().all(|node| text.contains(&Town::address(*node))), "{text}");
    for step in ["bulla keys new", "recover propose", "recover sign", "bullad recover", "bulla keys destroy"] {
        assert!(advice.contains(step), "{advice}");
    }
}

/// Makes new keys and the record, and has all sign it. Answers each node's old key and its new one.
fn write_down(town: &Town) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for node in 0..4 {
        bulla(town, &["keys", "new", &key_file(node, "next"), "--passphrase-file", &passphrase(node)]);
        keys.push((public(town, node, "consensus"), public(town, node, "next")));
    }
    let renewals: Vec<String> = keys.iter().map(|(old, new)| format!("{old}={new}")).collect();
    let addresses: Vec<String> = (0..4).map(Town::address).collect();
    let renew = renewals.iter().flat_map(|renewal| ["--renew", renewal]);
    let asked = addresses.iter().flat_map(|address| ["--node", address]);
    let paper = ["--to", "record.json", "--genesis", "net/genesis.json"];
    let propose = ["governance", "recover", "propose"].into_iter().chain(renew).chain(asked).chain(paper);
    bulla(town, &propose.collect::<Vec<_>>());
    for node in 0..4 {
        for name in ["next", "consensus"] {
            if (node, name) == (3, "consensus") {
                fs::copy(town.path("record.json"), town.path("partial.json")).unwrap();
            }
            let (key, passphrase, own) = (key_file(node, name), passphrase(node), Town::address(node));
            let sign = ["governance", "recover", "sign", "record.json", "--key", &key];
            bulla(town, &[&sign[..], &["--passphrase-file", &passphrase, "--node", &own]].concat());
        }
    }
    let shown = bulla(town, &["governance", "recover", "show", "record.json"]);
    assert_eq!(shown["complete"], true);
    let lacking = bulla(town, &["governance", "recover", "show", "partial.json"]);
    assert_eq!((&lacking["complete"], &lacking["missing"][0]), (&false.into(), &Value::from(keys[3].0.as_str())));
    keys
}

/// Tells the stopped nodes, each of which first refuses what would be wrong. Node 2 is left out; node 3 is wiped once more.
fn tell_all(town: &Town, keys: &[(String, String)]) -> Vec<String> {
    let refused = |node: u16, file: &str, why: &str| {
        let output = town.try_bullad(node, &["recover", file]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{said}");
    };
    refused(0, "partial.json", &format!("{} has not signed", keys[3].0));
    refused(0, "record.json", "set consensus_key in bullad.toml");
    edit(town, 0, &[("\"consensus.key\"", "\"next.key\"")]);
    refused(0, "record.json", &format!("{} by {}", keys[1].0, keys[1].1));
    configure(town, 0, keys);
    refused(0, "nothing.json", "name the file that `bulla governance recover` wrote");
    write_another(town, "elsewhere.json", |agreement| agreement.chain = ChainId::default());
    refused(0, "elsewhere.json", "the recovery is of chain 0000");
    write_another(town, "other.json", |agreement| agreement.last = HeaderHash::default());
    refused(0, "other.json", "which is the last here");
    write_another(town, "earlier.json", |agreement| agreement.height = agreement.height.previous().unwrap());
    refused(0, "earlier.json", "what was decided would be given up");
    fs::remove_dir_all(town.path("net/node-3/data")).unwrap();
    let told = |node: u16| {
        if node == 2 {
            return String::new();
        }
        configure(town, node, keys);
        town.bullad(node, &["recover", "record.json"])
    };
    let told = (0..4).map(told).collect();
    let again = town.bullad(0, &["recover", "record.json"]);
    assert!(again.contains("was told before"), "{again}");
    told
}

/// The record with something else in it, which all have signed.
fn write_another(town: &Town, name: &str, change: fn(&mut Agreement)) {
    let record: Paper = serde_json::from_slice(&fs::read(town.path("record.json")).unwrap()).unwrap();
    let mut agreement = record.agreement;
    change(&mut agreement);
    let mut paper = Paper::new(agreement);
    for node in 0..4 {
        let passphrase = read_passphrase(&town.path(&passphrase(node))).unwrap();
        for name in ["consensus", "next"] {
            assert!(paper.sign(&open_file(&town.path(&key_file(node, name)), &passphrase).unwrap()));
        }
    }
    fs::write(town.path(name), serde_json::to_vec(&paper).unwrap()).unwrap();
}

/// The new keys in a node's configuration.
fn configure(town: &Town, node: u16, keys: &[(String, String)]) {
    let peers = keys.iter().map(|(old, new)| (old.as_str(), new.as_str()));
    edit(town, node, &peers.chain([("\"consensus.key\"", "\"next.key\"")]).collect::<Vec<_>>());
}

fn edit(town: &Town, node: u16, replacements: &[(&str, &str)]) {
    let path = town.path(&format!("net/node-{node}/bullad.toml"));
    let text = fs::read_to_string(&path).unwrap();
    let text = replacements.iter().fold(text, |text, (old, new)| text.replace(old, new));
    fs::write(&path, text).unwrap();
}

/// One from before, one of the same licence from after, and one of a licence that was issued after: all hold from genesis, and those
/// from after say what happened.
fn proofs(town: &Town, old: &str, last: u64) {
    let new = licence("R16").to_string();
    for (id, file) in [(old, "again.bulla"), (&new, "after.bulla")] {
        let from = ["--node", &Town::address(3), "--genesis", "net/genesis.json"];
        bulla(town, &[&["proof", "save", id, file], &from[..]].concat());
    }
    let verify = |file: &str| bulla(town, &["verify", file, "--anchor", "net/genesis.json"]);
    let before = verify("before.bulla");
    assert_eq!((&before["verdict"], before.get("recovered_after")), (&"valid".into(), None));
    for file in ["again.bulla", "after.bulla"] {
        let after = verify(file);
        assert_eq!((&after["verdict"], &after["recovered_after"][0]), (&"valid".into(), &last.into()), "{after}");
    }
    let said = town.command(&["verify", "after.bulla", "--anchor", "net/genesis.json"]).output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains(&format!("recovered: after block {last} too many validators had lost")), "{said}");
}
