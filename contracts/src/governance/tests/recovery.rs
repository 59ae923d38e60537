//! What a recovery makes of the state, and of the act that says it.

use super::*;
use bulla_verify::recovery::{Agreement, Paper, Renewal};

/// All validators' keys become those with 20 more, after the last block; what the hash of that is, only the ledger knows.
pub(super) fn recovery(scene: &Scene) -> Recovery {
    let mut keys: Vec<_> = (1..=4).map(|old| Renewal { from: public(old), to: public(old + 20) }).collect();
    keys.sort_by_key(|renewal| renewal.from);
    let height = scene.height.previous().unwrap();
    let mut paper = Paper::new(Agreement { chain: document().chain(), height, last: HeaderHash::default(), keys });
    (1..=4).for_each(|old| assert!(paper.sign(&consensus_key(old)) && paper.sign(&consensus_key(old + 20))));
    paper.complete().unwrap()
}

pub(super) fn recover_act(recovery: &Recovery) -> Operation {
    Operation::Governance(Act::Recover(Box::new(recovery.clone())))
}

/// Has a recovery begin the next block.
fn begin(scene: &mut Scene, recovery: &Recovery) {
    let next = recovery.check(&validators(&scene.state).set).unwrap();
    let changes = recover(&scene.state, scene.at(), &next).unwrap();
    scene.state.apply(changes);
}

#[test]
fn the_new_keys_act_in_the_block_itself_and_the_old_never_again() {
    let mut scene = Scene::new();
    let report = evidence(&scene, 4);
    accept(&mut scene, &[2], report);
    assert_eq!(validators(&scene.state).offenders.len(), 1);
    let (recovery, at) = (recovery(&scene), scene.height);
    begin(&mut scene, &recovery);
    accept(&mut scene, &[21], recover_act(&recovery));
    let Validators { from, offenders, .. } = validators(&scene.state);
    assert_eq!((members(&scene), from), (sorted(&[21, 22, 23, 24]), at));
    assert_eq!(offenders, [], "a mark is a key's");
    for old in 1..=4 {
        let former = read::<FormerValidator>(&scene.state, &public(old)).unwrap();
        assert_eq!(former, FormerValidator { key: public(old), until: at });
        let again = refuse(&mut scene, &[21, 22, 23, 24, old], change(&[rotate(21, old)]));
        assert_eq!(again, Refusal::KeyExists { key: public(old) }.into());
    }
    accept(&mut scene, &[21, 22, 23, 5], change(&[join(5)]));
    let known = recover(&scene.state, scene.at(), &ValidatorSet::new(vec![old_validator()]).unwrap());
    assert_eq!(known, Err(RecoveryError::KeyExists { key: public(3) }));
}

fn old_validator() -> Validator {
    Validator { key: public(3), organisation: city(), power: 1 }
}

/// The act says what began the block; one that says anything else is refused there too.
#[test]
fn another_record_than_the_one_that_began_the_block_is_refused() {
    let edits: [fn(&mut Recovery); 4] = [
        |recovery| recovery.signatures.truncate(3),
        |recovery| recovery.agreement.last = HeaderHash(Hash([9; 32])),
        |recovery| recovery.agreement.height = Height(1),
        |recovery| recovery.agreement.chain = ChainId::default(),
    ];
    for edit in edits {
        let mut scene = Scene::new();
        let mut recovery = recovery(&scene);
        begin(&mut scene, &recovery);
        edit(&mut recovery);
        assert_eq!(refuse(&mut scene, &[21], recover_act(&recovery)), Refusal::NoRecovery.into());
    }
}
