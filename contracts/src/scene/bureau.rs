//! The scene with what credit needs: the country's law, subjects, keys of further roles, and a catalogue of items.

use super::{Scene, city, consensus_key, day, hash, key, nation, neighbour, province, region, register_key};
use bulla_verify::credit::{
    self, Bearing, Change, Content, CreditEvent, Enrolment, EntryAct, EntryChange, EntryId, EventAct, EventId, Grade,
    Item, ItemCode, List, MeasureAct, MeasureChange, MeasureId, Particulars,
};
use bulla_verify::duty::{self, Duty, DutyKind, DutyName};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::law::{self, Citation, Matter, Provision, Span, Unit};
use bulla_verify::operation::{Operation, Refusal};
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::{self, SubjectKind};
use bulla_verify::time::Millis;
use bulla_verify::transaction::Mode;

/// The first day of the scene with law, after the youngest law of the country began to hold.
pub(crate) const LAWFUL_DAY: i64 = 120;

/// One row of the country's law as the operator's file has it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// `L` if it was looked up, `M` if it is from memory.
    pub(crate) mark: String,
    pub(crate) matter: Matter,
    pub(crate) provision: Provision,
}

/// `docs/law/country.json`.
pub(crate) fn country() -> Vec<Row> {
    serde_json::from_str(include_str!("../../../docs/law/country.json")).unwrap()
}

impl Scene {
    /// The scene with the country's law, subjects, keys and items, in the time of that law.
    pub(crate) fn with_credit() -> Scene {
        let mut scene = Scene::new();
        scene.prepare_credit();
        scene
    }

    pub(crate) fn prepare_credit(&mut self) {
        self.time = day(LAWFUL_DAY);
        self.enact_country();
        for (body, roles) in [
            (nation(), [Role::IdentityAuthority, Role::Supervisor]),
            (province(), [Role::Intake, Role::Supervisor]),
            (city(), [Role::Recorder, Role::Intake]),
            (neighbour(), [Role::Recorder, Role::Supervisor]),
        ] {
            for role in roles {
                self.accept(&[&key(body, Role::Registrar)], register_key(body, &key(body, role), &[role]));
            }
        }
        for (handle, kind) in [(ann(), SubjectKind::Natural), (works(), SubjectKind::Legal)] {
            self.accept(&[&key(nation(), Role::IdentityAuthority)], register_subject(handle, kind));
        }
        let lists = [blacklist(), redlist()].map(|list| (list.code, credit::Act::DefineList(list)));
        for (code, define) in lists {
            self.accept(&[&key(nation(), Role::Registrar)], Operation::Credit(define));
            self.accept(&[&key(province(), Role::Registrar)], empower(code, city(), Some("440300")));
            self.accept(&[&key(province(), Role::Registrar)], join(code, neighbour(), true));
        }
        for item in [default_item(), arrears(), pollution(), tax(), award()] {
            let code = item.code;
            self.accept(&[&key(nation(), Role::Registrar)], Operation::Credit(credit::Act::Define(item)));
            self.accept(&[&key(province(), Role::Registrar)], empower(code, city(), Some("440300")));
        }
    }

    /// Has the validators enact the country's law, as an operator would from the file.
    pub(crate) fn enact_country(&mut self) {
        let enact = |row: Row| enact(RegionCode::NATIONAL, row.matter, row.provision, None);
        let operations: Vec<_> = country().into_iter().map(enact).collect();
        let count = operations.len();
        let keys = [1, 2, 3].map(consensus_key);
        let tx = self.sign(&keys.iter().collect::<Vec<_>>(), Mode::AllOrNothing, operations);
        assert_eq!(self.execute(&tx).refusals, vec![None; count]);
    }

    /// Has the validators decide.
    pub(crate) fn decide(&mut self, act: law::Act) {
        let keys = [1, 2, 3].map(consensus_key);
        self.accept(&keys.iter().collect::<Vec<_>>(), Operation::Law(act));
    }

    pub(crate) fn decide_refused(&mut self, act: law::Act) -> Refusal {
        let keys = [1, 2, 3].map(consensus_key);
        self.refuse(&keys.iter().collect::<Vec<_>>(), Operation::Law(act))
    }

    /// Has a body do something to the event, by the key of the role that it takes. It writes what it declares, no less.
    pub(crate) fn credit(&mut self, by: Uscc, change: Change) {
        let (role, act) = (role_of(by, &change), event_act(by, change));
        self.exactly(&key(by, role), act);
    }

    /// Has a body do something to the entry; it writes what it declares, no less.
    pub(crate) fn entry(&mut self, by: Uscc, change: EntryChange) {
        let (role, act) = (entry_role(by, &change), entry_act(by, change));
        self.exactly(&key(by, role), act);
    }

    pub(crate) fn entry_refused(&mut self, by: Uscc, change: EntryChange) -> Refusal {
        let (role, act) = (entry_role(by, &change), entry_act(by, change));
        self.refuse(&[&key(by, role)], act)
    }

    /// Has the neighbour do something to the measure; it writes what it declares, no less.
    pub(crate) fn measure(&mut self, change: MeasureChange) {
        self.exactly(&key(neighbour(), Role::Recorder), measure_act(change));
    }

    pub(crate) fn measure_refused(&mut self, change: MeasureChange) -> Refusal {
        self.refuse(&[&key(neighbour(), Role::Recorder)], measure_act(change))
    }

    fn exactly(&mut self, key: &SigningKey, operation: Operation) {
        let tx = self.sign(&[key], Mode::AllOrNothing, vec![operation]);
        let executed = self.execute(&tx);
        assert_eq!(executed.refusals, [None]);
        assert_eq!(executed.changes.writes(), usize::try_from(executed.cost).unwrap());
    }

    pub(crate) fn credit_refused(&mut self, by: Uscc, change: Change) -> Refusal {
        let (role, act) = (role_of(by, &change), event_act(by, change));
        self.refuse(&[&key(by, role)], act)
    }

    /// The event of the tests.
    pub(crate) fn event(&self) -> CreditEvent {
        crate::read(&self.state, &event_id()).expect("the event was recorded")
    }

    pub(crate) fn duty(&self, name: &DutyName) -> Duty {
        crate::read(&self.state, name).expect("the duty was opened")
    }
}

/// The role that a body needs to do something to an event of the city's.
pub(crate) fn role_of(by: Uscc, change: &Change) -> Role {
    match change {
        Change::Object { .. } | Change::State { .. } | Change::Apply { .. } => Role::Intake,
        Change::Answer(_) if by != city() => Role::Supervisor,
        Change::Answer(_)
        | Change::Notify { .. }
        | Change::Record(_)
        | Change::End { .. }
        | Change::Repair
        | Change::RefuseRepair { .. } => Role::Recorder,
    }
}

/// A person.
pub(crate) fn ann() -> Handle {
    Handle([0xa1; 32])
}

/// An enterprise.
pub(crate) fn works() -> Handle {
    Handle([0xb2; 32])
}

pub(crate) fn register_subject(handle: Handle, kind: SubjectKind) -> Operation {
    Operation::Subject(subject::Act::Register { handle, kind, by: nation() })
}

pub(crate) fn enact(region: RegionCode, matter: Matter, provision: Provision, by: Option<Uscc>) -> Operation {
    Operation::Law(law::Act::Enact { region, matter, provision, by })
}

pub(crate) fn citation() -> Citation {
    Citation { instrument: "条例".parse().unwrap(), article: 1, paragraph: 0 }
}

pub(crate) fn item_code(number: u16) -> ItemCode {
    ItemCode { owner: province(), number }
}

/// A serious negative item of enterprises, published and repairable.
pub(crate) fn pollution() -> Item {
    Item {
        code: item_code(1),
        name: "污染".parse().unwrap(),
        content: Content::Ordinary,
        of: SubjectKind::Legal,
        bearing: Bearing::Negative,
        grade: Grade::Serious,
        published: true,
        repairable: true,
        region: region("440000"),
        basis: citation(),
    }
}

/// A negative item of persons that is not published, so that it needs notice.
pub(crate) fn arrears() -> Item {
    Item {
        code: item_code(2),
        name: "欠费".parse().unwrap(),
        of: SubjectKind::Natural,
        grade: Grade::Ordinary,
        published: false,
        ..pollution()
    }
}

/// A negative item of persons that the law has published and nobody repairs.
pub(crate) fn default_item() -> Item {
    Item {
        code: item_code(3),
        name: "失信".parse().unwrap(),
        of: SubjectKind::Natural,
        repairable: false,
        ..pollution()
    }
}

/// A negative item of persons that is recorded with written consent alone.
pub(crate) fn tax() -> Item {
    Item { code: item_code(4), name: "欠税".parse().unwrap(), content: Content::Tax, ..default_item() }
}

/// A positive item of enterprises.
pub(crate) fn award() -> Item {
    Item {
        code: item_code(5),
        name: "嘉奖".parse().unwrap(),
        bearing: Bearing::Positive,
        repairable: false,
        ..pollution()
    }
}

pub(crate) fn empower(item: ItemCode, organisation: Uscc, within: Option<&str>) -> Operation {
    Operation::Credit(credit::Act::Empower { item, organisation, region: within.map(region) })
}

pub(crate) fn event_id() -> EventId {
    EventId { recorder: city(), number: [7; 16] }
}

pub(crate) fn event_act(by: Uscc, change: Change) -> Operation {
    Operation::Credit(credit::Act::Event(EventAct { event: event_id(), by, change }))
}

/// What an event of an item says of the subject that the item is for, of behaviour that goes on.
pub(crate) fn particulars(item: &Item) -> Particulars {
    let subject = match item.of {
        SubjectKind::Natural => ann(),
        SubjectKind::Legal => works(),
    };
    let (region, contents) = (region("440300"), hash("decision"));
    Particulars { item: item.code, subject, region, contents, consent: None, ended_at: None }
}

pub(crate) fn record(item: &Item) -> Change {
    Change::Record(particulars(item))
}

pub(crate) fn notify(item: &Item) -> Change {
    let Particulars { item, subject, region, .. } = particulars(item);
    Change::Notify { item, subject, region, notice: hash("notice") }
}

pub(crate) fn object() -> Change {
    Change::Object { grounds: hash("grounds") }
}

pub(crate) fn end(at: Millis) -> Change {
    Change::End { at }
}

pub(crate) fn apply_for_repair() -> Change {
    Change::Apply { promise: hash("promise") }
}

/// A black list of enterprises, whose entries last three years.
pub(crate) fn blacklist() -> List {
    List {
        code: item_code(11),
        name: "严重失信名单".parse().unwrap(),
        bearing: Bearing::Negative,
        of: SubjectKind::Legal,
        term: Some(Span { value: 3, unit: Unit::Years }),
        region: region("440000"),
        basis: citation(),
    }
}

/// A red list of enterprises, whose entries last until they are removed.
pub(crate) fn redlist() -> List {
    List {
        code: item_code(12), name: "红名单".parse().unwrap(), bearing: Bearing::Positive, term: None, ..blacklist()
    }
}

pub(crate) fn join(list: ItemCode, organisation: Uscc, joins: bool) -> Operation {
    Operation::Credit(credit::Act::Join { list, organisation, joins })
}

pub(crate) fn entry_id() -> EntryId {
    EntryId { keeper: city(), number: [8; 16] }
}

pub(crate) fn measure_id() -> MeasureId {
    MeasureId { body: neighbour(), number: [9; 16] }
}

/// Enters the works in a list.
pub(crate) fn enrolment(list: &List, event: Option<EventId>) -> Enrolment {
    let (region, decision) = (region("440300"), hash("decision"));
    Enrolment { list: list.code, subject: works(), region, event, decision }
}

pub(crate) fn entry_act(by: Uscc, change: EntryChange) -> Operation {
    Operation::Credit(credit::Act::Entry(EntryAct { entry: entry_id(), by, change }))
}

pub(crate) fn measure_act(change: MeasureChange) -> Operation {
    Operation::Credit(credit::Act::Measure(MeasureAct { measure: measure_id(), change }))
}

pub(crate) fn start() -> MeasureChange {
    MeasureChange::Start { entry: entry_id(), decision: hash("measure") }
}

/// The role that a body needs to do something to an entry of the city's.
pub(crate) fn entry_role(by: Uscc, change: &EntryChange) -> Role {
    match change {
        EntryChange::Object { .. } => Role::Intake,
        EntryChange::Answer(_) if by != city() => Role::Supervisor,
        EntryChange::Enter(_) | EntryChange::Remove | EntryChange::Answer(_) => Role::Recorder,
    }
}

/// The duty to answer what was filed on the event.
pub(crate) fn duty_of(kind: DutyKind, turn: u32) -> DutyName {
    DutyName { kind, of: CreditEvent::key(&event_id()), turn }
}

pub(crate) fn escalate(name: DutyName, to: Uscc) -> Operation {
    Operation::Duty(duty::Act::Escalate { duty: name, to })
}

/// The key by which a body supervises.
pub(crate) fn supervisor(of: Uscc) -> SigningKey {
    key(of, Role::Supervisor)
}
