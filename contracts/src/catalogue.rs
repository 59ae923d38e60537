//! The catalogue: which types of licence there are, and who may issue them where, when, and by how many officers.

mod competence;

pub(crate) use competence::competence_at;

use crate::authority::Signers;
use crate::draft::Draft;
use crate::licence::role_of;
use crate::view::{At, View, read};
use bulla_verify::catalogue::{Act, LicenceType, Refusal, TwoOfficers};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence;
use bulla_verify::organisation::Organisation;
use bulla_verify::roles::Role;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::RegisterType(kind) => register_type(draft, signers, kind),
        Act::Grant(competence) => competence::grant(draft, signers, competence, None),
        Act::Withdraw { type_code, organisation } => competence::withdraw(draft, signers, *type_code, *organisation),
        Act::Demand { type_code, two_officers } => demand(draft, signers, at, *type_code, *two_officers),
        Act::GrantFor { competence, dates } => competence::grant(draft, signers, competence, Some(*dates)),
        Act::Delegate { competence, dates, by } => competence::delegate(draft, signers, competence, *dates, *by),
    }
}

/// Whether as many officers signed an act on a licence as its type demands.
pub(crate) fn check_officers(view: &dyn View, signers: &Signers<'_>, act: &licence::Act) -> Result<(), Refusal> {
    let (code, organisation) = (act.licence.type_code(), act.by);
    if read::<TwoOfficers>(view, &code).is_some() && !signers.are_two_officers(organisation, role_of(act)) {
        return Err(Refusal::OneOfficer { code, organisation });
    }
    Ok(())
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

fn demand(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    code: LicenceTypeCode,
    two_officers: bool,
) -> Result<(), Refusal> {
    governed(draft, signers, code)?;
    if two_officers {
        draft.write(&code, &TwoOfficers { since: at.height });
    } else if read::<TwoOfficers>(draft, &code).is_some() {
        draft.remove::<TwoOfficers>(&code);
    }
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
