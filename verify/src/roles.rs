//! What a key may do.

use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $bit:literal $text:literal,)*) => {
        /// A role of a key. Source: design D20.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum Role { $($(#[$doc])* #[serde(rename = $text)] $name = 1 << $bit,)* }

        impl Role {
            /// Every role.
            pub const ALL: &[Role] = &[$(Role::$name,)*];

            /// Its name in files, commands and messages.
            pub const fn text(self) -> &'static str {
                match self { $(Role::$name => $text,)* }
            }

            const fn bit(self) -> u16 {
                match self { $(Role::$name => 1 << $bit,)* }
            }
        }
    };
}

roles! {
    /// Registers organisations, keys, types and competences beneath its own body.
    Registrar = 0 "registrar",
    /// Records acts that took effect before they came to the ledger.
    HistoricalRegistrar = 1 "historical-registrar",
    /// Issues licences and acts on them.
    Issuer = 2 "issuer",
    /// Records credit events.
    Recorder = 3 "recorder",
    /// Releases data of its body.
    Steward = 4 "steward",
    /// Reads all metadata.
    Auditor = 5 "auditor",
    /// Registers handles of subjects.
    IdentityAuthority = 6 "identity-authority",
    /// Runs a node.
    Operator = 7 "operator",
    /// Watches over the bodies beneath its own: escalates their overdue duties, and decides what they left undecided.
    Supervisor = 8 "supervisor",
    /// Files what subjects ask for: objections, statements, applications.
    Intake = 9 "intake",
    /// Asks for data of other bodies and opens tickets for it.
    Consumer = 10 "consumer",
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A text that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such role: registrar, historical-registrar, issuer, recorder, steward, auditor, identity-authority, operator, \
     supervisor, intake, consumer"
)]
pub struct NotARole;

impl core::str::FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Role::ALL.iter().copied().find(|role| role.text() == text).ok_or(NotARole)
    }
}

/// A set of roles; on the wire a `u16` with one bit each, and no other bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize)]
pub struct Roles(u16);

impl Roles {
    /// Whether a role is among them.
    pub fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether all of them are among others.
    pub fn are_among(self, others: Roles) -> bool {
        self.0 & !others.0 == 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Roles(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

impl BorshDeserialize for Roles {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let bits = u16::deserialize_reader(reader)?;
        let known: Roles = Role::ALL.iter().copied().collect();
        if bits & !known.0 != 0 {
            return Err(borsh::io::ErrorKind::InvalidData.into());
        }
        Ok(Roles(bits))
    }
}

impl Serialize for Roles {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(<Vec<Role> as Deserialize>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{DecodeError, decode, encode};

    fn roles(roles: &[Role]) -> Roles {
        roles.iter().copied().collect()
    }

    #[test]
    fn every_role_has_its_own_bit_and_name() {
        let all = roles(Role::ALL);
        assert_eq!(all.iter().collect::<Vec<_>>(), Role::ALL);
        for role in Role::ALL {
            assert_eq!(role.text().parse(), Ok(*role));
            assert_eq!(roles(&[*role]).iter().collect::<Vec<_>>(), [*role]);
        }
        assert_eq!("Registrar".parse::<Role>(), Err(NotARole));
    }

    /// The bits are part of the format.
    #[test]
    fn a_set_is_two_bytes_with_the_first_role_lowest() {
        assert_eq!(encode(&roles(&[Role::Registrar, Role::Issuer])), [0b101, 0]);
        assert_eq!(encode(&roles(Role::ALL)), [0xff, 0b111]);
        assert_eq!(decode(&[0b101, 0], 2), Ok(roles(&[Role::Issuer, Role::Registrar])));
        assert_eq!(decode::<Roles>(&[0, 0b1000], 2), Err(DecodeError::NotCanonical), "a bit that is no role");
        assert!(decode::<Roles>(&[0, 0], 2).unwrap().is_empty());
    }

    #[test]
    fn json_lists_the_names() {
        let set = roles(&[Role::HistoricalRegistrar, Role::Registrar]);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["registrar","historical-registrar"]"#);
        assert_eq!(serde_json::from_str::<Roles>(&json).unwrap(), set);
        assert!(serde_json::from_str::<Roles>(r#"["king"]"#).is_err());
    }
}
