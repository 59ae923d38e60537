//! Subjects: handles, registered before anything is recorded of them, and their lists. Rules: design D9, D11.

use crate::authority::Signers;
use crate::draft::Draft;
use crate::view::{At, read};
use bulla_verify::canonical;
use bulla_verify::hash::Hash;
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::list::Head;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::{Act, Line, ListKind, Listed, Refusal, Subject, SubjectKind, SubjectList};

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Register { handle, kind, by } => {
            check_role(signers, Role::IdentityAuthority, *by)?;
            register(draft, at, handle, *kind, *by)
        }
        Act::Close { handle, by } => {
            check_role(signers, Role::IdentityAuthority, *by)?;
            let subject = open(draft, handle)?;
            check_authority(&subject, *by)?;
            draft.write(handle, &Subject { closed_at: Some(at.height), ..subject });
            Ok(())
        }
        Act::LinkHandle { handle, commitment, by } => {
            check_role(signers, Role::IdentityAuthority, *by)?;
            check_authority(&open(draft, handle)?, *by)?;
            list(draft, at, handle, Listed::Handle(*commitment));
            Ok(())
        }
        Act::ListLicence { handle, commitment, by } => list_licence(draft, signers, at, handle, *commitment, *by),
    }
}

/// Appends to the list of a subject to which such a thing belongs, and says what the list is then.
pub(crate) fn list(draft: &mut Draft<'_>, at: At, handle: &Handle, what: Listed) -> Head {
    let kind = match what {
        Listed::Licence(_) => ListKind::Licences,
        Listed::Handle(_) => ListKind::Handles,
        Listed::CreditEvent(_) | Listed::ListEntry(_) | Listed::Measure(_) => ListKind::Credit,
        Listed::Access(_) | Listed::Sealed(_) | Listed::Receipt { .. } | Listed::Unsealed { .. } => ListKind::Accesses,
    };
    let (name, line) = ((*handle, kind), Line { recorded_at: at.height, what });
    let head = draft.append(SubjectList::key(&name), canonical::encode(&line));
    draft.write(&name, &SubjectList { head, recorded_at: at.height });
    head
}

fn register(draft: &mut Draft<'_>, at: At, handle: &Handle, kind: SubjectKind, by: Uscc) -> Result<(), Refusal> {
    if read::<Subject>(draft, handle).is_some() {
        return Err(Refusal::SubjectExists);
    }
    draft.write(handle, &Subject { kind, authority: by, registered_at: at.height, closed_at: None });
    Ok(())
}

fn list_licence(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    handle: &Handle,
    commitment: Hash,
    by: Uscc,
) -> Result<(), Refusal> {
    check_role(signers, Role::Issuer, by)?;
    // A licence may be listed after the handle was closed: the list must be whole.
    read::<Subject>(draft, handle).ok_or(Refusal::NoSubject)?;
    list(draft, at, handle, Listed::Licence(commitment));
    Ok(())
}

/// A registered handle that is not closed.
fn open(draft: &Draft<'_>, handle: &Handle) -> Result<Subject, Refusal> {
    let subject = read::<Subject>(draft, handle).ok_or(Refusal::NoSubject)?;
    match subject.closed_at {
        Some(since) => Err(Refusal::Closed { since }),
        None => Ok(subject),
    }
}

fn check_authority(subject: &Subject, by: Uscc) -> Result<(), Refusal> {
    let authority = subject.authority;
    if authority == by { Ok(()) } else { Err(Refusal::NotYours { by, authority }) }
}

fn check_role(signers: &Signers<'_>, role: Role, organisation: Uscc) -> Result<(), Refusal> {
    if signers.act_for(organisation, role) { Ok(()) } else { Err(Refusal::Role { role, organisation }) }
}

#[cfg(test)]
mod tests;
