//! What holds after any sequence of acts, tried over random ones.
//!
//! A year of acts by bodies that may and bodies that may not, at block time and historic, alone and in batches, on a few
//! licences of a few holders, so that they get in each other's way. At the end every kind of act must have taken effect.
#![allow(clippy::wildcard_enum_match_arm, reason = "few of the many acts are told apart here")]

use crate::scene::{
    Memory, Scene, annulment, city, correction, day, departure, hash, id, id_of, key, nation, neighbour, now, pass,
    permit, province, region, register_key, reinstatement, sparing, term, withdrawal, year,
};
use crate::sequences::{Tally, try_sequences};
use crate::{check, execute};
use bulla_verify::canonical::decode;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::licence::{Act, Change, Entry, Grant, How, JointIssue, Licence, Origin, Pending};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::{MAX_RECORD_BYTES, Record, RefusalBudget};
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::status::{Status, status};
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use bulla_verify::tree::StateKey;
use bulla_verify::verdict::{Finding, of_licence};
use proptest::prelude::*;
use std::collections::BTreeMap;

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
        1 => Just(withdrawal()),
        2 => (0..60i64).prop_map(|days| annulment(day(days))),
        1 => Just(sparing()),
        4 => Just(reinstatement()),
        2 => (0..3u8).prop_map(|text| correction(&format!("corrected {text}"))),
        3 => Just(departure()),
        4 => grant().prop_map(|grant| Change::TransferIn { from: id(&permit(), "S0", 1), grant }),
        4 => Just(Change::AbortTransfer),
        4 => (grant(), 1..4u8, 0..20i64).prop_map(|(grant, needed, days)| Change::IssueJointly {
            grant,
            with: vec![province(), nation()],
            needed,
            until: day(days),
        }),
        12 => Just(Change::Cosign),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let by = prop_oneof![8 => Just(city()), 2 => Just(province()), 1 => Just(nation()), 1 => Just(neighbour())];
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
        let serial = format!("S{}", self.serial);
        let here = id(&kind, &serial, 1);
        let current = |first: LicenceId| {
            let version = crate::read::<Licence>(&scene.state, &first.base()).map_or(1, |licence| licence.version);
            first.base().at_version(if self.stale_version { version + 1 } else { version }).unwrap()
        };
        let is_there = matches!(self.change, Change::TransferIn { .. });
        let named = if is_there { id_of(neighbour(), &kind, &serial, 1) } else { current(here.clone()) };
        let by = if is_there && self.by != province() { neighbour() } else { self.by };
        let mut change = self.change.clone();
        match &mut change {
            Change::Suspend { from: Some(from), .. } => *from = (*from).max(self.instant(scene)),
            // What was drawn is how many days before the act, and how many after the block.
            Change::Annul { void_from, .. } => *void_from = self.instant(scene).plus(-void_from.since(day(0))),
            Change::IssueJointly { until, .. } => *until = scene.time.plus(until.since(day(0))),
            Change::TransferIn { from, grant } => {
                *from = current(here);
                grant.region = region("440400");
                if let Some(offered) = crate::read::<Licence>(&scene.state, &from.base()) {
                    (grant.term, grant.holding) = (offered.term, offered.holding);
                }
            }
            _ => {}
        }
        // Sound in most ways, so that what is refused is refused for what it meets.
        if !self.single {
            match &mut change {
                Change::Issue(grant) | Change::TakeOver { grant, .. } | Change::IssueJointly { grant, .. } => {
                    grant.holding = None;
                }
                Change::Amend { holding, .. } => *holding = None,
                _ => {}
            }
        }
        let dated = self.days_ago.filter(|_| change.may_be_historic() || self.stale_version);
        let effective_at = dated.map(|_| self.instant(scene));
        Operation::Licence(Act { by, effective_at, ..now(&named, change) })
    }

    fn instant(&self, scene: &Scene) -> Millis {
        scene.time.plus(-self.days_ago.unwrap_or(0) * DAY_MS)
    }
}

/// A scene in which each body has one key for all acts, and the keys: every transaction is signed by all.
fn scene_and_keys() -> (Scene, Vec<SigningKey>) {
    let mut scene = Scene::new();
    scene.empower_neighbour();
    scene.enact_country();
    let key_of = |body| {
        let both = key(body, Role::Operator);
        let operation = register_key(body, &both, &[Role::Issuer, Role::HistoricalRegistrar]);
        scene.accept(&[&key(body, Role::Registrar)], operation);
        both
    };
    let keys = [city(), province(), neighbour(), nation()].map(key_of).into();
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
        let since = usize::try_from(was.history.len).unwrap();
        let reinstated = |entry: &Entry| matches!(entry.act.change, Change::Reinstate { .. });
        let revived = entries(after, &key).skip(since).any(|entry| reinstated(&entry));
        assert!(revived || was.cancelled.is_none() || licence.cancelled == was.cancelled);
        assert!(revived || was.ended.is_none() || licence.ended == was.ended);
        assert!(licence.spared || !was.spared);
        let waited = matches!(was.pending, Some(Pending::Cosigners { .. }));
        assert!(waited || licence.issued_at == was.issued_at);
        assert_eq!(licence.origin, was.origin);
        let grown = licence.history.len > was.history.len;
        assert_eq!(grown, licence != *was);
        assert!(!grown || licence.recorded_at == scene_height);
    }
    assert!(earlier.keys().all(|key| after.records.contains_key(key)), "no licence's record is removed");
}

fn entries(state: &Memory, key: &StateKey) -> impl Iterator<Item = Entry> {
    state.lists.get(key).into_iter().flatten().map(|content| decode(content, MAX_RECORD_BYTES).unwrap())
}

/// Of a licence and the one that it went on as, never are both in force, and at the act itself exactly one is.
fn check_transfers(state: &Memory, time: Millis) {
    for arrived in licences(state).into_values() {
        let Origin::TransferredIn { from } = &arrived.origin else { continue };
        let left = crate::read::<Licence>(state, &from.base()).unwrap();
        let Some(How::Transferred { to }) = left.ended.as_ref().map(|end| &end.how) else { panic!("{left:?}") };
        assert_eq!(*to, arrived.base);
        let instants = [time, left.changed_at, arrived.changed_at, arrived.term.from, time.plus(400 * DAY_MS)];
        for at in instants.into_iter().flat_map(|at| [at.plus(-1), at, at.plus(1)]) {
            let active = [&left, &arrived].map(|licence| status(licence, at).is_active());
            assert_ne!(active, [true, true], "at {at}");
        }
        if arrived.history.len == 1 {
            let active = [&left, &arrived].map(|licence| status(licence, arrived.changed_at).is_active());
            assert_eq!(active, [false, true], "the act ends one and begins the other");
        }
    }
}

/// A joint licence is in force after the last signature that was needed, and that came in time; never otherwise.
fn check_joint(state: &Memory, time: Millis) {
    for (key, licence) in licences(state) {
        let Some(joint) = crate::read::<JointIssue>(state, &licence.base) else { continue };
        let Some(Change::IssueJointly { until, .. }) = entries(state, &key).next().map(|entry| entry.act.change) else {
            panic!("a joint issue opens the record")
        };
        let signed: Vec<_> = joint.bodies.iter().filter_map(|body| body.signed_at).collect();
        assert!(signed.iter().all(|at| *at < until));
        let enough = signed.len() >= usize::from(joint.needed);
        assert_eq!(enough, licence.pending.is_none_or(|pending| matches!(pending, Pending::Transfer { .. })));
        if !enough {
            for at in [time, until.plus(-1), until, time.plus(400 * DAY_MS)] {
                assert!(!status(&licence, at).is_active());
            }
            assert_eq!(status(&licence, until), Status::Lapsed { since: until });
        } else {
            let last = *signed.iter().max().unwrap();
            assert!(!matches!(of_licence(&first(&licence), &licence, last.plus(-1)), Finding::Current(found)
                if found.is_active()));
        }
    }
}

fn first(licence: &Licence) -> LicenceId {
    licence.base.at_version(licence.version).unwrap()
}

/// Who acted was the issuer, one above it where the act is for those, or one that the licence named.
fn check_authors(state: &Memory) {
    for (key, licence) in licences(state) {
        for Entry { act, .. } in entries(state, &key) {
            let issuer = licence.base.issuer;
            let above = [province(), nation()].contains(&act.by);
            let may = match &act.change {
                Change::Suspend { .. }
                | Change::Resume
                | Change::Revoke
                | Change::Annul { .. }
                | Change::Spare { .. } => above,
                Change::Cosign => above,
                Change::AbortTransfer | Change::TransferIn { .. } => act.by == neighbour(),
                _ => false,
            };
            assert!(act.by == issuer || may, "{act:?}");
        }
        for version in 1..licence.version {
            let earlier = licence.base.at_version(version).unwrap();
            let found = of_licence(&earlier, &licence, licence.changed_at);
            assert!(matches!(found, Finding::SupersededBy { .. }), "{found:?}");
        }
    }
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
        Change::Withdraw { .. } => "withdraw",
        Change::Annul { .. } => "annul",
        Change::Spare { .. } => "spare",
        Change::Reinstate { .. } => "reinstate",
        Change::Correct { .. } => "correct",
        Change::TransferOut { .. } => "transfer out",
        Change::TransferIn { .. } => "transfer in",
        Change::AbortTransfer => "abort transfer",
        Change::IssueJointly { .. } => "issue jointly",
        Change::Cosign => "cosign",
    }
}

fn run(blocks: &[Block], tally: &Tally) {
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
        scene.take_in(&tx, &executed);
        assert_eq!(any_applied, scene.state.without_budgets() != before.without_budgets());
        let budgets = executed.changes.records.keys().filter(|key| key.0[0] == RefusalBudget::AREA).count();
        assert_eq!(budgets, usize::from(any_refused));
        check_progress(&before, &scene.state, scene.height);
        check_holdings(&scene.state);
        check_transfers(&scene.state, scene.time);
        check_joint(&scene.state, scene.time);
        scene.height = scene.height.next();
        scene.time = scene.time.plus(1);

        for (step, outcome) in block.steps.iter().zip(&executed.outcomes) {
            tally.count(name(&step.change), outcome);
        }
    }
    check_authors(&scene.state);
    scene.assert_counted();
}

#[test]
fn after_any_acts_the_records_are_sound() {
    let tally = Tally::default();
    try_sequences(&proptest::collection::vec(block(), 40), |blocks| run(&blocks, &tally));
    let names = ["issue", "take over", "renew", "transfer", "amend", "suspend", "resume", "revoke", "cancel"]
        .into_iter()
        .chain(["withdraw", "annul", "spare", "reinstate", "correct", "transfer out", "transfer in", "abort transfer"])
        .chain(["issue jointly", "cosign"]);
    tally.check(names, [503, 505, 509, 511, 517, 520, 525, 526, 528, 532, 541, 543, 545]);
}
