//! Acts on a licence that rest on a decision, or on another body than the issuer.

use super::acts::{Acting, Issue};
use crate::acting::{Papers, word};
use crate::answer::Answer;
use crate::when;
use anyhow::Result;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Change, Ground, Review};
use bulla_verify::time::Millis;
use std::path::PathBuf;

/// An act that commits to a decision.
#[derive(clap::Args)]
pub(crate) struct Decided {
    #[command(flatten)]
    acting: Acting,
    /// The file of the decision.
    #[arg(long, value_name = "FILE")]
    decision: PathBuf,
    #[command(flatten)]
    papers: Papers,
}

#[derive(clap::Args)]
pub(crate) struct Withdraw {
    #[command(flatten)]
    decided: Decided,
    /// Its holder is compensated.
    #[arg(long)]
    compensated: bool,
}

#[derive(clap::Args)]
pub(crate) struct Annul {
    #[command(flatten)]
    decided: Decided,
    /// The ground: abuse, beyond-powers, procedure, unqualified, other-lawful or fraud.
    #[arg(long, value_parser = word::<Ground>)]
    ground: Ground,
    /// The first day on which it is void.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    void_from: Millis,
}

#[derive(clap::Args)]
pub(crate) struct Spare {
    #[command(flatten)]
    decided: Decided,
    /// The ground: abuse, beyond-powers, procedure, unqualified, other-lawful or fraud.
    #[arg(long, value_parser = word::<Ground>)]
    ground: Ground,
}

#[derive(clap::Args)]
pub(crate) struct Reinstate {
    #[command(flatten)]
    decided: Decided,
    /// Who overturned it: court or reconsideration.
    #[arg(long, value_parser = word::<Review>)]
    review: Review,
}

#[derive(clap::Args)]
pub(crate) struct TransferOut {
    #[command(flatten)]
    acting: Acting,
    /// The body of the other region.
    #[arg(long, value_name = "USCC")]
    to: Uscc,
}

#[derive(clap::Args)]
pub(crate) struct TransferIn {
    /// The licence that is taken over, by the identifier of its current version.
    #[arg(long, value_name = "LICENCE", help_heading = "The licence")]
    source: LicenceId,
    #[command(flatten)]
    issue: Issue,
}

#[derive(clap::Args)]
pub(crate) struct IssueJointly {
    /// Another body that is to sign; several times for several.
    #[arg(long = "with", value_name = "USCC", required = true, help_heading = "The licence")]
    others: Vec<Uscc>,
    /// How many of them all must sign, the issuer counted.
    #[arg(long, value_name = "NUMBER", help_heading = "The licence")]
    needed: u8,
    /// The last day on which they may.
    #[arg(long, value_name = "DATE", value_parser = when::last_day, help_heading = "The licence")]
    sign_until: Millis,
    #[command(flatten)]
    issue: Issue,
}

impl Decided {
    async fn run(self, change: impl FnOnce(bulla_verify::hash::Hash) -> Change) -> Result<Answer> {
        self.acting.run_decided(&self.decision, &self.papers, change).await
    }
}

impl Withdraw {
    pub(crate) async fn run(self) -> Result<Answer> {
        let compensation = self.compensated;
        self.decided.run(|decision| Change::Withdraw { decision, compensation }).await
    }
}

impl Annul {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Annul { decided, ground, void_from } = self;
        decided.run(|decision| Change::Annul { ground, void_from, decision }).await
    }
}

impl Spare {
    pub(crate) async fn run(self) -> Result<Answer> {
        let ground = self.ground;
        self.decided.run(|decision| Change::Spare { ground, decision }).await
    }
}

impl Reinstate {
    pub(crate) async fn run(self) -> Result<Answer> {
        let review = self.review;
        self.decided.run(|decision| Change::Reinstate { review, decision }).await
    }
}

impl TransferOut {
    pub(crate) async fn run(self) -> Result<Answer> {
        self.acting.run(Change::TransferOut { to: self.to }).await
    }
}

impl TransferIn {
    pub(crate) async fn run(self) -> Result<Answer> {
        let TransferIn { source: from, issue } = self;
        issue.open_record(|grant| Change::TransferIn { from, grant }).await
    }
}

impl IssueJointly {
    pub(crate) async fn run(self) -> Result<Answer> {
        let IssueJointly { others: with, needed, sign_until: until, issue } = self;
        issue.open_record(|grant| Change::IssueJointly { grant, with, needed, until }).await
    }
}
