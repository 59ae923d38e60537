//! The sign guard: a validator never signs two different values at one position, whatever happens between.
//!
//! The guard is a value without IO. What it allows it remembers, and the [`Said`] it returns goes into the log with the
//! message ([`super::Log::append_signed`]); the message may leave once the log has synced. It refuses whatever lies
//! behind its last position, so a node that replays a height cannot sign the early rounds again: it says again what its
//! log holds. Rule: design D4 and D19, `README.md`, what it promises.

use borsh::{BorshDeserialize, BorshSerialize};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::planted::{self, Bug};
use std::fmt;

/// What was signed at a position, in the order in which one round asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum Step {
    /// The proposal of a round.
    Propose = 0,
    /// The first vote of a round.
    Prevote = 1,
    /// The second vote of a round.
    Precommit = 2,
}

/// Where in the life of the chain something is signed; ordered by height, round, step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Position {
    /// The height.
    pub height: Height,
    /// The round.
    pub round: Round,
    /// The step.
    pub step: Step,
}

/// What the guard allowed to be signed. It comes out of [`SignGuard::allow`] alone.
#[must_use = "the log must hold it before the signature leaves"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Said {
    at: Position,
    value: Option<HeaderHash>,
}

impl Said {
    /// Where it was signed.
    pub fn at(&self) -> Position {
        self.at
    }

    /// The value proposed or voted for; none is a vote for nil.
    pub fn value(&self) -> Option<HeaderHash> {
        self.value
    }
}

/// Why a signature is refused, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardRefusal {
    /// The node may have signed anything. Usual cause: its disk was lost, or restored from a backup.
    #[error(
        "asked to sign {at}, and nothing is known of what was signed before; it is silent until a quorum has told its height"
    )]
    Unsettled {
        /// What was asked.
        at: Position,
    },
    /// The node may have signed this height and no longer knows what. Usual cause: its log was moved aside or lost.
    #[error("silent through height {through}, asked to sign {at}; it speaks again above that height")]
    Silent {
        /// What was asked.
        at: Position,
        /// The last height at which nothing is signed.
        through: Height,
    },
    /// A later position is signed already. Usual cause: a replay from the log, whose messages are to be sent as they
    /// are.
    #[error("{last} is signed already, asked to sign {at}; send again what the log holds")]
    Behind {
        /// What was asked.
        at: Position,
        /// The last position signed.
        last: Position,
    },
    /// Another value is signed at this very position. Usual causes: a second copy of this validator, an old disk.
    #[error("{at} is signed for {signed:?}, asked to sign it for {asked:?}; look for a second node with this key")]
    Conflict {
        /// The position.
        at: Position,
        /// What was asked.
        asked: Option<HeaderHash>,
        /// What is signed.
        signed: Option<HeaderHash>,
    },
}

/// Stands for the last height at which nothing is signed, as long as that is not known. No chain comes there.
const UNSETTLED: Height = Height(u64::MAX);

/// The last thing signed, and the heights at which nothing may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignGuard {
    last: Option<Said>,
    silent_through: Option<Height>,
}

impl SignGuard {
    /// The guard of a key that has never signed.
    pub fn new() -> SignGuard {
        SignGuard::default()
    }

    /// The guard of a key of which nothing is known but that it never signed above `height`.
    pub fn silent_through(height: Height) -> SignGuard {
        SignGuard { last: None, silent_through: Some(height) }
    }

    /// The guard of a key of which nothing is known at all: it allows nothing until it is told through which height to be
    /// silent ([`SignGuard::settle`]).
    pub fn unsettled() -> SignGuard {
        SignGuard::silent_through(UNSETTLED)
    }

    /// Whether nothing is allowed until more is known.
    pub fn is_unsettled(&self) -> bool {
        self.silent_through == Some(UNSETTLED)
    }

    /// From now on it is known that nothing was signed above a height. Only an unsettled guard learns it.
    pub fn settle(&mut self, through: Height) {
        if self.is_unsettled() {
            self.silent_through = Some(through);
        }
    }

    /// From now on nothing is known of what was signed.
    pub fn unsettle(&mut self) {
        self.silent_through = Some(UNSETTLED);
    }

    /// The last thing allowed.
    pub fn last(&self) -> Option<Said> {
        self.last
    }

    /// The last height at which nothing may be signed, if any.
    pub fn silent(&self) -> Option<Height> {
        self.silent_through
    }

    /// Allows one signature, or says why not. The same value at the last position is allowed again.
    pub fn allow(
        &mut self,
        height: Height,
        round: Round,
        step: Step,
        value: Option<HeaderHash>,
    ) -> Result<Said, GuardRefusal> {
        let said = Said { at: Position { height, round, step }, value };
        self.take(said)?;
        Ok(said)
    }

    /// Remembers what was allowed, under the same rules.
    pub(super) fn take(&mut self, said: Said) -> Result<(), GuardRefusal> {
        let at = said.at;
        if planted::on(Bug::ForgetGuard) {
            self.last = Some(said);
            return Ok(());
        }
        if self.is_unsettled() {
            return Err(GuardRefusal::Unsettled { at });
        }
        if let Some(through) = self.silent_through.filter(|through| at.height <= *through) {
            return Err(GuardRefusal::Silent { at, through });
        }
        match self.last {
            Some(last) if at < last.at => Err(GuardRefusal::Behind { at, last: last.at }),
            Some(last) if at == last.at && said.value != last.value => {
                Err(GuardRefusal::Conflict { at, asked: said.value, signed: last.value })
            }
            Some(_) | None => {
                self.last = Some(said);
                Ok(())
            }
        }
    }

    /// The later of two records of one guard; they may not contradict each other.
    pub(super) fn join(&mut self, other: &SignGuard) -> Result<(), GuardRefusal> {
        // A guard is unsettled at its beginning or never, so a record that is settled is the later one.
        self.silent_through = match (self.is_unsettled(), other.is_unsettled()) {
            (true, false) => other.silent_through.or(self.silent_through),
            (false, true) => self.silent_through.or(other.silent_through),
            (true, true) | (false, false) => self.silent_through.max(other.silent_through),
        };
        match (self.last, other.last) {
            (Some(ours), Some(theirs)) if ours.at == theirs.at && ours.value != theirs.value => {
                Err(GuardRefusal::Conflict { at: ours.at, asked: theirs.value, signed: ours.value })
            }
            (Some(ours), Some(theirs)) if theirs.at <= ours.at => Ok(()),
            (_, None) => Ok(()),
            (_, Some(theirs)) => {
                self.last = Some(theirs);
                Ok(())
            }
        }
    }

    /// What is left when the records of `through` and below are lost, or cannot be used.
    pub(crate) fn silenced(&self, through: Option<Height>) -> SignGuard {
        SignGuard { last: self.last, silent_through: self.silent_through.max(through) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Propose => "proposal",
            Step::Prevote => "prevote",
            Step::Precommit => "precommit",
        };
        write!(f, "the {step} of height {} round {}", self.height, self.round)
    }
}

impl From<Said> for SignGuard {
    fn from(said: Said) -> SignGuard {
        SignGuard { last: Some(said), silent_through: None }
    }
}

#[cfg(test)]
mod tests;
