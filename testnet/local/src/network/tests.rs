use super::*;
use crate::Plan;
use std::net::TcpListener;
use tempfile::TempDir;

const MINUTE: Duration = Duration::from_secs(60);

/// A program that stands in for bullad: see the scripts beside this file.
pub(crate) fn stand_in(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/network/stand_in").join(name)
}

/// A network that leaves no process behind, on ports that no other test here has.
struct Scene {
    network: LocalNetwork,
    _directory: TempDir,
}

impl Scene {
    fn new(place: u16) -> Scene {
        let directory = tempfile::tempdir().unwrap();
        let mut plan = Plan::new(directory.path().join("network"), 2);
        plan.ports = Ports::default().shifted(3_000 + 500 * place).unwrap();
        Scene { network: plan.lay_out(&stand_in("obedient")).unwrap(), _directory: directory }
    }

    fn running(&self) -> Vec<bool> {
        self.network.status().unwrap().iter().map(|status| status.pid.is_some()).collect()
    }

    /// Waits until the nodes have passed the place in their script where they are ready.
    fn wait(&self, nodes: &[NodeAddresses]) -> Result<()> {
        let ready = |addresses: &NodeAddresses| self.network.node_directory(addresses.node).join("ready").exists();
        self.network.wait_until_ready(nodes, ready, MINUTE)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for status in self.network.status().unwrap_or_default() {
            let _ = self.network.kill(status.addresses.node);
        }
    }
}

#[test]
fn nodes_start_die_come_back_and_stop() {
    let scene = Scene::new(0);
    let bullad = stand_in("obedient");
    assert_eq!(scene.running(), [false, false]);
    let started = scene.network.up(&bullad).unwrap();
    assert_eq!(started, scene.network.nodes().collect::<Vec<_>>());
    scene.wait(&started).unwrap();
    assert_eq!(scene.running(), [true, true]);
    assert_eq!(scene.network.up(&bullad).unwrap(), [], "both run already");

    // Whoever comes later with nothing but the directory finds them too.
    let later = LocalNetwork::open(&scene.network.root).unwrap();
    later.kill(1).unwrap();
    assert_eq!(scene.running(), [true, false]);
    assert!(later.kill(1).unwrap_err().to_string().contains("does not run"));
    let back = later.start(1, &bullad).unwrap();
    scene.wait(&[back]).unwrap();
    assert!(later.start(1, &bullad).unwrap_err().to_string().contains("runs already"));

    assert_eq!(scene.network.down(MINUTE).unwrap(), []);
    assert_eq!(scene.running(), [false, false]);
    assert_eq!(scene.network.down(MINUTE).unwrap(), [], "nothing is left to stop");
}

#[test]
fn a_node_that_ends_is_quoted() {
    let scene = Scene::new(1);
    let started = scene.network.up(&stand_in("sick")).unwrap();
    let error = scene.wait(&started).unwrap_err().to_string();
    assert!(error.contains("node 0 has ended"), "{error}");
    assert!(error.ends_with("line 40: the disk is full"), "{error}");
    assert!(!error.contains("line 25:"), "fifteen lines are enough: {error}");
}

#[test]
fn a_node_that_is_never_ready_is_not_waited_for_without_end() {
    let scene = Scene::new(2);
    let started = scene.network.up(&stand_in("obedient")).unwrap();
    let error = scene.network.wait_until_ready(&started, |_| false, Duration::from_millis(200)).unwrap_err();
    assert!(error.to_string().contains("not ready"), "{error}");
    assert_eq!(scene.running(), [true, true], "waiting ends nothing");
}

#[test]
fn a_node_that_does_not_stop_is_named_and_left() {
    let scene = Scene::new(3);
    let started = scene.network.up(&stand_in("stubborn")).unwrap();
    scene.wait(&started).unwrap();
    let left = scene.network.down(Duration::from_millis(200)).unwrap();
    assert_eq!(left.iter().map(|status| status.addresses.node).collect::<Vec<_>>(), [0, 1]);
    scene.network.kill(0).unwrap();
    assert_eq!(scene.running(), [false, true]);
}

#[test]
fn no_node_is_started_where_a_port_is_taken() {
    let scene = Scene::new(4);
    let last = scene.network.nodes().last().unwrap();
    let _held = TcpListener::bind(last.metrics).unwrap();
    let error = scene.network.up(&stand_in("obedient")).unwrap_err().to_string();
    assert!(error.contains(&last.metrics.to_string()), "{error}");
    assert_eq!(scene.running(), [false, false]);
}

#[test]
fn what_is_not_there_is_said() {
    let scene = Scene::new(5);
    let unknown = scene.network.start(2, &stand_in("obedient")).unwrap_err().to_string();
    assert!(unknown.contains("this network has 2"), "{unknown}");
    let missing = scene.network.start(0, Path::new("/nowhere/bullad")).unwrap_err().to_string();
    assert!(missing.contains("cannot start /nowhere/bullad"), "{missing}");
    let empty = tempfile::tempdir().unwrap();
    let error = LocalNetwork::open(empty.path()).unwrap_err().to_string();
    assert!(error.contains("bulla testnet init"), "{error}");
}
