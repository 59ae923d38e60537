//! Each sin, alone among honest validators: it was really committed, honest validators saw it for what it is, and the chain
//! went on with every transaction that an honest validator accepted.

#![expect(clippy::wildcard_enum_match_arm, reason = "a scenario names the messages that it stops; all others go on")]

use bulla_consensus::Message;
use bulla_ledger::execute::Invalid;
use bulla_node::wire::PeerMessage;
use bulla_testnet_sim::{Fork, Plan, Report, Sin, World};
use bulla_verify::admission::Stale;
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::fork::{self, NothingShown, Verdict};
use bulla_verify::vote::{Vote, VoteKind};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const SECOND_US: u64 = 1_000_000;

/// Whose turn it is at heights 1, 5, 9, ….
const SINNER: usize = 1;

/// So many seconds in which nothing else goes wrong, and five more.
fn plan(sin: Sin, seconds: u64) -> Plan {
    Plan { sins: vec![(SINNER, sin)], healed_us: 5 * SECOND_US, ..Plan::calm(4, seconds) }
}

/// What must hold whatever the sin was. A calm chain makes four heights a second; one turn of four may be lost, with the rounds
/// of one second that follow it.
fn goes_on(seconds: u64, report: &Report) {
    assert!(report.sins.sins > 0, "no sin was committed: {report:?}");
    assert!(report.height.0 >= 2 * seconds, "{report:?}");
    assert!(report.accepted > 0 && report.accepted == report.included, "{report:?}");
}

fn run(sin: Sin) -> Report {
    let report = World::new(1, plan(sin, 20)).run();
    goes_on(20, &report);
    report
}

#[test]
fn whoever_says_two_things_is_reported() {
    let report = run(Sin::Equivocate);
    assert!(report.sins.equivocations > 20, "{report:?}");
    assert_eq!(report.sins.marked, [(SINNER, 1)].into(), "the chain has it on record one height later: {report:?}");
}

/// Each rule is broken by some seed, and named by all three honest validators.
#[test]
fn a_block_that_breaks_a_rule_is_refused_by_the_rule_that_it_breaks() {
    let mut rules: BTreeSet<&str> = BTreeSet::new();
    for seed in 0..64 {
        let report = World::new(seed, plan(Sin::InvalidBlock, 5)).run();
        goes_on(5, &report);
        let refused = &report.sins.refused;
        assert!(refused.len() >= 3 && refused.len().is_multiple_of(3), "seed {seed}: {report:?}");
        rules.extend(refused.iter().map(rule));
    }
    let expected: BTreeSet<&str> = [
        "version",
        "chain",
        "parent",
        "time",
        "proposer",
        "certificate",
        "expired",
        "duplicate",
        "leaves",
        "history",
        "next validators",
    ]
    .into();
    assert_eq!(rules, expected);
}

fn rule(invalid: &Invalid) -> &'static str {
    match invalid {
        Invalid::Version { .. } => "version",
        Invalid::Chain { .. } => "chain",
        Invalid::Parent { .. } => "parent",
        Invalid::Time { .. } => "time",
        Invalid::Proposer { .. } => "proposer",
        Invalid::ParentCertificate { .. } => "certificate",
        Invalid::Stale { reason: Stale::Expired { .. }, .. } => "expired",
        Invalid::Stale { reason: Stale::Duplicate { .. }, .. } => "duplicate",
        Invalid::Leaves { .. } => "leaves",
        Invalid::History { .. } => "history",
        Invalid::NextValidators { .. } => "next validators",
        other => panic!("no sinner breaks this rule: {other}"),
    }
}

#[test]
fn a_block_with_a_wrong_state_root_is_refused_for_its_root() {
    let refused = run(Sin::WrongRoot).sins.refused;
    assert!(refused.len() >= 3 && refused.iter().all(|why| matches!(why, Invalid::StateRoot { .. })), "{refused:?}");
}

#[test]
fn a_block_that_is_too_much_is_refused_for_its_size() {
    let refused: Vec<Invalid> = (0..6)
        .flat_map(|seed| {
            let report = World::new(seed, plan(Sin::HugeBlock, 5)).run();
            goes_on(5, &report);
            report.sins.refused
        })
        .collect();
    let size = |why: &Invalid| matches!(why, Invalid::Bytes { .. } | Invalid::Cost { .. });
    assert!(refused.iter().all(size), "{refused:?}");
    assert!(refused.iter().any(|why| matches!(why, Invalid::Bytes { .. })), "{refused:?}");
    assert!(refused.iter().any(|why| matches!(why, Invalid::Cost { .. })), "{refused:?}");
}

/// Within the bound it must be taken, and no honest block is then earlier; beyond the bound all three doubt it.
#[test]
fn a_block_from_the_future_is_doubted_beyond_the_bound_alone() {
    let reports: Vec<Report> = (0..6).map(|seed| World::new(seed, plan(Sin::TimeLiar, 5)).run()).collect();
    reports.iter().for_each(|report| goes_on(5, report));
    // A lie is three proposals and three votes. The first that is doubted is the last: the liar is passed over then.
    assert!(reports.iter().all(|report| report.doubted == 3 && report.sins.refused.is_empty()), "{reports:?}");
    assert!(reports.iter().any(|report| report.sins.sins > 6), "no lie was taken: {reports:?}");
}

/// The sinner keeps what clients gave it to itself, and lets two others have the bodies of its blocks. The third has them from
/// those who voted, or with the decision.
#[test]
fn what_is_withheld_from_one_is_served_by_another() {
    let served = Arc::new(AtomicU64::new(0));
    let seen = served.clone();
    let world = World::new(1, plan(Sin::Withhold, 20)).with_filter(Box::new(move |from, to, message, _| {
        let help = matches!(message, PeerMessage::Bodies(..) | PeerMessage::Decided(_));
        let helped = help && from != SINNER && to == (SINNER + 3) % 4;
        seen.fetch_add(u64::from(helped), Ordering::Relaxed);
        true
    }));
    let report = world.run();
    goes_on(20, &report);
    assert!(served.load(Ordering::Relaxed) > 0, "nobody but the sinner served a body: {report:?}");
}

/// Heights and rounds far ahead are held nowhere and wake nobody: the chain is as fast as without them.
#[test]
fn a_flood_of_what_is_far_ahead_is_dropped() {
    let (flooded, calm) = (run(Sin::Flood), World::new(1, Plan { sins: Vec::new(), ..plan(Sin::Flood, 20) }).run());
    assert!(flooded.sins.beyond_bounds > 1_000, "{flooded:?}");
    assert!(10 * flooded.height.0 >= 9 * calm.height.0 && flooded.failed_rounds == 0, "{flooded:?}, {calm:?}");
}

/// Honest validators ask it for what it says that it has, find the certificates forged, and go on.
#[test]
fn a_history_that_nobody_decided_is_believed_by_nobody() {
    let served = Arc::new(AtomicU64::new(0));
    let seen = served.clone();
    let world = World::new(1, plan(Sin::FalseHistory, 20)).with_filter(Box::new(move |from, _, message, _| {
        let forged = from == SINNER && matches!(message, PeerMessage::Decided(blocks) if !blocks.is_empty());
        seen.fetch_add(u64::from(forged), Ordering::Relaxed);
        true
    }));
    goes_on(20, &world.run());
    let served = served.load(Ordering::Relaxed);
    assert!(served > 10, "nobody was served a forged block");
    // Thirty-five seconds of three ticks each, and three that ask: not as often as it answers.
    assert!(served < 400, "{served} forged blocks were asked for");
}

/// One height in which two of four, the sinner one of them, are locked on the block of round 0, and round 1 proposes another:
/// its proposer does not see the first block, and neither it nor the fourth sees who proposed that vote for it.
///
/// Also: how often the sinner voted in a later round of that height for the first block, and for another.
fn locked_apart(sin: Sin) -> (Report, [u64; 2]) {
    let at: Arc<Mutex<Option<(Height, u64)>>> = Arc::default();
    let votes: Arc<Mutex<(Option<HeaderHash>, [u64; 2])>> = Arc::default();
    let seen = votes.clone();
    let world = World::new(1, plan(sin, 20)).with_filter(Box::new(move |from, to, message, now_us| {
        let mut at = at.lock().expect("nobody panics while holding it");
        if let (None, PeerMessage::Proposal(said, _), true) = (*at, message, now_us > 3 * SECOND_US) {
            let height = said.statement.height;
            // The sinner's turn is in round 2.
            *at = (height.0 % 4 == 3).then_some((height, now_us + 4 * SECOND_US));
        }
        let Some((height, _)) = at.filter(|(_, until_us)| now_us < *until_us) else { return true };
        let mut votes = seen.lock().expect("nobody panics while holding it");
        if let PeerMessage::Consensus(Message::Vote(said)) = message
            && let Vote { height: of, round, value: Some(value), .. } = said.statement
            && (of, from) == (height, SINNER)
        {
            let first = *votes.0.get_or_insert(value);
            let [of_first, of_other] = &mut votes.1;
            *(if value == first { of_first } else { of_other }) += u64::from(round > Round(0));
        }
        let role = |node: usize| (u64::try_from(node).expect("a small number") + 4 - height.0 % 4) % 4;
        match message {
            PeerMessage::Proposal(said, _) => {
                let proposal = &said.statement;
                !(proposal.height == height && proposal.round == Round(0) && role(to) == 1)
            }
            PeerMessage::Consensus(Message::Vote(said)) => {
                let vote = &said.statement;
                let first = vote.height == height && vote.round == Round(0) && vote.kind == VoteKind::Prevote;
                !(first && vote.value.is_some() && role(from) == 0 && (role(to) == 1 || role(to) == 3))
            }
            PeerMessage::Consensus(message @ Message::Polka(_)) => message.height() != Some(height),
            _ => true,
        }
    }));
    let report = world.run();
    goes_on(20, &report);
    let (_, counted) = *votes.lock().expect("nobody panics while holding it");
    (report, counted)
}

#[test]
fn one_that_forgets_its_lock_moves_no_honest_one() {
    let (report, [_, other]) = locked_apart(Sin::Amnesia);
    assert!(report.failed_rounds > 0 && other > 0, "{other} votes for another block: {report:?}");
}

#[test]
fn one_that_holds_on_to_an_old_lock_stops_nobody() {
    let (report, [first, other]) = locked_apart(Sin::StaleLock);
    assert!(report.failed_rounds > 0 && first > 0 && other == 0, "{first} and {other} votes: {report:?}");
}

/// What somebody who holds genesis alone says of a fork.
fn judge(fork: &Fork) -> Result<Verdict, NothingShown> {
    let [one, other] = &fork.decided;
    fork::judge(&Anchor::genesis(&fork.genesis), [one, other])
}

/// More than f together can fork a chain, and cannot hide it: the two certificates name more than a third of the power, who have
/// signed both, and nobody who did not sin.
#[test]
fn a_fork_names_more_than_a_third_and_no_innocent() {
    for (nodes, seeds) in [(4, 0..24), (7, 24..36)] {
        let mut forks = 0;
        for seed in seeds {
            let sins = (0..=(nodes - 1) / 3).map(|place| (place, Sin::Twins)).collect();
            let plan = Plan { sins, ..Plan::calm(nodes, 20) };
            // Where the honest are locked on one block each before anybody decides, the chain stands still instead.
            let Some(fork) = World::new(seed, plan).fork() else { continue };
            forks += 1;
            let Ok(Verdict::Equivocation { signed_both, .. }) = judge(&fork) else { panic!("seed {seed}: not seen") };
            let innocent = signed_both.iter().find(|named| !fork.sinners.contains(&named.key));
            assert!(innocent.is_none(), "seed {seed}: an innocent is named: {innocent:?}");
            assert!(3 * signed_both.len() > nodes, "seed {seed}: only {signed_both:?} are named");
        }
        assert!(forks >= 6, "{nodes} forked {forks} times");
    }
}

/// Two that forget their locks fork a chain in two different rounds. These certificates convict nobody by themselves: whoever
/// signed both may have seen a later quorum of prevotes in between.
#[test]
fn forgotten_locks_fork_a_chain_in_different_rounds() {
    // At a height where it proposes, node 0 decides in round 0 on the precommits of the sinners, and is heard by nobody after
    // its prevote. Node 3 sees nothing of its block, and proposes another in round 3.
    let at: Arc<Mutex<Option<Height>>> = Arc::default();
    let sins = vec![(1, Sin::Amnesia), (2, Sin::Amnesia)];
    let world =
        World::new(1, Plan { sins, ..Plan::calm(4, 30) }).with_filter(Box::new(move |from, to, message, now_us| {
            let mut at = at.lock().expect("nobody panics while holding it");
            if let (None, PeerMessage::Proposal(said, _), true) = (*at, message, now_us > 3 * SECOND_US) {
                *at = Some(said.statement.height).filter(|height| height.0 % 4 == 0);
            }
            let Some(height) = *at else { return true };
            match message {
                PeerMessage::Proposal(said, _) if said.statement.round == Round(0) => to != 3,
                PeerMessage::Consensus(Message::Vote(said)) if from == 0 => {
                    said.statement.height == height && said.statement.kind == VoteKind::Prevote && to != 3
                }
                PeerMessage::Consensus(Message::Polka(_)) => to != 3,
                PeerMessage::Bodies(..) => true,
                _ => from != 0,
            }
        }));
    let fork = world.fork().expect("two of four have forgotten their locks");
    let verdict = judge(&fork).expect("both are decided by the validators in force");
    assert!(matches!(verdict, Verdict::VotesNeeded { rounds: [one, other], .. } if one != other), "{verdict:?}");
}

/// A sinner is one more source of chance, and no more: the same seed is the same run.
#[test]
fn the_same_sin_is_the_same_run() {
    let digest = |sin| World::new(7, plan(sin, 5)).run().digest;
    for sin in Sin::ALONE {
        assert_eq!(digest(sin), digest(sin), "{sin:?}");
    }
}
