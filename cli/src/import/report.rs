//! What became of every row: accepted, ended by its term, or refused with a code. Their numbers add up to the file's rows.

use super::drive::said;
use super::plan::{Fate, Plan};
use super::row::Row;
use anyhow::Result;
use bulla_verify::refusal::{Code, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

/// What became of the rows of a file.
pub(crate) struct Report<'a> {
    columns: &'static [&'static str],
    lines: Vec<Line<'a>>,
}

/// One row: its cells, as the report repeats them, and what became of it.
struct Line<'a> {
    cells: Vec<String>,
    acts: &'a str,
    outcome: RowOutcome,
    foreseen: bool,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowOutcome {
    /// All its acts are recorded.
    Accepted,
    /// It needs no act: the record says so by itself.
    EndedByItsTerm,
    /// The ledger refuses an act of it, or none could be formed.
    Refused(Code, String),
}

/// The numbers of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Rows whose acts are all recorded.
    pub(crate) by_act: u32,
    /// Rows that need no act.
    pub(crate) ended: u32,
    /// Rows that are refused, by code: how many, and why the first of them is.
    pub(crate) refused: BTreeMap<Code, (u32, String)>,
    /// Rows on which the ledger decided otherwise than the plan expected. Usual cause: it has other records of their licences,
    /// or this file was imported before and its journal is lost.
    pub(crate) unforeseen: u32,
}

impl<'a> Report<'a> {
    /// The report of a plan that was carried out, with the outcomes of each batch.
    pub(crate) fn new(rows: &'a [Row], plan: &'a Plan, outcomes: &[Vec<Outcome>]) -> Report<'a> {
        let lines = rows.iter().zip(&plan.rows).map(|(row, planned)| {
            let licence = planned.licence.as_ref().map(ToString::to_string).unwrap_or_default();
            let Row { number, event_id, source, licence_no, event, .. } = row;
            let cells = [&number.to_string(), event_id, source, licence_no, event, &licence].map(String::clone);
            (cells.into(), &planned.fate)
        });
        Report::of(&["row", "event_id", "source", "licence_no", "event", "licence"], lines, outcomes)
    }

    /// The report of rows with these columns and fates, with the outcomes of each batch.
    pub(crate) fn of(
        columns: &'static [&'static str],
        rows: impl Iterator<Item = (Vec<String>, &'a Fate)>,
        outcomes: &[Vec<Outcome>],
    ) -> Report<'a> {
        let line = |(cells, fate): (Vec<String>, &'a Fate)| {
            let outcome = outcome(fate, outcomes);
            let (acts, foreseen) = match fate {
                Fate::Acts { acts, expected, .. } => (acts.as_str(), *expected == (outcome == RowOutcome::Accepted)),
                Fate::EndedByItsTerm | Fate::Unformed(_) => ("", true),
            };
            Line { cells, acts, outcome, foreseen }
        };
        Report { columns, lines: rows.map(line).collect() }
    }

    /// The numbers.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for line in &self.lines {
            match &line.outcome {
                RowOutcome::Accepted => tally.by_act += 1,
                RowOutcome::EndedByItsTerm => tally.ended += 1,
                RowOutcome::Refused(code, why) => {
                    tally.refused.entry(*code).or_insert_with(|| (0, why.clone())).0 += 1;
                }
            }
            tally.unforeseen += u32::from(!line.foreseen);
        }
        tally
    }

    /// Every row as a line of CSV.
    pub(crate) fn write(&self, to: impl Write) -> Result<()> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(self.columns.iter().copied().chain(["act", "outcome", "code", "why"]))?;
        for Line { cells, acts, outcome, .. } in &self.lines {
            let (outcome, code, why) = outcome.cells();
            csv.write_record(cells.iter().map(String::as_str).chain([*acts, outcome, code.as_str(), why]))?;
        }
        csv.flush()?;
        Ok(())
    }
}

impl RowOutcome {
    fn cells(&self) -> (&str, String, &str) {
        match self {
            RowOutcome::Accepted => ("accepted", String::new(), ""),
            RowOutcome::EndedByItsTerm => {
                ("ended by its term", String::new(), "no act is needed: the record says so by itself")
            }
            RowOutcome::Refused(code, why) => ("refused", code.to_string(), why),
        }
    }
}

/// A row is accepted if all of its acts are; else its code is that of the first that is not.
fn outcome(fate: &Fate, outcomes: &[Vec<Outcome>]) -> RowOutcome {
    let (batch, operations) = match fate {
        Fate::EndedByItsTerm => return RowOutcome::EndedByItsTerm,
        Fate::Unformed(refused) => return RowOutcome::Refused(refused.code(), refused.to_string()),
        Fate::Acts { batch, operations, .. } => (*batch, operations.clone()),
    };
    let of_row = outcomes.get(batch).and_then(|batch| batch.get(operations));
    let of_row = of_row.expect("the driver has an outcome of every act");
    let refused = of_row.iter().find_map(|outcome| match outcome {
        Outcome::Refused(code) => Some(RowOutcome::Refused(*code, said(*code))),
        Outcome::Applied | Outcome::Dropped => None,
    });
    refused.unwrap_or(RowOutcome::Accepted)
}

impl Tally {
    /// All rows.
    pub(crate) fn rows(&self) -> u32 {
        self.accepted().saturating_add(self.refusals())
    }

    /// Rows that the ledger now says: by an act, or by the term that it had recorded.
    pub(crate) fn accepted(&self) -> u32 {
        self.by_act.saturating_add(self.ended)
    }

    fn refusals(&self) -> u32 {
        self.refused.values().map(|(count, _)| count).sum()
    }

    /// As JSON, with the three percentages of docs/import.md.
    pub(crate) fn json(&self) -> Value {
        let refused: BTreeMap<_, _> = self.refused.iter().map(|(code, (count, _))| (code.to_string(), count)).collect();
        json!({
            "rows": self.rows(),
            "accepted": self.accepted(),
            "accepted_by_act": self.by_act,
            "ended_by_term": self.ended,
            "refused": self.refusals(),
            "refused_by_code": refused,
            "unforeseen": self.unforeseen,
            "accepted_percent": percent(self.accepted(), self.rows()),
            "by_act_percent_of_all_rows": percent(self.by_act, self.rows()),
            "by_act_percent_of_rows_that_need_an_act": percent(self.by_act, self.rows().saturating_sub(self.ended)),
        })
    }
}

/// To two places.
fn percent(part: u32, whole: u32) -> f64 {
    (f64::from(part) * 10_000.0 / f64::from(whole.max(1))).round() / 100.0
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, needing) = (self.rows(), self.rows().saturating_sub(self.ended));
        writeln!(f, "{rows} rows, each accounted for:")?;
        writeln!(f, "  {:>7} accepted by an act on the ledger", self.by_act)?;
        writeln!(f, "  {:>7} ended by their term: no act is needed, the record says so by itself", self.ended)?;
        writeln!(f, "  {:>7} refused", self.refusals())?;
        for (code, (count, why)) in &self.refused {
            writeln!(f, "          {count:>7} {code} {why}")?;
        }
        if self.unforeseen > 0 {
            let hint = "it has other records of their licences, or this file was imported before";
            writeln!(f, "On {} rows the ledger decided otherwise than expected: {hint}.", self.unforeseen)?;
        }
        write!(
            f,
            "Accepted: {} % of all rows ({} % by an act, {} % ended by their term); of the {needing} that need an act, {} %.",
            percent(self.accepted(), rows),
            percent(self.by_act, rows),
            percent(self.ended, rows),
            percent(self.by_act, needing),
        )
    }
}

#[cfg(test)]
mod tests;
