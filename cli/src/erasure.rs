//! `bulla erasure`: orders to destroy what stands behind a record, and what each body that has a copy did.
//!
//! It destroys nothing itself: a custodian destroys its salts and values, and signs that it has.

use crate::acting::{Acting, Papers, word};
use crate::answer::{Answer, Usage};
use anyhow::Result;
use bulla_verify::case::CaseId;
use bulla_verify::credit::EventId;
use bulla_verify::erasure::{Act, Grounds, Target};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Erasure {
    /// Order it. Signed by a steward of the body that answers for the record, or by a supervisor of a body above it.
    Order {
        /// Why: purpose-over, retention-over, consent-withdrawn, unlawful or other-law.
        #[arg(long, value_name = "WORD", value_parser = word::<Grounds>)]
        grounds: Grounds,
        /// The document with the reasons in full.
        #[arg(long, value_name = "FILE")]
        reasons: PathBuf,
        /// A body that has a copy; several times for several: all of them.
        #[arg(long = "custodian", value_name = "USCC", required = true)]
        custodians: Vec<Uscc>,
        #[command(flatten)]
        of: Of,
    },
    /// Say that your body's salts and values were destroyed. Signed by a steward of it (`--by`).
    Receipt {
        /// The record of the destruction.
        #[arg(long, value_name = "FILE")]
        evidence: PathBuf,
        #[command(flatten)]
        of: Of,
    },
    /// Say that your body's copy cannot be removed technically: it is stored, and otherwise not processed. Signed by a steward
    /// of it (`--by`).
    Restrict {
        /// The document that says why.
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
        #[command(flatten)]
        of: Of,
    },
}

/// What is erased, and who acts.
#[derive(clap::Args)]
pub(crate) struct Of {
    #[command(flatten)]
    record: Record,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

/// The record behind which something is destroyed.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
#[command(next_help_heading = "The record")]
struct Record {
    /// A licence, in all its versions, by the identifier of any.
    #[arg(long)]
    licence: Option<LicenceId>,
    /// A credit event.
    #[arg(long, value_name = "EVENT")]
    credit_event: Option<EventId>,
    /// A case.
    #[arg(long)]
    case: Option<CaseId>,
}

impl Erasure {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Erasure::Order { grounds, reasons, custodians, of } => {
                of.run(&reasons, |of, by, reasons| Act::Order { of, by, grounds, reasons, custodians }).await
            }
            Erasure::Receipt { evidence, of } => {
                of.run(&evidence, |of, by, evidence| Act::Receipt { of, by, evidence }).await
            }
            Erasure::Restrict { reason, of } => {
                of.run(&reason, |of, by, reason| Act::Restrict { of, by, reason }).await
            }
        }
    }
}

impl Of {
    async fn run(self, document: &Path, act: impl FnOnce(Target, Uscc, Hash) -> Act) -> Result<Answer> {
        let Of { record, papers, acting } = self;
        let (target, by) = (record.target()?, acting.actor()?);
        let mut writing = acting.open_with(&papers).await?;
        let commitment = writing.commit(document)?;
        writing.submit(act(target, by, commitment)).await
    }
}

impl Record {
    fn target(self) -> Result<Target, Usage> {
        let licence = self.licence.map(|licence| Target::Licence(licence.base()));
        let event = self.credit_event.map(Target::CreditEvent);
        let given = licence.or(event).or(self.case.map(Target::Case));
        given.ok_or_else(|| Usage("name the record: --licence, --credit-event or --case".into()))
    }
}
