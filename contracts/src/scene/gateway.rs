//! The scene with what access needs: the province has data, the city asks for it and opens tickets, a subject consents.

use super::{
    LAWFUL_DAY, Scene, ann, citation, city, day, hash, key, nation, neighbour, province, region, register_key,
    register_subject, works,
};
use bulla_verify::access::{
    self, Act, Authority, ConsentAct, ConsentChange, ConsentId, Fields, Found, Giving, Opening, Particulars, Purposes,
    Released, Request, RequestAct, RequestChange, RequestId, ResourceAct, ResourceChange, ResourceCode, Sealing,
    Serial, Sharing, Terms, Ticket, TicketAct, TicketChange, TicketId,
};
use bulla_verify::canonical::decode;
use bulla_verify::duty::{DutyKind, DutyName};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::operation::{Operation, Refusal};
use bulla_verify::record::Record;
use bulla_verify::roles::Role;
use bulla_verify::subject::{Line, ListKind, Listed, SubjectKind, SubjectList};
use bulla_verify::time::Millis;
use bulla_verify::transaction::Mode;

impl Scene {
    /// The scene with the country's law, subjects, keys, and three published resources, in the time of that law.
    pub(crate) fn with_access() -> Scene {
        let mut scene = Scene::new();
        scene.prepare_access();
        scene
    }

    pub(crate) fn prepare_access(&mut self) {
        self.time = day(LAWFUL_DAY);
        self.enact_country();
        for (body, roles) in [
            (nation(), &[Role::IdentityAuthority, Role::Supervisor, Role::Steward][..]),
            (province(), &[Role::Steward, Role::Supervisor, Role::Intake, Role::Consumer]),
            (city(), &[Role::Consumer, Role::Supervisor, Role::Intake, Role::Steward]),
            (neighbour(), &[Role::Consumer, Role::Supervisor]),
        ] {
            for role in roles {
                self.accept(&[&key(body, Role::Registrar)], register_key(body, &key(body, *role), &[*role]));
            }
        }
        for (handle, kind) in
            [(ann(), SubjectKind::Natural), (works(), SubjectKind::Legal), (bob(), SubjectKind::Natural)]
        {
            self.accept(&[&key(nation(), Role::IdentityAuthority)], register_subject(handle, kind));
        }
        for (number, sharing) in [(1, Sharing::Unconditional), (2, conditional()), (3, not_shared())] {
            for change in [register_resource(sharing), ResourceChange::Publish] {
                self.access(province(), on_resource(number, change));
            }
        }
    }

    /// Has a body act on access, by the key of the role that it takes. It writes what it declares, but for two duties that
    /// are due on one day, whose list has one record.
    pub(crate) fn access(&mut self, by: Uscc, act: Act) {
        let keys = access_keys(by, &act);
        let tx = self.sign(&keys.iter().collect::<Vec<_>>(), Mode::AllOrNothing, vec![Operation::Access(act)]);
        let executed = self.execute(&tx);
        assert_eq!(executed.refusals, [None]);
        assert!(executed.changes.writes() + 1 >= usize::try_from(executed.cost).unwrap());
    }

    pub(crate) fn access_refused(&mut self, by: Uscc, act: Act) -> Refusal {
        let keys = access_keys(by, &act);
        self.refuse(&keys.iter().collect::<Vec<_>>(), Operation::Access(act))
    }

    /// A request of the city's for a resource, filed and granted as it was asked for, with a law or without.
    pub(crate) fn granted(&mut self, resource: u16, by_law: bool) {
        self.access(city(), on_request(city(), file(resource)));
        self.access(province(), on_request(province(), grant(by_law)));
    }

    /// The lines of a subject's list of accesses.
    pub(crate) fn accesses(&self, subject: Handle) -> Vec<Listed> {
        let key = SubjectList::key(&(subject, ListKind::Accesses));
        let lines = self.state.lists.get(&key).cloned().unwrap_or_default();
        lines.iter().map(|line| decode::<Line>(line, 200).unwrap().what).collect()
    }

    pub(crate) fn request(&self) -> Request {
        crate::read(&self.state, &request_id()).expect("the request was filed")
    }

    pub(crate) fn ticket(&self, number: u8) -> Ticket {
        crate::read(&self.state, &ticket_id(number)).expect("the ticket was opened")
    }
}

/// Whose keys sign an act of a body: an extension is signed by the second body too.
fn access_keys(by: Uscc, act: &Act) -> Vec<bulla_verify::keys::SigningKey> {
    let mut keys = vec![key(by, access_role(by, act))];
    if let Act::Ticket(TicketAct { change: TicketChange::Extend { with, .. }, .. }) = act {
        keys.push(key(*with, Role::Supervisor));
    }
    keys
}

/// The role that a body needs: the province has the data, the city asks for it, and the nation is above both.
pub(crate) fn access_role(by: Uscc, act: &Act) -> Role {
    let supervises = |owing: Uscc| by == nation() || (by == province() && owing == city());
    match act {
        Act::Resource(_) => Role::Steward,
        Act::Consent(_) => Role::Intake,
        Act::Request(act) => match act.change {
            RequestChange::File { .. } => Role::Consumer,
            RequestChange::Grant { .. } | RequestChange::Refuse { .. } if supervises(province()) => Role::Supervisor,
            RequestChange::Grant { .. }
            | RequestChange::Refuse { .. }
            | RequestChange::Suspend { .. }
            | RequestChange::Resume
            | RequestChange::Revoke { .. } => Role::Steward,
        },
        Act::Ticket(act) => match act.change {
            TicketChange::Answer(_) if supervises(province()) => Role::Supervisor,
            TicketChange::Unseal { .. } if supervises(city()) => Role::Supervisor,
            TicketChange::Receive { .. } | TicketChange::Answer(_) => Role::Steward,
            TicketChange::Open(_)
            | TicketChange::Justify { .. }
            | TicketChange::Challenge { .. }
            | TicketChange::Extend { .. }
            | TicketChange::Unseal { .. } => Role::Consumer,
        },
    }
}

/// Another person.
pub(crate) fn bob() -> Handle {
    Handle([0xc3; 32])
}

pub(crate) fn conditional() -> Sharing {
    Sharing::Conditional { conditions: hash("conditions") }
}

pub(crate) fn not_shared() -> Sharing {
    Sharing::NotShared { basis: citation() }
}

pub(crate) fn resource_code(number: u16) -> ResourceCode {
    ResourceCode { owner: province(), number }
}

pub(crate) fn register_resource(sharing: Sharing) -> ResourceChange {
    ResourceChange::Register(Particulars { name: "库".parse().unwrap(), region: region("440000"), fields: 8, sharing })
}

pub(crate) fn on_resource(number: u16, change: ResourceChange) -> Act {
    Act::Resource(ResourceAct { resource: resource_code(number), change })
}

pub(crate) fn request_id() -> RequestId {
    RequestId { requester: city(), number: [5; 16] }
}

pub(crate) fn on_request(by: Uscc, change: RequestChange) -> Act {
    Act::Request(RequestAct { request: request_id(), by, change })
}

/// Purposes 1 and 2, the first four fields, in the city, for the year after, five accesses.
pub(crate) fn asked() -> Terms {
    Terms {
        purposes: Purposes(0b110),
        fields: Fields::first(4),
        region: region("440300"),
        from: day(LAWFUL_DAY),
        until: day(LAWFUL_DAY + 365),
        budget: 5,
        onward: false,
    }
}

pub(crate) fn file(resource: u16) -> RequestChange {
    RequestChange::File { resource: resource_code(resource), asked: asked() }
}

pub(crate) fn grant(by_law: bool) -> RequestChange {
    RequestChange::Grant { terms: asked(), basis: by_law.then(citation) }
}

pub(crate) fn consent_id(number: u8) -> ConsentId {
    ConsentId { filed_by: province(), number: [number; 16] }
}

/// To what a subject consents: that the city sees the conditional resource for purpose 1.
pub(crate) fn giving(subject: Handle) -> Giving {
    Giving {
        subject,
        resource: resource_code(2),
        requester: city(),
        purposes: Purposes(0b10),
        paper: hash("paper"),
        until: None,
    }
}

pub(crate) fn consent(number: u8, by: Uscc, change: ConsentChange) -> Act {
    Act::Consent(ConsentAct { consent: consent_id(number), by, change })
}

pub(crate) fn ticket_id(number: u8) -> TicketId {
    TicketId { requester: city(), number: [number; 16] }
}

pub(crate) fn on_ticket(number: u8, by: Uscc, change: TicketChange) -> Act {
    Act::Ticket(TicketAct { ticket: ticket_id(number), by, change })
}

/// A ticket under the city's grant for two fields of some subjects, with its place in the log of the city's source.
pub(crate) fn opening(entry: u64, subjects: &[Handle]) -> Opening {
    Opening {
        authority: Authority::Grant(request_id()),
        consent: None,
        purpose: 1,
        fields: Fields(0b101),
        region: region("440300"),
        case: Some(hash("case")),
        officer: hash("officer"),
        serial: Serial { source: 7, number: entry },
        sealing: None,
        subjects: subjects.to_vec(),
    }
}

/// A ticket for one subject with no grant.
pub(crate) fn glass(entry: u64, resource: u16, subject: Handle) -> Opening {
    let authority = Authority::Glass { resource: resource_code(resource), need: hash("need") };
    Opening { authority, ..opening(entry, &[subject]) }
}

pub(crate) const SALT: [u8; 32] = [0x5a; 32];

/// A ticket for one subject whose line is sealed until an instant.
pub(crate) fn sealed_opening(entry: u64, subject: Handle, until: Millis) -> Opening {
    Opening { sealing: Some(Sealing { salt: SALT, until }), ..opening(entry, &[subject]) }
}

pub(crate) fn open(number: u8, opening: Opening) -> Act {
    on_ticket(number, city(), TicketChange::Open(opening))
}

/// The receipt of a ticket by which all was found, with its place in the log of the province's source.
pub(crate) fn receive(entry: u64, lines: &[(Handle, u64)]) -> TicketChange {
    let released =
        lines.iter().map(|(subject, place)| Released { subject: *subject, place: *place, found: Found::Hit });
    let serial = Serial { source: 1, number: entry };
    TicketChange::Receive { released: released.collect(), digest: hash("released"), serial }
}

pub(crate) fn unseal(subject: Handle, place: u64) -> TicketChange {
    TicketChange::Unseal { subject, place, salt: SALT }
}

pub(crate) fn challenge() -> TicketChange {
    TicketChange::Challenge { fields: Fields(0b100), grounds: hash("wrong") }
}

pub(crate) fn confirmed() -> TicketChange {
    TicketChange::Answer(access::Answer::Confirmed)
}

/// The duty of a ticket.
pub(crate) fn ticket_duty(number: u8, kind: DutyKind) -> DutyName {
    DutyName { kind, of: Ticket::key(&ticket_id(number)), turn: 1 }
}
