//! Records of the state, and the acts of a licence's history.

use super::{NotUnderstood, agreed, bytes, required};
use crate::answer::{Found, History};
use crate::v1;
use bulla_verify::canonical;
use bulla_verify::catalogue::LicenceType;
use bulla_verify::identifiers::region::Level;
use bulla_verify::licence::{Change, Ending, Entry, Licence, Origin, Suspension, Term};
use bulla_verify::organisation::Organisation;
use bulla_verify::record::MAX_RECORD_BYTES;
use bulla_verify::status::Status;

impl From<Level> for v1::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::County => v1::Level::County,
            Level::Municipal => v1::Level::Municipal,
            Level::Provincial => v1::Level::Provincial,
            Level::National => v1::Level::National,
        }
    }
}

impl From<&Organisation> for v1::Organisation {
    fn from(organisation: &Organisation) -> Self {
        v1::Organisation {
            uscc: organisation.uscc.to_string(),
            name: organisation.name.to_string(),
            level: v1::Level::from(organisation.level).into(),
            region: organisation.region.to_string(),
            parent: organisation.parent.map(|parent| parent.to_string()),
            canonical: canonical::encode(organisation),
        }
    }
}

impl TryFrom<&v1::Organisation> for Organisation {
    type Error = NotUnderstood;

    fn try_from(message: &v1::Organisation) -> Result<Self, NotUnderstood> {
        agreed("organisation", message, canonical::decode(&message.canonical, MAX_RECORD_BYTES))
    }
}

impl From<&LicenceType> for v1::LicenceType {
    fn from(kind: &LicenceType) -> Self {
        v1::LicenceType {
            code: kind.code.to_string(),
            name: kind.name.to_string(),
            region: kind.region.to_string(),
            max_term_days: kind.max_term_days,
            late_renewal_days: kind.late_renewal_days,
            single_holding: kind.single_holding,
            canonical: canonical::encode(kind),
        }
    }
}

impl TryFrom<&v1::LicenceType> for LicenceType {
    type Error = NotUnderstood;

    fn try_from(message: &v1::LicenceType) -> Result<Self, NotUnderstood> {
        agreed("licence type", message, canonical::decode(&message.canonical, MAX_RECORD_BYTES))
    }
}

impl From<&Licence> for v1::Licence {
    fn from(licence: &Licence) -> Self {
        let identifier = licence.base.at_version(licence.version);
        v1::Licence {
            // A ledger keeps versions 1 to 999 only; of any other there is no identifier.
            identifier: identifier.map_or_else(|_| String::new(), |identifier| identifier.to_string()),
            version: licence.version.into(),
            region: licence.region.to_string(),
            taken_over_from: match &licence.origin {
                Origin::Issued | Origin::TransferredIn { .. } => None,
                Origin::TakenOver { from } => Some(from.to_string()),
            },
            holder: bytes(&licence.holder),
            holding: licence.holding.as_ref().map(bytes),
            contents: bytes(&licence.contents),
            issued_at_ms: licence.issued_at.0,
            term: Some((&licence.term).into()),
            suspension: licence.suspension.as_ref().map(v1::Suspension::from),
            revoked: licence.revoked().as_ref().map(v1::Ending::from),
            cancelled: licence.cancelled.as_ref().map(v1::Ending::from),
            historic: licence.historic,
            changed_at_ms: licence.changed_at.0,
            canonical: canonical::encode(licence),
            recorded_at: licence.recorded_at.0,
            history: Some((&licence.history).into()),
        }
    }
}

impl TryFrom<&v1::Licence> for Licence {
    type Error = NotUnderstood;

    fn try_from(message: &v1::Licence) -> Result<Self, NotUnderstood> {
        agreed("licence", message, canonical::decode(&message.canonical, MAX_RECORD_BYTES))
    }
}

impl From<&Term> for v1::Term {
    fn from(term: &Term) -> Self {
        v1::Term { from_ms: term.from.0, until_ms: term.until.map(|until| until.0) }
    }
}

impl From<&Suspension> for v1::Suspension {
    fn from(suspension: &Suspension) -> Self {
        let until_ms = suspension.until.map(|until| until.0);
        v1::Suspension { from_ms: suspension.from.0, until_ms, by: suspension.by.to_string() }
    }
}

impl From<&Ending> for v1::Ending {
    fn from(ending: &Ending) -> Self {
        v1::Ending { at_ms: ending.at.0, by: ending.by.to_string() }
    }
}

impl From<&Entry> for v1::LicenceAct {
    fn from(entry: &Entry) -> Self {
        let Entry { recorded_at, at, act } = entry;
        let bare = |kind: v1::LicenceActKind| v1::LicenceAct {
            recorded_at: recorded_at.0,
            at_ms: at.0,
            identifier: act.licence.to_string(),
            by: act.by.to_string(),
            kind: kind.into(),
            effective_at_ms: act.effective_at.map(|at| at.0),
            canonical: canonical::encode(entry),
            ..v1::LicenceAct::default()
        };
        match &act.change {
            Change::Issue(grant) => {
                v1::LicenceAct { term: Some((&grant.term).into()), ..bare(v1::LicenceActKind::Issue) }
            }
            Change::TakeOver { from, grant } => v1::LicenceAct {
                term: Some((&grant.term).into()),
                taken_over_from: Some(from.to_string()),
                ..bare(v1::LicenceActKind::TakeOver)
            },
            Change::Renew { term, .. } => v1::LicenceAct { term: Some(term.into()), ..bare(v1::LicenceActKind::Renew) },
            Change::Amend { until, .. } => {
                v1::LicenceAct { until_ms: until.map(|until| until.0), ..bare(v1::LicenceActKind::Amend) }
            }
            Change::Suspend { from, until } => v1::LicenceAct {
                from_ms: from.map(|from| from.0),
                until_ms: until.map(|until| until.0),
                ..bare(v1::LicenceActKind::Suspend)
            },
            Change::Resume => bare(v1::LicenceActKind::Resume),
            Change::Revoke => bare(v1::LicenceActKind::Revoke),
            Change::Cancel => bare(v1::LicenceActKind::Cancel),
            Change::Withdraw { .. } => bare(v1::LicenceActKind::Withdraw),
            Change::Annul { void_from, .. } => {
                v1::LicenceAct { from_ms: Some(void_from.0), ..bare(v1::LicenceActKind::Annul) }
            }
            Change::Spare { .. } => bare(v1::LicenceActKind::Spare),
            Change::Reinstate { .. } => bare(v1::LicenceActKind::Reinstate),
            Change::Correct { .. } => bare(v1::LicenceActKind::Correct),
            Change::TransferOut { .. } => bare(v1::LicenceActKind::TransferOut),
            Change::TransferIn { grant, .. } => {
                v1::LicenceAct { term: Some((&grant.term).into()), ..bare(v1::LicenceActKind::TransferIn) }
            }
            Change::AbortTransfer => bare(v1::LicenceActKind::AbortTransfer),
            Change::IssueJointly { grant, until, .. } => v1::LicenceAct {
                term: Some((&grant.term).into()),
                until_ms: Some(until.0),
                ..bare(v1::LicenceActKind::IssueJointly)
            },
            Change::Cosign => bare(v1::LicenceActKind::Cosign),
        }
    }
}

impl TryFrom<&v1::LicenceAct> for Entry {
    type Error = NotUnderstood;

    fn try_from(message: &v1::LicenceAct) -> Result<Self, NotUnderstood> {
        agreed("act", message, canonical::decode(&message.canonical, MAX_RECORD_BYTES))
    }
}

impl From<Found<Licence>> for v1::LicenceResponse {
    fn from(found: Found<Licence>) -> Self {
        v1::LicenceResponse {
            status: found.status().as_ref().map(v1::Status::from),
            licence: found.record.as_ref().map(v1::Licence::from),
            as_of: Some(found.as_of.into()),
            proof: found.proof.unwrap_or_default(),
        }
    }
}

impl TryFrom<v1::LicenceResponse> for Found<Licence> {
    type Error = NotUnderstood;

    fn try_from(message: v1::LicenceResponse) -> Result<Self, NotUnderstood> {
        let record = message.licence.as_ref().map(Licence::try_from).transpose()?;
        let found = found(record, message.as_of, message.proof)?;
        let status = message.status.as_ref().map(Status::try_from).transpose()?;
        if status == found.status() { Ok(found) } else { Err(NotUnderstood::Contradiction { field: "status" }) }
    }
}

impl From<Found<Organisation>> for v1::OrganisationResponse {
    fn from(found: Found<Organisation>) -> Self {
        v1::OrganisationResponse {
            organisation: found.record.as_ref().map(v1::Organisation::from),
            as_of: Some(found.as_of.into()),
            proof: found.proof.unwrap_or_default(),
        }
    }
}

impl TryFrom<v1::OrganisationResponse> for Found<Organisation> {
    type Error = NotUnderstood;

    fn try_from(message: v1::OrganisationResponse) -> Result<Self, NotUnderstood> {
        let record = message.organisation.as_ref().map(Organisation::try_from).transpose()?;
        found(record, message.as_of, message.proof)
    }
}

impl From<Found<LicenceType>> for v1::LicenceTypeResponse {
    fn from(found: Found<LicenceType>) -> Self {
        v1::LicenceTypeResponse {
            licence_type: found.record.as_ref().map(v1::LicenceType::from),
            as_of: Some(found.as_of.into()),
            proof: found.proof.unwrap_or_default(),
        }
    }
}

impl TryFrom<v1::LicenceTypeResponse> for Found<LicenceType> {
    type Error = NotUnderstood;

    fn try_from(message: v1::LicenceTypeResponse) -> Result<Self, NotUnderstood> {
        let record = message.licence_type.as_ref().map(LicenceType::try_from).transpose()?;
        found(record, message.as_of, message.proof)
    }
}

/// No proof file is empty, so an empty one is none.
fn found<R>(record: Option<R>, as_of: Option<v1::AsOf>, proof: Vec<u8>) -> Result<Found<R>, NotUnderstood> {
    let proof = (!proof.is_empty()).then_some(proof);
    Ok(Found { record, as_of: required("as_of", as_of)?.into(), proof })
}

impl From<History> for v1::LicenceHistoryResponse {
    fn from(history: History) -> Self {
        v1::LicenceHistoryResponse {
            licence: history.licence.as_ref().map(v1::Licence::from),
            acts: history.acts.iter().map(v1::LicenceAct::from).collect(),
            as_of: Some(history.as_of.into()),
        }
    }
}

impl TryFrom<v1::LicenceHistoryResponse> for History {
    type Error = NotUnderstood;

    fn try_from(message: v1::LicenceHistoryResponse) -> Result<Self, NotUnderstood> {
        Ok(History {
            licence: message.licence.as_ref().map(Licence::try_from).transpose()?,
            acts: message.acts.iter().map(Entry::try_from).collect::<Result<_, _>>()?,
            as_of: required("as_of", message.as_of)?.into(),
        })
    }
}
