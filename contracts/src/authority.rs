//! Who may act for whom: the grants behind a transaction's signatures, and the line of bodies above each.
//!
//! A key acts from the height after the block that registered it and until the height after the one that retired it, so
//! that nothing within a block changes who may act in it. An officer's key acts as the department's key that it is under, in
//! some of its roles, at some hours, until some day; block time says which. Rules: design D15, domain section 8.

use crate::governance;
use crate::view::{At, View, read};
use bulla_verify::chain::ChainId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{
    self, KeyCommitment, KeyGrant, MAX_LEVELS, Officer, Organisation, Pseudonym, Succession,
};
use bulla_verify::roles::Role;
use bulla_verify::transaction::Body;
use bulla_verify::validators::Validator;
use std::iter::successors;

/// What the signers of one transaction may do at its height. A key that is not active there adds nothing.
pub(crate) struct Signers<'a> {
    body: &'a Body,
    /// An officer's grant is its department's, with the officer's key and roles.
    grants: Vec<KeyGrant>,
    /// Which of them are officers'.
    officers: Vec<(PublicKey, Pseudonym)>,
    /// Keys that nobody knows yet, which an operation puts in the place of one that committed to them.
    incoming: Vec<(PublicKey, Uscc)>,
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
    pub(crate) fn of(view: &dyn View, body: &'a Body, at: At) -> Signers<'a> {
        let (mut grants, mut officers) = (Vec::new(), Vec::new());
        for key in &body.signers {
            if let Some(grant) = read::<KeyGrant>(view, key) {
                grants.extend(grant.is_active(at.height).then_some(grant));
            } else if let Some((grant, pseudonym)) = as_officer(view, key, at) {
                grants.push(grant);
                officers.push((*key, pseudonym));
            }
        }
        // Nearly every transaction is signed by organisations' keys alone.
        let (mut incoming, mut validators) = (Vec::new(), Vec::new());
        if grants.len() < body.signers.len() {
            let set = governance::validators(view).set;
            validators = body.signers.iter().filter_map(|key| set.find(key).copied()).collect();
            incoming = body.operations.iter().filter_map(|operation| comes_in(view, operation)).collect();
        }
        Signers { body, grants, officers, incoming, validators }
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
        if self.incoming.iter().any(|(next, _)| next == key) {
            return Ok(());
        }
        let joins = self.body.operations.iter().any(|operation| operation.joining().any(|joins| joins == *key));
        if joins { Ok(()) } else { Err(MayNot::Unknown) }
    }

    /// Whose budget pays for refusals: the organisation of the first signer that has one.
    pub(crate) fn payer(&self) -> Option<Uscc> {
        self.body.signers.iter().find_map(|key| {
            let grant = self.grants.iter().find(|grant| grant.key == *key).map(|grant| grant.organisation);
            let incoming = || self.incoming.iter().find(|(next, _)| next == key).map(|(_, organisation)| *organisation);
            let validator = || self.validators.iter().find(|validator| validator.key == *key);
            grant.or_else(incoming).or_else(|| validator().map(|validator| validator.organisation))
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

    /// Whether a key signed that may act here: its own, or as an officer's.
    pub(crate) fn act_by(&self, key: &PublicKey) -> bool {
        self.grants.iter().any(|grant| grant.key == *key)
    }

    /// Whether two officers of the organisation signed, each with the role. Keys of one pseudonym are one officer's; the
    /// department's own key is nobody's in particular.
    pub(crate) fn are_two_officers(&self, organisation: Uscc, role: Role) -> bool {
        let may = |key: &PublicKey| {
            let is_of = |grant: &KeyGrant| grant.organisation == organisation && grant.roles.contains(role);
            self.grants.iter().any(|grant| grant.key == *key && is_of(grant))
        };
        let mut pseudonyms = self.officers.iter().filter(|(key, _)| may(key)).map(|(_, pseudonym)| pseudonym);
        let first = pseudonyms.next();
        pseudonyms.any(|other| Some(other) != first)
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

/// What an officer may do in this block, if it may anything: no more than its department's key, and not without it.
fn as_officer(view: &dyn View, key: &PublicKey, at: At) -> Option<(KeyGrant, Pseudonym)> {
    let officer = read::<Officer>(view, key).filter(|officer| officer.is_active(at.height, at.time))?;
    let appointment = officer.appointment;
    let above = read::<KeyGrant>(view, &appointment.under).filter(|above| above.is_active(at.height))?;
    let roles = appointment.roles.iter().filter(|role| above.roles.contains(*role)).collect();
    Some((KeyGrant { key: *key, roles, ..above }, appointment.pseudonym))
}

/// The key that an operation brings in, and for whom, if it is the one that was committed to.
fn comes_in(view: &dyn View, operation: &Operation) -> Option<(PublicKey, Uscc)> {
    let Operation::Organisation(organisation::Act::Rotate { key, to, .. }) = operation else { return None };
    let succession = read::<Succession>(view, key)?;
    let is_next = succession.followed_by.is_none() && succession.commitment == KeyCommitment::to(to);
    Some((*to, read::<KeyGrant>(view, key).filter(|_| is_next)?.organisation))
}

/// Whether a key is or was an organisation's or an officer's.
pub(crate) fn is_of_body(view: &dyn View, key: &PublicKey) -> bool {
    read::<KeyGrant>(view, key).is_some() || read::<Officer>(view, key).is_some()
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
