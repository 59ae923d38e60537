//! What holds of the registry after any sequence of acts, tried over random ones: six codes, bounds by the year and by the day,
//! in the past and to come, and licences for whatever region.

use super::{at, issue_for};
use crate::scene::{
    CITY, COUNTY, Memory, OTHER_COUNTY, PROVINCE, Scene, city, closing, day, entering, id_of, key, nation, period,
    permit, region, region_act, renaming,
};
use crate::sequences::{Tally, try_sequences};
use crate::{execute, read};
use bulla_verify::chain::Height;
use bulla_verify::identifiers::region::Level;
use bulla_verify::licence;
use bulla_verify::operation::Operation;
use bulla_verify::regions::{Bound, Change, MAX_PERIODS, Period, Region, Standing, standing};
use bulla_verify::roles::Role;
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use proptest::prelude::*;
use std::sync::LazyLock;

const CODES: [&str; 6] = [PROVINCE, CITY, COUNTY, OTHER_COUNTY, "440400", "440402"];

#[derive(Clone, Debug)]
enum What {
    Enter { from: Bound, until: Option<Bound>, parent: usize, successors: Vec<usize> },
    Rename { name: u8, from: Bound },
    End { at: Bound, successors: Vec<usize> },
    Issue { serial: u16 },
}

#[derive(Clone, Debug)]
struct Step {
    days_later: i64,
    code: usize,
    proper: bool,
    what: What,
}

/// In 1981 to 2030, by the year or by a day of it.
fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        3 => (1981..2031u16).prop_map(Bound::InYear),
        2 => (-16_000..1_500i64).prop_map(|days| Bound::At(day(days))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let successors = || proptest::collection::vec(0..CODES.len(), 0..3);
    let early = prop_oneof![2 => Just(Bound::InYear(1981)), 1 => bound()];
    let what = prop_oneof![
        6 => (early, proptest::option::weighted(0.4, bound()), 0..4usize, successors()).prop_map(
            |(from, until, parent, successors)| What::Enter { from, until, parent, successors }
        ),
        3 => (0..3u8, bound()).prop_map(|(name, from)| What::Rename { name, from }),
        3 => (bound(), successors()).prop_map(|(at, successors)| What::End { at, successors }),
        4 => any::<u16>().prop_map(|serial| What::Issue { serial }),
    ];
    (0..200i64, 0..CODES.len(), proptest::bool::weighted(0.95), what)
        .prop_map(|(days_later, code, proper, what)| Step { days_later, code, proper, what })
}

/// Mostly the region above, by the digits.
fn parent_of(code: &str, choice: usize) -> String {
    let above: Vec<_> = region(code).upward().skip(1).map(|one| one.to_string()).collect();
    if choice == 3 { CITY.into() } else { above[0].clone() }
}

impl Step {
    fn operation(&self) -> Operation {
        let code = CODES[self.code];
        let codes = |successors: &[usize]| successors.iter().map(|one| CODES[*one]).collect::<Vec<_>>();
        let change = match &self.what {
            What::Enter { from, until, parent, successors } => {
                let successors = until.map(|_| codes(successors)).unwrap_or_default();
                let successors = successors.iter().map(|one| region(one)).collect();
                entering(code, Period { successors, ..period(*from, *until, &parent_of(code, *parent)) })
            }
            What::Rename { name, from } => renaming(&format!("县{name}"), *from),
            What::End { at, successors } => closing(*at, &codes(successors)),
            What::Issue { serial } => {
                let licence = id_of(city(), &permit(), &format!("S{serial}"), 1);
                return Operation::Licence(licence::Act { licence, ..issue_for(code) });
            }
        };
        Operation::Regions(region_act(code, nation(), change))
    }

    /// The role that whoever may has; the other one if this is not signed as it should be.
    fn role(&self, operation: &Operation, now: Millis) -> Role {
        let Operation::Regions(act) = operation else { return Role::Issuer };
        let was = act.bound().earliest() < now;
        if was == self.proper { Role::HistoricalRegistrar } else { Role::Registrar }
    }

    fn name(&self) -> &'static str {
        match &self.what {
            What::Enter { until: None, .. } => "enter",
            What::Enter { until: Some(_), .. } => "enter the past",
            What::Rename { .. } => "rename",
            What::End { .. } => "end",
            What::Issue { .. } => "issue",
        }
    }
}

fn regions(state: &Memory) -> Vec<Region> {
    CODES.iter().filter_map(|code| read(state, &region(code))).collect()
}

/// Instants at which everything is asked: many days of each year, and the turns of some.
fn probes() -> Vec<Millis> {
    let turns = ["1981-01-01", "1990-01-01", "2026-01-01"].map(|date| at(date).earliest());
    let days = (0..300).map(|step| day(-16_600).plus(step * 61 * DAY_MS));
    turns.into_iter().flat_map(|turn| [turn.plus(-1), turn]).chain(days).collect()
}

/// The periods of a code follow one another, lie where the digits put them, and go on as what is registered.
fn check_sound(state: &Memory) {
    for region in regions(state) {
        assert!((1..=MAX_PERIODS).contains(&region.periods.len()));
        for pair in region.periods.windows(2) {
            assert!(pair[0].until.unwrap().earliest() <= pair[1].from.earliest(), "{region:?}");
        }
        for period in &region.periods {
            assert!(period.is_sound() && period.parent.contains(region.code) && period.parent != region.code);
            assert!(period.until.is_some() || period.successors.is_empty());
            for code in &period.successors {
                assert!(read::<Region>(state, code).is_some(), "{code}");
            }
            let parent: Option<Region> = read(state, &period.parent);
            assert_eq!(parent.is_none(), period.parent.level() == Level::National);
        }
        for instant in probes() {
            assert!(region.periods.iter().filter(|period| period.holds(instant)).count() <= 1);
        }
    }
}

/// What a code surely was at an instant stays so, unless the region that ran was renamed or ended before it; a code stays registered.
fn check_progress(before: &Memory, after: &Memory, operation: &Operation) {
    for was in regions(before) {
        let is: Region = read(after, &was.code).expect("a code stays registered");
        let closed = if let Operation::Regions(act) = operation
            && act.code == was.code
            && !matches!(act.change, Change::Enter { .. })
        {
            Some(act.bound().earliest())
        } else {
            None
        };
        for instant in probes().into_iter().filter(|instant| closed.is_none_or(|closed| *instant < closed)) {
            if let Standing::InForce { period } = standing(Some(&was), instant) {
                let Standing::InForce { period: now } = standing(Some(&is), instant) else { panic!("{is:?}") };
                assert_eq!((&period.name, period.parent, period.from), (&now.name, now.parent, now.from));
            }
        }
    }
}

/// The scene with the province registered. It is laid out once.
static BEGINNING: LazyLock<(Memory, Height)> = LazyLock::new(|| {
    let mut scene = Scene::new();
    scene.map(PROVINCE, entering(PROVINCE, period(Bound::InYear(1981), None, "000000")));
    (scene.state, scene.height)
});

fn run(steps: &[Step], tally: &Tally) {
    let mut scene = Scene::at_genesis();
    (scene.state, scene.height) = BEGINNING.clone();
    scene.time = day(0);
    for step in steps {
        scene.time = scene.time.plus(step.days_later * DAY_MS);
        let operation = step.operation();
        let by = if let Operation::Licence(_) = operation { city() } else { nation() };
        let signer = key(by, step.role(&operation, scene.time));
        let tx = scene.sign(&[&signer], Mode::AllOrNothing, vec![operation.clone()]);
        let executed = execute(&scene.state, &tx, scene.at());
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        let applied = executed.refusals == [None];
        if let (Operation::Licence(_), true) = (&operation, applied) {
            let named: Option<Region> = read(&scene.state, &region(CODES[step.code]));
            let possible = named.is_none_or(|one| one.periods.iter().any(|period| period.may_hold(scene.time)));
            assert!(possible, "{step:?}");
        }
        if let (Operation::Regions(_), true) = (&operation, applied) {
            assert!(step.proper, "{step:?}");
        }
        let before = scene.state.clone();
        scene.state.apply(executed.changes);
        if applied && matches!(operation, Operation::Regions(_)) {
            check_sound(&scene.state);
            check_progress(&before, &scene.state, &operation);
        }
        tally.count(step.name(), &executed.outcomes[0]);
        scene.height = scene.height.next();
    }
}

#[test]
fn no_act_changes_what_a_region_was() {
    let tally = Tally::default();
    try_sequences(&proptest::collection::vec(step(), 30), |steps| run(&steps, &tally));
    let names = ["enter", "enter the past", "rename", "end", "issue"];
    tally.check(names, [1503, 1507, 1508, 1509, 1510, 1512, 1513, 1514, 1516, 1517, 1518]);
}
