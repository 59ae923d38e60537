//! Four `bullad` on this machine, laid out, started and killed with `bulla testnet` as a person would.

use bulla_keystore::{open_file, read_passphrase};
use bulla_proto::{Client, Timeouts};
use bulla_verify::genesis::Genesis;
use bulla_verify::keys::SigningKey;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Away from the ports of a demo that may be running.
const PORTS_UP: u16 = 220;

/// A person, as test data names one: in documents and fields that are given to commands, and nowhere in what nodes keep.
pub(crate) const PERSON: [&str; 2] = ["Lin Xiaoyu", "44030119900307291X"];

/// How long anything is waited for before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One network at a time: they share their ports, and on a machine of two cores eight or twelve validators would measure
/// each other and not what is tested.
static ALONE: Mutex<()> = Mutex::new(());

/// A network of four in a directory of its own; it goes down with this value.
pub(crate) struct Town {
    directory: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Town {
    /// Four validators that answer.
    pub(crate) fn up() -> Town {
        Town::up_with("")
    }

    /// Four validators with these lines in their configurations.
    pub(crate) fn up_with(lines: &str) -> Town {
        // A test that failed leaves nothing behind that another could see.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let town = Town { directory: tempfile::tempdir().unwrap(), _alone: alone };
        town.testnet(&["init", "--ports-further-up", &PORTS_UP.to_string(), "--bullad", &bullad()]);
        for node in 0..4 {
            let path = town.path(&format!("net/node-{node}/bullad.toml"));
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, format!("{lines}{text}")).unwrap();
        }
        town.start_all();
        town
    }

    /// Starts whoever does not run.
    pub(crate) fn start_all(&self) {
        self.testnet(&["up", "--bullad", &bullad()]);
    }

    /// A run of `bullad` for a node that does not run, which must succeed; what it prints.
    pub(crate) fn bullad(&self, node: u16, arguments: &[&str]) -> String {
        let output = self.try_bullad(node, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// As [`Town::bullad`], whatever comes of it.
    pub(crate) fn try_bullad(&self, node: u16, arguments: &[&str]) -> Output {
        let mut command = Command::new(bullad());
        command.arg("--config").arg(self.path(&format!("net/node-{node}/bullad.toml"))).args(arguments);
        command.current_dir(self.directory.path()).output().unwrap()
    }

    /// What a node says of itself; none while it does not answer.
    pub(crate) fn status(&self, node: u16) -> Option<Value> {
        let output = self.command(&["status", "--output", "json", "--node", &Town::address(node)]).output().unwrap();
        serde_json::from_slice(&output.stdout).ok().filter(|status: &Value| status["height"].is_u64())
    }

    /// Starts one node.
    pub(crate) fn start(&self, node: u16) {
        self.testnet(&["start", &node.to_string(), "--bullad", &bullad()]);
    }

    /// Ends a node as a power cut would.
    pub(crate) fn kill(&self, node: u16) {
        self.testnet(&["kill", &node.to_string()]);
    }

    /// Ends all four at once.
    pub(crate) fn kill_all(&self) {
        let kill = |node: u16| self.command(&["testnet", "kill", &node.to_string(), "--dir", "net"]).spawn().unwrap();
        let killers: Vec<Child> = (0..4).map(kill).collect();
        killers.into_iter().for_each(|mut killer| assert!(killer.wait().unwrap().success()));
    }

    /// Asks all to stop, and waits until they have.
    pub(crate) fn down(&self) {
        self.testnet(&["down"]);
    }

    /// A run of `bulla` in the network's directory, where the network is `net`.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulla"));
        command.args(arguments).current_dir(self.directory.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// A run of `bulla testnet` that must succeed.
    pub(crate) fn testnet(&self, arguments: &[&str]) -> Output {
        let output = self.command(&["testnet"]).args(arguments).args(["--dir", "net"]).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// A path beneath the network's directory.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    /// Where a node answers.
    pub(crate) fn address(node: u16) -> String {
        format!("http://127.0.0.1:{}", 7_400 + PORTS_UP + node)
    }

    /// Enacts the country's law, as docs/law has it, signed by three of four validators.
    pub(crate) fn enact(&self) {
        let law = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/law/country.json");
        let mut load = self.command(&["law", "load", law.to_str().unwrap(), "--genesis", "net/genesis.json", "--wait"]);
        for node in 0..3 {
            let directory = format!("net/node-{node}");
            load.args(["--key", &format!("{directory}/consensus.key")]);
            load.args(["--passphrase-file", &format!("{directory}/passphrase")]);
        }
        let output = load.args(["--node", &Town::address(0)]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// A connection to a node.
    pub(crate) async fn client(&self, node: u16) -> Client {
        let timeouts = Timeouts { answer: PATIENCE, ..Timeouts::default() };
        Client::connect(&Town::address(node), timeouts).await.unwrap()
    }

    /// The document that everyone has.
    pub(crate) fn genesis(&self) -> Genesis {
        serde_json::from_slice(&std::fs::read(self.path("net/genesis.json")).unwrap()).unwrap()
    }

    /// A key of the national body.
    pub(crate) fn national_key(&self, role: Role) -> SigningKey {
        let passphrase = read_passphrase(&self.path("net/operator/passphrase")).unwrap();
        open_file(&self.path(&format!("net/operator/{role}.key")), &passphrase).unwrap()
    }

    /// The height and state root of a node; none while it does not answer.
    pub(crate) fn tip(&self, node: u16) -> Option<(u64, String)> {
        let output = self.command(&["status", "--output", "json", "--node", &Town::address(node)]).output().unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).ok()?;
        Some((status["height"].as_u64()?, status["state_root"].as_str()?.to_owned()))
    }

    /// The one tip of all four, once they have one: they are alive and in agreement.
    pub(crate) fn settled(&self) -> (u64, String) {
        let mut tips = Vec::new();
        wait_until("all four nodes have one tip", || {
            tips = (0..4).filter_map(|node| self.tip(node)).collect();
            tips.len() == 4 && tips.iter().all(|tip| *tip == tips[0])
        });
        tips.remove(0)
    }

    /// Checks the stopped nodes' directories from genesis.
    pub(crate) fn fsck(&self) {
        for node in 0..4 {
            let directory = self.path(&format!("net/node-{node}"));
            let fsck = Command::new(bullad()).arg("fsck").arg(directory).output().unwrap();
            let told = [fsck.stdout, fsck.stderr].concat();
            assert!(fsck.status.success(), "node {node}: {}", String::from_utf8_lossy(&told));
        }
    }

    /// Looks in every byte that the stopped nodes keep for what people gave to commands and no ledger may hold.
    pub(crate) fn keeps_none_of<'a>(&self, texts: impl IntoIterator<Item = &'a str>) {
        let texts: Vec<&str> = texts.into_iter().collect();
        for node in 0..4 {
            let (found, told) = self.search(node, &texts);
            assert!(!found, "node {node}: {told}");
        }
    }

    /// Whether any of some texts stands in what a stopped node keeps, and where.
    pub(crate) fn search(&self, node: u16, texts: &[&str]) -> (bool, String) {
        std::fs::write(self.path("texts"), texts.join("\n")).unwrap();
        let output = self.try_bullad(node, &["search", &format!("net/node-{node}"), "--texts", "texts"]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains(" rows and "), "the search came to no end: {}", String::from_utf8_lossy(&output.stderr));
        (!output.status.success(), told)
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        // The test's own verdict stands; what still runs is only to be ended.
        let _ = self.command(&["testnet", "down", "--dir", "net"]).output();
    }
}

/// The daemon's program.
pub(crate) fn bullad() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_bulla")).with_file_name("bullad");
    assert!(program.exists(), "{} is not built; `make test` builds it", program.display());
    program.to_str().unwrap().to_owned()
}

/// Asks again and again, until it holds or patience is over.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

/// This machine's clock.
pub(crate) fn clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Millis(since.as_millis().try_into().unwrap())
}

/// Says something that is to be read even if the test passes: the test harness keeps back what goes the usual ways.
pub(crate) fn tell(line: &str) {
    use std::io::Write;
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}
