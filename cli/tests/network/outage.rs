//! With one of four stopped the network goes on; with two stopped it waits, says for whom, and takes up what waited when one
//! of them is back.

use crate::government::{Government, decided, issue, region};
use crate::town::{PATIENCE, Town, tell, wait_until};
use bulla_proto::Client;
use bulla_proto::answer::{Progress, Stage};
use bulla_testnet_local::department;
use bulla_verify::refusal::Outcome;
use futures::future::join_all;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How many clerks submit at once, each an act after the other.
const CLERKS: usize = 8;
const ACTS_EACH: usize = 40;

/// Long enough for ten blocks of a network that goes on.
const SHORT: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn three_of_four_go_on_and_two_wait_for_a_third() {
    let town = Town::up();
    let client = town.client(0).await;
    let government = Government::of(&town, &client).await;
    let with_four = pace(&government, &client, "A").await;
    town.kill(3);
    let at_once = pace(&government, &client, "B").await;
    // By now the one that is gone has missed turns, and is passed over.
    let later = pace(&government, &client, "C").await;
    tell(&format!("with 4 of 4 validators: {with_four}; with 3 of 4: at once {at_once}, then {later}"));

    town.kill(2);
    wait_until("node 0 says whom it misses", || names_the_missing(&why(&town, 0), &[2, 3]));
    let (waiting, json) = status(&town);
    assert!(waiting.contains("The network waits: 2 of 4 validators vote, 3 are needed."), "{waiting}");
    assert!(waiting.contains("node 2  http://127.0.0.1:7622  does not run"), "{waiting}");
    assert!(waiting.lines().any(|line| names_the_missing(line, &[2, 3])), "{waiting}");
    assert_eq!((&json["goes_on"], &json["voting"], &json["quorum"]), (&false.into(), &2.into(), &3.into()));

    let found = findings(&town);
    let expected = ["no answer", "no answer", "no quorum", "no quorum", "missing validator", "missing validator"];
    assert_eq!(found.iter().map(|(name, _)| name.as_str()).take(6).collect::<Vec<_>>(), expected, "{found:?}");
    assert!(names_the_missing(&found[2].1, &[2, 3]), "{found:?}");

    let act = government.sign(&government.city, vec![issue("WAITS", region("440300"))]);
    let submitted = client.submit(&act, SHORT).await.unwrap();
    assert_eq!(submitted.stage, Stage::Waiting, "two of four decided something");
    assert_eq!(client.transaction(submitted.id, SHORT).await, Ok(Progress::Waiting));

    let began = Instant::now();
    town.start(2);
    let progress = client.transaction(submitted.id, PATIENCE).await.unwrap();
    let Progress::Final(last) = progress else { panic!("what waited is not final: {progress:?}") };
    assert_eq!(last.outcomes, [Outcome::Applied]);
    tell(&format!("what had waited was final {:.1} s after the third was started", began.elapsed().as_secs_f64()));
    let (goes_on, json) = status(&town);
    assert!(goes_on.contains("The network goes on: 3 of 4 validators vote, 3 are needed."), "{goes_on}");
    assert_eq!(json["goes_on"], true);

    town.start(3);
    town.settled();
    // A turn that was missed while it was gone may still be told of; nothing else is wrong.
    let left: Vec<_> = findings(&town).into_iter().filter(|(name, _)| name != "missed turns").collect();
    assert_eq!(left, []);
    town.down();
    town.fsck();
}

/// Licences issued until each is final, by several clerks at once.
async fn pace(government: &Government, client: &Client, series: &str) -> String {
    let began = Instant::now();
    let clerk = async |clerk: usize| {
        for act in 0..ACTS_EACH {
            let operation = issue(&format!("{series}{clerk}N{act}"), region("440300"));
            let last = decided(client, &government.sign(&government.city, vec![operation])).await;
            assert_eq!(last.outcomes, [Outcome::Applied]);
        }
    };
    join_all((0..CLERKS).map(clerk)).await;
    let (seconds, acts) = (began.elapsed().as_secs_f64(), f64::from(u32::try_from(CLERKS * ACTS_EACH).unwrap()));
    format!("{:.1} acts a second ({acts} acts of {CLERKS} clerks in {seconds:.2} s)", acts / seconds)
}

/// `bulla testnet status`, for people and for programs.
fn status(town: &Town) -> (String, Value) {
    let text = String::from_utf8(town.testnet(&["status"]).stdout).unwrap();
    (text, serde_json::from_slice(&town.testnet(&["status", "--output", "json"]).stdout).unwrap())
}

/// What `bulla doctor` finds: names and texts.
fn findings(town: &Town) -> Vec<(String, String)> {
    let output = town.command(&["doctor", "--testnet", "net", "--output", "json"]).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = found["findings"].as_array().unwrap().clone();
    assert_eq!(output.status.code(), Some(i32::from(!found.is_empty())));
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    found.iter().map(|finding| (text(finding, "name"), text(finding, "text"))).collect()
}

/// What a node says of why it waits.
fn why(town: &Town, node: usize) -> String {
    status(town).1["nodes"][node]["status"]["why"].to_string()
}

/// Whether a sentence names these nodes' departments as missing, and the others not.
fn names_the_missing(sentence: &str, missing: &[u16]) -> bool {
    let named = |node: &u16| sentence.contains(department(*node).uscc.as_str());
    let says_so = sentence.contains("2 of 4 validators are connected, 3 are needed; start or reach:");
    says_so && (0..4).all(|node| named(&node) == missing.contains(&node))
}
