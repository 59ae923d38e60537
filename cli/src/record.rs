//! `bulla query record` and `bulla query list`: any record that a person can name, and the lines of its list, as the ledger has
//! them.
//!
//! Text says the same as JSON, one field a line; an instant is told as a civil date and time.

use crate::acting::{handle, word};
use crate::answer::{Answer, Exit, Usage, to_json, with};
use crate::connection::{Reading, as_of_json, as_of_text};
use crate::when;
use anyhow::{Error, Result, bail};
use borsh::BorshDeserialize;
use bulla_proto::Client;
use bulla_verify::access::{Consent, Request, Resource, Source, Ticket};
use bulla_verify::case::{self, Case, Catalogued, ServiceItem, Violation, Violations};
use bulla_verify::catalogue::{self, LicenceType, Tenure, TwoOfficers};
use bulla_verify::credit::{self, CreditEvent, Item, Joined, List, ListEntry, Measure};
use bulla_verify::duty::{self, DueDay, Duty, DutyName, due_day};
use bulla_verify::erasure::{ErasureOrder, Target};
use bulla_verify::governance::motion::Motion;
use bulla_verify::governance::schedule::Schedule;
use bulla_verify::governance::{Followers, FormerValidator, Validators};
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::law::{Calendar, Lawmaker, Matter, Provisions};
use bulla_verify::licence::{self, JointIssue, Licence};
use bulla_verify::organisation::{Compromise, KeyGrant, Officer, Organisation, Succession};
use bulla_verify::parameters::Parameters;
use bulla_verify::recognition::{RecognitionAgreement, TerritorialLimits};
use bulla_verify::record::{Record, RefusalBudget};
use bulla_verify::regions::Region;
use bulla_verify::subject::{Line, Subject, SubjectList};
use bulla_verify::time::{Date, Millis};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::str::FromStr;

/// Numbers from this on that stand in a record are instants: 3 March 1973. Heights and counts are not that large.
const FIRST_INSTANT: i64 = 100_000_000_000;

#[derive(clap::Args)]
pub(crate) struct Named {
    /// The kind of record: organisation, credit-event, duty, ticket and so on; a wrong one is answered with all of them.
    kind: String,
    /// What names it: the parts in their order, such as a code and an organisation; for a subject the file with its handle.
    #[arg(value_name = "NAME")]
    parts: Vec<String>,
    #[command(flatten)]
    node: Reading,
}

impl Named {
    /// The record.
    pub(crate) async fn show(self) -> Result<Answer> {
        let client = self.node.connect().await?;
        record(&client, &self.kind, &self.parts).await
    }

    /// The lines of its list.
    pub(crate) async fn lines(self) -> Result<Answer> {
        let client = self.node.connect().await?;
        lines(&client, &self.kind, &self.parts).await
    }
}

macro_rules! kinds {
    ($($kind:literal => $record:ty, $name:expr;)*) => {
        const KINDS: &[&str] = &[$($kind,)*];

        async fn record(client: &Client, kind: &str, parts: &[String]) -> Result<Answer> {
            match kind {
                $($kind => shown::<$record>(client, $kind, &$name(&mut Parts::of(parts))?, parts).await,)*
                _ => bail!(Usage(format!("there is no kind {kind}; there are {}", KINDS.join(", ")))),
            }
        }
    };
}

kinds! {
    "parameters" => Parameters, none;
    "validators" => Validators, none;
    "followers" => Followers, none;
    "former-validator" => FormerValidator, one;
    "organisation" => Organisation, one;
    "key" => KeyGrant, one;
    "officer" => Officer, one;
    "succession" => Succession, one;
    "compromise" => Compromise, one;
    "refusal-budget" => RefusalBudget, one;
    "type" => LicenceType, one;
    "competence" => catalogue::Competence, two;
    "tenure" => Tenure, two;
    "two-officers" => TwoOfficers, one;
    "licence" => Licence, licence_base;
    "joint-issue" => JointIssue, licence_base;
    "provisions" => Provisions, provisions;
    "lawmaker" => Lawmaker, one;
    "calendar" => Calendar, two;
    "subject" => Subject, subject;
    "subject-list" => SubjectList, subject_list;
    "credit-item" => Item, one;
    "credit-competence" => credit::Competence, two;
    "credit-list" => List, one;
    "joined" => Joined, two;
    "credit-event" => CreditEvent, one;
    "list-entry" => ListEntry, one;
    "measure" => Measure, one;
    "duty" => Duty, one;
    "due-day" => DueDay, day;
    "service" => Catalogued, one;
    "service-item" => ServiceItem, two;
    "violations" => Violations, one;
    "case" => Case, one;
    "erasure" => ErasureOrder, target;
    "resource" => Resource, one;
    "request" => Request, one;
    "consent" => Consent, one;
    "ticket" => Ticket, one;
    "source" => Source, two;
    "region" => Region, one;
    "agreement" => RecognitionAgreement, one;
    "limits" => TerritorialLimits, one;
    "motion" => Motion, one;
    "schedule" => Schedule, none;
}

/// The parts of a name that are not read yet.
struct Parts<'a>(std::slice::Iter<'a, String>);

impl Parts<'_> {
    fn of(parts: &[String]) -> Parts<'_> {
        Parts(parts.iter())
    }

    fn next<T: FromStr<Err: std::fmt::Display>>(&mut self) -> Result<T> {
        let text = self.text()?;
        text.parse().map_err(|reason: T::Err| Usage(format!("{text}: {reason}")).into())
    }

    fn text(&mut self) -> Result<&str> {
        let missing = || Error::from(Usage("the record's name has more parts than were given".into()));
        self.0.next().map(String::as_str).ok_or_else(missing)
    }

    fn done<T>(&mut self, name: T) -> Result<T> {
        match self.0.next() {
            None => Ok(name),
            Some(more) => bail!(Usage(format!("{more} is no part of such a record's name"))),
        }
    }
}

fn none(parts: &mut Parts<'_>) -> Result<()> {
    parts.done(())
}

fn one<A: FromStr<Err: std::fmt::Display>>(parts: &mut Parts<'_>) -> Result<A> {
    let name = parts.next()?;
    parts.done(name)
}

fn two<A: FromStr<Err: std::fmt::Display>, B: FromStr<Err: std::fmt::Display>>(
    parts: &mut Parts<'_>,
) -> Result<(A, B)> {
    let name = (parts.next()?, parts.next()?);
    parts.done(name)
}

fn licence_base(parts: &mut Parts<'_>) -> Result<<Licence as Record>::Name> {
    Ok(one::<LicenceId>(parts)?.base())
}

fn provisions(parts: &mut Parts<'_>) -> Result<<Provisions as Record>::Name> {
    let name = (parts.next()?, matter(parts.text()?).map_err(Usage)?);
    parts.done(name)
}

fn subject(parts: &mut Parts<'_>) -> Result<<Subject as Record>::Name> {
    let name = handle(Path::new(parts.text()?))?;
    parts.done(name)
}

fn subject_list(parts: &mut Parts<'_>) -> Result<<SubjectList as Record>::Name> {
    let name = (handle(Path::new(parts.text()?))?, word(parts.text()?).map_err(Usage)?);
    parts.done(name)
}

fn day(parts: &mut Parts<'_>) -> Result<i64> {
    let date: Date = parts.next()?;
    parts.done(due_day(date.end()))
}

/// A licence, an event or a case: `licence ID`, `credit-event ID`, `case ID`.
fn target(parts: &mut Parts<'_>) -> Result<Target> {
    let target = match parts.text()? {
        "licence" => Target::Licence(parts.next::<LicenceId>()?.base()),
        "credit-event" => Target::CreditEvent(parts.next()?),
        "case" => Target::Case(parts.next()?),
        other => bail!(Usage(format!("an erasure is of a licence, a credit-event or a case, not of a {other}"))),
    };
    parts.done(target)
}

/// A matter of the law by its name, as in `publicity_least.minor`.
pub(crate) fn matter(text: &str) -> Result<Matter, String> {
    let named = Matter::ALL.iter().find(|matter| matter.to_string() == text.replace('-', "_"));
    let all = || Matter::ALL.iter().map(Matter::to_string).collect::<Vec<_>>().join(", ");
    named.copied().ok_or_else(|| format!("there is no matter {text}; there are {}", all()))
}

async fn shown<R: Record + Serialize>(client: &Client, kind: &str, name: &R::Name, parts: &[String]) -> Result<Answer> {
    Ok(answer(kind, &parts.join(" "), client.record::<R>(name).await?, |_, _| None))
}

/// A record that was asked for, with its status at the instant of the answer or of now, whichever is later.
pub(crate) fn answer<R: Serialize>(
    kind: &str,
    name: &str,
    found: bulla_proto::answer::Found<R>,
    status: impl FnOnce(&R, Millis) -> Option<(String, Value)>,
) -> Answer {
    let json =
        json!({ "kind": kind, "name": name, "record": to_json(&found.record), "as_of": as_of_json(found.as_of) });
    let Some(record) = &found.record else {
        let text = format!("There is no {kind} {name}.\n{}", as_of_text(found.as_of));
        return Answer::done(text, json).exit(Exit::NotValid);
    };
    // An idle chain makes a block only now and then, and no clock of the law waits for one.
    let at = when::now().max(found.as_of.time);
    let mut text = format!("{kind} {name}");
    let json = match status(record, at) {
        None => json,
        Some((words, value)) => {
            let _ = write!(text, ": {words}");
            with(with(json, "status", value), "status_at_ms", at)
        }
    };
    describe(&mut text, &to_json(record), 1);
    let _ = write!(text, "\n{}", as_of_text(found.as_of));
    Answer::done(text, json)
}

async fn lines(client: &Client, kind: &str, parts: &[String]) -> Result<Answer> {
    let (mut rest, name) = (Parts::of(parts), parts.join(" "));
    match kind {
        "licence" => listed::<licence::Entry>(client, &name, &Licence::key(&licence_base(&mut rest)?)).await,
        "subject-list" => listed::<Line>(client, &name, &SubjectList::key(&subject_list(&mut rest)?)).await,
        "credit-event" => listed::<credit::Entry>(client, &name, &CreditEvent::key(&one(&mut rest)?)).await,
        "list-entry" => listed::<credit::ListRecord>(client, &name, &ListEntry::key(&one(&mut rest)?)).await,
        "due-day" => listed::<DutyName>(client, &name, &DueDay::key(&day(&mut rest)?)).await,
        "case" => listed::<case::Entry>(client, &name, &Case::key(&one(&mut rest)?)).await,
        "violations" => listed::<Violation>(client, &name, &Violations::key(&one(&mut rest)?)).await,
        _ => bail!(Usage(format!(
            "there is no list of a {kind}; there are those of licence, subject-list, credit-event, list-entry, due-day, case, violations"
        ))),
    }
}

/// All lines of the list that a record keeps, whole by its length and root.
pub(crate) async fn listed<T: BorshDeserialize + Serialize>(
    client: &Client,
    name: &str,
    key: &bulla_verify::tree::StateKey,
) -> Result<Answer> {
    let (page, lines) = client.whole_list::<T>(key).await?;
    let json = json!({ "head": page.head, "lines": to_json(&lines), "as_of": as_of_json(page.as_of) });
    let mut text = format!("{} lines of {name}, whole by length and root", page.head.len);
    for (place, line) in lines.iter().enumerate() {
        let _ = write!(text, "\n  {place}:");
        describe(&mut text, &to_json(line), 2);
    }
    let _ = write!(text, "\n{}", as_of_text(page.as_of));
    Ok(Answer::done(text, json))
}

/// The status of an event.
pub(crate) fn event_status(event: &CreditEvent, at: Millis) -> Option<(String, Value)> {
    let status = credit::status(event, at);
    Some((status.to_string(), to_json(&status)))
}

/// The status of a duty.
pub(crate) fn duty_status(duty: &Duty, at: Millis) -> Option<(String, Value)> {
    let status = duty::status(duty, at);
    Some((status.to_string(), to_json(&status)))
}

/// One field a line; what is not there is left out.
fn describe(text: &mut String, value: &Value, depth: usize) {
    let margin = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                let _ = write!(text, "\n{margin}{}:", name.replace('_', " "));
                describe(text, value, depth.saturating_add(1));
            }
        }
        Value::Array(values) => {
            for value in values {
                let _ = write!(text, "\n{margin}-");
                describe(text, value, depth.saturating_add(1));
            }
        }
        Value::String(word) => {
            let _ = write!(text, " {word}");
        }
        Value::Number(number) => {
            let _ = match number.as_i64().filter(|number| *number >= FIRST_INSTANT) {
                Some(instant) => write!(text, " {}", Millis(instant)),
                None => write!(text, " {number}"),
            };
        }
        Value::Bool(true) => text.push_str(" yes"),
        Value::Bool(false) => text.push_str(" no"),
        Value::Null => text.push_str(" none"),
    }
}
