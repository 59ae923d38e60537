//! Proofs over lists that were tampered with: hundreds of thousands, and none holds.
//!
//! A true statement and its proof are written as bytes, changed in one of the ways below, and judged. A changed statement
//! that is true as well (a shorter older list that is the beginning too) would need a proof of its own.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

#[path = "oracle/naive_list.rs"]
mod naive_list;

use bulla_verify::canonical::encode;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::list::{self, ConsistencyProof, Head, ListProof};

/// Numbers that differ from case to case and not from run to run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 += 1;
        let hash = Context::ImportNonce.hash(&self.0.to_le_bytes());
        (u64::from_le_bytes(hash.0[..8].try_into().unwrap()) % limit as u64) as usize
    }
}

fn leaves(count: usize, salt: u64) -> Vec<Hash> {
    (0..count).map(|at| list::leaf_hash(&encode(&(salt, at as u64)))).collect()
}

/// All that is said: these entries stand from here on in the list of this head.
#[derive(Clone, PartialEq)]
struct Shown {
    head: Head,
    from: u64,
    entries: Vec<Hash>,
    proof: Vec<u8>,
}

impl Shown {
    fn holds(&self) -> bool {
        let check = |proof| list::check_range(&self.head, self.from, self.entries.iter().copied(), &proof);
        ListProof::decode(&self.proof).is_ok_and(|proof| check(proof).is_ok())
    }
}

/// All that is said: the list of one head begins with that of the other.
#[derive(Clone, PartialEq)]
struct Grown {
    older: Head,
    newer: Head,
    proof: Vec<u8>,
}

impl Grown {
    fn holds(&self) -> bool {
        let check = |proof| list::check_consistency(&self.older, &self.newer, &proof);
        ConsistencyProof::decode(&self.proof).is_ok_and(|proof| check(proof).is_ok())
    }
}

/// Counts the refused, and stops at the first that holds.
#[derive(Default)]
struct Refused(u64);

impl Refused {
    fn add<S: Clone + PartialEq>(
        &mut self,
        truth: &S,
        holds: impl Fn(&S) -> bool,
        what: &str,
        change: impl FnOnce(&mut S),
    ) {
        let mut changed = truth.clone();
        change(&mut changed);
        if changed != *truth {
            assert!(!holds(&changed), "{what}");
            self.0 += 1;
        }
    }
}

/// Every way in which a list of hashes can come out of order: bits, swaps, cuts, padding, with and without the count put right.
fn tampered(bytes: &[u8], dice: &mut Dice) -> Vec<(&'static str, Vec<u8>)> {
    let hashes: Vec<[u8; 32]> = bytes[4..].chunks(32).map(|hash| hash.try_into().unwrap()).collect();
    let whole = |hashes: &[[u8; 32]]| encode(&hashes.iter().map(|hash| Hash(*hash)).collect::<Vec<_>>());
    let mut all = Vec::new();
    let mut edit = |what, edit: &mut dyn FnMut(&mut Vec<[u8; 32]>)| {
        let mut edited = hashes.clone();
        edit(&mut edited);
        all.push((what, whole(&edited)));
    };
    for at in 0..hashes.len() {
        edit("a hash left out", &mut |hashes| _ = hashes.remove(at));
        edit("a hash twice", &mut |hashes| hashes.insert(at, hashes[at]));
        edit("a hash of zeros", &mut |hashes| hashes[at] = [0; 32]);
        (at + 1..hashes.len()).for_each(|other| edit("two hashes swapped", &mut |hashes| hashes.swap(at, other)));
    }
    edit("another order", &mut |hashes| hashes.reverse());
    let turn = hashes.len().min(1);
    edit("a turn", &mut |hashes| hashes.rotate_left(turn));
    edit("padded by a hash", &mut |hashes| hashes.push([7; 32]));
    edit("padded in front", &mut |hashes| hashes.insert(0, [7; 32]));
    all.push(("a byte too many", [bytes, &[0]].concat()));
    all.extend((0..8).map(|_| ("cut", bytes[..dice.below(bytes.len())].to_vec())));
    for at in 0..bytes.len() {
        let mut edited = bytes.to_vec();
        edited[at] ^= 1 << dice.below(8);
        all.push(("a bit", edited));
    }
    all
}

#[test]
fn no_tampered_range_holds() {
    let (mut refused, mut dice) = (Refused::default(), Dice(0));
    let all = leaves(500, 1);
    let heads: Vec<Head> = (0..=all.len()).map(|len| Head::of(&all[..len])).collect();
    for round in 0..700 {
        let len = 1 + dice.below(if round % 4 == 0 { 12 } else { 400 });
        let (list, foreign) = (leaves(len, 1), leaves(len, 2));
        let from = dice.below(len);
        let count = 1 + if round % 3 == 0 { 0 } else { dice.below((len - from).min(9)) };
        let range = from..from + count;
        let proof = encode(&naive_list::prove_range(&list, range.clone()));
        let truth = Shown { head: Head::of(&list), from: from as u64, entries: list[range.clone()].to_vec(), proof };
        assert!(truth.holds());
        let mut add = |what: &str, change: &mut dyn FnMut(&mut Shown)| refused.add(&truth, Shown::holds, what, change);

        for (what, bytes) in tampered(&truth.proof, &mut dice) {
            add(what, &mut |shown| shown.proof.clone_from(&bytes));
        }
        for place in 0..(len as u64 + 3).min(40) {
            add("another place", &mut |shown| shown.from = place);
        }
        for _ in 0..40 {
            let other = 1 + dice.below(500);
            add("another length", &mut |shown| shown.head.len = other as u64);
            add("another head", &mut |shown| shown.head = heads[other]);
            let at = dice.below(len);
            let until = at + 1 + dice.below((len - at).min(9));
            let of_others = encode(&naive_list::prove_range(&list, at..until));
            add("the proof of other places", &mut |shown| {
                if (at, until) != (range.start, range.end) {
                    shown.proof.clone_from(&of_others);
                }
            });
            add("other places by this proof", &mut |shown| {
                shown.entries = list[at..until].to_vec();
                shown.from = at as u64;
            });
        }
        for at in 0..count {
            add("another entry", &mut |shown| shown.entries[at] = foreign[from + at]);
            add("an entry left out", &mut |shown| _ = shown.entries.remove(at));
            add("an entry twice", &mut |shown| shown.entries.insert(at, shown.entries[at]));
            add("entries in another order", &mut |shown| shown.entries.swap(0, at));
        }
        add("another root", &mut |shown| shown.head.root.0[dice.below(32)] ^= 1);
        let strange = encode(&naive_list::prove_range(&foreign, range.clone()));
        if len > count {
            add("the proof of another list", &mut |shown| shown.proof.clone_from(&strange));
        }
    }
    assert!(refused.0 > 300_000, "{} cases", refused.0);
}

#[test]
fn no_tampered_consistency_holds() {
    let (mut refused, mut dice) = (Refused::default(), Dice(1 << 40));
    for round in 0..700 {
        let len = 2 + dice.below(if round % 4 == 0 { 12 } else { 400 });
        let older = 1 + dice.below(len - 1);
        let (list, foreign) = (leaves(len, 1), leaves(len, 2));
        let proof = encode(&naive_list::prove_consistency(&list, older));
        let truth = Grown { older: Head::of(&list[..older]), newer: Head::of(&list), proof };
        assert!(truth.holds());
        let mut add = |what: &str, change: &mut dyn FnMut(&mut Grown)| refused.add(&truth, Grown::holds, what, change);

        for (what, bytes) in tampered(&truth.proof, &mut dice) {
            add(what, &mut |grown| grown.proof.clone_from(&bytes));
        }
        for _ in 0..60 {
            let other = 1 + dice.below(len);
            add("another older length", &mut |grown| grown.older.len = other as u64);
            add("another newer length", &mut |grown| grown.newer.len = (other + older) as u64);
            // These are beginnings too, but not by this proof; of the whole list, by none that has a hash.
            add("another older list", &mut |grown| grown.older = Head::of(&list[..other]));
            add("the proof of another length", &mut |grown| {
                if other != older {
                    grown.proof = encode(&naive_list::prove_consistency(&list, other));
                }
            });
        }
        for _ in 0..5 {
            let mut rewritten = list.clone();
            rewritten[dice.below(older)] = foreign[0];
            add("a rewritten list, with the old proof", &mut |grown| grown.newer = Head::of(&rewritten));
            add("a rewritten list, with its own proof", &mut |grown| {
                grown.newer = Head::of(&rewritten);
                grown.proof = encode(&naive_list::prove_consistency(&rewritten, older));
            });
        }
        add("other roots", &mut |grown| grown.older.root.0[dice.below(32)] ^= 1);
        add("the heads exchanged", &mut |grown| core::mem::swap(&mut grown.older, &mut grown.newer));
    }
    assert!(refused.0 > 300_000, "{} cases", refused.0);
}
