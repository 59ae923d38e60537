//! `bulla document`: the papers behind acts. Their commitments are opened from a vault, and checked with no node and no vault.

use crate::answer::{Answer, Exit};
use crate::prompt;
use crate::vault::Vault;
use anyhow::{Context, Result};
use bulla_verify::document;
use bulla_verify::hash::Hash;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Document {
    /// Open a commitment that an act of yours made: its salt, to be handed over with the document.
    Open {
        /// The commitment, 64 hexadecimal digits.
        commitment: Hash,
        /// The vault's directory.
        #[arg(long, value_name = "DIR")]
        vault: PathBuf,
        /// A file with the passphrase of the key that the vault was made with. Without it, you are asked.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Check that a document is the one that an act was about. No node is asked.
    Check {
        /// The document.
        file: PathBuf,
        /// The commitment, as the ledger has it.
        #[arg(long, value_name = "HASH")]
        commitment: Hash,
        /// The salt, as it was handed over.
        #[arg(long, value_name = "HASH")]
        salt: Hash,
    },
}

impl Document {
    pub(crate) fn run(self) -> Result<Answer> {
        match self {
            Document::Open { commitment, vault, passphrase_file } => {
                let vault = Vault::open(&vault, &prompt::passphrase(&vault, passphrase_file.as_deref())?)?;
                let paper = vault.paper(&commitment)?;
                let salt = Hash(paper.salt);
                let text = format!("Commitment {commitment}\n  digest {}\n  salt {salt}", paper.digest);
                Ok(Answer::done(text, json!({ "commitment": commitment, "digest": paper.digest, "salt": salt })))
            }
            Document::Check { file, commitment, salt } => {
                let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                let digest = document::digest(&bytes);
                let holds = document::commitment(&digest, &salt.0) == commitment;
                let json = json!({ "holds": holds, "digest": digest });
                let name = file.display();
                Ok(match holds {
                    true => Answer::done(format!("{name} is the document of commitment {commitment}."), json),
                    false => Answer::done(
                        format!("{name} is not the document of commitment {commitment}, or the salt is another."),
                        json,
                    )
                    .exit(Exit::DoesNotHold),
                })
            }
        }
    }
}
