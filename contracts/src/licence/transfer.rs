//! Transfers between bodies: offered by one, taken over by the other in one act, and in force with exactly one at any instant.
//!
//! While it is offered, the licence is in force where it is and nothing else can be done to it but to end it. The act that
//! takes it over opens the other's licence and ends this one, at one instant, and stands in both histories.

use super::changing::{check_active, current};
use super::opening::{check_new, new};
use super::{Case, record_of};
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::catalogue::Competence;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{End, Grant, How, Licence, Origin, Pending, Refusal};
use bulla_verify::organisation::Organisation;
use bulla_verify::record::Holding;
use bulla_verify::status::{Status, status};

pub(super) fn offer(draft: &Draft<'_>, case: &Case<'_>, to: Uscc) -> Result<Licence, Refusal> {
    let licence = current(draft, case)?;
    check_active(case, &licence)?;
    if let Some(ahead) = licence.suspension.filter(|suspension| suspension.from > case.instant) {
        return Err(Refusal::SuspensionAhead { from: ahead.from });
    }
    if to == case.act.by {
        return Err(Refusal::TransferToSelf);
    }
    read::<Organisation>(draft, &to).ok_or(Refusal::NoOrganisation { uscc: to })?;
    // For which region is judged when it takes the licence over.
    let code = case.kind.code;
    read::<Competence>(draft, &(code, to)).ok_or(Refusal::NoCompetence { organisation: to, code })?;
    Ok(Licence { pending: Some(Pending::Transfer { to }), ..licence })
}

/// By either side: the issuer takes its offer back, or the other body declines.
pub(super) fn abort(draft: &Draft<'_>, case: &Case<'_>) -> Result<Licence, Refusal> {
    let licence = current(draft, case)?;
    let to = offered_to(case, &licence)?;
    let by = case.act.by;
    if by != to && by != licence.base.issuer {
        return Err(Refusal::NotOffered { by, to });
    }
    Ok(Licence { pending: None, ..licence })
}

/// The licence as it begins with the body that takes it over; the one that was offered is ended and recorded here.
pub(super) fn accept(
    draft: &mut Draft<'_>,
    at: At,
    case: &Case<'_>,
    from: &LicenceId,
    grant: &Grant,
) -> Result<Licence, Refusal> {
    check_new(draft, case)?;
    if case.act.licence.version() != 1 {
        return Err(Refusal::FirstVersion { found: case.act.licence.version() });
    }
    let offered = read::<Licence>(draft, &from.base()).ok_or_else(|| Refusal::NoLicence { licence: from.clone() })?;
    if from.version() != offered.version {
        return Err(Refusal::NotCurrent { found: from.version(), current: offered.version });
    }
    if offered.base.type_code != case.kind.code {
        return Err(Refusal::OtherType { found: case.kind.code, offered: offered.base.type_code });
    }
    let (by, to) = (case.act.by, offered_to(case, &offered)?);
    if by != to {
        return Err(Refusal::NotOffered { by, to });
    }
    case.check_competence(draft, grant.region)?;
    if (grant.term, grant.holding) != (offered.term, offered.holding) {
        return Err(Refusal::NotAsOffered);
    }
    if let Some(holding) = grant.holding {
        draft.write(&(case.kind.code, holding), &Holding { licence: case.act.licence.base() });
    }
    let how = How::Transferred { to: case.act.licence.base() };
    let left = Licence { ended: Some(End { how, at: case.instant, by }), pending: None, ..offered };
    record_of(draft, at, case, from, left);
    Ok(new(case, grant, Origin::TransferredIn { from: from.clone() }))
}

fn offered_to(case: &Case<'_>, licence: &Licence) -> Result<Uscc, Refusal> {
    let found = status(licence, case.instant);
    if let Status::TransferOutPending { to, .. } = found { Ok(to) } else { Err(Refusal::Status { found }) }
}
