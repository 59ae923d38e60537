//! Motions: moving, voting, withdrawing, and what a carried one does.
//!
//! Votes are counted at each vote, by the powers then in force. What is carried writes the schedule or the law at once, and
//! the schedule says from which height it governs; the chain's numbers change in no block because of what that block holds.
//! What would not be accepted when it is carried is refused when it is moved, and tried again when it is carried.

use crate::authority::Signers;
use crate::draft::Draft;
use crate::law;
use crate::view::{At, View, founding_parameters, read};
use bulla_verify::chain::Height;
use bulla_verify::governance::motion::{
    DELAY, Fate, MAX_AHEAD, MAX_VOTING_MS, Motion, MotionId, Question, Standing, Terms, UPGRADE_DELAY,
};
use bulla_verify::governance::schedule::Schedule;
use bulla_verify::governance::{Refusal, Validators};
use bulla_verify::keys::PublicKey;
use bulla_verify::validators::Validator;

/// What has been decided; nothing where no record says.
pub(crate) fn schedule(view: &dyn View) -> Schedule {
    read(view, &()).unwrap_or_default()
}

pub(super) fn put(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    present: &Validators,
    terms: &Terms,
) -> Result<(), Refusal> {
    check_mover(signers, present, terms)?;
    let id = terms.id();
    if read::<Motion>(draft, &id).is_some() {
        return Err(Refusal::Moved { id });
    }
    let latest = at.time.plus(MAX_VOTING_MS);
    if terms.until <= at.time || terms.until > latest {
        return Err(Refusal::Deadline { until: terms.until, now: at.time, latest });
    }
    let latest = Height(at.height.0.saturating_add(MAX_AHEAD));
    if terms.from > latest {
        return Err(Refusal::TooFar { from: terms.from, latest });
    }
    // As if it were carried now; what it comes to is dropped.
    carry(&mut Draft::over(draft), at, terms, id)?;
    let mut motion = Motion::of(terms.clone());
    count(draft, at, present, &mut motion, voters(signers, present))?;
    draft.write(&id, &motion);
    Ok(())
}

pub(super) fn vote(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    present: &Validators,
    id: MotionId,
) -> Result<(), Refusal> {
    let voters = voters(signers, present);
    if voters.is_empty() {
        return Err(Refusal::NotVoter);
    }
    let mut motion = open(draft, at, id)?;
    let is_new = voters.iter().any(|voter| !motion.votes.contains(voter));
    count(draft, at, present, &mut motion, voters)?;
    // Where others left meanwhile, the same votes may be enough.
    if !is_new && motion.fate.is_none() {
        return Err(Refusal::Voted);
    }
    draft.write(&id, &motion);
    Ok(())
}

pub(super) fn withdraw(
    draft: &mut Draft<'_>,
    signers: &Signers<'_>,
    at: At,
    present: &Validators,
    id: MotionId,
) -> Result<(), Refusal> {
    let mut motion = open(draft, at, id)?;
    check_mover(signers, present, &motion.terms)?;
    motion.fate = Some(Fate::Withdrawn { at: at.height });
    draft.write(&id, &motion);
    Ok(())
}

/// Adds votes, drops those of keys that are not in force, and carries the motion if the rest are more than two thirds.
fn count(
    draft: &mut Draft<'_>,
    at: At,
    present: &Validators,
    motion: &mut Motion,
    voters: Vec<PublicKey>,
) -> Result<(), Refusal> {
    motion.votes.extend(voters);
    motion.votes.retain(|voter| present.set.find(voter).is_some());
    motion.votes.sort();
    motion.votes.dedup();
    if present.power_of(&motion.votes) >= present.set.quorum() {
        let from = carry(draft, at, &motion.terms, motion.terms.id())?;
        motion.fate = Some(Fate::Carried { at: at.height, from });
    }
    Ok(())
}

/// Does what a motion asks for, and says from which height it governs.
fn carry(draft: &mut Draft<'_>, at: At, terms: &Terms, id: MotionId) -> Result<Height, Refusal> {
    let now = at.height;
    let from = |delay: u64| terms.from.max(Height(now.0.saturating_add(delay)));
    match &terms.question {
        Question::Set(settings) => {
            let (mut schedule, from) = (schedule(draft), from(DELAY));
            schedule.set(&founding_parameters(draft), (now, from), settings, id)?;
            draft.write(&(), &schedule);
            Ok(from)
        }
        Question::Upgrade(version) => {
            let (mut schedule, from) = (schedule(draft), from(UPGRADE_DELAY));
            schedule.upgrade((now, from), *version, id)?;
            draft.write(&(), &schedule);
            Ok(from)
        }
        Question::Legislate(act) => {
            law::decide(draft, at, act).map_err(|refusal| Refusal::NotLawful { code: refusal.code() })?;
            Ok(now)
        }
        Question::CallOff(other) => {
            let mut motion: Motion = read(draft, other).ok_or(Refusal::NoMotion { id: *other })?;
            let mut schedule = schedule(draft);
            schedule.call_off(&founding_parameters(draft), now, *other)?;
            motion.fate = Some(Fate::CalledOff { at: now });
            draft.write(&(), &schedule);
            draft.write(other, &motion);
            Ok(now)
        }
    }
}

fn open(draft: &Draft<'_>, at: At, id: MotionId) -> Result<Motion, Refusal> {
    let motion: Motion = read(draft, &id).ok_or(Refusal::NoMotion { id })?;
    match motion.standing(at.time) {
        Standing::Open => Ok(motion),
        standing @ (Standing::Lapsed | Standing::Carried | Standing::Withdrawn | Standing::CalledOff) => {
            Err(Refusal::Closed { standing })
        }
    }
}

fn check_mover(signers: &Signers<'_>, present: &Validators, terms: &Terms) -> Result<(), Refusal> {
    let key = terms.by;
    if present.set.find(&key).is_some() && signers.have_signed(&key) { Ok(()) } else { Err(Refusal::NotMover { key }) }
}

/// The validators in force that signed.
fn voters(signers: &Signers<'_>, present: &Validators) -> Vec<PublicKey> {
    let of_these = present.set.as_slice().iter().filter(|validator| signers.have_signed(&validator.key));
    of_these.map(|Validator { key, .. }| *key).collect()
}
