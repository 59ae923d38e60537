//! One height, four validators, and a second machine for some of their keys.

use crate::seed::Seed;
use bulla_consensus::{
    Consensus, Decision, Effect, Effects, Input, Judgement, Message, Missed, SignRefused, Signer, StartHeight,
    Timeouts, Timer, proposer,
};
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::keys::{Signature, SigningKey};
use bulla_verify::validators::{Validator, ValidatorSet};
use bulla_verify::vote::{Proposal, Statement, Vote};
use std::collections::BTreeMap;

const CHAIN: ChainId = ChainId(Hash([1; 32]));
const VALIDATORS: u8 = 4;
/// How often whoever has decided tells the others.
const OFFER_EVERY_MS: u64 = 300;
/// Simulated time in which every machine must have decided: four parted rounds take under ten seconds.
const PATIENCE_MS: u64 = 120_000;

/// Who hears whom.
pub(crate) struct Scenario {
    seed: u64,
    height: Height,
    /// Places of the validators that have a second machine.
    twins: Vec<usize>,
    /// For each of the first rounds, one bit for each machine: its side.
    sides: Vec<u64>,
}

/// What scenarios came to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Heights for which two values have certificates.
    pub(crate) forks: u64,
    /// Scenarios in which twins said two things at one place.
    pub(crate) twins_differed: u64,
    /// Scenarios that were decided after round 0.
    pub(crate) later_rounds: u64,
    /// Values that were proposed again with their proof-of-lock.
    pub(crate) proposed_again: u64,
}

pub(crate) struct World {
    scenario: Scenario,
    chance: Seed,
    validators: ValidatorSet,
    machines: Vec<Machine>,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), (usize, Event)>,
    events: u64,
    checked: BTreeMap<Vec<u8>, Input>,
    found: Found,
}

struct Machine {
    key: SigningKey,
    /// Whether another machine has its key.
    twin: bool,
    consensus: Consensus,
    timers: BTreeMap<Timer, u64>,
    decided: Option<Certificate>,
}

enum Event {
    Hear(Message),
    Timer(Timer),
    Step(Input),
    Offer,
}

struct Pen<'a>(&'a SigningKey);

impl Scenario {
    /// With so many pairs of twins, and so many rounds in which the network is parted.
    pub(crate) fn drawn(twins: usize, rounds: usize, seed: u64) -> Scenario {
        let mut chance = Seed::new(seed ^ 0x7715);
        let first = chance.next() as usize % usize::from(VALIDATORS);
        let twins: Vec<_> = (0..twins).map(|more| (first + more) % usize::from(VALIDATORS)).collect();
        let sides = (0..rounds).map(|_| chance.next()).collect();
        Scenario { seed, height: Height(1 + chance.next() % u64::from(VALIDATORS)), twins, sides }
    }
}

impl Found {
    pub(crate) fn add(&mut self, one: &Found) {
        self.forks += one.forks;
        self.twins_differed += one.twins_differed;
        self.later_rounds += one.later_rounds;
        self.proposed_again += one.proposed_again;
    }
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> World {
        let mut keys: Vec<_> = (1..=VALIDATORS).map(|byte| SigningKey::from_seed(&[byte; 32])).collect();
        keys.sort_by_key(SigningKey::public);
        let organisation = "91350100M000100Y43".parse().unwrap();
        let validator = |key: &SigningKey| Validator { key: key.public(), organisation, power: 1 };
        let validators = ValidatorSet::new(keys.iter().map(validator).collect()).unwrap();
        let places = (0..keys.len()).chain(scenario.twins.iter().copied());
        let before = scenario.height.previous().unwrap();
        let machine = |place: usize| Machine {
            key: SigningKey::from_seed(keys[place].seed()),
            twin: scenario.twins.contains(&place),
            consensus: Consensus::new(CHAIN, keys[place].public(), before, Timeouts::default()),
            timers: BTreeMap::new(),
            decided: None,
        };
        let machines = places.map(machine).collect();
        let (chance, found) = (Seed::new(scenario.seed), Found::default());
        let (queue, checked) = (BTreeMap::new(), BTreeMap::new());
        World { scenario, chance, validators, machines, now_ms: 0, queue, events: 0, checked, found }
    }

    /// Until every machine has decided.
    pub(crate) fn run(mut self) -> Found {
        let (height, validators) = (self.scenario.height, self.validators.clone());
        for machine in 0..self.machines.len() {
            let (validators, missed, log) = (validators.clone(), Missed::default(), Vec::new());
            self.step(machine, Input::StartHeight(StartHeight { height, validators, missed, log }));
        }
        while self.machines.iter().any(|machine| machine.decided.is_none()) {
            let ((at_ms, _), (machine, event)) = self.queue.pop_first().expect("timers run while a height does");
            self.now_ms = at_ms;
            assert!(at_ms < PATIENCE_MS, "seed {}: no decision in two minutes", self.scenario.seed);
            self.happen(machine, event);
        }
        self.judge()
    }

    /// What the whole scenario came to. Only what the honest decided counts: a twin may believe what it likes.
    fn judge(mut self) -> Found {
        let honest = self.machines.iter().filter(|machine| !machine.twin);
        let decided: Vec<&Certificate> = honest.filter_map(|machine| machine.decided.as_ref()).collect();
        for certificate in &decided {
            assert_eq!(certificate.check(CHAIN, &self.validators), Ok(()), "seed {}", self.scenario.seed);
        }
        let forked = decided.iter().any(|certificate| certificate.value != decided[0].value);
        if self.scenario.twins.len() < 2 {
            assert!(!forked, "seed {}: the honest decide two values", self.scenario.seed);
        }
        self.found.forks = u64::from(forked);
        self.found.later_rounds = u64::from(decided.iter().any(|certificate| certificate.round > Round(0)));
        self.found.twins_differed = u64::from(self.twins_differed());
        self.found
    }

    /// Whether one key signed two votes for one round and step.
    fn twins_differed(&self) -> bool {
        let mut said = BTreeMap::new();
        let mut votes = self.checked.values().filter_map(|input| match input {
            Input::Vote(vote) => Some(vote.statement()),
            _ => None,
        });
        let differs = |vote: &Vote| {
            let place = (vote.voter, vote.round, vote.kind as u8);
            *said.entry(place).or_insert(vote.value) != vote.value
        };
        votes.any(differs)
    }

    fn happen(&mut self, machine: usize, event: Event) {
        match event {
            Event::Hear(message) => {
                let (bytes, validators) = (canonical::encode(&message), &self.validators);
                let input = self.checked.entry(bytes);
                let input = input.or_insert_with(|| message.check(CHAIN, validators).expect("all that is said holds"));
                let input = input.clone();
                self.step(machine, input);
            }
            Event::Timer(timer) => {
                if self.machines[machine].timers.get(&timer) == Some(&self.now_ms) {
                    self.machines[machine].timers.remove(&timer);
                    self.step(machine, Input::Timeout(timer));
                }
            }
            Event::Step(input) => self.step(machine, input),
            Event::Offer => self.offer(machine),
        }
    }

    fn step(&mut self, machine: usize, input: Input) {
        let this = &mut self.machines[machine];
        if this.decided.is_some() {
            return;
        }
        let Effects { then, .. } = this.consensus.step(input, &mut Pen(&this.key)).expect("nothing is replayed");
        for effect in then {
            self.perform(machine, effect);
        }
    }

    fn perform(&mut self, machine: usize, effect: Effect) {
        match effect {
            Effect::Say(message) => self.say(machine, &message),
            Effect::SetTimer { timer, after_ms } => {
                self.machines[machine].timers.insert(timer, self.now_ms + after_ms);
                self.after(after_ms, machine, Event::Timer(timer));
            }
            Effect::CancelTimer(timer) => drop(self.machines[machine].timers.remove(&timer)),
            Effect::CancelAllTimers => self.machines[machine].timers.clear(),
            Effect::NeedValue { height, round, .. } => {
                // Twins build two blocks, of which neither knows the other's.
                let value = HeaderHash(Context::Header.hash(&[machine as u8, round.0 as u8]));
                self.after(5, machine, Event::Step(Input::Propose { height, round, value }));
            }
            Effect::Judge(Proposal { height, round, valid_round, proposer, value, .. }) => {
                let judgement = Judgement { height, round, valid_round, proposer, value, valid: true };
                self.after(5, machine, Event::Step(Input::Judged(judgement)));
            }
            Effect::Quorum { height, round, value } => {
                let proposer = proposer(&self.validators, height, round, &Missed::default()).key;
                let judgement = Judgement { height, round, valid_round: None, proposer, value, valid: true };
                self.after(5, machine, Event::Step(Input::Judged(judgement)));
            }
            Effect::Decide(certificate) => {
                self.machines[machine].decided = Some(certificate);
                self.after(0, machine, Event::Offer);
            }
            Effect::EnterRound { .. } | Effect::Restream { .. } | Effect::Withheld { .. } | Effect::Equivocation(_) => {
            }
        }
    }

    fn say(&mut self, machine: usize, message: &Message) {
        if let Message::Proposal(said) = message
            && said.statement.valid_round.is_some()
        {
            self.found.proposed_again += 1;
        }
        for to in (0..self.machines.len()).filter(|to| *to != machine) {
            if self.hears(machine, to) {
                let delay_ms = self.chance.between(1, 40);
                self.after(delay_ms, to, Event::Hear(message.clone()));
            }
        }
    }

    /// Whoever has decided offers the certificate to all that it reaches, until they have decided too.
    fn offer(&mut self, machine: usize) {
        let certificate = self.machines[machine].decided.clone().expect("who has decided offers");
        let mut waiting = false;
        for to in 0..self.machines.len() {
            if self.machines[to].decided.is_none() {
                waiting = true;
                if self.hears(machine, to) {
                    let decision = Decision::check(certificate.clone(), CHAIN, &self.validators).expect("it holds");
                    self.step(to, Input::Certified(decision));
                }
            }
        }
        if waiting {
            self.after(OFFER_EVERY_MS, machine, Event::Offer);
        }
    }

    /// Whether what a machine says now reaches another: the rounds that both are in say how the network is parted. A round
    /// that nobody is in any more parts nobody. But a side without a quorum never leaves its round, and neither do those that a
    /// round parts into such sides alone: so after a while all is heard, whatever the round.
    fn hears(&self, from: usize, to: usize) -> bool {
        let round = |machine: &Machine| machine.consensus.deciding().map(|(_, round)| round.0 as usize);
        let latest = round(&self.machines[from]).max(round(&self.machines[to])).unwrap_or(usize::MAX);
        let late = self.now_ms > PATIENCE_MS / 4;
        self.scenario.sides.get(latest).is_none_or(|sides| late || (sides >> from) & 1 == (sides >> to) & 1)
    }

    fn after(&mut self, ms: u64, machine: usize, event: Event) {
        self.events += 1;
        self.queue.insert((self.now_ms + ms, self.events), (machine, event));
    }
}

impl Signer for Pen<'_> {
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, SignRefused> {
        Ok(self.0.sign(&vote.digest()))
    }

    fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, SignRefused> {
        Ok(self.0.sign(&proposal.digest()))
    }
}
