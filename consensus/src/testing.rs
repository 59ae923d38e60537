//! A small set of validators for tests, and one of them under test.

use crate::effect::{Effect, Effects};
use crate::entry::Entry;
use crate::input::{Input, Judgement, Message, StartHeight};
use crate::proposer::{Missed, proposer};
use crate::signer::{SignRefused, Signer};
use crate::step::{Consensus, Fault};
use crate::timer::{Timeouts, Timer, TimerKind};
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::hash::Hash;
use bulla_verify::keys::{PublicKey, Signature, SigningKey};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Heard, Proposal, Statement, Vote, VoteKind};

pub(crate) const CHAIN: ChainId = ChainId(Hash([1; 32]));
pub(crate) const HEIGHT: Height = Height(4);
pub(crate) const A: HeaderHash = HeaderHash(Hash([0xA; 32]));
pub(crate) const B: HeaderHash = HeaderHash(Hash([0xB; 32]));

/// The keys of a set, in the set's order.
pub(crate) fn keys(count: u8) -> Vec<SigningKey> {
    let mut keys: Vec<_> = (1..=count).map(|seed| SigningKey::from_seed(&[seed; 32])).collect();
    keys.sort_by_key(SigningKey::public);
    keys
}

pub(crate) fn set(count: u8) -> ValidatorSet {
    let organisation = "91350100M000100Y43".parse().expect("the example of GB 32100");
    let validator = |key: &SigningKey| Validator { key: key.public(), organisation, power: 1 };
    ValidatorSet::new(keys(count).iter().map(validator).collect()).expect("test keys are sound")
}

pub(crate) fn vote(voter: usize, height: Height, round: u32, kind: VoteKind, value: Option<HeaderHash>) -> Heard<Vote> {
    let key = &keys(4)[voter];
    Heard::own(Vote { chain: CHAIN, height, round: Round(round), kind, value, voter: key.public() }, key)
}

pub(crate) fn prevote(voter: usize, round: u32, value: Option<HeaderHash>) -> Input {
    Input::Vote(vote(voter, HEIGHT, round, VoteKind::Prevote, value))
}

pub(crate) fn precommit(voter: usize, round: u32, value: Option<HeaderHash>) -> Input {
    Input::Vote(vote(voter, HEIGHT, round, VoteKind::Precommit, value))
}

/// At height 4 the proposer of round r has place r.
pub(crate) fn proposal(round: u32, value: HeaderHash, valid_round: Option<u32>) -> Heard<Proposal> {
    let key = &keys(4)[usize::try_from(round).unwrap()];
    let (proposer, valid_round) = (key.public(), valid_round.map(Round));
    Heard::own(Proposal { chain: CHAIN, height: HEIGHT, round: Round(round), value, valid_round, proposer }, key)
}

pub(crate) fn judged(round: u32, value: HeaderHash, valid: bool) -> Input {
    let proposer = proposer(&set(4), HEIGHT, Round(round), &Missed::default()).key;
    Input::Judged(Judgement { height: HEIGHT, round: Round(round), valid_round: None, proposer, value, valid })
}

pub(crate) fn timeout(kind: TimerKind, round: u32) -> Input {
    Input::Timeout(Timer { height: HEIGHT, round: Round(round), kind })
}

/// Signs what it is asked to, unless it is told to refuse.
pub(crate) struct Pen {
    pub(crate) key: SigningKey,
    pub(crate) refuses: bool,
}

impl Pen {
    fn sign(&self, statement: &impl Statement) -> Result<Signature, SignRefused> {
        if self.refuses { Err(SignRefused::Guard) } else { Ok(self.key.sign(&statement.digest())) }
    }
}

impl Signer for Pen {
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, SignRefused> {
        self.sign(vote)
    }

    fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, SignRefused> {
        self.sign(proposal)
    }
}

/// A validator of a set of four, its pen, and all that it logged.
pub(crate) struct Stage {
    pub(crate) consensus: Consensus,
    pub(crate) pen: Pen,
    pub(crate) log: Vec<Entry>,
}

impl Stage {
    /// The validator at `place`, before [`HEIGHT`].
    pub(crate) fn new(place: usize) -> Self {
        let key = keys(4).remove(place);
        let consensus = Consensus::new(CHAIN, key.public(), Height(3), Timeouts::default());
        Stage { consensus, pen: Pen { key, refuses: false }, log: Vec::new() }
    }

    /// The validator at `place`, which has begun [`HEIGHT`].
    pub(crate) fn started(place: usize) -> Self {
        let mut stage = Stage::new(place);
        stage.start(Vec::new()).expect("a first start has nothing to replay");
        stage
    }

    pub(crate) fn start(&mut self, log: Vec<Entry>) -> Result<Effects, Fault> {
        let start = StartHeight { height: HEIGHT, validators: set(4), missed: Missed::default(), log };
        self.consensus.step(Input::StartHeight(start), &mut self.pen)
    }

    /// A step that has no fault; its entries are added to the log.
    pub(crate) fn step(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.consensus.step(input, &mut self.pen).expect("no fault is expected");
        self.log.extend(effects.log);
        effects.then
    }

    pub(crate) fn own(&self) -> PublicKey {
        self.pen.key.public()
    }
}

/// The votes said in these effects.
pub(crate) fn votes(effects: &[Effect]) -> Vec<(VoteKind, u32, Option<HeaderHash>)> {
    let said = effects.iter().filter_map(|effect| match effect {
        Effect::Say(Message::Vote(vote)) => Some(&vote.statement),
        _ => None,
    });
    said.map(|vote| (vote.kind, vote.round.0, vote.value)).collect()
}

/// The block and round decided in these effects.
pub(crate) fn decided(effects: &[Effect]) -> Option<(HeaderHash, u32)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Decide(certificate) => {
            certificate.check(CHAIN, &set(4)).expect("a decision's certificate holds");
            Some((certificate.value, certificate.round.0))
        }
        _ => None,
    })
}
