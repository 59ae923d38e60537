//! A way to every refusal of an act on access.

mod cataloguing;
mod challenging;
mod consenting;
mod lawless;
mod opening;
mod receiving;
mod requesting;
mod sealing;

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
        cataloguing::ways(),
        requesting::ways(),
        consenting::ways(),
        opening::ways(),
        receiving::ways(),
        sealing::ways(),
        challenging::ways(),
        lawless::ways(),
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

fn retired() -> ResourceStatus {
    ResourceStatus::Retired { since: day(LAWFUL_DAY + 1) }
}

/// On the second day, the owner retires the resource that is shared without condition.
fn retire(scene: &mut Scene) {
    scene.prepare_access();
    scene.time = day(LAWFUL_DAY + 1);
    scene.access(province(), on_resource(1, ResourceChange::Retire));
}

fn close(scene: &mut Scene, handle: Handle) {
    let close = Operation::Subject(subject::Act::Close { handle, by: nation() });
    scene.accept(&[&key(nation(), Role::IdentityAuthority)], close);
}
