//! Whether a licence is valid in a region: what it is, and whether the region recognises it.

use crate::answer::{Answer, Exit};
use crate::connection::{Reading, as_of_json, as_of_text};
use crate::{recognition, when};
use anyhow::Result;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::recognition::{AgreementId, Recognition, RecognitionAgreement, TerritorialLimits, recognised};
use bulla_verify::verdict::{Finding, of_licence};
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct ValidIn {
    /// The identifier of any version.
    licence: LicenceId,
    /// The region: six digits.
    #[arg(value_name = "CODE")]
    region: RegionCode,
    /// An agreement that may have it recognised there; several times for several. Only those that are named are looked at.
    #[arg(long = "agreement")]
    agreements: Vec<AgreementId>,
    #[command(flatten)]
    node: Reading,
}

impl ValidIn {
    pub(crate) async fn run(self) -> Result<Answer> {
        let ValidIn { licence: id, region, agreements: named, node } = self;
        let client = node.connect().await?;
        let mut agreements = Vec::new();
        for agreement in &named {
            agreements.extend(client.record::<RecognitionAgreement>(agreement).await?.record);
        }
        let limits = client.record::<TerritorialLimits>(&id.type_code()).await?.record;
        let found = client.licence(&id, false).await?;
        // An idle chain makes a block only now and then, and neither a term nor an agreement waits for one.
        let at = when::now().max(found.as_of.time);
        let as_of = as_of_text(found.as_of);
        let Some(licence) = &found.record else {
            let json = json!({ "valid": false, "finding": null, "as_of": as_of_json(found.as_of) });
            let text = format!("Licence {id} is unknown to the ledger: never issued.\n{as_of}");
            return Ok(Answer::done(text, json).exit(Exit::NotValid));
        };
        let finding = of_licence(&id, licence, at);
        let recognition = recognised(licence, limits.as_ref(), region, &agreements, at);
        let valid = matches!(&finding, Finding::Current(status) if status.is_active()) && recognition.is_full();
        let json = json!({
            "valid": valid,
            "finding": finding,
            "recognition": recognition,
            "at_ms": at,
            "as_of": as_of_json(found.as_of),
        });
        let verdict = if valid { "valid" } else { "not valid" };
        let text =
            format!("Licence {id} is {verdict} in {region}: it is {finding}, and {}\n{as_of}", words(&recognition));
        Ok(Answer::done(text, json).exit(if valid { Exit::Done } else { Exit::NotValid }))
    }
}

fn words(recognition: &Recognition) -> String {
    match recognition {
        Recognition::Nationwide => "no law limits its type to a region".into(),
        Recognition::Within { region } => format!("that is of its own region, {region}"),
        Recognition::ByAgreement { agreement, counts_as, .. } => {
            format!("counts there as one of type {counts_as}, by agreement {agreement}")
        }
        Recognition::InPart { region } => format!("the law limits it to {region}, which is only a part of that"),
        Recognition::NotNow { agreement, state } => {
            format!("agreement {agreement}, which would have it recognised, is {}", recognition::words(*state))
        }
        Recognition::Not { region } => {
            format!("the law limits it to {region}, and no agreement that was named has it recognised there")
        }
    }
}
