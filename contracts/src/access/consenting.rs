//! Consents of subjects, and their withdrawal. Both are filed by whatever body the subject goes to.

use super::{Case, check_subject, published, registered};
use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::access::{Bound, Consent, ConsentAct, ConsentChange, ConsentStatus, Giving, Refusal, consent_status};
use bulla_verify::law::Matter;
use bulla_verify::roles::Role;

pub(super) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &ConsentAct) -> Result<(), Refusal> {
    let case = Case { signers, at };
    let changed = match &act.change {
        ConsentChange::Give(giving) => give(draft, &case, act, giving)?,
        ConsentChange::Withdraw => withdraw(draft, &case, act)?,
    };
    draft.write(&act.consent, &changed);
    Ok(())
}

fn give(draft: &Draft<'_>, case: &Case<'_>, act: &ConsentAct, giving: &Giving) -> Result<Consent, Refusal> {
    let Giving { subject, resource, requester, purposes, paper, until } = *giving;
    case.check_own(act.by, act.consent.filed_by, Role::Intake)?;
    if read::<Consent>(draft, &act.consent).is_some() {
        return Err(Refusal::ConsentExists { consent: act.consent });
    }
    check_subject(draft, &subject)?;
    let region = published(draft, resource)?.region;
    registered(draft, requester)?;
    if purposes.0 == 0 {
        return Err(Refusal::Nothing { part: Bound::Purposes });
    }
    let until = match until {
        Some(until) => until,
        None => case.window(draft, region, Matter::ConsentLapse)?,
    };
    case.check_end(until)?;
    let (given_at, recorded_at) = (case.at.time, case.at.height);
    Ok(Consent { subject, resource, requester, purposes, paper, given_at, until, withdrawn: None, recorded_at })
}

/// By any body, so that none that has an interest can keep it out.
fn withdraw(draft: &Draft<'_>, case: &Case<'_>, act: &ConsentAct) -> Result<Consent, Refusal> {
    case.check_role(act.by, Role::Intake)?;
    let consent = read::<Consent>(draft, &act.consent).ok_or(Refusal::NoConsent { consent: act.consent })?;
    match consent_status(&consent, case.at.time) {
        ConsentStatus::Given { .. } => {}
        found @ (ConsentStatus::Withdrawn { .. } | ConsentStatus::Lapsed { .. }) => {
            return Err(Refusal::ConsentStatus { found });
        }
    }
    Ok(Consent { withdrawn: Some(case.at.time), recorded_at: case.at.height, ..consent })
}
