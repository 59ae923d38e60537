//! The identifiers that records are written with, each a type that cannot hold an invalid one.
//!
//! Every way in checks the same rules: from text, from canonical bytes, from JSON. What is checked is arithmetic and
//! structure; that a code was ever issued to anyone is for the registries on the chain to say.

/// JSON as text, through `Display` and `FromStr`, so that what is invalid as text is invalid there too.
macro_rules! serde_as_text {
    ($($name:ty),*) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <alloc::string::String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

pub(crate) mod citizen;
pub mod licence_id;
pub mod organisation_code;
pub mod region;
pub mod uscc;

use alloc::string::ToString;

/// The error with which canonical decoding refuses a value that breaks its own rules.
fn not_canonical(reason: impl core::error::Error) -> borsh::io::Error {
    borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, reason.to_string())
}
