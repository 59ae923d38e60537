//! Deciding a height: consensus is fed, and what it asks for is done or asked of the driver.

use super::blocks::Verdict;
use super::{Action, Effects, Engine, Halt, Job, LogEntry, Logged, Peer, Report, Wake};
use crate::wire::{Names, PeerMessage};
use bulla_consensus::{Consensus, Decision, Effect, Input, Judgement, Message, proposer};
use bulla_ledger::execute::{Built, ExecutedBlock, Invalid};
use bulla_ledger::{Tip, Transaction};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::header::Header;
use bulla_verify::planted::{self, Bug};
use bulla_verify::time::Millis;
use bulla_verify::vote::Proposal;
use std::sync::Arc;

/// How much more than a block's bytes is given to a build to choose from.
const CANDIDATE_BLOCKS: usize = 2;

/// How many bytes of transactions that a block passed over are sent to the next proposer: a tenth of a usual block, so that
/// a pool in a backlog does not double the traffic.
const SHARED_AGAIN_BYTES: usize = 100 << 10;

impl Engine {
    /// Feeds consensus, and performs what comes of it.
    pub(super) fn step(&mut self, now: Millis, input: Input, out: &mut Effects) {
        let effects = match self.consensus.step(input, &mut self.signing) {
            Ok(effects) => effects,
            Err(fault) => return out.then.push(Action::Halt(Halt::Consensus(fault))),
        };
        for entry in effects.log {
            let signed = self.signing.said_in(&entry);
            out.log.push(Logged { entry: LogEntry::Consensus(entry), signed });
        }
        out.sync |= effects.sync && !planted::on(Bug::SendBeforeLog);
        for effect in effects.then {
            self.perform(now, effect, out);
        }
    }

    /// Takes in a consensus message: its signatures are judged by the validators of the next height, the only set known.
    pub(super) fn listen(&mut self, now: Millis, peer: Peer, message: Message, out: &mut Effects) {
        if message.height().is_some_and(|height| height <= self.tip.height) {
            return;
        }
        let anothers = self.is_anothers(&message);
        match (message.check(self.tip.chain, &self.tip.validators), anothers) {
            (Ok(_), Some(at)) => self.fall_silent(at, out),
            (Ok(input), None) => self.step(now, input, out),
            (Err(refused), _) => out.then.push(Action::Report(Report::Refused(peer, refused.to_string()))),
        }
    }

    fn perform(&mut self, now: Millis, effect: Effect, out: &mut Effects) {
        match effect {
            Effect::EnterRound { height, round, proposer } => {
                if round > Round(0) {
                    self.caps = self.caps.halved();
                    out.then.push(Action::Report(Report::Round(height, round)));
                } else {
                    self.share_left_over(proposer, out);
                }
            }
            Effect::Say(message) => out.then.push(Action::SendAll(Arc::new(self.with_names(message)))),
            Effect::SetTimer { timer, after_ms } => out.then.push(Action::SetTimer(Wake::Consensus(timer), after_ms)),
            Effect::CancelTimer(timer) => out.then.push(Action::CancelTimer(Wake::Consensus(timer))),
            Effect::CancelAllTimers => out.then.push(Action::CancelTimers),
            Effect::NeedValue { height: _, round, timeout_ms: _ } => self.build(now, round, out),
            Effect::Judge(proposal) => self.judge(now, &proposal, out),
            Effect::Quorum { height, round, value } => self.quorum(now, height, round, value, out),
            // Whoever lacks the block asks for it when it hears the proposal, which carries the block's names.
            Effect::Restream { .. } => {}
            Effect::Withheld { message, reason } => {
                out.then.push(Action::Report(Report::Withheld(format!("{reason}: {message:?}"))));
            }
            Effect::Equivocation(equivocation) => {
                self.accuse(equivocation.clone());
                out.then.push(Action::Report(Report::Equivocation(Box::new(equivocation))));
            }
            Effect::Decide(certificate) => {
                self.decided = Some(certificate);
                self.commit_decided(out);
            }
        }
    }

    fn with_names(&self, message: Message) -> PeerMessage {
        match message {
            Message::Proposal(said) => match self.blocks.names(&said.statement.value) {
                Some(names) => PeerMessage::Proposal(said, names.clone()),
                None => PeerMessage::Consensus(Message::Proposal(said)),
            },
            Message::Vote(_) | Message::Polka(_) | Message::RoundChange(..) => PeerMessage::Consensus(message),
        }
    }

    /// What the last block passed over, its proposer may never have heard of: the next is told again.
    fn share_left_over(&mut self, proposer: Peer, out: &mut Effects) {
        for transaction in self.pool.left_over(SHARED_AGAIN_BYTES) {
            if proposer != self.own {
                let message = PeerMessage::Transaction(transaction.envelope().clone());
                out.then.push(Action::Send(proposer, Arc::new(message)));
            }
        }
    }

    fn build(&mut self, now: Millis, round: Round, out: &mut Effects) {
        self.pool.expire(now);
        let bytes = usize::try_from(self.caps.bytes).unwrap_or(usize::MAX);
        let waiting = self.pool.oldest(bytes.saturating_mul(CANDIDATE_BLOCKS));
        let time = now.max(self.tip.time.plus(1));
        let candidates = self.recovery_act(time).into_iter().chain(waiting).collect();
        out.then.push(Action::Work(Job::Build { round, time, candidates, caps: self.caps }));
    }

    /// A block was built here: it is logged with its bodies, and proposed.
    pub(super) fn built(&mut self, now: Millis, round: Round, built: Built, out: &mut Effects) {
        let next = self.tip.height.next();
        for (id, stale) in &built.dropped {
            self.pool.remove(id);
            out.then.push(Action::Report(Report::Dropped(*id, stale.clone())));
        }
        if built.executed.header().height() != next || self.consensus.deciding() != Some((next, round)) {
            return;
        }
        let value = built.executed.header().hash();
        self.blocks.built(built.executed);
        self.log_block(value, out);
        self.step(now, Input::Propose { height: next, round, value }, out);
    }

    /// A proposal is to be judged: its block is gathered and executed, if that was not done before.
    fn judge(&mut self, now: Millis, proposal: &Proposal, out: &mut Effects) {
        let judgement = Judgement {
            height: proposal.height,
            round: proposal.round,
            valid_round: proposal.valid_round,
            proposer: proposal.proposer,
            value: proposal.value,
            valid: false,
        };
        let block = self.blocks.want(proposal.value);
        block.fresh |= proposal.valid_round.is_none();
        block.asked.push(judgement);
        self.advance(now, proposal.value, out);
        self.ask_for_blocks(out);
    }

    /// A quorum voted for a block that is not judged valid here. Then its time is no longer in doubt.
    fn quorum(&mut self, now: Millis, height: Height, round: Round, value: HeaderHash, out: &mut Effects) {
        let passed_over = self.turns.passed_over(height, &self.tip.roll());
        let proposer = proposer(&self.tip.validators, height, round, &passed_over).key;
        let block = self.blocks.want(value);
        block.quorum = true;
        block.asked.push(Judgement { height, round, valid_round: None, proposer, value, valid: false });
        self.advance(now, value, out);
        self.ask_for_blocks(out);
    }

    /// Takes a block as far as it goes: from the pool's bodies to execution, from its verdict to the judgement asked for.
    pub(super) fn advance(&mut self, now: Millis, value: HeaderHash, out: &mut Effects) {
        let (bound_ms, next) = (i64::from(self.tip.parameters.clock_bound_ms), self.tip.height.next());
        let Some(block) = self.blocks.find(&value) else { return };
        let pooled = block.missing().iter().filter_map(|hash| self.pool.find(hash).cloned()).collect();
        block.add(pooled);
        if let Some(names) = &block.names {
            // Judged once, when a fresh proposal comes; never on a value that is proposed again. Rule: design D8.
            let off_ms = names.header.light.time.since(now).saturating_abs();
            let judged = (block.fresh && !block.timed) || planted::on(Bug::ClockOnReproposal);
            if judged && off_ms > bound_ms {
                block.doubted = true;
                out.then.push(Action::Report(Report::Doubted(value, names.header.light.time)));
            }
            block.timed |= block.fresh;
        }
        if matches!(block.verdict, Verdict::Unknown)
            && let Some((names, transactions)) = block.whole()
            && names.header.height() == next
        {
            let header = names.header;
            block.verdict = Verdict::Running;
            out.then.push(Action::Work(Job::Execute(header, transactions)));
        }
        self.give_judgements(now, value, out);
    }

    /// Answers the proposals that wait for a block's verdict.
    fn give_judgements(&mut self, now: Millis, value: HeaderHash, out: &mut Effects) {
        let Some(block) = self.blocks.find(&value) else { return };
        let valid = match &block.verdict {
            Verdict::Unknown | Verdict::Running => return,
            Verdict::Valid(_) => block.quorum || !block.doubted,
            Verdict::Invalid(invalid) if block.quorum => {
                let diverged = Halt::Diverged(self.tip.height.next(), invalid.clone());
                return out.then.push(Action::Halt(diverged));
            }
            Verdict::Invalid(_) => false,
        };
        let asked = std::mem::take(&mut block.asked);
        if valid && !asked.is_empty() {
            self.log_block(value, out);
        }
        for judgement in asked {
            self.step(now, Input::Judged(Judgement { valid, ..judgement }), out);
        }
    }

    /// The block and its bodies are logged before anything is said for them. Rule: design D3.
    fn log_block(&mut self, value: HeaderHash, out: &mut Effects) {
        let Some(block) = self.blocks.find(&value) else { return };
        if !block.logged
            && let Some((names, transactions)) = block.whole()
        {
            let bodies = transactions.iter().map(|transaction| transaction.envelope().clone()).collect();
            out.log.push(Logged { entry: LogEntry::Block(names.clone(), bodies), signed: None });
            block.logged = true;
        }
    }

    /// A block was executed, for a proposal, for a decision, or while catching up.
    pub(super) fn executed(
        &mut self,
        now: Millis,
        value: HeaderHash,
        result: Result<Arc<ExecutedBlock>, Invalid>,
        out: &mut Effects,
    ) {
        if self.catching_up.executing.as_ref().is_some_and(|decided| decided.certificate.value == value) {
            return self.caught_up(now, result, out);
        }
        let Some(block) = self.blocks.find(&value) else { return };
        block.verdict = match result {
            Ok(executed) => Verdict::Valid(executed),
            Err(invalid) => {
                out.then.push(Action::Report(Report::Invalid(value, invalid.clone())));
                Verdict::Invalid(invalid)
            }
        };
        self.give_judgements(now, value, out);
        self.commit_decided(out);
    }

    /// A decided block of a peer was executed: its certificate, which was checked before, decides the height here too.
    fn caught_up(&mut self, now: Millis, result: Result<Arc<ExecutedBlock>, Invalid>, out: &mut Effects) {
        let Some(decided) = self.catching_up.executing.take() else { return };
        let executed = match result {
            Ok(executed) => executed,
            Err(invalid) => {
                return out.then.push(Action::Halt(Halt::Diverged(self.tip.height.next(), invalid)));
            }
        };
        if self.decided.is_some() {
            return;
        }
        let height = executed.header().height();
        self.blocks.built(executed);
        if self.consensus.deciding().is_none_or(|(deciding, _)| deciding != height) {
            // Nothing was begun here, so nothing ends: consensus goes on above it.
            self.consensus = Consensus::new(self.tip.chain, self.own, height, self.timeouts);
            self.decided = Some(decided.certificate);
            return self.commit_decided(out);
        }
        let decision = Decision::check(decided.certificate, self.tip.chain, &self.tip.validators);
        let decision = decision.expect("it was checked against this set before it was executed");
        self.step(now, Input::Certified(decision), out);
    }

    /// Commits the decided block once it is executed; asks for it if it is not here.
    fn commit_decided(&mut self, out: &mut Effects) {
        let Some(certificate) = self.decided.clone().filter(|_| !self.committing) else { return };
        let next = self.tip.height.next();
        let block = self.blocks.want(certificate.value);
        block.quorum = true;
        match &block.verdict {
            Verdict::Valid(executed) => {
                let executed = executed.clone();
                self.committing = true;
                out.then.push(Action::Work(Job::Commit(executed, certificate)));
            }
            Verdict::Invalid(invalid) => out.then.push(Action::Halt(Halt::Diverged(next, invalid.clone()))),
            Verdict::Running => {}
            Verdict::Unknown => {
                if let Some((names, transactions)) = block.whole() {
                    let header = names.header;
                    block.verdict = Verdict::Running;
                    out.then.push(Action::Work(Job::Execute(header, transactions)));
                }
            }
        }
    }

    /// A height is committed: the next may begin.
    pub(super) fn committed(&mut self, header: Header, tip: Tip, included: &[Transaction], out: &mut Effects) {
        self.turns.follow(&header, &self.tip.roll());
        included.iter().for_each(|transaction| self.pool.remove(&transaction.id()));
        self.pool.expire(tip.time);
        self.tip = tip;
        self.signing.forget_below(self.tip.height.next());
        self.caps = self.caps.recovered(&self.tip.parameters);
        self.blocks.begin(self.tip.height.next());
        self.catching_up.committed(self.tip.height);
        (self.decided, self.committing, self.heartbeat_due) = (None, false, false);
        self.recover(out);
        self.report_offenders(out);
        self.idle(out);
        out.then.push(Action::SendAll(Arc::new(PeerMessage::Tip(self.tip.height))));
    }

    /// Names of a block came: they are taken where they are asked for.
    pub(super) fn named(&mut self, now: Millis, names: Names, out: &mut Effects) {
        let value = names.header.hash();
        let Some(block) = self.blocks.find(&value).filter(|block| block.names.is_none()) else { return };
        if !names.are_of(value) {
            return;
        }
        block.names = Some(names);
        self.advance(now, value, out);
        self.commit_decided(out);
        self.ask_for_blocks(out);
    }

    /// Bodies of a block came.
    pub(super) fn bodies(&mut self, now: Millis, value: HeaderHash, bodies: Vec<Transaction>, out: &mut Effects) {
        let Some(block) = self.blocks.find(&value) else { return };
        block.add(bodies);
        self.advance(now, value, out);
        self.commit_decided(out);
    }

    /// Asks for all that is missing of the blocks of this height.
    pub(super) fn ask_for_blocks(&mut self, out: &mut Effects) {
        let peers: Vec<Peer> = self.peers.keys().copied().collect();
        for (peer, value, names, missing) in self.blocks.missing(&peers) {
            out.then.push(Action::Send(peer, Arc::new(PeerMessage::WantBlock { value, names, missing })));
        }
    }
}
