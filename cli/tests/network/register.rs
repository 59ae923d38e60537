//! What an imported register says of each licence: worked out from the file's rows, as docs/import.md reads them, and from
//! which of them the report calls accepted. It shares no rule of the ledger or of the import's plan with the program.

use bulla_verify::identifiers::licence_id::{LicenceBase, LicenceId};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::status::Status;
use bulla_verify::time::{Date, Millis};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A licence as its rows leave it.
#[derive(Clone, Debug)]
pub(crate) struct Licence {
    pub(crate) version: u16,
    /// When its term ends, if it does.
    pub(crate) until: Option<Millis>,
    pub(crate) suspended: Option<Millis>,
    pub(crate) revoked: Option<(Millis, Uscc)>,
    pub(crate) cancelled: Option<Millis>,
}

/// The cells of a row that tell of its licence's status.
struct Row {
    base: LicenceBase,
    date: Date,
    event: String,
    acts: String,
    accepted: bool,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

/// The licences of a file and of the report on its import. Left out are those of which the file alone does not tell: where a
/// row of several acts was refused, whose first may stand, and where a term is still to begin.
pub(crate) fn licences(file: &Path, report: &Path, now: Millis) -> BTreeMap<LicenceBase, Licence> {
    let mut rows = rows(file, report);
    let untold = |row: &&Row| {
        let partly = !row.accepted && row.acts.contains('+');
        partly || row.valid_from.is_some_and(|from| from.start() > now)
    };
    let untold: BTreeSet<_> = rows.iter().filter(untold).map(|row| row.base.clone()).collect();
    rows.retain(|row| row.accepted && !untold.contains(&row.base));
    // Stable: within a day and rank the file's order stands.
    rows.sort_by_key(|row| (row.date, row.rank()));
    let mut licences = BTreeMap::new();
    for row in rows {
        let fresh = Licence { version: 1, until: None, suspended: None, revoked: None, cancelled: None };
        licences.entry(row.base.clone()).or_insert(fresh).take(&row);
    }
    licences
}

fn rows(file: &Path, report: &Path) -> Vec<Row> {
    let reader = |path| csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
    let (mut file, mut report) = (reader(file), reader(report));
    let cell = |header: &csv::StringRecord, row: &csv::StringRecord, name: &str| {
        let place = header.iter().position(|column| column == name).unwrap();
        row.get(place).unwrap_or_default().to_owned()
    };
    let (columns, told_columns) = (file.headers().unwrap().clone(), report.headers().unwrap().clone());
    let date = |text: String| text.parse::<Date>().ok();
    let both = file.records().zip(report.records());
    let rows = both.filter_map(|(said, told)| {
        let (said, told) = (said.unwrap(), told.unwrap());
        let (said, told) = (|name| cell(&columns, &said, name), |name| cell(&told_columns, &told, name));
        assert_eq!(said("event_id"), told("event_id"), "the report has the file's rows in their order");
        let licence: LicenceId = told("licence").parse().ok()?;
        Some(Row {
            base: licence.base(),
            date: date(said("event_date"))?,
            event: said("event"),
            acts: told("act"),
            accepted: told("outcome") == "accepted",
            valid_from: date(said("valid_from")),
            valid_to: date(said("valid_to")),
        })
    });
    rows.collect()
}

impl Row {
    fn does(&self, act: &str) -> bool {
        self.acts.split('+').any(|one| one == act)
    }

    /// The order of one day: what opens the record; what sets its term; what it says; what resumes, suspends, and ends it.
    fn rank(&self) -> u8 {
        let ranked = [
            self.does("issue") || self.does("take-over"),
            matches!(self.event.as_str(), "RENEW" | "TERM_SET" | "SHORTEN_TERM"),
            self.does("renew") || self.does("amend"),
            self.does("resume"),
            self.does("suspend"),
            self.does("revoke"),
        ];
        ranked.iter().position(|is| *is).unwrap_or(ranked.len()).try_into().unwrap()
    }
}

impl Licence {
    fn take(&mut self, row: &Row) {
        let (at, shown) = (row.date.start(), row.valid_to.map(Date::end));
        if row.does("issue") || row.does("take-over") || row.does("renew") {
            self.until = shown;
        }
        if row.does("amend") {
            let ends = [self.until, shown].into_iter().flatten().min();
            self.until = ends;
        }
        self.version += u16::from(row.does("renew")) + u16::from(row.does("amend"));
        if row.does("resume") {
            self.suspended = None;
        }
        if row.does("suspend") {
            self.suspended = Some(at);
        }
        if row.does("revoke") {
            self.revoked = Some((at, row.base.issuer));
        }
        if row.does("cancel") {
            self.cancelled = Some(at);
        }
    }

    /// What it is at an instant after all its rows. What ended it comes before what its term says, and that before a
    /// suspension.
    pub(crate) fn status(&self, issuer: Uscc, now: Millis) -> Status {
        if let Some(since) = self.cancelled {
            return Status::Cancelled { since, by: issuer, after_revocation: self.revoked.is_some() };
        }
        if let Some((since, by)) = self.revoked {
            return Status::Revoked { since, by };
        }
        match (self.until.filter(|until| *until <= now), self.suspended) {
            (Some(since), _) => Status::Expired { since },
            (None, Some(since)) => Status::Suspended { since, until: None },
            (None, None) => Status::Active { until: self.until },
        }
    }
}
