//! A way to every refusal of seals, of their extension and of their end.

use super::*;

pub(super) fn ways() -> Ways {
    [while_sealed(), unsealing()].concat()
}

/// A ticket on Ann that is sealed until 1 August.
fn sealed(scene: &mut Scene) {
    scene.prepare_access();
    scene.granted(2, true);
    scene.access(city(), open(1, sealed_opening(1, ann(), date("2026-08-01"))));
}

fn while_sealed() -> Ways {
    fn extended(scene: &mut Scene, until: &str, with: Uscc) -> Met {
        sealed(scene);
        scene.access_refused(city(), on_ticket(1, city(), extend(until, with)))
    }
    let too_long = |until, most| Met::from(Refusal::SealTooLong { until: date(until), most: date(most) });
    let since = date("2026-08-01");
    vec![
        (Refusal::SealWithoutLaw.into(), |scene| {
            let sealing = sealed_opening(1, ann(), date("2026-08-01")).sealing;
            first(scene, city(), open(1, Opening { sealing, ..glass(1, 3, ann()) }))
        }),
        // Neither under a grant that names no law, nor where the subject consented and so knows.
        (Refusal::SealWithoutLaw.into(), |scene| {
            scene.prepare_access();
            scene.granted(1, false);
            scene.access_refused(city(), open(1, sealed_opening(1, ann(), date("2026-08-01"))))
        }),
        (Refusal::SealWithoutLaw.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.access(province(), consent(1, province(), ConsentChange::Give(giving(ann()))));
            let opening = sealed_opening(1, ann(), date("2026-08-01"));
            scene.access_refused(city(), open(1, Opening { consent: Some(consent_id(1)), ..opening }))
        }),
        (Refusal::SealOfBatch.into(), |scene| {
            let opening = sealed_opening(1, ann(), date("2026-08-01"));
            granted(scene, city(), open(1, Opening { subjects: vec![ann(), bob()], ..opening }))
        }),
        (Refusal::Over { until: day(LAWFUL_DAY + 1), now: day(LAWFUL_DAY + 1) }.into(), |scene| {
            scene.prepare_access();
            scene.granted(2, true);
            scene.time = day(LAWFUL_DAY + 1);
            scene.access_refused(city(), open(1, sealed_opening(1, ann(), scene.time)))
        }),
        (too_long("2026-11-03", "2026-11-02"), |scene| {
            granted(scene, city(), open(1, sealed_opening(1, ann(), date("2026-11-03"))))
        }),
        (Refusal::NotSealed.into(), |scene| opened(scene, city(), extend("2026-09-01", neighbour()))),
        (not_yours(neighbour(), city()), |scene| {
            sealed(scene);
            scene.access_refused(neighbour(), on_ticket(1, neighbour(), extend("2026-09-01", province())))
        }),
        (role(Role::Supervisor, neighbour()), |scene| {
            sealed(scene);
            let act = Operation::Access(on_ticket(1, city(), extend("2026-09-01", neighbour())));
            scene.refuse(&[&key(city(), Role::Consumer)], act)
        }),
        (Refusal::SecondBody { with: city() }.into(), |scene| extended(scene, "2026-09-01", city())),
        (Refusal::SealStatus { found: SealStatus::Open { since } }.into(), |scene| {
            sealed(scene);
            scene.time = date("2026-08-01");
            scene.access_refused(city(), on_ticket(1, city(), extend("2026-09-01", neighbour())))
        }),
        (Refusal::NotLater { until: date("2026-08-01"), present: date("2026-08-01") }.into(), |scene| {
            extended(scene, "2026-08-01", neighbour())
        }),
        (too_long("2026-11-03", "2026-11-02"), |scene| extended(scene, "2026-11-03", neighbour())),
    ]
}

fn unsealing() -> Ways {
    fn unsealed(scene: &mut Scene, by: Uscc, change: TicketChange) -> Met {
        sealed(scene);
        scene.access_refused(by, on_ticket(1, by, change))
    }
    let differs = || Met::from(Refusal::OpeningDiffers { sealed: seal(&ticket_id(1), &ann(), &SALT) });
    vec![
        (Refusal::NotSealed.into(), |scene| opened(scene, city(), unseal(ann(), 0))),
        (not_yours(neighbour(), city()), |scene| unsealed(scene, neighbour(), unseal(ann(), 0))),
        (Refusal::NotOverdue { due: date("2026-08-01") }.into(), |scene| unsealed(scene, province(), unseal(ann(), 0))),
        (Refusal::SealStatus { found: SealStatus::Unsealed { since: day(LAWFUL_DAY + 1) } }.into(), |scene| {
            sealed(scene);
            scene.time = day(LAWFUL_DAY + 1);
            scene.access(city(), on_ticket(1, city(), unseal(ann(), 0)));
            scene.access_refused(city(), on_ticket(1, city(), unseal(ann(), 0)))
        }),
        (differs(), |scene| unsealed(scene, city(), TicketChange::Unseal { subject: ann(), place: 0, salt: [1; 32] })),
        (differs(), |scene| unsealed(scene, city(), unseal(bob(), 0))),
        (differs(), |scene| unsealed(scene, city(), unseal(ann(), 1))),
    ]
}
