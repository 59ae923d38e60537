//! Acts that rest on a decision: withdrawn, annulled, spared, reinstated.

use super::acts::Acting;
use crate::acting::{Papers, word};
use crate::answer::{Answer, Usage};
use crate::when;
use anyhow::Result;
use bulla_verify::hash::Hash;
use bulla_verify::licence::{Change, Ground, Review};
use bulla_verify::time::Millis;
use std::path::PathBuf;

/// An act that commits to a decision.
#[derive(clap::Args)]
pub(crate) struct Decided {
    #[command(flatten)]
    acting: Acting,
    /// The file of the decision.
    #[arg(long, value_name = "FILE", help_heading = "The decision")]
    decision: PathBuf,
    #[command(flatten)]
    papers: Papers,
}

#[derive(clap::Args)]
pub(crate) struct Withdraw {
    #[command(flatten)]
    decided: Decided,
    /// Its holder is compensated.
    #[arg(long, help_heading = "The decision")]
    compensated: bool,
}

#[derive(clap::Args)]
pub(crate) struct Annul {
    #[command(flatten)]
    decided: Decided,
    /// The ground: abuse, beyond-powers, procedure, unqualified, other-lawful or fraud.
    #[arg(long, value_parser = word::<Ground>, help_heading = "The decision")]
    ground: Ground,
    /// The first day on which it is void; from its issue on, if nothing is said.
    #[arg(long, value_name = "DATE", value_parser = when::instant, help_heading = "The decision")]
    void_from: Option<Millis>,
}

#[derive(clap::Args)]
pub(crate) struct Spare {
    #[command(flatten)]
    decided: Decided,
    /// The ground: abuse, beyond-powers, procedure, unqualified, other-lawful or fraud.
    #[arg(long, value_parser = word::<Ground>, help_heading = "The decision")]
    ground: Ground,
}

#[derive(clap::Args)]
pub(crate) struct Reinstate {
    #[command(flatten)]
    decided: Decided,
    /// Who overturned it: court or reconsideration.
    #[arg(long, value_parser = word::<Review>, help_heading = "The decision")]
    review: Review,
}

impl Decided {
    async fn run(self, change: impl FnOnce(Hash) -> Change) -> Result<Answer> {
        self.acting.run_decided(&self.decision, &self.papers, change).await
    }

    /// When the licence was issued.
    async fn issued_at(&self) -> Result<Millis> {
        let licence = &self.acting.licence;
        let record = self.acting.submission.connect().await?.licence(licence, false).await?.record;
        let unknown = || Usage(format!("licence {licence} is unknown to the ledger; check the identifier"));
        Ok(record.ok_or_else(unknown)?.issued_at)
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
        let void_from = match void_from {
            Some(void_from) => void_from,
            None => decided.issued_at().await?,
        };
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
