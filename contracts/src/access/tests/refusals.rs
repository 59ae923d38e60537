//! A way to every refusal of an act on access.

use super::date;
use crate::scene::{
    LAWFUL_DAY, SALT, Scenario, Scene, ann, asked, assert_reached, bob, challenge, citation, city, conditional,
    confirmed, consent, consent_id, day, file, giving, glass, grant, hash, key, nation, neighbour, not_shared,
    on_request, on_resource, on_ticket, open, opening, province, receive, region, register_resource, request_id,
    resource_code, sealed_opening, stranger, ticket_id, unseal, works,
};
use bulla_verify::access::{
    Act, Bound, ConsentChange, ConsentStatus, Fields, Giving, Opening, Particulars, Purposes, Refusal, RequestChange,
    RequestStatus, ResourceAct, ResourceChange, ResourceCode, ResourceStatus, SealStatus, Sharing, Terms, TicketAct,
    TicketChange, TicketId, seal,
};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::{self, Matter, Provision};
use bulla_verify::operation::{self, Operation};
use bulla_verify::roles::Role;
use bulla_verify::subject;

type Ways = Vec<Scenario<operation::Refusal>>;
type Met = operation::Refusal;

#[test]
fn every_refusal_is_reached() {
    let ways = [
        cataloguing(),
        filing(),
        answering(),
        on_grants(),
        consenting(),
        opening_tickets(),
        by_grant(),
        by_consent(),
        by_need(),
        receiving(),
        sealing(),
        unsealing(),
        challenging(),
        lawless(),
    ];
    assert_reached(Refusal::TABLE, operation::Refusal::code, ways.concat());
}

/// The refusal of what a body does first of all.
fn first(scene: &mut Scene, by: Uscc, act: Act) -> Met {
    scene.prepare_access();
    scene.access_refused(by, act)
}

/// The same, signed by a key of the body that has another role.
fn without(scene: &mut Scene, by: Uscc, role: Role, act: Act) -> Met {
    scene.prepare_access();
    scene.refuse(&[&key(by, role)], Operation::Access(act))
}

/// The refusal of an act once the city has a grant by law for the conditional resource.
fn granted(scene: &mut Scene, by: Uscc, act: Act) -> Met {
    scene.prepare_access();
    scene.granted(2, true);
    scene.access_refused(by, act)
}

/// The refusal of an act on a ticket for Ann, under such a grant.
fn opened(scene: &mut Scene, by: Uscc, change: TicketChange) -> Met {
    scene.prepare_access();
    scene.granted(2, true);
    scene.access(city(), open(1, opening(1, &[ann()])));
    scene.access_refused(by, on_ticket(1, by, change))
}

/// The same, once it has its receipt.
fn received(scene: &mut Scene, by: Uscc, change: TicketChange) -> Met {
    scene.prepare_access();
    scene.granted(2, true);
    scene.access(city(), open(1, opening(1, &[ann()])));
    scene.access(province(), on_ticket(1, province(), receive(1, &[(ann(), 0)])));
    scene.access_refused(by, on_ticket(1, by, change))
}

fn role(role: Role, organisation: Uscc) -> Met {
    Refusal::Role { role, organisation }.into()
}

fn not_yours(by: Uscc, owner: Uscc) -> Met {
    Refusal::NotYours { by, owner }.into()
}

fn nothing() -> RequestChange {
    RequestChange::Refuse { reason: hash("reason") }
}

fn suspend() -> RequestChange {
    RequestChange::Suspend { reason: hash("reason") }
}

fn extend(until: &str, with: Uscc) -> TicketChange {
    TicketChange::Extend { until: date(until), with }
}

fn cataloguing() -> Ways {
    let outside = Refusal::RegionOutside { found: region("450000"), allowed: region("440000") };
    vec![
        (Refusal::NoOrganisation { uscc: stranger(1) }.into(), |scene| {
            let resource = ResourceCode { owner: stranger(1), number: 1 };
            let change = ResourceChange::Publish;
            first(scene, province(), Act::Resource(ResourceAct { resource, change }))
        }),
        (role(Role::Steward, province()), |scene| {
            without(scene, province(), Role::Intake, on_resource(9, register_resource(Sharing::Unconditional)))
        }),
        (outside.into(), |scene| {
            let (name, sharing) = ("库".parse().unwrap(), Sharing::Unconditional);
            let said = Particulars { name, region: region("450000"), fields: 8, sharing };
            first(scene, province(), on_resource(9, ResourceChange::Register(said)))
        }),
        (Refusal::ResourceExists { resource: resource_code(1) }.into(), |scene| {
            first(scene, province(), on_resource(1, register_resource(Sharing::Unconditional)))
        }),
        (Refusal::FieldCount { found: 0 }.into(), |scene| {
            let ResourceChange::Register(said) = register_resource(conditional()) else { unreachable!() };
            first(scene, province(), on_resource(9, ResourceChange::Register(Particulars { fields: 0, ..said })))
        }),
        (Refusal::FieldCount { found: 65 }.into(), |scene| {
            let ResourceChange::Register(said) = register_resource(conditional()) else { unreachable!() };
            first(scene, province(), on_resource(9, ResourceChange::Register(Particulars { fields: 65, ..said })))
        }),
        (Refusal::NoResource { resource: resource_code(9) }.into(), |scene| {
            first(scene, province(), on_resource(9, ResourceChange::Retire))
        }),
        (Refusal::ResourceStatus { found: ResourceStatus::Published }.into(), |scene| {
            first(scene, province(), on_resource(1, ResourceChange::Publish))
        }),
        (Refusal::ResourceStatus { found: retired() }.into(), |scene| {
            retire(scene);
            scene.access_refused(province(), on_resource(1, ResourceChange::Share(not_shared())))
        }),
    ]
}

fn retired() -> ResourceStatus {
    ResourceStatus::Retired { since: day(LAWFUL_DAY + 1) }
}

/// On the second day, the owner retires the resource that is shared without condition.
fn retire(scene: &mut Scene) {
    scene.prepare_access();
    scene.time = day(LAWFUL_DAY + 1);
    scene.access(province(), on_resource(1, ResourceChange::Retire));
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

fn consenting() -> Ways {
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

fn close(scene: &mut Scene, handle: Handle) {
    let close = Operation::Subject(subject::Act::Close { handle, by: nation() });
    scene.accept(&[&key(nation(), Role::IdentityAuthority)], close);
}

fn opening_tickets() -> Ways {
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

fn receiving() -> Ways {
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

/// A ticket on Ann that is sealed until 1 August.
fn sealed(scene: &mut Scene) {
    scene.prepare_access();
    scene.granted(2, true);
    scene.access(city(), open(1, sealed_opening(1, ann(), date("2026-08-01"))));
}

fn sealing() -> Ways {
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

fn challenging() -> Ways {
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

/// Where the validators repealed what the country says.
fn lawless() -> Ways {
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
