//! What must hold after every event. A violation is a panic that names the seed: the run that found it can be run again.

use bulla_consensus::{Entry, Message};
use bulla_ledger::execute::ExecutedBlock;
use bulla_node::engine::Logged;
use bulla_node::wal::guard::{Position, Said, Step};
use bulla_node::wire::PeerMessage;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::time::Millis;
use bulla_verify::validators::ValidatorSet;
use bulla_verify::vote::VoteKind;
use std::collections::BTreeMap;

/// What has been seen of a whole network, over all crashes.
pub(crate) struct Checks {
    chain: ChainId,
    validators: ValidatorSet,
    /// The block that was decided first at each height, and its time.
    decided: BTreeMap<Height, (HeaderHash, Millis)>,
    /// Everything that any validator ever said.
    said: BTreeMap<(PublicKey, Position), Option<HeaderHash>>,
    /// By node: the last height it committed since it last lost its disk.
    committed: Vec<Height>,
    /// By node: what it signed that its log holds, durable or not.
    logged: Vec<BTreeMap<Position, Option<HeaderHash>>>,
    /// By node: what it signed that its disk holds for certain.
    durable: Vec<BTreeMap<Position, Option<HeaderHash>>>,
}

impl Checks {
    pub(crate) fn new(chain: ChainId, validators: ValidatorSet, nodes: usize) -> Self {
        let (decided, said) = (BTreeMap::new(), BTreeMap::new());
        Checks {
            chain,
            validators,
            decided,
            said,
            committed: vec![Height(0); nodes],
            logged: vec![BTreeMap::new(); nodes],
            durable: vec![BTreeMap::new(); nodes],
        }
    }

    /// A node's log returned from writing these; `synced` is whether it said that all of it is durable now.
    pub(crate) fn logged(&mut self, node: usize, logged: &[Logged], synced: bool) {
        let signed = logged.iter().filter_map(|logged| logged.signed);
        self.logged[node].extend(signed.map(|said: Said| (said.at(), said.value())));
        if synced {
            let durable = std::mem::take(&mut self.logged[node]);
            self.durable[node].extend(durable);
        }
    }

    /// A node begins a life with this log: opening it made durable whatever it still held, and what it lost was never said.
    pub(crate) fn restored(&mut self, node: usize, own: &PublicKey, log: &[Entry]) {
        let messages = log.iter().filter_map(|entry| match entry {
            Entry::Vote(said) => Some(Message::Vote(said.clone())),
            Entry::Proposal(said) => Some(Message::Proposal(said.clone())),
            Entry::Polka(_) | Entry::Timeout(_) | Entry::Judged(_) => None,
        });
        let said = messages.flat_map(|message| statements(&PeerMessage::Consensus(message)));
        self.durable[node].extend(said.filter(|(speaker, ..)| speaker == own).map(|(_, at, value)| (at, value)));
        self.logged[node].clear();
    }

    /// A node says something: its own words must be durable, and never contradict what it said before.
    pub(crate) fn says(&mut self, node: usize, own: &PublicKey, message: &PeerMessage) {
        for (speaker, at, value) in statements(message) {
            if speaker != *own {
                continue;
            }
            // What was said once is public: a node that lost its disk may hear it from others and say it again.
            let first = *self.said.entry((speaker, at)).or_insert_with(|| {
                let durable = self.durable[node].get(&at);
                assert_eq!(durable, Some(&value), "node {node} said {at} before it was durable");
                value
            });
            assert_eq!(first, value, "node {node} said two things at {at}");
        }
    }

    /// A node commits: what the others committed, in order, with a certificate that anyone can check.
    pub(crate) fn commits(&mut self, node: usize, block: &ExecutedBlock, certificate: &Certificate) {
        let header = block.header();
        let (height, time) = (header.height(), header.light.time);
        assert_eq!(height, self.committed[node].next(), "node {node} commits out of order");
        self.committed[node] = height;
        assert_eq!(certificate.value, header.hash(), "node {node}: the certificate is for another block");
        assert_eq!(certificate.check(self.chain, &self.validators), Ok(()), "node {node}, height {height}");
        let first = *self.decided.entry(height).or_insert((header.hash(), time));
        assert_eq!(first.0, header.hash(), "node {node} decides another block at height {height}");
        if let Some((_, parent)) = height.previous().and_then(|parent| self.decided.get(&parent)) {
            assert!(time > *parent, "time does not rise at height {height}");
        }
    }

    /// A node starts with what its ledger holds.
    pub(crate) fn starts(&mut self, node: usize, tip: Height, wiped: bool) {
        if wiped {
            (self.committed[node], self.durable[node]) = (Height(0), BTreeMap::new());
        }
        assert_eq!(tip, self.committed[node], "node {node} lost a committed block, or invented one");
    }

    /// The highest height that any node has decided.
    pub(crate) fn highest(&self) -> Height {
        self.decided.keys().next_back().copied().unwrap_or_default()
    }

    /// The last height that a node has committed.
    pub(crate) fn height_of(&self, node: usize) -> Height {
        self.committed[node]
    }
}

fn statements(message: &PeerMessage) -> Vec<(PublicKey, Position, Option<HeaderHash>)> {
    let proposal = |height: Height, round: Round| Position { height, round, step: Step::Propose };
    match message {
        PeerMessage::Proposal(said, _) | PeerMessage::Consensus(Message::Proposal(said)) => {
            let said = &said.statement;
            vec![(said.proposer, proposal(said.height, said.round), Some(said.value))]
        }
        PeerMessage::Consensus(Message::Vote(said)) => {
            let vote = &said.statement;
            let step = match vote.kind {
                VoteKind::Prevote => Step::Prevote,
                VoteKind::Precommit => Step::Precommit,
            };
            vec![(vote.voter, Position { height: vote.height, round: vote.round, step }, vote.value)]
        }
        PeerMessage::Consensus(Message::Polka(_) | Message::RoundChange(..))
        | PeerMessage::Transaction(_)
        | PeerMessage::Tip(_)
        | PeerMessage::WantBlock { .. }
        | PeerMessage::Names(_)
        | PeerMessage::Bodies(..)
        | PeerMessage::WantDecided(_)
        | PeerMessage::WantOffer
        | PeerMessage::Offer(_)
        | PeerMessage::WantPart(..)
        | PeerMessage::Part(..)
        | PeerMessage::WantTail(..)
        | PeerMessage::Tail(..)
        | PeerMessage::Decided(_) => Vec::new(),
    }
}
