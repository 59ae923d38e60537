//! How the node is, and what it waits for.

use super::surroundings::Surroundings;
use crate::engine::Engine;
use crate::engine::pool::MAX_POOL_BYTES;
use bulla_ledger::{Ledger, Tip};
use bulla_proto::answer::{self, Mute, Peer, TooFew, Why};
use bulla_proto::v1;
use bulla_proto::v1::node_server::Node;
use bulla_verify::chain::{Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::validators::Validator;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;
use tonic::{Request, Response, Status, async_trait};

/// What the engine's loop tells of itself after every event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeStatus {
    /// The node's own key on the chain; none before the engine's first event.
    pub own: Option<PublicKey>,
    /// The last height at which the sign guard keeps this node silent, if any.
    pub silent_through: Option<Height>,
    /// Through which height it is silent because its ledger ends before its log, if it does.
    pub ledger_lost: Option<Height>,
    /// The height of what another process signed with this node's key, if it was heard to.
    pub copied: Option<Height>,
    /// The room on the disk, while there is too little of it and the node rests.
    pub cramped: Option<Cramped>,
    /// Whether it is not known yet through which height it is to be silent.
    pub is_unsettled: bool,
    /// The height and round being decided, if any.
    pub deciding: Option<(Height, Round)>,
    /// The peers that are there, with the highest tip that each has told of.
    pub peers: BTreeMap<PublicKey, Height>,
    /// How many transactions wait for a block.
    pub pool_count: usize,
    /// How many bytes of envelopes they have.
    pub pool_bytes: usize,
    /// The validators that missed their last turns, and are passed over at the next height.
    pub passed_over: Vec<PublicKey>,
    /// The peers that were heard from in the last three seconds.
    pub present: BTreeSet<PublicKey>,
}

/// A disk with too little room, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cramped {
    /// What there is.
    pub free_bytes: u64,
    /// What there must be.
    pub min_bytes: u64,
}

/// How an engine is.
pub fn of(engine: &Engine) -> NodeStatus {
    NodeStatus {
        own: Some(engine.own()),
        silent_through: engine.silent_through().filter(|_| !engine.is_unsettled()),
        ledger_lost: None,
        cramped: None,
        copied: engine.copied().map(|at| at.height),
        is_unsettled: engine.is_unsettled(),
        deciding: engine.deciding(),
        peers: engine.peers().clone(),
        pool_count: engine.pool().count(),
        pool_bytes: engine.pool().byte_count(),
        passed_over: engine.passed_over(),
        present: engine.present().collect(),
    }
}

/// Why the node waits, or what else an operator should look at. Empty if all is well.
pub fn why(tip: &Tip, status: &NodeStatus, tree_memory: (usize, usize)) -> Vec<Why> {
    let reasons =
        [too_few(tip, status), behind(tip, status), failing(status), crowded(status), outgrowing(tree_memory)];
    reasons.into_iter().flatten().collect()
}

/// Whether later blocks may have been decided without this node: no quorum was heard lately, or a peer is more than the one
/// block ahead that is usual for an instant.
pub(super) fn is_stale(tip: &Tip, status: &NodeStatus) -> bool {
    let is_there = |one: &&Validator| status.own == Some(one.key) || status.present.contains(&one.key);
    let there = tip.validators.as_slice().iter().filter(is_there);
    let power = there.fold(0u64, |sum, one| sum.saturating_add(one.power));
    let behind = status.peers.values().any(|best| *best > tip.height.next());
    power < tip.validators.quorum() || behind
}

/// Why the node does not vote, if it does not.
fn mute(tip: &Tip, status: &NodeStatus) -> Option<Mute> {
    if let Some(Cramped { free_bytes, min_bytes }) = status.cramped {
        return Some(Mute::Cramped { free_bytes, min_bytes });
    }
    if status.own.is_none_or(|own| tip.validators.find(&own).is_none()) {
        return Some(Mute::Follows);
    }
    if let Some(height) = status.copied {
        return Some(Mute::Copied(height));
    }
    if status.is_unsettled {
        return Some(Mute::Unsettled);
    }
    let through = status.silent_through.filter(|through| *through > tip.height)?;
    Some(if status.ledger_lost == Some(through) { Mute::LedgerLost(through) } else { Mute::LogLost(through) })
}

fn too_few(tip: &Tip, status: &NodeStatus) -> Option<Why> {
    let is_there = |one: &&Validator| status.own == Some(one.key) || status.peers.contains_key(&one.key);
    let all = tip.validators.as_slice();
    let (there, missing): (Vec<&Validator>, Vec<&Validator>) = all.iter().partition(is_there);
    let power = there.iter().fold(0u64, |sum, one| sum.saturating_add(one.power));
    let quorum = tip.validators.quorum();
    if power >= quorum {
        return None;
    }
    let each = all.first().map(|one| one.power).filter(|power| all.iter().all(|one| one.power == *power));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Some(Why::TooFew(TooFew {
        connected: count(there.len()),
        validators: count(all.len()),
        needed: each.map(|each| u32::try_from(quorum.div_ceil(each)).unwrap_or(u32::MAX)),
        power,
        quorum,
        total_power: tip.validators.total_power(),
        missing: missing.iter().map(|one| one.organisation).collect(),
    }))
}

fn behind(tip: &Tip, status: &NodeStatus) -> Option<Why> {
    let best = *status.peers.values().max().filter(|best| **best > tip.height)?;
    Some(Why::Behind { height: tip.height, best })
}

fn failing(status: &NodeStatus) -> Option<Why> {
    let (height, round) = status.deciding.filter(|(_, round)| *round > Round(0))?;
    Some(Why::FailingRounds { height, round })
}

fn crowded(status: &NodeStatus) -> Option<Why> {
    let is_full = status.pool_bytes > MAX_POOL_BYTES / 10 * 9;
    is_full.then(|| Why::PoolNearlyFull { count: u64::try_from(status.pool_count).unwrap_or(u64::MAX) })
}

/// Bytes of memory that the state tree takes, and that it may take.
fn outgrowing((found, limit): (usize, usize)) -> Option<Why> {
    let bytes = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let is_near = found > limit / 10 * 8;
    is_near.then(|| Why::TreeNearlyFull { used_bytes: bytes(found), max_bytes: bytes(limit) })
}

/// The method of `bulla.v1.Node`.
pub(super) struct StatusService {
    ledger: Ledger,
    status: watch::Receiver<NodeStatus>,
    surroundings: Arc<Surroundings>,
}

impl StatusService {
    pub(super) fn new(ledger: Ledger, status: watch::Receiver<NodeStatus>, surroundings: Arc<Surroundings>) -> Self {
        StatusService { ledger, status, surroundings }
    }
}

#[async_trait]
impl Node for StatusService {
    async fn status(&self, _: Request<v1::NodeStatusRequest>) -> Result<Response<v1::NodeStatusResponse>, Status> {
        let status = self.status.borrow().clone();
        let tip = self.ledger.tip();
        let key = status.own.ok_or_else(|| Status::unavailable("the node is starting"))?;
        let answer = answer::NodeStatus {
            chain: tip.chain,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            key,
            height: tip.height,
            block_time: tip.time,
            state_root: tip.state_root,
            header_hash: tip.hash,
            deciding: status.deciding,
            peers: peers(&tip, &status),
            pool_count: u64::try_from(status.pool_count).unwrap_or(u64::MAX),
            pool_bytes: u64::try_from(status.pool_bytes).unwrap_or(u64::MAX),
            mute: mute(&tip, &status),
            why: why(&tip, &status, self.ledger.tree_memory()),
            clock: self.surroundings.clock(),
            clock_bound_ms: tip.parameters.clock_bound_ms,
            disk: self.surroundings.disk(),
            passed_over: status.passed_over,
            turned_away: self.surroundings.turned_away(),
        };
        Ok(Response::new(answer.into()))
    }
}

/// The other validators, there or not, and then whoever else is there.
fn peers(tip: &Tip, status: &NodeStatus) -> Vec<Peer> {
    let others = tip.validators.as_slice().iter().filter(|one| status.own != Some(one.key));
    let validators = others.map(|one| {
        let height = status.peers.get(&one.key).copied();
        let organisation = Some(one.organisation);
        Peer { key: one.key, organisation, connected: height.is_some(), height: height.unwrap_or_default() }
    });
    let followers = status.peers.iter().filter(|(key, _)| tip.validators.find(key).is_none());
    let followers =
        followers.map(|(key, height)| Peer { key: *key, organisation: None, connected: true, height: *height });
    validators.chain(followers).collect()
}
