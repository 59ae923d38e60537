//! Sealed lines: the subject sees that there is one and until when it is sealed, and not yet who looked.
//!
//! A seal ends by its time, whatever anybody does; putting the opening into the list is a duty of whoever sealed it, and
//! nobody extends a seal of its own.

use super::{Case, ticket};
use crate::authority::is_or_above;
use crate::draft::Draft;
use crate::duty;
use crate::subject;
use crate::view::{View, read};
use bulla_verify::access::{
    Opening, Refusal, Seal, SealStatus, Sealing, Ticket, TicketAct, TicketId, seal, seal_status, subjects,
};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::hash::Hash;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Matter;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::Listed;
use bulla_verify::time::Millis;

/// What stands in the subject's list in place of the ticket, where it is to be sealed.
pub(super) fn seal_line(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    id: &TicketId,
    opening: &Opening,
    by_law: bool,
) -> Result<Option<Hash>, Refusal> {
    let Some(Sealing { salt, until }) = opening.sealing else { return Ok(None) };
    if !by_law || opening.consent.is_some() {
        return Err(Refusal::SealWithoutLaw);
    }
    let [subject] = &opening.subjects[..] else { return Err(Refusal::SealOfBatch) };
    case.check_end(until)?;
    check_length(draft, case, opening.region, until)?;
    let name = seal(id, subject, &salt);
    let (sealed_at, recorded_at) = (case.at.time, case.at.height);
    draft.write(&name, &Seal { sealed_at, until, extensions: 0, unsealed: None, recorded_at });
    duty::open(draft, case.at, &duty_of(&name, 0), id.requester, until);
    Ok(Some(name))
}

pub(super) fn extend(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &TicketAct,
    until: Millis,
    with: Uscc,
) -> Result<(), Refusal> {
    let ticket = ticket(draft, act.ticket)?;
    case.check_own(act.by, act.ticket.requester, Role::Consumer)?;
    case.check_role(with, Role::Supervisor)?;
    if is_or_above(draft, act.by, with) {
        return Err(Refusal::SecondBody { with });
    }
    let (name, seal) = sealed(draft, &ticket)?;
    let present = match seal_status(&seal, case.at.time) {
        SealStatus::Sealed { until } => until,
        found @ (SealStatus::Open { .. } | SealStatus::Unsealed { .. }) => return Err(Refusal::SealStatus { found }),
    };
    if until <= present {
        return Err(Refusal::NotLater { until, present });
    }
    check_length(draft, case, ticket.region, until)?;
    duty::discharge(draft, case.at, &duty_of(&name, seal.extensions), act.by);
    let extensions = seal.extensions.saturating_add(1);
    duty::open(draft, case.at, &duty_of(&name, extensions), act.by, until);
    draft.write(&name, &Seal { until, extensions, recorded_at: case.at.height, ..seal });
    Ok(())
}

pub(super) fn unseal(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &TicketAct,
    subject: &Handle,
    place: u64,
    salt: &[u8; 32],
) -> Result<(), Refusal> {
    let ticket = ticket(draft, act.ticket)?;
    let requester = act.ticket.requester;
    let (name, sealed) = sealed(draft, &ticket)?;
    let duty = duty_of(&name, sealed.extensions);
    case.check_owing(draft, act.by, (requester, Role::Consumer), (&duty, sealed.until))?;
    let found = seal_status(&sealed, case.at.time);
    if matches!(found, SealStatus::Unsealed { .. }) {
        return Err(Refusal::SealStatus { found });
    }
    if seal(&act.ticket, subject, salt) != name || subjects([(subject, place)]) != ticket.subjects {
        return Err(Refusal::OpeningDiffers { sealed: name });
    }
    subject::list(draft, case.at, subject, Listed::Unsealed { of: place, ticket: act.ticket, salt: *salt });
    duty::discharge(draft, case.at, &duty, act.by);
    draft.write(&name, &Seal { unsealed: Some(case.at.time), recorded_at: case.at.height, ..sealed });
    Ok(())
}

fn sealed(view: &dyn View, ticket: &Ticket) -> Result<(Hash, Seal), Refusal> {
    let name = ticket.seal.ok_or(Refusal::NotSealed)?;
    Ok((name, read(view, &name).expect("a ticket is sealed together with its seal")))
}

/// No longer than the law has it, counted from now: each extension anew.
fn check_length(draft: &Draft<'_>, case: &Case<'_>, region: RegionCode, until: Millis) -> Result<(), Refusal> {
    let most = case.window(draft, region, Matter::Sealing)?;
    if until > most { Err(Refusal::SealTooLong { until, most }) } else { Ok(()) }
}

/// The duty to unseal, after so many extensions.
fn duty_of(name: &Hash, extensions: u32) -> DutyName {
    DutyName { kind: DutyKind::Unseal, of: Seal::key(name), turn: extensions.saturating_add(1) }
}
