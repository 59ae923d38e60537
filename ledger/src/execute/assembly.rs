//! A block as it comes to be, transaction by transaction: the part that proposer and validator share.

use super::ExecutedBlock;
use super::recovery::Recovered;
use crate::block::{Leaf, Transaction};
use crate::commit::{value_hashes, written};
use crate::ledger::Parent;
use crate::tree::StateTree;
use crate::view::StateView;
use bulla_contracts::{At, Draft, Executed, View, admit, execute};
use bulla_verify::admission::Stale;
use bulla_verify::chain::TxId;
use bulla_verify::governance::Validators;
use bulla_verify::header::{Header, Light, Rest};
use bulla_verify::keys::PublicKey;
use bulla_verify::planted::{self, Bug};
use bulla_verify::recovery::Recovery;
use bulla_verify::refusal::Outcome;
use bulla_verify::transaction::Verified;
use std::collections::BTreeSet;

/// One of how many parts of a block's budget may go into operations without effect. Source: design D14.
const REFUSED_PART: u64 = 10;

/// A block without its header yet.
pub(super) struct Assembly<'a> {
    parent: &'a Parent,
    at: At,
    draft: Draft<'a>,
    ids: BTreeSet<TxId>,
    transactions: Vec<Transaction>,
    leaves: Vec<Leaf>,
    /// What operations without effect declare.
    refused_cost: u64,
    recovery: Option<Box<Recovery>>,
}

impl<'a> Assembly<'a> {
    /// A block with no transaction, and with what a recovery changes, if one begins it.
    pub(super) fn new(parent: &'a Parent, view: &'a StateView<'a>, at: At, recovered: Option<Recovered>) -> Self {
        let mut draft = Draft::over(view);
        let recovery = recovered.map(|Recovered { recovery, changes, .. }| {
            draft.absorb(changes);
            recovery
        });
        Assembly {
            parent,
            at,
            draft,
            ids: BTreeSet::new(),
            transactions: Vec::new(),
            leaves: Vec::new(),
            refused_cost: 0,
            recovery,
        }
    }

    /// Whether a transaction is for this chain.
    pub(super) fn is_of_chain(&self, tx: &Verified) -> bool {
        tx.body().chain == self.parent.tip().chain
    }

    /// Whether a transaction may be the next one.
    pub(super) fn admit(&self, tx: &Verified) -> Result<(), Stale> {
        let admitted = admit(&self.draft, tx, self.at, |id| {
            let is_kept = self.parent.shared.window().contains(tx.body().expires_at, *id, self.parent.tip().height);
            self.ids.contains(id) || is_kept
        });
        let ignored = planted::on(Bug::IgnoreExpiry) && matches!(admitted, Err(Stale::Expired { .. }));
        if ignored { Ok(()) } else { admitted }
    }

    /// What a transaction would come to as the next one.
    pub(super) fn execute(&self, tx: &Verified) -> Executed {
        execute(&self.draft, tx, self.at)
    }

    /// Whether the share of operations without effect allows it. One transaction alone may exceed it, or a large one that is
    /// refused could never be answered.
    pub(super) fn may_add(&self, tx: &Verified, executed: &Executed) -> bool {
        let (found, limit) = self.refused_with(tx, executed);
        self.refused_cost == 0 || found == self.refused_cost || found <= limit
    }

    /// What operations without effect would declare with this transaction, and how much they may.
    pub(super) fn refused_with(&self, tx: &Verified, executed: &Executed) -> (u64, u64) {
        let limit = u64::from(self.parent.tip().parameters.max_block_cost) / REFUSED_PART;
        (self.refused_cost.saturating_add(refused_cost(tx, executed)), limit)
    }

    /// Adds a transaction.
    pub(super) fn add(&mut self, tx: Transaction, executed: Executed) {
        self.refused_cost = self.refused_cost.saturating_add(refused_cost(&tx, &executed));
        self.ids.insert(tx.id());
        self.draft.absorb(executed.changes);
        self.leaves.push(Leaf { envelope: tx.hash(), outcomes: executed.outcomes });
        self.transactions.push(tx);
    }

    /// The block, with the one right header for this proposer.
    pub(super) fn finish(self, view: &StateView<'_>, proposer: PublicKey) -> ExecutedBlock {
        let Assembly { parent, at, draft, transactions, leaves, recovery, .. } = self;
        let changes = draft.into_changes();
        let replaced = changes.records.keys().map(|key| (*key, view.record(key))).collect();
        let tree = parent.current.tree.apply(&value_hashes(&changes));
        let tip = parent.tip();
        let next: Option<Validators> = written(&changes);
        let rest = Rest {
            chain: tip.chain,
            parent: tip.hash,
            proposer,
            leaves: Leaf::head(&leaves),
            history: parent.current.history.head(),
            next_validators: next.as_ref().map_or(&tip.validators, |next| &next.set).hash(),
            parent_round: tip.round,
            parent_signers: tip.signers,
        };
        let light = Light { version: tip.version(), height: at.height, time: at.time, state_root: tree.root() };
        let header = Header { light, rest };
        ExecutedBlock { hash: header.hash(), header, transactions, leaves, changes, replaced, tree, recovery }
    }
}

/// What a transaction takes of a block's bytes.
pub(super) fn bytes(tx: &Verified) -> u64 {
    u64::try_from(tx.byte_count()).expect("a length in memory fits 64 bits")
}

/// What a transaction takes of a block's budget, in state writes, whatever becomes of it.
pub fn declared_cost(tx: &Verified) -> u64 {
    tx.body().operations.iter().fold(0, |sum, operation| sum.saturating_add(u64::from(operation.cost())))
}

/// What the operations of a transaction declare that took no effect.
fn refused_cost(tx: &Verified, executed: &Executed) -> u64 {
    let of = tx.body().operations.iter().zip(&executed.outcomes);
    let without_effect = of.filter(|(_, outcome)| **outcome != Outcome::Applied);
    without_effect.fold(0, |sum, (operation, _)| sum.saturating_add(u64::from(operation.cost())))
}
