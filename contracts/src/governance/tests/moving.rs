mod sequences;

use super::{accept, change, join, keys, leave, public, refuse, rotate};
use crate::governance::moving::schedule;
use crate::scene::{
    Scenario, Scene, citation, city, day, hash, id, key, last_instant, moved, now, permit, setting, voted, withdrawn,
    year,
};
use crate::{admit, parameters};
use bulla_verify::chain::Height;
use bulla_verify::governance::Refusal;
use bulla_verify::governance::motion::{
    DELAY, Fate, MAX_AHEAD, MAX_VOTING_MS, MotionId, Question, Standing, Terms, UPGRADE_DELAY,
};
use bulla_verify::governance::schedule::{Parameter, Setting};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::{self, Matter, Provision, Provisions, Span, Unit};
use bulla_verify::licence::Change;
use bulla_verify::operation::{self, Operation};
use bulla_verify::parameters::Parameters;
use bulla_verify::refusal::Code;
use bulla_verify::roles::Role;
use bulla_verify::time::DAY_MS;
use bulla_verify::transaction::{MAX_OPERATIONS, Mode};

fn heartbeat(value: u32) -> Question {
    setting(Parameter::HeartbeatMs, value)
}

fn clock_bound(value: u32) -> Question {
    setting(Parameter::ClockBoundMs, value)
}

fn window(value: u32) -> Question {
    setting(Parameter::ReplayWindowMs, value)
}

fn provision(days: u16) -> law::Act {
    let span = Some(Span { value: days, unit: Unit::Days });
    let provision = Provision { from: day(100), span, citation: citation() };
    law::Act::Enact { region: RegionCode::NATIONAL, matter: Matter::Erasure, provision, by: None }
}

fn nobodys() -> MotionId {
    MotionId(hash("nobody moved this"))
}

/// A motion of the first validator with one thing in its terms otherwise.
fn move_refused(scene: &mut Scene, question: Question, otherwise: impl Fn(&mut Terms)) -> operation::Refusal {
    let mut terms = scene.terms(1, question);
    otherwise(&mut terms);
    refuse(scene, &[1], moved(terms))
}

fn plainly_refused(scene: &mut Scene, question: Question) -> operation::Refusal {
    move_refused(scene, question, |_| {})
}

fn in_force(scene: &Scene) -> Parameters {
    parameters(&scene.state, scene.height)
}

/// Ways to each refusal of motions.
pub(super) fn scenarios() -> Vec<Scenario<operation::Refusal>> {
    vec![
        (Refusal::NotMover { key: public(5) }.into(), |scene| {
            move_refused(scene, heartbeat(2_000), |terms| terms.by = public(5))
        }),
        (Refusal::NotMover { key: public(2) }.into(), |scene| {
            move_refused(scene, heartbeat(2_000), |terms| terms.by = public(2))
        }),
        (Refusal::NotMover { key: public(1) }.into(), |scene| {
            let id = scene.move_as(&[1], heartbeat(2_000));
            refuse(scene, &[2, 3, 4], withdrawn(id))
        }),
        (Refusal::NotVoter.into(), |scene| {
            let id = scene.move_as(&[1], heartbeat(2_000));
            scene.refuse(&[&key(city(), Role::Registrar)], voted(id))
        }),
        (Refusal::Moved { id: Scene::new().terms(1, heartbeat(2_000)).id() }.into(), |scene| {
            let terms = scene.terms(1, heartbeat(2_000));
            accept(scene, &[1], moved(terms.clone()));
            refuse(scene, &[1], moved(terms))
        }),
        (Refusal::Deadline { until: day(9), now: day(9), latest: day(99) }.into(), |scene| {
            scene.time = day(9);
            move_refused(scene, heartbeat(2_000), |terms| terms.until = day(9))
        }),
        (Refusal::Deadline { until: day(99).plus(1), now: day(9), latest: day(99) }.into(), |scene| {
            scene.time = day(9);
            move_refused(scene, heartbeat(2_000), |terms| terms.until = day(99).plus(1))
        }),
        (Refusal::TooFar { from: Height(501 + MAX_AHEAD), latest: Height(500 + MAX_AHEAD) }.into(), |scene| {
            scene.height = Height(500);
            move_refused(scene, heartbeat(2_000), |terms| terms.from = Height(501 + MAX_AHEAD))
        }),
        (Refusal::Settings.into(), |scene| plainly_refused(scene, Question::Set(Vec::new()))),
        (Refusal::Settings.into(), |scene| {
            let twice = [2_000, 3_000].map(|value| Setting { parameter: Parameter::HeartbeatMs, value });
            plainly_refused(scene, Question::Set(twice.into()))
        }),
        (
            Refusal::OutOfRange { parameter: Parameter::MaxBlockCost, found: 8_999, least: 9_000, most: 100_000 }
                .into(),
            |scene| plainly_refused(scene, setting(Parameter::MaxBlockCost, 8_999)),
        ),
        (
            Refusal::OutOfRange {
                parameter: Parameter::MaxBlockBytes,
                found: 262_143,
                least: 262_144,
                most: 3_145_728,
            }
            .into(),
            |scene| plainly_refused(scene, setting(Parameter::MaxBlockBytes, 262_143)),
        ),
        (Refusal::Crowded.into(), |scene| {
            for more in 0..32 {
                scene.move_as(&[1, 2, 3], heartbeat(2_000 + more));
            }
            plainly_refused(scene, heartbeat(9_000))
        }),
        (Refusal::Shrinks { found: 599_999, before: 600_000 }.into(), |scene| plainly_refused(scene, window(599_999))),
        // Nor below what is decided and not in force yet.
        (Refusal::Shrinks { found: 700_000, before: 800_000 }.into(), |scene| {
            scene.move_as(&[1, 2, 3], window(800_000));
            plainly_refused(scene, window(700_000))
        }),
        (Refusal::ShortLived { height: Height(600), found: 60_000, needed: 60_002 }.into(), |scene| {
            scene.begin_with(Parameters { replay_window_ms: 60_000, ..in_force(scene) });
            scene.height = Height(500);
            plainly_refused(scene, clock_bound(30_001))
        }),
        // Taken out of the schedule, a longer window would leave too short a one behind.
        (Refusal::ShortLived { height: Height(602), found: 60_000, needed: 80_000 }.into(), |scene| {
            scene.begin_with(Parameters { replay_window_ms: 60_000, ..in_force(scene) });
            scene.height = Height(500);
            let longer = scene.move_as(&[1, 2, 3], window(80_000));
            scene.move_as(&[1, 2, 3], heartbeat(2_000));
            scene.move_as(&[1, 2, 3], clock_bound(40_000));
            plainly_refused(scene, Question::CallOff(longer))
        }),
        (Refusal::NextVersion { found: 3, expected: 2 }.into(), |scene| plainly_refused(scene, Question::Upgrade(3))),
        (Refusal::NextVersion { found: 1, expected: 2 }.into(), |scene| plainly_refused(scene, Question::Upgrade(1))),
        (Refusal::NextVersion { found: 3, expected: 2 }.into(), |scene| {
            let second = scene.move_as(&[1, 2, 3], Question::Upgrade(2));
            scene.move_as(&[1, 2, 3], Question::Upgrade(3));
            plainly_refused(scene, Question::CallOff(second))
        }),
        (Refusal::VersionOrder { from: Height(7_000), last: Height(7_000) }.into(), |scene| {
            let terms = Terms { from: Height(7_000), ..scene.terms(1, Question::Upgrade(2)) };
            accept(scene, &[1, 2, 3], moved(terms));
            move_refused(scene, Question::Upgrade(3), |terms| terms.from = Height(7_000))
        }),
        (Refusal::NotLawful { code: Code(1306) }.into(), |scene| {
            plainly_refused(scene, Question::Legislate(provision(367)))
        }),
        // A body that was entrusted decides itself.
        (Refusal::NotLawful { code: Code(1302) }.into(), |scene| {
            let law::Act::Enact { region, matter, provision, .. } = provision(20) else { unreachable!() };
            let act = law::Act::Enact { region, matter, provision, by: Some(city()) };
            plainly_refused(scene, Question::Legislate(act))
        }),
        // What was lawful when it was moved, and is no more when it would be carried.
        (Refusal::NotLawful { code: Code(1308) }.into(), |scene| {
            let id = scene.move_as(&[1, 2], Question::Legislate(provision(20)));
            let law::Act::Enact { region, matter, provision, .. } = provision(30) else { unreachable!() };
            let later = Provision { from: day(200), ..provision };
            let act = law::Act::Enact { region, matter, provision: later, by: None };
            accept(scene, &[1, 2, 3], Operation::Law(act));
            refuse(scene, &[3], voted(id))
        }),
        (Refusal::NotComing { id: Scene::new().terms(1, heartbeat(2_000)).id() }.into(), |scene| {
            let open = scene.move_as(&[1], heartbeat(2_000));
            plainly_refused(scene, Question::CallOff(open))
        }),
        (Refusal::NotComing { id: Scene::new().terms(1, heartbeat(2_000)).id() }.into(), |scene| {
            let carried = scene.move_as(&[1, 2, 3], heartbeat(2_000));
            scene.pass_to(scene.carried_from(&carried));
            plainly_refused(scene, Question::CallOff(carried))
        }),
        (Refusal::NoMotion { id: nobodys() }.into(), |scene| refuse(scene, &[1], voted(nobodys()))),
        (Refusal::NoMotion { id: nobodys() }.into(), |scene| refuse(scene, &[1], withdrawn(nobodys()))),
        (Refusal::NoMotion { id: nobodys() }.into(), |scene| plainly_refused(scene, Question::CallOff(nobodys()))),
        (Refusal::Closed { standing: Standing::Lapsed }.into(), |scene| {
            let id = scene.move_as(&[1], heartbeat(2_000));
            scene.time = scene.motion(&id).terms.until;
            refuse(scene, &[2, 3], voted(id))
        }),
        (Refusal::Closed { standing: Standing::Lapsed }.into(), |scene| {
            let id = scene.move_as(&[1], heartbeat(2_000));
            scene.time = scene.motion(&id).terms.until;
            refuse(scene, &[1], withdrawn(id))
        }),
        (Refusal::Closed { standing: Standing::Carried }.into(), |scene| {
            let id = scene.move_as(&[1, 2, 3], heartbeat(2_000));
            refuse(scene, &[4], voted(id))
        }),
        (Refusal::Closed { standing: Standing::Carried }.into(), |scene| {
            let id = scene.move_as(&[1, 2, 3], heartbeat(2_000));
            refuse(scene, &[1], withdrawn(id))
        }),
        (Refusal::Closed { standing: Standing::Withdrawn }.into(), |scene| {
            let id = scene.move_as(&[1], heartbeat(2_000));
            accept(scene, &[1], withdrawn(id));
            refuse(scene, &[2, 3, 4], voted(id))
        }),
        (Refusal::Closed { standing: Standing::CalledOff }.into(), |scene| {
            let id = scene.move_as(&[1, 2, 3], heartbeat(2_000));
            scene.move_as(&[1, 2, 3], Question::CallOff(id));
            refuse(scene, &[4], voted(id))
        }),
        (Refusal::Voted.into(), |scene| {
            let id = scene.move_as(&[1, 2], heartbeat(2_000));
            refuse(scene, &[1, 2], voted(id))
        }),
    ]
}

#[test]
fn three_of_four_carry_it_one_by_one_and_it_governs_after_the_delay() {
    let mut scene = Scene::new();
    let before = in_force(&scene);
    let id = scene.move_as(&[1], heartbeat(2_000));
    accept(&mut scene, &[2], voted(id));
    assert_eq!(scene.motion(&id).standing(scene.time), Standing::Open);
    scene.pass_to(Height(scene.height.0 + 500));
    assert_eq!(in_force(&scene), before, "two of four are too few, for however long");
    // The height that the motion names is over: the delay counts from the vote that carries it.
    scene.time = last_instant(&scene.motion(&id));
    let at = scene.height;
    accept(&mut scene, &[3], voted(id));
    let from = Height(at.0 + DELAY);
    assert_eq!(scene.motion(&id).fate, Some(Fate::Carried { at, from }));
    let said = |height| parameters(&scene.state, height).heartbeat_ms;
    assert_eq!((said(from.previous().unwrap()), said(from)), (before.heartbeat_ms, 2_000));
}

#[test]
fn a_later_height_is_waited_for() {
    let mut scene = Scene::new();
    let terms = Terms { from: Height(5_000), ..scene.terms(1, heartbeat(2_000)) };
    let id = terms.id();
    accept(&mut scene, &[1, 2, 3], moved(terms));
    assert_eq!(scene.carried_from(&id), Height(5_000));
}

/// Who left has no vote any more, and who joins or has another key votes anew.
#[test]
fn the_power_counts_that_is_in_force_at_the_last_vote() {
    let mut scene = Scene::new();
    accept(&mut scene, &[1, 2, 3, 4, 5], change(&[join(5)]));
    accept(&mut scene, &[1, 2, 3, 4, 5, 6], change(&[join(6)]));
    // Five of six are needed.
    let id = scene.move_as(&[1, 2, 3, 4], heartbeat(2_000));
    accept(&mut scene, &[2, 3, 4, 5, 6], change(&[leave(1)]));
    accept(&mut scene, &[3, 4, 5, 6, 7], change(&[rotate(2, 7)]));
    // Of 3 to 7 four are needed, and of those who voted two are left.
    accept(&mut scene, &[5], voted(id));
    let motion = scene.motion(&id);
    assert_eq!((motion.fate, motion.votes.len()), (None, 3));
    assert!([3, 4, 5].iter().all(|number| motion.votes.contains(&public(*number))));
    accept(&mut scene, &[7], voted(id));
    assert_eq!(scene.motion(&id).standing(scene.time), Standing::Carried);
}

/// Where others have left, votes that were too few can be counted again.
#[test]
fn what_became_enough_is_counted_at_the_next_vote_of_anyone() {
    let mut scene = Scene::new();
    accept(&mut scene, &[1, 2, 3, 4, 5], change(&[join(5)]));
    let id = scene.move_as(&[1, 2, 3], heartbeat(2_000));
    assert_eq!(refuse(&mut scene, &[1], voted(id)), Refusal::Voted.into());
    accept(&mut scene, &[1, 2, 3, 4], change(&[leave(5)]));
    accept(&mut scene, &[1], voted(id));
    assert_eq!(scene.motion(&id).standing(scene.time), Standing::Carried);
}

#[test]
fn what_is_called_off_never_governs() {
    let mut scene = Scene::new();
    let before = in_force(&scene);
    let both = vec![
        Setting { parameter: Parameter::HeartbeatMs, value: 2_000 },
        Setting { parameter: Parameter::MaxBlockCost, value: 50_000 },
    ];
    let id = scene.move_as(&[1, 2, 3], Question::Set(both));
    let other = scene.move_as(&[1, 2, 3], setting(Parameter::RefusalsPerHour, 5_000));
    let from = scene.carried_from(&id);
    assert_eq!(parameters(&scene.state, from).max_block_cost, 50_000);
    let at = scene.height;
    scene.move_as(&[2, 3, 4], Question::CallOff(id));
    assert_eq!(scene.motion(&id).fate, Some(Fate::CalledOff { at }));
    let kept = Parameters { refusals_per_hour: 5_000, ..before };
    assert_eq!(parameters(&scene.state, Height(from.0 + 9_000)), kept, "what another motion decided stays");
    assert_eq!(scene.carried_from(&other), Height(from.0 + 1));
}

#[test]
fn versions_follow_one_another_after_their_own_delay() {
    let mut scene = Scene::new();
    let at = scene.height;
    let second = scene.move_as(&[1, 2, 3], Question::Upgrade(2));
    scene.move_as(&[1, 2, 3], Question::Upgrade(3));
    let version = |height| schedule(&scene.state).version_at(Height(height));
    let from = at.0 + UPGRADE_DELAY;
    assert_eq!(scene.carried_from(&second), Height(from));
    assert_eq!([0, from - 1, from, from + 1, u64::MAX].map(version), [1, 1, 2, 3, 3]);
    scene.pass_to(Height(from + 5));
    let fourth = scene.move_as(&[1, 2, 3], Question::Upgrade(4));
    scene.move_as(&[1, 2, 3], Question::CallOff(fourth));
    scene.move_as(&[1, 2, 3], Question::Upgrade(4));
    let version = |height| schedule(&scene.state).version_at(Height(height));
    assert_eq!((version(scene.height.0), version(u64::MAX)), (3, 4));
}

#[test]
fn the_validators_legislate_one_by_one() {
    let mut scene = Scene::new();
    let id = scene.move_as(&[1], Question::Legislate(provision(20)));
    let said = |scene: &Scene| crate::read::<Provisions>(&scene.state, &(RegionCode::NATIONAL, Matter::Erasure));
    accept(&mut scene, &[2], voted(id));
    assert_eq!(said(&scene), None);
    accept(&mut scene, &[3], voted(id));
    let law::Act::Enact { provision, .. } = provision(20) else { unreachable!() };
    assert_eq!(said(&scene), Some(Provisions(vec![provision])));
}

/// After any change that can be carried, the chain takes the largest transaction that there may be, and can change back.
#[test]
fn no_change_that_is_carried_halts_the_chain() {
    for parameter in Parameter::ALL {
        let (least, most) = parameter.range();
        for value in [least, most] {
            let mut scene = Scene::new();
            // So that each window and each bound of clocks can be reached.
            scene.begin_with(Parameters { replay_window_ms: 60_000, clock_bound_ms: 30_000, ..in_force(&scene) });
            if (*parameter, value) == (Parameter::ClockBoundMs, most) {
                let longer = scene.move_as(&[1, 2, 3], window(120_000));
                scene.pass_to(scene.carried_from(&longer));
            }
            let id = scene.move_as(&[1, 2, 3], setting(*parameter, value));
            scene.pass_to(scene.carried_from(&id));
            assert_goes_on(&mut scene);
        }
    }
}

/// A block takes a thousand issues by a clerk whose clock is as far off as it may be, and a motion is carried.
fn assert_goes_on(scene: &mut Scene) {
    let then = in_force(scene);
    assert_eq!(then.check(), Ok(()));
    let issue = |serial| now(&id(&permit(), &format!("G{serial}"), 1), Change::Issue(year()));
    let operations: Vec<_> = (0..MAX_OPERATIONS).map(|serial| Operation::Licence(issue(serial))).collect();
    for skew_ms in [-i64::from(then.clock_bound_ms), i64::from(then.clock_bound_ms) - 1] {
        let expires_at = scene.time.plus(skew_ms + i64::from(then.replay_window_ms) / 2);
        let mut largest = operations.clone();
        let tx = scene.sign_until(&[&key(city(), Role::Issuer)], Mode::AllOrNothing, largest.split_off(0), expires_at);
        // At the earliest the bound is half the window: then a clock that far behind is just too late.
        let is_late = expires_at <= scene.time;
        assert!(!is_late || then.replay_window_ms == 2 * then.clock_bound_ms);
        assert!(is_late || admit(&scene.state, &tx, scene.at(), |_| false).is_ok());
        assert!(tx.byte_count() <= usize::try_from(then.max_block_bytes).unwrap());
    }
    let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::AllOrNothing, operations);
    assert!(scene.execute(&tx).refusals.iter().all(Option::is_none));
    let keys = keys(&[1, 2, 3]);
    let terms = scene.terms(1, setting(Parameter::RefusalsPerHour, 77_777));
    let id = terms.id();
    scene.accept(&keys.iter().collect::<Vec<_>>(), moved(terms));
    assert_eq!(parameters(&scene.state, scene.carried_from(&id)).refusals_per_hour, 77_777);
}

/// The least range of a motion's time is met on both sides.
#[test]
fn a_motion_may_be_open_for_ninety_days_and_no_longer() {
    let mut scene = Scene::new();
    let terms = Terms { until: scene.time.plus(MAX_VOTING_MS), ..scene.terms(1, heartbeat(2_000)) };
    let id = terms.id();
    accept(&mut scene, &[1], moved(terms));
    scene.time = scene.time.plus(MAX_VOTING_MS - DAY_MS);
    accept(&mut scene, &[2, 3], voted(id));
    assert_eq!(scene.motion(&id).standing(scene.time), Standing::Carried);
}
