//! Everything that travels comes back as it was, and nothing that was changed on the way passes for it.

use super::NotUnderstood;
use crate::answer::*;
use crate::v1;
use bulla_verify::admission::Stale;
use bulla_verify::canonical;
use bulla_verify::catalogue::LicenceType;
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::{ChainId, EnvelopeHash, HeaderHash, Height, Round, TxId};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::header::{self, Header, Light, Rest};
use bulla_verify::identifiers::licence_id::{LicenceBase, LicenceTypeCode};
use bulla_verify::identifiers::region::Level;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::licence::{Act, Change, End, Ending, Entry, Grant, Ground, How, Licence, Origin, Suspension, Term};
use bulla_verify::list::Head;
use bulla_verify::operation;
use bulla_verify::organisation::{self, Organisation};
use bulla_verify::record::MAX_RECORD_BYTES;
use bulla_verify::refusal::{Code, Outcome};
use bulla_verify::status::Status;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Malformed;
use prost::Message;
use std::fmt::Debug;

/// Through the bytes of the wire and back.
fn travelled<M: Message + Default>(message: &M) -> M {
    M::decode(message.encode_to_vec().as_slice()).unwrap()
}

fn comes_back<T, W>(value: T)
where
    T: Clone + PartialEq + Debug + TryFrom<W, Error = NotUnderstood>,
    W: From<T> + Message + Default,
{
    assert_eq!(T::try_from(travelled(&W::from(value.clone()))), Ok(value));
}

fn hash(text: &str) -> Hash {
    Context::Field.hash(text.as_bytes())
}

fn key(seed: u8) -> PublicKey {
    SigningKey::from_seed(&[seed; 32]).public()
}

fn nation() -> Uscc {
    "11100000000013338W".parse().unwrap()
}

fn city() -> Uscc {
    "11330105002500287C".parse().unwrap()
}

fn kind() -> LicenceType {
    LicenceType {
        code: LicenceTypeCode::new(nation(), 7).unwrap(),
        name: "许可证".parse().unwrap(),
        region: "440000".parse().unwrap(),
        max_term_days: Some(3_650),
        late_renewal_days: 90,
        single_holding: true,
    }
}

fn plain_licence() -> Licence {
    Licence {
        base: base(),
        version: 3,
        region: "440300".parse().unwrap(),
        origin: Origin::Issued,
        holder: hash("holder"),
        holding: None,
        contents: hash("contents"),
        issued_at: Millis(-1_000),
        term: Term { from: Millis(0), until: None },
        suspension: None,
        ended: None,
        pending: None,
        corrected: false,
        spared: false,
        cancelled: None,
        historic: false,
        changed_at: Millis(5),
        recorded_at: Height(4),
        history: Head { len: 3, root: hash("history") },
    }
}

/// A licence that has everything that one can have.
fn full_licence() -> Licence {
    let ending = |at| Some(Ending { at: Millis(at), by: nation() });
    Licence {
        origin: Origin::TakenOver { from: "旧册".parse().unwrap() },
        holding: Some(hash("holding")),
        term: Term { from: Millis(0), until: Some(Millis(900)) },
        suspension: Some(Suspension { from: Millis(7), until: Some(Millis(8)), by: city() }),
        ended: Some(End { how: How::Revoked, at: Millis(20), by: nation() }),
        cancelled: ending(30),
        historic: true,
        ..plain_licence()
    }
}

fn base() -> LicenceBase {
    LicenceBase { type_code: kind().code, issuer: city(), serial: "A1".parse().unwrap() }
}

fn entries() -> Vec<Entry> {
    let term = Term { from: Millis(1), until: Some(Millis(9)) };
    let grant = Grant {
        region: "440300".parse().unwrap(),
        holder: hash("holder"),
        holding: None,
        contents: hash("contents"),
        term,
    };
    let changes = [
        Change::Issue(grant.clone()),
        Change::TakeOver { from: "旧册".parse().unwrap(), grant },
        Change::Renew { term, contents: hash("renewed") },
        Change::Amend { contents: hash("amended"), until: Some(Millis(8)), holder: None, holding: None },
        Change::Suspend { from: Some(Millis(3)), until: Some(Millis(4)) },
        Change::Resume,
        Change::Revoke,
        Change::Cancel,
        Change::Withdraw { decision: hash("decision"), compensation: true },
        Change::Annul { ground: Ground::Fraud, void_from: Millis(1), decision: hash("decision") },
        Change::TransferOut { to: nation() },
        Change::AbortTransfer,
    ];
    let entry = |(place, change)| {
        let licence = base().at_version(1).unwrap();
        let act = Act { licence, by: city(), effective_at: Some(Millis(-5)), change };
        Entry { recorded_at: Height(place), at: Millis(2), act }
    };
    (1..).zip(changes).map(entry).collect()
}

fn as_of() -> AsOf {
    AsOf { height: Height(9), time: Millis(25), stale: true }
}

#[test]
fn records_come_back_in_answers_with_and_without_proof() {
    let root = Organisation {
        uscc: nation(),
        name: "国家局".parse().unwrap(),
        level: Level::National,
        region: "000000".parse().unwrap(),
        parent: None,
    };
    let levels = [Level::County, Level::Municipal, Level::Provincial, Level::National];
    for level in levels {
        let organisation = Organisation { level, parent: Some(nation()), uscc: city(), ..root.clone() };
        let found = Found { record: Some(organisation), as_of: as_of(), proof: None };
        comes_back::<_, v1::OrganisationResponse>(found);
    }
    comes_back::<_, v1::OrganisationResponse>(Found { record: Some(root), as_of: as_of(), proof: Some(vec![1]) });
    comes_back::<_, v1::LicenceTypeResponse>(Found { record: Some(kind()), as_of: as_of(), proof: None });
    for record in [Some(plain_licence()), Some(full_licence()), None] {
        comes_back::<_, v1::LicenceResponse>(Found { record, as_of: as_of(), proof: Some(vec![2; 900]) });
    }
    comes_back::<_, v1::LicenceHistoryResponse>(History {
        licence: Some(full_licence()),
        acts: entries(),
        as_of: as_of(),
    });
}

#[test]
fn typed_fields_say_what_the_bytes_say() {
    let message = v1::Licence::from(&full_licence());
    assert_eq!(message.identifier, full_licence().base.at_version(3).unwrap().to_string());
    assert_eq!(message.taken_over_from.as_deref(), Some("旧册"));
    assert_eq!(message.cancelled, Some(v1::Ending { at_ms: 30, by: nation().to_string() }));
    assert_eq!(canonical::decode(&message.canonical, MAX_RECORD_BYTES), Ok(full_licence()));

    let contradiction = Err(NotUnderstood::Contradiction { field: "licence" });
    assert_eq!(Licence::try_from(&v1::Licence { revoked: None, ..message.clone() }), contradiction);
    assert_eq!(Licence::try_from(&v1::Licence { historic: false, ..message.clone() }), contradiction);
    let other = v1::Licence { canonical: canonical::encode(&plain_licence()), ..message.clone() };
    assert_eq!(Licence::try_from(&other), contradiction);
    let cut = v1::Licence { canonical: vec![1, 2], ..message };
    assert_eq!(Licence::try_from(&cut), Err(NotUnderstood::Malformed { field: "licence" }));
}

#[test]
fn a_status_that_does_not_follow_from_the_record_is_no_answer() {
    let found = Found { record: Some(full_licence()), as_of: as_of(), proof: None };
    assert_eq!(found.status(), Some(Status::Revoked { since: Millis(20), by: nation() }));
    let active = v1::Status::from(&Status::Active { until: None });
    let message = v1::LicenceResponse { status: Some(active), ..found.into() };
    assert_eq!(Found::try_from(message), Err(NotUnderstood::Contradiction { field: "status" }));
}

#[test]
fn every_status_comes_back() {
    let (since, by) = (Millis(7), city());
    let until = Some(Millis(8));
    for status in [
        Status::BeforeLastAct { changed_at: since },
        Status::NotYetInForce { from: since },
        Status::Active { until },
        Status::Active { until: None },
        Status::Suspended { since, until },
        Status::Suspended { since, until: None },
        Status::Expired { since },
        Status::Revoked { since, by },
        Status::Cancelled { since, by, after_revocation: true },
        Status::Cancelled { since, by, after_revocation: false },
        Status::PendingCosign { until: since, missing: 2 },
        Status::Lapsed { since },
        Status::TransferOutPending { to: by, until },
        Status::Withdrawn { since, by },
        Status::Annulled { since, decided_at: since, by },
        Status::Transferred { since, to: by },
    ] {
        assert_eq!(Status::try_from(&travelled(&v1::Status::from(&status))), Ok(status));
    }
    let missing = NotUnderstood::Missing { field: "status" };
    assert_eq!(Status::try_from(&v1::Status::default()), Err(missing));
}

#[test]
fn refusals_say_their_rule_and_what_to_do() {
    let malformed = Refusal::from(&Malformed::Signers);
    assert_eq!((malformed.code, malformed.name.as_str(), malformed.operation), (Code(104), "Signers", None));
    let stale = Refusal::from(&Stale::PoolFull);
    assert_eq!((stale.code, stale.text.as_str()), (Code(207), "the pool is full"));
    let refusal = operation::Refusal::from(organisation::Refusal::NoOrganisation { uscc: city() });
    let refused = Refusal::of_operation(12, &refusal);
    assert_eq!((refused.code, refused.name.as_str(), refused.operation), (Code(301), "NoOrganisation", Some(12)));
    assert!(refused.text.contains(&city().to_string()) && !refused.advice.is_empty());
    for refusal in [malformed, stale, refused] {
        comes_back::<_, v1::Refusal>(refusal);
    }
    for code in ["412", "BUL-", "BUL-99999", "BUL-x", "bul-0412"] {
        let message = v1::Refusal { code: code.into(), ..v1::Refusal::default() };
        assert_eq!(Refusal::try_from(message), Err(NotUnderstood::Malformed { field: "refusal code" }), "{code}");
    }
}

#[test]
fn what_became_of_a_transaction_comes_back() {
    let outcomes = vec![Outcome::Applied, Outcome::Refused(Code(507)), Outcome::Dropped, Outcome::Refused(Code(9_999))];
    let last = Final { height: Height(3), index: 2, outcomes };
    let refusal = Refusal::from(&Stale::PoolFull);
    for progress in
        [Progress::Unknown, Progress::Waiting, Progress::Final(last.clone()), Progress::Refused(refusal.clone())]
    {
        comes_back::<_, v1::TransactionResponse>(progress);
    }
    let id = TxId(hash("id"));
    for stage in [Stage::Admitted, Stage::Waiting, Stage::Final(last)] {
        let submitted = Submitted { id, stage };
        let message = travelled(&v1::SubmitResponse::from(submitted.clone()));
        assert_eq!(message.read(), Ok(Ok(submitted)));
    }
    let refusing = v1::SubmitResponse::refusing(Some(id), refusal.clone());
    assert_eq!(travelled(&refusing).read(), Ok(Err(refusal.clone())));
    comes_back::<_, v1::CheckResponse>(Checked { refusals: vec![refusal.clone(), refusal], as_of: as_of() });

    let named = v1::Outcome::from(&Outcome::Refused(Code(507)));
    assert_eq!((named.code.as_str(), named.name.as_str()), ("BUL-0507", "LicenceExists"));
    let unknown = v1::Outcome::default();
    assert_eq!(Outcome::try_from(&unknown), Err(NotUnderstood::Malformed { field: "outcome" }));
}

fn block() -> Block {
    let head = |text| Head { len: 2, root: hash(text) };
    let light = Light { version: header::VERSION, height: Height(5), time: Millis(77), state_root: hash("state") };
    let rest = Rest {
        chain: ChainId(hash("chain")),
        parent: HeaderHash(hash("parent")),
        proposer: key(1),
        leaves: head("leaves"),
        history: head("headers"),
        next_validators: hash("validators"),
        parent_round: Round(1),
        parent_signers: Signers(0b1011),
    };
    let header = Header { light, rest };
    let signing = [SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32])];
    let certificate = Certificate {
        height: Height(5),
        round: Round(1),
        value: header.hash(),
        signers: Signers(0b101),
        signatures: signing.iter().map(|key| key.sign(&header.hash().0)).collect(),
    };
    let transaction = BlockTransaction {
        id: TxId(hash("id")),
        envelope: EnvelopeHash(hash("envelope")),
        applied: 3,
        refused: 2,
        dropped: 1,
    };
    let signers = signing.iter().map(SigningKey::public).collect();
    Block { header, certificate, signers, validators: 4, transaction_count: 12, transactions: vec![transaction] }
}

#[test]
fn a_block_comes_back_and_its_certificate_is_its_own() {
    comes_back::<_, v1::BlockResponse>(block());
    let mut other = block();
    other.certificate.value = HeaderHash(hash("another"));
    let message = v1::BlockResponse::from(other);
    assert_eq!(Block::try_from(message), Err(NotUnderstood::Contradiction { field: "certificate" }));
    let mut message = v1::BlockResponse::from(block());
    message.header.as_mut().unwrap().height = 6;
    assert_eq!(Block::try_from(message), Err(NotUnderstood::Contradiction { field: "header" }));
}

fn reasons() -> Vec<Why> {
    let few = TooFew {
        connected: 2,
        validators: 4,
        needed: Some(3),
        power: 20,
        quorum: 27,
        total_power: 40,
        missing: vec![city()],
    };
    vec![
        Why::TooFew(TooFew { needed: None, ..few.clone() }),
        Why::TooFew(few),
        Why::Behind { height: Height(9), best: Height(12) },
        Why::FailingRounds { height: Height(10), round: Round(2) },
        Why::PoolNearlyFull { count: 5 },
        Why::TreeNearlyFull { used_bytes: 81 << 20, max_bytes: 100 << 20 },
    ]
}

#[test]
fn a_reason_reads_as_a_sentence() {
    let city = city();
    let expected = [
        format!("2 of 4 validators are connected, with power 20 of 40, 27 is needed; start or reach: {city}"),
        format!("2 of 4 validators are connected, 3 are needed; start or reach: {city}"),
        "this node is catching up: it has block 9, a peer has block 12".to_owned(),
        "block 10 is in round 2: rounds before it ended without a decision".to_owned(),
        "the pool is nearly full: 5 transactions wait for a block".to_owned(),
    ];
    let told: Vec<String> = reasons().iter().map(ToString::to_string).collect();
    assert_eq!(told[..5], expected);
    assert!(told[5].starts_with("the state tree takes 81 of the 100 MiB"), "{}", told[5]);
    assert!(Mute::LogLost(Height(4)).to_string().contains("its log was lost or damaged"));
    let ledger = Mute::LedgerLost(Height(5)).to_string();
    assert!(ledger.contains("its ledger lost its end") && ledger.contains("silent through block 5"), "{ledger}");
}

#[test]
fn how_a_node_is_comes_back() {
    let peer = Peer { key: key(2), organisation: Some(city()), connected: true, height: Height(8) };
    let status = NodeStatus {
        chain: ChainId(hash("chain")),
        version: "0.1.0".into(),
        key: key(1),
        height: Height(9),
        block_time: Millis(70),
        state_root: hash("state"),
        header_hash: HeaderHash(hash("header")),
        deciding: Some((Height(10), Round(2))),
        peers: vec![peer, Peer { organisation: None, connected: false, ..peer }],
        pool_count: 3,
        pool_bytes: 4_000,
        mute: Some(Mute::Follows),
        why: reasons(),
        clock: Millis(75),
        clock_bound_ms: 10_000,
        disk: Some(Disk { free_bytes: 5, total_bytes: 7 }),
        passed_over: vec![key(2)],
        turned_away: vec![TurnedAway { who: "somebody".into(), reason: "no peer".into(), count: 3 }],
    };
    for mute in [
        None,
        Some(Mute::Unsettled),
        Some(Mute::LogLost(Height(4))),
        Some(Mute::LedgerLost(Height(5))),
        Some(Mute::Copied(Height(6))),
        Some(Mute::Cramped { free_bytes: 5 << 20, min_bytes: 64 << 20 }),
    ] {
        comes_back::<_, v1::NodeStatusResponse>(NodeStatus { mute, ..status.clone() });
    }
    comes_back::<_, v1::NodeStatusResponse>(status.clone());
    // A reason of a later version is none that is known, and no reason to understand nothing.
    let later = NodeStatus { mute: Some(Mute::Other), why: vec![Why::Other], ..status.clone() };
    let mut message = v1::NodeStatusResponse::from(later.clone());
    assert_eq!((message.mute, message.why[0].reason.take()), (Some(v1::Mute { reason: None }), None));
    comes_back::<_, v1::NodeStatusResponse>(later);
    let message = v1::NodeStatusResponse { chain: vec![1; 31], ..status.into() };
    assert_eq!(NodeStatus::try_from(message), Err(NotUnderstood::Malformed { field: "chain" }));
}
