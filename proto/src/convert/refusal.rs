//! Refusals of every area, and outcomes.

use super::{NotUnderstood, parse};
use crate::answer::Refusal;
use crate::v1;
use bulla_verify::admission::Stale;
use bulla_verify::operation;
use bulla_verify::refusal::{Code, Outcome, find};
use bulla_verify::transaction::Malformed;

impl Refusal {
    fn new(code: Code, text: String, advice: &str) -> Refusal {
        let name = find(code).map_or_else(String::new, |entry| entry.name.to_owned());
        Refusal { code, name, text, advice: advice.to_owned(), operation: None }
    }

    /// The refusal of the operation at this place.
    pub fn of_operation(place: usize, refusal: &operation::Refusal) -> Refusal {
        let operation = u32::try_from(place).ok();
        Refusal { operation, ..Refusal::new(refusal.code(), refusal.to_string(), refusal.advice()) }
    }
}

impl From<&Malformed> for Refusal {
    fn from(refusal: &Malformed) -> Self {
        Refusal::new(refusal.code(), refusal.to_string(), refusal.advice())
    }
}

impl From<&Stale> for Refusal {
    fn from(refusal: &Stale) -> Self {
        Refusal::new(refusal.code(), refusal.to_string(), refusal.advice())
    }
}

impl From<Refusal> for v1::Refusal {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, name, text, advice, operation } = refusal;
        v1::Refusal { code: code.to_string(), name, text, advice, operation }
    }
}

impl TryFrom<v1::Refusal> for Refusal {
    type Error = NotUnderstood;

    fn try_from(message: v1::Refusal) -> Result<Self, NotUnderstood> {
        let v1::Refusal { code, name, text, advice, operation } = message;
        Ok(Refusal { code: parse_code(&code)?, name, text, advice, operation })
    }
}

impl From<&Outcome> for v1::Outcome {
    fn from(outcome: &Outcome) -> Self {
        let plain = |kind: v1::OutcomeKind| v1::Outcome { kind: kind.into(), ..v1::Outcome::default() };
        match outcome {
            Outcome::Applied => plain(v1::OutcomeKind::Applied),
            Outcome::Dropped => plain(v1::OutcomeKind::Dropped),
            Outcome::Refused(code) => {
                let (name, advice) = find(*code).map_or(("", ""), |entry| (entry.name, entry.advice));
                let (name, advice) = (name.to_owned(), advice.to_owned());
                v1::Outcome { kind: v1::OutcomeKind::Refused.into(), code: code.to_string(), name, advice }
            }
        }
    }
}

impl TryFrom<&v1::Outcome> for Outcome {
    type Error = NotUnderstood;

    fn try_from(message: &v1::Outcome) -> Result<Self, NotUnderstood> {
        match message.kind() {
            v1::OutcomeKind::Applied => Ok(Outcome::Applied),
            v1::OutcomeKind::Dropped => Ok(Outcome::Dropped),
            v1::OutcomeKind::Refused => parse_code(&message.code).map(Outcome::Refused),
            v1::OutcomeKind::Unspecified => Err(NotUnderstood::Malformed { field: "outcome" }),
        }
    }
}

/// `BUL-0412`.
fn parse_code(text: &str) -> Result<Code, NotUnderstood> {
    let digits = text.strip_prefix("BUL-").ok_or(NotUnderstood::Malformed { field: "refusal code" })?;
    parse("refusal code", digits).map(Code)
}
