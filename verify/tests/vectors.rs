//! The golden vectors of everything that is hashed or signed, beside those of the tree and of lists: `verify/vectors/`.
//!
//! Values are built here from fixed seeds. A program in another language that computes the same bytes and hashes speaks
//! Bulla. `BULLA_WRITE_VECTORS=1 cargo test -p bulla-verify --test vectors` writes the files anew; a change there breaks
//! every chain that exists.
#![allow(
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

#[path = "oracle/naive_list.rs"]
mod naive_list;
#[path = "oracle/settle.rs"]
mod settle;
#[path = "oracle/specimens.rs"]
mod specimens;
#[path = "oracle/world.rs"]
mod world;

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::ancestry::Ancestry;
use bulla_verify::anchor::Anchor;
use bulla_verify::canonical::{self, encode};
use bulla_verify::chain::{EnvelopeHash, Height};
use bulla_verify::credit::Grade;
use bulla_verify::genesis::Genesis;
use bulla_verify::governance::schedule::DEAREST_OPERATION;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::keys::SigningKey;
use bulla_verify::law::Matter;
use bulla_verify::list;
use bulla_verify::proof::Claim;
use bulla_verify::receipt;
use bulla_verify::record::Record;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::subject::ListKind;
use bulla_verify::transaction::Envelope;
use bulla_verify::verdict::{Policy, verify};
use bulla_verify::vote::{Heard, Statement};
use serde_json::{Value, json};
use settle::settle;
use specimens::{atlas, bureau, counter, gateway};
use std::fmt::Debug;
use world::{Committee, HOUR_MS, START, World, licence, licence_id};

/// A value's canonical bytes, from which it comes back, and only from which.
fn bytes_of<T: BorshSerialize + BorshDeserialize + PartialEq + Debug>(value: &T) -> String {
    let bytes = encode(value);
    assert_eq!(canonical::decode::<T>(&bytes, bytes.len()).as_ref(), Ok(value));
    assert!(canonical::decode::<T>(&[&bytes[..], &[0]].concat(), bytes.len() + 1).is_err());
    assert!(canonical::decode::<T>(&bytes[..bytes.len() - 1], bytes.len()).is_err());
    hex::encode(bytes)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn every_context_keeps_its_text_and_its_hash() {
    let contexts = Context::ALL.iter().map(|context| {
        assert_eq!(context.hash(b"bulla"), Hash(blake3::derive_key(context.text(), b"bulla")));
        json!({ "context": context.text(), "hash of 'bulla'": context.hash(b"bulla") })
    });
    settle("contexts.json", json!(contexts.collect::<Vec<_>>()));
}

#[test]
fn the_chain_keeps_its_vectors() {
    let world = World::new(4);
    world.genesis.check().unwrap();
    let header = world.header(9, &world.first.set);
    let certificate = world.first.decide(&header, &[0, 2, 3]);
    let handover = world.handover(3, &world.first, &Committee::new(2, 4));
    let recovered = world.recovery(5, &world.first, &Committee::new(3, 4));
    let recovery = &**recovered.recovery.as_ref().unwrap();
    let keys = world.first.keys.iter().map(|key| json!({ "seed": hex::encode(key.seed()), "key": key.public() }));
    let vectors = settle(
        "chain.json",
        json!({
            "genesis": { "json": world.genesis, "bytes": bytes_of(&world.genesis), "chain": world.chain() },
            "anchor": world.anchor(),
            "keys": keys.collect::<Vec<_>>(),
            "validators": { "bytes": bytes_of(&world.first.set), "hash": world.first.set.hash() },
            "header": {
                "light": bytes_of(&header.light),
                "light_hash": Context::HeaderLight.hash_of(&header.light),
                "rest": bytes_of(&header.rest),
                "rest_hash": header.rest.hash(),
                "hash": header.hash(),
            },
            "votes": specimens::votes(&world, &header).map(|vote| said(vote, &world.first.keys[0])),
            "proposals": specimens::proposals(&world, &header).map(|proposal| said(proposal, &world.first.keys[0])),
            "certificate": bytes_of(&certificate),
            "handover": bytes_of(&handover),
            "recovery": {
                "digest": recovery.agreement.digest(),
                "bytes": bytes_of(recovery),
                "handover": bytes_of(&recovered),
            },
            "ancestry": bytes_of(&ancestry(&world)),
        }),
    );
    let kept: Genesis = serde_json::from_value(vectors["genesis"]["json"].clone()).unwrap();
    assert_eq!(kept, world.genesis);
    assert_eq!(serde_json::from_value::<Anchor>(vectors["anchor"].clone()).unwrap(), world.anchor());
}

/// That the header of height 3 is an ancestor of that of height 7.
fn ancestry(world: &World) -> Ancestry {
    let headers: Vec<_> = (1..=6).map(|height| world.header(height, &world.first.set)).collect();
    let hashes: Vec<Hash> = headers.iter().map(|header| header.hash().0).collect();
    let mut later = world.header(7, &world.first.set);
    later.rest.history = naive_list::head(&hashes);
    let certificate = world.first.decide(&later, &[0, 2, 3]);
    let ancestry = Ancestry { header: headers[2], proof: naive_list::prove(&hashes, 2), later, certificate };
    assert_eq!(ancestry.check(&world.anchor(), &[]), Ok(&headers[2]));
    ancestry
}

fn said<S: Statement + BorshSerialize + BorshDeserialize + PartialEq + Debug>(statement: S, key: &SigningKey) -> Value {
    let (bytes, digest) = (bytes_of(&statement), statement.digest());
    json!({ "bytes": bytes, "digest": digest, "said": bytes_of(Heard::own(statement, key).said()) })
}

#[test]
fn transactions_keep_their_vectors() {
    let operations = specimens::operations();
    let envelope = specimens::envelope(World::new(4).chain());
    let outcomes = [Outcome::Applied, Outcome::Refused(Code(520)), Outcome::Dropped];
    let leaf = |outcomes: &[Outcome]| {
        let content = encode(&(envelope.hash(), outcomes));
        assert_eq!(receipt::leaf_hash(&envelope.hash(), outcomes), list::leaf_hash(&content));
        json!({ "bytes": hex::encode(&content), "hash": list::leaf_hash(&content) })
    };
    let vectors = settle(
        "transactions.json",
        json!({
            "operations": operations.iter().map(|operation| json!({
                "name": specimens::name(operation),
                "bytes": bytes_of(operation),
                "cost": operation.cost(),
            })).collect::<Vec<_>>(),
            "body": { "bytes": bytes_of(&envelope.body), "id": envelope.body.id(), "digest": envelope.body.digest() },
            "envelope": { "bytes": bytes_of(&envelope), "hash": envelope.hash() },
            "stub": bytes_of(&envelope.stub()),
            "leaf": leaf(&outcomes),
            "leaf of no outcome": leaf(&[]),
        }),
    );
    let kept = Envelope::decode(&hex::decode(text(&vectors["envelope"]["bytes"])).unwrap()).unwrap();
    assert_eq!(kept.check(World::new(4).chain()).unwrap().hash(), envelope.hash());
    assert_ne!(
        receipt::leaf_hash(&EnvelopeHash(Hash([0; 32])), &outcomes),
        receipt::leaf_hash(&envelope.hash(), &outcomes)
    );
}

/// A block that is as small as validators may make it takes a thousand of any operation, save those that name many records.
#[test]
fn no_operation_of_a_batch_is_dearer_than_the_schedule_allows_for() {
    let names_many = ["access open", "access receive", "governance"];
    let mut dearest = 0;
    for operation in specimens::operations() {
        let name = specimens::name(&operation);
        if !names_many.iter().any(|many| name.contains(many)) {
            assert!(operation.cost() <= DEAREST_OPERATION, "{name} costs {}", operation.cost());
            dearest = dearest.max(operation.cost());
        }
    }
    assert!(dearest > 4);
}

/// The rule on personal data looks at what an operation tells as its texts, so it must tell all that its bytes hold.
#[test]
fn an_operation_tells_every_text_that_its_bytes_hold() {
    let known = [
        "上海市测试局",
        "Food business licence",
        "Old register",
        "征信业管理条例",
        "欠税公告",
        "严重失信名单",
        "南市区",
    ];
    let mut told = 0;
    for operation in specimens::operations() {
        let (bytes, texts) = (encode(&operation), operation.texts());
        for text in known {
            let held = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert_eq!(held, texts.contains(&text), "{text} of {}", specimens::name(&operation));
            told += usize::from(held);
        }
    }
    assert!(told > known.len());
}

#[test]
fn records_keep_their_vectors() {
    fn vector<R: Record + PartialEq + Debug>(kind: &str, name: R::Name, record: R) -> Value {
        let (name_bytes, key) = (encode(&name), R::key(&name));
        let derived = [&[R::AREA], &Context::StateKey.hash(&name_bytes).0[..31]].concat();
        assert_eq!(derived, key.0);
        json!({ "kind": kind, "name": hex::encode(name_bytes), "key": key.to_string(), "bytes": bytes_of(&record) })
    }
    let s = specimens::records();
    let full = specimens::eventful_licence();
    let entries = specimens::history();
    settle(
        "records.json",
        json!({
            "records": [
                vector("parameters", (), s.parameters),
                vector("organisation", s.organisation.uscc, s.organisation),
                vector("key grant", s.grant.key, s.grant),
                vector("licence type", s.kind.code, s.kind),
                vector("competence", (s.competence.type_code, s.competence.organisation), s.competence),
                vector("licence", licence("A1").base, licence("A1")),
                vector("licence with all that can happen", full.base.clone(), full),
                vector("holding", (world::type_code(), Hash([0x41; 32])), s.holding),
                vector("refusal budget", world::organisation(3), s.budget),
                vector("validators", (), s.validators),
                vector("followers", (), s.followers),
                vector("former validator", s.former.key, s.former),
                vector("provisions", (bureau::region(), Matter::PublicityMost(Grade::Minor)), bureau::provisions()),
                vector("lawmaker", bureau::region(), bureau::lawmaker()),
                vector("calendar", (bureau::region(), 2026), bureau::calendar()),
                vector("subject", bureau::HANDLE, bureau::subject()),
                vector("subject's list", (bureau::HANDLE, ListKind::Accesses), bureau::subject_list()),
                vector("duty", bureau::duty_name(), bureau::duty()),
                vector("due day", -1, bureau::due_day()),
                vector("credit item", bureau::item().code, bureau::item()),
                vector("credit competence", (bureau::item().code, world::organisation(3)), bureau::competence()),
                vector("credit event with all that can happen", bureau::event_id(), bureau::event()),
                vector("red or black list", bureau::list().code, bureau::list()),
                vector("joined body", (bureau::list().code, world::organisation(3)), bureau::joined()),
                vector("list entry with all that can happen", bureau::entry_id(), bureau::list_entry()),
                vector("measure", bureau::measure_id(), bureau::measure()),
                vector("service item's version", counter::service(), counter::catalogued()),
                vector("service item", (counter::service(), 2), counter::service_item()),
                vector("violations", world::organisation(3), counter::violations()),
                vector("case with all that can happen", counter::case_id(), counter::case()),
                vector("erasure order", counter::target(), counter::erasure_order()),
                vector("resource", gateway::resource_code(), gateway::resource()),
                vector("request with its grant", gateway::request_id(), gateway::request()),
                vector("source", (world::organisation(3), 7_u16), gateway::source()),
                vector("consent", gateway::consent_id(), gateway::consent()),
                vector("ticket with all that can happen", gateway::ticket_id(), gateway::ticket()),
                vector("seal", gateway::sealed(), gateway::seal()),
                vector("joint issue", licence("J1").base, specimens::joint_issue()),
                vector("region", atlas::old_region().code, atlas::old_region()),
                vector("recognition agreement with all that can happen", atlas::agreement_id(), atlas::agreement()),
                vector("territorial limits", world::type_code(), atlas::limits()),
                vector("motion", specimens::motion().terms.id(), specimens::motion()),
                vector("schedule", (), specimens::schedule()),
                vector("figure of a licence type", specimens::figure_names()[0], specimens::figure()),
                vector("figure of a credit item", specimens::figure_names()[1], specimens::figure()),
                vector("figure of a resource", specimens::figure_names()[2], specimens::figure()),
                vector("figure of a service item", specimens::figure_names()[3], specimens::figure()),
            ],
            "credit history": { "bytes": bytes_of(&bureau::entry()), "leaf": list::leaf_hash(&encode(&bureau::entry())) },
            "list history": {
                "bytes": bytes_of(&bureau::list_record()),
                "leaf": list::leaf_hash(&encode(&bureau::list_record())),
            },
            "case history": { "bytes": bytes_of(&counter::entry()), "leaf": list::leaf_hash(&encode(&counter::entry())) },
            "violation": {
                "bytes": bytes_of(&counter::violation()),
                "leaf": list::leaf_hash(&encode(&counter::violation())),
            },
            "subject's lines": bureau::lines().map(|line| json!({
                "bytes": bytes_of(&line),
                "leaf": list::leaf_hash(&encode(&line)),
            })),
            "subject's lines of accesses": gateway::lines().map(|line| json!({
                "bytes": bytes_of(&line),
                "leaf": list::leaf_hash(&encode(&line)),
            })),
            "history": entries.iter().map(|entry| json!({
                "bytes": bytes_of(entry),
                "leaf": list::leaf_hash(&encode(entry)),
            })).collect::<Vec<_>>(),
        }),
    );
}

#[test]
fn proof_files_keep_their_verdicts() {
    let mut world = World::new(4);
    let second = Committee::new(2, 4);
    world.issue(&licence("A1"));
    world.issue(&bulla_verify::licence::Licence { version: 2, ..licence("A2") });
    world.issue(&specimens::eventful_licence());
    let of = |serial: &str, version| Claim::Licence(licence_id(serial, version));
    let handover = world.handover(3, &world.first, &second);
    let now = START.plus(10 * HOUR_MS);
    let policy = Policy { now, max_age_ms: 24 * HOUR_MS, clock_bound_ms: 10_000, at: None };
    let late = Policy { now: now.plus(48 * HOUR_MS), ..policy };
    let early = Policy { now: START, ..policy };
    let mut damaged = world.prove(of("A1", 1), 9).encode();
    damaged[100] ^= 1;
    let cases = [
        ("active", world.prove(of("A1", 1), 9).encode(), policy),
        ("active, after a hand-over", world.prove_by(of("A1", 1), 9, &second, vec![handover]).encode(), policy),
        ("superseded", world.prove(of("A2", 1), 9).encode(), policy),
        ("cancelled after its revocation", world.prove(of("B9", 4), 9).encode(), policy),
        ("never issued", world.prove(of("NONE", 1), 9).encode(), policy),
        ("an organisation", world.prove(Claim::Organisation(world::organisation(5)), 9).encode(), policy),
        ("no such type", world.prove(Claim::LicenceType(world::type_code()), 9).encode(), policy),
        ("too old", world.prove(of("A1", 1), 9).encode(), late),
        ("from the future", world.prove(of("A1", 1), 9).encode(), early),
        ("one bit changed", damaged, policy),
    ];
    let files = cases.map(|(name, file, policy)| {
        let verdict = verify(&file, &world.anchor(), &policy);
        let says: Vec<String> = verdict.to_string().lines().map(Into::into).collect();
        json!({ "name": name, "now": policy.now, "max_age_ms": policy.max_age_ms, "clock_bound_ms": policy.clock_bound_ms,
            "file": hex::encode(file), "verdict": verdict, "says": says })
    });
    let vectors = settle("proofs.json", json!({ "anchor": world.anchor(), "files": files }));
    assert_eq!(world.anchor().height(), Height(0));
    let kinds: Vec<&str> =
        vectors["files"].as_array().unwrap().iter().map(|file| text(&file["verdict"]["verdict"])).collect();
    let [v, n, c, d] = ["valid", "not_valid", "cannot_tell", "does_not_hold"];
    assert_eq!(kinds, [v, v, n, n, n, v, n, c, c, d]);
}
