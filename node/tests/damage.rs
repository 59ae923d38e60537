//! A value that somebody changed in a stopped node's directory: the real `bullad` names it, and does not start on it.
#![cfg(feature = "daemon")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use bulla_ledger::store::rocks::{Absent, RocksStore};
use bulla_ledger::store::{Batch, Store};
use bulla_ledger::table::Table;
use bulla_testnet_local::{LocalNetwork, Plan, Ports, national_body};
use bulla_verify::canonical;
use bulla_verify::organisation::Organisation;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const BULLAD: &str = env!("CARGO_BIN_EXE_bullad");
const PATIENCE: Duration = Duration::from_secs(60);
/// Away from the ports of other tests' networks.
const PORTS_UP: u16 = 260;

#[test]
fn a_changed_value_is_named_and_the_node_refuses_to_start_on_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut plan = Plan::new(directory.path().join("net"), 1);
    plan.ports = Ports::default().shifted(PORTS_UP).unwrap();
    let network = plan.lay_out(Path::new(BULLAD)).unwrap();
    let lives = |node: &bulla_testnet_local::NodeAddresses| TcpStream::connect(node.grpc).is_ok();
    let started = network.up(Path::new(BULLAD)).unwrap();
    network.wait_until_ready(&started, lives, PATIENCE).unwrap();
    assert!(network.down(PATIENCE).unwrap().is_empty());
    let sound = fsck(&network);
    assert!(sound.status.success(), "{}", said(&sound));

    let (key, original) = rename_the_national_body(&network);
    let finding = fsck(&network);
    assert_eq!(finding.status.code(), Some(1));
    let uscc = national_body().uscc;
    let expected = format!("table records, organisation {uscc}: the value is not the one that the blocks give\n");
    assert_eq!(String::from_utf8_lossy(&finding.stdout), expected);

    let refused = Command::new(BULLAD).arg("run").current_dir(network.node_directory(0)).output().unwrap();
    assert!(!refused.status.success());
    assert!(said(&refused).contains("the records give state root"), "{}", said(&refused));
    assert!(said(&refused).contains("run bullad fsck"), "{}", said(&refused));

    // The same value as before, and all is well: nothing else had been touched.
    put(&network, key, original);
    let sound = fsck(&network);
    assert!(sound.status.success(), "{}", said(&sound));
}

/// Gives a record another value, which reads as well as the first; tells its key and what stood there.
fn rename_the_national_body(network: &LocalNetwork) -> (Vec<u8>, Vec<u8>) {
    let key = Organisation::key(&national_body().uscc).0.to_vec();
    let store = open(network);
    let original = store.read(Table::Records, &key).unwrap().expect("genesis names it");
    drop(store);
    let mut body: Organisation = canonical::decode(&original, MAX_RECORD_BYTES).unwrap();
    body.name = "Test national body (forged)".parse().unwrap();
    put(network, key.clone(), canonical::encode(&body));
    (key, original)
}

fn put(network: &LocalNetwork, key: Vec<u8>, value: Vec<u8>) {
    let mut batch = Batch::default();
    batch.put(Table::Records, key, value);
    open(network).write(batch).unwrap();
}

fn open(network: &LocalNetwork) -> RocksStore {
    RocksStore::open(&network.node_data(0).join("ledger"), Absent::Refuse).unwrap()
}

fn fsck(network: &LocalNetwork) -> Output {
    Command::new(BULLAD).arg("fsck").arg(network.node_directory(0)).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}
