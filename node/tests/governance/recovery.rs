//! A recovery among engines: two of four lost what they signed, and all go on under new keys after the block that all agree on.

use crate::net::{Net, empty, genesis, judge, key, public, validator};
use bulla_consensus::Timeouts;
use bulla_ledger::{Ledger, Tip};
use bulla_node::engine::signing::Signing;
use bulla_node::engine::turns::Turns;
use bulla_node::engine::{Action, Engine, Halt, Start};
use bulla_node::wal::guard::SignGuard;
use bulla_verify::chain::{HeaderHash, Height};
use bulla_verify::recovery::{Agreement, Paper, Recovery, RecoveryError, Renewal};
use bulla_verify::validators::ValidatorSet;
use bulla_verify::verdict::Kind;

/// New keys are the old ones with 100 more.
const NEW: u8 = 100;

/// What validators 1 to 4 agree on after this block.
fn agreed(tip: &Tip) -> Recovery {
    let mut keys: Vec<_> = (1..=4).map(|old| Renewal { from: public(old), to: public(old + NEW) }).collect();
    keys.sort_by_key(|renewal| renewal.from);
    let mut paper = Paper::new(Agreement { chain: tip.chain, height: tip.height, last: tip.hash, keys });
    (1..=4).for_each(|old| assert!(paper.sign(&key(old)) && paper.sign(&key(old + NEW))));
    paper.complete().unwrap()
}

fn new_set() -> ValidatorSet {
    ValidatorSet::new((1..=4).map(|old| validator(old + NEW)).collect()).unwrap()
}

/// Four validators come to one block, and stop; their ledgers.
fn stopped() -> (Net, Vec<Ledger>) {
    let mut net = Net::new(&[1, 2, 3, 4]);
    net.advance("before", 6);
    net.until("one tip", |net| net.heights().windows(2).all(|two| two[0].1 == two[1].1));
    let ledgers = (1..=4).map(|seed| net.nodes[&seed].ledger.clone()).collect();
    (1..=4).for_each(|seed| net.stop(seed));
    (net, ledgers)
}

#[test]
fn all_go_on_under_new_keys_and_who_was_wiped_fetches_what_it_lacks() {
    let (mut net, ledgers) = stopped();
    let last = ledgers[0].tip();
    let recovery = agreed(&last);
    net.run(1 + NEW, ledgers[0].clone(), Some(&recovery));
    net.run(2 + NEW, ledgers[1].clone(), Some(&recovery));
    // The disks of the others were lost.
    net.run(3 + NEW, empty(), Some(&recovery));
    net.advance("three of four are a quorum", 5);
    net.run(4 + NEW, empty(), Some(&recovery));
    net.advance("all four", 12);
    for seed in 1..=4 {
        let ledger = &net.nodes[&(seed + NEW)].ledger;
        assert_eq!(ledger.tip().validators, new_set());
        assert_eq!(ledger.tip().validators_from, last.height.next());
        assert_eq!(ledger.header(last.height).unwrap().unwrap().0.hash(), last.hash, "what stood still stands");
        assert_eq!(judge(ledger), Kind::Valid);
    }
    let signers = net.signers(1 + NEW);
    assert!((1..=4).all(|old| !signers.contains(&public(old))));
    net.stop(1 + NEW);
    net.advance("the fourth is needed", 12);
    assert!(net.signers(2 + NEW).contains(&public(4 + NEW)));
}

/// One had begun the next height under the old keys, and one is behind; neither is told.
#[test]
fn who_knows_nothing_of_it_follows_the_block_that_says_it() {
    let (mut net, ledgers) = stopped();
    let last = ledgers[0].tip();
    let recovery = agreed(&last);
    net.run(4, ledgers[3].clone(), None);
    net.until("the old key decides on", |net| net.nodes[&4].engine.deciding().is_some());
    net.start(9);
    (1..=3).for_each(|old| net.run(old + NEW, ledgers[usize::from(old) - 1].clone(), Some(&recovery)));
    net.advance("all follow", 12);
    for seed in [4, 9] {
        let node = &net.nodes[&seed];
        assert_eq!(node.ledger.tip().validators, new_set());
        assert_eq!(node.engine.passed_over(), net.nodes[&(1 + NEW)].engine.passed_over(), "of one mind on turns");
        assert_eq!(judge(&node.ledger), Kind::Valid);
    }
    // Its operator gives it the new key once it has caught up.
    let ledger = net.nodes[&4].ledger.clone();
    net.stop(4);
    net.run(4 + NEW, ledger, None);
    net.stop(2 + NEW);
    net.advance("it is needed", 12);
    assert!(net.signers(1 + NEW).contains(&public(4 + NEW)));
}

/// Without every signature the old keys stay in force, and the network stands still.
#[test]
fn new_keys_decide_nothing_while_one_has_not_signed() {
    let (mut net, ledgers) = stopped();
    let last = ledgers[0].tip();
    let mut recovery = agreed(&last);
    recovery.signatures[3] = recovery.signatures[2];
    for (ledger, seed) in ledgers.iter().zip(1 + NEW..) {
        let (_, effects) = start(seed, ledger, &recovery);
        let halts = effects.iter().any(|action| matches!(action, Action::Halt(Halt::Recovery(_))));
        assert!(halts, "{effects:?}");
    }
    (1..=4).for_each(|old| net.run(old + NEW, ledgers[usize::from(old) - 1].clone(), None));
    for _ in 0..2_000 {
        match net.queue.pop_front() {
            Some((seed, event)) => net.happen(seed, event),
            None => net.pass(),
        }
    }
    assert!(net.heights().iter().all(|(_, height)| Height(*height) == last.height));
}

fn start(seed: u8, ledger: &Ledger, recovery: &Recovery) -> (Engine, Vec<Action>) {
    let tip = ledger.tip();
    let start = Start {
        turns: Turns::read(ledger, &tip).unwrap(),
        signing: Signing::new(key(seed), SignGuard::new()),
        timeouts: Timeouts::default(),
        log: Vec::new(),
        blocks: Vec::new(),
        recovery: Some(Box::new(recovery.clone())),
        tip,
    };
    let (engine, effects) = Engine::start(genesis().time, start);
    (engine, effects.then)
}

#[test]
fn a_node_with_another_last_block_halts_and_says_so() {
    let (_, ledgers) = stopped();
    let mut other = ledgers[0].tip();
    other.hash = HeaderHash::default();
    let (_, effects) = start(1 + NEW, &ledgers[0], &agreed(&other));
    let halt = effects.iter().find_map(|action| match action {
        Action::Halt(Halt::Recovery(reason)) => Some(*reason),
        _ => None,
    });
    let (found, expected) = (other.height, other.height);
    assert_eq!(halt, Some(RecoveryError::Block { found, last: other.hash, expected }));
    // Of a block that is past or still to come, nothing is said.
    for height in [other.height.0 - 1, other.height.0 + 1] {
        other.height = Height(height);
        let (engine, effects) = start(1 + NEW, &ledgers[0], &agreed(&other));
        assert!(!effects.iter().any(|action| matches!(action, Action::Halt(_))), "at {}", engine.height());
    }
}
