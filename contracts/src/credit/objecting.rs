//! What a subject says of an event: objections, each marked at once and answered in one of three ways; and statements.

use super::Case;
use crate::draft::Draft;
use crate::duty;
use bulla_verify::credit::{Answer, Correction, CreditEvent, Pending, Refusal, Status};
use bulla_verify::duty::DutyKind;
use bulla_verify::hash::Hash;
use bulla_verify::law::Matter;

pub(super) fn object(draft: &mut Draft<'_>, case: &Case<'_>, grounds: Hash) -> Result<CreditEvent, Refusal> {
    let mut event = case.visible(draft)?;
    if event.objection.is_some() {
        return Err(Refusal::Disputed);
    }
    let due = case.deadline(draft, event.region, Matter::ObjectionAnswer)?;
    event.objection = Some(Pending { filed_at: case.at.time, due, commitment: grounds });
    event.objections = event.objections.saturating_add(1);
    let name = case.duty(DutyKind::AnswerObjection, event.objections);
    duty::open(draft, case.at, &name, case.act.event.recorder, due);
    Ok(event)
}

/// Whatever has become of the event in the meantime, an objection is answered.
pub(super) fn answer(draft: &mut Draft<'_>, case: &Case<'_>, answer: &Answer) -> Result<CreditEvent, Refusal> {
    let mut event = case.event(draft)?;
    let Pending { due, .. } = event.objection.take().ok_or(Refusal::NotDisputed)?;
    let name = case.duty(DutyKind::AnswerObjection, event.objections);
    if case.act.by != case.act.event.recorder && !duty::is_overdue(draft, case.at, &name) {
        return Err(Refusal::AnswerNotOverdue { due });
    }
    event.unconfirmed = matches!(answer, Answer::Unconfirmed { .. });
    match answer {
        Answer::Confirmed | Answer::Unconfirmed { .. } => {}
        Answer::Corrected(Correction::Delete) => event.deleted = Some(case.at.time),
        Answer::Corrected(Correction::Amend { contents, ended_at }) => {
            // What may not be kept any more says nothing new, and no later end brings it back.
            let found = case.status(&event);
            if matches!(found, Status::Expired { .. }) {
                return Err(Refusal::Status { found });
            }
            event.contents = *contents;
            event.corrections = event.corrections.saturating_add(1);
            if let Some(ended_at) = *ended_at {
                event.kept_until = case.kept_until(draft, &event, ended_at)?;
                event.ended_at = Some(ended_at);
            }
        }
    }
    duty::discharge(draft, case.at, &name, case.act.by);
    Ok(event)
}

/// A statement may be made as long as the event is kept, also on one that was repaired.
pub(super) fn state(draft: &Draft<'_>, case: &Case<'_>) -> Result<CreditEvent, Refusal> {
    let mut event = case.event(draft)?;
    let found = case.status(&event);
    if !matches!(found, Status::Active { .. } | Status::Repaired { .. }) {
        return Err(Refusal::Status { found });
    }
    event.statements = event.statements.saturating_add(1);
    Ok(event)
}
