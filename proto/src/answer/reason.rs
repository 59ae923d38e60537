//! Why a node does not vote, and why it waits. What travels is the reason and its numbers; the sentence is made here, by whoever
//! reads it.

use bulla_verify::chain::{Height, Round};
use bulla_verify::identifiers::uscc::Uscc;
use std::fmt;

/// Why a node does not vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mute {
    /// Its key is not among the validators of the next block.
    Follows,
    /// It has no record of what it signed before, and not enough others have told how far they are.
    Unsettled,
    /// Its log was lost, and it is silent through this block.
    LogLost(Height),
    /// Its ledger ends before its log, and it is silent through this block, where the log stands.
    LedgerLost(Height),
    /// Another process signs with its key: it signed something at this height that the node did not.
    Copied(Height),
    /// Its disk has too little room: it writes nothing, takes nothing in, and answers questions.
    Cramped {
        /// What room there is, in bytes.
        free_bytes: u64,
        /// What room there must be.
        min_bytes: u64,
    },
    /// A reason that this program does not know. Usual cause: a node of another version.
    Other,
}

/// Why a node waits, or what else an operator should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Validators with less than a quorum are connected.
    TooFew(TooFew),
    /// Others are ahead.
    Behind {
        /// The last block that it has.
        height: Height,
        /// The last block that a peer has told of.
        best: Height,
    },
    /// Rounds of the block being decided ended without a decision.
    FailingRounds {
        /// The block.
        height: Height,
        /// The round that it is in.
        round: Round,
    },
    /// The pool is nearly full.
    PoolNearlyFull {
        /// How many transactions wait.
        count: u64,
    },
    /// The state tree takes nearly all the memory that it may.
    TreeNearlyFull {
        /// What it takes, in bytes.
        used_bytes: u64,
        /// What it may take.
        max_bytes: u64,
    },
    /// A reason that this program does not know. Usual cause: a node of another version.
    Other,
}

/// Who of the validators is connected, the node itself counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFew {
    /// How many are.
    pub connected: u32,
    /// How many there are.
    pub validators: u32,
    /// How many are needed, if all have one power.
    pub needed: Option<u32>,
    /// What power those have that are.
    pub power: u64,
    /// What power is needed.
    pub quorum: u64,
    /// What power all have.
    pub total_power: u64,
    /// Whose are not.
    pub missing: Vec<Uscc>,
}

/// What is said of a reason from a later version.
const OTHER: &str = "for a reason that this program does not know; use a program of the node's version";

impl fmt::Display for Mute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mute::Follows => f.write_str("its key is not among the validators of the next block: it follows"),
            Mute::Unsettled => f.write_str(
                "it has no record of what it signed before: it follows, and is silent until validators with a quorum of the power \
                 have told it their heights and for two blocks more; if it is new, and so is its network, stop it and run bullad \
                 init",
            ),
            Mute::LogLost(through) => write!(
                f,
                "its log was lost or damaged, and what it signed last is not known: it is silent through block {through} and \
                 speaks again after it"
            ),
            Mute::LedgerLost(through) => write!(
                f,
                "its ledger lost its end, and its log stands at block {through}: it fetches the blocks from its peers, is silent \
                 through block {through} and speaks again after it"
            ),
            Mute::Copied(height) => write!(
                f,
                "another process signs with its key: at block {height} it heard a word of its own that it did not say, and has \
                 said nothing since"
            ),
            Mute::Cramped { free_bytes, min_bytes } => write!(
                f,
                "its disk has {} MiB free and must have {}: it writes nothing, takes nothing in and answers questions, until there \
                 is room",
                free_bytes >> 20,
                min_bytes >> 20
            ),
            Mute::Other => f.write_str(OTHER),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::TooFew(few) => few.fmt(f),
            Why::Behind { height, best } => {
                write!(f, "this node is catching up: it has block {height}, a peer has block {best}")
            }
            Why::FailingRounds { height, round } => {
                write!(f, "block {height} is in round {round}: rounds before it ended without a decision")
            }
            Why::PoolNearlyFull { count } => {
                write!(f, "the pool is nearly full: {count} transactions wait for a block")
            }
            Why::TreeNearlyFull { used_bytes, max_bytes } => write!(
                f,
                "the state tree takes {} of the {} MiB of memory that it may take, and the node stops when it takes more: raise \
                 max_tree_memory_mib",
                used_bytes >> 20,
                max_bytes >> 20
            ),
            Why::Other => write!(f, "this node waits, {OTHER}"),
        }
    }
}

impl fmt::Display for TooFew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooFew { connected, validators, needed, power, quorum, total_power, missing } = self;
        write!(f, "{connected} of {validators} validators are connected, ")?;
        // With equal powers people count heads.
        match needed {
            Some(needed) => write!(f, "{needed} are needed")?,
            None => write!(f, "with power {power} of {total_power}, {quorum} is needed")?,
        }
        let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
        write!(f, "; start or reach: {}", missing.join(", "))
    }
}
