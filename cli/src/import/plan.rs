//! From rows to transactions: pure, and the same for the same file, bodies, secret and size of transactions.
//!
//! A licence's rows are taken in the order of their dates, each judged against the record as the rows before leave it, and
//! stay together in one transaction where they fit, so that transactions may come to the ledger in any order. An act that the
//! ledger is expected to refuse is planned all the same: it is for the ledger to say so, with its code. Every row has a fate.

use super::authority::Authorities;
use super::contents::Salts;
use super::events::{Kind, Meaning, Said};
use super::row::Row;
use super::unformed::{Unformed, serial};
use super::{authority, replica};
use crate::licence::verb;
use bulla_verify::canonical;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::identifiers::licence_id::{LicenceBase, LicenceId};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Act, Change, Licence};
use bulla_verify::operation::Operation;
use bulla_verify::personal;
use bulla_verify::status::{Status, status};
use bulla_verify::time::{Date, Millis};
use bulla_verify::transaction::{MAX_ENVELOPE_BYTES, MAX_OPERATIONS};
use std::collections::BTreeMap;
use std::ops::Range;

/// Room for all of an envelope that is not operations: its head, 16 signers and their signatures take less than 2 KiB.
pub(super) const MAX_BATCH_BYTES: usize = MAX_ENVELOPE_BYTES - 4_096;

/// All that an import does.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What the superior's registrar signs first: bodies, keys, types and competences. Each has its own outcome.
    pub(crate) setup: Vec<Operation>,
    /// Transactions of acts, each for one body to sign.
    pub(crate) batches: Vec<Batch>,
    /// What becomes of each row, in the file's order.
    pub(crate) rows: Vec<Planned>,
}

/// One transaction of acts, each with its own outcome.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The source whose body signs.
    pub(crate) source: String,
    /// From the file and the first row: see [`nonce`].
    pub(crate) nonce: [u8; 16],
    /// The place of the batch that must be final before: only where one licence has more acts than a transaction.
    pub(crate) after: Option<usize>,
    /// The acts.
    pub(crate) operations: Vec<Operation>,
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

/// The nonce of the transaction whose first row this is; a resumed import finds it again, and no other row has it.
pub(crate) fn nonce(file: &Hash, first_row: u32) -> [u8; 16] {
    let Hash(bytes) = Context::ImportNonce.hash_of(&(file, first_row));
    let (first, _) = bytes.split_first_chunk().expect("a hash has 32 bytes");
    *first
}

/// Plans an import with at most so many acts in a transaction.
pub(crate) fn plan(
    rows: &[Row],
    authorities: &mut Authorities,
    salts: &Salts<'_>,
    acts_per_transaction: usize,
) -> Plan {
    let mut planner = Planner {
        file: salts.file,
        // One row has two acts at most.
        limit: acts_per_transaction.clamp(2, MAX_OPERATIONS),
        batches: Vec::new(),
        open: BTreeMap::new(),
        fates: BTreeMap::new(),
    };
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
    Plan { setup: authorities.setup(), batches: planner.batches, rows: planner.fates.into_values().collect() }
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
    file: Hash,
    limit: usize,
    batches: Vec<Batch>,
    /// By source: the place of the batch that is being filled, and its bytes.
    open: BTreeMap<String, (usize, usize)>,
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

    /// Puts a licence's acts into its source's open batch: all together, unless they are too many for any batch.
    fn place(&mut self, source: &str, formed: Vec<Formed>) {
        let whole = Size::of(&formed);
        let groups =
            if whole.fits(self.limit) { vec![formed] } else { formed.into_iter().map(|row| vec![row]).collect() };
        let mut before = None;
        for group in groups.into_iter().filter(|group| !group.is_empty()) {
            let batch = self.batch_for(source, &group, before);
            for row in group {
                self.put(batch, row);
            }
            before = Some(batch);
        }
    }

    /// The open batch if there is room in it, else a new one, which follows the batch with the licence's earlier acts.
    fn batch_for(&mut self, source: &str, group: &[Formed], before: Option<usize>) -> usize {
        let more = Size::of(group);
        if let Some((place, bytes)) = self.open.get_mut(source)
            && let Some(batch) = self.batches.get(*place)
        {
            let size = Size { acts: batch.operations.len(), bytes: *bytes }.plus(&more);
            if size.fits(self.limit) {
                *bytes = size.bytes;
                return *place;
            }
        }
        let place = self.batches.len();
        let first_row = group.first().map_or(0, |first| first.row);
        self.batches.push(Batch {
            source: source.to_owned(),
            nonce: nonce(&self.file, first_row),
            after: before,
            operations: Vec::new(),
        });
        self.open.insert(source.to_owned(), (place, more.bytes));
        place
    }

    fn put(&mut self, place: usize, formed: Formed) {
        let Formed { row, licence, acts, expected } = formed;
        let Some(batch) = self.batches.get_mut(place) else {
            return;
        };
        let start = batch.operations.len();
        let names: Vec<_> = acts.iter().map(|act| verb(&act.change)).collect();
        batch.operations.extend(acts.into_iter().map(Operation::Licence));
        let operations = start..batch.operations.len();
        let fate = Fate::Acts { batch: place, operations, acts: names.join("+"), expected };
        self.fates.insert(row, Planned { licence: Some(licence), fate });
    }
}

/// How much of a transaction acts take.
struct Size {
    acts: usize,
    bytes: usize,
}

impl Size {
    fn of(formed: &[Formed]) -> Size {
        let acts = || formed.iter().flat_map(|row| &row.acts);
        // The area's byte before each act is the operation's.
        let bytes = acts().map(|act| canonical::encode(act).len().saturating_add(1)).sum();
        Size { acts: acts().count(), bytes }
    }

    fn plus(&self, more: &Size) -> Size {
        Size { acts: self.acts.saturating_add(more.acts), bytes: self.bytes.saturating_add(more.bytes) }
    }

    fn fits(&self, limit: usize) -> bool {
        self.acts <= limit && self.bytes <= MAX_BATCH_BYTES
    }
}

#[cfg(test)]
mod tests;
