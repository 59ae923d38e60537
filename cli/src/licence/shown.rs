//! What there is to see of a licence: from a node its record and history, from a vault what it says.

use super::verb;
use crate::answer::{Answer, Exit, Usage, to_json, with};
use crate::connection::{Reading, as_of_json, as_of_text};
use crate::vault::{Kept, Vault};
use crate::{proof, when};
use anyhow::{Context, Result};
use bulla_proto::Client;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::licence::{Change, Entry, Licence, Origin};
use bulla_verify::status::status;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Show {
    /// The identifier of any version.
    licence: LicenceId,
    /// Also save a proof file.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    #[command(flatten)]
    node: Reading,
}

impl Show {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Show { licence: id, proof: proof_file, node } = self;
        let found = node.connect().await?.licence(&id, proof_file.is_some()).await?;
        // An idle chain makes a block only now and then, and a term or a suspension does not wait for one.
        let at = when::now().max(found.as_of.time);
        let status = found.record.as_ref().map(|licence| status(licence, at));
        let saved = proof::save_if_asked(proof_file.as_deref(), found.proof.as_deref())?;
        let json = json!({
            "licence": to_json(&found.record),
            "status": to_json(&status),
            "status_at_ms": at,
            "as_of": as_of_json(found.as_of),
            "proof": proof_file,
        });
        let (Some(licence), Some(status)) = (&found.record, status) else {
            let text =
                format!("Licence {id} is unknown to the ledger: never issued.\n{}{saved}", as_of_text(found.as_of));
            return Ok(Answer::done(text, json).exit(Exit::NotValid));
        };
        let current = licence.base.at_version(licence.version)?;
        let mut text = format!("Licence {current}: {status}");
        if current != id {
            let _ = write!(text, "\n  {id} is another version of it");
        }
        describe(&mut text, licence);
        let _ = write!(text, "\n{}{saved}", as_of_text(found.as_of));
        Ok(Answer::done(text, with(json, "identifier", &current)))
    }
}

fn describe(text: &mut String, licence: &Licence) {
    let _ = write!(
        text,
        "\n  version {:03}, issued by {} for region {} at {}",
        licence.version, licence.base.issuer, licence.region, licence.issued_at
    );
    let _ = match licence.term.until {
        Some(until) => write!(text, "\n  term from {} until {until}, exclusive", licence.term.from),
        None => write!(text, "\n  term from {}, with no end", licence.term.from),
    };
    if let Origin::TakenOver { from } = &licence.origin {
        let _ = write!(text, "\n  taken over from {from}; what came before is not recorded");
    }
    if licence.corrected {
        text.push_str("\n  what this version says was corrected");
    }
    if licence.spared {
        text.push_str("\n  there is a ground to annul it, and it was left standing for the public's sake");
    }
    if licence.historic {
        text.push_str("\n  an act on it was recorded later than it took effect");
    }
    let _ = write!(text, "\n  acts in its history: {}, the last of {}", licence.history.len, licence.changed_at);
}

/// All acts on a licence.
pub(crate) async fn history(client: &Client, id: &LicenceId) -> Result<Answer> {
    let mut page = client.licence_history(id, 0).await?;
    let as_of = page.as_of;
    let Some(licence) = page.licence else {
        let text = format!("Licence {id} is unknown to the ledger: never issued.\n{}", as_of_text(as_of));
        let json = json!({ "acts": null, "as_of": as_of_json(as_of) });
        return Ok(Answer::done(text, json).exit(Exit::NotValid));
    };
    let mut acts = Vec::new();
    while !page.acts.is_empty() {
        acts.append(&mut page.acts);
        let have = u64::try_from(acts.len()).unwrap_or(u64::MAX);
        if have >= licence.history.len {
            break;
        }
        page = client.licence_history(id, have).await?;
    }
    let mut text =
        format!("Licence {}; acts on it: {}", licence.base.at_version(licence.version)?, licence.history.len);
    for entry in &acts {
        let _ = write!(text, "\n  {}", told(entry));
    }
    let _ = write!(text, "\n{}", as_of_text(as_of));
    let acts: Vec<_> = acts.iter().map(act_json).collect();
    Ok(Answer::done(text, json!({ "acts": acts, "as_of": as_of_json(as_of) })))
}

fn told(Entry { recorded_at, at, act }: &Entry) -> String {
    let late = if act.effective_at.is_some() { ", later than it took effect" } else { "" };
    let name = verb(&act.change).replace('-', " ");
    format!("{at}  {name} by {}, version {:03}, recorded in block {recorded_at}{late}", act.by, act.licence.version())
}

fn act_json(Entry { recorded_at, at, act }: &Entry) -> Value {
    let json = json!({
        "act": verb(&act.change).replace('-', "_"),
        "at_ms": at,
        "recorded_at": recorded_at,
        "identifier": act.licence,
        "by": act.by,
        "effective_at_ms": act.effective_at,
    });
    match &act.change {
        Change::Issue(grant) => with(json, "term", grant.term),
        Change::TakeOver { from, grant } => with(with(json, "term", grant.term), "register", from),
        Change::Renew { term, .. } => with(json, "term", term),
        Change::Amend { until, holder, .. } => with(with(json, "until_ms", until), "new_holder", holder.is_some()),
        Change::Suspend { from, until } => with(with(json, "from_ms", from), "until_ms", until),
        Change::Annul { void_from, .. } => with(json, "void_from_ms", void_from),
        Change::TransferOut { to } => with(json, "to", to),
        Change::TransferIn { from, grant } => with(with(json, "term", grant.term), "from", from),
        Change::IssueJointly { grant, with: others, needed, until } => {
            let json = with(with(json, "term", grant.term), "with", others);
            with(with(json, "needed", needed), "lapses_ms", until)
        }
        Change::Resume
        | Change::Revoke
        | Change::Cancel
        | Change::Withdraw { .. }
        | Change::Spare { .. }
        | Change::Reinstate { .. }
        | Change::Correct { .. }
        | Change::AbortTransfer
        | Change::Cosign => json,
    }
}

/// What a licence says, as this vault knows it.
pub(crate) async fn fields(id: &LicenceId, vault: &Vault, client: &Client) -> Result<Answer> {
    let kept = kept(id, vault, client).await?;
    let mut text = format!("Licence {} says:", kept.licence);
    for field in kept.contents.fields() {
        let _ = write!(text, "\n  {} = {}", field.name, field.value);
    }
    Ok(Answer::done(text, json!({ "identifier": kept.licence, "fields": to_json(&kept.contents.fields()) })))
}

/// Some fields, with all that shows them, as a file.
pub(crate) async fn disclose(
    id: &LicenceId,
    vault: &Vault,
    client: &Client,
    names: &[String],
    file: &Path,
) -> Result<Answer> {
    let kept = kept(id, vault, client).await?;
    let mut shown = Vec::new();
    for name in names {
        let absent = || Usage(format!("the licence has no field {name}; see `bulla licence fields`"));
        shown.push(kept.contents.disclose(name).ok_or_else(absent)?);
    }
    let json = serde_json::to_string_pretty(&shown)? + "\n";
    fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))?;
    let text = format!("{} shows {} and nothing else.", file.display(), names.join(", "));
    Ok(Answer::done(text, json!({ "file": file, "fields": names })))
}

async fn kept(id: &LicenceId, vault: &Vault, client: &Client) -> Result<Kept> {
    let record = client.licence(id, false).await?.record;
    let licence = record.with_context(|| format!("licence {id} is unknown to the ledger; check the identifier"))?;
    vault.need(&licence.base.at_version(licence.version)?, &licence.contents)
}
