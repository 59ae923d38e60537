#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests fail by panicking")]

use super::*;
use bulla_verify::hash::Hash;
use proptest::prelude::*;
use std::collections::BTreeMap;

mod search;

/// What was told, and the chain.
#[derive(Clone, Debug)]
struct History {
    operations: Vec<Operation>,
    blocks: Vec<Block>,
}

impl History {
    fn check(&self) -> Result<Summary, Vec<Violation>> {
        check(&self.operations, std::slice::from_ref(&self.blocks))
    }
}

fn hash(of: u64) -> Hash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&of.to_be_bytes());
    Hash(bytes)
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A history as an honest ledger gives it: sessions that each submit and read, one call after the other, while blocks of a few
/// transactions are made of what is under way. One in ten answers is lost on its way; one in eight reads is of a node that was cut
/// off some blocks ago, and says so.
fn honest(seed: u64, count: usize, sessions: u64, keys: u64) -> History {
    let mut dice = Dice(seed);
    let mut blocks: Vec<Block> = Vec::new();
    // What each licence became, and at which height.
    let mut written: BTreeMap<Key, Vec<(Height, Standing)>> = BTreeMap::new();
    let mut operations = Vec::new();
    // Each session's call under way: its id, its write, when it was sent.
    let mut under_way: BTreeMap<u32, (TxId, Write, u64)> = BTreeMap::new();
    let (mut clock, mut next) = (0, 0);
    while operations.len() < count {
        clock += 1;
        let session = dice.below(sessions) as u32;
        if dice.below(4) == 0 && !under_way.is_empty() {
            let height = Height(blocks.len() as u64 + 1);
            let taken: Vec<u32> = under_way.keys().copied().filter(|_| dice.below(3) > 0).collect();
            let mut transactions = Vec::new();
            for session in taken {
                let (id, write, start) = under_way.remove(&session).unwrap();
                let place = Place { height, index: transactions.len() as u32 };
                written.entry(write.key).or_default().push((height, write.standing));
                transactions.push(Transaction { id, writes: vec![write] });
                let told = if dice.below(10) == 0 { Told::Unknown(id) } else { Told::Acknowledged(id, place) };
                clock += 1;
                operations.push(Operation { session, start, end: clock, told, at_least: Height(0), stale: false });
            }
            blocks.push(Block { hash: HeaderHash(hash(height.0)), transactions });
        } else if let Some((id, _, start)) = under_way.get(&session).copied() {
            // Given up, and never taken in.
            if dice.below(40) == 0 {
                under_way.remove(&session);
                let told = Told::Unknown(id);
                operations.push(Operation { session, start, end: clock, told, at_least: Height(0), stale: false });
            }
        } else if dice.below(2) == 0 {
            next += 1;
            let standing = [Standing::InForce, Standing::Suspended, Standing::Ended][dice.below(3) as usize];
            under_way.insert(session, (TxId(hash(next)), Write { key: dice.below(keys), standing }, clock));
        } else {
            let (key, last) = (dice.below(keys), Height(blocks.len() as u64));
            let stale = dice.below(8) == 0;
            let height = if stale { Height(last.0 - dice.below(last.0.min(4) + 1)) } else { last };
            let at_least = if !stale && dice.below(2) == 0 { last } else { Height(0) };
            let told = Told::Read(key, was(&written, key, height), height);
            operations.push(Operation { session, start: clock, end: clock, told, at_least, stale });
        }
    }
    History { operations, blocks }
}

fn was(written: &BTreeMap<Key, Vec<(Height, Standing)>>, key: Key, height: Height) -> Option<Standing> {
    let last = written.get(&key)?.iter().rev().find(|(from, _)| *from <= height);
    last.map(|(_, standing)| *standing)
}

#[test]
fn an_honest_history_holds() {
    let history = honest(1, 10_000, 16, 100);
    let summary = history.check().unwrap();
    assert!(summary.acknowledged > 2_000 && summary.reads > 2_000 && summary.unknown_present > 200, "{summary:?}");
    // A node that is behind has a beginning of the chain.
    let behind = history.blocks[..history.blocks.len() / 2].to_vec();
    assert_eq!(check(&history.operations, &[behind, history.blocks]), Ok(summary));
}

/// The canaries: of ten thousand operations one is wrong, and is named.
#[test]
fn one_operation_of_ten_thousand_is_named() {
    let history = honest(2, 10_000, 16, 100);
    let acknowledged = |history: &History, from: usize| {
        let found = |operation: &Operation| matches!(operation.told, Told::Acknowledged(..));
        let at = from + history.operations[from..].iter().position(found).unwrap();
        let Told::Acknowledged(id, place) = history.operations[at].told else { unreachable!() };
        (at, id, place)
    };
    let transactions =
        |history: &mut History, height: Height| std::mem::take(&mut history.blocks[height.0 as usize - 1].transactions);

    // Dropped from its block.
    let mut dropped = history.clone();
    let (_, id, at) = acknowledged(&dropped, 5_000);
    let kept = transactions(&mut dropped, at.height).into_iter().filter(|one| one.id != id).collect();
    dropped.blocks[at.height.0 as usize - 1].transactions = kept;
    assert!(dropped.check().unwrap_err().contains(&Violation::Lost { id, at }));

    // Swapped with its neighbour.
    let mut swapped = history.clone();
    let block = swapped.blocks.iter().position(|block| block.transactions.len() > 1).unwrap();
    swapped.blocks[block].transactions.swap(0, 1);
    assert!(swapped.check().unwrap_err().iter().any(|one| matches!(one, Violation::Moved { .. })));

    // A read of what was before.
    let mut stale = history.clone();
    let read_of = |one: &Operation| matches!(one.told, Told::Read(_, Some(_), _)) && !one.stale;
    let place = stale.operations.iter().rposition(read_of).unwrap();
    let Told::Read(key, read, height) = stale.operations[place].told else { unreachable!() };
    stale.operations[place].told = Told::Read(key, None, height);
    assert_eq!(stale.check(), Err(vec![Violation::Read { key, height, read: None, replayed: read }]));

    // A node that came back with less: the same session sees the empty ledger again.
    let mut fallen = history.clone();
    let plain = |one: &Operation| matches!(one.told, Told::Read(..)) && !one.stale && one.at_least == Height(0);
    let last = fallen.operations.iter().rposition(plain).unwrap();
    fallen.operations[last].told = Told::Read(0, None, Height(0));
    let (session, after) = (fallen.operations[last].session, Height(0));
    let violations = fallen.check().unwrap_err();
    assert!(
        matches!(violations[..], [Violation::Fell { session: found, after: to, .. }] if (found, to) == (session, after)),
        "{violations:?}"
    );

    // The same transaction twice; one that was refused; one that is older than what was seen before it; another block.
    let mut twice = history.clone();
    let again = twice.blocks[0].transactions[0].clone();
    twice.blocks.push(Block { hash: HeaderHash(hash(0)), transactions: vec![again] });
    assert!(twice.check().unwrap_err().iter().any(|one| matches!(one, Violation::Twice { .. })));
    let mut undead = history.clone();
    let (at, id, found) = acknowledged(&undead, 5_000);
    undead.operations[at].told = Told::Refused(id);
    assert_eq!(undead.check(), Err(vec![Violation::Undead { id, found }]));
    let mut early = history.clone();
    let end = early.operations.iter().map(|one| one.end).max().unwrap();
    let (at, id, _) = acknowledged(&early, 5_000);
    early.operations[at] = Operation { start: end + 1, end: end + 2, ..early.operations[at] };
    assert!(
        early.check().unwrap_err().iter().any(|one| matches!(one, Violation::Order { id: found, .. } if *found == id))
    );
    let mut forked = history.blocks.clone();
    forked[7].hash = HeaderHash(hash(0));
    let violations = check(&history.operations, &[history.blocks, forked]).unwrap_err();
    assert!(matches!(violations[..], [Violation::Fork { height: Height(8), .. }]), "{violations:?}");
}

/// The canaries of stale answers: they may be old, and nothing else.
#[test]
fn a_stale_answer_may_be_old_and_nothing_else() {
    let history = honest(3, 10_000, 16, 100);
    let of = |told| Operation { session: 3, start: u64::MAX, end: u64::MAX, told, at_least: Height(0), stale: true };
    let and = |more: &[Operation]| History { operations: [&history.operations, more].concat(), ..history.clone() };
    let (key, height) = (7, Height(40));
    let replayed = was_at(&history.blocks, key, height);
    let old = of(Told::Read(key, replayed, height));
    let tip = of(Told::Tip(height, history.blocks[39].hash));
    assert!(and(&[old, tip]).check().is_ok(), "what says that it is old, is old");
    let fell = |violations: Vec<Violation>| matches!(violations[..], [Violation::Fell { session: 3, .. }]);
    for answer in [old, tip] {
        assert!(fell(and(&[Operation { stale: false, ..answer }]).check().unwrap_err()), "it does not say so");
        assert!(fell(and(&[Operation { at_least: Height(1), ..answer }]).check().unwrap_err()), "it was not to be");
    }

    // What was never written is not read, however old the answer; and a block that no chain has is shown to nobody.
    let never = if replayed == Some(Standing::Ended) { None } else { Some(Standing::Ended) };
    let invented = and(&[of(Told::Read(key, never, height))]).check();
    assert_eq!(invented, Err(vec![Violation::Read { key, height, read: never, replayed }]));
    let (one, other) = (HeaderHash(hash(0)), Some(history.blocks[39].hash));
    assert_eq!(and(&[of(Told::Tip(height, one))]).check(), Err(vec![Violation::Fork { height, one, other }]));

    // What was asked for is what an answer is of, at least.
    let (asked, told) = (Height(41), height);
    let early = Operation { session: 99, at_least: asked, ..old };
    assert_eq!(and(&[early]).check(), Err(vec![Violation::Older { session: 99, asked, told }]));
    assert!(and(&[Operation { at_least: height, ..early }]).check().is_ok());

    // What a stale answer showed was seen: the same session sees no less after it, and nobody submits anything below it.
    let first = Operation { session: 99, start: u64::MAX - 2, end: u64::MAX - 2, ..old };
    let lower = Height(39);
    let after =
        Operation { session: 99, stale: false, ..of(Told::Read(key, was_at(&history.blocks, key, lower), lower)) };
    let fallen = Violation::Fell { session: 99, before: height, after: lower };
    assert_eq!(and(&[first, after]).check(), Err(vec![fallen]));
    let early = Operation { session: 98, start: 0, end: 0, ..old };
    let late = history
        .operations
        .iter()
        .find(|one| matches!(one.told, Told::Acknowledged(_, place) if place.height <= height) && one.start > 0);
    let Some(Told::Acknowledged(id, found)) = late.map(|one| one.told) else { panic!("none is so low") };
    let violations = and(&[early]).check().unwrap_err();
    assert!(violations.contains(&Violation::Order { id, found, seen: height }), "{violations:?}");
}

fn was_at(blocks: &[Block], key: Key, height: Height) -> Option<Standing> {
    let mut writes =
        blocks[..height.0 as usize].iter().flat_map(|block| &block.transactions).flat_map(|one| &one.writes);
    writes.rfind(|write| write.key == key).map(|write| write.standing)
}

#[test]
fn a_million_operations_take_less_than_ten_seconds() {
    let history = honest(4, 1_000_000, 64, 100_000);
    let began = std::time::Instant::now();
    history.check().unwrap();
    let took = began.elapsed();
    assert!(took.as_secs() < 10, "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever passes, an exhaustive search finds an order for, though it is not shown the chain's; and where the search finds
    /// none, the check has failed.
    #[test]
    fn what_passes_has_an_order(seed: u64, spoiled in 0u64..10, count in 4usize..10) {
        let mut history = honest(seed, count, 3, 2);
        let all = history.blocks.iter().flat_map(|block| &block.transactions);
        let mut writes: BTreeMap<TxId, Write> = all.map(|one| (one.id, one.writes[0])).collect();
        for operation in &history.operations {
            if let Told::Unknown(id) = operation.told {
                // Whatever was never taken in does not matter, so it may be anything.
                writes.entry(id).or_insert(Write { key: 99, standing: Standing::Ended });
            }
        }
        spoil(&mut history, spoiled, &mut Dice(seed ^ spoiled));
        let (passes, has_order) = (history.check().is_ok(), search::has_order_of(&history.operations, &writes));
        prop_assert!(has_order || !passes, "{history:?}");
        if spoiled == 0 {
            prop_assert!(passes && has_order, "{history:?}");
        }
    }
}

/// Changes a history in one place; not every change makes it wrong.
fn spoil(history: &mut History, how: u64, dice: &mut Dice) {
    let place = dice.below(history.operations.len() as u64) as usize;
    let standing = [None, Some(Standing::InForce), Some(Standing::Suspended)][dice.below(3) as usize];
    let operation = &mut history.operations[place];
    match (how, &mut operation.told) {
        (1 | 2, Told::Read(_, read, _)) => *read = standing,
        (3, Told::Read(_, _, height)) => *height = Height(dice.below(4)),
        (4, _) => (operation.start, operation.end) = (operation.start + 5, operation.end + 5),
        (5, _) => {
            (operation.start, operation.end) = (operation.start.saturating_sub(5), operation.end.saturating_sub(5))
        }
        (6, _) if !history.blocks.is_empty() => {
            let block = dice.below(history.blocks.len() as u64) as usize;
            history.blocks[block].transactions.reverse();
        }
        (8, _) => operation.stale = !operation.stale,
        (9, Told::Read(_, _, height)) => operation.at_least = Height(height.0 + 1),
        (7, _) if history.blocks.len() > 1 => history.blocks.swap(0, 1),
        _ => {}
    }
}

/// The search does find that there is no order: it is not one that says yes to all.
#[test]
fn the_search_refuses_what_has_no_order() {
    let (id, key) = (TxId(hash(1)), 0);
    let ack = Told::Acknowledged(id, Place { height: Height(1), index: 0 });
    let operation =
        |session, at, told| Operation { session, start: at, end: at, told, at_least: Height(0), stale: false };
    let written = Write { key, standing: Standing::InForce };
    let read = |standing, height| Told::Read(key, standing, Height(height));
    let orders = |operations: &[Operation]| search::has_order_of(operations, &[(id, written)].into());
    assert!(orders(&[operation(0, 1, ack), operation(0, 2, read(Some(Standing::InForce), 1))]));
    assert!(!orders(&[operation(0, 1, ack), operation(0, 2, read(None, 1))]), "a session that forgets its own act");
    let (before, after) = (read(None, 0), read(Some(Standing::InForce), 1));
    assert!(orders(&[operation(0, 3, ack), operation(1, 1, before), operation(1, 4, after)]));
    assert!(
        !orders(&[operation(0, 3, ack), operation(1, 1, after), operation(1, 4, before)]),
        "a session that goes back"
    );
    let old = Operation { stale: true, ..operation(1, 4, before) };
    assert!(orders(&[operation(0, 3, ack), operation(1, 1, after), old]), "a session that is told that it goes back");
}
