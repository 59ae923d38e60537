//! Licence identifiers (电子证照标识, GB/T 36904-2018) and the type codes inside them.
//!
//! `1.2.156.3005.2.<type 21>.<issuer 18>.<serial>.<version 3>.<check>`: type and issuer are checked as what they are, and the
//! check character holds over all of it. In the field some issuers are a bare region code of six digits; the standard
//! does not know them, and they are refused as [`LicenceIdError::Issuer`] so that an importer can tell and count them.

use super::not_canonical;
use super::uscc::{Uscc, UsccError};
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// What every licence identifier begins with: the object identifier of the standard.
const PREFIX: &str = "1.2.156.3005.2.";

/// The most characters that a serial may have: a UUID in hexadecimal, the longest kind seen in the field.
pub const MAX_SERIAL: usize = 32;

/// A type of licence: the authority that defined it, and its number there. Printed as 21 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct LicenceTypeCode {
    owner: Uscc,
    number: u16,
}

/// The issuer's own number of a licence: 1 to 32 upper-case letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Serial(String);

/// One version of one licence. The check character is computed, never kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct LicenceId {
    type_code: LicenceTypeCode,
    issuer: Uscc,
    serial: Serial,
    version: u16,
}

/// A licence across its versions.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct LicenceBase {
    /// What the licence permits.
    pub type_code: LicenceTypeCode,
    /// Who issued it.
    pub issuer: Uscc,
    /// The issuer's own number of it.
    pub serial: Serial,
}

/// Why a text is no licence type code, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeCodeError {
    /// Not 21 characters.
    #[error("a licence type code has 21 characters, this has {found}")]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// The first 18 characters are no unified social credit code.
    #[error("the authority that defined the type: {0}")]
    Owner(#[source] UsccError),
    /// The number is not three digits, 000 to 999.
    #[error("the number of a licence type is three digits")]
    Number,
}

/// A serial that is empty, longer than 32 characters, or has others than `0-9A-Z`. Usual cause: the number as printed
/// on the licence, with its brackets, hyphens or Chinese characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a serial is 1 to 32 upper-case letters and digits")]
pub struct NotASerial;

/// Why a text is no licence identifier, in the order checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenceIdError {
    /// Not the object identifier of the standard and five parts, with points between. Usual cause: another kind of
    /// number, or one without its prefix.
    #[error("a licence identifier reads 1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>")]
    Form,
    /// The type code does not hold.
    #[error("the type: {0}")]
    TypeCode(#[source] TypeCodeError),
    /// The issuer is no unified social credit code. Usual cause, with a length of 6: a region code, as some issuers write.
    #[error("the issuer: {0}")]
    Issuer(#[source] UsccError),
    /// The serial does not hold.
    #[error(transparent)]
    Serial(NotASerial),
    /// The version is not three digits, 001 to 999.
    #[error("the version is three digits, 001 to 999")]
    Version,
    /// The check character does not follow from the rest. Usual cause: a slip in copying.
    #[error("the check character is not {expected}, which the rest calls for")]
    CheckCharacter {
        /// What the rest calls for.
        expected: char,
    },
}

impl LicenceTypeCode {
    /// The type that `owner` numbered so, 0 to 999.
    pub fn new(owner: Uscc, number: u16) -> Result<Self, TypeCodeError> {
        if number > 999 { Err(TypeCodeError::Number) } else { Ok(LicenceTypeCode { owner, number }) }
    }

    /// The authority that defined the type.
    pub fn owner(&self) -> Uscc {
        self.owner
    }

    /// The number of the type with its owner, 0 to 999.
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl Serial {
    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LicenceId {
    /// One version, 1 to 999, of the licence that the issuer numbered so.
    pub fn new(type_code: LicenceTypeCode, issuer: Uscc, serial: Serial, version: u16) -> Result<Self, LicenceIdError> {
        if (1..=999).contains(&version) {
            Ok(LicenceId { type_code, issuer, serial, version })
        } else {
            Err(LicenceIdError::Version)
        }
    }

    /// What the licence permits.
    pub fn type_code(&self) -> LicenceTypeCode {
        self.type_code
    }

    /// Who issued it.
    pub fn issuer(&self) -> Uscc {
        self.issuer
    }

    /// The issuer's own number of it.
    pub fn serial(&self) -> &Serial {
        &self.serial
    }

    /// Which version of the licence, 1 to 999.
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The licence across its versions.
    pub fn base(&self) -> LicenceBase {
        LicenceBase { type_code: self.type_code, issuer: self.issuer, serial: self.serial.clone() }
    }

    /// The last character: ISO 7064 MOD 37,36 over type, issuer, serial and version, without points or prefix.
    pub fn check_character(&self) -> char {
        let mut check = Mod3736::new();
        fmt::write(&mut check, format_args!("{}{}{}{:03}", self.type_code, self.issuer, self.serial, self.version))
            .expect("every part is upper-case letters and digits");
        check.character()
    }
}

impl LicenceBase {
    /// One version, 1 to 999, of this licence.
    pub fn at_version(&self, version: u16) -> Result<LicenceId, LicenceIdError> {
        LicenceId::new(self.type_code, self.issuer, self.serial.clone(), version)
    }
}

/// ISO 7064 MOD 37,36 over characters that come in pieces.
struct Mod3736(u32);

impl Mod3736 {
    fn new() -> Self {
        Mod3736(36)
    }

    fn character(&self) -> char {
        let check = 37u32.saturating_sub(self.0) % 36;
        char::from_digit(check, 36).expect("a remainder of 36 is a digit of base 36").to_ascii_uppercase()
    }
}

impl fmt::Write for Mod3736 {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let value = character.to_digit(36).ok_or(fmt::Error)?;
            let sum = match self.0.saturating_add(value) % 36 {
                0 => 36,
                sum => sum,
            };
            self.0 = sum.saturating_mul(2) % 37;
        }
        Ok(())
    }
}

/// Three digits; `None` for anything else, a sign included.
fn three_digits(text: &str) -> Option<u16> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl FromStr for LicenceTypeCode {
    type Err = TypeCodeError;

    fn from_str(text: &str) -> Result<Self, TypeCodeError> {
        let found = text.chars().count();
        if found != 21 {
            return Err(TypeCodeError::Length { found });
        }
        let (end_of_owner, _) = text.char_indices().nth(18).expect("there are 21 characters");
        let (owner, number) = text.split_at(end_of_owner);
        let owner = owner.parse().map_err(TypeCodeError::Owner)?;
        LicenceTypeCode::new(owner, three_digits(number).ok_or(TypeCodeError::Number)?)
    }
}

impl FromStr for Serial {
    type Err = NotASerial;

    fn from_str(text: &str) -> Result<Self, NotASerial> {
        let fits = (1..=MAX_SERIAL).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
            Ok(Serial(text.into()))
        } else {
            Err(NotASerial)
        }
    }
}

impl FromStr for LicenceId {
    type Err = LicenceIdError;

    fn from_str(text: &str) -> Result<Self, LicenceIdError> {
        let mut parts = text.strip_prefix(PREFIX).ok_or(LicenceIdError::Form)?.split('.');
        let mut part = || parts.next().ok_or(LicenceIdError::Form);
        let (type_code, issuer, serial, version, check) = (part()?, part()?, part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(LicenceIdError::Form);
        }
        let id = LicenceId::new(
            type_code.parse().map_err(LicenceIdError::TypeCode)?,
            issuer.parse().map_err(LicenceIdError::Issuer)?,
            serial.parse().map_err(LicenceIdError::Serial)?,
            three_digits(version).ok_or(LicenceIdError::Version)?,
        )?;
        let expected = id.check_character();
        if check.strip_prefix(expected) == Some("") { Ok(id) } else { Err(LicenceIdError::CheckCharacter { expected }) }
    }
}

impl fmt::Display for LicenceTypeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:03}", self.owner, self.number)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for LicenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LicenceId { type_code, issuer, serial, version } = self;
        write!(f, "{PREFIX}{type_code}.{issuer}.{serial}.{version:03}.{}", self.check_character())
    }
}

impl fmt::Debug for LicenceTypeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "type {self}")
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "serial {self}")
    }
}

impl fmt::Debug for LicenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "licence {self}")
    }
}

impl BorshDeserialize for LicenceTypeCode {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let (owner, number) = BorshDeserialize::deserialize_reader(reader)?;
        LicenceTypeCode::new(owner, number).map_err(not_canonical)
    }
}

impl BorshDeserialize for Serial {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        // The length is judged before anything of that length is allocated.
        let length = usize::try_from(u32::deserialize_reader(reader)?).unwrap_or(usize::MAX);
        let mut bytes = [0; MAX_SERIAL];
        let text = bytes.get_mut(..length).ok_or(NotASerial).map_err(not_canonical)?;
        reader.read_exact(text)?;
        core::str::from_utf8(text).map_err(|_| NotASerial).and_then(str::parse).map_err(not_canonical)
    }
}

impl BorshDeserialize for LicenceId {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let (type_code, issuer, serial, version) = BorshDeserialize::deserialize_reader(reader)?;
        LicenceId::new(type_code, issuer, serial, version).map_err(not_canonical)
    }
}

serde_as_text!(LicenceTypeCode, Serial, LicenceId);

#[cfg(test)]
mod tests;
