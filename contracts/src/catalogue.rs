//! The catalogue: which types of licence there are, and who may issue them where.

use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::read;
use bulla_verify::catalogue::{Act, Competence, LicenceType, Refusal};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::organisation::Organisation;
use bulla_verify::roles::Role;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::RegisterType(kind) => register_type(draft, signers, kind),
        Act::Grant(competence) => grant(draft, signers, competence),
        Act::Withdraw { type_code, organisation } => withdraw(draft, signers, *type_code, *organisation),
    }
}

fn register_type(draft: &mut Draft<'_>, signers: &Signers<'_>, kind: &LicenceType) -> Result<(), Refusal> {
    let owner = registered(draft, kind.code.owner())?;
    let needed = owner.parent.unwrap_or(owner.uscc);
    if !signers.act_for(needed, Role::Registrar) {
        return Err(Refusal::NotSuperior { needed });
    }
    if read::<LicenceType>(draft, &kind.code).is_some() {
        return Err(Refusal::TypeExists { code: kind.code });
    }
    if !owner.region.contains(kind.region) {
        return Err(Refusal::TypeRegionOutside { found: kind.region, owner: owner.region });
    }
    draft.write(&kind.code, kind);
    Ok(())
}

fn grant(draft: &mut Draft<'_>, signers: &Signers<'_>, competence: &Competence) -> Result<(), Refusal> {
    let organisation = registered(draft, competence.organisation)?;
    let kind = governed(draft, signers, competence.type_code)?;
    for allowed in [kind.region, organisation.region] {
        if !allowed.contains(competence.region) {
            return Err(Refusal::RegionOutside { found: competence.region, allowed });
        }
    }
    draft.write(&(competence.type_code, competence.organisation), competence);
    Ok(())
}

fn withdraw(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    code: LicenceTypeCode,
    organisation: Uscc,
) -> Result<(), Refusal> {
    governed(draft, signers, code)?;
    if read::<Competence>(draft, &(code, organisation)).is_none() {
        return Err(Refusal::NoCompetence { code, organisation });
    }
    draft.remove::<Competence>(&(code, organisation));
    Ok(())
}

/// A type over whose competences the signers may decide.
fn governed(draft: &Draft<'_>, signers: &Signers<'_>, code: LicenceTypeCode) -> Result<LicenceType, Refusal> {
    let owner = registered(draft, code.owner())?;
    if !signers.act_for_or_above(draft, owner.uscc, Role::Registrar) {
        return Err(Refusal::Role { role: Role::Registrar, organisation: owner.uscc });
    }
    read(draft, &code).ok_or(Refusal::NoType { code })
}

fn registered(draft: &Draft<'_>, uscc: Uscc) -> Result<Organisation, Refusal> {
    read(draft, &uscc).ok_or(Refusal::NoOrganisation { uscc })
}

#[cfg(test)]
mod tests;
