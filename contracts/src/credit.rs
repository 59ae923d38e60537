//! Credit: which kinds of event there are and who may record them; each event, from the notice that goes before it to its
//! repair or deletion; and the lists and measures that rest on events.
//!
//! Whatever the law's clocks come to for an event is computed when they start and stands in its record; nothing happens when
//! they run out: `status` says so. Rules: domain section 5; `docs/rules/credit.md`.

mod listing;
mod objecting;
mod recording;
mod repairing;

use crate::authority::{Signers, is_or_above};
use crate::draft::Draft;
use crate::figures;
use crate::law;
use crate::view::{At, read};
use bulla_verify::canonical;
use bulla_verify::credit::{
    Act, Bearing, Change, Competence, CreditEvent, Entry, EventAct, Item, ItemCode, List, Refusal, Status, status,
};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Matter;
use bulla_verify::organisation::Organisation;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::{Subject, SubjectKind};
use bulla_verify::time::Millis;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Define(item) => define(draft, signers, item),
        Act::Empower { item, organisation, region } => empower(draft, signers, *item, *organisation, *region),
        Act::Event(act) => {
            check_author(draft, signers, act)?;
            let case = Case { act, at };
            let event = case.change(draft)?;
            case.record(draft, event);
            Ok(())
        }
        Act::DefineList(list) => listing::define(draft, signers, list),
        Act::Join { list, organisation, joins } => listing::join(draft, signers, at, *list, *organisation, *joins),
        Act::Entry(act) => listing::entry(draft, signers, at, act),
        Act::Measure(act) => listing::measure(draft, signers, at, act),
    }
}

fn define(draft: &mut Draft<'_>, signers: &Signers<'_>, item: &Item) -> Result<(), Refusal> {
    check_definition(draft, signers, item.code, item.region)?;
    if item.of == SubjectKind::Natural && item.content.is_forbidden_of_persons() {
        return Err(Refusal::Forbidden { content: item.content });
    }
    if item.bearing == Bearing::Positive && item.repairable {
        return Err(Refusal::PositiveRepairable);
    }
    draft.write(&item.code, item);
    Ok(())
}

/// Whether the signers may define an item or list of this code, which is the first.
fn check_definition(
    draft: &Draft<'_>,
    signers: &Signers<'_>,
    code: ItemCode,
    region: RegionCode,
) -> Result<(), Refusal> {
    let owner = registered(draft, code.owner)?;
    let needed = owner.parent.unwrap_or(owner.uscc);
    if !signers.act_for(needed, Role::Registrar) {
        return Err(Refusal::NotSuperior { needed });
    }
    if region_of(draft, &code).is_some() {
        return Err(Refusal::ItemExists { item: code });
    }
    if !owner.region.contains(region) {
        return Err(Refusal::ItemRegionOutside { found: region, owner: owner.region });
    }
    Ok(())
}

fn empower(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    code: ItemCode,
    organisation: Uscc,
    region: Option<RegionCode>,
) -> Result<(), Refusal> {
    let body = registered(draft, organisation)?;
    let within = catalogued(draft, signers, code)?;
    let name = (code, organisation);
    let Some(region) = region else {
        read::<Competence>(draft, &name).ok_or(Refusal::NoCompetence { organisation, item: code })?;
        draft.remove::<Competence>(&name);
        return Ok(());
    };
    for allowed in [within, body.region] {
        if !allowed.contains(region) {
            return Err(Refusal::RegionOutside { found: region, allowed });
        }
    }
    draft.write(&name, &Competence { region });
    Ok(())
}

/// The region of an item or list over which the signers may decide.
fn catalogued(draft: &Draft<'_>, signers: &Signers<'_>, code: ItemCode) -> Result<RegionCode, Refusal> {
    let owner = registered(draft, code.owner)?;
    if !signers.act_for_or_above(draft, owner.uscc, Role::Registrar) {
        return Err(Refusal::Role { role: Role::Registrar, organisation: owner.uscc });
    }
    region_of(draft, &code).ok_or(Refusal::NoItem { item: code })
}

fn region_of(draft: &Draft<'_>, code: &ItemCode) -> Option<RegionCode> {
    let of_item = read::<Item>(draft, code).map(|item| item.region);
    of_item.or_else(|| read::<List>(draft, code).map(|list| list.region))
}

/// Whether a body may record events of an item, or make entries of a list, in a region.
fn check_competence(draft: &Draft<'_>, code: ItemCode, organisation: Uscc, region: RegionCode) -> Result<(), Refusal> {
    let competence = read::<Competence>(draft, &(code, organisation));
    let allowed = competence.ok_or(Refusal::NoCompetence { organisation, item: code })?.region;
    if allowed.contains(region) { Ok(()) } else { Err(Refusal::RegionOutside { found: region, allowed }) }
}

/// Whether something of this kind of subject may be opened on a handle.
fn check_subject(draft: &Draft<'_>, needed: SubjectKind, handle: &Handle) -> Result<(), Refusal> {
    let subject = read::<Subject>(draft, handle).ok_or(Refusal::NoSubject)?;
    if subject.closed_at.is_some() {
        return Err(Refusal::SubjectClosed);
    }
    if subject.kind != needed {
        return Err(Refusal::WrongKind { found: subject.kind, needed });
    }
    Ok(())
}

/// An act on one event whose author may do it, and where it is executed.
struct Case<'a> {
    act: &'a EventAct,
    at: At,
}

impl Case<'_> {
    fn change(&self, draft: &mut Draft<'_>) -> Result<CreditEvent, Refusal> {
        match &self.act.change {
            Change::Notify { item, subject, region, notice } => {
                recording::notify(draft, self, *item, subject, *region, *notice)
            }
            Change::Record(particulars) => recording::record(draft, self, particulars),
            Change::End { at } => recording::end(draft, self, *at),
            Change::Object { grounds } => objecting::object(draft, self, *grounds),
            Change::Answer(answer) => objecting::answer(draft, self, answer),
            Change::State { .. } => objecting::state(draft, self),
            Change::Apply { promise } => repairing::apply(draft, self, *promise),
            Change::Repair => repairing::repair(draft, self),
            Change::RefuseRepair { .. } => repairing::refuse(draft, self),
        }
    }

    /// Writes the event as the act leaves it, and the act into its history.
    fn record(&self, draft: &mut Draft<'_>, mut event: CreditEvent) {
        let entry = Entry { recorded_at: self.at.height, at: self.at.time, act: self.act.clone() };
        event.history = draft.append(CreditEvent::key(&self.act.event), canonical::encode(&entry));
        event.changed_at = self.at.time;
        event.recorded_at = self.at.height;
        draft.write(&self.act.event, &event);
        if let Change::Record(_) = self.act.change {
            let by = (self.act.event.recorder, event.region);
            figures::count(draft, self.at, by, figures::Item::Credit(event.item), &event.history.root);
        }
    }

    /// The event that the act names.
    fn event(&self, draft: &Draft<'_>) -> Result<CreditEvent, Refusal> {
        read(draft, &self.act.event).ok_or(Refusal::NoEvent { event: self.act.event })
    }

    /// The event that the act names, if everyone who may see it still may.
    fn visible(&self, draft: &Draft<'_>) -> Result<CreditEvent, Refusal> {
        let event = self.event(draft)?;
        let found = self.status(&event);
        if found.is_visible() { Ok(event) } else { Err(Refusal::Status { found }) }
    }

    fn status(&self, event: &CreditEvent) -> Status {
        status(event, self.at.time)
    }

    /// The name of the duty to answer what was filed as the `turn`-th of its kind.
    fn duty(&self, kind: DutyKind, turn: u32) -> DutyName {
        DutyName { kind, of: CreditEvent::key(&self.act.event), turn }
    }

    /// By when what is filed now must be answered.
    fn deadline(&self, draft: &Draft<'_>, region: RegionCode, matter: Matter) -> Result<Millis, Refusal> {
        law::deadline(draft, region, matter, self.at.time).ok_or(Refusal::NoProvision { matter, region })
    }

    /// When a window ends that begins at an instant, by the law as it stands now.
    fn window(&self, draft: &Draft<'_>, region: RegionCode, matter: Matter, from: Millis) -> Result<Millis, Refusal> {
        law::window(draft, region, matter, self.at.time, from).ok_or(Refusal::NoProvision { matter, region })
    }

    /// Until when an event may be kept whose behaviour ended so. What speaks for a subject may be kept for good.
    fn kept_until(&self, draft: &Draft<'_>, event: &CreditEvent, ended_at: Millis) -> Result<Option<Millis>, Refusal> {
        if ended_at > self.at.time {
            return Err(Refusal::EndInFuture { ended_at, now: self.at.time });
        }
        match event.bearing {
            Bearing::Positive => Ok(None),
            Bearing::Negative => self.window(draft, event.region, Matter::CreditRetention, ended_at).map(Some),
        }
    }
}

/// What the subject does is filed by any intake; an answer that is overdue is also for a supervisor above; all else is the
/// recorder's own.
fn check_author(draft: &Draft<'_>, signers: &Signers<'_>, act: &EventAct) -> Result<(), Refusal> {
    let (by, recorder) = (act.by, act.event.recorder);
    let role = match &act.change {
        Change::Object { .. } | Change::State { .. } | Change::Apply { .. } => Role::Intake,
        Change::Answer(_) if by != recorder && is_or_above(draft, by, recorder) => Role::Supervisor,
        _ if by != recorder => return Err(Refusal::NotYours { by, recorder }),
        Change::Notify { .. }
        | Change::Record(_)
        | Change::End { .. }
        | Change::Answer(_)
        | Change::Repair
        | Change::RefuseRepair { .. } => Role::Recorder,
    };
    if signers.act_for(by, role) { Ok(()) } else { Err(Refusal::Role { role, organisation: by }) }
}

fn registered(draft: &Draft<'_>, uscc: Uscc) -> Result<Organisation, Refusal> {
    read(draft, &uscc).ok_or(Refusal::NoOrganisation { uscc })
}

#[cfg(test)]
mod tests;
