//! A block that breaks one rule of the ledger, another each time.

use super::Means;
use super::replace::Crafted;
use bulla_ledger::Transaction;
use bulla_ledger::block::Leaf;
use bulla_node::wire::Names;
use bulla_verify::certificate::Signers;
use bulla_verify::chain::{ChainId, HeaderHash};
use bulla_verify::hash::Hash;
use bulla_verify::keys::PublicKey;
use bulla_verify::refusal::Outcome;
use std::sync::Arc;

const WRONG: Hash = Hash([0x5A; 32]);

pub(super) fn craft(means: &mut Means<'_>, names: &Names) -> Option<Crafted> {
    let bodies = means.bodies(names)?;
    let (mut header, mut leaves) = (names.header, names.leaves.clone());
    match means.random.below(11) {
        0 => header.light.version += 1,
        1 => header.rest.chain = ChainId(WRONG),
        2 => header.rest.parent = HeaderHash(WRONG),
        3 => header.light.time = means.ledger.tip().time,
        4 => header.rest.proposer = PublicKey::ed25519([7; 32]),
        5 => header.rest.parent_signers = Signers(1),
        6 => header.rest.history.len += 1,
        7 => header.rest.next_validators = WRONG,
        8 => {
            leaves.first_mut()?.outcomes.push(Outcome::Applied);
            header.rest.leaves = Leaf::head(&leaves);
        }
        9 => {
            let expired = means.mint(1, header.light.time);
            return with(means, names, bodies, expired);
        }
        _ => {
            let tip = means.ledger.block(means.ledger.tip().height).ok().flatten()?;
            let again = tip.envelopes.into_iter().next()?.check(means.town.chain).ok()?;
            return with(means, names, bodies, Arc::new(again));
        }
    }
    Some((header, leaves, bodies))
}

/// The block with one transaction more: as the ledger builds it if the ledger takes it, else with a leaf made by hand.
fn with(means: &Means<'_>, names: &Names, mut bodies: Vec<Transaction>, one: Transaction) -> Option<Crafted> {
    bodies.push(one.clone());
    let block = means.build(&bodies, names.header.light.time)?;
    let (mut header, mut leaves) = (*block.header(), block.leaves().to_vec());
    if block.transactions().len() < bodies.len() {
        leaves.push(Leaf { envelope: one.hash(), outcomes: vec![Outcome::Applied] });
        header.rest.leaves = Leaf::head(&leaves);
    }
    Some((header, leaves, bodies))
}
