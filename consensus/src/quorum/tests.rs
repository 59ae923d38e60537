use super::*;
use crate::input::{MAX_MESSAGE_BYTES, Message};
use crate::testing::{A, B, CHAIN, HEIGHT, set, vote};
use bulla_verify::canonical;
use bulla_verify::validators::MAX_VALIDATORS;

fn prevotes(voters: &[usize], value: Option<HeaderHash>) -> Vec<Heard<Vote>> {
    voters.iter().map(|voter| vote(*voter, HEIGHT, 0, VoteKind::Prevote, value)).collect()
}

#[test]
fn a_polka_is_a_quorum_of_prevotes_for_one_value() {
    assert!(Polka::new(prevotes(&[0, 1, 2], Some(A)), &set(4)).is_ok());
    let power = Err(NoQuorum::Power { found: 2, needed: 3 });
    assert_eq!(Polka::new(prevotes(&[0, 1], Some(A)), &set(4)), power);
    assert_eq!(Polka::new(prevotes(&[0, 1, 1], Some(A)), &set(4)), Err(NoQuorum::Mixed));
    assert_eq!(Polka::new(prevotes(&[0, 1, 2], None), &set(4)), Err(NoQuorum::Mixed));
    assert_eq!(Polka::new(vec![], &set(4)), Err(NoQuorum::Mixed));
    let mut mixed = prevotes(&[0, 1], Some(A));
    mixed.extend(prevotes(&[2], Some(B)));
    assert_eq!(Polka::new(mixed, &set(4)), Err(NoQuorum::Mixed));
    let mut precommit = prevotes(&[0, 1], Some(A));
    precommit.push(vote(2, HEIGHT, 0, VoteKind::Precommit, Some(A)));
    assert_eq!(Polka::new(precommit, &set(4)), Err(NoQuorum::Mixed));
}

#[test]
fn a_round_is_skipped_to_by_more_than_a_third_and_left_by_a_quorum_of_precommits() {
    let two = || prevotes(&[0, 1], None);
    assert!(RoundChange::new(ChangeKind::Skip, two(), &set(4)).is_ok());
    let one = Err(NoQuorum::Power { found: 1, needed: 2 });
    assert_eq!(RoundChange::new(ChangeKind::Skip, prevotes(&[0], None), &set(4)), one);
    assert_eq!(RoundChange::new(ChangeKind::Precommits, two(), &set(4)), Err(NoQuorum::Mixed));
    let precommits = |count: usize| (0..count).map(|voter| vote(voter, HEIGHT, 0, VoteKind::Precommit, None)).collect();
    assert!(RoundChange::new(ChangeKind::Precommits, precommits(3), &set(4)).is_ok());
    let power = Err(NoQuorum::Power { found: 2, needed: 3 });
    assert_eq!(RoundChange::new(ChangeKind::Precommits, precommits(2), &set(4)), power);
    let mut elsewhere = two();
    elsewhere.push(vote(2, HEIGHT, 1, VoteKind::Prevote, None));
    assert_eq!(RoundChange::new(ChangeKind::Skip, elsewhere, &set(4)), Err(NoQuorum::Mixed));
}

#[test]
fn a_bundle_with_one_bad_signature_is_refused_whole() {
    let mut votes: Vec<_> = prevotes(&[0, 1, 2, 3], Some(A)).into_iter().map(Heard::into_said).collect();
    votes[3].signature = votes[2].signature;
    assert!(Message::Polka(votes.clone()).check(CHAIN, &set(4)).is_err());
    votes.pop();
    assert!(Message::Polka(votes).check(CHAIN, &set(4)).is_ok());
}

#[test]
fn the_largest_message_is_within_its_cap() {
    let vote = vote(0, HEIGHT, 0, VoteKind::Prevote, Some(A)).into_said();
    let message = Message::RoundChange(ChangeKind::Skip, vec![vote; MAX_VALIDATORS]);
    assert_eq!(canonical::encode(&message).len(), 64 * 176 + 6);
    assert_eq!(canonical::decode(&canonical::encode(&message), MAX_MESSAGE_BYTES), Ok(message));
}
