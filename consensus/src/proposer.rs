//! Whose turn it is to propose: round-robin, passing over those that missed their last turns.
//!
//! Each height starts one place further than the last, each round of a height one place further than the round before. A
//! silent validator costs a round only until the ledger has seen it miss; from then on it is passed over, and comes back
//! when the ledger takes it off the list, or in a height that has gone through as many rounds as there are validators.

use bulla_verify::chain::{Height, Round};
use bulla_verify::validators::{Validator, ValidatorSet};
use std::collections::BTreeSet;

/// Places in the validator set whose holders missed their last turns, as the ledger counts them from the rounds and signers
/// of parent certificates. It must be the same for every node of a height: it comes from the state, never from what this
/// node saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missed(pub BTreeSet<usize>);

/// The proposer of a round. Places that the set does not have are ignored; if all missed, nobody is passed over.
pub fn proposer<'a>(validators: &'a ValidatorSet, height: Height, round: Round, missed: &Missed) -> &'a Validator {
    let all = validators.as_slice();
    let everyone_again = usize::try_from(round.0).is_ok_and(|round| round >= all.len());
    let turns: Vec<&Validator> =
        all.iter().enumerate().filter(|(place, _)| !missed.0.contains(place)).map(|(_, validator)| validator).collect();
    if turns.is_empty() || everyone_again {
        at_turn(all.iter(), height, round)
    } else {
        at_turn(turns.into_iter(), height, round)
    }
}

fn at_turn<'a>(turns: impl ExactSizeIterator<Item = &'a Validator>, height: Height, round: Round) -> &'a Validator {
    let count = u64::try_from(turns.len()).expect("a set has at most 64 validators");
    let turn = height.0.wrapping_add(u64::from(round.0)).checked_rem(count).expect("a set has at least one validator");
    let turn = usize::try_from(turn).expect("a turn is less than the number of validators");
    let mut turns = turns;
    turns.nth(turn).expect("a turn is less than the number of validators")
}

#[cfg(test)]
mod tests;
