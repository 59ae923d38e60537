//! Resources of the catalogue: registered, published, shared anew, retired.

use super::Law;
use crate::acting::{Acting, Papers, Writing};
use crate::answer::{Answer, Usage};
use anyhow::Result;
use bulla_verify::access::{Act, Particulars, ResourceAct, ResourceChange, ResourceCode, Sharing};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::name::Name;
use std::path::PathBuf;

/// A resource, and who acts on it.
#[derive(clap::Args)]
pub(crate) struct Named {
    /// The resource: its owner's 18 characters, a slash, and the owner's number of it.
    resource: ResourceCode,
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct Register {
    #[command(flatten)]
    named: Named,
    /// Its official name.
    #[arg(long, help_heading = "The resource")]
    name: Name,
    /// The region that it is of: six digits, within its owner's.
    #[arg(long, help_heading = "The resource")]
    region: RegionCode,
    /// How many fields it has, 1 to 64; they are numbered from 0.
    #[arg(long, value_name = "NUMBER", help_heading = "The resource")]
    fields: u8,
    #[command(flatten)]
    shared: Shared,
}

#[derive(clap::Args)]
pub(crate) struct Share {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    shared: Shared,
}

/// Who may have it: one of the three.
#[derive(clap::Args)]
#[command(next_help_heading = "Who may have it")]
struct Shared {
    /// Whoever asks.
    #[arg(long, conflicts_with_all = ["conditions", "law"])]
    unconditional: bool,
    /// Whoever fulfils conditions, and each access needs the subject's consent or a law: the document with the conditions.
    #[arg(long, value_name = "FILE", conflicts_with = "law")]
    conditions: Option<PathBuf>,
    #[command(flatten)]
    not_shared: Law,
    #[command(flatten)]
    papers: Papers,
}

impl Named {
    pub(crate) async fn run(self, change: ResourceChange) -> Result<Answer> {
        let Named { resource, acting } = self;
        acting.submit(Act::Resource(ResourceAct { resource, change })).await
    }
}

impl Register {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Register { named, name, region, fields, shared } = self;
        let mut writing = named.acting.open_with(&shared.papers).await?;
        let sharing = shared.sharing(&mut writing)?;
        let change = ResourceChange::Register(Particulars { name, region, fields, sharing });
        writing.submit(Act::Resource(ResourceAct { resource: named.resource, change })).await
    }
}

impl Share {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Share { named, shared } = self;
        let mut writing = named.acting.open_with(&shared.papers).await?;
        let change = ResourceChange::Share(shared.sharing(&mut writing)?);
        writing.submit(Act::Resource(ResourceAct { resource: named.resource, change })).await
    }
}

impl Shared {
    fn sharing(self, writing: &mut Writing) -> Result<Sharing> {
        match (self.unconditional, self.conditions, self.not_shared.citation()) {
            (true, ..) => Ok(Sharing::Unconditional),
            (false, Some(file), _) => Ok(Sharing::Conditional { conditions: writing.commit(&file)? }),
            (false, None, Some(law)) => Ok(Sharing::NotShared { basis: law }),
            (false, None, None) => Err(Usage(
                "say who may have it: --unconditional, --conditions FILE, or --law TITLE that forbids to share it"
                    .into(),
            )
            .into()),
        }
    }
}
