//! A fork: two blocks of one height, both decided. It takes more than a third of the power to lie, and never goes unseen.
//!
//! | the two decisions | what is said |
//! |---|---|
//! | of one block | no fork |
//! | of one round | those that signed both, and so signed two different things: more than a third of the set |
//! | of which one follows a recovery that the other knows nothing of | a fork, and nobody is named: whoever lost the record of its votes could not know that the other block was decided |
//! | of different rounds | a fork, and nobody is named: a validator may lawfully precommit another block in a later round, after a newer quorum of prevotes; who did so unlawfully is seen from the votes alone |
//!
//! Both certificates are checked, each against the set that its hand-overs lead to. So nobody is named who did not sign, and a
//! key that signed both lied, whatever set it is in. Rule: promises, row 11.

use crate::anchor::Anchor;
use crate::chain::{Height, Round};
use crate::decision::Decided;
use crate::handover::{self, BrokenLink};
use crate::validators::{Validator, ValidatorSet};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use serde::Serialize;

/// What two decided blocks of one height show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// They are one block: there is no fork.
    Same {
        /// The height.
        height: Height,
    },
    /// Both were decided in one round, and these signed both.
    Equivocation {
        /// The height.
        height: Height,
        /// The round.
        round: Round,
        /// Who signed both, in the order of their keys: more than a third of the power, if one set decided both.
        signed_both: Vec<Validator>,
    },
    /// One of them follows a recovery that the other knows nothing of: a decided block was given up.
    GivenUp {
        /// The height.
        height: Height,
        /// The last block that the recovery let stand.
        recovered_after: Height,
    },
    /// They were decided in different rounds: there is a fork, and certificates alone convict nobody.
    VotesNeeded {
        /// The height.
        height: Height,
        /// The rounds.
        rounds: [Round; 2],
    },
}

/// Why two files show nothing together, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NothingShown {
    /// Blocks of different heights are no fork by themselves.
    #[error("the blocks are of different heights, {} and {}; show two of one height", .0[0], .0[1])]
    Heights([Height; 2]),
    /// One was not decided by the validators in force.
    #[error("the {} file does not hold: {reason}", if *.place == 0 { "first" } else { "second" })]
    Undecided {
        /// Which file, from 0.
        place: usize,
        /// Why.
        reason: BrokenLink,
    },
}

/// What two decided blocks show to one who holds this anchor.
pub fn judge(anchor: &Anchor, files: [&Decided; 2]) -> Result<Verdict, NothingShown> {
    let [one, other] = files.map(|file| &file.block);
    let heights = [one.header.height(), other.header.height()];
    let [height, other_height] = heights;
    if height != other_height {
        return Err(NothingShown::Heights(heights));
    }
    let in_force =
        |place: usize, file: &Decided| file.check(anchor).map_err(|reason| NothingShown::Undecided { place, reason });
    let [first, second] = files;
    let (first, second) = (in_force(0, first)?, in_force(1, second)?);
    if one.header.hash() == other.header.hash() {
        return Ok(Verdict::Same { height });
    }
    let [recovered, also] = files.map(|file| handover::recoveries(anchor, &file.handovers).collect::<BTreeSet<_>>());
    if let Some(recovered_after) = recovered.symmetric_difference(&also).next().copied() {
        return Ok(Verdict::GivenUp { height, recovered_after });
    }
    let rounds = [one.certificate.round, other.certificate.round];
    if one.certificate.round != other.certificate.round {
        return Ok(Verdict::VotesNeeded { height, rounds });
    }
    let signers = |set: &ValidatorSet, signers: crate::certificate::Signers| -> Vec<Validator> {
        signers.indexes().filter_map(|place| set.at(place).copied()).collect()
    };
    let mut signed_both = signers(first.validators(), one.certificate.signers);
    let of_other = signers(second.validators(), other.certificate.signers);
    signed_both.retain(|validator| of_other.iter().any(|also| also.key == validator.key));
    Ok(Verdict::Equivocation { height, round: one.certificate.round, signed_both })
}
