//! Governance: who decides blocks, who may only follow, and what becomes of a validator that signed two different things.
//!
//! A validator's consensus key signs acts of this area and nothing else; more than two thirds of the power in force must sign
//! a change, together in one envelope. A change in one block acts in the next: its header names the new set, and its
//! certificate, by the old one, is the hand-over. Rules: design D15, D16; `docs/decisions/0015`.
//!
//! The chain's numbers, the protocol's version and the law are decided by motions, for which each validator votes in a
//! transaction of its own, and take effect after a delay: `docs/decisions/0027`.

pub mod motion;
pub mod schedule;

use crate::chain::{ChainId, Height};
use crate::identifiers::uscc::Uscc;
use crate::keys::{PublicKey, SignatureError};
use crate::recovery::Recovery;
use crate::refusal::{Code, refusals};
use crate::time::Millis;
use crate::validators::{Validator, ValidatorSet, ValidatorSetError};
use crate::vote::{SignedProposal, SignedVote, Statement};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use motion::{MotionId, Standing, Terms};
use schedule::{MAX_COMING, Parameter};
use serde::{Deserialize, Serialize};

/// The least validators that a change may leave: fewer tolerate no fault. Source: design D16.
pub const LEAST_VALIDATORS: usize = 4;

/// The most followers: their list is one record.
pub const MAX_FOLLOWERS: usize = 64;

/// The validators in force, and what is held against them. One record, written by genesis.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Validators {
    /// Those that decide from [`Validators::from`] on.
    pub set: ValidatorSet,
    /// The first height that they decide.
    pub from: Height,
    /// Those of them that signed two different things, in the order of their keys.
    pub offenders: Vec<Offender>,
}

/// A validator that signed two different things for one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Offender {
    /// Its key.
    pub key: PublicKey,
    /// The first height at which it may not propose.
    pub from: Height,
}

/// A key that was a validator's, and never may be anything again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct FormerValidator {
    /// The key.
    pub key: PublicKey,
    /// The first height that it does not decide.
    pub until: Height,
}

/// The nodes that may connect and do not vote, in the order of their keys. One record; none is a list of nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Followers(pub Vec<Follower>);

/// A node that may connect to all others: to follow, and to catch up before its key joins the validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Follower {
    /// The key by which it is known on the chain, which may become a validator's.
    pub key: PublicKey,
    /// The organisation that runs it.
    pub organisation: Uscc,
    /// The key of its network identity: another than the one that votes.
    pub network: PublicKey,
}

/// An act on who decides and who follows.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// Changes the validators from the next height on. Signed by more than two thirds of the power in force, by each key that
    /// joins, and by a quorum of the new set.
    ChangeValidators(Vec<SetChange>),
    /// Shows that a validator signed two different things. By any validator in force.
    ReportEquivocation(alloc::boxed::Box<Evidence>),
    /// Changes the followers from the next height on. Signed by more than two thirds of the power in force.
    ChangeFollowers(Vec<FollowerChange>),
    /// All validators go on under new keys, this block included, of which it is the first act: one that a recovery begins.
    /// Whoever proposes the block signs it.
    Recover(alloc::boxed::Box<Recovery>),
    /// Moves something, and votes for it. By a validator in force.
    Move(alloc::boxed::Box<Terms>),
    /// Votes for a motion that is open. By one validator in force, or several.
    Vote(MotionId),
    /// Takes back a motion that is open. By the validator that moved it.
    WithdrawMotion(MotionId),
}

/// One change to the validators.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetChange {
    /// This one votes.
    Join(Validator),
    /// The validator with this key votes no more.
    Leave(PublicKey),
    /// A validator votes under another key, with the same power.
    Rotate {
        /// Its key until now.
        from: PublicKey,
        /// Its key from then on.
        to: PublicKey,
    },
}

/// One change to the followers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowerChange {
    /// This node may connect. One with the same key is replaced.
    Admit(Follower),
    /// The node with this key may connect no more, unless it is in a node's own configuration.
    Dismiss(PublicKey),
}

/// Two signed messages of one validator for one place, which no honest validator signs both.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Evidence {
    /// Two votes of one kind in one round.
    Votes(SignedVote, SignedVote),
    /// Two proposals in one round.
    Proposals(SignedProposal, SignedProposal),
}

/// Keys, as people read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(pub Vec<PublicKey>);

refusals! {
    /// Why an act of governance is refused, in the order checked for each kind of act.
    pub enum Refusal {
        /// Usual cause: signatures of too few validators were collected.
        1001 Threshold {
            /// The power that signed.
            found: u64,
            /// The least that may decide.
            needed: u64,
        } = "power {found} of the validators signed, {needed} is needed", "collect the signatures of more validators";
        /// A set acts for a height at least, so that each change is judged by those whom it finds in force.
        1002 OnePerHeight = "this block changes the validators already", "submit it again after the next block";
        /// Too many at once could take the chain over.
        1003 Count {
            /// How many changes are named.
            found: usize,
            /// How many may be.
            limit: usize,
        } = "{found} validators change; 1 to {limit} may at once, a third of them", "make several changes, one after another";
        /// Usual cause: a mistyped key, or one that has left already.
        1004 NotValidator {
            /// The key.
            key: PublicKey,
        } = "{key} is no validator's", "check the key";
        /// A weak key would accept votes that nobody cast.
        1005 WeakKey {
            /// Why.
            reason: SignatureError,
        } = "{reason}", "make a new key";
        /// A key votes or signs for one organisation, once: what was signed with it before must not count again.
        1006 KeyExists {
            /// The key.
            key: PublicKey,
        } = "{key} is or was a validator's or an organisation's", "make a new key";
        /// Whoever joins shows so that the key is its own.
        1007 NotSigned {
            /// The key that joins.
            key: PublicKey,
        } = "{key} joins and has not signed", "have its owner sign the envelope too";
        /// Usual cause: a mistyped code, or an organisation that is not registered yet.
        1008 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Three validators tolerate no fault.
        1009 TooFew {
            /// How many would be left.
            found: usize,
        } = "{found} validators would be left, {LEAST_VALIDATORS} must be", "let another join first";
        /// More than a certificate can name, or a power out of range.
        1010 Unsound {
            /// Why.
            reason: ValidatorSetError,
        } = "{reason}", "name at most 64 validators, each with a power in range";
        /// With a set that cannot decide, the chain would stand still for ever.
        1011 NoQuorum {
            /// Those of the new set that have not signed.
            missing: Keys,
        } = "the new validators would have no quorum among those that signed; not signed have {missing}",
            "collect the signatures of those who will decide: they show that their nodes are there";
        /// Only validators in force report one another.
        1021 NotReporter = "no signer is a validator in force", "have a validator's node report it";
        /// Usual cause: two messages of different rounds, which an honest validator may well sign.
        1022 NoConflict = "these are not two messages of one validator for one place with different values", "nothing";
        /// Usual cause: messages of another network.
        1023 OtherChain {
            /// The chain they name.
            found: ChainId,
        } = "the messages are of chain {found}", "nothing";
        /// Only of heights that were or are being decided.
        1024 NotYet {
            /// The height of the messages.
            found: Height,
        } = "the messages are of height {found}, which is not decided yet", "report it when that height is decided";
        /// One mark is enough.
        1025 Reported {
            /// Whose.
            key: PublicKey,
        } = "{key} is marked already", "nothing";
        /// Nobody is marked for what he did not sign.
        1026 Forged {
            /// Why.
            reason: SignatureError,
        } = "a message is not signed by the validator that it names: {reason}", "nothing";
        /// Usual cause: dismissed twice.
        1031 NotFollower {
            /// The key.
            key: PublicKey,
        } = "{key} is no follower's", "check the key";
        /// Their list is one record.
        1032 Followers {
            /// How many there would be.
            found: usize,
        } = "{found} followers; {MAX_FOLLOWERS} may be", "dismiss one first";
        /// Two nodes of one identity could not be told apart.
        1033 NetworkKeyTaken {
            /// The network key.
            key: PublicKey,
        } = "{key} is another follower's network identity, or no key", "make a new network key";
        /// A recovery changes who decides the block that it stands in, so it cannot come in the midst of one.
        1041 NoRecovery = "no recovery by this record began this block",
            "have every operator run `bullad recover` on the record; the next block then begins with it";
        /// Usual cause: a key that has been changed since.
        1051 NotMover {
            /// The key that the motion names.
            key: PublicKey,
        } = "{key} is no validator's in force, or has not signed", "sign with the key that the motion names";
        /// Only validators in force vote.
        1052 NotVoter = "no signer is a validator in force", "sign with a validator's consensus key";
        /// The same terms are voted on once.
        1053 Moved {
            /// The motion.
            id: MotionId,
        } = "motion {id} was moved already", "vote for it; or name another last instant, if it is to be voted on once more";
        /// Usual cause: seconds instead of milliseconds.
        1054 Deadline {
            /// Until when it is to be voted on.
            until: Millis,
            /// The block time.
            now: Millis,
            /// The latest that is allowed.
            latest: Millis,
        } = "it is to be voted on until {until}; after {now} and until {latest} is allowed", "name another last instant";
        /// Usual cause: a time where a height is meant.
        1055 TooFar {
            /// From where it is to hold.
            from: Height,
            /// The last that is allowed.
            latest: Height,
        } = "it is to hold from height {from}, which is above {latest}", "name a nearer height";
        /// Usual cause: one number named twice, or none.
        1056 Settings = "it sets nothing, or one number twice", "name each number that is to change, once";
        /// The ranges of a change are narrower than those of genesis.
        1057 OutOfRange {
            /// Which.
            parameter: Parameter,
            /// What it would be.
            found: u32,
            /// The least allowed.
            least: u32,
            /// The most allowed.
            most: u32,
        } = "{parameter} would be {found}, allowed is {least} to {most}", "name a number in the range";
        /// All decisions on their way stand in one record.
        1058 Crowded = "{MAX_COMING} decisions are on their way", "wait until one has taken effect";
        /// Who joins later by a snapshot could not know all transactions that must not come again.
        1059 Shrinks {
            /// What the window would be, in milliseconds.
            found: u32,
            /// What it is before.
            before: u32,
        } = "replay_window_ms would shrink from {before} to {found}", "leave it, or make it longer";
        /// With clocks that differ by as much as they may, no transaction would be in time.
        1060 ShortLived {
            /// From which height on.
            height: Height,
            /// How long a transaction could live, in milliseconds.
            found: u32,
            /// How long it must: twice the bound of clocks.
            needed: u32,
        } = "from height {height} on replay_window_ms would be {found}, twice clock_bound_ms is {needed}",
            "lengthen the window first, or narrow the clocks' bound";
        /// Versions follow one another.
        1061 NextVersion {
            /// The version named.
            found: u8,
            /// The one that is next.
            expected: u8,
        } = "version {found} is named, {expected} is next", "name the version after the last one decided";
        /// Usual cause: the version before was put off.
        1062 VersionOrder {
            /// From which height it would hold.
            from: Height,
            /// From which height the one before it does.
            last: Height,
        } = "it would hold from height {from}, the version before it from {last}", "name a later height";
        /// What the motion asks for would be refused as an act of its own area.
        1063 NotLawful {
            /// The code of that refusal.
            code: Code,
        } = "the act on the law would be refused with {code}", "see that refusal, and move something else";
        /// Usual cause: it governs already. Then move the contrary.
        1064 NotComing {
            /// The motion.
            id: MotionId,
        } = "motion {id} decided nothing that is still to come", "if it is in force, move the contrary";
        /// Usual cause: terms that differ in one byte from those that were moved.
        1065 NoMotion {
            /// The motion.
            id: MotionId,
        } = "nobody moved {id}", "check the name, which is the hash of the terms";
        /// What is settled is not voted on.
        1066 Closed {
            /// How it stands.
            standing: Standing,
        } = "the motion is {standing}", "nothing; or move it anew";
        /// A second vote of the same key would count once.
        1067 Voted = "all that signed have voted for it, and it is not carried yet", "have another validator vote";
    }
}

impl Validators {
    /// What genesis begins with.
    pub fn first(set: ValidatorSet) -> Validators {
        Validators { set, from: Height(1), offenders: Vec::new() }
    }

    /// Whether a validator is marked.
    pub fn is_offender(&self, key: &PublicKey) -> bool {
        self.offenders.iter().any(|offender| offender.key == *key)
    }

    /// The power that these keys have together, each counted once.
    pub fn power_of(&self, keys: &[PublicKey]) -> u64 {
        let of_these = self.set.as_slice().iter().filter(|validator| keys.contains(&validator.key));
        of_these.fold(0, |sum, validator| sum.saturating_add(validator.power))
    }
}

impl SetChange {
    /// The key that joins.
    pub fn joining(&self) -> Option<PublicKey> {
        match self {
            SetChange::Join(validator) => Some(validator.key),
            SetChange::Rotate { to, .. } => Some(*to),
            SetChange::Leave(_) => None,
        }
    }

    /// The key that leaves.
    pub fn leaving(&self) -> Option<PublicKey> {
        match self {
            SetChange::Join(_) => None,
            SetChange::Leave(key) | SetChange::Rotate { from: key, .. } => Some(*key),
        }
    }
}

impl Act {
    /// The keys that join the validators: they sign although nobody knows them yet.
    pub fn joining(&self) -> impl Iterator<Item = PublicKey> {
        let changes = match self {
            Act::ChangeValidators(changes) => changes.as_slice(),
            Act::ReportEquivocation(_)
            | Act::ChangeFollowers(_)
            | Act::Recover(_)
            | Act::Move(_)
            | Act::Vote(_)
            | Act::WithdrawMotion(_) => &[],
        };
        changes.iter().filter_map(SetChange::joining)
    }

    /// Every text in it that a person chose.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Act::Move(terms) => match &terms.question {
                motion::Question::Legislate(act) => act.texts().collect(),
                motion::Question::Set(_) | motion::Question::Upgrade(_) | motion::Question::CallOff(_) => Vec::new(),
            },
            Act::ChangeValidators(_)
            | Act::ReportEquivocation(_)
            | Act::ChangeFollowers(_)
            | Act::Recover(_)
            | Act::Vote(_)
            | Act::WithdrawMotion(_) => Vec::new(),
        }
    }

    /// What it costs in state writes.
    pub fn cost(&self) -> u32 {
        let leaving = match self {
            Act::ChangeValidators(changes) => changes.iter().filter_map(SetChange::leaving).count(),
            Act::ReportEquivocation(_) => 1,
            Act::ChangeFollowers(_) | Act::WithdrawMotion(_) => 0,
            // The motion; and if it is carried, the schedule with the motion that is called off, or one record of the law.
            Act::Move(_) | Act::Vote(_) => 2,
            Act::Recover(recovery) => recovery.agreement.keys.len(),
        };
        u32::try_from(leaving).unwrap_or(u32::MAX).saturating_add(1)
    }
}

impl Evidence {
    /// Whom it accuses.
    pub fn accused(&self) -> PublicKey {
        match self {
            Evidence::Votes(one, _) => one.statement.voter,
            Evidence::Proposals(one, _) => one.statement.proposer,
        }
    }

    /// Of which height it is.
    pub fn height(&self) -> Height {
        match self {
            Evidence::Votes(one, _) => one.statement.height,
            Evidence::Proposals(one, _) => one.statement.height,
        }
    }

    /// Checks that no honest validator of this chain signs both: one speaker, one place, two values, two signatures that
    /// hold. Whether the speaker is a validator is the caller's to know.
    pub fn check(&self, chain: ChainId) -> Result<(), Refusal> {
        let (chains, conflict) = match self {
            Evidence::Votes(one, other) => {
                let (a, b) = (&one.statement, &other.statement);
                let place = (a.voter, a.height, a.round, a.kind) == (b.voter, b.height, b.round, b.kind);
                ([a.chain, b.chain], place && a.value != b.value)
            }
            Evidence::Proposals(one, other) => {
                let (a, b) = (&one.statement, &other.statement);
                let place = (a.proposer, a.height, a.round) == (b.proposer, b.height, b.round);
                ([a.chain, b.chain], place && a.value != b.value)
            }
        };
        if let Some(found) = chains.into_iter().find(|found| *found != chain) {
            return Err(Refusal::OtherChain { found });
        }
        if !conflict {
            return Err(Refusal::NoConflict);
        }
        self.check_signatures().map_err(|reason| Refusal::Forged { reason })
    }

    fn check_signatures(&self) -> Result<(), SignatureError> {
        let accused = self.accused();
        let (digests, signatures) = match self {
            Evidence::Votes(one, other) => {
                ([one.statement.digest(), other.statement.digest()], [one.signature, other.signature])
            }
            Evidence::Proposals(one, other) => {
                ([one.statement.digest(), other.statement.digest()], [one.signature, other.signature])
            }
        };
        digests.iter().zip(&signatures).try_for_each(|(digest, signature)| accused.verify(digest, signature))
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, key) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(f, "{separator}{key}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
