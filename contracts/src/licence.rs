//! Licences: issued, taken over, and changed, each act judged at the instant at which it takes effect.
//!
//! That instant is block time, or for a historic act its own date; the catalogue and the roles are taken as they stand in
//! the block, since what they were earlier is not recorded. Nothing happens when a term ends: `status` says so.
//! Rules: domain section 4, design D12.

mod changing;
mod ending;
mod holding;
mod joint;
mod opening;
mod transfer;

use crate::authority::{Signers, is_or_above};
use crate::catalogue::competence_at;
use crate::draft::Draft;
use crate::figures;
use crate::view::{At, read};
use bulla_verify::canonical;
use bulla_verify::catalogue::LicenceType;
use bulla_verify::figures::Item;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::licence::{Act, Change, Entry, Licence, Refusal, Term};
use bulla_verify::list::Head;
use bulla_verify::organisation::Organisation;
use bulla_verify::record::history_of;
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;
use joint::Asked;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    let code = act.licence.type_code();
    let kind = read(draft, &code).ok_or(Refusal::NoType { code })?;
    check_author(draft, signers, act)?;
    let case = Case { act, kind, instant: instant(act, at)? };
    let licence = match &act.change {
        Change::Issue(grant) => opening::issue(draft, &case, grant)?,
        Change::TakeOver { from, grant } => opening::take_over(draft, &case, from, grant)?,
        Change::Renew { term, contents } => changing::renew(draft, &case, *term, *contents)?,
        Change::Amend { contents, until, holder, holding } => {
            changing::amend(draft, &case, *contents, *until, *holder, *holding)?
        }
        Change::Suspend { from, until } => changing::suspend(draft, &case, *from, *until)?,
        Change::Resume => changing::resume(draft, &case)?,
        Change::Revoke => ending::revoke(draft, &case)?,
        Change::Cancel => changing::cancel(draft, &case)?,
        Change::Withdraw { compensation, .. } => ending::withdraw(draft, &case, *compensation)?,
        Change::Annul { ground, void_from, .. } => ending::annul(draft, &case, *ground, *void_from)?,
        Change::Spare { .. } => ending::spare(draft, &case)?,
        Change::Reinstate { .. } => ending::reinstate(draft, &case)?,
        Change::Correct { contents, .. } => changing::correct(draft, &case, *contents)?,
        Change::TransferOut { to } => transfer::offer(draft, &case, *to)?,
        Change::TransferIn { from, grant } => transfer::accept(draft, at, &case, from, grant)?,
        Change::AbortTransfer => transfer::abort(draft, &case)?,
        Change::IssueJointly { grant, with, needed, until } => {
            joint::open(draft, at, &case, grant, &Asked { with, needed: *needed, until: *until })?
        }
        Change::Cosign => joint::sign(draft, &case)?,
    };
    let counted = figures::of_licence(&act.change, &licence).map(|event| (event, licence.region));
    let history = record(draft, at, &case, licence);
    if let Some((event, region)) = counted {
        figures::count(draft, at, (act.by, region), Item::Licence(code, event), &history.root);
    }
    Ok(())
}

/// An act whose author may do it, with what it is judged by.
struct Case<'a> {
    act: &'a Act,
    kind: LicenceType,
    /// When the act takes effect.
    instant: Millis,
}

impl Case<'_> {
    /// Whether the body that acts is competent for the type in a region.
    fn check_competence(&self, draft: &Draft<'_>, region: RegionCode) -> Result<(), Refusal> {
        let (code, organisation) = (self.kind.code, self.act.by);
        let competence = competence_at(draft, code, organisation, self.instant);
        let allowed = competence.ok_or(Refusal::NoCompetence { organisation, code })?.region;
        if allowed.contains(region) { Ok(()) } else { Err(Refusal::RegionOutside { found: region, allowed }) }
    }

    /// Whether a licence of the type may have a term.
    fn check_term(&self, term: Term) -> Result<(), Refusal> {
        if term.has_ended(term.from) {
            return Err(Refusal::EmptyTerm);
        }
        match self.kind.max_term_days {
            Some(max_days) if !term.fits(&self.kind) => Err(Refusal::TermTooLong { max_days }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Suspending, resuming, revoking and annulling is also for bodies above the issuer. Who else may cosign a joint issue or
/// abort a transfer the licence itself says, and these acts ask it. All else is the issuer's own.
fn check_author(draft: &Draft<'_>, signers: &Signers<'_>, act: &Act) -> Result<(), Refusal> {
    let (by, issuer) = (act.by, act.licence.issuer());
    if read::<Organisation>(draft, &by).is_none() {
        return Err(Refusal::NoOrganisation { uscc: by });
    }
    let may = match &act.change {
        Change::Suspend { .. } | Change::Resume | Change::Revoke | Change::Annul { .. } | Change::Spare { .. } => {
            is_or_above(draft, by, issuer)
        }
        Change::Cosign | Change::AbortTransfer => true,
        Change::Issue(_)
        | Change::TakeOver { .. }
        | Change::Renew { .. }
        | Change::Amend { .. }
        | Change::Cancel
        | Change::Withdraw { .. }
        | Change::Reinstate { .. }
        | Change::Correct { .. }
        | Change::TransferOut { .. }
        | Change::TransferIn { .. }
        | Change::IssueJointly { .. } => by == issuer,
    };
    if by != issuer && !may {
        return Err(Refusal::NotYours { by, issuer });
    }
    let role = role_of(act);
    if signers.act_for(by, role) { Ok(()) } else { Err(Refusal::Role { role, organisation: by }) }
}

/// The role that an act needs.
pub(crate) fn role_of(act: &Act) -> Role {
    if act.effective_at.is_some() { Role::HistoricalRegistrar } else { Role::Issuer }
}

fn instant(act: &Act, at: At) -> Result<Millis, Refusal> {
    match act.effective_at {
        Some(_) if !act.change.may_be_historic() => Err(Refusal::NotHistoric),
        Some(effective_at) if effective_at > at.time => Err(Refusal::EffectiveInFuture { effective_at, now: at.time }),
        Some(effective_at) => Ok(effective_at),
        None => Ok(at.time),
    }
}

/// Writes the licence that the act names as the act leaves it, and the act into its history.
fn record(draft: &mut Draft<'_>, at: At, case: &Case<'_>, licence: Licence) -> Head {
    record_of(draft, at, case, &case.act.licence, licence)
}

/// The same for another licence that the act changes. Says what the history is then.
fn record_of(draft: &mut Draft<'_>, at: At, case: &Case<'_>, named: &LicenceId, mut licence: Licence) -> Head {
    let entry = Entry { recorded_at: at.height, at: case.instant, act: case.act.clone() };
    licence.history = draft.append(history_of(named), canonical::encode(&entry));
    licence.historic |= case.act.effective_at.is_some();
    licence.changed_at = case.instant;
    licence.recorded_at = at.height;
    draft.write(&named.base(), &licence);
    licence.history
}

#[cfg(test)]
mod tests;
