use super::*;
use bulla_verify::list::{Head, check_consistency, check_range, leaf_hash};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;

/// A list as it is kept: its leaves, the kept nodes and nothing else. It counts what is read.
#[derive(Default)]
struct Kept {
    rows: BTreeMap<(u32, u64), Hash>,
    frontier: Frontier,
    heads: Vec<Head>,
    reads: Cell<u64>,
}

impl Kept {
    fn of(len: u64) -> Kept {
        let mut kept = Kept { heads: vec![Head::default()], ..Kept::default() };
        (0..len).for_each(|place| kept.append(&leaf(place)));
        kept
    }

    fn append(&mut self, leaf: &Hash) {
        self.rows.insert((0, self.frontier.len()), *leaf);
        append(&mut self.frontier, leaf, |level, place, node| {
            assert_eq!(self.rows.insert((level, place), *node), None, "a node is written once");
        });
        self.heads.push(self.frontier.head());
    }

    fn reads(&self, of: impl FnOnce(&Kept)) -> u64 {
        self.reads.set(0);
        of(self);
        self.reads.get()
    }
}

impl Nodes for Kept {
    type Fault = (u32, u64);

    fn node(&self, level: u32, place: u64) -> Result<Hash, (u32, u64)> {
        self.reads.set(self.reads.get() + 1);
        self.rows.get(&(level, place)).copied().ok_or((level, place))
    }
}

fn leaf(place: u64) -> Hash {
    leaf_hash(&place.to_le_bytes())
}

/// Proofs for every length that the list has had, from the rows of its last length.
#[test]
fn kept_nodes_give_the_proofs_that_the_leaves_give() {
    let kept = Kept::of(300);
    let leaves: Vec<Hash> = (0..300).map(leaf).collect();
    for len in (1..=300u64).filter(|len| len % 7 == 0 || *len < 40 || len % 16 < 2) {
        let list = &leaves[..usize::try_from(len).unwrap()];
        for from in (0..len).step_by(5) {
            for shown in [from..from + 1, from..len, from..len.min(from + 9)] {
                let proof = prove(&kept, len, shown.clone()).unwrap().unwrap();
                assert_eq!(Some(&proof), prove_in(list, shown.clone()).as_ref(), "{shown:?} of {len}");
                let entries: Vec<Hash> = shown.map(leaf).collect();
                assert_eq!(check_range(&kept.heads[list.len()], from, entries, &proof), Ok(()));
            }
            let proof = prove_consistency(&kept, from, len).unwrap().unwrap();
            let older = &kept.heads[usize::try_from(from).unwrap()];
            assert_eq!(check_consistency(older, &kept.heads[list.len()], &proof), Ok(()));
        }
    }
}

#[test]
fn what_the_list_does_not_have_is_not_proved() {
    let kept = Kept::of(20);
    let backwards = Range { start: 4, end: 3 };
    for shown in [3..3, backwards, 0..21, 20..21, 3..u64::MAX] {
        assert_eq!(prove(&kept, 20, shown), Ok(None));
    }
    assert_eq!(prove_consistency(&kept, 6, 5), Ok(None));
    assert_eq!(prove(&kept, 21, 0..1), Err((0, 20)), "a length that it has not had yet");
    assert_eq!(prove_in(&[], 0..1), None);
    assert_eq!(<[Hash]>::node(&[leaf(0)], 1, 0), Err(Beyond));
    assert_eq!(<[Hash]>::node(&[leaf(0)], 64, u64::MAX), Err(Beyond));
}

/// What the table in the module's documentation says, at a length that is not kind to proofs.
#[test]
fn rows_written_and_read_stay_few() {
    const LEN: u64 = 99_999;
    let kept = Kept::of(LEN);
    let nodes = u64::try_from(kept.rows.len()).unwrap() - LEN;
    assert_eq!(nodes, LEN / 16 + LEN / 256 + LEN / 4_096 + LEN / 65_536);
    // Below each kept level 15 rows give its siblings; as many again give what is right of the last peak.
    let most = 2 * 15 * u64::from(LEN.ilog2() / KEPT_EVERY + 1);
    let places = (0..LEN).step_by(997).chain([0, LEN - 1]);
    let reads: Vec<u64> = places.map(|place| kept.reads(|kept| drop(prove(kept, LEN, place..place + 1)))).collect();
    assert!(reads.iter().all(|reads| *reads <= most), "{reads:?}");
    let grown = kept.reads(|kept| drop(prove_consistency(kept, LEN / 3, LEN)));
    assert!(grown <= most, "{grown}");
    let suffix = kept.reads(|kept| drop(prove(kept, LEN, LEN / 3..LEN)));
    assert!(suffix <= most, "the entries that are shown are not read again: {suffix}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_place_of_any_length_is_proved(len in 1..20_000u64, from: prop::sample::Index, count in 1..300u64, older: prop::sample::Index) {
        let kept = Kept::of(len);
        let at = |index: prop::sample::Index| u64::try_from(index.index(usize::try_from(len).unwrap())).unwrap();
        let head = kept.frontier.head();
        let shown = at(from)..len.min(at(from) + count);
        let proof = prove(&kept, len, shown.clone()).unwrap().unwrap();
        prop_assert_eq!(check_range(&head, at(from), shown.map(leaf).collect::<Vec<_>>(), &proof), Ok(()));
        let proof = prove_consistency(&kept, at(older), len).unwrap().unwrap();
        prop_assert_eq!(check_consistency(&kept.heads[usize::try_from(at(older)).unwrap()], &head, &proof), Ok(()));
    }
}
