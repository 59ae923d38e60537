//! Tickets: opened before anything is released, under a grant or by need; sealed ones, extended and unsealed.

use super::bits;
use crate::acting::{Acting, Papers, Writing, fresh, handle};
use crate::answer::{Answer, Usage};
use crate::submit::may_be_recorded;
use crate::when;
use anyhow::{Context, Result, ensure};
use bulla_keystore::{destroy_file, random, read_passphrase, write_new};
use bulla_verify::access::{
    Act, Authority, ConsentId, Fields, Opening, RequestId, ResourceCode, Sealing, Serial, TicketAct, TicketChange,
    TicketId, seal,
};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::subject::Listed;
use bulla_verify::time::Millis;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Open {
    /// The grant, by the name of the request that it was.
    grant: RequestId,
    /// The consent that it rests on, where neither the resource's sharing nor a law does without.
    #[arg(long)]
    consent: Option<ConsentId>,
    /// Seal its line until this day, its last: the subject sees that somebody looked, and not who. Where a law says so.
    #[arg(long, value_name = "DATE", value_parser = when::last_day, requires = "seal_file", help_heading = "Seal")]
    seal_until: Option<Millis>,
    /// The file to write, with what opens the seal: keep it.
    #[arg(long, value_name = "FILE", requires = "seal_until", help_heading = "Seal")]
    seal_file: Option<PathBuf>,
    #[command(flatten)]
    about: About,
}

#[derive(clap::Args)]
pub(crate) struct BreakGlass {
    /// The resource: its owner's 18 characters, a slash, and the owner's number of it.
    resource: ResourceCode,
    /// The document that says what the need is.
    #[arg(long, value_name = "FILE")]
    need: PathBuf,
    #[command(flatten)]
    about: About,
}

/// What a ticket says.
#[derive(clap::Args)]
#[command(next_help_heading = "The access")]
struct About {
    /// A file with a subject's handle, which only you may read; several times for a batch.
    #[arg(long = "subject-file", value_name = "FILE", required = true)]
    subjects: Vec<PathBuf>,
    /// For which purpose, by its number in the list of purposes.
    #[arg(long, value_name = "NUMBER")]
    purpose: u8,
    /// Which fields, by their numbers: 0,2,5.
    #[arg(long, value_name = "NUMBERS", value_parser = bits)]
    fields: u64,
    /// Where: six digits.
    #[arg(long)]
    region: RegionCode,
    /// A document that says for which case it is.
    #[arg(long, value_name = "FILE")]
    case: Option<PathBuf>,
    /// A document that says which officer looks.
    #[arg(long, value_name = "FILE")]
    officer: PathBuf,
    /// The number of the gateway in whose log this access stands.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    source: u16,
    /// Its number in that log; one more than the last on the ledger, if nothing is said. Give it where the gateway numbers by
    /// itself: then an access that never came here is found out.
    #[arg(long, value_name = "NUMBER")]
    number: Option<u64>,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Extend {
    /// The ticket, as `bulla access ticket` named it.
    ticket: TicketId,
    /// The last day on which it is sealed.
    #[arg(long, value_name = "DATE", value_parser = when::last_day)]
    until: Millis,
    /// The second body, which agrees: neither the one that sealed it nor one beneath it.
    #[arg(long, value_name = "USCC")]
    with: Uscc,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Unseal {
    /// The ticket, as `bulla access ticket` named it.
    ticket: TicketId,
    /// A file with the subject's handle, which only you may read.
    #[arg(long, value_name = "FILE")]
    subject_file: PathBuf,
    /// The file with what opens the seal.
    #[arg(long, value_name = "FILE")]
    seal_file: PathBuf,
    #[command(flatten)]
    acting: Acting,
}

impl Open {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Open { grant, consent, seal_until, seal_file, about } = self;
        let writing = about.acting.open_with(&about.papers).await?;
        let by = about.acting.by(grant.requester);
        let sealing = match (seal_until, seal_file.as_deref()) {
            (Some(until), Some(file)) => Some((new_seal(until, file)?, file)),
            (Some(_) | None, _) => None,
        };
        let seal = sealing.map(|(sealing, _)| sealing);
        let result = about.open(writing, by, |_| Ok(Authority::Grant(grant)), consent, seal).await;
        if let Some((_, file)) = sealing.filter(|_| !may_be_recorded(&result)) {
            destroy_file(file)?;
        }
        result
    }
}

impl BreakGlass {
    pub(crate) async fn run(self) -> Result<Answer> {
        let BreakGlass { resource, need, about } = self;
        let by = about.acting.actor()?;
        let writing = about.acting.open_with(&about.papers).await?;
        let glass = |writing: &mut Writing| Ok(Authority::Glass { resource, need: writing.commit(&need)? });
        about.open(writing, by, glass, None, None).await
    }
}

impl About {
    async fn open(
        self,
        mut writing: Writing,
        by: Uscc,
        authority: impl FnOnce(&mut Writing) -> Result<Authority>,
        consent: Option<ConsentId>,
        sealing: Option<Sealing>,
    ) -> Result<Answer> {
        let mut subjects = self.subjects.iter().map(|file| handle(file)).collect::<Result<Vec<_>>>()?;
        subjects.sort();
        let given = subjects.len();
        subjects.dedup();
        ensure!(subjects.len() == given, Usage("one subject is given twice; give it once".into()));
        let number = super::number(&writing.signing.client, by, self.source, self.number).await?;
        let ticket = TicketId { requester: by, number: fresh() };
        writing.names("ticket", ticket);
        let opening = Opening {
            authority: authority(&mut writing)?,
            consent,
            purpose: self.purpose,
            fields: Fields(self.fields),
            region: self.region,
            case: writing.commit_any(self.case.as_deref())?,
            officer: writing.commit(&self.officer)?,
            serial: Serial { source: self.source, number },
            sealing,
            subjects,
        };
        writing.submit(Act::Ticket(TicketAct { ticket, by, change: TicketChange::Open(opening) })).await
    }
}

impl Extend {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Extend { ticket, until, with, acting } = self;
        let by = acting.by(ticket.requester);
        acting.submit(Act::Ticket(TicketAct { ticket, by, change: TicketChange::Extend { until, with } })).await
    }
}

impl Unseal {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Unseal { ticket, subject_file, seal_file, acting } = self;
        let by = acting.by(ticket.requester);
        let subject = handle(&subject_file)?;
        let salt: Result<Hash, _> = read_passphrase(&seal_file)?.parse();
        let Hash(salt) = salt.with_context(|| format!("{} opens no seal", seal_file.display()))?;
        let writing = acting.open().await?;
        let line = Listed::Sealed(seal(&ticket, &subject, &salt));
        let place = super::place(&writing.signing.client, subject, line).await?;
        let change = TicketChange::Unseal { subject, place, salt };
        writing.submit(Act::Ticket(TicketAct { ticket, by, change })).await
    }
}

/// A fresh seal, and its opening in a new file before anything is sent: without it the line could never be opened.
fn new_seal(until: Millis, file: &Path) -> Result<Sealing> {
    let salt = *random();
    write_new(file, format!("{}\n", Hash(salt)).as_bytes())?;
    Ok(Sealing { salt, until })
}
