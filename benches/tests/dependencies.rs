//! The direction of dependencies: an arrow between two of Bulla's crates that the table below does not draw fails here,
//! and so does a runtime, a socket, a database or a source of randomness under a pure crate.
//!
//! To add an arrow, add it to [`ALLOWED`] and say why in `docs/decisions/`.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// What each crate may use directly: in its code, its build script and its tests alike.
const ALLOWED: &[(&str, &[&str])] = &[
    ("verify", &[]),
    ("keystore", &["verify"]),
    ("contracts", &["verify"]),
    ("consensus", &["verify"]),
    ("ledger", &["verify", "contracts"]),
    ("proto", &["verify"]),
    ("testnet-local", &["verify", "keystore", "proto"]),
    // The last for its tests alone, which start real networks of `bullad` (docs/decisions/0013).
    ("node", &["verify", "keystore", "contracts", "consensus", "ledger", "proto", "testnet-local"]),
    ("cli", &["verify", "keystore", "proto", "testnet-local"]),
    // What proves and what measures may look at everything, and nothing looks at them.
    (
        "testnet-sim",
        &["verify", "keystore", "contracts", "consensus", "ledger", "proto", "node", "cli", "testnet-local"],
    ),
    ("testnet-forge", &["verify", "keystore", "contracts", "ledger", "testnet-local"]),
    ("testnet-history", &["verify"]),
    (
        "testnet-fire",
        &["verify", "keystore", "ledger", "proto", "node", "testnet-local", "testnet-forge", "testnet-history"],
    ),
    ("bench-signature", &["verify"]),
    (
        "benches",
        &[
            "verify",
            "keystore",
            "contracts",
            "consensus",
            "ledger",
            "proto",
            "node",
            "cli",
            "testnet-local",
            "testnet-forge",
            "bench-signature",
        ],
    ),
];

/// Crates that decide what is true: the same answer on every machine, whatever the machine is doing.
const PURE: &[&str] = &["verify", "contracts", "consensus"];

/// What a pure crate may not reach, at any depth. A name that ends in `-` stands for every crate that begins so.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio-",
    "mio",
    "socket2",
    "async-std",
    "smol",
    "libp2p",
    "libp2p-swarm",
    "libp2p-tcp",
    "tonic",
    "tonic-",
    "hyper",
    "hyper-",
    "h2",
    "rocksdb",
    "librocksdb-sys",
    "rand",
    "rand_core",
    "rand_chacha",
    "getrandom",
    "fastrand",
];

/// Malachite's core names tokio in its manifest, and no line of its sources uses it. Without a feature tokio has
/// neither runtime, nor timer, nor socket; with one this exception does not hold.
const TOKIO_IN_NAME_ONLY: (&str, &str) = ("consensus", "tokio");

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: String,
    to: String,
}

impl Edge {
    fn is_allowed(&self) -> bool {
        ALLOWED.iter().any(|(from, to)| *from == self.from && to.contains(&self.to.as_str()))
    }
}

/// A crate in a resolved graph, with the features that are on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    name: String,
    features: String,
}

#[test]
fn no_crate_uses_another_against_the_direction() {
    let refused: Vec<String> = edges()
        .into_iter()
        .filter(|edge| !edge.is_allowed())
        .map(|edge| format!("{} -> {}", edge.from, edge.to))
        .collect();
    assert!(refused.is_empty(), "edges that benches/tests/dependencies.rs does not allow: {refused:?}");
}

#[test]
fn every_crate_of_the_workspace_stands_in_the_table() {
    let there: BTreeSet<String> = members().into_iter().map(|(name, _)| name).collect();
    let drawn: BTreeSet<String> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, drawn);
}

#[test]
fn the_table_has_no_way_back() {
    // Each crate may use only crates that stand above it in the table, so there is no cycle to follow.
    for (row, (from, to)) in ALLOWED.iter().enumerate() {
        for name in *to {
            assert!(ALLOWED[..row].iter().any(|(above, _)| above == name), "{from} -> {name} points downwards");
        }
    }
}

#[test]
fn pure_crates_reach_no_runtime_no_socket_no_database_and_no_randomness() {
    for name in PURE {
        let impure: Vec<Reached> = reached(name).into_iter().filter(|dependency| is_impure(name, dependency)).collect();
        assert!(
            impure.is_empty(),
            "{name} is pure and reaches {impure:?}; ask `cargo tree -p bulla-{name} -e normal -i NAME`"
        );
    }
}

#[test]
fn neither_the_command_line_nor_the_simulator_links_rocksdb() {
    for name in ["cli", "testnet-local", "testnet-sim", "proto"] {
        let linked: Vec<Reached> =
            reached(name).into_iter().filter(|dependency| dependency.name.contains("rocksdb")).collect();
        assert!(linked.is_empty(), "{name} links {linked:?}");
    }
}

/// The bugs that tests plant cannot be planted in anything that is built to run.
#[test]
fn no_program_holds_a_planted_bug() {
    for name in ["node", "cli", "proto", "ledger", "consensus", "testnet-local", "testnet-sim", "benches"] {
        let holds = |dependency: &Reached| dependency.features.split(',').any(|feature| feature == "planted");
        let holding: Vec<Reached> = reached(name).into_iter().filter(holds).collect();
        assert!(holding.is_empty(), "{name} is built with {holding:?}");
    }
    let tree =
        cargo(&["tree", "--edges", "normal,dev", "--prefix", "none", "-p", "bulla-testnet-sim", "--format", "{p}|{f}"]);
    assert!(tree.contains("planted"), "the simulator's own tests plant none, or this test has gone blind: {tree}");
}

#[test]
fn a_planted_edge_and_a_planted_runtime_are_refused() {
    for (from, to) in
        [("verify", "contracts"), ("contracts", "ledger"), ("cli", "node"), ("node", "testnet-sim"), ("cli", "benches")]
    {
        assert!(!Edge { from: from.to_owned(), to: to.to_owned() }.is_allowed(), "{from} -> {to}");
    }
    let with = |name: &str, features: &str| Reached { name: name.to_owned(), features: features.to_owned() };
    assert!(is_impure("verify", &with("getrandom", "")));
    assert!(is_impure("verify", &with("tokio", "default")));
    assert!(is_impure("contracts", &with("tokio-util", "")));
    assert!(is_impure("consensus", &with("tokio", "default,rt")));
    assert!(!is_impure("consensus", &with("tokio", "default")));
    assert!(!is_impure("verify", &with("borsh", "")));
}

fn is_impure(from: &str, dependency: &Reached) -> bool {
    let named = IMPURE.iter().any(|banned| match banned.strip_suffix('-') {
        Some(_) => dependency.name.starts_with(banned),
        None => dependency.name == *banned,
    });
    let in_name_only = (from, dependency.name.as_str()) == TOKIO_IN_NAME_ONLY
        && ["", "default"].contains(&dependency.features.as_str());
    named && !in_name_only
}

/// The crates of the workspace, each with what its manifest names, whatever the kind of the dependency.
fn members() -> Vec<(String, Vec<String>)> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])).expect("cargo prints JSON");
    let list = |of: &Value, field: &str| of.get(field).and_then(Value::as_array).expect("a list").clone();
    let own = |of: &Value| Some(of.get("name")?.as_str()?.strip_prefix("bulla-")?.to_owned());
    list(&metadata, "packages")
        .iter()
        .map(|package| {
            let name = own(package).expect("every crate here is called bulla-something");
            (name, list(package, "dependencies").iter().filter_map(own).collect())
        })
        .collect()
}

fn edges() -> BTreeSet<Edge> {
    let edges: BTreeSet<Edge> = members()
        .into_iter()
        .flat_map(|(from, to)| to.into_iter().map(move |to| Edge { from: from.clone(), to }))
        .collect();
    assert!(edges.len() > 5, "the reader of cargo metadata has gone blind: {edges:?}");
    edges
}

/// Everything that one of Bulla's crates links when it is built alone: the resolved graph, with features.
fn reached(name: &str) -> BTreeSet<Reached> {
    let package = format!("bulla-{name}");
    let tree = cargo(&["tree", "--edges", "normal", "--prefix", "none", "--package", &package, "--format", "{p}|{f}"]);
    let reached: BTreeSet<Reached> = tree
        .lines()
        .filter_map(|line| {
            let (package, features) = line.split_once('|')?;
            let name = package.split(' ').next()?;
            Some(Reached { name: name.to_owned(), features: features.trim_end_matches(" (*)").to_owned() })
        })
        .collect();
    assert!(reached.iter().any(|dependency| dependency.name == package), "cargo tree does not name {package} itself");
    reached
}

fn cargo(arguments: &[&str]) -> String {
    // Cargo runs a test in the folder of its crate.
    let output =
        Command::new(env!("CARGO")).args(arguments).current_dir("..").output().expect("cargo runs its own tests");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}
