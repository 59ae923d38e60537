//! What a proposer does: choose among the transactions that wait, execute them, make the header.

use super::assembly::{Assembly, bytes, declared_cost};
use super::{ExecutedBlock, recovery};
use crate::block::Transaction;
use crate::ledger::Parent;
use crate::store::Fault;
use bulla_contracts::At;
use bulla_verify::admission::Stale;
use bulla_verify::chain::TxId;
use bulla_verify::keys::PublicKey;
use bulla_verify::parameters::Parameters;
use bulla_verify::time::Millis;
use std::sync::Arc;

/// The least that bytes are ever halved to: one transaction of any size fits (design D20: 256 KiB).
const LEAST_BYTES: u32 = 256 * 1024;
/// The least that cost is ever halved to: one transaction of 1,000 issues to holders, 4 writes each, fits. Dearer ones wait
/// until the caps have recovered.
const LEAST_COST: u32 = 4_000;

/// What a proposer wants to put into a block at most. The chain's parameters bound it for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of envelopes.
    pub bytes: u32,
    /// State writes, as operations declare them.
    pub cost: u32,
}

impl Caps {
    /// All that the chain allows.
    pub fn of(parameters: &Parameters) -> Caps {
        Caps { bytes: parameters.max_block_bytes, cost: parameters.max_block_cost }
    }

    /// Half as much, after a round that failed: the block may have been too much for the slowest validator.
    #[must_use]
    pub fn halved(self) -> Caps {
        Caps { bytes: (self.bytes / 2).max(LEAST_BYTES), cost: (self.cost / 2).max(LEAST_COST) }
    }

    /// Twice as much, up to what the chain allows, after a height that was decided.
    #[must_use]
    pub fn recovered(self, parameters: &Parameters) -> Caps {
        let Caps { bytes, cost } = Caps::of(parameters);
        Caps { bytes: self.bytes.saturating_mul(2).min(bytes), cost: self.cost.saturating_mul(2).min(cost) }
    }
}

/// A block to propose.
#[derive(Clone, Debug)]
pub struct Built {
    /// The block.
    pub executed: Arc<ExecutedBlock>,
    /// Candidates that can be in no block any more, or not now, and why. Those that only found no room are not among them.
    pub dropped: Vec<(TxId, Stale)>,
}

/// Builds a block on a parent: of the candidates, in their order, those that fit. If the first holds a recovery that goes on
/// after the parent, that begins the block. A time that is not above the parent's is
/// taken as the instant after it.
pub fn build(
    parent: &Parent,
    candidates: &[Transaction],
    proposer: PublicKey,
    time: Millis,
    caps: Caps,
) -> Result<Built, Fault> {
    let tip = parent.tip();
    tip.check_version()?;
    let at = At { height: tip.height.next(), time: time.max(tip.time.plus(1)) };
    let view = parent.view();
    let recovered = recovery::begins(parent, candidates).and_then(Result::ok);
    let mut assembly = Assembly::new(parent, &view, at, recovered);
    let mut room = Room::new(caps, &tip.parameters);
    let mut dropped = Vec::new();
    for tx in candidates {
        if !assembly.is_of_chain(tx) {
            continue;
        }
        if room.has_run_out() {
            break;
        }
        match assembly.admit(tx) {
            Err(stale) => dropped.push((tx.id(), stale)),
            Ok(()) if !room.fits(tx) => {}
            Ok(()) => {
                let executed = assembly.execute(tx);
                if assembly.may_add(tx, &executed) {
                    room.take(tx);
                    assembly.add(tx.clone(), executed);
                } else {
                    room.waste(tx);
                }
            }
        }
        view.check()?;
    }
    let executed = Arc::new(assembly.finish(&view, proposer));
    view.check()?;
    if parent.is_outdated() {
        return Err(Fault::Outdated);
    }
    Ok(Built { executed, dropped })
}

/// What is left of a block's room.
struct Room {
    bytes: u64,
    cost: u64,
    /// What may still be spent on executing transactions that then find no room among the refused.
    spare: u64,
}

impl Room {
    fn new(caps: Caps, parameters: &Parameters) -> Room {
        let most = Caps::of(parameters);
        let cost = u64::from(caps.cost.min(most.cost));
        Room { bytes: u64::from(caps.bytes.min(most.bytes)), cost, spare: cost }
    }

    fn fits(&self, tx: &Transaction) -> bool {
        bytes(tx) <= self.bytes && declared_cost(tx) <= self.cost
    }

    fn take(&mut self, tx: &Transaction) {
        self.bytes = self.bytes.saturating_sub(bytes(tx));
        self.cost = self.cost.saturating_sub(declared_cost(tx));
    }

    fn waste(&mut self, tx: &Transaction) {
        self.spare = self.spare.saturating_sub(declared_cost(tx));
    }

    /// Nothing more can be taken, or too much work was in vain.
    fn has_run_out(&self) -> bool {
        self.bytes == 0 || self.cost == 0 || self.spare == 0
    }
}
