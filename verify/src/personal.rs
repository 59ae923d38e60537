//! The guard against personal numbers: a text that shows a citizen number or a mobile number goes on no chain and in no log.
//!
//! It is a guard against accidents and stops nobody who means to get round it: a number broken by a space passes, and so
//! does the one citizen number in some 340 that is also a valid USCC. It errs the other way too: one random hexadecimal
//! serial of 32 characters in 700 holds what could be a mobile number. What it finds it never repeats. Rule: design D11.

use crate::identifiers::citizen;
use crate::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use crate::identifiers::uscc::Uscc;

/// What a text shows of a person. It does not say which number: errors and logs may carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Personal {
    /// A citizen number (GB 11643) with a real day and province. Usual cause: a licence numbered by its holder.
    #[error("citizen number")]
    CitizenNumber,
    /// A mobile number of mainland China. Usual cause: a contact written into a serial.
    #[error("mobile number")]
    MobileNumber,
}

/// The first personal number that a text shows, if any.
///
/// Every maximal run of ASCII digits is judged as a whole, whatever letters stand around it: 18 digits, or 17 digits and
/// an X after them, as a citizen number; 11 digits as a mobile number. A text that as a whole is a USCC, a licence type
/// code or a licence identifier shows nothing; so does a region code, which is too short. Time is linear in the text.
pub fn find(text: &str) -> Option<Personal> {
    let mut rest = text.as_bytes();
    while let Some(start) = rest.iter().position(u8::is_ascii_digit) {
        let (_, from_run) = rest.split_at(start);
        let length = from_run.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(from_run.len());
        let (run, after) = from_run.split_at(length);
        if let Some(personal) = judge(run, after.first().copied()) {
            return if is_identifier(text) { None } else { Some(personal) };
        }
        rest = after;
    }
    None
}

/// Judges one maximal run of digits, with the byte after it.
fn judge(run: &[u8], next: Option<u8>) -> Option<Personal> {
    let is_citizen = match (run, next) {
        ([first17 @ .., check], _) if run.len() == 18 => citizen::is_number(first17, *check),
        (first17, Some(check @ (b'X' | b'x'))) => citizen::is_number(first17, check),
        _ => false,
    };
    let is_mobile = run.len() == 11 && matches!(run, [b'1', b'3'..=b'9', ..]);
    match (is_citizen, is_mobile) {
        (true, _) => Some(Personal::CitizenNumber),
        (false, true) => Some(Personal::MobileNumber),
        (false, false) => None,
    }
}

fn is_identifier(text: &str) -> bool {
    text.parse::<Uscc>().is_ok() || text.parse::<LicenceTypeCode>().is_ok() || text.parse::<LicenceId>().is_ok()
}

#[cfg(test)]
mod tests;
