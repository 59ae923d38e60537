//! What holds of accesses after any sequence of acts, tried over random ones: a few requests, consents and tickets on three
//! subjects, by bodies that may and bodies that may not, in blocks days and months apart. Rules: domain sections 5 and 6.

use super::date;
use crate::scene::{
    Memory, SALT, Scene, ann, asked, bob, challenge, city, conditional, confirmed, giving, grant, hash, key, nation,
    neighbour, not_shared, opening, province, receive, register_key, resource_code, works,
};
use crate::sequences::{Tally, try_sequences};
use crate::{check, execute};
use bulla_verify::access::{
    Act, Answer, Authority, Consent, ConsentAct, ConsentChange, ConsentId, Fields, Giving, Opening, Request,
    RequestAct, RequestChange, RequestId, Resource, ResourceAct, ResourceChange, Seal, SealStatus, Sealing, Serial,
    Sharing, Source, Terms, Ticket, TicketAct, TicketChange, TicketId, seal_status, subjects,
};
use bulla_verify::canonical::decode;
use bulla_verify::duty::{Duty, DutyKind, DutyName};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::SigningKey;
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::record::Record;
use bulla_verify::refusal::Outcome;
use bulla_verify::roles::Role;
use bulla_verify::subject::{Line, ListKind, Listed, SubjectList};
use bulla_verify::time::{DAY_MS, Millis};
use bulla_verify::transaction::Mode;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const SOURCE: u16 = 7;
const TICKETS: u8 = 6;
const REQUESTS: u8 = 5;

/// An act, with what it says of time as days after the block.
#[derive(Clone, Debug)]
enum What {
    Catalogue(u16, ResourceChange),
    File {
        request: u8,
        resource: u16,
    },
    Grant {
        request: u8,
        by_law: bool,
        budget: u64,
    },
    Request {
        request: u8,
        change: RequestChange,
    },
    Give {
        consent: u8,
        subject: Handle,
        days: Option<i64>,
    },
    Withdraw {
        consent: u8,
    },
    Open {
        ticket: u8,
        request: Option<u8>,
        consent: Option<u8>,
        purpose: u8,
        of: Vec<Handle>,
        skip: u64,
        sealed: Option<i64>,
    },
    Receive {
        ticket: u8,
        skip: u64,
    },
    Extend {
        ticket: u8,
        days: i64,
        with: Uscc,
    },
    Unseal {
        ticket: u8,
    },
    Ticket {
        ticket: u8,
        change: TicketChange,
    },
}

#[derive(Clone, Debug)]
struct Step {
    /// Who acts, where it is not who should.
    by: Option<Uscc>,
    what: What,
}

#[derive(Clone, Debug)]
struct Block {
    days_later: i64,
    mode: Mode,
    steps: Vec<Step>,
}

fn everyone() -> [Handle; 3] {
    [ann(), works(), bob()]
}

fn some_subjects() -> impl Strategy<Value = Vec<Handle>> {
    let alone = (0..3usize).prop_map(|who| vec![everyone()[who]]);
    let among = proptest::sample::subsequence(everyone().to_vec(), 0..=3);
    prop_oneof![5 => alone, 2 => among]
}

/// A ticket under a grant by law, one that rests on Ann's consent, one by need; or whatever comes.
fn opened() -> impl Strategy<Value = What> {
    let what = |ticket, request, consent, purpose, of, skip, sealed| What::Open {
        ticket,
        request,
        consent,
        purpose,
        of,
        skip,
        sealed,
    };
    let any_request = prop_oneof![4 => (0..REQUESTS).prop_map(Some), 1 => Just(None)];
    let (any_consent, any_seal) = (proptest::option::of(0..3u8), proptest::option::of(-2..220i64));
    let skip = prop_oneof![3 => Just(0), 1 => Just(1u64)];
    prop_oneof![
        3 => (0..TICKETS, some_subjects()).prop_map(move |(ticket, of)| what(ticket, Some(0), None, 1, of, 0, None)),
        4 => (0..TICKETS, 0..3usize, 1..170i64)
            .prop_map(move |(ticket, who, days)| what(ticket, Some(0), None, 2, vec![everyone()[who]], 0, Some(days))),
        2 => (0..TICKETS).prop_map(move |ticket| what(ticket, Some(1), Some(0), 1, vec![ann()], 0, None)),
        1 => (0..TICKETS, 0..3usize)
            .prop_map(move |(ticket, who)| what(ticket, None, None, 63, vec![everyone()[who]], 0, None)),
        4 => (0..TICKETS, any_request, any_consent, 0..4u8, some_subjects(), skip, any_seal).prop_map(
            move |(ticket, request, consent, purpose, of, skip, sealed)| {
                what(ticket, request, consent, purpose, of, skip, sealed)
            },
        ),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let reason = hash("reason");
    let sharing = prop_oneof![3 => Just(Sharing::Unconditional), 4 => Just(conditional()), 1 => Just(not_shared())];
    let on_ticket =
        |change: TicketChange| (0..TICKETS).prop_map(move |ticket| What::Ticket { ticket, change: change.clone() });
    // Challenge and answer meet on one ticket often enough.
    let on_few =
        |change: TicketChange| (0..2u8).prop_map(move |ticket| What::Ticket { ticket, change: change.clone() });
    let on_request = |change: RequestChange| {
        (0..REQUESTS).prop_map(move |request| What::Request { request, change: change.clone() })
    };
    let with = prop_oneof![3 => Just(neighbour()), 1 => Just(city()), 1 => Just(province())];
    let days = proptest::option::of(-1..90i64);
    prop_oneof![
        2 => (prop_oneof![4 => Just(1), 1 => Just(2u16)], sharing).prop_map(|(resource, to)| What::Catalogue(resource, ResourceChange::Share(to))),
        8 => (2..REQUESTS, 1..4u16).prop_map(|(request, resource)| What::File { request, resource }),
        9 => (2..REQUESTS, any::<bool>(), 1..14u64)
            .prop_map(|(request, by_law, budget)| What::Grant { request, by_law, budget }),
        5 => on_request(RequestChange::Refuse { reason }),
        2 => prop_oneof![4 => on_request(RequestChange::Suspend { reason }), 1 => on_request(RequestChange::Revoke { reason })],
        9 => on_request(RequestChange::Resume),
        5 => (0..3u8, 0..3usize, days)
            .prop_map(|(consent, who, days)| What::Give { consent, subject: everyone()[who], days }),
        2 => (0..3u8).prop_map(|consent| What::Withdraw { consent }),
        30 => opened(),
        20 => (0..TICKETS, prop_oneof![9 => Just(0), 1 => Just(1u64)])
            .prop_map(|(ticket, skip)| What::Receive { ticket, skip }),
        10 => (0..TICKETS, 1..220i64, with).prop_map(|(ticket, days, with)| What::Extend { ticket, days, with }),
        5 => (0..TICKETS).prop_map(|ticket| What::Unseal { ticket }),
        5 => on_ticket(TicketChange::Justify { justification: hash("justification") }),
        14 => on_few(challenge()),
        12 => on_few(confirmed()),
        12 => on_few(TicketChange::Answer(Answer::Corrected { correction: hash("right") })),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let by = prop_oneof![10 => Just(None), 1 => Just(Some(nation())), 1 => Just(Some(neighbour()))];
    (by, what()).prop_map(|(by, what)| Step { by, what })
}

fn block() -> impl Strategy<Value = Block> {
    let days_later = prop_oneof![12 => 0..3i64, 5 => 3..25i64, 1 => 60..120i64];
    let mode = prop_oneof![1 => Just(Mode::AllOrNothing), 4 => Just(Mode::Independent)];
    (days_later, mode, proptest::collection::vec(step(), 1..5)).prop_map(|(days_later, mode, steps)| Block {
        days_later,
        mode,
        steps,
    })
}

fn request_id(number: u8) -> RequestId {
    RequestId { requester: city(), number: [number; 16] }
}

fn consent_id(number: u8) -> ConsentId {
    ConsentId { filed_by: province(), number: [number; 16] }
}

fn ticket_id(number: u8) -> TicketId {
    TicketId { requester: city(), number: [number; 16] }
}

fn count(state: &Memory, body: Uscc, source: u16) -> u64 {
    crate::read::<Source>(state, &(body, source)).unwrap_or_default().count
}

impl Step {
    fn operation(&self, state: &Memory, now: Millis) -> Operation {
        let after = |days: i64| now.plus(days * DAY_MS);
        let by = |usual| self.by.unwrap_or(usual);
        let request =
            |number, usual, change| Act::Request(RequestAct { request: request_id(number), by: by(usual), change });
        let ticket =
            |number, usual, change| Act::Ticket(TicketAct { ticket: ticket_id(number), by: by(usual), change });
        let consent =
            |number, change| Act::Consent(ConsentAct { consent: consent_id(number), by: by(province()), change });
        Operation::Access(match &self.what {
            What::Catalogue(number, change) => {
                Act::Resource(ResourceAct { resource: resource_code(*number), change: change.clone() })
            }
            What::File { request: number, resource } => {
                let asked = Terms { budget: 12, until: after(200), ..asked() };
                request(*number, city(), RequestChange::File { resource: resource_code(*resource), asked })
            }
            What::Grant { request: number, by_law, budget } => {
                let RequestChange::Grant { basis, .. } = grant(*by_law) else { unreachable!("it grants") };
                let until = crate::read::<Request>(state, &request_id(*number)).map_or(now, |found| found.asked.until);
                let terms = Terms { budget: *budget, until, ..asked() };
                request(*number, province(), RequestChange::Grant { terms, basis })
            }
            What::Request { request: number, change } => request(*number, province(), change.clone()),
            What::Give { consent: number, subject, days } => {
                consent(*number, ConsentChange::Give(Giving { until: days.map(after), ..giving(*subject) }))
            }
            What::Withdraw { consent: number } => consent(*number, ConsentChange::Withdraw),
            What::Open { ticket: number, skip, .. } => {
                let entry = count(state, city(), SOURCE) + 1 + skip;
                ticket(*number, city(), TicketChange::Open(self.opening(entry, after)))
            }
            What::Receive { ticket: number, skip } => {
                let entry = count(state, province(), 1) + 1 + skip;
                ticket(*number, province(), receive(entry, &lines_of(state, *number)))
            }
            What::Extend { ticket: number, days, with } => {
                ticket(*number, city(), TicketChange::Extend { until: after(*days), with: *with })
            }
            What::Unseal { ticket: number } => {
                let (subject, place) = lines_of(state, *number).first().copied().unwrap_or((ann(), 0));
                ticket(*number, city(), TicketChange::Unseal { subject, place, salt: SALT })
            }
            What::Ticket { ticket: number, change } => {
                let is_answer = matches!(change, TicketChange::Answer(_));
                ticket(*number, if is_answer { province() } else { city() }, change.clone())
            }
        })
    }

    fn opening(&self, entry: u64, after: impl Fn(i64) -> Millis) -> Opening {
        let What::Open { request, consent, purpose, of, sealed, .. } = &self.what else { unreachable!("it opens") };
        let authority = match request {
            Some(number) => Authority::Grant(request_id(*number)),
            None => Authority::Glass { resource: resource_code(3), need: hash("need") },
        };
        Opening {
            authority,
            consent: consent.map(consent_id),
            purpose: *purpose,
            sealing: sealed.map(|days| Sealing { salt: SALT, until: after(days) }),
            serial: Serial { source: SOURCE, number: entry },
            ..opening(entry, of)
        }
    }

    fn name(&self) -> &'static str {
        match &self.what {
            What::Catalogue(..) => "share",
            What::File { .. } => "file",
            What::Grant { .. } => "grant",
            What::Request { change: RequestChange::Refuse { .. }, .. } => "refuse",
            What::Request { change: RequestChange::Suspend { .. }, .. } => "suspend",
            What::Request { change: RequestChange::Resume, .. } => "resume",
            What::Request { .. } => "revoke",
            What::Give { .. } => "give consent",
            What::Withdraw { .. } => "withdraw consent",
            What::Open { request: None, .. } => "break glass",
            What::Open { sealed: Some(_), .. } => "open sealed",
            What::Open { consent: Some(_), .. } => "open by consent",
            What::Open { .. } => "open",
            What::Receive { .. } => "receive",
            What::Extend { .. } => "extend",
            What::Unseal { .. } => "unseal",
            What::Ticket { change: TicketChange::Justify { .. }, .. } => "justify",
            What::Ticket { change: TicketChange::Challenge { .. }, .. } => "challenge",
            What::Ticket { .. } => "answer",
        }
    }
}

/// A scene in which each body has one key for all acts, and the city a grant by law and one without.
struct Beginning {
    state: Memory,
    height: bulla_verify::chain::Height,
}

static BEGINNING: LazyLock<Beginning> = LazyLock::new(|| {
    let mut scene = Scene::with_access();
    for body in [city(), province(), neighbour(), nation()] {
        let roles = [Role::Steward, Role::Consumer, Role::Intake, Role::Supervisor];
        scene.accept(&[&key(body, Role::Registrar)], register_key(body, &all_roles(body), &roles));
    }
    let act = |request, by, change| Operation::Access(Act::Request(RequestAct { request, by, change }));
    let (consent, by) = (consent_id(0), province());
    let given = ConsentAct { consent, by, change: ConsentChange::Give(giving(ann())) };
    scene.accept(&[&all_roles(by)], Operation::Access(Act::Consent(given)));
    for number in [0, 1] {
        let asked = Terms { budget: 4, ..asked() };
        let file = RequestChange::File { resource: resource_code(2), asked };
        scene.accept(&[&all_roles(city())], act(request_id(number), city(), file));
        let RequestChange::Grant { basis, .. } = grant(number == 0) else { unreachable!("it grants") };
        let grant = RequestChange::Grant { terms: asked, basis };
        scene.accept(&[&all_roles(province())], act(request_id(number), province(), grant));
    }
    Beginning { state: scene.state, height: scene.height }
});

fn all_roles(body: Uscc) -> SigningKey {
    key(body, Role::Operator)
}

fn list(state: &Memory, subject: Handle) -> Vec<Line> {
    let lines = state.lists.get(&SubjectList::key(&(subject, ListKind::Accesses)));
    lines.into_iter().flatten().map(|line| decode(line, 200).unwrap()).collect()
}

fn tickets(state: &Memory) -> BTreeMap<u8, Ticket> {
    (0..TICKETS).filter_map(|number| Some((number, crate::read(state, &ticket_id(number))?))).collect()
}

/// The subjects of a ticket, each with the place of its line, as the lists have it.
fn lines_of(state: &Memory, number: u8) -> Vec<(Handle, u64)> {
    let seal = crate::read::<Ticket>(state, &ticket_id(number)).and_then(|ticket| ticket.seal);
    let is_its = |line: &Line| match line.what {
        Listed::Access(id) => id == ticket_id(number),
        Listed::Sealed(name) => Some(name) == seal,
        Listed::Licence(_)
        | Listed::Handle(_)
        | Listed::CreditEvent(_)
        | Listed::ListEntry(_)
        | Listed::Measure(_)
        | Listed::Receipt { .. }
        | Listed::Unsealed { .. } => false,
    };
    let place = |subject| Some((subject, u64::try_from(list(state, subject).iter().position(is_its)?).unwrap()));
    everyone().into_iter().filter_map(place).collect()
}

/// A list is as long as it says, sealed lines and all; a receipt names an earlier line, and none has two.
fn check_lists(state: &Memory) {
    let found = tickets(state);
    let seals: BTreeSet<_> = found.values().filter_map(|ticket| ticket.seal).collect();
    for subject in everyone() {
        let name = (subject, ListKind::Accesses);
        let raw = state.lists.get(&SubjectList::key(&name)).cloned().unwrap_or_default();
        let head = crate::read::<SubjectList>(state, &name).map_or_else(Head::default, |list| list.head);
        assert_eq!(head, Head::of(&raw.iter().map(|line| leaf_hash(line)).collect::<Vec<_>>()));
        let lines = list(state, subject);
        let (mut answered, mut opened) = (BTreeSet::new(), BTreeSet::new());
        for (place, line) in (0_u64..).zip(&lines) {
            let earlier = |of: u64| {
                assert!(of < place, "a line is in the list before what follows from it");
                lines[usize::try_from(of).unwrap()].what
            };
            match line.what {
                Listed::Access(id) => assert!(found[&id.number[0]].seal.is_none()),
                Listed::Sealed(name) => assert!(seals.contains(&name)),
                Listed::Receipt { of, .. } => {
                    assert!(answered.insert(of), "one receipt for one line");
                    assert!(matches!(earlier(of), Listed::Access(_) | Listed::Sealed(_)));
                }
                Listed::Unsealed { of, ticket, salt } => {
                    assert!(opened.insert(of), "a line is unsealed once");
                    let sealed = bulla_verify::access::seal(&ticket, &subject, &salt);
                    assert_eq!(earlier(of), Listed::Sealed(sealed), "the opening is that of the line");
                }
                Listed::Licence(_)
                | Listed::Handle(_)
                | Listed::CreditEvent(_)
                | Listed::ListEntry(_)
                | Listed::Measure(_) => panic!("no such line here"),
            }
        }
        for number in found.keys() {
            let Some((_, place)) = lines_of(state, *number).into_iter().find(|(of, _)| *of == subject) else {
                continue;
            };
            assert_eq!(answered.contains(&place), found[number].receipt.is_some(), "receipt and list agree");
        }
    }
}

/// What no receipt, justification or opening was given for is owed.
fn check_tickets(state: &Memory) {
    for (number, ticket) in tickets(state) {
        let lines = lines_of(state, number);
        assert_eq!(ticket.subjects, subjects(lines.iter().map(|(subject, place)| (subject, *place))));
        let is_done = |kind, of, turn| {
            let duty: Duty = crate::read(state, &DutyName { kind, of, turn }).expect("its clock was started");
            duty.discharged.is_some()
        };
        let key = Ticket::key(&ticket_id(number));
        assert_eq!(is_done(DutyKind::GiveReceipt, key, 1), ticket.receipt.is_some());
        if matches!(ticket.authority, Authority::Glass { .. }) {
            assert_eq!(is_done(DutyKind::JustifyGlass, key, 1), ticket.justified.is_some());
            assert!(ticket.seal.is_none() && lines.len() == 1);
        }
        for turn in 1..=ticket.challenges {
            let waits = turn == ticket.challenges && ticket.challenge.is_some();
            assert_eq!(is_done(DutyKind::AnswerQuality, key, turn), !waits);
        }
        assert!(ticket.challenges == 0 || ticket.receipt.is_some());
        let Some(name) = ticket.seal else { continue };
        let seal: Seal = crate::read(state, &name).unwrap();
        for turn in 1..=seal.extensions + 1 {
            let last = turn == seal.extensions + 1;
            assert_eq!(is_done(DutyKind::Unseal, Seal::key(&name), turn), !last || seal.unsealed.is_some());
        }
        let over = seal_status(&seal, seal.until);
        assert!(matches!(over, SealStatus::Open { .. } | SealStatus::Unsealed { .. }), "whatever anybody did");
    }
}

/// Each ticket is within its grant, the grants within what was asked for, and no entry of a source is left out.
fn check_grants(state: &Memory) {
    let found = tickets(state);
    let mut spent: BTreeMap<[u8; 16], u64> = BTreeMap::new();
    for (number, ticket) in &found {
        let Authority::Grant(id) = ticket.authority else { continue };
        let request: Request = crate::read(state, &id).unwrap();
        let terms = request.grant.as_ref().expect("a ticket needs a grant").terms;
        assert!(terms.purposes.contain(ticket.purpose) && ticket.fields.are_within(terms.fields));
        assert!(terms.region.contains(ticket.region) && ticket.fields != Fields::default());
        assert!(terms.from <= ticket.opened_at && ticket.opened_at < terms.until);
        assert!(ticket.seal.is_none() || request.grant.is_some_and(|grant| grant.basis.is_some()));
        *spent.entry(id.number).or_default() += u64::try_from(lines_of(state, *number).len()).unwrap();
    }
    for number in 0..REQUESTS {
        let Some(request) = crate::read::<Request>(state, &request_id(number)) else { continue };
        assert_eq!(request.spent, spent.get(&[number; 16]).copied().unwrap_or_default());
        let done = crate::read::<Duty>(
            state,
            &DutyName { kind: DutyKind::AnswerRequest, of: Request::key(&request_id(number)), turn: 1 },
        );
        let answered = request.grant.is_some() || request.refused.is_some();
        assert_eq!(done.unwrap().discharged.is_some(), answered);
        let Some(grant) = request.grant else { continue };
        assert!(request.refused.is_none() && request.spent <= grant.terms.budget);
        assert_eq!(grant.terms.beyond(&request.asked), None);
    }
    let entries = |serials: Vec<u64>| serials.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let opened = entries(found.values().map(|ticket| ticket.serial.number).collect());
    assert_eq!(opened, (1..=count(state, city(), SOURCE)).collect::<Vec<_>>());
    assert_eq!(opened.len(), found.len(), "no number twice");
    let received = found.values().filter_map(|ticket| Some(ticket.receipt?.serial.number));
    assert_eq!(entries(received.collect()), (1..=count(state, province(), 1)).collect::<Vec<_>>());
}

/// What one block did: facts are not taken back, and tickets rest on what held.
fn check_progress(before: &Memory, after: &Memory, now: Millis) {
    let earlier = tickets(before);
    for (number, ticket) in tickets(after) {
        if let Some(was) = earlier.get(&number) {
            assert!(was.receipt.is_none() || was.receipt == ticket.receipt);
            assert!(was.justified.is_none() || was.justified == ticket.justified);
            assert_eq!((was.subjects, was.seal, was.serial), (ticket.subjects, ticket.seal, ticket.serial));
            continue;
        }
        if let Some(id) = ticket.consent {
            let was = crate::read::<Consent>(before, &id);
            assert!(was.is_none_or(|was| was.withdrawn.is_none()), "after its withdrawal no ticket rests on a consent");
            let consent = crate::read::<Consent>(after, &id).unwrap();
            assert!(consent.until > now && consent.given_at <= now && consent.purposes.contain(ticket.purpose));
            assert_eq!((consent.resource, consent.requester), (ticket.resource, city()));
            let of: Vec<_> = lines_of(after, number).into_iter().map(|(subject, _)| subject).collect();
            assert_eq!(of, [consent.subject]);
        }
        let Authority::Grant(id) = ticket.authority else { continue };
        let request = crate::read::<Request>(after, &id).unwrap();
        let held = crate::read::<Request>(before, &id);
        assert!(held.is_none_or(|held| held.revoked.is_none()), "a revoked grant opens nothing");
        // Within one block the sharing class may have been changed after the ticket.
        let shared = [before, after].map(|state| crate::read::<Resource>(state, &ticket.resource).unwrap().sharing);
        let without_basis = ticket.consent.is_none() && request.grant.unwrap().basis.is_none();
        assert!(!without_basis || shared.contains(&Sharing::Unconditional));
        assert!(shared.iter().any(|sharing| !matches!(sharing, Sharing::NotShared { .. })));
    }
    for name in earlier.values().filter_map(|ticket| ticket.seal) {
        let [was, is] = [before, after].map(|state| crate::read::<Seal>(state, &name).unwrap());
        assert!(was.unsealed.is_none() || was.unsealed == is.unsealed);
        assert_eq!(was.until == is.until, was.extensions == is.extensions);
        let was_open = !matches!(seal_status(&was, now), SealStatus::Sealed { .. });
        assert!(!was_open || !matches!(seal_status(&is, now), SealStatus::Sealed { .. }), "nobody seals again");
    }
    assert!(earlier.keys().all(|number| tickets(after).contains_key(number)), "no ticket is removed");
}

fn run(blocks: &[Block], tally: &Tally) {
    let mut scene = Scene::at_genesis();
    (scene.state, scene.height, scene.time) = (BEGINNING.state.clone(), BEGINNING.height, date("2026-05-02"));
    let keys = [city(), province(), neighbour(), nation()].map(all_roles);
    let keys: Vec<_> = keys.iter().collect();
    for block in blocks {
        scene.time = scene.time.plus(block.days_later * DAY_MS);
        let operations = block.steps.iter().map(|step| step.operation(&scene.state, scene.time)).collect();
        let tx = scene.sign(&keys, block.mode, operations);
        let executed = execute(&scene.state, &tx, scene.at());
        if block.mode == Mode::Independent {
            assert_eq!(executed.refusals, check(&scene.state, &tx, scene.at()));
        }
        assert!(executed.changes.writes() <= usize::try_from(executed.cost).unwrap());
        let before = scene.state.clone();
        scene.take_in(&tx, &executed);
        check_progress(&before, &scene.state, scene.time);
        check_lists(&scene.state);
        check_tickets(&scene.state);
        check_grants(&scene.state);
        scene.height = scene.height.next();
        scene.time = scene.time.plus(1);
        for (step, outcome) in block.steps.iter().zip(&executed.outcomes) {
            if let (Outcome::Applied, What::Extend { with, .. }) = (outcome, &step.what) {
                assert_ne!(*with, city(), "nobody extends a seal of its own alone");
            }
            tally.count(step.name(), outcome);
        }
    }
    scene.assert_counted();
}

#[test]
fn after_any_acts_tickets_lists_grants_and_duties_are_sound() {
    let tally = Tally::default();
    try_sequences(&proptest::collection::vec(block(), 16), |blocks| run(&blocks, &tally));
    let names = [
        "share",
        "file",
        "grant",
        "refuse",
        "suspend",
        "resume",
        "revoke",
        "give consent",
        "withdraw consent",
        "break glass",
        "open sealed",
        "open by consent",
        "open",
        "receive",
        "extend",
        "unseal",
        "justify",
        "challenge",
        "answer",
    ];
    let met = [
        703, 715, 721, 722, 725, 726, 727, 728, 731, 732, 735, 736, 737, 741, 742, 743, 744, 746, 747, 748, 751, 753,
        754, 761, 762, 763, 764, 765, 766, 767, 771, 773, 774,
    ];
    tally.check(names, met);
}
