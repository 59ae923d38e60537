//! A block that a recovery begins: its first act leads from the validators whom the last block names to the same under new keys,
//! and they decide this block already. So whoever holds the chain needs nothing beside it. Rule: `docs/decisions/0017`.

use crate::block::Transaction;
use crate::ledger::{Parent, Tip};
use bulla_contracts::{At, Changes, recover};
use bulla_verify::governance::Act;
use bulla_verify::operation::Operation;
use bulla_verify::recovery::{Recovery, RecoveryError};

/// What a recovery makes of a parent.
pub(super) struct Recovered {
    pub(super) recovery: Box<Recovery>,
    /// The parent's tip, with the validators who decide this block.
    pub(super) tip: Tip,
    /// What changes before all else.
    pub(super) changes: Changes,
}

impl Tip {
    /// The same, with the validators by which the next height is decided, if this recovery goes on after it.
    pub fn recovered(&self, recovery: &Recovery) -> Result<Tip, RecoveryError> {
        let validators = recovery.check_after((self.chain, self.height, self.hash), &self.validators)?;
        Ok(Tip { validators, validators_from: self.height.next(), offenders: Vec::new(), ..self.clone() })
    }

    /// The same for a block of these transactions, if a recovery begins it that goes on after this tip.
    pub fn recovered_by(&self, transactions: &[Transaction]) -> Option<Tip> {
        first_act(transactions).and_then(|recovery| self.recovered(recovery).ok())
    }
}

impl Parent {
    /// Whether the next block can begin with this recovery. Answers the tip as that block finds it.
    pub fn recovered(&self, recovery: &Recovery) -> Result<Tip, RecoveryError> {
        Ok(self.recover(recovery)?.tip)
    }

    fn recover(&self, recovery: &Recovery) -> Result<Recovered, RecoveryError> {
        let tip = self.tip().recovered(recovery)?;
        let at = At { height: tip.height.next(), time: tip.time };
        let changes = recover(&self.view(), at, &tip.validators)?;
        Ok(Recovered { recovery: Box::new(recovery.clone()), tip, changes })
    }
}

/// What the recovery makes of the parent with which a block of these transactions begins; none if it begins with none.
pub(super) fn begins(parent: &Parent, transactions: &[Transaction]) -> Option<Result<Recovered, RecoveryError>> {
    first_act(transactions).map(|recovery| parent.recover(recovery))
}

fn first_act(transactions: &[Transaction]) -> Option<&Recovery> {
    let Operation::Governance(Act::Recover(recovery)) = transactions.first()?.body().operations.first()? else {
        return None;
    };
    Some(recovery)
}

#[cfg(test)]
mod tests;
