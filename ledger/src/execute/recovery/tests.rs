use super::*;
use crate::execute::{Caps, ExecuteError, ExecutedBlock, Invalid, build, execute};
use crate::fsck::fsck;
use crate::ledger::Ledger;
use crate::snapshot::tests::{made, taken};
use crate::store::memory::MemoryStore;
use crate::world::{World, decide, document, issue, licence, nation, validator_key, validators};
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::{Height, Round};
use bulla_verify::governance::{self, SetChange};
use bulla_verify::header::Header;
use bulla_verify::keys::PublicKey;
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::recovery::{Agreement, Paper, Renewal};
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::validators::Validator;
use bulla_verify::verdict::{Policy, Verdict, verify};
use std::sync::Arc;

fn public(number: u8) -> PublicKey {
    validator_key(number).public()
}

/// What validators 1 to `count` agree on after the tip: each gets the key with 100 more.
fn paper(world: &World, count: u8) -> Paper {
    let tip = world.ledger.tip();
    let mut keys: Vec<_> = (1..=count).map(|one| Renewal { from: public(one), to: public(one + 100) }).collect();
    keys.sort_by_key(|renewal| renewal.from);
    Paper::new(Agreement { chain: tip.chain, height: tip.height, last: tip.hash, keys })
}

fn signed(mut paper: Paper) -> Recovery {
    for number in 1..=200 {
        paper.sign(&validator_key(number));
    }
    paper.complete().unwrap()
}

fn act(recovery: &Recovery) -> governance::Act {
    Act::Recover(Box::new(recovery.clone()))
}

/// The next block, with the recovery as its first act and a licence after it, proposed by the first new key.
fn block(world: &mut World, recovery: &Recovery) -> Arc<ExecutedBlock> {
    let txs = [world.govern(&[101], act(recovery)), world.sign(Role::Issuer, vec![issue(50)])];
    let (time, caps) = (world.ledger.tip().time.plus(1_000), Caps::of(&world.ledger.tip().parameters));
    build(&world.ledger.parent(), &txs, public(101), time, caps).unwrap().executed
}

fn judge(world: &World, header: &Header, txs: &[Transaction]) -> Result<(), Invalid> {
    match execute(&world.ledger.parent(), header, txs.to_vec()) {
        Ok(_) => Ok(()),
        Err(ExecuteError::Invalid(invalid)) => Err(invalid),
        Err(ExecuteError::Fault(fault)) => panic!("{fault}"),
    }
}

fn prove(ledger: &Ledger, serial: u32) -> StatusProof {
    ledger.prove(&Claim::Licence(licence(serial))).unwrap().unwrap()
}

fn recovered_after(proof: &StatusProof) -> Vec<Height> {
    let policy = Policy { now: proof.stamp.time, max_age_ms: 86_400_000, clock_bound_ms: 10_000, at: None };
    match verify(&proof.encode(), &Anchor::genesis(&document()), &policy) {
        Verdict::Valid(answer) => answer.recovered_after,
        verdict @ (Verdict::NotValid(_) | Verdict::CannotTell { .. } | Verdict::DoesNotHold { .. }) => {
            panic!("{verdict}")
        }
    }
}

/// A world whose last block has a fifth join, who then never decides under that key; and the recovery after it.
fn standing_still() -> (World, Arc<MemoryStore>, StatusProof, Recovery) {
    let (mut world, store) = World::new();
    world.issue(0..3);
    let before = prove(&world.ledger, 0);
    let joins = SetChange::Join(Validator { key: public(5), organisation: nation(), power: 1 });
    let tx = world.govern(&[1, 2, 3, 4, 5], Act::ChangeValidators(vec![joins]));
    world.commit(&[tx]);
    let recovery = signed(paper(&world, 5));
    (world, store, before, recovery)
}

#[test]
fn the_new_keys_decide_the_block_that_the_recovery_begins() {
    let (mut world, store, before, recovery) = standing_still();
    let last = world.ledger.tip();
    let block = block(&mut world, &recovery);
    assert_eq!(judge(&world, block.header(), block.transactions()), Ok(()));
    assert!(block.leaves().iter().all(|leaf| leaf.outcomes == [Outcome::Applied]));
    let found = world.ledger.parent().recovered(&recovery).unwrap();
    assert_eq!(last.recovered_by(block.transactions()), Some(found.clone()));
    assert_eq!((found.validators.count(), found.validators_from), (5, Height(4)));

    world.ledger.commit(&block, &decide(block.header(), Round(0), &found.validators)).unwrap();
    let tip = world.ledger.tip();
    assert_eq!((&tip.validators, tip.validators_from), (&found.validators, Height(4)));
    assert_eq!(world.ledger.validators_at(Height(3)), Some(validators()));
    assert_eq!(world.ledger.validators_at(Height(4)), Some(found.validators));
    world.issue(4..6);

    let after = prove(&world.ledger, 50);
    assert_eq!((recovered_after(&before), recovered_after(&after)), (vec![], vec![Height(3)]));
    let old = prove(&world.ledger, 0);
    assert_eq!(recovered_after(&old), [Height(3)], "what was acknowledged before is there");
    let reopened = Ledger::open(store.clone(), &document()).unwrap();
    assert_eq!(reopened.tip(), world.ledger.tip());
    assert_eq!(prove(&reopened, 50), after);
    assert_eq!(fsck(&*store, &document(), &mut |_| ()).unwrap().finding, None);
    for height in 1..=world.ledger.tip().height.0 {
        let decided = world.ledger.prove_decided(Height(height)).unwrap().unwrap();
        let pinned = decided.pin(&Anchor::genesis(&document()), tip.time).unwrap();
        assert_eq!(Some(pinned.validators()), world.ledger.validators_at(Height(height + 1)).as_ref());
    }
}

#[test]
fn who_joins_by_a_snapshot_knows_of_it() {
    let (mut world, _, _, recovery) = standing_still();
    let block = block(&mut world, &recovery);
    let set = world.ledger.parent().recovered(&recovery).unwrap().validators;
    world.ledger.commit(&block, &decide(block.header(), Round(0), &set)).unwrap();
    world.issue(4..6);
    let (store, joined) = taken(&made(&world.ledger));
    assert_eq!(joined.tip(), world.ledger.tip());
    assert_eq!(recovered_after(&prove(&joined, 50)), [Height(3)]);
    assert_eq!(fsck(&*store, &document(), &mut |_| ()).unwrap().finding, None);
}

#[test]
fn a_block_by_new_keys_needs_a_recovery_that_holds() {
    let (mut world, _, _, recovery) = standing_still();
    let good = block(&mut world, &recovery);
    let mut unsigned = recovery.clone();
    let lacking = unsigned.agreement.keys.last().unwrap().from;
    unsigned.signatures.pop();
    let cases = [(unsigned, RecoveryError::NotSigned { key: lacking }), {
        let mut elsewhere = recovery.agreement.clone();
        elsewhere.height = Height(2);
        let (found, last, expected) = (Height(2), elsewhere.last, Height(3));
        (signed(Paper::new(elsewhere)), RecoveryError::Block { found, last, expected })
    }];
    for (recovery, reason) in cases {
        assert_eq!(world.ledger.parent().recovered(&recovery).unwrap_err(), reason);
        let txs = [world.govern(&[101], act(&recovery))];
        let found = public(101);
        assert_eq!(judge(&world, good.header(), &txs), Err(Invalid::Recovery { found, reason }));
    }
    assert_eq!(judge(&world, good.header(), &good.transactions()[1..]), Err(Invalid::Proposer { found: public(101) }));
    let mut by_old = *good.header();
    by_old.rest.proposer = public(1);
    assert_eq!(judge(&world, &by_old, good.transactions()), Err(Invalid::Proposer { found: public(1) }));
}

#[test]
fn a_key_that_was_known_before_is_no_new_one() {
    let (mut world, _) = World::new();
    let tx = world.govern(&[1, 2, 3, 101], Act::ChangeValidators(vec![rotate(4, 101)]));
    world.commit(&[tx]);
    let tx = world.govern(&[1, 2, 3, 4 + 100], Act::ChangeValidators(vec![rotate(101, 104)]));
    world.commit(&[tx]);
    let mut paper = paper(&world, 3);
    paper.agreement.keys.push(Renewal { from: public(104), to: public(105) });
    paper.agreement.keys.sort_by_key(|renewal| renewal.from);
    let refused = world.ledger.parent().recovered(&signed(paper.clone())).unwrap_err();
    assert_eq!(refused, RecoveryError::KeyExists { key: public(101) }, "it was validator 4's for a block");
    let issuer = crate::world::key(Role::Issuer).public();
    let of_one = paper.agreement.keys.iter_mut().find(|renewal| renewal.to == public(101)).unwrap();
    of_one.to = issuer;
    paper.signatures.clear();
    for number in 1..=200 {
        paper.sign(&validator_key(number));
    }
    paper.sign(&crate::world::key(Role::Issuer));
    let refused = world.ledger.parent().recovered(&paper.complete().unwrap()).unwrap_err();
    assert_eq!(refused, RecoveryError::KeyExists { key: issuer });
}

fn rotate(from: u8, to: u8) -> SetChange {
    SetChange::Rotate { from: public(from), to: public(to) }
}

/// Elsewhere than first in its block the act changes nothing, and says so.
#[test]
fn the_act_is_refused_where_no_recovery_began_the_block() {
    let (mut world, _, _, recovery) = standing_still();
    let tip = world.ledger.tip();
    let later = [world.sign(Role::Issuer, vec![issue(9)]), world.govern(&[1], act(&recovery))];
    let block = world.build(&later);
    let code = governance::Refusal::NoRecovery.code();
    assert_eq!(block.leaves()[1].outcomes, [Outcome::Refused(code)]);
    assert_eq!(world.commit_block(&block).validators, tip.validators);
    // Of a block that is past, it begins none, even where it stands first.
    let again = world.govern(&[1], act(&recovery));
    let block = world.build(&[again]);
    assert_eq!(block.leaves()[0].outcomes, [Outcome::Refused(code)]);
    world.commit_block(&block);
}

/// One that nobody signed does not count as one in the block after a change of validators.
#[test]
fn an_unsigned_record_is_never_recorded_as_applied() {
    let (mut world, _, _, recovery) = standing_still();
    let good = block(&mut world, &recovery);
    let set = world.ledger.parent().recovered(&recovery).unwrap().validators;
    world.ledger.commit(&good, &decide(good.header(), Round(0), &set)).unwrap();
    let (mut mine, tip) = (recovery, world.ledger.tip());
    (mine.agreement.height, mine.agreement.last) = (tip.height, tip.hash);
    let block = build(
        &world.ledger.parent(),
        &[world.govern(&[101], act(&mine))],
        public(101),
        tip.time.plus(1_000),
        Caps::of(&tip.parameters),
    );
    let executed = block.unwrap().executed;
    assert_eq!(executed.leaves()[0].outcomes, [Outcome::Refused(governance::Refusal::NoRecovery.code())]);
}
