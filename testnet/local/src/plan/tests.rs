use super::*;
use crate::departments::department;
use crate::network::tests::stand_in;
use bulla_keystore::{open_file, read_passphrase};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

fn laid_out(count: u16) -> (TempDir, LocalNetwork) {
    let directory = tempfile::tempdir().unwrap();
    let network = Plan::new(directory.path().join("network"), count).lay_out(&stand_in("obedient")).unwrap();
    (directory, network)
}

fn read_genesis(path: &Path) -> Genesis {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The key of a file, opened with the passphrase beside it.
fn opened(path: &Path) -> SigningKey {
    let passphrase = read_passphrase(&path.with_file_name(PASSPHRASE)).unwrap();
    open_file(path, &passphrase).unwrap()
}

#[test]
fn genesis_names_the_keys_that_were_written() {
    let (_directory, network) = laid_out(4);
    let genesis = read_genesis(&network.genesis());
    assert_eq!(genesis.check(), Ok(()));
    assert_eq!(genesis.validators.count(), 4);
    for node in 0..4 {
        let home = network.node_directory(node);
        assert_eq!(read_genesis(&home.join(GENESIS)), genesis);
        let voter = genesis.validators.find(&opened(&home.join(CONSENSUS_KEY)).public()).unwrap();
        assert_eq!(voter.organisation, department(node).uscc);
    }
    for role in OPERATOR_ROLES {
        let key = opened(&network.operator_key(role)).public();
        let grant = genesis.keys.iter().find(|grant| grant.key == key).unwrap();
        assert_eq!(grant.roles.iter().collect::<Vec<_>>(), [role]);
        assert_eq!(grant.organisation, genesis.organisations[0].uscc);
    }
}

#[test]
fn every_node_knows_the_others_and_not_itself() {
    let (_directory, network) = laid_out(3);
    let identities: Vec<String> =
        (0..3).map(|node| peer_id(&opened(&network.node_directory(node).join(NETWORK_KEY)).public())).collect();
    assert_eq!(identities.iter().collect::<BTreeSet<_>>().len(), 3);
    for node in 0..3 {
        let text = fs::read_to_string(network.node_directory(node).join(CONFIGURATION)).unwrap();
        for (other, identity) in (0..).zip(&identities) {
            assert_eq!(text.contains(identity), other != node, "node {node} on {other}");
        }
    }
}

#[test]
fn secrets_are_for_their_owner_alone() {
    let (_directory, network) = laid_out(1);
    let secrets = OPERATOR_ROLES.map(|role| network.operator_key(role));
    let home = network.node_directory(0);
    let own = [CONSENSUS_KEY, NETWORK_KEY, PASSPHRASE].map(|name| home.join(name));
    for path in secrets.iter().chain(&own).chain([&network.operator_passphrase()]) {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(home).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_directory_with_anything_in_it_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("letter"), "dear").unwrap();
    let refused = Plan::new(directory.path(), 4).lay_out(&stand_in("obedient")).unwrap_err().to_string();
    assert!(refused.contains("is not empty"), "{refused}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_plan_that_cannot_be_is_refused_before_a_file_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("network");
    let sound = Plan::new(&root, 4);
    let faulty = [
        Plan { count: 0, ..sound.clone() },
        Plan { count: 65, ..sound.clone() },
        Plan { ports: Ports { peers: 7_402, ..Ports::default() }, ..sound.clone() },
        Plan { parameters: Parameters { heartbeat_ms: 0, ..Parameters::default() }, ..sound.clone() },
    ];
    for plan in faulty {
        assert!(plan.lay_out(&stand_in("obedient")).is_err(), "{plan:?}");
        assert!(!root.exists());
    }
}

/// A second guard of one key could contradict the first.
#[test]
fn every_validators_guard_is_made_once() {
    let (_directory, network) = laid_out(2);
    for node in 0..2 {
        let text = fs::read_to_string(network.node_data(node).join("guards")).unwrap();
        assert_eq!(text.lines().count(), 1);
    }
}

#[test]
fn a_network_whose_guards_cannot_be_made_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("network");
    let error = Plan::new(&root, 1).lay_out(&stand_in("sick")).unwrap_err().to_string();
    assert!(error.ends_with("the disk is full"), "{error}");
    assert!(LocalNetwork::open(&root).is_err());
}

#[test]
fn a_directory_may_be_named_from_where_one_stands() {
    // Beside the sources of this package, where its tests run; the program runs in each node's own directory.
    let directory = tempfile::tempdir_in(".").unwrap();
    let relative = Path::new(".").join(directory.path().file_name().unwrap()).join("network");
    let network = Plan::new(&relative, 1).lay_out(&stand_in("obedient")).unwrap();
    assert_eq!(network.genesis(), directory.path().canonicalize().unwrap().join("network").join(GENESIS));
}
