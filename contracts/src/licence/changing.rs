//! The acts on a licence that is there and goes on: renewed, amended, corrected, suspended, resumed; and its closing.

use super::{Case, holding};
use crate::authority::is_or_above;
use crate::draft::Draft;
use crate::view::read;
use bulla_verify::hash::Hash;
use bulla_verify::licence::{Ending, Licence, Refusal, Suspension, Term};
use bulla_verify::status::{Status, status};
use bulla_verify::time::{DAY_MS, Millis};

/// The last version that an identifier has room for.
const LAST_VERSION: u16 = 999;

/// A new term, for a licence in force or lately expired.
pub(super) fn renew(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    mut term: Term,
    contents: Hash,
) -> Result<Licence, Refusal> {
    let mut licence = current(draft, case)?;
    case.check_competence(draft, licence.region)?;
    let found = status(&licence, case.instant);
    let grace_ms = i64::from(case.kind.late_renewal_days).saturating_mul(DAY_MS);
    let lately = matches!(found, Status::Expired { since } if case.instant.since(since) < grace_ms);
    let in_force = matches!(found, Status::Active { .. });
    if !in_force && !lately {
        return Err(Refusal::Status { found });
    }
    case.check_term(term)?;
    if term.from < licence.term.from {
        return Err(Refusal::TermBackwards { current: licence.term.from });
    }
    if let Status::Active { until: Some(ends) } = found
        && ends < term.from
    {
        return Err(Refusal::TermGap { ends });
    }
    if let Some(holding) = licence.holding {
        holding::claim(draft, case, holding)?;
    }
    if in_force {
        // Renewed ahead of time, it stays in force: the new version takes the place of the old from this act on.
        term.from = term.from.min(case.instant);
    }
    licence.version = licence.version.saturating_add(1);
    licence.term = term;
    licence.contents = contents;
    licence.corrected = false;
    // An offer that was not taken before the term ended is over.
    licence.pending = None;
    Ok(licence)
}

/// New contents; where asked, an earlier end or a new holder.
pub(super) fn amend(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    contents: Hash,
    until: Option<Millis>,
    holder: Option<Hash>,
    holding: Option<Hash>,
) -> Result<Licence, Refusal> {
    let mut licence = current(draft, case)?;
    case.check_competence(draft, licence.region)?;
    check_in_force(case, &licence)?;
    if let Some(until) = until {
        let shortened = Term { until: Some(until), ..licence.term };
        if shortened.has_ended(shortened.from) {
            return Err(Refusal::EmptyTerm);
        }
        if licence.term.until.is_some_and(|ends| ends < until) {
            return Err(Refusal::TermLengthened);
        }
        licence.term = shortened;
    }
    match (holder, holding) {
        (Some(_), None) if case.kind.single_holding => return Err(Refusal::HoldingNeeded),
        (None, Some(_)) => return Err(Refusal::HoldingNotNeeded),
        (Some(_), Some(_)) if !case.kind.single_holding => return Err(Refusal::HoldingNotNeeded),
        (Some(_), Some(new)) => {
            holding::claim(draft, case, new)?;
            if let Some(former) = licence.holding.replace(new).filter(|former| *former != new) {
                holding::release(draft, case, former, &licence.base);
            }
        }
        (Some(_) | None, None) => {}
    }
    licence.version = licence.version.saturating_add(1);
    licence.contents = contents;
    licence.corrected = false;
    licence.holder = holder.unwrap_or(licence.holder);
    Ok(licence)
}

/// A clerical slip put right in the version that has it.
pub(super) fn correct(draft: &Draft<'_>, case: &Case<'_>, contents: Hash) -> Result<Licence, Refusal> {
    let mut licence = current(draft, case)?;
    case.check_competence(draft, licence.region)?;
    check_active(case, &licence)?;
    if contents == licence.contents {
        return Err(Refusal::NothingCorrected);
    }
    licence.contents = contents;
    licence.corrected = true;
    Ok(licence)
}

/// A suspension, in place of one that is over, or of one that has not begun and that this body may undo.
pub(super) fn suspend(
    draft: &Draft<'_>,
    case: &Case<'_>,
    from: Option<Millis>,
    until: Option<Millis>,
) -> Result<Licence, Refusal> {
    let from = from.unwrap_or(case.instant);
    let mut licence = current(draft, case)?;
    check_active(case, &licence)?;
    if let Some(ahead) = licence.suspension.filter(|suspension| suspension.from > case.instant) {
        check_may_undo(draft, case, &ahead)?;
    }
    if from < case.instant || until.is_some_and(|until| until <= from) {
        return Err(Refusal::SuspensionBounds);
    }
    licence.suspension = Some(Suspension { from, until, by: case.act.by });
    Ok(licence)
}

/// The end of a suspension that runs.
pub(super) fn resume(draft: &Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let mut licence = current(draft, case)?;
    let found = status(&licence, case.instant);
    if !matches!(found, Status::Suspended { .. }) {
        return Err(Refusal::Status { found });
    }
    if let Some(running) = licence.suspension.take() {
        check_may_undo(draft, case, &running)?;
    }
    Ok(licence)
}

/// The procedural closing, after whatever went before.
pub(super) fn cancel(draft: &Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let mut licence = current(draft, case)?;
    let found = status(&licence, case.instant);
    match found {
        Status::Active { .. }
        | Status::Suspended { .. }
        | Status::NotYetInForce { .. }
        | Status::Expired { .. }
        | Status::Revoked { .. }
        | Status::Withdrawn { .. }
        | Status::Annulled { .. } => {}
        // What another body has a say in is not closed over its head.
        Status::TransferOutPending { .. } | Status::PendingCosign { .. } => return Err(Refusal::Status { found }),
        Status::Cancelled { .. }
        | Status::Transferred { .. }
        | Status::Lapsed { .. }
        | Status::BeforeLastAct { .. } => return Err(Refusal::Status { found }),
    }
    licence.cancelled = Some(Ending { at: case.instant, by: case.act.by });
    Ok(licence)
}

/// The licence that the act names, if it names its current version and comes after its last act.
pub(super) fn current(draft: &Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let named = &case.act.licence;
    let licence = read::<Licence>(draft, &named.base()).ok_or_else(|| Refusal::NoLicence { licence: named.clone() })?;
    if named.version() != licence.version {
        return Err(Refusal::NotCurrent { found: named.version(), current: licence.version });
    }
    if case.act.change.makes_a_version() && licence.version >= LAST_VERSION {
        return Err(Refusal::NoVersionLeft);
    }
    if case.instant < licence.changed_at {
        return Err(Refusal::OutOfOrder { at: case.instant, last: licence.changed_at });
    }
    Ok(licence)
}

/// Active, and not on its way to another body.
pub(super) fn check_active(case: &Case<'_>, licence: &Licence) -> Result<(), Refusal> {
    let found = status(licence, case.instant);
    if matches!(found, Status::Active { .. }) { Ok(()) } else { Err(Refusal::Status { found }) }
}

/// Active or suspended.
pub(super) fn check_in_force(case: &Case<'_>, licence: &Licence) -> Result<(), Refusal> {
    let found = status(licence, case.instant);
    let in_force = matches!(found, Status::Active { .. } | Status::Suspended { .. });
    if in_force { Ok(()) } else { Err(Refusal::Status { found }) }
}

/// A suspension is undone by the body that decided it or by one above it, never by one below.
fn check_may_undo(draft: &Draft<'_>, case: &Case<'_>, suspension: &Suspension) -> Result<(), Refusal> {
    let (by, decided_by) = (case.act.by, suspension.by);
    if is_or_above(draft, by, decided_by) { Ok(()) } else { Err(Refusal::NotYourSuspension { by, decided_by }) }
}
