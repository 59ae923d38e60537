//! A way to every refusal of an act on credit.

use super::date;
use crate::scene::{
    Scenario, Scene, ann, apply_for_repair, arrears, assert_reached, award, citation, city, day, default_item, empower,
    end, event_act, event_id, hash, item_code, key, nation, neighbour, notify, object, particulars, pollution,
    province, record, region, stranger, tax, works,
};
use bulla_verify::credit::{
    Act, Answer, Change, Content, Correction, EventAct, EventId, Grade, Item, Particulars, Refusal, Status,
};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::{self, Matter, Provision};
use bulla_verify::operation::{self, Operation};
use bulla_verify::roles::Role;
use bulla_verify::subject::{self, SubjectKind};

mod listing;

type Ways = Vec<Scenario<operation::Refusal>>;

#[test]
fn every_refusal_is_reached() {
    let ways = [
        defining(),
        empowering(),
        who(),
        recording(),
        subjects(),
        clocks(),
        objecting(),
        repairing(),
        listing::listing(),
    ];
    assert_reached(Refusal::TABLE, operation::Refusal::code, ways.concat());
}

fn define(item: Item) -> Operation {
    Operation::Credit(Act::Define(item))
}

fn defined(scene: &mut Scene, item: Item) -> operation::Refusal {
    scene.prepare_credit();
    scene.refuse(&[&key(nation(), Role::Registrar)], define(Item { code: item_code(9), ..item }))
}

/// The refusal of what the city does first of all.
fn first(scene: &mut Scene, change: Change) -> operation::Refusal {
    scene.prepare_credit();
    scene.credit_refused(city(), change)
}

/// What a body is refused once an event of the works is on record.
fn then(scene: &mut Scene, by: bulla_verify::identifiers::uscc::Uscc, change: Change) -> operation::Refusal {
    scene.prepare_credit();
    scene.time = date("2026-05-01");
    scene.credit(city(), record(&pollution()));
    scene.credit_refused(by, change)
}

fn defining() -> Ways {
    vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            let mut item = pollution();
            item.code.owner = stranger(1);
            scene.refuse(&[&key(nation(), Role::Registrar)], define(item))
        }),
        (Refusal::NotSuperior { needed: nation() }.into(), |scene| {
            scene.refuse(&[&key(province(), Role::Registrar)], define(pollution()))
        }),
        (Refusal::NotSuperior { needed: nation() }.into(), |scene| {
            scene.refuse(&[&key(nation(), Role::Issuer)], define(pollution()))
        }),
        (Refusal::ItemExists { item: pollution().code }.into(), |scene| {
            scene.prepare_credit();
            scene.refuse(&[&key(nation(), Role::Registrar)], define(pollution()))
        }),
        (Refusal::ItemRegionOutside { found: region("450000"), owner: region("440000") }.into(), |scene| {
            defined(scene, Item { region: region("450000"), ..pollution() })
        }),
        (Refusal::Forbidden { content: Content::Religion }.into(), |scene| {
            defined(scene, Item { content: Content::Religion, ..arrears() })
        }),
        (Refusal::Forbidden { content: Content::Disease }.into(), |scene| {
            defined(scene, Item { content: Content::Disease, ..arrears() })
        }),
        (Refusal::PositiveRepairable.into(), |scene| defined(scene, Item { repairable: true, ..award() })),
    ]
}

fn empowering() -> Ways {
    fn by_province(scene: &mut Scene, operation: Operation) -> operation::Refusal {
        scene.prepare_credit();
        scene.refuse(&[&key(province(), Role::Registrar)], operation)
    }
    vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            by_province(scene, empower(item_code(1), stranger(1), Some("440300")))
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            let item = bulla_verify::credit::ItemCode { owner: stranger(1), number: 1 };
            by_province(scene, empower(item, city(), Some("440300")))
        }),
        (Refusal::Role { role: Role::Registrar, organisation: province() }.into(), |scene| {
            scene.prepare_credit();
            scene.refuse(&[&key(city(), Role::Registrar)], empower(item_code(1), city(), Some("440300")))
        }),
        (Refusal::NoItem { item: item_code(9) }.into(), |scene| {
            by_province(scene, empower(item_code(9), city(), Some("440300")))
        }),
        (Refusal::RegionOutside { found: region("440400"), allowed: region("440300") }.into(), |scene| {
            by_province(scene, empower(item_code(1), city(), Some("440400")))
        }),
        (Refusal::RegionOutside { found: region("450000"), allowed: region("440000") }.into(), |scene| {
            by_province(scene, empower(item_code(1), nation(), Some("450000")))
        }),
        (Refusal::NoCompetence { organisation: neighbour(), item: item_code(1) }.into(), |scene| {
            by_province(scene, empower(item_code(1), neighbour(), None))
        }),
    ]
}

fn who() -> Ways {
    let not_yours = |by| operation::Refusal::from(Refusal::NotYours { by, recorder: city() });
    let role = |role, organisation| operation::Refusal::from(Refusal::Role { role, organisation });
    vec![
        (role(Role::Recorder, city()), |scene| {
            scene.prepare_credit();
            scene.refuse(&[&key(city(), Role::Issuer)], event_act(city(), record(&pollution())))
        }),
        (role(Role::Intake, province()), |scene| {
            scene.prepare_credit();
            scene.refuse(&[&key(province(), Role::Supervisor)], event_act(province(), object()))
        }),
        (role(Role::Supervisor, province()), |scene| {
            scene.prepare_credit();
            let answer = event_act(province(), Change::Answer(Answer::Confirmed));
            scene.refuse(&[&key(province(), Role::Intake)], answer)
        }),
        // Neither a body beside it nor one above does the recorder's work, but for an answer that is overdue.
        (not_yours(neighbour()), |scene| then(scene, neighbour(), end(date("2026-05-01")))),
        (not_yours(neighbour()), |scene| then(scene, neighbour(), Change::Answer(Answer::Confirmed))),
        (not_yours(province()), |scene| {
            scene.prepare_credit();
            scene.refuse(&[&key(province(), Role::Supervisor)], event_act(province(), Change::Repair))
        }),
        (Refusal::NoEvent { event: event_id() }.into(), |scene| {
            scene.prepare_credit();
            scene.credit_refused(province(), object())
        }),
        (Refusal::NoEvent { event: event_id() }.into(), |scene| first(scene, end(day(0)))),
    ]
}

fn recording() -> Ways {
    let outside = Refusal::RegionOutside { found: region("440400"), allowed: region("440300") };
    vec![
        (Refusal::NoItem { item: item_code(9) }.into(), |scene| {
            first(scene, record(&Item { code: item_code(9), ..pollution() }))
        }),
        (Refusal::NoCompetence { organisation: city(), item: pollution().code }.into(), |scene| {
            scene.prepare_credit();
            scene.accept(&[&key(province(), Role::Registrar)], empower(pollution().code, city(), None));
            scene.credit_refused(city(), record(&pollution()))
        }),
        (Refusal::NoCompetence { organisation: city(), item: arrears().code }.into(), |scene| {
            scene.prepare_credit();
            scene.accept(&[&key(province(), Role::Registrar)], empower(arrears().code, city(), None));
            scene.credit_refused(city(), notify(&arrears()))
        }),
        (outside.into(), |scene| {
            first(scene, Change::Record(Particulars { region: region("440400"), ..particulars(&pollution()) }))
        }),
        (Refusal::EventExists { event: event_id() }.into(), |scene| then(scene, city(), record(&pollution()))),
        (Refusal::EventExists { event: event_id() }.into(), |scene| then(scene, city(), notify(&arrears()))),
        (Refusal::EventExists { event: event_id() }.into(), |scene| {
            scene.prepare_credit();
            scene.credit(city(), notify(&arrears()));
            scene.credit_refused(city(), notify(&arrears()))
        }),
        (Refusal::ConsentNeeded { content: Content::Tax }.into(), |scene| first(scene, record(&tax()))),
        (Refusal::NoticeNeeded.into(), |scene| first(scene, record(&arrears()))),
        (Refusal::NoticeTooRecent { record_from: date("2026-05-13") }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-07");
            scene.credit(city(), notify(&arrears()));
            scene.time = date("2026-05-13").plus(-1);
            scene.credit_refused(city(), record(&arrears()))
        }),
        (Refusal::NotAsNoticed.into(), |scene| {
            scene.prepare_credit();
            scene.credit(city(), notify(&arrears()));
            scene.time = day(200);
            scene.credit_refused(city(), record(&default_item()))
        }),
    ]
}

fn subjects() -> Ways {
    vec![
        (Refusal::NoSubject.into(), |scene| {
            first(scene, Change::Record(Particulars { subject: Handle([9; 32]), ..particulars(&pollution()) }))
        }),
        (Refusal::NoSubject.into(), |scene| {
            let Change::Notify { item, region, notice, .. } = notify(&arrears()) else { unreachable!() };
            first(scene, Change::Notify { item, subject: Handle([9; 32]), region, notice })
        }),
        (Refusal::SubjectClosed.into(), |scene| {
            scene.prepare_credit();
            let close = Operation::Subject(subject::Act::Close { handle: works(), by: nation() });
            scene.accept(&[&key(nation(), Role::IdentityAuthority)], close);
            scene.credit_refused(city(), record(&pollution()))
        }),
        (Refusal::WrongKind { found: SubjectKind::Natural, needed: SubjectKind::Legal }.into(), |scene| {
            first(scene, Change::Record(Particulars { subject: ann(), ..particulars(&pollution()) }))
        }),
    ]
}

/// What no law says, and what lies in the future or too far back.
fn clocks() -> Ways {
    fn unless(matter: Matter) -> operation::Refusal {
        Refusal::NoProvision { matter, region: region("440300") }.into()
    }
    /// Before the laws of the country began to hold, of which the youngest are those on repair.
    fn early(scene: &mut Scene, year: &str) {
        scene.prepare_credit();
        scene.time = date(year);
    }
    /// The validators repeal what the country says on a matter, a year after an event of behaviour that has ended.
    fn repealed(scene: &mut Scene, matter: Matter) {
        scene.prepare_credit();
        scene.time = date("2026-05-01");
        scene.credit(city(), record(&pollution()));
        scene.credit(city(), end(date("2026-05-01")));
        let provision = Provision { from: date("2027-05-02"), span: None, citation: citation() };
        scene.decide(law::Act::Enact { region: RegionCode::NATIONAL, matter, provision, by: None });
        scene.time = date("2027-05-02");
    }
    let serious = Grade::Serious;
    vec![
        (unless(Matter::PriorNotice), |scene| {
            early(scene, "2012-01-01");
            scene.credit_refused(city(), notify(&arrears()))
        }),
        (unless(Matter::PublicityMost(serious)), |scene| {
            early(scene, "2026-03-31");
            scene.credit_refused(city(), record(&pollution()))
        }),
        (unless(Matter::PublicityLeast(serious)), |scene| {
            repealed(scene, Matter::PublicityLeast(Grade::Serious));
            let event = EventId { number: [8; 16], ..event_id() };
            let act = EventAct { event, by: city(), change: record(&pollution()) };
            scene.refuse(&[&key(city(), Role::Recorder)], Operation::Credit(Act::Event(act)))
        }),
        (unless(Matter::ObjectionAnswer), |scene| {
            repealed(scene, Matter::ObjectionAnswer);
            scene.credit_refused(province(), object())
        }),
        (unless(Matter::RepairAnswer), |scene| {
            repealed(scene, Matter::RepairAnswer);
            scene.credit_refused(province(), apply_for_repair())
        }),
        (unless(Matter::CreditRetention), |scene| {
            early(scene, "2012-01-01");
            let ended_at = Some(date("2011-01-01"));
            scene.credit_refused(city(), Change::Record(Particulars { ended_at, ..particulars(&pollution()) }))
        }),
        (Refusal::EndInFuture { ended_at: date("2026-05-03"), now: date("2026-05-02") }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-02");
            let ended_at = Some(date("2026-05-03"));
            scene.credit_refused(city(), Change::Record(Particulars { ended_at, ..particulars(&award()) }))
        }),
        (Refusal::EndInFuture { ended_at: day(900), now: date("2026-05-01").plus(1_000) }.into(), |scene| {
            then(scene, city(), end(day(900)))
        }),
        (Refusal::TooOld { kept_until: date("2026-05-02") }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-02");
            let ended_at = Some(date("2021-05-01"));
            scene.credit_refused(city(), Change::Record(Particulars { ended_at, ..particulars(&pollution()) }))
        }),
    ]
}

fn objecting() -> Ways {
    let noticed = Status::Noticed { since: date("2026-05-07") };
    let expired = Status::Expired { since: date("2031-05-02") };
    vec![
        (Refusal::Status { found: noticed }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-07");
            scene.credit(city(), notify(&arrears()));
            scene.credit_refused(province(), object())
        }),
        (Refusal::Status { found: expired }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-01");
            scene.credit(city(), record(&pollution()));
            scene.credit(city(), end(date("2026-05-01")));
            scene.time = date("2031-05-02");
            scene.credit_refused(province(), Change::State { statement: hash("late") })
        }),
        (Refusal::Status { found: expired }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-01");
            scene.credit(city(), record(&pollution()));
            scene.credit(city(), end(date("2026-05-01")));
            scene.time = date("2031-05-01");
            scene.credit(province(), object());
            scene.time = date("2031-05-02");
            let ended_at = Some(date("2031-01-01"));
            let amended = Correction::Amend { contents: hash("right"), ended_at };
            scene.credit_refused(city(), Change::Answer(Answer::Corrected(amended)))
        }),
        (Refusal::EndedAlready { ended_at: date("2026-05-01") }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-01");
            scene.credit(city(), record(&pollution()));
            scene.credit(city(), end(date("2026-05-01")));
            scene.credit_refused(city(), end(date("2026-04-01")))
        }),
        (Refusal::Disputed.into(), |scene| {
            scene.prepare_credit();
            scene.credit(city(), record(&pollution()));
            scene.credit(province(), object());
            scene.credit_refused(city(), object())
        }),
        (Refusal::NotDisputed.into(), |scene| then(scene, city(), Change::Answer(Answer::Confirmed))),
        (Refusal::AnswerNotOverdue { due: date("2026-05-22") }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-01");
            scene.credit(city(), record(&pollution()));
            scene.credit(province(), object());
            scene.time = date("2026-05-22").plus(-1);
            scene.credit_refused(province(), Change::Answer(Answer::Corrected(Correction::Delete)))
        }),
    ]
}

fn repairing() -> Ways {
    /// An event on which the year of publicity is over.
    fn a_year_later(scene: &mut Scene, ended: bool) {
        scene.prepare_credit();
        scene.time = date("2026-05-01");
        scene.credit(city(), record(&pollution()));
        if ended {
            scene.credit(city(), end(date("2026-05-01")));
        }
        scene.time = date("2027-05-02");
    }
    let repaired = Status::Repaired { since: date("2027-05-02").plus(1_000) };
    vec![
        (Refusal::NotRepairable.into(), |scene| {
            scene.prepare_credit();
            scene.credit(city(), record(&default_item()));
            scene.credit_refused(province(), apply_for_repair())
        }),
        (Refusal::NotEnded.into(), |scene| {
            a_year_later(scene, false);
            scene.credit_refused(province(), apply_for_repair())
        }),
        (Refusal::PublishedTooBriefly { repairable_from: date("2027-05-02") }.into(), |scene| {
            a_year_later(scene, true);
            scene.time = date("2027-05-02").plus(-1);
            scene.credit_refused(province(), apply_for_repair())
        }),
        (Refusal::Applied.into(), |scene| {
            a_year_later(scene, true);
            scene.credit(province(), apply_for_repair());
            scene.credit_refused(city(), apply_for_repair())
        }),
        (Refusal::NotApplied.into(), |scene| then(scene, city(), Change::Repair)),
        (Refusal::NotApplied.into(), |scene| then(scene, city(), Change::RefuseRepair { reason: hash("reason") })),
        (Refusal::Status { found: repaired }.into(), |scene| {
            a_year_later(scene, true);
            scene.credit(province(), apply_for_repair());
            scene.credit(city(), Change::Repair);
            scene.credit_refused(city(), Change::Repair)
        }),
    ]
}
