//! Who may act for whom: the grants behind a transaction's signatures, and the line of bodies above each.
//!
//! A key acts from the height after the block that registered it and until the height after the one that retired it, so
//! that nothing within a block changes who may act in it. Rules: design D15, domain section 8.

use crate::governance;
use crate::view::{View, read};
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{KeyGrant, MAX_LEVELS, Organisation};
use bulla_verify::roles::Role;
use bulla_verify::transaction::Body;
use bulla_verify::validators::Validator;
use std::iter::successors;

/// What the signers of one transaction may do at its height. A key that is not active there adds nothing.
pub(crate) struct Signers<'a> {
    body: &'a Body,
    grants: Vec<KeyGrant>,
    /// Those of them that vote.
    validators: Vec<Validator>,
}

/// Why a key may not sign a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MayNot {
    /// It is nobody's.
    Unknown,
    /// It is a validator's, and the transaction does something that is not the validators' to decide.
    Consensus,
}

impl<'a> Signers<'a> {
    pub(crate) fn of(view: &dyn View, body: &'a Body, height: Height) -> Signers<'a> {
        let active = |key| read::<KeyGrant>(view, key).filter(|grant| grant.is_active(height));
        let grants: Vec<_> = body.signers.iter().filter_map(active).collect();
        // Nearly every transaction is signed by organisations' keys alone.
        let validators = if grants.len() == body.signers.len() {
            Vec::new()
        } else {
            let set = governance::validators(view).set;
            body.signers.iter().filter_map(|key| set.find(key).copied()).collect()
        };
        Signers { body, grants, validators }
    }

    /// Whether a key may sign this transaction. One that joins the validators by it may, although nobody knows it yet.
    pub(crate) fn check(&self, key: &PublicKey) -> Result<(), MayNot> {
        if self.grants.iter().any(|grant| grant.key == *key) {
            return Ok(());
        }
        if self.validators.iter().any(|validator| validator.key == *key) {
            let only_governs = self.body.operations.iter().all(Operation::is_of_validators);
            return if only_governs { Ok(()) } else { Err(MayNot::Consensus) };
        }
        let joins = self.body.operations.iter().any(|operation| operation.joining().any(|joins| joins == *key));
        if joins { Ok(()) } else { Err(MayNot::Unknown) }
    }

    /// Whose budget pays for refusals: the organisation of the first signer that has one.
    pub(crate) fn payer(&self) -> Option<Uscc> {
        self.body.signers.iter().find_map(|key| {
            let grant = self.grants.iter().find(|grant| grant.key == *key).map(|grant| grant.organisation);
            let validator = || self.validators.iter().find(|validator| validator.key == *key);
            grant.or_else(|| validator().map(|validator| validator.organisation))
        })
    }

    /// The chain that the transaction is for.
    pub(crate) fn chain(&self) -> ChainId {
        self.body.chain
    }

    /// All keys that signed.
    pub(crate) fn keys(&self) -> &[PublicKey] {
        &self.body.signers
    }

    /// Whether a key signed.
    pub(crate) fn have_signed(&self, key: &PublicKey) -> bool {
        self.body.signers.contains(key)
    }

    /// Whether a validator in force signed.
    pub(crate) fn any_validates(&self) -> bool {
        !self.validators.is_empty()
    }

    /// Whether a signer's key is the organisation's and has the role.
    pub(crate) fn act_for(&self, organisation: Uscc, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.organisation == organisation && grant.roles.contains(role))
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
