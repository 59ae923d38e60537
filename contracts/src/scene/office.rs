//! Officers of the city, the keys that follow one another, and competences with dates.

use super::{Scene, city, day, hash, key, region, roles};
use bulla_verify::catalogue::{self, Competence, Dates};
use bulla_verify::identifiers::licence_id::LicenceTypeCode;
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{self, Appointment, Hours, KeyCommitment, Pseudonym};
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;

/// The key of the person with a number.
pub(crate) fn officer_key(number: u8) -> SigningKey {
    SigningKey::from_seed(&hash(&format!("officer {number}")).0)
}

/// The key that comes after others of its line: 1 follows the first.
pub(crate) fn next_key(number: u8) -> SigningKey {
    SigningKey::from_seed(&hash(&format!("next key {number}")).0)
}

/// An officer under the city's issuing key, for the first year of the scene, at any hour.
pub(crate) fn appointment(number: u8) -> Appointment {
    Appointment {
        key: officer_key(number).public(),
        under: key(city(), Role::Issuer).public(),
        roles: roles(&[Role::Issuer]),
        hours: None,
        expires_at: day(365),
        pseudonym: Pseudonym([number; 16]),
    }
}

pub(crate) const OFFICE_HOURS: Hours = Hours { from: 9 * 60, until: 17 * 60 };

pub(crate) fn appoint(appointment: Appointment) -> Operation {
    Operation::Organisation(organisation::Act::Appoint(appointment))
}

pub(crate) fn dismiss(number: u8) -> Operation {
    Operation::Organisation(organisation::Act::Dismiss { key: officer_key(number).public() })
}

pub(crate) fn commit_next(key: PublicKey, next: &SigningKey) -> Operation {
    let next = KeyCommitment::to(&next.public());
    Operation::Organisation(organisation::Act::CommitNext { key, next })
}

pub(crate) fn rotate(key: PublicKey, to: &SigningKey, next: Option<&SigningKey>) -> Operation {
    let next = next.map(|next| KeyCommitment::to(&next.public()));
    Operation::Organisation(organisation::Act::Rotate { key, to: to.public(), next })
}

pub(crate) fn compromise(key: PublicKey, since: Millis) -> Operation {
    Operation::Organisation(organisation::Act::ReportCompromise { key, since })
}

pub(crate) fn demand(type_code: LicenceTypeCode, two_officers: bool) -> Operation {
    Operation::Catalogue(catalogue::Act::Demand { type_code, two_officers })
}

pub(crate) fn dates(from: i64, until: i64) -> Dates {
    Dates { from: day(from), until: Some(day(until)) }
}

pub(crate) fn grant_for(type_code: LicenceTypeCode, organisation: Uscc, code: &str, dates: Dates) -> Operation {
    let competence = Competence { type_code, organisation, region: region(code) };
    Operation::Catalogue(catalogue::Act::GrantFor { competence, dates })
}

pub(crate) fn delegate(
    by: Uscc,
    type_code: LicenceTypeCode,
    organisation: Uscc,
    code: &str,
    dates: Dates,
) -> Operation {
    let competence = Competence { type_code, organisation, region: region(code) };
    Operation::Catalogue(catalogue::Act::Delegate { competence, dates, by })
}

impl Scene {
    /// Has the city's issuing key appoint the persons with these numbers.
    pub(crate) fn appoint(&mut self, numbers: &[u8]) {
        for number in numbers {
            self.accept(&[&key(city(), Role::Issuer)], appoint(appointment(*number)));
        }
    }
}
