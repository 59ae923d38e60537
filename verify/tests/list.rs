//! Lists against their definition: heads, appends, and proofs that hold for one leaf at one place of one length.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "oracle/naive_list.rs"]
mod naive_list;

use bulla_verify::canonical::{DecodeError, decode, encode};
use bulla_verify::hash::Hash;
use bulla_verify::list::{self, Frontier, Head, ListError, ListProof};

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|at| list::leaf_hash(&[at])).collect()
}

#[test]
fn every_append_gives_the_head_of_the_definition() {
    let leaves = leaves(130);
    let mut frontier = Frontier::default();
    for len in 0..=leaves.len() {
        let expected = naive_list::head(&leaves[..len]);
        assert_eq!(frontier.head(), expected);
        assert_eq!(Head::of(&leaves[..len]), expected);
        let bytes = encode(&frontier);
        frontier = decode(&bytes, Frontier::MAX_BYTES).unwrap();
        assert_eq!(frontier.len(), len as u64);
        if let Some(leaf) = leaves.get(len) {
            frontier.append(leaf);
        }
    }
    assert_eq!(Head::default(), naive_list::head(&[]));
}

/// Every place of every length up to 33, asked as every other place, leaf and length.
#[test]
fn a_proof_holds_for_one_leaf_at_one_place_of_one_length() {
    let leaves = leaves(33);
    let heads: Vec<Head> = (0..=leaves.len()).map(|len| naive_list::head(&leaves[..len])).collect();
    for len in 1..=leaves.len() {
        for index in 0..len {
            let proof = naive_list::prove(&leaves[..len], index);
            for (told, head) in heads.iter().enumerate() {
                for place in 0..=leaves.len() {
                    let verdict = list::check(head, place as u64, &leaves[index], &proof);
                    assert_eq!(verdict.is_ok(), told == len && place == index, "{index} of {len} as {place} of {told}");
                }
            }
            for (at, leaf) in leaves.iter().enumerate() {
                assert_eq!(list::check(&heads[len], index as u64, leaf, &proof).is_ok(), at == index);
            }
        }
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let leaves = leaves(21);
    let head = naive_list::head(&leaves);
    for index in 0..leaves.len() {
        let bytes = encode(&naive_list::prove(&leaves, index));
        let accepted = |bytes: &[u8]| {
            let proof = ListProof::decode(bytes);
            proof.is_ok_and(|proof| list::check(&head, index as u64, &leaves[index], &proof).is_ok())
        };
        assert!(accepted(&bytes));
        for at in 0..bytes.len() * 8 {
            let mut edited = bytes.clone();
            edited[at / 8] ^= 1 << (at % 8);
            assert!(!accepted(&edited), "bit {at} of place {index}");
        }
        assert!((0..bytes.len()).all(|end| !accepted(&bytes[..end])));
        assert!(!accepted(&[&bytes[..], &[0]].concat()));
    }
}

#[test]
fn an_inner_node_never_passes_for_a_leaf() {
    let leaves = leaves(4);
    let nodes = [list::inner_hash(&leaves[0], &leaves[1]), list::inner_hash(&leaves[2], &leaves[3])];
    let proof = naive_list::prove(&nodes, 0);
    assert_eq!(list::check(&naive_list::head(&nodes), 0, &nodes[0], &proof), Ok(()));
    let head = naive_list::head(&leaves);
    assert_eq!(list::check(&head, 0, &nodes[0], &proof), Err(ListError::Shape { found: 1, expected: 2 }));
    assert_eq!(list::check(&Head { len: 2, ..head }, 0, &nodes[0], &proof), Err(ListError::OtherRoot));
}

#[test]
fn places_beyond_the_end_are_refused() {
    let head = naive_list::head(&leaves(3));
    let proof = naive_list::prove(&leaves(3), 2);
    assert_eq!(list::check(&head, 3, &leaves(3)[2], &proof), Err(ListError::BeyondEnd { index: 3, len: 3 }));
    assert_eq!(list::check(&Head::default(), 0, &leaves(3)[2], &proof), Err(ListError::BeyondEnd { index: 0, len: 0 }));
}

/// The longest lists that a head can name are checked without overflow, and refused.
#[test]
fn the_largest_lengths_are_judged_as_any_other() {
    let head = Head { len: u64::MAX, root: Hash([1; 32]) };
    let proof = ListProof { hashes: vec![Hash([2; 32]); ListProof::MAX_HASHES] };
    assert_eq!(list::check(&head, 0, &Hash([3; 32]), &proof), Err(ListError::OtherRoot));
    assert_eq!(
        list::check(&head, u64::MAX - 1, &Hash([3; 32]), &proof),
        Err(ListError::Shape { found: 126, expected: 63 })
    );
    assert_eq!(encode(&proof).len(), ListProof::MAX_BYTES);
    let longer = ListProof { hashes: vec![Hash([2; 32]); ListProof::MAX_HASHES + 1] };
    assert!(matches!(ListProof::decode(&encode(&longer)), Err(DecodeError::TooLong { .. })));
}

#[test]
fn a_frontier_has_the_peaks_of_its_length_and_a_length_that_can_grow() {
    let mut bytes = encode(&Head::of(&leaves(3)).len);
    bytes.extend([7; 64]);
    assert!(decode::<Frontier>(&bytes, Frontier::MAX_BYTES).is_ok());
    assert!(decode::<Frontier>(&bytes[..bytes.len() - 1], Frontier::MAX_BYTES).is_err());
    bytes[0] = 7;
    assert!(decode::<Frontier>(&bytes, Frontier::MAX_BYTES).is_err());
    let beyond = encode(&(Frontier::LEN_LIMIT, [7u8; 32]));
    assert!(decode::<Frontier>(&beyond, Frontier::MAX_BYTES).is_err());
}
