//! The check character of an organisation code (GB 11714-1997), which stands inside every USCC.

const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// The ninth character of an organisation code: a digit or `X`. `None` if one of the first eight is not `0-9A-Z`.
///
/// C9 = 11 − (Σ cᵢ·wᵢ mod 11), of which 10 is written `X` and 11 is written `0`.
pub fn check_character(first8: &[u8; 8]) -> Option<char> {
    let mut sum = 0u32;
    for (character, weight) in first8.iter().zip(WEIGHTS) {
        if character.is_ascii_lowercase() {
            return None;
        }
        let value = char::from(*character).to_digit(36)?;
        sum = sum.saturating_add(value.saturating_mul(weight));
    }
    match 11u32.saturating_sub(sum % 11) {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_to_write_the_character() {
        assert_eq!(check_character(b"D2143569"), Some('X'));
        assert_eq!(check_character(b"00001333"), Some('8'));
        assert_eq!(check_character(b"00000000"), Some('0'));
    }

    #[test]
    fn other_characters_have_none() {
        assert_eq!(check_character(b"d2143569"), None);
        assert_eq!(check_character(b"D21-3569"), None);
    }
}
