use super::*;
use crate::scene::{
    SALT, Scene, ann, asked, bob, challenge, city, confirmed, consent, consent_id, file, giving, glass, grant, hash,
    key, nation, neighbour, on_request, on_resource, on_ticket, open, opening, province, receive, sealed_opening,
    ticket_duty, ticket_id, unseal, works,
};
use bulla_verify::access::{
    Answer, ConsentChange, Found, Opening, RequestChange, RequestStatus, ResourceChange, Seal, SealStatus,
    consent_status, request_status, seal, seal_status, subjects,
};
use bulla_verify::canonical;
use bulla_verify::duty::{self as duties, Discharge, DueDay, due_day};
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::operation::Operation;
use bulla_verify::subject::{Line, ListKind, Listed, SubjectList};
use bulla_verify::time::Date;
use bulla_verify::transaction::Mode;

mod refusals;
mod sequences;

/// The first instant of a date.
fn date(text: &str) -> Millis {
    text.parse::<Date>().unwrap().start()
}

/// Ann's consent, under a grant that names no law, on 1 May 2026.
fn consented() -> Scene {
    let mut scene = Scene::with_access();
    scene.granted(2, false);
    scene.access(province(), consent(1, province(), ConsentChange::Give(giving(ann()))));
    scene
}

fn with_consent(entry: u64) -> Opening {
    Opening { consent: Some(consent_id(1)), ..opening(entry, &[ann()]) }
}

#[test]
fn a_ticket_stands_in_the_list_before_anything_is_released_and_its_receipt_names_it() {
    let mut scene = consented();
    scene.access(city(), open(1, with_consent(1)));
    let line =
        canonical::encode(&Line { recorded_at: scene.height.previous().unwrap(), what: Listed::Access(ticket_id(1)) });
    let list: SubjectList = read(&scene.state, &(ann(), ListKind::Accesses)).unwrap();
    assert_eq!(list.head, Head::of(&[leaf_hash(&line)]));
    assert_eq!((scene.ticket(1).receipt, scene.ticket(1).subjects), (None, subjects([(&ann(), 0)])));
    assert_eq!(scene.request().spent, 1);

    // A working day: the receipt is due at the end of the next that is one. 1 May 2026 is a Friday.
    let owed = scene.duty(&ticket_duty(1, DutyKind::GiveReceipt));
    assert_eq!((owed.owing, owed.due, owed.discharged), (province(), date("2026-05-05"), None));
    let day: DueDay = read(&scene.state, &due_day(owed.due)).unwrap();
    assert!(day.head.len > 0, "who owes a receipt is in the list of the day");

    let at = scene.time;
    scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));
    let receipt = Listed::Receipt { of: 0, found: Found::Hit };
    assert_eq!(scene.accesses(ann()), [Listed::Access(ticket_id(1)), receipt]);
    assert_eq!(scene.duty(&ticket_duty(1, DutyKind::GiveReceipt)).discharged, Some(Discharge { at, by: province() }));
}

#[test]
fn a_batch_has_one_ticket_and_a_line_in_each_list() {
    let mut scene = Scene::with_access();
    scene.granted(2, true);
    scene.access(city(), open(1, opening(1, &[ann()])));
    scene.access(city(), open(2, opening(2, &[ann(), works(), bob()])));
    assert_eq!(scene.accesses(ann()), [Listed::Access(ticket_id(1)), Listed::Access(ticket_id(2))]);
    assert_eq!(scene.accesses(works()), [Listed::Access(ticket_id(2))]);
    assert_eq!(scene.ticket(2).subjects, subjects([(&ann(), 1), (&works(), 0), (&bob(), 0)]));
    assert_eq!(scene.request().spent, 4);
    scene.access(province(), on_ticket(2, province(), receive(1, &[(ann(), 1), (works(), 0), (bob(), 0)])));
    let receipt = |of| Listed::Receipt { of, found: Found::Hit };
    assert_eq!(scene.accesses(ann())[2..], [receipt(1)]);
    assert_eq!(scene.accesses(bob()), [Listed::Access(ticket_id(2)), receipt(0)]);
}

/// What a batch declares is what it does: two writes for each subject.
#[test]
fn the_largest_batch_fits_a_block_of_the_smallest_budget() {
    let handles: Vec<_> =
        (0..1_000_u16).map(|number| Handle([number.to_be_bytes(); 16].concat().try_into().unwrap())).collect();
    let cost = Operation::Access(open(1, opening(1, &handles))).cost();
    assert_eq!(cost, 2_007);
    assert!(cost < 3_000);
}

#[test]
fn from_the_block_that_withdraws_a_consent_on_no_ticket_rests_on_it() {
    let mut scene = consented();
    let withdraw = Operation::Access(consent(1, city(), ConsentChange::Withdraw));
    let operations =
        vec![Operation::Access(open(1, with_consent(1))), withdraw, Operation::Access(open(2, with_consent(2)))];
    let keys = [Role::Consumer, Role::Intake].map(|role| key(city(), role));
    let tx = scene.sign(&keys.iter().collect::<Vec<_>>(), Mode::Independent, operations);
    let (executed, since) = (scene.execute(&tx), scene.time.plus(-1_000));
    let found = bulla_verify::access::ConsentStatus::Withdrawn { since };
    assert_eq!(executed.refusals, [None, None, Some(Refusal::ConsentStatus { found }.into())]);
    // What was released under it before still gets its receipt.
    scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));
}

#[test]
fn a_consent_that_names_no_end_lasts_as_long_as_the_law_has_it() {
    let scene = consented();
    let consent = read(&scene.state, &consent_id(1)).unwrap();
    let until = date("2027-05-02");
    let status = |at| consent_status(&consent, at);
    assert_eq!(status(until.plus(-1)), bulla_verify::access::ConsentStatus::Given { until });
    assert_eq!(status(until), bulla_verify::access::ConsentStatus::Lapsed { since: until });
}

#[test]
fn who_may_have_data_is_judged_anew_at_each_ticket() {
    let mut scene = Scene::with_access();
    scene.granted(1, false);
    scene.access(city(), open(1, opening(1, &[ann()])));
    scene.access(province(), on_resource(1, ResourceChange::Share(crate::scene::conditional())));
    assert_eq!(scene.access_refused(city(), open(2, opening(2, &[ann()]))), Refusal::ConsentNeeded.into());
    scene.access(province(), on_resource(1, ResourceChange::Share(crate::scene::not_shared())));
    let not_shared = Refusal::NotShared { resource: scene.request().resource };
    assert_eq!(scene.access_refused(city(), open(2, opening(2, &[ann()]))), not_shared.into());
}

#[test]
fn a_request_left_unanswered_goes_to_the_body_above_and_lapses_by_itself() {
    let mut scene = Scene::with_access();
    scene.access(city(), on_request(city(), file(2)));
    let due = scene.request().due;
    assert_eq!(due, date("2026-05-16"), "ten working days after Friday, 1 May");
    scene.time = due;
    scene.access(nation(), on_request(nation(), grant(false)));
    assert!(matches!(request_status(&scene.request(), scene.time), RequestStatus::Live { .. }));

    let mut scene = Scene::with_access();
    scene.access(city(), on_request(city(), file(1)));
    let since = asked().until;
    assert_eq!(request_status(&scene.request(), since), RequestStatus::Lapsed { since });
    // Also of what is shared without condition, so that it is answered.
    scene.time = since;
    scene.access(province(), on_request(province(), RequestChange::Refuse { reason: hash("too late") }));
}

#[test]
fn a_suspended_grant_opens_nothing_until_it_is_resumed() {
    let mut scene = Scene::with_access();
    scene.granted(2, true);
    let since = scene.time;
    scene.access(province(), on_request(province(), RequestChange::Suspend { reason: hash("leak") }));
    let found = RequestStatus::Suspended { since };
    assert_eq!(scene.access_refused(city(), open(1, opening(1, &[ann()]))), Refusal::RequestStatus { found }.into());
    scene.access(province(), on_request(province(), RequestChange::Resume));
    scene.access(city(), open(1, opening(1, &[ann()])));
}

#[test]
fn a_refused_ticket_takes_no_number_and_spends_no_budget() {
    let mut scene = Scene::with_access();
    scene.granted(2, true);
    let beyond = Opening { purpose: 3, ..opening(1, &[ann()]) };
    scene.access_refused(city(), open(1, beyond));
    assert_eq!(scene.request().spent, 0);
    scene.access(city(), open(1, opening(1, &[ann()])));
    // Another source of the same body has numbers of its own.
    let serial = Serial { source: 8, number: 1 };
    scene.access(city(), open(2, Opening { serial, ..opening(2, &[ann()]) }));
    let count = |source| read::<Source>(&scene.state, &(city(), source)).unwrap().count;
    assert_eq!((count(7), count(8)), (1, 1));
}

#[test]
fn a_sealed_line_is_counted_says_until_when_and_is_opened_by_whoever_sealed_it() {
    let mut scene = Scene::with_access();
    scene.granted(2, true);
    let until = date("2026-10-01");
    scene.access(city(), open(1, sealed_opening(1, ann(), until)));
    let name = seal(&ticket_id(1), &ann(), &SALT);
    assert_eq!(scene.accesses(ann()), [Listed::Sealed(name)]);
    scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));

    // Six months from the day of the extension, at most; by the city and a body that is not beneath it.
    scene.time = date("2026-09-30");
    let later = date("2027-03-31");
    let extend = TicketAct {
        ticket: ticket_id(1),
        by: city(),
        change: TicketChange::Extend { until: later, with: neighbour() },
    };
    scene.access(city(), Act::Ticket(extend));
    let status = |scene: &Scene, at| seal_status(&read::<Seal>(&scene.state, &name).unwrap(), at);
    assert_eq!(status(&scene, later.plus(-1)), SealStatus::Sealed { until: later });
    assert_eq!(status(&scene, later), SealStatus::Open { since: later });
    let unsealing = |turn| DutyName { kind: DutyKind::Unseal, of: Seal::key(&name), turn };
    assert!(scene.duty(&unsealing(1)).discharged.is_some());
    assert_eq!((scene.duty(&unsealing(2)).due, scene.duty(&unsealing(2)).owing), (later, city()));

    // Overdue, a body above may do it.
    scene.time = later;
    scene.access(province(), on_ticket(1, province(), unseal(ann(), 0)));
    assert_eq!(status(&scene, later.plus(1)), SealStatus::Unsealed { since: later });
    let opened = Listed::Unsealed { of: 0, ticket: ticket_id(1), salt: SALT };
    assert_eq!(scene.accesses(ann())[2..], [opened]);
    assert!(scene.duty(&unsealing(2)).discharged.is_some());
}

#[test]
fn need_overrides_the_sharing_class_and_is_justified_after() {
    let mut scene = Scene::with_access();
    scene.access(city(), open(1, glass(1, 3, ann())));
    assert_eq!(scene.accesses(ann()), [Listed::Access(ticket_id(1))]);
    let owed = scene.duty(&ticket_duty(1, DutyKind::JustifyGlass));
    assert_eq!((owed.owing, owed.due), (city(), date("2026-05-07")));
    let overdue = duties::Status::Overdue { since: owed.due, escalated_to: None };
    assert_eq!(duties::status(&owed, owed.due), overdue);
    let justify = || on_ticket(1, city(), TicketChange::Justify { justification: hash("fire") });
    scene.access(city(), justify());
    assert!(scene.duty(&ticket_duty(1, DutyKind::JustifyGlass)).discharged.is_some());
    assert!(
        scene.duty(&ticket_duty(1, DutyKind::GiveReceipt)).discharged.is_none(),
        "the receipt is owed all the same"
    );
}

#[test]
fn who_has_the_data_answers_for_its_quality() {
    let mut scene = Scene::with_access();
    scene.granted(2, true);
    scene.access(city(), open(1, opening(1, &[ann()])));
    scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));
    scene.access(city(), on_ticket(1, city(), challenge()));
    let due = scene.ticket(1).challenge.unwrap().due;
    assert_eq!(due, date("2026-05-16"));
    let corrected = TicketChange::Answer(Answer::Corrected { correction: hash("right") });
    scene.access(province(), on_ticket(1, province(), corrected));
    assert_eq!((scene.ticket(1).challenge, scene.ticket(1).corrections), (None, 1));
    scene.access(city(), on_ticket(1, city(), challenge()));
    scene.time = scene.ticket(1).challenge.unwrap().due;
    scene.access(nation(), on_ticket(1, nation(), confirmed()));
    assert_eq!((scene.ticket(1).challenges, scene.ticket(1).corrections), (2, 1));
}
