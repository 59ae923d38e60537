use super::*;
use std::fs;
use tempfile::TempDir;

/// The file that a test network's second node is given; the tests of the test network hold it to be so.
const NODE_1_OF_3: &str = include_str!("../../../testnet/local/src/configuration/node-1-of-3.toml");

struct Scene {
    directory: TempDir,
}

impl Scene {
    fn read(&self, text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let path = self.path();
        fs::write(&path, text).unwrap();
        Config::read(&path, environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("bullad.toml")
    }
}

fn scene() -> Scene {
    Scene { directory: tempfile::tempdir().unwrap() }
}

/// What is said of a text in which something was replaced. The line is that of `bullad.toml`.
fn refused(from: &str, to: &str) -> String {
    assert!(NODE_1_OF_3.contains(from));
    let scene = scene();
    let said = scene.read(&NODE_1_OF_3.replacen(from, to, 1), &[]).unwrap_err().to_string();
    said.replace(&scene.path().display().to_string(), "bullad.toml")
}

#[test]
fn a_test_networks_file_is_read() {
    let scene = scene();
    let config = scene.read(NODE_1_OF_3, &[]).unwrap();
    assert_eq!(config.data_dir, scene.directory.path().join("data"));
    assert_eq!(config.passphrase_file, scene.directory.path().join("passphrase"));
    assert_eq!(config.listen_grpc, "127.0.0.1:7401".parse().unwrap());
    assert_eq!(config.listen_peers.to_string(), "/ip4/127.0.0.1/tcp/7501");
    assert_eq!(config.listen_metrics, "127.0.0.1:7601".parse().unwrap());
    assert_eq!((config.max_tree_memory_mib.get(), config.past_memory_mib), (4096, 16));
    assert_eq!(config.log, Log { format: Format::Text, level: Level::Info });
    assert_eq!(Waits::from(config.timeouts), Waits::default());
    let peers: Vec<_> = config.peers.iter().map(|peer| (peer.name.as_str(), peer.address.to_string())).collect();
    let expected = [("node-0", "/ip4/127.0.0.1/tcp/7500"), ("node-2", "/ip4/127.0.0.1/tcp/7502")];
    assert_eq!(peers, expected.map(|(name, address)| (name, address.to_owned())));
    assert!(config.peers[0].peer_id.to_string().starts_with("12D3Koo"));
    assert!(config.peers[0].validator.check_strength().is_ok());
}

#[test]
fn an_absolute_path_stays() {
    let config = scene().read(&NODE_1_OF_3.replace("\"data\"", "\"/var/lib/bulla\""), &[]).unwrap();
    assert_eq!(config.data_dir, Path::new("/var/lib/bulla"));
}

#[test]
fn the_environment_overrules_the_file() {
    let environment = [
        ("BULLA_LISTEN_GRPC", "127.0.0.1:9000"),
        ("BULLA_LOG__LEVEL", "debug"),
        ("BULLA_LOG__FORMAT", "json"),
        ("BULLA_TIMEOUTS__PROPOSE_MS", "900"),
        ("BULLADRY_COLUMNS", "ignored"),
        ("HOME", "/root"),
    ];
    let config = scene().read(NODE_1_OF_3, &environment).unwrap();
    assert_eq!(config.listen_grpc, "127.0.0.1:9000".parse().unwrap());
    assert_eq!(config.log, Log { format: Format::Json, level: Level::Debug });
    assert_eq!(Waits::from(config.timeouts), Waits { propose_ms: 900, ..Waits::default() });
    assert_eq!(config.listen_metrics, "127.0.0.1:7601".parse().unwrap(), "the file still says the rest");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let said = refused("listen_grpc", "listen_rpc");
    assert!(said.starts_with("bullad.toml:7: unknown key `listen_rpc`; known there: data_dir, genesis"), "{said}");
    let said = refused("level", "levle");
    assert_eq!(said, "bullad.toml:13: unknown key `log.levle`; known there: format, level");
    let said = refused("[log]", "[logs]");
    assert!(said.starts_with("bullad.toml:11: unknown key `logs`"), "{said}");
    let said = refused("peer_id", "id");
    assert!(said.starts_with("bullad.toml:18: unknown key `peers.0.id`"), "{said}");
    let said = refused("[log]", "[timeouts]\npropose = 1\n[log]");
    assert!(said.starts_with("bullad.toml:12: unknown key `timeouts.propose`"), "{said}");
}

#[test]
fn an_unknown_variable_is_named() {
    for (name, key) in [("BULLA_LISTEN_RPC", "listen_rpc"), ("BULLA_LOG__LEVLE", "log.levle")] {
        let said = scene().read(NODE_1_OF_3, &[(name, "1")]).unwrap_err().to_string();
        assert!(said.starts_with(&format!("environment variable {name}: unknown key `{key}`")), "{said}");
    }
}

#[test]
fn a_missing_key_is_named() {
    assert_eq!(refused("genesis = \"genesis.json\"\n", ""), "bullad.toml: the key `genesis` is missing; add it");
    assert_eq!(refused("name = \"node-0\"\n", ""), "bullad.toml:15: the key `peers.0.name` is missing; add it");
}

#[test]
fn a_value_that_cannot_be_is_named_with_its_line() {
    for (from, to, place) in [
        ("127.0.0.1:7401", "localhost", "bullad.toml:7: `listen_grpc`"),
        ("/ip4/127.0.0.1/tcp/7501", "127.0.0.1:7501", "bullad.toml:8: `listen_peers`"),
        ("\"info\"", "\"loud\"", "bullad.toml:13: `log.level`"),
        ("\"data\"", "7", "bullad.toml:2: `data_dir`"),
        ("12D3KooWCm", "12D3KooWC0", "bullad.toml:18: `peers.0.peer_id`"),
        ("ed25519:3b", "ed25519:3", "bullad.toml:17: `peers.0.validator`"),
        ("tcp/7502", "tcp/75020", "bullad.toml:25: `peers.1.address`"),
        ("[log]", "[timeouts]\nlongest_ms = 0\n[log]", "bullad.toml:12: `timeouts.longest_ms`"),
        ("[log]", "[timeouts]\nlongest_ms = -1\n[log]", "bullad.toml:12: `timeouts.longest_ms`"),
    ] {
        let said = refused(from, to);
        assert!(said.starts_with(place), "{said}");
    }
    let said = scene().read(NODE_1_OF_3, &[("BULLA_LISTEN_GRPC", "here")]).unwrap_err().to_string();
    assert!(said.starts_with("environment variable BULLA_LISTEN_GRPC: `listen_grpc`"), "{said}");
}

#[test]
fn what_is_no_toml_or_not_there_is_said() {
    let said = refused("\"genesis.json\"", "genesis.json");
    assert!(said.starts_with("bullad.toml is no TOML:") && said.contains("line 3"), "{said}");
    let missing = Config::read(&scene().path(), std::iter::empty()).unwrap_err();
    assert!(matches!(missing, ConfigError::Unreadable { .. }), "{missing}");
}

#[test]
fn level_names_are_those_of_the_file() {
    for level in [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace] {
        let name = level.to_string();
        assert_eq!(scene().read(NODE_1_OF_3, &[("BULLA_LOG__LEVEL", name.as_str())]).unwrap().log.level, level);
    }
}
