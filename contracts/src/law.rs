//! The law: numbers and calendars, set by the validators or by the body that they entrusted with a region, and looked up
//! by every other area. What holds is a pure function of the state, region, matter and instant. Rule: design D13.

use crate::authority::Signers;
use crate::draft::Draft;
use crate::governance;
use crate::view::{At, View, read};
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::{
    Act, Calendar, LEAST_WORKING_DAYS, Lawmaker, MAX_PROVISIONS, MOST_WORKING_DAYS, Matter, Provision, Provisions,
    Refusal, Span, is_working_by_default,
};
use bulla_verify::organisation::Organisation;
use bulla_verify::roles::Role;
use bulla_verify::time::{Date, Millis};
use std::collections::BTreeMap;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Enact { region, matter, provision, by } => {
            check_author(draft, signers, *region, *by)?;
            enact(draft, at, *region, *matter, provision)
        }
        Act::SetCalendar { calendar, by } => {
            check_author(draft, signers, calendar.region, *by)?;
            set_calendar(draft, at, calendar)
        }
        Act::Entrust { region, organisation } => {
            check_threshold(draft, signers)?;
            entrust(draft, *region, *organisation)
        }
    }
}

/// What the validators themselves have decided otherwise than by signing together.
pub(crate) fn decide(draft: &mut Draft<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Enact { region, by: Some(by), .. } => Err(Refusal::NotLawmaker { by: *by, region: *region }),
        Act::SetCalendar { calendar, by: Some(by) } => Err(Refusal::NotLawmaker { by: *by, region: calendar.region }),
        Act::Enact { region, matter, provision, by: None } => enact(draft, at, *region, *matter, provision),
        Act::SetCalendar { calendar, by: None } => set_calendar(draft, at, calendar),
        Act::Entrust { region, organisation } => entrust(draft, *region, *organisation),
    }
}

/// What the law says on a matter in a region at an instant: the nearest region upward that says anything.
pub(crate) fn span(view: &dyn View, region: RegionCode, matter: Matter, at: Millis) -> Option<Span> {
    let said = |one| read::<Provisions>(view, &(one, matter))?.at(at)?.span;
    region.upward().find_map(said)
}

/// The working days of a region, each year's calendar read once.
pub(crate) struct WorkingDays<'a> {
    view: &'a dyn View,
    region: RegionCode,
    years: BTreeMap<u16, Option<Calendar>>,
}

impl<'a> WorkingDays<'a> {
    pub(crate) fn of(view: &'a dyn View, region: RegionCode) -> WorkingDays<'a> {
        WorkingDays { view, region, years: BTreeMap::new() }
    }

    pub(crate) fn contains(&mut self, date: Date) -> bool {
        let (view, region, year) = (self.view, self.region, date.year());
        let set = || region.upward().find_map(|one| read::<Calendar>(view, &(one, year)));
        let calendar = self.years.entry(year).or_insert_with(set);
        calendar.as_ref().map_or_else(|| is_working_by_default(date), |calendar| calendar.is_working(date))
    }
}

/// By when something is due whose clock starts at an instant; none where no law says.
pub(crate) fn deadline(view: &dyn View, region: RegionCode, matter: Matter, from: Millis) -> Option<Millis> {
    let mut days = WorkingDays::of(view, region);
    Some(span(view, region, matter, from)?.deadline(from, &mut |date| days.contains(date)))
}

/// When a window ends that begins at an instant, by the law of another instant; none where no law says.
pub(crate) fn window(
    view: &dyn View,
    region: RegionCode,
    matter: Matter,
    law_of: Millis,
    from: Millis,
) -> Option<Millis> {
    let mut days = WorkingDays::of(view, region);
    Some(span(view, region, matter, law_of)?.end(from, &mut |date| days.contains(date)))
}

fn enact(
    draft: &mut Draft<'_>,
    at: At,
    region: RegionCode,
    matter: Matter,
    provision: &Provision,
) -> Result<(), Refusal> {
    let mut said = read::<Provisions>(draft, &(region, matter)).unwrap_or_default();
    let (found, (least, most)) = (provision.span.map(Span::days), matter.range());
    if let Some(found) = found.filter(|found| !(least..=most).contains(found)) {
        return Err(Refusal::OutOfRange { found, least, most });
    }
    // Laws are older than the ledger, so the country's first word may hold from any day; after it nothing is changed backwards.
    let is_first_of_country = region.level() == Level::National && said.0.is_empty();
    if provision.from < at.time && !is_first_of_country {
        return Err(Refusal::InPast { from: provision.from, now: at.time });
    }
    let is_on_its_way = |last: &mut Provision| last.from == provision.from && last.from > at.time;
    let replaced = said.0.pop_if(is_on_its_way);
    if let Some(last) = said.0.last().map(|last| last.from).filter(|last| provision.from <= *last) {
        return Err(Refusal::NotAfterLast { from: provision.from, last });
    }
    let speaks = said.0.last().is_some_and(|last| last.span.is_some());
    if provision.span.is_none() && !speaks && replaced.is_none() {
        return Err(Refusal::NothingToRepeal);
    }
    if said.0.len() >= MAX_PROVISIONS {
        return Err(Refusal::Full);
    }
    said.0.push(provision.clone());
    draft.write(&(region, matter), &said);
    Ok(())
}

fn set_calendar(draft: &mut Draft<'_>, at: At, calendar: &Calendar) -> Result<(), Refusal> {
    let now = Date::of(at.time).year();
    if calendar.year < now {
        return Err(Refusal::YearOver { found: calendar.year, now });
    }
    let found = calendar.working_days().ok_or(Refusal::StrayDays { year: calendar.year })?;
    if !(LEAST_WORKING_DAYS..=MOST_WORKING_DAYS).contains(&found) {
        return Err(Refusal::WorkingDays { found });
    }
    draft.write(&(calendar.region, calendar.year), calendar);
    Ok(())
}

fn entrust(draft: &mut Draft<'_>, region: RegionCode, organisation: Option<Uscc>) -> Result<(), Refusal> {
    if region.level() == Level::National {
        return Err(Refusal::Country);
    }
    let Some(uscc) = organisation else {
        draft.remove::<Lawmaker>(&region);
        return Ok(());
    };
    read::<Organisation>(draft, &uscc).ok_or(Refusal::NoOrganisation { uscc })?;
    draft.write(&region, &Lawmaker { organisation: uscc });
    Ok(())
}

/// The validators, or the body that they entrusted with this very region.
fn check_author(draft: &Draft<'_>, signers: &Signers<'_>, region: RegionCode, by: Option<Uscc>) -> Result<(), Refusal> {
    let Some(by) = by else { return check_threshold(draft, signers) };
    if read::<Lawmaker>(draft, &region).is_none_or(|lawmaker| lawmaker.organisation != by) {
        return Err(Refusal::NotLawmaker { by, region });
    }
    let role = Role::Registrar;
    if signers.act_for(by, role) { Ok(()) } else { Err(Refusal::Role { role, organisation: by }) }
}

fn check_threshold(draft: &Draft<'_>, signers: &Signers<'_>) -> Result<(), Refusal> {
    let present = governance::validators(draft);
    let (found, needed) = (present.power_of(signers.keys()), present.set.quorum());
    if found < needed { Err(Refusal::Threshold { found, needed }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
