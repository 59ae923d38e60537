//! `bulla import credit`: events of another register, each as an event of a subject that the import registers.
//!
//! A register's row is one event; the ledger decides whether it may still be recorded, by the years that the law allows after
//! the end of the behaviour. When the behaviour ended is read from the status by the table of docs/import.md, and by nothing
//! else: where it is not known to have ended, no years run.

use super::authority::{self, Authorities};
use super::batches::{Batches, Piece};
use super::contents::Salts;
use super::plan::{Fate, Plan};
use super::report::Report;
use super::row::columns;
use super::unformed::Unformed;
use super::{Prepared, Register};
use crate::answer::{Answer, Usage};
use crate::when;
use anyhow::{Result, ensure};
use bulla_verify::credit::{Act, Bearing, Change, Content, EventAct, EventId, Grade, Item, ItemCode, Particulars};
use bulla_verify::document;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::{Citation, Matter, Provisions, Span, is_working_by_default};
use bulla_verify::operation::Operation;
use bulla_verify::roles::Role;
use bulla_verify::subject::{self, SubjectKind};
use bulla_verify::time::{Date, Millis};
use std::collections::BTreeMap;

/// What may be said of a row's event, joined with `|` where a register says several at once.
const EVENTS: &[&str] = &[
    "VIOLATION",
    "INSPECTION",
    "WARNING_LETTER",
    "CONSENT_ORDER",
    "NOTICE_OF_NONCOMPLIANCE",
    "UNILATERAL_ORDER",
    "ENFORCEMENT_ACTION",
    "PENALTY_ASSESSMENT",
    "AMENDMENT",
    "BOIL_WATER_ORDER",
    "ATTORNEY_GENERAL",
    "SETTLEMENT",
    "CIVIL_PENALTY",
    "DEMAND_NOTICE",
];

/// Those that make an event serious where the register gives no severity.
const SERIOUS: &[&str] = &["PENALTY_ASSESSMENT", "CIVIL_PENALTY", "ATTORNEY_GENERAL", "BOIL_WATER_ORDER"];

columns! {
    /// One event of a register of credit.
    Row:
    /// The event's name in the file.
    event_id,
    /// The register.
    source,
    /// The case that it belongs to there.
    case_id,
    /// Whose it is.
    subject_id,
    /// The subject's name, if it is a body's.
    subject_name,
    /// What happened.
    event,
    /// What it was about.
    category,
    /// How grave it was, as far as the register says.
    severity,
    /// When.
    event_date,
    /// When it was published there.
    published_date,
    /// What became of it.
    status,
    /// When it was put right.
    resolved_date,
    /// The fine.
    amount_usd,
}

/// One row, and what becomes of it.
pub(super) struct Planned {
    event: Option<EventId>,
    fate: Fate,
}

/// What a row says of a subject, as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    bearing: Bearing,
    grade: Grade,
    ended: Option<Date>,
}

pub(super) async fn run(register: &Register) -> Result<Answer> {
    let bytes = register.read()?;
    let rows: Vec<Row> = register.rows(&bytes)?;
    let import = register.open(&bytes, authority::known(rows.iter().map(|row| &row.source))).await?;
    let roles = [Role::Recorder, Role::IdentityAuthority].into_iter().collect();
    let authorities = Authorities::under(&import.superior, &import.keys.public()).with_roles(roles);
    let catalogue = Catalogue::known(&import, &authorities).await?;
    let law = retention(&import).await?;
    let plan = plan(&rows, &authorities, catalogue, &import.salts(), register.acts, law);
    let outcomes = import.carry_out(&plan, register.in_flight).await?;
    let lines = rows.iter().zip(&plan.rows).map(|(row, planned)| {
        let Row { number, event_id, source, case_id, event, .. } = row;
        let name = planned.event.map(|event| event.to_string()).unwrap_or_default();
        ([&number.to_string(), event_id, source, case_id, event, &name].map(String::clone).into(), &planned.fate)
    });
    let report = Report::of(&["row", "event_id", "source", "case_id", "event", "recorded_as"], lines, &outcomes);
    super::answer(&report, &import.state.join("report.csv"), &authorities)
}

/// For how long the law has an event kept, and the instant at which that was asked.
async fn retention(import: &Prepared) -> Result<(Span, Millis)> {
    let name = (RegionCode::NATIONAL, Matter::CreditRetention);
    let found = import.client.record::<Provisions>(&name).await?;
    let now = when::now().max(found.as_of.time);
    let span = found.record.and_then(|provisions| provisions.at(now).and_then(|provision| provision.span));
    let unsaid = || Usage("no law says how long events are kept; enact it first: `bulla law load`".into());
    Ok((span.ok_or_else(unsaid)?, now))
}

/// The items of each source's body, in the order of their numbers from 1.
#[derive(Default)]
struct Catalogue {
    items: BTreeMap<String, Vec<(String, bool)>>,
}

impl Catalogue {
    /// The items that the ledger has: an earlier file of the same source defined them.
    async fn known(import: &Prepared, authorities: &Authorities) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        for (source, body) in authorities.iter() {
            let items = catalogue.items.entry(source.to_owned()).or_default();
            while let Some(code) = code(body.uscc, items.len()) {
                match import.client.record::<Item>(&code).await?.record {
                    Some(item) => items.push((item.name.to_string(), true)),
                    None => break,
                }
            }
        }
        let count = catalogue.items.values().map(Vec::len).max().unwrap_or(0);
        ensure!(count < usize::from(u16::MAX), Usage("a source has more kinds of event than can be numbered".into()));
        Ok(catalogue)
    }

    /// The item of a kind of event; one that was not met before takes the next number, and comes with what defines it.
    fn item(
        &mut self,
        source: &str,
        body: Uscc,
        region: RegionCode,
        row: &Row,
        said: Reading,
    ) -> Option<(ItemCode, Vec<Operation>)> {
        let name = format!("TEST {} ({}, {})", row.event, bearing_word(said.bearing), said.grade);
        let items = self.items.entry(source.to_owned()).or_default();
        if let Some(place) = items.iter().position(|(known, _)| *known == name) {
            let code = code(body, place)?;
            let used = items.get_mut(place).map(|(_, known)| std::mem::replace(known, false))?;
            // One of an earlier file may be another body's no more: to empower it again changes nothing.
            return Some((code, if used { vec![empower(code, body, region)] } else { Vec::new() }));
        }
        let code = code(body, items.len())?;
        let item = Item {
            code,
            name: name.parse().ok()?,
            content: Content::Ordinary,
            of: SubjectKind::Legal,
            bearing: said.bearing,
            grade: said.grade,
            published: true,
            repairable: said.bearing == Bearing::Negative,
            region,
            basis: Citation { instrument: format!("TEST register {source}").parse().ok()?, article: 0, paragraph: 0 },
        };
        items.push((name, false));
        Some((code, vec![Operation::Credit(Act::Define(item)), empower(code, body, region)]))
    }
}

fn empower(item: ItemCode, organisation: Uscc, region: RegionCode) -> Operation {
    Operation::Credit(Act::Empower { item, organisation, region: Some(region) })
}

fn code(owner: Uscc, place: usize) -> Option<ItemCode> {
    let number = u16::try_from(place.saturating_add(1)).ok()?;
    Some(ItemCode { owner, number })
}

fn bearing_word(bearing: Bearing) -> &'static str {
    match bearing {
        Bearing::Positive => "positive",
        Bearing::Negative => "negative",
    }
}

/// A row whose event is named, not yet in a transaction.
struct Formed<'a> {
    row: &'a Row,
    event: EventId,
    operations: Vec<Operation>,
    expected: bool,
}

fn plan(
    rows: &[Row],
    authorities: &Authorities,
    mut catalogue: Catalogue,
    salts: &Salts<'_>,
    acts_per_transaction: usize,
    law: (Span, Millis),
) -> Plan<Planned> {
    let mut setup = authorities.setup();
    let mut fates = BTreeMap::new();
    // In the order in which subjects are first met, so that the same file comes to the same transactions.
    let (mut order, mut subjects) = (Vec::new(), BTreeMap::<(&str, &str), Vec<Formed<'_>>>::new());
    for row in rows {
        match form(row, authorities, &mut catalogue, salts, law) {
            Err(refused) => {
                fates.insert(row.number, Planned { event: None, fate: Fate::Unformed(refused) });
            }
            Ok((formed, defined)) => {
                setup.extend(defined);
                let key = (row.source.as_str(), row.subject_id.as_str());
                let of_subject = subjects.entry(key).or_insert_with(|| {
                    order.push(key);
                    Vec::new()
                });
                of_subject.push(formed);
            }
        }
    }
    let mut batches = Batches::of(salts.file, acts_per_transaction);
    for key in order {
        let mut formed = subjects.remove(&key).unwrap_or_default();
        if let (Some(first), Some(body)) = (formed.first_mut(), authorities.of(key.0)) {
            let register =
                subject::Act::Register { handle: handle(salts, key), kind: SubjectKind::Legal, by: body.uscc };
            first.operations.insert(0, Operation::Subject(register));
        }
        let piece = |row: &Formed<'_>| Piece { row: row.row.number, operations: row.operations.clone() };
        let places = batches.place(key.0, formed.iter().map(piece).collect());
        for (Formed { row, event, operations: acts, expected }, (batch, operations)) in formed.into_iter().zip(places) {
            let acts = if acts.len() > 1 { "register+record" } else { "record" }.to_owned();
            let fate = Fate::Acts { batch, operations, acts, expected };
            fates.insert(row.number, Planned { event: Some(event), fate });
        }
    }
    Plan { setup, batches: batches.done(), rows: fates.into_values().collect() }
}

/// The act of a row, and what defines its item where that is new.
fn form<'a>(
    row: &'a Row,
    authorities: &Authorities,
    catalogue: &mut Catalogue,
    salts: &Salts<'_>,
    law: (Span, Millis),
) -> Result<(Formed<'a>, Vec<Operation>), Unformed> {
    if !row.whole {
        return Err(Unformed::Cells);
    }
    let body = authorities.of(&row.source).filter(|_| !row.subject_id.is_empty()).ok_or(Unformed::NoSubject)?;
    let said = read(row)?;
    let (item, defined) = catalogue.item(&row.source, body.uscc, body.region, row, said).ok_or(Unformed::TypesFull)?;
    let Hash(random) = Context::FieldSalt.hash_of(&(salts.secret, "import event", &salts.file, row.number));
    let (number, _) = random.split_first_chunk().expect("a hash has 32 bytes");
    let event = EventId { recorder: body.uscc, number: *number };
    let ended_at = said.ended.map(Date::start);
    let particulars = Particulars {
        item,
        subject: handle(salts, (&row.source, &row.subject_id)),
        region: body.region,
        contents: contents(salts, row),
        consent: None,
        ended_at,
    };
    let act = EventAct { event, by: body.uscc, change: Change::Record(particulars) };
    let (span, now) = law;
    let kept = |ended: Millis| ended <= now && span.end(ended, &mut is_working_by_default) > now;
    let expected = said.bearing == Bearing::Positive || ended_at.is_none_or(kept);
    Ok((Formed { row, event, operations: vec![Operation::Credit(Act::Event(act))], expected }, defined))
}

/// The tables of docs/import.md.
fn read(row: &Row) -> Result<Reading, Unformed> {
    let known = row.event.split('|').all(|one| EVENTS.contains(&one));
    if !known {
        return Err(Unformed::UnknownEvent { event: row.event.clone() });
    }
    let date: Date = row.event_date.parse().map_err(|_| Unformed::NoDate)?;
    let (bearing, ended) = match row.status.as_str() {
        "in_compliance" => (Bearing::Positive, None),
        "open" | "issued" | "not_in_compliance" => (Bearing::Negative, None),
        "no_correction_required" | "settled" => (Bearing::Negative, Some(date)),
        "resolved" => {
            let resolved = row.resolved_date.parse().map_err(|_| Unformed::BadTerm { column: "resolved_date" })?;
            (Bearing::Negative, Some(resolved))
        }
        _ => return Err(Unformed::UnknownStatus { status: row.status.clone() }),
    };
    if ended.is_some_and(|ended| ended < date) {
        return Err(Unformed::ResolvedBefore);
    }
    let grade = match row.severity.as_str() {
        "Core" => Grade::Minor,
        "Foundation" => Grade::Ordinary,
        "Priority" => Grade::Serious,
        _ if row.event.split('|').any(|one| SERIOUS.contains(&one)) => Grade::Serious,
        _ => Grade::Ordinary,
    };
    Ok(Reading { bearing, grade, ended })
}

/// A subject's handle: the same for all rows of a source that name the same.
fn handle(salts: &Salts<'_>, (source, subject): (&str, &str)) -> Handle {
    Handle(Context::FieldSalt.hash_of(&(salts.secret, "import subject", source, subject)).0)
}

/// A commitment to the row as it stands in the file: its cells, each ended by a line feed.
fn contents(salts: &Salts<'_>, row: &Row) -> Hash {
    let text: String = row.cells().map(|(_, cell)| format!("{cell}\n")).collect();
    let Hash(salt) = Context::FieldSalt.hash_of(&(salts.secret, "import row", &salts.file, row.number));
    document::commitment(&document::digest(text.as_bytes()), &salt)
}

#[cfg(test)]
mod tests;
