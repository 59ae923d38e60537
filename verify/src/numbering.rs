//! How records are named that a body numbers: `ORG/number`, where ORG is the body's unified social credit code.
//!
//! What a catalogue defines has a decimal number, `11100000000013338W/12`. What a body records of somebody has 16 random bytes,
//! so that its name tells nothing: `11100000000013338W/` and 32 hexadecimal digits. Nothing else is read as either: no upper
//! case, no sign, no leading zero.

use crate::identifiers::uscc::Uscc;
use core::fmt;

/// Why a text names no record that a body numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// Usual cause: a number without the body that gave it.
    #[error("a record's name reads ORG/NUMBER; give the body's 18 characters, a slash, and the number")]
    Form,
    /// Usual cause: a mistyped code.
    #[error("what stands before the slash is no unified social credit code; check it")]
    Body,
    /// Usual cause: digits that were lost in copying.
    #[error(
        "what stands after the slash is none of 32 hexadecimal digits, in lower case; copy them as they were printed"
    )]
    Random,
    /// Usual cause: the number of something else.
    #[error("what stands after the slash is no number of a catalogue, 0 to 65535; check it")]
    Catalogue,
}

/// Reads a body and 16 random bytes.
pub(crate) fn random(text: &str) -> Result<(Uscc, [u8; 16]), NotANumber> {
    let (body, number) = split(text)?;
    let mut bytes = [0; 16];
    let lower = number.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    hex::decode_to_slice(number, &mut bytes).ok().filter(|()| lower).ok_or(NotANumber::Random)?;
    Ok((body, bytes))
}

/// Reads a body and its number of something in a catalogue.
pub(crate) fn catalogued(text: &str) -> Result<(Uscc, u16), NotANumber> {
    let (body, digits) = split(text)?;
    let number: u16 = digits.parse().map_err(|_| NotANumber::Catalogue)?;
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
    if plain { Ok((body, number)) } else { Err(NotANumber::Catalogue) }
}

/// Writes a body and 16 random bytes.
pub(crate) fn write_random(f: &mut fmt::Formatter<'_>, body: Uscc, number: &[u8; 16]) -> fmt::Result {
    write!(f, "{body}/")?;
    number.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn split(text: &str) -> Result<(Uscc, &str), NotANumber> {
    let (body, number) = text.split_once('/').ok_or(NotANumber::Form)?;
    Ok((body.parse().map_err(|_| NotANumber::Body)?, number))
}

/// How a name of random bytes is written, read, and told to programs.
macro_rules! random_names {
    ($($name:ident: $body:ident, $word:literal;)*) => {$(
        /// The body, a slash, and 32 hexadecimal digits.
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::numbering::write_random(f, self.$body, &self.number)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!($word, " {}"), self)
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::numbering::NotANumber;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::numbering::random(text).map(|($body, number)| $name { $body, number })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

/// How a name in a catalogue is written and read.
macro_rules! catalogue_names {
    ($($name:ident: $body:ident;)*) => {$(
        /// The body, a slash, and its number: `11100000000013338W/12`.
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}/{}", self.$body, self.number)
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::numbering::NotANumber;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::numbering::catalogued(text).map(|($body, number)| $name { $body, number })
            }
        }
    )*};
}

pub(crate) use {catalogue_names, random_names};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::{EventId, ItemCode};
    use alloc::string::ToString;

    const BODY: &str = "11100000000013338W";

    #[test]
    fn a_name_is_read_as_it_is_written_and_in_no_other_way() {
        let event = EventId { recorder: BODY.parse().unwrap(), number: [0xab; 16] };
        assert_eq!(event.to_string().parse(), Ok(event));
        assert_eq!(event.to_string().to_uppercase().parse::<EventId>(), Err(NotANumber::Random));
        let item = ItemCode { owner: BODY.parse().unwrap(), number: 12 };
        assert_eq!(item.to_string().parse(), Ok(item));
        for number in ["", "012", "+12", "65536", "x"] {
            assert_eq!(alloc::format!("{BODY}/{number}").parse::<ItemCode>(), Err(NotANumber::Catalogue), "{number}");
        }
        assert_eq!(alloc::format!("{BODY}/0").parse(), Ok(ItemCode { number: 0, ..item }));
        assert_eq!(BODY.parse::<ItemCode>(), Err(NotANumber::Form));
        assert_eq!("1/2".parse::<ItemCode>(), Err(NotANumber::Body));
    }
}
