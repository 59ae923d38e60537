//! `bulla case`: service items of the catalogue, and the cases in which people ask for them.

mod item;

use crate::acting::{Acting, Papers, fresh, handle, word};
use crate::answer::Answer;
use crate::vault::Paper;
use anyhow::Result;
use bulla_keystore::random;
use bulla_verify::case::{
    Act, CaseAct, CaseId, Change, Rating, Request, ServiceCode, StopReason, Supplement as Brought,
};
use bulla_verify::document;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Case {
    /// Publish a service item, or its next version, from a description. Signed by a registrar of the superior of the body that
    /// implements it; where that is a root, of the body.
    Publish(item::Publish),
    /// Accept nothing any more under an item. Signed as `bulla case publish` is.
    Retire {
        /// The item: its body's 18 characters, a slash, and the body's number of it.
        item: ServiceCode,
        #[command(flatten)]
        acting: Acting,
    },
    /// Accept a case: its clock starts. Signed by an intake of the body that accepts (`--by`).
    Accept(Accept),
    /// Hand a case to another body, which must take it. Signed by an intake of the body that has it.
    HandOver {
        /// The other body.
        #[arg(long, value_name = "USCC")]
        to: Uscc,
        /// The document that says what is to be done there.
        #[arg(long, value_name = "FILE")]
        task: PathBuf,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        of: Of,
    },
    /// Take what was handed over. Signed by an intake of the body that takes it.
    Take(Of),
    /// Take nothing, or take back what the other body has not taken. Signed by an intake of either.
    CallOff {
        /// The document with the reason.
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        of: Of,
    },
    /// Ask for a paper that is missing or unfit, and stop the clock. Where an active licence stands for it, that is counted as a
    /// violation. Signed by an intake of the body that has the case.
    Ask {
        /// The paper, by its place among the item's materials, from 0.
        #[arg(long, value_name = "NUMBER")]
        material: u8,
        /// For how many working days the clock is stopped.
        #[arg(long, value_name = "NUMBER")]
        days: u16,
        #[command(flatten)]
        of: Of,
    },
    /// Bring what was asked for: the clock goes on. Signed by an intake of any body.
    Supplement(Supplement),
    /// Stop the clock. Signed by an issuer of the body that has the case.
    Stop {
        /// Why: hearing or expert-review.
        #[arg(long, value_name = "WORD", value_parser = word::<StopReason>)]
        reason: StopReason,
        /// For how many working days.
        #[arg(long, value_name = "NUMBER")]
        days: u16,
        #[command(flatten)]
        of: Of,
    },
    /// Let the clock go on before a stop is over. Signed by an issuer of the body that has the case.
    Resume(Of),
    /// Decide a case. Signed by an issuer of the body that decides, which must have it.
    Decide(Decide),
    /// Deliver what was granted. Signed by an intake of the body that accepted the case, or of the one that decided it.
    Deliver {
        /// The licence that it results in, where the item does.
        #[arg(long)]
        licence: Option<LicenceId>,
        #[command(flatten)]
        of: Of,
    },
    /// Record what the applicant thinks of it. Signed by an intake of any body.
    Rate {
        /// very-good, good, fair, poor or very-poor.
        #[arg(long, value_name = "WORD", value_parser = word::<Rating>)]
        rating: Rating,
        #[command(flatten)]
        of: Of,
    },
    /// Withdraw a case, for the applicant. Signed by an intake of any body.
    Withdraw(Of),
}

/// A case, and who acts on it.
#[derive(clap::Args)]
pub(crate) struct Of {
    /// The case, as `bulla case accept` named it. Without --by, the body that accepted it acts.
    case: CaseId,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Accept {
    /// The item that is asked for: its body's 18 characters, a slash, and the body's number of it.
    item: ServiceCode,
    /// Where it is asked for: six digits.
    #[arg(long, help_heading = "The case")]
    region: RegionCode,
    /// The body that will decide: the implementing one, or one beneath it.
    #[arg(long, value_name = "USCC", help_heading = "The case")]
    decider: Uscc,
    /// A file with the applicant's handle, which only you may read: only a commitment to it is told.
    #[arg(long, value_name = "FILE", help_heading = "The case")]
    applicant: PathBuf,
    /// The application: it stays here, and only a commitment to it is told.
    #[arg(long, value_name = "FILE", help_heading = "The case")]
    application: PathBuf,
    /// A licence that stands for a paper; several times for several.
    #[arg(long = "licence", value_name = "LICENCE", help_heading = "The case")]
    licences: Vec<LicenceId>,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Supplement {
    #[command(flatten)]
    brought: What,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    of: Of,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The paper: it stays here, and only a commitment to it is told.
    #[arg(long, value_name = "FILE")]
    paper: Option<PathBuf>,
    /// A licence that stands for it. If it was active when the paper was asked for, the asking is counted.
    #[arg(long)]
    licence: Option<LicenceId>,
}

#[derive(clap::Args)]
pub(crate) struct Decide {
    #[command(flatten)]
    outcome: Outcome,
    /// The document with the reasons.
    #[arg(long, value_name = "FILE")]
    reasons: PathBuf,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    of: Of,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Outcome {
    /// What was asked for is granted.
    #[arg(long)]
    granted: bool,
    /// What was asked for is refused.
    #[arg(long)]
    refused: bool,
}

impl Case {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Case::Publish(publish) => publish.run().await,
            Case::Retire { item, acting } => acting.submit(Act::Retire { item }).await,
            Case::Accept(accept) => accept.run().await,
            Case::HandOver { to, task, papers, of } => {
                of.with(&papers, &task, |task| Change::HandOver { to, task }).await
            }
            Case::Take(of) => of.run(Change::Take).await,
            Case::CallOff { reason, papers, of } => {
                of.with(&papers, &reason, |reason| Change::CallOff { reason }).await
            }
            Case::Ask { material, days, of } => of.run(Change::Ask { material, days }).await,
            Case::Supplement(supplement) => supplement.run().await,
            Case::Stop { reason, days, of } => of.run(Change::Stop { reason, days }).await,
            Case::Resume(of) => of.run(Change::Resume).await,
            Case::Decide(Decide { outcome, reasons, papers, of }) => {
                let granted = outcome.granted && !outcome.refused;
                of.with(&papers, &reasons, |reasons| Change::Decide { granted, reasons }).await
            }
            Case::Deliver { licence, of } => of.run(Change::Deliver { licence }).await,
            Case::Rate { rating, of } => of.run(Change::Rate(rating)).await,
            Case::Withdraw(of) => of.run(Change::Withdraw).await,
        }
    }
}

impl Of {
    fn act(&self, change: Change) -> Act {
        Act::Case(CaseAct { case: self.case, by: self.acting.by(self.case.acceptor), change })
    }

    async fn run(self, change: Change) -> Result<Answer> {
        self.acting.submit(self.act(change)).await
    }

    /// An act that commits to a document.
    async fn with(self, papers: &Papers, document: &Path, change: impl FnOnce(Hash) -> Change) -> Result<Answer> {
        let mut writing = self.acting.open_with(papers).await?;
        let commitment = writing.commit(document)?;
        writing.submit(self.act(change(commitment))).await
    }
}

impl Accept {
    async fn run(self) -> Result<Answer> {
        let Accept { item, region, decider, applicant, application, licences, papers, acting } = self;
        let by = acting.actor()?;
        let case = CaseId { acceptor: by, number: fresh() };
        let mut writing = acting.open_with(&papers).await?;
        writing.names("case", case);
        let (salt, handle) = (*random(), handle(&applicant)?);
        let digest = document::digest(handle.to_string().as_bytes());
        let applicant = writing.keep(Paper { commitment: handle.commitment(&salt), digest, salt })?;
        let contents = writing.commit(&application)?;
        let request = Request { item, region, applicant, contents, decider, licences };
        writing.submit(Act::Case(CaseAct { case, by, change: Change::Accept(request) })).await
    }
}

impl Supplement {
    async fn run(self) -> Result<Answer> {
        let Supplement { brought, papers, of } = self;
        match (brought.paper, brought.licence) {
            (Some(paper), _) => {
                of.with(&papers, &paper, |contents| Change::Supplement(Brought::Paper { contents })).await
            }
            (None, licence) => {
                let licence = licence.expect("clap demands one of the two");
                of.run(Change::Supplement(Brought::Licence(licence))).await
            }
        }
    }
}
