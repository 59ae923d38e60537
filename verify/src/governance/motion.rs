//! Motions: what a validator asks the others to decide, who has voted for it, and what became of it.
//!
//! A motion is named by the hash of its terms, so that whoever votes for one votes for these very terms. Each vote is a
//! transaction of its own. Those votes count whose keys are in force when they are counted, which is at each vote; time alone
//! writes nothing, and one whose time is over has lapsed without anybody saying so. Rules: `docs/decisions/0027`.

use super::schedule::Setting;
use crate::chain::Height;
use crate::hash::{Context, Hash};
use crate::keys::PublicKey;
use crate::law;
use crate::time::{DAY_MS, Millis};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// How long a motion may wait for votes at most, in milliseconds: 90 days.
pub const MAX_VOTING_MS: i64 = 90 * DAY_MS;

/// How far ahead a motion may name the height from which it holds: a year of an idle chain's blocks, one in 30 s.
pub const MAX_AHEAD: u64 = 1_051_200;

/// How many blocks pass at least between the vote that carries a motion and the first block that it governs: 50 minutes
/// of an idle chain, two of a busy one. Source: promises, "insider with governance rights".
pub const DELAY: u64 = 100;

/// The same for a version of the protocol, since programs are exchanged before it: eight hours of an idle chain.
pub const UPGRADE_DELAY: u64 = 1_000;

/// The name of a motion: the hash of its terms.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MotionId(pub Hash);

/// What is moved.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Terms {
    /// The validator that moves it, by its key.
    pub by: PublicKey,
    /// What is asked.
    pub question: Question,
    /// The first height that it is to govern; a later one if it is carried less than its delay before.
    pub from: Height,
    /// The block time from which nobody can vote for it any more.
    pub until: Millis,
}

/// What the validators are asked to decide.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Some of the chain's numbers.
    Set(Vec<Setting>),
    /// The next version of the protocol, by its number. A program that does not know it stops before the first block of it.
    Upgrade(u8),
    /// An act on the law, by the validators themselves. It is done when the motion is carried: a provision names its own
    /// instant.
    Legislate(law::Act),
    /// That something carried, which governs nothing yet, shall not. Done when the motion is carried.
    CallOff(MotionId),
}

/// A motion as it stands. One record.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Motion {
    /// What was moved.
    pub terms: Terms,
    /// Those who voted for it and were in force at the last vote, in the order of their keys.
    pub votes: Vec<PublicKey>,
    /// What became of it; nothing yet, or it has lapsed.
    pub fate: Option<Fate>,
}

/// What became of a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// More than two thirds of the power in force had voted for it.
    Carried {
        /// The block of the vote that carried it.
        at: Height,
        /// The first height that it governs; of an act that is done at once, the block itself.
        from: Height,
    },
    /// Whoever moved it took it back.
    Withdrawn {
        /// In which block.
        at: Height,
    },
    /// It was carried, and another motion called it off before it governed anything.
    CalledOff {
        /// In which block.
        at: Height,
    },
}

/// How a motion stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It can be voted for.
    Open,
    /// Its time was over before enough had voted for it.
    Lapsed,
    /// It was carried.
    Carried,
    /// It was withdrawn.
    Withdrawn,
    /// It was carried and called off.
    CalledOff,
}

impl Terms {
    /// The name of the motion with these terms.
    pub fn id(&self) -> MotionId {
        MotionId(Context::Motion.hash_of(self))
    }
}

impl Motion {
    /// A motion that nobody has voted for.
    pub fn of(terms: Terms) -> Motion {
        Motion { terms, votes: Vec::new(), fate: None }
    }

    /// How it stands when block time is this.
    pub fn standing(&self, now: Millis) -> Standing {
        match self.fate {
            Some(Fate::Carried { .. }) => Standing::Carried,
            Some(Fate::Withdrawn { .. }) => Standing::Withdrawn,
            Some(Fate::CalledOff { .. }) => Standing::CalledOff,
            None if now >= self.terms.until => Standing::Lapsed,
            None => Standing::Open,
        }
    }
}

impl fmt::Display for MotionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MotionId {
    type Err = <Hash as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(MotionId)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Standing::Open => "open",
            Standing::Lapsed => "lapsed",
            Standing::Carried => "carried",
            Standing::Withdrawn => "withdrawn",
            Standing::CalledOff => "called off",
        })
    }
}
