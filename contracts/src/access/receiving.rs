//! What follows a ticket: the receipt of what was released, and the justification of a broken glass.

use super::{Case, count, duty_of, ticket};
use crate::draft::Draft;
use crate::duty;
use crate::subject;
use bulla_verify::access::{Authority, Receipt, Refusal, Released, Serial, Ticket, TicketAct, subjects};
use bulla_verify::duty::DutyKind;
use bulla_verify::hash::Hash;
use bulla_verify::roles::Role;
use bulla_verify::subject::Listed;

/// Also when grant or consent ended since the ticket was opened: what was released is said.
pub(super) fn receive(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &TicketAct,
    released: &[Released],
    digest: Hash,
    serial: Serial,
) -> Result<(), Refusal> {
    let mut ticket = ticket(draft, act.ticket)?;
    let provider = ticket.resource.owner;
    case.check_own(act.by, provider, Role::Steward)?;
    if let Some(Receipt { at, .. }) = ticket.receipt {
        return Err(Refusal::Received { at });
    }
    if subjects(released.iter().map(|line| (&line.subject, line.place))) != ticket.subjects {
        return Err(Refusal::NotAsOpened);
    }
    count(draft, provider, serial)?;
    for Released { subject, place, found } in released {
        subject::list(draft, case.at, subject, Listed::Receipt { of: *place, found: *found });
    }
    ticket.receipt = Some(Receipt { at: case.at.time, digest, serial });
    duty::discharge(draft, case.at, &duty_of(&act.ticket, DutyKind::GiveReceipt, 1), act.by);
    draft.write(&act.ticket, &Ticket { recorded_at: case.at.height, ..ticket });
    Ok(())
}

pub(super) fn justify(draft: &mut Draft<'_>, case: &Case<'_>, act: &TicketAct) -> Result<(), Refusal> {
    let ticket = ticket(draft, act.ticket)?;
    case.check_own(act.by, act.ticket.requester, Role::Consumer)?;
    match ticket.authority {
        Authority::Glass { .. } => {}
        Authority::Grant(_) => return Err(Refusal::NotGlass),
    }
    if let Some(at) = ticket.justified {
        return Err(Refusal::Justified { at });
    }
    duty::discharge(draft, case.at, &duty_of(&act.ticket, DutyKind::JustifyGlass, 1), act.by);
    draft.write(&act.ticket, &Ticket { justified: Some(case.at.time), recorded_at: case.at.height, ..ticket });
    Ok(())
}
