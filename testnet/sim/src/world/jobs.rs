//! What a node does beside its loop: one thread that builds, executes and commits in the order asked, in simulated time that
//! grows with the transactions; and reading blocks for peers.

use super::{Coming, World};
use bulla_ledger::commit::CommitError;
use bulla_node::engine::Job;
use bulla_node::jobs;
use bulla_node::wire::PeerMessage;
use bulla_verify::chain::Height;

impl World {
    /// Puts a job behind those that the node was asked for before.
    pub(super) fn work(&mut self, node: usize, after_us: u64, job: Job) {
        let (base_us, count) = match &job {
            Job::Build { candidates, .. } => (self.random.between(200, 5_000), candidates.len()),
            Job::Execute(_, transactions) => (self.random.between(200, 5_000), transactions.len()),
            Job::Commit(block, _) => (self.random.between(1_000, 10_000), block.transactions().len() / 4),
        };
        let took_us = base_us + self.plan.transaction_us * u64::try_from(count).expect("a block is short");
        let (now_us, life) = (self.now_us, self.nodes[node].life);
        let Some(up) = &mut self.nodes[node].up else { return };
        let begins_us = (now_us + after_us).max(up.working_until_us);
        up.working_until_us = begins_us + took_us;
        self.at(begins_us, Coming::Job { node, life, job, took_us });
    }

    /// Does a job, whose result comes after the time that it takes.
    pub(super) fn do_job(&mut self, node: usize, job: Job, took_us: u64) {
        let Some(up) = &self.nodes[node].up else { return };
        let (ledger, own) = (up.ledger.clone(), self.nodes[node].key);
        let done = match job {
            Job::Build { round, time, candidates, caps } => jobs::build(&ledger, own, round, time, &candidates, caps),
            Job::Execute(header, transactions) => jobs::execute(&ledger, &header, transactions),
            Job::Commit(block, certificate) => {
                let certified = (&certificate, &ledger.tip().validators);
                self.checks.commits(node, self.now_us, &block, certified, &self.clients);
                self.note_caught_up(node, &certificate);
                match jobs::commit(&ledger, block, &certificate) {
                    Ok(event) => {
                        self.checks.committed(node, &ledger.tip());
                        self.keep_snapshot(node, &ledger);
                        let begun = self.begin_height(node, ledger.tip().height.next());
                        Ok(begun.map(|()| event))
                    }
                    Err(CommitError::Fault(fault)) => Err(fault),
                    Err(error) => panic!("node {node} decided what its ledger does not take: {error}"),
                }
            }
        };
        let life = self.nodes[node].life;
        match done {
            Ok(Some(event)) if self.nodes[node].up.is_some() => {
                self.at(self.now_us + took_us, Coming::Done { node, life, event });
            }
            Ok(_) => {}
            Err(fault) => self.ledger_failed(node, &fault),
        }
    }

    /// Decided blocks for a peer.
    pub(super) fn decided(&mut self, node: usize, from: Height) -> Option<PeerMessage> {
        let decided = jobs::decided(&self.nodes[node].up.as_ref()?.ledger, from);
        decided.map_err(|fault| self.ledger_failed(node, &fault)).ok()
    }

    /// The log of the next height is begun when a block is in the ledger. A node may die before and after.
    fn begin_height(&mut self, node: usize, next: Height) -> Option<()> {
        if !self.outlives(node) {
            return None;
        }
        let begun = self.nodes[node].up.as_mut()?.log.start_height(next);
        begun.map_err(|error| self.log_failed(node, &error)).ok()?;
        self.outlives(node).then_some(())
    }
}
