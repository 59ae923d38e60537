use super::*;
use crate::effect::Equivocation;
use crate::input::Message;
use crate::testing::*;
use crate::timer::TimerKind;
use bulla_verify::vote::VoteKind::{Precommit, Prevote};

fn quorum_effects(effects: &[Effect]) -> Vec<(u32, HeaderHash)> {
    let quorums = effects.iter().filter_map(|effect| match effect {
        Effect::Quorum { round, value, .. } => Some((round.0, *value)),
        _ => None,
    });
    quorums.collect()
}

#[test]
fn a_proposal_is_judged_prevoted_precommitted_and_decided() {
    let mut stage = Stage::started(3);
    let asked = stage.step(Input::Proposal(proposal(0, A, None)));
    assert!(asked.contains(&Effect::Judge(proposal(0, A, None).statement().clone())));
    assert_eq!(votes(&stage.step(judged(0, A, true))), [(Prevote, 0, Some(A))]);
    stage.step(prevote(0, 0, Some(A)));
    assert_eq!(votes(&stage.step(prevote(1, 0, Some(A)))), [(Precommit, 0, Some(A))]);
    stage.step(precommit(0, 0, Some(A)));
    let last = stage.step(precommit(1, 0, Some(A)));
    assert_eq!(decided(&last), Some((A, 0)));
    assert!(matches!(last.last(), Some(Effect::Decide(_))));
    assert_eq!((stage.consensus.tip(), stage.consensus.deciding()), (HEIGHT, None));
}

#[test]
fn a_follower_says_nothing_and_decides() {
    let mut stage = Stage::new(0);
    stage.pen.key = bulla_verify::keys::SigningKey::from_seed(&[99; 32]);
    stage.consensus = Consensus::new(CHAIN, stage.own(), Height(3), Timeouts::default());
    stage.start(Vec::new()).unwrap();
    stage.step(Input::Proposal(proposal(0, A, None)));
    let mut all = stage.step(judged(0, A, true));
    for voter in 0..3 {
        all.extend(stage.step(prevote(voter, 0, Some(A))));
        all.extend(stage.step(precommit(voter, 0, Some(A))));
    }
    assert_eq!((votes(&all), decided(&all)), (vec![], Some((A, 0))));
}

/// Design D8: doubt about time is no invalidity.
#[test]
fn a_doubted_block_that_gathers_a_polka_is_precommitted_once_it_is_judged_valid() {
    let mut stage = Stage::started(3);
    stage.step(Input::Proposal(proposal(0, A, None)));
    assert_eq!(votes(&stage.step(judged(0, A, false))), [(Prevote, 0, None)]);
    let mut all = Vec::new();
    for voter in 0..3 {
        all.extend(stage.step(prevote(voter, 0, Some(A))));
    }
    assert_eq!((quorum_effects(&all), votes(&all)), (vec![(0, A)], vec![]));
    assert_eq!(votes(&stage.step(judged(0, A, true))), [(Precommit, 0, Some(A))]);
    stage.step(precommit(0, 0, Some(A)));
    assert_eq!(decided(&stage.step(precommit(1, 0, Some(A)))), Some((A, 0)));
}

#[test]
fn a_block_judged_invalid_is_not_decided_by_votes_until_it_is_judged_valid() {
    let mut stage = Stage::started(3);
    stage.step(Input::Proposal(proposal(0, A, None)));
    stage.step(judged(0, A, false));
    let mut all = Vec::new();
    for voter in 0..3 {
        all.extend(stage.step(precommit(voter, 0, Some(A))));
    }
    assert_eq!((decided(&all), quorum_effects(&all)), (None, vec![(0, A)]));
    assert_eq!(stage.step(judged(0, A, false)), []);
    assert_eq!(decided(&stage.step(judged(0, A, true))), Some((A, 0)));
}

#[test]
fn what_was_judged_valid_stays_valid() {
    let mut stage = Stage::started(3);
    stage.step(judged(0, A, true));
    assert_eq!(stage.step(judged(0, A, false)), []);
    assert_eq!(votes(&stage.step(Input::Proposal(proposal(0, A, None)))), [(Prevote, 0, Some(A))]);
}

/// Round 0 gives a polka for A and no decision; then the timer runs out.
fn locked_on_a(place: usize) -> (Stage, Vec<Effect>) {
    let mut stage = Stage::started(place);
    stage.step(Input::Proposal(proposal(0, A, None)));
    stage.step(judged(0, A, true));
    stage.step(prevote(0, 0, Some(A)));
    assert_eq!(votes(&stage.step(prevote(2, 0, Some(A)))), [(Precommit, 0, Some(A))]);
    stage.step(precommit(0, 0, None));
    stage.step(precommit(2, 0, None));
    let effects = stage.step(timeout(TimerKind::Precommit, 0));
    (stage, effects)
}

#[test]
fn a_block_proposed_again_with_its_valid_round_is_decided() {
    let (mut stage, _) = locked_on_a(3);
    assert_eq!(stage.consensus.deciding(), Some((HEIGHT, Round(1))));
    assert_eq!(votes(&stage.step(Input::Proposal(proposal(1, A, Some(0))))), [(Prevote, 1, Some(A))]);
    stage.step(prevote(0, 1, Some(A)));
    assert_eq!(votes(&stage.step(prevote(1, 1, Some(A)))), [(Precommit, 1, Some(A))]);
    stage.step(precommit(0, 1, Some(A)));
    assert_eq!(decided(&stage.step(precommit(1, 1, Some(A)))), Some((A, 1)));
}

#[test]
fn the_next_proposer_proposes_the_block_of_the_polka_again_and_shows_the_polka() {
    let (_, effects) = locked_on_a(1);
    let height = HEIGHT;
    let restream = Effect::Restream { height, round: Round(1), value: A, valid_round: Some(Round(0)) };
    assert!(effects.contains(&restream));
    assert!(effects.contains(&Effect::Say(Message::Proposal(proposal(1, A, Some(0)).into_said()))));
    // One that saw none of the prevotes takes the proposal on the strength of the polka.
    let mut stage = Stage::started(2);
    stage.step(judged(0, A, true));
    stage.step(precommit(0, 0, None));
    stage.step(precommit(1, 0, None));
    stage.step(precommit(3, 0, None));
    stage.step(timeout(TimerKind::Precommit, 0));
    assert_eq!(votes(&stage.step(Input::Proposal(proposal(1, A, Some(0))))), []);
    assert_eq!(votes(&stage.step(polka(effects))), [(Prevote, 1, Some(A))]);
}

/// The polka that is shown, as others take it in.
fn polka(effects: Vec<Effect>) -> Input {
    let shown = effects.into_iter().find_map(|effect| match effect {
        Effect::Say(message @ Message::Polka(_)) => Some(message),
        _ => None,
    });
    shown.expect("a polka is shown").check(CHAIN, &set(4)).unwrap()
}

/// Nobody precommits anything in a round, and it is over.
fn fail(stage: &mut Stage, round: u32) -> Vec<Effect> {
    let others = (0..4).filter(|place| keys(4)[*place].public() != stage.own());
    let others: Vec<_> = others.collect();
    others.into_iter().for_each(|place| drop(stage.step(precommit(place, round, None))));
    stage.step(timeout(TimerKind::Precommit, round))
}

#[test]
fn who_is_locked_shows_the_polka_and_the_next_proposer_proposes_its_block_again() {
    let (mut locked, effects) = locked_on_a(3);
    let shown = polka(effects);
    let mut stage = Stage::started(2);
    stage.step(judged(0, A, true));
    fail(&mut stage, 0);
    stage.step(shown);
    let effects = fail(&mut stage, 1);
    let again = proposal(2, A, None);
    assert!(effects.contains(&Effect::Say(Message::Proposal(again.clone().into_said()))));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::NeedValue { .. })));
    fail(&mut locked, 1);
    assert_eq!(votes(&locked.step(Input::Proposal(again))), [(Prevote, 2, Some(A))]);
}

#[test]
fn a_block_of_a_polka_that_was_not_judged_valid_here_is_not_proposed_again() {
    let (_, effects) = locked_on_a(3);
    let mut stage = Stage::started(2);
    fail(&mut stage, 0);
    stage.step(polka(effects));
    let effects = fail(&mut stage, 1);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::NeedValue { round: Round(2), .. })));
}

#[test]
fn one_locked_on_a_block_prevotes_no_other_without_a_newer_polka() {
    let (mut stage, _) = locked_on_a(3);
    stage.step(judged(1, B, true));
    assert_eq!(votes(&stage.step(Input::Proposal(proposal(1, B, None)))), [(Prevote, 1, None)]);
}

#[test]
fn a_certificate_decides_without_a_vote_seen_and_nothing_is_signed() {
    let mut deciding = Stage::started(3);
    deciding.step(Input::Proposal(proposal(0, A, None)));
    deciding.step(judged(0, A, true));
    let mut all = Vec::new();
    for voter in 0..3 {
        all.extend(deciding.step(precommit(voter, 0, Some(A))));
    }
    let certificate = all.into_iter().find_map(|effect| match effect {
        Effect::Decide(certificate) => Some(certificate),
        _ => None,
    });
    let decision = Decision::check(certificate.unwrap(), CHAIN, &set(4)).unwrap();
    let mut behind = Stage::started(1);
    let effects = behind.step(Input::Certified(decision.clone()));
    assert_eq!((votes(&effects), decided(&effects)), (vec![], Some((A, 0))));
    assert_eq!(behind.log, []);
    assert_eq!(behind.step(Input::Certified(decision)), []);
}

#[test]
fn two_votes_of_one_validator_are_reported_when_the_height_ends() {
    let mut stage = Stage::started(3);
    stage.step(prevote(2, 0, Some(B)));
    stage.step(prevote(2, 0, Some(A)));
    stage.step(Input::Proposal(proposal(0, A, None)));
    stage.step(Input::Proposal(proposal(0, B, None)));
    let mut all = stage.step(judged(0, A, true));
    for voter in 0..3 {
        all.extend(stage.step(precommit(voter, 0, Some(A))));
    }
    let found: Vec<_> = all
        .iter()
        .filter_map(|effect| match effect {
            Effect::Equivocation(equivocation) => Some(equivocation.clone()),
            _ => None,
        })
        .collect();
    let vote = |value| vote(2, HEIGHT, 0, Prevote, Some(value)).into_said();
    let proposal = |value| proposal(0, value, None).into_said();
    assert_eq!(found, [Equivocation::Votes(vote(B), vote(A)), Equivocation::Proposals(proposal(A), proposal(B))]);
}

#[test]
fn a_refused_vote_is_neither_said_nor_logged_and_the_height_goes_on() {
    let mut stage = Stage::started(3);
    stage.pen.refuses = true;
    stage.step(Input::Proposal(proposal(0, A, None)));
    let effects = stage.step(judged(0, A, true));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Withheld { .. })));
    let mut all = effects;
    for voter in 0..3 {
        all.extend(stage.step(prevote(voter, 0, Some(A))));
    }
    all.extend(stage.step(timeout(TimerKind::Rebroadcast, 0)));
    for voter in 0..3 {
        all.extend(stage.step(precommit(voter, 0, Some(A))));
    }
    assert_eq!((votes(&all), decided(&all)), (vec![], Some((A, 0))));
    let own = stage.own();
    assert!(!stage.log.iter().any(|entry| entry.said_by(&own).is_some()));
}

#[test]
fn a_refused_proposal_leaves_the_propose_timer_running() {
    let mut stage = Stage::new(0);
    stage.pen.refuses = true;
    stage.start(Vec::new()).unwrap();
    let effects = stage.step(Input::Propose { height: HEIGHT, round: Round(0), value: A });
    let last = effects.iter().rfind(|effect| matches!(effect, Effect::SetTimer { .. } | Effect::CancelTimer(_)));
    let timer = crate::timer::Timer { height: HEIGHT, round: Round(0), kind: TimerKind::Propose };
    assert_eq!(last, Some(&Effect::SetTimer { timer, after_ms: 500 }));
    stage.pen.refuses = false;
    assert_eq!(votes(&stage.step(timeout(TimerKind::Propose, 0))), [(Prevote, 0, None)]);
}

#[test]
fn a_timer_of_another_height_means_nothing() {
    let mut stage = Stage::started(3);
    let stale = crate::timer::Timer { height: Height(3), round: Round(0), kind: TimerKind::Propose };
    assert_eq!(stage.step(Input::Timeout(stale)), []);
    assert_eq!(votes(&stage.step(timeout(TimerKind::Propose, 0))), [(Prevote, 0, None)]);
}

#[test]
fn heights_are_started_in_order_and_once() {
    let mut stage = Stage::started(3);
    assert_eq!(stage.start(Vec::new()), Err(Fault::Order { asked: HEIGHT, last: HEIGHT }));
}

#[test]
fn what_came_early_counts_when_its_height_begins() {
    let mut stage = Stage::new(3);
    assert_eq!(stage.step(prevote(0, 0, Some(A))), []);
    assert_eq!(stage.step(prevote(1, 0, Some(A))), []);
    assert_eq!(stage.step(Input::Proposal(proposal(0, A, None))), []);
    assert_eq!(stage.consensus.heard(), HEIGHT);
    let begun = stage.start(Vec::new()).unwrap().then;
    assert!(begun.contains(&Effect::Judge(proposal(0, A, None).statement().clone())));
    assert_eq!(votes(&stage.step(judged(0, A, true))), [(Prevote, 0, Some(A)), (Precommit, 0, Some(A))]);
}

#[test]
fn a_vote_for_a_far_height_wakes_nobody() {
    let mut stage = Stage::new(3);
    let far = Height(u64::MAX);
    stage.step(Input::Vote(vote(0, far, 0, Prevote, None)));
    assert_eq!(stage.consensus.heard(), Height(3));
    let skip =
        Message::RoundChange(ChangeKind::Skip, [0, 1].map(|v| vote(v, far, 0, Prevote, None).into_said()).to_vec());
    stage.step(skip.check(CHAIN, &set(4)).unwrap());
    assert_eq!(stage.consensus.heard(), far);
}

#[test]
fn who_is_no_validator_when_the_height_begins_is_ignored() {
    let mut stage = Stage::new(3);
    let stranger = bulla_verify::keys::SigningKey::from_seed(&[99; 32]);
    let statement = Vote { voter: stranger.public(), ..vote(0, HEIGHT, 0, Prevote, None).statement().clone() };
    stage.step(Input::Vote(bulla_verify::vote::Heard::own(statement, &stranger)));
    let effects = stage.start(Vec::new()).unwrap();
    assert_eq!(effects.log, []);
}

#[test]
fn far_behind_in_rounds_a_round_change_brings_one_up() {
    let mut stage = Stage::started(3);
    let ahead = |voter| vote(voter, HEIGHT, 40, Prevote, None).into_said();
    let message = Message::RoundChange(ChangeKind::Skip, vec![ahead(0), ahead(1)]);
    stage.step(message.check(CHAIN, &set(4)).unwrap());
    assert_eq!(stage.consensus.deciding(), Some((HEIGHT, Round(40))));
}

/// How long the waits for precommits are that begin with these effects, in milliseconds.
fn precommit_waits(effects: &[Effect]) -> Vec<u64> {
    let waits = effects.iter().filter_map(|effect| match effect {
        Effect::SetTimer { timer: Timer { kind: TimerKind::Precommit, .. }, after_ms } => Some(*after_ms),
        _ => None,
    });
    waits.collect()
}

#[test]
fn a_round_that_a_quorum_gave_up_is_over_at_once() {
    let mut stage = Stage::started(3);
    assert_eq!(precommit_waits(&stage.step(precommit(0, 0, None))), []);
    assert_eq!(precommit_waits(&stage.step(precommit(1, 0, None))), []);
    assert_eq!(precommit_waits(&stage.step(precommit(2, 0, None))), [250, 0]);
    assert_eq!(precommit_waits(&stage.step(prevote(0, 0, None))), [], "it is told once");
    stage.step(timeout(TimerKind::Precommit, 0));
    assert_eq!(stage.consensus.deciding(), Some((HEIGHT, Round(1))));
}

#[test]
fn a_round_that_may_still_decide_is_waited_for() {
    let mut stage = Stage::started(3);
    stage.step(precommit(0, 0, None));
    stage.step(precommit(1, 0, None));
    assert_eq!(precommit_waits(&stage.step(precommit(2, 0, Some(A)))), [250]);
}
