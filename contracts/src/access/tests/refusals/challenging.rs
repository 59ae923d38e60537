//! A way to every refusal of quality challenges and of the answers to them.

use super::*;

pub(super) fn ways() -> Ways {
    vec![
        (Refusal::NotReceived.into(), |scene| opened(scene, city(), challenge())),
        (not_yours(province(), city()), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.access(city(), open(1, opening(1, &[ann()])));
            let act = Operation::Access(on_ticket(1, province(), challenge()));
            scene.refuse(&[&key(province(), Role::Steward)], act)
        }),
        (Refusal::NotReleased.into(), |scene| {
            received(scene, city(), TicketChange::Challenge { fields: Fields(0b10), grounds: hash("wrong") })
        }),
        (Refusal::NotReleased.into(), |scene| {
            received(scene, city(), TicketChange::Challenge { fields: Fields(0), grounds: hash("wrong") })
        }),
        (Refusal::Challenged.into(), |scene| {
            received_and_challenged(scene);
            scene.access_refused(city(), on_ticket(1, city(), challenge()))
        }),
        (Refusal::NotChallenged.into(), |scene| received(scene, province(), confirmed())),
        (not_yours(city(), province()), |scene| {
            received_and_challenged(scene);
            scene.access_refused(city(), on_ticket(1, city(), confirmed()))
        }),
        (Refusal::NotOverdue { due: date("2026-05-16") }.into(), |scene| {
            received_and_challenged(scene);
            scene.access_refused(nation(), on_ticket(1, nation(), confirmed()))
        }),
    ]
}

fn received_and_challenged(scene: &mut Scene) {
    scene.prepare_access();
    scene.granted(2, true);
    scene.access(city(), open(1, opening(1, &[ann()])));
    scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));
    scene.access(city(), on_ticket(1, city(), challenge()));
}
