//! `bulla org`: organisations, their keys, the officers under these, and the keys that follow them.

mod officers;

use crate::answer::{Answer, Exit, to_json};
use crate::connection::{Reading, as_of_json, as_of_text};
use crate::proof;
use crate::submit::Submission;
use crate::when;
use anyhow::Result;
use bulla_proto::Client;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::name::Name;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{Act, KeyCommitment, Organisation};
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Org {
    /// Register an organisation beneath its superior. Signed by a registrar of the superior.
    Register {
        /// Its unified social credit code, 18 characters.
        uscc: Uscc,
        /// Its official name.
        #[arg(long)]
        name: Name,
        /// The region in which it may act: six digits, within its superior's.
        #[arg(long)]
        region: RegionCode,
        /// Its level: national, provincial, municipal or county. Without it, the level of its region.
        #[arg(long, value_parser = level)]
        level: Option<Level>,
        /// The superior, which registers it.
        #[arg(long, value_name = "USCC")]
        parent: Uscc,
        #[command(flatten)]
        submission: Submission,
    },
    /// Give an organisation a key, from the next block on. Signed by a registrar of it or of its superior.
    Key {
        /// The organisation.
        uscc: Uscc,
        /// The public key, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        public_key: PublicKey,
        /// What it may do; several times for several: registrar, historical-registrar, issuer, recorder, steward, auditor,
        /// identity-authority, operator, supervisor, intake, consumer.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Role>,
        /// The key that may follow it, made now and kept in another place: only its hash is told. See `bulla org rotate`.
        #[arg(long, value_name = "KEY", value_parser = crate::keys::public_key)]
        next: Option<PublicKey>,
        #[command(flatten)]
        submission: Submission,
    },
    /// Take a key away, from the next block on. Signed by a registrar of its organisation or of the superior.
    RetireKey {
        /// The public key, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        public_key: PublicKey,
        #[command(flatten)]
        submission: Submission,
    },
    /// Say, once, which key may follow a key: of that one only the hash is told. Signed as `bulla org key` is.
    CommitNext {
        /// The public key, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        public_key: PublicKey,
        /// The key that may follow, made now and kept in another place.
        #[arg(long, value_name = "KEY", value_parser = crate::keys::public_key)]
        next: PublicKey,
        #[command(flatten)]
        submission: Submission,
    },
    /// Put the key that was committed to in a key's place, from the next block on, with all that it may do. Signed by the new
    /// key alone, so it also serves when the old one is lost or stolen. Officers under the old key end with it.
    Rotate {
        /// The public key until now, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        from: PublicKey,
        /// The key that follows.
        #[arg(value_parser = crate::keys::public_key)]
        to: PublicKey,
        /// The key that may follow the new one.
        #[arg(long, value_name = "KEY", value_parser = crate::keys::public_key)]
        next: Option<PublicKey>,
        #[command(flatten)]
        submission: Submission,
    },
    /// Say that a key, a department's or an officer's, is in wrong hands: it acts no more from the next block on. Signed by
    /// the key itself, or by a registrar of its organisation or of the superior.
    ReportCompromise {
        /// The public key, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        public_key: PublicKey,
        /// Since when. What it signed since is to be reviewed.
        #[arg(long, value_name = "DATE", value_parser = when::instant)]
        since: Millis,
        #[command(flatten)]
        submission: Submission,
    },
    /// Let an officer's key act under a department's key, from the next block on. Signed by the department's key itself.
    Appoint(officers::Appoint),
    /// End an officer's appointment, from the next block on. Signed by the department's key, or by whoever may retire that.
    Dismiss {
        /// The officer's public key, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        public_key: PublicKey,
        #[command(flatten)]
        submission: Submission,
    },
    /// Show an organisation.
    Show(Show),
}

#[derive(clap::Args)]
pub(crate) struct Show {
    /// Its unified social credit code.
    uscc: Uscc,
    /// Also save a proof file.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    #[command(flatten)]
    node: Reading,
}

impl Org {
    pub(crate) async fn run(self) -> Result<Answer> {
        let (acts, submission) = match self {
            Org::Show(show) => return show.run().await,
            Org::Appoint(appoint) => return appoint.run().await,
            Org::Register { uscc, name, region, level, parent, submission } => {
                let level = level.unwrap_or(region.level());
                (vec![Act::Register { uscc, name, level, region, parent }], submission)
            }
            Org::Key { uscc, public_key: key, roles, next, submission } => {
                let roles = roles.into_iter().collect();
                let commit = next.map(|next| Act::CommitNext { key, next: KeyCommitment::to(&next) });
                let register = Act::RegisterKey { organisation: uscc, key, roles };
                ([register].into_iter().chain(commit).collect(), submission)
            }
            Org::RetireKey { public_key, submission } => (vec![Act::RetireKey { key: public_key }], submission),
            Org::CommitNext { public_key, next, submission } => {
                (vec![Act::CommitNext { key: public_key, next: KeyCommitment::to(&next) }], submission)
            }
            Org::Rotate { from, to, next, submission } => {
                let next = next.as_ref().map(KeyCommitment::to);
                (vec![Act::Rotate { key: from, to, next }], submission)
            }
            Org::ReportCompromise { public_key, since, submission } => {
                (vec![Act::ReportCompromise { key: public_key, since }], submission)
            }
            Org::Dismiss { public_key, submission } => (vec![Act::Dismiss { key: public_key }], submission),
        };
        submission.open().await?.submit(acts.into_iter().map(Operation::Organisation).collect()).await
    }
}

impl Show {
    pub(crate) async fn run(self) -> Result<Answer> {
        show(&self.node.connect().await?, &self.uscc, self.proof.as_deref()).await
    }
}

async fn show(client: &Client, uscc: &Uscc, proof_file: Option<&Path>) -> Result<Answer> {
    let found = client.organisation(uscc, proof_file.is_some()).await?;
    let saved = proof::save_if_asked(proof_file, found.proof.as_deref())?;
    let json = json!({ "organisation": to_json(&found.record), "as_of": as_of_json(found.as_of), "proof": proof_file });
    let Some(Organisation { name, level, region, parent, .. }) = &found.record else {
        let text = format!("Organisation {uscc} is not registered.\n{}{saved}", as_of_text(found.as_of));
        return Ok(Answer::done(text, json).exit(Exit::NotValid));
    };
    let superior = parent.map_or("none: it stands in genesis".to_owned(), |parent| parent.to_string());
    let text = format!(
        "Organisation {uscc}: {name}\n  {level}, region {region}\n  superior: {superior}\n{}{saved}",
        as_of_text(found.as_of)
    );
    Ok(Answer::done(text, json))
}

fn level(text: &str) -> Result<Level, String> {
    let levels = [Level::National, Level::Provincial, Level::Municipal, Level::County];
    let named = levels.into_iter().find(|level| level.to_string() == text);
    named.ok_or_else(|| "a level is national, provincial, municipal or county".into())
}
