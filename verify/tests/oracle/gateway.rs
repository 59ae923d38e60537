//! Specimens of access to data.

use super::bureau::{HANDLE, region};
use crate::world::{HOUR_MS, START, organisation};
use bulla_verify::access::{
    self, Answer, Authority, Challenge, Consent, ConsentAct, ConsentChange, ConsentId, Fields, Found, Giving, Grant,
    Opening, Particulars, Purposes, Receipt, Released, Request, RequestAct, RequestChange, RequestId, Resource,
    ResourceAct, ResourceChange, ResourceCode, Seal, Sealing, Serial, Sharing, Source, Terms, Ticket, TicketAct,
    TicketChange, TicketId,
};
use bulla_verify::chain::Height;
use bulla_verify::hash::Hash;
use bulla_verify::law::Citation;
use bulla_verify::operation::Operation;
use bulla_verify::subject::{Line, Listed};
use bulla_verify::time::Millis;

const NUMBER: [u8; 16] = [0x72; 16];

fn at(hours: i64) -> Millis {
    START.plus(HOUR_MS * hours)
}

fn basis() -> Citation {
    Citation { instrument: "政务数据共享条例".parse().unwrap(), article: 9, paragraph: 1 }
}

fn serial(number: u64) -> Serial {
    Serial { source: 7, number }
}

pub fn resource_code() -> ResourceCode {
    ResourceCode { owner: organisation(0), number: 3 }
}

pub fn request_id() -> RequestId {
    RequestId { requester: organisation(3), number: NUMBER }
}

pub fn consent_id() -> ConsentId {
    ConsentId { filed_by: organisation(3), number: NUMBER }
}

pub fn ticket_id() -> TicketId {
    TicketId { requester: organisation(3), number: NUMBER }
}

pub fn sealed() -> Hash {
    access::seal(&ticket_id(), &HANDLE, &[0x73; 32])
}

fn terms() -> Terms {
    let (purposes, fields) = (Purposes(0b110), Fields(0b1011));
    Terms { purposes, fields, region: region(), from: at(1), until: at(90), budget: 12, onward: true }
}

pub fn resource() -> Resource {
    Resource {
        code: resource_code(),
        name: "人口库".parse().unwrap(),
        region: region(),
        fields: 12,
        sharing: Sharing::NotShared { basis: basis() },
        published: Some(at(1)),
        retired: Some(at(2)),
        recorded_at: Height(4),
    }
}

pub fn request() -> Request {
    Request {
        resource: resource_code(),
        asked: terms(),
        filed_at: at(3),
        due: at(9),
        grant: Some(Grant { at: at(4), terms: terms(), basis: Some(basis()) }),
        refused: Some(at(5)),
        spent: 2,
        suspended: Some(at(6)),
        revoked: Some(at(7)),
        recorded_at: Height(5),
    }
}

pub fn consent() -> Consent {
    Consent {
        subject: HANDLE,
        resource: resource_code(),
        requester: organisation(3),
        purposes: Purposes(0b10),
        paper: Hash([0x74; 32]),
        given_at: at(1),
        until: at(80),
        withdrawn: Some(at(8)),
        recorded_at: Height(6),
    }
}

pub fn source() -> Source {
    Source { count: 9 }
}

/// A ticket with every optional part.
pub fn ticket() -> Ticket {
    let (fields, grounds) = (Fields(0b1), Hash([0x75; 32]));
    Ticket {
        authority: Authority::Glass { resource: resource_code(), need: Hash([0x76; 32]) },
        resource: resource_code(),
        consent: Some(consent_id()),
        purpose: 1,
        fields: Fields(0b11),
        region: region(),
        case: Some(Hash([0x77; 32])),
        officer: Hash([0x78; 32]),
        serial: serial(9),
        subjects: access::subjects([(&HANDLE, 4)]),
        opened_at: at(10),
        receipt: Some(Receipt { at: at(11), digest: Hash([0x79; 32]), serial: serial(5) }),
        justified: Some(at(12)),
        seal: Some(sealed()),
        challenge: Some(Challenge { filed_at: at(13), due: at(40), fields, grounds }),
        challenges: 2,
        corrections: 1,
        recorded_at: Height(7),
    }
}

pub fn seal() -> Seal {
    Seal { sealed_at: at(10), until: at(60), extensions: 1, unsealed: Some(at(61)), recorded_at: Height(8) }
}

pub fn lines() -> [Line; 4] {
    let (ticket, salt) = (ticket_id(), [0x73; 32]);
    let receipt = Listed::Receipt { of: 0, found: Found::Nothing };
    let listed = [Listed::Access(ticket), Listed::Sealed(sealed()), receipt, Listed::Unsealed { of: 1, ticket, salt }];
    listed.map(|what| Line { recorded_at: Height(8), what })
}

fn ticket_changes() -> Vec<TicketChange> {
    let opening = Opening {
        authority: Authority::Grant(request_id()),
        consent: Some(consent_id()),
        purpose: 1,
        fields: Fields(0b11),
        region: region(),
        case: Some(Hash([0x77; 32])),
        officer: Hash([0x78; 32]),
        serial: serial(9),
        sealing: Some(Sealing { salt: [0x73; 32], until: at(60) }),
        subjects: vec![HANDLE],
    };
    let released =
        [Found::Hit, Found::Nothing, Found::Failed].map(|found| Released { subject: HANDLE, place: 4, found });
    let digest = Hash([0x79; 32]);
    vec![
        TicketChange::Open(opening),
        TicketChange::Receive { released: released.into(), digest, serial: serial(5) },
        TicketChange::Justify { justification: Hash([0x7a; 32]) },
        TicketChange::Challenge { fields: Fields(0b1), grounds: Hash([0x75; 32]) },
        TicketChange::Answer(Answer::Corrected { correction: Hash([0x7b; 32]) }),
        TicketChange::Answer(Answer::Confirmed),
        TicketChange::Extend { until: at(99), with: organisation(0) },
        TicketChange::Unseal { subject: HANDLE, place: 4, salt: [0x73; 32] },
    ]
}

/// One operation of every variant.
pub fn operations() -> Vec<Operation> {
    let (by, resource, reason) = (organisation(3), resource_code(), Hash([0x7c; 32]));
    let sharing = || Sharing::Conditional { conditions: Hash([0x7d; 32]) };
    let said = Particulars { name: "人口库".parse().unwrap(), region: region(), fields: 12, sharing: sharing() };
    let resources = [
        ResourceChange::Register(said),
        ResourceChange::Publish,
        ResourceChange::Share(Sharing::Unconditional),
        ResourceChange::Retire,
    ];
    let requests = [
        RequestChange::File { resource, asked: terms() },
        RequestChange::Grant { terms: terms(), basis: Some(basis()) },
        RequestChange::Refuse { reason },
        RequestChange::Suspend { reason },
        RequestChange::Resume,
        RequestChange::Revoke { reason },
    ];
    let (purposes, paper, until) = (Purposes(0b10), Hash([0x74; 32]), Some(at(80)));
    let giving = Giving { subject: HANDLE, resource, requester: by, purposes, paper, until };
    let consents = [ConsentChange::Give(giving), ConsentChange::Withdraw];
    let mut acts: Vec<_> = resources.map(|change| access::Act::Resource(ResourceAct { resource, change })).into();
    let request = request_id();
    acts.extend(requests.map(|change| access::Act::Request(RequestAct { request, by, change })));
    let consent = consent_id();
    acts.extend(consents.map(|change| access::Act::Consent(ConsentAct { consent, by, change })));
    let ticket = ticket_id();
    acts.extend(ticket_changes().into_iter().map(|change| access::Act::Ticket(TicketAct { ticket, by, change })));
    acts.into_iter().map(Operation::Access).collect()
}

pub fn access_name(act: &access::Act) -> &'static str {
    match act {
        access::Act::Resource(act) => match act.change {
            ResourceChange::Register(_) => "access register",
            ResourceChange::Publish => "access publish",
            ResourceChange::Share(_) => "access share",
            ResourceChange::Retire => "access retire",
        },
        access::Act::Request(act) => match act.change {
            RequestChange::File { .. } => "access file",
            RequestChange::Grant { .. } => "access grant",
            RequestChange::Refuse { .. } => "access refuse",
            RequestChange::Suspend { .. } => "access suspend",
            RequestChange::Resume => "access resume",
            RequestChange::Revoke { .. } => "access revoke",
        },
        access::Act::Consent(act) => match act.change {
            ConsentChange::Give(_) => "access consent",
            ConsentChange::Withdraw => "access withdraw consent",
        },
        access::Act::Ticket(act) => match act.change {
            TicketChange::Open(_) => "access open",
            TicketChange::Receive { .. } => "access receive",
            TicketChange::Justify { .. } => "access justify",
            TicketChange::Challenge { .. } => "access challenge",
            TicketChange::Answer(Answer::Corrected { .. }) => "access answer corrected",
            TicketChange::Answer(Answer::Confirmed) => "access answer confirmed",
            TicketChange::Extend { .. } => "access extend",
            TicketChange::Unseal { .. } => "access unseal",
        },
    }
}
