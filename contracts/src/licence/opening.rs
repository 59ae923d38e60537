//! The acts that open a licence's record: its issue, and its taking over from another register.

use super::{Case, holding};
use crate::draft::Draft;
use crate::view::read;
use bulla_verify::chain::Height;
use bulla_verify::licence::{Grant, Licence, Origin, Refusal};
use bulla_verify::list::Head;
use bulla_verify::name::Name;

pub(super) fn issue(draft: &mut Draft<'_>, case: &Case<'_>, grant: &Grant) -> Result<Licence, Refusal> {
    check_new(draft, case)?;
    match case.act.licence.version() {
        1 => open(draft, case, grant, Origin::Issued),
        found => Err(Refusal::FirstVersion { found }),
    }
}

/// It keeps the version that it has in the other register.
pub(super) fn take_over(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    from: &Name,
    grant: &Grant,
) -> Result<Licence, Refusal> {
    check_new(draft, case)?;
    if case.act.effective_at.is_none() {
        return Err(Refusal::TakeOverWithoutDate);
    }
    open(draft, case, grant, Origin::TakenOver { from: from.clone() })
}

pub(super) fn check_new(draft: &Draft<'_>, case: &Case<'_>) -> Result<(), Refusal> {
    match read::<Licence>(draft, &case.act.licence.base()) {
        Some(_) => Err(Refusal::LicenceExists { licence: case.act.licence.clone() }),
        None => Ok(()),
    }
}

pub(super) fn open(draft: &mut Draft<'_>, case: &Case<'_>, grant: &Grant, origin: Origin) -> Result<Licence, Refusal> {
    case.check_competence(draft, grant.region)?;
    case.check_term(grant.term)?;
    match grant.holding {
        None if case.kind.single_holding => return Err(Refusal::HoldingNeeded),
        Some(_) if !case.kind.single_holding => return Err(Refusal::HoldingNotNeeded),
        Some(holding) => holding::claim(draft, case, holding)?,
        None => {}
    }
    Ok(new(case, grant, origin))
}

/// The record before its first act is written into it.
pub(super) fn new(case: &Case<'_>, grant: &Grant, origin: Origin) -> Licence {
    Licence {
        base: case.act.licence.base(),
        version: case.act.licence.version(),
        region: grant.region,
        origin,
        holder: grant.holder,
        holding: grant.holding,
        contents: grant.contents,
        issued_at: case.instant,
        term: grant.term,
        suspension: None,
        ended: None,
        cancelled: None,
        pending: None,
        corrected: false,
        spared: false,
        // What every act sets stands here as it is before the first.
        historic: false,
        changed_at: case.instant,
        recorded_at: Height(0),
        history: Head::default(),
    }
}
