//! The essential question of a suite, asked again: whether the rule holds. Each answers no if its bug is planted.

#![expect(clippy::indexing_slicing, reason = "what is asked about is made here")]

use bulla_ledger::Ledger;
use bulla_ledger::block::Transaction;
use bulla_ledger::execute::{Caps, ExecuteError, ExecutedBlock, build, execute};
use bulla_ledger::store::Fault;
use bulla_ledger::store::memory::MemoryStore;
use bulla_testnet_sim::{BEGIN, Plan, Random, Sin, Town, World};
use bulla_verify::canonical::{decode, encode};
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::keys::{Signature, SigningKey, Suite};
use bulla_verify::vote::{Statement, Vote, VoteKind};
use curve25519_dalek::{EdwardsPoint, Scalar, constants};
use sha2::{Digest, Sha512};
use std::sync::Arc;

#[path = "../scenarios/old_time.rs"]
mod old_time;

/// A certificate of these of a town's validators.
fn certificate(town: &Town, height: Height, value: HeaderHash, places: &[usize]) -> Certificate {
    let (round, mut signers, mut signatures) = (Round(0), Signers::default(), Vec::new());
    for place in places {
        let key = &town.validators[*place];
        let (chain, voter) = (town.chain, key.public());
        let vote = Vote { chain, height, round, kind: VoteKind::Precommit, value: Some(value), voter };
        signers.insert(*place);
        signatures.push(key.sign(&vote.digest()));
    }
    Certificate { height, round, value, signers, signatures }
}

pub(crate) fn two_of_four_decide_nothing() -> bool {
    let town = Town::new(4);
    let holds = |places: &[usize]| {
        certificate(&town, Height(1), HeaderHash(Hash([1; 32])), places).check(town.chain, &town.genesis.validators)
    };
    holds(&[0, 1, 2]).is_ok() && holds(&[0, 1]).is_err()
}

pub(crate) fn one_bad_signature_spoils_all() -> bool {
    let town = Town::new(4);
    let good = certificate(&town, Height(1), HeaderHash(Hash([1; 32])), &[0, 1, 2, 3]);
    let mut bad = good.clone();
    bad.signatures[3] = bad.signatures[0];
    let check = |certificate: Certificate| certificate.check(town.chain, &town.genesis.validators);
    check(good).is_ok() && check(bad).is_err()
}

pub(crate) fn bytes_behind_a_value_are_refused() -> bool {
    let mut bytes = encode(&7u32);
    let whole = decode::<u32>(&bytes, 8) == Ok(7);
    bytes.push(0);
    whole && decode::<u32>(&bytes, 8).is_err()
}

pub(crate) fn two_words_in_one_place_are_reported() -> bool {
    let plan = Plan { sins: vec![(1, Sin::Equivocate)], healed_us: 1_000_000, ..Plan::calm(4, 5) };
    World::new(1, plan).run().sins.marked.contains_key(&1)
}

/// A block of one transaction on the tip of a ledger.
fn next(town: &mut Town, ledger: &Ledger, random: &mut Random) -> Arc<ExecutedBlock> {
    let parent = ledger.parent();
    let time = parent.tip().time.plus(1_000);
    let envelope = town.next(time, random);
    let one: Transaction = Arc::new(envelope.check(town.chain).expect("the town signs what is well formed"));
    let caps = Caps::of(&parent.tip().parameters);
    build(&parent, &[one], town.validators[0].public(), time, caps).expect("a memory store does not fail").executed
}

pub(crate) fn an_overtaken_parent_gives_no_verdict() -> bool {
    let (mut town, mut random) = (Town::new(4), Random::new(1));
    let ledger = Ledger::open(Arc::new(MemoryStore::new()), &town.genesis).expect("a new store");
    assert!(ledger.tip().time == BEGIN);
    let (parent, first) = (ledger.parent(), next(&mut town, &ledger, &mut random));
    let verdict = || execute(&parent, first.header(), first.transactions().to_vec());
    let before = verdict().is_ok();
    let decided = certificate(&town, Height(1), first.hash(), &[0, 1, 2]);
    ledger.commit(&first, &decided).expect("it is the next block");
    before && matches!(verdict(), Err(ExecuteError::Fault(Fault::Outdated)))
}

/// Signatures by one who knows the key, each with the point of order two added to its commitment: 400, as in the decision.
pub(crate) fn no_crafted_signature_is_accepted() -> bool {
    let key = SigningKey::from_seed(&[9; 32]);
    let expanded = Sha512::digest(key.seed());
    let mut low: [u8; 32] = expanded[..32].try_into().expect("half of 64");
    (low[0], low[31]) = (low[0] & 248, (low[31] & 63) | 64);
    let secret = Scalar::from_bytes_mod_order(low);
    let crafted = |number: u32| {
        let digest = Context::TransactionSignature.hash(&number.to_le_bytes());
        let nonce = Scalar::from_bytes_mod_order_wide(&Sha512::digest(number.to_le_bytes()).into());
        let [_, _, _, _, order_two, ..] = constants::EIGHT_TORSION;
        let commitment = (EdwardsPoint::mul_base(&nonce) + order_two).compress().to_bytes();
        let challenge = Sha512::new().chain_update(commitment).chain_update(key.public().bytes).chain_update(digest.0);
        let challenge = Scalar::from_bytes_mod_order_wide(&challenge.finalize().into());
        let response = (nonce + challenge * secret).to_bytes();
        let bytes = [commitment, response].concat().try_into().expect("two halves");
        (digest, Signature { suite: Suite::Ed25519, bytes })
    };
    let accepted = (0..400).map(crafted).filter(|(digest, signature)| key.public().verify(digest, signature).is_ok());
    let digest = Context::TransactionSignature.hash(b"honest");
    key.public().verify(&digest, &key.sign(&digest)).is_ok() && accepted.count() == 0
}

pub(crate) fn an_old_time_is_judged_once() -> bool {
    let (report, locked) = old_time::run();
    assert!(locked.proposed_again, "no block was proposed again: {report:?}");
    report.doubted == 0
}

pub(crate) fn forged_signatures_are_refused_every_time() -> bool {
    let (mut town, mut random) = (Town::new(4), Random::new(1));
    let envelope = town.next(BEGIN, &mut random);
    let mut forged = envelope.clone();
    forged.signatures[0].bytes[40] ^= 1;
    let first = forged.clone().check(town.chain).is_err();
    first && envelope.check(town.chain).is_ok() && forged.check(town.chain).is_err()
}
