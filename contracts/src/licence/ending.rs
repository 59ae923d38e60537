//! How a licence ends before its term, and how an end is undone.
//!
//! Revoked, withdrawn, annulled: one of them at most. An annulment alone reaches back, to the issue at the earliest. Nothing
//! but a reinstatement takes an end away, and what the licence was in between stays in its history.
//! Source: Administrative Licensing Law, articles 8, 69 and 70.

use super::changing::{check_in_force, current};
use super::{Case, holding};
use crate::draft::Draft;
use bulla_verify::licence::{End, Ground, How, Licence, Refusal};
use bulla_verify::status::{Status, status};
use bulla_verify::time::Millis;

/// The end as a penalty. An offer to another body falls with it.
pub(super) fn revoke(draft: &Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let licence = current(draft, case)?;
    if !matches!(status(&licence, case.instant), Status::TransferOutPending { .. }) {
        check_in_force(case, &licence)?;
    }
    Ok(ended(case, licence, How::Revoked))
}

/// The end of what was lawful, from the act on.
pub(super) fn withdraw(draft: &Draft<'_>, case: &Case<'_>, compensation: bool) -> Result<Licence, Refusal> {
    let licence = current(draft, case)?;
    check_in_force(case, &licence)?;
    Ok(ended(case, licence, How::Withdrawn { compensation }))
}

/// The end of what should never have been. An offer to another body falls with it.
pub(super) fn annul(draft: &Draft<'_>, case: &Case<'_>, ground: Ground, void_from: Millis) -> Result<Licence, Refusal> {
    let licence = annullable(draft, case)?;
    let (earliest, latest) = (licence.issued_at, case.instant);
    if void_from < earliest || latest < void_from {
        return Err(Refusal::VoidFrom { found: void_from, earliest, latest });
    }
    Ok(ended(case, licence, How::Annulled { ground, void_from }))
}

/// What should never have been, and stands for the public's sake.
pub(super) fn spare(draft: &Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    Ok(Licence { spared: true, ..annullable(draft, case)? })
}

/// Its force given back, as far as its term and a suspension leave it any. It keeps its history, and so the gap.
pub(super) fn reinstate(draft: &mut Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let mut licence = current(draft, case)?;
    case.check_competence(draft, licence.region)?;
    let found = status(&licence, case.instant);
    let transferred = licence.ended.as_ref().is_some_and(|end| matches!(end.how, How::Transferred { .. }));
    let overturned = matches!(
        found,
        Status::Annulled { .. } | Status::Revoked { .. } | Status::Withdrawn { .. } | Status::Cancelled { .. }
    );
    if transferred || !overturned {
        return Err(Refusal::Status { found });
    }
    if let Some(holding) = licence.holding {
        holding::claim(draft, case, holding)?;
    }
    licence.ended = None;
    licence.cancelled = None;
    Ok(licence)
}

/// Live or expired.
fn annullable(draft: &Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let licence = current(draft, case)?;
    let found = status(&licence, case.instant);
    let is_issued = !matches!(found, Status::PendingCosign { .. });
    let may = matches!(found, Status::Expired { .. }) || (found.is_live() && is_issued);
    if may { Ok(licence) } else { Err(Refusal::Status { found }) }
}

fn ended(case: &Case<'_>, licence: Licence, how: How) -> Licence {
    Licence { ended: Some(End { how, at: case.instant, by: case.act.by }), pending: None, ..licence }
}
