//! What the server offers beside the ledger, and where it ends.

use super::town::*;
use crate::rpc::connections;
use bulla_proto::answer::Stage;
use bulla_proto::{Client, ClientError, Timeouts};
use futures::{FutureExt, StreamExt};
use std::collections::BTreeSet;
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};

async fn channel(town: &Town) -> Channel {
    Endpoint::from_shared(format!("http://{}", town.server.address())).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn reflection_lists_the_services_in_both_versions() {
    let town = Town::new().await;
    let expected: BTreeSet<String> = ["bulla.v1.Ledger", "bulla.v1.Node"].into_iter().map(str::to_owned).collect();

    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = v1::ServerReflectionRequest { host: String::new(), message_request };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel(&town).await);
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) = answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("no list")
    };
    let names: BTreeSet<String> = list.service.into_iter().map(|service| service.name).collect();
    assert!(names.is_superset(&expected), "{names:?}");

    let message_request = Some(v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
        "bulla.v1.LicenceResponse".to_owned(),
    ));
    let request = v1alpha::ServerReflectionRequest { host: String::new(), message_request };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel(&town).await);
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    assert!(matches!(answer, Some(v1alpha::server_reflection_response::MessageResponse::FileDescriptorResponse(_))));
}

#[tokio::test]
async fn health_is_serving() {
    let town = Town::new().await;
    let mut health = HealthClient::new(channel(&town).await);
    for service in ["", "bulla.v1.Ledger", "bulla.v1.Node"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
}

#[tokio::test]
async fn stopping_ends_the_waits_without_a_lie() {
    let mut town = Town::with_type().await;
    let (envelope, client) = (town.issue(1), town.client.clone());
    let waits = tokio::spawn(async move { client.submit(&envelope, LONG).await });
    town.take().await;
    let Town { server, client, .. } = town;
    server.stop().await;
    // Stopped before or after it was remembered: it waits, or nothing is known.
    match waits.await.unwrap() {
        Ok(submitted) => assert_eq!(submitted.stage, Stage::Waiting),
        Err(error) => panic!("{error}"),
    }
    assert!(client.status().await.unwrap_err().is_unreachable());
}

#[tokio::test]
async fn a_node_that_is_not_there_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = Client::connect(&free.to_string(), Timeouts::default()).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    let error = Client::connect("http://not an address", Timeouts::default()).await.unwrap_err();
    assert!(matches!(error, ClientError::Endpoint { .. }), "{error}");
}

#[tokio::test]
async fn a_connection_too_many_waits_for_another_to_leave() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut accepted = Box::pin(connections::accept(listener, 1));
    let _clients = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let first = accepted.next().await.unwrap().unwrap();
    assert!(accepted.next().now_or_never().is_none());
    drop(first);
    assert!(accepted.next().await.unwrap().is_ok());
}
