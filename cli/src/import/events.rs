//! The table of docs/import.md: which acts an event of the register comes to, given the record as it stands.

use super::unformed::Unformed;
use bulla_verify::hash::Hash;
use bulla_verify::identifiers::region::RegionCode;
use bulla_verify::licence::{Change, Grant, Licence, Term};
use bulla_verify::name::Name;
use bulla_verify::status::{Status, status};
use bulla_verify::time::{Date, Millis};

/// A kind of event. Names that mean one thing are one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Issue,
    PresentAtStart,
    /// RENEW, TERM_SET.
    Renew,
    ShortenTerm,
    /// CHANGE_*, AMEND_*.
    Amend,
    ChangeHolder,
    Suspend,
    Inactive,
    TermBlanked,
    /// REACTIVATE, RELIST.
    Resume,
    Revoke,
    /// CANCEL, SURRENDER, DELIST.
    Cancel,
    Expire,
}

impl Kind {
    pub(super) fn of(event: &str) -> Result<Kind, Unformed> {
        Ok(match event {
            "ISSUE" => Kind::Issue,
            "PRESENT_AT_START" => Kind::PresentAtStart,
            "RENEW" | "TERM_SET" => Kind::Renew,
            "SHORTEN_TERM" => Kind::ShortenTerm,
            "CHANGE_HOLDER" => Kind::ChangeHolder,
            "SUSPEND" => Kind::Suspend,
            "INACTIVE" => Kind::Inactive,
            "TERM_BLANKED" => Kind::TermBlanked,
            "REACTIVATE" | "RELIST" => Kind::Resume,
            "REVOKE" => Kind::Revoke,
            "CANCEL" | "SURRENDER" | "DELIST" => Kind::Cancel,
            "EXPIRE" => Kind::Expire,
            other if other.starts_with("CHANGE_") || other.starts_with("AMEND_") => Kind::Amend,
            other => return Err(Unformed::UnknownEvent { event: other.to_owned() }),
        })
    }

    /// Whether a suspension that such a row makes stands for a term that the register does not show, and ends with the next
    /// that it does.
    pub(super) fn blanks_a_term(self) -> bool {
        matches!(self, Kind::TermBlanked | Kind::PresentAtStart | Kind::Amend | Kind::ChangeHolder)
    }

    /// The order of events of one licence and day, which registers seen day by day do not tell: first what opens a record,
    /// then what sets its term, what it says, what suspends it and what ends it. What resumes it goes before the term if it
    /// is suspended then, since a suspended licence cannot be renewed, and after it if not: an expired one cannot be resumed.
    pub(super) fn rank(self, is_suspended: bool) -> u8 {
        match self {
            Kind::Issue | Kind::PresentAtStart => 0,
            Kind::Resume if is_suspended => 1,
            Kind::Renew | Kind::ShortenTerm => 2,
            Kind::Amend | Kind::ChangeHolder => 3,
            Kind::Resume => 4,
            Kind::Suspend | Kind::Inactive | Kind::TermBlanked => 5,
            Kind::Revoke => 6,
            Kind::Cancel => 7,
            Kind::Expire => 8,
        }
    }
}

/// What a row says, as the ledger would have it.
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) date: Date,
    pub(super) valid_from: Option<Date>,
    pub(super) valid_to: Option<Date>,
    pub(super) contents: Hash,
    pub(super) holder: Hash,
    pub(super) region: RegionCode,
    pub(super) register: Name,
}

/// What a row comes to.
pub(super) enum Meaning {
    /// These changes, in this order, all at the row's date.
    Changes(Vec<Change>),
    /// Nothing: the licence ended by its term, and the record says so by itself.
    EndedByItsTerm,
}

impl Said {
    pub(super) fn at(&self) -> Millis {
        self.date.start()
    }

    /// The row's meaning for a licence with this record, or with none. `is_blanked`: suspended by a blanked term.
    pub(super) fn meaning(&self, record: Option<&Licence>, is_blanked: bool) -> Result<Meaning, Unformed> {
        match record {
            None => self.opening().map(Meaning::Changes),
            Some(licence) => self.change(licence, is_blanked),
        }
    }

    /// An unknown earlier history is opened by taking the licence over, as it is after the row.
    fn opening(&self) -> Result<Vec<Change>, Unformed> {
        let known = self.valid_to.is_some();
        let then = match self.kind {
            Kind::Issue => return Ok(vec![Change::Issue(self.grant()?)]),
            Kind::Renew | Kind::ShortenTerm | Kind::Resume | Kind::Expire => None,
            // The register that blanks a term while a renewal is pending shows it blank in these rows too.
            Kind::PresentAtStart | Kind::Amend | Kind::ChangeHolder => (!known).then(|| self.suspension()),
            Kind::Inactive => (!self.says_ended()).then(|| self.suspension()),
            Kind::Suspend | Kind::TermBlanked => Some(self.suspension()),
            Kind::Revoke => Some(Change::Revoke),
            Kind::Cancel => Some(Change::Cancel),
        };
        // Without an end it is only opened together with what takes it out of force.
        let grant = if then.is_some() { self.grant_for(self.term()) } else { self.grant()? };
        let open = Change::TakeOver { from: self.register.clone(), grant };
        Ok([Some(open), then].into_iter().flatten().collect())
    }

    fn change(&self, licence: &Licence, is_blanked: bool) -> Result<Meaning, Unformed> {
        let found = status(licence, self.at());
        Ok(Meaning::Changes(match self.kind {
            Kind::Issue => vec![Change::Issue(self.grant()?)],
            Kind::PresentAtStart => {
                vec![Change::TakeOver { from: self.register.clone(), grant: self.grant_for(self.term()) }]
            }
            Kind::Renew => self.renewal(found, is_blanked)?,
            Kind::ShortenTerm => vec![self.amendment(Some(self.end()?), None)],
            Kind::Amend | Kind::ChangeHolder => vec![self.change_of_contents(licence)],
            Kind::Inactive
                if matches!(found, Status::Expired { .. }) && (self.says_ended() || self.valid_to.is_none()) =>
            {
                return Ok(Meaning::EndedByItsTerm);
            }
            Kind::Suspend | Kind::Inactive | Kind::TermBlanked => vec![self.suspension()],
            Kind::Resume => vec![Change::Resume],
            Kind::Revoke => vec![Change::Revoke],
            Kind::Cancel => vec![Change::Cancel],
            Kind::Expire if licence.term.has_ended(self.date.end()) => return Ok(Meaning::EndedByItsTerm),
            Kind::Expire => return Err(Unformed::NotEnded { until: licence.term.until }),
        }))
    }

    /// A suspension for a blanked term ends with the term that is set: before it if it runs, after it if the old term ended.
    fn renewal(&self, found: Status, is_blanked: bool) -> Result<Vec<Change>, Unformed> {
        self.end()?;
        let renew = Change::Renew { term: self.term(), contents: self.contents };
        let is_suspended = matches!(found, Status::Suspended { .. });
        let is_expired = matches!(found, Status::Expired { .. });
        Ok(match is_blanked {
            true if is_suspended => vec![Change::Resume, renew],
            true if is_expired => vec![renew, Change::Resume],
            true | false => vec![renew],
        })
    }

    /// A change that comes with a longer term is a renewal, which changes contents too.
    fn change_of_contents(&self, licence: &Licence) -> Change {
        let shown = self.valid_to.map(Date::end);
        let longer = shown.zip(licence.term.until).is_some_and(|(shown, ends)| ends < shown);
        if longer && self.kind == Kind::Amend {
            return Change::Renew { term: self.term(), contents: self.contents };
        }
        let shorter = shown.filter(|shown| licence.term.until.is_none_or(|ends| *shown < ends));
        self.amendment(shorter, (self.kind == Kind::ChangeHolder).then_some(self.holder))
    }

    fn amendment(&self, until: Option<Millis>, holder: Option<Hash>) -> Change {
        Change::Amend { contents: self.contents, until, holder, holding: None }
    }

    fn suspension(&self) -> Change {
        Change::Suspend { from: None, until: None }
    }

    fn grant(&self) -> Result<Grant, Unformed> {
        self.end()?;
        Ok(self.grant_for(self.term()))
    }

    fn grant_for(&self, term: Term) -> Grant {
        Grant { region: self.region, holder: self.holder, holding: None, contents: self.contents, term }
    }

    fn end(&self) -> Result<Millis, Unformed> {
        self.valid_to.map(Date::end).ok_or(Unformed::NoEnd)
    }

    /// Whether the row itself shows a term that was over on its date.
    fn says_ended(&self) -> bool {
        self.valid_to.is_some_and(|last_day| last_day < self.date)
    }

    /// The term that the row shows. One whose beginning it does not show begins on its date, or on its last day if that was
    /// earlier. In two kinds of rows the register's column valid_from holds the end of the former term.
    fn term(&self) -> Term {
        let shows_old_end = matches!(self.kind, Kind::ShortenTerm | Kind::TermBlanked);
        let unknown = self.valid_to.map_or(self.date, |last_day| last_day.min(self.date));
        let first_day = self.valid_from.filter(|_| !shows_old_end).unwrap_or(unknown);
        Term { from: first_day.start(), until: self.valid_to.map(Date::end) }
    }
}
