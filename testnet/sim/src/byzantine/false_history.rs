//! Tells of heights that nobody has decided, and serves blocks for them whose certificates it has signed alone in all names.

use super::{Means, Sinning};
use bulla_ledger::block::CertifiedBlock;
use bulla_node::wire::PeerMessage;
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::{Height, Round};
use bulla_verify::vote::{Statement, Vote, VoteKind};
use std::sync::Arc;

pub(super) struct FalseHistory;

impl Sinning for FalseHistory {
    fn says(&mut self, means: &mut Means<'_>, _to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        let lie = match &**message {
            PeerMessage::Tip(height) => PeerMessage::Tip(Height(height.0 + 2)),
            // Whoever asks for more than there is gets nothing from an honest node.
            PeerMessage::Decided(blocks) if blocks.is_empty() => match forge(means) {
                Some(block) => PeerMessage::Decided(vec![block]),
                None => return vec![message.clone()],
            },
            _ => return vec![message.clone()],
        };
        means.tally.sins += 1;
        vec![Arc::new(lie)]
    }
}

/// A block of the next height, right but for its certificate.
fn forge(means: &mut Means<'_>) -> Option<CertifiedBlock> {
    let block = means.build(&[], means.now)?;
    let names = means.make(*block.header(), Vec::new(), &[]);
    let (chain, header, round) = (means.town.chain, names.header, Round(0));
    let (height, value) = (header.height(), header.hash());
    let (mut signers, mut signatures) = (Signers::default(), Vec::new());
    for (place, key) in means.town.validators.iter().enumerate() {
        let voter = key.public();
        let vote = Vote { chain, height, round, kind: VoteKind::Precommit, value: Some(value), voter };
        signers.insert(place);
        signatures.push(means.key().sign(&vote.digest()));
    }
    let certificate = Certificate { height, round, value, signers, signatures };
    Some(CertifiedBlock { header, leaves: Vec::new(), envelopes: Vec::new(), certificate })
}
