//! Refusals are values: one enum per area, one variant per rule, in the order checked; each with a code that never
//! changes its meaning, what was expected and found, and what to do. Rule: design D14.
//!
//! | codes | area | class |
//! |---|---|---|
//! | 01xx | envelope | malformed: never in a block |
//! | 02xx | admission | stale: dropped by the proposer, answered at admission |
//! | 03xx | organisation | refused at execution: recorded with its code |
//! | 04xx | catalogue | refused at execution |
//! | 05xx | licence | refused at execution |
//! | 06xx | credit | refused at execution |
//! | 07xx | access | refused at execution |
//! | 08xx | case | refused at execution |
//! | 09xx | import (`bulla import`) | never in a block: why a row of a source becomes no act |
//! | 10xx | governance | refused at execution |
//! | 11xx | subject | refused at execution |
//! | 12xx | duty | refused at execution |
//! | 13xx | law | refused at execution |
//! | 14xx | erasure | refused at execution |
//! | 15xx | regions (1501 on) and recognition (1551 on) | refused at execution |

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// The stable code of a refusal, printed `BUL-0412`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BUL-{:04}", self.0)
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a block records of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// The operation took effect.
    Applied,
    /// The operation changed nothing, for the reason with this code.
    Refused(Code),
    /// The operation changed nothing because another of its all-or-nothing transaction was refused.
    Dropped,
}

/// One row of the table of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The stable code.
    pub code: Code,
    /// The name of the rule.
    pub name: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// Defines an area's refusals: code, what is said, what to do.
macro_rules! refusals {
    (
        $(#[$doc:meta])*
        pub enum $enum:ident {
            $(
                $(#[$variant_doc:meta])*
                $code:literal $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })?
                    = $text:literal, $advice:literal;
            )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum $enum {
            $(
                $(#[$variant_doc])*
                #[error($text)]
                $name $({ $($(#[$field_doc])* $field: $type),* })?,
            )*
        }

        impl $enum {
            /// The stable code.
            pub fn code(&self) -> $crate::refusal::Code {
                self.entry().code
            }

            /// What to do.
            pub fn advice(&self) -> &'static str {
                self.entry().advice
            }

            /// Every refusal of this area, in the order checked.
            pub const TABLE: &[$crate::refusal::Entry] = &[$($crate::refusal::Entry {
                code: $crate::refusal::Code($code),
                name: stringify!($name),
                advice: $advice,
            },)*];

            fn entry(&self) -> $crate::refusal::Entry {
                match self {
                    $(Self::$name $({ $($field: _),* })? => $crate::refusal::Entry {
                        code: $crate::refusal::Code($code),
                        name: stringify!($name),
                        advice: $advice,
                    },)*
                }
            }
        }
    };
}
pub(crate) use refusals;

/// Every refusal of every area.
pub fn table() -> impl Iterator<Item = &'static Entry> {
    [
        crate::transaction::Malformed::TABLE,
        crate::admission::Stale::TABLE,
        crate::organisation::Refusal::TABLE,
        crate::catalogue::Refusal::TABLE,
        crate::licence::Refusal::TABLE,
        crate::governance::Refusal::TABLE,
        crate::law::Refusal::TABLE,
        crate::subject::Refusal::TABLE,
        crate::duty::Refusal::TABLE,
        crate::credit::Refusal::TABLE,
        crate::case::Refusal::TABLE,
        crate::erasure::Refusal::TABLE,
        crate::access::Refusal::TABLE,
        crate::regions::Refusal::TABLE,
        crate::recognition::Refusal::TABLE,
    ]
    .into_iter()
    .flatten()
}

/// The row of a code.
pub fn find(code: Code) -> Option<&'static Entry> {
    table().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn no_two_rules_share_a_code() {
        let codes: BTreeSet<_> = table().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), table().count());
    }

    #[test]
    fn codes_print_with_four_digits() {
        assert_eq!(std::format!("{}", Code(412)), "BUL-0412");
    }
}
