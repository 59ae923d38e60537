//! Consents: what a subject signed on paper, filed by a body.

use super::bits;
use crate::acting::{Acting, Papers, fresh, handle};
use crate::answer::Answer;
use crate::when;
use anyhow::Result;
use bulla_verify::access::{Act, ConsentAct, ConsentChange, ConsentId, Giving, Purposes, ResourceCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::time::Millis;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Give {
    /// To the data of which resource: its owner's 18 characters, a slash, and the owner's number of it.
    resource: ResourceCode,
    /// A file with the subject's handle, which only you may read.
    #[arg(long, value_name = "FILE", help_heading = "The consent")]
    subject_file: PathBuf,
    /// The body that may see it.
    #[arg(long, value_name = "USCC", help_heading = "The consent")]
    requester: Uscc,
    /// For which purposes, by their numbers in the list of purposes: 1,3.
    #[arg(long, value_name = "NUMBERS", value_parser = bits, help_heading = "The consent")]
    purposes: u64,
    /// What the subject signed.
    #[arg(long, value_name = "FILE", help_heading = "The consent")]
    paper: PathBuf,
    /// The last day, if the subject says; otherwise as long as the law has it.
    #[arg(long, value_name = "DATE", value_parser = when::last_day, help_heading = "The consent")]
    until: Option<Millis>,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Withdraw {
    /// The consent, as `bulla access consent` named it.
    consent: ConsentId,
    #[command(flatten)]
    acting: Acting,
}

impl Give {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Give { resource, subject_file, requester, purposes, paper, until, papers, acting } = self;
        let by = acting.actor()?;
        let consent = ConsentId { filed_by: by, number: fresh() };
        let subject = handle(&subject_file)?;
        let mut writing = acting.open_with(&papers).await?;
        writing.names("consent", consent);
        let paper = writing.commit(&paper)?;
        let giving = Giving { subject, resource, requester, purposes: Purposes(purposes), paper, until };
        writing.submit(Act::Consent(ConsentAct { consent, by, change: ConsentChange::Give(giving) })).await
    }
}

impl Withdraw {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Withdraw { consent, acting } = self;
        let by = acting.by(consent.filed_by);
        acting.submit(Act::Consent(ConsentAct { consent, by, change: ConsentChange::Withdraw })).await
    }
}
