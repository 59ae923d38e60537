//! The scene with what cases need: an item that the province implements through its cities, and a licence that stands for a
//! paper of it.

use super::{
    LAWFUL_DAY, Scene, citation, city, day, hash, held_by, id, key, nation, neighbour, now, pass, permit, province,
    region, register_key, year,
};
use bulla_verify::case::{
    Act, Case, CaseAct, CaseId, Change, Channel, Material, Rating, Request, ServiceCode, ServiceItem, ServiceKind,
};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::region::Level;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence;
use bulla_verify::operation::{Operation, Refusal};
use bulla_verify::record::Record;
use bulla_verify::roles::Role;

impl Scene {
    /// The scene with an item, intakes, and a licence of who asks, in the time of the law.
    pub(crate) fn with_cases() -> Scene {
        let mut scene = Scene::new();
        scene.prepare_cases();
        scene
    }

    pub(crate) fn prepare_cases(&mut self) {
        self.time = day(LAWFUL_DAY);
        for body in [province(), city(), neighbour()] {
            let intake = register_key(body, &key(body, Role::Intake), &[Role::Intake]);
            self.accept(&[&key(body, Role::Registrar)], intake);
        }
        let supervisor = register_key(province(), &key(province(), Role::Supervisor), &[Role::Supervisor]);
        self.accept(&[&key(province(), Role::Registrar)], supervisor);
        self.publish(shop());
        let grant = held_by("who asks");
        self.issue(now(&standing(), licence::Change::Issue(licence::Grant { term: super::term(0, 900), ..grant })));
    }

    pub(crate) fn publish(&mut self, item: ServiceItem) {
        self.accept(&[&key(nation(), Role::Registrar)], Operation::Case(Act::Publish(item)));
    }

    /// Has a body do something to the case, by the key of the role that it takes.
    pub(crate) fn case(&mut self, by: Uscc, change: Change) {
        self.accept(&[&key(by, role_in_case(&change))], case_act(by, change));
    }

    pub(crate) fn case_refused(&mut self, by: Uscc, change: Change) -> Refusal {
        self.refuse(&[&key(by, role_in_case(&change))], case_act(by, change))
    }

    /// The case of the tests.
    pub(crate) fn the_case(&self) -> Case {
        crate::read(&self.state, &case_id()).expect("the case was accepted")
    }
}

/// What erasure needs: the scene of cases, the country's law, and a steward of each body.
pub(crate) fn prepare_erasure(scene: &mut Scene) {
    scene.prepare_cases();
    scene.enact_country();
    for body in [province(), city(), neighbour()] {
        let steward = register_key(body, &key(body, Role::Steward), &[Role::Steward]);
        scene.accept(&[&key(body, Role::Registrar)], steward);
    }
}

/// The role that it takes to do something to a case.
pub(crate) fn role_in_case(change: &Change) -> Role {
    match change {
        Change::Stop { .. } | Change::Resume | Change::Decide { .. } => Role::Issuer,
        Change::Accept(_)
        | Change::HandOver { .. }
        | Change::Take
        | Change::CallOff { .. }
        | Change::Ask { .. }
        | Change::Supplement(_)
        | Change::Deliver { .. }
        | Change::Rate(_)
        | Change::Withdraw => Role::Intake,
    }
}

/// What a shop needs: implemented by the province, decided by its cities, accepted anywhere, ten working days promised. Its
/// first paper can be replaced by a pass, its second by nothing.
pub(crate) fn shop() -> ServiceItem {
    let material = |name: &str, replaced_by| Material { name: name.parse().unwrap(), replaced_by };
    ServiceItem {
        code: ServiceCode { body: province(), number: 1 },
        version: 1,
        name: "开店".parse().unwrap(),
        kind: ServiceKind::Permission,
        levels: vec![Level::Municipal],
        region: region("440000"),
        guide: hash("guide"),
        materials: vec![material("身份证明", vec![pass().code]), material("平面图", Vec::new())],
        statutory_days: 20,
        promised_days: 10,
        stop_days: 30,
        result: Some(permit().code),
        channel: Channel::Anywhere,
        basis: citation(),
    }
}

/// The licence of who asks, which stands for the first paper.
pub(crate) fn standing() -> LicenceId {
    id(&pass(), "P1", 1)
}

/// What the item results in.
pub(crate) fn result() -> LicenceId {
    id(&permit(), "R1", 1)
}

/// Issues what the item results in, for the year of the scene.
pub(crate) fn issue_result() -> licence::Act {
    now(&result(), licence::Change::Issue(year()))
}

/// Accepted by the neighbour, to be decided by the city.
pub(crate) fn case_id() -> CaseId {
    CaseId { acceptor: neighbour(), number: [7; 16] }
}

pub(crate) fn case_act(by: Uscc, change: Change) -> Operation {
    Operation::Case(Act::Case(CaseAct { case: case_id(), by, change }))
}

pub(crate) fn request() -> Request {
    Request {
        item: shop().code,
        region: region("440300"),
        applicant: hash("applicant"),
        contents: hash("application"),
        decider: city(),
        licences: Vec::new(),
    }
}

/// A request that names the licence which stands for the first paper.
pub(crate) fn informed() -> Request {
    Request { licences: vec![standing()], ..request() }
}

pub(crate) fn hand_over(to: Uscc) -> Change {
    Change::HandOver { to, task: hash("task") }
}

pub(crate) fn call_off() -> Change {
    Change::CallOff { reason: hash("reason") }
}

pub(crate) fn decide(granted: bool) -> Change {
    Change::Decide { granted, reasons: hash("reasons") }
}

pub(crate) fn deliver() -> Change {
    Change::Deliver { licence: Some(result()) }
}

pub(crate) fn rate() -> Change {
    Change::Rate(Rating::Good)
}

/// The duty to decide the case.
pub(crate) fn decision_duty() -> DutyName {
    DutyName { kind: DutyKind::DecideCase, of: Case::key(&case_id()), turn: 1 }
}
