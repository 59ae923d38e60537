//! The official name of a body or a type: the only text of the ledger that is not a code.

use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// The most bytes that a name may have: forty Chinese characters.
pub const MAX_NAME_BYTES: usize = 120;

/// A name of 1 to [`MAX_NAME_BYTES`] bytes of UTF-8, with no control character and no space at either end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Name(String);

/// A text that is no [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {MAX_NAME_BYTES} bytes, no control character and no space at its ends")]
pub struct NotAName;

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::str::FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let fits = (1..=MAX_NAME_BYTES).contains(&text.len());
        let clean = text.trim() == text && !text.chars().any(char::is_control);
        if fits && clean { Ok(Name(text.into())) } else { Err(NotAName) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl BorshDeserialize for Name {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let invalid = || borsh::io::Error::from(borsh::io::ErrorKind::InvalidData);
        let length = usize::try_from(u32::deserialize_reader(reader)?).map_err(|_| invalid())?;
        if length > MAX_NAME_BYTES {
            return Err(invalid());
        }
        let mut bytes = alloc::vec![0; length];
        reader.read_exact(&mut bytes)?;
        String::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(invalid)
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{decode, encode};

    #[test]
    fn forty_chinese_characters_fit() {
        assert!("局".repeat(40).parse::<Name>().is_ok());
        assert_eq!("局".repeat(41).parse::<Name>(), Err(NotAName));
        assert!("a".repeat(MAX_NAME_BYTES).parse::<Name>().is_ok());
        assert_eq!("a".repeat(MAX_NAME_BYTES.saturating_add(1)).parse::<Name>(), Err(NotAName));
    }

    #[test]
    fn empty_padded_and_control_characters_are_refused_on_every_way_in() {
        for text in ["", " a", "a ", "\u{3000}局", "a\nb", "a\u{0}", "\u{85}"] {
            assert_eq!(text.parse::<Name>(), Err(NotAName), "{text:?}");
            assert!(decode::<Name>(&encode(text), 200).is_err(), "{text:?}");
            assert!(serde_json::from_str::<Name>(&serde_json::to_string(text).unwrap()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn bytes_and_json_give_the_name_back() {
        let name: Name = "深圳市 局 (A)".parse().unwrap();
        assert_eq!(decode(&encode(&name), 200).as_ref(), Ok(&name));
        assert_eq!(encode(&name), encode(name.as_str()));
        assert_eq!(serde_json::from_str::<Name>("\"深圳市 局 (A)\"").unwrap(), name);
        let mut broken = encode(&name);
        broken[4] = 0xff;
        assert!(decode::<Name>(&broken, 200).is_err(), "not UTF-8");
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_it_is_read() {
        assert!(decode::<Name>(&encode(&u32::MAX), 200).is_err());
    }
}
