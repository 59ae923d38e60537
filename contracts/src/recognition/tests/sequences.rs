//! What holds of agreements after any sequence of acts, tried over random ones: what an agreement was at an instant is told here
//! anew, from the acts that took effect, and no act touches a licence.

use super::{answer, with_permit};
use crate::scene::{
    CITY, Memory, Scene, agreement_act, city, day, key, lift, limit, neighbour, permit, province, terms,
};
use crate::sequences::{Tally, try_sequences};
use crate::{execute, read};
use bulla_verify::catalogue::Dates;
use bulla_verify::chain::Height;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::Licence;
use bulla_verify::operation::Operation;
use bulla_verify::recognition::{Change, Recognition, Terms, TerritorialLimits};
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use proptest::prelude::*;
use std::sync::LazyLock;

#[derive(Clone, Debug)]
enum What {
    Propose { from: i64, days: i64 },
    Accept,
    Suspend,
    Resume,
    End,
    Limit { from: i64, days: Option<i64> },
    Lift,
}

#[derive(Clone, Debug)]
struct Step {
    days_later: i64,
    /// The city, the neighbour, or the province.
    by: usize,
    what: What,
}

fn bodies() -> [Uscc; 3] {
    [city(), neighbour(), province()]
}

fn step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        4 => (-20..40i64, 20..400i64).prop_map(|(from, days)| What::Propose { from, days }),
        4 => Just(What::Accept),
        5 => Just(What::Suspend),
        5 => Just(What::Resume),
        1 => Just(What::End),
        3 => (-20..40i64, proptest::option::of(1..60i64)).prop_map(|(from, days)| What::Limit { from, days }),
        2 => Just(What::Lift),
    ];
    let by = prop_oneof![6 => 0..2usize, 1 => Just(2usize)];
    (0..12i64, by, proptest::bool::weighted(0.7), what).prop_map(|(days_later, by, proper, what)| {
        let may = match what {
            What::Propose { .. } => 0,
            What::Accept => 1,
            What::Limit { .. } | What::Lift => 2,
            What::Suspend | What::Resume | What::End => by,
        };
        let by = if proper { may } else { by };
        Step { days_later, by, what }
    })
}

impl Step {
    /// Days are counted from the block's.
    fn operation(&self, now: Millis) -> Operation {
        let today = now.since(day(0)).div_euclid(DAY_MS);
        let change = match &self.what {
            What::Propose { from, days } => {
                let dates = Dates { from: day(today + from), until: Some(day(today + from + days)) };
                Change::Propose(Terms { dates, ..terms() })
            }
            What::Accept => Change::Accept,
            What::Suspend => Change::Suspend,
            What::Resume => Change::Resume,
            What::End => Change::End,
            What::Limit { from, days } => {
                return Operation::Recognition(limit(today + from, days.map(|days| today + from + days)));
            }
            What::Lift => return Operation::Recognition(lift()),
        };
        agreement_act(bodies()[self.by], change)
    }

    fn name(&self) -> &'static str {
        match self.what {
            What::Propose { .. } => "propose",
            What::Accept => "accept",
            What::Suspend => "suspend",
            What::Resume => "resume",
            What::End => "end",
            What::Limit { .. } => "limit",
            What::Lift => "lift",
        }
    }
}

/// What took effect: when, by whom, what.
type Done = Vec<(Millis, Uscc, Operation)>;

/// Whether the agreement was in force at an instant, from the acts up to it.
fn was_in_force(done: &Done, at: Millis) -> bool {
    let (mut dates, mut accepted, mut ended, mut resting) = (None, false, false, Vec::new());
    for (_, by, operation) in done.iter().filter(|(when, ..)| *when <= at) {
        let Operation::Recognition(bulla_verify::recognition::Act::Agreement(act)) = operation else { continue };
        match &act.change {
            Change::Propose(terms) => dates = Some(terms.dates),
            Change::Accept => accepted = true,
            Change::Suspend => resting.push(*by),
            Change::Resume => resting.retain(|one| one != by),
            Change::End => ended = true,
        }
    }
    dates.is_some_and(|dates| dates.contain(at)) && accepted && !ended && resting.is_empty()
}

/// The scene with the city's permit. It is laid out once.
static BEGINNING: LazyLock<(Memory, Height)> = LazyLock::new(|| {
    let scene = with_permit();
    (scene.state, scene.height)
});

fn licences(state: &Memory) -> Vec<&Vec<u8>> {
    state.records.iter().filter(|(key, _)| key.0[0] == Licence::AREA).map(|(_, bytes)| bytes).collect()
}

/// Instants until now, a day and a half apart.
fn probes(now: Millis) -> impl Iterator<Item = Millis> {
    (-4..).map(|turn: i64| day(0).plus(turn * 3 * DAY_MS / 2)).take_while(move |at| *at < now)
}

fn check(before: &Memory, scene: &Scene, done: &Done, limits_began: bool, tally: &Tally) {
    assert_eq!(licences(before), licences(&scene.state));
    let limits = read::<TerritorialLimits>(&scene.state, &permit().code);
    let was_limited = read::<TerritorialLimits>(before, &permit().code);
    for at in probes(scene.time).chain([scene.time]) {
        let found = answer(scene, "440400", at);
        let is_limited = limits.as_ref().is_some_and(|limits| limits.at(at).is_some());
        // After the first limit, none changes what was.
        if !limits_began && at < scene.time {
            assert_eq!(is_limited, was_limited.as_ref().is_some_and(|limits| limits.at(at).is_some()));
        }
        let expected = !is_limited || was_in_force(done, at);
        assert_eq!(found.is_full(), expected, "{found:?} at {at}");
        tally.add(if let Recognition::ByAgreement { .. } = found { "by agreement" } else { "otherwise" }, 1);
    }
    assert!(answer(scene, CITY, scene.time).is_full() && answer(scene, "440305", scene.time).is_full());
}

fn run(steps: &[Step], tally: &Tally) {
    let mut scene = Scene::at_genesis();
    (scene.state, scene.height) = BEGINNING.clone();
    scene.time = day(1);
    let mut done = Done::new();
    for step in steps {
        scene.time = scene.time.plus(step.days_later * DAY_MS + 1);
        let operation = step.operation(scene.time);
        let by = bodies()[step.by];
        let tx = scene.sign(&[&key(by, Role::Registrar)], Mode::AllOrNothing, vec![operation.clone()]);
        let executed = execute(&scene.state, &tx, scene.at());
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        tally.count(step.name(), &executed.outcomes[0]);
        let before = scene.state.clone();
        scene.state.apply(executed.changes);
        if executed.refusals == [None] {
            let limits_began = matches!(step.what, What::Limit { .. });
            let first = limits_began && read::<TerritorialLimits>(&before, &permit().code).is_none();
            done.push((scene.time, by, operation));
            check(&before, &scene, &done, first, tally);
        }
        scene.height = scene.height.next();
    }
}

#[test]
fn what_was_recognised_is_what_both_bodies_agreed() {
    let tally = Tally::default();
    try_sequences(&proptest::collection::vec(step(), 30), |steps| run(&steps, &tally));
    let names = ["propose", "accept", "suspend", "resume", "end", "limit", "lift", "by agreement", "otherwise"];
    let codes = [1553, 1554, 1561, 1563, 1564, 1565, 1566, 1567, 1568, 1569, 1580, 1582, 1583, 1585];
    tally.check(names, codes);
}
