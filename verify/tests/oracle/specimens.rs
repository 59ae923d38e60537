//! One of everything that is hashed or signed, for the golden vectors.

use crate::world::{Committee, HOUR_MS, START, World, licence, licence_id, organisation, type_code};
use bulla_verify::catalogue::{self, Competence, Dates, LicenceType};
use bulla_verify::chain::{ChainId, HeaderHash, Height, Round};
use bulla_verify::figures::{self, CaseEvent, Figure, FigureName, LicenceEvent};
use bulla_verify::governance::motion::{Fate, Motion, MotionId, Question, Terms};
use bulla_verify::governance::schedule::{Decided, Parameter, Schedule, Setting, What};
use bulla_verify::governance::{
    self, Evidence, Follower, FollowerChange, Followers, FormerValidator, Offender, SetChange, Validators,
};
use bulla_verify::hash::Hash;
use bulla_verify::header::Header;
use bulla_verify::identifiers::licence_id::LicenceId;
use bulla_verify::keys::SigningKey;
use bulla_verify::law;
use bulla_verify::licence::{
    self, Change, Cosigner, End, Ending, Entry, Grant, Ground, How, JointIssue, Licence, Origin, Pending, Review, Slip,
    Suspension, Term,
};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{self, Appointment, Hours, KeyCommitment, KeyGrant, Organisation, Pseudonym};
use bulla_verify::parameters::Parameters;
use bulla_verify::record::{Holding, RefusalBudget};
use bulla_verify::recovery::{Agreement, Paper, Recovery, Renewal};
use bulla_verify::roles::Role;
use bulla_verify::transaction::{Body, Envelope, Mode};
use bulla_verify::validators::Validator;
use bulla_verify::vote::{Heard, Proposal, Vote, VoteKind};

pub mod atlas;
pub mod bureau;
pub mod counter;
pub mod gateway;

/// A prevote for no block, and a precommit for this one, of the first validator.
pub fn votes(world: &World, header: &Header) -> [Vote; 2] {
    let (chain, height, voter) = (world.chain(), header.height(), world.first.keys[0].public());
    [
        Vote { chain, height, round: Round(0), kind: VoteKind::Prevote, value: None, voter },
        Vote { chain, height, round: Round(1), kind: VoteKind::Precommit, value: Some(header.hash()), voter },
    ]
}

/// A fresh proposal, and the same block proposed again.
pub fn proposals(world: &World, header: &Header) -> [Proposal; 2] {
    let (chain, height, value) = (world.chain(), header.height(), header.hash());
    let proposer = world.first.keys[0].public();
    let fresh = Proposal { chain, height, round: Round(0), value, valid_round: None, proposer };
    [fresh.clone(), Proposal { round: Round(2), valid_round: Some(Round(0)), ..fresh }]
}

/// One record of each kind; licences stand apart.
pub struct Records {
    pub parameters: Parameters,
    pub organisation: Organisation,
    pub grant: KeyGrant,
    pub kind: LicenceType,
    pub competence: Competence,
    pub holding: Holding,
    pub budget: RefusalBudget,
    pub validators: Validators,
    pub followers: Followers,
    pub former: FormerValidator,
}

pub fn records() -> Records {
    let committee = Committee::new(1, 4);
    let offender = Offender { key: committee.set.as_slice()[2].key, from: Height(61) };
    let region = "310000".parse().unwrap();
    Records {
        parameters: Parameters::default(),
        organisation: Organisation {
            uscc: organisation(3),
            name: "上海市测试局".parse().unwrap(),
            level: "310000".parse::<bulla_verify::identifiers::region::RegionCode>().unwrap().level(),
            region,
            parent: Some(organisation(0)),
        },
        grant: KeyGrant {
            key: SigningKey::from_seed(&[50; 32]).public(),
            organisation: organisation(3),
            roles: [Role::Issuer, Role::HistoricalRegistrar].into_iter().collect(),
            from: Height(4),
            until: Some(Height(900)),
        },
        kind: LicenceType {
            code: type_code(),
            name: "Food business licence".parse().unwrap(),
            region,
            max_term_days: Some(1_826),
            late_renewal_days: 30,
            single_holding: true,
        },
        competence: Competence { type_code: type_code(), organisation: organisation(3), region },
        holding: Holding { licence: licence("A1").base },
        budget: RefusalBudget { hour: 490_888, spent: 7 },
        validators: Validators { set: committee.set, from: Height(60), offenders: vec![offender] },
        followers: Followers(vec![follower()]),
        former: FormerValidator { key: SigningKey::from_seed(&[52; 32]).public(), until: Height(60) },
    }
}

/// A licence with every optional part: taken over, suspended, annulled and cancelled; all at once as no contract makes it.
pub fn eventful_licence() -> Licence {
    let at = |hours: i64| START.plus(HOUR_MS * hours);
    Licence {
        version: 4,
        origin: Origin::TakenOver { from: "Old register".parse().unwrap() },
        holding: Some(Hash([0x41; 32])),
        suspension: Some(Suspension { from: at(2), until: Some(at(9)), by: organisation(0) }),
        ended: Some(End {
            how: How::Annulled { ground: Ground::Fraud, void_from: at(1) },
            at: at(3),
            by: organisation(3),
        }),
        cancelled: Some(Ending { at: at(4), by: organisation(3) }),
        pending: Some(Pending::Cosigners { missing: 2, until: at(8) }),
        corrected: true,
        spared: true,
        historic: true,
        changed_at: at(4),
        recorded_at: Height(8),
        ..licence("B9")
    }
}

fn grant() -> Grant {
    Grant {
        region: "310000".parse().unwrap(),
        holder: Hash([0x40; 32]),
        holding: Some(Hash([0x41; 32])),
        contents: Hash([0x42; 32]),
        term: Term { from: START, until: Some(START.plus(1_000 * HOUR_MS)) },
    }
}

/// One operation of every variant.
pub fn operations() -> Vec<Operation> {
    let Records { organisation: body, grant: key_grant, kind, competence, .. } = records();
    let Organisation { uscc, name, level, region, .. } = body;
    let register = organisation::Act::Register { uscc, name, level, region, parent: organisation(0) };
    let KeyGrant { key, organisation, roles, .. } = key_grant;
    let withdraw = catalogue::Act::Withdraw { type_code: type_code(), organisation };
    let organisation_acts =
        [register, organisation::Act::RegisterKey { organisation, key, roles }, organisation::Act::RetireKey { key }];
    let catalogue_acts = [catalogue::Act::RegisterType(kind), catalogue::Act::Grant(competence), withdraw];
    let mut all: Vec<_> = organisation_acts.map(Operation::Organisation).into();
    all.extend(catalogue_acts.map(Operation::Catalogue));
    all.extend(changes().map(|change| Operation::Licence(act(licence_id("A1", 1), change))));
    all.extend(governance_acts().map(Operation::Governance));
    all.extend(bureau::operations());
    all.extend(counter::operations());
    all.extend(office_acts());
    all.extend(gateway::operations());
    all.extend(atlas::operations());
    all
}

fn office_acts() -> Vec<Operation> {
    let [key, under, to] = [59, 60, 61].map(|seed| SigningKey::from_seed(&[seed; 32]).public());
    let (roles, hours) = ([Role::Issuer].into_iter().collect(), Some(Hours { from: 540, until: 1_020 }));
    let (expires_at, pseudonym) = (START.plus(1_000 * HOUR_MS), Pseudonym([0x4a; 16]));
    let next = KeyCommitment::to(&to);
    let competence = records().competence;
    let dates = Dates { from: START, until: Some(START.plus(9 * HOUR_MS)) };
    let acts = [
        organisation::Act::Appoint(Appointment { key, under, roles, hours, expires_at, pseudonym }),
        organisation::Act::Dismiss { key },
        organisation::Act::CommitNext { key: under, next },
        organisation::Act::Rotate { key: under, to, next: Some(KeyCommitment::to(&key)) },
        organisation::Act::ReportCompromise { key, since: START },
    ];
    let of_types = [
        catalogue::Act::Demand { type_code: type_code(), two_officers: true },
        catalogue::Act::GrantFor { competence: competence.clone(), dates },
        catalogue::Act::Delegate { competence, dates: Dates { until: None, ..dates }, by: organisation(0) },
    ];
    acts.map(Operation::Organisation).into_iter().chain(of_types.map(Operation::Catalogue)).collect()
}

fn follower() -> Follower {
    let [key, network] = [53, 54].map(|seed| SigningKey::from_seed(&[seed; 32]).public());
    Follower { key, organisation: organisation(3), network }
}

/// What is moved by the same validator, of each kind.
fn terms() -> [Terms; 4] {
    let settings = [(Parameter::ClockBoundMs, 5_000), (Parameter::MaxBlockCost, 20_000)];
    let settings = settings.map(|(parameter, value)| Setting { parameter, value });
    let questions = [
        Question::Set(settings.into()),
        Question::Upgrade(2),
        Question::Legislate(law::Act::SetCalendar { calendar: bureau::calendar(), by: None }),
        Question::CallOff(MotionId(Hash([0x4b; 32]))),
    ];
    let by = SigningKey::from_seed(&[55; 32]).public();
    questions.map(|question| Terms { by, question, from: Height(9_000), until: START.plus(9 * HOUR_MS) })
}

/// A motion that was carried.
pub fn motion() -> Motion {
    let [terms, ..] = terms();
    let votes = [55, 56, 57].map(|seed| SigningKey::from_seed(&[seed; 32]).public());
    Motion { terms, votes: votes.into(), fate: Some(Fate::Carried { at: Height(70), from: Height(9_000) }) }
}

/// What two motions have decided.
pub fn schedule() -> Schedule {
    let by = motion().terms.id();
    let set = What::Set(Setting { parameter: Parameter::ClockBoundMs, value: 5_000 });
    let version = Decided { from: Height(9_500), what: What::Version(2), by: MotionId(Hash([0x4b; 32])) };
    Schedule(vec![Decided { from: Height(9_000), what: set, by }, version])
}

fn governance_acts() -> [governance::Act; 11] {
    let [settings, upgrade, law, call_off] = terms().map(|terms| governance::Act::Move(Box::new(terms)));
    let [from, to, join] = [55, 56, 57].map(|seed| SigningKey::from_seed(&[seed; 32]).public());
    let validator = Validator { key: join, organisation: organisation(3), power: 2 };
    let changes = [SetChange::Join(validator), SetChange::Leave(from), SetChange::Rotate { from, to }];
    let followers = [FollowerChange::Admit(follower()), FollowerChange::Dismiss(from)];
    let key = SigningKey::from_seed(&[58; 32]);
    let (chain, height, voter) = (ChainId(Hash([0x46; 32])), Height(12), key.public());
    let vote = |value| Vote { chain, height, round: Round(1), kind: VoteKind::Precommit, value, voter };
    let votes = [None, Some(HeaderHash(Hash([0x47; 32])))].map(|value| Heard::own(vote(value), &key).into_said());
    let proposal = |byte| {
        let value = HeaderHash(Hash([byte; 32]));
        Proposal { chain, height, round: Round(0), value, valid_round: None, proposer: voter }
    };
    let proposals = [0x48, 0x49].map(|byte| Heard::own(proposal(byte), &key).into_said());
    let ([one, other], [first, second]) = (votes, proposals);
    [
        governance::Act::ChangeValidators(changes.into()),
        governance::Act::ReportEquivocation(Box::new(Evidence::Votes(one, other))),
        governance::Act::ReportEquivocation(Box::new(Evidence::Proposals(first, second))),
        governance::Act::ChangeFollowers(followers.into()),
        governance::Act::Recover(Box::new(recovery())),
        settings,
        upgrade,
        law,
        call_off,
        governance::Act::Vote(motion().terms.id()),
        governance::Act::WithdrawMotion(motion().terms.id()),
    ]
}

fn recovery() -> Recovery {
    let [old, new] = [59, 60].map(|seed| SigningKey::from_seed(&[seed; 32]));
    let keys = [Renewal { from: old.public(), to: new.public() }].into();
    let (chain, last) = (ChainId(Hash([0x46; 32])), HeaderHash(Hash([0x4a; 32])));
    let mut paper = Paper::new(Agreement { chain, height: Height(12), last, keys });
    assert!(paper.sign(&old) && paper.sign(&new));
    paper.complete().unwrap()
}

fn changes() -> [Change; 19] {
    let at = |hours: i64| START.plus(HOUR_MS * hours);
    let (contents, holder) = (Hash([0x43; 32]), Some(Hash([0x44; 32])));
    let holding = Some(Hash([0x45; 32]));
    [
        Change::Issue(grant()),
        Change::TakeOver { from: "Old register".parse().unwrap(), grant: grant() },
        Change::Renew { term: Term { from: at(1_000), until: None }, contents },
        Change::Amend { contents, until: Some(at(900)), holder, holding },
        Change::Suspend { from: Some(at(5)), until: Some(at(50)) },
        Change::Suspend { from: None, until: None },
        Change::Resume,
        Change::Revoke,
        Change::Cancel,
        Change::Withdraw { decision: contents, compensation: true },
        Change::Annul { ground: Ground::Procedure, void_from: at(1), decision: contents },
        Change::Spare { ground: Ground::Unqualified, decision: contents },
        Change::Reinstate { review: Review::Reconsideration, decision: contents },
        Change::Correct { slip: Slip::Figure, contents },
        Change::TransferOut { to: organisation(1) },
        Change::TransferIn { from: licence_id("B2", 3), grant: grant() },
        Change::AbortTransfer,
        Change::IssueJointly {
            grant: grant(),
            with: vec![organisation(1), organisation(2)],
            needed: 2,
            until: at(700),
        },
        Change::Cosign,
    ]
}

fn act(licence: LicenceId, change: Change) -> licence::Act {
    licence::Act { licence, by: organisation(3), effective_at: None, change }
}

/// The name of a variant. Who adds one adds it to [`operations`] too, and writes the vectors anew.
pub fn name(operation: &Operation) -> &'static str {
    match operation {
        Operation::Organisation(organisation::Act::Register { .. }) => "organisation register",
        Operation::Organisation(organisation::Act::RegisterKey { .. }) => "organisation register key",
        Operation::Organisation(organisation::Act::RetireKey { .. }) => "organisation retire key",
        Operation::Organisation(organisation::Act::Appoint(_)) => "organisation appoint",
        Operation::Organisation(organisation::Act::Dismiss { .. }) => "organisation dismiss",
        Operation::Organisation(organisation::Act::CommitNext { .. }) => "organisation commit next",
        Operation::Organisation(organisation::Act::Rotate { .. }) => "organisation rotate",
        Operation::Organisation(organisation::Act::ReportCompromise { .. }) => "organisation report compromise",
        Operation::Catalogue(catalogue::Act::Demand { .. }) => "catalogue demand",
        Operation::Catalogue(catalogue::Act::GrantFor { .. }) => "catalogue grant for dates",
        Operation::Catalogue(catalogue::Act::Delegate { .. }) => "catalogue delegate",
        Operation::Catalogue(catalogue::Act::RegisterType(_)) => "catalogue register type",
        Operation::Catalogue(catalogue::Act::Grant(_)) => "catalogue grant",
        Operation::Catalogue(catalogue::Act::Withdraw { .. }) => "catalogue withdraw",
        Operation::Licence(act) => match act.change {
            Change::Issue(_) => "licence issue",
            Change::TakeOver { .. } => "licence take over",
            Change::Renew { .. } => "licence renew",
            Change::Amend { .. } => "licence amend",
            Change::Suspend { .. } => "licence suspend",
            Change::Resume => "licence resume",
            Change::Revoke => "licence revoke",
            Change::Cancel => "licence cancel",
            Change::Withdraw { .. } => "licence withdraw",
            Change::Annul { .. } => "licence annul",
            Change::Spare { .. } => "licence spare",
            Change::Reinstate { .. } => "licence reinstate",
            Change::Correct { .. } => "licence correct",
            Change::TransferOut { .. } => "licence transfer out",
            Change::TransferIn { .. } => "licence transfer in",
            Change::AbortTransfer => "licence abort transfer",
            Change::IssueJointly { .. } => "licence issue jointly",
            Change::Cosign => "licence cosign",
        },
        Operation::Governance(act) => match act {
            governance::Act::ChangeValidators(_) => "governance change validators",
            governance::Act::ReportEquivocation(evidence) => match **evidence {
                Evidence::Votes(..) => "governance report two votes",
                Evidence::Proposals(..) => "governance report two proposals",
            },
            governance::Act::ChangeFollowers(_) => "governance change followers",
            governance::Act::Recover(_) => "governance recover",
            governance::Act::Move(terms) => match terms.question {
                Question::Set(_) => "governance move to set numbers",
                Question::Upgrade(_) => "governance move to upgrade",
                Question::Legislate(_) => "governance move to legislate",
                Question::CallOff(_) => "governance move to call off",
            },
            governance::Act::Vote(_) => "governance vote",
            governance::Act::WithdrawMotion(_) => "governance withdraw motion",
        },
        Operation::Law(act) => bureau::law_name(act),
        Operation::Subject(act) => bureau::subject_name(act),
        Operation::Duty(bulla_verify::duty::Act::Escalate { .. }) => "duty escalate",
        Operation::Credit(act) => bureau::credit_name(act),
        Operation::Case(act) => counter::case_name(act),
        Operation::Erasure(act) => counter::erasure_name(act),
        Operation::Access(act) => gateway::access_name(act),
        Operation::Regions(act) => atlas::regions_name(act),
        Operation::Recognition(act) => atlas::recognition_name(act),
    }
}

/// A joint issue that one of three bodies has signed.
pub fn joint_issue() -> JointIssue {
    let body = |number, signed_at| Cosigner { organisation: organisation(number), signed_at };
    JointIssue { needed: 2, bodies: vec![body(3, Some(START)), body(1, None), body(2, None)] }
}

/// Two acts as a licence's history holds them, the second a historic one.
pub fn history() -> [Entry; 2] {
    let issue = act(licence_id("A1", 1), Change::Issue(grant()));
    let at = START.plus(5 * HOUR_MS);
    let revoke = licence::Act { effective_at: Some(at), ..act(licence_id("A1", 1), Change::Revoke) };
    [Entry { recorded_at: Height(2), at: START, act: issue }, Entry { recorded_at: Height(9), at, act: revoke }]
}

/// A transaction of two signers and three operations.
pub fn envelope(chain: ChainId) -> Envelope {
    let body = Body {
        chain,
        nonce: core::array::from_fn(|at| u8::try_from(at).unwrap()),
        expires_at: START.plus(HOUR_MS),
        signers: Vec::new(),
        mode: Mode::Independent,
        operations: operations().into_iter().skip(6).take(3).collect(),
    };
    body.sign(&[&SigningKey::from_seed(&[50; 32]), &SigningKey::from_seed(&[51; 32])])
}

/// What figures count, of each kind.
pub fn figure_names() -> [FigureName; 4] {
    let items = [
        figures::Item::Licence(type_code(), LicenceEvent::Annulled),
        figures::Item::Credit(bureau::item().code),
        figures::Item::Access(gateway::resource_code()),
        figures::Item::Case(counter::service(), CaseEvent::Refused),
    ];
    items.map(|item| FigureName { region: bureau::region(), organisation: organisation(3), item, day: 20_454 })
}

/// A figure of three acts.
pub fn figure() -> Figure {
    [1, 2, 3].iter().fold(Figure::default(), |figure, byte| figure.counting(&Hash([*byte; 32])))
}
