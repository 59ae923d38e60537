//! A block that breaks one rule of the ledger, another each time.

use super::Means;
use super::replace::Crafted;
use bulla_ledger::Transaction;
use bulla_ledger::block::Leaf;
use bulla_node::wire::Names;
use bulla_verify::certificate::Signers;
use bulla_verify::chain::{ChainId, HeaderHash, Height};
use bulla_verify::hash::Hash;
use bulla_verify::keys::PublicKey;
use bulla_verify::refusal::Outcome;
use bulla_verify::time::Millis;
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
            let again = executed(means, header.light.time)?;
            return with(means, names, bodies, again);
        }
    }
    Some((header, leaves, bodies))
}

/// A transaction that was executed before and has not expired; not one of the last block, if there is an older one.
fn executed(means: &Means<'_>, now: Millis) -> Option<Transaction> {
    let tip = means.ledger.tip().height;
    let heights = (1..tip.0).rev().chain([tip.0]).map(Height);
    let envelopes = heights.filter_map(|height| means.ledger.block(height).ok()?).flat_map(|block| block.envelopes);
    let again = envelopes.into_iter().find(|envelope| envelope.body.expires_at > now)?;
    again.check(means.town.chain).ok().map(Arc::new)
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
