use super::*;
use crate::canonical::{decode, encode};
use crate::chain::{HeaderHash, Round};
use crate::hash::Hash;
use crate::keys::SigningKey;
use crate::record::{MAX_RECORD_BYTES, Record};
use crate::vote::{Heard, Proposal, Vote, VoteKind};

const CHAIN: ChainId = ChainId(Hash([1; 32]));

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn vote(value: u8) -> Vote {
    Vote {
        chain: CHAIN,
        height: Height(5),
        round: Round(1),
        kind: VoteKind::Prevote,
        value: Some(HeaderHash(Hash([value; 32]))),
        voter: key(1).public(),
    }
}

fn said(vote: Vote) -> SignedVote {
    Heard::own(vote, &key(1)).into_said()
}

fn proposal(value: u8) -> Proposal {
    let (value, proposer) = (HeaderHash(Hash([value; 32])), key(1).public());
    Proposal { chain: CHAIN, height: Height(5), round: Round(1), value, valid_round: None, proposer }
}

fn proposed(proposal: Proposal) -> SignedProposal {
    Heard::own(proposal, &key(1)).into_said()
}

#[test]
fn two_values_at_one_place_are_evidence() {
    let votes = Evidence::Votes(said(vote(1)), said(vote(2)));
    assert_eq!((votes.accused(), votes.height(), votes.check(CHAIN)), (key(1).public(), Height(5), Ok(())));
    assert_eq!(Evidence::Votes(said(vote(1)), said(Vote { value: None, ..vote(1) })).check(CHAIN), Ok(()));
    let proposals = Evidence::Proposals(proposed(proposal(1)), proposed(proposal(2)));
    assert_eq!((proposals.height(), proposals.check(CHAIN)), (Height(5), Ok(())));
}

#[test]
fn what_an_honest_validator_may_sign_is_no_evidence() {
    let others = [
        vote(1),
        Vote { height: Height(6), ..vote(2) },
        Vote { round: Round(2), ..vote(2) },
        Vote { kind: VoteKind::Precommit, ..vote(2) },
    ];
    for other in others {
        let evidence = Evidence::Votes(said(vote(1)), said(other));
        assert_eq!(evidence.check(CHAIN), Err(Refusal::NoConflict));
    }
    let other_voter = Heard::own(Vote { voter: key(2).public(), ..vote(2) }, &key(2)).into_said();
    assert_eq!(Evidence::Votes(said(vote(1)), other_voter).check(CHAIN), Err(Refusal::NoConflict));
    let others = [
        proposal(1),
        Proposal { round: Round(2), ..proposal(2) },
        Proposal { valid_round: Some(Round(0)), ..proposal(1) },
    ];
    for other in others {
        let evidence = Evidence::Proposals(proposed(proposal(1)), proposed(other));
        assert_eq!(evidence.check(CHAIN), Err(Refusal::NoConflict));
    }
}

#[test]
fn nobody_is_accused_of_what_he_did_not_sign() {
    let borrowed = SignedVote { signature: said(vote(1)).signature, statement: vote(2) };
    let reason = SignatureError::Mismatch;
    for evidence in [Evidence::Votes(said(vote(1)), borrowed.clone()), Evidence::Votes(borrowed, said(vote(1)))] {
        assert_eq!(evidence.check(CHAIN), Err(Refusal::Forged { reason }));
    }
    let found = ChainId(Hash([9; 32]));
    let foreign = said(Vote { chain: found, ..vote(2) });
    assert_eq!(Evidence::Votes(said(vote(1)), foreign.clone()).check(CHAIN), Err(Refusal::OtherChain { found }));
    assert_eq!(Evidence::Votes(foreign, said(vote(1))).check(CHAIN), Err(Refusal::OtherChain { found }));
}

/// All 64 validators marked, and all places of followers taken.
#[test]
fn the_longest_records_fit() {
    let organisation = "11310000000000035N".parse().unwrap();
    let keys = || (0..64u8).map(|seed| key(seed).public());
    let set = ValidatorSet::new(keys().map(|key| Validator { key, organisation, power: 1 }).collect()).unwrap();
    let offenders = set.as_slice().iter().map(|validator| Offender { key: validator.key, from: Height(9) }).collect();
    let validators = Validators { set, from: Height(7), offenders };
    assert_eq!(decode(&encode(&validators), MAX_RECORD_BYTES), Ok(validators));
    let followers = Followers(keys().map(|key| Follower { key, organisation, network: key }).collect());
    assert_eq!(followers.0.len(), MAX_FOLLOWERS);
    assert_eq!(decode(&encode(&followers), MAX_RECORD_BYTES), Ok(followers));
    assert_ne!(Validators::key(&()), Followers::key(&()));
}

#[test]
fn power_counts_each_key_once_and_strangers_not_at_all() {
    let organisation = "11310000000000035N".parse().unwrap();
    let validator = |seed, power| Validator { key: key(seed).public(), organisation, power };
    let set = ValidatorSet::new([validator(1, 3), validator(2, 5)].into()).unwrap();
    let validators = Validators::first(set);
    let [one, two, nine] = [1, 2, 9].map(|seed| key(seed).public());
    assert_eq!(validators.power_of(&[one, one, nine]), 3);
    assert_eq!(validators.power_of(&[one, two]), 8);
    assert!(!validators.is_offender(&one));
}
