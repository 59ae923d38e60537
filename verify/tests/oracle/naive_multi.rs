//! The proof for several keys by its definition: what the proofs of each key share stands in it once.

use super::naive_tree::{self, Records};
use bulla_verify::tree::{End, Fork, Leaf, MultiProof, Path, StateKey, StateProof, Step, Way};
use std::collections::BTreeSet;

/// The steps of one key that are left, and the leaf at its end if it is another key's.
type Single = (StateKey, Vec<Step>, Option<Leaf>);

/// The one proof that is valid for these keys, of which there is one at least.
pub(crate) fn prove(records: &Records, keys: &BTreeSet<StateKey>) -> MultiProof {
    let single = |key: &StateKey| match naive_tree::prove(records, key) {
        StateProof::Empty => None,
        StateProof::Present { path } => Some((*key, path.steps().to_vec(), None)),
        StateProof::Absent { neighbour, path } => Some((*key, path.steps().to_vec(), Some(neighbour))),
    };
    let singles: Option<Vec<Single>> = keys.iter().map(single).collect();
    singles.map_or(MultiProof::Empty, |singles| MultiProof::Way(way(singles)))
}

fn way(mut singles: Vec<Single>) -> Way {
    let mut shared = Vec::new();
    let end = loop {
        let nexts: Option<Vec<Step>> = singles.iter().map(|(_, steps, _)| steps.first().copied()).collect();
        let Some(nexts) = nexts else {
            // All end at one leaf: that of one among them, or of a key that is none of them.
            let neighbours: Option<Vec<Leaf>> = singles.iter().map(|(.., neighbour)| *neighbour).collect();
            break neighbours.map_or(End::Own, |neighbours| End::Neighbour(neighbours[0]));
        };
        let bit = nexts[0].bit;
        assert!(nexts.iter().all(|next| next.bit == bit), "who has gone together comes to the same node");
        for (_, steps, _) in &mut singles {
            steps.remove(0);
        }
        if nexts.iter().all(|next| *next == nexts[0]) {
            shared.push(nexts[0]);
        } else {
            let (right, left) = singles.into_iter().partition(|(key, ..)| key.bit(bit));
            break End::Fork(Box::new(Fork { bit, left: way(left), right: way(right) }));
        }
    };
    let path = Path::new(shared).expect("bits ascend in the proof of each");
    Way::new(path, end).expect("bits ascend in the proof of each")
}
