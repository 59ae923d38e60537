//! Who is competent where and when: granted by the type's owner, or delegated by a superior that is competent itself.
//!
//! What is delegated holds while, and where, the body above that delegated it is competent: it is never more than that body
//! has, whatever becomes of it later. Rule: `docs/decisions/0025`.

use super::{governed, registered};
use crate::authority::{Signers, is_or_above};
use crate::draft::Draft;
use crate::view::{View, read};
use bulla_verify::catalogue::{Competence, Dates, LicenceType, Refusal, Tenure};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;

/// What an organisation is competent for at an instant, by the catalogue as it stands.
pub(crate) fn competence_at(
    view: &dyn View,
    code: LicenceTypeCode,
    organisation: Uscc,
    instant: Millis,
) -> Option<Competence> {
    let own = read::<Competence>(view, &(code, organisation))?;
    let Some(tenure) = read::<Tenure>(view, &(code, organisation)) else { return Some(own) };
    if !tenure.dates.contain(instant) {
        return None;
    }
    // Each step leads to a body above: there are not more than levels.
    match tenure.delegated_by {
        Some(above) if !competence_at(view, code, above, instant)?.region.contains(own.region) => None,
        Some(_) | None => Some(own),
    }
}

pub(super) fn grant(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    competence: &Competence,
    dates: Option<Dates>,
) -> Result<(), Refusal> {
    let organisation = registered(draft, competence.organisation)?;
    let kind = governed(draft, signers, competence.type_code)?;
    for allowed in [kind.region, organisation.region] {
        check_region(competence.region, allowed)?;
    }
    if dates.is_some_and(|dates| !dates.are_sound()) {
        return Err(Refusal::EmptyDates);
    }
    write(draft, competence, dates.map(|dates| Tenure { dates, delegated_by: None }));
    Ok(())
}

pub(super) fn delegate(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    competence: &Competence,
    dates: Dates,
    by: Uscc,
) -> Result<(), Refusal> {
    let (code, to) = (competence.type_code, competence.organisation);
    let organisation = registered(draft, to)?;
    registered(draft, by)?;
    if !signers.act_for(by, Role::Registrar) {
        return Err(Refusal::Role { role: Role::Registrar, organisation: by });
    }
    if read::<LicenceType>(draft, &code).is_none() {
        return Err(Refusal::NoType { code });
    }
    check_region(competence.region, organisation.region)?;
    if !dates.are_sound() {
        return Err(Refusal::EmptyDates);
    }
    if by == to || !is_or_above(draft, by, to) {
        return Err(Refusal::NotBeneath { by, organisation: to });
    }
    let is_of_other = read::<Tenure>(draft, &(code, to)).and_then(|tenure| tenure.delegated_by) != Some(by);
    if is_of_other && read::<Competence>(draft, &(code, to)).is_some() {
        return Err(Refusal::GrantedByOther { code, organisation: to });
    }
    if read::<Competence>(draft, &(code, by)).is_none() {
        return Err(Refusal::NoCompetence { code, organisation: by });
    }
    if !has(draft, code, by, competence.region, dates) {
        return Err(Refusal::BeyondOwn { by });
    }
    write(draft, competence, Some(Tenure { dates, delegated_by: Some(by) }));
    Ok(())
}

/// For whoever governs the type, and for the body that delegated it.
pub(super) fn withdraw(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    code: LicenceTypeCode,
    organisation: Uscc,
) -> Result<(), Refusal> {
    let name = (code, organisation);
    let tenure = read::<Tenure>(draft, &name);
    let delegated_by = tenure.and_then(|tenure| tenure.delegated_by);
    if !delegated_by.is_some_and(|by| signers.act_for(by, Role::Registrar)) {
        governed(draft, signers, code)?;
    }
    if read::<Competence>(draft, &name).is_none() {
        return Err(Refusal::NoCompetence { code, organisation });
    }
    draft.remove::<Competence>(&name);
    if tenure.is_some() {
        draft.remove::<Tenure>(&name);
    }
    Ok(())
}

/// Whether a body is competent in all of a region on all of the dates, and so is each that delegated it.
fn has(view: &dyn View, code: LicenceTypeCode, organisation: Uscc, region: RegionCode, dates: Dates) -> bool {
    let name = (code, organisation);
    let Some(own) = read::<Competence>(view, &name).filter(|own| own.region.contains(region)) else { return false };
    let Some(tenure) = read::<Tenure>(view, &name) else { return true };
    tenure.dates.enclose(dates) && tenure.delegated_by.is_none_or(|above| has(view, code, above, own.region, dates))
}

fn check_region(found: RegionCode, allowed: RegionCode) -> Result<(), Refusal> {
    if allowed.contains(found) { Ok(()) } else { Err(Refusal::RegionOutside { found, allowed }) }
}

fn write(draft: &mut Draft<'_>, competence: &Competence, tenure: Option<Tenure>) {
    let name = (competence.type_code, competence.organisation);
    draft.write(&name, competence);
    match tenure {
        Some(tenure) => draft.write(&name, &tenure),
        None if read::<Tenure>(draft, &name).is_some() => draft.remove::<Tenure>(&name),
        None => {}
    }
}
