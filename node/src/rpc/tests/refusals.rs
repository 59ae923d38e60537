//! What is refused, with which code, and that nothing of it reaches the engine.

use super::town::*;
use bulla_proto::answer::{Progress, Refusal, Stage};
use bulla_proto::v1::ledger_client::LedgerClient;
use bulla_proto::{ClientError, v1};
use bulla_verify::admission::Stale;
use bulla_verify::chain::{ChainId, Height, TxId};
use bulla_verify::hash::Hash;
use bulla_verify::licence::Change;
use bulla_verify::organisation::Organisation;
use bulla_verify::record::Record;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::roles::Role;
use bulla_verify::transaction::{Envelope, MAX_ENVELOPE_BYTES};
use std::time::Duration;
use tonic::transport::Channel;

const NOW: Duration = Duration::ZERO;

async fn refused(town: &Town, envelope: &Envelope) -> Code {
    let checked = town.client.check(envelope).await.unwrap();
    match town.client.submit(envelope, NOW).await {
        Err(ClientError::Refused(refusal)) => {
            assert_eq!(checked.refusals.first(), Some(&refusal), "check and submit say the same");
            refusal.code
        }
        other => panic!("{other:?} where a refusal was to come"),
    }
}

/// Without the typed client, which sends nothing but envelopes.
async fn raw(town: &Town) -> LedgerClient<Channel> {
    LedgerClient::connect(format!("http://{}", town.server.address())).await.unwrap()
}

async fn submit_raw(town: &Town, envelope: Vec<u8>) -> Result<v1::SubmitResponse, tonic::Status> {
    let request = v1::SubmitRequest { envelope, wait_ms: 0 };
    raw(town).await.submit(request).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn each_refusal_of_admission_has_its_code() {
    let mut town = Town::with_type().await;
    let good = town.issue(1);

    let mut forged = good.clone();
    forged.signatures[0].bytes[5] ^= 1;
    assert_eq!(refused(&town, &forged).await, Code(107));

    let mut body = good.body.clone();
    body.chain = ChainId(Hash([7; 32]));
    assert_eq!(refused(&town, &body.sign(&[&key(Role::Issuer)])).await, Code(102));

    let none = town.sign(Role::Issuer, Vec::new());
    assert_eq!(refused(&town, &none).await, Code(103));

    let expired = town.sign_until(Role::Issuer, vec![issue(2)], clock().plus(-1));
    assert_eq!(refused(&town, &expired).await, Code(201));

    let too_far = town.sign_until(Role::Issuer, vec![issue(2)], clock().plus(3_600_000));
    assert_eq!(refused(&town, &too_far).await, Code(202));

    let stranger = good.body.clone().sign(&[&validator_key(9)]);
    assert_eq!(refused(&town, &stranger).await, Code(204));

    town.decide(&[checked(good.clone())]);
    assert_eq!(refused(&town, &good).await, Code(203));

    assert!(town.submitted.try_recv().is_err(), "the engine hears of nothing that is refused");
}

#[tokio::test]
async fn garbage_and_too_many_bytes_are_refused() {
    let mut town = Town::with_type().await;
    for bytes in [vec![], vec![0xFF; 100], vec![0; MAX_ENVELOPE_BYTES + 1]] {
        let refusal = submit_raw(&town, bytes).await.unwrap().read().unwrap().unwrap_err();
        assert_eq!((refusal.code, refusal.name.as_str()), (Code(101), "Decode"));
    }
    let status = submit_raw(&town, vec![0; bulla_proto::MAX_REQUEST_BYTES + 1]).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::OutOfRange);
    // The server is as well as before.
    let (envelope, client) = (town.issue(1), town.client.clone());
    let (submitted, _) = tokio::join!(client.submit(&envelope, NOW), town.take());
    assert_eq!(submitted.unwrap().stage, Stage::Admitted);
}

#[tokio::test]
async fn a_check_tells_every_refusal_at_once_and_applies_nothing() {
    let mut town = Town::with_type().await;
    let operations = vec![issue(1), act(2, Change::Cancel), issue(1), act(1, Change::Resume), act(1, Change::Cancel)];
    let batch = town.sign(Role::Issuer, operations);
    let checked = town.client.check(&batch).await.unwrap();
    let found: Vec<_> = checked.refusals.iter().map(|refusal| (refusal.operation, refusal.code)).collect();
    assert_eq!(found, [(Some(1), Code(506)), (Some(2), Code(507)), (Some(3), Code(520))]);
    assert!(checked.refusals.iter().all(|refusal| !refusal.text.is_empty() && !refusal.advice.is_empty()));
    assert_eq!(checked.as_of.height, Height(1));
    assert_eq!(town.client.licence(&licence(1), false).await.unwrap().record, None);
    assert!(town.submitted.try_recv().is_err());
}

#[tokio::test]
async fn what_the_engine_refuses_is_answered() {
    let mut town = Town::with_type().await;
    let (envelope, client) = (town.issue(1), town.client.clone());
    let (submitted, ()) = tokio::join!(client.submit(&envelope, LONG), async {
        let (_, answer) = town.submitted.recv().await.unwrap();
        answer.send(Err(Stale::PoolFull)).unwrap();
    });
    assert_eq!(submitted, Err(ClientError::Refused(Refusal::from(&Stale::PoolFull))));
    let id = envelope.body.id();
    assert_eq!(town.client.transaction(id, NOW).await, Ok(Progress::Unknown));
}

#[tokio::test]
async fn a_full_queue_to_the_engine_is_a_full_pool() {
    let mut town = Town::with_type().await;
    let envelopes = [1, 2, 3].map(|serial| town.issue(serial));
    let (a, b, c) = (town.client.clone(), town.client.clone(), town.client.clone());
    let mut first = Box::pin(a.submit(&envelopes[0], NOW));
    let mut second = Box::pin(b.submit(&envelopes[1], NOW));
    // Nobody takes them: the queue has room for two.
    while town.submitted.len() < 2 {
        tokio::select! {
            _ = &mut first => panic!("nobody answered"),
            _ = &mut second => panic!("nobody answered"),
            () = tokio::task::yield_now() => {}
        }
    }
    let third = c.submit(&envelopes[2], NOW).await;
    assert_eq!(third, Err(ClientError::Refused(Refusal::from(&Stale::PoolFull))));
    town.take().await;
    town.take().await;
    assert_eq!(first.await.unwrap().stage, Stage::Admitted);
    assert_eq!(second.await.unwrap().stage, Stage::Admitted);
}

#[tokio::test]
async fn what_expires_while_it_waits_is_refused_then_and_later() {
    let mut town = Town::with_type().await;
    let expires_at = clock().plus(60_000);
    let envelope = town.sign_until(Role::Issuer, vec![issue(1)], expires_at);
    let (id, client) = (envelope.body.id(), town.client.clone());
    let (submitted, ()) = tokio::join!(client.submit(&envelope, LONG), async {
        town.take().await;
        town.decide_at(&[], expires_at);
    });
    let expired = Refusal::from(&Stale::Expired { expires_at, now: expires_at });
    assert_eq!(submitted, Err(ClientError::Refused(expired.clone())));
    let progress = town.client.transaction(id, LONG).await.unwrap();
    assert_eq!(progress, Progress::Refused(expired));
}

#[tokio::test]
async fn a_refused_operation_is_final_with_its_code() {
    let mut town = Town::with_type().await;
    let envelope = town.sign(Role::Issuer, vec![issue(1), issue(1)]);
    let client = town.client.clone();
    let (submitted, ()) = tokio::join!(client.submit(&envelope, LONG), async {
        let transaction = town.take().await;
        town.decide(&[transaction]);
    });
    let Stage::Final(last) = submitted.unwrap().stage else { panic!("it is not final") };
    assert_eq!(last.outcomes, [Outcome::Applied, Outcome::Refused(Code(507))]);
}

#[tokio::test]
async fn an_id_that_is_none_is_an_invalid_argument() {
    let town = Town::new().await;
    let request = v1::TransactionRequest { transaction_id: vec![1; 31], wait_ms: 0, at_least: None };
    let status = raw(&town).await.transaction(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    let request = v1::LicenceRequest { identifier: "1.2.156".into(), with_proof: false, at_least: None };
    let status = raw(&town).await.licence(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    for key in [vec![], vec![1; 31], vec![1; 33]] {
        let record = v1::RecordRequest { key: key.clone(), at_least: None };
        assert_eq!(raw(&town).await.record(record).await.unwrap_err().code(), tonic::Code::InvalidArgument);
        let list = v1::ListRequest { key, first: 0, limit: 0, at_least: None };
        assert_eq!(raw(&town).await.list(list).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    }
    assert_eq!(town.client.transaction(TxId(Hash([1; 32])), NOW).await, Ok(Progress::Unknown));
}

#[tokio::test]
async fn a_record_that_keeps_no_list_has_no_lines_to_ask_for() {
    let town = Town::new().await;
    let key = Organisation::key(&city()).0.to_vec();
    let status = raw(&town).await.list(v1::ListRequest { key, first: 0, limit: 0, at_least: None }).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert!(status.message().contains("no list"), "{}", status.message());
}
