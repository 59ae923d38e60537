//! Governance: validators change themselves, admit followers, and mark those of them that signed two different things.
//!
//! What is changed in a block acts in the next. A block changes the validators once at most: whoever joins by it then counts
//! for the acts after it, and nothing that they sign can change them again in that block. A recovery alone acts in its own
//! block: it comes before all acts. What is moved and voted on is carried by votes of more than two thirds, each in a
//! transaction of its own: `moving`.

mod moving;

pub(crate) use moving::schedule;

use crate::authority::{Signers, is_of_body};
use crate::changes::Changes;
use crate::draft::Draft;
use crate::view::{At, View, read};
use bulla_verify::chain::Height;
use bulla_verify::governance::{
    Act, Evidence, FollowerChange, Followers, FormerValidator, Keys, LEAST_VALIDATORS, MAX_FOLLOWERS, Offender,
    Refusal, SetChange, Validators,
};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::organisation::Organisation;
use bulla_verify::recovery::{Agreement, Recovery, RecoveryError};
use bulla_verify::validators::{Validator, ValidatorSet};

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    let present = validators(draft);
    match act {
        Act::ChangeValidators(changes) => change_validators(draft, signers, at, present, changes),
        Act::ReportEquivocation(evidence) => report(draft, signers, at, present, evidence),
        Act::ChangeFollowers(changes) => {
            check_threshold(&present, signers)?;
            change_followers(draft, changes)
        }
        Act::Recover(recovery) => confirm(signers, at, &present, recovery),
        Act::Move(terms) => moving::put(draft, signers, at, &present, terms),
        Act::Vote(id) => moving::vote(draft, signers, at, &present, *id),
        Act::WithdrawMotion(id) => moving::withdraw(draft, signers, at, &present, *id),
    }
}

/// The validators in force, and from the next height on.
///
/// # Panics
/// If there are none: a state that did not begin with [`crate::genesis`].
pub fn validators(view: &dyn View) -> Validators {
    read(view, &()).expect("genesis writes the validators and nothing removes them")
}

/// What a block that a recovery begins changes before all else: the same validators decide it under their new keys. That all
/// of them agreed was checked against the block before; that nobody had one of the keys before is checked here.
pub fn recover(view: &dyn View, at: At, next: &ValidatorSet) -> Result<Changes, RecoveryError> {
    let present = validators(view);
    for Validator { key, .. } in next.as_slice() {
        if is_of_validator(view, key) || is_of_body(view, key) {
            return Err(RecoveryError::KeyExists { key: *key });
        }
    }
    let mut draft = Draft::over(view);
    succeed(&mut draft, at.height, present, next.clone());
    Ok(draft.into_changes())
}

/// The act only says what began its block: anywhere else it is refused.
fn confirm(signers: &Signers<'_>, at: At, present: &Validators, recovery: &Recovery) -> Result<(), Refusal> {
    let Agreement { chain, height, .. } = recovery.agreement;
    let began = chain == signers.chain() && height.next() == at.height && present.from == at.height;
    let old = recovery.agreement.before(&present.set).filter(|_| began);
    let holds = old.is_some_and(|old| recovery.check(&old).is_ok_and(|next| next == present.set));
    if holds { Ok(()) } else { Err(Refusal::NoRecovery) }
}

/// Whether a key is a validator's, or was one's.
pub(crate) fn is_of_validator(view: &dyn View, key: &PublicKey) -> bool {
    validators(view).set.find(key).is_some() || read::<FormerValidator>(view, key).is_some()
}

fn change_validators(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    present: Validators,
    changes: &[SetChange],
) -> Result<(), Refusal> {
    check_threshold(&present, signers)?;
    if present.from > at.height {
        return Err(Refusal::OnePerHeight);
    }
    let limit = present.set.count().div_euclid(3).max(1);
    if changes.is_empty() || changes.len() > limit {
        return Err(Refusal::Count { found: changes.len(), limit });
    }
    let mut next = present.set.as_slice().to_vec();
    for change in changes {
        make(draft, signers, &present.set, &mut next, change)?;
    }
    if next.len() < LEAST_VALIDATORS && next.len() < present.set.count() {
        return Err(Refusal::TooFew { found: next.len() });
    }
    let next = ValidatorSet::new(next).map_err(|reason| Refusal::Unsound { reason })?;
    let (signed, missing): (Vec<&Validator>, Vec<_>) =
        next.as_slice().iter().partition(|validator| signers.have_signed(&validator.key));
    if signed.iter().fold(0, |sum: u64, validator| sum.saturating_add(validator.power)) < next.quorum() {
        return Err(Refusal::NoQuorum { missing: Keys(missing.iter().map(|validator| validator.key).collect()) });
    }
    succeed(draft, at.height.next(), present, next);
    Ok(())
}

/// Makes one change to the list of those who come next. What leaves must be of the present set, what joins of none before.
fn make(
    draft: &Draft<'_>,
    signers: &Signers<'_>,
    present: &ValidatorSet,
    next: &mut Vec<Validator>,
    change: &SetChange,
) -> Result<(), Refusal> {
    let left = match change.leaving() {
        Some(key) => {
            let place = next.iter().position(|validator| validator.key == key && present.find(&key).is_some());
            Some(next.remove(place.ok_or(Refusal::NotValidator { key })?))
        }
        None => None,
    };
    let joins = match (change, left) {
        (SetChange::Join(validator), _) => *validator,
        (SetChange::Rotate { to, .. }, Some(left)) => Validator { key: *to, ..left },
        (SetChange::Rotate { .. } | SetChange::Leave(_), _) => return Ok(()),
    };
    let key = joins.key;
    key.check_strength().map_err(|reason| Refusal::WeakKey { reason })?;
    let is_named = next.iter().any(|validator| validator.key == key);
    if is_named || is_of_validator(draft, &key) || is_of_body(draft, &key) {
        return Err(Refusal::KeyExists { key });
    }
    if !signers.have_signed(&key) {
        return Err(Refusal::NotSigned { key });
    }
    // A validator of genesis may have an organisation that is not registered, and keeps it.
    if left.is_none() {
        check_registered(draft, joins.organisation)?;
    }
    next.push(joins);
    Ok(())
}

/// Writes the set that acts from a height on. Marks stay with those who stay.
fn succeed(draft: &mut Draft<'_>, from: Height, present: Validators, next: ValidatorSet) {
    for Validator { key, .. } in present.set.as_slice().iter().filter(|before| next.find(&before.key).is_none()) {
        draft.write(key, &FormerValidator { key: *key, until: from });
    }
    let offenders = present.offenders.into_iter().filter(|offender| next.find(&offender.key).is_some()).collect();
    draft.write(&(), &Validators { set: next, from, offenders });
}

fn report(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    mut present: Validators,
    evidence: &Evidence,
) -> Result<(), Refusal> {
    if !signers.any_validates() {
        return Err(Refusal::NotReporter);
    }
    let (key, found) = (evidence.accused(), evidence.height());
    if present.set.find(&key).is_none() {
        return Err(Refusal::NotValidator { key });
    }
    if present.is_offender(&key) {
        return Err(Refusal::Reported { key });
    }
    if found > at.height || found == Height(0) {
        return Err(Refusal::NotYet { found });
    }
    evidence.check(signers.chain())?;
    let others: Vec<_> = present.set.as_slice().iter().filter(|validator| validator.key != key).copied().collect();
    // One that leaves too little behind stays, and is passed over; so does one while another change is on its way.
    if others.len() >= LEAST_VALIDATORS && present.from <= at.height {
        let next = ValidatorSet::new(others).expect("a part of a set, in its order, is a set");
        succeed(draft, at.height.next(), present, next);
        return Ok(());
    }
    present.offenders.push(Offender { key, from: at.height.next() });
    present.offenders.sort_by_key(|offender| offender.key);
    draft.write(&(), &present);
    Ok(())
}

fn change_followers(draft: &mut Draft<'_>, changes: &[FollowerChange]) -> Result<(), Refusal> {
    let mut followers = read::<Followers>(draft, &()).unwrap_or_default();
    for change in changes {
        match change {
            FollowerChange::Dismiss(key) => {
                let before = followers.0.len();
                followers.0.retain(|follower| follower.key != *key);
                if followers.0.len() == before {
                    return Err(Refusal::NotFollower { key: *key });
                }
            }
            FollowerChange::Admit(new) => {
                new.key.check_strength().map_err(|reason| Refusal::WeakKey { reason })?;
                check_registered(draft, new.organisation)?;
                followers.0.retain(|follower| follower.key != new.key);
                let is_taken = followers.0.iter().any(|follower| follower.network == new.network);
                if is_taken || new.network.check_strength().is_err() {
                    return Err(Refusal::NetworkKeyTaken { key: new.network });
                }
                followers.0.push(*new);
            }
        }
    }
    if followers.0.len() > MAX_FOLLOWERS {
        return Err(Refusal::Followers { found: followers.0.len() });
    }
    followers.0.sort_by_key(|follower| follower.key);
    draft.write(&(), &followers);
    Ok(())
}

/// More than two thirds of the power in force have signed.
fn check_threshold(present: &Validators, signers: &Signers<'_>) -> Result<(), Refusal> {
    let (found, needed) = (present.power_of(signers.keys()), present.set.quorum());
    if found < needed { Err(Refusal::Threshold { found, needed }) } else { Ok(()) }
}

fn check_registered(draft: &Draft<'_>, uscc: Uscc) -> Result<(), Refusal> {
    read::<Organisation>(draft, &uscc).map(|_| ()).ok_or(Refusal::NoOrganisation { uscc })
}

#[cfg(test)]
mod tests;
