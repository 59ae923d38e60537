//! How every command ends: one answer on stdout, and an exit code.

use anyhow::Error;
use bulla_proto::ClientError;
use bulla_proto::answer::Refusal;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// What stands below `bulla --help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done, or valid
  1  failed
  2  wrong usage
  3  not valid, or not there
  4  the proof does not hold
  5  cannot tell: not known yet, or the proof is too old or from the future
  6  the node cannot be reached
  7  refused by the ledger";

/// In which form to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one document.
    Json,
}

/// The kind of an answer, which is the exit code. Clap itself ends with 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or valid.
    Done,
    /// A fault of the environment.
    Failed,
    /// The command makes no sense.
    Usage,
    /// Not valid, or not there.
    NotValid,
    /// The proof shows nothing.
    DoesNotHold,
    /// Not known yet, or no longer.
    CannotTell,
    /// No node answers.
    Unreachable,
    /// The ledger refuses it.
    Refused,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotValid => 3,
            Exit::DoesNotHold => 4,
            Exit::CannotTell => 5,
            Exit::Unreachable => 6,
            Exit::Refused => 7,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Failed => "failed",
            Exit::Usage => "usage",
            Exit::NotValid => "not_valid",
            Exit::DoesNotHold => "does_not_hold",
            Exit::CannotTell => "cannot_tell",
            Exit::Unreachable => "unreachable",
            Exit::Refused => "refused",
        }
    }
}

/// What a command says.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people: lines without a newline at the end.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// Of which kind it is.
    pub(crate) exit: Exit,
}

impl Answer {
    /// An answer of the good kind.
    pub(crate) fn done(text: impl Into<String>, json: Value) -> Answer {
        Answer { text: text.into(), json, exit: Exit::Done }
    }

    /// The same answer, of another kind.
    pub(crate) fn exit(self, exit: Exit) -> Answer {
        Answer { exit, ..self }
    }
}

/// A command that makes no sense, beyond what clap can tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// The JSON of a value of ours.
pub(crate) fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("records are trees of names, numbers and lists")
}

/// A document with one more entry.
pub(crate) fn with(mut json: Value, name: &str, value: impl Serialize) -> Value {
    if let Some(entries) = json.as_object_mut() {
        entries.insert(name.into(), to_json(&value));
    }
    json
}

/// A refusal as JSON.
pub(crate) fn refusal_json(refusal: &Refusal) -> Value {
    let Refusal { code, name, text, advice, operation } = refusal;
    json!({ "code": code, "name": name, "text": text, "advice": advice, "operation": operation })
}

/// A refusal as it is read: code, what was expected and found, what to do.
pub(crate) struct Told<'a>(pub(crate) &'a Refusal);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { code, text, advice, .. } = self.0;
        write!(f, "{code}: {text}.\nWhat to do: {advice}.")
    }
}

/// A note on stderr about what is going on, where a person watches.
pub(crate) fn note(text: impl fmt::Display) {
    if io::IsTerminal::is_terminal(&io::stderr()) {
        // Nobody is told if the terminal is gone.
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// Prints the answer; the exit code of the program.
pub(crate) fn finish(result: anyhow::Result<Answer>, format: Format) -> ExitCode {
    let (answer, failed) = match result {
        Ok(answer) => (answer, false),
        Err(error) => (of_error(&error), true),
    };
    let document = match format {
        Format::Text => answer.text,
        Format::Json => answer.json.to_string(),
    };
    let written = if failed && format == Format::Text {
        writeln!(io::stderr(), "bulla: {document}")
    } else {
        writeln!(io::stdout(), "{document}")
    };
    match written {
        Ok(()) => ExitCode::from(answer.exit.code()),
        // Whoever reads has left. Usual cause: a pipe into `head`.
        Err(_) => ExitCode::from(Exit::Failed.code()),
    }
}

fn of_error(error: &Error) -> Answer {
    let (exit, refusal) = classify(error);
    let text = match refusal {
        Some(refusal) => Told(refusal).to_string(),
        None => format!("{error:#}"),
    };
    let json = json!({
        "error": { "kind": exit.name(), "exit": exit.code(), "text": text, "refusal": refusal.map(refusal_json) },
    });
    Answer { text, json, exit }
}

fn classify(error: &Error) -> (Exit, Option<&Refusal>) {
    for cause in error.chain() {
        if cause.is::<Usage>() {
            return (Exit::Usage, None);
        }
        match cause.downcast_ref::<ClientError>() {
            Some(ClientError::Refused(refusal)) => return (Exit::Refused, Some(refusal)),
            Some(ClientError::Behind { .. }) => return (Exit::CannotTell, None),
            Some(error) if error.is_unreachable() => return (Exit::Unreachable, None),
            Some(_) | None => {}
        }
    }
    (Exit::Failed, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use bulla_verify::chain::Height;
    use bulla_verify::refusal::Code;

    #[test]
    fn every_kind_of_error_has_its_exit_code_whatever_stands_around_it() {
        let refusal =
            Refusal { code: Code(412), name: "N".into(), text: "t".into(), advice: "a".into(), operation: Some(1) };
        let endpoint = || "http://127.0.0.1:1".to_owned();
        let unreachable = ClientError::Unreachable { endpoint: endpoint(), reason: "refused".into() };
        let behind = ClientError::Behind { endpoint: endpoint(), height: Height(7), at_least: Height(9) };
        let cases: [(Error, Exit); 5] = [
            (ClientError::Refused(refusal).into(), Exit::Refused),
            (unreachable.into(), Exit::Unreachable),
            (behind.into(), Exit::CannotTell),
            (Usage("no".into()).into(), Exit::Usage),
            (ClientError::Endpoint { endpoint: endpoint() }.into(), Exit::Failed),
        ];
        for (error, exit) in cases {
            let told = of_error(&Err::<(), _>(error).context("while trying").unwrap_err());
            assert_eq!((told.exit, told.json["error"]["exit"].as_u64()), (exit, Some(u64::from(exit.code()))));
        }
    }

    #[test]
    fn the_help_lists_the_codes_as_they_are() {
        let exits = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotValid,
            Exit::DoesNotHold,
            Exit::CannotTell,
            Exit::Unreachable,
            Exit::Refused,
        ];
        let listed: Vec<_> = EXIT_CODES.lines().skip(1).map(|line| line.trim().split_once(' ').unwrap().0).collect();
        assert_eq!(listed, exits.map(|exit| exit.code().to_string()));
    }
}
