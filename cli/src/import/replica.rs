//! A licence as the ledger will have it: an imported act names the version that stands before it, so the plan must know
//! which of the acts before will be accepted.
//!
//! These are the rules of `bulla-contracts` for one issuer that is competent, for types without a longest term or single
//! holding, and for historic acts in the past: no rule of the ledger's is decided here. Where a prediction is wrong, the ledger
//! refuses what follows and says so, and the report counts the rows as unforeseen: over the whole of a real file there is none.

use super::authority::LATE_RENEWAL_DAYS;
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;
use bulla_verify::licence::{Act, Change, End, Ending, Grant, How, Licence, Origin, Suspension, Term};
use bulla_verify::list::Head;
use bulla_verify::status::{Status, status};
use bulla_verify::time::{DAY_MS, Millis};

/// The last version that an identifier has room for.
const LAST_VERSION: u16 = 999;

/// The record after a historic act, if the ledger accepts it.
pub(super) fn after(before: Option<&Licence>, act: &Act) -> Option<Licence> {
    let at = act.effective_at?;
    let mut licence = match (&act.change, before) {
        (Change::Issue(grant), None) => opened(act, at, grant, Origin::Issued),
        (Change::TakeOver { from, grant }, None) => opened(act, at, grant, Origin::TakenOver { from: from.clone() }),
        (Change::Issue(_) | Change::TakeOver { .. }, Some(_)) | (_, None) => None,
        (change, Some(licence)) => changed(licence.clone(), act, at, change),
    }?;
    licence.historic = true;
    licence.changed_at = at;
    Some(licence)
}

fn opened(act: &Act, at: Millis, grant: &Grant, origin: Origin) -> Option<Licence> {
    let first = origin != Origin::Issued || act.licence.version() == 1;
    (first && !grant.term.has_ended(grant.term.from)).then(|| Licence {
        base: act.licence.base(),
        version: act.licence.version(),
        region: grant.region,
        origin,
        holder: grant.holder,
        holding: grant.holding,
        contents: grant.contents,
        issued_at: at,
        term: grant.term,
        suspension: None,
        ended: None,
        cancelled: None,
        pending: None,
        corrected: false,
        spared: false,
        historic: true,
        changed_at: at,
        recorded_at: Height(0),
        history: Head::default(),
    })
}

fn changed(mut licence: Licence, act: &Act, at: Millis, change: &Change) -> Option<Licence> {
    let found = status(&licence, at);
    let in_force = matches!(found, Status::Active { .. } | Status::Suspended { .. });
    let by = act.by;
    let makes_a_version = matches!(change, Change::Renew { .. } | Change::Amend { .. });
    let named = act.licence.version() == licence.version && at >= licence.changed_at;
    if !named || (makes_a_version && licence.version >= LAST_VERSION) {
        return None;
    }
    match change {
        Change::Renew { term, contents } => return renewed(licence, at, found, *term, *contents),
        Change::Amend { contents, until, holder, .. } => {
            let shortened = Term { until: until.or(licence.term.until), ..licence.term };
            let lengthened = until.zip(licence.term.until).is_some_and(|(until, ends)| ends < until);
            if !in_force || lengthened || (until.is_some() && shortened.has_ended(shortened.from)) {
                return None;
            }
            licence.term = shortened;
            licence.version = licence.version.saturating_add(1);
            licence.contents = *contents;
            licence.holder = holder.unwrap_or(licence.holder);
        }
        Change::Suspend { from, until } if found.is_active() => {
            licence.suspension = Some(Suspension { from: from.unwrap_or(at), until: *until, by });
        }
        Change::Resume if matches!(found, Status::Suspended { .. }) => licence.suspension = None,
        Change::Revoke if in_force => licence.ended = Some(End { how: How::Revoked, at, by }),
        Change::Cancel if !matches!(found, Status::Cancelled { .. }) => licence.cancelled = Some(Ending { at, by }),
        Change::Issue(_)
        | Change::TakeOver { .. }
        | Change::Suspend { .. }
        | Change::Resume
        | Change::Revoke
        | Change::Cancel
        // No source has these; what is not planned is never predicted to be accepted.
        | Change::Withdraw { .. }
        | Change::Annul { .. }
        | Change::Spare { .. }
        | Change::Reinstate { .. }
        | Change::Correct { .. }
        | Change::TransferOut { .. }
        | Change::TransferIn { .. }
        | Change::AbortTransfer
        | Change::IssueJointly { .. }
        | Change::Cosign => return None,
    }
    Some(licence)
}

fn renewed(mut licence: Licence, at: Millis, found: Status, mut term: Term, contents: Hash) -> Option<Licence> {
    let grace_ms = i64::from(LATE_RENEWAL_DAYS).saturating_mul(DAY_MS);
    let lately = matches!(found, Status::Expired { since } if at.since(since) < grace_ms);
    let gap = matches!(found, Status::Active { until: Some(ends) } if ends < term.from);
    let renewable = found.is_active() || lately;
    if !renewable || gap || term.has_ended(term.from) || term.from < licence.term.from {
        return None;
    }
    if found.is_active() {
        term.from = term.from.min(at);
    }
    licence.version = licence.version.saturating_add(1);
    licence.term = term;
    licence.contents = contents;
    Some(licence)
}
