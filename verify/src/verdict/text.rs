//! A verdict in a few lines of plain words, the last of which says what to do.

use super::{Answer, Doubt, Finding, Verdict};
use crate::licence::Origin;
use crate::proven::Recorded;
use crate::status::{self, Status};
use core::fmt::{self, Display, Formatter};

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Valid(answer) => {
                writeln!(f, "VALID: {} is {}", answer.claim, answer.finding)?;
                answer.sources(f)
            }
            Verdict::NotValid(answer) => {
                writeln!(f, "NOT VALID: {} is {}", answer.claim, answer.finding)?;
                answer.sources(f)?;
                answer.finding.advice().map_or(Ok(()), |advice| write!(f, "\nWhat to do: {advice}."))
            }
            Verdict::CannotTell { doubt, then } => {
                writeln!(f, "CANNOT TELL: the proof holds, but {doubt}.")?;
                writeln!(f, "True as of {}: {} was {}", then.at, then.claim, then.finding)?;
                then.sources(f)?;
                write!(f, "\nWhat to do: {}.", doubt.advice())
            }
            Verdict::DoesNotHold { failure } => {
                writeln!(f, "DOES NOT HOLD: {failure}.")?;
                writeln!(
                    f,
                    "Nobody vouches for what this file says: it was damaged, altered, or is of another network."
                )?;
                f.write_str(
                    "What to do: rely on nothing in it, and ask for the proof again, from another node if need be.",
                )
            }
        }
    }
}

impl Answer {
    fn sources(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (signed, all) = (self.signed_by.len(), self.validators);
        writeln!(
            f,
            "  as of {}, block {} of chain {:?}, signed by {signed} of {all} validators:",
            self.as_of, self.height, self.chain
        )?;
        f.write_str("   ")?;
        self.signed_by.iter().try_for_each(|organisation| write!(f, " {organisation}"))?;
        if let Some(Recorded::Licence(licence)) = &self.record {
            write!(f, "\n  issued by {} for region {}", licence.base.issuer, licence.region)?;
            if let Origin::TakenOver { from } = &licence.origin {
                write!(f, "; taken over from {from}, what came before is not recorded")?;
            }
            if let Origin::TransferredIn { from } = &licence.origin {
                write!(f, "; transferred in, from {from}")?;
            }
            if licence.cancelled.is_some()
                && let Some(end) = &licence.ended
            {
                write!(f, "; before it was cancelled: {}", status::end_of(end))?;
            }
            if licence.corrected {
                f.write_str("; a clerical slip in it was corrected")?;
            }
            if licence.spared {
                f.write_str("; left standing for the public's sake, although there is a ground to annul it")?;
            }
            if licence.historic {
                f.write_str("; recorded later than it took effect")?;
            }
        }
        for height in &self.recovered_after {
            write!(
                f,
                "\n  recovered: after block {height} too many validators had lost what they signed, and all of them agreed to go \
                 on from that block under new keys"
            )?;
        }
        f.write_str("\n  not checked: ")?;
        for (place, matter) in self.not_checked.iter().enumerate() {
            let comma = if place == 0 { "" } else { "; " };
            write!(f, "{comma}{matter}")?;
        }
        Ok(())
    }
}

impl Doubt {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Doubt::TrustPeriod { .. } => "obtain a newer anchor from somebody you trust, and check again with it",
            Doubt::FromTheFuture { .. } => "set this computer's clock, and check again",
            Doubt::StillToCome { .. } => "check again when the time has come",
            Doubt::BeforeLastAct { .. } => "ask for the licence's history, or for a proof from that time",
            Doubt::Undated { .. } => "ask for a proof from that time",
            Doubt::TooOld { .. } => "ask for a fresh proof, or allow a greater age",
        }
    }
}

impl Finding {
    fn advice(&self) -> Option<&'static str> {
        match self {
            Finding::SupersededBy { .. } => Some("ask for the current version"),
            Finding::NeverIssued | Finding::NotRegistered => {
                Some("compare the identifier with the document; if they agree, the document is not genuine")
            }
            Finding::Current(Status::Transferred { .. }) => Some("ask for the licence of the body that has it now"),
            Finding::Current(Status::PendingCosign { .. }) => Some("check again when all have signed"),
            Finding::Current(_) | Finding::NotYetIssued { .. } | Finding::Registered => None,
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Current(status) => status.fmt(f),
            Finding::SupersededBy { current } => write!(f, "superseded by version {:03}, {current}", current.version()),
            Finding::NotYetIssued { issued_at } => write!(f, "not yet issued: that was at {issued_at}"),
            Finding::NeverIssued => f.write_str("unknown to the ledger: never issued"),
            Finding::Registered => f.write_str("registered"),
            Finding::NotRegistered => f.write_str("not registered"),
        }
    }
}
