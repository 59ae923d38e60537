//! Red and black lists: entries, each resting on an event where the list is black, and the measures that rest on them. What an
//! event's repair or deletion ends is ended by `entry_status`; nothing is written for it.

use super::{catalogued, check_competence, check_definition, check_subject};
use crate::authority::{Signers, is_or_above};
use crate::draft::Draft;
use crate::law::{self, WorkingDays};
use crate::view::{At, View, read};
use crate::{duty, subject};
use bulla_verify::canonical;
use bulla_verify::credit::{
    Bearing, CreditEvent, Enrolment, EntryAct, EntryAnswer, EntryChange, EntryId, EntryStatus, EventId, ItemCode,
    Joined, List, ListEntry, ListRecord, Measure, MeasureAct, MeasureChange, Pending, Refusal, entry_status, status,
};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::hash::Hash;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Matter;
use bulla_verify::list::Head;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::Listed;

pub(super) fn define(draft: &mut Draft<'_>, signers: &Signers<'_>, list: &List) -> Result<(), Refusal> {
    check_definition(draft, signers, list.code, list.region)?;
    draft.write(&list.code, list);
    Ok(())
}

pub(super) fn join(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    list: ItemCode,
    organisation: Uscc,
    joins: bool,
) -> Result<(), Refusal> {
    super::registered(draft, organisation)?;
    catalogued(draft, signers, list)?;
    read::<List>(draft, &list).ok_or(Refusal::NoList { list })?;
    let name = (list, organisation);
    if joins {
        draft.write(&name, &Joined { since: at.height });
        return Ok(());
    }
    read::<Joined>(draft, &name).ok_or(Refusal::NotJoined { organisation, list })?;
    draft.remove::<Joined>(&name);
    Ok(())
}

pub(super) fn entry(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &EntryAct) -> Result<(), Refusal> {
    check_author(draft, signers, act)?;
    let mut entry = match &act.change {
        EntryChange::Enter(enrolment) => enter(draft, at, act, enrolment)?,
        EntryChange::Remove => ListEntry { removed: Some(at.time), ..live(draft, at, act.entry)? },
        EntryChange::Object { grounds } => object(draft, at, act, *grounds)?,
        EntryChange::Answer(answer) => self::answer(draft, at, act, *answer)?,
    };
    let line = ListRecord { recorded_at: at.height, at: at.time, act: act.clone() };
    entry.history = draft.append(ListEntry::key(&act.entry), canonical::encode(&line));
    entry.changed_at = at.time;
    entry.recorded_at = at.height;
    draft.write(&act.entry, &entry);
    Ok(())
}

pub(super) fn measure(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &MeasureAct) -> Result<(), Refusal> {
    let (name, organisation) = (act.measure, act.measure.body);
    if !signers.act_for(organisation, Role::Recorder) {
        return Err(Refusal::Role { role: Role::Recorder, organisation });
    }
    let taken = read::<Measure>(draft, &name);
    match act.change {
        MeasureChange::Start { entry, decision } => {
            if taken.is_some() {
                return Err(Refusal::MeasureExists { measure: name });
            }
            let ListEntry { list, subject, .. } = live(draft, at, entry)?;
            read::<Joined>(draft, &(list, organisation)).ok_or(Refusal::NotJoined { organisation, list })?;
            draft.write(&name, &Measure { entry, decision, from: at.time, ended: None });
            subject::list(draft, at, &subject, Listed::Measure(name));
        }
        MeasureChange::End => {
            let taken = taken.ok_or(Refusal::NoMeasure { measure: name })?;
            if let Some(ended) = taken.ended {
                return Err(Refusal::MeasureEnded { ended });
            }
            draft.write(&name, &Measure { ended: Some(at.time), ..taken });
        }
    }
    Ok(())
}

/// What an entry is in the block, with the event that it cites.
fn status_of(view: &dyn View, at: At, entry: &ListEntry) -> EntryStatus {
    let event = entry.event.and_then(|event| read::<CreditEvent>(view, &event));
    entry_status(entry, event.as_ref(), at.time)
}

fn enter(draft: &mut Draft<'_>, at: At, act: &EntryAct, enrolment: &Enrolment) -> Result<ListEntry, Refusal> {
    let Enrolment { list: code, subject, region, event, decision } = *enrolment;
    let list = read::<List>(draft, &code).ok_or(Refusal::NoList { list: code })?;
    check_competence(draft, code, act.by, region)?;
    if read::<ListEntry>(draft, &act.entry).is_some() {
        return Err(Refusal::EntryExists { entry: act.entry });
    }
    check_subject(draft, list.of, &subject)?;
    check_base(draft, at, &list, &subject, event)?;
    let mut days = WorkingDays::of(draft, region);
    let until = list.term.map(|term| term.end(at.time, &mut |date| days.contains(date)));
    subject::list(draft, at, &subject, Listed::ListEntry(act.entry));
    Ok(ListEntry {
        list: code,
        subject,
        region,
        event,
        decision,
        from: at.time,
        until,
        removed: None,
        objection: None,
        objections: 0,
        unconfirmed: false,
        // What every act sets stands here as it is before the first.
        changed_at: at.time,
        recorded_at: at.height,
        history: Head::default(),
    })
}

/// A black list's entry rests on an event; every event that is cited is the subject's, speaks as the list does, and stands.
fn check_base(draft: &Draft<'_>, at: At, list: &List, subject: &Handle, event: Option<EventId>) -> Result<(), Refusal> {
    let Some(event) = event else {
        return if list.bearing == Bearing::Negative { Err(Refusal::EventNeeded) } else { Ok(()) };
    };
    let base = read::<CreditEvent>(draft, &event).ok_or(Refusal::NoEvent { event })?;
    if base.subject != *subject || base.bearing != list.bearing {
        return Err(Refusal::EventOfOther);
    }
    let found = status(&base, at.time);
    if found.is_visible() { Ok(()) } else { Err(Refusal::EventStatus { found }) }
}

fn object(draft: &mut Draft<'_>, at: At, act: &EntryAct, grounds: Hash) -> Result<ListEntry, Refusal> {
    let mut entry = live(draft, at, act.entry)?;
    if entry.objection.is_some() {
        return Err(Refusal::Disputed);
    }
    let (matter, region) = (Matter::ObjectionAnswer, entry.region);
    let due = law::deadline(draft, region, matter, at.time).ok_or(Refusal::NoProvision { matter, region })?;
    entry.objection = Some(Pending { filed_at: at.time, due, commitment: grounds });
    entry.objections = entry.objections.saturating_add(1);
    duty::open(draft, at, &duty_of(act.entry, entry.objections), act.entry.keeper, due);
    Ok(entry)
}

/// Whatever has become of the entry in the meantime, an objection is answered.
fn answer(draft: &mut Draft<'_>, at: At, act: &EntryAct, answer: EntryAnswer) -> Result<ListEntry, Refusal> {
    let mut entry = found(draft, act.entry)?;
    let Pending { due, .. } = entry.objection.take().ok_or(Refusal::NotDisputed)?;
    let name = duty_of(act.entry, entry.objections);
    if act.by != act.entry.keeper && !duty::is_overdue(draft, at, &name) {
        return Err(Refusal::AnswerNotOverdue { due });
    }
    entry.unconfirmed = matches!(answer, EntryAnswer::Unconfirmed { .. });
    if answer == EntryAnswer::Removed {
        entry.removed = entry.removed.or(Some(at.time));
    }
    duty::discharge(draft, at, &name, act.by);
    Ok(entry)
}

fn duty_of(entry: EntryId, turn: u32) -> DutyName {
    DutyName { kind: DutyKind::AnswerObjection, of: ListEntry::key(&entry), turn }
}

fn found(draft: &Draft<'_>, entry: EntryId) -> Result<ListEntry, Refusal> {
    read(draft, &entry).ok_or(Refusal::NoEntry { entry })
}

/// The entry, if it stands.
fn live(draft: &Draft<'_>, at: At, entry: EntryId) -> Result<ListEntry, Refusal> {
    let entry = found(draft, entry)?;
    let found = status_of(draft, at, &entry);
    if found.is_live() { Ok(entry) } else { Err(Refusal::EntryOver { found }) }
}

/// As for events: what the subject does is filed by any intake, an overdue answer is also for a supervisor above.
fn check_author(draft: &Draft<'_>, signers: &Signers<'_>, act: &EntryAct) -> Result<(), Refusal> {
    let (by, recorder) = (act.by, act.entry.keeper);
    let role = match &act.change {
        EntryChange::Object { .. } => Role::Intake,
        EntryChange::Answer(_) if by != recorder && is_or_above(draft, by, recorder) => Role::Supervisor,
        EntryChange::Enter(_) | EntryChange::Remove | EntryChange::Answer(_) if by != recorder => {
            return Err(Refusal::NotYours { by, recorder });
        }
        EntryChange::Enter(_) | EntryChange::Remove | EntryChange::Answer(_) => Role::Recorder,
    };
    if signers.act_for(by, role) { Ok(()) } else { Err(Refusal::Role { role, organisation: by }) }
}
