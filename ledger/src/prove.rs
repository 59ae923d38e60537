//! Proofs: what the ledger holds, and what it executed, for anyone to check with an anchor alone.

use crate::block::Leaf;
use crate::ledger::{Current, Ledger};
use crate::past::{self, Version};
use crate::store::Fault;
use crate::table::{self, Place, Table};
use crate::tree::{StateTree, Tree, list};
use crate::view::StateView;
use bulla_contracts::View;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, Height, TxId};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::receipt::Receipt;

/// A height whose state cannot be proved from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the state after block {height} can no longer be proved, or not yet: blocks {oldest} to {tip} can; for an earlier date \
     ask for the licence's history"
)]
pub struct NotKept {
    /// The height asked for.
    pub height: Height,
    /// The oldest that can be proved.
    pub oldest: Height,
    /// The tip.
    pub tip: Height,
}

impl Ledger {
    /// What the ledger holds on something at its tip, or that it holds nothing; none before the first block, of which no
    /// certificate speaks. Record, path, header and certificate are of one height, whatever is committed meanwhile.
    pub fn prove(&self, claim: &Claim) -> Result<Option<StatusProof>, Fault> {
        Ok(self.read(|current, view| Ok(of_tip(current, view, claim)))?.value)
    }

    /// As [`Ledger::prove`], of what the ledger held after one of the last [`PAST_HEIGHTS`](crate::past::PAST_HEIGHTS)
    /// blocks.
    pub fn prove_at(&self, claim: &Claim, height: Height) -> Result<Result<StatusProof, NotKept>, Fault> {
        let key = claim.key();
        let answer = self.read(|current, view| {
            let tip = current.tip.height;
            if let Some(proof) = of_tip(current, view, claim).filter(|_| height == tip) {
                return Ok(Ok(proof));
            }
            let Some(version) = current.past.find(height) else {
                let oldest = current.past.oldest().unwrap_or(tip);
                return Ok(Err(NotKept { height, oldest, tip }));
            };
            let record = match past::value_after(&*self.shared.store, height, tip, &key)? {
                Some(replaced) => replaced,
                None => view.record(&key),
            };
            if !past::is_of(version, &key, record.as_deref()) {
                // A later commit may have deleted what led there.
                let is_outdated = self.shared.has_started_after(tip);
                let damaged = table::damaged(Table::Past, &key.0, "what blocks replaced is not what the tree had");
                return Err(if is_outdated { Fault::Outdated } else { damaged });
            }
            let Version { header, certificate, tree, .. } = &**version;
            Ok(Ok(status_proof(current.tip.chain, claim, record, tree, header, certificate)))
        })?;
        Ok(answer.value)
    }

    /// That a transaction was executed, and with what outcome; none if it was not.
    pub fn receipt(&self, id: TxId) -> Result<Option<Receipt>, Fault> {
        let Some(record) = self.transaction(id)? else { return Ok(None) };
        let Place { height, index } = record.place;
        let (Some((header, certificate)), Some(leaves)) = (self.header(height)?, self.leaves(height)?) else {
            return Ok(None);
        };
        let hashes: Vec<Hash> = leaves.iter().map(Leaf::hash).collect();
        let Leaf { envelope, outcomes } = record.leaf;
        let proof = usize::try_from(index).ok().and_then(|index| list::prove(&hashes, index));
        let proof = proof.expect("the leaf was found at this place");
        Ok(Some(Receipt { envelope, outcomes, index: u64::from(index), proof, header, certificate }))
    }
}

/// None before the first block.
fn of_tip(current: &Current, view: &StateView<'_>, claim: &Claim) -> Option<StatusProof> {
    let (header, certificate) = current.tip.header.as_ref().zip(current.certificate.as_ref())?;
    let (chain, record) = (current.tip.chain, view.record(&claim.key()));
    Some(status_proof(chain, claim, record, &current.tree, header, certificate))
}

fn status_proof(
    chain: ChainId,
    claim: &Claim,
    record: Option<Vec<u8>>,
    tree: &Tree,
    header: &Header,
    certificate: &Certificate,
) -> StatusProof {
    StatusProof {
        chain,
        claim: claim.clone(),
        record,
        path: tree.prove(&claim.key()),
        stamp: header.light.stamp(),
        rest: header.rest.hash(),
        seal: certificate.seal(),
        // The set that genesis names is the only one yet: nothing changes it before governance acts do (design D16).
        handovers: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
