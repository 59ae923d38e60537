//! What a node refuses over gRPC, each with its own stable code; and afterwards all four are alive and agree.

use crate::government::{
    Government, body, city_code, decided, issue, key, kind, permit, province_code, region, register, some_root,
};
use crate::town::{PATIENCE, Town, clock};
use bulla_proto::answer::{Progress, Refusal};
use bulla_proto::{Client, ClientError};
use bulla_testnet_local::test_uscc;
use bulla_verify::catalogue::{self, Competence};
use bulla_verify::chain::ChainId;
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::region::Level;
use bulla_verify::keys::{Signature, SigningKey};
use bulla_verify::licence::{self, Change};
use bulla_verify::operation::Operation;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::roles::Role;
use bulla_verify::transaction::Envelope;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest, Sha512};
use std::time::{Duration, Instant};

const NOW: Duration = Duration::ZERO;

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_code_and_all_nodes_live_on() {
    let town = Town::up();
    let client = town.client(0).await;
    let government = Government::of(&town, &client).await;
    before_a_block(&town, &government, &client).await;
    one_body_is_executed_once(&town, &government, &client).await;
    in_a_block(&government, &client).await;
    of_a_height_that_does_not_come(&town, &government, &client).await;
    // Everything else is as it was.
    government.done(&client, &government.city, vec![issue("LAST", region("440300"))]).await;
    town.settled();
    town.down();
    town.fsck();
}

/// What was recorded through one node is seen through every other by whoever says in which block; of later blocks nothing is said.
async fn of_a_height_that_does_not_come(town: &Town, government: &Government, client: &Client) {
    for (number, node) in (0..4).cycle().take(12).enumerate() {
        let serial = format!("SEEN{number}");
        let act = government.sign(&government.city, vec![issue(&serial, region("440300"))]);
        let last = decided(client, &act).await;
        let other = town.client(node).await.at_least(last.height);
        assert_eq!(other.transaction(act.body.id(), NOW).await, Ok(Progress::Final(last)), "node {node}");
    }
    let city = city_code().to_string();
    let asked =
        town.command(&["org", "show", &city, "--node", &Town::address(0), "--at-least", "1000000"]).output().unwrap();
    let said = String::from_utf8(asked.stderr).unwrap();
    assert_eq!(asked.status.code(), Some(5), "{said}");
    assert!(said.contains("block 1000000 was asked for; ask again, or another node"), "{said}");
}

/// What never reaches a block.
async fn before_a_block(town: &Town, government: &Government, client: &Client) {
    let operations = || vec![issue("NEVER", region("440300"))];
    let (city, later) = (&government.city, clock().plus(60_000));
    let before = town.settled();

    let other_chain = body(ChainId(some_root("another chain")), operations(), later).sign(&[city]);
    assert_eq!(refused(client, &other_chain).await, Code(102));

    let mut forged = government.sign(city, operations());
    forged.signatures[0].bytes[40] ^= 1;
    assert_eq!(refused(client, &forged).await, Code(107));

    let mut of_another = government.sign(city, operations());
    of_another.signatures = government.sign(&government.province, operations()).signatures;
    assert_eq!(refused(client, &of_another).await, Code(107));

    let mut unsigned = government.sign(city, operations());
    unsigned.signatures.clear();
    assert_eq!(refused(client, &unsigned).await, Code(105));

    assert_eq!(refused(client, &government.sign(city, Vec::new())).await, Code(103));

    let expired = body(government.chain, operations(), clock().plus(-1)).sign(&[city]);
    assert_eq!(refused(client, &expired).await, Code(201));

    let window = i64::from(town.genesis().parameters.replay_window_ms);
    let too_far = body(government.chain, operations(), clock().plus(window + 60_000)).sign(&[city]);
    assert_eq!(refused(client, &too_far).await, Code(202));

    let stranger = government.sign(&SigningKey::from_seed(&[99; 32]), operations());
    assert_eq!(refused(client, &stranger).await, Code(204));

    assert_eq!(town.settled().1, before.1, "something that was refused changed the state");
}

/// A duplicate, and the same body under another set of signatures, at the node that took it and at another one.
async fn one_body_is_executed_once(town: &Town, government: &Government, client: &Client) {
    let act = government.sign(&government.city, vec![issue("ONCE", region("440300"))]);
    let mut again = act.clone();
    again.signatures[0] = second_signature(&government.city, &act);
    assert_ne!(act.hash(), again.hash());
    again.clone().check(government.chain).expect("the other signature holds too");

    // While one of the two waits, both are sent from both ends; whatever the order, one is executed.
    let other_node = town.client(1).await;
    let (first, second) = tokio::join!(client.submit(&act, NOW), other_node.submit(&again, NOW));
    for submitted in [first, second] {
        let is_duplicate = |error: &ClientError| matches!(error, ClientError::Refused(Refusal { code: Code(203), .. }));
        assert!(submitted.as_ref().map_or_else(is_duplicate, |taken| taken.id == act.body.id()), "{submitted:?}");
    }
    // Whoever waits is told, whichever of the two its node took.
    let began = Instant::now();
    for client in [client, &other_node] {
        let progress = client.transaction(act.body.id(), PATIENCE).await.unwrap();
        assert!(matches!(progress, Progress::Final(_)), "neither of the two is final: {progress:?}");
    }
    assert!(began.elapsed() < PATIENCE / 4, "it was final, and whoever waited was not told: {:?}", began.elapsed());
    town.settled();
    for client in [client, &other_node] {
        assert_eq!(refused(client, &act).await, Code(203));
        assert_eq!(refused(client, &again).await, Code(203));
    }
    let history = client.licence_history(&crate::government::licence("ONCE"), 0).await.unwrap();
    assert_eq!(history.acts.len(), 1);
}

/// What is decided and changes nothing: the block records the code.
async fn in_a_block(government: &Government, client: &Client) {
    let Government { province, city, .. } = government;
    let outside = vec![issue("OUTSIDE", region("440100"))];
    assert_eq!(outcome(government, client, city, outside).await, Outcome::Refused(Code(514)));

    let without_role = vec![issue("NOROLE", region("440300"))];
    assert_eq!(outcome(government, client, province, without_role).await, Outcome::Refused(Code(504)));

    let historic = licence::Act {
        licence: crate::government::licence("ONCE"),
        by: city_code(),
        effective_at: Some(clock().plus(-60_000)),
        change: Change::Revoke,
    };
    // An issuer is no historical registrar.
    let historic = vec![Operation::Licence(historic)];
    assert_eq!(outcome(government, client, city, historic).await, Outcome::Refused(Code(504)));

    let own = LicenceTypeCode::new(province_code(), 2).unwrap();
    let own_type = vec![Operation::Catalogue(catalogue::Act::RegisterType(kind(own)))];
    assert_eq!(outcome(government, client, province, own_type).await, Outcome::Refused(Code(402)));

    let beyond = Competence { type_code: permit(), organisation: city_code(), region: region("440000") };
    let beyond = vec![Operation::Catalogue(catalogue::Act::Grant(beyond))];
    assert_eq!(outcome(government, client, province, beyond).await, Outcome::Refused(Code(407)));

    let neighbour = vec![register(test_uscc(region("450100"), 7), Level::Municipal, "450100", province_code())];
    assert_eq!(outcome(government, client, province, neighbour).await, Outcome::Refused(Code(305)));

    let usurped = vec![key(province_code(), &SigningKey::from_seed(&[98; 32]), Role::Registrar)];
    assert_eq!(outcome(government, client, city, usurped).await, Outcome::Refused(Code(302)));
}

/// The code with which a node turns a transaction away.
async fn refused(client: &Client, envelope: &Envelope) -> Code {
    match client.submit(envelope, NOW).await {
        Err(ClientError::Refused(refusal)) => {
            assert!(!refusal.text.is_empty() && !refusal.advice.is_empty(), "{refusal:?}");
            refusal.code
        }
        other => panic!("{other:?}"),
    }
}

/// What a block records of a single operation; a check must have foretold it.
async fn outcome(government: &Government, client: &Client, signer: &SigningKey, operations: Vec<Operation>) -> Outcome {
    let envelope = government.sign(signer, operations);
    let foretold: Vec<_> = client.check(&envelope).await.unwrap().refusals.iter().map(|it| it.code).collect();
    let last = decided(client, &envelope).await;
    let [outcome] = last.outcomes[..] else { panic!("one operation, {last:?}") };
    assert_eq!(foretold.into_iter().map(Outcome::Refused).collect::<Vec<_>>(), [outcome]);
    outcome
}

/// Another signature of the same key over the same body. Ed25519 derives its secret nonce from the key and the content, but no
/// verifier can see whether it was: whoever has the key can make as many signatures as there are nonces.
/// Source: RFC 8032, section 5.1.6, with a nonce of one's own in step 2.
fn second_signature(key: &SigningKey, act: &Envelope) -> Signature {
    let digest = act.body.digest().0;
    let expanded: [u8; 64] = Sha512::digest(key.seed()).into();
    let mut secret: [u8; 32] = expanded[..32].try_into().unwrap();
    secret[0] &= 0b1111_1000;
    secret[31] = secret[31] & 0b0111_1111 | 0b0100_0000;
    let (secret, nonce) = (Scalar::from_bytes_mod_order(secret), Scalar::from(0x5EED_u64));
    let commitment = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
    let challenge = Sha512::new().chain_update(commitment).chain_update(key.public().bytes).chain_update(digest);
    let challenge = Scalar::from_bytes_mod_order_wide(&challenge.finalize().into());
    let response = (nonce + challenge * secret).to_bytes();
    let bytes = [commitment, response].concat().try_into().unwrap();
    Signature { bytes, ..act.signatures[0] }
}
