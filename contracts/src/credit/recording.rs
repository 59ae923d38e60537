//! The acts that open an event: the notice before it, its record, and the end of the behaviour.

use super::{Case, check_competence, check_subject};
use crate::draft::Draft;
use crate::law;
use crate::subject;
use crate::view::read;
use bulla_verify::chain::Height;
use bulla_verify::credit::{Bearing, CreditEvent, Item, ItemCode, Notice, Particulars, Refusal};
use bulla_verify::hash::Hash;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::Matter;
use bulla_verify::list::Head;
use bulla_verify::subject::Listed;
use bulla_verify::time::Millis;

pub(super) fn notify(
    draft: &Draft<'_>,
    case: &Case<'_>,
    code: ItemCode,
    subject: &Handle,
    region: RegionCode,
    notice: Hash,
) -> Result<CreditEvent, Refusal> {
    let item = competent_for(draft, case, code, region)?;
    if read::<CreditEvent>(draft, &case.act.event).is_some() {
        return Err(Refusal::EventExists { event: case.act.event });
    }
    check_subject(draft, item.of, subject)?;
    let matter = Matter::PriorNotice;
    let at = case.at.time;
    let span = law::span(draft, region, matter, at).ok_or(Refusal::NoProvision { matter, region })?;
    let record_from = if span.value == 0 { at } else { case.window(draft, region, matter, at)? };
    let notice = Some(Notice { at, commitment: notice, record_from });
    Ok(CreditEvent { notice, ..blank(&item, *subject, region) })
}

pub(super) fn record(
    draft: &mut Draft<'_>,
    case: &Case<'_>,
    particulars: &Particulars,
) -> Result<CreditEvent, Refusal> {
    let Particulars { item: code, subject, region, contents, consent, ended_at } = particulars;
    let item = competent_for(draft, case, *code, *region)?;
    let announced = read::<CreditEvent>(draft, &case.act.event);
    if announced.as_ref().is_some_and(|event| event.recorded.is_some()) {
        return Err(Refusal::EventExists { event: case.act.event });
    }
    check_subject(draft, item.of, subject)?;
    if item.needs_consent() && consent.is_none() {
        return Err(Refusal::ConsentNeeded { content: item.content });
    }
    let notice = check_notice(case, &item, particulars, announced)?;
    let now = case.at.time;
    let mut event = CreditEvent {
        notice,
        recorded: Some(now),
        contents: *contents,
        consent: *consent,
        ended_at: *ended_at,
        ..blank(&item, *subject, *region)
    };
    if let Some(ended_at) = *ended_at {
        event.kept_until = case.kept_until(draft, &event, ended_at)?;
    }
    if let Some(kept_until) = event.kept_until.filter(|until| *until <= now) {
        return Err(Refusal::TooOld { kept_until });
    }
    if item.published && item.bearing == Bearing::Negative {
        event.published_until = Some(case.window(draft, *region, Matter::PublicityMost(item.grade), now)?);
    }
    if item.repairable {
        let least = Matter::PublicityLeast(item.grade);
        let from = if item.published { case.window(draft, *region, least, now)? } else { now };
        event.repairable_from = Some(from);
    }
    subject::list(draft, case.at, subject, Listed::CreditEvent(case.act.event));
    Ok(event)
}

pub(super) fn end(draft: &Draft<'_>, case: &Case<'_>, at: bulla_verify::time::Millis) -> Result<CreditEvent, Refusal> {
    let mut event = case.visible(draft)?;
    if let Some(ended_at) = event.ended_at {
        return Err(Refusal::EndedAlready { ended_at });
    }
    event.kept_until = case.kept_until(draft, &event, at)?;
    event.ended_at = Some(at);
    Ok(event)
}

/// The item, if whoever acts may record events of it in a region.
fn competent_for(draft: &Draft<'_>, case: &Case<'_>, code: ItemCode, region: RegionCode) -> Result<Item, Refusal> {
    let item = read::<Item>(draft, &code).ok_or(Refusal::NoItem { item: code })?;
    check_competence(draft, code, case.act.by, region)?;
    Ok(item)
}

/// The notice that went before, if one had to or did.
fn check_notice(
    case: &Case<'_>,
    item: &Item,
    particulars: &Particulars,
    announced: Option<CreditEvent>,
) -> Result<Option<Notice>, Refusal> {
    let Some(announced) = announced else {
        return if item.needs_notice() { Err(Refusal::NoticeNeeded) } else { Ok(None) };
    };
    let said = (announced.item, announced.subject, announced.region);
    if said != (particulars.item, particulars.subject, particulars.region) {
        return Err(Refusal::NotAsNoticed);
    }
    match announced.notice {
        Some(Notice { record_from, .. }) if case.at.time < record_from => Err(Refusal::NoticeTooRecent { record_from }),
        notice => Ok(notice),
    }
}

/// An event of an item as it is before anything is said of it.
fn blank(item: &Item, subject: Handle, region: RegionCode) -> CreditEvent {
    CreditEvent {
        item: item.code,
        subject,
        region,
        bearing: item.bearing,
        repairable: item.repairable,
        notice: None,
        recorded: None,
        contents: Hash::default(),
        consent: None,
        ended_at: None,
        published: item.published,
        published_until: None,
        repairable_from: None,
        kept_until: None,
        objection: None,
        objections: 0,
        unconfirmed: false,
        corrections: 0,
        deleted: None,
        statements: 0,
        application: None,
        applications: 0,
        repaired: None,
        // What every act sets stands here as it is before the first.
        changed_at: Millis(0),
        recorded_at: Height(0),
        history: Head::default(),
    }
}
