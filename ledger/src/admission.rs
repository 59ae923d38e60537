//! What admission asks: whether a transaction could be in the next block, and all that its operations would meet.

use crate::ledger::Ledger;
use crate::query::AsOf;
use crate::store::Fault;
use bulla_contracts::{At, admit, check};
use bulla_verify::admission::Stale;
use bulla_verify::chain::Height;
use bulla_verify::operation::Refusal;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Verified;

impl Ledger {
    /// Whether the next block could include a transaction, by the state of the tip. `now` is this machine's clock: an expiry
    /// is measured from it, or from the last block's time if that is later.
    pub fn admit(&self, tx: &Verified, now: Millis) -> Result<Result<(), Stale>, Fault> {
        let answer = self.read(|current, view| {
            let at = At { height: current.tip.height.next(), time: now.max(current.tip.time) };
            Ok(admit(view, tx, at, |_| self.is_duplicate(tx)))
        })?;
        Ok(answer.value)
    }

    /// Whether a transaction was executed and may not come again. Of those that have expired nothing is known.
    pub fn is_duplicate(&self, tx: &Verified) -> bool {
        self.shared.window().contains(tx.body().expires_at, tx.id(), Height(u64::MAX))
    }

    /// Every refusal that the operations of a transaction would meet on the state of the tip, in their order.
    pub fn check(&self, tx: &Verified, now: Millis) -> Result<AsOf<Vec<Option<Refusal>>>, Fault> {
        self.read(|current, view| {
            let at = At { height: current.tip.height.next(), time: now.max(current.tip.time) };
            Ok(check(view, tx, at))
        })
    }
}

#[cfg(test)]
mod tests;
