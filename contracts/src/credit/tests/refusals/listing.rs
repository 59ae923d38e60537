//! A way to every refusal of an act on lists, their entries and measures.

use super::{Ways, date};
use crate::scene::{
    Scene, ann, award, blacklist, citation, city, default_item, empower, enrolment, entry_act, entry_id, event_id,
    hash, join, key, measure_act, measure_id, nation, neighbour, object, pollution, province, record, redlist, region,
    start, stranger,
};
use bulla_verify::credit::{
    Act, Answer, Change, Correction, Enrolment, EntryAnswer, EntryChange, EntryStatus, Item, List, MeasureChange,
    Refusal, Status,
};
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::law::{self, Matter, Provision};
use bulla_verify::operation::{self, Operation};
use bulla_verify::roles::Role;
use bulla_verify::subject::SubjectKind;

pub(super) fn listing() -> Ways {
    /// The works are in the black list for an event of 1 May 2026.
    fn entered(scene: &mut Scene) {
        scene.prepare_credit();
        scene.time = date("2026-05-01");
        scene.credit(city(), record(&pollution()));
        scene.entry(city(), EntryChange::Enter(enrolment(&blacklist(), Some(event_id()))));
    }
    /// The refusal of an entry that rests on an event of this item.
    fn refused_for(scene: &mut Scene, item: Item, enrolment: Enrolment) -> operation::Refusal {
        scene.prepare_credit();
        scene.time = date("2026-05-01");
        scene.credit(city(), record(&item));
        scene.entry_refused(city(), EntryChange::Enter(enrolment))
    }
    fn by_province(scene: &mut Scene, operation: Operation) -> operation::Refusal {
        scene.prepare_credit();
        scene.refuse(&[&key(province(), Role::Registrar)], operation)
    }
    fn on_event(list: &List) -> Enrolment {
        enrolment(list, Some(event_id()))
    }
    let not_list = operation::Refusal::from(Refusal::NoList { list: pollution().code });
    let not_joined =
        |organisation| operation::Refusal::from(Refusal::NotJoined { organisation, list: blacklist().code });
    let no_entry = operation::Refusal::from(Refusal::NoEntry { entry: entry_id() });
    let removed = Refusal::EntryOver { found: EntryStatus::Removed { since: date("2026-05-01").plus(2_000) } };
    let deleted = Status::Deleted { since: date("2026-05-01").plus(2_000) };
    vec![
        (Refusal::NotSuperior { needed: nation() }.into(), |scene| {
            scene.refuse(&[&key(province(), Role::Registrar)], Operation::Credit(Act::DefineList(blacklist())))
        }),
        (Refusal::ItemExists { item: pollution().code }.into(), |scene| {
            scene.prepare_credit();
            let list = List { code: pollution().code, ..blacklist() };
            scene.refuse(&[&key(nation(), Role::Registrar)], Operation::Credit(Act::DefineList(list)))
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            by_province(scene, join(blacklist().code, stranger(1), true))
        }),
        (Refusal::Role { role: Role::Registrar, organisation: province() }.into(), |scene| {
            scene.prepare_credit();
            scene.refuse(&[&key(city(), Role::Registrar)], join(blacklist().code, city(), true))
        }),
        (not_list.clone(), |scene| by_province(scene, join(pollution().code, neighbour(), true))),
        (not_list, |scene| {
            let enrolment = Enrolment { list: pollution().code, ..on_event(&blacklist()) };
            refused_for(scene, pollution(), enrolment)
        }),
        (Refusal::NoCompetence { organisation: city(), item: blacklist().code }.into(), |scene| {
            scene.prepare_credit();
            scene.accept(&[&key(province(), Role::Registrar)], empower(blacklist().code, city(), None));
            scene.entry_refused(city(), EntryChange::Enter(on_event(&blacklist())))
        }),
        (no_entry.clone(), |scene| {
            scene.prepare_credit();
            scene.entry_refused(city(), EntryChange::Remove)
        }),
        (no_entry, |scene| {
            scene.prepare_credit();
            scene.measure_refused(start())
        }),
        (Refusal::EntryExists { entry: entry_id() }.into(), |scene| {
            entered(scene);
            scene.entry_refused(city(), EntryChange::Enter(on_event(&blacklist())))
        }),
        (Refusal::WrongKind { found: SubjectKind::Natural, needed: SubjectKind::Legal }.into(), |scene| {
            refused_for(scene, pollution(), Enrolment { subject: ann(), ..on_event(&blacklist()) })
        }),
        (Refusal::EventNeeded.into(), |scene| refused_for(scene, pollution(), enrolment(&blacklist(), None))),
        (Refusal::NoEvent { event: event_id() }.into(), |scene| {
            scene.prepare_credit();
            scene.entry_refused(city(), EntryChange::Enter(on_event(&blacklist())))
        }),
        (Refusal::EventOfOther.into(), |scene| refused_for(scene, default_item(), on_event(&blacklist()))),
        (Refusal::EventOfOther.into(), |scene| refused_for(scene, award(), on_event(&blacklist()))),
        (Refusal::EventOfOther.into(), |scene| refused_for(scene, pollution(), on_event(&redlist()))),
        (Refusal::EventStatus { found: deleted }.into(), |scene| {
            scene.prepare_credit();
            scene.time = date("2026-05-01");
            scene.credit(city(), record(&pollution()));
            scene.credit(province(), object());
            scene.credit(city(), Change::Answer(Answer::Corrected(Correction::Delete)));
            scene.entry_refused(city(), EntryChange::Enter(on_event(&blacklist())))
        }),
        (removed.clone().into(), |scene| {
            entered(scene);
            scene.entry(city(), EntryChange::Remove);
            scene.entry_refused(city(), EntryChange::Remove)
        }),
        (removed.clone().into(), |scene| {
            entered(scene);
            scene.entry(city(), EntryChange::Remove);
            scene.entry_refused(province(), EntryChange::Object { grounds: hash("grounds") })
        }),
        (removed.into(), |scene| {
            entered(scene);
            scene.entry(city(), EntryChange::Remove);
            scene.measure_refused(start())
        }),
        (Refusal::Disputed.into(), |scene| {
            entered(scene);
            scene.entry(province(), EntryChange::Object { grounds: hash("grounds") });
            scene.entry_refused(province(), EntryChange::Object { grounds: hash("more") })
        }),
        (Refusal::NotDisputed.into(), |scene| {
            entered(scene);
            scene.entry_refused(city(), EntryChange::Answer(EntryAnswer::Confirmed))
        }),
        (Refusal::AnswerNotOverdue { due: date("2026-05-22") }.into(), |scene| {
            entered(scene);
            scene.entry(province(), EntryChange::Object { grounds: hash("grounds") });
            scene.time = date("2026-05-22").plus(-1);
            scene.entry_refused(province(), EntryChange::Answer(EntryAnswer::Removed))
        }),
        (Refusal::Role { role: Role::Intake, organisation: province() }.into(), |scene| {
            entered(scene);
            let act = entry_act(province(), EntryChange::Object { grounds: hash("grounds") });
            scene.refuse(&[&key(province(), Role::Supervisor)], act)
        }),
        (Refusal::Role { role: Role::Recorder, organisation: neighbour() }.into(), |scene| {
            entered(scene);
            scene.refuse(&[&key(neighbour(), Role::Supervisor)], measure_act(start()))
        }),
        (Refusal::NoProvision { matter: Matter::ObjectionAnswer, region: region("440300") }.into(), |scene| {
            entered(scene);
            let provision = Provision { from: date("2026-06-01"), span: None, citation: citation() };
            let (region, matter) = (RegionCode::NATIONAL, Matter::ObjectionAnswer);
            scene.decide(law::Act::Enact { region, matter, provision, by: None });
            scene.time = date("2026-06-01");
            scene.entry_refused(province(), EntryChange::Object { grounds: hash("grounds") })
        }),
        (not_joined(neighbour()), |scene| {
            entered(scene);
            scene.accept(&[&key(province(), Role::Registrar)], join(blacklist().code, neighbour(), false));
            scene.measure_refused(start())
        }),
        (not_joined(city()), |scene| by_province(scene, join(blacklist().code, city(), false))),
        (Refusal::NoMeasure { measure: measure_id() }.into(), |scene| {
            scene.prepare_credit();
            scene.measure_refused(MeasureChange::End)
        }),
        (Refusal::MeasureExists { measure: measure_id() }.into(), |scene| {
            entered(scene);
            scene.measure(start());
            scene.measure_refused(start())
        }),
        (Refusal::MeasureEnded { ended: date("2026-05-01").plus(3_000) }.into(), |scene| {
            entered(scene);
            scene.measure(start());
            scene.measure(MeasureChange::End);
            scene.measure_refused(MeasureChange::End)
        }),
    ]
}
