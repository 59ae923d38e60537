//! `bulla type`: types of licence, and who is competent to issue them where and when.

use crate::answer::{Answer, Exit, to_json};
use crate::connection::{Reading, as_of_json, as_of_text};
use crate::proof;
use crate::submit::Submission;
use crate::when;
use anyhow::Result;
use bulla_verify::catalogue::{Act, Competence, Dates, LicenceType};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::name::Name;
use bulla_verify::operation::Operation;
use bulla_verify::time::{Date, Millis};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Type {
    /// Register a type. Signed by a registrar of its owner's superior; where the owner is a root, of the owner.
    Register {
        /// Its code: the owner's 18 characters, and three digits.
        code: LicenceTypeCode,
        /// Its official name.
        #[arg(long)]
        name: Name,
        /// The region in which it may be issued: six digits.
        #[arg(long)]
        region: RegionCode,
        /// The longest term, in days. Without it, a licence may have no end.
        #[arg(long, value_name = "DAYS")]
        max_term_days: Option<u32>,
        /// For how many days after its end a licence may still be renewed.
        #[arg(long, value_name = "DAYS", default_value_t = 0)]
        late_renewal_days: u32,
        /// A holder may have only one that is live.
        #[arg(long)]
        single_holding: bool,
        #[command(flatten)]
        submission: Submission,
    },
    /// Make an organisation competent to issue a type, or change where. Signed by a registrar of the type's owner or above.
    Grant {
        /// The type.
        code: LicenceTypeCode,
        /// Who may issue it.
        #[arg(value_name = "USCC")]
        organisation: Uscc,
        /// Where: within the type's region and the organisation's.
        #[arg(long)]
        region: RegionCode,
        #[command(flatten)]
        dates: Span,
        #[command(flatten)]
        submission: Submission,
    },
    /// Make a body beneath your own competent too, for no more than your own body is. Signed by a registrar of your body. It
    /// ends with `bulla type withdraw`, or with your body's own competence.
    Delegate {
        /// The type.
        code: LicenceTypeCode,
        /// Who may issue it too.
        #[arg(value_name = "USCC")]
        organisation: Uscc,
        /// The body that delegates: your own.
        #[arg(long, value_name = "USCC")]
        by: Uscc,
        /// Where: within your own competence and the organisation's region.
        #[arg(long)]
        region: RegionCode,
        #[command(flatten)]
        dates: Span,
        #[command(flatten)]
        submission: Submission,
    },
    /// Demand that two officers sign each act on licences of a type, the one who drafts it and the one who approves it; or
    /// demand it no more. Signed by a registrar of the type's owner or above.
    TwoOfficers {
        /// The type.
        code: LicenceTypeCode,
        /// Whether two must sign.
        #[arg(value_enum)]
        demanded: Demanded,
        #[command(flatten)]
        submission: Submission,
    },
    /// End a competence; what was issued stands. Signed by a registrar of the type's owner or above.
    Withdraw {
        /// The type.
        code: LicenceTypeCode,
        /// Who may issue it no more.
        #[arg(value_name = "USCC")]
        organisation: Uscc,
        #[command(flatten)]
        submission: Submission,
    },
    /// Show a type.
    Show(Show),
}

/// When a competence holds.
#[derive(clap::Args)]
#[command(next_help_heading = "When")]
pub(crate) struct Span {
    /// The first day; today, if only its last day is given.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    from: Option<Millis>,
    /// The last day. Without it, there is no end.
    #[arg(long, value_name = "DATE", value_parser = when::last_day)]
    until: Option<Millis>,
}

/// Whether something is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Demanded {
    /// From the next block on.
    Yes,
    /// No more.
    No,
}

#[derive(clap::Args)]
pub(crate) struct Show {
    /// Its code, 21 characters.
    code: LicenceTypeCode,
    /// Also save a proof file.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    #[command(flatten)]
    node: Reading,
}

impl Type {
    pub(crate) async fn run(self) -> Result<Answer> {
        let (act, submission) = match self {
            Type::Show(show) => return show.run().await,
            Type::Register { code, name, region, max_term_days, late_renewal_days, single_holding, submission } => {
                let kind = LicenceType { code, name, region, max_term_days, late_renewal_days, single_holding };
                (Act::RegisterType(kind), submission)
            }
            Type::Grant { code, organisation, region, dates, submission } => {
                let competence = Competence { type_code: code, organisation, region };
                let act = if dates.is_given() {
                    Act::GrantFor { competence, dates: dates.dates() }
                } else {
                    Act::Grant(competence)
                };
                (act, submission)
            }
            Type::Delegate { code, organisation, by, region, dates, submission } => {
                let competence = Competence { type_code: code, organisation, region };
                (Act::Delegate { competence, dates: dates.dates(), by }, submission)
            }
            Type::TwoOfficers { code, demanded, submission } => {
                (Act::Demand { type_code: code, two_officers: demanded == Demanded::Yes }, submission)
            }
            Type::Withdraw { code, organisation, submission } => {
                (Act::Withdraw { type_code: code, organisation }, submission)
            }
        };
        submission.open().await?.submit(vec![Operation::Catalogue(act)]).await
    }
}

impl Span {
    fn is_given(&self) -> bool {
        self.from.is_some() || self.until.is_some()
    }

    /// As the ledger has them.
    pub(crate) fn dates(&self) -> Dates {
        Dates { from: self.from.unwrap_or_else(|| Date::of(when::now()).start()), until: self.until }
    }
}

impl Show {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Show { code, proof: proof_file, node } = self;
        let found = node.connect().await?.licence_type(&code, proof_file.is_some()).await?;
        let saved = proof::save_if_asked(proof_file.as_deref(), found.proof.as_deref())?;
        let json =
            json!({ "licence_type": to_json(&found.record), "as_of": as_of_json(found.as_of), "proof": proof_file });
        let Some(kind) = &found.record else {
            let text = format!("Licence type {code} is not registered.\n{}{saved}", as_of_text(found.as_of));
            return Ok(Answer::done(text, json).exit(Exit::NotValid));
        };
        let term = kind.max_term_days.map_or("may have no end".to_owned(), |days| format!("at most {days} days"));
        let holding = if kind.single_holding { "one live licence a holder" } else { "any number a holder" };
        let text = format!(
            "Licence type {code}: {}\n  of {}, for region {}\n  term {term}; renewable for {} days after its end; {holding}\n{}{saved}",
            kind.name,
            code.owner(),
            kind.region,
            kind.late_renewal_days,
            as_of_text(found.as_of)
        );
        Ok(Answer::done(text, json))
    }
}
