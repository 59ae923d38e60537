//! Figures: how many acts of a kind a body did in a region on a day. They stand in the state, so that a published figure can
//! carry a proof.
//!
//! Whoever holds the blocks can count the acts himself, so nothing here is secret from him. Whoever is shown a proof of
//! something else sees hashes of neighbouring records, and could try what small count one of them is of: so each figure has a
//! salt made of the acts that it counts, which nobody can guess who does not hold them. What counts few acts is not published:
//! [`published`] answers "fewer than k", of none and of some alike, and that answer carries no proof.
//! Rules: `docs/decisions/0029`.

use crate::access::ResourceCode;
use crate::case::ServiceCode;
use crate::credit::ItemCode;
use crate::hash::{Context, Hash};
use crate::identifiers::licence_id::LicenceTypeCode;
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::time::{CIVIL_OFFSET_MS, DAY_MS, Millis};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::Serialize;

/// The least count that is published as it is: of fewer acts, somebody may know whose they were.
pub const LEAST_PUBLISHED: u64 = 10;

/// What one figure counts: the name of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
pub struct FigureName {
    /// The region that the licence, event, case or access is of.
    pub region: RegionCode,
    /// The body that acted.
    pub organisation: Uscc,
    /// What was done.
    pub item: Item,
    /// The civil day of the block, as [`civil_day`] counts. Of a historic act too: it is counted when it is recorded.
    pub day: i64,
}

/// What can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Something happened to licences of a type.
    Licence(LicenceTypeCode, LicenceEvent),
    /// Credit events of an item were recorded.
    Credit(ItemCode),
    /// Tickets for a resource were opened; a batch is one.
    Access(ResourceCode),
    /// Something happened to cases of a service item.
    Case(ServiceCode, CaseEvent),
}

/// What happens to a licence and is counted. The order is part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceEvent {
    /// It was issued; jointly, when enough bodies had signed.
    Issued,
    /// It was taken over from another register.
    TakenOver,
    /// It was revoked.
    Revoked,
    /// It was withdrawn.
    Withdrawn,
    /// It was annulled.
    Annulled,
    /// It was cancelled.
    Cancelled,
}

/// What happens to a case and is counted. The order is part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseEvent {
    /// It was accepted.
    Accepted,
    /// What was asked for was granted.
    Granted,
    /// What was asked for was refused.
    Refused,
}

/// How many there were. None is no record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Figure {
    /// How many acts.
    pub count: u64,
    /// A hash over all of them, each with what nobody can guess.
    pub salt: Hash,
}

/// What is said of a figure to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// So many: a proof goes with it.
    Exactly(u64),
    /// Fewer than so many, or none. No proof goes with it: neither of the record, nor of its absence.
    FewerThan(u64),
}

/// The civil day of an instant, counted from 1 January 1970.
pub fn civil_day(at: Millis) -> i64 {
    at.plus(CIVIL_OFFSET_MS).0.div_euclid(DAY_MS)
}

/// What may be said of a figure, or of the lack of one, where fewer than `least` are not told.
pub fn published(figure: Option<&Figure>, least: u64) -> Published {
    let count = figure.map_or(0, |figure| figure.count);
    if count < least { Published::FewerThan(least) } else { Published::Exactly(count) }
}

impl Figure {
    /// The figure with one act more. What the act adds to the salt is a hash that depends on something secret or random in it.
    #[must_use]
    pub fn counting(&self, act: &Hash) -> Figure {
        Figure { count: self.count.saturating_add(1), salt: Context::Figure.hash_pair(&self.salt, act) }
    }
}

impl Published {
    /// Whether the record may be shown, with a proof.
    pub fn carries_proof(&self) -> bool {
        match self {
            Published::Exactly(_) => true,
            Published::FewerThan(_) => false,
        }
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Published::Exactly(count) => count.fmt(f),
            Published::FewerThan(least) => write!(f, "< {least}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Date;
    use std::string::ToString;

    #[test]
    fn few_are_said_to_be_few_and_carry_no_proof() {
        let of = |count| Figure { count, salt: Hash::default() };
        for (count, text, proof) in [(1, "< 10", false), (9, "< 10", false), (10, "10", true), (11, "11", true)] {
            let said = published(Some(&of(count)), LEAST_PUBLISHED);
            assert_eq!((said.to_string().as_str(), said.carries_proof()), (text, proof));
        }
        assert_eq!(published(None, LEAST_PUBLISHED), published(Some(&of(3)), LEAST_PUBLISHED), "none and some alike");
    }

    /// Two figures of as many acts, of which one act differs, have nothing in common but the count.
    #[test]
    fn the_salt_is_of_every_act_in_its_order() {
        let acts = [1, 2, 3].map(|byte| Hash([byte; 32]));
        let of = |order: &[usize]| order.iter().fold(Figure::default(), |figure, place| figure.counting(&acts[*place]));
        assert_eq!(of(&[0, 1]), of(&[0, 1]));
        let salts = [of(&[0, 1]).salt, of(&[1, 0]).salt, of(&[0, 2]).salt, of(&[2, 1]).salt];
        for (place, salt) in salts.iter().enumerate() {
            assert_eq!(salts.iter().position(|other| other == salt), Some(place));
        }
        assert_eq!(of(&[0, 1, 2]).count, 3);
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_office() {
        let date: Date = "1970-01-02".parse().unwrap();
        assert_eq!(civil_day(date.start()), 1);
        assert_eq!(civil_day(date.start().plus(-1)), 0);
        assert_eq!(civil_day(date.end().plus(-1)), 1);
    }
}
