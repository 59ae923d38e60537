//! Opening a ticket: all that must hold before anybody sees anything, and the line in each subject's list.

use super::{Case, check_region, check_subject, count, duty_of, published, registered, request, sealing, shared};
use crate::draft::Draft;
use crate::duty;
use crate::figures;
use crate::subject;
use crate::view::read;
use bulla_verify::access::{
    Authority, Consent, ConsentId, ConsentStatus, Fields, MAX_SUBJECTS, Opening, Purposes, Refusal, Request, RequestId,
    RequestStatus, Resource, ResourceCode, Sharing, Ticket, TicketAct, consent_status, request_status, subjects,
};
use bulla_verify::duty::DutyKind;
use bulla_verify::hash::Context;
use bulla_verify::holder::Handle;
use bulla_verify::law::Matter;
use bulla_verify::roles::Role;
use bulla_verify::subject::Listed;

pub(super) fn open(draft: &mut Draft<'_>, case: &Case<'_>, act: &TicketAct, opening: &Opening) -> Result<(), Refusal> {
    let requester = act.ticket.requester;
    case.check_own(act.by, requester, Role::Consumer)?;
    if read::<Ticket>(draft, &act.ticket).is_some() {
        return Err(Refusal::TicketExists { ticket: act.ticket });
    }
    check_subjects(draft, &opening.subjects)?;
    let by_law = match opening.authority {
        Authority::Grant(id) => spend(draft, case, act, opening, id)?,
        Authority::Glass { resource, .. } => break_glass(draft, case, act, opening, resource)?,
    };
    let code = resource_of(draft, opening)?;
    if let Some(consent) = opening.consent {
        check_consent(draft, case, act, opening, code, consent)?;
    }
    let seal = sealing::seal_line(draft, case, &act.ticket, opening, by_law)?;
    count(draft, requester, opening.serial)?;
    let due = case.deadline(draft, opening.region, Matter::TicketReceipt)?;
    duty::open(draft, case.at, &duty_of(&act.ticket, DutyKind::GiveReceipt, 1), code.owner, due);
    let what = seal.map_or(Listed::Access(act.ticket), Listed::Sealed);
    let lines = enter(draft, case, &opening.subjects, what);
    // The handles are random.
    let salt = Context::Figure.hash_of(act);
    let item = figures::Item::Access(code);
    figures::count(draft, case.at, (requester, opening.region), item, &salt);
    draft.write(
        &act.ticket,
        &Ticket {
            authority: opening.authority,
            resource: code,
            consent: opening.consent,
            purpose: opening.purpose,
            fields: opening.fields,
            region: opening.region,
            case: opening.case,
            officer: opening.officer,
            serial: opening.serial,
            subjects: subjects(opening.subjects.iter().zip(lines)),
            opened_at: case.at.time,
            receipt: None,
            justified: None,
            seal,
            challenge: None,
            challenges: 0,
            corrections: 0,
            recorded_at: case.at.height,
        },
    );
    Ok(())
}

/// Puts a line into each subject's list; says its place in each.
fn enter(draft: &mut Draft<'_>, case: &Case<'_>, handles: &[Handle], what: Listed) -> Vec<u64> {
    let mut line = |handle| subject::list(draft, case.at, handle, what).len.saturating_sub(1);
    handles.iter().map(&mut line).collect()
}

fn check_subjects(draft: &Draft<'_>, handles: &[Handle]) -> Result<(), Refusal> {
    let found = handles.len();
    if !(1..=MAX_SUBJECTS).contains(&found) || !handles.is_sorted_by(|one, next| one < next) {
        return Err(Refusal::Subjects { found });
    }
    handles.iter().try_for_each(|handle| check_subject(draft, handle))
}

/// Takes from the budget of a grant that allows all of this. Says whether a law does.
fn spend(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &TicketAct,
    opening: &Opening,
    id: RequestId,
) -> Result<bool, Refusal> {
    let mut request = request(draft, id)?;
    if id.requester != act.by {
        return Err(Refusal::NotYours { by: act.by, owner: id.requester });
    }
    let found = request_status(&request, case.at.time);
    let (Some(grant), RequestStatus::Live { .. }) = (&request.grant, found) else {
        return Err(Refusal::RequestStatus { found });
    };
    let resource = shared(draft, request.resource)?;
    if !grant.terms.purposes.contain(opening.purpose) {
        return Err(Refusal::PurposeOutside { found: opening.purpose });
    }
    if opening.fields == Fields::default() || !opening.fields.are_within(grant.terms.fields) {
        return Err(Refusal::FieldsOutside);
    }
    check_region(opening.region, grant.terms.region)?;
    let by_law = grant.basis.is_some();
    if !by_law && opening.consent.is_none() && needs_basis(&resource) {
        return Err(Refusal::ConsentNeeded);
    }
    let left = grant.terms.budget.saturating_sub(request.spent);
    let needed = u64::try_from(opening.subjects.len()).unwrap_or(u64::MAX);
    if needed > left {
        return Err(Refusal::BudgetSpent { left, needed });
    }
    request.spent = request.spent.saturating_add(needed);
    draft.write(&id, &Request { recorded_at: case.at.height, ..request });
    Ok(by_law)
}

fn needs_basis(resource: &Resource) -> bool {
    match resource.sharing {
        Sharing::Unconditional => false,
        Sharing::Conditional { .. } | Sharing::NotShared { .. } => true,
    }
}

/// Need overrides the sharing class, and nothing else: a justification is owed. No law says that it may be sealed.
fn break_glass(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &TicketAct,
    opening: &Opening,
    code: ResourceCode,
) -> Result<bool, Refusal> {
    let resource = published(draft, code)?;
    if opening.subjects.len() > 1 {
        return Err(Refusal::GlassOfBatch);
    }
    if !Purposes(u64::MAX).contain(opening.purpose) {
        return Err(Refusal::PurposeOutside { found: opening.purpose });
    }
    if opening.fields == Fields::default() || !opening.fields.are_within(Fields::first(resource.fields)) {
        return Err(Refusal::NoSuchField { known: resource.fields });
    }
    check_region(opening.region, resource.region)?;
    check_region(opening.region, registered(draft, act.by)?.region)?;
    let due = case.deadline(draft, opening.region, Matter::BreakGlassJustification)?;
    duty::open(draft, case.at, &duty_of(&act.ticket, DutyKind::JustifyGlass, 1), act.by, due);
    Ok(false)
}

fn resource_of(draft: &Draft<'_>, opening: &Opening) -> Result<ResourceCode, Refusal> {
    match opening.authority {
        Authority::Grant(id) => Ok(request(draft, id)?.resource),
        Authority::Glass { resource, .. } => Ok(resource),
    }
}

/// A consent that is named must hold, and be to this: of every subject, so it is never one to a batch.
fn check_consent(
    draft: &Draft<'_>,
    case: &Case<'_>,
    act: &TicketAct,
    opening: &Opening,
    code: ResourceCode,
    id: ConsentId,
) -> Result<(), Refusal> {
    let consent = read::<Consent>(draft, &id).ok_or(Refusal::NoConsent { consent: id })?;
    match consent_status(&consent, case.at.time) {
        ConsentStatus::Given { .. } => {}
        found @ (ConsentStatus::Withdrawn { .. } | ConsentStatus::Lapsed { .. }) => {
            return Err(Refusal::ConsentStatus { found });
        }
    }
    let is_to_this = consent.resource == code
        && consent.requester == act.by
        && consent.purposes.contain(opening.purpose)
        && opening.subjects.iter().all(|subject| *subject == consent.subject);
    if is_to_this { Ok(()) } else { Err(Refusal::ConsentOfElse) }
}
