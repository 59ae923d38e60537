//! `bulla verify`: what a proof file says, with no node and no network.

use crate::answer::{Answer, Exit, Usage, to_json, with};
use crate::when;
use anyhow::{Context, Result, bail};
use bulla_verify::anchor::Anchor;
use bulla_verify::decision::{self, Decided};
use bulla_verify::fields::Disclosure;
use bulla_verify::fork;
use bulla_verify::genesis::Genesis;
use bulla_verify::parameters::Parameters;
use bulla_verify::proof::MAX_BYTES;
use bulla_verify::proven::Recorded;
use bulla_verify::time::Millis;
use bulla_verify::verdict::{self, Kind, Policy, Verdict};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Verify {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    proof: Option<Proof>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// What two decided blocks of one height show: whether the chain has forked, and who signed both.
    Fork {
        /// The file of one block's header, from `bulla proof header`.
        one: PathBuf,
        /// That of the other.
        other: PathBuf,
        /// What you trust to begin with: the network's genesis file, or an anchor that you pinned later.
        #[arg(long, value_name = "FILE", default_value = "genesis.json")]
        anchor: PathBuf,
    },
}

#[derive(clap::Args)]
struct Proof {
    /// The proof file, by custom *.bulla.
    file: PathBuf,
    /// What you trust to begin with: the network's genesis file, or an anchor that you pinned later.
    #[arg(long, value_name = "FILE", default_value = "genesis.json")]
    anchor: PathBuf,
    /// How old the proof may be: 90s, 30m, 24h, 7d.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = when::duration_ms)]
    max_age: i64,
    /// The instant asked about, if not now: 2026-01-31 (its first instant at +08:00), or 2026-01-31T09:30:00+08:00.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    at: Option<Millis>,
    /// Take this as the present, instead of this computer's clock. For those who look back.
    #[arg(long, value_name = "DATE", value_parser = when::instant)]
    now: Option<Millis>,
    /// A file of fields that the holder shows, made with `bulla licence disclose`; they are checked against the proof.
    #[arg(long, value_name = "FILE")]
    fields: Option<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self) -> Result<Answer> {
        match (self.verb, self.proof) {
            (Some(Verb::Fork { one, other, anchor }), _) => fork(&one, &other, &anchor),
            (None, Some(proof)) => proof.run(),
            (None, None) => bail!(Usage("name a proof file".into())),
        }
    }
}

impl Proof {
    fn run(self) -> Result<Answer> {
        let (anchor, clock_bound_ms) = read_anchor(&self.anchor)?;
        let file = read_file(&self.file, MAX_BYTES)?;
        let now = self.now.unwrap_or_else(when::now);
        let policy = Policy { now, max_age_ms: self.max_age, clock_bound_ms, at: self.at };
        let verdict = verdict::verify(&file, &anchor, &policy);
        let answer = Answer { text: verdict.to_string(), json: to_json(&verdict), exit: exit_of(verdict.kind()) };
        match &self.fields {
            Some(fields) => Ok(with_fields(answer, &verdict, &read_fields(fields)?)),
            None => Ok(answer),
        }
    }
}

fn exit_of(kind: Kind) -> Exit {
    match kind {
        Kind::Valid => Exit::Done,
        Kind::NotValid => Exit::NotValid,
        Kind::CannotTell => Exit::CannotTell,
        Kind::DoesNotHold => Exit::DoesNotHold,
    }
}

/// The anchor of a file, and how far ahead of this clock the validators' may be, in milliseconds.
pub(crate) fn read_anchor(path: &Path) -> Result<(Anchor, i64)> {
    let name = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}; name the genesis file"))?;
    let unknown = || format!("{name} is neither a genesis file nor an anchor; name one of these");
    let value: Value = serde_json::from_str(&text).with_context(unknown)?;
    if value.get("organisations").is_none() {
        let anchor: Anchor = serde_json::from_value(value).with_context(unknown)?;
        return Ok((anchor, i64::from(Parameters::default().clock_bound_ms)));
    }
    let genesis: Genesis = serde_json::from_value(value).with_context(unknown)?;
    genesis.check().with_context(|| format!("no chain can begin with {name}"))?;
    Ok((Anchor::genesis(&genesis), i64::from(genesis.parameters.clock_bound_ms)))
}

/// The bytes of a file; of a longer one, enough to be refused for its length.
fn read_file(path: &Path, most: usize) -> Result<Vec<u8>> {
    let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

/// The decided block of a file; nothing else about it is known yet.
pub(crate) fn read_decided(path: &Path) -> Result<Decided> {
    let file = read_file(path, decision::MAX_BYTES)?;
    Decided::decode(&file).with_context(|| format!("{} cannot be used", path.display()))
}

fn fork(one: &Path, other: &Path, anchor: &Path) -> Result<Answer> {
    let (anchor, _) = read_anchor(anchor)?;
    let judged = fork::judge(&anchor, [&read_decided(one)?, &read_decided(other)?]);
    let (text, exit) = match &judged {
        Err(reason) => (format!("DOES NOT HOLD: {reason}."), Exit::DoesNotHold),
        Ok(fork::Verdict::Same { height }) => {
            (format!("NO FORK: both files show the same block {height}."), Exit::Done)
        }
        Ok(fork::Verdict::GivenUp { height, recovered_after }) => {
            let text = format!(
                "FORK: two blocks of height {height} are decided. One side went on after block {recovered_after} by a recovery that all validators signed; the other was decided without it, and was given up.\nNobody is named: whoever lost the record of its votes could not know that the other block was decided.\nWhat to do: rely on neither, and show both files to the supervisor; what only the block that was given up records must be recorded anew."
            );
            (text, Exit::NotValid)
        }
        Ok(fork::Verdict::VotesNeeded { height, rounds: [one, other] }) => {
            let text = format!(
                "FORK: two blocks of height {height} are decided, in rounds {one} and {other}.\nWho lied cannot be told from these files: a validator may lawfully precommit another block in a later round.\nWhat to do: rely on neither; ask the validators for their votes of this height."
            );
            (text, Exit::NotValid)
        }
        Ok(fork::Verdict::Equivocation { height, round, signed_both }) => {
            let mut text = format!("FORK: two blocks of height {height} are decided in round {round}. Signed both:");
            for validator in signed_both {
                let _ = write!(text, "\n  {} of {}", validator.key, validator.organisation);
            }
            text.push_str("\nWhat to do: rely on neither block, and show both files to the supervisor.");
            (text, Exit::NotValid)
        }
    };
    let json = match judged {
        Ok(verdict) => to_json(&verdict),
        Err(reason) => json!({ "verdict": "does_not_hold", "reason": reason.to_string() }),
    };
    Ok(Answer { text, json, exit })
}

fn read_fields(path: &Path) -> Result<Vec<Disclosure>> {
    let name = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let fields: Vec<Disclosure> = serde_json::from_str(&text).with_context(|| format!("{name} shows no fields"))?;
    if fields.is_empty() {
        bail!("{name} shows no fields");
    }
    Ok(fields)
}

/// The verdict, with the fields if the licence says them; if it does not, they are forged, and nothing is to be relied on.
fn with_fields(answer: Answer, verdict: &Verdict, shown: &[Disclosure]) -> Answer {
    let licence = match verdict.answer().and_then(|answer| answer.record.as_ref()) {
        Some(Recorded::Licence(licence)) => licence,
        Some(Recorded::Organisation(_) | Recorded::LicenceType(_)) | None => return answer,
    };
    let holds = |it: &Disclosure| it.type_code == licence.base.type_code && it.check(&licence.contents).is_ok();
    if let Some(forged) = shown.iter().find(|it| !holds(it)) {
        let name = &forged.field.name;
        let text = format!(
            "DOES NOT HOLD: the licence, in its version {:03}, does not say what is shown as its field {name}.\nWhat to do: rely on none of the fields; ask the holder for them again.",
            licence.version
        );
        let json = json!({ "verdict": "does_not_hold", "failure": "field", "field": name });
        return Answer { text, json, exit: Exit::DoesNotHold };
    }
    let Answer { mut text, json, exit } = answer;
    let _ = write!(text, "\nThe licence, in its version {:03}, says:", licence.version);
    for it in shown {
        let _ = write!(text, "\n  {} = {}", it.field.name, it.field.value);
    }
    let fields: Vec<_> = shown.iter().map(|it| &it.field).collect();
    Answer { text, json: with(json, "fields", fields), exit }
}
