//! The stops of a case's clock: for a hearing, for an expert review, and while a paper is brought that was asked for. Whether
//! a paper may be asked for at all that an active licence stands for is not for the ledger to stop: it is counted.

use super::{Turn, due, item_of};
use crate::draft::Draft;
use crate::duty;
use crate::law::WorkingDays;
use bulla_verify::canonical;
use bulla_verify::case::{Asked, Case, Material, Refusal, Stop, StopReason, Supplement, Violation, Violations, clock};
use bulla_verify::identifiers::licence_id::{LicenceBase, LicenceId};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::Licence;
use bulla_verify::record::Record;
use bulla_verify::status::status;
use bulla_verify::time::{Date, Millis};

pub(super) fn ask(draft: &mut Draft<'_>, turn: &Turn<'_>, place: u8, days: u16) -> Result<Case, Refusal> {
    let mut case = turn.held(draft)?;
    let item = item_of(draft, &case);
    let material = item.material(place).ok_or(Refusal::NoMaterial { material: place })?;
    begin(draft, turn, &mut case, item.stop_days, StopReason::Supplement, days)?;
    let standing = standing_for(draft, turn.at.time, &case, material);
    let counted = standing.is_some();
    case.asked = Some(Asked { material: place, at: turn.at.time, by: turn.act.by, counted });
    if let Some(licence) = standing {
        count(draft, turn, &mut case, turn.act.by, place, licence);
    }
    Ok(case)
}

pub(super) fn supplement(draft: &mut Draft<'_>, turn: &Turn<'_>, with: &Supplement) -> Result<Case, Refusal> {
    let mut case = turn.open(draft)?;
    let asked = case.asked.take().ok_or(Refusal::NotAsked)?;
    if let Supplement::Licence(id) = with {
        present(draft, turn, &mut case, asked, id)?;
    }
    if case.stop.is_some_and(|stop| stop.reason == StopReason::Supplement && turn.at.time < stop.until) {
        end(draft, turn, &mut case);
    }
    case.supplements = case.supplements.saturating_add(1);
    Ok(case)
}

pub(super) fn stop(draft: &mut Draft<'_>, turn: &Turn<'_>, reason: StopReason, days: u16) -> Result<Case, Refusal> {
    let mut case = turn.held(draft)?;
    if reason == StopReason::Supplement {
        return Err(Refusal::UnnamedPaper);
    }
    let allowed = item_of(draft, &case).stop_days;
    begin(draft, turn, &mut case, allowed, reason, days)?;
    Ok(case)
}

pub(super) fn resume(draft: &mut Draft<'_>, turn: &Turn<'_>) -> Result<Case, Refusal> {
    let mut case = turn.held(draft)?;
    if case.stop.is_none_or(|stop| stop.until <= turn.at.time) {
        return Err(Refusal::NotStopped);
    }
    end(draft, turn, &mut case);
    Ok(case)
}

/// A licence that is brought where a paper was asked for; it stands for that paper.
fn present(
    draft: &mut Draft<'_>,
    turn: &Turn<'_>,
    case: &mut Case,
    asked: Asked,
    id: &LicenceId,
) -> Result<(), Refusal> {
    let licence = turn.active_licence(draft, id)?;
    let item = item_of(draft, case);
    let material = item.material(asked.material).expect("a paper of the item alone is asked for");
    let code = id.type_code();
    if !material.replaced_by.contains(&code) {
        return Err(Refusal::StandsForNothing { code });
    }
    let base = id.base();
    // Of a licence on which something was done since, the record alone cannot tell what it was then.
    if status(&licence, asked.at).is_active() && !asked.counted {
        count(draft, turn, case, asked.by, asked.material, base.clone());
    }
    if !case.licences.contains(&base) {
        if case.licences.len() >= bulla_verify::case::MAX_MATERIALS {
            return Err(Refusal::TooManyLicences);
        }
        case.licences.push(base);
    }
    Ok(())
}

/// A licence that the case names, is active, and stands for a paper.
fn standing_for(draft: &Draft<'_>, now: Millis, case: &Case, material: &Material) -> Option<LicenceBase> {
    let is_active = |base: &&LicenceBase| {
        crate::view::read::<Licence>(draft, *base).is_some_and(|licence| status(&licence, now).is_active())
    };
    let mut standing = case.licences.iter().filter(|base| material.replaced_by.contains(&base.type_code));
    standing.find(is_active).cloned()
}

/// Puts down that a body asked for a paper that a licence stands for.
fn count(draft: &mut Draft<'_>, turn: &Turn<'_>, case: &mut Case, by: Uscc, material: u8, licence: LicenceBase) {
    let recorded_at = turn.at.height;
    let violation = Violation { recorded_at, case: turn.act.case, material, licence };
    let head = draft.append(Violations::key(&by), canonical::encode(&violation));
    draft.write(&by, &Violations { head, recorded_at });
    case.violations = case.violations.saturating_add(1);
}

/// Begins a stop, within what the item allows for all.
fn begin(
    draft: &mut Draft<'_>,
    turn: &Turn<'_>,
    case: &mut Case,
    allowed: u16,
    reason: StopReason,
    days: u16,
) -> Result<(), Refusal> {
    let now = turn.at.time;
    if let Some(until) = case.stop.map(|stop| stop.until).filter(|until| now < *until) {
        return Err(Refusal::Stopped { until });
    }
    if case.due <= now {
        return Err(Refusal::Overdue { due: case.due });
    }
    let left = allowed.saturating_sub(case.stopped_days);
    if days == 0 || days > left {
        return Err(Refusal::StopTooLong { days, left });
    }
    let until = {
        let mut working = WorkingDays::of(draft, case.region);
        clock::stop_end(now, days, &mut |date: Date| working.contains(date))
    };
    case.stop = Some(Stop { reason, from: now, until, days });
    case.stopped_days = case.stopped_days.saturating_add(days);
    move_due(draft, turn, case);
    Ok(())
}

/// Ends the stop that runs: its days that are left are not counted.
fn end(draft: &mut Draft<'_>, turn: &Turn<'_>, case: &mut Case) {
    let now = turn.at.time;
    let Some(stop) = case.stop.as_mut() else { return };
    let used = {
        let mut working = WorkingDays::of(draft, case.region);
        clock::days_stopped(stop.from, stop.days, now, &mut |date: Date| working.contains(date))
    };
    case.stopped_days = case.stopped_days.saturating_sub(stop.days.saturating_sub(used));
    (stop.days, stop.until) = (used, now);
    move_due(draft, turn, case);
}

fn move_due(draft: &mut Draft<'_>, turn: &Turn<'_>, case: &mut Case) {
    case.due = due(draft, case);
    duty::move_due(draft, turn.at, &turn.duty(), case.due);
}
