//! Requests for data, and the grants that they become.

use super::{Law, bits};
use crate::acting::{Acting, Papers, Writing, fresh};
use crate::answer::{Answer, Usage};
use crate::when;
use anyhow::Result;
use bulla_verify::access::{Act, Fields, Purposes, Request, RequestAct, RequestChange, RequestId, ResourceCode, Terms};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::time::{Date, Millis};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct File {
    /// The resource: its owner's 18 characters, a slash, and the owner's number of it.
    resource: ResourceCode,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    asked: Given,
}

#[derive(clap::Args)]
pub(crate) struct Grant {
    /// The request, as `bulla access request` named it.
    request: RequestId,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    granted: Given,
    #[command(flatten)]
    basis: Law,
}

/// An act that a document gives the reason of.
#[derive(clap::Args)]
pub(crate) struct Because {
    /// The request, as `bulla access request` named it.
    request: RequestId,
    /// The document with the reason.
    #[arg(long, value_name = "FILE")]
    reason: PathBuf,
    #[command(flatten)]
    papers: Papers,
    #[command(flatten)]
    acting: Acting,
}

/// An act that needs no more said.
#[derive(clap::Args)]
pub(crate) struct Plainly {
    /// The request, as `bulla access request` named it.
    request: RequestId,
    #[command(flatten)]
    acting: Acting,
}

/// What is asked for or granted.
#[derive(clap::Args)]
#[command(next_help_heading = "What, for what, where and when")]
struct Given {
    /// For which purposes, by their numbers in the list of purposes: 1,3.
    #[arg(long, value_name = "NUMBERS", value_parser = bits)]
    purposes: u64,
    /// Which fields, by their numbers: 0,2,5.
    #[arg(long, value_name = "NUMBERS", value_parser = bits)]
    fields: u64,
    /// Where: six digits.
    #[arg(long)]
    region: RegionCode,
    /// The first day; today, if nothing is said.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    from: Option<Millis>,
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = when::last_day)]
    until: Millis,
    /// How many accesses: each subject of each ticket is one.
    #[arg(long, value_name = "NUMBER")]
    budget: u64,
    /// The data may be given to others.
    #[arg(long)]
    onward: bool,
}

impl File {
    pub(crate) async fn run(self) -> Result<Answer> {
        let File { resource, acting, asked } = self;
        let by = acting.actor()?;
        let request = RequestId { requester: by, number: fresh() };
        let mut writing = acting.open().await?;
        writing.names("request", request);
        let change = RequestChange::File { resource, asked: asked.terms() };
        writing.submit(Act::Request(RequestAct { request, by, change })).await
    }
}

impl Grant {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Grant { request, acting, granted, basis } = self;
        let writing = acting.open().await?;
        let by = answering(&acting, &writing, request).await?;
        let change = RequestChange::Grant { terms: granted.terms(), basis: basis.citation() };
        writing.submit(Act::Request(RequestAct { request, by, change })).await
    }
}

impl Because {
    pub(crate) async fn run(self, change: impl FnOnce(Hash) -> RequestChange) -> Result<Answer> {
        let Because { request, reason, papers, acting } = self;
        let mut writing = acting.open_with(&papers).await?;
        let by = answering(&acting, &writing, request).await?;
        let change = change(writing.commit(&reason)?);
        writing.submit(Act::Request(RequestAct { request, by, change })).await
    }
}

impl Plainly {
    pub(crate) async fn run(self, change: RequestChange) -> Result<Answer> {
        let Plainly { request, acting } = self;
        let writing = acting.open().await?;
        let by = answering(&acting, &writing, request).await?;
        writing.submit(Act::Request(RequestAct { request, by, change })).await
    }
}

/// Who answers a request: the owner of the resource, if nobody else is said to.
async fn answering(acting: &Acting, writing: &Writing, request: RequestId) -> Result<Uscc> {
    if let Some(by) = acting.said() {
        return Ok(by);
    }
    let found = writing.signing.client.record::<Request>(&request).await?.record;
    let unknown = || Usage(format!("request {request} is unknown to the ledger; check it, or say who acts: --by USCC"));
    Ok(found.ok_or_else(unknown)?.resource.owner)
}

impl Given {
    fn terms(self) -> Terms {
        Terms {
            purposes: Purposes(self.purposes),
            fields: Fields(self.fields),
            region: self.region,
            from: self.from.unwrap_or_else(|| Date::of(when::now()).start()),
            until: self.until,
            budget: self.budget,
            onward: self.onward,
        }
    }
}
