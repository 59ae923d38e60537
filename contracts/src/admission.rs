//! Whether the next block may include a transaction, and what refused operations cost those who signed them.
//!
//! What is refused here is never recorded, so it is free; what is refused at execution is, so each organisation has a
//! budget of it by the hour, without which one department's faulty program could fill the chain. Rules: design D7, D14.

use crate::authority::{MayNot, Signers};
use crate::draft::Draft;
use crate::execute::cost;
use crate::view::{At, View, parameters, read};
use bulla_verify::admission::Stale;
use bulla_verify::chain::TxId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::record::RefusalBudget;
use bulla_verify::transaction::Verified;

const HOUR_MS: i64 = 3_600_000;

/// Whether a transaction may be the next in a block, judged in the order of [`Stale`].
///
/// `is_executed` says whether an id was in a block within the replay window, or is earlier in this block: the ledger holds
/// the ids. A proposer and every validator call this before each transaction, on the draft of the block so far. Before a
/// proposal, `at` is the next height with the later of the last block time and the node's own clock.
pub fn admit(view: &dyn View, tx: &Verified, at: At, is_executed: impl FnOnce(&TxId) -> bool) -> Result<(), Stale> {
    let parameters = parameters(view, at.height);
    let body = tx.body();
    let latest = at.time.plus(i64::from(parameters.replay_window_ms));
    if body.expires_at <= at.time {
        return Err(Stale::Expired { expires_at: body.expires_at, now: at.time });
    }
    if body.expires_at > latest {
        return Err(Stale::TooFarAhead { expires_at: body.expires_at, latest });
    }
    if is_executed(&tx.id()) {
        return Err(Stale::Duplicate { id: tx.id() });
    }
    let signers = Signers::of(view, body, at);
    for key in &body.signers {
        signers.check(key).map_err(|why| match why {
            MayNot::Unknown => Stale::UnknownSigner { key: *key },
            MayNot::Consensus => Stale::ConsensusKey { key: *key },
        })?;
    }
    if let (None, Some(key)) = (signers.payer(), body.signers.first()) {
        return Err(Stale::UnknownSigner { key: *key });
    }
    let limit = parameters.refusals_per_hour;
    if let Some(organisation) = signers.payer().filter(|payer| spent(view, payer, at).spent >= limit) {
        return Err(Stale::RefusalBudget { organisation, limit });
    }
    let (cost, limit) = (cost(tx), parameters.max_block_cost);
    if cost > limit {
        return Err(Stale::TooCostly { cost, limit });
    }
    Ok(())
}

/// Charges operations that took no effect to the organisation of the first signer that has one.
pub(crate) fn charge(draft: &mut Draft<'_>, signers: &Signers<'_>, operations: usize, at: At) {
    let Some(payer) = signers.payer().filter(|_| operations > 0) else {
        return;
    };
    let mut budget = spent(draft, &payer, at);
    budget.spent = budget.spent.saturating_add(u32::try_from(operations).unwrap_or(u32::MAX));
    draft.write(&payer, &budget);
}

/// What an organisation has spent in the hour of the block.
fn spent(view: &dyn View, organisation: &Uscc, at: At) -> RefusalBudget {
    let hour = at.time.0.div_euclid(HOUR_MS);
    let last = read::<RefusalBudget>(view, organisation).filter(|budget| budget.hour == hour);
    last.unwrap_or(RefusalBudget { hour, spent: 0 })
}

#[cfg(test)]
mod tests;
