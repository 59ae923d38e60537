//! What holds after any sequence of acts, tried over random ones.
//!
//! A year of acts by bodies that may and bodies that may not, at block time and historic, alone and in batches, on a few
//! licences of a few holders, so that they get in each other's way. At the end every kind of act must have taken effect.

use crate::scene::{
    Memory, Scene, city, day, hash, id, key, neighbour, now, pass, permit, province, region, register_key, term, year,
};
use crate::{check, execute};
use bulla_verify::canonical::decode;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{Act, Change, Grant, Licence};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::{MAX_RECORD_BYTES, Record, RefusalBudget};
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::status::status;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use bulla_verify::tree::StateKey;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// An act before the state tells which version it must name.
#[derive(Clone, Debug)]
struct Step {
    single: bool,
    serial: u8,
    by: Uscc,
    /// How many days before block time it took effect, if historic.
    days_ago: Option<i64>,
    stale_version: bool,
    change: Change,
}

#[derive(Clone, Debug)]
struct Block {
    days_later: i64,
    mode: Mode,
    steps: Vec<Step>,
}

fn holder() -> impl Strategy<Value = Option<Hash>> {
    prop_oneof![1 => Just(None), 3 => (0..3u8).prop_map(|who| Some(hash(&format!("holding {who}"))))]
}

fn grant() -> impl Strategy<Value = Grant> {
    (-300..200i64, 1..800i64, holder()).prop_map(|(from, days, holding)| Grant {
        region: region("440300"),
        holding,
        term: term(from, from + days),
        ..year()
    })
}

fn change() -> impl Strategy<Value = Change> {
    let contents = hash("contents");
    let some_day = || (-100..900i64).prop_map(day);
    prop_oneof![
        6 => grant().prop_map(Change::Issue),
        3 => grant().prop_map(|grant| Change::TakeOver { from: "r".parse().unwrap(), grant }),
        4 => (-200..300i64, 1..800i64)
            .prop_map(move |(from, days)| Change::Renew { term: term(from, from + days), contents }),
        6 => (proptest::option::weighted(0.3, some_day()), holder()).prop_map(move |(until, holding)| Change::Amend {
            contents,
            until,
            holder: holding.map(|_| hash("new holder")),
            holding,
        }),
        3 => (proptest::option::weighted(0.7, (-100..100i64).prop_map(day)), proptest::option::of(some_day()))
            .prop_map(|(from, until)| Change::Suspend { from, until }),
        4 => Just(Change::Resume),
        1 => Just(Change::Revoke),
        1 => Just(Change::Cancel),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let by = prop_oneof![8 => Just(city()), 2 => Just(province()), 1 => Just(neighbour())];
    let days_ago = proptest::option::weighted(0.3, -1..60i64);
    let parts = (proptest::bool::weighted(0.7), 0..5u8, by, days_ago, proptest::bool::weighted(0.05), change());
    parts.prop_map(|(single, serial, by, days_ago, stale_version, change)| Step {
        single,
        serial,
        by,
        days_ago,
        stale_version,
        change,
    })
}

fn block() -> impl Strategy<Value = Block> {
    let mode = prop_oneof![1 => Just(Mode::AllOrNothing), 3 => Just(Mode::Independent)];
    (0..12i64, mode, proptest::collection::vec(step(), 1..5)).prop_map(|(days_later, mode, steps)| Block {
        days_later,
        mode,
        steps,
    })
}

impl Step {
    fn operation(&self, scene: &Scene) -> Operation {
        let kind = if self.single { pass() } else { permit() };
        let first = id(&kind, &format!("S{}", self.serial), 1);
        let current = crate::read::<Licence>(&scene.state, &first.base()).map_or(1, |licence| licence.version);
        let version = if self.stale_version { current + 1 } else { current };
        let mut change = self.change.clone();
        if let Change::Suspend { from: Some(from), .. } = &mut change {
            *from = (*from).max(self.instant(scene));
        }
        // Sound in most ways, so that what is refused is refused for what it meets.
        if !self.single {
            match &mut change {
                Change::Issue(grant) | Change::TakeOver { grant, .. } => grant.holding = None,
                Change::Amend { holding, .. } => *holding = None,
                Change::Renew { .. } | Change::Suspend { .. } | Change::Resume | Change::Revoke | Change::Cancel => {}
            }
        }
        let act = now(&first.base().at_version(version).unwrap(), change);
        let effective_at = self.days_ago.map(|_| self.instant(scene));
        Operation::Licence(Act { by: self.by, effective_at, ..act })
    }

    fn instant(&self, scene: &Scene) -> Millis {
        scene.time.plus(-self.days_ago.unwrap_or(0) * DAY_MS)
    }
}

/// A scene in which each body has one key for all acts, and the keys: every transaction is signed by all.
fn scene_and_keys() -> (Scene, Vec<SigningKey>) {
    let mut scene = Scene::new();
    let key_of = |body| {
        let both = key(body, Role::Operator);
        let operation = register_key(body, &both, &[Role::Issuer, Role::HistoricalRegistrar]);
        scene.accept(&[&key(body, Role::Registrar)], operation);
        both
    };
    let keys = [city(), province(), neighbour()].map(key_of).into();
    (scene, keys)
}

fn licences(state: &Memory) -> BTreeMap<StateKey, Licence> {
    let records = state.records.iter().filter(|(key, _)| key.0[0] == Licence::AREA);
    records.map(|(key, bytes)| (*key, decode(bytes, MAX_RECORD_BYTES).unwrap())).collect()
}

/// The heart of single-holding types: at no instant for which two records can tell are both live.
fn check_holdings(state: &Memory) {
    let all: Vec<_> = licences(state).into_values().collect();
    for (place, one) in all.iter().enumerate() {
        for other in all.iter().skip(place + 1).filter(|other| one.holding.is_some() && other.holding == one.holding) {
            let bounds = [one, other].into_iter().flat_map(|licence| {
                let suspension = licence.suspension.map(|suspension| suspension.from);
                [Some(licence.changed_at), Some(licence.term.from), licence.term.until, suspension]
            });
            for at in bounds.flatten().flat_map(|bound| [bound.plus(-1), bound, bound.plus(1)]) {
                let live = [one, other].map(|licence| status(licence, at).is_live());
                assert_ne!(live, [true, true], "at {at}: {one:?} and {other:?}");
            }
        }
    }
}

/// Facts only accumulate, and the history has an entry for each act.
fn check_progress(before: &Memory, after: &Memory, scene_height: bulla_verify::chain::Height) {
    let earlier = licences(before);
    for (key, licence) in licences(after) {
        let leaves: Vec<_> = after.lists[&key].iter().map(|content| leaf_hash(content)).collect();
        assert_eq!(licence.history, Head::of(&leaves));
        let Some(was) = earlier.get(&key) else { continue };
        assert!(licence.version >= was.version);
        assert!(licence.changed_at >= was.changed_at);
        assert!(licence.historic || !was.historic);
        assert!(was.cancelled.is_none() || licence.cancelled == was.cancelled);
        assert!(was.revoked.is_none() || licence.revoked == was.revoked);
        assert_eq!((&licence.origin, licence.issued_at), (&was.origin, was.issued_at));
        let grown = licence.history.len > was.history.len;
        assert_eq!(grown, licence != *was);
        assert!(!grown || licence.recorded_at == scene_height);
    }
    assert!(earlier.keys().all(|key| after.records.contains_key(key)), "no licence's record is removed");
}

fn name(change: &Change) -> &'static str {
    match change {
        Change::Issue(_) => "issue",
        Change::TakeOver { .. } => "take over",
        Change::Renew { .. } => "renew",
        Change::Amend { holding: Some(_), .. } => "transfer",
        Change::Amend { .. } => "amend",
        Change::Suspend { .. } => "suspend",
        Change::Resume => "resume",
        Change::Revoke => "revoke",
        Change::Cancel => "cancel",
    }
}

fn run(blocks: &[Block], applied: &RefCell<BTreeMap<&'static str, u32>>, codes: &RefCell<BTreeSet<u16>>) {
    let (mut scene, keys) = scene_and_keys();
    let keys: Vec<_> = keys.iter().collect();
    for block in blocks {
        scene.time = scene.time.plus(block.days_later * DAY_MS);
        let operations = block.steps.iter().map(|step| step.operation(&scene)).collect();
        let tx = scene.sign(&keys, block.mode, operations);
        let executed = execute(&scene.state, &tx, scene.at());
        assert_eq!(executed, execute(&scene.state, &tx, scene.at()), "the same again");
        if block.mode == Mode::Independent {
            assert_eq!(executed.refusals, check(&scene.state, &tx, scene.at()));
        }
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        let any_applied = executed.outcomes.contains(&Outcome::Applied);
        let any_refused = executed.outcomes.iter().any(|outcome| *outcome != Outcome::Applied);
        assert!(block.mode == Mode::Independent || any_applied != any_refused);

        let before = scene.state.clone();
        scene.state.apply(executed.changes.clone());
        assert_eq!(any_applied, scene.state.without_budgets() != before.without_budgets());
        let budgets = executed.changes.records.keys().filter(|key| key.0[0] == RefusalBudget::AREA).count();
        assert_eq!(budgets, usize::from(any_refused));
        check_progress(&before, &scene.state, scene.height);
        check_holdings(&scene.state);
        scene.height = scene.height.next();
        scene.time = scene.time.plus(1);

        for (step, outcome) in block.steps.iter().zip(&executed.outcomes) {
            match outcome {
                Outcome::Applied => *applied.borrow_mut().entry(name(&step.change)).or_default() += 1,
                Outcome::Refused(code) => drop(codes.borrow_mut().insert(code.0)),
                Outcome::Dropped => {}
            }
        }
    }
}

#[test]
fn after_any_acts_the_records_are_sound() {
    let (applied, codes) = (RefCell::default(), RefCell::default());
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner
        .run(&proptest::collection::vec(block(), 40), |blocks| {
            run(&blocks, &applied, &codes);
            Ok(())
        })
        .unwrap();
    let (applied, codes): (BTreeMap<_, u32>, BTreeSet<u16>) = (applied.into_inner(), codes.into_inner());
    let names = ["issue", "take over", "renew", "transfer", "amend", "suspend", "resume", "revoke", "cancel"];
    for name in names {
        assert!(applied.get(name).is_some_and(|count| *count >= 10), "{name} hardly ever took effect: {applied:?}");
    }
    for code in [503, 505, 509, 511, 517, 520, 525] {
        assert!(codes.contains(&code), "BUL-{code:04} was never met: {codes:?}");
    }
}
