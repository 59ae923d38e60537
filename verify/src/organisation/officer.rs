//! Officers: keys of persons under a department's key, whose acts count as the department's.
//!
//! An officer has some of the key's roles, within hours of the day, until an instant: never more than the key, and never
//! longer. Nothing says who it is but a pseudonym that the department keeps. Rules: domain section 3; `docs/decisions/0025`.

use crate::chain::Height;
use crate::keys::PublicKey;
use crate::roles::Roles;
use crate::time::{CIVIL_OFFSET_MS, DAY_MS, Millis};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

const MINUTE_MS: i64 = 60_000;
const MINUTES_OF_DAY: u16 = 1_440;

/// What a department calls a person: random, and no hash of anything. Keys that one person has have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Pseudonym(pub [u8; 16]);

/// Hours of each civil day, in minutes after midnight at +08:00: from `from`, until `until`, exclusive. Where `until` is the
/// smaller they go on over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Hours {
    /// The first minute.
    pub from: u16,
    /// The minute at which they are over; 1440 is midnight.
    pub until: u16,
}

impl Hours {
    /// Whether there is such a time of day, and the hours are not none at all.
    pub fn are_sound(self) -> bool {
        self.from < MINUTES_OF_DAY && self.until <= MINUTES_OF_DAY && self.from != self.until
    }

    /// Whether an instant lies in them.
    pub fn contain(self, instant: Millis) -> bool {
        let minute = instant.plus(CIVIL_OFFSET_MS).0.rem_euclid(DAY_MS).div_euclid(MINUTE_MS);
        let (from, until) = (i64::from(self.from), i64::from(self.until));
        if from < until { (from..until).contains(&minute) } else { minute >= from || minute < until }
    }
}

/// What a department's key lets a person's key do.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Appointment {
    /// The person's key.
    pub key: PublicKey,
    /// The department's key, without which it is nothing.
    pub under: PublicKey,
    /// What it may do: roles of that key, the registrar's not among them.
    pub roles: Roles,
    /// At what time of day; at any, if none are given.
    pub hours: Option<Hours>,
    /// The instant at which it is over.
    pub expires_at: Millis,
    /// Whose it is.
    pub pseudonym: Pseudonym,
}

/// An officer: an appointment, and for which heights it holds.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Officer {
    /// What it may do.
    pub appointment: Appointment,
    /// The first height at which it may act.
    pub from: Height,
    /// The first height at which it may act no more, once it is dismissed.
    pub until: Option<Height>,
}

impl Officer {
    /// Whether it may act in a block of this height and time, as far as it depends on the officer alone.
    pub fn is_active(&self, height: Height, time: Millis) -> bool {
        let Appointment { hours, expires_at, .. } = self.appointment;
        self.from <= height
            && self.until.is_none_or(|until| height < until)
            && time < expires_at
            && hours.is_none_or(|hours| hours.contain(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Date;

    #[test]
    fn hours_are_of_the_civil_day_and_may_pass_midnight() {
        let at =
            |hours: i64, minutes: i64| Date::new(2026, 3, 1).unwrap().start().plus((hours * 60 + minutes) * MINUTE_MS);
        let office = Hours { from: 9 * 60, until: 17 * 60 + 30 };
        assert!(office.contain(at(9, 0)) && office.contain(at(17, 29).plus(MINUTE_MS - 1)));
        assert!(!office.contain(at(9, 0).plus(-1)) && !office.contain(at(17, 30)));
        let night = Hours { from: 22 * 60, until: 6 * 60 };
        assert!(night.contain(at(22, 0)) && night.contain(at(24, 0)) && night.contain(at(29, 59)));
        assert!(!night.contain(at(6, 0)) && !night.contain(at(21, 59)));
        assert!(office.are_sound() && night.are_sound() && Hours { from: 0, until: 1_440 }.are_sound());
        for (from, until) in [(600, 600), (1_440, 3), (0, 1_441)] {
            assert!(!Hours { from, until }.are_sound());
        }
    }
}
