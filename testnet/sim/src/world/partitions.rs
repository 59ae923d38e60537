//! Who hears whom: halves, one-way walls, rings, bridges, and nodes that are cut off one after the other.

use super::{Coming, World};
use crate::faults::SECOND_US;
use crate::happenings::Happening;
use bulla_node::engine::Event;

/// The ways between nodes.
pub(super) struct Links {
    nodes: usize,
    /// By who speaks and who hears: whether nothing gets through.
    cut: Vec<bool>,
    /// By node and peer: whether the node believes that the peer is there.
    joined: Vec<bool>,
    /// By way: the place among all that was sent of the latest that has arrived.
    latest: Vec<u64>,
}

impl Links {
    pub(super) fn new(nodes: usize) -> Links {
        let ways = nodes * nodes;
        Links { nodes, cut: vec![false; ways], joined: vec![false; ways], latest: vec![0; ways] }
    }

    pub(super) fn hears(&self, from: usize, to: usize) -> bool {
        !self.cut[from * self.nodes + to]
    }

    /// Takes in that something arrived, and tells whether what was sent later has arrived before.
    pub(super) fn overtaken(&mut self, from: usize, to: usize, sent: u64) -> bool {
        let latest = &mut self.latest[from * self.nodes + to];
        let overtaken = sent < *latest;
        *latest = sent.max(*latest);
        overtaken
    }

    /// A node that begins a life knows of nobody.
    pub(super) fn forget(&mut self, node: usize) {
        (0..self.nodes).for_each(|other| self.joined[node * self.nodes + other] = false);
    }

    fn both_hear(&self, node: usize, other: usize) -> bool {
        self.hears(node, other) && self.hears(other, node)
    }
}

impl World {
    /// Walls that come and go; what is cut stays so for some seconds.
    pub(super) fn partition(&mut self) -> bool {
        let nodes = self.plan.nodes;
        let shape = self.random.below(5);
        let sides: Vec<u64> = (0..nodes).map(|_| self.random.below(2)).collect();
        let middle = self.random.place(nodes);
        let next = |from: usize, to: usize| (from + 1) % nodes == to || (to + 1) % nodes == from;
        let (what, cut): (Happening, &dyn Fn(usize, usize) -> bool) = match shape {
            0 => (Happening::Halves, &|from, to| sides[from] != sides[to]),
            1 => (Happening::OneWay, &|from, to| sides[from] < sides[to]),
            2 => (Happening::Ring, &|from, to| !next(from, to)),
            3 => (Happening::Bridge, &|from, to| from != middle && to != middle && sides[from] != sides[to]),
            _ => return self.clog(),
        };
        let ways = (0..nodes).flat_map(|from| (0..nodes).map(move |to| (from, to))).filter(|(from, to)| from != to);
        let cut: Vec<_> = ways.filter(|(from, to)| cut(*from, *to)).collect();
        if cut.is_empty() {
            return false;
        }
        self.counts.count(what);
        for (from, to) in cut {
            self.links.cut[from * nodes + to] = true;
        }
        self.notice_links();
        let length_us = self.random.between(200_000, 8 * SECOND_US);
        self.at(self.now_us + length_us, Coming::Heal { node: None });
        true
    }

    /// Each node is cut off in turn, and they come back in an order of their own.
    fn clog(&mut self) -> bool {
        self.counts.count(Happening::Clog);
        for node in 0..self.plan.nodes {
            for other in 0..self.plan.nodes {
                self.links.cut[node * self.plan.nodes + other] = true;
            }
            let length_us = self.random.between(200_000, 5 * SECOND_US);
            self.at(self.now_us + length_us, Coming::Heal { node: Some(node) });
        }
        self.notice_links();
        true
    }

    /// One node is heard again, or all are.
    pub(super) fn mend(&mut self, node: Option<usize>) {
        let nodes = self.plan.nodes;
        for from in (0..nodes).filter(|from| node.is_none_or(|node| node == *from)) {
            if !self.nodes[from].ills.left {
                (0..nodes).for_each(|to| self.links.cut[from * nodes + to] = false);
            }
        }
        self.notice_links();
    }

    /// Nobody hears a node any more, and it hears nobody.
    pub(super) fn isolate(&mut self, node: usize) {
        for other in 0..self.plan.nodes {
            self.links.cut[node * self.plan.nodes + other] = true;
            self.links.cut[other * self.plan.nodes + node] = true;
        }
        self.notice_links();
    }

    /// Tells all nodes of peers that came or went. What is cut only one way breaks the connection all the same, but not
    /// always at once.
    pub(super) fn notice_links(&mut self) {
        let nodes = self.plan.nodes;
        for node in 0..nodes {
            for other in (0..nodes).filter(|other| *other != node) {
                let whole = self.links.both_hear(node, other);
                let blind = !whole && self.links.hears(other, node) && self.random.percent(50);
                let there = self.nodes[node].is_there() && self.nodes[other].is_there() && (whole || blind);
                let key = self.nodes[other].key;
                let before = std::mem::replace(&mut self.links.joined[node * nodes + other], there);
                if before && !there {
                    self.meet(node, Event::Left(key));
                } else if there && !before {
                    self.meet(node, Event::Joined(key));
                }
            }
        }
    }
}
