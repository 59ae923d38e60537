//! Challenges of the quality of data that was released, each answered by whoever has the data.

use super::{Case, duty_of, ticket};
use crate::draft::Draft;
use crate::duty;
use bulla_verify::access::{Answer, Challenge, Fields, Refusal, Ticket, TicketAct};
use bulla_verify::duty::DutyKind;
use bulla_verify::hash::Hash;
use bulla_verify::law::Matter;
use bulla_verify::roles::Role;

pub(super) fn challenge(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &TicketAct,
    fields: Fields,
    grounds: Hash,
) -> Result<(), Refusal> {
    let mut ticket = ticket(draft, act.ticket)?;
    case.check_own(act.by, act.ticket.requester, Role::Consumer)?;
    if ticket.receipt.is_none() {
        return Err(Refusal::NotReceived);
    }
    if fields == Fields::default() || !fields.are_within(ticket.fields) {
        return Err(Refusal::NotReleased);
    }
    if ticket.challenge.is_some() {
        return Err(Refusal::Challenged);
    }
    let due = case.deadline(draft, ticket.region, Matter::QualityAnswer)?;
    ticket.challenge = Some(Challenge { filed_at: case.at.time, due, fields, grounds });
    ticket.challenges = ticket.challenges.saturating_add(1);
    let name = duty_of(&act.ticket, DutyKind::AnswerQuality, ticket.challenges);
    duty::open(draft, case.at, &name, ticket.resource.owner, due);
    draft.write(&act.ticket, &Ticket { recorded_at: case.at.height, ..ticket });
    Ok(())
}

pub(super) fn answer(draft: &mut Draft<'_>, case: &Case<'_>, act: &TicketAct, answer: Answer) -> Result<(), Refusal> {
    let mut ticket = ticket(draft, act.ticket)?;
    let Challenge { due, .. } = ticket.challenge.take().ok_or(Refusal::NotChallenged)?;
    let name = duty_of(&act.ticket, DutyKind::AnswerQuality, ticket.challenges);
    case.check_owing(draft, act.by, (ticket.resource.owner, Role::Steward), (&name, due))?;
    match answer {
        Answer::Corrected { .. } => ticket.corrections = ticket.corrections.saturating_add(1),
        Answer::Confirmed => {}
    }
    duty::discharge(draft, case.at, &name, act.by);
    draft.write(&act.ticket, &Ticket { recorded_at: case.at.height, ..ticket });
    Ok(())
}
