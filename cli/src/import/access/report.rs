//! What became of every row of a log: accepted, or refused with a code. Their numbers add up to the file's rows.

use super::plan::Fate;
use super::row::Row;
use crate::import::drive::said;
use anyhow::Result;
use bulla_verify::refusal::{Code, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

/// What became of the rows of a file.
pub(crate) struct Report<'a> {
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    row: &'a Row,
    ticket: String,
    acts: &'a str,
    refused: Option<(Code, String)>,
    foreseen: bool,
}

/// The numbers of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Rows whose acts are all recorded.
    pub(crate) accepted: u32,
    /// Tickets among them.
    pub(crate) tickets: u32,
    /// Receipts among them: a ticket without one is an access of which nobody has said what came of it.
    pub(crate) receipts: u32,
    /// Rows that are refused, by code: how many, and why the first of them is.
    pub(crate) refused: BTreeMap<Code, (u32, String)>,
    /// Rows that the ledger refused: none is expected to be. Usual cause: the law says nothing of the clocks, or this file was
    /// imported before and its journal is lost.
    pub(crate) unforeseen: u32,
}

impl<'a> Report<'a> {
    /// The report of rows with these fates, with the outcomes of each batch.
    pub(crate) fn new(rows: &'a [Row], fates: &'a [Fate], outcomes: &[Vec<Outcome>]) -> Report<'a> {
        let line = |(row, fate): (&'a Row, &'a Fate)| match fate {
            Fate::Unformed(why) => {
                let refused = Some((why.code(), why.to_string()));
                Line { row, ticket: String::new(), acts: "", refused, foreseen: true }
            }
            Fate::Acts { ticket, acts, at } => {
                let refused = at.iter().find_map(|(batch, place)| {
                    let outcome = outcomes.get(*batch).and_then(|outcomes| outcomes.get(*place));
                    match outcome.expect("the driver has an outcome of every act") {
                        Outcome::Refused(code) => Some((*code, said(*code))),
                        Outcome::Applied | Outcome::Dropped => None,
                    }
                });
                Line { row, ticket: ticket.to_string(), acts, foreseen: refused.is_none(), refused }
            }
        };
        Report { lines: rows.iter().zip(fates).map(line).collect() }
    }

    /// The numbers.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for line in &self.lines {
            tally.unforeseen += u32::from(!line.foreseen);
            match &line.refused {
                Some((code, why)) => tally.refused.entry(*code).or_insert_with(|| (0, why.clone())).0 += 1,
                None => {
                    tally.accepted += 1;
                    tally.tickets += u32::from(line.acts.starts_with("ticket"));
                    tally.receipts += u32::from(line.acts.ends_with("receipt"));
                }
            }
        }
        tally
    }

    /// Every row as a line of CSV.
    pub(crate) fn write(&self, to: impl Write) -> Result<()> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record([
            "row",
            "event_id",
            "source",
            "request_id",
            "action",
            "ticket",
            "act",
            "outcome",
            "code",
            "why",
        ])?;
        for Line { row, ticket, acts, refused, .. } in &self.lines {
            let (code, why) =
                refused.as_ref().map_or_else(Default::default, |(code, why)| (code.to_string(), why.clone()));
            let outcome = if refused.is_none() { "accepted" } else { "refused" };
            let Row { event_id, source, request_id, action, .. } = row;
            let number = row.number.to_string();
            csv.write_record([&number, event_id, source, request_id, action, ticket, *acts, outcome, &code, &why])?;
        }
        csv.flush()?;
        Ok(())
    }
}

impl Tally {
    /// All rows.
    pub(crate) fn rows(&self) -> u32 {
        self.accepted.saturating_add(self.refusals())
    }

    fn refusals(&self) -> u32 {
        self.refused.values().map(|(count, _)| count).sum()
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Value {
        let refused: BTreeMap<_, _> = self.refused.iter().map(|(code, (count, _))| (code.to_string(), count)).collect();
        json!({
            "rows": self.rows(),
            "accepted": self.accepted,
            "tickets": self.tickets,
            "receipts": self.receipts,
            "refused": self.refusals(),
            "refused_by_code": refused,
            "unforeseen": self.unforeseen,
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rows, each accounted for:", self.rows())?;
        writeln!(f, "  {:>7} accepted: {} tickets and {} receipts", self.accepted, self.tickets, self.receipts)?;
        let without = self.tickets.saturating_sub(self.receipts);
        if without > 0 {
            writeln!(f, "  {without:>7} of the tickets have no receipt: nobody has said what came of them")?;
        }
        write!(f, "  {:>7} refused", self.refusals())?;
        for (code, (count, why)) in &self.refused {
            write!(f, "\n          {count:>7} {code} {why}")?;
        }
        if self.unforeseen > 0 {
            let hint = "the law says nothing of the clocks of requests and receipts, or this file was imported before";
            write!(f, "\nOn {} rows the ledger decided otherwise than expected: {hint}.", self.unforeseen)?;
        }
        Ok(())
    }
}
