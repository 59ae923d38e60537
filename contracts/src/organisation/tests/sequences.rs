//! What holds of keys, officers and competences after any sequence of acts, tried over random ones: three bodies, a few officers,
//! a line of keys, in blocks hours and days apart. What may act is told here anew, from the records alone.

use super::issuer;
use crate::scene::{
    Memory, OFFICE_HOURS, Scene, appoint, appointment, city, commit_next, compromise, dates, day, delegate, demand,
    dismiss, grant_for, id, key, neighbour, next_key, now, officer_key, permit, province, rotate, stranger, year,
};
use crate::sequences::{Tally, try_sequences};
use crate::{admit, execute, read};
use bulla_verify::catalogue::{Competence, Tenure, TwoOfficers};
use bulla_verify::chain::Height;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::licence::{self, Change};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{Act, Appointment, Compromise, KeyGrant, Officer, Pseudonym, Succession};
use bulla_verify::record::Record;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::{Role, Roles};
use bulla_verify::time::{Date, Millis};
use bulla_verify::transaction::Mode;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

const HOUR_MS: i64 = 3_600_000;

/// Beneath the city.
fn district() -> Uscc {
    stranger(1)
}

/// A key that may sign: one of a body's, one that came or will come in the place of the city's issuing key, or an officer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Body(u8, Role),
    Line(u8),
    Officer(u8),
}

impl Who {
    fn key(self) -> SigningKey {
        match self {
            Who::Body(body, role) => key(bodies()[usize::from(body)], role),
            Who::Line(0) => issuer(),
            Who::Line(number) => next_key(number),
            Who::Officer(number) => officer_key(number),
        }
    }
}

fn bodies() -> [Uscc; 4] {
    [province(), city(), neighbour(), district()]
}

#[derive(Clone, Debug)]
enum What {
    Issue { by: u8, serial: u8 },
    Appoint { officer: u8, under: u8, roles: Vec<Role>, office_hours: bool, days: i64, pseudonym: u8 },
    Dismiss(u8),
    Commit(u8),
    Rotate { from: u8, commits: bool },
    Compromise { who: Who, days_ago: i64 },
    Demand(bool),
    Grant { to: u8, within: u8, from: i64, days: i64 },
    Delegate { by: u8, to: u8, within: u8, from: i64, days: i64 },
    Withdraw(u8),
}

#[derive(Clone, Debug)]
struct Step {
    hours_later: i64,
    signers: BTreeSet<Who>,
    what: What,
}

fn who() -> impl Strategy<Value = Who> {
    let role = prop_oneof![3 => Just(Role::Registrar), 1 => Just(Role::Issuer)];
    prop_oneof![
        3 => (0..4u8, role).prop_map(|(body, role)| match (body, role) {
            (1, Role::Issuer) => Who::Line(0),
            (body, role) => Who::Body(body, role),
        }),
        4 => (0..4u8).prop_map(Who::Line),
        4 => (0..5u8).prop_map(Who::Officer),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let roles = proptest::collection::vec(
        prop_oneof![8 => Just(Role::Issuer), 1 => Just(Role::Registrar), 1 => Just(Role::Steward)],
        1..3,
    );
    let (from, days) = (|| -20..80i64, || 1..90i64);
    prop_oneof![
        8 => (0..4u8, 0..250u8).prop_map(|(by, serial)| What::Issue { by, serial }),
        7 => (0..5u8, 0..4u8, roles, any::<bool>(), -2..60i64, 0..3u8).prop_map(
            |(officer, under, roles, office_hours, days, pseudonym)| What::Appoint {
                officer, under, roles, office_hours, days, pseudonym
            }
        ),
        1 => (0..5u8).prop_map(What::Dismiss),
        3 => (0..4u8).prop_map(What::Commit),
        3 => (0..4u8, any::<bool>()).prop_map(|(from, commits)| What::Rotate { from, commits }),
        1 => (who(), -1..30i64).prop_map(|(who, days_ago)| What::Compromise { who, days_ago }),
        1 => any::<bool>().prop_map(What::Demand),
        3 => (0..4u8, 0..4u8, from(), days())
            .prop_map(|(to, within, from, days)| What::Grant { to, within, from, days }),
        3 => (0..4u8, 0..4u8, 0..4u8, from(), days())
            .prop_map(|(by, to, within, from, days)| What::Delegate { by, to, within, from, days }),
        1 => (0..4u8).prop_map(What::Withdraw),
    ]
}

/// Mostly signed by whoever may, sometimes by others too or instead.
fn step() -> impl Strategy<Value = Step> {
    let others = proptest::collection::btree_set(who(), 0..3);
    (prop_oneof![4 => 1..9i64, 1 => 24..200i64], others, proptest::bool::weighted(0.8), what()).prop_map(
        |(hours_later, mut signers, proper, what)| {
            if proper || signers.is_empty() {
                signers.extend(proper_signers(&what));
            }
            Step { hours_later, signers, what }
        },
    )
}

fn proper_signers(what: &What) -> Vec<Who> {
    match what {
        What::Issue { by: 1, serial } if serial % 2 == 0 => {
            vec![Who::Officer(serial % 5), Who::Officer(serial / 5 % 5)]
        }
        What::Issue { by: 1, .. } => vec![Who::Line(0)],
        What::Issue { by, .. } => vec![Who::Body(*by, Role::Issuer)],
        What::Appoint { under, .. } => vec![Who::Line(*under)],
        What::Dismiss(_) | What::Commit(_) | What::Compromise { .. } => vec![Who::Body(1, Role::Registrar)],
        What::Rotate { from, .. } => vec![Who::Line(from + 1)],
        What::Demand(_) | What::Grant { .. } | What::Withdraw(_) => vec![Who::Body(0, Role::Registrar)],
        What::Delegate { by, .. } => vec![Who::Body(*by, Role::Registrar)],
    }
}

const WITHIN: [&str; 4] = ["440000", "440300", "440400", "440305"];

impl What {
    fn operation(&self, at: Millis) -> Operation {
        let line = |number: u8| Who::Line(number).key();
        match self {
            What::Issue { by, serial } => {
                let by = bodies()[usize::from(*by)];
                let licence = licence::Act { by, ..now(&id(&permit(), "A", 1), Change::Issue(year())) };
                let serial = format!("S{serial}").parse().unwrap();
                let licence_id = bulla_verify::identifiers::licence_id::LicenceId::new(permit().code, by, serial, 1);
                let region = if by == neighbour() { "440400" } else { "440305" };
                let change = Change::Issue(licence::Grant { region: region.parse().unwrap(), ..year() });
                Operation::Licence(licence::Act { licence: licence_id.unwrap(), change, ..licence })
            }
            What::Appoint { officer, under, roles, office_hours, days, pseudonym } => appoint(Appointment {
                under: line(*under).public(),
                roles: roles.iter().copied().collect(),
                hours: office_hours.then_some(OFFICE_HOURS),
                expires_at: at.plus(days * 24 * HOUR_MS),
                pseudonym: Pseudonym([*pseudonym; 16]),
                ..appointment(*officer)
            }),
            What::Dismiss(officer) => dismiss(*officer),
            What::Commit(of) => commit_next(line(*of).public(), &next_key(of + 1)),
            What::Rotate { from, commits } => {
                let after = next_key(from + 2);
                rotate(line(*from).public(), &next_key(from + 1), commits.then_some(&after))
            }
            What::Compromise { who, days_ago } => compromise(who.key().public(), at.plus(-days_ago * 24 * HOUR_MS)),
            What::Demand(two) => demand(permit().code, *two),
            What::Grant { to, within, from, days } => {
                let to = bodies()[usize::from(*to)];
                grant_for(permit().code, to, WITHIN[usize::from(*within)], dates(*from, from + days))
            }
            What::Delegate { by, to, within, from, days } => {
                let [by, to] = [by, to].map(|body| bodies()[usize::from(*body)]);
                delegate(by, permit().code, to, WITHIN[usize::from(*within)], dates(*from, from + days))
            }
            What::Withdraw(from) => {
                let organisation = bodies()[usize::from(*from)];
                let type_code = permit().code;
                Operation::Catalogue(bulla_verify::catalogue::Act::Withdraw { type_code, organisation })
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            What::Issue { by: 1, serial } if serial % 2 == 0 => "issue by officers",
            What::Issue { .. } => "issue",
            What::Appoint { .. } => "appoint",
            What::Dismiss(_) => "dismiss",
            What::Commit(_) => "commit",
            What::Rotate { .. } => "rotate",
            What::Compromise { .. } => "report compromise",
            What::Demand(_) => "demand",
            What::Grant { .. } => "grant",
            What::Delegate { .. } => "delegate",
            What::Withdraw(_) => "withdraw",
        }
    }
}

/// The scene with the district and no competence of the city's. It is laid out once.
static BEGINNING: LazyLock<(Memory, Height)> = LazyLock::new(|| {
    let mut scene = Scene::new();
    let registrar = key(city(), Role::Registrar);
    scene.accept(&[&registrar], crate::scene::register(district(), Level::County, "440305", city()));
    for role in [Role::Registrar, Role::Issuer] {
        scene.accept(&[&registrar], crate::scene::register_key(district(), &key(district(), role), &[role]));
    }
    scene.accept(&[&key(province(), Role::Registrar)], grant_for(permit().code, province(), "440000", dates(0, 60)));
    (scene.state, scene.height)
});

/// What a key may do in a block, told from the records: for whom, in which roles, and as which person.
fn power(state: &Memory, key: &PublicKey, height: Height, time: Millis) -> Option<(Uscc, Roles, Option<Pseudonym>)> {
    let alive = |key: &PublicKey, from: Height, until: Option<Height>| {
        let reported = read::<Compromise>(state, key).is_some_and(|compromise| compromise.reported_at < height);
        let followed = read::<Succession>(state, key).and_then(|succession| succession.followed_by);
        let replaced = followed.is_some_and(|next| read::<KeyGrant>(state, &next).unwrap().from <= height);
        from <= height && until.is_none_or(|until| height < until) && !reported && !replaced
    };
    if let Some(grant) = read::<KeyGrant>(state, key) {
        return alive(key, grant.from, grant.until).then_some((grant.organisation, grant.roles, None));
    }
    let officer = read::<Officer>(state, key).filter(|officer| alive(key, officer.from, officer.until))?;
    let Appointment { under, roles, hours, expires_at, pseudonym, .. } = officer.appointment;
    let above = read::<KeyGrant>(state, &under).filter(|above| alive(&under, above.from, above.until))?;
    let since_midnight = time.since(Date::of(time).start());
    let in_hours = hours.is_none_or(|_| (9 * HOUR_MS..17 * HOUR_MS).contains(&since_midnight));
    (time < expires_at && in_hours && roles.are_among(above.roles)).then_some((
        above.organisation,
        roles,
        Some(pseudonym),
    ))
}

/// Whether a body is competent in a region at an instant, and so are all that delegated it.
fn is_competent(state: &Memory, body: Uscc, region: RegionCode, at: Millis) -> bool {
    let name = (permit().code, body);
    let Some(own) = read::<Competence>(state, &name).filter(|own| own.region.contains(region)) else { return false };
    let Some(tenure) = read::<Tenure>(state, &name) else { return true };
    let in_dates = tenure.dates.from <= at && tenure.dates.until.is_none_or(|until| at < until);
    in_dates && tenure.delegated_by.is_none_or(|above| is_competent(state, above, own.region, at))
}

/// What took effect was done by whoever may, as the records stood before.
fn check_applied(before: &Memory, step: &Step, operation: &Operation, height: Height, time: Millis) {
    let powers: Vec<_> =
        step.signers.iter().filter_map(|who| power(before, &who.key().public(), height, time)).collect();
    let acts_for = |body: Uscc, role: Role| powers.iter().any(|(of, roles, _)| *of == body && roles.contains(role));
    if let Operation::Licence(act) = operation {
        assert!(acts_for(act.by, Role::Issuer), "{step:?}");
        let Change::Issue(grant) = &act.change else { unreachable!("nothing else is tried") };
        assert!(is_competent(before, act.by, grant.region, time), "{step:?}");
        if read::<TwoOfficers>(before, &permit().code).is_some() {
            let of = powers.iter().filter(|(of, roles, _)| *of == act.by && roles.contains(Role::Issuer));
            let persons: BTreeSet<_> = of.filter_map(|(_, _, pseudonym)| *pseudonym).collect();
            assert!(persons.len() >= 2, "{step:?}");
        }
    }
    match &step.what {
        What::Appoint { under, .. } => {
            let (_, roles, officer) = power(before, &Who::Line(*under).key().public(), height, time).unwrap();
            let Operation::Organisation(Act::Appoint(made)) = operation else { unreachable!("it appoints") };
            assert!(officer.is_none() && made.roles.are_among(roles) && !made.roles.contains(Role::Registrar));
        }
        What::Rotate { from, .. } => {
            assert!(step.signers.contains(&Who::Line(from + 1)), "only the next key itself rotates");
        }
        What::Delegate { by, from, days, .. } => {
            let Operation::Catalogue(bulla_verify::catalogue::Act::Delegate { competence, .. }) = operation else {
                unreachable!("it delegates")
            };
            for instant in [day(*from), day(from + days).plus(-1)] {
                assert!(is_competent(before, bodies()[usize::from(*by)], competence.region, instant), "{step:?}");
            }
        }
        What::Issue { .. } | What::Dismiss(_) | What::Commit(_) | What::Compromise { .. } => {}
        What::Demand(_) | What::Grant { .. } | What::Withdraw(_) => {}
    }
}

/// What ended stays ended, what was committed to stays, and what is to be reviewed only grows.
fn check_progress(before: &Memory, after: &Memory) {
    for who in (0..6).map(Who::Line).chain((0..5).map(Who::Officer)) {
        let key = who.key().public();
        let until = |state: &Memory| match read::<KeyGrant>(state, &key) {
            Some(grant) => grant.until,
            None => read::<Officer>(state, &key).and_then(|officer| officer.until),
        };
        assert!(until(before).is_none() || until(before) == until(after), "{who:?}");
        let committed = |state: &Memory| read::<Succession>(state, &key).map(|succession| succession.commitment);
        assert!(committed(before).is_none() || committed(before) == committed(after));
        if let Some(was) = read::<Compromise>(before, &key) {
            let is = read::<Compromise>(after, &key).unwrap();
            assert!(is.since <= was.since && is.reported_at == was.reported_at && until(after).is_some());
        }
    }
    assert!(before.records.keys().all(|key| after.records.contains_key(key) || !is_for_ever(key.0[0])));
}

fn is_for_ever(area: u8) -> bool {
    [KeyGrant::AREA, Officer::AREA, Succession::AREA, Compromise::AREA].contains(&area)
}

fn run(steps: &[Step], tally: &Tally) {
    let mut scene = Scene::at_genesis();
    (scene.state, scene.height) = BEGINNING.clone();
    scene.time = day(0);
    for step in steps {
        scene.time = scene.time.plus(step.hours_later * HOUR_MS);
        let operation = step.what.operation(scene.time);
        // Signed by those alone who may sign anything, so that what is refused is refused for what it meets.
        let mut admitted = Vec::new();
        for key in step.signers.iter().map(|who| who.key()) {
            let tx = scene.sign(&[&key], Mode::AllOrNothing, vec![operation.clone()]);
            let is_admitted = admit(&scene.state, &tx, scene.at(), |_| false).is_ok();
            let may = power(&scene.state, &key.public(), scene.height, scene.time).is_some();
            let comes_in =
                matches!(&step.what, What::Rotate { from, .. } if key.public() == next_key(from + 1).public());
            assert!(comes_in || may == is_admitted, "{step:?}");
            admitted.extend(is_admitted.then_some(key));
        }
        if admitted.is_empty() {
            continue;
        }
        let tx = scene.sign(&admitted.iter().collect::<Vec<_>>(), Mode::AllOrNothing, vec![operation.clone()]);
        let executed = execute(&scene.state, &tx, scene.at());
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        let before = scene.state.clone();
        scene.state.apply(executed.changes);
        check_progress(&before, &scene.state);
        let [outcome] = &executed.outcomes[..] else { panic!("one operation, one outcome: {:?}", executed.outcomes) };
        if *outcome == Outcome::Applied {
            check_applied(&before, step, &operation, scene.height, scene.time);
        }
        tally.count(step.what.name(), outcome);
        scene.height = scene.height.next();
    }
}

#[test]
fn nobody_acts_beyond_what_was_given() {
    let tally = Tally::default();
    try_sequences(&proptest::collection::vec(step(), 40), |steps| run(&steps, &tally));
    let names = [
        "issue by officers",
        "issue",
        "appoint",
        "dismiss",
        "commit",
        "rotate",
        "report compromise",
        "demand",
        "grant",
        "delegate",
        "withdraw",
    ];
    tally.check(names, [302, 307, 309, 312, 313, 315, 317, 318, 319, 321, 403, 410, 411, 412, 413, 513]);
}
