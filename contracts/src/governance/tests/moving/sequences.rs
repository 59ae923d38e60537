//! Random sequences of acts of governance.

use super::super::{change, join, leave, rotate};
use crate::governance::moving::schedule;
use crate::scene::{Scene, citation, consensus_key, key, moved, nation, setting, voted, withdrawn};
use crate::sequences::{Tally, try_sequences};
use crate::view::{founding_parameters, parameters};
use crate::{admit, execute, validators};
use bulla_verify::chain::Height;
use bulla_verify::governance::motion::{Fate, Motion, MotionId, Question};
use bulla_verify::governance::schedule::{MAX_COMING, Parameter, Schedule};
use bulla_verify::governance::{Act, Followers, Validators};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::keys::SigningKey;
use bulla_verify::law::{self, Matter, Provision, Provisions, Span, Unit};
use bulla_verify::operation::Operation;
use bulla_verify::parameters::Parameters;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::transaction::Mode;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Move(Ask, u64),
    Vote(u8),
    Withdraw(u8),
    ChangeSet(u8, u8),
    Follow,
    Enact(u16),
}

#[derive(Clone, Debug)]
enum Ask {
    Set(u8, u32),
    Upgrade(u8),
    Legislate(u16),
    CallOff(u8),
}

const HOUR_MS: i64 = 3_600_000;

/// A step, who signs it, and how much later.
type Turn = (Step, Vec<u8>, u16);

fn ask() -> impl Strategy<Value = Ask> {
    let value = prop_oneof![Just(1_000), Just(60_000), Just(70_000), Just(9_000), Just(600_000), 0..2_000_000u32];
    prop_oneof![
        8 => (0..6u8, value).prop_map(|(parameter, value)| Ask::Set(parameter, value)),
        2 => (2..5u8).prop_map(Ask::Upgrade),
        2 => (1..400u16).prop_map(Ask::Legislate),
        2 => (0..12u8).prop_map(Ask::CallOff),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (ask(), 0..900u64).prop_map(|(ask, ahead)| Step::Move(ask, ahead)),
        8 => (0..12u8).prop_map(Step::Vote),
        1 => (0..12u8).prop_map(Step::Withdraw),
        2 => (1..8u8, 1..8u8).prop_map(|(one, other)| Step::ChangeSet(one, other)),
        1 => Just(Step::Follow),
        1 => (1..400u16).prop_map(Step::Enact),
    ]
}

fn provision(days: u16, scene: &Scene) -> law::Act {
    let span = Some(Span { value: days, unit: Unit::Days });
    let provision = Provision { from: scene.time.plus(1_000), span, citation: citation() };
    law::Act::Enact { region: RegionCode::NATIONAL, matter: Matter::Erasure, provision, by: None }
}

fn operation(scene: &Scene, moved_ids: &mut Vec<MotionId>, step: &Step, signers: &[u8]) -> Operation {
    let named = |place: u8| match moved_ids.len().checked_sub(1) {
        Some(last) => moved_ids[usize::from(place).min(last)],
        None => MotionId(bulla_verify::hash::Hash::default()),
    };
    match step {
        Step::Move(ask, ahead) => {
            let question = match ask {
                Ask::Set(place, value) => setting(Parameter::ALL[usize::from(*place)], *value),
                Ask::Upgrade(version) => Question::Upgrade(*version),
                Ask::Legislate(days) => Question::Legislate(provision(*days, scene)),
                Ask::CallOff(place) => Question::CallOff(named(*place)),
            };
            let mut terms = scene.terms(signers[0], question);
            terms.from = Height(scene.height.0 + ahead);
            moved_ids.insert(0, terms.id());
            moved(terms)
        }
        Step::Vote(place) => voted(named(*place)),
        Step::Withdraw(place) => withdrawn(named(*place)),
        Step::ChangeSet(one, other) => match one % 3 {
            0 => change(&[join(*other)]),
            1 => change(&[leave(*other)]),
            _ => change(&[rotate(*one, *other)]),
        },
        Step::Follow => Operation::Governance(Act::ChangeFollowers(Vec::new())),
        Step::Enact(days) => Operation::Law(provision(*days, scene)),
    }
}

fn turns(most_signers: usize) -> impl Strategy<Value = Vec<Turn>> {
    let signers = proptest::collection::btree_set(prop_oneof![16 => 1..5u8, 1 => 5..8u8], 1..=most_signers);
    let later = prop_oneof![3 => 1..3u16, 1 => 50..1_200u16];
    let turn = (step(), signers.prop_map(|signers| signers.into_iter().collect()), later);
    proptest::collection::vec(turn, 1..24)
}

/// The records by which the chain is governed.
fn governed(scene: &Scene) -> Vec<Option<Vec<u8>>> {
    let law = Provisions::key(&(RegionCode::NATIONAL, Matter::Erasure));
    let keys = [Schedule::key(&()), Validators::key(&()), Followers::key(&()), law];
    keys.iter().map(|key| crate::View::record(&scene.state, key)).collect()
}

/// As many of the four as a quorum lacks one: what they move, vote, sign and withdraw, among them and with strangers,
/// changes nothing that is governed, now or at any height to come.
#[test]
fn no_sequence_below_the_threshold_changes_what_is_governed() {
    let tally = Tally::default();
    try_sequences(&turns(4), |turns| {
        let mut scene = Scene::new();
        let before = governed(&scene);
        let mut motions = Vec::new();
        for (step, signers, later) in turns {
            // Two of the validators in force, and keys that nobody knows or that would join.
            let signers: Vec<u8> = signers.into_iter().filter(|number| ![3, 4].contains(number)).collect();
            if signers.is_empty() {
                continue;
            }
            let operation = operation(&scene, &mut motions, &step, &signers);
            let keys: Vec<SigningKey> = signers.iter().map(|number| consensus_key(*number)).collect();
            let tx = scene.sign(&keys.iter().collect::<Vec<_>>(), Mode::AllOrNothing, vec![operation]);
            if admit(&scene.state, &tx, scene.at(), |_| false).is_ok() {
                let name = if matches!(step, Step::Vote(_)) { "vote" } else { "other act" };
                tally.count(name, &scene.execute(&tx).outcomes[0]);
            }
            scene.pass_to(Height(scene.height.0 + u64::from(later)));
            assert_eq!(governed(&scene), before);
        }
    });
    tally.check(["vote", "other act"], [1001, 1301, 1067]);
}

/// Whatever the validators decide: the chain can be lived on at every height to come, only votes of more than two thirds of
/// the power then in force carried anything, and a block with a transaction still executes.
#[test]
fn whatever_is_carried_the_chain_goes_on() {
    let tally = Tally::default();
    try_sequences(&turns(4), |turns| {
        let mut scene = Scene::new();
        let short = Parameters { replay_window_ms: 70_000, ..founding_parameters(&scene.state) };
        scene.begin_with(short);
        let mut motions = Vec::new();
        for (step, signers, later) in turns {
            let operation = operation(&scene, &mut motions, &step, &signers);
            let keys: Vec<SigningKey> = signers.iter().map(|number| consensus_key(*number)).collect();
            let before = (scene.state.clone(), validators(&scene.state).set);
            let tx = scene.sign(&keys.iter().collect::<Vec<_>>(), Mode::AllOrNothing, vec![operation]);
            if admit(&scene.state, &tx, scene.at(), |_| false).is_ok() {
                let at = scene.height;
                let outcome = scene.execute(&tx).outcomes[0];
                tally.count("act", &outcome);
                for id in &motions {
                    let fate = |state| crate::read::<Motion>(state, id).and_then(|motion| motion.fate);
                    let (was, is) = (fate(&before.0), fate(&scene.state));
                    assert!(was.is_none() || was == is || matches!(is, Some(Fate::CalledOff { .. })));
                    if was != is && matches!(is, Some(Fate::Carried { at: found, .. }) if found == at) {
                        let votes = scene.motion(id).votes;
                        let power = validators(&before.0).power_of(&votes);
                        assert!(power >= before.1.quorum(), "{power} carried it");
                        tally.add("carried", 1);
                    }
                }
            }
            scene.pass_to(Height(scene.height.0 + u64::from(later)));
            assert_alive(&scene);
        }
        // An hour on: what the nation's acts were refused for has spent its budget of this hour, and of no other.
        scene.time = scene.time.plus(HOUR_MS);
        let registrar = key(nation(), Role::Registrar);
        let tx = scene.sign(
            &[&registrar],
            Mode::AllOrNothing,
            vec![crate::scene::register_key(nation(), &consensus_key(90), &[Role::Steward])],
        );
        assert_eq!(admit(&scene.state, &tx, scene.at(), |_| false), Ok(()));
        assert!(execute(&scene.state, &tx, scene.at()).refusals.iter().all(Option::is_none));
    });
    tally.check(["act", "carried"], [1057, 1059, 1060, 1061, 1063, 1064, 1066, 1067]);
}

fn assert_alive(scene: &Scene) {
    let schedule = schedule(&scene.state);
    let genesis = founding_parameters(&scene.state);
    let coming = schedule.0.iter().filter(|decided| decided.from > scene.height).count();
    assert!(coming <= MAX_COMING && schedule.0.len() <= coming + Parameter::ALL.len() + 1 + MAX_COMING);
    assert!(schedule.0.is_sorted_by_key(|decided| decided.from));
    let mut before = parameters(&scene.state, scene.height);
    for height in schedule.0.iter().map(|decided| decided.from).filter(|from| *from > scene.height) {
        let then = schedule.parameters_at(&genesis, height);
        assert_eq!(then.check(), Ok(()));
        assert!(then.replay_window_ms >= before.replay_window_ms.max(2 * then.clock_bound_ms));
        assert!(then.max_block_cost >= 9_000 && then.max_block_bytes >= 262_144);
        let step = schedule.version_at(height) - schedule.version_at(height.previous().unwrap());
        assert!(step <= 1, "no version is passed over");
        before = then;
    }
}
