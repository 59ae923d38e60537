//! Specimens of law, subjects, duties and credit.

use crate::world::{HOUR_MS, START, organisation};
use bulla_verify::chain::Height;
use bulla_verify::credit::{
    self, Answer, Bearing, Change, Content, Correction, CreditEvent, Enrolment, EntryAct, EntryAnswer, EntryChange,
    EntryId, EventAct, EventId, Grade, Item, ItemCode, Joined, List, ListEntry, ListRecord, Measure, MeasureAct,
    MeasureChange, MeasureId, Notice, Particulars, Pending,
};
use bulla_verify::duty::{self, Discharge, DueDay, Duty, DutyKind, DutyName, Escalation};
use bulla_verify::hash::Hash;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::{self, Calendar, Citation, Lawmaker, Matter, Provision, Provisions, Span, Unit};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::Record;
use bulla_verify::subject::{self, Line, Listed, Subject, SubjectKind, SubjectList};
use bulla_verify::time::Millis;

pub const HANDLE: Handle = Handle([0x60; 32]);

pub fn region() -> RegionCode {
    "310000".parse().unwrap()
}

fn at(hours: i64) -> Millis {
    START.plus(HOUR_MS * hours)
}

pub fn citation() -> Citation {
    Citation { instrument: "征信业管理条例".parse().unwrap(), article: 25, paragraph: 2 }
}

fn provision(hours: i64, span: Option<(u16, Unit)>) -> Provision {
    let span = span.map(|(value, unit)| Span { value, unit });
    Provision { from: at(hours), span, citation: citation() }
}

pub fn provisions() -> Provisions {
    let spans =
        [Some((20, Unit::Days)), Some((5, Unit::WorkingDays)), Some((1, Unit::Months)), Some((5, Unit::Years)), None];
    Provisions((0..).zip(spans).map(|(hours, span)| provision(hours, span)).collect())
}

pub fn lawmaker() -> Lawmaker {
    Lawmaker { organisation: organisation(3) }
}

pub fn calendar() -> Calendar {
    let mut working = [0b0011_1110; 46];
    working[45] = 0b0000_0110;
    Calendar { region: region(), year: 2026, working, citation: citation() }
}

pub fn subject() -> Subject {
    let (registered_at, closed_at) = (Height(7), Some(Height(70)));
    Subject { kind: SubjectKind::Natural, authority: organisation(0), registered_at, closed_at }
}

pub fn lines() -> [Line; 5] {
    let listed = [
        Listed::Licence(Hash([0x61; 32])),
        Listed::Handle(Hash([0x62; 32])),
        Listed::CreditEvent(event_id()),
        Listed::ListEntry(entry_id()),
        Listed::Measure(measure_id()),
    ];
    listed.map(|what| Line { recorded_at: Height(8), what })
}

pub fn subject_list() -> SubjectList {
    let leaves = lines().map(|line| leaf_hash(&bulla_verify::canonical::encode(&line)));
    SubjectList { head: Head::of(&leaves), recorded_at: Height(8) }
}

pub fn duty_name() -> DutyName {
    DutyName { kind: DutyKind::AnswerRepair, of: CreditEvent::key(&event_id()), turn: 2 }
}

pub fn duty() -> Duty {
    Duty {
        owing: organisation(3),
        opened_at: at(1),
        due: at(25),
        discharged: Some(Discharge { at: at(30), by: organisation(0) }),
        escalated: Some(Escalation { at: at(26), to: organisation(0) }),
    }
}

pub fn due_day() -> DueDay {
    let leaf = leaf_hash(&bulla_verify::canonical::encode(&duty_name()));
    DueDay { head: Head::of(&[leaf]), recorded_at: Height(9) }
}

pub fn item() -> Item {
    Item {
        code: ItemCode { owner: organisation(0), number: 12 },
        name: "欠税公告".parse().unwrap(),
        content: Content::Tax,
        of: SubjectKind::Natural,
        bearing: Bearing::Negative,
        grade: Grade::Serious,
        published: false,
        repairable: true,
        region: region(),
        basis: citation(),
    }
}

pub fn competence() -> credit::Competence {
    credit::Competence { region: region() }
}

pub fn event_id() -> EventId {
    EventId { recorder: organisation(3), number: core::array::from_fn(|place| u8::try_from(place).unwrap()) }
}

/// An event with every optional part.
pub fn event() -> CreditEvent {
    let pending = |byte| Some(Pending { filed_at: at(40), due: at(60), commitment: Hash([byte; 32]) });
    CreditEvent {
        item: item().code,
        subject: HANDLE,
        region: region(),
        bearing: Bearing::Negative,
        repairable: true,
        notice: Some(Notice { at: at(1), commitment: Hash([0x63; 32]), record_from: at(9) }),
        recorded: Some(at(10)),
        contents: Hash([0x64; 32]),
        consent: Some(Hash([0x65; 32])),
        ended_at: Some(at(11)),
        published: true,
        published_until: Some(at(100)),
        repairable_from: Some(at(50)),
        kept_until: Some(at(1_000)),
        objection: pending(0x66),
        objections: 3,
        unconfirmed: true,
        corrections: 1,
        deleted: Some(at(61)),
        statements: 2,
        application: pending(0x67),
        applications: 4,
        repaired: Some(at(62)),
        changed_at: at(62),
        recorded_at: Height(20),
        history: Head::of(&[Hash([0x68; 32])]),
    }
}

pub fn list() -> List {
    List {
        code: ItemCode { owner: organisation(0), number: 13 },
        name: "严重失信名单".parse().unwrap(),
        bearing: Bearing::Negative,
        of: SubjectKind::Legal,
        term: Some(Span { value: 3, unit: Unit::Years }),
        region: region(),
        basis: citation(),
    }
}

pub fn joined() -> Joined {
    Joined { since: Height(30) }
}

pub fn entry_id() -> EntryId {
    EntryId { keeper: organisation(3), number: [0x72; 16] }
}

pub fn measure_id() -> MeasureId {
    MeasureId { body: organisation(0), number: [0x73; 16] }
}

/// An entry with every optional part.
pub fn list_entry() -> ListEntry {
    ListEntry {
        list: list().code,
        subject: HANDLE,
        region: region(),
        event: Some(event_id()),
        decision: Hash([0x74; 32]),
        from: at(70),
        until: Some(at(700)),
        removed: Some(at(80)),
        objection: Some(Pending { filed_at: at(75), due: at(90), commitment: Hash([0x75; 32]) }),
        objections: 1,
        unconfirmed: true,
        changed_at: at(80),
        recorded_at: Height(31),
        history: Head::of(&[Hash([0x76; 32])]),
    }
}

pub fn measure() -> Measure {
    Measure { entry: entry_id(), decision: Hash([0x77; 32]), from: at(71), ended: Some(at(79)) }
}

pub fn list_record() -> ListRecord {
    ListRecord { recorded_at: Height(31), at: at(80), act: entry_act(EntryChange::Remove) }
}

fn entry_act(change: EntryChange) -> EntryAct {
    EntryAct { entry: entry_id(), by: organisation(3), change }
}

fn list_acts() -> Vec<credit::Act> {
    let (decision, event) = (Hash([0x78; 32]), Some(event_id()));
    let enrolment = Enrolment { list: list().code, subject: HANDLE, region: region(), event, decision };
    let changes = [
        EntryChange::Enter(enrolment),
        EntryChange::Remove,
        EntryChange::Object { grounds: Hash([0x79; 32]) },
        EntryChange::Answer(EntryAnswer::Removed),
        EntryChange::Answer(EntryAnswer::Confirmed),
        EntryChange::Answer(EntryAnswer::Unconfirmed { findings: Hash([0x7a; 32]) }),
    ];
    let measures = [MeasureChange::Start { entry: entry_id(), decision }, MeasureChange::End];
    let join = credit::Act::Join { list: list().code, organisation: organisation(3), joins: true };
    let mut all = vec![credit::Act::DefineList(list()), join];
    all.extend(changes.map(|change| credit::Act::Entry(entry_act(change))));
    all.extend(measures.map(|change| credit::Act::Measure(MeasureAct { measure: measure_id(), change })));
    all
}

pub fn entry() -> credit::Entry {
    credit::Entry { recorded_at: Height(20), at: at(62), act: event_act(Change::Repair) }
}

fn event_act(change: Change) -> EventAct {
    EventAct { event: event_id(), by: organisation(3), change }
}

fn changes() -> Vec<Change> {
    let (item, subject, region) = (item().code, HANDLE, region());
    let (contents, ended_at) = (Hash([0x69; 32]), Some(at(5)));
    let particulars = Particulars { item, subject, region, contents, consent: Some(Hash([0x6a; 32])), ended_at };
    vec![
        Change::Notify { item, subject, region, notice: Hash([0x6b; 32]) },
        Change::Record(particulars),
        Change::End { at: at(6) },
        Change::Object { grounds: Hash([0x6c; 32]) },
        Change::Answer(Answer::Corrected(Correction::Amend { contents, ended_at })),
        Change::Answer(Answer::Corrected(Correction::Delete)),
        Change::Answer(Answer::Confirmed),
        Change::Answer(Answer::Unconfirmed { findings: Hash([0x6d; 32]) }),
        Change::State { statement: Hash([0x6e; 32]) },
        Change::Apply { promise: Hash([0x6f; 32]) },
        Change::Repair,
        Change::RefuseRepair { reason: Hash([0x70; 32]) },
    ]
}

/// One operation of every variant of these areas.
pub fn operations() -> Vec<Operation> {
    let (region, by, handle, commitment) = (region(), organisation(3), HANDLE, Hash([0x71; 32]));
    let matter = Matter::PublicityMost(Grade::Ordinary);
    let laws = [
        law::Act::Enact { region, matter, provision: provision(3, Some((1, Unit::Years))), by: Some(by) },
        law::Act::SetCalendar { calendar: calendar(), by: None },
        law::Act::Entrust { region, organisation: Some(by) },
    ];
    let subjects = [
        subject::Act::Register { handle, kind: SubjectKind::Legal, by },
        subject::Act::Close { handle, by },
        subject::Act::LinkHandle { handle, commitment, by },
        subject::Act::ListLicence { handle, commitment, by },
    ];
    let mut all: Vec<_> = laws.map(Operation::Law).into();
    all.extend(subjects.map(Operation::Subject));
    all.push(Operation::Duty(duty::Act::Escalate { duty: duty_name(), to: organisation(0) }));
    all.push(Operation::Credit(credit::Act::Define(item())));
    let empower = credit::Act::Empower { item: item().code, organisation: by, region: Some(region) };
    all.push(Operation::Credit(empower));
    all.extend(changes().into_iter().map(|change| Operation::Credit(credit::Act::Event(event_act(change)))));
    all.extend(list_acts().into_iter().map(Operation::Credit));
    all
}

pub fn law_name(act: &law::Act) -> &'static str {
    match act {
        law::Act::Enact { .. } => "law enact",
        law::Act::SetCalendar { .. } => "law set calendar",
        law::Act::Entrust { .. } => "law entrust",
    }
}

pub fn subject_name(act: &subject::Act) -> &'static str {
    match act {
        subject::Act::Register { .. } => "subject register",
        subject::Act::Close { .. } => "subject close",
        subject::Act::LinkHandle { .. } => "subject link handle",
        subject::Act::ListLicence { .. } => "subject list licence",
    }
}

pub fn credit_name(act: &credit::Act) -> &'static str {
    let act = match act {
        credit::Act::Define(_) => return "credit define",
        credit::Act::Empower { .. } => return "credit empower",
        credit::Act::DefineList(_) => return "credit define list",
        credit::Act::Join { .. } => return "credit join",
        credit::Act::Entry(act) => return entry_name(&act.change),
        credit::Act::Measure(MeasureAct { change: MeasureChange::Start { .. }, .. }) => return "credit start measure",
        credit::Act::Measure(MeasureAct { change: MeasureChange::End, .. }) => return "credit end measure",
        credit::Act::Event(act) => act,
    };
    match &act.change {
        Change::Notify { .. } => "credit notify",
        Change::Record(_) => "credit record",
        Change::End { .. } => "credit end",
        Change::Object { .. } => "credit object",
        Change::Answer(Answer::Corrected(Correction::Amend { .. })) => "credit answer corrected",
        Change::Answer(Answer::Corrected(Correction::Delete)) => "credit answer deleted",
        Change::Answer(Answer::Confirmed) => "credit answer confirmed",
        Change::Answer(Answer::Unconfirmed { .. }) => "credit answer unconfirmed",
        Change::State { .. } => "credit state",
        Change::Apply { .. } => "credit apply",
        Change::Repair => "credit repair",
        Change::RefuseRepair { .. } => "credit refuse repair",
    }
}

fn entry_name(change: &EntryChange) -> &'static str {
    match change {
        EntryChange::Enter(_) => "credit enter in list",
        EntryChange::Remove => "credit remove from list",
        EntryChange::Object { .. } => "credit object to entry",
        EntryChange::Answer(EntryAnswer::Removed) => "credit answer entry removed",
        EntryChange::Answer(EntryAnswer::Confirmed) => "credit answer entry confirmed",
        EntryChange::Answer(EntryAnswer::Unconfirmed { .. }) => "credit answer entry unconfirmed",
    }
}
