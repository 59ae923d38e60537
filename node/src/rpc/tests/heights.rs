//! Questions that wait for a height, over real sockets.

use super::town::*;
use bulla_proto::{Client, ClientError, MAX_BEHIND, Timeouts};
use bulla_verify::chain::Height;
use bulla_verify::licence::Licence;
use bulla_verify::proof::Claim;
use bulla_verify::record::Record;
use std::time::{Duration, Instant};

/// A client of the town whose patience is short.
async fn hasty(town: &Town, answer: Duration) -> Client {
    Client::connect(&town.server.address().to_string(), Timeouts { connect: LONG, answer }).await.unwrap()
}

fn behind(town: &Town, height: u64, at_least: u64) -> ClientError {
    let endpoint = format!("http://{}", town.server.address());
    ClientError::Behind { endpoint, height: Height(height), at_least: Height(at_least) }
}

#[tokio::test]
async fn an_answer_is_of_no_older_state_than_asked_for() {
    let mut town = Town::with_type().await;
    let issued = checked(town.issue(1));
    let (client, first) = (town.client.at_least(Height(2)), licence(1));
    let mut asks = Box::pin(client.licence(&first, false));
    // The question is there and sleeps.
    while town.waits() < 1 {
        tokio::select! {
            early = &mut asks => panic!("{early:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(town.client.licence(&licence(1), false).await.unwrap().as_of.height, Height(1), "others are answered");
    town.decide(&[issued]);
    let found = asks.await.unwrap();
    assert_eq!((found.as_of.height, found.record.is_some()), (Height(2), true));
    assert_eq!(town.waits(), 0);
    // What is there already is waited for no more, and a client asks for the highest that it was given.
    let found = client.at_least(Height(1)).licence(&licence(1), true).await.unwrap();
    assert_eq!((found.as_of.height, found.record.is_some()), (Height(2), true));
}

#[tokio::test]
async fn who_asks_for_what_does_not_come_is_told_what_there_is_before_it_gives_up() {
    let town = Town::with_type().await;
    let client = hasty(&town, Duration::from_millis(300)).await.at_least(Height(2));
    let refused = behind(&town, 1, 2);
    assert_eq!(
        refused.to_string().split_once(" has ").unwrap().1,
        "block 1, and block 2 was asked for; ask again, or another node"
    );
    assert_eq!(client.licence(&licence(1), false).await.unwrap_err(), refused);
    assert_eq!(client.licence(&licence(1), true).await.unwrap_err(), refused);
    assert_eq!(client.licence_history(&licence(1), 0).await.unwrap_err(), refused);
    let key = Licence::key(&licence(1).base());
    assert_eq!(client.record_bytes(&key).await.unwrap_err(), refused);
    assert_eq!(client.list(&key, 0).await.unwrap_err(), refused);
    assert_eq!(client.organisation(&city(), false).await.unwrap_err(), refused);
    assert_eq!(client.licence_type(&permit().code, false).await.unwrap_err(), refused);
    assert_eq!(client.proof(&Claim::Organisation(city()), None).await.unwrap_err(), refused);
    assert_eq!(client.block(Height(1), 0).await.unwrap_err(), refused);
    assert_eq!(client.header(None).await.unwrap_err(), refused);
    assert_eq!(client.validators().await.unwrap_err(), refused);
    let (mut town, id) = (town, bulla_verify::chain::TxId(bulla_verify::hash::Hash([1; 32])));
    assert_eq!(client.transaction(id, Duration::ZERO).await.unwrap_err(), refused);
    let envelope = town.issue(1);
    assert_eq!(client.check(&envelope).await.unwrap_err(), refused);
}

#[tokio::test]
async fn nobody_waits_longer_than_the_nodes_own_bound() {
    let town = Town::with_type().await;
    let began = Instant::now();
    // Patient for 50 seconds.
    let error = town.client.at_least(Height(9)).organisation(&city(), false).await.unwrap_err();
    assert_eq!(error, behind(&town, 1, 9));
    assert!(began.elapsed() >= MAX_BEHIND && began.elapsed() < MAX_BEHIND * 3, "{:?}", began.elapsed());
}

#[tokio::test]
async fn who_hangs_up_waits_no_more() {
    let town = Town::with_type().await;
    let client = town.client.at_least(Height(2));
    let asks = tokio::spawn(async move { client.organisation(&city(), false).await });
    while town.waits() < 1 {
        tokio::task::yield_now().await;
    }
    asks.abort();
    let began = Instant::now();
    while town.waits() > 0 {
        assert!(began.elapsed() < MAX_BEHIND / 2, "the node goes on waiting for nobody");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_node_that_stops_does_not_keep_those_who_wait() {
    let town = Town::with_type().await;
    let client = town.client.at_least(Height(2));
    let asks = tokio::spawn(async move { client.organisation(&city(), false).await });
    while town.waits() < 1 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    town.server.stop().await;
    let error = asks.await.unwrap().unwrap_err();
    assert!(matches!(&error, ClientError::Busy { message } if message.contains("is stopping")), "{error:?}");
    assert!(began.elapsed() < MAX_BEHIND / 2);
}
