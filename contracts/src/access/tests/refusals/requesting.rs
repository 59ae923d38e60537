//! A way to every refusal of requests, of the answers to them, and of what is done with grants.

use super::*;

pub(super) fn ways() -> Ways {
    [filing(), answering(), on_grants()].concat()
}

fn filing() -> Ways {
    fn asking(scene: &mut Scene, asked: Terms) -> Met {
        first(scene, city(), on_request(city(), RequestChange::File { resource: resource_code(2), asked }))
    }
    let nothing = |part| Met::from(Refusal::Nothing { part });
    let outside = |found, allowed| Met::from(Refusal::RegionOutside { found: region(found), allowed: region(allowed) });
    vec![
        (not_yours(neighbour(), city()), |scene| first(scene, neighbour(), on_request(neighbour(), file(2)))),
        (role(Role::Consumer, city()), |scene| without(scene, city(), Role::Intake, on_request(city(), file(2)))),
        (Refusal::RequestExists { request: request_id() }.into(), |scene| {
            granted(scene, city(), on_request(city(), file(2)))
        }),
        (Refusal::NoResource { resource: resource_code(9) }.into(), |scene| {
            first(scene, city(), on_request(city(), file(9)))
        }),
        (Refusal::ResourceStatus { found: ResourceStatus::Registered }.into(), |scene| {
            scene.prepare_access();
            scene.access(province(), on_resource(4, register_resource(conditional())));
            scene.access_refused(city(), on_request(city(), file(4)))
        }),
        (Refusal::ResourceStatus { found: retired() }.into(), |scene| {
            retire(scene);
            scene.access_refused(city(), on_request(city(), file(1)))
        }),
        (Refusal::NotShared { resource: resource_code(3) }.into(), |scene| {
            first(scene, city(), on_request(city(), file(3)))
        }),
        (nothing(Bound::Purposes), |scene| asking(scene, Terms { purposes: Purposes(0), ..asked() })),
        (nothing(Bound::Budget), |scene| asking(scene, Terms { budget: 0, ..asked() })),
        (Refusal::NoSuchField { known: 8 }.into(), |scene| asking(scene, Terms { fields: Fields(0x100), ..asked() })),
        (outside("450000", "440000"), |scene| asking(scene, Terms { region: region("450000"), ..asked() })),
        (outside("440400", "440300"), |scene| asking(scene, Terms { region: region("440400"), ..asked() })),
        (Refusal::Over { until: day(LAWFUL_DAY + 2), now: day(LAWFUL_DAY + 2) }.into(), |scene| {
            scene.prepare_access();
            scene.time = day(LAWFUL_DAY + 2);
            let asked = Terms { until: scene.time, ..asked() };
            scene.access_refused(city(), on_request(city(), RequestChange::File { resource: resource_code(2), asked }))
        }),
    ]
}

fn answering() -> Ways {
    /// The refusal of an answer to the city's request for a resource, on the day after.
    fn answered(scene: &mut Scene, resource: u16, by: Uscc, change: RequestChange) -> Met {
        scene.prepare_access();
        scene.access(city(), on_request(city(), file(resource)));
        scene.access_refused(by, on_request(by, change))
    }
    fn granting(scene: &mut Scene, terms: Terms) -> Met {
        answered(scene, 2, province(), RequestChange::Grant { terms, basis: None })
    }
    let beyond = |part| Met::from(Refusal::BeyondAsked { part });
    let lapsed = RequestStatus::Lapsed { since: asked().until };
    vec![
        (Refusal::NoRequest { request: request_id() }.into(), |scene| {
            first(scene, province(), on_request(province(), grant(false)))
        }),
        (not_yours(city(), province()), |scene| answered(scene, 2, city(), grant(false))),
        (role(Role::Steward, province()), |scene| {
            scene.prepare_access();
            scene.access(city(), on_request(city(), file(2)));
            let act = Operation::Access(on_request(province(), nothing()));
            scene.refuse(&[&key(province(), Role::Supervisor)], act)
        }),
        (role(Role::Supervisor, nation()), |scene| {
            scene.prepare_access();
            scene.access(city(), on_request(city(), file(2)));
            let act = Operation::Access(on_request(nation(), nothing()));
            scene.refuse(&[&key(nation(), Role::IdentityAuthority)], act)
        }),
        (Refusal::NotOverdue { due: date("2026-05-16") }.into(), |scene| answered(scene, 2, nation(), nothing())),
        (Refusal::RequestStatus { found: lapsed }.into(), |scene| {
            scene.prepare_access();
            scene.access(city(), on_request(city(), file(2)));
            scene.time = asked().until;
            scene.access_refused(province(), on_request(province(), grant(false)))
        }),
        (Refusal::RequestStatus { found: RequestStatus::Live { until: asked().until } }.into(), |scene| {
            granted(scene, province(), on_request(province(), nothing()))
        }),
        (Refusal::NotShared { resource: resource_code(2) }.into(), |scene| {
            scene.prepare_access();
            scene.access(city(), on_request(city(), file(2)));
            scene.access(province(), on_resource(2, ResourceChange::Share(not_shared())));
            scene.access_refused(province(), on_request(province(), grant(false)))
        }),
        (Refusal::Nothing { part: Bound::Dates }.into(), |scene| {
            granting(scene, Terms { until: asked().from, ..asked() })
        }),
        (beyond(Bound::Budget), |scene| granting(scene, Terms { budget: 6, ..asked() })),
        (beyond(Bound::Onward), |scene| granting(scene, Terms { onward: true, ..asked() })),
        (Refusal::Unconditional { resource: resource_code(1) }.into(), |scene| {
            answered(scene, 1, province(), nothing())
        }),
    ]
}

fn on_grants() -> Ways {
    let (live, filed) =
        (RequestStatus::Live { until: asked().until }, RequestStatus::Filed { due: date("2026-05-16") });
    vec![
        (Refusal::NoRequest { request: request_id() }.into(), |scene| {
            first(scene, province(), on_request(province(), suspend()))
        }),
        // No body above does what is the owner's own.
        (not_yours(nation(), province()), |scene| granted(scene, nation(), on_request(nation(), suspend()))),
        (Refusal::RequestStatus { found: live }.into(), |scene| {
            granted(scene, province(), on_request(province(), RequestChange::Resume))
        }),
        (Refusal::RequestStatus { found: filed }.into(), |scene| {
            scene.prepare_access();
            scene.access(city(), on_request(city(), file(2)));
            let revoke = RequestChange::Revoke { reason: hash("reason") };
            scene.access_refused(province(), on_request(province(), revoke))
        }),
    ]
}
