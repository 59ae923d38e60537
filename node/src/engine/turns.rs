//! Who missed the last turns, from the headers of the chain alone, so that all nodes agree.
//!
//! A header tells in which round its parent was decided: the proposers of the rounds before that one missed their turn, and are
//! passed over until they propose a block or the epoch ends. Epochs make the answer depend on a bounded past. Where more than f
//! missed, the network is at fault and not they: then nobody is passed over, or one validator would propose alone.

use bulla_consensus::{Missed, proposer};
use bulla_verify::chain::{Height, Round};
use bulla_verify::header::Header;
use bulla_verify::validators::ValidatorSet;

/// At each multiple of this height all turns are given again: a validator that stays silent costs one round in so many heights,
/// which is a second or more where a busy network decides a hundred heights a second; and one that is back waits so long for
/// its turn, which costs nobody anything.
const EPOCH: u64 = 256;

/// What the chain tells about turns, up to its tip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    missed: Missed,
    /// How many may be passed over at once: f of the set.
    most: usize,
    /// Who was passed over at the tip's own height, which is needed to read the next header.
    at_tip: Missed,
}

/// The first height whose header [`Turns::of`] needs, to tell who is passed over after `tip`.
pub fn first_needed(tip: Height) -> Height {
    Height(tip.0.saturating_sub(tip.0 % EPOCH).max(1))
}

impl Turns {
    /// What the headers from [`first_needed`] to the tip tell, in ascending order.
    pub fn of<'a>(headers: impl IntoIterator<Item = &'a Header>, validators: &ValidatorSet) -> Turns {
        let mut turns = Turns::default();
        headers.into_iter().for_each(|header| turns.follow(header, validators));
        turns
    }

    /// Takes in the header of the next height.
    pub fn follow(&mut self, header: &Header, validators: &ValidatorSet) {
        let height = header.height();
        let passed_over = self.passed_over(height);
        self.most = validators.count().saturating_sub(1) / 3;
        if height.0.is_multiple_of(EPOCH) {
            self.missed = Missed::default();
        } else if let Some(parent) = height.previous() {
            // More rounds than validators: everyone had a turn, and nothing more is learned.
            let rounds = header.rest.parent_round.0.min(u32::try_from(validators.count()).unwrap_or(u32::MAX));
            let silent = (0..rounds).map(|round| proposer(validators, parent, Round(round), &self.at_tip).key);
            self.missed.0.extend(silent.filter_map(|key| validators.index_of(&key)));
        }
        if let Some(place) = validators.index_of(&header.rest.proposer) {
            self.missed.0.remove(&place);
        }
        self.at_tip = passed_over;
    }

    /// Who is passed over at the height after the tip.
    pub fn passed_over(&self, next: Height) -> Missed {
        let nobody = next.0.is_multiple_of(EPOCH) || self.missed.0.len() > self.most;
        if nobody { Missed::default() } else { self.missed.clone() }
    }
}
