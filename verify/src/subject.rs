//! Subjects: the handles that may be acted on, and the lists of what was done on each.
//!
//! A handle is 32 random bytes, and the ledger knows nothing of whose it is. An identity authority registers each before
//! anything is recorded of it; a department may have one of its own for a person whom others know by another, and the
//! handles of one person stand, as commitments that only the holder can open, in a list of the first of them. Every list is
//! one record of the state with length and root, so that whoever opens it can show that nothing is missing.
//! Rules: design D9, D11; who can link what: `docs/rules/identity.md`, `docs/decisions/0020`.

use crate::chain::Height;
use crate::hash::Hash;
use crate::holder::Handle;
use crate::identifiers::uscc::Uscc;
use crate::list::Head;
use crate::refusal::refusals;
use crate::roles::Role;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

/// A registered handle. Its name is the handle, which the record does not repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Subject {
    /// Which rules are its.
    pub kind: SubjectKind,
    /// The identity authority that registered it.
    pub authority: Uscc,
    /// The height of the block that registered it.
    pub registered_at: Height,
    /// The height of the block that closed it: nothing new is opened on it from then on. What was recorded stands.
    pub closed_at: Option<Height>,
}

/// Whether a person or a body stands behind a handle.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A natural person.
    Natural,
    /// An enterprise or another body.
    Legal,
}

/// The lists of a subject.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// Licences, each as a salted commitment.
    Licences,
    /// Credit events, entries of red and black lists, and measures.
    Credit,
    /// Accesses to data.
    Accesses,
    /// Further handles, each as a salted commitment.
    Handles,
}

/// One list of a subject. No record is an empty list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct SubjectList {
    /// Its length and root.
    pub head: Head,
    /// The height of the block that last appended to it.
    pub recorded_at: Height,
}

/// One entry of a subject's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Line {
    /// The height of the block that recorded it.
    pub recorded_at: Height,
    /// What it is of.
    pub what: Listed,
}

/// What an entry of a subject's list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// A licence, as [`Handle::listing`] commits to it.
    Licence(Hash),
    /// Another handle of the same subject, as [`Handle::link`] commits to it.
    Handle(Hash),
    /// A credit event, whose record says what became of it.
    CreditEvent(crate::credit::EventId),
    /// An entry of a red or black list, whose record says what became of it.
    ListEntry(crate::credit::EntryId),
    /// A measure, whose record says what became of it.
    Measure(crate::credit::MeasureId),
    /// That a body is about to see data of the subject, whose ticket says which.
    Access(crate::access::TicketId),
    /// The same, sealed: what [`crate::access::seal`] makes of the ticket, whose seal says until when.
    Sealed(Hash),
    /// What an access came to.
    Receipt {
        /// The place of the line in this list.
        of: u64,
        /// What.
        found: crate::access::Found,
    },
    /// The opening of a sealed line.
    Unsealed {
        /// Its place in this list.
        of: u64,
        /// The ticket.
        ticket: crate::access::TicketId,
        /// What it was sealed with.
        #[serde(serialize_with = "crate::hash::as_hex")]
        salt: [u8; 32],
    },
}

/// An act on subjects.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Act {
    /// Registers a handle. By an identity authority.
    Register {
        /// The handle.
        handle: Handle,
        /// Which rules are its.
        kind: SubjectKind,
        /// The identity authority.
        by: Uscc,
    },
    /// Lets nothing new be opened on a handle: it was compromised, or replaced. By the identity authority that registered it.
    Close {
        /// The handle.
        handle: Handle,
        /// The identity authority.
        by: Uscc,
    },
    /// Puts another handle of the same subject into its list of handles. By the identity authority that registered it.
    LinkHandle {
        /// The handle whose list it is.
        handle: Handle,
        /// What [`Handle::link`] makes of the other.
        commitment: Hash,
        /// The identity authority.
        by: Uscc,
    },
    /// Puts a licence into its list of licences. By an issuer.
    ListLicence {
        /// The handle by which the issuer knows the holder.
        handle: Handle,
        /// What [`Handle::listing`] makes of the licence.
        commitment: Hash,
        /// The issuer.
        by: Uscc,
    },
}

refusals! {
    /// Why an act on a subject is refused, in the order checked.
    pub enum Refusal {
        /// No signer has the role for the body that acts.
        1101 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// Usual cause: a handle that was drawn and not registered.
        1102 NoSubject = "the handle is not registered", "have the identity authority register it";
        /// Handles are random: two of one value are one sent twice.
        1103 SubjectExists = "the handle is registered already", "nothing, or draw a new one";
        /// Usual cause: a handle that another authority gave.
        1104 NotYours {
            /// Who acts.
            by: Uscc,
            /// Who registered it.
            authority: Uscc,
        } = "{by} may not do this to a handle that {authority} registered", "have it done by that authority";
        /// Usual cause: a handle that was replaced.
        1105 Closed {
            /// Since which height.
            since: Height,
        } = "the handle is closed since height {since}", "ask the identity authority for the subject's present handle";
    }
}

impl Act {
    /// What it costs in state writes.
    pub fn cost(&self) -> u32 {
        match self {
            Act::Register { .. } | Act::Close { .. } => 1,
            Act::LinkHandle { .. } | Act::ListLicence { .. } => 2,
        }
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubjectKind::Natural => "natural person",
            SubjectKind::Legal => "legal person",
        })
    }
}
