//! Signing operations and handing them to a node, and saying what became of them.

use crate::answer::{Answer, Exit, Told, Usage, note, refusal_json, with};
use crate::connection::{Reading, read_genesis};
use crate::{prompt, when};
use anyhow::{Error, Result, ensure};
use bulla_keystore::random;
use bulla_proto::answer::{Checked, Final, Refusal, Stage};
use bulla_proto::{Client, ClientError};
use bulla_verify::chain::{Height, TxId};
use bulla_verify::genesis::Genesis;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::operation::Operation;
use bulla_verify::refusal::{self, Code, Outcome};
use bulla_verify::transaction::{Body, Envelope, Malformed, Mode};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// Who signs, for which network, and how long to wait.
#[derive(clap::Args)]
#[command(next_help_heading = "Signing and sending")]
pub(crate) struct Submission {
    #[command(flatten)]
    node: Reading,
    /// The network's genesis file: it says for which network the act is.
    #[arg(long, value_name = "FILE", default_value = "genesis.json")]
    genesis: PathBuf,
    /// A key file to sign with; given several times, all of them sign.
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// A file with the passphrase of the key, in one line: one for each key in their order, or one for all. Without it, you
    /// are asked.
    #[arg(long = "passphrase-file", value_name = "FILE")]
    passphrase_files: Vec<PathBuf>,
    /// Wait until the act is final, for so many seconds at most.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30", require_equals = true)]
    wait: Option<u32>,
    /// Only ask what the ledger would say. Nothing is recorded.
    #[arg(long, conflicts_with = "wait")]
    check: bool,
}

/// All that signing needs, opened.
pub(crate) struct Signing {
    /// The node.
    pub(crate) client: Client,
    /// The network.
    pub(crate) genesis: Genesis,
    keys: Vec<SigningKey>,
    passphrase: Zeroizing<String>,
    wait: Duration,
    check: bool,
}

impl Submission {
    /// Opens the keys and connects.
    pub(crate) async fn open(&self) -> Result<Signing> {
        let genesis = read_genesis(&self.genesis)?;
        let passphrases = self.passphrases()?;
        let mut keys = Vec::new();
        for (file, passphrase) in self.keys.iter().zip(&passphrases) {
            keys.push(crate::keys::open(file, passphrase)?);
        }
        let mut public: Vec<_> = keys.iter().map(SigningKey::public).collect();
        public.sort();
        public.dedup();
        ensure!(public.len() == keys.len(), Usage("one key is given twice; give it once".into()));
        let passphrase = passphrases.into_iter().next().expect("clap demands a key, and each has a passphrase");
        let wait = Duration::from_secs(self.wait.unwrap_or(0).into());
        Ok(Signing { client: self.node.connect().await?, genesis, keys, passphrase, wait, check: self.check })
    }

    /// Connects, to ask before signing.
    pub(crate) async fn connect(&self) -> Result<Client> {
        Ok(self.node.connect().await?)
    }

    /// Where what stays off the ledger is kept, if nothing else is said: beside the first key.
    pub(crate) fn vault_directory(&self) -> PathBuf {
        let key = self.keys.first().map_or(Path::new(""), PathBuf::as_path);
        key.with_file_name("vault")
    }

    fn passphrases(&self) -> Result<Vec<Zeroizing<String>>> {
        let files = &self.passphrase_files;
        let (found, wanted) = (files.len(), self.keys.len());
        ensure!(
            found <= 1 || found == wanted,
            Usage(format!("{found} passphrase files for {wanted} keys; give one for each key, or one for all"))
        );
        let file_of = |place: usize| files.get(place).or_else(|| files.last()).map(PathBuf::as_path);
        self.keys.iter().enumerate().map(|(place, key)| prompt::passphrase(key, file_of(place))).collect()
    }
}

impl Signing {
    /// The first key.
    pub(crate) fn first(&self) -> Option<PublicKey> {
        self.keys.first().map(SigningKey::public)
    }

    /// The passphrase of the first key.
    pub(crate) fn passphrase(&self) -> &str {
        &self.passphrase
    }

    /// Signs the operations, all or nothing, and hands them over. Says what became of them as far as is known.
    pub(crate) async fn submit(&self, operations: Vec<Operation>) -> Result<Answer> {
        let envelope = self.sign(operations.clone());
        // What can never be in a block, personal data among it, does not leave this machine.
        envelope.clone().check(self.genesis.chain()).map_err(|malformed| ClientError::Refused(own(&malformed)))?;
        if self.check {
            return Ok(checked(&self.client.check(&envelope).await?));
        }
        let id = envelope.body.id();
        if !self.wait.is_zero() {
            note(format_args!("transaction {id} is sent; waiting until it is final"));
        }
        let submitted = self.client.submit(&envelope, self.wait).await.map_err(|error| unknown(error, id))?;
        match submitted.stage {
            Stage::Admitted => {
                let text = format!(
                    "Admitted as transaction {id}; not recorded yet.\nWhat became of it: `bulla query transaction {id}`."
                );
                Ok(Answer::done(text, json!({ "transaction": id, "stage": "admitted" })))
            }
            Stage::Waiting => Ok(waiting(id)),
            Stage::Final(place) => {
                let texts = if place.outcomes.iter().all(|outcome| *outcome == Outcome::Applied) {
                    Vec::new()
                } else {
                    self.explain(operations, place.height).await
                };
                Ok(recorded(id, &place, &texts))
            }
        }
    }

    /// Signs operations for this network.
    pub(crate) fn sign(&self, operations: Vec<Operation>) -> Envelope {
        let window_ms = i64::from(self.genesis.parameters.replay_window_ms);
        let body = Body {
            chain: self.genesis.chain(),
            nonce: *random(),
            // In the middle of what is allowed: this clock may be wrong in either direction.
            expires_at: when::now().plus(window_ms.div_euclid(2)),
            signers: Vec::new(),
            mode: Mode::AllOrNothing,
            operations,
        };
        body.sign(&self.keys.iter().collect::<Vec<_>>())
    }

    /// A block keeps of a refusal its code alone. What was expected and found, the node says when asked about the same
    /// operations anew, in no older state; if it cannot be asked any more, the code and the advice must do.
    async fn explain(&self, operations: Vec<Operation>, recorded: Height) -> Vec<Refusal> {
        let client = self.client.at_least(recorded);
        client.check(&self.sign(operations)).await.map(|checked| checked.refusals).unwrap_or_default()
    }
}

/// Whether an act may stand on the ledger, for all that is known.
pub(crate) fn may_be_recorded(result: &Result<Answer>) -> bool {
    match result {
        Ok(answer) => answer.exit != Exit::Refused && answer.json.get("stage").is_none_or(|stage| stage != "checked"),
        Err(error) => error.downcast_ref::<ClientError>().is_some_and(ClientError::is_unreachable),
    }
}

fn unknown(error: ClientError, id: TxId) -> Error {
    let unreachable = error.is_unreachable();
    let error = Error::from(error);
    if unreachable {
        error.context(format!(
            "whether transaction {id} was taken in is not known; ask for it with `bulla query transaction {id}`"
        ))
    } else {
        error
    }
}

/// What this program refuses by itself.
pub(crate) fn own(malformed: &Malformed) -> Refusal {
    let code = malformed.code();
    let advice = malformed.advice().into();
    Refusal { code, name: entry(code).0.into(), text: malformed.to_string(), advice, operation: None }
}

/// A transaction that is not final yet.
pub(crate) fn waiting(id: TxId) -> Answer {
    let text = format!(
        "Transaction {id} is not final yet; it may still become so.\nWhat to do: ask again with `bulla query transaction {id} --wait`."
    );
    Answer::done(text, json!({ "transaction": id, "stage": "waiting" })).exit(Exit::CannotTell)
}

/// A transaction that is final. `texts` are refusals whose words fit those that were recorded.
pub(crate) fn recorded(id: TxId, place: &Final, texts: &[Refusal]) -> Answer {
    let Final { height, index, outcomes } = place;
    let told: Vec<_> = (0u32..).zip(outcomes).map(|(at, outcome)| tell(at, outcome, texts)).collect();
    let refused: Vec<_> = told.iter().filter_map(|(text, _)| text.as_deref()).collect();
    let exit = if refused.is_empty() { Exit::Done } else { Exit::Refused };
    let text = if refused.is_empty() {
        format!("Recorded in block {height}, as transaction {id}.")
    } else {
        format!("Refused, and recorded as such in block {height}, as transaction {id}.\n{}", refused.join("\n"))
    };
    let outcomes: Vec<_> = told.into_iter().map(|(_, json)| json).collect();
    let json = json!({ "transaction": id, "stage": "final", "height": height, "index": index, "outcomes": outcomes });
    Answer::done(text, json).exit(exit)
}

/// One outcome: words if it is a refusal, and JSON.
fn tell(at: u32, outcome: &Outcome, texts: &[Refusal]) -> (Option<String>, Value) {
    match outcome {
        Outcome::Applied => (None, json!({ "outcome": "applied" })),
        Outcome::Dropped => (None, json!({ "outcome": "dropped" })),
        Outcome::Refused(code) => {
            let fitting = texts.iter().find(|refusal| refusal.code == *code && refusal.operation == Some(at));
            let (name, advice) = entry(*code);
            let plain = Refusal {
                code: *code,
                name: name.into(),
                text: format!("rule {name}"),
                advice: advice.into(),
                operation: Some(at),
            };
            let refusal = fitting.unwrap_or(&plain);
            (Some(Told(refusal).to_string()), with(refusal_json(refusal), "outcome", "refused"))
        }
    }
}

fn entry(code: Code) -> (&'static str, &'static str) {
    let known = refusal::table().find(|entry| entry.code == code);
    known.map_or(("unknown", "use a client of the node's version"), |entry| (entry.name, entry.advice))
}

/// What the ledger would say.
pub(crate) fn checked(Checked { refusals, as_of }: &Checked) -> Answer {
    let json = json!({
        "stage": "checked",
        "refusals": refusals.iter().map(refusal_json).collect::<Vec<_>>(),
        "as_of": crate::connection::as_of_json(*as_of),
    });
    if refusals.is_empty() {
        return Answer::done(
            format!("The ledger would accept this, as of block {}. Nothing is recorded.", as_of.height),
            json,
        );
    }
    let told: Vec<_> = refusals.iter().map(|refusal| Told(refusal).to_string()).collect();
    let text = format!(
        "The ledger would refuse this, as of block {}. Nothing is recorded.\n{}",
        as_of.height,
        told.join("\n")
    );
    Answer::done(text, json).exit(Exit::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::hash::Hash;

    fn place(outcomes: Vec<Outcome>) -> Final {
        Final { height: Height(7), index: 0, outcomes }
    }

    #[test]
    fn a_refused_outcome_is_told_with_its_words_or_at_least_with_its_advice() {
        let refused = place(vec![Outcome::Dropped, Outcome::Refused(Code(507))]);
        let bare = recorded(TxId(Hash([1; 32])), &refused, &[]);
        assert_eq!(bare.exit, Exit::Refused);
        assert!(bare.text.contains("BUL-0507") && bare.text.contains("take another serial"), "{}", bare.text);
        let words = |operation| Refusal {
            code: Code(507),
            name: "LicenceExists".into(),
            text: "licence X exists already".into(),
            advice: "take another serial".into(),
            operation: Some(operation),
        };
        let told = recorded(TxId(Hash([1; 32])), &refused, &[words(0), words(1)]);
        assert!(told.text.contains("licence X exists already"));
        assert_eq!(told.json["outcomes"][0]["outcome"], "dropped");
        assert_eq!(told.json["outcomes"][1]["code"], "BUL-0507");
        let elsewhere = recorded(TxId(Hash([1; 32])), &refused, &[words(0)]);
        assert!(!elsewhere.text.contains("licence X"), "another operation's words are not taken");
    }

    #[test]
    fn what_was_applied_is_done() {
        let done = recorded(TxId(Hash([1; 32])), &place(vec![Outcome::Applied; 2]), &[]);
        assert_eq!((done.exit, done.json["height"].as_u64()), (Exit::Done, Some(7)));
    }

    #[test]
    fn only_what_surely_is_not_recorded_counts_as_such() {
        let id = TxId(Hash([1; 32]));
        let applied = recorded(id, &place(vec![Outcome::Applied]), &[]);
        let refused = recorded(id, &place(vec![Outcome::Refused(Code(507))]), &[]);
        let silent = ClientError::NoAnswer { endpoint: "e".into(), within: Duration::ZERO };
        let busy = ClientError::Busy { message: "m".into() };
        for (result, expected) in [
            (Ok(applied), true),
            (Ok(waiting(id)), true),
            (Err(unknown(silent, id)), true),
            (Ok(refused), false),
            (Err(unknown(busy, id)), false),
            (Ok(Answer::done("", json!({ "stage": "checked" }))), false),
        ] {
            assert_eq!(may_be_recorded(&result), expected, "{result:?}");
        }
    }
}
