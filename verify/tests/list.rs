//! Lists against their definition: heads, appends, and proofs that hold for one statement only.
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
use bulla_verify::list::{self, ConsistencyError, ConsistencyProof, Frontier, Head, ListError, ListProof};
use proptest::prelude::*;

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

/// RFC 6962's audit path, from the leaf up, with the side on which each sibling stands: written as there, for its order.
fn audit_path(leaves: &[Hash], index: usize) -> Vec<(bool, Hash)> {
    if leaves.len() == 1 {
        return vec![];
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let root = |leaves| naive_list::prove_range(leaves, leaves.len()..leaves.len() + 1).hashes[0];
    match index.checked_sub(left.len()) {
        None => [audit_path(left, index), vec![(false, root(right))]].concat(),
        Some(index) => [audit_path(right, index), vec![(true, root(left))]].concat(),
    }
}

/// Any program that makes audit paths makes these proofs: the left siblings downwards, then the right ones upwards.
#[test]
fn a_proof_of_one_place_is_the_audit_path_from_left_to_right() {
    let leaves = leaves(70);
    for (len, index) in (1..=70).flat_map(|len| (0..len).map(move |index| (len, index))) {
        let path = audit_path(&leaves[..len], index);
        let left = path.iter().rev().filter(|(is_left, _)| *is_left);
        let hashes: Vec<Hash> =
            left.chain(path.iter().filter(|(is_left, _)| !is_left)).map(|(_, hash)| *hash).collect();
        assert_eq!(hashes, naive_list::prove(&leaves[..len], index).hashes);
        assert!(hashes.len() <= len.next_power_of_two().ilog2() as usize, "place {index} of {len}");
    }
}

/// Every range of every length up to 17, asked of every length and from every place.
#[test]
fn a_range_holds_for_its_entries_at_its_places_of_one_length() {
    let leaves = leaves(17);
    let heads: Vec<Head> = (0..=leaves.len()).map(|len| naive_list::head(&leaves[..len])).collect();
    for (len, from) in (1..=leaves.len()).flat_map(|len| (0..len).map(move |from| (len, from))) {
        for to in from + 1..=len {
            let proof = naive_list::prove_range(&leaves[..len], from..to);
            let judge =
                |head, from: usize, shown: &[Hash]| list::check_range(head, from as u64, shown.iter().copied(), &proof);
            for (told, head) in heads.iter().enumerate() {
                for place in 0..=leaves.len() {
                    let is_right = judge(head, place, &leaves[from..to]).is_ok();
                    assert_eq!(is_right, told == len && place == from, "{from}..{to} of {len} as {place} of {told}");
                }
            }
            // One entry fewer, or one more, on either side.
            for (a, b) in [(from + 1, to), (from, to - 1), (from.saturating_sub(1), to), (from, (to + 1).min(17))] {
                let is_right = judge(&heads[len], a, &leaves[a..b]).is_ok();
                assert_eq!(is_right, (a, b) == (from, to), "{a}..{b} for {from}..{to} of {len}");
            }
        }
    }
    assert_eq!(list::check_range(&heads[3], 3, [], &ListProof::default()), Err(ListError::Nothing));
}

#[test]
fn the_whole_list_needs_no_hash() {
    let leaves = leaves(100);
    for len in 1..=leaves.len() {
        let head = Head::of(&leaves[..len]);
        let all = |count: usize| list::check_range(&head, 0, leaves[..count].iter().copied(), &ListProof::default());
        assert_eq!(all(len), Ok(()));
        assert!(all(len - 1).is_err());
        let suffix = naive_list::prove_range(&leaves[..len], len - 1..len);
        assert_eq!(list::check(&head, len as u64 - 1, &leaves[len - 1], &suffix), Ok(()), "and nothing after it");
    }
}

/// Every pair of lengths up to 40, and every other pair told of it.
#[test]
fn consistency_holds_for_one_pair_of_lengths() {
    let leaves = leaves(40);
    let heads: Vec<Head> = (0..=leaves.len()).map(|len| naive_list::head(&leaves[..len])).collect();
    for (newer, older) in (0..=leaves.len()).flat_map(|newer| (0..=newer).map(move |older| (newer, older))) {
        let proof = naive_list::prove_consistency(&leaves[..newer], older);
        assert!(proof.hashes.len() <= newer.next_power_of_two().ilog2() as usize + 1);
        for (after, b) in heads.iter().enumerate() {
            for (before, a) in heads.iter().enumerate() {
                // Where the heads alone say it, there is no hash that could be of another pair.
                let is_said = proof.hashes.is_empty() && (before == 0 || before == after);
                let is_right = list::check_consistency(a, b, &proof).is_ok();
                assert_eq!(is_right, is_said || (before, after) == (older, newer), "{older} {newer}: {before} {after}");
            }
        }
    }
}

#[test]
fn a_list_that_was_rewritten_is_told_from_one_that_grew() {
    let (before, mut after) = (leaves(21), leaves(40));
    let older = Head::of(&before);
    let judge = |after: &[Hash]| {
        list::check_consistency(&older, &Head::of(after), &naive_list::prove_consistency(after, before.len()))
    };
    assert_eq!(judge(&after), Ok(()));
    after[20] = list::leaf_hash(b"another");
    assert_eq!(judge(&after), Err(ConsistencyError::OtherOlder));
    let honest_peaks = ConsistencyProof {
        hashes: [
            &naive_list::prove_consistency(&leaves(40), 21).hashes[..3],
            &naive_list::prove_consistency(&after, 21).hashes[3..],
        ]
        .concat(),
    };
    assert_eq!(list::check_consistency(&older, &Head::of(&after), &honest_peaks), Err(ConsistencyError::OtherNewer));
    let shrunk = list::check_consistency(&Head::of(&after), &older, &ConsistencyProof::default());
    assert_eq!(shrunk, Err(ConsistencyError::Shorter { older: 40, newer: 21 }));
    let none = ConsistencyProof::default();
    assert_eq!(list::check_consistency(&Head::default(), &older, &none), Ok(()));
    let false_start = Head { len: 0, root: older.root };
    assert_eq!(list::check_consistency(&false_start, &older, &none), Err(ConsistencyError::OtherOlder));
    let other_end = Head { len: 21, root: Hash([0; 32]) };
    assert_eq!(list::check_consistency(&older, &other_end, &none), Err(ConsistencyError::OtherNewer));
}

#[test]
fn an_append_tells_of_every_tree_that_it_completes() {
    let leaves = leaves(100);
    let (mut frontier, mut told) = (Frontier::default(), Vec::new());
    for leaf in &leaves {
        frontier.append_telling(leaf, |level, place, hash| told.push((level, place, *hash)));
    }
    assert_eq!(told.len(), 100 + 50 + 25 + 12 + 6 + 3 + 1);
    for (level, place, hash) in told {
        let (size, place) = (1 << level, place as usize);
        let tree = Head::of(&leaves[place * size..(place + 1) * size]);
        // A perfect tree alone is a list: its node is what the root is made from.
        let root = blake3::derive_key("bulla v1 list root", &[&(size as u64).to_le_bytes()[..], &hash.0].concat());
        assert_eq!(tree.root, Hash(root), "level {level}, place {place}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    /// Longer lists, at random: every statement holds with the proof of the definition.
    #[test]
    fn what_the_definition_proves_holds(len in 1..700usize, from: prop::sample::Index, to: prop::sample::Index, older: prop::sample::Index) {
        let leaves: Vec<Hash> = (0..len).map(|at| list::leaf_hash(&at.to_le_bytes())).collect();
        let head = Head::of(&leaves);
        prop_assert_eq!(head, naive_list::head(&leaves));
        let from = from.index(len);
        let to = from + 1 + to.index(len - from);
        let proof = naive_list::prove_range(&leaves, from..to);
        prop_assert_eq!(list::check_range(&head, from as u64, leaves[from..to].iter().copied(), &proof), Ok(()));
        let one = naive_list::prove(&leaves, from);
        prop_assert_eq!(list::check(&head, from as u64, &leaves[from], &one), Ok(()));
        let older = older.index(len + 1);
        let proof = naive_list::prove_consistency(&leaves, older);
        prop_assert_eq!(list::check_consistency(&Head::of(&leaves[..older]), &head, &proof), Ok(()));
    }
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
    let proof = |count| ListProof { hashes: vec![Hash([2; 32]); count] };
    let shown = [Hash([3; 32]); 2];
    let judge = |from, shown: &[Hash], count| list::check_range(&head, from, shown.iter().copied(), &proof(count));
    assert_eq!(judge(0, &shown[..1], 64), Err(ListError::OtherRoot));
    assert_eq!(judge(0, &shown[..1], 63), Err(ListError::Shape { found: 63, expected: 64 }));
    assert_eq!(judge(u64::MAX - 1, &shown[..1], 64), Err(ListError::Shape { found: 64, expected: 63 }));
    assert_eq!(judge((1 << 63) - 1, &shown, 126), Err(ListError::OtherRoot));
    let beyond = ListError::BeyondEnd { index: u64::MAX, len: u64::MAX };
    assert_eq!(judge(u64::MAX - 1, &shown, 0), Err(beyond));
    assert_eq!(judge(u64::MAX, &shown, 0), Err(beyond));
    assert_eq!(encode(&proof(ListProof::MAX_HASHES)).len(), ListProof::MAX_BYTES);
    let longer = encode(&proof(ListProof::MAX_HASHES + 1));
    assert!(matches!(ListProof::decode(&longer), Err(DecodeError::TooLong { .. })));

    let grown = |older, count| {
        let proof = ConsistencyProof { hashes: vec![Hash([2; 32]); count] };
        list::check_consistency(&Head { len: older, root: Hash([1; 32]) }, &head, &proof)
    };
    assert_eq!(grown(u64::MAX - 1, 64), Err(ConsistencyError::OtherOlder));
    assert_eq!(grown(1, ConsistencyProof::MAX_HASHES), Err(ConsistencyError::OtherOlder));
    let shape = ConsistencyError::Shape { found: 64, expected: 65, older: 1, newer: u64::MAX };
    assert_eq!(grown(1, 64), Err(shape));
    let longer = encode(&vec![Hash([2; 32]); ConsistencyProof::MAX_HASHES + 1]);
    assert!(matches!(ConsistencyProof::decode(&longer), Err(DecodeError::TooLong { .. })));
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
