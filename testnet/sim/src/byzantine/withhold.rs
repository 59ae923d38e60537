//! Lets only f+1 others have what it alone holds: transactions that clients gave it, and bodies of its blocks.

use super::{Means, Sinning};
use bulla_node::wire::PeerMessage;
use std::sync::Arc;

pub(super) struct Withhold;

impl Sinning for Withhold {
    fn says(&mut self, means: &mut Means<'_>, to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>> {
        // The f+1 that follow it in the set; a transaction reaches nobody, so that its block is the first to name it.
        let near = (to + means.nodes - means.place) % means.nodes <= (means.nodes - 1) / 3 + 1;
        let kept = match &**message {
            PeerMessage::Transaction(_) => true,
            PeerMessage::Bodies(..) => !near,
            _ => false,
        };
        if !kept {
            return vec![message.clone()];
        }
        means.tally.sins += 1;
        Vec::new()
    }
}
