use super::*;
use crate::canonical::{decode, encode};
use alloc::string::{String, ToString};
use proptest::prelude::*;

/// Valid codes of every kind, made from 16 characters and the two checks.
pub(in crate::identifiers) fn any_uscc() -> impl Strategy<Value = Uscc> {
    prop::array::uniform16(prop::sample::select(&ALPHABET[..])).prop_map(|first16| {
        let organisation = first16[8..].try_into().unwrap();
        let mut code = [0; 18];
        code[..16].copy_from_slice(&first16);
        code[16] = organisation_code::check_character(organisation).unwrap() as u8;
        code[17] = check_character(code[..17].try_into().unwrap()).unwrap() as u8;
        code.try_into().unwrap()
    })
}

#[test]
fn codes_seen_in_public_and_the_standards_example_are_valid() {
    for text in [
        "91350100M000100Y43",
        "11100000000013338W",
        "11430000006122244L",
        "113700000045046442",
        "11100000MB03271699",
        "11330105002500287C",
    ] {
        let code: Uscc = text.parse().unwrap();
        assert_eq!(code.to_string(), text);
    }
}

#[test]
fn each_rule_refuses_with_its_own_error() {
    use UsccError::*;
    for (text, error) in [
        ("", Length { found: 0 }),
        ("9133000073600620X", Length { found: 17 }),
        ("91350100M000100Y430", Length { found: 19 }),
        ("91350100M000100Y4Z", Alphabet { position: 18 }),
        ("91350100m000100Y43", Alphabet { position: 9 }),
        ("91350100O000100Y43", Alphabet { position: 9 }),
        ("91350100M000100Y4 ", Alphabet { position: 18 }),
        ("９1350100M000100Y43", Alphabet { position: 1 }),
        ("91350100M000100Y44", CheckCharacter { expected: '3', found: '4' }),
        ("914403000000000250", OrganisationCode { expected: '7', found: '5' }),
    ] {
        assert_eq!(text.parse::<Uscc>(), Err(error), "{text}");
    }
}

#[test]
fn a_sum_of_zero_is_written_zero() {
    assert_eq!(check_character(b"91440300000000025"), Some('0'));
    assert_eq!(check_character(b"00000000000000000"), Some('0'));
}

#[test]
fn bytes_and_json_admit_what_text_admits() {
    let code: Uscc = "11100000000013338W".parse().unwrap();
    assert_eq!(encode(&code), b"11100000000013338W");
    assert_eq!(decode(b"11100000000013338W", 18), Ok(code));
    for invalid in [b"11100000000013338X", b"914403000000000250", b"11100000000013338\xff"] {
        assert!(decode::<Uscc>(invalid, 18).is_err());
    }
    assert_eq!(serde_json::to_string(&code).unwrap(), "\"11100000000013338W\"");
    assert_eq!(serde_json::from_str::<Uscc>("\"11100000000013338W\"").unwrap(), code);
    let refusal = serde_json::from_str::<Uscc>("\"11100000000013338X\"").unwrap_err();
    assert!(refusal.to_string().contains("check character is X"), "{refusal}");
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(code in any_uscc()) {
        prop_assert_eq!(code.to_string().parse(), Ok(code));
        prop_assert_eq!(decode(&encode(&code), 18), Ok(code));
    }

    /// Every weight is a unit modulo 31, so no single change leaves the sum as it was.
    #[test]
    fn every_change_of_one_character_is_refused(code in any_uscc()) {
        for position in 0..18 {
            for letter in ALPHABET {
                let mut changed = code.0;
                changed[position] = *letter;
                prop_assert_eq!(Uscc::try_from(changed).is_ok(), changed == code.0);
            }
        }
    }

    /// 3 has order 30 modulo 31, so no two of the 17 positions weigh the same; the 18th weighs 1, like the first.
    #[test]
    fn every_exchange_of_two_neighbours_is_refused(code in any_uscc()) {
        for position in 0..17 {
            let mut changed = code.0;
            changed.swap(position, position + 1);
            prop_assert_eq!(Uscc::try_from(changed).is_ok(), changed == code.0);
        }
    }

    #[test]
    fn no_text_is_too_strange_to_be_refused(text in any::<String>()) {
        prop_assert!(text.parse::<Uscc>().is_err());
    }
}
