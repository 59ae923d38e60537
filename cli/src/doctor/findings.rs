//! What is wrong with a network, from what its nodes say: one function per kind of finding, the gravest first.

use super::{Asked, Seen};
use bulla_proto::answer::{Disk, Mute, NodeStatus, Peer, Why};
use bulla_verify::chain::Round;
use bulla_verify::keys::PublicKey;
use std::collections::{BTreeMap, BTreeSet};

/// Something that an operator should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A name that stays.
    pub(crate) name: &'static str,
    /// What was found, with no full stop.
    pub(crate) text: String,
    /// What to do, with no full stop.
    pub(crate) advice: &'static str,
}

/// What to do where more validators are mute than the chain bears.
const WRITTEN_RECOVERY: &str = "no block will be decided while so many are. If a disk of theirs is left with its log, put it \
     back. If not, follow the written recovery: (1) every operator makes a new key, `bulla keys new`; (2) one writes the \
     record, `bulla governance recover propose --renew OLD=NEW …`, asking every node that is left; (3) every operator signs it \
     with the old key and the new, `bulla governance recover sign`; (4) every operator stops the node, replaces the keys in \
     bullad.toml, runs `bullad recover`, and starts it; (5) once blocks are decided again, every operator destroys the old \
     key, `bulla keys destroy`";

/// A node that answered.
struct Node<'a> {
    endpoint: &'a str,
    seen: &'a Seen,
}

impl<'a> Node<'a> {
    fn status(&self) -> &'a NodeStatus {
        &self.seen.status
    }
}

/// All findings, the gravest first.
pub(crate) fn findings(asked: &[Asked]) -> Vec<Finding> {
    let nodes: Vec<Node<'_>> = asked.iter().filter_map(node).collect();
    let silent = asked.iter().filter_map(silent);
    let rules = [
        other_chain,
        differing_states,
        too_few,
        copied,
        cramped,
        mute,
        failing_rounds,
        missing,
        clocks,
        disks,
        behind,
        passed_over,
        versions,
        turned_away,
        crowded,
    ];
    silent.chain(rules.iter().flat_map(|rule| rule(&nodes))).collect()
}

fn node(asked: &Asked) -> Option<Node<'_>> {
    asked.answer.as_ref().ok().map(|seen| Node { endpoint: &asked.endpoint, seen })
}

fn silent(asked: &Asked) -> Option<Finding> {
    let error = asked.answer.as_ref().err()?;
    Some(Finding {
        name: "no answer",
        text: format!("{} does not answer: {error}", asked.endpoint),
        advice: "look whether bullad runs there; the last lines of its log say why it ended, and `bullad fsck` what its disk holds",
    })
}

fn other_chain(nodes: &[Node<'_>]) -> Vec<Finding> {
    let Some(first) = nodes.first() else { return Vec::new() };
    let others = nodes.iter().filter(|node| node.status().chain != first.status().chain);
    let finding = |node: &Node<'_>| Finding {
        name: "another chain",
        text: format!("{} is of another chain than {}", node.endpoint, first.endpoint),
        advice: "ask the nodes of one network; if they should be one, one of them was started with another genesis file",
    };
    others.map(finding).collect()
}

fn differing_states(nodes: &[Node<'_>]) -> Vec<Finding> {
    let mut heights = BTreeMap::<_, BTreeSet<_>>::new();
    for node in nodes {
        let status = node.status();
        heights.entry((status.chain, status.height)).or_default().insert((status.header_hash, status.state_root));
    }
    let differing = heights.iter().filter(|(_, states)| states.len() > 1);
    let finding = |((_, height), states): (&(_, _), &BTreeSet<_>)| Finding {
        name: "different states",
        text: format!("nodes report {} different blocks or states at height {height}", states.len()),
        advice: "stop admitting transactions, keep all data directories, run `bullad fsck` on each, and `bulla verify fork` \
                 on the certificates of that height",
    };
    differing.map(finding).collect()
}

/// What the nodes themselves say of a quorum that is not there.
fn too_few(nodes: &[Node<'_>]) -> Vec<Finding> {
    let says = |node: &Node<'_>| node.status().why.iter().find(|why| matches!(why, Why::TooFew(_))).cloned();
    let finding = |node: &Node<'_>| {
        Some(Finding {
            name: "no quorum",
            text: format!("{} waits: {}", node.endpoint, says(node)?),
            advice: "start the nodes that are named, or repair the lines to them; the chain goes on by itself once a quorum \
                     is connected",
        })
    };
    nodes.iter().filter_map(finding).collect()
}

/// Nodes whose key another process uses.
fn copied(nodes: &[Node<'_>]) -> Vec<Finding> {
    let finding = |node: &Node<'_>| {
        let why = node.status().mute.filter(|why| matches!(why, Mute::Copied(_)))?;
        Some(Finding {
            name: "copied key",
            text: format!("{} does not vote: {why}", node.endpoint),
            advice: "find the other process that runs with this key, most likely a second copy of the validator, and stop it; then \
                     start this node again, which votes when it has heard how far the others are and two blocks more are decided. \
                     If nobody of yours runs one, the key is stolen: change it by `bulla governance propose`",
        })
    };
    nodes.iter().filter_map(finding).collect()
}

/// Nodes that rest because their disk has too little room.
fn cramped(nodes: &[Node<'_>]) -> Vec<Finding> {
    let finding = |node: &Node<'_>| {
        let why = node.status().mute.filter(|why| matches!(why, Mute::Cramped { .. }))?;
        Some(Finding {
            name: "read-only",
            text: format!("{} does not vote: {why}", node.endpoint),
            advice: "free space or enlarge the disk: it goes on by itself then. How much it needs is `min_free_mib` of its bullad.toml",
        })
    };
    nodes.iter().filter_map(finding).collect()
}

fn mute(nodes: &[Node<'_>]) -> Vec<Finding> {
    let validators = validators(nodes);
    // A node that is no validator has nothing to be silent about.
    let silent = |node: &Node<'_>| node.status().mute.filter(|why| *why != Mute::Follows);
    let named = |node: &Node<'_>| matches!(node.status().mute, Some(Mute::Copied(_) | Mute::Cramped { .. }));
    let mute: Vec<_> = nodes.iter().filter_map(|node| Some((node.endpoint, silent(node)?))).collect();
    let others = nodes.iter().filter(|node| !named(node)).filter_map(|node| Some((node.endpoint, silent(node)?)));
    let told = others.map(|(endpoint, why)| Finding {
        name: "mute",
        text: format!("{endpoint} does not vote: {why}"),
        advice: "wait until the others have decided the block that it names; it speaks by itself after that",
    });
    let faulty = validators.len().saturating_sub(1) / 3;
    let too_many = (faulty > 0 && mute.len() > faulty).then(|| {
        let which: Vec<_> = mute.iter().map(|(endpoint, _)| *endpoint).collect();
        Finding {
            name: "too many mute",
            text: format!(
                "{} of {} validators are mute, and at most {faulty} may be: {}",
                mute.len(),
                validators.len(),
                which.join(", ")
            ),
            advice: WRITTEN_RECOVERY,
        }
    });
    too_many.into_iter().chain(told).collect()
}

/// At which height and round it is stuck.
fn failing_rounds(nodes: &[Node<'_>]) -> Vec<Finding> {
    let stuck = nodes.iter().filter_map(|node| Some((node, node.status().deciding?)));
    let finding = |(node, (height, round)): (&Node<'_>, _)| Finding {
        name: "failing rounds",
        text: format!(
            "{} decides block {height} in round {round}: {round} rounds ended without a decision",
            node.endpoint
        ),
        advice: "see whether a proposer is missing, a clock is off or a line is slow (below); one failed round now and then is \
                 usual",
    };
    stuck.filter(|(_, (_, round))| *round > Round(0)).map(finding).collect()
}

/// Validators that no node that answered is connected to, and that did not answer themselves.
fn missing(nodes: &[Node<'_>]) -> Vec<Finding> {
    let answered: BTreeSet<PublicKey> = nodes.iter().map(|node| node.status().key).collect();
    let connected: BTreeSet<PublicKey> = peers(nodes).filter(|peer| peer.connected).map(|peer| peer.key).collect();
    let gone = validators(nodes).into_iter().filter(|(key, _)| !answered.contains(key) && !connected.contains(key));
    let finding = |(key, who): (PublicKey, String)| {
        let height = peers(nodes).filter(|peer| peer.key == key).map(|peer| peer.height).max().unwrap_or_default();
        Finding {
            name: "missing validator",
            text: format!(
                "the validator of {who} is connected to nobody who answered; it was last heard of at block {height}"
            ),
            advice: "start it, or repair the line to it",
        }
    };
    gone.map(finding).collect()
}

/// Clocks that are further from the middle one than half of what the chain bears. Below that nobody doubts a proposal.
fn clocks(nodes: &[Node<'_>]) -> Vec<Finding> {
    let mut ahead: Vec<i64> = nodes.iter().map(|node| node.seen.ahead_ms).collect();
    ahead.sort_unstable();
    let Some(middle) = ahead.get(ahead.len() / 2).copied() else { return Vec::new() };
    let finding = |node: &Node<'_>| {
        // With one node, the only other clock is this machine's.
        let off_ms = if nodes.len() == 1 { node.seen.ahead_ms } else { node.seen.ahead_ms.saturating_sub(middle) };
        let bound_ms = node.status().clock_bound_ms;
        let doubt_ms = i64::from(bound_ms / 2).saturating_add(node.seen.took_ms);
        (off_ms.saturating_abs() > doubt_ms).then(|| Finding {
            name: "clock",
            text: format!("the clock of {} is {off_ms} ms ahead of the others', and {bound_ms} ms is the bound", node.endpoint),
            advice: "set that machine's clock by NTP; a validator whose clock is out of bounds refuses good proposals, and its \
                     own are refused",
        })
    };
    nodes.iter().filter_map(finding).collect()
}

/// Disks with less than a twentieth free.
fn disks(nodes: &[Node<'_>]) -> Vec<Finding> {
    let finding = |node: &Node<'_>| {
        let Disk { free_bytes, total_bytes } = node.status().disk?;
        (free_bytes < total_bytes / 20).then(|| Finding {
            name: "disk",
            text: format!("the disk of {} has {} of {} MiB free", node.endpoint, free_bytes >> 20, total_bytes >> 20),
            advice: "free space or enlarge the disk; a node with too little of it rests, and stops if a write fails",
        })
    };
    nodes.iter().filter_map(finding).collect()
}

fn behind(nodes: &[Node<'_>]) -> Vec<Finding> {
    let says = |node: &Node<'_>| node.status().why.iter().find(|why| matches!(why, Why::Behind { .. })).cloned();
    let finding = |node: &Node<'_>| {
        Some(Finding {
            name: "behind",
            text: format!("{}: {}", node.endpoint, says(node)?),
            advice: "wait; if its block does not rise, look whether it is connected to a node that is ahead",
        })
    };
    nodes.iter().filter_map(finding).collect()
}

/// Validators that missed their last turns: connected or not, they do not propose.
fn passed_over(nodes: &[Node<'_>]) -> Vec<Finding> {
    let validators = validators(nodes);
    let passed: BTreeSet<PublicKey> = nodes.iter().flat_map(|node| node.status().passed_over.iter().copied()).collect();
    let finding = |key: PublicKey| {
        let who = validators.get(&key).cloned().unwrap_or_else(|| key.to_string());
        Finding {
            name: "missed turns",
            text: format!("the validator of {who} missed its last turns to propose, and is passed over"),
            advice: "if it is missing, start it; if it is connected, look at its disk, its clock and its log: it hears and does \
                     not speak, or too late",
        }
    };
    passed.into_iter().map(finding).collect()
}

fn versions(nodes: &[Node<'_>]) -> Vec<Finding> {
    let versions: BTreeSet<&str> = nodes.iter().map(|node| node.status().version.as_str()).collect();
    let told = |node: &Node<'_>| format!("{} runs {}", node.endpoint, node.status().version);
    let differing = (versions.len() > 1).then(|| Finding {
        name: "versions",
        text: nodes.iter().map(told).collect::<Vec<_>>().join(", "),
        advice: "bring all nodes to one version, one after the other",
    });
    differing.into_iter().collect()
}

fn turned_away(nodes: &[Node<'_>]) -> Vec<Finding> {
    let all = nodes.iter().flat_map(|node| node.status().turned_away.iter().map(move |one| (node, one)));
    let finding = |(node, one): (&Node<'_>, &bulla_proto::answer::TurnedAway)| Finding {
        name: "turned away",
        text: format!("{} turned away {}, {} times: {}", node.endpoint, one.who, one.count, one.reason),
        advice: "if it is a node of this network, compare its key, address and genesis file with what this node is configured \
                 to know; if not, close the port to it",
    };
    all.map(finding).collect()
}

/// What else the nodes say of themselves.
fn crowded(nodes: &[Node<'_>]) -> Vec<Finding> {
    let rest = |why: &&Why| match why {
        Why::TooFew(_) | Why::Behind { .. } | Why::FailingRounds { .. } => false,
        Why::PoolNearlyFull { .. } | Why::TreeNearlyFull { .. } | Why::Other => true,
    };
    let all = nodes.iter().flat_map(|node| node.status().why.iter().filter(rest).map(move |why| (node, why)));
    let finding = |(node, why): (&Node<'_>, &Why)| Finding {
        name: "note",
        text: format!("{}: {why}", node.endpoint),
        advice: "see the sentence itself",
    };
    all.map(finding).collect()
}

fn peers<'a>(nodes: &'a [Node<'_>]) -> impl Iterator<Item = &'a Peer> {
    nodes.iter().flat_map(|node| node.status().peers.iter())
}

/// The validators by key, with whose they are, as far as the nodes that answered know.
fn validators(nodes: &[Node<'_>]) -> BTreeMap<PublicKey, String> {
    let named = peers(nodes).filter_map(|peer| Some((peer.key, peer.organisation?.to_string())));
    named.collect()
}

#[cfg(test)]
mod tests;
