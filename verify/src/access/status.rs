//! What resources, requests, consents and seals are at an instant: pure functions over their records. Rule: design D12.

use super::{Consent, Request, Resource, Seal};
use crate::time::Millis;
use core::fmt;
use serde::Serialize;

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ResourceStatus {
    /// It is in the catalogue, and nobody can ask for it yet.
    Registered,
    /// It can be asked for.
    Published,
    /// It is in use no more.
    Retired {
        /// Since when.
        since: Millis,
    },
}

/// What a resource is at an instant not before the block that last wrote it.
pub fn resource_status(resource: &Resource) -> ResourceStatus {
    match (resource.retired, resource.published) {
        (Some(since), _) => ResourceStatus::Retired { since },
        (None, Some(_)) => ResourceStatus::Published,
        (None, None) => ResourceStatus::Registered,
    }
}

/// What a request is, or the grant that it became.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum RequestStatus {
    /// It waits for its answer.
    Filed {
        /// By when it must be answered.
        due: Millis,
    },
    /// The time that was asked for went by without an answer.
    Lapsed {
        /// Since when.
        since: Millis,
    },
    /// It was refused.
    Refused {
        /// Since when.
        since: Millis,
    },
    /// It was granted from a later instant on.
    NotYet {
        /// From when.
        from: Millis,
    },
    /// Tickets may be opened under it.
    Live {
        /// Until when.
        until: Millis,
    },
    /// None may for now.
    Suspended {
        /// Since when.
        since: Millis,
    },
    /// It was ended.
    Revoked {
        /// Since when.
        since: Millis,
    },
    /// Its time is over.
    Expired {
        /// Since when.
        since: Millis,
    },
}

/// What a request is at an instant not before the block that last wrote it.
pub fn request_status(request: &Request, at: Millis) -> RequestStatus {
    let Some(grant) = &request.grant else {
        return match request.refused {
            Some(since) => RequestStatus::Refused { since },
            None if request.asked.until <= at => RequestStatus::Lapsed { since: request.asked.until },
            None => RequestStatus::Filed { due: request.due },
        };
    };
    let (from, until) = (grant.terms.from, grant.terms.until);
    match (request.revoked, request.suspended) {
        (Some(since), _) => RequestStatus::Revoked { since },
        (None, _) if until <= at => RequestStatus::Expired { since: until },
        (None, Some(since)) => RequestStatus::Suspended { since },
        (None, None) if at < from => RequestStatus::NotYet { from },
        (None, None) => RequestStatus::Live { until },
    }
}

/// What a consent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ConsentStatus {
    /// It holds.
    Given {
        /// Until when.
        until: Millis,
    },
    /// It was taken back.
    Withdrawn {
        /// Since when.
        since: Millis,
    },
    /// Its time is over.
    Lapsed {
        /// Since when.
        since: Millis,
    },
}

/// What a consent is at an instant not before the block that last wrote it.
pub fn consent_status(consent: &Consent, at: Millis) -> ConsentStatus {
    match consent.withdrawn {
        Some(since) => ConsentStatus::Withdrawn { since },
        None if consent.until <= at => ConsentStatus::Lapsed { since: consent.until },
        None => ConsentStatus::Given { until: consent.until },
    }
}

/// What a sealed line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SealStatus {
    /// The subject is not told yet.
    Sealed {
        /// Until when.
        until: Millis,
    },
    /// Its time is over: whoever knows the opening may show it, and whoever sealed it is late in doing so.
    Open {
        /// Since when.
        since: Millis,
    },
    /// Its opening stands in the list.
    Unsealed {
        /// Since when.
        since: Millis,
    },
}

/// What a sealed line is at an instant not before the block that last wrote it.
pub fn seal_status(seal: &Seal, at: Millis) -> SealStatus {
    match seal.unsealed {
        Some(since) => SealStatus::Unsealed { since },
        None if seal.until <= at => SealStatus::Open { since: seal.until },
        None => SealStatus::Sealed { until: seal.until },
    }
}

impl fmt::Display for ResourceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResourceStatus::Registered => f.write_str("registered and not published"),
            ResourceStatus::Published => f.write_str("published"),
            ResourceStatus::Retired { since } => write!(f, "retired since {since}"),
        }
    }
}

impl fmt::Display for RequestStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestStatus::Filed { due } => write!(f, "filed, to be answered by {due}"),
            RequestStatus::Lapsed { since } => write!(f, "lapsed since {since}"),
            RequestStatus::Refused { since } => write!(f, "refused since {since}"),
            RequestStatus::NotYet { from } => write!(f, "granted from {from} on"),
            RequestStatus::Live { until } => write!(f, "granted until {until}"),
            RequestStatus::Suspended { since } => write!(f, "suspended since {since}"),
            RequestStatus::Revoked { since } => write!(f, "revoked since {since}"),
            RequestStatus::Expired { since } => write!(f, "expired since {since}"),
        }
    }
}

impl fmt::Display for ConsentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConsentStatus::Given { until } => write!(f, "given until {until}"),
            ConsentStatus::Withdrawn { since } => write!(f, "withdrawn since {since}"),
            ConsentStatus::Lapsed { since } => write!(f, "lapsed since {since}"),
        }
    }
}

impl fmt::Display for SealStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SealStatus::Sealed { until } => write!(f, "sealed until {until}"),
            SealStatus::Open { since } => write!(f, "open since {since}"),
            SealStatus::Unsealed { since } => write!(f, "unsealed since {since}"),
        }
    }
}
