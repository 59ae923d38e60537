//! Proofs: what the ledger holds, and what it executed, for anyone to check with an anchor alone.

use crate::block::Leaf;
use crate::ledger::{Current, Ledger};
use crate::nodes::StoredList;
use crate::past::{self, Version};
use crate::sets::Sets;
use crate::store::Fault;
use crate::table::{self, HEADERS, Place, Table};
use crate::tree::{StateTree, Tree, list};
use crate::view::StateView;
use bulla_contracts::View;
use bulla_verify::ancestry::Ancestry;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, Height, TxId};
use bulla_verify::decision::Decided;
use bulla_verify::handover::Handover;
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::identifiers::licence_id::LicenceBase;
use bulla_verify::licence::{Entry, Licence};
use bulla_verify::list::{ConsistencyProof, ListProof};
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::receipt::Receipt;
use bulla_verify::record::Record;
use bulla_verify::tree::StateKey;
use core::ops::Range;

/// A list that only grows, of which the ledger proves what stood in it at any length that it has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// The hashes of all headers, from height 1.
    Headers,
    /// The acts on a licence.
    History(LicenceBase),
}

/// Entries of a history, with what shows that they, and no others, stand at their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenEntries {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// What shows them, against the head of the length asked for.
    pub proof: ListProof,
}

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
            let oldest = current.past.oldest().unwrap_or(tip);
            let not_kept = NotKept { height, oldest, tip };
            if height == tip {
                return Ok(of_tip(current, view, claim).ok_or(not_kept));
            }
            let Some(version) = current.past.find(height) else { return Ok(Err(not_kept)) };
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
            Ok(Ok(status_proof(current.tip.chain, claim, record, tree, (header, certificate), &current.sets)))
        })?;
        Ok(answer.value)
    }

    /// That a block was decided, and the validators of the height after it; none if it is not committed.
    pub fn prove_decided(&self, height: Height) -> Result<Option<Decided>, Fault> {
        let current = self.shared.current();
        let Some((header, certificate)) = self.header(height)? else { return Ok(None) };
        let (by, next) = (current.validators_at(height), current.validators_at(height.next()));
        let (by, next) = by.zip(next).expect("some set decided every height, and one decides the next");
        let recovery = current.sets.recovery_at(height.next());
        let block = Handover { header, certificate: certificate.trimmed(by), validators: next.clone(), recovery };
        Ok(Some(Decided { handovers: current.sets.handovers_to(height), block }))
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
        let index = u64::from(index);
        let proof = list::prove_in(&hashes, index..index.saturating_add(1)).expect("the leaf was found at this place");
        Ok(Some(Receipt { envelope, outcomes, index, proof, header, certificate }))
    }

    /// That the header of a height is an ancestor of the tip, which is certified; none for the tip itself, or beyond it.
    pub fn prove_header(&self, height: Height) -> Result<Option<Ancestry>, Fault> {
        let current = self.shared.current();
        let (Some(later), Some(certificate)) = (current.tip.header, current.certificate.clone()) else {
            return Ok(None);
        };
        let Some(place) = height.previous() else { return Ok(None) };
        let shown = place.0..height.0;
        let Some(proof) = list::prove(&self.list(HEADERS), later.rest.history.len, shown)? else { return Ok(None) };
        let (header, _): (Header, Certificate) = self.row(Table::Headers, &table::height_key(height))?;
        if later.check_ancestor(height, &header.hash(), &proof).is_err() {
            let key = table::height_key(height);
            return Err(table::damaged(
                Table::Headers,
                &key,
                "the header or one beside it is not of the tip's history",
            ));
        }
        Ok(Some(Ancestry { header, proof, later, certificate }))
    }

    /// The acts at these places of a licence's history, as of when it had `len` of them: the length that a proof of the
    /// licence's record says. None if it has not so many, or if none is asked for.
    pub fn prove_entries(
        &self,
        licence: &LicenceBase,
        places: Range<u64>,
        len: u64,
    ) -> Result<Option<ProvenEntries>, Fault> {
        if len > self.length(&List::History(licence.clone()))? {
            return Ok(None);
        }
        let list = Licence::key(licence);
        let Some(proof) = list::prove(&self.list(list), len, places.clone())? else { return Ok(None) };
        let entries = places.map(|place| self.held_entry(&list, place));
        Ok(Some(ProvenEntries { entries: entries.collect::<Result<_, _>>()?, proof }))
    }

    /// That a list, when it had `older` entries, was the beginning of what it was with `newer`. None if it has not so many.
    pub fn prove_growth(&self, list: &List, older: u64, newer: u64) -> Result<Option<ConsistencyProof>, Fault> {
        if newer > self.length(list)? {
            return Ok(None);
        }
        let key = match list {
            List::Headers => HEADERS,
            List::History(licence) => Licence::key(licence),
        };
        list::prove_consistency(&self.list(key), older, newer)
    }

    /// How long a list is at the tip.
    fn length(&self, list: &List) -> Result<u64, Fault> {
        match list {
            List::Headers => Ok(self.shared.current().history.len()),
            List::History(licence) => Ok(self.record::<Licence>(licence)?.value.map_or(0, |found| found.history.len)),
        }
    }

    fn list(&self, list: StateKey) -> StoredList<'_> {
        StoredList { store: &*self.shared.store, list, not_held: self.shared.current().not_held() }
    }
}

/// None before the first block.
fn of_tip(current: &Current, view: &StateView<'_>, claim: &Claim) -> Option<StatusProof> {
    let (header, certificate) = current.tip.header.as_ref().zip(current.certificate.as_ref())?;
    let (chain, record) = (current.tip.chain, view.record(&claim.key()));
    Some(status_proof(chain, claim, record, &current.tree, (header, certificate), &current.sets))
}

fn status_proof(
    chain: ChainId,
    claim: &Claim,
    record: Option<Vec<u8>>,
    tree: &Tree,
    (header, certificate): (&Header, &Certificate),
    sets: &Sets,
) -> StatusProof {
    let height = header.height();
    let validators = sets.at(height).expect("some set decided every height");
    StatusProof {
        chain,
        claim: claim.clone(),
        record,
        path: tree.prove(&claim.key()),
        stamp: header.light.stamp(),
        rest: header.rest.hash(),
        seal: certificate.trimmed(validators).seal(),
        handovers: sets.handovers_to(height),
    }
}

#[cfg(test)]
mod tests;
