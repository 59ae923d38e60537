//! `bulla governance`: who decides blocks. A change needs many signatures: one operator writes it into a file, the others sign
//! the file one after another, each where the key is, and anyone submits it.

mod recover;

use crate::answer::{Answer, Usage};
use crate::connection::{Reading, as_of_json, as_of_text, check_chain, read_genesis};
use crate::{prompt, submit, when};
use anyhow::{Context, Result, bail, ensure};
use bulla_keystore::random;
use bulla_proto::ClientError;
use bulla_proto::answer::{Governed, Stage};
use bulla_verify::canonical;
use bulla_verify::governance::{Act, Follower, FollowerChange, SetChange};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, Signature};
use bulla_verify::operation::Operation;
use bulla_verify::transaction::{Body, Envelope, MAX_ENVELOPE_BYTES, Mode};
use bulla_verify::validators::Validator;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(clap::Subcommand)]
pub(crate) enum Governance {
    /// Who decides blocks, who is marked, and who only follows.
    Validators {
        #[command(flatten)]
        node: Reading,
    },
    /// Write a change into a file, for all who must sign it.
    #[command(subcommand)]
    Propose(Propose),
    /// Sign such a file with one's own key. No node is needed.
    Sign {
        /// The file.
        file: PathBuf,
        /// The key file to sign with: a consensus key of those that the file names.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// A file with the passphrase of the key, in one line. Without it, you are asked.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Go on after too many validators lost what they signed: a record that all operators sign, with new keys.
    #[command(subcommand)]
    Recover(recover::Recover),
    /// Hand a file over that all have signed.
    Submit {
        /// The file.
        file: PathBuf,
        /// The network's genesis file.
        #[arg(long, value_name = "FILE", default_value = "genesis.json")]
        genesis: PathBuf,
        /// Wait until the change is final, for so many seconds at most.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30", require_equals = true)]
        wait: Option<u32>,
        #[command(flatten)]
        node: Reading,
    },
}

#[derive(clap::Subcommand)]
pub(crate) enum Propose {
    /// A key joins the validators, and signs too. Its node must be able to connect: see `follow`.
    Join {
        /// The public key, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        key: PublicKey,
        /// The organisation that runs the node.
        #[arg(long, value_name = "USCC")]
        organisation: Uscc,
        /// Its weight in a quorum.
        #[arg(long, default_value_t = 1)]
        power: u64,
        #[command(flatten)]
        to: Paper,
    },
    /// A validator leaves.
    Leave {
        /// Its public key, or the FILE.pub that holds it.
        #[arg(value_parser = crate::keys::public_key)]
        key: PublicKey,
        #[command(flatten)]
        to: Paper,
    },
    /// A validator votes under another key, which signs too.
    Rotate {
        /// Its public key until now.
        #[arg(value_parser = crate::keys::public_key)]
        from: PublicKey,
        /// Its new one.
        #[arg(value_parser = crate::keys::public_key)]
        to_key: PublicKey,
        #[command(flatten)]
        to: Paper,
    },
    /// A node may connect, to follow and to catch up before its key joins.
    Follow {
        /// The public half of its consensus key.
        #[arg(value_parser = crate::keys::public_key)]
        key: PublicKey,
        /// The public half of its network key.
        #[arg(long, value_name = "KEY", value_parser = crate::keys::public_key)]
        network: PublicKey,
        /// The organisation that runs it.
        #[arg(long, value_name = "USCC")]
        organisation: Uscc,
        #[command(flatten)]
        to: Paper,
    },
    /// A node that follows may connect no more.
    Dismiss {
        /// The public half of its consensus key.
        #[arg(value_parser = crate::keys::public_key)]
        key: PublicKey,
        #[command(flatten)]
        to: Paper,
    },
}

/// What is written, and for whom.
#[derive(clap::Args)]
#[command(next_help_heading = "The file")]
pub(crate) struct Paper {
    /// The file to write.
    #[arg(long = "to", value_name = "FILE")]
    file: PathBuf,
    /// A consensus key that will sign, several times for several; all of them must. More than two thirds of the validators,
    /// each key that joins, and a quorum of those who decide then.
    #[arg(long = "signer", value_name = "KEY", required = true, value_parser = crate::keys::public_key)]
    signers: Vec<PublicKey>,
    /// The network's genesis file.
    #[arg(long, value_name = "FILE", default_value = "genesis.json")]
    genesis: PathBuf,
    /// For how long all have time to sign and to submit: 10m at most, unless the network's replay window is longer.
    #[arg(long, value_name = "DURATION", value_parser = when::duration_ms)]
    valid_for: Option<i64>,
}

/// A change with the signatures so far.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// The body's canonical bytes.
    body: String,
    /// The signature of each key that has signed.
    signatures: BTreeMap<String, String>,
}

impl Governance {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Governance::Validators { node } => Ok(validators(&node.connect().await?.validators().await?)),
            Governance::Propose(propose) => propose.run(),
            Governance::Sign { file, key, passphrase_file } => sign(&file, &key, passphrase_file.as_deref()),
            Governance::Recover(recover) => recover.run().await,
            Governance::Submit { file, genesis, wait, node } => submit(&file, &genesis, wait, &node).await,
        }
    }
}

impl Propose {
    fn run(self) -> Result<Answer> {
        let change = |change| Act::ChangeValidators(vec![change]);
        let followers = |change| Act::ChangeFollowers(vec![change]);
        let (act, paper) = match self {
            Propose::Join { key, organisation, power, to } => {
                (change(SetChange::Join(Validator { key, organisation, power })), to)
            }
            Propose::Leave { key, to } => (change(SetChange::Leave(key)), to),
            Propose::Rotate { from, to_key, to } => (change(SetChange::Rotate { from, to: to_key }), to),
            Propose::Follow { key, network, organisation, to } => {
                (followers(FollowerChange::Admit(Follower { key, organisation, network })), to)
            }
            Propose::Dismiss { key, to } => (followers(FollowerChange::Dismiss(key)), to),
        };
        paper.write(act)
    }
}

impl Paper {
    fn write(self, act: Act) -> Result<Answer> {
        let Paper { file, mut signers, genesis, valid_for } = self;
        let genesis = read_genesis(&genesis)?;
        signers.sort();
        signers.dedup();
        if let Some(joins) = act.joining().find(|joins| !signers.contains(joins)) {
            bail!(Usage(format!("{joins} joins and must sign too; name it as --signer")));
        }
        let window_ms = i64::from(genesis.parameters.replay_window_ms);
        // This clock may be ahead of block time by a little.
        let most_ms = window_ms.saturating_sub(i64::from(genesis.parameters.clock_bound_ms));
        let valid_ms = valid_for.unwrap_or(most_ms);
        ensure!(valid_ms <= most_ms, Usage(format!("this network allows {} seconds", most_ms.div_euclid(1_000))));
        let body = Body {
            chain: genesis.chain(),
            nonce: *random(),
            expires_at: when::now().plus(valid_ms),
            signers,
            mode: Mode::AllOrNothing,
            operations: vec![Operation::Governance(act)],
        };
        let signed = Signed { body: hex::encode(canonical::encode(&body)), signatures: BTreeMap::new() };
        signed.save(&file)?;
        let text = format!(
            "{}\nWritten to {}, to be signed by {} keys before {}.\nWhat to do: each of them runs `bulla governance sign {} --key KEYFILE`.",
            words(&body),
            file.display(),
            body.signers.len(),
            body.expires_at,
            file.display()
        );
        let json = json!({ "file": file, "signers": body.signers, "expires_at_ms": body.expires_at });
        Ok(Answer::done(text, json))
    }
}

impl Signed {
    fn open(file: &Path) -> Result<(Signed, Body)> {
        let name = file.display();
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        let unknown = || format!("{name} is no file that `bulla governance propose` wrote");
        let signed: Signed = serde_json::from_str(&text).with_context(unknown)?;
        let body = canonical::decode(&hex::decode(&signed.body).with_context(unknown)?, MAX_ENVELOPE_BYTES);
        Ok((signed, body.with_context(unknown)?))
    }

    fn save(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("a file of text can be written")?;
        fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
    }

    fn missing(&self, body: &Body) -> Vec<PublicKey> {
        body.signers.iter().filter(|key| !self.signatures.contains_key(&key.to_string())).copied().collect()
    }
}

/// What is signed, from the bytes that are signed and nothing else.
fn words(body: &Body) -> String {
    let mut lines = Vec::new();
    for operation in &body.operations {
        match operation {
            Operation::Governance(Act::ChangeValidators(changes)) => lines.extend(changes.iter().map(set_words)),
            Operation::Governance(Act::ChangeFollowers(changes)) => lines.extend(changes.iter().map(follower_words)),
            Operation::Governance(Act::ReportEquivocation(evidence)) => {
                lines.push(format!("{} is reported to have signed two different things", evidence.accused()));
            }
            Operation::Governance(Act::Recover(recovery)) => {
                let height = recovery.agreement.height;
                lines.push(format!("all validators go on under new keys after block {height}"));
            }
            Operation::Governance(Act::Move(terms)) => lines.push(format!("motion {} is moved", terms.id())),
            Operation::Governance(Act::Vote(id)) => lines.push(format!("votes for motion {id}")),
            Operation::Governance(Act::WithdrawMotion(id)) => lines.push(format!("motion {id} is withdrawn")),
            Operation::Organisation(_)
            | Operation::Catalogue(_)
            | Operation::Licence(_)
            | Operation::Law(_)
            | Operation::Subject(_)
            | Operation::Duty(_)
            | Operation::Credit(_)
            | Operation::Case(_)
            | Operation::Erasure(_)
            | Operation::Access(_)
            | Operation::Regions(_)
            | Operation::Recognition(_) => {
                lines.push("an act that is none of governance".into());
            }
        }
    }
    lines.join("\n")
}

fn set_words(change: &SetChange) -> String {
    match change {
        SetChange::Join(Validator { key, organisation, power }) => {
            format!("{key} of {organisation} joins the validators, with power {power}")
        }
        SetChange::Leave(key) => format!("{key} leaves the validators"),
        SetChange::Rotate { from, to } => format!("the validator with {from} votes under {to}"),
    }
}

fn follower_words(change: &FollowerChange) -> String {
    match change {
        FollowerChange::Admit(Follower { key, organisation, network }) => {
            format!("the node {key} of {organisation} may connect, with network key {network}")
        }
        FollowerChange::Dismiss(key) => format!("the node {key} may connect no more"),
    }
}

fn sign(file: &Path, key: &Path, passphrase_file: Option<&Path>) -> Result<Answer> {
    let (mut signed, body) = Signed::open(file)?;
    let key = crate::keys::open(key, &prompt::passphrase(key, passphrase_file)?)?;
    let public = key.public();
    ensure!(body.signers.contains(&public), Usage(format!("{public} is none of the keys that are to sign this file")));
    let signature = key.sign(&body.digest());
    signed.signatures.insert(public.to_string(), hex::encode(canonical::encode(&signature)));
    signed.save(file)?;
    let missing = signed.missing(&body);
    let mut text = format!("{}\nSigned by {public}.", words(&body));
    if missing.is_empty() {
        let _ = write!(text, "\nAll have signed. What to do: `bulla governance submit {}`.", file.display());
    }
    for key in &missing {
        let _ = write!(text, "\n  not signed yet: {key}");
    }
    Ok(Answer::done(text, json!({ "file": file, "signed_by": public, "missing": missing })))
}

async fn submit(file: &Path, genesis: &Path, wait: Option<u32>, node: &Reading) -> Result<Answer> {
    let (signed, body) = Signed::open(file)?;
    let genesis = read_genesis(genesis)?;
    if let Some(key) = signed.missing(&body).first() {
        bail!(Usage(format!("{key} has not signed yet; all that the file names must")));
    }
    let signature = |key: &PublicKey| -> Result<Signature> {
        let text = signed.signatures.get(&key.to_string()).context("every signature was found above")?;
        let bytes = hex::decode(text).with_context(|| format!("the signature of {key} cannot be read"))?;
        canonical::decode(&bytes, bytes.len()).with_context(|| format!("the signature of {key} cannot be read"))
    };
    let signatures = body.signers.iter().map(signature).collect::<Result<_>>()?;
    let envelope = Envelope { body, signatures };
    let id = envelope.body.id();
    envelope.clone().check(genesis.chain()).map_err(|malformed| ClientError::Refused(submit::own(&malformed)))?;
    let client = node.connect().await?;
    check_chain(&client, &genesis).await?;
    // Of a change that would be refused, the node says more now than a block records.
    let checked = client.check(&envelope).await?;
    if !checked.refusals.is_empty() {
        return Ok(submit::checked(&checked));
    }
    let wait = Duration::from_secs(wait.unwrap_or(0).into());
    Ok(match client.submit(&envelope, wait).await?.stage {
        Stage::Admitted => {
            let text = format!(
                "Admitted as transaction {id}; not recorded yet.\nWhat became of it: `bulla query transaction {id}`."
            );
            Answer::done(text, json!({ "transaction": id, "stage": "admitted" }))
        }
        Stage::Waiting => submit::waiting(id),
        Stage::Final(place) => submit::recorded(id, &place, &[]),
    })
}

fn validators(governed: &Governed) -> Answer {
    let Governed { validators, followers, as_of } = governed;
    let set = &validators.set;
    let mut text = format!(
        "{} validators decide from block {} on; a quorum is {} of {}:",
        set.count(),
        validators.from,
        set.quorum(),
        set.total_power()
    );
    for one in set.as_slice() {
        let _ = write!(text, "\n  {} of {}, power {}", one.key, one.organisation, one.power);
        if let Some(offender) = validators.offenders.iter().find(|offender| offender.key == one.key) {
            let _ = write!(text, "; signed two different things, proposes no more from block {} on", offender.from);
        }
    }
    for Follower { key, organisation, network } in &followers.0 {
        let _ = write!(text, "\n  follows: {key} of {organisation}, network key {network}");
    }
    let _ = write!(text, "\n{}", as_of_text(*as_of));
    let json = json!({
        "from": validators.from,
        "validators": set,
        "offenders": validators.offenders,
        "followers": followers,
        "as_of": as_of_json(*as_of),
    });
    Answer::done(text, json)
}
