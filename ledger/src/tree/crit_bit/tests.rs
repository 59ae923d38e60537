use super::*;
use bulla_verify::tree::{check_hash, check_many, value_hash};
use naive_tree::Records;
use proptest::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

#[path = "../../../../verify/tests/oracle/naive_multi.rs"]
mod naive_multi;
#[path = "../../../../verify/tests/oracle/naive_tree.rs"]
mod naive_tree;

type Changes = BTreeMap<StateKey, Option<Hash>>;

/// What may happen to the versions that are held; numbers choose among them, and count round.
#[derive(Clone, Debug)]
enum Act {
    /// A block on any version: the last, one that has been built on already, or one long past.
    Apply(usize, Vec<(u8, Option<u8>)>),
    /// A version is forgotten: the oldest, or a proposal that is never decided.
    Drop(usize),
    /// The node starts again: a version is built anew from its leaves.
    Reopen(usize),
    /// Presence, absence and several keys are proved under a version.
    Prove(usize, Vec<u8>),
}

fn act() -> impl Strategy<Value = Act> {
    let value = prop_oneof![2 => Just(None), 3 => (0..3u8).prop_map(Some)];
    let changes = prop::collection::vec((0..48u8, value), 0..10);
    // Half of the blocks are built on the last version, for the rest any number does.
    let on = prop_oneof![Just(usize::MAX), any::<usize>()];
    prop_oneof![
        6 => (on, changes).prop_map(|(on, changes)| Act::Apply(on, changes)),
        4 => any::<usize>().prop_map(Act::Drop),
        1 => any::<usize>().prop_map(Act::Reopen),
        2 => (any::<usize>(), prop::collection::vec(0..48u8, 1..6)).prop_map(|(of, keys)| Act::Prove(of, keys)),
    ]
}

/// One of 48 keys: hashes over two areas, and a comb that parts at bits from 0 to 255.
fn key(at: u8) -> StateKey {
    match at {
        0..32 => StateKey::new(at % 2, &value_hash(&[at])),
        _ => {
            let bit = (at - 32) * 17;
            StateKey(std::array::from_fn(|at| if at == usize::from(bit / 8) { 0x80 >> (bit % 8) } else { 0 }))
        }
    }
}

fn value(at: u8) -> Hash {
    value_hash(&[at])
}

/// Versions that are held, each with the records that it is of.
#[derive(Default)]
struct Held(Vec<(Tree, Records)>);

impl Held {
    fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        let place = |number: usize, len: usize| if number == usize::MAX { len - 1 } else { number % len };
        match act {
            Act::Apply(on, changes) => {
                let (tree, records) = &self.0[place(*on, self.0.len())];
                let changes: Changes = changes.iter().map(|(at, to)| (key(*at), to.map(value))).collect();
                let mut after = records.clone();
                for (key, to) in &changes {
                    match to {
                        Some(to) => drop(after.insert(*key, *to)),
                        None => drop(after.remove(key)),
                    }
                }
                let tree = tree.apply(&changes);
                prop_assert_eq!(tree.root(), naive_tree::root(&after));
                self.0.push((tree, after));
            }
            Act::Drop(_) if self.0.len() == 1 => (),
            Act::Drop(number) => drop(self.0.remove(place(*number, self.0.len()))),
            Act::Reopen(number) => {
                let place = place(*number, self.0.len());
                let (tree, records) = &mut self.0[place];
                *tree = Tree::from_leaves(records.clone()).unwrap();
            }
            Act::Prove(of, keys) => {
                let (tree, records) = &self.0[place(*of, self.0.len())];
                judge(tree, records, keys)?;
            }
        }
        self.no_slot_is_lost()
    }

    /// In each arena exactly the nodes are in use that a held version reaches.
    fn no_slot_is_lost(&self) -> Result<(), TestCaseError> {
        let mut reached: BTreeMap<_, BTreeSet<Link>> = BTreeMap::new();
        for (Tree(version), _) in &self.0 {
            let reached = reached.entry(Arc::as_ptr(&version.arena)).or_default();
            reach(&version.nodes, version.top, reached);
        }
        for (Tree(version), _) in &self.0 {
            let reached = &reached[&Arc::as_ptr(&version.arena)];
            let leaves = reached.iter().filter(|link| link.is_leaf()).count();
            prop_assert_eq!(version.arena.lock().in_use(), (leaves, reached.len() - leaves));
        }
        Ok(())
    }
}

fn reach(nodes: &Nodes, link: Option<Link>, reached: &mut BTreeSet<Link>) {
    let Some(link) = link.filter(|link| reached.insert(*link)) else { return };
    if let Target::Inner(slot) = link.target() {
        let fork = nodes.fork(slot);
        reach(nodes, Some(fork.left), reached);
        reach(nodes, Some(fork.right), reached);
    }
}

/// What a version says of some keys is what the records say, and the only proof of it that there is.
fn judge(tree: &Tree, records: &Records, keys: &[u8]) -> Result<(), TestCaseError> {
    let root = naive_tree::root(records);
    prop_assert_eq!(tree.root(), root);
    prop_assert_eq!(tree.len(), u64::try_from(records.len()).unwrap());
    let claims: Changes = keys.iter().map(|at| (key(*at), records.get(&key(*at)).copied())).collect();
    for (key, truth) in &claims {
        prop_assert_eq!(tree.value_hash(key), *truth);
        let proof = tree.prove(key);
        prop_assert_eq!(check_hash(&root, key, *truth, &proof), Ok(()));
        prop_assert_eq!(proof, naive_tree::prove(records, key));
    }
    let keys: BTreeSet<StateKey> = claims.keys().copied().collect();
    let proof = tree.prove_many(&keys).unwrap();
    prop_assert_eq!(check_many(&root, &claims, &proof), Ok(()));
    prop_assert_eq!(proof, naive_multi::prove(records, &keys));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    /// Siblings, past versions, proposals that are dropped, and restarts: each version stays what it was, and nothing leaks.
    #[test]
    fn every_version_is_the_tree_of_its_records(acts in prop::collection::vec(act(), 1..24)) {
        let mut held = Held(vec![(Tree::default(), Records::new())]);
        for act in &acts {
            held.act(act)?;
        }
        for (tree, records) in &held.0 {
            judge(tree, records, &[0, 1, 40])?;
        }
    }
}

/// Of many versions on each other and beside each other, dropped in any order, the last leaves only its own nodes.
#[test]
fn what_is_dropped_in_any_order_is_free() {
    for seed in 0..200u64 {
        let mut dice = Dice(seed);
        let mut held = Held(vec![(Tree::default(), Records::new())]);
        for _ in 0..30 {
            let changes = (0..6).map(|_| (dice.below(48) as u8, Some(dice.below(200) as u8))).collect();
            held.act(&Act::Apply(dice.below(held.0.len()), changes)).unwrap();
        }
        while held.0.len() > 1 {
            held.act(&Act::Drop(dice.below(held.0.len()))).unwrap();
        }
        let (tree, records) = &held.0[0];
        let memory = tree.memory();
        assert_eq!((memory.leaves, memory.inner_nodes), (records.len(), records.len().saturating_sub(1)));
    }
}

/// While versions are built and dropped, others prove from theirs, and every proof holds.
#[test]
fn proofs_hold_while_the_next_version_is_built() {
    let keys: Vec<StateKey> = (0..400u16).map(|at| StateKey::new(1, &value_hash(&at.to_le_bytes()))).collect();
    let start = keys.iter().step_by(2).map(|key| (*key, Some(value(0)))).collect();
    let (latest, is_over) = (Mutex::new(Tree::default().apply(&start)), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for reader in 0..3 {
            let (keys, latest, is_over) = (&keys, &latest, &is_over);
            scope.spawn(move || {
                let mut dice = Dice(reader);
                while !is_over.load(Ordering::SeqCst) {
                    let tree = latest.lock().unwrap().clone();
                    for _ in 0..20 {
                        let key = keys[dice.below(keys.len())];
                        assert_eq!(check_hash(&tree.root(), &key, tree.value_hash(&key), &tree.prove(&key)), Ok(()));
                    }
                }
            });
        }
        let mut dice = Dice(99);
        for _ in 0..1500 {
            let parent = latest.lock().unwrap().clone();
            let mut changes = || {
                let change = |dice: &mut Dice| {
                    (keys[dice.below(keys.len())], (dice.below(3) > 0).then(|| value(dice.below(9) as u8)))
                };
                (0..20).map(|_| change(&mut dice)).collect::<Changes>()
            };
            let (undecided, decided) = (parent.apply(&changes()), parent.apply(&changes()));
            *latest.lock().unwrap() = decided;
            drop((parent, undecided));
        }
        is_over.store(true, Ordering::SeqCst);
    });
    let last = latest.into_inner().unwrap();
    let len = usize::try_from(last.len()).unwrap();
    assert_eq!((last.memory().leaves, last.memory().inner_nodes), (len, len - 1));
}

#[test]
fn several_keys_are_one_at_least_and_no_more_than_the_cap() {
    let tree = Tree::default();
    let keys = |count: usize| (0..count).map(|at| StateKey::new(1, &value_hash(&at.to_le_bytes()))).collect();
    assert_eq!(tree.prove_many(&keys(0)), None);
    assert_eq!(tree.prove_many(&keys(MultiProof::MAX_KEYS + 1)), None);
    assert_eq!(tree.prove_many(&keys(MultiProof::MAX_KEYS)), Some(MultiProof::Empty));
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}
