//! Why a call came to nothing.

use crate::answer::Refusal;
use crate::convert::NotUnderstood;
use crate::{AT_LEAST, HEIGHT};
use bulla_verify::chain::Height;
use std::error::Error;
use std::time::Duration;
use tonic::{Code, Status};

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Not an address of a node.
    #[error("{endpoint} is no address of a node; one reads http://127.0.0.1:7400")]
    Endpoint {
        /// What was given.
        endpoint: String,
    },
    /// Nobody answers there, or the connection was lost. Usual causes: the node is down, or a wrong address.
    #[error("node {endpoint} cannot be reached ({reason}); check that it runs and that the address is right")]
    Unreachable {
        /// Where.
        endpoint: String,
        /// What the network said.
        reason: String,
    },
    /// The node took the call and did not answer in time. Usual cause: a node that is overloaded.
    #[error("node {endpoint} did not answer within {} ms; try again later, or another node", within.as_millis())]
    NoAnswer {
        /// Where.
        endpoint: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// The ledger refuses it.
    #[error(transparent)]
    Refused(Refusal),
    /// There is no such thing at this node.
    #[error("{message}")]
    NotFound {
        /// What the node said.
        message: String,
    },
    /// The node does not have the block that the caller knows of ([`crate::Client::at_least`]). Usual cause: it is a moment behind
    /// the node that told of it, or cut off.
    #[error("node {endpoint} has block {height}, and block {at_least} was asked for; ask again, or another node")]
    Behind {
        /// Where.
        endpoint: String,
        /// The last block that it has.
        height: Height,
        /// The block asked for.
        at_least: Height,
    },
    /// The node cannot do it now. Usual causes: too many calls at once, or no block yet.
    #[error("{message}; try again later")]
    Busy {
        /// What the node said.
        message: String,
    },
    /// The node does not understand the call. Usual cause: a client of another version.
    #[error("the node refuses the call: {message}")]
    BadCall {
        /// What the node said.
        message: String,
    },
    /// The node failed. Usual cause: its store.
    #[error("the node failed: {message}")]
    Failed {
        /// What the node said.
        message: String,
    },
    /// The answer cannot be understood. Usual cause: a node of another version.
    #[error("{0}; use a client of the node's version")]
    NotUnderstood(#[from] NotUnderstood),
}

impl ClientError {
    /// Whether the node was not there, or fell silent: of a transaction that was being sent, nothing is known then.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, ClientError::Unreachable { .. } | ClientError::NoAnswer { .. })
    }

    pub(crate) fn unreachable(endpoint: &str, reason: &(dyn Error + 'static)) -> ClientError {
        ClientError::Unreachable { endpoint: endpoint.to_owned(), reason: innermost(reason) }
    }

    pub(crate) fn of(status: Status, endpoint: &str, within: Duration) -> ClientError {
        let message = status.message().to_owned();
        match (status.code(), status.source()) {
            (Code::Cancelled | Code::DeadlineExceeded, _) => {
                ClientError::NoAnswer { endpoint: endpoint.to_owned(), within }
            }
            // What the other side says has no source; what happens on the way has one.
            (_, Some(reason)) => ClientError::unreachable(endpoint, reason),
            (Code::Unavailable, None) if let Some((height, at_least)) = behind(&status) => {
                ClientError::Behind { endpoint: endpoint.to_owned(), height, at_least }
            }
            (Code::NotFound, None) => ClientError::NotFound { message },
            (Code::Unavailable | Code::ResourceExhausted, None) => ClientError::Busy { message },
            (Code::InvalidArgument | Code::OutOfRange | Code::Unimplemented | Code::FailedPrecondition, None) => {
                ClientError::BadCall { message }
            }
            (
                Code::Ok
                | Code::Unknown
                | Code::Internal
                | Code::Aborted
                | Code::AlreadyExists
                | Code::DataLoss
                | Code::PermissionDenied
                | Code::Unauthenticated,
                None,
            ) => ClientError::Failed { message },
        }
    }
}

/// What a node has and what it was asked for, if that is why it does not answer.
fn behind(status: &Status) -> Option<(Height, Height)> {
    let entry = |name| Some(Height(status.metadata().get(name)?.to_str().ok()?.parse().ok()?));
    Some((entry(HEIGHT)?, entry(AT_LEAST)?))
}

/// The first cause says what happened ("Connection refused"); those around it say that something did.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
