//! What validators commit: the same everywhere, in order, made of what was submitted, with a certificate that anyone can check.

use super::{Checks, Decided};
use crate::clients::Clients;
use crate::town::BEGIN;
use bulla_ledger::Tip;
use bulla_ledger::execute::ExecutedBlock;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::header::Header;
use bulla_verify::validators::ValidatorSet;

/// How far a block's time may be ahead of true time, in milliseconds: the chain's bound of ten seconds, seen by a clock that
/// is as wrong as a good one may be.
const AHEAD_MS: i64 = 13_000;

impl Checks {
    /// A node is about to commit.
    pub(crate) fn commits(
        &mut self,
        node: usize,
        now_us: u64,
        block: &ExecutedBlock,
        (certificate, validators): (&Certificate, &ValidatorSet),
        clients: &Clients,
    ) {
        let header = block.header();
        self.is_in_order(node, header);
        self.is_certified(node, header, certificate, validators);
        if !self.decided.contains_key(&header.height()) {
            self.is_later_than_its_parent(header);
            is_not_ahead_of_time(header, now_us);
            self.set_changes += u64::from(self.validators != *validators);
            self.validators.clone_from(validators);
            is_of_clients(block, clients);
            self.validity.decided(self.chain, header.height(), header.light.time, block.transactions());
            let (hash, time, state_root) = (header.hash(), header.light.time, header.light.state_root);
            self.decided.insert(header.height(), Decided { hash, time, state_root });
            if now_us >= self.calm.0 {
                self.first_healed_us.get_or_insert(now_us);
            }
        }
        let certified = (*header, certificate.clone());
        let before = self.certified.entry(header.height()).or_insert_with(|| certified.clone());
        if self.beyond_f && before.1.value != certificate.value {
            self.fork = Some([before.clone(), certified]);
            return;
        }
        self.is_agreed(node, header);
    }

    /// A node's ledger says that it has committed this.
    pub(crate) fn committed(&mut self, node: usize, tip: &Tip) {
        self.nodes[node].committed = tip.height;
        self.locks.are_of(tip.validators.count());
        if self.fork.is_some() {
            return;
        }
        let decided = &self.decided[&tip.height];
        assert_eq!(tip.hash, decided.hash, "node {node} has another block at height {}", tip.height);
        assert_eq!(tip.state_root, decided.state_root, "node {node} has another state at height {}", tip.height);
    }

    fn is_in_order(&self, node: usize, header: &Header) {
        assert_eq!(header.height(), self.height_of(node).next(), "node {node} commits out of order");
    }

    fn is_certified(&self, node: usize, header: &Header, certificate: &Certificate, validators: &ValidatorSet) {
        let height = header.height();
        assert_eq!(certificate.value, header.hash(), "node {node}: the certificate is for another block");
        assert_eq!(certificate.check(self.chain, validators), Ok(()), "node {node}, height {height}: {certificate:?}");
    }

    fn is_agreed(&self, node: usize, header: &Header) {
        let height = header.height();
        assert_eq!(self.decided[&height].hash, header.hash(), "node {node} decides another block at height {height}");
    }

    fn is_later_than_its_parent(&self, header: &Header) {
        let parent = header.height().previous().and_then(|parent| self.decided.get(&parent));
        let rises = parent.is_none_or(|parent| header.light.time > parent.time);
        assert!(rises, "time does not rise at height {}", header.height());
        assert!(parent.is_some() || header.height() == Height(1), "height {} has no parent", header.height());
    }
}

/// Only what clients submitted is in a block.
fn is_of_clients(block: &ExecutedBlock, clients: &Clients) {
    let height = block.header().height();
    for transaction in block.transactions() {
        let id = transaction.id();
        assert!(clients.know(&id), "height {height} holds {id}, which nobody submitted");
    }
}

fn is_not_ahead_of_time(header: &Header, now_us: u64) {
    let now = BEGIN.plus(i64::try_from(now_us / 1_000).expect("runs are short"));
    let ahead_ms = header.light.time.since(now);
    assert!(ahead_ms <= AHEAD_MS, "height {} is {ahead_ms} ms ahead of time", header.height());
}
