//! Officers: appointed and dismissed by the key that they are under. What they may do is `authority`'s to say.

use super::{check_new, check_registrar, granted, registered};
use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::keys::PublicKey;
use bulla_verify::organisation::{Appointment, Officer, Refusal};
use bulla_verify::roles::Role;

pub(super) fn appoint(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    appointment: &Appointment,
) -> Result<(), Refusal> {
    let Appointment { key, under, roles, hours, expires_at, .. } = *appointment;
    let above = granted(draft, &under)?;
    if !signers.act_by(&under) {
        return Err(Refusal::NotByKey { under });
    }
    check_new(draft, &key)?;
    if roles.is_empty() {
        return Err(Refusal::NoRole);
    }
    if !roles.are_among(above.roles) || roles.contains(Role::Registrar) {
        return Err(Refusal::BeyondKey);
    }
    if let Some(hours) = hours.filter(|hours| !hours.are_sound()) {
        return Err(Refusal::NoSuchHours { from: hours.from, until: hours.until });
    }
    if expires_at <= at.time {
        return Err(Refusal::ExpiredAlready { expires_at, now: at.time });
    }
    draft.write(&key, &Officer { appointment: appointment.clone(), from: at.height.next(), until: None });
    Ok(())
}

pub(super) fn dismiss(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, key: &PublicKey) -> Result<(), Refusal> {
    let mut officer = read::<Officer>(draft, key).ok_or(Refusal::NoOfficer { key: *key })?;
    let above = granted(draft, &officer.appointment.under)?;
    if !signers.act_by(&above.key) {
        check_registrar(signers, &registered(draft, &above.organisation)?)?;
    }
    if officer.until.is_some() {
        return Err(Refusal::KeyRetired { key: *key });
    }
    officer.until = Some(at.height.next());
    draft.write(key, &officer);
    Ok(())
}
