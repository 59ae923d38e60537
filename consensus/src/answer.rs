//! Malachite's effects, each answered at once, and what they come to for the host.

use crate::context::{Block, Bulla, Electorate, Seal, Voter, our_round, said_proposal, said_vote};
use crate::effect::{Effect, Effects, Equivocation, Unsigned};
use crate::entry::{Entry, timer};
use crate::input::Message;
use crate::quorum::{ChangeKind, more_than_a_third, power_of};
use crate::replay::{Script, Word};
use crate::signer::Signer;
use crate::timer::{Timeouts, Timer, TimerKind};
use arc_malachitebft_core_consensus as core;
use arc_malachitebft_core_types as malachite;
use bulla_verify::certificate::{Certificate, Signers};
use bulla_verify::chain::{ChainId, Height, Round};
use bulla_verify::keys::{PublicKey, Signature};
use bulla_verify::vote::{Proposal, Vote};
use core::{Resumable, Resume};
use std::collections::BTreeMap;

/// What the core's effects have come to so far.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) effects: Effects,
    /// Proposals that the core took in: of the right proposer, and new.
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) equivocations: Vec<Equivocation>,
    pub(crate) decision: Option<Certificate>,
    /// Votes that the core derived and that are not signed.
    pub(crate) withheld: Vec<Vote>,
    /// What the core derived where the log has something else of ours.
    pub(crate) contradicted: Option<Unsigned>,
}

/// Answers the core while it handles one input.
pub(crate) struct Answers<'a> {
    pub(crate) chain: ChainId,
    pub(crate) own: PublicKey,
    pub(crate) height: Height,
    pub(crate) electorate: &'a Electorate,
    pub(crate) timeouts: &'a Timeouts,
    pub(crate) signer: &'a mut dyn Signer,
    /// The log, while the core is fed from it.
    pub(crate) script: Option<Script<'a>>,
    pub(crate) gathered: &'a mut Gathered,
}

impl Answers<'_> {
    /// The answer that the core goes on with.
    pub(crate) fn answer(&mut self, effect: core::Effect<Bulla>) -> Resume<Bulla> {
        use core::Effect as Asked;
        match effect {
            Asked::CancelAllTimeouts(_) => self.then(Effect::CancelAllTimers),
            Asked::CancelTimeout(timeout, _) => self.then_if(timer(timeout, self.height).map(Effect::CancelTimer)),
            Asked::ScheduleTimeout(timeout, _) => {
                timer(timeout, self.height).into_iter().for_each(|timer| self.set_timer(timer));
            }
            Asked::StartRound(_, round, proposer, _, _) => self.enter(round, proposer),
            Asked::PublishConsensusMsg(message, _) => self.say(&message),
            Asked::PublishLivenessMsg(message, _) => self.say_for_liveness(&message),
            Asked::RepublishVote(vote, _) => self.say_vote(&vote),
            Asked::RepublishRoundCertificate(change, _) => self.say_change(&change),
            Asked::GetValue(_, round, _, _) => self.need_value(round),
            Asked::RestreamProposal(_, round, valid_round, _, value, _) => self.restream(round, valid_round, value),
            Asked::Decide(certificate, _, _) => self.decide(certificate),
            Asked::Finalize(_, _, evidence, _) => self.gathered.equivocations.extend(equivocations(evidence)),
            Asked::WalAppend(_, input, _) => self.log(&input),
            Asked::SignVote(vote, resume) => {
                let seal = Seal(self.sign_vote(&vote.vote));
                return resume.resume_with(malachite::SignedMessage::new(vote, seal));
            }
            Asked::SignProposal(proposal, resume) => {
                let seal = Seal(self.sign_proposal(&proposal.proposal));
                return resume.resume_with(malachite::SignedMessage::new(proposal, seal));
            }
            // Whatever carries a seal was heard or signed here; what the signer refused carries none.
            Asked::VerifySignature(message, _, resume) => return resume.resume_with(message.signature.0.is_some()),
            Asked::VerifyCommitCertificate(c, set, _, resume) => {
                return resume
                    .resume_with(shortfall(c.commit_signatures.iter().map(|s| &s.address), &set).map_or(Ok(()), Err));
            }
            Asked::VerifyExtendedCommitCertificate(c, set, _, _, resume) => {
                return resume
                    .resume_with(shortfall(c.commit_signatures.iter().map(|s| &s.address), &set).map_or(Ok(()), Err));
            }
            Asked::VerifyPolkaCertificate(c, set, _, resume) => {
                return resume
                    .resume_with(shortfall(c.polka_signatures.iter().map(|s| &s.address), &set).map_or(Ok(()), Err));
            }
            Asked::VerifyRoundCertificate(c, set, _, resume) => {
                return resume.resume_with(round_shortfall(&c, &set).map_or(Ok(()), Err));
            }
            // Certificates of peers do not pass through the core.
            Asked::CertVerifiedSyncValue(..) | Asked::CertRejectedSyncValue(..) => {}
            // Vote extensions are off.
            Asked::ExtendVote(_, _, _, _, resume) => return resume.resume_with(None),
            Asked::VerifyVoteExtension(_, _, _, _, _, _, resume) => {
                return resume.resume_with(Err(core::VoteExtensionError::InvalidVoteExtension));
            }
        }
        Resume::Continue
    }

    fn then(&mut self, effect: Effect) {
        self.gathered.effects.then.push(effect);
    }

    fn then_if(&mut self, effect: Option<Effect>) {
        self.gathered.effects.then.extend(effect);
    }

    fn set_timer(&mut self, timer: Timer) {
        let after_ms = self.timeouts.after_ms(timer.kind, timer.round);
        self.then(Effect::SetTimer { timer, after_ms });
    }

    fn enter(&mut self, round: malachite::Round, proposer: Voter) {
        let height = self.height;
        self.then_if(our_round(round).map(|round| Effect::EnterRound { height, round, proposer: proposer.0 }));
    }

    fn need_value(&mut self, round: malachite::Round) {
        let (height, timeouts) = (self.height, self.timeouts);
        let need =
            |round| Effect::NeedValue { height, round, timeout_ms: timeouts.after_ms(TimerKind::Propose, round) };
        self.then_if(our_round(round).map(need));
    }

    fn restream(&mut self, round: malachite::Round, valid_round: malachite::Round, value: Block) {
        let (height, value, valid_round) = (self.height, value.0, our_round(valid_round));
        self.then_if(our_round(round).map(|round| Effect::Restream { height, round, value, valid_round }));
    }

    fn say(&mut self, message: &core::SignedConsensusMsg<Bulla>) {
        match message {
            core::SignedConsensusMsg::Vote(vote) => self.say_vote(vote),
            core::SignedConsensusMsg::Proposal(proposal) => {
                self.say_once(said_proposal(proposal).map(Message::Proposal));
            }
        }
    }

    fn say_vote(&mut self, vote: &malachite::SignedVote<Bulla>) {
        self.say_once(said_vote(vote).map(Message::Vote));
    }

    fn say_once(&mut self, message: Option<Message>) {
        if let Some(effect) = message.map(Effect::Say)
            && !self.gathered.effects.then.contains(&effect)
        {
            self.then(effect);
        }
    }

    fn say_for_liveness(&mut self, message: &core::LivenessMsg<Bulla>) {
        match message {
            core::LivenessMsg::Vote(vote) => self.say_vote(vote),
            core::LivenessMsg::PolkaCertificate(polka) => {
                self.then(Effect::Say(said_polka(self.chain, polka)));
            }
            core::LivenessMsg::SkipRoundCertificate(change) => self.say_change(change),
        }
    }

    fn say_change(&mut self, change: &malachite::RoundCertificate<Bulla>) {
        let kind = match change.cert_type {
            malachite::RoundCertificateType::Skip => ChangeKind::Skip,
            malachite::RoundCertificateType::Precommit => ChangeKind::Precommits,
        };
        let votes = change.votes(&Bulla(self.chain)).filter_map(|vote| said_vote(&vote)).collect();
        self.then(Effect::Say(Message::RoundChange(kind, votes)));
    }

    /// What is our own is said as soon as it is logged: the core would publish the votes that follow from a proposal or a vote
    /// before the proposal or the vote.
    fn log(&mut self, input: &core::Input<Bulla>) {
        let Some(entry) = Entry::from_core(input, self.height, self.chain) else { return };
        if let Entry::Proposal(proposal) = &entry {
            self.gathered.proposals.push(proposal.statement.clone());
        }
        if let Some(message) = entry.said_by(&self.own) {
            self.gathered.effects.sync = true;
            self.say_once(Some(message));
        }
        self.gathered.effects.log.push(entry);
    }

    fn sign_vote(&mut self, vote: &Vote) -> Option<Signature> {
        let seal = self.seal(Unsigned::Vote(vote.clone()));
        if seal.is_none() {
            self.gathered.withheld.push(vote.clone());
        }
        seal
    }

    /// The core cancels the propose timer before it asks, or never set it for an old value; without its proposal this
    /// validator would wait for ever to prevote nil.
    fn sign_proposal(&mut self, proposal: &Proposal) -> Option<Signature> {
        let seal = self.seal(Unsigned::Proposal(proposal.clone()));
        if seal.is_none() {
            self.set_timer(Timer { height: self.height, round: proposal.round, kind: TimerKind::Propose });
        }
        seal
    }

    fn seal(&mut self, wanted: Unsigned) -> Option<Signature> {
        match self.script.map_or(Word::Open, |script| script.word(&wanted, &self.own)) {
            Word::Signed(signature) => return Some(signature),
            Word::Withheld => return None,
            Word::Contradicted => {
                self.gathered.contradicted = Some(wanted);
                return None;
            }
            Word::Open => {}
        }
        let signed = match &wanted {
            Unsigned::Vote(vote) => self.signer.sign_vote(vote),
            Unsigned::Proposal(proposal) => self.signer.sign_proposal(proposal),
        };
        signed.map_err(|reason| self.then(Effect::Withheld { message: wanted, reason })).ok()
    }

    fn decide(&mut self, certificate: malachite::CommitCertificate<Bulla>) {
        let set = self.electorate.set();
        let by_place: BTreeMap<usize, _> = certificate
            .commit_signatures
            .iter()
            .filter_map(|signed| set.index_of(&signed.address.0).zip(signed.signature.0))
            .collect();
        let mut signers = Signers::default();
        by_place.keys().for_each(|place| signers.insert(*place));
        self.gathered.decision = Some(Certificate {
            height: certificate.height.0,
            round: our_round(certificate.round).unwrap_or_default(),
            value: certificate.value_id.0,
            signers,
            signatures: by_place.into_values().collect(),
        });
    }
}

/// A polka as it goes to the wire.
pub(crate) fn said_polka(chain: ChainId, polka: &malachite::PolkaCertificate<Bulla>) -> Message {
    Message::Polka(polka.votes(&Bulla(chain)).filter_map(|vote| said_vote(&vote)).collect())
}

/// The pairs of messages that convict a validator, as they can be put on record.
pub(crate) fn equivocations(evidence: core::MisbehaviorEvidence<Bulla>) -> Vec<Equivocation> {
    let votes = evidence.votes.into_iter().flat_map(|(_, pairs)| pairs);
    let votes = votes.filter_map(|(a, b)| Some(Equivocation::Votes(said_vote(&a)?, said_vote(&b)?)));
    let proposals = evidence.proposals.into_iter().flat_map(|(_, pairs)| pairs);
    let proposals =
        proposals.filter_map(|(a, b)| Some(Equivocation::Proposals(said_proposal(&a)?, said_proposal(&b)?)));
    votes.chain(proposals).collect()
}

/// What those who signed lack to be a quorum. Their signatures were checked one by one before they came to the core.
fn shortfall<'a>(voters: impl Iterator<Item = &'a Voter>, electorate: &Electorate) -> Option<Shortfall> {
    below(voters, electorate, electorate.set().quorum())
}

fn round_shortfall(change: &malachite::RoundCertificate<Bulla>, electorate: &Electorate) -> Option<Shortfall> {
    let expected = match change.cert_type {
        malachite::RoundCertificateType::Skip => more_than_a_third(electorate.set().total_power()),
        malachite::RoundCertificateType::Precommit => electorate.set().quorum(),
    };
    below(change.round_signatures.iter().map(|signed| &signed.address), electorate, expected)
}

fn below<'a>(voters: impl Iterator<Item = &'a Voter>, electorate: &Electorate, expected: u64) -> Option<Shortfall> {
    let signed = power_of(voters.map(|voter| &voter.0), electorate.set());
    let total = electorate.set().total_power();
    (signed < expected).then_some(Shortfall::NotEnoughVotingPower { signed, total, expected })
}

type Shortfall = malachite::CertificateError<Bulla>;

/// The core's round as ours, or round 0 where the core has none yet.
pub(crate) fn round_of(state: &core::State<Bulla>) -> Round {
    our_round(state.round()).unwrap_or_default()
}
