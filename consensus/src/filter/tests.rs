use super::*;
use crate::testing::{A, B, vote};

fn held(voter: usize, height: u64, round: u32, value: bulla_verify::chain::HeaderHash) -> Held {
    Held::Vote(vote(voter, Height(height), round, VoteKind::Prevote, Some(value)))
}

#[test]
fn one_validator_fills_its_slots_and_no_more() {
    let mut filter = Filter::default();
    for height in 0..20 {
        for round in 0..50 {
            filter.hold(held(0, height, round, A), Height(5));
            filter.hold(held(0, height, round, B), Height(5));
        }
    }
    assert_eq!(filter.0.len(), 8);
}

#[test]
fn the_first_in_a_slot_stays() {
    let mut filter = Filter::default();
    filter.hold(held(0, 6, 0, A), Height(5));
    filter.hold(held(0, 6, 0, B), Height(5));
    let released = filter.release(Height(6));
    assert!(matches!(released.as_slice(), [Held::Vote(vote)] if vote.statement().value == Some(A)));
}

#[test]
fn the_present_and_the_past_are_not_held() {
    let mut filter = Filter::default();
    filter.hold(held(0, 5, 0, A), Height(5));
    filter.hold(held(0, 4, 0, A), Height(5));
    assert!(filter.0.is_empty());
}

#[test]
fn a_height_that_begins_forgets_those_below() {
    let mut filter = Filter::default();
    filter.hold(held(0, 6, 0, A), Height(5));
    filter.hold(held(0, 7, 0, A), Height(5));
    assert_eq!(filter.release(Height(7)).len(), 1);
    assert!(filter.0.is_empty());
}

#[test]
fn the_last_height_is_no_overflow() {
    let mut filter = Filter::default();
    filter.hold(held(0, u64::MAX, 0, A), Height(u64::MAX - 1));
    assert_eq!(filter.0.len(), 1);
}
