//! Mutual recognition: agreements between the bodies of two regions, and which types the law limits to a region.
//!
//! No act here touches a licence, and none on a licence looks here: whether one is recognised is asked of the records.
//! Rules: domain section 4, `docs/decisions/0026`.

use crate::authority::{Signers, is_or_above};
use crate::catalogue::competence_at;
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::catalogue::{Dates, LicenceType};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::organisation::Organisation;
use bulla_verify::recognition::{
    Act, AgreementAct, AgreementId, AgreementState, Change, Ended, MAX_LIMITS, MAX_MAPPINGS, MAX_SUSPENSIONS, Mapping,
    RecognitionAgreement, Refusal, Rest, Terms, TerritorialLimit, TerritorialLimits,
};
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Agreement(act) => on_agreement(draft, signers, at, act),
        Act::Limit { type_code, limit } => limit_type(draft, signers, at, *type_code, limit),
        Act::Lift { type_code } => lift(draft, signers, at, *type_code),
    }
}

fn on_agreement(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &AgreementAct) -> Result<(), Refusal> {
    let (id, by, now) = (act.agreement, act.by, at.time);
    let body = registered(draft, by)?;
    let role = Role::Registrar;
    if !signers.act_for(by, role) {
        return Err(Refusal::Role { role, organisation: by });
    }
    let agreement = match &act.change {
        Change::Propose(terms) => propose(draft, now, id, &body, terms)?,
        Change::Accept => accept(draft, now, live(draft, act, now)?, by)?,
        Change::Suspend => suspend(now, accepted(live(draft, act, now)?)?, by)?,
        Change::Resume => resume(now, accepted(live(draft, act, now)?)?, by)?,
        Change::End => RecognitionAgreement { ended: Some(Ended { by, at: now }), ..live(draft, act, now)? },
    };
    draft.write(&id, &agreement);
    Ok(())
}

fn propose(
    draft: &Draft<'_>,
    now: Millis,
    id: AgreementId,
    body: &Organisation,
    terms: &Terms,
) -> Result<RecognitionAgreement, Refusal> {
    if id.proposer != body.uscc {
        return Err(Refusal::NotProposer { by: body.uscc, proposer: id.proposer });
    }
    if read::<RecognitionAgreement>(draft, &id).is_some() {
        return Err(Refusal::AgreementExists { agreement: id });
    }
    let other = registered(draft, terms.with.organisation)?;
    if other.uscc == body.uscc {
        return Err(Refusal::WithSelf);
    }
    for (found, allowed) in [(terms.region, body.region), (terms.with.region, other.region)] {
        if !allowed.contains(found) {
            return Err(Refusal::RegionOutside { found, allowed });
        }
    }
    let (one, another) = (terms.region, terms.with.region);
    if one.contains(another) || another.contains(one) {
        return Err(Refusal::RegionsOverlap { one, other: another });
    }
    check_mappings(draft, &terms.mappings)?;
    if !terms.dates.are_sound() {
        return Err(Refusal::EmptyDates);
    }
    check_not_over(terms.dates, now)?;
    let types = terms.mappings.iter().map(|mapping| mapping.of_proposer);
    check_authority(draft, now, body.uscc, terms.region, types)?;
    let terms = terms.clone();
    Ok(RecognitionAgreement { id, terms, proposed_at: now, accepted_at: None, suspensions: Vec::new(), ended: None })
}

/// By the other body, which is judged on its own types as the proposer was on its own.
fn accept(
    draft: &Draft<'_>,
    now: Millis,
    agreement: RecognitionAgreement,
    by: Uscc,
) -> Result<RecognitionAgreement, Refusal> {
    if by == agreement.id.proposer {
        return Err(Refusal::NotParty { by });
    }
    if agreement.accepted_at.is_some() {
        return Err(Refusal::AcceptedAlready);
    }
    let types = agreement.terms.mappings.iter().map(|mapping| mapping.of_other);
    check_authority(draft, now, by, agreement.terms.with.region, types)?;
    Ok(RecognitionAgreement { accepted_at: Some(now), ..agreement })
}

fn suspend(now: Millis, mut agreement: RecognitionAgreement, by: Uscc) -> Result<RecognitionAgreement, Refusal> {
    if agreement.suspensions.iter().any(|rest| rest.by == by && rest.until.is_none()) {
        return Err(Refusal::SuspendedAlready { by });
    }
    if agreement.suspensions.len() >= MAX_SUSPENSIONS {
        return Err(Refusal::TooOften);
    }
    agreement.suspensions.push(Rest { by, from: now, until: None });
    Ok(agreement)
}

fn resume(now: Millis, mut agreement: RecognitionAgreement, by: Uscc) -> Result<RecognitionAgreement, Refusal> {
    let mut own = agreement.suspensions.iter_mut().filter(|rest| rest.by == by && rest.until.is_none());
    own.next().ok_or(Refusal::NotSuspended { by })?.until = Some(now);
    Ok(agreement)
}

/// The agreement of an act by one of its two bodies, if it is not over.
fn live(draft: &Draft<'_>, act: &AgreementAct, now: Millis) -> Result<RecognitionAgreement, Refusal> {
    let (agreement, by) = (act.agreement, act.by);
    let found: RecognitionAgreement = read(draft, &agreement).ok_or(Refusal::NoAgreement { agreement })?;
    if !found.is_of(by) {
        return Err(Refusal::NotParty { by });
    }
    match found.state(now) {
        AgreementState::Ended { since, .. } => Err(Refusal::HasEnded { since }),
        AgreementState::Over { since } => Err(Refusal::OverAlready { until: since, now }),
        AgreementState::Proposed
        | AgreementState::NotYetInForce { .. }
        | AgreementState::InForce { .. }
        | AgreementState::Suspended { .. } => Ok(found),
    }
}

fn accepted(agreement: RecognitionAgreement) -> Result<RecognitionAgreement, Refusal> {
    if agreement.accepted_at.is_some() { Ok(agreement) } else { Err(Refusal::NotAccepted) }
}

fn check_mappings(draft: &Draft<'_>, mappings: &[Mapping]) -> Result<(), Refusal> {
    let pair = |mapping: &Mapping| (mapping.of_proposer, mapping.of_other);
    let is_repeated =
        |(place, mapping): (usize, &Mapping)| mappings.iter().take(place).any(|one| pair(one) == pair(mapping));
    if !(1..=MAX_MAPPINGS).contains(&mappings.len()) || mappings.iter().enumerate().any(is_repeated) {
        return Err(Refusal::Mappings { found: mappings.len() });
    }
    let mut types = mappings.iter().flat_map(|mapping| [mapping.of_proposer, mapping.of_other]);
    match types.find(|code| read::<LicenceType>(draft, code).is_none()) {
        Some(code) => Err(Refusal::NoType { code }),
        None => Ok(()),
    }
}

/// A body agrees on types that it governs, or is competent for in all of its region.
fn check_authority(
    draft: &Draft<'_>,
    now: Millis,
    organisation: Uscc,
    region: RegionCode,
    mut types: impl Iterator<Item = LicenceTypeCode>,
) -> Result<(), Refusal> {
    let may = |code: &LicenceTypeCode| {
        let competence = || competence_at(draft, *code, organisation, now);
        is_or_above(draft, organisation, code.owner()) || competence().is_some_and(|own| own.region.contains(region))
    };
    match types.find(|code| !may(code)) {
        Some(code) => Err(Refusal::NoAuthority { organisation, code, region }),
        None => Ok(()),
    }
}

fn check_not_over(dates: Dates, now: Millis) -> Result<(), Refusal> {
    match dates.until {
        Some(until) if until <= now => Err(Refusal::OverAlready { until, now }),
        Some(_) | None => Ok(()),
    }
}

fn limit_type(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    code: LicenceTypeCode,
    limit: &TerritorialLimit,
) -> Result<(), Refusal> {
    let mut limits = governed(draft, signers, code)?;
    let from = limit.dates.from;
    if !limit.dates.are_sound() {
        return Err(Refusal::EmptyLimit);
    }
    // Laws are older than the ledger; after the first word nothing is limited backwards.
    if from < at.time && !limits.0.is_empty() {
        return Err(Refusal::InPast { from, now: at.time });
    }
    if limits.0.last().is_some_and(|last| last.dates.until.is_none_or(|until| from < until)) {
        return Err(Refusal::LimitedAlready);
    }
    if limits.0.len() >= MAX_LIMITS {
        return Err(Refusal::TooManyLimits);
    }
    limits.0.push(limit.clone());
    draft.write(&code, &limits);
    Ok(())
}

/// A limit that holds ends now; one that has not begun never does.
fn lift(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, code: LicenceTypeCode) -> Result<(), Refusal> {
    let mut limits = governed(draft, signers, code)?;
    let is_to_hold = |last: &TerritorialLimit| last.dates.until.is_none_or(|until| at.time < until);
    let mut last = limits.0.pop().filter(is_to_hold).ok_or(Refusal::NotLimited)?;
    if last.dates.from < at.time {
        last.dates.until = Some(at.time);
        limits.0.push(last);
    }
    if limits.0.is_empty() {
        draft.remove::<TerritorialLimits>(&code);
    } else {
        draft.write(&code, &limits);
    }
    Ok(())
}

/// The limits of a type for which the signers may decide them.
fn governed(draft: &Draft<'_>, signers: &Signers<'_>, code: LicenceTypeCode) -> Result<TerritorialLimits, Refusal> {
    read::<LicenceType>(draft, &code).ok_or(Refusal::NoType { code })?;
    let owner = code.owner();
    if !signers.act_for_or_above(draft, owner, Role::Registrar) {
        return Err(Refusal::NotGoverned { owner });
    }
    Ok(read(draft, &code).unwrap_or_default())
}

fn registered(draft: &Draft<'_>, uscc: Uscc) -> Result<Organisation, Refusal> {
    read(draft, &uscc).ok_or(Refusal::NoOrganisation { uscc })
}

#[cfg(test)]
mod tests;
