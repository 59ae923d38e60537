//! What becomes of keys: the next is committed to, comes in, and one that is in wrong hands ends.

use super::{check_new, check_registrar, granted, registered};
use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::chain::Height;
use bulla_verify::keys::PublicKey;
use bulla_verify::organisation::{Compromise, KeyCommitment, KeyGrant, Officer, Refusal, Succession};
use bulla_verify::time::Millis;

pub(super) fn commit(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    key: &PublicKey,
    next: KeyCommitment,
) -> Result<(), Refusal> {
    let grant = granted(draft, key)?;
    check_registrar(signers, &registered(draft, &grant.organisation)?)?;
    if grant.until.is_some() {
        return Err(Refusal::KeyRetired { key: *key });
    }
    if read::<Succession>(draft, key).is_some() {
        return Err(Refusal::NextCommitted { key: *key });
    }
    draft.write(key, &Succession { commitment: next, followed_by: None });
    Ok(())
}

/// That the next key was committed to while this one was safe is all the authority that it needs.
pub(super) fn rotate(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    key: &PublicKey,
    to: &PublicKey,
    next: Option<KeyCommitment>,
) -> Result<(), Refusal> {
    let grant = granted(draft, key)?;
    let succession = read::<Succession>(draft, key).ok_or(Refusal::NoneCommitted { key: *key })?;
    if KeyCommitment::to(to) != succession.commitment || !signers.have_signed(to) {
        return Err(Refusal::NotTheNext { to: *to });
    }
    // A key that ended because it was in wrong hands is followed; one that was retired is not.
    let ended_by_report = read::<Compromise>(draft, key).is_some_and(|compromise| !compromise.ended_before);
    if succession.followed_by.is_some() || (grant.until.is_some() && !ended_by_report) {
        return Err(Refusal::KeyRetired { key: *key });
    }
    check_new(draft, to)?;
    let from = at.height.next();
    draft.write(to, &KeyGrant { key: *to, from, until: None, ..grant.clone() });
    draft.write(key, &KeyGrant { until: grant.until.or(Some(from)), ..grant });
    draft.write(key, &Succession { followed_by: Some(*to), ..succession });
    if let Some(commitment) = next {
        draft.write(to, &Succession { commitment, followed_by: None });
    }
    Ok(())
}

pub(super) fn report(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    key: &PublicKey,
    since: Millis,
) -> Result<(), Refusal> {
    let officer = read::<Officer>(draft, key);
    let grant = granted(draft, officer.as_ref().map_or(key, |officer| &officer.appointment.under))?;
    if !signers.act_by(key) {
        check_registrar(signers, &registered(draft, &grant.organisation)?)?;
    }
    if since > at.time {
        return Err(Refusal::SinceInFuture { since, now: at.time });
    }
    if let Some(known) = read::<Compromise>(draft, key) {
        if since >= known.since {
            return Err(Refusal::SinceLater { known: known.since });
        }
        draft.write(key, &Compromise { since, ..known });
        return Ok(());
    }
    let ended_before = match officer {
        Some(officer) => end_officer(draft, at.height.next(), officer),
        None => end_key(draft, at.height.next(), grant),
    };
    draft.write(key, &Compromise { since, reported_at: at.height, ended_before });
    Ok(())
}

/// Ends an officer, and says whether it had ended before.
fn end_officer(draft: &mut Draft<'_>, from: Height, officer: Officer) -> bool {
    let ended = officer.until.is_some();
    if !ended {
        let key = officer.appointment.key;
        draft.write(&key, &Officer { until: Some(from), ..officer });
    }
    ended
}

/// Ends a key, and says whether it had ended before.
fn end_key(draft: &mut Draft<'_>, from: Height, grant: KeyGrant) -> bool {
    let ended = grant.until.is_some();
    if !ended {
        let key = grant.key;
        draft.write(&key, &KeyGrant { until: Some(from), ..grant });
    }
    ended
}
