//! Unified social credit codes (统一社会信用代码, GB 32100-2015): who an organisation is.
//!
//! Eighteen characters: registering department, class, region (6), organisation code (9, the last its own check), check.
//! Both checks must hold. Whether the code was ever issued, and to whom, is not judged here.

use super::{not_canonical, organisation_code};
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};

/// The 31 characters of GB 32100, in order of value. I, O, S, V and Z are left out as too like digits and one another.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Position i weighs 3^(i-1) mod 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A unified social credit code whose both check characters hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Uscc([u8; 18]);

/// Why a text is no unified social credit code, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// Not 18 characters. Usual cause: a 15-digit registration number or a 9-character organisation code from before 2015.
    #[error("a unified social credit code has 18 characters, this has {found}")]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// A character that the standard does not use. Usual cause: O for 0, I for 1, or lower case.
    #[error("character {position} is not one of 0-9 and A-Y without I, O, S, V")]
    Alphabet {
        /// Which character, from 1.
        position: usize,
    },
    /// The last character does not follow from the others. Usual cause: a slip in copying, or an invented code.
    #[error("the check character is {found}, the others call for {expected}")]
    CheckCharacter {
        /// What the first 17 characters call for.
        expected: char,
        /// What stands there.
        found: char,
    },
    /// The 17th character is not the check of the organisation code at 9 to 16. Usual cause: an invented code, of
    /// which only the last character was computed.
    #[error("the organisation code inside ends in {found}, its check calls for {expected}")]
    OrganisationCode {
        /// What characters 9 to 16 call for.
        expected: char,
        /// What stands there.
        found: char,
    },
}

/// The 18th character, from the first 17. `None` if one of them is outside the alphabet of GB 32100.
///
/// (31 − Σ cᵢ·wᵢ mod 31) mod 31; the outer mod makes a sum of 0 a `0`.
pub fn check_character(first17: &[u8; 17]) -> Option<char> {
    let mut sum = 0usize;
    for (character, weight) in first17.iter().zip(WEIGHTS) {
        let value = ALPHABET.iter().position(|letter| letter == character)?;
        sum = sum.saturating_add(value.saturating_mul(weight));
    }
    let check = 31usize.saturating_sub(sum % 31) % 31;
    ALPHABET.get(check).copied().map(char::from)
}

impl Uscc {
    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("every way in admits the standard's alphabet alone, which is ASCII")
    }
}

impl TryFrom<[u8; 18]> for Uscc {
    type Error = UsccError;

    fn try_from(code: [u8; 18]) -> Result<Self, UsccError> {
        if let Some(before) = code.iter().position(|character| !ALPHABET.contains(character)) {
            return Err(UsccError::Alphabet { position: before.saturating_add(1) });
        }
        let [first17 @ .., check] = &code;
        let [_, _, _, _, _, _, _, _, organisation @ .., organisation_check] = first17;
        let agrees = "the alphabet was checked above";
        let (expected, found) = (check_character(first17).expect(agrees), char::from(*check));
        if expected != found {
            return Err(UsccError::CheckCharacter { expected, found });
        }
        let expected = organisation_code::check_character(organisation).expect(agrees);
        let found = char::from(*organisation_check);
        if expected != found {
            return Err(UsccError::OrganisationCode { expected, found });
        }
        Ok(Uscc(code))
    }
}

impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(text: &str) -> Result<Self, UsccError> {
        let found = text.chars().count();
        if found != 18 {
            return Err(UsccError::Length { found });
        }
        match <[u8; 18]>::try_from(text.as_bytes()) {
            Ok(code) => code.try_into(),
            Err(_) => {
                let before = text.chars().take_while(char::is_ascii).count();
                Err(UsccError::Alphabet { position: before.saturating_add(1) })
            }
        }
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uscc {self}")
    }
}

impl BorshDeserialize for Uscc {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        <[u8; 18]>::deserialize_reader(reader)?.try_into().map_err(not_canonical)
    }
}

serde_as_text!(Uscc);

#[cfg(test)]
pub(super) mod tests;
