//! Single-holding types: a holder has at most one licence of such a type that is live, at any instant.
//!
//! One record per holder and type names the only licence that can be live. Another takes its place only once it is not,
//! and what is not live any more is live again only by a renewal, which must take the place back.

use super::Case;
use crate::draft::Draft;
use crate::view::read;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::LicenceBase;
use bulla_verify::licence::{Licence, Refusal};
use bulla_verify::record::Holding;
use bulla_verify::status::status;

/// Makes the act's licence the one that its holder has, unless another is live.
pub(super) fn claim(draft: &mut Draft<'_>, case: &Case<'_>, holding: Hash) -> Result<(), Refusal> {
    let (name, licence) = ((case.kind.code, holding), case.act.licence.base());
    let held = read::<Holding>(draft, &name).map(|held| held.licence);
    if held.as_ref() == Some(&licence) {
        return Ok(());
    }
    if let Some(other) = held.and_then(|other| read::<Licence>(draft, &other)) {
        check_not_live(case, other)?;
    }
    draft.write(&name, &Holding { licence });
    Ok(())
}

/// Gives up what the licence's former holder had of the type.
pub(super) fn release(draft: &mut Draft<'_>, case: &Case<'_>, holding: Hash, licence: &LicenceBase) {
    let name = (case.kind.code, holding);
    if read::<Holding>(draft, &name).is_some_and(|held| held.licence == *licence) {
        draft.remove::<Holding>(&name);
    }
}

/// An act may be older than the other licence's last: what is not live after both will never be.
fn check_not_live(case: &Case<'_>, other: Licence) -> Result<(), Refusal> {
    if !status(&other, case.instant.max(other.changed_at)).is_live() {
        return Ok(());
    }
    let other = other.base.at_version(other.version).expect("a recorded version is 1 to 999");
    Err(Refusal::AlreadyHeld { other })
}
