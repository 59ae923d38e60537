//! Access: the catalogue of data, requests and grants, consents, and the ticket that stands in a subject's list before
//! anything is released, with the receipt after it.
//!
//! Nothing that a ticket needs is taken on trust from an earlier act: grant, resource and consent are judged anew, as they are
//! at its block. Nothing happens when a time is over: the functions of `verify` say so. Rules: domain section 6;
//! `docs/rules/access.md`.

mod cataloguing;
mod challenging;
mod consenting;
mod opening;
mod receiving;
mod requesting;
mod sealing;

use crate::authority::{Signers, is_or_above};
use crate::draft::Draft;
use crate::duty;
use crate::law;
use crate::view::{At, View, read};
use bulla_verify::access::{
    Act, Refusal, Request, RequestId, Resource, ResourceCode, ResourceStatus, Serial, Sharing, Source, Ticket,
    TicketAct, TicketChange, TicketId, resource_status,
};
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::law::Matter;
use bulla_verify::organisation::Organisation;
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::Subject;
use bulla_verify::time::Millis;

pub(crate) fn apply(draft: &mut Draft<'_>, signers: &Signers<'_>, at: At, act: &Act) -> Result<(), Refusal> {
    match act {
        Act::Resource(act) => cataloguing::apply(draft, signers, at, act),
        Act::Request(act) => requesting::apply(draft, signers, at, act),
        Act::Consent(act) => consenting::apply(draft, signers, at, act),
        Act::Ticket(act) => on_ticket(draft, &Case { signers, at }, act),
    }
}

fn on_ticket(draft: &mut Draft<'_>, case: &Case<'_>, act: &TicketAct) -> Result<(), Refusal> {
    match &act.change {
        TicketChange::Open(opening) => opening::open(draft, case, act, opening),
        TicketChange::Receive { released, digest, serial } => {
            receiving::receive(draft, case, act, released, *digest, *serial)
        }
        TicketChange::Justify { .. } => receiving::justify(draft, case, act),
        TicketChange::Challenge { fields, grounds } => challenging::challenge(draft, case, act, *fields, *grounds),
        TicketChange::Answer(answer) => challenging::answer(draft, case, act, *answer),
        TicketChange::Extend { until, with } => sealing::extend(draft, case, act, *until, *with),
        TicketChange::Unseal { subject, place, salt } => sealing::unseal(draft, case, act, subject, *place, salt),
    }
}

/// Who signed an act, and where it is executed.
struct Case<'a> {
    signers: &'a Signers<'a>,
    at: At,
}

impl Case<'_> {
    /// Only one body may do it, and somebody with the role signed for it.
    fn check_own(&self, by: Uscc, owner: Uscc, role: Role) -> Result<(), Refusal> {
        if by != owner {
            return Err(Refusal::NotYours { by, owner });
        }
        self.check_role(by, role)
    }

    fn check_role(&self, organisation: Uscc, role: Role) -> Result<(), Refusal> {
        if self.signers.act_for(organisation, role) { Ok(()) } else { Err(Refusal::Role { role, organisation }) }
    }

    /// One body owes it; once it is overdue, a supervisor of a body above may do it in its place.
    fn check_owing(
        &self,
        draft: &Draft<'_>,
        by: Uscc,
        (owing, role): (Uscc, Role),
        (name, due): (&DutyName, Millis),
    ) -> Result<(), Refusal> {
        if by == owing || !is_or_above(draft, by, owing) {
            return self.check_own(by, owing, role);
        }
        self.check_role(by, Role::Supervisor)?;
        if duty::is_overdue(draft, self.at, name) { Ok(()) } else { Err(Refusal::NotOverdue { due }) }
    }

    /// By when what is asked for now must be done.
    fn deadline(&self, view: &dyn View, region: RegionCode, matter: Matter) -> Result<Millis, Refusal> {
        law::deadline(view, region, matter, self.at.time).ok_or(Refusal::NoProvision { matter, region })
    }

    /// When a window ends that begins now.
    fn window(&self, view: &dyn View, region: RegionCode, matter: Matter) -> Result<Millis, Refusal> {
        let now = self.at.time;
        law::window(view, region, matter, now, now).ok_or(Refusal::NoProvision { matter, region })
    }

    /// What is to hold must not be over already.
    fn check_end(&self, until: Millis) -> Result<(), Refusal> {
        let now = self.at.time;
        if until <= now { Err(Refusal::Over { until, now }) } else { Ok(()) }
    }
}

fn registered(view: &dyn View, uscc: Uscc) -> Result<Organisation, Refusal> {
    read(view, &uscc).ok_or(Refusal::NoOrganisation { uscc })
}

fn resource(view: &dyn View, code: ResourceCode) -> Result<Resource, Refusal> {
    read(view, &code).ok_or(Refusal::NoResource { resource: code })
}

/// A resource that can be asked for.
fn published(view: &dyn View, code: ResourceCode) -> Result<Resource, Refusal> {
    let resource = resource(view, code)?;
    match resource_status(&resource) {
        ResourceStatus::Published => Ok(resource),
        found @ (ResourceStatus::Registered | ResourceStatus::Retired { .. }) => Err(Refusal::ResourceStatus { found }),
    }
}

/// A resource that can be asked for, and that somebody may have.
fn shared(view: &dyn View, code: ResourceCode) -> Result<Resource, Refusal> {
    let resource = published(view, code)?;
    match resource.sharing {
        Sharing::NotShared { .. } => Err(Refusal::NotShared { resource: code }),
        Sharing::Unconditional | Sharing::Conditional { .. } => Ok(resource),
    }
}

fn request(view: &dyn View, id: RequestId) -> Result<Request, Refusal> {
    read(view, &id).ok_or(Refusal::NoRequest { request: id })
}

fn ticket(view: &dyn View, id: TicketId) -> Result<Ticket, Refusal> {
    read(view, &id).ok_or(Refusal::NoTicket { ticket: id })
}

/// Nothing is opened on a handle that is not registered, or is closed.
fn check_subject(view: &dyn View, handle: &Handle) -> Result<(), Refusal> {
    let subject = read::<Subject>(view, handle).ok_or(Refusal::NoSubject)?;
    if subject.closed_at.is_some() { Err(Refusal::SubjectClosed) } else { Ok(()) }
}

fn check_region(found: RegionCode, allowed: RegionCode) -> Result<(), Refusal> {
    if allowed.contains(found) { Ok(()) } else { Err(Refusal::RegionOutside { found, allowed }) }
}

/// Takes the next number of a source's log, and no other.
fn count(draft: &mut Draft<'_>, body: Uscc, serial: Serial) -> Result<(), Refusal> {
    let name = (body, serial.source);
    let needed = read::<Source>(draft, &name).unwrap_or_default().count.saturating_add(1);
    if serial.number != needed {
        return Err(Refusal::Sequence { found: serial.number, needed });
    }
    draft.write(&name, &Source { count: needed });
    Ok(())
}

/// The name of a duty that a ticket has once.
fn duty_of(ticket: &TicketId, kind: DutyKind, turn: u32) -> DutyName {
    DutyName { kind, of: Ticket::key(ticket), turn }
}

#[cfg(test)]
mod tests;
