//! The registry of regions: entered, renamed and ended by the national body, now and for the past.
//!
//! It also says of every body, type, competence and licence that is newly for a region whether that region is in force then;
//! a code that is not registered is judged by its digits alone. What was made for a region stands when the region ends.
//! Rule: `docs/decisions/0026`.

use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::{At, View, read};
use bulla_verify::catalogue;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::{self, Change as LicenceChange};
use bulla_verify::name::Name;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{self, Organisation};
use bulla_verify::recognition;
use bulla_verify::regions::{
    Act, Bound, Change, MAX_PERIODS, MAX_SUCCESSORS, Period, Refusal, Region, Standing, standing,
};
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    check_author(draft, signers, at, act)?;
    if act.code.level() == Level::National {
        return Err(Refusal::Country);
    }
    if act.bounds().any(|bound| !bound.exists()) {
        return Err(Refusal::NoSuchYear);
    }
    match &act.change {
        Change::Enter { level, period } => enter(draft, act.code, *level, period),
        Change::Rename { name, from } => rename(draft, act.code, name, *from),
        Change::End { at, successors } => end(draft, act.code, *at, successors),
    }
}

/// What an operation is newly for must be in force at the instant from which it is: a code that surely stands for nothing then
/// is refused. Where the year of a change alone is known, the whole year passes.
pub(crate) fn check_in_force(view: &dyn View, at: At, operation: &Operation) -> Result<(), Refusal> {
    let (regions, instant) = named(operation, at);
    for code in regions.into_iter().flatten() {
        let region = read::<Region>(view, &code);
        if let Standing::NotInForce { .. } = standing(region.as_ref(), instant) {
            return Err(Refusal::NotInForce { code, at: instant });
        }
    }
    Ok(())
}

/// The regions that an operation makes something for, and from when on.
fn named(operation: &Operation, at: At) -> ([Option<RegionCode>; 2], Millis) {
    let one = |code, from: Millis| ([Some(code), None], from.max(at.time));
    match operation {
        Operation::Organisation(organisation::Act::Register { region, .. }) => one(*region, at.time),
        Operation::Catalogue(catalogue::Act::RegisterType(kind)) => one(kind.region, at.time),
        Operation::Catalogue(catalogue::Act::Grant(competence)) => one(competence.region, at.time),
        Operation::Catalogue(
            catalogue::Act::GrantFor { competence, dates } | catalogue::Act::Delegate { competence, dates, .. },
        ) => one(competence.region, dates.from),
        Operation::Licence(act) => ([granted(&act.change), None], act.effective_at.unwrap_or(at.time)),
        Operation::Recognition(recognition::Act::Agreement(act)) => match &act.change {
            recognition::Change::Propose(terms) => {
                ([Some(terms.region), Some(terms.with.region)], terms.dates.from.max(at.time))
            }
            recognition::Change::Accept
            | recognition::Change::Suspend
            | recognition::Change::Resume
            | recognition::Change::End => ([None, None], at.time),
        },
        Operation::Organisation(_)
        | Operation::Catalogue(_)
        | Operation::Governance(_)
        | Operation::Law(_)
        | Operation::Subject(_)
        | Operation::Duty(_)
        | Operation::Credit(_)
        | Operation::Case(_)
        | Operation::Erasure(_)
        | Operation::Access(_)
        | Operation::Regions(_)
        | Operation::Recognition(_) => ([None, None], at.time),
    }
}

/// The region that a licence is newly for.
fn granted(change: &LicenceChange) -> Option<RegionCode> {
    let grant: &licence::Grant = match change {
        LicenceChange::Issue(grant)
        | LicenceChange::TakeOver { grant, .. }
        | LicenceChange::TransferIn { grant, .. }
        | LicenceChange::IssueJointly { grant, .. } => grant,
        LicenceChange::Renew { .. }
        | LicenceChange::Amend { .. }
        | LicenceChange::Suspend { .. }
        | LicenceChange::Resume
        | LicenceChange::Revoke
        | LicenceChange::Cancel
        | LicenceChange::Withdraw { .. }
        | LicenceChange::Annul { .. }
        | LicenceChange::Spare { .. }
        | LicenceChange::Reinstate { .. }
        | LicenceChange::Correct { .. }
        | LicenceChange::TransferOut { .. }
        | LicenceChange::AbortTransfer
        | LicenceChange::Cosign => return None,
    };
    Some(grant.region)
}

/// The national body, with the registrar for what is and will be, and the historical one for what was.
fn check_author(draft: &Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    let by: Uscc = act.by;
    let body = read::<Organisation>(draft, &by).ok_or(Refusal::NoOrganisation { uscc: by })?;
    if body.parent.is_some() || body.region != RegionCode::NATIONAL {
        return Err(Refusal::NotNational { by });
    }
    let was = act.bound().earliest() < at.time;
    let role = if was { Role::HistoricalRegistrar } else { Role::Registrar };
    if signers.act_for(by, role) { Ok(()) } else { Err(Refusal::Role { role, organisation: by }) }
}

fn enter(draft: &mut Draft<'_>, code: RegionCode, level: Level, period: &Period) -> Result<(), Refusal> {
    if level != code.level() {
        return Err(Refusal::OtherLevel { found: level, digits: code.level() });
    }
    check_parent(draft, code, period)?;
    if !period.is_sound() {
        return Err(Refusal::EmptyPeriod);
    }
    let mut region = read::<Region>(draft, &code).unwrap_or(Region { code, periods: Vec::new() });
    let place = place_of(&region, period)?;
    if region.periods.len() >= MAX_PERIODS {
        return Err(Refusal::Full);
    }
    region.periods.insert(place, period.clone());
    match period.until {
        Some(until) => check_successors(draft, &region, until, &period.successors)?,
        None if !period.successors.is_empty() => return Err(Refusal::SuccessorsOfRunning),
        None => {}
    }
    draft.write(&code, &region);
    Ok(())
}

fn rename(draft: &mut Draft<'_>, code: RegionCode, name: &Name, from: Bound) -> Result<(), Refusal> {
    let mut region = registered(draft, code)?;
    let is_full = region.periods.len() >= MAX_PERIODS;
    let last = running(&mut region)?;
    if last.name == *name {
        return Err(Refusal::SameName);
    }
    let next = Period { from, name: name.clone(), ..last.clone() };
    close(last, from, &[code])?;
    if is_full {
        return Err(Refusal::Full);
    }
    region.periods.push(next);
    draft.write(&code, &region);
    Ok(())
}

fn end(draft: &mut Draft<'_>, code: RegionCode, at: Bound, successors: &[RegionCode]) -> Result<(), Refusal> {
    let mut region = registered(draft, code)?;
    close(running(&mut region)?, at, successors)?;
    check_successors(draft, &region, at, successors)?;
    draft.write(&code, &region);
    Ok(())
}

fn registered(draft: &Draft<'_>, code: RegionCode) -> Result<Region, Refusal> {
    read(draft, &code).ok_or(Refusal::NoRegion { code })
}

/// The last period, which has not ended.
fn running(region: &mut Region) -> Result<&mut Period, Refusal> {
    let code = region.code;
    region.periods.last_mut().filter(|last| last.until.is_none()).ok_or(Refusal::NotRunning { code })
}

fn close(period: &mut Period, at: Bound, successors: &[RegionCode]) -> Result<(), Refusal> {
    period.until = Some(at);
    period.successors = successors.to_vec();
    if period.is_sound() { Ok(()) } else { Err(Refusal::EmptyPeriod) }
}

/// The digits put it beneath the region, and that one may have been in force when it began. A county may stand straight
/// beneath its province, as in municipalities under the central government.
fn check_parent(draft: &Draft<'_>, code: RegionCode, period: &Period) -> Result<(), Refusal> {
    let parent = period.parent;
    let is_of_country = parent.level() == Level::National;
    let mut above = code.upward().skip(1);
    if !above.any(|one| one == parent) || is_of_country != (code.level() == Level::Provincial) {
        return Err(Refusal::NotBeneath { parent });
    }
    let is_there = is_of_country || read::<Region>(draft, &parent).is_some_and(|region| region.reaches(period.from));
    if is_there { Ok(()) } else { Err(Refusal::UnknownParent { parent }) }
}

/// Where a period belongs among those of its code: after all that begin before it, and overlapping none.
fn place_of(region: &Region, period: &Period) -> Result<usize, Refusal> {
    let begin = |one: &Period| one.from.earliest();
    let place = region.periods.iter().take_while(|one| begin(one) <= begin(period)).count();
    let (before, after) = region.periods.split_at(place);
    let is_over = |one: &Period, by: Millis| one.until.is_some_and(|until| until.earliest() <= by);
    if let Some(one) = before.last().filter(|one| !is_over(one, begin(period))) {
        return Err(Refusal::Overlap { with: one.from });
    }
    if let Some(one) = after.first().filter(|one| !is_over(period, begin(one))) {
        return Err(Refusal::Overlap { with: one.from });
    }
    Ok(place)
}

/// What a region goes on as was there when it ended, be it to end then too. The region itself may be among it: with its
/// record as it will be.
fn check_successors(draft: &Draft<'_>, region: &Region, at: Bound, successors: &[RegionCode]) -> Result<(), Refusal> {
    let is_repeated = |(place, code): (usize, &RegionCode)| successors.iter().take(place).any(|one| one == code);
    if successors.len() > MAX_SUCCESSORS || successors.iter().enumerate().any(is_repeated) {
        return Err(Refusal::Successors { found: successors.len() });
    }
    let is_there =
        |code: RegionCode| code == region.code || read::<Region>(draft, &code).is_some_and(|one| one.reaches(at));
    match successors.iter().find(|code| !is_there(**code)) {
        Some(code) => Err(Refusal::UnknownSuccessor { code: *code }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
