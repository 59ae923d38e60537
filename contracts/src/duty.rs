//! Duties: opened and discharged by the acts of other areas, taken up by a superior when they are overdue.
//!
//! Nothing looks through duties: what is due on a day is the list of that day. Rules: design D12, D13; `docs/decisions/0021`.

use crate::authority::{Signers, is_or_above};
use crate::draft::Draft;
use crate::view::{At, View, read};
use bulla_verify::canonical;
use bulla_verify::duty::{Act, Discharge, DueDay, Duty, DutyName, Escalation, Refusal, Status, due_day, status};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Escalate { duty, to } => escalate(draft, signers, at, duty, *to),
    }
}

/// Starts a clock: three writes. Its name must be new.
pub(crate) fn open(draft: &mut Draft<'_>, at: At, name: &DutyName, owing: Uscc, due: Millis) {
    draft.write(name, &Duty { owing, opened_at: at.time, due, discharged: None, escalated: None });
    list(draft, at, name, due);
}

/// Appends a duty to the list of the day on which it is due.
fn list(draft: &mut Draft<'_>, at: At, name: &DutyName, due: Millis) {
    let day = due_day(due);
    let head = draft.append(DueDay::key(&day), canonical::encode(name));
    draft.write(&day, &DueDay { head, recorded_at: at.height });
}

/// Says that what was owed was done: one write. A duty is discharged once.
pub(crate) fn discharge(draft: &mut Draft<'_>, at: At, name: &DutyName, by: Uscc) {
    let duty = read::<Duty>(draft, name).expect("whoever asks for something opens the duty to answer it");
    draft.write(name, &Duty { discharged: Some(Discharge { at: at.time, by }), ..duty });
}

/// Moves the instant by which it is due: three writes, fewer if the day stays. Where it was due before, that day's list
/// still names it; its record says when it is due.
pub(crate) fn move_due(draft: &mut Draft<'_>, at: At, name: &DutyName, due: Millis) {
    let duty = read::<Duty>(draft, name).expect("whoever asks for something opens the duty to answer it");
    draft.write(name, &Duty { due, ..duty });
    if due_day(due) != due_day(duty.due) {
        list(draft, at, name, due);
    }
}

/// Whether a duty is open and its time is over.
pub(crate) fn is_overdue(view: &dyn View, at: At, name: &DutyName) -> bool {
    read::<Duty>(view, name).is_some_and(|duty| matches!(status(&duty, at.time), Status::Overdue { .. }))
}

fn escalate(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, name: &DutyName, to: Uscc) -> Result<(), Refusal> {
    if !signers.act_for(to, Role::Supervisor) {
        return Err(Refusal::Role { role: Role::Supervisor, organisation: to });
    }
    let duty = read::<Duty>(draft, name).ok_or(Refusal::NoDuty)?;
    let from = match status(&duty, at.time) {
        Status::Discharged { at, .. } => return Err(Refusal::Discharged { at }),
        Status::Due { by } => return Err(Refusal::NotOverdue { due: by }),
        Status::Overdue { escalated_to, .. } => escalated_to.unwrap_or(duty.owing),
    };
    if to == from || !is_or_above(draft, to, from) {
        return Err(Refusal::NotAbove { to, from });
    }
    draft.write(name, &Duty { escalated: Some(Escalation { at: at.time, to }), ..duty });
    Ok(())
}

#[cfg(test)]
mod tests;
