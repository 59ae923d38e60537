//! Licences that several bodies have a part in: offered to another region and taken over there, or issued together.

use super::acts::{Acting, Issue, Said};
use crate::acting::handle;
use crate::answer::{Answer, Usage};
use crate::vault::{Holder, Kept};
use crate::when;
use anyhow::Result;
use bulla_keystore::random;
use bulla_verify::fields::Contents;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{Change, Grant};
use bulla_verify::time::Millis;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct TransferOut {
    #[command(flatten)]
    acting: Acting,
    /// The body that it is offered to.
    #[arg(long, value_name = "USCC", help_heading = "Transfer")]
    to: Uscc,
}

#[derive(clap::Args)]
pub(crate) struct TransferIn {
    #[command(flatten)]
    acting: Acting,
    /// The licence that was offered, by the identifier of its current version.
    #[arg(long, value_name = "LICENCE", help_heading = "Transfer")]
    from: LicenceId,
    /// The region that it is for from now on: six digits.
    #[arg(long, help_heading = "Transfer")]
    region: RegionCode,
    /// A file with the holder's handle, which only you may read. Without it, the holder stands as the other body recorded it.
    #[arg(long, value_name = "FILE", help_heading = "Transfer")]
    holder_file: Option<PathBuf>,
    #[command(flatten)]
    said: Said,
}

#[derive(clap::Args)]
pub(crate) struct IssueJointly {
    #[command(flatten)]
    issue: Issue,
    /// Another body that is to sign; several times for several.
    #[arg(long, value_name = "USCC", required = true, help_heading = "Issued together")]
    with: Vec<Uscc>,
    /// How many of all bodies must sign, the issuer counted; all of them, if nothing is said.
    #[arg(long, value_name = "NUMBER", help_heading = "Issued together")]
    needed: Option<u8>,
    /// The last day to sign, no later than the law allows: after it the issue lapses by itself.
    #[arg(long, value_name = "DATE", value_parser = when::last_day, help_heading = "Issued together")]
    sign_by: Millis,
}

impl TransferOut {
    pub(crate) async fn run(self) -> Result<Answer> {
        let TransferOut { acting, to } = self;
        acting.run(Change::TransferOut { to }).await
    }
}

impl TransferIn {
    pub(crate) async fn run(self) -> Result<Answer> {
        let TransferIn { acting, from, region, holder_file, said } = self;
        let holder = holder_file.as_deref().map(handle).transpose()?.map(Holder::new);
        let signing = acting.submission.open().await?;
        let unknown = || Usage(format!("licence {from} is unknown to the ledger; check the identifier"));
        let offered = signing.client.licence(&from, false).await?.record.ok_or_else(unknown)?;
        let vault = acting.vault(said.vault.as_deref(), &signing)?;
        let contents = Contents::new(acting.licence.type_code(), *random(), said.fields)?;
        let grant = Grant {
            region,
            holder: holder.as_ref().map_or(offered.holder, Holder::commitment),
            holding: offered.holding,
            contents: contents.root(),
            term: offered.term,
        };
        let kept = Kept { licence: acting.licence.clone(), contents, holder };
        acting.keep_and_run(&signing, &vault, &kept, Change::TransferIn { from, grant }).await
    }
}

impl IssueJointly {
    pub(crate) async fn run(self) -> Result<Answer> {
        let IssueJointly { issue, with, needed, sign_by: until } = self;
        let all = u8::try_from(with.len().saturating_add(1)).unwrap_or(u8::MAX);
        let needed = needed.unwrap_or(all);
        issue.open_record(|grant| Change::IssueJointly { grant, with, needed, until }).await
    }
}
