//! What is refused where the law says no number.

use super::*;

pub(super) fn ways() -> Ways {
    fn unless(matter: Matter) -> Met {
        Refusal::NoProvision { matter, region: region("440300") }.into()
    }
    fn repeal(scene: &mut Scene, matter: Matter) {
        let from = day(LAWFUL_DAY + 1);
        let provision = Provision { from, span: None, citation: citation() };
        scene.decide(law::Act::Enact { region: RegionCode::NATIONAL, matter, provision, by: None });
        scene.time = from;
    }
    vec![
        (unless(Matter::RequestAnswer), |scene| {
            scene.prepare_access();
            repeal(scene, Matter::RequestAnswer);
            scene.access_refused(city(), on_request(city(), file(2)))
        }),
        (Refusal::NoProvision { matter: Matter::ConsentLapse, region: region("440000") }.into(), |scene| {
            scene.prepare_access();
            repeal(scene, Matter::ConsentLapse);
            scene.access_refused(province(), consent(1, province(), ConsentChange::Give(giving(ann()))))
        }),
        (unless(Matter::TicketReceipt), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            repeal(scene, Matter::TicketReceipt);
            scene.access_refused(city(), open(1, opening(1, &[ann()])))
        }),
        (unless(Matter::BreakGlassJustification), |scene| {
            scene.prepare_access();
            repeal(scene, Matter::BreakGlassJustification);
            scene.access_refused(city(), open(1, glass(1, 3, ann())))
        }),
        (unless(Matter::Sealing), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            repeal(scene, Matter::Sealing);
            scene.access_refused(city(), open(1, sealed_opening(1, ann(), date("2026-08-01"))))
        }),
        (unless(Matter::QualityAnswer), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.access(city(), open(1, opening(1, &[ann()])));
            scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));
            repeal(scene, Matter::QualityAnswer);
            scene.access_refused(city(), on_ticket(1, city(), challenge()))
        }),
    ]
}
