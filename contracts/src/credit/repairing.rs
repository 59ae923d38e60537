//! Repair: applied for by the subject, granted or refused by the body that recorded the event.

use super::Case;
use crate::draft::Draft;
use crate::duty;
use bulla_verify::credit::{CreditEvent, Pending, Refusal};
use bulla_verify::duty::DutyKind;
use bulla_verify::hash::Hash;
use bulla_verify::law::Matter;

pub(super) fn apply(draft: &mut Draft<'_>, case: &Case<'_>, promise: Hash) -> Result<CreditEvent, Refusal> {
    let mut event = case.visible(draft)?;
    if !event.repairable {
        return Err(Refusal::NotRepairable);
    }
    if event.ended_at.is_none() {
        return Err(Refusal::NotEnded);
    }
    if let Some(repairable_from) = event.repairable_from.filter(|from| case.at.time < *from) {
        return Err(Refusal::PublishedTooBriefly { repairable_from });
    }
    if event.application.is_some() {
        return Err(Refusal::Applied);
    }
    let due = case.deadline(draft, event.region, Matter::RepairAnswer)?;
    event.application = Some(Pending { filed_at: case.at.time, due, commitment: promise });
    event.applications = event.applications.saturating_add(1);
    let name = case.duty(DutyKind::AnswerRepair, event.applications);
    duty::open(draft, case.at, &name, case.act.event.recorder, due);
    Ok(event)
}

pub(super) fn repair(draft: &mut Draft<'_>, case: &Case<'_>) -> Result<CreditEvent, Refusal> {
    let event = case.visible(draft)?;
    let mut event = answered(draft, case, event)?;
    event.repaired = Some(case.at.time);
    Ok(event)
}

/// Also of an event that has expired or was deleted in the meantime, so that no application is left unanswered.
pub(super) fn refuse(draft: &mut Draft<'_>, case: &Case<'_>) -> Result<CreditEvent, Refusal> {
    let event = case.event(draft)?;
    answered(draft, case, event)
}

fn answered(draft: &mut Draft<'_>, case: &Case<'_>, mut event: CreditEvent) -> Result<CreditEvent, Refusal> {
    event.application.take().ok_or(Refusal::NotApplied)?;
    let name = case.duty(DutyKind::AnswerRepair, event.applications);
    duty::discharge(draft, case.at, &name, case.act.by);
    Ok(event)
}
