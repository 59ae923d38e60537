//! Acceptance: the clock starts, and one body owes the decision from here on.

use super::{Turn, catalogue, check_acceptor, due, registered};
use crate::authority::is_or_above;
use crate::draft::Draft;
use crate::duty;
use crate::view::read;
use bulla_verify::case::{Case, Catalogued, MAX_MATERIALS, Refusal, Request, ServiceItem};
use bulla_verify::chain::Height;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::list::Head;
use bulla_verify::organisation::Organisation;

pub(super) fn accept(draft: &mut Draft<'_>, turn: &Turn<'_>, request: &Request) -> Result<Case, Refusal> {
    check_acceptor(turn.act.by, turn.act.case)?;
    let Catalogued { version, .. } = catalogue::current(draft, request.item)?;
    let item = read::<ServiceItem>(draft, &(request.item, version)).expect("what is catalogued was published");
    if read::<Case>(draft, &turn.act.case).is_some() {
        return Err(Refusal::CaseExists { case: turn.act.case });
    }
    if !item.region.contains(request.region) {
        return Err(Refusal::RegionOutside { found: request.region, allowed: item.region });
    }
    let decider = decider(draft, &item, request)?;
    check_channel(draft, &item, turn.act.by, &decider)?;
    check_licences(draft, turn, &item, request)?;
    let mut case = blank(&item, request, turn);
    case.due = due(draft, &case);
    duty::open(draft, turn.at, &turn.duty(), case.decider, case.due);
    Ok(case)
}

/// The body that decides: the implementing one, or one beneath it.
fn decider(draft: &Draft<'_>, item: &ServiceItem, request: &Request) -> Result<Organisation, Refusal> {
    let decider = registered(draft, request.decider)?;
    let is_of_item = is_or_above(draft, item.code.body, decider.uscc) && item.levels.contains(&decider.level);
    if is_of_item && decider.region.contains(request.region) {
        Ok(decider)
    } else {
        Err(Refusal::NotDecider { decider: request.decider })
    }
}

fn check_channel(draft: &Draft<'_>, item: &ServiceItem, by: Uscc, decider: &Organisation) -> Result<(), Refusal> {
    let acceptor = registered(draft, by)?;
    let admitted = by == decider.uscc || item.channel.admits(acceptor.region, decider.region);
    if admitted { Ok(()) } else { Err(Refusal::Channel { channel: item.channel }) }
}

fn check_licences(draft: &Draft<'_>, turn: &Turn<'_>, item: &ServiceItem, request: &Request) -> Result<(), Refusal> {
    if request.licences.len() > MAX_MATERIALS {
        return Err(Refusal::TooManyLicences);
    }
    for licence in &request.licences {
        turn.active_licence(draft, licence)?;
        let code = licence.type_code();
        item.replaced_by(code).ok_or(Refusal::StandsForNothing { code })?;
    }
    Ok(())
}

/// A case as it is accepted, but for the instant by which it is due.
fn blank(item: &ServiceItem, request: &Request, turn: &Turn<'_>) -> Case {
    let (by, now) = (turn.act.by, turn.at.time);
    Case {
        item: item.code,
        version: item.version,
        applicant: request.applicant,
        region: request.region,
        contents: request.contents,
        licences: request.licences.iter().map(|licence| licence.base()).collect(),
        accepted_at: now,
        decider: request.decider,
        held_by: by,
        offered: None,
        hand_overs: 0,
        begun: (by == request.decider).then_some(now),
        days: item.promised_days,
        stopped_days: 0,
        due: now,
        stop: None,
        asked: None,
        supplements: 0,
        violations: 0,
        decision: None,
        delivered: None,
        rating: None,
        withdrawn: None,
        // What every act sets stands here as it is before the first.
        changed_at: now,
        recorded_at: Height(0),
        history: Head::default(),
    }
}
