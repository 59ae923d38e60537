//! Whether another process signs with this validator's key: a second copy of it, or somebody who has the key.
//!
//! Others say again what they heard, and certificates name who signed, so a validator hears its own words. It knows each that it
//! said at the height being decided, and the log tells it again after a crash. A word of its key that it did not say means that it
//! cannot know what else was signed: from then on it signs nothing, says why, and goes on following. The word itself is neither
//! logged nor counted, so the log stays its own. Only a new start makes it sign again, after the silence of one that has lost its
//! guard ([`super::muteness`]): until then whoever starts it is to have stopped the other.
//!
//! What it may have signed before its guard was lost proves nothing, so through the heights of its silence it does not listen.

use super::{Action, Effects, Engine, Report};
use crate::wal::guard::{Position, Step};
use bulla_consensus::Message;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::HeaderHash;
use bulla_verify::vote::{Proposal, SignedVote};

/// A word of one's own key.
type Word = (Position, Option<HeaderHash>);

impl Engine {
    /// The word of its own key that this validator did not say, if it has heard one; it signs nothing since.
    pub fn copied(&self) -> Option<Position> {
        self.copied
    }

    /// Whether a message, of which the signatures hold, has a word of this key that was not said here.
    pub(super) fn is_anothers(&self, message: &Message) -> Option<Position> {
        let words: Vec<Word> = match message {
            Message::Vote(vote) => self.own_vote(vote).into_iter().collect(),
            Message::Proposal(said) => {
                let Proposal { height, round, proposer, value, .. } = said.statement;
                let at = Position { height, round, step: Step::Propose };
                (proposer == self.own).then_some((at, Some(value))).into_iter().collect()
            }
            Message::Polka(votes) | Message::RoundChange(_, votes) => {
                votes.iter().filter_map(|vote| self.own_vote(vote)).collect()
            }
        };
        words.into_iter().find(|word| self.was_not_said(word)).map(|(at, _)| at)
    }

    /// Whether a certificate, which holds, was signed with this key and not here.
    pub(super) fn is_signed_by_another(&self, certificate: &Certificate) -> Option<Position> {
        let Certificate { height, round, value, signers, .. } = certificate;
        let own = self.tip.validators.as_slice().iter().position(|one| one.key == self.own)?;
        let signed = signers.indexes().any(|place| place == own);
        let at = Position { height: *height, round: *round, step: Step::Precommit };
        (signed && self.was_not_said(&(at, Some(*value)))).then_some(at)
    }

    /// Falls silent, for good.
    pub(super) fn fall_silent(&mut self, at: Position, out: &mut Effects) {
        if self.copied.is_none() {
            self.copied = Some(at);
            self.signing.unsettle();
            out.unsettled = true;
            out.then.push(Action::Report(Report::Copied(at)));
        }
    }

    fn own_vote(&self, vote: &SignedVote) -> Option<Word> {
        let said = &vote.statement;
        let at = Position { height: said.height, round: said.round, step: said.kind.into() };
        (said.voter == self.own).then_some((at, said.value))
    }

    fn was_not_said(&self, (at, value): &Word) -> bool {
        at.height > self.tip.height && self.signing.did_not_say(*at, *value)
    }
}

#[cfg(test)]
mod tests;
