//! `bulla org`: organisations and their keys.

use crate::answer::{Answer, Exit, to_json};
use crate::connection::{Reading, as_of_json, as_of_text};
use crate::proof;
use crate::submit::Submission;
use anyhow::Result;
use bulla_proto::Client;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::name::Name;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{Act, Organisation};
use bulla_verify::roles::Role;
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
        /// identity-authority, operator, supervisor, intake.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Role>,
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
        let (act, submission) = match self {
            Org::Show(show) => return show.run().await,
            Org::Register { uscc, name, region, level, parent, submission } => {
                let level = level.unwrap_or(region.level());
                (Act::Register { uscc, name, level, region, parent }, submission)
            }
            Org::Key { uscc, public_key, roles, submission } => {
                let roles = roles.into_iter().collect();
                (Act::RegisterKey { organisation: uscc, key: public_key, roles }, submission)
            }
            Org::RetireKey { public_key, submission } => (Act::RetireKey { key: public_key }, submission),
        };
        submission.open().await?.submit(vec![Operation::Organisation(act)]).await
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
