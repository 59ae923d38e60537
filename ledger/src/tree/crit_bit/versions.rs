//! Which nodes are reached by whom: when a version is dropped, exactly the nodes that only it reached are free.
//!
//! Versions form a tree: each but the first is made on another, and several may be made on one.
//!
//! ```text
//!   1 ── 2 ── 3 ── 5        3 and 4 are proposals on 2, of which 3 was decided. Nobody holds 1 any more: it went when it was
//!             └─ 4          dropped, 2 being its only child. Nobody holds 2, the parent of a height ago: it stays, unheld,
//!                           as long as 4 is undecided, and keeps none of the nodes that both 3 and 4 replaced.
//! ```
//!
//! # The invariants
//!
//! Say that a version *serves* itself if somebody holds it, and all held versions below it.
//!
//! 1. `replaced` of a version are the nodes that its parent reaches and that none whom the version serves reaches.
//! 2. `made` of a version are the nodes in its own right that somebody whom it serves reaches. The first version has no list: it
//!    made all that no other did.
//! 3. A version that is not held has two children or more, and no node is replaced by all of them.
//!
//! By 1 and 2 a node is in use exactly if somebody reaches it, since a held version replaces on its parent what it does not
//! reach itself, and by 3 an unheld one has given up what none of its children needs. [`Versions::release`] restores 3: what
//! all children of an unheld version replaced is freed if that version made it, and otherwise is replaced by that version too,
//! after which the same is asked of its parent. With no child left that is all it made, with one child the two become one.

use super::arena::Link;
use super::marks::Marks;
use std::collections::BTreeMap;

/// A version among those of one arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct VersionId(u64);

/// All versions of one arena.
pub(super) struct Versions {
    entries: BTreeMap<VersionId, Entry>,
    next: VersionId,
}

struct Entry {
    /// None for the first.
    parent: Option<VersionId>,
    children: Vec<VersionId>,
    is_held: bool,
    made: Made,
    replaced: Vec<Link>,
}

/// What a version made.
enum Made {
    /// As it was given. Most versions go without anybody asking what is in it.
    List(Vec<Link>),
    /// Of versions that became one. It may be most of the tree when an old version is held for long.
    Marks(Marks),
}

impl Default for Versions {
    /// With the first version, which is held and has the default id.
    fn default() -> Self {
        let first = Entry { parent: None, children: vec![], is_held: true, made: Made::nothing(), replaced: vec![] };
        Versions { entries: [(VersionId(0), first)].into(), next: VersionId(1) }
    }
}

impl Versions {
    /// A version that is held, made on one that is held.
    pub(super) fn add(&mut self, parent: VersionId, made: Vec<Link>, replaced: Vec<Link>) -> VersionId {
        let id = self.next;
        self.next = VersionId(id.0.checked_add(1).expect("nobody makes 2^64 versions"));
        self.entry(parent).children.push(id);
        let made = Made::List(made);
        self.entries.insert(id, Entry { parent: Some(parent), children: vec![], is_held: true, made, replaced });
        id
    }

    /// Nobody holds this version any more: the nodes that are now reached by no one.
    pub(super) fn release(&mut self, id: VersionId) -> Vec<Link> {
        self.entry(id).is_held = false;
        let (mut freed, mut at) = (Vec::new(), Some(id));
        while let Some(id) = at.filter(|id| !self.entry(*id).is_held) {
            at = match self.entry(id).children.as_slice() {
                [] => self.remove(id, &mut freed),
                [only] => {
                    let only = *only;
                    self.unite(id, only, &mut freed)
                }
                _ => self.shed(id, &mut freed),
            };
        }
        freed
    }

    /// What the lists occupy, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let list = |links: &Vec<Link>| links.capacity().saturating_mul(size_of::<Link>());
        let made = |made: &Made| match made {
            Made::List(links) => list(links),
            Made::Marks(marks) => marks.bytes(),
        };
        let entries = self.entries.values().map(|entry| made(&entry.made).saturating_add(list(&entry.replaced)));
        entries.fold(0, usize::saturating_add)
    }

    /// Takes out an unheld version without children; its parent, which may now have to give something up.
    fn remove(&mut self, id: VersionId, freed: &mut Vec<Link>) -> Option<VersionId> {
        let entry = self.take(id);
        freed.append(&mut entry.made.into_links());
        let parent = entry.parent?;
        self.entry(parent).children.retain(|child| *child != id);
        Some(parent)
    }

    /// Makes an unheld version and its only child one, under the name of the child; the parent, which may now give up more.
    fn unite(&mut self, id: VersionId, only: VersionId, freed: &mut Vec<Link>) -> Option<VersionId> {
        let (mut entry, mut child) = (self.take(id), self.take(only));
        entry.give_up(std::mem::take(&mut child.replaced), freed);
        let parent = entry.parent;
        match parent {
            None => child.made = Made::nothing(),
            Some(parent) => {
                let made = std::mem::replace(&mut child.made, entry.made);
                child.made.add(made);
                child.replaced = entry.replaced;
                let place = self.entry(parent).children.iter_mut().find(|child| **child == id);
                *place.expect("a parent names its children") = only;
            }
        }
        child.parent = parent;
        self.entries.insert(only, child);
        parent
    }

    /// Takes from an unheld version what all of its children replaced; its parent, if that one may now give up as much.
    fn shed(&mut self, id: VersionId, freed: &mut Vec<Link>) -> Option<VersionId> {
        let children = self.entry(id).children.clone();
        let shortest = children.iter().copied().min_by_key(|child| self.entry(*child).replaced.len());
        let mut by_all = shortest.map(|child| self.entry(child).replaced.clone()).unwrap_or_default();
        for child in children.iter().filter(|child| Some(**child) != shortest) {
            let replaced: Marks = self.entry(*child).replaced.iter().copied().collect();
            by_all.retain(|link| replaced.contains(*link));
        }
        if by_all.is_empty() {
            return None;
        }
        let marks: Marks = by_all.iter().copied().collect();
        for child in children {
            self.entry(child).replaced.retain(|link| !marks.contains(*link));
        }
        let entry = self.entry(id);
        entry.give_up(by_all, freed);
        entry.parent
    }

    fn entry(&mut self, id: VersionId) -> &mut Entry {
        self.entries.get_mut(&id).expect("a version that is held, or that one that is held comes from, has an entry")
    }

    fn take(&mut self, id: VersionId) -> Entry {
        self.entries.remove(&id).expect("a version that is held, or that one that is held comes from, has an entry")
    }
}

impl Entry {
    /// Nobody whom this version serves reaches these nodes any more: what it made is free, the rest it has replaced.
    fn give_up(&mut self, mut links: Vec<Link>, freed: &mut Vec<Link>) {
        if self.parent.is_some() {
            let made = self.made.marks();
            let (mine, mut inherited) = links.into_iter().partition(|link| made.remove(*link));
            self.replaced.append(&mut inherited);
            links = mine;
        }
        freed.append(&mut links);
    }
}

impl Made {
    fn nothing() -> Made {
        Made::List(Vec::new())
    }

    fn marks(&mut self) -> &mut Marks {
        if let Made::List(links) = self {
            *self = Made::Marks(links.iter().copied().collect());
        }
        let Made::Marks(marks) = self else { unreachable!("it has just been made so") };
        marks
    }

    fn add(&mut self, more: Made) {
        let marks = self.marks();
        more.into_links().into_iter().for_each(|link| marks.insert(link));
    }

    fn into_links(self) -> Vec<Link> {
        match self {
            Made::List(links) => links,
            Made::Marks(marks) => marks.links().collect(),
        }
    }
}
