//! The check itself: one walk over the blocks, one over the operations by session, one by time.

use crate::model::{Block, Key, Register, Standing};
use crate::{Operation, Place, Told};
use bulla_verify::chain::{HeaderHash, Height, TxId};
use std::collections::BTreeMap;

/// What a history breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A transaction stands in the chain more than once. Usual cause: the replay window forgot it.
    #[error("transaction {id} stands at {first:?} and again at {second:?}")]
    Twice {
        /// Which.
        id: TxId,
        /// Where first.
        first: Place,
        /// Where again.
        second: Place,
    },
    /// A transaction was acknowledged and is not in the chain. Usual cause: said before it was durable.
    #[error("transaction {id} was acknowledged at {at:?} and is nowhere")]
    Lost {
        /// Which.
        id: TxId,
        /// Where it was said to be.
        at: Place,
    },
    /// A transaction stands at another place than was said. Usual cause: a height decided twice.
    #[error("transaction {id} was acknowledged at {said:?} and stands at {found:?}")]
    Moved {
        /// Which.
        id: TxId,
        /// Where it was said to be.
        said: Place,
        /// Where it is.
        found: Place,
    },
    /// A transaction was refused for good and is in the chain.
    #[error("transaction {id} was refused and stands at {found:?}")]
    Undead {
        /// Which.
        id: TxId,
        /// Where it is.
        found: Place,
    },
    /// A transaction stands at or below a height that somebody had seen before it was submitted.
    #[error("transaction {id} stands at {found:?} and was submitted after height {seen} had been seen")]
    Order {
        /// Which.
        id: TxId,
        /// Where it is.
        found: Place,
        /// What had been seen.
        seen: Height,
    },
    /// A read is not what the blocks give.
    #[error("licence {key} was read as {read:?} at height {height}, where it was {replayed:?}")]
    Read {
        /// Which licence.
        key: Key,
        /// At which height.
        height: Height,
        /// What was answered.
        read: Option<Standing>,
        /// What the blocks give.
        replayed: Option<Standing>,
    },
    /// A session saw a height and later a lower one. Usual cause: a node that came back with less than it had said.
    #[error("session {session} saw height {before} and then {after}")]
    Fell {
        /// Which session.
        session: u32,
        /// What it had seen.
        before: Height,
        /// What it saw then.
        after: Height,
    },
    /// An answer is older than was asked for. Usual cause: a node that does not wait for the height.
    #[error("session {session} asked for height {asked} and was answered from height {told}")]
    Older {
        /// Which session.
        session: u32,
        /// What it asked for.
        asked: Height,
        /// Of which height the answer was.
        told: Height,
    },
    /// Two nodes have different blocks at one height, or a client was shown another.
    #[error("at height {height} there are {one:?} and {other:?}")]
    Fork {
        /// At which height.
        height: Height,
        /// One of them.
        one: HeaderHash,
        /// The other; none if a height was shown that no chain has.
        other: Option<HeaderHash>,
    },
}

/// What a history that holds consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Transactions that were acknowledged.
    pub acknowledged: u64,
    /// Transactions of unknown outcome that are in the chain.
    pub unknown_present: u64,
    /// Transactions of unknown outcome that are not.
    pub unknown_absent: u64,
    /// Transactions that were refused.
    pub refused: u64,
    /// Reads.
    pub reads: u64,
}

/// Checks operations in any order against the chains of all nodes, each from height 1; a chain may be shorter than another. The
/// violations are in the order found; none if the history holds.
pub fn check(operations: &[Operation], chains: &[Vec<Block>]) -> Result<Summary, Vec<Violation>> {
    let mut violations = Vec::new();
    let longest = agree(chains, &mut violations);
    let places = place(longest, &mut violations);
    let register = Register::of(longest);
    let mut summary = Summary::default();
    for operation in operations {
        if let Some(violation) = judge(operation, longest, &places, &register, &mut summary) {
            violations.push(violation);
        }
    }
    violations.extend(operations.iter().filter_map(older));
    rising(operations, &mut violations);
    ordered(operations, &places, &mut violations);
    if violations.is_empty() { Ok(summary) } else { Err(violations) }
}

/// The longest chain, of which the others must be beginnings.
fn agree<'a>(chains: &'a [Vec<Block>], violations: &mut Vec<Violation>) -> &'a [Block] {
    let longest = chains.iter().max_by_key(|chain| chain.len()).map_or(&[][..], Vec::as_slice);
    for chain in chains {
        let differs = (1..).map(Height).zip(longest.iter().zip(chain)).find(|(_, (ours, theirs))| ours != theirs);
        violations.extend(differs.map(|(height, (ours, theirs))| Violation::Fork {
            height,
            one: ours.hash,
            other: Some(theirs.hash),
        }));
    }
    longest
}

/// Where each transaction stands.
fn place(blocks: &[Block], violations: &mut Vec<Violation>) -> BTreeMap<TxId, Place> {
    let mut places = BTreeMap::new();
    for (height, block) in (1..).map(Height).zip(blocks) {
        for (index, transaction) in (0..).zip(&block.transactions) {
            let second = Place { height, index };
            if let Some(first) = places.insert(transaction.id, second) {
                violations.push(Violation::Twice { id: transaction.id, first, second });
            }
        }
    }
    places
}

/// Judges what one operation was told by itself.
fn judge(
    operation: &Operation,
    blocks: &[Block],
    places: &BTreeMap<TxId, Place>,
    register: &Register,
    summary: &mut Summary,
) -> Option<Violation> {
    match operation.told {
        Told::Acknowledged(id, said) => {
            summary.acknowledged = summary.acknowledged.saturating_add(1);
            match places.get(&id) {
                None => Some(Violation::Lost { id, at: said }),
                Some(found) if *found != said => Some(Violation::Moved { id, said, found: *found }),
                Some(_) => None,
            }
        }
        Told::Refused(id) => {
            summary.refused = summary.refused.saturating_add(1);
            places.get(&id).map(|found| Violation::Undead { id, found: *found })
        }
        Told::Unknown(id) => {
            let count =
                if places.contains_key(&id) { &mut summary.unknown_present } else { &mut summary.unknown_absent };
            *count = count.saturating_add(1);
            None
        }
        Told::Read(key, read, height) => {
            summary.reads = summary.reads.saturating_add(1);
            let replayed = register.at(key, height);
            (read != replayed).then_some(Violation::Read { key, height, read, replayed })
        }
        Told::Tip(height, one) => {
            let other = at(blocks, height).map(|block| block.hash);
            (height > Height(0) && other != Some(one)).then_some(Violation::Fork { height, one, other })
        }
    }
}

fn at(blocks: &[Block], height: Height) -> Option<&Block> {
    blocks.get(usize::try_from(height.0.checked_sub(1)?).ok()?)
}

/// The height that an answer tells of, if it tells of one.
fn seen(told: &Told) -> Option<Height> {
    match told {
        Told::Acknowledged(_, place) => Some(place.height),
        Told::Read(_, _, height) | Told::Tip(height, _) => Some(*height),
        Told::Refused(_) | Told::Unknown(_) => None,
    }
}

/// What was submitted, by whatever answer.
fn submitted(told: &Told) -> Option<TxId> {
    match told {
        Told::Acknowledged(id, _) | Told::Refused(id) | Told::Unknown(id) => Some(*id),
        Told::Read(..) | Told::Tip(..) => None,
    }
}

/// What an answer breaks that is of a lower height than its caller asked for.
fn older(operation: &Operation) -> Option<Violation> {
    let Operation { session, at_least: asked, .. } = *operation;
    let told = seen(&operation.told)?;
    (told < asked).then_some(Violation::Older { session, asked, told })
}

/// The heights that a session sees never fall: each answer against those that were there before its call was sent. What an
/// acknowledgement names may be older than what the same session has seen, since the transaction may have been sent before by
/// another way; and a stale answer may be old, but what it shows was seen from then on.
fn rising(operations: &[Operation], violations: &mut Vec<Violation>) {
    let mut sessions: BTreeMap<u32, Vec<&Operation>> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| seen(&operation.told).is_some()) {
        sessions.entry(operation.session).or_default().push(operation);
    }
    for (session, mut calls) in sessions {
        let mut answers = calls.clone();
        calls.sort_by_key(|operation| operation.start);
        answers.sort_by_key(|operation| operation.end);
        let mut answers = answers.into_iter().peekable();
        let mut before = Height(0);
        for call in calls.into_iter().filter(|call| !matches!(call.told, Told::Acknowledged(..)) && !call.may_be_old())
        {
            while let Some(answer) = answers.next_if(|answer| answer.end < call.start) {
                before = before.max(seen(&answer.told).unwrap_or_default());
            }
            let after = seen(&call.told).unwrap_or_default();
            if after < before {
                violations.push(Violation::Fell { session, before, after });
            }
        }
    }
}

/// What was submitted after a height had been seen by anybody stands above it.
fn ordered(operations: &[Operation], places: &BTreeMap<TxId, Place>, violations: &mut Vec<Violation>) {
    // A transaction that was sent more than once may have been taken in the first time.
    let mut sent: BTreeMap<TxId, u64> = BTreeMap::new();
    for operation in operations {
        if let Some(id) = submitted(&operation.told) {
            let first = sent.entry(id).or_insert(operation.start);
            *first = operation.start.min(*first);
        }
    }
    let mut sent: Vec<(u64, TxId)> = sent.into_iter().map(|(id, start)| (start, id)).collect();
    sent.sort_unstable();
    let mut answers: Vec<(u64, Height)> =
        operations.iter().filter_map(|operation| Some((operation.end, seen(&operation.told)?))).collect();
    answers.sort_unstable();
    let mut answers = answers.into_iter().peekable();
    let mut highest = Height(0);
    for (start, id) in sent {
        while let Some((_, height)) = answers.next_if(|(end, _)| *end < start) {
            highest = highest.max(height);
        }
        if let Some(found) = places.get(&id).filter(|found| found.height <= highest) {
            violations.push(Violation::Order { id, found: *found, seen: highest });
        }
    }
}
