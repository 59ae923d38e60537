//! `bulla proof`: proof files from a node, to be checked by anyone with `bulla verify`.

use crate::answer::Answer;
use crate::connection::{Reading, check_chain, read_genesis};
use anyhow::{Context, Result, bail};
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::Height;
use bulla_verify::decision::Decided;
use bulla_verify::proof::{Claim, StatusProof};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Proof {
    /// Save the proof of what the ledger holds on a licence, an organisation or a licence type; or that it holds nothing.
    Save {
        /// A licence identifier, a unified social credit code, or the code of a licence type.
        #[arg(value_parser = claim)]
        what: Claim,
        /// The file to write: by custom *.bulla.
        file: PathBuf,
        /// As of which of the last 257 blocks; the last, if nothing is said.
        #[arg(long, value_name = "N")]
        height: Option<u64>,
        /// The network's genesis file, to check the proof with before it is saved.
        #[arg(long, value_name = "FILE")]
        genesis: Option<PathBuf>,
        #[command(flatten)]
        node: Reading,
    },
    /// Save a block's certified header, with what leads to it from genesis: to pin it, or to compare it with another.
    Header {
        /// The file to write.
        file: PathBuf,
        /// Which block; the last, if nothing is said.
        #[arg(long, value_name = "N")]
        height: Option<u64>,
        #[command(flatten)]
        node: Reading,
    },
}

impl Proof {
    pub(crate) async fn run(self) -> Result<Answer> {
        let (what, file, height, genesis, node) = match self {
            Proof::Save { what, file, height, genesis, node } => (what, file, height, genesis, node),
            Proof::Header { file, height, node } => return header(&file, height.map(Height), &node).await,
        };
        let client = node.connect().await?;
        let genesis = genesis.map(|path| read_genesis(&path)).transpose()?;
        if let Some(genesis) = &genesis {
            check_chain(&client, genesis).await?;
        }
        let proof = client.proof(&what, height.map(Height)).await?;
        if let Some(genesis) = &genesis {
            let anchor = Anchor::genesis(genesis);
            check(&proof, &what, &anchor).context("the node gave a proof that does not hold; ask another node")?;
        }
        save(&file, &proof)?;
        let text = format!(
            "The proof on {what} is in {} ({} bytes).\nAnyone can check it: `bulla verify {} --anchor genesis.json`.",
            file.display(),
            proof.len(),
            file.display()
        );
        Ok(Answer::done(text, json!({ "file": file, "bytes": proof.len(), "claim": what })))
    }
}

async fn header(file: &Path, height: Option<Height>, node: &Reading) -> Result<Answer> {
    let bytes = node.connect().await?.header(height).await?;
    let decided = Decided::decode(&bytes).context("the node gave no header; ask another node")?;
    save(file, &bytes)?;
    let height = decided.block.header.height();
    let text = format!(
        "The header of block {height} is in {} ({} bytes).\nTo begin from it: `bulla anchor pin {}`.",
        file.display(),
        bytes.len(),
        file.display()
    );
    Ok(Answer::done(text, json!({ "file": file, "bytes": bytes.len(), "height": height })))
}

/// Saves a proof that came with an answer, if one was asked for; the line that says so.
pub(crate) fn save_if_asked(file: Option<&Path>, proof: Option<&[u8]>) -> Result<String> {
    match (file, proof) {
        (None, _) => Ok(String::new()),
        (Some(_), None) => bail!("the node gave no proof; try again when the first block is made"),
        (Some(file), Some(proof)) => {
            save(file, proof)?;
            Ok(format!("\n  proof saved in {}", file.display()))
        }
    }
}

fn save(file: &Path, proof: &[u8]) -> Result<()> {
    fs::write(file, proof).with_context(|| format!("cannot write {}", file.display()))
}

fn check(proof: &[u8], what: &Claim, anchor: &Anchor) -> Result<()> {
    let proven = StatusProof::decode(proof)?.check(anchor)?;
    if proven.claim() != what {
        bail!("it is a proof on {}", proven.claim());
    }
    Ok(())
}

fn claim(text: &str) -> Result<Claim, String> {
    let told = |error: &dyn std::error::Error| error.to_string();
    match text.len() {
        18 => text.parse().map(Claim::Organisation).map_err(|error| told(&error)),
        21 => text.parse().map(Claim::LicenceType).map_err(|error| told(&error)),
        _ => text.parse().map(Claim::Licence).map_err(|error| told(&error)),
    }
}
