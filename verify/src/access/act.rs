//! The acts on access: on a resource, a request, a consent, and a ticket.

use super::{Authority, ConsentId, Fields, Found, Purposes, RequestId, ResourceCode, Serial, Sharing, Terms, TicketId};
use crate::hash::Hash;
use crate::holder::Handle;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::law::Citation;
use crate::name::Name;
use crate::time::Millis;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// An act on access.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// On a resource of the catalogue. By a steward of its owner.
    Resource(ResourceAct),
    /// On a request, or the grant that it became.
    Request(RequestAct),
    /// On a consent. By an intake of any body.
    Consent(ConsentAct),
    /// On a ticket.
    Ticket(TicketAct),
}

/// An act on a resource.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ResourceAct {
    /// The resource.
    pub resource: ResourceCode,
    /// What is done.
    pub change: ResourceChange,
}

/// What is done to a resource.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ResourceChange {
    /// Puts it into the catalogue.
    Register(Particulars),
    /// Lets others ask for it.
    Publish,
    /// Says anew who may have it: what is granted is judged by it at each ticket.
    Share(Sharing),
    /// Takes it out: nobody asks for it any more, and no ticket is opened.
    Retire,
}

/// What a resource is when it is registered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Particulars {
    /// Its official name.
    pub name: Name,
    /// Where it is of: within its owner's region.
    pub region: RegionCode,
    /// How many fields it has.
    pub fields: u8,
    /// Who may have it.
    pub sharing: Sharing,
}

/// An act on a request.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RequestAct {
    /// The request.
    pub request: RequestId,
    /// Who acts: the requester, the resource's owner, or a supervisor's body above that for an answer that is overdue.
    pub by: Uscc,
    /// What is done.
    pub change: RequestChange,
}

/// What is done to a request, or to the grant that it became.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RequestChange {
    /// Asks. By a consumer of the requester: the resource's owner owes an answer.
    File {
        /// For the data of which resource.
        resource: ResourceCode,
        /// For what.
        asked: Terms,
    },
    /// Grants what was asked, or less. By a steward; once the answer is overdue also by a supervisor above.
    Grant {
        /// What.
        terms: Terms,
        /// The law by which the data may be used without the subject's consent.
        basis: Option<Citation>,
    },
    /// Refuses. By a steward; once the answer is overdue also by a supervisor above.
    Refuse {
        /// Commits to the reason.
        reason: Hash,
    },
    /// Lets no ticket be opened under the grant for now. By a steward.
    Suspend {
        /// Commits to the reason.
        reason: Hash,
    },
    /// Lets them be opened again. By a steward.
    Resume,
    /// Ends the grant. By a steward.
    Revoke {
        /// Commits to the reason.
        reason: Hash,
    },
}

/// An act on a consent.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsentAct {
    /// The consent.
    pub consent: ConsentId,
    /// Who files what the subject does.
    pub by: Uscc,
    /// What is done.
    pub change: ConsentChange,
}

/// What a subject does with a consent.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ConsentChange {
    /// Gives it.
    Give(Giving),
    /// Takes it back: from this block on no ticket rests on it.
    Withdraw,
}

/// What a subject consents to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Giving {
    /// Whose.
    pub subject: Handle,
    /// To the data of which resource.
    pub resource: ResourceCode,
    /// For which body.
    pub requester: Uscc,
    /// For which purposes.
    pub purposes: Purposes,
    /// Commits to what the subject signed.
    pub paper: Hash,
    /// Until when, if the subject says; otherwise as long as the law has it.
    pub until: Option<Millis>,
}

/// An act on a ticket.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TicketAct {
    /// The ticket.
    pub ticket: TicketId,
    /// Who acts: the requester, the resource's owner, or a supervisor's body above either for what is overdue.
    pub by: Uscc,
    /// What is done.
    pub change: TicketChange,
}

/// What is done to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TicketChange {
    /// Opens it, before anything is released. By a consumer of the requester: the resource's owner owes a receipt.
    Open(Opening),
    /// Says what was released. By a steward of the resource's owner.
    Receive {
        /// What it came to for each subject, in the ticket's order.
        released: Vec<Released>,
        /// Commits to all that was released.
        digest: Hash,
        /// Its place in the log of the provider's source.
        serial: Serial,
    },
    /// Justifies that the glass was broken. By a consumer of the requester.
    Justify {
        /// Commits to the justification.
        justification: Hash,
    },
    /// Says that fields that were released are wrong. By a consumer of the requester: the resource's owner owes an answer.
    Challenge {
        /// Which.
        fields: Fields,
        /// Commits to what is wrong.
        grounds: Hash,
    },
    /// Answers a challenge. By a steward of the resource's owner; once it is overdue also by a supervisor above.
    Answer(Answer),
    /// Lets a sealed line be sealed for longer. By a consumer of the requester, and a supervisor of a second body.
    Extend {
        /// Until when.
        until: Millis,
        /// The second body: neither the requester nor one beneath it.
        with: Uscc,
    },
    /// Puts the opening of a sealed line into the subject's list. By a consumer of the requester; once it is overdue also by a
    /// supervisor above.
    Unseal {
        /// Whose list it is.
        subject: Handle,
        /// The place of the sealed line.
        place: u64,
        /// What it was sealed with.
        salt: [u8; 32],
    },
}

/// What a ticket is about.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {
    /// By what.
    pub authority: Authority,
    /// The consent that it rests on, where neither the resource's sharing nor a law does without.
    pub consent: Option<ConsentId>,
    /// For which purpose.
    pub purpose: u8,
    /// Which fields.
    pub fields: Fields,
    /// Where.
    pub region: RegionCode,
    /// Commits to the case that it is for.
    pub case: Option<Hash>,
    /// Commits to the officer.
    pub officer: Hash,
    /// Its place in the log of the requester's source.
    pub serial: Serial,
    /// Whether its line is sealed, and for how long.
    pub sealing: Option<Sealing>,
    /// Of whom: one, or a batch, each once and in order.
    pub subjects: Vec<Handle>,
}

/// That a ticket's line is sealed.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sealing {
    /// With what: random bytes.
    pub salt: [u8; 32],
    /// The first instant at which it is sealed no more.
    pub until: Millis,
}

/// The salt gets into no log.
impl core::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "sealed until {}", self.until)
    }
}

/// What an access came to for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Released {
    /// Of whom.
    pub subject: Handle,
    /// The place of the ticket's line in the subject's list.
    pub place: u64,
    /// What it came to.
    pub found: Found,
}

/// The answers to a challenge of data's quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Answer {
    /// It was wrong, and was put right.
    Corrected {
        /// Commits to what is right.
        correction: Hash,
    },
    /// It is right.
    Confirmed,
}

impl Act {
    /// What it costs in state writes.
    pub fn cost(&self) -> u32 {
        // The record; beside it what each writes. A duty that is opened is three: itself, and the list of its day.
        let besides: u32 = match self {
            Act::Resource(_) | Act::Consent(_) => 0,
            Act::Request(act) => match act.change {
                RequestChange::File { .. } => 3,
                RequestChange::Grant { .. } | RequestChange::Refuse { .. } => 1,
                RequestChange::Suspend { .. } | RequestChange::Resume | RequestChange::Revoke { .. } => 0,
            },
            Act::Ticket(act) => match &act.change {
                TicketChange::Open(opening) => opening.cost(),
                // The source and the duty, and each subject's list.
                TicketChange::Receive { released, .. } => of_lists(released.len()).saturating_add(2),
                TicketChange::Justify { .. } | TicketChange::Answer(_) => 1,
                TicketChange::Challenge { .. } => 3,
                // The seal, its duty and the next.
                TicketChange::Extend { .. } => return 5,
                // The seal, its duty and the subject's list.
                TicketChange::Unseal { .. } => return 4,
            },
        };
        besides.saturating_add(1)
    }

    /// Every text in it that a person chose.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Act::Resource(ResourceAct { change: ResourceChange::Register(said), .. }) => {
                core::iter::once(said.name.as_str()).chain(text_of(&said.sharing)).collect()
            }
            Act::Resource(ResourceAct { change: ResourceChange::Share(sharing), .. }) => {
                text_of(sharing).into_iter().collect()
            }
            Act::Request(RequestAct { change: RequestChange::Grant { basis: Some(basis), .. }, .. }) => {
                [basis.instrument.as_str()].into()
            }
            Act::Resource(_) | Act::Request(_) | Act::Consent(_) | Act::Ticket(_) => Vec::new(),
        }
    }
}

impl Opening {
    /// Beside the ticket: its figure, the source, the duty of a receipt, each subject's list; then the grant, or the duty to justify; and
    /// the seal with its duty.
    fn cost(&self) -> u32 {
        let authority: u32 = match self.authority {
            Authority::Grant(_) => 1,
            Authority::Glass { .. } => 3,
        };
        let seal: u32 = if self.sealing.is_some() { 4 } else { 0 };
        of_lists(self.subjects.len()).saturating_add(5).saturating_add(authority).saturating_add(seal)
    }
}

fn text_of(sharing: &Sharing) -> Option<&str> {
    match sharing {
        Sharing::NotShared { basis } => Some(basis.instrument.as_str()),
        Sharing::Unconditional | Sharing::Conditional { .. } => None,
    }
}

/// Each subject's list costs its record and its entry.
fn of_lists(subjects: usize) -> u32 {
    u32::try_from(subjects).unwrap_or(u32::MAX).saturating_mul(2)
}
