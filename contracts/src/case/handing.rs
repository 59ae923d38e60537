//! From hand to hand: signed by the body that gives, then by the one that takes. Until it is taken it stays where it was.

use super::{Turn, registered};
use crate::draft::Draft;
use bulla_verify::case::{Case, HandOver, Refusal};
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::uscc::Uscc;

pub(super) fn hand_over(draft: &Draft<'_>, turn: &Turn<'_>, to: Uscc, task: Hash) -> Result<Case, Refusal> {
    let mut case = turn.held(draft)?;
    if let Some(HandOver { to, .. }) = case.offered {
        return Err(Refusal::Offered { to });
    }
    registered(draft, to)?;
    if to == case.held_by {
        return Err(Refusal::SameBody);
    }
    case.offered = Some(HandOver { at: turn.at.time, to, task });
    Ok(case)
}

pub(super) fn take(draft: &Draft<'_>, turn: &Turn<'_>) -> Result<Case, Refusal> {
    let mut case = turn.open(draft)?;
    let HandOver { to, .. } = case.offered.take().ok_or(Refusal::NotOffered)?;
    let by = turn.act.by;
    if by != to {
        return Err(Refusal::NotYours { by, needed: to });
    }
    case.held_by = by;
    case.hand_overs = case.hand_overs.saturating_add(1);
    if by == case.decider {
        case.begun = case.begun.or(Some(turn.at.time));
    }
    Ok(case)
}

pub(super) fn call_off(draft: &Draft<'_>, turn: &Turn<'_>) -> Result<Case, Refusal> {
    let mut case = turn.open(draft)?;
    let HandOver { to, .. } = case.offered.take().ok_or(Refusal::NotOffered)?;
    let by = turn.act.by;
    if by == to || by == case.held_by { Ok(case) } else { Err(Refusal::NotYours { by, needed: to }) }
}
