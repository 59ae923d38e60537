//! Joint issue: m of n bodies sign, within a deadline, and the licence is in force from the m-th signature.
//!
//! Until then it waits, and without it the issue lapses by itself: nothing is written then. Design D12.

use super::Case;
use super::changing::current;
use super::opening::{check_new, open as open_licence};
use crate::draft::Draft;
use crate::law;
use crate::view::{At, read};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Matter;
use bulla_verify::licence::{Cosigner, Grant, JointIssue, Licence, MAX_JOINT, Origin, Pending, Refusal};
use bulla_verify::organisation::Organisation;
use bulla_verify::status::{Status, status};
use bulla_verify::time::Millis;
use std::collections::BTreeSet;

/// What a joint issue asks of whom.
pub(super) struct Asked<'a> {
    pub(super) with: &'a [Uscc],
    pub(super) needed: u8,
    pub(super) until: Millis,
}

/// Opens it, with the issuer's signature.
pub(super) fn open(
    draft: &mut Draft<'_>,
    at: At,
    case: &Case<'_>,
    grant: &Grant,
    asked: &Asked<'_>,
) -> Result<Licence, Refusal> {
    check_new(draft, case)?;
    if case.act.licence.version() != 1 {
        return Err(Refusal::FirstVersion { found: case.act.licence.version() });
    }
    let issuer = case.act.by;
    let names: BTreeSet<_> = asked.with.iter().chain([&issuer]).copied().collect();
    let count = asked.with.len().saturating_add(1);
    if asked.with.is_empty() || names.len() != count || count > MAX_JOINT {
        return Err(Refusal::JointBodies);
    }
    let of = u8::try_from(count).expect("at most MAX_JOINT");
    if asked.needed < 2 || asked.needed > of {
        return Err(Refusal::JointNeeded { needed: asked.needed, of });
    }
    for uscc in asked.with {
        let body = read::<Organisation>(draft, uscc).ok_or(Refusal::NoOrganisation { uscc: *uscc })?;
        if !body.region.contains(grant.region) {
            return Err(Refusal::RegionOutside { found: grant.region, allowed: body.region });
        }
    }
    let latest = law::deadline(draft, grant.region, Matter::JointIssue, at.time).ok_or(Refusal::NoDeadlineInLaw)?;
    if asked.until <= at.time || latest < asked.until {
        return Err(Refusal::JointDeadline { latest });
    }
    let licence = open_licence(draft, case, grant, Origin::Issued)?;
    let signed = Cosigner { organisation: issuer, signed_at: Some(case.instant) };
    let others = asked.with.iter().map(|other| Cosigner { organisation: *other, signed_at: None });
    let bodies = [signed].into_iter().chain(others).collect();
    draft.write(&licence.base, &JointIssue { needed: asked.needed, bodies });
    let missing = asked.needed.saturating_sub(1);
    Ok(Licence { pending: Some(Pending::Cosigners { missing, until: asked.until }), ..licence })
}

/// One more signature; the last that is needed puts the licence into force.
pub(super) fn sign(draft: &mut Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let licence = current(draft, case)?;
    let found = status(&licence, case.instant);
    let Status::PendingCosign { until, missing } = found else {
        return Err(Refusal::Status { found });
    };
    let mut joint =
        read::<JointIssue>(draft, &licence.base).expect("what waits for cosigners was opened with their list");
    let by = case.act.by;
    let body = joint.bodies.iter_mut().find(|body| body.organisation == by).ok_or(Refusal::NotACosigner { by })?;
    if body.signed_at.is_some() {
        return Err(Refusal::SignedAlready { by });
    }
    body.signed_at = Some(case.instant);
    draft.write(&licence.base, &joint);
    Ok(match missing.saturating_sub(1) {
        0 => Licence { pending: None, issued_at: case.instant, ..licence },
        missing => Licence { pending: Some(Pending::Cosigners { missing, until }), ..licence },
    })
}
