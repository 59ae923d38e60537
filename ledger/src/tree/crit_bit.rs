//! The state tree in memory: nodes in an arena, shared by all versions, copied where they change.
//!
//! | file | says |
//! |---|---|
//! | `arena.rs` | where nodes lie, and how they are read while others are made |
//! | `versions.rs` | which nodes are free when a version is dropped |
//! | `marks.rs` | a set of nodes |
//! | `plan.rs` | which nodes a set of changes replaces and needs |
//! | `make.rs` | making those: each hashed once, children first, many at a time |
//! | `lanes.rs` | many hashes at once |
//! | `build.rs` | a tree from its sorted leaves |
//! | `multi.rs` | one proof for several keys |
//!
//! Recursion goes at most one frame deeper with each bit of a key: 256 levels.

mod arena;
mod build;
mod lanes;
mod make;
mod marks;
mod multi;
mod plan;
mod versions;

use super::{Memory, NotAscending, StateTree};
use arena::{Arena, Link, Nodes, Target};
use build::build;
use bulla_verify::hash::Hash;
use bulla_verify::tree::{self, Leaf, MultiProof, Path, StateKey, StateProof, Step};
use plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use versions::VersionId;

/// One version of the state, as keys and value hashes. Clones are the same version.
#[derive(Clone)]
pub struct Tree(Arc<Version>);

/// A version, which is held as long as this value lives.
struct Version {
    arena: Arc<Arena>,
    id: VersionId,
    nodes: Arc<Nodes>,
    top: Option<Link>,
    root: Hash,
    len: u64,
}

impl StateTree for Tree {
    fn from_leaves(leaves: impl IntoIterator<Item = (StateKey, Hash)>) -> Result<Self, NotAscending> {
        let arena = Arc::<Arena>::default();
        let (top, len) = build(&arena, leaves.into_iter())?;
        let nodes = arena.lock().nodes().clone();
        let root = top.as_ref().map_or_else(tree::empty_root, |top| top.hash);
        let top = top.map(|top| top.link);
        Ok(Tree(Arc::new(Version { arena, id: VersionId::default(), nodes, top, root, len })))
    }

    fn apply(&self, changes: &BTreeMap<StateKey, Option<Hash>>) -> Self {
        let changes: Vec<_> = changes.iter().map(|(key, value_hash)| (*key, *value_hash)).collect();
        let plan = Plan::new(&self.0.nodes, self.0.top, &changes);
        Tree(Arc::new(make::make(&self.0, plan)))
    }

    fn root(&self) -> Hash {
        self.0.root
    }

    fn len(&self) -> u64 {
        self.0.len
    }

    fn value_hash(&self, key: &StateKey) -> Option<Hash> {
        self.walk(key, |_, _| ()).filter(|leaf| leaf.key == *key).map(|leaf| leaf.value_hash)
    }

    fn prove(&self, key: &StateKey) -> StateProof {
        let mut steps = Vec::with_capacity(32);
        let leaf = self.walk(key, |bit, sibling| steps.push(Step { bit, sibling: sibling() }));
        let path = Path::new(steps).expect("bits ascend on the way down");
        match leaf {
            None => StateProof::Empty,
            Some(leaf) if leaf.key == *key => StateProof::Present { path },
            Some(neighbour) => StateProof::Absent { neighbour, path },
        }
    }

    fn prove_many(&self, keys: &BTreeSet<StateKey>) -> Option<MultiProof> {
        multi::prove(&self.0.nodes, self.0.top, keys)
    }

    fn memory(&self) -> Memory {
        let ground = self.0.arena.lock();
        let (leaves, inner_nodes) = ground.in_use();
        Memory { leaves, inner_nodes, bytes: ground.bytes() }
    }
}

impl Tree {
    /// The leaf at which the search for a key ends: its own, or another that agrees with it on every bit of the way. Each node
    /// of the way is shown: its bit, and how to read the hash of the side that is not taken.
    fn walk(&self, key: &StateKey, mut visit: impl FnMut(u8, &dyn Fn() -> Hash)) -> Option<Leaf> {
        let Version { nodes, top, .. } = &*self.0;
        let mut link = (*top)?;
        loop {
            match link.target() {
                Target::Leaf(slot) => return Some(nodes.leaf(slot)),
                Target::Inner(slot) => {
                    let fork = nodes.fork(slot);
                    let (taken, is_right) = fork.take(key);
                    visit(fork.bit, &|| nodes.side(slot, !is_right));
                    link = taken;
                }
            }
        }
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::from_leaves([]).expect("no leaves are in order")
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        self.arena.lock().drop_version(self.id);
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("root", &self.0.root).field("len", &self.0.len).finish()
    }
}

#[cfg(test)]
mod tests;
