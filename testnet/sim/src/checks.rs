//! What must hold after every event. A violation is a panic that names the seed: the run that found it can be run again.
//!
//! | file | what it checks |
//! |---|---|
//! | `speech` | nothing is said before it is durable, and nothing twice in two ways |
//! | `locks` | who is locked votes for another block only after a later quorum for it |
//! | `blocks`, `validity` | agreement, validity, certified roots, order, time |
//! | `joined` | whoever joined by a snapshot holds what the others held at its height, and nothing that is not certified |
//! | `progress` | queues are bounded; a healed network decides; what was acknowledged is there |

mod blocks;
mod joined;
mod locks;
mod progress;
mod speech;
mod validity;

use bulla_node::wal::guard::Position;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, HeaderHash, Height, TxId};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::keys::PublicKey;
use bulla_verify::time::Millis;
use bulla_verify::validators::ValidatorSet;
pub(crate) use joined::same_in_all;
use locks::Locks;
use std::collections::{BTreeMap, BTreeSet};
use validity::Validity;

/// What has been seen of a whole network, over all crashes.
pub(crate) struct Checks {
    chain: ChainId,
    /// The validators of the highest height that was decided.
    validators: ValidatorSet,
    /// How often another set came into force.
    set_changes: u64,
    /// The block that was decided first at each height.
    decided: BTreeMap<Height, Decided>,
    validity: Validity,
    locks: Locks,
    /// What was committed first at each height.
    certified: BTreeMap<Height, Certified>,
    /// Whether there are more sinners than any promise allows for, and the fork that they have come to.
    beyond_f: bool,
    fork: Option<[Certified; 2]>,
    /// Everything that any validator ever said.
    said: BTreeMap<(PublicKey, Position), Option<HeaderHash>>,
    /// Where a block was proposed again with the proof that it was locked.
    recovered: BTreeSet<(PublicKey, Position)>,
    /// When the second phase began, in microseconds, and the highest height then.
    calm: (u64, Height),
    /// When the first height was decided after that.
    first_healed_us: Option<u64>,
    nodes: Vec<Seen>,
}

/// A header with its certificate.
pub(crate) type Certified = (Header, Certificate);

/// What was decided.
struct Decided {
    hash: HeaderHash,
    time: Millis,
    state_root: Hash,
}

/// What has been seen of one node.
#[derive(Default)]
struct Seen {
    /// The last height that it committed since it last lost its disk.
    committed: Height,
    /// Whether a commit failed, so that it may hold one height more.
    unsure: bool,
    /// What it signed that its log holds, durable or not.
    logged: BTreeMap<Position, Option<HeaderHash>>,
    /// What it signed that its disk holds for certain.
    durable: BTreeMap<Position, Option<HeaderHash>>,
    /// The certificates that a peer brought it with decided blocks.
    offered: BTreeMap<Height, Certificate>,
}

impl Checks {
    pub(crate) fn new(chain: ChainId, validators: ValidatorSet, nodes: usize) -> Self {
        Checks {
            chain,
            validators,
            set_changes: 0,
            decided: BTreeMap::new(),
            validity: Validity::default(),
            locks: Locks::new(nodes),
            certified: BTreeMap::new(),
            beyond_f: false,
            fork: None,
            said: BTreeMap::new(),
            recovered: BTreeSet::new(),
            calm: (u64::MAX, Height(0)),
            first_healed_us: None,
            nodes: (0..nodes).map(|_| Seen::default()).collect(),
        }
    }

    /// A peer brings a node decided blocks.
    pub(crate) fn offered<'a>(&mut self, node: usize, certificates: impl Iterator<Item = &'a Certificate>) {
        let new = certificates.map(|certificate| (certificate.height, certificate.clone()));
        self.nodes[node].offered.extend(new);
    }

    /// Whether a peer brought this very certificate. Those of this height and below are forgotten.
    pub(crate) fn was_offered(&mut self, node: usize, certificate: &Certificate) -> bool {
        let offered = &mut self.nodes[node].offered;
        let found = offered.get(&certificate.height) == Some(certificate);
        offered.retain(|height, _| *height > certificate.height);
        found
    }

    /// A node starts with what its ledger holds: all that it committed, and nothing else.
    pub(crate) fn starts(&mut self, node: usize, tip: Height) {
        let seen = &mut self.nodes[node];
        let one_more = std::mem::take(&mut seen.unsure) && tip == seen.committed.next();
        assert!(tip == seen.committed || one_more, "node {node} lost a committed block, or invented one, at {tip}");
        seen.committed = tip;
    }

    /// A commit of a node failed, and nobody knows what of it is there.
    pub(crate) fn unsure(&mut self, node: usize) {
        self.nodes[node].unsure = true;
    }

    /// A node lost its disk.
    pub(crate) fn wiped(&mut self, node: usize) {
        self.nodes[node] = Seen::default();
    }

    /// More than f sin: a fork is to be expected, and is no broken promise.
    pub(crate) fn expect_fork(&mut self) {
        self.beyond_f = true;
    }

    /// Two decided blocks of one height.
    pub(crate) fn fork(&self) -> Option<[Certified; 2]> {
        self.fork.clone()
    }

    /// The highest height that any node has decided.
    pub(crate) fn highest(&self) -> Height {
        self.decided.keys().next_back().copied().unwrap_or_default()
    }

    /// The last height that a node has committed.
    pub(crate) fn height_of(&self, node: usize) -> Height {
        self.nodes[node].committed
    }

    /// Whether a block holds the transaction.
    pub(crate) fn includes(&self, id: &TxId) -> bool {
        self.validity.includes(id)
    }

    /// How often another set of validators came into force.
    pub(crate) fn set_changes(&self) -> u64 {
        self.set_changes
    }

    /// How often a block was proposed again with the proof that it was locked.
    pub(crate) fn locks_recovered(&self) -> usize {
        self.recovered.len()
    }
}
