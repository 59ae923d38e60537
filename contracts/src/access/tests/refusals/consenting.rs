//! A way to every refusal of consents.

use super::*;

pub(super) fn ways() -> Ways {
    fn giving_so(scene: &mut Scene, giving: Giving) -> Met {
        first(scene, province(), consent(1, province(), ConsentChange::Give(giving)))
    }
    let withdrawn = ConsentStatus::Withdrawn { since: day(LAWFUL_DAY + 1) };
    vec![
        (not_yours(city(), province()), |scene| {
            first(scene, city(), consent(1, city(), ConsentChange::Give(giving(ann()))))
        }),
        (role(Role::Intake, province()), |scene| {
            let give = consent(1, province(), ConsentChange::Give(giving(ann())));
            without(scene, province(), Role::Steward, give)
        }),
        (role(Role::Intake, city()), |scene| {
            without(scene, city(), Role::Consumer, consent(1, city(), ConsentChange::Withdraw))
        }),
        (Refusal::ConsentExists { consent: consent_id(1) }.into(), |scene| {
            scene.prepare_access();
            scene.access(province(), consent(1, province(), ConsentChange::Give(giving(ann()))));
            scene.access_refused(province(), consent(1, province(), ConsentChange::Give(giving(ann()))))
        }),
        (Refusal::NoSubject.into(), |scene| giving_so(scene, giving(Handle([9; 32])))),
        (Refusal::SubjectClosed.into(), |scene| {
            scene.prepare_access();
            close(scene, ann());
            scene.access_refused(province(), consent(1, province(), ConsentChange::Give(giving(ann()))))
        }),
        (Refusal::NoResource { resource: resource_code(9) }.into(), |scene| {
            giving_so(scene, Giving { resource: resource_code(9), ..giving(ann()) })
        }),
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            giving_so(scene, Giving { requester: stranger(1), ..giving(ann()) })
        }),
        (Refusal::Nothing { part: Bound::Purposes }.into(), |scene| {
            giving_so(scene, Giving { purposes: Purposes(0), ..giving(ann()) })
        }),
        (Refusal::Over { until: day(LAWFUL_DAY), now: day(LAWFUL_DAY + 1) }.into(), |scene| {
            scene.prepare_access();
            scene.time = day(LAWFUL_DAY + 1);
            let giving = Giving { until: Some(day(LAWFUL_DAY)), ..giving(ann()) };
            scene.access_refused(province(), consent(1, province(), ConsentChange::Give(giving)))
        }),
        (Refusal::NoConsent { consent: consent_id(1) }.into(), |scene| {
            first(scene, city(), consent(1, city(), ConsentChange::Withdraw))
        }),
        (Refusal::ConsentStatus { found: withdrawn }.into(), |scene| {
            scene.prepare_access();
            scene.access(province(), consent(1, province(), ConsentChange::Give(giving(ann()))));
            scene.time = day(LAWFUL_DAY + 1);
            scene.access(city(), consent(1, city(), ConsentChange::Withdraw));
            scene.access_refused(city(), consent(1, city(), ConsentChange::Withdraw))
        }),
    ]
}
