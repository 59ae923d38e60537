//! Going on by a written recovery: all operators agreed on the last block and on new keys, and told this node so; or a block from
//! a peer begins with that agreement, and nobody told this node anything.
//!
//! From the last block on the new keys decide, the very next block included. What was said for that height under the old keys is
//! nobody's any more.

use super::{Action, DecidedBlock, Effects, Engine, Halt};
use bulla_consensus::Consensus;
use bulla_ledger::{Tip, Transaction};
use bulla_verify::governance::Act;
use bulla_verify::hash::Hash;
use bulla_verify::operation::Operation;
use bulla_verify::recovery::Recovery;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Mode};
use std::sync::Arc;

impl Engine {
    /// Goes on under the new keys if the tip is the block on which all agreed.
    pub(super) fn recover(&mut self, out: &mut Effects) {
        let Some(recovery) = &self.recovery else { return };
        if recovery.agreement.height < self.tip.height {
            self.recovery = None;
        } else if recovery.agreement.height == self.tip.height {
            match self.tip.recovered(recovery) {
                Ok(tip) => self.go_on_as(tip, out),
                // Everyone else goes on from another block than this node has.
                Err(reason) => out.then.push(Action::Halt(Halt::Recovery(reason))),
            }
        }
    }

    /// Whether the next block is to begin with the recovery.
    pub(super) fn is_recovering(&self) -> bool {
        self.recovery.as_ref().is_some_and(|recovery| recovery.agreement.height == self.tip.height)
    }

    /// The act with which the next block begins, if it is to begin with a recovery, signed by this validator.
    pub(super) fn recovery_act(&self, time: Millis) -> Option<Transaction> {
        let recovery: &Recovery = self.recovery.as_ref().filter(|_| self.is_recovering())?;
        let Hash(derived) = recovery.agreement.digest();
        let envelope = self.signing.sign_body(Body {
            chain: self.tip.chain,
            nonce: *derived.first_chunk().expect("a hash has 32 bytes"),
            expires_at: time.plus(i64::from(self.tip.parameters.replay_window_ms) / 2),
            signers: Vec::new(),
            mode: Mode::AllOrNothing,
            operations: vec![Operation::Governance(Act::Recover(Box::new(recovery.clone())))],
        });
        envelope.check(self.tip.chain).ok().map(Arc::new)
    }

    /// Whether a peer's block was decided by those who decide the next height: by the new keys, if all agreed on them and the block
    /// begins with that.
    pub(super) fn is_certified(&mut self, block: &DecidedBlock, out: &mut Effects) -> bool {
        let is_by = |tip: &Tip| block.certificate.check(tip.chain, &tip.validators).is_ok();
        if is_by(&self.tip) {
            return true;
        }
        let Some(recovered) = self.tip.recovered_by(&block.transactions).filter(is_by) else { return false };
        self.log.clear();
        self.go_on_as(recovered, out);
        true
    }

    /// What was begun at the next height under the old keys is over.
    fn go_on_as(&mut self, tip: Tip, out: &mut Effects) {
        if self.consensus.deciding().is_some() {
            out.then.push(Action::CancelTimers);
        }
        self.consensus = Consensus::new(tip.chain, self.own, tip.height, self.timeouts);
        self.blocks.begin(tip.height.next());
        self.tip = tip;
    }
}
