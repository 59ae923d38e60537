//! The end of a case: decided once, delivered if it was granted, rated once; or withdrawn before.

use super::{Turn, item_of};
use crate::draft::Draft;
use crate::duty;
use bulla_verify::case::{Case, Decision, Delivery, HandOver, Rating, Refusal, Status};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};

pub(super) fn decide(draft: &mut Draft<'_>, turn: &Turn<'_>, granted: bool, reasons: Hash) -> Result<Case, Refusal> {
    let mut case = turn.open(draft)?;
    let (by, needed) = (turn.act.by, case.decider);
    if by != needed {
        return Err(Refusal::NotYours { by, needed });
    }
    if by != case.held_by {
        return Err(Refusal::NotInHands { by, held_by: case.held_by });
    }
    if let Some(HandOver { to, .. }) = case.offered {
        return Err(Refusal::Offered { to });
    }
    if let Some(until) = case.stop.map(|stop| stop.until).filter(|until| turn.at.time < *until) {
        return Err(Refusal::Stopped { until });
    }
    case.decision = Some(Decision { at: turn.at.time, granted, reasons });
    duty::discharge(draft, turn.at, &turn.duty(), by);
    Ok(case)
}

pub(super) fn deliver(draft: &Draft<'_>, turn: &Turn<'_>, licence: Option<&LicenceId>) -> Result<Case, Refusal> {
    let mut case = turn.case(draft)?;
    let (by, needed) = (turn.act.by, case.decider);
    if by != needed && by != turn.act.case.acceptor {
        return Err(Refusal::NotYours { by, needed });
    }
    let found = turn.status(&case);
    if !matches!(found, Status::Granted { .. }) {
        return Err(Refusal::Status { found });
    }
    check_result(draft, turn, item_of(draft, &case).result, licence)?;
    case.delivered = Some(Delivery { at: turn.at.time, by, licence: licence.map(LicenceId::base) });
    Ok(case)
}

/// Also of what was refused: who asked was served, well or badly.
pub(super) fn rate(draft: &Draft<'_>, turn: &Turn<'_>, rating: Rating) -> Result<Case, Refusal> {
    let mut case = turn.case(draft)?;
    let found = turn.status(&case);
    match found {
        Status::Delivered { rating: None, .. } | Status::Refused { rating: None, .. } => {}
        Status::Delivered { .. } | Status::Refused { .. } => return Err(Refusal::Rated),
        Status::BeforeLastAct { .. }
        | Status::Accepted { .. }
        | Status::InProgress { .. }
        | Status::Stopped { .. }
        | Status::Granted { .. }
        | Status::Withdrawn { .. } => return Err(Refusal::Status { found }),
    }
    case.rating = Some(rating);
    Ok(case)
}

pub(super) fn withdraw(draft: &mut Draft<'_>, turn: &Turn<'_>) -> Result<Case, Refusal> {
    let mut case = turn.open(draft)?;
    case.withdrawn = Some(turn.at.time);
    case.offered = None;
    duty::discharge(draft, turn.at, &turn.duty(), turn.act.by);
    Ok(case)
}

/// What is delivered is what the item results in.
fn check_result(
    draft: &Draft<'_>,
    turn: &Turn<'_>,
    result: Option<LicenceTypeCode>,
    licence: Option<&LicenceId>,
) -> Result<(), Refusal> {
    match (result, licence) {
        (None, None) => Ok(()),
        (Some(code), None) => Err(Refusal::ResultNeeded { code }),
        (result, Some(id)) => {
            let found = id.type_code();
            if result != Some(found) {
                return Err(Refusal::WrongResult { found });
            }
            turn.active_licence(draft, id).map(drop)
        }
    }
}
