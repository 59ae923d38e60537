//! `bulla governance recover`: the written recovery. More validators than the chain bears lost what they signed; all operators agree
//! on the last block that stands and on new keys, one writes it down, and each signs with the old key and with the new one.
//!
//! No node decides anything by it: it is handed to `bullad recover` on each machine.

use crate::answer::{Answer, Usage};
use crate::connection::{Node, check_chain, read_genesis};
use crate::prompt;
use anyhow::{Context, Result, bail, ensure};
use bulla_proto::answer::NodeStatus;
use bulla_proto::{Client, Timeouts};
use bulla_verify::chain::{HeaderHash, Height};
use bulla_verify::keys::PublicKey;
use bulla_verify::recovery::{Agreement, Paper, Renewal};
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Recover {
    /// Write down the last block that any of these nodes holds, and a new key for each validator.
    Propose {
        /// A validator's key until now and its new one, again for each: each a public key, or the FILE.pub that holds it.
        #[arg(long = "renew", value_name = "OLD=NEW", required = true, value_parser = renewal)]
        renewals: Vec<Renewal>,
        /// The file to write.
        #[arg(long = "to", value_name = "FILE")]
        file: PathBuf,
        /// The network's genesis file.
        #[arg(long, value_name = "FILE", default_value = "genesis.json")]
        genesis: PathBuf,
        /// A node to ask for its last block, again for each that is left: the highest one stands.
        #[arg(long = "node", value_name = "URL", default_value = "http://127.0.0.1:7400")]
        nodes: Vec<String>,
    },
    /// Sign it: once with the key until now, once with the new one. Refused if one's own node holds a later block.
    Sign {
        /// The file.
        file: PathBuf,
        /// The key file to sign with.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// A file with the passphrase of the key, in one line. Without it, you are asked.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        node: Node,
    },
    /// What the file says, who has not signed, and what to do then.
    Show {
        /// The file.
        file: PathBuf,
    },
}

impl Recover {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Recover::Propose { renewals, file, genesis, nodes } => propose(renewals, &file, &genesis, &nodes).await,
            Recover::Sign { file, key, passphrase_file, node } => {
                sign(&file, &key, passphrase_file.as_deref(), &node).await
            }
            Recover::Show { file } => Ok(told(&file, &open(&file)?, None)),
        }
    }
}

async fn propose(mut keys: Vec<Renewal>, file: &Path, genesis: &Path, nodes: &[String]) -> Result<Answer> {
    let genesis = read_genesis(genesis)?;
    let mut last: Option<(NodeStatus, Client)> = None;
    for node in nodes {
        let client = Client::connect(node, Timeouts::default()).await?;
        check_chain(&client, &genesis).await?;
        let status = client.status().await?;
        let place = |status: &NodeStatus| (status.height, status.header_hash);
        if let Some((other, _)) = last.as_ref().filter(|(other, _)| other.height == status.height) {
            ensure!(
                place(other) == place(&status),
                "two nodes hold different blocks {}: this is a fork, and nothing to recover from; see `bulla verify fork`",
                status.height
            );
        }
        if last.as_ref().is_none_or(|(other, _)| other.height < status.height) {
            last = Some((status, client));
        }
    }
    let (status, client) = last.context("a node is named by default")?;
    keys.sort_by_key(|renewal| renewal.from);
    let (chain, height, last) = (status.chain, status.height, status.header_hash);
    let agreement = Agreement { chain, height, last, keys };
    // The chain stands still, so these are the validators that its last block names.
    let set = client.validators().await?.validators.set;
    agreement.renew(&set).map_err(|reason| Usage(reason.to_string()))?;
    let paper = Paper::new(agreement);
    save(file, &paper)?;
    Ok(told(file, &paper, None))
}

async fn sign(file: &Path, key: &Path, passphrase_file: Option<&Path>, node: &Node) -> Result<Answer> {
    let mut paper = open(file)?;
    let status = node.connect().await?.status().await?;
    let Agreement { chain, height, last, .. } = paper.agreement;
    ensure!(status.chain == chain, "the file is of chain {chain}, the node is of chain {}", status.chain);
    check_is_last((height, last), &status)?;
    let key = crate::keys::open(key, &prompt::passphrase(key, passphrase_file)?)?;
    let public = key.public();
    ensure!(paper.sign(&key), Usage(format!("{public} is none of the keys that are to sign this file")));
    save(file, &paper)?;
    Ok(told(file, &paper, Some(public)))
}

/// Whoever holds a later block, or another one, must not sign: it would be given up.
fn check_is_last((height, last): (Height, HeaderHash), status: &NodeStatus) -> Result<()> {
    if status.height > height {
        bail!(
            "this node holds block {}, above block {height} of the file: what was decided would be given up. Do not sign; have \
             a file written that goes on from block {}",
            status.height,
            status.height
        );
    }
    let is_other = status.height == height && status.header_hash != last;
    ensure!(
        !is_other,
        "this node's block {height} is another: this is a fork; do not sign, and see `bulla verify fork`"
    );
    Ok(())
}

/// What the file says, and what is to be done next.
fn told(file: &Path, paper: &Paper, signed_by: Option<PublicKey>) -> Answer {
    let Agreement { chain, height, last, keys } = &paper.agreement;
    let name = file.display();
    let mut text = format!(
        "Chain {chain} goes on after block {height} ({last}) with these keys; whatever was decided after that block is given up:"
    );
    for Renewal { from, to } in keys {
        let _ = write!(text, "\n  {from}\n    becomes {to}");
    }
    if let Some(key) = signed_by {
        let _ = write!(text, "\nSigned by {key}.");
    }
    let missing = paper.missing();
    for key in &missing {
        let _ = write!(text, "\n  not signed yet: {key}");
    }
    let holds = paper.complete().and_then(|recovery| recovery.check_signatures());
    text.push_str(&match &holds {
        Err(_) if !missing.is_empty() => format!(
            "\nWhat to do: every operator compares block {height} with the last of the own node, and runs `bulla governance recover \
             sign {name} --key KEYFILE` with the old key and with the new one."
        ),
        Err(reason) => format!("\nIt does not hold: {reason}.\nWhat to do: have that key sign again."),
        Ok(()) => format!(
            "\nAll have signed. What to do, every operator with the own node stopped: replace the keys in bullad.toml (consensus_key, \
             and each peer's validator), run `bullad recover {name}`, and start the node. Once blocks are decided again, destroy the \
             old key with `bulla keys destroy`: whoever has all of the old keys could write another branch."
        ),
    });
    let json = json!({
        "file": file, "height": height, "last": last, "keys": keys, "signed_by": signed_by, "missing": missing,
        "complete": holds.is_ok(),
    });
    Answer::done(text, json)
}

fn open(file: &Path) -> Result<Paper> {
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{name} is no file that `bulla governance recover propose` wrote"))
}

fn save(file: &Path, paper: &Paper) -> Result<()> {
    let text = serde_json::to_string_pretty(paper).context("a file of text can be written")?;
    fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
}

fn renewal(text: &str) -> Result<Renewal, String> {
    let (from, to) = text.split_once('=').ok_or("the old key and the new one, as OLD=NEW")?;
    Ok(Renewal { from: crate::keys::public_key(from)?, to: crate::keys::public_key(to)? })
}

#[cfg(test)]
mod tests;
