//! After the access: what was released, why the glass was broken, and whether the data is right.

use super::bits;
use crate::acting::{Acting, Papers, Writing, handle, word};
use crate::answer::{self, Usage};
use anyhow::{Result, ensure};
use bulla_verify::access::{Act, Answer, Fields, Found, Released, Serial, Ticket, TicketAct, TicketChange, TicketId};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::subject::Listed;
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
    /// What it came to: hit, nothing or failed. One for each subject in their order, or one for all.
    #[arg(long = "found", value_name = "WORD", value_parser = word::<Found>, help_heading = "What was released")]
    found: Vec<Found>,
    /// The number of the gateway in whose log this release stands.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, help_heading = "What was released")]
    source: u16,
    /// Its number in that log; one more than the last on the ledger, if nothing is said.
    #[arg(long, value_name = "NUMBER", help_heading = "What was released")]
    number: Option<u64>,
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
        let Receive { ticket, released: document, subjects, found, source, number, papers, acting } = self;
        let (subjects, words) = (subjects.as_slice(), found.len());
        ensure!(
            words <= 1 || words == subjects.len(),
            Usage(format!("{words} words for {} subjects; give one for each, or one for all", subjects.len()))
        );
        let mut writing = acting.open_with(&papers).await?;
        let by = owner(&acting, &writing, ticket).await?;
        let mut released = Vec::new();
        for (at, file) in subjects.iter().enumerate() {
            let subject = handle(file)?;
            let place = super::place(&writing.signing.client, subject, Listed::Access(ticket)).await?;
            let found = found.get(at).or(found.first()).copied().unwrap_or(Found::Hit);
            released.push(Released { subject, place, found });
        }
        // The order of the ticket is that of the handles.
        released.sort_by_key(|line| line.subject);
        let number = super::number(&writing.signing.client, by, source, number).await?;
        let digest = writing.commit(&document)?;
        let change = TicketChange::Receive { released, digest, serial: Serial { source, number } };
        writing.submit(Act::Ticket(TicketAct { ticket, by, change })).await
    }
}

/// Who answers for a ticket's data: the owner of the resource, if nobody else is said to.
async fn owner(acting: &Acting, writing: &Writing, id: TicketId) -> Result<Uscc> {
    if let Some(by) = acting.said() {
        return Ok(by);
    }
    let found = writing.signing.client.record::<Ticket>(&id).await?.record;
    let unknown = || Usage(format!("ticket {id} is unknown to the ledger; check it, or say who acts: --by USCC"));
    Ok(found.ok_or_else(unknown)?.resource.owner)
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
        let mut writing = acting.open_with(&papers).await?;
        let by = owner(&acting, &writing, ticket).await?;
        let answer = match writing.commit_any(outcome.correction.as_deref())? {
            Some(correction) => Answer::Corrected { correction },
            None => Answer::Confirmed,
        };
        writing.submit(Act::Ticket(TicketAct { ticket, by, change: TicketChange::Answer(answer) })).await
    }
}
