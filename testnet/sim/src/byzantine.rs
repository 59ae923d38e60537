//! Validators that sin: each runs an honest engine, and a sin stands between what that engine says and the network.
//!
//! A sin sees every outgoing message once per receiver, and may let it go, change it, add to it or keep it back. It signs with
//! the validator's key without any guard, builds blocks through the ledger, and is moved by the world's seed alone. What an
//! honest validator does with all that is judged by the same checks as ever, as long as at most f of n sin.
//!
//! | file | the sin |
//! |---|---|
//! | `equivocate` | two votes, two proposals in one place |
//! | `amnesia` | votes for another block than the one it is locked on |
//! | `withhold` | lets only f+1 have what it alone holds |
//! | `replace` | another block in the place of the honest one, whichever the next four make |
//! | `invalid_block` | a block that breaks one rule of the ledger |
//! | `wrong_root` | a block whose state root is wrong |
//! | `time_liar` | a block from the future |
//! | `huge_block` | a block that costs more than a block may |
//! | `stale_lock` | proposes and votes for an old block, with an old proof-of-lock |
//! | `false_history` | tells of heights that nobody has decided, and forges what decides them |
//! | `false_snapshot` | offers and serves snapshots that are forged, altered or old |
//! | `flood` | votes and proposals of heights and rounds that are far ahead |
//! | `twins` | with a second one beyond f: one chain for one half of the network, another for the other |

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a sin names the messages that it changes; all others go as they are"
)]

mod amnesia;
mod equivocate;
mod false_history;
mod false_snapshot;
mod flood;
mod huge_block;
mod invalid_block;
mod means;
mod replace;
mod stale_lock;
mod time_liar;
mod twins;
mod withhold;
mod wrong_root;

pub(crate) use means::{Conspiracy, Means};

use crate::random::Random;
use bulla_ledger::execute::Invalid;
use bulla_node::wire::PeerMessage;
use bulla_verify::chain::Height;
use replace::Replace;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a validator does that it must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sin {
    /// Says two things in one place: to some the one, to some the other, to some both.
    Equivocate,
    /// Forgets what it is locked on, and votes for whatever a later round proposes.
    Amnesia,
    /// Lets only f+1 others have the transactions and bodies that it holds.
    Withhold,
    /// Proposes blocks that break one rule each.
    InvalidBlock,
    /// Proposes blocks with a wrong state root.
    WrongRoot,
    /// Proposes blocks from the future.
    TimeLiar,
    /// Proposes blocks that cost more than a block may.
    HugeBlock,
    /// Proposes and votes for old blocks with old proofs.
    StaleLock,
    /// Tells of heights that nobody has decided, and serves blocks of them with forged certificates.
    FalseHistory,
    /// Tells of tips that nobody has, and serves those that join snapshots that are forged, altered or old.
    FalseSnapshot,
    /// Sends votes and proposals of later heights and rounds.
    Flood,
    /// Shows one block to one half of the network and another to the other, together with the other twins.
    Twins,
}

/// What came of the sins of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many messages were changed, added or kept back.
    pub sins: u64,
    /// Why honest validators refused blocks, once for each block and validator.
    pub refused: Vec<Invalid>,
    /// How many pairs of contradicting messages honest validators reported.
    pub equivocations: u64,
    /// The places of the validators that the chain has marked as offenders in the end, and how many heights after the height
    /// of the first report the mark was decided.
    pub marked: BTreeMap<usize, u64>,
    /// How often one who joined found out that a sinner sends what does not hold.
    pub blamed: u64,
    /// How many messages were so far ahead when they arrived that no honest validator holds them.
    pub beyond_bounds: u64,
    /// How many sinners' engines fell silent, because of what was said beside them.
    pub copied: u64,
}

/// One sin at work.
pub(crate) trait Sinning {
    /// What goes to a receiver in the place of an honest message.
    fn says(&mut self, means: &mut Means<'_>, to: usize, message: &Arc<PeerMessage>) -> Vec<Arc<PeerMessage>>;

    /// Something that the sinner hears, before its engine does.
    fn hears(&mut self, _message: &PeerMessage) {}
}

/// The sinners of a run.
#[derive(Default)]
pub(crate) struct Sinners {
    by_place: BTreeMap<usize, Box<dyn Sinning>>,
    pub(crate) conspiracy: Conspiracy,
    pub(crate) tally: Tally,
    /// By place: the last height decided when it was first reported.
    pub(crate) reported: BTreeMap<usize, Height>,
}

impl Sin {
    /// All that one validator of four can do alone, whoever else does what it should.
    pub const ALONE: [Sin; 10] = [
        Sin::Equivocate,
        Sin::Amnesia,
        Sin::Withhold,
        Sin::InvalidBlock,
        Sin::WrongRoot,
        Sin::TimeLiar,
        Sin::HugeBlock,
        Sin::StaleLock,
        Sin::FalseHistory,
        Sin::Flood,
    ];

    /// The sinners of a seed: none in two of three, else one.
    pub(crate) fn of_seed(random: &mut Random, nodes: usize) -> Vec<(usize, Sin)> {
        let (place, sin) = (random.place(nodes), random.place(Sin::ALONE.len()));
        if random.below(3) == 0 { vec![(place, Sin::ALONE[sin])] } else { Vec::new() }
    }

    fn begin(self) -> Box<dyn Sinning> {
        match self {
            Sin::Equivocate => Box::<equivocate::Equivocate>::default(),
            Sin::Amnesia => Box::<amnesia::Amnesia>::default(),
            Sin::Withhold => Box::new(withhold::Withhold),
            Sin::InvalidBlock => Box::new(Replace::with(invalid_block::craft)),
            Sin::WrongRoot => Box::new(Replace::with(wrong_root::craft)),
            Sin::TimeLiar => Box::new(Replace::with(time_liar::craft)),
            Sin::HugeBlock => Box::new(Replace::with(huge_block::craft)),
            Sin::StaleLock => Box::<stale_lock::StaleLock>::default(),
            Sin::FalseHistory => Box::new(false_history::FalseHistory),
            Sin::FalseSnapshot => Box::<false_snapshot::FalseSnapshot>::default(),
            Sin::Flood => Box::new(flood::Flood),
            Sin::Twins => Box::<twins::Twins>::default(),
        }
    }
}

impl Sinners {
    /// The sinners of a plan.
    pub(crate) fn of(sins: &[(usize, Sin)]) -> Sinners {
        let by_place = sins.iter().map(|(place, sin)| (*place, sin.begin())).collect();
        let conspiracy = Conspiracy::of(sins.iter().map(|(place, _)| *place));
        Sinners { by_place, conspiracy, ..Sinners::default() }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.by_place.len()
    }

    /// Whether a node does what it should.
    pub(crate) fn is_honest(&self, node: usize) -> bool {
        !self.by_place.contains_key(&node)
    }

    /// Takes the sin of a node out, to work with the rest at hand; [`Sinners::put_back`] returns it.
    pub(crate) fn take(&mut self, node: usize) -> Option<Box<dyn Sinning>> {
        self.by_place.remove(&node)
    }

    pub(crate) fn put_back(&mut self, node: usize, sin: Box<dyn Sinning>) {
        self.by_place.insert(node, sin);
    }

    /// Lets a sinner hear something.
    pub(crate) fn hears(&mut self, node: usize, message: &PeerMessage) {
        if let Some(sin) = self.by_place.get_mut(&node) {
            sin.hears(message);
        }
    }
}
