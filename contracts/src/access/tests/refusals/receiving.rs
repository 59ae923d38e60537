//! A way to every refusal of receipts.

use super::*;

pub(super) fn ways() -> Ways {
    vec![
        (Refusal::NoTicket { ticket: ticket_id(1) }.into(), |scene| {
            first(scene, province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])))
        }),
        (not_yours(city(), province()), |scene| opened(scene, city(), receive(1, &[(ann(), 0)]))),
        (role(Role::Steward, province()), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.access(city(), open(1, opening(1, &[ann()])));
            let act = Operation::Access(on_ticket(1, province(), receive(1, &[(ann(), 0)])));
            scene.refuse(&[&key(province(), Role::Intake)], act)
        }),
        (Refusal::Received { at: day(LAWFUL_DAY + 1) }.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.access(city(), open(1, opening(1, &[ann()])));
            scene.time = day(LAWFUL_DAY + 1);
            scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));
            scene.access_refused(province(), on_ticket(1, province(), receive(2, &[(ann(), 0)])))
        }),
        (Refusal::NotAsOpened.into(), |scene| opened(scene, province(), receive(1, &[(bob(), 0)]))),
        (Refusal::NotAsOpened.into(), |scene| opened(scene, province(), receive(1, &[(ann(), 1)]))),
        (Refusal::NotAsOpened.into(), |scene| opened(scene, province(), receive(1, &[]))),
        (Refusal::Sequence { found: 2, needed: 1 }.into(), |scene| {
            opened(scene, province(), receive(2, &[(ann(), 0)]))
        }),
        (not_yours(province(), city()), |scene| {
            scene.prepare_access();
            scene.access(city(), open(1, glass(1, 3, ann())));
            let justify = on_ticket(1, province(), TicketChange::Justify { justification: hash("fire") });
            scene.access_refused(province(), justify)
        }),
        (Refusal::NotGlass.into(), |scene| {
            opened(scene, city(), TicketChange::Justify { justification: hash("fire") })
        }),
        (Refusal::Justified { at: day(LAWFUL_DAY + 1) }.into(), |scene| {
            scene.prepare_access();
            scene.access(city(), open(1, glass(1, 3, ann())));
            scene.time = day(LAWFUL_DAY + 1);
            let justify = || on_ticket(1, city(), TicketChange::Justify { justification: hash("fire") });
            scene.access(city(), justify());
            scene.access_refused(city(), justify())
        }),
    ]
}
