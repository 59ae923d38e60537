mod moving;
mod recovery;

use super::*;
use crate::scene::{Scenario, Scene, assert_reached, city, consensus_key, document, key, register_key, stranger};
use bulla_verify::chain::{ChainId, HeaderHash, Round};
use bulla_verify::governance::Follower;
use bulla_verify::hash::Hash;
use bulla_verify::keys::{SignatureError, SigningKey};
use bulla_verify::operation::{self, Operation};
use bulla_verify::organisation;
use bulla_verify::roles::Role;
use bulla_verify::transaction::Mode;
use bulla_verify::validators::{MAX_POWER, ValidatorSetError};
use bulla_verify::vote::{Heard, Vote, VoteKind};

fn public(number: u8) -> PublicKey {
    consensus_key(number).public()
}

fn join(number: u8) -> SetChange {
    SetChange::Join(Validator { key: public(number), organisation: city(), power: 1 })
}

fn leave(number: u8) -> SetChange {
    SetChange::Leave(public(number))
}

fn rotate(from: u8, to: u8) -> SetChange {
    SetChange::Rotate { from: public(from), to: public(to) }
}

fn change(changes: &[SetChange]) -> Operation {
    Operation::Governance(Act::ChangeValidators(changes.into()))
}

fn keys(numbers: &[u8]) -> Vec<SigningKey> {
    numbers.iter().map(|number| consensus_key(*number)).collect()
}

fn accept(scene: &mut Scene, signers: &[u8], operation: Operation) {
    let keys = keys(signers);
    scene.accept(&keys.iter().collect::<Vec<_>>(), operation);
}

fn refuse(scene: &mut Scene, signers: &[u8], operation: Operation) -> operation::Refusal {
    let keys = keys(signers);
    scene.refuse(&keys.iter().collect::<Vec<_>>(), operation)
}

/// A scene of seven validators.
fn seven(scene: &mut Scene) {
    accept(scene, &[1, 2, 3, 4, 5], change(&[join(5)]));
    accept(scene, &[1, 2, 3, 4, 5, 6], change(&[join(6)]));
    accept(scene, &[1, 2, 3, 4, 5, 6, 7], change(&[join(7)]));
}

fn members(scene: &Scene) -> Vec<PublicKey> {
    let present = validators(&scene.state);
    assert!(present.from <= scene.height);
    present.set.as_slice().iter().map(|validator| validator.key).collect()
}

fn sorted(numbers: &[u8]) -> Vec<PublicKey> {
    let mut keys: Vec<_> = numbers.iter().map(|number| public(*number)).collect();
    keys.sort();
    keys
}

fn vote(number: u8, height: Height, value: u8) -> Vote {
    let (round, kind, value) = (Round(0), VoteKind::Precommit, Some(HeaderHash(Hash([value; 32]))));
    Vote { chain: document().chain(), height, round, kind, value, voter: public(number) }
}

fn two_votes(of: u8, one: Vote, other: Vote) -> Operation {
    let [one, other] = [one, other].map(|vote| Heard::own(vote, &consensus_key(of)).into_said());
    Operation::Governance(Act::ReportEquivocation(Box::new(Evidence::Votes(one, other))))
}

/// Evidence against a validator, at the last height.
fn evidence(scene: &Scene, of: u8) -> Operation {
    let height = scene.height.previous().unwrap();
    two_votes(of, vote(of, height, 1), vote(of, height, 2))
}

fn follower(number: u8) -> Follower {
    Follower { key: public(number), organisation: city(), network: public(number + 100) }
}

fn follow(changes: &[FollowerChange]) -> Operation {
    Operation::Governance(Act::ChangeFollowers(changes.into()))
}

#[test]
fn every_refusal_is_reached() {
    fn joining(key: PublicKey, organisation: Uscc, power: u64) -> Operation {
        change(&[SetChange::Join(Validator { key, organisation, power })])
    }
    let mut scenarios: Vec<Scenario<operation::Refusal>> = vec![
        (Refusal::Threshold { found: 2, needed: 3 }.into(), |scene| refuse(scene, &[1, 2, 5], change(&[join(5)]))),
        (Refusal::Threshold { found: 2, needed: 3 }.into(), |scene| {
            refuse(scene, &[1, 2], follow(&[FollowerChange::Admit(follower(5))]))
        }),
        (Refusal::OnePerHeight.into(), |scene| {
            let (first, second) = (change(&[join(5)]), change(&[join(6)]));
            let keys = keys(&[1, 2, 3, 4, 5, 6]);
            let tx = scene.sign(&keys.iter().collect::<Vec<_>>(), Mode::Independent, vec![first, second]);
            let mut refusals = scene.execute(&tx).refusals;
            assert_eq!(refusals.first(), Some(&None));
            refusals.pop().flatten().unwrap()
        }),
        (Refusal::Count { found: 2, limit: 1 }.into(), |scene| {
            refuse(scene, &[1, 2, 3, 4, 5, 6], change(&[join(5), join(6)]))
        }),
        (Refusal::Count { found: 0, limit: 1 }.into(), |scene| refuse(scene, &[1, 2, 3, 4], change(&[]))),
        (Refusal::NotValidator { key: public(9) }.into(), |scene| refuse(scene, &[1, 2, 3, 4], change(&[leave(9)]))),
        (Refusal::NotValidator { key: public(8) }.into(), |scene| {
            seven(scene);
            // What joins by the same act has not voted yet, and cannot leave.
            refuse(scene, &[1, 2, 3, 4, 5, 6, 8], change(&[join(8), leave(8)]))
        }),
        (Refusal::NotValidator { key: public(2) }.into(), |scene| {
            seven(scene);
            refuse(scene, &[1, 2, 3, 4, 5, 6, 7], change(&[leave(2), leave(2)]))
        }),
        (Refusal::WeakKey { reason: SignatureError::WeakKey }.into(), |scene| {
            let mut identity = [0; 32];
            identity[0] = 1;
            refuse(scene, &[1, 2, 3, 4], joining(PublicKey::ed25519(identity), city(), 1))
        }),
        (Refusal::KeyExists { key: public(4) }.into(), |scene| refuse(scene, &[1, 2, 3, 4], change(&[join(4)]))),
        (Refusal::KeyExists { key: public(4) }.into(), |scene| refuse(scene, &[1, 2, 3, 4], change(&[rotate(3, 4)]))),
        (Refusal::KeyExists { key: public(3) }.into(), |scene| {
            accept(scene, &[1, 2, 3, 4, 5], change(&[rotate(3, 5)]));
            refuse(scene, &[1, 2, 4, 5], joining(public(3), city(), 1))
        }),
        (Refusal::KeyExists { key: key(city(), Role::Issuer).public() }.into(), |scene| {
            refuse(scene, &[1, 2, 3, 4], joining(key(city(), Role::Issuer).public(), city(), 1))
        }),
        (Refusal::NotSigned { key: public(5) }.into(), |scene| refuse(scene, &[1, 2, 3, 4], change(&[join(5)]))),
        (Refusal::NotSigned { key: public(5) }.into(), |scene| refuse(scene, &[1, 2, 3, 4], change(&[rotate(4, 5)]))),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            refuse(scene, &[1, 2, 3, 4, 5], joining(public(5), stranger(1), 1))
        }),
        (Refusal::TooFew { found: 3 }.into(), |scene| refuse(scene, &[1, 2, 3, 4], change(&[leave(4)]))),
        (
            Refusal::Unsound { reason: ValidatorSetError::Power { key: public(5), found: MAX_POWER + 1 } }.into(),
            |scene| refuse(scene, &[1, 2, 3, 4, 5], joining(public(5), city(), MAX_POWER + 1)),
        ),
        (Refusal::NoQuorum { missing: Keys(sorted(&[6, 7])) }.into(), |scene| {
            // A quorum of the old set signs, with two that leave: of the five that are left only three show themselves.
            seven(scene);
            refuse(scene, &[1, 2, 3, 4, 5], change(&[leave(1), leave(2)]))
        }),
        (Refusal::NotReporter.into(), |scene| {
            let operation = evidence(scene, 4);
            scene.refuse(&[&key(city(), Role::Issuer)], operation)
        }),
        (Refusal::NotValidator { key: public(9) }.into(), |scene| {
            let operation = evidence(scene, 9);
            refuse(scene, &[1], operation)
        }),
        (Refusal::Reported { key: public(4) }.into(), |scene| {
            let operation = evidence(scene, 4);
            accept(scene, &[1], operation);
            let again = evidence(scene, 4);
            refuse(scene, &[2], again)
        }),
        (Refusal::NotYet { found: Height(1_000) }.into(), |scene| {
            let [one, other] = [1, 2].map(|value| vote(4, Height(1_000), value));
            refuse(scene, &[1], two_votes(4, one, other))
        }),
        (Refusal::NoConflict.into(), |scene| {
            let one = vote(4, scene.height, 1);
            refuse(scene, &[1], two_votes(4, one.clone(), one))
        }),
        (Refusal::OtherChain { found: ChainId(Hash([9; 32])) }.into(), |scene| {
            let [one, other] =
                [1, 2].map(|value| Vote { chain: ChainId(Hash([9; 32])), ..vote(4, scene.height, value) });
            refuse(scene, &[1], two_votes(4, one, other))
        }),
        (Refusal::Forged { reason: SignatureError::Mismatch }.into(), |scene| {
            let [one, mut other] =
                [1, 2].map(|value| Heard::own(vote(4, scene.height, value), &consensus_key(4)).into_said());
            other.signature = one.signature;
            let evidence = Box::new(Evidence::Votes(one, other));
            refuse(scene, &[1], Operation::Governance(Act::ReportEquivocation(evidence)))
        }),
        (Refusal::NotFollower { key: public(5) }.into(), |scene| {
            refuse(scene, &[1, 2, 3], follow(&[FollowerChange::Dismiss(public(5))]))
        }),
        (Refusal::Followers { found: 65 }.into(), |scene| {
            let all: Vec<_> = (100..165).map(|number| FollowerChange::Admit(numbered(number))).collect();
            refuse(scene, &[1, 2, 3], follow(&all))
        }),
        (Refusal::NetworkKeyTaken { key: public(105) }.into(), |scene| {
            let other = Follower { key: public(6), ..follower(5) };
            refuse(scene, &[1, 2, 3], follow(&[FollowerChange::Admit(follower(5)), FollowerChange::Admit(other)]))
        }),
        // All have signed, and no block began with it.
        (Refusal::NoRecovery.into(), |scene| {
            let act = recovery::recover_act(&recovery::recovery(scene));
            refuse(scene, &[1], act)
        }),
        (Refusal::NoRecovery.into(), |scene| {
            // Not even where the block before changed the validators.
            accept(scene, &[1, 2, 3, 5], change(&[rotate(4, 5)]));
            let act = recovery::recover_act(&recovery::recovery(scene));
            refuse(scene, &[1], act)
        }),
    ];
    scenarios.extend(moving::scenarios());
    assert_reached(Refusal::TABLE, operation::Refusal::code, scenarios);
}

fn numbered(number: u8) -> Follower {
    let network = SigningKey::from_seed(&[number; 32]).public();
    Follower { key: public(number), organisation: city(), network }
}

#[test]
fn validators_join_leave_and_rotate_one_change_a_height() {
    let mut scene = Scene::new();
    accept(&mut scene, &[1, 2, 3, 5], change(&[join(5)]));
    assert_eq!(members(&scene), sorted(&[1, 2, 3, 4, 5]));
    accept(&mut scene, &[1, 2, 3, 5], change(&[leave(4)]));
    assert_eq!(members(&scene), sorted(&[1, 2, 3, 5]));
    accept(&mut scene, &[1, 2, 5, 6], change(&[rotate(3, 6)]));
    assert_eq!(members(&scene), sorted(&[1, 2, 5, 6]));
    let rotated = *validators(&scene.state).set.find(&public(6)).unwrap();
    assert_eq!((rotated.organisation, rotated.power), (document().validators.as_slice()[0].organisation, 1));
    for (gone, until) in [(4, scene.height.0 - 1), (3, scene.height.0)] {
        let former = read::<FormerValidator>(&scene.state, &public(gone)).unwrap();
        assert_eq!(former, FormerValidator { key: public(gone), until: Height(until) });
    }
}

/// Neither a validator's key nor one that was a validator's becomes an organisation's.
#[test]
fn no_key_votes_and_acts_for_an_organisation() {
    let mut scene = Scene::new();
    accept(&mut scene, &[1, 2, 4, 5], change(&[rotate(3, 5)]));
    for key_of in [3, 5] {
        let operation = register_key(city(), &consensus_key(key_of), &[Role::Issuer]);
        let refusal = scene.refuse(&[&key(city(), Role::Registrar)], operation);
        assert_eq!(refusal, organisation::Refusal::KeyExists { key: public(key_of) }.into());
    }
}

#[test]
fn an_offender_of_four_is_marked_and_stays() {
    let mut scene = Scene::new();
    let operation = evidence(&scene, 4);
    accept(&mut scene, &[2], operation);
    let present = validators(&scene.state);
    assert_eq!(present.offenders, [Offender { key: public(4), from: scene.height }]);
    assert_eq!((members(&scene), present.from), (sorted(&[1, 2, 3, 4]), Height(1)), "the set is the same");
    // The mark lasts while the key votes, and a new key, which needs the others' signatures, begins without.
    accept(&mut scene, &[1, 2, 3, 5], change(&[join(5)]));
    assert!(validators(&scene.state).is_offender(&public(4)));
    accept(&mut scene, &[1, 2, 3, 5, 6], change(&[rotate(4, 6)]));
    assert_eq!(validators(&scene.state).offenders, []);
}

#[test]
fn an_offender_of_five_leaves_at_once() {
    let mut scene = Scene::new();
    accept(&mut scene, &[1, 2, 3, 4, 5], change(&[join(5)]));
    let operation = evidence(&scene, 2);
    accept(&mut scene, &[5], operation);
    assert_eq!(members(&scene), sorted(&[1, 3, 4, 5]));
    assert_eq!((validators(&scene.state).offenders, validators(&scene.state).from), (Vec::new(), scene.height));
}

/// The removal would be a second change of the set in one block.
#[test]
fn an_offender_is_only_marked_where_the_block_changes_the_set_already() {
    let mut scene = Scene::new();
    accept(&mut scene, &[1, 2, 3, 4, 5], change(&[join(5)]));
    let (join_six, report) = (change(&[join(6)]), evidence(&scene, 2));
    let keys = keys(&[1, 2, 3, 4, 5, 6]);
    let tx = scene.sign(&keys.iter().collect::<Vec<_>>(), Mode::Independent, vec![join_six, report]);
    assert_eq!(scene.execute(&tx).refusals, [None, None]);
    assert_eq!(members(&scene), sorted(&[1, 2, 3, 4, 5, 6]));
    assert!(validators(&scene.state).is_offender(&public(2)));
}

#[test]
fn followers_are_admitted_replaced_and_dismissed() {
    let mut scene = Scene::new();
    let listed = |scene: &Scene| read::<Followers>(&scene.state, &()).unwrap_or_default().0;
    accept(&mut scene, &[1, 2, 3], follow(&[FollowerChange::Admit(follower(6)), FollowerChange::Admit(follower(5))]));
    let mut both = [follower(5), follower(6)];
    both.sort_by_key(|one| one.key);
    assert_eq!(listed(&scene), both);
    let moved = Follower { network: public(200), ..follower(5) };
    accept(&mut scene, &[1, 2, 3], follow(&[FollowerChange::Admit(moved), FollowerChange::Dismiss(public(6))]));
    assert_eq!(listed(&scene), [moved]);
}
