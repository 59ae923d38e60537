//! Validators change under load: one joins whom the others did not know, one leaves, one changes its key; what was proved
//! before and what is proved after both hold from genesis.

use crate::government::{Government, decided, issue, licence, region};
use crate::town::{PATIENCE, Town, bullad, tell, wait_until};
use bulla_testnet_local::national_body;
use bulla_verify::refusal::Outcome;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// Ends the process that a test started by itself.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already need not be ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `bulla` says, which must succeed.
pub(crate) fn bulla(town: &Town, arguments: &[&str]) -> Value {
    let output = town.command(arguments).args(["--output", "json"]).stderr(Stdio::piped()).output().unwrap();
    let said = [&output.stdout[..], &output.stderr].concat();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn key_file(node: u16, name: &str) -> String {
    format!("net/node-{node}/{name}.key")
}

pub(crate) fn passphrase(node: u16) -> String {
    format!("net/node-{node}/passphrase")
}

/// A key's public half, which `bulla keys show` tells.
pub(crate) fn public(town: &Town, node: u16, name: &str) -> String {
    let shown = bulla(town, &["keys", "show", &key_file(node, name), "--passphrase-file", &passphrase(node)]);
    shown["public_key"].as_str().unwrap().to_owned()
}

/// Has these sign a change, each with the key in its directory, and submits it until it is final.
fn govern(town: &Town, change: &[&str], signers: &[(u16, &str)]) {
    let keys: Vec<String> = signers.iter().map(|(node, name)| public(town, *node, name)).collect();
    let named = keys.iter().flat_map(|key| ["--signer", key]);
    let paper = ["--to", "change.json", "--genesis", "net/genesis.json"];
    let propose: Vec<&str> =
        ["governance", "propose"].iter().chain(change).copied().chain(named).chain(paper).collect();
    bulla(town, &propose);
    for (node, name) in signers {
        let (key, passphrase) = (key_file(*node, name), passphrase(*node));
        bulla(town, &["governance", "sign", "change.json", "--key", &key, "--passphrase-file", &passphrase]);
    }
    let node = Town::address(0);
    let submitted = bulla(
        town,
        &["governance", "submit", "change.json", "--genesis", "net/genesis.json", "--node", &node, "--wait=60"],
    );
    assert_eq!(submitted["outcomes"][0]["outcome"], "applied", "{change:?}: {submitted}");
}

/// The directory of a fifth node, whom the others' configurations do not name.
fn lay_out_newcomer(town: &Town) -> PathBuf {
    let home = town.path("net/node-4");
    fs::create_dir(&home).unwrap();
    for name in ["genesis.json", "passphrase"] {
        fs::copy(town.path("net/node-0").join(name), home.join(name)).unwrap();
    }
    let [mut text, other] =
        [0, 1].map(|node| fs::read_to_string(town.path(&format!("net/node-{node}/bullad.toml"))).unwrap());
    for (node_0, node_4) in [("7620", "7624"), ("7720", "7724"), ("7820", "7824")] {
        assert_eq!(text.matches(node_0).count(), 1, "{text}");
        text = text.replace(node_0, node_4);
    }
    let introduction = other.split("[[peers]]").find(|peer| peer.contains("name = \"node-0\"")).unwrap();
    fs::write(home.join("bullad.toml"), format!("{text}\n[[peers]]{introduction}")).unwrap();
    for name in ["consensus", "network"] {
        bulla(town, &["keys", "new", &key_file(4, name), "--passphrase-file", &passphrase(4)]);
    }
    let init = Command::new(bullad()).arg("--config").arg(home.join("bullad.toml")).arg("init").status().unwrap();
    assert!(init.success());
    home
}

fn run_newcomer(home: &PathBuf) -> Running {
    let log = fs::File::create(home.join("bullad.log")).unwrap();
    let mut command = Command::new(bullad());
    command.arg("--config").arg(home.join("bullad.toml")).arg("run").current_dir(home);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    Running(command.spawn().unwrap())
}

/// Clerks that issue licences until they are told to stop.
fn load(town: &Town, government: &Arc<Government>) -> (Arc<AtomicBool>, Arc<AtomicU64>, tokio::task::JoinHandle<()>) {
    let (stop, issued) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (town_stop, count, government) = (stop.clone(), issued.clone(), government.clone());
    let client = town.client(0);
    let client = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(client));
    let clerk = tokio::spawn(async move {
        while !town_stop.load(Ordering::SeqCst) {
            let serial = format!("L{}", count.fetch_add(1, Ordering::SeqCst));
            let last =
                decided(&client, &government.sign(&government.city, vec![issue(&serial, region("440300"))])).await;
            assert_eq!(last.outcomes, [Outcome::Applied]);
        }
    });
    (stop, issued, clerk)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_joins_one_leaves_and_one_changes_its_key_under_load() {
    let town = Town::up();
    let government = Arc::new(Government::of(&town, &town.client(0).await).await);
    let (stop, issued, clerk) = load(&town, &government);
    wait_until("a licence is issued", || issued.load(Ordering::SeqCst) > 3);
    let id = licence("L0").to_string();
    bulla(&town, &["proof", "save", &id, "before.bulla", "--node", &Town::address(0)]);

    let home = lay_out_newcomer(&town);
    let [joins, network] = ["consensus", "network"].map(|name| public(&town, 4, name));
    let uscc = national_body().uscc.to_string();
    let keys: Vec<String> = (0..4).map(|node| public(&town, node, "consensus")).collect();
    let all = [(0, "consensus"), (1, "consensus"), (2, "consensus")];
    govern(&town, &["follow", &joins, "--network", &network, "--organisation", &uscc], &all);
    let began = Instant::now();
    let newcomer = run_newcomer(&home);
    wait_until("the newcomer has caught up", || {
        let [here, there] = [0, 4].map(|node| town.tip(node).map_or(0, |(height, _)| height));
        there > 0 && there + 5 >= here
    });
    tell(&format!(
        "a node that the others' configurations do not name caught up {:.1} s after its start",
        began.elapsed().as_secs_f64()
    ));
    let with_newcomer = [all[0], all[1], all[2], (4, "consensus")];
    govern(&town, &["join", &joins, "--organisation", &uscc], &with_newcomer);
    govern(&town, &["leave", &keys[3]], &with_newcomer);
    town.kill(3);

    bulla(&town, &["keys", "new", &key_file(2, "next"), "--passphrase-file", &passphrase(2)]);
    let next = public(&town, 2, "next");
    govern(&town, &["rotate", &keys[2], &next], &[all[0], all[1], (4, "consensus"), (2, "next")]);
    // The operator starts the node with the new key, and destroys the old one.
    town.kill(2);
    let configuration = town.path("net/node-2/bullad.toml");
    let text = fs::read_to_string(&configuration).unwrap();
    fs::write(&configuration, text.replace("consensus_key = \"consensus.key\"", "consensus_key = \"next.key\""))
        .unwrap();
    let old = [&key_file(2, "consensus"), "--confirm", &keys[2], "--passphrase-file", &passphrase(2)];
    bulla(&town, &[&["keys", "destroy"], &old[..]].concat());
    assert!(!town.path(&key_file(2, "consensus")).exists());
    town.start(2);

    let listed = bulla(&town, &["governance", "validators", "--node", &Town::address(4)]);
    let mut found: Vec<&str> =
        listed["validators"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    let mut expected = vec![keys[0].as_str(), keys[1].as_str(), &next, &joins];
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);

    // Three of four are needed: without node 1, both the newcomer and the new key must vote.
    town.kill(1);
    let so_far = issued.load(Ordering::SeqCst);
    wait_until("the network goes on", || issued.load(Ordering::SeqCst) > so_far + 20);
    stop.store(true, Ordering::SeqCst);
    clerk.await.unwrap();

    bulla(&town, &["proof", "save", &id, "after.bulla", "--node", &Town::address(4), "--genesis", "net/genesis.json"]);
    for (file, anchor) in [("before.bulla", "net/genesis.json"), ("after.bulla", "net/genesis.json")] {
        assert_eq!(bulla(&town, &["verify", file, "--anchor", anchor])["verdict"], "valid", "{file}");
    }
    bulla(&town, &["proof", "header", "here.bulla", "--height", "9", "--node", &Town::address(0)]);
    bulla(&town, &["proof", "header", "there.bulla", "--height", "9", "--node", &Town::address(4)]);
    let fork = bulla(&town, &["verify", "fork", "here.bulla", "there.bulla", "--anchor", "net/genesis.json"]);
    assert_eq!(fork["verdict"], "same");
    bulla(&town, &["anchor", "pin", "here.bulla", "--anchor", "net/genesis.json", "--to", "anchor.json"]);
    assert_eq!(bulla(&town, &["verify", "after.bulla", "--anchor", "anchor.json"])["verdict"], "valid");

    town.start(1);
    wait_until("all four have one tip", || {
        let tips: Vec<_> = [0, 1, 2, 4].into_iter().filter_map(|node| town.tip(node)).collect();
        tips.len() == 4 && tips.iter().all(|tip| *tip == tips[0])
    });
    drop(newcomer);
    town.down();
    for node in [0, 2, 4] {
        let fsck = Command::new(bullad()).arg("fsck").arg(town.path(&format!("net/node-{node}"))).output().unwrap();
        assert!(fsck.status.success(), "node {node}: {}", String::from_utf8_lossy(&fsck.stdout));
    }
    assert!(began.elapsed() < PATIENCE * 5);
}
