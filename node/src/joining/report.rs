//! What a node that joins tells its operator.

use crate::engine::Peer;
use bulla_verify::chain::Height;
use core::fmt;

/// What an operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// What a peer sent does not hold, and why: it is asked no more.
    Blamed(Peer, String),
    /// Blocks are followed: no peer is far ahead.
    NotFar,
    /// Blocks are followed: all peers say that they have no snapshot.
    NoSnapshot,
    /// The snapshot of a block is being taken from the beginning.
    Begun(Height),
    /// The snapshot that was begun is not to be had any more.
    Abandoned(Height),
    /// The snapshot of a block has been taken.
    Joined(Height),
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Blamed(peer, why) => write!(f, "{peer} sent what does not hold, and is asked no more: {why}"),
            Report::NotFar => f.write_str("no peer is far ahead: following by blocks"),
            Report::NoSnapshot => f.write_str("no peer has a snapshot: following by blocks"),
            Report::Begun(height) => write!(f, "joining with the snapshot of block {height}"),
            Report::Abandoned(height) => {
                write!(f, "nobody has the snapshot that was begun any more, which was of block {height}")
            }
            Report::Joined(height) => write!(f, "joined at block {height}"),
        }
    }
}
