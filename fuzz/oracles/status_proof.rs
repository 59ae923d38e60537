//! Of a proof file, from genesis and on any terms: what is accepted is what the state of a known chain holds, certified by a
//! block of it; and the verdict is green for an active licence or a registered body alone.

use super::Reached;
use super::naive_tree;
use super::tape::{Tape, as_it_stands, to_be_edited};
use super::world::{self, Committee, HOUR_MS, START, World, licence, licence_id};
use bulla_verify::anchor::Anchor;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::licence::{End, How, Licence};
use bulla_verify::proof::{Claim, MAX_BYTES, StatusProof};
use bulla_verify::proven::{Proven, Recorded};
use bulla_verify::status::status;
use bulla_verify::time::Millis;
use bulla_verify::verdict::{Kind, Policy, Verdict, verify};
use std::sync::LazyLock;

/// How many bytes of its hash a file ends with.
const DIGEST: usize = 8;

struct Scene {
    world: World,
    anchor: Anchor,
    hashes: naive_tree::Records,
    /// A file of each form: present, absent, of an organisation, revoked, with hand-overs.
    files: Vec<StatusProof>,
    encodings: Vec<Vec<u8>>,
    pool: Vec<Hash>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let mut world = World::new(4);
    ["A", "B", "C"].iter().for_each(|serial| world.issue(&licence(serial)));
    let at = START.plus(2 * HOUR_MS);
    let ended = Some(End { how: How::Revoked, at, by: world::organisation(3) });
    world.issue(&Licence { ended, changed_at: at, ..licence("R") });
    let (a, b) = (Committee::new(2, 4), Committee::new(3, 4));
    let handovers = vec![world.handover(2, &world.first, &a), world.handover(5, &a, &b)];
    let claim = |serial| Claim::Licence(licence_id(serial, 1));
    let files = vec![
        world.prove(claim("A"), 9),
        world.prove(claim("NONE"), 9),
        world.prove(Claim::Organisation(world::organisation(5)), 9),
        world.prove(claim("R"), 9),
        world.prove_by(claim("A"), 9, &b, handovers),
    ];
    let hashes = world.hashes();
    Scene {
        anchor: world.anchor(),
        pool: naive_tree::nodes(&hashes),
        encodings: files.iter().map(StatusProof::encode).collect(),
        world,
        hashes,
        files,
    }
});

pub fn judge(input: &[u8]) -> Reached {
    let mut tape = Tape::new(input);
    let policy = policy(&mut tape);
    let is_resealed = !tape.byte().is_multiple_of(4);
    let mut file = tape.encoding(&SCENE.encodings, &SCENE.pool);
    if is_resealed {
        reseal(&mut file);
    }
    let verdict = verify(&file, &SCENE.anchor, &policy);
    assert!(!verdict.to_string().is_empty() && serde_json::to_string(&verdict).is_ok());
    let Ok(proof) = StatusProof::decode(&file) else {
        assert_eq!(verdict.kind(), Kind::DoesNotHold);
        return Reached::Refused;
    };
    assert!(proof.encode() == file && file.len() <= MAX_BYTES, "one proof has two files");
    let proven = proof.check(&SCENE.anchor);
    assert_eq!(proven.is_err(), verdict.kind() == Kind::DoesNotHold);
    let Ok(proven) = proven else { return Reached::Decoded };
    judge_accepted(&proof, &proven);
    if let Verdict::Valid(answer) = &verdict {
        assert_eq!(answer.claim, proof.claim);
        assert!(may_be_green(&proof.claim, &proven, answer.at), "{verdict}");
    }
    Reached::Accepted
}

/// Whoever asks at an hour around the blocks, or with clocks that nobody has.
fn policy(tape: &mut Tape) -> Policy {
    let hour = |hour: u8| START.plus(HOUR_MS * i64::from(hour));
    if tape.byte().is_multiple_of(2) {
        let at = Some(tape.byte()).filter(|at| *at > 0).map(hour);
        return Policy { now: hour(tape.byte()), max_age_ms: 24 * HOUR_MS, clock_bound_ms: 10_000, at };
    }
    let at = Some(tape.number()).filter(|_| tape.byte().is_multiple_of(2)).map(|at| Millis(i64::from_le_bytes(at)));
    let [now, max_age_ms, clock_bound_ms] = [(); 3].map(|()| i64::from_le_bytes(tape.number()));
    Policy { now: Millis(now), max_age_ms, clock_bound_ms, at }
}

/// Computes the hash at the end anew, as a forger would.
fn reseal(file: &mut [u8]) {
    if let Some((content, digest)) = file.split_last_chunk_mut::<DIGEST>() {
        let Hash(hash) = Context::ProofFile.hash(content);
        digest.copy_from_slice(&hash[..DIGEST]);
    }
}

fn judge_accepted(proof: &StatusProof, proven: &Proven) {
    let key = proof.claim.key();
    assert_eq!(proof.record.as_ref(), SCENE.world.records.get(&key), "the state holds something else: {proof:?}");
    assert_eq!(proof.path, naive_tree::prove(&SCENE.hashes, &key), "{proof:?}");
    assert_eq!(proof.chain, SCENE.world.chain());
    assert_eq!((proven.claim(), proven.record().is_some()), (&proof.claim, proof.record.is_some()));
    assert_eq!(proven.light().state_root, naive_tree::root(&SCENE.hashes));
    let certified = |file: &StatusProof| (file.stamp, file.rest, file.seal.clone(), file.handovers.clone());
    assert!(SCENE.files.iter().any(|file| certified(file) == certified(proof)), "nobody signed this: {proof:?}");
}

fn may_be_green(claim: &Claim, proven: &Proven, at: Millis) -> bool {
    match (claim, proven.record()) {
        (Claim::Licence(id), Some(Recorded::Licence(licence))) => {
            id.version() == licence.version && status(licence, at).is_active()
        }
        (Claim::Organisation(_), Some(Recorded::Organisation(_)))
        | (Claim::LicenceType(_), Some(Recorded::LicenceType(_))) => true,
        _ => false,
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let soon = [0, 0, 10];
    let edited = (0..5).map(|file| to_be_edited(&[&soon[..], &[1]].concat(), file));
    let raw = SCENE.encodings.iter().take(2).map(|file| as_it_stands(&[&soon[..], &[0]].concat(), file));
    edited.chain(raw).collect()
}
