use crate::commit::CommitError;
use crate::execute::{ExecuteError, Invalid, execute};
use crate::fsck::fsck;
use crate::ledger::{Ledger, OpenError};
use crate::snapshot::tests::{made, taken};
use crate::store::{Batch, Fault, Store};
use crate::table::{self, Table};
use crate::world::{World, document, licence, nation, validator_key, validators};
use bulla_verify::anchor::Anchor;
use bulla_verify::chain::Height;
use bulla_verify::governance::{Act, Evidence, Follower, FollowerChange, Offender, SetChange};
use bulla_verify::keys::PublicKey;
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::validators::Validator;
use bulla_verify::verdict::{Kind, Policy, verify};
use bulla_verify::vote::{Heard, Vote, VoteKind};

fn public(number: u8) -> PublicKey {
    validator_key(number).public()
}

fn join(number: u8) -> Act {
    Act::ChangeValidators(vec![SetChange::Join(Validator { key: public(number), organisation: nation(), power: 1 })])
}

fn leave(number: u8) -> Act {
    Act::ChangeValidators(vec![SetChange::Leave(public(number))])
}

fn rotate(from: u8, to: u8) -> Act {
    Act::ChangeValidators(vec![SetChange::Rotate { from: public(from), to: public(to) }])
}

fn govern(world: &mut World, numbers: &[u8], act: Act) {
    let tx = world.govern(numbers, act);
    let block = world.build(&[tx]);
    assert_eq!(block.leaves()[0].outcomes, [bulla_verify::refusal::Outcome::Applied]);
    world.commit_block(&block);
}

fn prove(world: &World) -> StatusProof {
    world.ledger.prove(&Claim::Licence(licence(0))).unwrap().unwrap()
}

fn judge(proof: &StatusProof, anchor: &Anchor) -> Kind {
    let now = proof.stamp.time.plus(5);
    let policy = Policy { now, max_age_ms: 86_400_000, clock_bound_ms: 10_000, at: None };
    verify(&proof.encode(), anchor, &policy).kind()
}

/// One joins, one leaves, one changes its key.
fn changed() -> (World, std::sync::Arc<crate::store::memory::MemoryStore>, StatusProof) {
    let (mut world, store) = World::new();
    world.issue(0..1);
    let before = prove(&world);
    govern(&mut world, &[1, 2, 3, 5], join(5));
    govern(&mut world, &[1, 2, 3, 5], leave(4));
    world.issue(1..2);
    govern(&mut world, &[1, 2, 5, 6], rotate(3, 6));
    world.issue(2..3);
    (world, store, before)
}

#[test]
fn proofs_from_before_and_after_a_change_verify_from_genesis() {
    let (world, _, before) = changed();
    let after = prove(&world);
    assert_eq!((before.handovers.len(), after.handovers.len()), (0, 3));
    let anchor = Anchor::genesis(&document());
    assert_eq!([judge(&before, &anchor), judge(&after, &anchor)], [Kind::Valid; 2]);
    let shortened = StatusProof { handovers: after.handovers[1..].to_vec(), ..after.clone() };
    assert_eq!(judge(&shortened, &anchor), Kind::DoesNotHold);
    // Whoever pinned a later block reads the same file.
    let pinned = anchor.pin(&after.handovers[..2], after.stamp.time).unwrap();
    assert_eq!((judge(&after, &pinned), pinned.height()), (Kind::Valid, after.handovers[1].header.height()));
    // As of a past height it shows no more than leads there.
    let past = world.ledger.prove_at(&Claim::Licence(licence(0)), Height(4)).unwrap().unwrap();
    assert_eq!((past.handovers.len(), judge(&past, &anchor)), (1, Kind::Valid));
}

/// Of every height: those that hand over, those between, and the tip.
#[test]
fn every_header_can_be_pinned_from_genesis() {
    let (world, _, _) = changed();
    let (anchor, tip) = (Anchor::genesis(&document()), world.ledger.tip());
    for height in 1..=tip.height.0 {
        let decided = world.ledger.prove_decided(Height(height)).unwrap().unwrap();
        let pinned = decided.pin(&anchor, tip.time).unwrap();
        assert_eq!(Some(pinned.validators()), world.ledger.validators_at(Height(height + 1)).as_ref());
        assert_eq!(pinned.height(), Height(height));
    }
    assert_eq!(world.ledger.prove_decided(tip.height.next()), Ok(None));
    assert_eq!(world.ledger.prove_decided(Height(0)), Ok(None));
}

/// Keys that have left could sign another branch from genesis on: after a year only a newer anchor convinces.
#[test]
fn past_the_trust_period_only_a_newer_anchor_convinces() {
    let (world, _, _) = changed();
    let (anchor, proof) = (Anchor::genesis(&document()), prove(&world));
    let judge_at = |anchor: &Anchor, now| {
        let policy = Policy { now, max_age_ms: i64::MAX, clock_bound_ms: 10_000, at: Some(proof.stamp.time) };
        verify(&proof.encode(), anchor, &policy).kind()
    };
    let last_day = anchor.time().plus(anchor.trust_period_ms());
    let pinned = world.ledger.prove_decided(Height(5)).unwrap().unwrap().pin(&anchor, last_day).unwrap();
    assert_eq!(judge_at(&anchor, last_day), Kind::Valid);
    assert_eq!(judge_at(&anchor, last_day.plus(1)), Kind::CannotTell);
    assert_eq!(judge_at(&pinned, last_day.plus(1)), Kind::Valid);
    assert_eq!(judge_at(&pinned, pinned.time().plus(anchor.trust_period_ms() + 1)), Kind::CannotTell);
}

#[test]
fn a_change_acts_in_the_next_block_and_lasts() {
    let (world, store, _) = changed();
    let tip = world.ledger.tip();
    assert_eq!(tip.validators_from, Height(7));
    let members = |height| world.ledger.validators_at(Height(height)).unwrap();
    assert_eq!((members(3), members(8)), (validators(), tip.validators.clone()));
    assert_eq!(members(4).count(), 5);
    let keys = |numbers: [u8; 4]| numbers.iter().all(|number| tip.validators.find(&public(*number)).is_some());
    assert!(keys([1, 2, 5, 6]) && tip.validators.count() == 4);
    let reopened = Ledger::open(store.clone(), &document()).unwrap();
    assert_eq!(reopened.tip(), tip);
    assert_eq!(reopened.prove(&Claim::Licence(licence(0))), world.ledger.prove(&Claim::Licence(licence(0))));
    assert_eq!(fsck(&*store, &document(), &mut |_| ()).unwrap().finding, None);
}

#[test]
fn a_header_that_names_another_next_set_is_invalid() {
    let (mut world, _) = World::new();
    let tx = world.govern(&[1, 2, 3, 5], join(5));
    let block = world.build(&[tx]);
    let mut header = *block.header();
    assert_ne!(header.rest.next_validators, validators().hash());
    header.rest.next_validators = validators().hash();
    let refused = execute(&world.ledger.parent(), &header, block.transactions().to_vec()).unwrap_err();
    let (found, expected) = (validators().hash(), block.header().rest.next_validators);
    assert_eq!(refused, ExecuteError::Invalid(Invalid::NextValidators { found, expected }));
    assert_eq!(
        execute(&world.ledger.parent(), block.header(), block.transactions().to_vec()).unwrap().hash(),
        block.hash()
    );
}

#[test]
fn a_set_that_was_edited_is_not_believed() {
    let (_, store, _) = changed();
    let key = table::height_key(Height(7));
    let row = store.read(Table::Validators, &key).unwrap().unwrap();
    let mut batch = Batch::default();
    let earlier = store.read(Table::Validators, &table::height_key(Height(4))).unwrap().unwrap();
    batch.put(Table::Validators, key, earlier);
    store.write(batch).unwrap();
    let refused = Ledger::open(store.clone(), &document()).map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::Fault(Fault::Damaged { table: Table::Validators, .. })), "{refused}");
    let finding = fsck(&*store, &document(), &mut |_| ()).unwrap().finding.unwrap();
    assert_eq!((finding.table, finding.what.as_str()), (Table::Validators, "the validators from height 7 on"));
    let mut batch = Batch::default();
    batch.put(Table::Validators, key, row);
    store.write(batch).unwrap();
    assert!(Ledger::open(store, &document()).is_ok());
}

#[test]
fn a_mark_and_followers_are_in_the_tip_and_come_back() {
    let (mut world, store) = World::new();
    let Validator { key: voter, .. } = *world.ledger.tip().validators.find(&public(2)).unwrap();
    let header = world.ledger.tip().header.unwrap();
    let vote = |value| {
        let (chain, height, round) = (header.rest.chain, header.height(), bulla_verify::chain::Round(0));
        Heard::own(Vote { chain, height, round, kind: VoteKind::Prevote, value, voter }, &validator_key(2)).into_said()
    };
    let evidence = Evidence::Votes(vote(None), vote(Some(header.hash())));
    govern(&mut world, &[3], Act::ReportEquivocation(Box::new(evidence)));
    let follower = Follower { key: public(9), organisation: nation(), network: public(10) };
    govern(&mut world, &[1, 2, 3], Act::ChangeFollowers(vec![FollowerChange::Admit(follower)]));
    let tip = world.ledger.tip();
    assert_eq!(tip.offenders, [Offender { key: voter, from: Height(3) }]);
    assert_eq!((tip.followers.0.as_slice(), tip.validators_from), (&[follower][..], Height(1)));
    assert_eq!(prove(&world).handovers, [], "the set is the same");
    assert_eq!(Ledger::open(store.clone(), &document()).unwrap().tip(), tip);
    assert_eq!(fsck(&*store, &document(), &mut |_| ()).unwrap().finding, None);
}

/// Two hundred changes of one key: as many as in sixty years of a rotation every four months.
#[test]
fn two_hundred_hand_overs_lead_to_the_tip() {
    let (mut world, store) = World::new();
    world.issue(0..1);
    for new in 5..205u8 {
        govern(&mut world, &[new - 3, new - 2, new - 1, new], rotate(new - 4, new));
    }
    world.issue(1..2);
    let proof = prove(&world);
    assert_eq!(proof.handovers.len(), 200);
    assert_eq!(judge(&proof, &Anchor::genesis(&document())), Kind::Valid);
    assert!(proof.encode().len() < 160_000, "{} bytes", proof.encode().len());
    assert_eq!(Ledger::open(store, &document()).unwrap().tip(), world.ledger.tip());
}

/// Whoever joins after the validators have changed begins with the set in force, and leads a reader there from genesis.
#[test]
fn a_snapshot_of_a_changed_set_leads_from_genesis_too() {
    let (world, _, _) = changed();
    let (store, joined) = taken(&made(&world.ledger));
    assert_eq!(joined.tip(), world.ledger.tip());
    let height = joined.tip().height;
    let ours = joined.prove_decided(height).unwrap();
    assert_eq!(ours, world.ledger.prove_decided(height).unwrap());
    assert!(ours.is_some_and(|decided| !decided.handovers.is_empty()));
    assert_eq!(Ledger::open(store, &document()).unwrap().tip(), world.ledger.tip());
}

/// The certificate by the set before is no decision of the one in force.
#[test]
fn who_has_left_decides_no_more() {
    let (world, _, _) = changed();
    let block = world.build(&[]);
    let old = crate::world::decide(block.header(), bulla_verify::chain::Round(0), &validators());
    assert!(old.check(world.ledger.tip().chain, &world.ledger.tip().validators).is_err());
    let other = crate::world::certificate(world.build_at(&[], world.ledger.tip().time.plus(7)).executed.header());
    assert!(matches!(world.ledger.commit(&block, &other), Err(CommitError::Certificate(_))));
}
