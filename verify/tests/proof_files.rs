//! Proof files that were tampered with: whatever is changed, nothing is ever held to be proved.
#![allow(
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

#[path = "oracle/world.rs"]
mod world;

use bulla_verify::anchor::{Anchor, Uncertified};
use bulla_verify::canonical::encode;
use bulla_verify::certificate::CertificateError;
use bulla_verify::chain::{ChainId, Height, Round};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::proof::{Claim, FileError, MAX_BYTES, Part, StatusProof};
use bulla_verify::proven::Failure;
use bulla_verify::tree::{ProofError, StateProof};
use bulla_verify::verdict::{Kind, Policy, Verdict, verify};
use proptest::prelude::*;
use world::{Committee, HOUR_MS, START, World, licence, licence_id};

/// Who asks an hour after height 9.
const POLICY: Policy =
    Policy { now: START.plus(10 * HOUR_MS), max_age_ms: 24 * HOUR_MS, clock_bound_ms: 10_000, at: None };

fn world(validators: u8) -> World {
    let mut world = World::new(validators);
    (0..12).for_each(|at| world.issue(&licence(&format!("A{at}"))));
    world
}

fn failure(proof: &StatusProof, anchor: &Anchor) -> Failure {
    match verify(&proof.encode(), anchor, &POLICY) {
        Verdict::DoesNotHold { failure } => failure,
        verdict => panic!("{verdict}"),
    }
}

/// One file of each form: present, absent, and with hand-overs; and how it is judged untouched.
fn files(world: &World) -> Vec<(StatusProof, Kind)> {
    let (a, b) = (Committee::new(2, 4), Committee::new(3, 4));
    let handovers = vec![world.handover(2, &world.first, &a), world.handover(5, &a, &b)];
    let shown = Claim::Licence(licence_id("A4", 1));
    vec![
        (world.prove(shown.clone(), 9), Kind::Valid),
        (world.prove(Claim::Licence(licence_id("NONE", 1)), 9), Kind::NotValid),
        (world.prove(Claim::Organisation(world::organisation(5)), 9), Kind::Valid),
        (world.prove_by(shown, 9, &b, handovers), Kind::Valid),
    ]
}

/// How many bytes of its hash a file ends with.
const DIGEST: usize = 8;

/// Nobody signed a header of that hash.
fn is_unsigned(failure: &Failure) -> bool {
    matches!(failure, Failure::Uncertified(Uncertified::Certificate(CertificateError::Signature { index: 0, .. })))
}

/// The file of these bytes with the hash at its end computed anew, as a forger would.
fn resealed(file: &[u8]) -> Vec<u8> {
    let content = &file[..file.len() - DIGEST];
    [content, &Context::ProofFile.hash(content).0[..DIGEST]].concat()
}

/// Judges a forged file: it does not hold, or it is a true proof of another claim.
fn judge_forged(world: &World, file: &[u8], original: &StatusProof, what: &str) {
    let verdict = verify(file, &world.anchor(), &POLICY);
    if let Some(answer) = verdict.answer() {
        assert_ne!(answer.claim, original.claim, "{what}: {verdict}");
        let honest = StatusProof { claim: answer.claim.clone(), ..original.clone() };
        assert_eq!(honest.encode(), file, "{what}: {verdict}");
        let Claim::Licence(id) = &answer.claim else { panic!("{what}: {verdict}") };
        let is_issued = world.records.contains_key(&answer.claim.key()) && id.version() == 1;
        assert_eq!(verdict.kind() == Kind::Valid, is_issued, "{what}: {verdict}");
    }
}

#[test]
fn no_single_byte_can_be_changed() {
    for validators in [4, 7] {
        let world = world(validators);
        let anchor = world.anchor();
        for (proof, kind) in files(&world) {
            let file = proof.encode();
            assert_eq!(verify(&file, &anchor, &POLICY).kind(), kind);
            let masks = if validators == 4 { &[0x01, 0x02, 0x10, 0x80, 0xff][..] } else { &[0x01] };
            for (at, mask) in (0..file.len()).flat_map(|at| masks.iter().map(move |mask| (at, mask))) {
                let mut changed = file.clone();
                changed[at] ^= mask;
                let verdict = verify(&changed, &anchor, &POLICY);
                assert_eq!(verdict.kind(), Kind::DoesNotHold, "byte {at} xor {mask:#x}: {verdict}");
                if at < file.len() - DIGEST {
                    judge_forged(&world, &resealed(&changed), &proof, &format!("resealed, byte {at} xor {mask:#x}"));
                }
            }
            assert_eq!(StatusProof::decode(&file), Ok(proof));
        }
    }
}

#[test]
fn no_file_can_be_cut_padded_or_lose_a_byte() {
    let world = world(4);
    let anchor = world.anchor();
    for (proof, _) in files(&world) {
        let file = proof.encode();
        for at in 0..file.len() {
            let shorter = [&file[..at], &file[at + 1..]].concat();
            let longer = [&file[..at], &[0], &file[at..]].concat();
            for changed in [&file[..at], &shorter, &longer] {
                assert_eq!(verify(changed, &anchor, &POLICY).kind(), Kind::DoesNotHold, "at {at}");
            }
            if at < file.len() - DIGEST {
                judge_forged(&world, &resealed(&shorter), &proof, "resealed and shorter");
                judge_forged(&world, &resealed(&longer), &proof, "resealed and longer");
            }
        }
        let padded = resealed(&[&file[..], &[0]].concat());
        assert_eq!(StatusProof::decode(&padded), Err(FileError::Trailing { found: 1 }));
    }
}

#[test]
fn parts_stand_in_their_order_and_nothing_stands_after_them() {
    let file = files(&world(4))[0].0.encode();
    let claim = 6 + 32;
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = file.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        StatusProof::decode(&resealed(&changed)).unwrap_err()
    };
    assert_eq!(file[claim], 0, "the first kind of claim: a licence");
    assert_eq!(with(claim, &[3]), FileError::NotCanonical { part: Part::Claim });
    assert_eq!(with(claim + 1, &[0xff; 4]), FileError::NotCanonical { part: Part::Record }, "a long record");
    assert_eq!(with(claim, &[1]), FileError::NotCanonical { part: Part::Record }, "a licence is no organisation");
    assert_eq!(with(0, b"b"), FileError::NotAProof);
    assert_eq!(with(5, &[2]), FileError::Version { found: 2 });
    let more = resealed(&[&file[..file.len() - DIGEST], &[8, 1, 0], &[0; DIGEST]].concat());
    assert_eq!(StatusProof::decode(&more), Err(FileError::Trailing { found: 3 }));
    assert_eq!(StatusProof::decode(&vec![0; MAX_BYTES + 1]), Err(FileError::TooLong { found: MAX_BYTES + 1 }));
    assert_eq!(StatusProof::decode(&file[..40]), Err(FileError::Damaged));
    let within = |at: usize| StatusProof::decode(&resealed(&file[..at + DIGEST]));
    assert_eq!(within(claim - 1), Err(FileError::NotCanonical { part: Part::Chain }));
    assert_eq!(within(file.len() - DIGEST - 1), Err(FileError::NotCanonical { part: Part::Handovers }));
}

#[test]
fn parts_of_other_proofs_do_not_fit() {
    let mut world = world(4);
    let shown = world.prove(Claim::Licence(licence_id("A4", 1)), 9);
    let other = world.prove(Claim::Licence(licence_id("A5", 1)), 9);
    let earlier = world.prove(Claim::Licence(licence_id("A4", 1)), 8);
    let none = world.prove(Claim::Licence(licence_id("NONE", 1)), 9);
    let anchor = world.anchor();
    let refusal = |change: &dyn Fn(&mut StatusProof)| {
        let mut proof = shown.clone();
        change(&mut proof);
        failure(&proof, &anchor)
    };

    // Another record, path or claim leads to another root, and so to a header that nobody signed.
    let edited = encode(&bulla_verify::licence::Licence { historic: true, ..licence("A4") });
    assert!(is_unsigned(&refusal(&|proof| proof.record = Some(edited.clone()))));
    assert!(is_unsigned(&refusal(&|proof| proof.record = other.record.clone())), "which claims the other licence");
    assert!(is_unsigned(&refusal(&|proof| proof.path = other.path.clone())));
    let mut of_another = shown.clone();
    of_another.claim = other.claim.clone();
    // Never a file: there the record says what is claimed.
    assert_eq!(of_another.check(&anchor), Err(Failure::OtherRecord));
    let unlike = Failure::State(ProofError::OtherKind);
    assert_eq!(refusal(&|proof| proof.record = None), unlike);
    assert_eq!(refusal(&|proof| proof.path = StateProof::Empty), unlike);
    assert!(matches!(refusal(&|proof| (proof.record, proof.path) = (None, none.path.clone())), Failure::State(_)));

    assert!(is_unsigned(&refusal(&|proof| proof.seal = earlier.seal.clone())));
    assert!(is_unsigned(&refusal(&|proof| proof.stamp.time = START.plus(99))));
    assert!(is_unsigned(&refusal(&|proof| proof.stamp.height = Height(8))));
    assert!(is_unsigned(&refusal(&|proof| proof.rest = Hash([0; 32]))));
    assert_eq!(refusal(&|proof| proof.stamp.version = 2), Failure::Uncertified(Uncertified::Version { found: 2 }));
    let (height, anchor_height) = (Height(0), Height(0));
    let before = Uncertified::BeforeAnchor { height, anchor: anchor_height };
    assert_eq!(refusal(&|proof| proof.stamp.height = height), Failure::Uncertified(before));

    let (found, expected) = (ChainId(Hash([9; 32])), world.chain());
    assert_eq!(refusal(&|proof| proof.chain = found), Failure::Chain { found, expected });

    // The same records later: another root, so an old leaf under a new header.
    world.issue(&bulla_verify::licence::Licence { version: 2, ..licence("A4") });
    let later = world.prove(Claim::Licence(licence_id("A4", 1)), 9);
    let mut stale_leaf = later.clone();
    stale_leaf.record = shown.record.clone();
    assert!(is_unsigned(&failure(&stale_leaf, &anchor)));
}

#[test]
fn certificates_are_whole_or_nothing() {
    let world = world(7);
    let proof = world.prove(Claim::Licence(licence_id("A4", 1)), 9);
    let (anchor, header) = (world.anchor(), world.header(9, &world.first.set));
    let refusal = |change: &dyn Fn(&mut StatusProof)| {
        let mut proof = proof.clone();
        change(&mut proof);
        match failure(&proof, &anchor) {
            Failure::Uncertified(Uncertified::Certificate(error)) => error,
            failure => panic!("{failure}"),
        }
    };
    let all = world.first.decide(&header, &[0, 1, 2, 3, 4, 5, 6]);
    let trimmed = all.trimmed(&world.first.set);
    assert_eq!((trimmed.signatures.len(), trimmed.signers.indexes().max()), (5, Some(4)), "as few as decide");
    assert_eq!(trimmed.check(world.chain(), &world.first.set), Ok(()));
    assert_eq!(trimmed.trimmed(&world.first.set), trimmed);
    let too_few = refusal(&|proof| proof.seal = world.first.decide(&header, &[0, 1, 2, 3]).seal());
    assert_eq!(too_few, CertificateError::Quorum { found: 4, needed: 5 });
    let one_bad = refusal(&|proof| {
        proof.seal = world.first.decide(&header, &[0, 1, 2, 3, 4, 5]).seal();
        proof.seal.signatures[5].bytes[0] ^= 1;
    });
    assert!(matches!(one_bad, CertificateError::Signature { index: 5, .. }), "a quorum and one bad signature");
    let twice = refusal(&|proof| proof.seal.signatures[1] = proof.seal.signatures[0]);
    assert!(matches!(twice, CertificateError::Signature { index: 1, .. }), "one signer's signature twice");
    let other_round = refusal(&|proof| proof.seal.round = Round(2));
    assert!(matches!(other_round, CertificateError::Signature { index: 0, .. }));
    let outside = refusal(&|proof| {
        proof.seal.signers.insert(7);
        proof.seal.signatures.push(proof.seal.signatures[0]);
    });
    assert_eq!(outside, CertificateError::Index { index: 7, count: 7 });
    let strangers = refusal(&|proof| proof.seal = Committee::new(9, 7).decide(&header, &[0, 1, 2, 3, 4]).seal());
    assert!(matches!(strangers, CertificateError::Signature { index: 0, .. }));
}

#[test]
fn a_proof_of_another_chain_with_the_same_validators_does_not_hold() {
    let (ours, mut theirs) = (world(4), world(4));
    theirs.genesis.name = "Other".parse().unwrap();
    let mut proof = theirs.prove(Claim::Licence(licence_id("A4", 1)), 9);
    let (found, expected) = (theirs.chain(), ours.chain());
    assert_eq!(failure(&proof, &ours.anchor()), Failure::Chain { found, expected });
    proof.chain = ours.chain();
    let Failure::Uncertified(Uncertified::Certificate(CertificateError::Signature { .. })) =
        failure(&proof, &ours.anchor())
    else {
        panic!("the votes are bound to their chain");
    };
}

#[test]
fn a_file_of_a_million_licences_is_small() {
    // The path of a random tree of 10⁶ keys has 21 steps, and one in a hundred has 24.
    let world = world(4);
    let mut proof = world.prove(Claim::Licence(licence_id("A4", 1)), 9);
    let StateProof::Present { path } = &proof.path else { panic!("it is there") };
    let step = path.steps()[0];
    let steps = (0..24).map(|bit| bulla_verify::tree::Step { bit: bit + 2, ..step }).collect();
    proof.path = StateProof::Present { path: bulla_verify::tree::Path::new(steps).unwrap() };
    let bytes = proof.encode().len();
    assert!(bytes <= 1_350, "{bytes} bytes");
    assert_eq!(encode(&proof.seal).len(), 13 + 3 * 64);
}

proptest! {
    #[test]
    fn random_bytes_prove_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let anchor = World::new(4).anchor();
        prop_assert_eq!(verify(&bytes, &anchor, &POLICY).kind(), Kind::DoesNotHold);
        let file = resealed(&[b"BULLA\x01", &bytes[..], &[0; DIGEST]].concat());
        prop_assert_eq!(verify(&file, &anchor, &POLICY).kind(), Kind::DoesNotHold);
    }

    #[test]
    fn what_decodes_is_the_encoding_of_what_it_says(at in 0usize..1_200, byte in any::<u8>()) {
        let mut file = world(4).prove(Claim::Licence(licence_id("A4", 1)), 9).encode();
        let at = at % file.len();
        file[at] = byte;
        let file = resealed(&file);
        if let Ok(proof) = StatusProof::decode(&file) {
            prop_assert_eq!(proof.encode(), file);
        }
    }
}
