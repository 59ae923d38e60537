//! Executing a block on its parent: what a proposer does to make a header, and what a validator does to judge one.
//!
//! Both run the same transactions through the same code, so a right header is equal to the one that would be made here. A
//! verdict depends on parent, header and transactions alone: no clock, no configuration, nothing of this machine. The only
//! thing that it leaves open is how far the block's time is from the validator's own (design D8). What goes wrong beneath,
//! in the store, is a [`Fault`] and never makes a block invalid.

mod assembly;
mod build;
mod recovery;

pub use assembly::declared_cost;
pub use build::{Built, Caps, build};

use crate::block::{Leaf, Transaction};
use crate::ledger::{Current, Parent, Tip};
use crate::past::Replaced;
use crate::store::Fault;
use crate::tree::Tree;
use assembly::Assembly;
use bulla_contracts::{At, Changes};
use bulla_verify::admission::Stale;
use bulla_verify::certificate::Signers;
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::hash::Hash;
use bulla_verify::header::{Header, Rest};
use bulla_verify::keys::PublicKey;
use bulla_verify::list::Head;
use bulla_verify::parameters::Parameters;
use bulla_verify::planted::{self, Bug};
use bulla_verify::recovery::{Recovery, RecoveryError};
use bulla_verify::time::Millis;
use core::fmt;
use recovery::Recovered;
use std::sync::Arc;

/// A block whose header is right, with all that follows from it.
pub struct ExecutedBlock {
    header: Header,
    hash: HeaderHash,
    transactions: Vec<Transaction>,
    leaves: Vec<Leaf>,
    changes: Changes,
    replaced: Replaced,
    tree: Tree,
    recovery: Option<Box<Recovery>>,
}

impl ExecutedBlock {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The hash of the header.
    pub fn hash(&self) -> HeaderHash {
        self.hash
    }

    /// The transactions, in the order executed.
    pub fn transactions(&self) -> &[Transaction] {
        &self.transactions
    }

    /// What came of them.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// What it changes in the state.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What the parent's state has where the block changes it.
    pub(crate) fn replaced(&self) -> &Replaced {
        &self.replaced
    }

    /// The recovery that begins it, if one does.
    pub(crate) fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_deref()
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl fmt::Debug for ExecutedBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} {:?} of {}", self.header.light.height, self.hash, self.transactions.len())
    }
}

/// Why a block can be no child of its parent, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Of another version of the protocol than the validators have decided for its height.
    #[error("the header has version {found}, the chain is of version {expected} there")]
    Version {
        /// The version found.
        found: u8,
        /// The version in force.
        expected: u8,
    },
    /// A block of another network.
    #[error("the block is of chain {found}, this is {expected}")]
    Chain {
        /// The chain that it names.
        found: ChainId,
        /// The chain of the parent.
        expected: ChainId,
    },
    /// Heights follow one another.
    #[error("the block has height {found}, {expected} is next")]
    Height {
        /// The height found.
        found: Height,
        /// The parent's and one.
        expected: Height,
    },
    /// It builds on another block.
    #[error("the block builds on {found}, the parent is {expected}")]
    Parent {
        /// What it names.
        found: HeaderHash,
        /// The parent.
        expected: HeaderHash,
    },
    /// Block time only goes forward.
    #[error("the block's time {found} is not above the parent's {parent}")]
    Time {
        /// The block's time.
        found: Millis,
        /// The parent's time.
        parent: Millis,
    },
    /// Somebody who may not propose.
    #[error("{found} is no validator of this height")]
    Proposer {
        /// Whom it names.
        found: PublicKey,
    },
    /// Somebody who might propose if the recovery held with which the block begins.
    #[error("{found} is no validator of this height, for the recovery does not hold: {reason}")]
    Recovery {
        /// Whom it names.
        found: PublicKey,
        /// Why it does not hold.
        reason: RecoveryError,
    },
    /// The parent's certificate, as the header tells of it, would not have decided.
    #[error("the parent's certificate is said to be of round {round} with signers {signers:?}, which is no quorum")]
    ParentCertificate {
        /// The round told.
        round: Round,
        /// The signers told.
        signers: Signers,
    },
    /// Too many bytes of envelopes.
    #[error("the block has {found} bytes of envelopes, {limit} are allowed")]
    Bytes {
        /// How many it has.
        found: u64,
        /// How many it may have.
        limit: u32,
    },
    /// Too many state writes.
    #[error("the block declares {found} state writes, {limit} are allowed")]
    Cost {
        /// How many it declares.
        found: u64,
        /// How many it may declare.
        limit: u32,
    },
    /// A transaction that no block of this chain may hold.
    #[error("transaction {index} is for another chain")]
    Foreign {
        /// Its place, from 0.
        index: usize,
    },
    /// A transaction that the proposer should have dropped.
    #[error("transaction {index}: {reason}")]
    Stale {
        /// Its place, from 0.
        index: usize,
        /// Why.
        reason: Stale,
    },
    /// More than a tenth of a block's budget went into transactions without effect, and not by one alone.
    #[error("{found} state writes are declared by operations without effect, {limit} are allowed")]
    Refused {
        /// How many.
        found: u64,
        /// A tenth of what a block may cost.
        limit: u64,
    },
    /// The outcomes, or the envelopes, are others than the header's.
    #[error("the block's leaves are {expected:?}, the header says {found:?}")]
    Leaves {
        /// What the header says.
        found: Head,
        /// What execution gives.
        expected: Head,
    },
    /// The list of the headers before it is another.
    #[error("the headers before it are {expected:?}, the header says {found:?}")]
    History {
        /// What the header says.
        found: Head,
        /// What they are.
        expected: Head,
    },
    /// Another validator set is named for the next height.
    #[error("the next validators are {expected}, the header says {found}")]
    NextValidators {
        /// What the header says.
        found: Hash,
        /// What they are.
        expected: Hash,
    },
    /// The state after the block is another. Usual causes: a faulty machine, or another version of this program.
    #[error("the state root is {expected}, the header says {found}")]
    StateRoot {
        /// What the header says.
        found: Hash,
        /// What execution gives.
        expected: Hash,
    },
}

/// Why there is no executed block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The block is wrong, for everyone and for ever.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Nothing is known of the block.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Executes a block on its parent and compares everything in its header.
pub fn execute(
    parent: &Parent,
    header: &Header,
    transactions: Vec<Transaction>,
) -> Result<Arc<ExecutedBlock>, ExecuteError> {
    parent.tip().check_version()?;
    check_light(parent.tip(), header)?;
    let recovered = check_proposer(parent, header.rest.proposer, &transactions)?;
    check_parent(&parent.current, header)?;
    let view = parent.view();
    let at = At { height: header.light.height, time: header.light.time };
    let mut assembly = Assembly::new(parent, &view, at, recovered);
    let ran = run(&mut assembly, transactions, &parent.tip().parameters);
    let made = ran.map(|()| assembly.finish(&view, header.rest.proposer));
    // Before the verdict is believed: what was read must have been the parent's state.
    view.check()?;
    if parent.is_outdated() {
        return Err(Fault::Outdated.into());
    }
    let made = made?;
    compare(header, &made.header)?;
    // The parent's certificate is the proposer's in the header, and may be another than the one that is kept here.
    Ok(Arc::new(ExecutedBlock { header: *header, hash: header.hash(), ..made }))
}

fn check_light(parent: &Tip, header: &Header) -> Result<(), Invalid> {
    let Header { light, rest } = header;
    if light.version != parent.version() {
        return Err(Invalid::Version { found: light.version, expected: parent.version() });
    }
    if rest.chain != parent.chain {
        return Err(Invalid::Chain { found: rest.chain, expected: parent.chain });
    }
    if light.height != parent.height.next() {
        return Err(Invalid::Height { found: light.height, expected: parent.height.next() });
    }
    if rest.parent != parent.hash {
        return Err(Invalid::Parent { found: rest.parent, expected: parent.hash });
    }
    if light.time <= parent.time {
        return Err(Invalid::Time { found: light.time, parent: parent.time });
    }
    Ok(())
}

/// One of those who decide the block proposes it: what a recovery makes of the parent, if one begins the block.
fn check_proposer(
    parent: &Parent,
    found: PublicKey,
    transactions: &[Transaction],
) -> Result<Option<Recovered>, Invalid> {
    let (recovered, not) = match recovery::begins(parent, transactions) {
        None => (None, None),
        Some(Ok(recovered)) => (Some(recovered), None),
        Some(Err(reason)) => (None, Some(reason)),
    };
    let deciding = recovered.as_ref().map_or(parent.tip(), |recovered| &recovered.tip);
    match (deciding.validators.find(&found), not) {
        (Some(_), _) => Ok(recovered),
        (None, Some(reason)) => Err(Invalid::Recovery { found, reason }),
        (None, None) => Err(Invalid::Proposer { found }),
    }
}

fn check_parent(parent: &Current, header: &Header) -> Result<(), Invalid> {
    let Rest { parent_round: round, parent_signers: signers, .. } = header.rest;
    if is_quorum(parent, round, signers) { Ok(()) } else { Err(Invalid::ParentCertificate { round, signers }) }
}

/// Whether these signers could have decided the parent. Genesis was decided by nobody, in round 0.
fn is_quorum(parent: &Current, round: Round, signers: Signers) -> bool {
    let Some(set) = parent.tip.header.and_then(|header| parent.validators_at(header.light.height)) else {
        return round == Round(0) && signers == Signers::default();
    };
    let powers: Option<Vec<u64>> = signers.indexes().map(|place| set.at(place).map(|one| one.power)).collect();
    powers.is_some_and(|powers| powers.into_iter().fold(0, u64::saturating_add) >= set.quorum())
}

fn run(assembly: &mut Assembly<'_>, transactions: Vec<Transaction>, parameters: &Parameters) -> Result<(), Invalid> {
    let bytes = transactions.iter().fold(0u64, |sum, tx| sum.saturating_add(assembly::bytes(tx)));
    if bytes > u64::from(parameters.max_block_bytes) {
        return Err(Invalid::Bytes { found: bytes, limit: parameters.max_block_bytes });
    }
    let cost = transactions.iter().fold(0u64, |sum, tx| sum.saturating_add(declared_cost(tx)));
    if cost > u64::from(parameters.max_block_cost) {
        return Err(Invalid::Cost { found: cost, limit: parameters.max_block_cost });
    }
    for (index, tx) in transactions.into_iter().enumerate() {
        if !assembly.is_of_chain(&tx) {
            return Err(Invalid::Foreign { index });
        }
        assembly.admit(&tx).map_err(|reason| Invalid::Stale { index, reason })?;
        let executed = assembly.execute(&tx);
        if !assembly.may_add(&tx, &executed) {
            let (found, limit) = assembly.refused_with(&tx, &executed);
            return Err(Invalid::Refused { found, limit });
        }
        assembly.add(tx, executed);
    }
    Ok(())
}

/// What execution gives must be what the header says; all else in it was checked before.
fn compare(header: &Header, made: &Header) -> Result<(), Invalid> {
    let (found, expected) = (&header.rest, &made.rest);
    if found.leaves != expected.leaves {
        return Err(Invalid::Leaves { found: found.leaves, expected: expected.leaves });
    }
    if found.history != expected.history {
        return Err(Invalid::History { found: found.history, expected: expected.history });
    }
    if found.next_validators != expected.next_validators {
        return Err(Invalid::NextValidators { found: found.next_validators, expected: expected.next_validators });
    }
    if header.light.state_root != made.light.state_root && !planted::on(Bug::BelieveStateRoot) {
        return Err(Invalid::StateRoot { found: header.light.state_root, expected: made.light.state_root });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
