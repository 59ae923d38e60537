//! Of entries at places of a known list, and of a list that has only grown: the one true proof is accepted, for the truth and
//! under the true head, and nothing else for anything.

use super::naive_list;
use super::tape::{Tape, as_it_stands, to_be_edited};
use super::{Reached, decoded};
use bulla_verify::canonical::{self, encode};
use bulla_verify::hash::Hash;
use bulla_verify::list::{self, ConsistencyProof, Frontier, Head, ListProof};
use std::sync::LazyLock;

const LONGEST: usize = 40;

/// Two lists that part at this place.
const PARTS_AT: usize = 20;
static LISTS: LazyLock<[Vec<Hash>; 2]> = LazyLock::new(|| {
    [0, 1].map(|name| {
        let entry = |at| list::leaf_hash(&[if at < PARTS_AT { 0 } else { name }, at as u8]);
        (0..LONGEST).map(entry).collect()
    })
});

pub fn judge(input: &[u8]) -> Reached {
    let mut tape = Tape::new(input);
    match tape.byte() % 3 {
        0 => places(tape),
        1 => growth(tape),
        _ => frontier(tape),
    }
}

fn places(mut tape: Tape) -> Reached {
    let (list, other) = (&LISTS[0][..tape.below(LONGEST + 1)], &LISTS[1]);
    let shown = tape.below(LONGEST);
    let shown = shown..shown + tape.below(LONGEST + 1 - shown);
    // Of the list itself, or of another that is the same up to a place.
    let told = &(if tape.byte().is_multiple_of(4) { other } else { &LISTS[0] })[shown.clone()];
    let (claimed_len, far) = (u64::from_le_bytes(tape.number()), u64::from_le_bytes(tape.number()));
    let is_true = !shown.is_empty() && shown.end <= list.len() && *told == LISTS[0][shown.clone()];
    let truth = is_true.then(|| naive_list::prove_range(list, shown.clone()));
    let donor = if list.is_empty() { ListProof::default() } else { naive_list::prove(list, list.len() / 2) };
    let truths: Vec<_> = truth.iter().chain([&donor]).map(encode).collect();
    let bytes = tape.encoding(&truths, &LISTS[0]);
    let Some(proof) = decoded(&bytes, ListProof::MAX_BYTES, ListProof::decode(&bytes)) else {
        return Reached::Refused;
    };
    let head = naive_list::head(list);
    let holds = |head: &Head, from| list::check_range(head, from, told.iter().copied(), &proof).is_ok();
    let accepted = holds(&head, shown.start as u64);
    assert_eq!(accepted, truth.as_ref() == Some(&proof), "{shown:?} of {}: {proof:?}", list.len());
    let other_length = Head { len: claimed_len, ..head };
    assert!(other_length == head || !holds(&other_length, shown.start as u64), "{head:?} as {claimed_len}");
    assert!(far == shown.start as u64 || !(accepted && holds(&head, far)), "{shown:?} also from {far}");
    holds(&other_length, far);
    if accepted { Reached::Accepted } else { Reached::Decoded }
}

fn growth(mut tape: Tape) -> Reached {
    let older = &LISTS[usize::from(tape.byte() % 2)][..tape.below(LONGEST + 1)];
    let newer = &LISTS[0][..tape.below(LONGEST + 1)];
    let claimed_len = u64::from_le_bytes(tape.number());
    let truth = newer.starts_with(older).then(|| naive_list::prove_consistency(newer, older.len()));
    let donor = naive_list::prove_consistency(newer, newer.len() / 2);
    let truths: Vec<_> = truth.iter().chain([&donor]).map(encode).collect();
    let bytes = tape.encoding(&truths, &LISTS[0]);
    let Some(proof) = decoded(&bytes, ConsistencyProof::MAX_BYTES, ConsistencyProof::decode(&bytes)) else {
        return Reached::Refused;
    };
    let heads = [older, newer].map(naive_list::head);
    let holds = |older: &Head, newer: &Head| list::check_consistency(older, newer, &proof).is_ok();
    let accepted = holds(&heads[0], &heads[1]);
    assert_eq!(accepted, truth.as_ref() == Some(&proof), "{} to {}: {proof:?}", older.len(), newer.len());
    let [other_older, other_newer] = heads.map(|head| Head { len: claimed_len, ..head });
    assert!(other_older == heads[0] || !holds(&other_older, &heads[1]), "older as {claimed_len}: {proof:?}");
    // Of a newer head nothing is looked at where the older list is empty: every list begins with that.
    let is_said_by_heads = older.is_empty();
    assert!(other_newer == heads[1] || is_said_by_heads || !holds(&heads[0], &other_newer), "newer as {claimed_len}");
    holds(&other_older, &other_newer);
    if accepted { Reached::Accepted } else { Reached::Decoded }
}

fn frontier(mut tape: Tape) -> Reached {
    let mut kept = Frontier::default();
    let list = &LISTS[0][..tape.below(LONGEST)];
    list.iter().for_each(|leaf| kept.append(leaf));
    let bytes = tape.encoding(&[encode(&kept)], &LISTS[0]);
    let decoding = canonical::decode::<Frontier>(&bytes, Frontier::MAX_BYTES);
    let Some(mut read) = decoded(&bytes, Frontier::MAX_BYTES, decoding) else { return Reached::Refused };
    assert_eq!(read.head() == naive_list::head(list), read == kept, "{read:?}");
    let (reached, before) = (if read == kept { Reached::Accepted } else { Reached::Decoded }, read.len());
    read.append(&LISTS[0][0]);
    assert_eq!(read.head().len, before + 1);
    reached
}

pub fn seeds() -> Vec<Vec<u8>> {
    let len = [0; 8];
    let places = [&[0, 37, 0, 4, 0, 9, 0, 1][..], &len, &len].concat();
    let growth = [&[1, 0, 13, 0, 37, 0][..], &len].concat();
    vec![
        as_it_stands(&places, &encode(&naive_list::prove_range(&LISTS[0][..37], 4..13))),
        to_be_edited(&places, 0),
        as_it_stands(&growth, &encode(&naive_list::prove_consistency(&LISTS[0][..37], 13))),
        to_be_edited(&growth, 1),
        to_be_edited(&[2, 37, 0], 0),
    ]
}
