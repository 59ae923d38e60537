//! `bulla recognition`: which licences of one region count in another, by agreement and by law. Whether a licence does:
//! `bulla licence valid-in`.

use crate::acting::{Acting, Cited, fresh};
use crate::answer::Answer;
use crate::connection::Reading;
use crate::licence_type::Span;
use crate::record;
use crate::submit::Submission;
use anyhow::Result;
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::recognition::{
    Act, AgreementAct, AgreementId, AgreementState, Change, Mapping, Party, RecognitionAgreement, Terms,
    TerritorialLimit, TerritorialLimits, Way,
};
use serde_json::json;

#[derive(clap::Subcommand)]
pub(crate) enum Recognition {
    /// Propose to another body that licences of one region count in the other. Signed by a registrar of your body (`--by`).
    Propose(Proposal),
    /// Accept an agreement as it was proposed. Signed by a registrar of the other body (`--by`).
    Accept {
        #[command(flatten)]
        one: One,
    },
    /// Let an agreement rest until your body resumes it. Signed by a registrar of either body.
    Suspend {
        #[command(flatten)]
        one: One,
    },
    /// End your body's own suspension. Signed by a registrar of it.
    Resume {
        #[command(flatten)]
        one: One,
    },
    /// End an agreement, or withdraw or decline what was proposed. Signed by a registrar of either body.
    End {
        #[command(flatten)]
        one: One,
    },
    /// Say that the law limits licences of a type to the region that they were issued for. Signed by a registrar of the type's
    /// owner, or of a body above it.
    Limit {
        /// The type.
        code: LicenceTypeCode,
        #[command(flatten)]
        dates: Span,
        #[command(flatten)]
        citation: Cited,
        #[command(flatten)]
        submission: Submission,
    },
    /// End the last limit of a type now: its licences are valid in the whole country again.
    Lift {
        /// The type.
        code: LicenceTypeCode,
        #[command(flatten)]
        submission: Submission,
    },
    /// Show an agreement, and whether it is in force.
    Show {
        /// The agreement, as `bulla recognition propose` named it.
        agreement: AgreementId,
        #[command(flatten)]
        node: Reading,
    },
    /// Show when the law limited licences of a type to their region.
    Limits {
        /// The type.
        code: LicenceTypeCode,
        #[command(flatten)]
        node: Reading,
    },
}

/// What is proposed.
#[derive(clap::Args)]
pub(crate) struct Proposal {
    /// The region for which your body agrees: within its own.
    #[arg(long, value_name = "CODE")]
    region: RegionCode,
    /// The other body.
    #[arg(long, value_name = "USCC")]
    with: Uscc,
    /// The region for which the other body agrees.
    #[arg(long, value_name = "CODE")]
    with_region: RegionCode,
    /// A type whose licences count in both regions; as OURS=THEIRS where the other region has another type for it. Several times for
    /// several, as with the next two.
    #[arg(long, value_name = "TYPES", value_parser = pair, required_unless_present_any = ["taken", "given"])]
    mutual: Vec<Pair>,
    /// A type of the other region that counts in yours, and not the other way round.
    #[arg(long, value_name = "TYPES", value_parser = pair)]
    taken: Vec<Pair>,
    /// A type of your region that counts in the other, and not the other way round.
    #[arg(long, value_name = "TYPES", value_parser = pair)]
    given: Vec<Pair>,
    #[command(flatten)]
    dates: Span,
    #[command(flatten)]
    acting: Acting,
}

/// An agreement, and who acts on it.
#[derive(clap::Args)]
pub(crate) struct One {
    /// The agreement, as `bulla recognition propose` named it.
    agreement: AgreementId,
    #[command(flatten)]
    acting: Acting,
}

/// A type of the proposer's region, and that of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair(LicenceTypeCode, LicenceTypeCode);

/// `OURS=THEIRS`, or one type for both.
fn pair(text: &str) -> Result<Pair, String> {
    let (ours, theirs) = text.split_once('=').unwrap_or((text, text));
    let code = |text: &str| text.parse().map_err(|error| format!("{text}: {error}"));
    Ok(Pair(code(ours)?, code(theirs)?))
}

impl Recognition {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Recognition::Propose(proposal) => proposal.run().await,
            Recognition::Accept { one } => one.run(Change::Accept).await,
            Recognition::Suspend { one } => one.run(Change::Suspend).await,
            Recognition::Resume { one } => one.run(Change::Resume).await,
            Recognition::End { one } => one.run(Change::End).await,
            Recognition::Limit { code, dates, citation, submission } => {
                let limit = TerritorialLimit { dates: dates.dates(), citation: citation.citation() };
                submission.open().await?.submit(vec![Act::Limit { type_code: code, limit }.into()]).await
            }
            Recognition::Lift { code, submission } => {
                submission.open().await?.submit(vec![Act::Lift { type_code: code }.into()]).await
            }
            Recognition::Show { agreement, node } => {
                let found = node.connect().await?.record::<RecognitionAgreement>(&agreement).await?;
                Ok(record::answer("agreement", &agreement.to_string(), found, |agreement, at| {
                    let state = agreement.state(at);
                    Some((words(state), json!(state)))
                }))
            }
            Recognition::Limits { code, node } => {
                let found = node.connect().await?.record::<TerritorialLimits>(&code).await?;
                Ok(record::answer("limits", &code.to_string(), found, |limits, at| {
                    let limit = limits.at(at);
                    let words = limit.map_or("valid in the whole country", |_| "limited to the region of the licence");
                    Some((words.into(), json!({ "holds": limit })))
                }))
            }
        }
    }
}

impl Proposal {
    async fn run(self) -> Result<Answer> {
        let Proposal { region, with, with_region, mutual, taken, given, dates, acting } = self;
        let ways = [(mutual, Way::Mutual), (taken, Way::InProposers), (given, Way::InOthers)];
        let mapped = |(pairs, way): (Vec<Pair>, Way)| {
            pairs.into_iter().map(move |Pair(of_proposer, of_other)| Mapping { of_proposer, of_other, way })
        };
        let mappings = ways.into_iter().flat_map(mapped).collect();
        let with = Party { organisation: with, region: with_region };
        let by = acting.actor()?;
        let agreement = AgreementId { proposer: by, number: fresh() };
        let mut writing = acting.open().await?;
        writing.names("agreement", agreement);
        let change = Change::Propose(Terms { region, with, mappings, dates: dates.dates() });
        writing.submit(Act::Agreement(AgreementAct { agreement, by, change })).await
    }
}

impl One {
    async fn run(self, change: Change) -> Result<Answer> {
        let One { agreement, acting } = self;
        let by = acting.by(agreement.proposer);
        acting.submit(Act::Agreement(AgreementAct { agreement, by, change })).await
    }
}

/// What an agreement is.
pub(crate) fn words(state: AgreementState) -> String {
    match state {
        AgreementState::Proposed => "proposed, and not accepted".into(),
        AgreementState::NotYetInForce { from } => format!("in force from {from}"),
        AgreementState::InForce { until: Some(until) } => format!("in force until {until}, exclusive"),
        AgreementState::InForce { until: None } => "in force".into(),
        AgreementState::Suspended { since, by } => format!("suspended by {by} since {since}"),
        AgreementState::Ended { since, by } => format!("ended by {by} at {since}"),
        AgreementState::Over { since } => format!("over since {since}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_paired_or_the_same() {
        let (ours, theirs) = ("11440300TRY010023E001", "11510100TRY020029Q001");
        let code = |text: &str| text.parse().unwrap();
        assert_eq!(pair(ours), Ok(Pair(code(ours), code(ours))));
        assert_eq!(pair(&format!("{ours}={theirs}")), Ok(Pair(code(ours), code(theirs))));
        for text in ["", "=", &format!("{ours}="), &format!("{ours}={theirs}={ours}")] {
            assert!(pair(text).is_err(), "{text}");
        }
    }
}
