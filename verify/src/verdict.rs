//! One function from a proof file to a verdict that a clerk understands.
//!
//! A file shows what a certified block of time T held. The question is about an instant: the one asked about, or else now
//! (and T itself, where T is ahead of this clock by no more than the clock bound). The first row that fits decides:
//!
//! | case | verdict |
//! |---|---|
//! | a signature, hash, path, hand-over or byte is wrong | does not hold |
//! | the anchor is older than its trust period | cannot tell: keys of departed validators could have signed it |
//! | T is ahead of this clock by more than the bound | cannot tell: from the future |
//! | the instant is still to come | cannot tell: nobody knows the acts to come |
//! | licence: the instant is before the last act | cannot tell from the record alone; before the issue, or void by then: not valid |
//! | the version shown is an earlier one | not valid: superseded, however old the proof: no version ever comes back |
//! | the instant is after T by more than the greatest age | cannot tell: renewed, suspended, resumed, issued since? |
//! | the version shown is a later one, or there is no record | not valid: never issued |
//! | the status at the instant is active | valid |
//! | the status at the instant is anything else | not valid |
//! //! | organisation, type: registered, or not | valid; not valid |
//!
//! An old proof of an expired licence cannot tell, since it may have been renewed; so for a revoked or cancelled one,
//! since a court can have it reinstated. An instant at or before T needs no fresh proof: evidence does not go bad. Every
//! "cannot tell" carries what was true at T. Rules: design D12, D16, D17; domain section 4.

mod text;

use crate::anchor::Anchor;
use crate::chain::{ChainId, Height};
use crate::identifiers::licence_id::LicenceId;
use crate::identifiers::uscc::Uscc;
use crate::licence::{Licence, Origin};
use crate::proof::{Claim, StatusProof};
use crate::proven::{Failure, Proven, Recorded};
use crate::status::{self, Status};
use crate::time::Millis;
use alloc::vec::Vec;
use serde::Serialize;

/// On what terms a proof convinces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The verifier's clock.
    pub now: Millis,
    /// How long before the instant asked about the proof may have been made, in milliseconds.
    pub max_age_ms: i64,
    /// How far ahead of this clock the validators' may be, in milliseconds. Design D8: 10 s.
    pub clock_bound_ms: i64,
    /// The instant asked about; now, if none.
    pub at: Option<Millis>,
}

/// The answer to a proof file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// It may be relied on.
    Valid(Answer),
    /// The proof holds, and shows that it may not be relied on, or was never issued.
    NotValid(Answer),
    /// The proof holds, but not for the instant asked about. The answer is the one at the time of the block.
    CannotTell {
        /// Why.
        doubt: Doubt,
        /// What was true at the time of the block.
        #[serde(flatten)]
        then: Answer,
    },
    /// The proof shows nothing: nobody vouches for it.
    DoesNotHold {
        /// Why.
        failure: Failure,
    },
}

/// The four kinds of verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Verdict::Valid`].
    Valid,
    /// [`Verdict::NotValid`]: not valid, or proved absent.
    NotValid,
    /// [`Verdict::CannotTell`].
    CannotTell,
    /// [`Verdict::DoesNotHold`].
    DoesNotHold,
}

/// What a proof shows, and on whose word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What was asked about.
    pub claim: Claim,
    /// The instant of the finding.
    pub at: Millis,
    /// What it was at that instant, as the ledger stood at `as_of`.
    pub finding: Finding,
    /// The record itself, if there is one.
    pub record: Option<Recorded>,
    /// The time of the block that the proof is of.
    pub as_of: Millis,
    /// Its height.
    pub height: Height,
    /// The chain.
    pub chain: ChainId,
    /// The organisations whose validators signed the block.
    pub signed_by: Vec<Uscc>,
    /// How many validators there were.
    pub validators: usize,
    /// The blocks after which all validators went on under new keys, since too many had lost what they signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovered_after: Vec<Height>,
    /// What the proof does not show.
    pub not_checked: &'static [&'static str],
}

/// What something is at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Finding {
    /// The version shown is the current one, with this status.
    Current(Status),
    /// The version shown is an earlier one.
    SupersededBy {
        /// The current version.
        current: LicenceId,
    },
    /// The licence was issued later.
    NotYetIssued {
        /// When.
        issued_at: Millis,
    },
    /// There is no such licence, or no such version of it.
    NeverIssued,
    /// The organisation or type is registered.
    Registered,
    /// The organisation or type is not registered.
    NotRegistered,
}

/// Why a proof that holds does not answer for the instant asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Doubt {
    /// Validators that have left since could have signed it. Remedy: a newer anchor.
    #[error("it starts from an anchor of {anchored_at}, longer ago than the trust period")]
    TrustPeriod {
        /// The anchor's time.
        anchored_at: Millis,
    },
    /// Usual cause: this computer's clock is behind.
    #[error("it is of {as_of}, and this computer's clock says {now}")]
    FromTheFuture {
        /// The block's time.
        as_of: Millis,
        /// This clock's.
        now: Millis,
    },
    /// Nobody knows what will be decided.
    #[error("{at}, which was asked about, is still to come")]
    StillToCome {
        /// The instant asked about.
        at: Millis,
    },
    /// The record shows what follows from the last act; its history shows what was before.
    #[error("shows only what follows from the last act, of {changed_at}, which is after the instant asked about")]
    BeforeLastAct {
        /// When the last act took effect.
        changed_at: Millis,
    },
    /// Records of organisations and types bear no date.
    #[error("does not show since when it was registered, and the instant asked about is before {as_of}")]
    Undated {
        /// The block's time.
        as_of: Millis,
    },
    /// What has happened since is not known. Remedy: a fresh proof.
    #[error("it is of {as_of}, longer before the instant asked about than allowed")]
    TooOld {
        /// The block's time.
        as_of: Millis,
        /// How long before the instant asked about, in milliseconds.
        age_ms: i64,
        /// How long it may be, in milliseconds.
        max_age_ms: i64,
    },
}

/// What a proof file says, from an anchor, on these terms. It never panics, whatever the bytes.
pub fn verify(file: &[u8], anchor: &Anchor, policy: &Policy) -> Verdict {
    let proven = StatusProof::decode(file).map_err(Failure::from).and_then(|proof| proof.check(anchor));
    match proven {
        Ok(proven) => judge(proven, anchor, policy),
        Err(failure) => Verdict::DoesNotHold { failure },
    }
}

/// As [`verify`], for a proof that was checked already, from this anchor.
pub fn judge(proven: Proven, anchor: &Anchor, policy: &Policy) -> Verdict {
    let as_of = proven.light.time;
    let at = policy.at.unwrap_or(policy.now.max(as_of));
    let found = finding(&proven, at);
    let doubt = doubt_of_clocks(as_of, at, anchor, policy)
        .or_else(|| doubt_of_record(&proven, &found, at))
        .or_else(|| doubt_of_age(&found, as_of, at, policy));
    match doubt {
        Some(doubt) => {
            let then = finding(&proven, as_of);
            Verdict::CannotTell { doubt, then: answer(proven, as_of, then) }
        }
        None if found.is_good() => Verdict::Valid(answer(proven, at, found)),
        None => Verdict::NotValid(answer(proven, at, found)),
    }
}

fn doubt_of_clocks(as_of: Millis, at: Millis, anchor: &Anchor, policy: &Policy) -> Option<Doubt> {
    let latest = policy.now.plus(policy.clock_bound_ms);
    if anchor.is_stale(policy.now) {
        Some(Doubt::TrustPeriod { anchored_at: anchor.time() })
    } else if as_of > latest {
        Some(Doubt::FromTheFuture { as_of, now: policy.now })
    } else if at > latest {
        Some(Doubt::StillToCome { at })
    } else {
        None
    }
}

fn doubt_of_record(proven: &Proven, found: &Finding, at: Millis) -> Option<Doubt> {
    let as_of = proven.light.time;
    match (found, &proven.record) {
        (Finding::Current(Status::BeforeLastAct { changed_at }), _) => {
            Some(Doubt::BeforeLastAct { changed_at: *changed_at })
        }
        (Finding::SupersededBy { .. }, Some(Recorded::Licence(licence))) => {
            let changed_at = licence.changed_at;
            (at < changed_at).then_some(Doubt::BeforeLastAct { changed_at })
        }
        (Finding::Registered, _) => (at < as_of).then_some(Doubt::Undated { as_of }),
        _ => None,
    }
}

fn doubt_of_age(found: &Finding, as_of: Millis, at: Millis, policy: &Policy) -> Option<Doubt> {
    let (age_ms, max_age_ms) = (at.since(as_of).max(0), policy.max_age_ms.max(0));
    let too_old = age_ms > max_age_ms && !found.is_for_ever();
    too_old.then_some(Doubt::TooOld { as_of, age_ms, max_age_ms })
}

/// What it is at an instant, as far as the record knows, if nothing happened between the block and that instant.
fn finding(proven: &Proven, at: Millis) -> Finding {
    match (&proven.claim, &proven.record) {
        (Claim::Licence(id), Some(Recorded::Licence(licence))) => of_licence(id, licence, at),
        (Claim::Licence(_), _) => Finding::NeverIssued,
        (Claim::Organisation(_) | Claim::LicenceType(_), Some(_)) => Finding::Registered,
        (Claim::Organisation(_) | Claim::LicenceType(_), None) => Finding::NotRegistered,
    }
}

/// What a version of a licence is at an instant, by the licence's record: earlier versions are superseded, later ones were
/// never issued.
pub fn of_licence(id: &LicenceId, licence: &Licence, at: Millis) -> Finding {
    if id.version() > licence.version {
        return Finding::NeverIssued;
    }
    if !matches!(licence.origin, Origin::TakenOver { .. }) && at < licence.issued_at {
        return Finding::NotYetIssued { issued_at: licence.issued_at };
    }
    match licence.base.at_version(licence.version) {
        Ok(current) if current != *id => Finding::SupersededBy { current },
        _ => Finding::Current(status::status(licence, at)),
    }
}

fn answer(proven: Proven, at: Millis, finding: Finding) -> Answer {
    let Proven { claim, record, chain, light, signed_by, validators, recovered_after } = proven;
    let not_checked: &[&str] = match claim {
        Claim::Licence(_) => &[
            "the holder and the fields: committed to, not disclosed here",
            "the issuer's competence when it acted: the ledger demanded it then, this proof does not show it again",
            "whether other regions recognise it",
            "acts recorded after this block, historic ones among them",
        ],
        Claim::Organisation(_) => &["its keys and competences", "acts recorded after this block"],
        Claim::LicenceType(_) => &["who may issue it", "acts recorded after this block"],
    };
    Answer {
        claim,
        at,
        finding,
        record,
        as_of: light.time,
        height: light.height,
        chain,
        signed_by,
        validators,
        recovered_after,
        not_checked,
    }
}

impl Verdict {
    /// Which of the four kinds it is.
    pub fn kind(&self) -> Kind {
        match self {
            Verdict::Valid(_) => Kind::Valid,
            Verdict::NotValid(_) => Kind::NotValid,
            Verdict::CannotTell { .. } => Kind::CannotTell,
            Verdict::DoesNotHold { .. } => Kind::DoesNotHold,
        }
    }

    /// What the proof shows, if it holds.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Verdict::Valid(answer) | Verdict::NotValid(answer) | Verdict::CannotTell { then: answer, .. } => {
                Some(answer)
            }
            Verdict::DoesNotHold { .. } => None,
        }
    }
}

impl Finding {
    fn is_good(&self) -> bool {
        match self {
            Finding::Current(status) => status.is_active(),
            Finding::Registered => true,
            Finding::SupersededBy { .. }
            | Finding::NotYetIssued { .. }
            | Finding::NeverIssued
            | Finding::NotRegistered => false,
        }
    }

    /// Whether no later act can change it.
    fn is_for_ever(&self) -> bool {
        matches!(self, Finding::SupersededBy { .. })
    }
}
