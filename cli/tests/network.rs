//! Real processes: four `bullad` on loopback, an import of real records, a validator killed in the middle of it.
//!
//! `cargo test --workspace` builds `bullad` beside these tests; the records are read from `../shared/data`, and without them
//! there is nothing to import.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Away from the ports of a demo that may be running.
const PORTS_UP: u16 = 220;

/// How long anything is waited for before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn records() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let directory = std::env::var_os("BULLA_DATA").map_or(beside, PathBuf::from);
    Some(directory.join("licences.dev.csv")).filter(|file| file.exists())
}

fn bullad() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_bulla")).with_file_name("bullad");
    assert!(program.exists(), "{} is not built; `make test` builds it", program.display());
    program
}

/// A network of four in a directory of its own; it goes down with this value.
struct Network {
    directory: TempDir,
}

impl Network {
    fn up() -> Network {
        let network = Network { directory: tempfile::tempdir().unwrap() };
        let bullad = bullad();
        let bullad = bullad.to_str().unwrap();
        network.testnet(&["init", "--ports-further-up", &PORTS_UP.to_string(), "--bullad", bullad]);
        network.testnet(&["up", "--bullad", bullad]);
        network
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulla"));
        command.args(arguments).current_dir(self.directory.path()).stdin(Stdio::null());
        command
    }

    fn testnet(&self, arguments: &[&str]) -> Output {
        let output = self.command(&["testnet"]).args(arguments).args(["--dir", "net"]).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn address(node: u16) -> String {
        format!("http://127.0.0.1:{}", 7_400 + PORTS_UP + node)
    }

    /// The height and state root of a node; none while it does not answer.
    fn tip(&self, node: u16) -> Option<(u64, String)> {
        let output = self.command(&["status", "--output", "json", "--node", &Network::address(node)]).output().unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).ok()?;
        Some((status["height"].as_u64()?, status["state_root"].as_str()?.to_owned()))
    }

    fn import(&self, file: &Path) -> Child {
        self.command(&["import", "licences", file.to_str().unwrap(), "--output", "json", "--state", "import"])
            .args(["--genesis", "net/genesis.json", "--node", &Network::address(0)])
            .args(["--key", "net/operator/registrar.key", "--passphrase-file", "net/operator/passphrase"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// All four tips, once they are one.
    fn settled(&self) -> (u64, String) {
        let mut tips = Vec::new();
        wait_until("all four nodes have one tip", || {
            tips = (0..4).filter_map(|node| self.tip(node)).collect();
            tips.len() == 4 && tips.iter().all(|tip| *tip == tips[0])
        });
        tips.remove(0)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The test's own verdict stands; what still runs is only to be ended.
        let _ = self.command(&["testnet", "down", "--dir", "net"]).output();
    }
}

/// Asks again and again, until it holds or patience is over.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

#[test]
fn an_import_outlives_a_killed_validator_and_all_agree() {
    let Some(file) = records() else { return };
    let network = Network::up();
    let import = network.import(&file);
    wait_until("the import is under way", || network.tip(0).is_some_and(|(height, _)| height >= 6));
    network.testnet(&["kill", "2"]);
    let killed_at = network.tip(0).unwrap().0;
    wait_until("three validators go on", || network.tip(0).is_some_and(|(height, _)| height >= killed_at + 2));
    network.testnet(&["start", "2", "--bullad", bullad().to_str().unwrap()]);

    let output = import.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["rows"], 16_623);
    assert_eq!(report["accepted_by_act"], 13_300);
    assert_eq!(report["ended_by_term"], 2_992);
    assert_eq!(report["unforeseen"], 0, "the ledger decided otherwise than the plan");
    let refused = [("BUL-0515", 35), ("BUL-0520", 274), ("BUL-0523", 1), ("BUL-0904", 14), ("BUL-0906", 7)];
    for (code, count) in refused {
        assert_eq!(report["refused_by_code"][code], count, "{code}");
    }

    let before = network.settled();
    (0..4).for_each(|node| drop(network.testnet(&["kill", &node.to_string()])));
    network.testnet(&["up", "--bullad", bullad().to_str().unwrap()]);
    let after = network.settled();
    assert!(after.0 >= before.0, "height {} was acknowledged, {} is left", before.0, after.0);

    network.testnet(&["down"]);
    for node in 0..4 {
        let directory = network.directory.path().join(format!("net/node-{node}"));
        let fsck = Command::new(bullad()).arg("fsck").arg(directory).output().unwrap();
        let told = [fsck.stdout, fsck.stderr].concat();
        assert!(fsck.status.success(), "node {node}: {}", String::from_utf8_lossy(&told));
    }
}
