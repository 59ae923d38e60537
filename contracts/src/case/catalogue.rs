//! The catalogue of service items: versions are published one after the other, and none is changed.

use super::registered;
use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::case::{Catalogued, MAX_DAYS, MAX_MATERIALS, MAX_REPLACING, Refusal, ServiceCode, ServiceItem};
use bulla_verify::catalogue::LicenceType;
use bulla_verify::organisation::Organisation;
use bulla_verify::roles::Role;

pub(super) fn publish(draft: &mut Draft<'_>, signers: &Signers<'_>, item: &ServiceItem) -> Result<(), Refusal> {
    let body = registered(draft, item.code.body)?;
    check_superior(signers, &body)?;
    let published = read::<Catalogued>(draft, &item.code).map_or(0, |catalogued| catalogued.version);
    let next = published.saturating_add(1);
    if item.version != next {
        return Err(Refusal::NotNextVersion { found: item.version, next });
    }
    if !body.region.contains(item.region) {
        return Err(Refusal::RegionOutside { found: item.region, allowed: body.region });
    }
    if item.levels.is_empty() {
        return Err(Refusal::NoLevel);
    }
    let (promised, statutory, stops) = (item.promised_days, item.statutory_days, item.stop_days);
    if promised == 0 || promised > statutory || statutory > MAX_DAYS || stops > MAX_DAYS {
        return Err(Refusal::Days { promised, statutory, stops });
    }
    let too_many = item.materials.iter().any(|material| material.replaced_by.len() > MAX_REPLACING);
    if too_many || item.materials.len() > MAX_MATERIALS {
        return Err(Refusal::TooManyMaterials);
    }
    for code in item.materials.iter().flat_map(|material| &material.replaced_by).chain(&item.result) {
        read::<LicenceType>(draft, code).ok_or(Refusal::NoType { code: *code })?;
    }
    draft.write(&(item.code, item.version), item);
    draft.write(&item.code, &Catalogued { version: item.version, retired: None });
    Ok(())
}

pub(super) fn retire(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, item: ServiceCode) -> Result<(), Refusal> {
    check_superior(signers, &registered(draft, item.body)?)?;
    let catalogued = current(draft, item)?;
    draft.write(&item, &Catalogued { retired: Some(at.time), ..catalogued });
    Ok(())
}

/// Which version of an item is current, if anything may be accepted under it.
pub(super) fn current(draft: &Draft<'_>, item: ServiceCode) -> Result<Catalogued, Refusal> {
    let catalogued = read::<Catalogued>(draft, &item).ok_or(Refusal::NoItem { item })?;
    if catalogued.retired.is_some() { Err(Refusal::Retired { item }) } else { Ok(catalogued) }
}

/// What a body does for people is set by the one above it.
fn check_superior(signers: &Signers<'_>, body: &Organisation) -> Result<(), Refusal> {
    let needed = body.parent.unwrap_or(body.uscc);
    if signers.act_for(needed, Role::Registrar) { Ok(()) } else { Err(Refusal::NotSuperior { needed }) }
}
