//! After the access: what was released, why the glass was broken, and whether the data is right.

use super::bits;
use crate::acting::{Acting, Papers, handle, word};
use crate::answer::{self, Usage};
use anyhow::{Result, ensure};
use bulla_verify::access::{Act, Answer, Fields, Found, Released, Serial, TicketAct, TicketChange, TicketId};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Receive {
    /// The ticket, as `bulla access ticket` named it.
    ticket: TicketId,
    /// A document with all that was released; it stays here, and only a commitment to it is told.
    #[arg(long, value_name = "FILE", help_heading = "What was released")]
    released: PathBuf,
    /// A file with a subject's handle, which only you may read; several times for a batch: all subjects of the ticket.
    #[arg(long = "subject-file", value_name = "FILE", required = true, help_heading = "What was released")]
    subjects: Vec<PathBuf>,
    /// The place of the ticket's line in the subject's list of accesses, from 0: one for each subject, in their order.
    #[arg(long = "place", value_name = "NUMBER", required = true, help_heading = "What was released")]
    places: Vec<u64>,
    /// What it came to: hit, nothing or failed. One for each subject in their order, or one for all.
    #[arg(long = "found", value_name = "WORD", value_parser = word::<Found>, help_heading = "What was released")]
    found: Vec<Found>,
    /// The number of the gateway in whose log this release stands.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, help_heading = "What was released")]
    source: u16,
    /// Its number in that log: one more than the last that is on the ledger, from 1.
    #[arg(long, value_name = "NUMBER", help_heading = "What was released")]
    number: u64,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Justify {
    /// The ticket, as `bulla access break-glass` named it.
    ticket: TicketId,
    /// The document with the justification.
    #[arg(long, value_name = "FILE")]
    justification: PathBuf,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Challenge {
    /// The ticket, as `bulla access ticket` named it.
    ticket: TicketId,
    /// Which fields are wrong, by their numbers: 0,2,5.
    #[arg(long, value_name = "NUMBERS", value_parser = bits)]
    fields: u64,
    /// The document that says what is wrong.
    #[arg(long, value_name = "FILE")]
    grounds: PathBuf,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Reply {
    /// The ticket whose data was challenged.
    ticket: TicketId,
    #[command(flatten)]
    outcome: Outcome,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Outcome {
    /// It was wrong and was put right: the document that says what is right.
    #[arg(long, value_name = "FILE")]
    correction: Option<PathBuf>,
    /// It is right.
    #[arg(long)]
    confirmed: bool,
}

impl Receive {
    pub(crate) async fn run(self) -> Result<answer::Answer> {
        let released = self.lines()?;
        let Receive { ticket, released: document, source, number, papers, acting, .. } = self;
        let by = acting.actor()?;
        let mut writing = acting.open_with(&papers).await?;
        let digest = writing.commit(&document)?;
        let change = TicketChange::Receive { released, digest, serial: Serial { source, number } };
        writing.submit(Act::Ticket(TicketAct { ticket, by, change })).await
    }

    /// In the order of the ticket, which is that of the handles.
    fn lines(&self) -> Result<Vec<Released>> {
        let (subjects, places, found) = (self.subjects.len(), self.places.len(), self.found.len());
        ensure!(
            places == subjects && (found <= 1 || found == subjects),
            Usage(format!("{subjects} subjects, {places} places, {found} words; give a --place for each subject"))
        );
        let of = |place: usize| self.found.get(place).or(self.found.first()).copied().unwrap_or(Found::Hit);
        let line = |(at, (file, place)): (usize, (&PathBuf, &u64))| {
            Ok(Released { subject: handle(file)?, place: *place, found: of(at) })
        };
        let mut lines = self.subjects.iter().zip(&self.places).enumerate().map(line).collect::<Result<Vec<_>>>()?;
        lines.sort_by_key(|line| line.subject);
        Ok(lines)
    }
}

impl Justify {
    pub(crate) async fn run(self) -> Result<answer::Answer> {
        let Justify { ticket, justification, papers, acting } = self;
        let mut writing = acting.open_with(&papers).await?;
        let change = TicketChange::Justify { justification: writing.commit(&justification)? };
        writing.submit(Act::Ticket(TicketAct { ticket, by: acting.by(ticket.requester), change })).await
    }
}

impl Challenge {
    pub(crate) async fn run(self) -> Result<answer::Answer> {
        let Challenge { ticket, fields, grounds, papers, acting } = self;
        let mut writing = acting.open_with(&papers).await?;
        let change = TicketChange::Challenge { fields: Fields(fields), grounds: writing.commit(&grounds)? };
        writing.submit(Act::Ticket(TicketAct { ticket, by: acting.by(ticket.requester), change })).await
    }
}

impl Reply {
    pub(crate) async fn run(self) -> Result<answer::Answer> {
        let Reply { ticket, outcome, papers, acting } = self;
        let by = acting.actor()?;
        let mut writing = acting.open_with(&papers).await?;
        let answer = match writing.commit_any(outcome.correction.as_deref())? {
            Some(correction) => Answer::Corrected { correction },
            None => Answer::Confirmed,
        };
        writing.submit(Act::Ticket(TicketAct { ticket, by, change: TicketChange::Answer(answer) })).await
    }
}
