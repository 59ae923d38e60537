use super::*;
use bulla_verify::chain::{Height, Round};

fn turns(validators: &ValidatorSet, height: u64, rounds: u32, missed: &[usize]) -> Vec<usize> {
    let missed = Missed(missed.iter().copied().collect());
    (0..rounds)
        .map(|round| validators.index_of(&proposer(validators, Height(height), Round(round), &missed).key).unwrap())
        .collect()
}

#[test]
fn everyone_has_a_turn_in_every_run_of_rounds_and_of_heights() {
    let validators = crate::testing::set(4);
    assert_eq!(turns(&validators, 0, 5, &[]), [0, 1, 2, 3, 0]);
    assert_eq!(turns(&validators, 3, 4, &[]), [3, 0, 1, 2]);
}

#[test]
fn those_that_missed_are_passed_over_until_all_had_a_round() {
    let validators = crate::testing::set(4);
    assert_eq!(turns(&validators, 0, 8, &[1]), [0, 2, 3, 0, 0, 1, 2, 3]);
    assert_eq!(turns(&validators, 1, 4, &[0, 1, 2]), [3, 3, 3, 3]);
}

#[test]
fn if_all_missed_nobody_is_passed_over() {
    let validators = crate::testing::set(4);
    assert_eq!(turns(&validators, 1, 4, &[0, 1, 2, 3]), turns(&validators, 1, 4, &[]));
    assert_eq!(turns(&validators, 1, 4, &[9]), turns(&validators, 1, 4, &[]));
}

#[test]
fn the_last_height_and_round_have_a_proposer() {
    let validators = crate::testing::set(7);
    proposer(&validators, Height(u64::MAX), Round(u32::MAX), &Missed::default());
}
