//! Starting a height again from its log.
//!
//! The core is run over the entries as if they came in anew. What it asks to have logged stands in the log already; what it
//! says has been said; the timers that it set have run out or not. What is left of all that, when the log is at its end, is
//! what the host is told.
//!
//! A signature takes its place in the log's order. What the core derived from an entry, and signed, stands right behind that
//! entry. If it stands nowhere, or later, the signer had refused, and the core must go on without it once more: were it
//! counted now, the core could come to votes that contradict those in the log. Only at the log's end is anything signed anew.

use crate::effect::{Effect, Effects, Unsigned};
use crate::entry::Entry;
use crate::input::{Judgement, Message};
use crate::timer::Timer;
use bulla_verify::canonical;
use bulla_verify::chain::{HeaderHash, Round};
use bulla_verify::keys::{PublicKey, Signature};
use bulla_verify::vote::VoteKind;
use std::collections::{BTreeMap, BTreeSet};

/// The log, and how far the core has been fed from it.
#[derive(Clone, Copy)]
pub(crate) struct Script<'a> {
    pub(crate) log: &'a [Entry],
    /// How many entries it was fed with, that which it is at included.
    pub(crate) fed: usize,
}

/// What the log says of a message that the core has derived.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// It was signed, here.
    Signed(Signature),
    /// It was not signed here: the signer had refused.
    Withheld,
    /// Another message was signed in its place.
    Contradicted,
    /// The log ends here. It was not signed, or it was lost in the crash and nobody has heard it.
    Open,
}

impl Script<'_> {
    pub(crate) fn word(self, wanted: &Unsigned, own: &PublicKey) -> Word {
        let words = || self.log.iter().filter_map(|entry| own_word(entry, own));
        if words().any(|(said, _)| said.place() == wanted.place() && said != *wanted) {
            return Word::Contradicted;
        }
        let ahead = || self.log.iter().skip(self.fed);
        let mut here = ahead().map_while(|entry| own_word(entry, own));
        if let Some((_, signature)) = here.find(|(said, _)| said == wanted) {
            Word::Signed(signature)
        } else if ahead().all(|entry| own_word(entry, own).is_some()) {
            Word::Open
        } else {
            Word::Withheld
        }
    }
}

fn own_word(entry: &Entry, own: &PublicKey) -> Option<(Unsigned, Signature)> {
    match entry.said_by(own)? {
        Message::Vote(vote) => Some((Unsigned::Vote(vote.statement), vote.signature)),
        Message::Proposal(proposal) => Some((Unsigned::Proposal(proposal.statement), proposal.signature)),
        Message::Polka(_) | Message::RoundChange(..) => None,
    }
}

/// The block that this validator built for a round, if the log shows that it built one. It proposes that and no other.
pub(crate) fn own_value(log: &[Entry], own: &PublicKey, in_round: Round) -> Option<HeaderHash> {
    log.iter().find_map(|entry| match entry {
        Entry::Judged(Judgement { round, valid_round: None, proposer, value, valid: true, .. })
            if proposer == own && *round == in_round =>
        {
            Some(*value)
        }
        Entry::Judged(_) | Entry::Vote(_) | Entry::Proposal(_) | Entry::Polka(_) | Entry::Timeout(_) => None,
    })
}

/// What [`Bug::SkipLockCheck`](bulla_verify::planted::Bug) leaves out: the prevotes of others that locked this validator, where
/// its precommit is the last thing that it said.
pub(crate) fn locks(log: &[Entry], own: &PublicKey, entry: &Entry) -> bool {
    let locked = log.iter().rev().find_map(|entry| own_word(entry, own)).is_some_and(|(said, _)| match said {
        Unsigned::Vote(vote) => vote.kind == VoteKind::Precommit && vote.value.is_some(),
        Unsigned::Proposal(_) => false,
    });
    locked && own_word(entry, own).is_none() && matches!(entry, Entry::Vote(_) | Entry::Polka(_))
}

/// What is left to do after a replay that ended in `round`; `proposing` if it waits for this validator to build a block.
pub(crate) fn settle(replayed: Effects, log: &[Entry], own: &PublicKey, round: Round, proposing: bool) -> Effects {
    let logged: BTreeSet<Vec<u8>> = log.iter().map(canonical::encode).collect();
    let new: Vec<Entry> =
        replayed.log.into_iter().filter(|entry| !logged.contains(&canonical::encode(entry))).collect();
    let new_own: Vec<Message> = new.iter().filter_map(|entry| entry.said_by(own)).collect();
    let mut entered = None;
    let mut timers: BTreeMap<Timer, u64> = BTreeMap::new();
    let mut then: Vec<Effect> = log.iter().filter_map(|entry| said_again(entry, own, round)).collect();
    for effect in replayed.then {
        match effect {
            Effect::SetTimer { timer, after_ms } => drop(timers.insert(timer, after_ms)),
            Effect::CancelTimer(timer) => drop(timers.remove(&timer)),
            Effect::CancelAllTimers => timers.clear(),
            Effect::EnterRound { .. } => entered = Some(effect),
            Effect::Say(ref message) if new_own.contains(message) => then.push(effect),
            Effect::NeedValue { round: asked, .. } if proposing && asked == round => then.push(effect),
            Effect::Restream { round: asked, .. } if asked == round => then.push(effect),
            Effect::Say(_) | Effect::NeedValue { .. } | Effect::Restream { .. } => {}
            Effect::Withheld { .. }
            | Effect::Judge(_)
            | Effect::Quorum { .. }
            | Effect::Equivocation(_)
            | Effect::Decide(_) => then.push(effect),
        }
    }
    then.splice(0..0, entered);
    then.extend(timers.into_iter().map(|(timer, after_ms)| Effect::SetTimer { timer, after_ms }));
    // What was read from the log may have been in memory only: it is made durable before it is said again.
    let sync = then.iter().any(|effect| matches!(effect, Effect::Say(_)));
    Effects { log: new, sync, then }
}

/// What this validator had said in the round in which it finds itself again; the crash may have come before it got out.
fn said_again(entry: &Entry, own: &PublicKey, present: Round) -> Option<Effect> {
    let (said, _) = own_word(entry, own)?;
    entry.said_by(own).filter(|_| said.place().0 == present).map(Effect::Say)
}

#[cfg(test)]
mod tests;
