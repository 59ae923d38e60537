//! Why a row comes to no act at all: what the import itself refuses, before the ledger could.
//!
//! The ledger judges whatever can be said to it; these rows cannot be. Codes are of the area 09xx, which no ledger uses.

use bulla_verify::identifiers::licence_id::MAX_SERIAL;
use bulla_verify::refusal::Code;
use bulla_verify::time::Millis;

/// Why no act can be formed from a row, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unformed {
    /// Usual cause: a comma within a cell that has no quotes.
    #[error("the row has other cells than the header; put quotes around cells with commas")]
    Cells,
    /// Nothing says whose licence it is. A source is 1 to 40 small letters, digits, hyphens and underlines.
    #[error("the row names no source or no licence; give both")]
    NoLicence,
    /// The table of docs/import.md gives every event that is known.
    #[error("the event {event} is not in the table of events; see docs/import.md")]
    UnknownEvent {
        /// The event.
        event: String,
    },
    /// An act without a date cannot be historic, and now it did not happen.
    #[error("the row has no date that exists; give event_date as 2024-02-29")]
    NoDate,
    /// Usual cause: a date in another form.
    #[error("{column} is no date that exists; give it as 2024-02-29, or leave it empty")]
    BadTerm {
        /// The column.
        column: &'static str,
    },
    /// An empty cell is no proof that a licence runs for ever.
    #[error("the row begins a term and does not say when it ends; give valid_to")]
    NoEnd,
    /// Two numbers that differ in hyphens and the like alone. Their licences are never taken for one.
    #[error("licence {other} has the same serial; give the licence another number")]
    SerialTaken {
        /// The number that came first.
        other: String,
    },
    /// The serial looks like a person's number. Which, is not repeated here.
    #[error("the licence's number looks like a person's: it is never recorded; give the licence another number")]
    Personal,
    /// Neither a code nor a name, or a name that no type can have.
    #[error("the row names no type of licence that can be registered; give licence_type in at most 100 bytes")]
    NoType,
    /// An owner numbers its types with three digits.
    #[error("the source has more than 1,000 types of licence; divide it")]
    TypesFull,
    /// A licence keeps its type: another type is another licence.
    #[error("the licence has another type in its earlier rows; give it another number")]
    AnotherType,
    /// Fields have a bound.
    #[error("a cell has more than 1,024 bytes; shorten it")]
    LongCell,
    /// Nothing is to be done when a term ends; but then it must have ended.
    #[error("the row says that the term ended, the record says that it ends at {}; correct one of them",
        .until.map_or_else(|| "no time".to_owned(), |until| until.to_string()))]
    NotEnded {
        /// When the recorded term ends.
        until: Option<Millis>,
    },
    /// The table of docs/import.md gives every status that is known.
    #[error("the status {status} is not in the table of statuses; see docs/import.md")]
    UnknownStatus {
        /// The status.
        status: String,
    },
    /// Nothing says whose event it is.
    #[error("the row names no source or no subject; give both")]
    NoSubject,
    /// Usual cause: two dates that were exchanged.
    #[error("the row says that it was resolved before it happened; correct one of the dates")]
    ResolvedBefore,
}

impl Unformed {
    /// The stable code.
    pub(crate) fn code(&self) -> Code {
        Code(match self {
            Unformed::Cells => 901,
            Unformed::NoLicence => 902,
            Unformed::UnknownEvent { .. } => 903,
            Unformed::NoDate => 904,
            Unformed::BadTerm { .. } => 905,
            Unformed::NoEnd => 906,
            Unformed::SerialTaken { .. } => 907,
            Unformed::Personal => 908,
            Unformed::NoType => 909,
            Unformed::TypesFull => 910,
            Unformed::AnotherType => 911,
            Unformed::LongCell => 912,
            Unformed::NotEnded { .. } => 913,
            Unformed::UnknownStatus { .. } => 914,
            Unformed::NoSubject => 915,
            Unformed::ResolvedBefore => 916,
        })
    }
}

/// A serial from a register's own number: letters in upper case and digits as they stand, all else left out. A number that
/// is longer than a serial, or has other characters than letters, digits, spaces, hyphens, points and slashes, becomes 16
/// characters of what is left and 16 of a hash of it all.
///
/// Two numbers can come to one serial; whoever plans must hold them apart ([`Unformed::SerialTaken`]).
pub(crate) fn serial(licence_no: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '/');
    let kept: String = licence_no.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    if licence_no.chars().all(plain) && (1..=MAX_SERIAL).contains(&kept.len()) {
        return kept;
    }
    let digest = bulla_verify::hash::Context::ImportNonce.hash(licence_no.as_bytes());
    let tail = digest.to_string().to_ascii_uppercase();
    kept.chars().take(MAX_SERIAL / 2).chain(tail.chars().take(MAX_SERIAL / 2)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::identifiers::licence_id::Serial;
    use proptest::prelude::*;

    #[test]
    fn real_numbers_stay_readable() {
        assert_eq!(serial("NYC-0427870-DCA"), "NYC0427870DCA");
        assert_eq!(serial("ORE-010-1002015CA5E"), "ORE0101002015CA5E");
        assert_eq!(serial("NY-OCM-CAURD-23-000003"), "NYOCMCAURD23000003");
    }

    #[test]
    fn what_a_serial_cannot_show_is_told_apart_by_a_hash() {
        assert_ne!(serial("粤A-1"), serial("京A-1"));
        assert!(serial("粤A-1").starts_with("A1"));
        assert_ne!(serial(&"7".repeat(33)), serial(&"7".repeat(34)));
        assert!(serial("-").parse::<Serial>().is_ok());
    }

    proptest! {
        #[test]
        fn every_number_has_a_serial(number in any::<String>()) {
            prop_assert!(serial(&number).parse::<Serial>().is_ok());
            prop_assert_eq!(serial(&number), serial(&number));
        }

        #[test]
        fn numbers_of_letters_and_digits_keep_apart(a in "[0-9A-Z]{1,40}", b in "[0-9A-Z]{1,40}") {
            prop_assert_eq!(a == b, serial(&a) == serial(&b));
        }
    }
}
