//! Tells of tips that nobody has, and serves those that join snapshots that are forged, altered or old: another lie each time.

use super::{Means, Sinning};
use bulla_ledger::snapshot::{Offer, Part, TailBlock};
use bulla_node::wire::PeerMessage;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::Height;
use bulla_verify::tree::StateKey;
use bulla_verify::vote::{Statement, Vote, VoteKind};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct FalseSnapshot {
    /// The first that it offered, and the first part that it gave.
    old: Option<Box<Offer>>,
    part: Option<Part>,
}

impl Sinning for FalseSnapshot {
    fn says(&mut self, means: &mut Means<'_>, _to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        let lie = match &**message {
            PeerMessage::Tip(height) => PeerMessage::Tip(Height(height.0 + 3)),
            PeerMessage::Offer(Some(offer)) => PeerMessage::Offer(Some(Box::new(self.offer(means, offer)))),
            PeerMessage::Part(height, key, Some(part)) => PeerMessage::Part(*height, *key, self.alter(means, part)),
            PeerMessage::Tail(height, from, blocks) if !blocks.is_empty() => {
                PeerMessage::Tail(*height, *from, cut(means, blocks.clone()))
            }
            _ => return vec![message.clone()],
        };
        means.tally.sins += 1;
        vec![Arc::new(lie)]
    }
}

impl FalseSnapshot {
    fn offer(&mut self, means: &mut Means<'_>, offer: &Offer) -> Offer {
        let old = self.old.get_or_insert_with(|| Box::new(offer.clone()));
        let mut offer = offer.clone();
        match means.random.below(4) {
            0 => return (**old).clone(),
            // A later block, which it has decided alone in all names.
            1 => {
                offer.header.light.height = Height(offer.height().0 + 1);
                offer.certificate = forge(means, &offer);
            }
            // Parts that begin where there are none.
            2 => offer.keys = (0..200).map(|byte| StateKey([byte; 32])).collect(),
            // What it sends then is no better.
            _ => {}
        }
        offer
    }

    fn alter(&mut self, means: &mut Means<'_>, part: &Part) -> Option<Part> {
        let other = self.part.get_or_insert_with(|| part.clone()).clone();
        let mut part = part.clone();
        let place = means.random.place(part.items.len());
        match means.random.below(4) {
            0 => return None,
            1 => return Some(other),
            2 => drop(part.items.remove(place)),
            _ => part.items[place].value.iter_mut().take(1).for_each(|byte| *byte ^= 1),
        }
        Some(part)
    }
}

/// The same header, and signatures by one key.
fn forge(means: &Means<'_>, offer: &Offer) -> Certificate {
    let (chain, height, value) = (means.town.chain, offer.height(), offer.header.hash());
    let Certificate { round, signers, signatures, .. } = offer.certificate.clone();
    let vote = |voter| Vote { chain, height, round, kind: VoteKind::Precommit, value: Some(value), voter };
    let forged = means.town.validators.iter().map(|key| means.key().sign(&vote(key.public()).digest()));
    let signatures = forged.take(signatures.len()).collect();
    Certificate { height, round, value, signers, signatures }
}

/// Fewer blocks, or one of which something is missing.
fn cut(means: &mut Means<'_>, mut blocks: Vec<TailBlock>) -> Vec<TailBlock> {
    let place = means.random.place(blocks.len());
    match means.random.below(3) {
        0 => blocks.clear(),
        1 => drop(blocks.remove(place)),
        _ if blocks[place].executed.pop().is_none() => blocks[place].certificate.signatures.truncate(1),
        _ => {}
    }
    blocks
}
