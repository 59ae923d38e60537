use super::*;
use crate::scene::{
    Scene, award, case_act, city, cosigning, decide, event_act, hand_over, id, joint, key, nation, neighbour, now,
    pass, permit, province, record, region, request, scene_of_law, shop, year,
};
use bulla_verify::figures::{CaseEvent, LEAST_PUBLISHED, Published, published};
use bulla_verify::operation::Operation;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::time::DAY_MS;
use bulla_verify::transaction::Mode;

fn figure(scene: &Scene, organisation: Uscc, item: Item, day: i64) -> Figure {
    let name = FigureName { region: region("440300"), organisation, item, day };
    read(&scene.state, &name).unwrap_or_default()
}

fn issued() -> Item {
    Item::Licence(permit().code, LicenceEvent::Issued)
}

fn issues(range: std::ops::Range<u32>) -> Vec<Operation> {
    let act = |serial| now(&id(&permit(), &format!("F{serial}"), 1), Change::Issue(year()));
    range.map(|serial| Operation::Licence(act(serial))).collect()
}

/// Of a thousand issues in one transaction one record counts all, and the next day has its own.
#[test]
fn a_batch_writes_its_figure_once_and_each_day_has_its_own() {
    let mut scene = Scene::new();
    let today = civil_day(scene.time);
    let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::AllOrNothing, issues(0..1_000));
    let executed = scene.execute(&tx);
    assert_eq!(executed.changes.records.keys().filter(|key| key.0[0] == Figure::AREA).count(), 1);
    assert_eq!(executed.cost, 3_000);
    assert_eq!(figure(&scene, city(), issued(), today).count, 1_000);
    scene.time = scene.time.plus(DAY_MS);
    let tx = scene.sign(&[&key(city(), Role::Issuer)], Mode::AllOrNothing, issues(1_000..1_003));
    scene.execute(&tx);
    let counts = [today, today + 1].map(|day| figure(&scene, city(), issued(), day).count);
    assert_eq!(counts, [1_000, 3]);
    let said = |day| published(Some(&figure(&scene, city(), issued(), day)), LEAST_PUBLISHED);
    assert_eq!([today, today + 1].map(said), [Published::Exactly(1_000), Published::FewerThan(10)]);
    scene.assert_counted();
}

#[test]
fn what_is_refused_or_dropped_counts_nothing() {
    let mut scene = Scene::new();
    let mut operations = issues(0..3);
    operations.extend(issues(1..2));
    for mode in [Mode::AllOrNothing, Mode::Independent] {
        let tx = scene.sign(&[&key(city(), Role::Issuer)], mode, operations.clone());
        scene.execute(&tx);
        let count = figure(&scene, city(), issued(), civil_day(scene.time)).count;
        assert_eq!(count, if mode == Mode::Independent { 3 } else { 0 });
    }
}

/// As many acts of other contents leave another record: a stranger who knows the name and guesses the count has nothing to
/// compare a hash with.
#[test]
fn figures_of_as_many_acts_are_told_apart_by_their_salt_alone() {
    let salt = |contents: &str| {
        let mut scene = Scene::new();
        let grant = bulla_verify::licence::Grant { contents: crate::scene::hash(contents), ..year() };
        scene.issue(now(&id(&permit(), "F1", 1), Change::Issue(grant)));
        figure(&scene, city(), issued(), civil_day(scene.time))
    };
    let (one, other) = (salt("one"), salt("other"));
    assert_eq!((one.count, other.count), (1, 1));
    assert_ne!(one.salt, other.salt);
    assert_eq!(salt("one"), one, "every node comes to the same");
}

/// A superior's end is the superior's; each kind of end has its own figure.
#[test]
fn an_act_is_counted_for_whoever_did_it() {
    let mut scene = Scene::new();
    let licence = id(&permit(), "F1", 1);
    scene.issue(now(&licence, Change::Issue(year())));
    let act = bulla_verify::licence::Act { by: province(), ..now(&licence, Change::Revoke) };
    scene.accept(&[&key(province(), Role::Issuer)], Operation::Licence(act));
    let day = civil_day(scene.time);
    let revoked = Item::Licence(permit().code, LicenceEvent::Revoked);
    let of = |organisation, item| figure(&scene, organisation, item, day).count;
    assert_eq!((of(city(), issued()), of(province(), revoked), of(city(), revoked)), (1, 1, 0));
    assert_eq!(of(city(), Item::Licence(pass().code, LicenceEvent::Issued)), 0);
}

#[test]
fn a_joint_issue_is_counted_once_when_it_is_in_force() {
    let mut scene = scene_of_law();
    let licence = id(&permit(), "F1", 1);
    let open = joint(&scene, 3);
    scene.issue(now(&licence, open));
    let day = civil_day(scene.time);
    for (body, counts) in [(province(), 0), (nation(), 1)] {
        scene.accept(&[&key(body, Role::Issuer)], Operation::Licence(cosigning(&licence, body)));
        assert_eq!(figure(&scene, body, issued(), day).count, counts);
    }
    assert_eq!(figure(&scene, city(), issued(), day).count, 0);
    scene.assert_counted();
}

/// What a recorded event, an accepted and a decided case write beside what they wrote before.
#[test]
fn events_and_cases_are_counted() {
    let mut scene = Scene::with_credit();
    scene.credit(city(), record(&award()));
    let day = civil_day(scene.time);
    let recorded = Item::Credit(award().code);
    assert_eq!(figure(&scene, city(), recorded, day).count, 1);
    scene.assert_counted();
    let mut scene = Scene::with_cases();
    let day = civil_day(scene.time);
    scene.case(neighbour(), bulla_verify::case::Change::Accept(request()));
    scene.case(neighbour(), hand_over(city()));
    scene.case(city(), bulla_verify::case::Change::Take);
    scene.case(city(), decide(false));
    let of = |by, event| figure(&scene, by, Item::Case(shop().code, event), day).count;
    let events = [CaseEvent::Accepted, CaseEvent::Granted, CaseEvent::Refused];
    assert_eq!(events.map(|event| of(neighbour(), event)), [1, 0, 0], "it was accepted here");
    assert_eq!(events.map(|event| of(city(), event)), [0, 0, 1], "and decided there");
    assert_eq!(event_act(city(), record(&award())).cost(), 5);
    assert_eq!(case_act(city(), decide(true)).cost(), 4);
    scene.assert_counted();
}
