//! Who may act for whom: the grants behind a transaction's signatures, and the line of bodies above each.
//!
//! A key acts from the height after the block that registered it and until the height after the one that retired it, so
//! that nothing within a block changes who may act in it. Rules: design D15, domain section 8.

use crate::view::{View, read};
use bulla_verify::chain::Height;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::organisation::{KeyGrant, MAX_LEVELS, Organisation};
use bulla_verify::roles::Role;
use std::iter::successors;

/// What the signers of one transaction may do at its height. A key that is not active there adds nothing.
pub(crate) struct Signers(Vec<KeyGrant>);

impl Signers {
    pub(crate) fn of(view: &dyn View, keys: &[PublicKey], height: Height) -> Signers {
        let active = |key| read::<KeyGrant>(view, key).filter(|grant| grant.is_active(height));
        Signers(keys.iter().filter_map(active).collect())
    }

    /// Whether a key is among those that may act.
    pub(crate) fn include(&self, key: &PublicKey) -> bool {
        self.0.iter().any(|grant| grant.key == *key)
    }

    /// Whose budget pays for refusals: the first signer's organisation.
    pub(crate) fn payer(&self) -> Option<Uscc> {
        self.0.first().map(|grant| grant.organisation)
    }

    /// Whether a signer's key is the organisation's and has the role.
    pub(crate) fn act_for(&self, organisation: Uscc, role: Role) -> bool {
        self.0.iter().any(|grant| grant.organisation == organisation && grant.roles.contains(role))
    }

    /// Whether a signer's key has the role for the organisation or for a body above it.
    pub(crate) fn act_for_or_above(&self, view: &dyn View, organisation: Uscc, role: Role) -> bool {
        line(view, organisation).any(|body| self.act_for(body.uscc, role))
    }
}

/// Whether `body` is the organisation or stands above it.
pub(crate) fn is_or_above(view: &dyn View, body: Uscc, organisation: Uscc) -> bool {
    line(view, organisation).any(|above| above.uscc == body)
}

/// An organisation and all above it, from below; empty if it is not registered. No line is longer than [`MAX_LEVELS`],
/// since registration refuses a body beyond.
pub(crate) fn line(view: &dyn View, organisation: Uscc) -> impl Iterator<Item = Organisation> {
    let registered = move |uscc: &Uscc| read::<Organisation>(view, uscc);
    successors(registered(&organisation), move |body| body.parent.as_ref().and_then(registered)).take(MAX_LEVELS)
}

#[cfg(test)]
mod tests;
