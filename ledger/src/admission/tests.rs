use super::*;
use crate::world::{World, act, issue};
use bulla_verify::licence::{self, Change};
use bulla_verify::roles::Role;

#[test]
fn admission_judges_on_the_tip_with_the_later_clock() {
    let (mut world, _) = World::new();
    let tip = world.ledger.tip();
    let tx = world.sign(Role::Issuer, vec![issue(0)]);
    let expires_at = tx.body().expires_at;
    let admit = |world: &World, now| world.ledger.admit(&tx, now).unwrap();
    assert_eq!(admit(&world, tip.time), Ok(()));
    assert_eq!(admit(&world, Millis(0)), Ok(()), "a clock that is behind counts for nothing");
    assert_eq!(admit(&world, expires_at), Err(Stale::Expired { expires_at, now: expires_at }));
    world.commit(std::slice::from_ref(&tx));
    assert_eq!(admit(&world, tip.time), Err(Stale::Duplicate { id: tx.id() }));

    let far = world.sign_until(Role::Issuer, vec![issue(1)], tip.time.plus(700_000));
    assert!(matches!(world.ledger.admit(&far, tip.time), Ok(Err(Stale::TooFarAhead { .. }))));
    assert_eq!(world.ledger.admit(&far, tip.time.plus(200_000)), Ok(Ok(())));
}

#[test]
fn check_tells_every_refusal_and_changes_nothing() {
    let (mut world, _) = World::new();
    let tip = world.ledger.tip();
    let tx = world.sign(Role::Issuer, vec![act(7, Change::Cancel), issue(0), issue(0), act(0, Change::Cancel)]);
    let answer = world.ledger.check(&tx, tip.time).unwrap();
    assert_eq!(answer.height, tip.height);
    let is_refused: Vec<_> = answer.value.iter().map(Option::is_some).collect();
    assert_eq!(is_refused, [true, false, true, false]);
    assert!(matches!(answer.value[0], Some(Refusal::Licence(licence::Refusal::NoLicence { .. }))));
    assert_eq!(world.ledger.tip(), tip);
}
