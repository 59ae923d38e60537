//! From rows to transactions: pure, and the same for the same file, bodies, secret and size of transactions.
//!
//! A licence's rows are taken in the order of their dates, each judged against the record as the rows before leave it, and
//! stay together in one transaction where they fit, so that transactions may come to the ledger in any order. An act that the
//! ledger is expected to refuse is planned all the same: it is for the ledger to say so, with its code. Every row has a fate.

use super::authority::Authorities;
use super::batches::{Batch, Batches, Piece};
use super::contents::Salts;
use super::events::{Kind, Meaning, Said};
use super::row::Row;
use super::unformed::{Unformed, serial};
use super::{authority, replica};
use crate::licence::verb;
use bulla_verify::identifiers::licence_id::{LicenceBase, LicenceId};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Act, Change, Licence};
use bulla_verify::operation::Operation;
use bulla_verify::personal;
use bulla_verify::status::{Status, status};
use bulla_verify::time::{Date, Millis};
use std::collections::BTreeMap;
use std::ops::Range;

/// All that an import does. `Row` is what becomes of a row.
#[derive(Debug)]
pub(crate) struct Plan<Row = Planned> {
    /// What the superior's registrar signs first: bodies, keys, types and competences. Each has its own outcome.
    pub(crate) setup: Vec<Operation>,
    /// Transactions of acts, each for one body to sign.
    pub(crate) batches: Vec<Batch>,
    /// What becomes of each row, in the file's order.
    pub(crate) rows: Vec<Row>,
}

/// One row of the file, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The identifier of the version that its first act names, if it is known whose licence it is.
    pub(crate) licence: Option<LicenceId>,
    /// What becomes of it.
    pub(crate) fate: Fate,
}

/// What becomes of a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Acts on the ledger.
    Acts {
        /// The place of their batch.
        batch: usize,
        /// Their places in it.
        operations: Range<usize>,
        /// What they are, as the report has it: `take-over+cancel`.
        acts: String,
        /// Whether the ledger is expected to accept all of them.
        expected: bool,
    },
    /// No act: the licence ended by its term, and its record says so by itself.
    EndedByItsTerm,
    /// No act can be formed.
    Unformed(Unformed),
}

/// Plans an import with at most so many acts in a transaction.
pub(crate) fn plan(
    rows: &[Row],
    authorities: &mut Authorities,
    salts: &Salts<'_>,
    acts_per_transaction: usize,
) -> Plan {
    let mut planner = Planner { batches: Batches::of(salts.file, acts_per_transaction), fates: BTreeMap::new() };
    let mut licences = Licences::default();
    for row in rows {
        if let Err((licence, refused)) = licences.add(row, authorities, salts) {
            planner.fates.insert(row.number, Planned { licence, fate: Fate::Unformed(refused) });
        }
    }
    for base in &licences.order {
        if let Some(events) = licences.events.remove(base) {
            planner.licence(base, events);
        }
    }
    Plan { setup: authorities.setup(), batches: planner.batches.done(), rows: planner.fates.into_values().collect() }
}

/// The file's licences, in the order in which they are first met.
#[derive(Default)]
struct Licences<'a> {
    order: Vec<LicenceBase>,
    events: BTreeMap<LicenceBase, Vec<Event<'a>>>,
    /// By issuer and serial: the number and the licence that have it.
    serials: BTreeMap<(Uscc, String), (&'a str, LicenceBase)>,
}

/// A row from which an act may be formed.
struct Event<'a> {
    row: &'a Row,
    said: Said,
}

type Unplanned = (Option<LicenceId>, Unformed);

impl<'a> Licences<'a> {
    fn add(&mut self, row: &'a Row, authorities: &mut Authorities, salts: &Salts<'_>) -> Result<(), Unplanned> {
        if !row.whole {
            return Err((None, Unformed::Cells));
        }
        let issuer =
            authorities.of(&row.source).filter(|_| authority::is_source(&row.source) && !row.licence_no.is_empty());
        let (issuer, region) = issuer.map(|body| (body.uscc, body.region)).ok_or((None, Unformed::NoLicence))?;
        let kind = Kind::of(&row.event).map_err(|unknown| (None, unknown))?;
        let dates = dates(row).map_err(|refused| (None, refused))?;
        let base = self.base(row, issuer, authorities).map_err(|refused| (None, refused))?;
        let first = base.at_version(1).ok();
        let contents = salts.contents(base.type_code, row).map_err(|_| (first, Unformed::LongCell))?.root();
        let (date, valid_from, valid_to) = dates;
        let register = row.source.parse().expect("a source is a name");
        let said = Said { kind, date, valid_from, valid_to, contents, holder: salts.holder(row), region, register };
        self.events.entry(base).or_default().push(Event { row, said });
        Ok(())
    }

    fn base(&mut self, row: &'a Row, issuer: Uscc, authorities: &mut Authorities) -> Result<LicenceBase, Unformed> {
        let serial = serial(&row.licence_no);
        if personal::find(&serial).is_some() {
            return Err(Unformed::Personal);
        }
        let type_code = authorities.type_of(row)?;
        let key = (issuer, serial.clone());
        if let Some((other, base)) = self.serials.get(&key) {
            return match (*other == row.licence_no, base.type_code == type_code) {
                (false, _) => Err(Unformed::SerialTaken { other: (*other).to_owned() }),
                (true, false) => Err(Unformed::AnotherType),
                (true, true) => Ok(base.clone()),
            };
        }
        let serial = serial.parse().expect("what serial makes is a serial");
        let base = LicenceBase { type_code, issuer, serial };
        self.serials.insert(key, (&row.licence_no, base.clone()));
        self.order.push(base.clone());
        Ok(base)
    }
}

/// The row's own date, and the first and last day of its term as far as it shows them.
fn dates(row: &Row) -> Result<(Date, Option<Date>, Option<Date>), Unformed> {
    let date = row.event_date.parse().map_err(|_| Unformed::NoDate)?;
    let shown = |column, cell: &String| match cell.as_str() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Unformed::BadTerm { column }),
    };
    Ok((date, shown("valid_from", &row.valid_from)?, shown("valid_to", &row.valid_to)?))
}

/// A licence as its rows leave it.
struct Course<'a> {
    base: &'a LicenceBase,
    record: Option<Licence>,
    /// Whether its suspension stands for a blanked term.
    is_blanked: bool,
}

/// A row with its acts, not yet in a batch.
struct Formed {
    row: u32,
    licence: LicenceId,
    acts: Vec<Act>,
    expected: bool,
}

impl Course<'_> {
    fn is_suspended(&self, at: Millis) -> bool {
        self.record.as_ref().is_some_and(|licence| matches!(status(licence, at), Status::Suspended { .. }))
    }

    /// The identifier of the version that stands.
    fn id(&self) -> LicenceId {
        let version = self.record.as_ref().map_or(1, |licence| licence.version);
        self.base.at_version(version).expect("a record's version is 1 to 999")
    }

    /// The acts of a row, or its fate if it comes to none; the record is then as the row leaves it.
    fn take(&mut self, event: &Event<'_>) -> Result<Formed, Planned> {
        let licence = self.id();
        let changes = match event.said.meaning(self.record.as_ref(), self.is_blanked) {
            Ok(Meaning::Changes(changes)) => changes,
            Ok(Meaning::EndedByItsTerm) => {
                return Err(Planned { licence: Some(licence), fate: Fate::EndedByItsTerm });
            }
            Err(refused) => return Err(Planned { licence: Some(licence), fate: Fate::Unformed(refused) }),
        };
        let mut expected = true;
        let mut acts = Vec::new();
        for change in changes {
            let (by, effective_at) = (self.base.issuer, Some(event.said.at()));
            let act = Act { licence: self.id(), by, effective_at, change };
            match replica::after(self.record.as_ref(), &act) {
                Some(record) => {
                    if matches!(act.change, Change::Suspend { .. }) {
                        self.is_blanked = event.said.kind.blanks_a_term();
                    }
                    self.record = Some(record);
                }
                None => expected = false,
            }
            acts.push(act);
        }
        self.is_blanked &= self.record.as_ref().is_some_and(|licence| licence.suspension.is_some());
        Ok(Formed { row: event.row.number, licence, acts, expected })
    }
}

/// Puts acts into batches.
struct Planner {
    batches: Batches,
    /// By number of the row.
    fates: BTreeMap<u32, Planned>,
}

impl Planner {
    fn licence(&mut self, base: &LicenceBase, mut events: Vec<Event<'_>>) {
        events.sort_by_key(|event| event.said.date);
        let mut course = Course { base, record: None, is_blanked: false };
        let mut formed = Vec::new();
        for day in events.chunk_by_mut(|a, b| a.said.date == b.said.date) {
            let is_suspended = day.first().is_some_and(|event| course.is_suspended(event.said.at()));
            day.sort_by_key(|event| event.said.kind.rank(is_suspended));
            for event in day.iter() {
                match course.take(event) {
                    Ok(acts) => formed.push(acts),
                    Err(planned) => {
                        self.fates.insert(event.row.number, planned);
                    }
                }
            }
        }
        if let Some(first) = events.first() {
            self.place(&first.row.source, formed);
        }
    }

    fn place(&mut self, source: &str, formed: Vec<Formed>) {
        let piece = |row: &Formed| Piece {
            row: row.row,
            operations: row.acts.iter().cloned().map(Operation::Licence).collect(),
        };
        let places = self.batches.place(source, formed.iter().map(piece).collect());
        for (Formed { row, licence, acts, expected }, (batch, operations)) in formed.into_iter().zip(places) {
            let names: Vec<_> = acts.iter().map(|act| verb(&act.change)).collect();
            let fate = Fate::Acts { batch, operations, acts: names.join("+"), expected };
            self.fates.insert(row, Planned { licence: Some(licence), fate });
        }
    }
}

#[cfg(test)]
mod tests;
