//! What is admitted, final, asked and proved.

use super::town::*;
use bulla_proto::ClientError;
use bulla_proto::answer::{Final, Progress, Stage};
use bulla_verify::anchor::Anchor;
use bulla_verify::catalogue::Competence;
use bulla_verify::chain::Height;
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::licence::{Change, Entry, Licence};
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::record::Record;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::status::Status;
use bulla_verify::time::DAY_MS;
use bulla_verify::verdict::{Kind, Policy, verify};
use std::time::Duration;

const NOW: Duration = Duration::ZERO;

fn last(height: u64, index: u32) -> Final {
    Final { height: Height(height), index, outcomes: vec![Outcome::Applied] }
}

#[tokio::test]
async fn whoever_waits_hears_when_it_is_final() {
    let mut town = Town::with_type().await;
    let (a, b) = (town.issue(1), town.issue(2));
    let (first, second) = (town.client.clone(), town.client.clone());
    let (submitted, also, ()) = tokio::join!(first.submit(&a, LONG), second.submit(&b, LONG), async {
        let mut transactions = [town.take().await, town.take().await];
        // In the order of their serials, whichever came first.
        transactions.sort_by_key(|transaction| transaction.id() != a.body.id());
        town.decide(&transactions);
    });
    let submitted = submitted.unwrap();
    assert_eq!((submitted.id, submitted.stage), (a.body.id(), Stage::Final(last(2, 0))));
    assert_eq!(also.unwrap().stage, Stage::Final(last(2, 1)));

    // Sent once more: whoever waits for its outcome is told.
    assert_eq!(town.client.submit(&a, LONG).await.unwrap().stage, Stage::Final(last(2, 0)));
    assert_eq!(town.client.transaction(b.body.id(), NOW).await, Ok(Progress::Final(last(2, 1))));
}

#[tokio::test]
async fn a_transaction_is_followed_from_admitted_to_final() {
    let mut town = Town::with_type().await;
    let (envelope, client) = (town.issue(1), town.client.clone());
    let id = envelope.body.id();
    let (submitted, transaction) = tokio::join!(client.submit(&envelope, NOW), town.take());
    assert_eq!(submitted.unwrap().stage, Stage::Admitted);
    assert_eq!(town.client.transaction(id, NOW).await, Ok(Progress::Waiting));

    let short = Duration::from_millis(1);
    assert_eq!(town.client.transaction(id, short).await, Ok(Progress::Waiting));
    let (again, _) = tokio::join!(client.submit(&envelope, short), town.take());
    assert_eq!(again.unwrap().stage, Stage::Waiting);

    let (progress, ()) = tokio::join!(client.transaction(id, LONG), async { town.decide(&[transaction]) });
    assert_eq!(progress, Ok(Progress::Final(last(2, 0))));
}

#[tokio::test]
async fn what_another_node_admitted_can_be_waited_for() {
    let mut town = Town::with_type().await;
    let transaction = checked(town.issue(1));
    let client = town.client.clone();
    let (progress, ()) = tokio::join!(client.transaction(transaction.id(), LONG), async {
        town.decide(&[]);
        town.decide(std::slice::from_ref(&transaction));
    });
    assert_eq!(progress, Ok(Progress::Final(last(3, 0))));
}

#[tokio::test]
async fn a_licence_comes_with_its_status_and_a_proof_that_holds() {
    let mut town = Town::with_type().await;
    let issued = checked(town.issue(1));
    town.decide(&[issued]);
    let suspend = Change::Suspend { from: Some(clock().plus(30_000)), until: None };
    let suspended = checked(town.sign(Role::Issuer, vec![act(1, suspend)]));
    town.decide(&[suspended]);

    let found = town.client.licence(&licence(1), true).await.unwrap();
    assert_eq!((found.as_of.height, found.as_of.time), (Height(3), town.ledger.tip().time));
    assert!(found.status().is_some_and(|status| matches!(status, Status::Active { until: Some(_) })));
    let proof = StatusProof::decode(found.proof.as_deref().unwrap()).unwrap();
    assert_eq!(proof.claim, Claim::Licence(licence(1)));
    let policy = Policy { now: clock(), max_age_ms: DAY_MS, clock_bound_ms: 10_000, at: None };
    let anchor = Anchor::genesis(&town.genesis);
    assert_eq!(verify(&proof.encode(), &anchor, &policy).kind(), Kind::Valid);

    // As it was a block ago, when it had one act less; and of blocks that are not there nothing is proved.
    let claim = Claim::Licence(licence(1));
    assert_eq!(town.client.proof(&claim, None).await.unwrap(), proof.encode());
    assert_eq!(town.client.proof(&claim, Some(Height(3))).await.unwrap(), proof.encode());
    let then = StatusProof::decode(&town.client.proof(&claim, Some(Height(2))).await.unwrap()).unwrap();
    assert_eq!((then.stamp.height, verify(&then.encode(), &anchor, &policy).kind()), (Height(2), Kind::Valid));
    assert_ne!(then.record, proof.record);
    let before = StatusProof::decode(&town.client.proof(&claim, Some(Height(1))).await.unwrap()).unwrap();
    assert_eq!(verify(&before.encode(), &anchor, &policy).kind(), Kind::NotValid);
    for height in [0, 4] {
        let error = town.client.proof(&claim, Some(Height(height))).await.unwrap_err();
        assert!(matches!(&error, ClientError::NotFound { message } if message.contains("blocks 1 to 3")), "{error}");
    }

    let absent = town.client.licence(&licence(2), true).await.unwrap();
    assert_eq!((&absent.record, absent.status()), (&None, None));
    assert_eq!(verify(&absent.proof.unwrap(), &anchor, &policy).kind(), Kind::NotValid);

    let plain = town.client.licence(&licence(1), false).await.unwrap();
    assert_eq!((plain.record, plain.proof), (found.record.clone(), None));

    let history = town.client.licence_history(&licence(1), 0).await.unwrap();
    assert_eq!(history.licence, found.record);
    let kinds: Vec<_> = history.acts.iter().map(|entry| (entry.recorded_at, entry.act.change.clone())).collect();
    assert_eq!(kinds.len(), 2);
    assert!(
        matches!(kinds[0], (Height(2), Change::Issue(_))) && matches!(kinds[1], (Height(3), Change::Suspend { .. }))
    );
    assert_eq!(town.client.licence_history(&licence(1), 1).await.unwrap().acts, history.acts[1..]);
    assert_eq!(town.client.licence_history(&licence(2), 0).await.unwrap().licence, None);
}

#[tokio::test]
async fn organisations_and_types_are_found_and_proved() {
    let town = Town::with_type().await;
    let found = town.client.organisation(&city(), true).await.unwrap();
    assert_eq!(found.record, Some(root()));
    let proof = StatusProof::decode(&found.proof.unwrap()).unwrap();
    assert_eq!(proof.claim, Claim::Organisation(city()));
    assert_eq!(town.client.organisation(&organisation(1), false).await.unwrap().record, None);

    let found = town.client.licence_type(&permit().code, true).await.unwrap();
    assert_eq!(found.record, Some(permit()));
    let other = LicenceTypeCode::new(city(), 2).unwrap();
    assert_eq!(town.client.licence_type(&other, false).await.unwrap().record, None);
}

#[tokio::test]
async fn nothing_is_proved_before_the_first_block() {
    let town = Town::new().await;
    assert!(town.client.organisation(&city(), false).await.unwrap().record.is_some());
    let error = town.client.organisation(&city(), true).await.unwrap_err();
    assert!(matches!(error, ClientError::Busy { .. }), "{error}");
}

#[tokio::test]
async fn a_block_tells_what_it_holds_and_who_decided_it() {
    let mut town = Town::with_type().await;
    let transactions = [checked(town.issue(1)), checked(town.sign(Role::Issuer, vec![issue(1), issue(2)]))];
    town.decide(&transactions);
    let block = town.client.block(Height(2), 0).await.unwrap().unwrap();
    assert_eq!(Some(block.header), town.ledger.tip().header);
    assert_eq!((block.signers.len(), block.validators, block.transaction_count), (3, 4, 2));
    assert_eq!(block.certificate.check(town.genesis.chain(), &town.genesis.validators), Ok(()));
    let ids: Vec<_> = block.transactions.iter().map(|one| (one.id, one.envelope)).collect();
    assert_eq!(ids, transactions.each_ref().map(|one| (one.id(), one.hash())));
    let second = block.transactions[1];
    assert_eq!((second.applied, second.refused, second.dropped), (1, 1, 0));
    assert_eq!(town.client.block(Height(2), 1).await.unwrap().unwrap().transactions, [second]);
    assert_eq!(town.client.block(Height(2), 2).await.unwrap().unwrap().transactions, []);
    assert_eq!(town.client.block(Height(3), 0).await, Ok(None));
    assert_eq!(town.client.block(Height(0), 0).await, Ok(None));
}

#[tokio::test]
async fn any_record_is_found_by_its_name_and_its_list_is_whole() {
    let mut town = Town::with_type().await;
    let issued = checked(town.issue(1));
    town.decide(&[issued]);
    let competence = town.client.record::<Competence>(&(permit().code, city())).await.unwrap();
    assert_eq!(competence.record.map(|record| record.organisation), Some(city()));
    assert_eq!((competence.as_of.height, competence.as_of.time), (Height(2), town.ledger.tip().time));
    assert_eq!(town.client.record::<Competence>(&(permit().code, organisation(1))).await.unwrap().record, None);

    let base = licence(1).base();
    let found = town.client.record::<Licence>(&base).await.unwrap().record.unwrap();
    let (lines, acts) = town.client.whole_list::<Entry>(&Licence::key(&base)).await.unwrap();
    assert_eq!((lines.head, acts), (found.history, town.client.licence_history(&licence(1), 0).await.unwrap().acts));
    let none = town.client.list(&Licence::key(&licence(2).base()), 0).await.unwrap();
    assert_eq!((none.record, none.head.len, none.lines.len()), (None, 0, 0));
}
