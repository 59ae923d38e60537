//! How a node is.

use super::{NotUnderstood, bytes, hash, parse};
use crate::answer::{Disk, Mute, NodeStatus, Peer, TurnedAway, Why};
use crate::v1;
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::time::Millis;

impl From<NodeStatus> for v1::NodeStatusResponse {
    fn from(status: NodeStatus) -> Self {
        v1::NodeStatusResponse {
            chain: bytes(&status.chain.0),
            version: status.version,
            key: status.key.to_string(),
            height: status.height.0,
            block_time_ms: status.block_time.0,
            state_root: bytes(&status.state_root),
            header_hash: bytes(&status.header_hash.0),
            deciding: status.deciding.map(|(height, round)| v1::Deciding { height: height.0, round: round.0 }),
            peers: status.peers.iter().map(v1::Peer::from).collect(),
            pool_count: status.pool_count,
            pool_bytes: status.pool_bytes,
            mute: status.mute.map(v1::Mute::from),
            why: status.why.into_iter().map(v1::Why::from).collect(),
            clock_ms: status.clock.0,
            clock_bound_ms: status.clock_bound_ms,
            disk: status.disk.map(|Disk { free_bytes, total_bytes }| v1::Disk { free_bytes, total_bytes }),
            passed_over: status.passed_over.iter().map(ToString::to_string).collect(),
            turned_away: status.turned_away.into_iter().map(v1::TurnedAway::from).collect(),
        }
    }
}

impl TryFrom<v1::NodeStatusResponse> for NodeStatus {
    type Error = NotUnderstood;

    fn try_from(message: v1::NodeStatusResponse) -> Result<Self, NotUnderstood> {
        Ok(NodeStatus {
            chain: ChainId(hash("chain", &message.chain)?),
            version: message.version,
            key: parse("key", &message.key)?,
            height: Height(message.height),
            block_time: Millis(message.block_time_ms),
            state_root: hash("state root", &message.state_root)?,
            header_hash: HeaderHash(hash("header hash", &message.header_hash)?),
            deciding: message.deciding.map(|deciding| (Height(deciding.height), Round(deciding.round))),
            peers: message.peers.iter().map(Peer::try_from).collect::<Result<_, _>>()?,
            pool_count: message.pool_count,
            pool_bytes: message.pool_bytes,
            mute: message.mute.map(Mute::from),
            why: message.why.into_iter().map(Why::try_from).collect::<Result<_, _>>()?,
            clock: Millis(message.clock_ms),
            clock_bound_ms: message.clock_bound_ms,
            disk: message.disk.map(|v1::Disk { free_bytes, total_bytes }| Disk { free_bytes, total_bytes }),
            passed_over: keys("key of a validator passed over", &message.passed_over)?,
            turned_away: message.turned_away.into_iter().map(TurnedAway::from).collect(),
        })
    }
}

fn keys(field: &'static str, texts: &[String]) -> Result<Vec<PublicKey>, NotUnderstood> {
    texts.iter().map(|text| parse(field, text)).collect()
}

impl From<TurnedAway> for v1::TurnedAway {
    fn from(TurnedAway { who, reason, count }: TurnedAway) -> Self {
        v1::TurnedAway { who, reason, count }
    }
}

impl From<v1::TurnedAway> for TurnedAway {
    fn from(v1::TurnedAway { who, reason, count }: v1::TurnedAway) -> Self {
        TurnedAway { who, reason, count }
    }
}

impl From<&Peer> for v1::Peer {
    fn from(peer: &Peer) -> Self {
        let organisation = peer.organisation.map(|organisation| organisation.to_string());
        v1::Peer { key: peer.key.to_string(), organisation, connected: peer.connected, height: peer.height.0 }
    }
}

impl TryFrom<&v1::Peer> for Peer {
    type Error = NotUnderstood;

    fn try_from(message: &v1::Peer) -> Result<Self, NotUnderstood> {
        Ok(Peer {
            key: parse("key of a peer", &message.key)?,
            organisation: message
                .organisation
                .as_deref()
                .map(|uscc| parse("organisation of a peer", uscc))
                .transpose()?,
            connected: message.connected,
            height: Height(message.height),
        })
    }
}
