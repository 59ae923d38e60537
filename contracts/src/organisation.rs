//! Organisations and keys: registered by a superior, from the roots downwards, within its region.

mod officers;
mod succession;

use crate::authority::{Signers, is_of_body, line};
use crate::draft::Draft;
use crate::governance::is_of_validator;
use crate::view::{At, read};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::organisation::{Act, KeyGrant, MAX_LEVELS, Organisation, Refusal};
use bulla_verify::roles::Role;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Register { uscc, name, level, region, parent } => {
            let (uscc, level, region, parent) = (*uscc, *level, *region, Some(*parent));
            register(draft, signers, Organisation { uscc, name: name.clone(), level, region, parent })
        }
        Act::RegisterKey { organisation, key, roles } => {
            let grant =
                KeyGrant { key: *key, organisation: *organisation, roles: *roles, from: at.height.next(), until: None };
            register_key(draft, signers, grant)
        }
        Act::RetireKey { key } => {
            let grant = granted(draft, key)?;
            retire_key(draft, signers, at, grant)
        }
        Act::Appoint(appointment) => officers::appoint(draft, signers, at, appointment),
        Act::Dismiss { key } => officers::dismiss(draft, signers, at, key),
        Act::CommitNext { key, next } => succession::commit(draft, signers, key, *next),
        Act::Rotate { key, to, next } => succession::rotate(draft, signers, at, key, to, *next),
        Act::ReportCompromise { key, since } => succession::report(draft, signers, at, key, *since),
    }
}

fn register(draft: &mut Draft<'_>, signers: &Signers<'_>, new: Organisation) -> Result<(), Refusal> {
    let parent = registered(draft, &new.parent.expect("the act names the superior"))?;
    if !signers.act_for(parent.uscc, Role::Registrar) {
        return Err(Refusal::Role { role: Role::Registrar, organisation: parent.uscc });
    }
    if read::<Organisation>(draft, &new.uscc).is_some() {
        return Err(Refusal::OrganisationExists { uscc: new.uscc });
    }
    if new.level.is_above(parent.level) {
        return Err(Refusal::LevelAbove { found: new.level, parent: parent.level });
    }
    if !parent.region.contains(new.region) {
        return Err(Refusal::RegionOutside { found: new.region, parent: parent.region });
    }
    if line(draft, parent.uscc).count() >= MAX_LEVELS {
        return Err(Refusal::TooDeep);
    }
    draft.write(&new.uscc, &new);
    Ok(())
}

fn register_key(draft: &mut Draft<'_>, signers: &Signers<'_>, grant: KeyGrant) -> Result<(), Refusal> {
    let owner = registered(draft, &grant.organisation)?;
    check_registrar(signers, &owner)?;
    check_new(draft, &grant.key)?;
    if grant.roles.is_empty() {
        return Err(Refusal::NoRole);
    }
    draft.write(&grant.key, &grant);
    Ok(())
}

fn retire_key(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, mut grant: KeyGrant) -> Result<(), Refusal> {
    let owner = registered(draft, &grant.organisation)?;
    check_registrar(signers, &owner)?;
    if grant.until.is_some() {
        return Err(Refusal::KeyRetired { key: grant.key });
    }
    grant.until = Some(at.height.next());
    draft.write(&grant.key, &grant);
    Ok(())
}

fn granted(draft: &Draft<'_>, key: &PublicKey) -> Result<KeyGrant, Refusal> {
    read(draft, key).ok_or(Refusal::NoKey { key: *key })
}

/// A key is sound, and is and was nobody's.
fn check_new(draft: &Draft<'_>, key: &PublicKey) -> Result<(), Refusal> {
    key.check_strength().map_err(|reason| Refusal::WeakKey { reason })?;
    if is_of_body(draft, key) || is_of_validator(draft, key) {
        return Err(Refusal::KeyExists { key: *key });
    }
    Ok(())
}

fn registered(draft: &Draft<'_>, uscc: &Uscc) -> Result<Organisation, Refusal> {
    read(draft, uscc).ok_or(Refusal::NoOrganisation { uscc: *uscc })
}

/// Keys are for a registrar of their organisation or of its superior, which so can restore a body that lost its own.
fn check_registrar(signers: &Signers<'_>, owner: &Organisation) -> Result<(), Refusal> {
    let mut bodies = [Some(owner.uscc), owner.parent].into_iter().flatten();
    if bodies.any(|body| signers.act_for(body, Role::Registrar)) {
        return Ok(());
    }
    Err(Refusal::Role { role: Role::Registrar, organisation: owner.uscc })
}

#[cfg(test)]
mod tests;
