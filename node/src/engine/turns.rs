//! Who is passed over when proposers are chosen, from the chain alone, so that all nodes agree.
//!
//! A header tells in which round its parent was decided: the proposers of the rounds before that one missed their turn, and are
//! passed over until they propose a block or the epoch ends. Epochs make the answer depend on a bounded past. Where more than f
//! missed, the network is at fault and not they: then nobody is passed over, or one validator would propose alone. Where a new
//! set begins, what the old one missed is forgotten: places are others, and the past goes back no further.
//!
//! Those that signed two different things are passed over beside them, for as long as they are in the set: no epoch ends that.

use bulla_consensus::{Missed, proposer};
use bulla_ledger::store::Fault;
use bulla_ledger::{Ledger, Tip};
use bulla_verify::chain::{Height, Round};
use bulla_verify::governance::Validators;
use bulla_verify::header::Header;

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

impl Turns {
    /// What a ledger's headers tell at its tip.
    pub fn read(ledger: &Ledger, tip: &Tip) -> Result<Turns, Fault> {
        let headers = ledger.headers(first_needed(tip), u64::MAX)?;
        let known = headers.iter().filter(|header| header.height() <= tip.height);
        Ok(Turns::of(known, &tip.roll()))
    }

    fn of<'a>(headers: impl IntoIterator<Item = &'a Header>, roll: &Validators) -> Turns {
        let mut turns = Turns::default();
        headers.into_iter().for_each(|header| turns.follow(header, roll));
        turns
    }

    /// Takes in the header of the next height, which these validators decided.
    pub fn follow(&mut self, header: &Header, roll: &Validators) {
        let (height, validators) = (header.height(), &roll.set);
        let passed_over = self.passed_over(height, roll);
        self.most = validators.count().saturating_sub(1) / 3;
        if begins_anew(height, roll) {
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

    /// Who is passed over at the height after the tip, which these validators are to decide.
    pub fn passed_over(&self, next: Height, roll: &Validators) -> Missed {
        let nobody = begins_anew(next, roll) || self.missed.0.len() > self.most;
        let mut passed_over = if nobody { Missed::default() } else { self.missed.clone() };
        let marked = roll.offenders.iter().filter(|offender| offender.from <= next);
        passed_over.0.extend(marked.filter_map(|offender| roll.set.index_of(&offender.key)));
        passed_over
    }
}

/// The first height whose header tells who is passed over after the tip.
fn first_needed(tip: &Tip) -> Height {
    Height(tip.height.0.saturating_sub(tip.height.0 % EPOCH).max(1)).max(tip.validators_from)
}

/// Whether all turns are given again at a height.
fn begins_anew(height: Height, roll: &Validators) -> bool {
    height.0.is_multiple_of(EPOCH) || height == roll.from
}

#[cfg(test)]
mod tests;
