//! Acts that rest on a decision's document: withdrawn, annulled, spared, reinstated.
//!
//! The document stays where it is; the vault keeps what opens the ledger's commitment to it.

use super::acts::Acting;
use crate::answer::{Answer, Usage};
use crate::submit::may_be_recorded;
use crate::vault::Paper;
use crate::when;
use anyhow::{Context, Result};
use bulla_verify::hash::Hash;
use bulla_verify::licence::{self, Change};
use bulla_verify::time::Millis;
use std::fs;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Withdraw {
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    decision: Decision,
    /// Its holder is compensated.
    #[arg(long, help_heading = "The decision")]
    compensation: bool,
}

#[derive(clap::Args)]
pub(crate) struct Annul {
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    decision: Decision,
    /// On which ground of article 69 of the Administrative Licensing Law.
    #[arg(long, value_enum, help_heading = "The decision")]
    ground: Ground,
    /// From when it is void. From its issue on, if nothing is said.
    #[arg(long, value_name = "DATE", value_parser = when::instant, help_heading = "The decision")]
    void_from: Option<Millis>,
}

#[derive(clap::Args)]
pub(crate) struct Spare {
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    decision: Decision,
    /// The ground that was found.
    #[arg(long, value_enum, help_heading = "The decision")]
    ground: Ground,
}

#[derive(clap::Args)]
pub(crate) struct Reinstate {
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    decision: Decision,
    /// Who overturned the decision against it.
    #[arg(long, value_enum, help_heading = "The decision")]
    review: Review,
}

/// The document that an act rests on.
#[derive(clap::Args)]
#[command(next_help_heading = "The decision")]
pub(crate) struct Decision {
    /// The decision's document. It stays here: the ledger gets a seal over it, and what opens the seal goes into the vault.
    #[arg(long = "decision", value_name = "FILE")]
    file: PathBuf,
    /// The vault's directory; `vault` beside the first key, if nothing is said.
    #[arg(long, value_name = "DIR")]
    vault: Option<PathBuf>,
}

/// A ground of annulment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Ground {
    /// Officers abused or neglected their office.
    Abuse,
    /// The body went beyond its powers.
    BeyondPowers,
    /// The procedure was not followed.
    Procedure,
    /// The holder did not meet the conditions.
    Unqualified,
    /// Another that a law names.
    OtherLawful,
    /// The holder obtained it by fraud or bribery.
    Fraud,
}

/// Who overturned a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Review {
    /// A court.
    Court,
    /// The body that reconsiders administrative acts.
    Reconsideration,
}

impl Withdraw {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Withdraw { acting, decision, compensation } = self;
        decision.run(&acting, |decision| Change::Withdraw { decision, compensation }).await
    }
}

impl Annul {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Annul { acting, decision, ground, void_from } = self;
        let void_from = match void_from {
            Some(void_from) => void_from,
            None => {
                let record = acting.submission.connect().await?.licence(&acting.licence, false).await?.record;
                let unknown = || Usage(format!("licence {} is unknown to the ledger; check it", acting.licence));
                record.ok_or_else(unknown)?.issued_at
            }
        };
        let ground = ground.into();
        decision.run(&acting, |decision| Change::Annul { ground, void_from, decision }).await
    }
}

impl Spare {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Spare { acting, decision, ground } = self;
        decision.run(&acting, |decision| Change::Spare { ground: ground.into(), decision }).await
    }
}

impl Reinstate {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Reinstate { acting, decision, review } = self;
        let review = match review {
            Review::Court => licence::Review::Court,
            Review::Reconsideration => licence::Review::Reconsideration,
        };
        decision.run(&acting, |decision| Change::Reinstate { review, decision }).await
    }
}

impl Decision {
    async fn run(&self, acting: &Acting, change: impl FnOnce(Hash) -> Change) -> Result<Answer> {
        let document = fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let signing = acting.submission.open().await?;
        let vault = acting.vault(self.vault.as_deref(), &signing)?;
        let paper = Paper::of(&document);
        vault.put_paper(&paper)?;
        let result = signing.submit(vec![acting.operation(change(paper.commitment))]).await;
        if !may_be_recorded(&result) {
            vault.remove_paper(&paper)?;
        }
        result
    }
}

impl From<Ground> for licence::Ground {
    fn from(ground: Ground) -> Self {
        match ground {
            Ground::Abuse => licence::Ground::Abuse,
            Ground::BeyondPowers => licence::Ground::BeyondPowers,
            Ground::Procedure => licence::Ground::Procedure,
            Ground::Unqualified => licence::Ground::Unqualified,
            Ground::OtherLawful => licence::Ground::OtherLawful,
            Ground::Fraud => licence::Ground::Fraud,
        }
    }
}
