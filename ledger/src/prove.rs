//! Proofs: what the ledger holds, and what it executed, for anyone to check with an anchor alone.

use crate::block::Leaf;
use crate::ledger::Ledger;
use crate::store::Fault;
use crate::table::Place;
use crate::tree::{StateTree, list};
use bulla_contracts::View;
use bulla_verify::chain::TxId;
use bulla_verify::hash::Hash;
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::receipt::Receipt;

impl Ledger {
    /// What the ledger holds on something at its tip, or that it holds nothing; none before the first block, of which no
    /// certificate speaks. Record, path, header and certificate are of one height, whatever is committed meanwhile.
    pub fn prove(&self, claim: &Claim) -> Result<Option<StatusProof>, Fault> {
        let answer = self.read(|current, view| {
            let (Some(header), Some(certificate)) = (&current.tip.header, &current.certificate) else {
                return Ok(None);
            };
            let key = claim.key();
            Ok(Some(StatusProof {
                chain: current.tip.chain,
                claim: claim.clone(),
                record: view.record(&key),
                path: current.tree.prove(&key),
                stamp: header.light.stamp(),
                rest: header.rest.hash(),
                seal: certificate.seal(),
                // The set that genesis names is the only one yet: nothing changes it before governance acts do (design D16).
                handovers: Vec::new(),
            }))
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

#[cfg(test)]
mod tests;
