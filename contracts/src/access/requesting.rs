//! Requests for data, their answers, and what becomes of a grant.

use super::{Case, check_region, registered, request, resource, shared};
use crate::authority::Signers;
use crate::draft::Draft;
use crate::duty;
use crate::view::{At, read};
use bulla_verify::access::{
    Fields, Grant, Refusal, Request, RequestAct, RequestChange, RequestStatus, ResourceCode, ResourceStatus, Sharing,
    Terms, request_status, resource_status,
};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::law::{Citation, Matter};
use bulla_verify::record::Record;
use bulla_verify::roles::Role;

pub(super) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &RequestAct) -> Result<(), Refusal> {
    let case = Case { signers, at };
    let mut changed = match &act.change {
        RequestChange::File { resource, asked } => file(draft, &case, act, *resource, asked)?,
        RequestChange::Grant { terms, basis } => grant(draft, &case, act, *terms, basis.as_ref())?,
        RequestChange::Refuse { .. } => refuse(draft, &case, act)?,
        RequestChange::Suspend { .. } | RequestChange::Resume | RequestChange::Revoke { .. } => {
            on_grant(draft, &case, act)?
        }
    };
    changed.recorded_at = at.height;
    draft.write(&act.request, &changed);
    Ok(())
}

fn file(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &RequestAct,
    code: ResourceCode,
    asked: &Terms,
) -> Result<Request, Refusal> {
    case.check_own(act.by, act.request.requester, Role::Consumer)?;
    let requester = registered(draft, act.by)?;
    if read::<Request>(draft, &act.request).is_some() {
        return Err(Refusal::RequestExists { request: act.request });
    }
    let resource = shared(draft, code)?;
    if let Some(part) = asked.nothing_in() {
        return Err(Refusal::Nothing { part });
    }
    if !asked.fields.are_within(Fields::first(resource.fields)) {
        return Err(Refusal::NoSuchField { known: resource.fields });
    }
    check_region(asked.region, resource.region)?;
    check_region(asked.region, requester.region)?;
    case.check_end(asked.until)?;
    let due = case.deadline(draft, asked.region, Matter::RequestAnswer)?;
    duty::open(draft, case.at, &duty_of(act), code.owner, due);
    Ok(Request {
        resource: code,
        asked: *asked,
        filed_at: case.at.time,
        due,
        grant: None,
        refused: None,
        spent: 0,
        suspended: None,
        revoked: None,
        recorded_at: case.at.height,
    })
}

fn grant(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    act: &RequestAct,
    terms: Terms,
    basis: Option<&Citation>,
) -> Result<Request, Refusal> {
    let mut request = request(draft, act.request)?;
    check_answerer(draft, case, act, &request)?;
    let found = request_status(&request, case.at.time);
    if !matches!(found, RequestStatus::Filed { .. }) {
        return Err(Refusal::RequestStatus { found });
    }
    shared(draft, request.resource)?;
    if let Some(part) = terms.nothing_in() {
        return Err(Refusal::Nothing { part });
    }
    if let Some(part) = terms.beyond(&request.asked) {
        return Err(Refusal::BeyondAsked { part });
    }
    request.grant = Some(Grant { at: case.at.time, terms, basis: basis.cloned() });
    duty::discharge(draft, case.at, &duty_of(act), act.by);
    Ok(request)
}

/// Also of a request that lapsed, so that none is left unanswered.
fn refuse(draft: &mut Draft<'_>, case: &Case<'_>, act: &RequestAct) -> Result<Request, Refusal> {
    let mut request = request(draft, act.request)?;
    check_answerer(draft, case, act, &request)?;
    let found = request_status(&request, case.at.time);
    if !matches!(found, RequestStatus::Filed { .. } | RequestStatus::Lapsed { .. }) {
        return Err(Refusal::RequestStatus { found });
    }
    if matches!(found, RequestStatus::Filed { .. }) {
        check_conditional(draft, request.resource)?;
    }
    request.refused = Some(case.at.time);
    duty::discharge(draft, case.at, &duty_of(act), act.by);
    Ok(request)
}

/// What is shared without condition is refused to nobody, as long as it is shared.
fn check_conditional(draft: &Draft<'_>, code: ResourceCode) -> Result<(), Refusal> {
    let resource = resource(draft, code)?;
    match (&resource.sharing, resource_status(&resource)) {
        (Sharing::Unconditional, ResourceStatus::Published) => Err(Refusal::Unconditional { resource: code }),
        _ => Ok(()),
    }
}

fn on_grant(draft: &Draft<'_>, case: &Case<'_>, act: &RequestAct) -> Result<Request, Refusal> {
    let mut request = request(draft, act.request)?;
    case.check_own(act.by, request.resource.owner, Role::Steward)?;
    let now = case.at.time;
    let found = request_status(&request, now);
    match (&act.change, found) {
        (RequestChange::Suspend { .. }, RequestStatus::NotYet { .. } | RequestStatus::Live { .. }) => {
            request.suspended = Some(now);
        }
        (RequestChange::Resume, RequestStatus::Suspended { .. }) => request.suspended = None,
        (
            RequestChange::Revoke { .. },
            RequestStatus::NotYet { .. } | RequestStatus::Live { .. } | RequestStatus::Suspended { .. },
        ) => request.revoked = Some(now),
        _ => return Err(Refusal::RequestStatus { found }),
    }
    Ok(request)
}

fn check_answerer(draft: &Draft<'_>, case: &Case<'_>, act: &RequestAct, request: &Request) -> Result<(), Refusal> {
    case.check_owing(draft, act.by, (request.resource.owner, Role::Steward), (&duty_of(act), request.due))
}

fn duty_of(act: &RequestAct) -> DutyName {
    DutyName { kind: DutyKind::AnswerRequest, of: Request::key(&act.request), turn: 1 }
}
