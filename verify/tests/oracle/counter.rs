//! Specimens of service items and cases.

use super::bureau::{citation, region};
use crate::world::{HOUR_MS, START, licence, licence_id, organisation, type_code};
use bulla_verify::case::{
    Act, Asked, Case, CaseAct, CaseId, Catalogued, Change, Channel, Decision, Delivery, Entry, HandOver, Material,
    Rating, Request, ServiceCode, ServiceItem, ServiceKind, Stop, StopReason, Supplement, Violation, Violations,
};
use bulla_verify::chain::Height;
use bulla_verify::erasure::{self, Answer, Custodian, ErasureOrder, Grounds, Target};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::Level;
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::time::Millis;

fn at(hours: i64) -> Millis {
    START.plus(HOUR_MS * hours)
}

pub fn service() -> ServiceCode {
    ServiceCode { body: organisation(0), number: 21 }
}

pub fn service_item() -> ServiceItem {
    ServiceItem {
        code: service(),
        version: 2,
        name: "食品经营许可".parse().unwrap(),
        kind: ServiceKind::Permission,
        levels: vec![Level::Municipal, Level::County],
        region: region(),
        guide: Hash([0x80; 32]),
        materials: vec![Material { name: "营业执照".parse().unwrap(), replaced_by: vec![type_code()] }],
        statutory_days: 20,
        promised_days: 10,
        stop_days: 30,
        result: Some(type_code()),
        channel: Channel::SameCity,
        basis: citation(),
    }
}

pub fn catalogued() -> Catalogued {
    Catalogued { version: 2, retired: Some(at(90)) }
}

pub fn case_id() -> CaseId {
    CaseId { acceptor: organisation(3), number: core::array::from_fn(|place| u8::try_from(place).unwrap()) }
}

/// A case with every optional part.
pub fn case() -> Case {
    let (delivered, base) = (at(70), licence("A1").base);
    Case {
        item: service(),
        version: 2,
        applicant: Hash([0x81; 32]),
        region: region(),
        contents: Hash([0x82; 32]),
        licences: vec![licence("B9").base],
        accepted_at: at(1),
        decider: organisation(5),
        held_by: organisation(0),
        offered: Some(HandOver { at: at(30), to: organisation(5), task: Hash([0x83; 32]) }),
        hand_overs: 3,
        begun: Some(at(20)),
        days: 10,
        stopped_days: 4,
        due: at(500),
        stop: Some(Stop { reason: StopReason::Hearing, from: at(40), until: at(50), days: 4 }),
        asked: Some(Asked { material: 0, at: at(25), by: organisation(3), counted: true }),
        supplements: 1,
        violations: 1,
        decision: Some(Decision { at: at(60), granted: true, reasons: Hash([0x84; 32]) }),
        delivered: Some(Delivery { at: delivered, by: organisation(3), licence: Some(base) }),
        rating: Some(Rating::Good),
        withdrawn: Some(at(75)),
        changed_at: at(75),
        recorded_at: Height(30),
        history: Head::of(&[leaf_hash(&bulla_verify::canonical::encode(&entry()))]),
    }
}

pub fn entry() -> Entry {
    let change = Change::HandOver { to: organisation(5), task: Hash([0x83; 32]) };
    Entry { recorded_at: Height(12), at: at(30), act: case_act(change) }
}

pub fn violation() -> Violation {
    Violation { recorded_at: Height(11), case: case_id(), material: 0, licence: licence("B9").base }
}

pub fn violations() -> Violations {
    let leaf = leaf_hash(&bulla_verify::canonical::encode(&violation()));
    Violations { head: Head::of(&[leaf]), recorded_at: Height(11) }
}

fn case_act(change: Change) -> CaseAct {
    CaseAct { case: case_id(), by: organisation(3), change }
}

fn changes() -> [Change; 13] {
    let request = Request {
        item: service(),
        region: region(),
        applicant: Hash([0x81; 32]),
        contents: Hash([0x82; 32]),
        decider: organisation(5),
        licences: vec![licence_id("B9", 4)],
    };
    [
        Change::Accept(request),
        Change::HandOver { to: organisation(5), task: Hash([0x83; 32]) },
        Change::Take,
        Change::CallOff { reason: Hash([0x85; 32]) },
        Change::Ask { material: 0, days: 5 },
        Change::Supplement(Supplement::Paper { contents: Hash([0x86; 32]) }),
        Change::Supplement(Supplement::Licence(licence_id("B9", 4))),
        Change::Stop { reason: StopReason::ExpertReview, days: 4 },
        Change::Resume,
        Change::Decide { granted: true, reasons: Hash([0x84; 32]) },
        Change::Deliver { licence: Some(licence_id("A1", 1)) },
        Change::Rate(Rating::VeryPoor),
        Change::Withdraw,
    ]
}

/// One operation of every variant of this area.
pub fn operations() -> Vec<Operation> {
    let mut all = vec![Operation::Case(Act::Publish(service_item())), Operation::Case(Act::Retire { item: service() })];
    all.extend(changes().map(|change| Operation::Case(Act::Case(case_act(change)))));
    let (by, custodians) = (organisation(3), vec![organisation(3), organisation(5)]);
    let targets = [target(), Target::Case(case_id()), Target::CreditEvent(super::bureau::event_id())];
    let order = |of| erasure::Act::Order {
        of,
        by,
        grounds: Grounds::RetentionOver,
        reasons: Hash([0x87; 32]),
        custodians: custodians.clone(),
    };
    all.extend(targets.map(order).map(Operation::Erasure));
    all.push(Operation::Erasure(erasure::Act::Receipt { of: target(), by, evidence: Hash([0x88; 32]) }));
    all.push(Operation::Erasure(erasure::Act::Restrict { of: target(), by, reason: Hash([0x89; 32]) }));
    all
}

pub fn target() -> Target {
    Target::Licence(licence("B9").base)
}

/// An order that one custodian has answered twice and another not at all.
pub fn erasure_order() -> ErasureOrder {
    let answer = |hours, byte| Some(Answer { at: at(hours), evidence: Hash([byte; 32]) });
    let answered = Custodian { organisation: organisation(3), restricted: answer(85, 0x89), receipt: answer(90, 0x88) };
    ErasureOrder {
        grounds: Grounds::ConsentWithdrawn,
        reasons: Hash([0x87; 32]),
        ordered_by: organisation(3),
        region: region(),
        ordered_at: at(80),
        due: at(400),
        custodians: vec![answered, Custodian { organisation: organisation(5), restricted: None, receipt: None }],
        changed_at: at(90),
        recorded_at: Height(40),
    }
}

pub fn erasure_name(act: &erasure::Act) -> &'static str {
    match act {
        erasure::Act::Order { .. } => "erasure order",
        erasure::Act::Receipt { .. } => "erasure receipt",
        erasure::Act::Restrict { .. } => "erasure restrict",
    }
}

pub fn case_name(act: &Act) -> &'static str {
    let act = match act {
        Act::Publish(_) => return "case publish",
        Act::Retire { .. } => return "case retire",
        Act::Case(act) => act,
    };
    match &act.change {
        Change::Accept(_) => "case accept",
        Change::HandOver { .. } => "case hand over",
        Change::Take => "case take",
        Change::CallOff { .. } => "case call off",
        Change::Ask { .. } => "case ask",
        Change::Supplement(Supplement::Paper { .. }) => "case supplement paper",
        Change::Supplement(Supplement::Licence(_)) => "case supplement licence",
        Change::Stop { .. } => "case stop",
        Change::Resume => "case resume",
        Change::Decide { .. } => "case decide",
        Change::Deliver { .. } => "case deliver",
        Change::Rate(_) => "case rate",
        Change::Withdraw => "case withdraw",
    }
}
