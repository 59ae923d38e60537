//! One validator's part in deciding heights, one input at a time.
//!
//! It never says what it has not logged in the same step or before, never says two things for one height, round and step
//! while its log is kept, and never decides a block that was judged invalid, unless a certificate is given for it.

use crate::answer::{Answers, Gathered, equivocations, round_of, said_polka};
use crate::context::{At, Block, Bulla, Electorate, Voter, core_round, our_round, sealed};
use crate::effect::{Effect, Effects, Unsigned};
use crate::entry::{self, Entry};
use crate::filter::{self, Filter, Held};
use crate::input::{Input, Judgement, StartHeight};
use crate::quorum::{ChangeKind, Decision, Polka, RoundChange};
use crate::replay::{self, Script};
use crate::signer::Signer;
use crate::timer::{Timeouts, Timer, TimerKind};
use arc_malachitebft_core_consensus as core;
use arc_malachitebft_core_types as malachite;
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::planted::{self, Bug};
use bulla_verify::vote::{Said, Vote};
use malachite::{NilOrVal, Threshold};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// One validator, or one follower, whose key is in no set and who therefore says nothing.
pub struct Consensus {
    chain: ChainId,
    own: PublicKey,
    timeouts: Timeouts,
    /// The last height decided.
    tip: Height,
    /// The highest height that others were heard to be at, or ready for.
    heard: Height,
    running: Option<Running>,
    filter: Filter,
}

/// What makes a validator stop. After a fault the [`Consensus`] is to be dropped; its log stays good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A bug in the host: heights are started in ascending order, each once.
    #[error("height {asked} was to be started after height {last}")]
    Order {
        /// The height to be started.
        asked: Height,
        /// The last one started or decided.
        last: Height,
    },
    /// From the log of a height the core derived another message than the one of ours that stands in it. Usual cause: the log
    /// of another release, or one that lost an entry in its middle. The node must not vote on; it can follow until the
    /// height is decided by the others.
    #[error("the log leads to {0:?}, and says that another thing was signed in its place")]
    Replay(Unsigned),
    /// The core found itself in a state that it believes impossible.
    #[error("the consensus core stopped: {0}")]
    Core(String),
}

struct Running {
    height: Height,
    electorate: Electorate,
    state: core::State<Bulla>,
    /// Quorums already told of.
    told: BTreeSet<(Round, HeaderHash)>,
    /// The last round for which this validator built a block.
    built: Option<Round>,
    /// The last round of which a quorum was seen to precommit nil.
    given_up: Option<Round>,
    /// Votes that the core derived and the signer refused.
    withheld: Vec<Vote>,
}

impl Consensus {
    /// A validator with the key `own` on a chain whose block `tip` is the last that it has committed; height 0 at the start.
    pub fn new(chain: ChainId, own: PublicKey, tip: Height, timeouts: Timeouts) -> Self {
        Consensus { chain, own, timeouts, tip, heard: tip, running: None, filter: Filter::default() }
    }

    /// Takes one input in and tells what came of it.
    pub fn step(&mut self, input: Input, signer: &mut dyn Signer) -> Result<Effects, Fault> {
        match input {
            Input::StartHeight(start) => self.start(start, signer),
            Input::Vote(vote) => self.hear(vote.statement().height, Held::Vote(vote), signer),
            Input::Proposal(proposal) => self.hear(proposal.statement().height, Held::Proposal(proposal), signer),
            Input::Polka(polka) => {
                self.heard = self.heard.max(polka.height);
                self.at(polka.height, || polka_input(polka), signer)
            }
            Input::RoundChange(change) => {
                self.heard = self.heard.max(change.height);
                self.at(change.height, || Some(change_input(change)), signer)
            }
            Input::Propose { height, round, .. } if !self.awaits_value(height, round) => Ok(Effects::default()),
            Input::Propose { height, round, value } => {
                self.at(height, || Some(propose_input(height, round, value)), signer)
            }
            Input::Judged(judgement) if self.is_judged(&judgement) => Ok(Effects::default()),
            Input::Judged(judgement) => self.at(judgement.height, || Some(entry::judged(judgement)), signer),
            Input::Timeout(timer) => self.timeout(timer, signer),
            Input::Certified(decision) => Ok(self.certified(decision)),
        }
    }

    /// The height and round being decided, if any.
    pub fn deciding(&self) -> Option<(Height, Round)> {
        self.running.as_ref().map(|running| (running.height, round_of(&running.state)))
    }

    /// The last height decided.
    pub fn tip(&self) -> Height {
        self.tip
    }

    /// The highest height that one has reason to be at, from what others said: for [`crate::wake()`]. A single vote counts
    /// only for the next [`crate::HEIGHTS_AHEAD`] heights, or one validator's vote for the last height there is would keep the
    /// chain awake for ever.
    pub fn heard(&self) -> Height {
        self.heard
    }

    /// How many messages for later heights wait here: at most [`crate::MAX_HELD`] a validator.
    pub fn held(&self) -> usize {
        self.filter.count()
    }

    fn start(&mut self, start: StartHeight, signer: &mut dyn Signer) -> Result<Effects, Fault> {
        let StartHeight { height, validators, missed, log } = start;
        let last = self.present();
        if height <= last {
            return Err(Fault::Order { asked: height, last });
        }
        let electorate = Electorate::new(validators, missed);
        let state = state(self.chain, self.own, height, electorate.clone());
        self.running = Some(Running {
            height,
            electorate,
            state,
            told: BTreeSet::new(),
            built: None,
            given_up: None,
            withheld: Vec::new(),
        });
        let mut gathered = Gathered::default();
        let log: Vec<Entry> = log.into_iter().filter(|entry| entry.height() == Some(height)).collect();
        self.begin(&log, &mut gathered, signer)?;
        for held in self.filter.release(height) {
            self.feed(held.into_core(), None, &mut gathered, signer)?;
        }
        self.propose_again(&mut gathered, signer)?;
        Ok(self.finish(gathered))
    }

    /// Begins the height, and brings the core to where the log ends.
    fn begin(&mut self, log: &[Entry], gathered: &mut Gathered, signer: &mut dyn Signer) -> Result<(), Fault> {
        let running = self.running.as_mut().expect("the height was set before it begins");
        let again = !log.is_empty();
        if again {
            // Only to say that a log is read, which exempts it from bounds; of signatures our script knows more.
            running.state.index_wal_entries([]);
        }
        let (at, electorate) = (At(running.height), running.electorate.clone());
        let start = core::Input::StartHeight(at, electorate, again, None, malachite::VoteExtensionPolicy::Disabled);
        self.feed(start, None, gathered, signer)?;
        if !again {
            return Ok(());
        }
        for (fed, entry) in (1..).zip(log) {
            if let Entry::Timeout(timer) = entry {
                gathered.effects.then.push(Effect::CancelTimer(*timer));
            }
            if planted::on(Bug::SkipLockCheck) && replay::locks(log, &self.own, entry) {
                continue;
            }
            if let Some(input) = entry.clone().into_core() {
                self.feed(input, Some(Script { log, fed }), gathered, signer)?;
            }
        }
        let running = self.running.as_mut().expect("a height ends only in finish");
        running.state.reset_entries_index();
        let (height, round) = (running.height, round_of(&running.state));
        let proposing = running.state.driver.step_is_propose();
        let own_value = replay::own_value(log, &self.own, round).filter(|_| proposing);
        if let Some(value) = own_value {
            running.built = Some(round);
            self.feed(propose_input(height, round, value), None, gathered, signer)?;
        }
        let effects = std::mem::take(&mut gathered.effects);
        gathered.effects = replay::settle(effects, log, &self.own, round, proposing && own_value.is_none());
        self.ask_again(gathered, signer)
    }

    fn timeout(&mut self, timer: Timer, signer: &mut dyn Signer) -> Result<Effects, Fault> {
        if self.running.is_none() || self.place(timer.height) != Ordering::Equal {
            return Ok(Effects::default());
        }
        let mut gathered = Gathered::default();
        self.feed(core::Input::TimeoutElapsed(entry::timeout(timer)), None, &mut gathered, signer)?;
        if timer.kind == TimerKind::Rebroadcast {
            self.ask_again(&mut gathered, signer)?;
        }
        self.propose_again(&mut gathered, signer)?;
        Ok(self.finish(gathered))
    }

    /// Asks the signer again for the votes of this round that it refused. They count from when they are signed, as a
    /// message that was long on its way.
    fn ask_again(&mut self, gathered: &mut Gathered, signer: &mut dyn Signer) -> Result<(), Fault> {
        let Some(running) = self.running.as_mut() else { return Ok(()) };
        let present = round_of(&running.state);
        for vote in std::mem::take(&mut running.withheld) {
            let Some(running) = self.running.as_mut().filter(|_| vote.round == present) else { continue };
            match signer.sign_vote(&vote) {
                Ok(signature) => {
                    let vote: malachite::SignedVote<Bulla> = sealed(Said { statement: vote, signature });
                    running.state.set_last_vote(vote.clone());
                    self.feed(core::Input::Vote(vote), None, gathered, signer)?;
                }
                Err(_) => running.withheld.push(vote),
            }
        }
        Ok(())
    }

    fn hear(&mut self, height: Height, held: Held, signer: &mut dyn Signer) -> Result<Effects, Fault> {
        if self.place(height) == Ordering::Greater {
            if height <= filter::last_held(self.present()) {
                self.heard = self.heard.max(height);
            }
            self.filter.hold(held, self.present());
            return Ok(Effects::default());
        }
        self.at(height, || Some(held.into_core()), signer)
    }

    /// Feeds the core with something of the height being decided; of any other height it has no effect.
    fn at(
        &mut self,
        height: Height,
        input: impl FnOnce() -> Option<core::Input<Bulla>>,
        signer: &mut dyn Signer,
    ) -> Result<Effects, Fault> {
        if self.running.is_none() || self.place(height) != Ordering::Equal {
            return Ok(Effects::default());
        }
        let Some(input) = input() else { return Ok(Effects::default()) };
        let mut gathered = Gathered::default();
        self.feed(input, None, &mut gathered, signer)?;
        self.propose_again(&mut gathered, signer)?;
        Ok(self.finish(gathered))
    }

    /// A block that a quorum prevoted in an earlier round is proposed again before a new one is built: whoever is locked on it
    /// prevotes that and no other. The paper waits for the turn of one that is locked.
    fn propose_again(&mut self, gathered: &mut Gathered, signer: &mut dyn Signer) -> Result<(), Fault> {
        let Some(running) = self.running.as_mut() else { return Ok(()) };
        let (height, round) = (running.height, round_of(&running.state));
        let is_asked = |effect: &Effect| matches!(effect, Effect::NeedValue { round: asked, .. } if *asked == round);
        let Some(value) = running.polka_before(round).filter(|value| running.validity(*value) == Some(true)) else {
            return Ok(());
        };
        if !gathered.effects.then.iter().any(is_asked) {
            return Ok(());
        }
        gathered.effects.then.retain(|effect| !is_asked(effect));
        running.built = Some(round);
        self.feed(propose_input(height, round, value), None, gathered, signer)
    }

    fn feed(
        &mut self,
        input: core::Input<Bulla>,
        script: Option<Script<'_>>,
        gathered: &mut Gathered,
        signer: &mut dyn Signer,
    ) -> Result<(), Fault> {
        let Some(running) = self.running.as_mut().filter(|_| gathered.decision.is_none()) else { return Ok(()) };
        let (chain, own, timeouts, height) = (self.chain, self.own, &self.timeouts, running.height);
        let electorate = &running.electorate;
        let mut answers = Answers { chain, own, height, electorate, timeouts, signer, script, gathered };
        let handled: Result<(), core::Error<Bulla>> = core::process!(
            input: input,
            state: &mut running.state,
            metrics: &(),
            with: effect => Ok::<_, Fault>(answers.answer(effect))
        );
        running.withheld.append(&mut gathered.withheld);
        if let Some(derived) = gathered.contradicted.take() {
            return Err(Fault::Replay(derived));
        }
        handled.map_err(|error| match error {
            core::Error::ReplayDivergence(..)
            | core::Error::UnexpectedResume(..)
            | core::Error::DecisionNotFound(..)
            | core::Error::DriverProcess(_)
            | core::Error::InvalidCommitCertificate(..)
            | core::Error::MissingPolkaCertificate(..)
            | core::Error::VoteExtensionRequired(..)
            | core::Error::WalCorrupted(_) => Fault::Core(error.to_string()),
        })
    }

    /// Adds what the core does not tell by itself, and ends the height if it is decided: timers first, the decision last.
    fn finish(&mut self, gathered: Gathered) -> Effects {
        let Gathered { mut effects, proposals, equivocations, decision, .. } = gathered;
        let Some(running) = self.running.as_mut() else { return effects };
        let Some(certificate) = decision else {
            let own = self.own;
            let unknown = proposals.into_iter().filter(|p| p.proposer != own && running.validity(p.value).is_none());
            effects.then.extend(unknown.map(Effect::Judge));
            effects.then.extend(running.quorums());
            effects.then.extend(running.give_up());
            effects.then.extend(running.show_lock(self.chain, &effects.then));
            return effects;
        };
        self.tip = running.height;
        self.running = None;
        effects.then.retain(|effect| {
            !matches!(effect, Effect::SetTimer { .. } | Effect::CancelTimer(_) | Effect::NeedValue { .. })
        });
        effects.then.push(Effect::CancelAllTimers);
        if !planted::on(Bug::ForgetEvidence) {
            effects.then.extend(equivocations.into_iter().map(Effect::Equivocation));
        }
        effects.then.push(Effect::Decide(certificate));
        effects
    }

    fn certified(&mut self, decision: Decision) -> Effects {
        let height = decision.certificate().height;
        self.heard = self.heard.max(height);
        let Some(running) = self.running.as_mut().filter(|running| running.height == height) else {
            return Effects::default();
        };
        let evidence = core::MisbehaviorEvidence {
            proposals: running.state.driver.take_proposal_evidence(),
            votes: running.state.driver.take_vote_evidence(),
        };
        let (equivocations, decision) = (equivocations(evidence), Some(decision.into_certificate()));
        self.finish(Gathered { equivocations, decision, ..Gathered::default() })
    }

    /// Whether a block for this round would be the first. The core would log a second one, although it proposes the first.
    fn awaits_value(&mut self, height: Height, round: Round) -> bool {
        let Some(running) = self.running.as_mut() else { return false };
        let present = running.height == height && round_of(&running.state) == round;
        let first = present && running.state.driver.step_is_propose() && running.built != Some(round);
        running.built = running.built.max(first.then_some(round));
        first
    }

    fn is_judged(&self, judgement: &Judgement) -> bool {
        self.running.as_ref().filter(|running| running.height == judgement.height).is_some_and(|running| match running
            .validity(judgement.value)
        {
            Some(valid) => valid || !judgement.valid,
            None => false,
        })
    }

    /// The height being decided, or else the last decided.
    fn present(&self) -> Height {
        self.running.as_ref().map_or(self.tip, |running| running.height)
    }

    fn place(&self, height: Height) -> Ordering {
        height.cmp(&self.present())
    }
}

impl Running {
    /// What a block was judged to be.
    fn validity(&self, value: HeaderHash) -> Option<bool> {
        let judged = self.state.full_proposal_keeper.get_value_by_id(&At(self.height), &Block(value));
        judged.map(|(_, validity)| validity.is_valid())
    }

    /// A round in which a quorum precommitted nil decides nothing any more: there is nothing to wait for. The paper waits all
    /// the same (line 47), which costs a chain with one dead validator a quarter of its speed.
    fn give_up(&mut self) -> Option<Effect> {
        let (height, round, driver) = (self.height, round_of(&self.state), &self.state.driver);
        let is_hopeless =
            driver.votes().is_threshold_met(&driver.round(), malachite::VoteType::Precommit, Threshold::Nil);
        let is_news = is_hopeless && self.given_up.replace(round) != Some(round);
        is_news.then_some(Effect::SetTimer { timer: Timer { height, round, kind: TimerKind::Precommit }, after_ms: 0 })
    }

    /// The block of the last polka that is known of a round before this one.
    fn polka_before(&self, round: Round) -> Option<HeaderHash> {
        let polkas = self.state.driver.polka_certificates().iter();
        let earlier = polkas.filter_map(|polka| Some((our_round(polka.round)?, polka.value_id.0)));
        earlier.filter(|(of, _)| *of < round).max().map(|(_, value)| value)
    }

    /// Whoever enters a round and may be locked shows by which polka, so that the next proposers know what to propose again.
    fn show_lock(&self, chain: ChainId, then: &[Effect]) -> Option<Effect> {
        then.iter().find(|effect| matches!(effect, Effect::EnterRound { .. }))?;
        let (driver, valid) = (&self.state.driver, self.state.driver.valid_value()?);
        let polka = driver.polka_certificate(valid.round, &malachite::Value::id(&valid.value))?;
        let shown = Effect::Say(said_polka(chain, polka));
        (!then.contains(&shown)).then_some(shown)
    }

    /// Quorums for blocks that are not judged valid here, each told of once.
    fn quorums(&mut self) -> Vec<Effect> {
        let driver = &self.state.driver;
        let mut backed: BTreeSet<(Round, HeaderHash)> = BTreeSet::new();
        for (round, votes) in driver.votes().all_rounds() {
            for vote in votes.received_votes() {
                let NilOrVal::Val(block) = malachite::Vote::value(&vote.message) else { continue };
                let kind = malachite::Vote::vote_type(&vote.message);
                if driver.votes().is_threshold_met(round, kind, Threshold::Value(*block)) {
                    backed.extend(our_round(*round).map(|round| (round, block.0)));
                }
            }
        }
        let polkas = driver.polka_certificates().iter();
        backed.extend(polkas.filter_map(|polka| Some((our_round(polka.round)?, polka.value_id.0))));
        let height = self.height;
        let news = backed.into_iter().filter(|(_, value)| self.validity(*value) != Some(true));
        let news: Vec<_> = news.filter(|quorum| !self.told.contains(quorum)).collect();
        self.told.extend(news.iter().copied());
        news.into_iter().map(|(round, value)| Effect::Quorum { height, round, value }).collect()
    }
}

impl Held {
    fn into_core(self) -> core::Input<Bulla> {
        match self {
            Held::Vote(vote) => core::Input::Vote(sealed(vote.into_said())),
            Held::Proposal(proposal) => core::Input::Proposal(sealed(proposal.into_said())),
        }
    }
}

fn propose_input(height: Height, round: Round, value: HeaderHash) -> core::Input<Bulla> {
    core::Input::Propose(core::LocallyProposedValue::new(At(height), core_round(round), Block(value)))
}

fn polka_input(polka: Polka) -> Option<core::Input<Bulla>> {
    entry::polka(polka.votes).map(core::Input::PolkaCertificate)
}

fn change_input(change: RoundChange) -> core::Input<Bulla> {
    let kind = match change.kind {
        ChangeKind::Skip => malachite::RoundCertificateType::Skip,
        ChangeKind::Precommits => malachite::RoundCertificateType::Precommit,
    };
    let votes = change.votes.into_iter().map(sealed).collect();
    let (height, round) = (At(change.height), core_round(change.round));
    core::Input::RoundCertificate(malachite::RoundCertificate::new_from_votes(height, round, kind, votes))
}

/// A core that has seen nothing. One is made for every height, so that nothing of a height outlives it.
fn state(chain: ChainId, own: PublicKey, height: Height, electorate: Electorate) -> core::State<Bulla> {
    let params = core::Params {
        address: Voter(own),
        threshold_params: malachite::ThresholdParams::default(),
        value_payload: malachite::ValuePayload::ProposalAndParts,
        enabled: true,
    };
    // The core's own queue is for later heights, which it never gets to see.
    core::State::new(Bulla(chain), At(height), electorate, params, 1, 1)
}

#[cfg(test)]
mod tests;
