//! What is wrong with a proof is said by name. That nothing wrong passes is in `soundness.rs`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "oracle/naive_multi.rs"]
mod naive_multi;
#[path = "oracle/naive_tree.rs"]
mod naive_tree;

use bulla_verify::canonical::{DecodeError, encode};
use bulla_verify::hash::Hash;
use bulla_verify::tree::{
    self, End, Fork, Leaf, MultiProof, MultiProofError, Path, ProofError, StateKey, StateProof, Step, Way,
};
use naive_tree::Records;

#[test]
fn each_refusal_says_what_is_wrong() {
    let [a, b, c] = [0x00, 0x40, 0x80].map(|top| StateKey([top; 32]));
    let records = [(a, tree::value_hash(b"A")), (c, tree::value_hash(b"C"))].into();
    let root = naive_tree::root(&records);
    let (of_a, of_b, of_c) = (prove(&records, a), prove(&records, b), prove(&records, c));
    assert_eq!(tree::check(&root, &a, Some(b"A"), &of_a), Ok(()));
    assert_eq!(tree::check(&root, &b, None, &of_b), Ok(()));
    assert_eq!(tree::check(&root, &a, Some(b"B"), &of_a), Err(ProofError::OtherRoot));
    assert_eq!(tree::check(&root, &a, None, &of_a), Err(ProofError::OtherKind));
    assert_eq!(tree::check(&root, &a, Some(b"A"), &of_b), Err(ProofError::OtherKind));
    assert_eq!(tree::check(&root, &a, Some(b"A"), &of_c), Err(ProofError::OtherRoot));
    assert_eq!(tree::check(&root, &a, None, &of_b), Err(ProofError::NeighbourIsKey));
    assert_eq!(tree::check(&root, &c, None, &of_b), Err(ProofError::NeighbourElsewhere { bit: 0 }));
    assert_eq!(tree::check(&root, &a, None, &StateProof::Empty), Err(ProofError::OtherRoot));
    assert_eq!(tree::check(&tree::empty_root(), &a, None, &StateProof::Empty), Ok(()));
    assert_eq!(tree::check(&tree::empty_root(), &a, Some(b"A"), &StateProof::Empty), Err(ProofError::OtherKind));
}

/// Were the bit not in the hash, a real path walked with other bits would end at a neighbour and fake an absence.
#[test]
fn a_lie_about_bits_cannot_hide_a_key() {
    let keys = [0x00, 0x20, 0x80].map(|top| StateKey([top; 32]));
    let records: Records = keys.map(|key| (key, tree::value_hash(&key.0))).into();
    let root = naive_tree::root(&records);
    let StateProof::Present { path } = prove(&records, keys[0]) else { panic!("a record is present") };
    let neighbour = Leaf { key: keys[0], value_hash: records[&keys[0]] };
    assert_eq!(path.root_of(&neighbour), root);
    // The search for keys[1] follows keys[0] on every bit but bit 2; bit 3 they share.
    for (told, verdict) in [(2, Err(ProofError::NeighbourElsewhere { bit: 2 })), (3, Err(ProofError::OtherRoot))] {
        let mut steps = path.steps().to_vec();
        steps[1].bit = told;
        let forged = StateProof::Absent { neighbour, path: Path::new(steps).unwrap() };
        assert_eq!(tree::check(&root, &keys[1], None, &forged), verdict);
    }
}

/// Three keys: `a` is present, `b` absent beside it, `c` present on the other side.
#[test]
fn each_refusal_of_several_keys_says_what_is_wrong() {
    let [a, b, c, d] = [0x00, 0x40, 0x80, 0xc0].map(|top| StateKey([top; 32]));
    let (value, other) = (tree::value_hash(b"V"), tree::value_hash(b"W"));
    let records: Records = [(a, value), (c, value)].into();
    let root = naive_tree::root(&records);
    let prove = |keys: &[StateKey]| naive_multi::prove(&records, &keys.iter().copied().collect());
    let check = |claims: &[(StateKey, Option<Hash>)], proof: &MultiProof| {
        tree::check_many(&root, &claims.iter().copied().collect(), proof)
    };
    let (all, of_ac, of_b) = (prove(&[a, b, c]), prove(&[a, c]), prove(&[b]));
    assert_eq!(check(&[(a, Some(value)), (b, None), (c, Some(value))], &all), Ok(()));
    assert_eq!(check(&[(b, None)], &of_b), Ok(()));
    assert_eq!(check(&[], &all), Err(MultiProofError::NoClaim));
    let many: Vec<_> = (0..65).map(|at| (StateKey([at; 32]), None)).collect();
    assert_eq!(check(&many, &all), Err(MultiProofError::TooManyClaims { found: 65 }));
    let keys = Err(MultiProofError::OtherKeys { bit: 0 });
    assert_eq!(check(&[(a, Some(value)), (b, None)], &all), keys, "a fork, and the keys stay together");
    assert_eq!(check(&[(b, None), (d, None)], &of_b), keys, "a step, and the keys part");
    assert_eq!(check(&[(a, None), (c, Some(value))], &of_ac), Err(MultiProofError::OtherKind { key: a }));
    let two = [(a, Some(value)), (b, Some(value)), (c, Some(value))];
    assert_eq!(check(&two, &all), Err(MultiProofError::OtherKind { key: a }), "two keys cannot have one leaf");
    assert_eq!(check(&[(b, Some(value))], &of_b), Err(MultiProofError::OtherKind { key: b }));
    assert_eq!(check(&[(a, None)], &of_b), Err(MultiProofError::NeighbourIsKey { key: a }));
    assert_eq!(check(&[(a, Some(other)), (c, Some(value))], &of_ac), Err(MultiProofError::OtherRoot));
    assert_eq!(check(&[(b, None)], &MultiProof::Empty), Err(MultiProofError::OtherRoot));
    assert_eq!(check(&[(a, Some(value))], &MultiProof::Empty), Err(MultiProofError::OtherKind { key: a }));
    let empty = tree::empty_root();
    assert_eq!(tree::check_many(&empty, &[(a, None), (b, None)].into(), &MultiProof::Empty), Ok(()));
}

/// Whatever bytes say, no more than 256 forks are read below each other: this would be a million calls.
#[test]
fn forks_without_end_are_refused_while_they_are_read() {
    let fork_at = |bit: u8| [0, 2, bit];
    for bits in [&[0, 0][..], &[7, 7], &[7, 6], &[0, 255, 0]] {
        let nested = bits.iter().chain(bits.iter().cycle().take(150_000)).flat_map(|bit| fork_at(*bit));
        let bytes: Vec<u8> = [1].into_iter().chain(nested).collect();
        assert!(bytes.len() < MultiProof::MAX_BYTES);
        assert_eq!(MultiProof::decode(&bytes), Err(DecodeError::NotCanonical));
    }
    let deepest: Vec<u8> = [1].into_iter().chain((0..=255).flat_map(fork_at)).chain([0, 0].repeat(257)).collect();
    let decode = move || MultiProof::decode(&deepest).map(|proof| encode(&proof) == deepest);
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(decode).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(true));
    assert!(matches!(MultiProof::decode(&vec![0; MultiProof::MAX_BYTES + 1]), Err(DecodeError::TooLong { .. })));
}

#[test]
fn ways_whose_bits_do_not_ascend_are_none() {
    let step = |bit| Step { bit, sibling: Hash([0; 32]) };
    let way = |steps: &[u8], end| Way::new(Path::new(steps.iter().map(|bit| step(*bit)).collect()).unwrap(), end);
    let fork = |bit, left: &[u8]| {
        let (left, right) = (way(left, End::Own).unwrap(), way(&[], End::Own).unwrap());
        End::Fork(Box::new(Fork { bit, left, right }))
    };
    assert!(way(&[1, 2], fork(3, &[4])).is_ok());
    assert!(way(&[], fork(0, &[])).is_ok());
    for (steps, bit, below) in [(&[1, 3][..], 3, &[4][..]), (&[1, 4], 3, &[4]), (&[1], 3, &[3]), (&[1], 3, &[2])] {
        assert!(way(steps, fork(bit, below)).is_err());
    }
    let nested = way(&[], fork(5, &[])).unwrap();
    let over = |bit| Fork { bit, left: nested.clone(), right: way(&[], End::Own).unwrap() };
    assert!(way(&[], End::Fork(Box::new(over(4)))).is_ok());
    assert!(way(&[], End::Fork(Box::new(over(5)))).is_err());
}

fn prove(records: &Records, key: StateKey) -> StateProof {
    naive_tree::prove(records, &key)
}
