//! The little country of the measurement: one national body with a key of every role, another that asks it for data, the
//! country's law, one subject, and for each area what its operations rest on.

use bulla_testnet_forge::acts::Acts;
use bulla_verify::access;
use bulla_verify::case;
use bulla_verify::chain::Height;
use bulla_verify::credit;
use bulla_verify::erasure;
use bulla_verify::genesis::{Genesis, VERSION};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::law::{self, Citation, Matter, Provision};
use bulla_verify::licence::Change;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{self, KeyGrant, Organisation};
use bulla_verify::parameters::Parameters;
use bulla_verify::roles::{Role, Roles};
use bulla_verify::subject::{self, SubjectKind};
use bulla_verify::time::{DAY_MS, Date, Millis};
use bulla_verify::transaction::{Body, Mode, Verified};
use bulla_verify::validators::{Validator, ValidatorSet};
use std::ops::Range;

/// One area: its name, what must stand before its operations, and the operation with a number.
pub(crate) struct Area {
    pub(crate) name: &'static str,
    opening: fn() -> Vec<Operation>,
    operation: fn(usize, Millis) -> Operation,
}

pub(crate) const AREAS: &[Area] = &[
    Area { name: "organisation", opening: Vec::new, operation: register_key },
    Area { name: "subject", opening: Vec::new, operation: register_subject },
    Area { name: "licence", opening: licences, operation: issue },
    Area { name: "credit", opening: credit, operation: record },
    Area { name: "access", opening: access, operation: open },
    Area { name: "case", opening: cases, operation: accept },
    Area { name: "erasure", opening: licences, operation: issue_and_erase },
];

/// The transactions with which an area begins: the law, which the validators enact, then what the national body opens.
pub(crate) fn opening(area: &Area) -> Vec<Verified> {
    let subject =
        Operation::Subject(subject::Act::Register { handle: works(), kind: SubjectKind::Legal, by: nation() });
    let lawful = sign_with(&VALIDATORS.map(|number| seeded(&[number])).each_ref(), time(Height(1)), 0, laws());
    let rest = [subject].into_iter().chain((area.opening)());
    let rest =
        rest.zip(1..).map(|(operation, nonce)| sign_with(&[&national()], time(Height(1)), nonce, vec![operation]));
    [lawful].into_iter().chain(rest).collect()
}

/// The transaction of the operations with these numbers.
pub(crate) fn sign(area: &Area, time: Millis, numbers: Range<usize>) -> Verified {
    let nonce = 1_000 + u128::try_from(numbers.start).expect("a length in memory fits 128 bits");
    sign_with(&[&national()], time, nonce, numbers.map(|number| (area.operation)(number, time)).collect())
}

/// The time of a block: one a second.
pub(crate) fn time(height: Height) -> Millis {
    Date::new(2026, 9, 1).expect("a day").start().plus(i64::try_from(height.0).expect("few blocks") * 1_000)
}

pub(crate) fn genesis() -> Genesis {
    let roles: Roles = Role::ALL.iter().copied().collect();
    let key = KeyGrant { key: national().public(), organisation: nation(), roles, from: Height(0), until: None };
    let name = "国家局".parse().expect("a short name");
    let root =
        Organisation { uscc: nation(), name, level: Level::National, region: RegionCode::NATIONAL, parent: None };
    let validator = |number: u8| Validator { key: seeded(&[number]).public(), organisation: nation(), power: 1 };
    Genesis {
        version: VERSION,
        name: "measured".parse().expect("a short name"),
        time: time(Height(0)),
        parameters: Parameters::default(),
        organisations: vec![root],
        keys: vec![key],
        validators: ValidatorSet::new((0..4).map(validator).collect()).expect("four keys"),
    }
}

/// A quorum of the validators.
const VALIDATORS: [u8; 3] = [0, 1, 2];

fn sign_with(keys: &[&SigningKey], time: Millis, nonce: u128, operations: Vec<Operation>) -> Verified {
    let chain = genesis().chain();
    let (expires_at, mode) = (time.plus(60_000), Mode::Independent);
    let body = Body { chain, nonce: nonce.to_le_bytes(), expires_at, signers: Vec::new(), mode, operations };
    body.sign(keys).check(chain).expect("what was just signed is in order")
}

/// The key of the national body, of every role.
fn national() -> SigningKey {
    seeded(b"national")
}

fn seeded(text: &[u8]) -> SigningKey {
    SigningKey::from_seed(&Context::Field.hash(text).0)
}

fn nation() -> Uscc {
    "11100000000013338W".parse().expect("it is in order")
}

fn works() -> Handle {
    Handle(drawn(b"works", 0).0)
}

/// Random bytes, the same each time.
fn drawn(of: &[u8], number: usize) -> Hash {
    Context::Field.hash(&[of, &number.to_le_bytes()].concat())
}

/// The number of a record.
fn number(of: usize) -> [u8; 16] {
    *drawn(b"number", of).0.first_chunk().expect("a hash has 32 bytes")
}

fn citation() -> Citation {
    Citation { instrument: "条例".parse().expect("a short name"), article: 1, paragraph: 0 }
}

/// One row of the country's law, as an operator's file has it.
#[derive(serde::Deserialize)]
struct Row {
    matter: Matter,
    provision: Provision,
}

fn laws() -> Vec<Operation> {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../../../docs/law/country.json")).expect("it is tested");
    let enact =
        |Row { matter, provision }| law::Act::Enact { region: RegionCode::NATIONAL, matter, provision, by: None };
    rows.into_iter().map(enact).map(Operation::Law).collect()
}

fn register_key(number: usize, _: Millis) -> Operation {
    let key = SigningKey::from_seed(&drawn(b"key", number).0).public();
    let roles = [Role::Issuer].into_iter().collect();
    Operation::Organisation(organisation::Act::RegisterKey { organisation: nation(), key, roles })
}

fn register_subject(number: usize, _: Millis) -> Operation {
    let (handle, kind) = (Handle(drawn(b"handle", number).0), SubjectKind::Natural);
    Operation::Subject(subject::Act::Register { handle, kind, by: nation() })
}

fn acts() -> Acts {
    Acts::of(nation()).expect("a type of the national body")
}

fn licences() -> Vec<Operation> {
    acts().opening()
}

fn issue(number: usize, now: Millis) -> Operation {
    let number64 = u64::try_from(number).expect("a length in memory fits 64 bits");
    acts().issue(number64, now, drawn(b"holder", number), drawn(b"contents", number))
}

/// A licence, its end, and the order to erase it.
fn issue_and_erase(number: usize, now: Millis) -> Operation {
    let first = number - number % 3;
    let licence = u64::try_from(first).expect("a length in memory fits 64 bits");
    match number - first {
        0 => return issue(number, now),
        1 => return acts().act(licence, Change::Revoke),
        _ => {}
    }
    Operation::Erasure(erasure::Act::Order {
        of: erasure::Target::Licence(acts().licence(licence).base()),
        by: nation(),
        grounds: erasure::Grounds::PurposeOver,
        reasons: drawn(b"reasons", number),
        custodians: vec![nation()],
    })
}

fn item() -> credit::ItemCode {
    credit::ItemCode { owner: nation(), number: 1 }
}

fn credit() -> Vec<Operation> {
    let item = credit::Item {
        code: item(),
        name: "污染".parse().expect("a short name"),
        content: credit::Content::Ordinary,
        of: SubjectKind::Legal,
        bearing: credit::Bearing::Negative,
        grade: credit::Grade::Serious,
        published: true,
        repairable: true,
        region: RegionCode::NATIONAL,
        basis: citation(),
    };
    let code = item.code;
    let empower = credit::Act::Empower { item: code, organisation: nation(), region: Some(RegionCode::NATIONAL) };
    [credit::Act::Define(item), empower].map(Operation::Credit).into()
}

/// An event of the one subject, whose list grows with all of them.
fn record(of: usize, _: Millis) -> Operation {
    let change = credit::Change::Record(credit::Particulars {
        item: item(),
        subject: works(),
        region: RegionCode::NATIONAL,
        contents: drawn(b"decision", of),
        consent: None,
        ended_at: None,
    });
    let event = credit::EventId { recorder: nation(), number: number(of) };
    Operation::Credit(credit::Act::Event(credit::EventAct { event, by: nation(), change }))
}

fn resource() -> access::ResourceCode {
    access::ResourceCode { owner: nation(), number: 1 }
}

fn request() -> access::RequestId {
    access::RequestId { requester: nation(), number: [5; 16] }
}

fn access() -> Vec<Operation> {
    let particulars = access::Particulars {
        name: "库".parse().expect("a short name"),
        region: RegionCode::NATIONAL,
        fields: 8,
        sharing: access::Sharing::Unconditional,
    };
    let on_resource = |change| access::Act::Resource(access::ResourceAct { resource: resource(), change });
    let asked = access::Terms {
        purposes: access::Purposes(0b10),
        fields: access::Fields::first(4),
        region: RegionCode::NATIONAL,
        from: time(Height(0)),
        until: time(Height(0)).plus(365 * DAY_MS),
        budget: 100_000_000,
        onward: false,
    };
    let on_request = |change| access::Act::Request(access::RequestAct { request: request(), by: nation(), change });
    let file = access::RequestChange::File { resource: resource(), asked };
    [
        on_resource(access::ResourceChange::Register(particulars)),
        on_resource(access::ResourceChange::Publish),
        on_request(file),
        on_request(access::RequestChange::Grant { terms: asked, basis: Some(citation()) }),
    ]
    .map(Operation::Access)
    .into()
}

/// A ticket for the one subject, whose list grows with all of them.
fn open(of: usize, _: Millis) -> Operation {
    let change = access::TicketChange::Open(access::Opening {
        authority: access::Authority::Grant(request()),
        consent: None,
        purpose: 1,
        fields: access::Fields(0b101),
        region: RegionCode::NATIONAL,
        case: None,
        officer: drawn(b"officer", 0),
        serial: access::Serial { source: 7, number: u64::try_from(of + 1).expect("a length in memory fits 64 bits") },
        sealing: None,
        subjects: vec![works()],
    });
    let ticket = access::TicketId { requester: nation(), number: number(of) };
    Operation::Access(access::Act::Ticket(access::TicketAct { ticket, by: nation(), change }))
}

fn service() -> case::ServiceCode {
    case::ServiceCode { body: nation(), number: 1 }
}

fn cases() -> Vec<Operation> {
    let item = case::ServiceItem {
        code: service(),
        version: 1,
        name: "开店".parse().expect("a short name"),
        kind: case::ServiceKind::Permission,
        levels: vec![Level::National],
        region: RegionCode::NATIONAL,
        guide: drawn(b"guide", 0),
        materials: Vec::new(),
        statutory_days: 20,
        promised_days: 10,
        stop_days: 30,
        result: None,
        channel: case::Channel::Anywhere,
        basis: citation(),
    };
    vec![Operation::Case(case::Act::Publish(item))]
}

fn accept(of: usize, _: Millis) -> Operation {
    let change = case::Change::Accept(case::Request {
        item: service(),
        region: RegionCode::NATIONAL,
        applicant: drawn(b"applicant", of),
        contents: drawn(b"application", of),
        decider: nation(),
        licences: Vec::new(),
    });
    let case = case::CaseId { acceptor: nation(), number: number(of) };
    Operation::Case(case::Act::Case(case::CaseAct { case, by: nation(), change }))
}
