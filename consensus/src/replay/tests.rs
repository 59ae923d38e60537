use super::*;
use crate::input::Input;
use crate::step::Fault;
use crate::testing::*;
use crate::timer::TimerKind;
use bulla_verify::vote::VoteKind::{Precommit, Prevote};

/// Replays what the stage logged, cut after `kept` entries.
fn again(place: usize, log: &[Entry], kept: usize) -> (Stage, Effects) {
    let mut stage = Stage::new(place);
    let effects = stage.start(log[..kept].to_vec()).expect("a log's beginning always replays");
    (stage, effects)
}

fn said(effects: &Effects) -> Vec<Message> {
    let said = effects.then.iter().filter_map(|effect| match effect {
        Effect::Say(message) => Some(message.clone()),
        _ => None,
    });
    said.collect()
}

#[test]
fn every_beginning_of_a_log_leads_to_the_same_votes_and_no_others() {
    let mut stage = Stage::started(3);
    let mut all = stage.step(Input::Proposal(proposal(0, A, None)));
    all.extend(stage.step(judged(0, A, true)));
    all.extend(stage.step(prevote(0, 0, Some(A))));
    all.extend(stage.step(prevote(1, 0, Some(A))));
    assert_eq!(votes(&all), [(Prevote, 0, Some(A)), (Precommit, 0, Some(A))]);
    for kept in 0..=stage.log.len() {
        let (_, effects) = again(3, &stage.log, kept);
        let expected: Vec<_> = votes(&all).into_iter().take(votes(&effects.then).len()).collect();
        assert_eq!(votes(&effects.then), expected, "after {kept} entries");
        let own = Stage::new(3).own();
        let logged = stage.log[..kept].iter().filter(|entry| entry.said_by(&own).is_some()).count();
        assert!(votes(&effects.then).len() >= logged, "what was logged is said again, after {kept} entries");
        assert_eq!(effects.sync, !said(&effects).is_empty());
    }
}

#[test]
fn the_block_built_for_a_round_is_proposed_again_and_no_other() {
    let mut stage = Stage::started(0);
    let first = stage.step(Input::Propose { height: HEIGHT, round: Round(0), value: A });
    assert!(!stage.log.is_empty() && votes(&first) == [(Prevote, 0, Some(A))]);
    for kept in 1..=stage.log.len() {
        let (mut stage, effects) = again(0, &stage.log, kept);
        assert!(said(&effects).contains(&Message::Proposal(proposal(0, A, None).into_said())), "after {kept}");
        assert!(!effects.then.iter().any(|effect| matches!(effect, Effect::NeedValue { .. })));
        assert_eq!(stage.step(Input::Propose { height: HEIGHT, round: Round(0), value: B }), []);
    }
    let (_, effects) = again(0, &stage.log, 0);
    assert!(effects.then.iter().any(|effect| matches!(effect, Effect::NeedValue { .. })));
}

#[test]
fn a_value_asked_for_and_not_yet_built_is_asked_for_again() {
    let mut stage = Stage::started(0);
    stage.step(prevote(1, 0, None));
    let (_, effects) = again(0, &stage.log, 1);
    assert_eq!(effects.then.iter().filter(|effect| matches!(effect, Effect::NeedValue { .. })).count(), 1);
}

#[test]
fn only_the_last_round_and_its_timers_are_left() {
    let mut stage = Stage::started(3);
    stage.step(timeout(TimerKind::Propose, 0));
    for voter in 0..2 {
        stage.step(prevote(voter, 0, None));
    }
    for voter in 0..2 {
        stage.step(precommit(voter, 0, None));
    }
    stage.step(timeout(TimerKind::Precommit, 0));
    let (stage, effects) = again(3, &stage.log, stage.log.len());
    assert_eq!(stage.consensus.deciding(), Some((HEIGHT, Round(1))));
    assert_eq!(votes(&effects.then), []);
    let rounds: Vec<u32> = effects
        .then
        .iter()
        .filter_map(|effect| match effect {
            Effect::EnterRound { round, .. } => Some(round.0),
            Effect::SetTimer { timer, .. } => Some(timer.round.0),
            _ => None,
        })
        .collect();
    assert_eq!(rounds, [1, 1, 1]);
    assert_eq!(effects.log, []);
}

#[test]
fn a_proposal_not_yet_judged_is_asked_about_again() {
    let mut stage = Stage::started(3);
    stage.step(Input::Proposal(proposal(0, A, None)));
    let (_, effects) = again(3, &stage.log, 1);
    assert!(effects.then.contains(&Effect::Judge(proposal(0, A, None).statement().clone())));
}

#[test]
fn a_log_that_lost_an_entry_in_its_middle_is_a_fault() {
    let mut stage = Stage::started(3);
    stage.step(Input::Proposal(proposal(0, A, None)));
    stage.step(judged(0, A, true));
    let mut log = stage.log.clone();
    log.remove(1);
    assert!(matches!(log.as_slice(), [Entry::Proposal(_), Entry::Vote(_)]));
    log.push(Entry::Timeout(Timer { height: HEIGHT, round: Round(0), kind: TimerKind::Propose }));
    assert!(matches!(Stage::new(3).start(log), Err(Fault::Replay(_))));
}

#[test]
fn entries_of_another_height_are_passed_over() {
    let mut log = vec![Entry::Vote(vote(3, bulla_verify::chain::Height(3), 0, Prevote, None).into_said())];
    let mut stage = Stage::started(3);
    stage.step(timeout(TimerKind::Propose, 0));
    log.extend(stage.log.clone());
    let effects = Stage::new(3).start(log).unwrap();
    assert_eq!(votes(&effects.then), [(Prevote, 0, None)]);
}

/// Found by a network of seed 10,976: the refused prevote, signed in replay, made a polka that the log knew nothing of.
#[test]
fn a_vote_that_was_refused_is_not_counted_where_the_log_says_it_was_not() {
    let mut stage = Stage::started(3);
    stage.pen.refuses = true;
    stage.step(Input::Proposal(proposal(0, A, None)));
    stage.step(judged(0, A, true));
    stage.pen.refuses = false;
    for (voter, value) in [(0, Some(A)), (1, Some(A)), (2, None)] {
        stage.step(prevote(voter, 0, value));
    }
    assert_eq!(votes(&stage.step(timeout(TimerKind::Prevote, 0))), [(Precommit, 0, None)]);
    let (_, effects) = again(3, &stage.log, stage.log.len());
    assert_eq!(votes(&effects.then), [(Precommit, 0, None), (Prevote, 0, Some(A))]);
}

#[test]
fn a_vote_refused_once_is_signed_at_the_next_rebroadcast_and_replays_there() {
    let mut stage = Stage::started(3);
    stage.pen.refuses = true;
    stage.step(timeout(TimerKind::Propose, 0));
    stage.step(prevote(0, 0, None));
    stage.pen.refuses = false;
    assert_eq!(votes(&stage.step(timeout(TimerKind::Rebroadcast, 0))), [(Prevote, 0, None)]);
    assert_eq!(votes(&stage.step(prevote(1, 0, None))), [(Precommit, 0, None)]);
    let (_, effects) = again(3, &stage.log, stage.log.len());
    assert_eq!(votes(&effects.then), [(Prevote, 0, None), (Precommit, 0, None)]);
    assert_eq!(effects.log, []);
}
