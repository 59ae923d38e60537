//! Citizen numbers (GB 11643-1999), known only so that they can be refused: nothing here makes, keeps or shows one.

use crate::time::Date;
use core::str::FromStr;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: [u8; 11] = *b"10X98765432";

/// Whether 17 digits and a check character are a citizen number: a province, a day that existed between 1800 and
/// 2100, and the check of ISO 7064 MOD 11-2. A random run of digits passes once in about 40,000.
pub(crate) fn is_number(first17: &[u8], check: u8) -> bool {
    <[u8; 17]>::try_from(first17).is_ok_and(|digits| {
        check_character(&digits) == Some(check.to_ascii_uppercase()) && has_province(&digits) && has_day(&digits)
    })
}

/// `None` if one of the 17 is no digit.
fn check_character(digits: &[u8; 17]) -> Option<u8> {
    let mut sum = 0u32;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        sum = sum.saturating_add(char::from(*digit).to_digit(10)?.saturating_mul(weight));
    }
    CHECK.get(usize::try_from(sum % 11).ok()?).copied()
}

/// The provinces of GB/T 2260, with Taiwan (71, 83), Hong Kong (81) and Macao (82).
fn has_province(digits: &[u8; 17]) -> bool {
    matches!(
        number::<u8>(digits.get(..2)),
        Some(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
    )
}

fn has_day(digits: &[u8; 17]) -> bool {
    let (year, month, day) = (number(digits.get(6..10)), number(digits.get(10..12)), number(digits.get(12..14)));
    match (year, month, day) {
        (Some(year @ 1800..=2100), Some(month), Some(day)) => Date::new(year, month, day).is_some(),
        _ => false,
    }
}

fn number<N: FromStr>(digits: Option<&[u8]>) -> Option<N> {
    core::str::from_utf8(digits?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str) -> bool {
        text.as_bytes().split_last().is_some_and(|(check, first)| is_number(first, *check))
    }

    /// The number of these 17 digits, with the check character that belongs to them.
    fn completed(first17: &str) -> std::string::String {
        let check = check_character(first17.as_bytes().try_into().unwrap()).unwrap();
        std::format!("{first17}{}", char::from(check))
    }

    #[test]
    fn the_vectors_of_the_standard() {
        assert!(is("11010519491231002X") && is("11010519491231002x"));
        assert!(is("440524188001010014"));
    }

    #[test]
    fn any_other_check_character_fails() {
        for check in "0123456789Yy".bytes() {
            assert!(!is_number(b"11010519491231002", check));
        }
    }

    #[test]
    fn the_day_must_have_existed() {
        for real in ["18000101", "21001231", "20000229", "20240229", "19990430"] {
            assert!(is(&completed(&std::format!("110105{real}002"))), "{real}");
        }
        for unreal in ["17991231", "21010101", "19000229", "20230229", "19990431", "19991301", "19990001", "19990100"] {
            assert!(!is(&completed(&std::format!("110105{unreal}002"))), "{unreal}");
        }
    }

    #[test]
    fn the_province_must_exist() {
        for province in [11, 15, 21, 23, 31, 37, 41, 46, 50, 54, 61, 65, 71, 81, 82, 83] {
            assert!(is(&completed(&std::format!("{province}010519491231002"))), "{province}");
        }
        for none in [10, 16, 20, 24, 30, 38, 40, 47, 49, 55, 60, 66, 70, 72, 80, 84, 91] {
            assert!(!is(&completed(&std::format!("{none}010519491231002"))), "{none}");
        }
    }

    #[test]
    fn other_lengths_and_characters_fail() {
        assert!(!is("") && !is("1101051949123100X") && !is("110105194912310021X") && !is("1101051949123100AX"));
    }
}
