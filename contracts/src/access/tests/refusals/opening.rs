//! A way to every refusal of tickets: under a grant, a consent, or a need.

use super::*;

pub(super) fn ways() -> Ways {
    [on_any_ground(), by_grant(), by_consent(), by_need()].concat()
}

fn on_any_ground() -> Ways {
    vec![
        (not_yours(neighbour(), city()), |scene| {
            granted(scene, neighbour(), on_ticket(1, neighbour(), TicketChange::Open(opening(1, &[ann()]))))
        }),
        (role(Role::Consumer, city()), |scene| without(scene, city(), Role::Intake, open(1, opening(1, &[ann()])))),
        (Refusal::TicketExists { ticket: ticket_id(1) }.into(), |scene| {
            opened(scene, city(), TicketChange::Open(opening(2, &[ann()])))
        }),
        (Refusal::Subjects { found: 0 }.into(), |scene| granted(scene, city(), open(1, opening(1, &[])))),
        (Refusal::Subjects { found: 2 }.into(), |scene| granted(scene, city(), open(1, opening(1, &[bob(), ann()])))),
        (Refusal::Subjects { found: 2 }.into(), |scene| granted(scene, city(), open(1, opening(1, &[ann(), ann()])))),
        (Refusal::Subjects { found: 1_001 }.into(), |scene| {
            let handle = |number: u16| Handle([number.to_be_bytes(); 16].concat().try_into().unwrap());
            granted(scene, city(), open(1, opening(1, &(0..1_001).map(handle).collect::<Vec<_>>())))
        }),
        (Refusal::NoSubject.into(), |scene| granted(scene, city(), open(1, opening(1, &[ann(), Handle([0xff; 32])])))),
        (Refusal::SubjectClosed.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            close(scene, bob());
            scene.access_refused(city(), open(1, opening(1, &[ann(), bob()])))
        }),
        (Refusal::Sequence { found: 2, needed: 1 }.into(), |scene| {
            granted(scene, city(), open(1, opening(2, &[ann()])))
        }),
        (Refusal::Sequence { found: 1, needed: 2 }.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.access(city(), open(1, opening(1, &[ann()])));
            scene.access_refused(city(), open(2, opening(1, &[ann()])))
        }),
    ]
}

fn by_grant() -> Ways {
    fn opening_so(scene: &mut Scene, opening: Opening) -> Met {
        granted(scene, city(), open(1, opening))
    }
    let expired = RequestStatus::Expired { since: asked().until };
    vec![
        (Refusal::NoRequest { request: request_id() }.into(), |scene| {
            first(scene, city(), open(1, opening(1, &[ann()])))
        }),
        (not_yours(neighbour(), city()), |scene| {
            let ticket = TicketId { requester: neighbour(), number: [1; 16] };
            let change = TicketChange::Open(opening(1, &[ann()]));
            granted(scene, neighbour(), Act::Ticket(TicketAct { ticket, by: neighbour(), change }))
        }),
        (Refusal::RequestStatus { found: RequestStatus::Filed { due: date("2026-05-16") } }.into(), |scene| {
            scene.prepare_access();
            scene.access(city(), on_request(city(), file(2)));
            scene.access_refused(city(), open(1, opening(1, &[ann()])))
        }),
        (Refusal::RequestStatus { found: expired }.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.time = asked().until;
            scene.access_refused(city(), open(1, opening(1, &[ann()])))
        }),
        (Refusal::ResourceStatus { found: retired() }.into(), |scene| {
            scene.prepare_access();
            scene.granted(1, true);
            scene.time = day(LAWFUL_DAY + 1);
            scene.access(province(), on_resource(1, ResourceChange::Retire));
            scene.access_refused(city(), open(1, opening(1, &[ann()])))
        }),
        (Refusal::PurposeOutside { found: 0 }.into(), |scene| {
            opening_so(scene, Opening { purpose: 0, ..opening(1, &[ann()]) })
        }),
        (Refusal::FieldsOutside.into(), |scene| {
            opening_so(scene, Opening { fields: Fields(0x10), ..opening(1, &[ann()]) })
        }),
        (Refusal::FieldsOutside.into(), |scene| {
            opening_so(scene, Opening { fields: Fields(0), ..opening(1, &[ann()]) })
        }),
        (Refusal::RegionOutside { found: region("440000"), allowed: region("440300") }.into(), |scene| {
            opening_so(scene, Opening { region: region("440000"), ..opening(1, &[ann()]) })
        }),
        (Refusal::BudgetSpent { left: 1, needed: 2 }.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.access(city(), open(1, opening(1, &[ann(), works(), bob()])));
            scene.access(city(), open(2, opening(2, &[ann()])));
            scene.access_refused(city(), open(3, opening(3, &[ann(), bob()])))
        }),
    ]
}

fn by_consent() -> Ways {
    /// The refusal of a ticket that rests on a consent, under a grant that names no law, on the second day.
    fn resting_on(scene: &mut Scene, giving: Giving, opening: Opening) -> Met {
        scene.prepare_access();
        scene.granted(2, false);
        scene.access(province(), consent(1, province(), ConsentChange::Give(giving)));
        scene.access_refused(city(), open(1, Opening { consent: Some(consent_id(1)), ..opening }))
    }
    let of_else = || Met::from(Refusal::ConsentOfElse);
    let lapsed = ConsentStatus::Lapsed { since: day(LAWFUL_DAY + 9) };
    vec![
        (Refusal::ConsentNeeded.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, false);
            scene.access_refused(city(), open(1, opening(1, &[ann()])))
        }),
        (Refusal::NoConsent { consent: consent_id(2) }.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, false);
            scene.access_refused(city(), open(1, Opening { consent: Some(consent_id(2)), ..opening(1, &[ann()]) }))
        }),
        (Refusal::ConsentStatus { found: lapsed }.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, false);
            let giving = Giving { until: Some(day(LAWFUL_DAY + 9)), ..giving(ann()) };
            scene.access(province(), consent(1, province(), ConsentChange::Give(giving)));
            scene.time = day(LAWFUL_DAY + 9);
            scene.access_refused(city(), open(1, Opening { consent: Some(consent_id(1)), ..opening(1, &[ann()]) }))
        }),
        (of_else(), |scene| resting_on(scene, giving(bob()), opening(1, &[ann()]))),
        (of_else(), |scene| resting_on(scene, giving(ann()), opening(1, &[ann(), bob()]))),
        (of_else(), |scene| resting_on(scene, giving(ann()), Opening { purpose: 2, ..opening(1, &[ann()]) })),
        (of_else(), |scene| {
            resting_on(scene, Giving { requester: neighbour(), ..giving(ann()) }, opening(1, &[ann()]))
        }),
        (of_else(), |scene| {
            resting_on(scene, Giving { resource: resource_code(1), ..giving(ann()) }, opening(1, &[ann()]))
        }),
    ]
}

fn by_need() -> Ways {
    vec![
        (Refusal::NoResource { resource: resource_code(9) }.into(), |scene| {
            first(scene, city(), open(1, glass(1, 9, ann())))
        }),
        (Refusal::ResourceStatus { found: retired() }.into(), |scene| {
            retire(scene);
            scene.access_refused(city(), open(1, glass(1, 1, ann())))
        }),
        (Refusal::GlassOfBatch.into(), |scene| {
            first(scene, city(), open(1, Opening { subjects: vec![ann(), bob()], ..glass(1, 3, ann()) }))
        }),
        (Refusal::PurposeOutside { found: 64 }.into(), |scene| {
            first(scene, city(), open(1, Opening { purpose: 64, ..glass(1, 3, ann()) }))
        }),
        (Refusal::NoSuchField { known: 8 }.into(), |scene| {
            first(scene, city(), open(1, Opening { fields: Fields(0x100), ..glass(1, 3, ann()) }))
        }),
        (Refusal::NoSuchField { known: 8 }.into(), |scene| {
            first(scene, city(), open(1, Opening { fields: Fields(0), ..glass(1, 3, ann()) }))
        }),
        (Refusal::RegionOutside { found: region("440400"), allowed: region("440300") }.into(), |scene| {
            first(scene, city(), open(1, Opening { region: region("440400"), ..glass(1, 3, ann()) }))
        }),
        (Refusal::RegionOutside { found: region("450000"), allowed: region("440000") }.into(), |scene| {
            first(scene, city(), open(1, Opening { region: region("450000"), ..glass(1, 3, ann()) }))
        }),
    ]
}
